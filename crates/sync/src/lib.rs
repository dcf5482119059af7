//! Messages of every linked account as one state.
//!
//! One way in: events, live or from history, become small states that are joined to what is stored ([`apply()`]). One way out: a
//! [`Wish`] passes the [`Checkpoint`] and becomes an [`Intent`] in the [`Outbox`], which [`Dispatch`] sends once.
//!
//! | to do | use |
//! |---|---|
//! | apply what the journal holds | [`Applier`] |
//! | send | [`Submissions`], [`Dispatch`] |
//! | read history | [`Backfills`] |
//! | read what wakes | [`Deepening`] |
//! | say what of a conversation is here | [`Coverage`] |
//! | give people names | [`Naming`] |
//! | read | [`MessageStore`], [`timeline`] |
//! | keep it somewhere else | implement [`MessageStore`], [`Outbox`] and [`BackfillStore`], and run the suites of `testing` on it |
//!
//! It does not know any platform's JSON, nor how anything is stored.

mod alias;
mod applier;
mod apply;
mod backfill;
mod budget;
mod carrier;
mod checkpoint;
mod conversation;
mod coverage;
mod deepening;
mod dispatch;
mod intent;
mod merge;
mod message;
mod naming;
mod notice;
mod piece;
mod policy;
mod register;
mod review;
mod store;
mod submit;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timeline;

pub use alias::Alias;
pub use applier::Applier;
pub use apply::{Batch, apply};
pub use backfill::{
    Backfill, BackfillChange, BackfillState, BackfillStep, BackfillStore, Backfills, Course, Held, Lap, PausedBy, Progress, Reading,
    ReadingState, Tally, Waits,
};
pub use budget::{Budget, Pace, Permit, Rate};
pub use carrier::{Accesses, Carrier, Carriers};
pub use checkpoint::{Attempt, Checkpoint, Cleared, Passage, Spend};
pub use conversation::{Conversation, ConversationRow, Ownership, Person};
pub use coverage::{Coverage, CoverageMap, Hidden, Span, Standing, Stretch};
pub use deepening::Deepening;
pub use dispatch::Dispatch;
pub use intent::{Failure, Intent, IntentState, METADATA_PREFIX, intent_of, metadata};
pub use merge::{Evidence, Suggestion, suggest};
pub use message::{Attachments, Message, MessageRow, Teller, Tellers};
pub use naming::Naming;
pub use notice::Notice;
pub use piece::Fact;
pub use policy::{Window, check};
pub use register::Register;
pub use review::HistoryReview;
pub use store::{Change, IntentQuery, Keys, MessageQuery, MessageStore, Outbox, Snapshot, Step};
pub use submit::{Submissions, Wish};
