//! link-kit's stores on SQLite: one file, nothing to start.
//!
//! [`Sqlite`] opens a file, or sits down beside the host's own pool, and hands out one handle per port of the domain crates. A handle
//! implements one port and nothing else.
//!
//! ```no_run
//! use link_core::words::journal::Journal as _;
//! use link_store_sqlite::Sqlite;
//!
//! # async fn open() -> link_core::Result<()> {
//! let sqlite = Sqlite::open("links.db").await?;
//! let waiting = sqlite.journal().figures().await?.open;
//! # Ok(()) }
//! ```
//!
//! | handle | port |
//! |---|---|
//! | [`Sqlite::journal`] | [`link_core::words::journal::Journal`] |
//! | [`Sqlite::feed`] | [`link_core::words::feed::Feed`] |
//! | [`Sqlite::activity`] | [`link_core::words::activity::ActivityLog`] |
//! | [`Sqlite::credentials`] | [`link_core::linking::credential::CredentialStore`] |
//! | [`Sqlite::sign_ins`] | [`link_core::linking::store::SignInStore`] |
//! | [`Sqlite::setups`] | [`link_core::linking::store::SetupStore`] |
//! | [`Sqlite::links`] | [`link_core::linking::store::LinkStore`] |
//! | [`Sqlite::findings`] | [`link_core::linking::accessibility::FindingStore`] |
//! | [`Sqlite::pulse`] | [`link_core::words::pulse::Pulse`] |
//! | [`Sqlite::unlinks`] | [`link_privacy::unlink::UnlinkStore`] |
//! | [`Sqlite::ledger`] | [`link_permissions::LedgerStore`] |
//! | [`Sqlite::messages`] | [`link_sync::MessageStore`] |
//! | [`Sqlite::outbox`] | [`link_sync::Outbox`] |
//! | [`Sqlite::pauses`] | [`link_sync::PauseStore`] |
//! | [`Sqlite::backfills`] | [`link_sync::BackfillStore`] |
//! | [`Sqlite::reconciles`] | [`link_sync::ReconcileStore`] |
//! | [`Sqlite::uploads`] | [`link_sync::UploadStore`] |
//!
//! # What holds
//!
//! * **Durable.** The file is in write-ahead mode with `synchronous = FULL`: whatever a call acknowledged was flushed with fsync. It
//!   survives `kill -9` and a crash of the system; a loss of power it survives as far as the medium keeps what it acknowledged.
//! * **Atomic.** Every write is one transaction that takes the write lock first (`BEGIN IMMEDIATE`), over one connection. A call that
//!   fails or is cancelled has done all or nothing.
//! * **Wiped.** What was purged or taken back is in no file afterwards. `secure_delete` alone does not do that: it clears deleted rows,
//!   not the copies that SQLite leaves behind when it moves rows between pages. So what people wrote is kept in slots that never move
//!   and are overwritten in place, a purge lays the journal out anew, and both empty the write-ahead log. Copies that others made of the
//!   file, backups and snapshots of the file system, are not reached; nor are the spare blocks of a flash medium.
//! * **Owned.** Every query names its owner; a view's accounts are a condition inside the query, before anything is counted or paged.
//!
//! # In the host's own database
//!
//! Tables begin with `lk_` ([`Options::prefix`]) and migrations are recorded in `link_kit_migrations`. SQLite lets one connection write
//! at a time, so the host's writes and ours wait for each other; [`Options::busy_timeout`] says how long. Several processes may open the
//! same file on one machine, but never over a network file system.

mod activity;
mod backfills;
mod column;
mod content;
mod credentials;
mod db;
mod failure;
mod feed;
mod findings;
mod journal;
mod ledger;
mod links;
mod log;
mod messages;
mod options;
mod outbox;
mod paging;
mod pauses;
mod pulse;
mod reconciles;
mod rows;
mod schema;
mod setups;
mod sign_ins;
mod sqlite;
mod unlinks;
mod uploads;
mod visible;

pub use activity::Activities;
pub use backfills::Backfills;
pub use credentials::Credentials;
pub use feed::Feed;
pub use findings::Findings;
pub use journal::Journal;
pub use ledger::Ledger;
pub use links::Links;
pub use messages::Messages;
pub use options::Options;
pub use outbox::Outbox;
pub use pauses::Pauses;
pub use pulse::Pulse;
pub use reconciles::Reconciles;
pub use setups::Setups;
pub use sign_ins::SignIns;
pub use sqlite::Sqlite;
pub use unlinks::Unlinks;
pub use uploads::Uploads;
