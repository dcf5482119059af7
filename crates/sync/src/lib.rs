//! Messages of every linked account as one state.
//!
//! One way in: events, live or from history, become small states that are joined to what is stored ([`apply()`]). One way out: a
//! [`Wish`] passes the [`Checkpoint`] and becomes an [`Intent`] in the [`Outbox`], which [`Dispatch`] sends once.
//!
//! | to do | use |
//! |---|---|
//! | apply what the journal holds | [`Applier`] |
//! | send | [`Submissions`], [`Dispatch`] |
//! | find out what became of a send | [`Settling`] |
//! | read history | [`Backfills`] |
//! | find what was not delivered | [`Reconciles`] |
//! | give people names | [`Naming`] |
//! | read | [`MessageStore`], [`timeline`], [`Author`], [`Conversation::owner`], [`Comment::private_reply`] |
//! | keep it somewhere else | implement [`MessageStore`], [`Outbox`], [`BackfillStore`] and [`ReconcileStore`], and run the suites of `testing` on it |
//!
//! It does not know any platform's JSON, nor how anything is stored.

mod account;
mod alias;
mod applier;
mod apply;
mod author;
mod backfill;
mod budget;
mod carrier;
mod checkpoint;
mod comment;
mod conversation;
mod dispatch;
mod intent;
mod merge;
mod message;
mod naming;
mod notice;
mod owner;
mod piece;
mod policy;
mod reconcile;
mod register;
mod restriction;
mod review;
mod settle;
mod settling;
mod store;
mod submit;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timeline;
mod turn;

pub use account::{AccountState, Restriction};
pub use alias::Alias;
pub use applier::Applier;
pub use apply::{Batch, apply};
pub use author::Author;
pub use backfill::{Backfill, BackfillState, BackfillStore, Backfills, Deeper};
pub use budget::{Budget, Pace, Pause, PauseStore, Permit, Priority, Rest, Take, rate_of};
pub use carrier::{Accesses, Carrier, Carriers};
pub use checkpoint::{Attempt, Checkpoint, Cleared, Passage, Spend};
pub use comment::{Comment, CommentRow, PrivateReply};
pub use conversation::{AccountLink, CodeDigest, Conversation, ConversationRow, Coverage, Person};
pub use dispatch::Dispatch;
pub use intent::{Failure, Intent, IntentState, METADATA_PREFIX, Progress, Proof, intent_of, metadata};
pub use merge::{Evidence, Suggestion, suggest};
pub use message::{Attachments, Message, MessageRow, Teller, Tellers};
pub use naming::Naming;
pub use notice::Notice;
pub use owner::{Owner, Ownership};
pub use piece::Fact;
pub use policy::{Window, check};
pub use reconcile::{Alive, Loss, Occasion, Reconcile, ReconcileReason, ReconcileState, ReconcileStore, Reconciles};
pub use register::Register;
pub use restriction::RestrictionGate;
pub use review::HistoryReview;
pub use settle::{Settled, Whole, settle};
pub use settling::Settling;
pub use store::{Change, Claim, IntentQuery, Keys, MessageQuery, MessageStore, Outbox, Snapshot, Step};
pub use submit::{Submissions, Wish};
pub use turn::{Waiting, in_turn};
