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
//! | read what wakes | [`Deepening`] |
//! | say what of a conversation is here | [`Coverage`] |
//! | find what was not delivered | [`Reconciles`] |
//! | look up messages that are only named | [`Lookups`] |
//! | give people names | [`Naming`] |
//! | read | [`MessageStore`], [`timeline`], [`Author`], [`Conversation::owner`], [`Comment::private_reply`] |
//! | keep it somewhere else | implement [`MessageStore`], [`Outbox`], [`BackfillStore`], [`ReconcileStore`] and [`UploadStore`], and run the suites of `testing` on it |
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
mod coverage;
mod deepening;
mod dispatch;
mod intent;
mod lookup;
mod merge;
mod message;
mod naming;
mod notice;
mod owner;
mod piece;
mod policy;
mod queue;
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
mod uploads;

pub use account::{AccountState, Restriction};
pub use alias::Alias;
pub use applier::Applier;
pub use apply::{Batch, Gone, apply, apply_all};
pub use author::Author;
pub use backfill::{
    Backfill, BackfillChange, BackfillState, BackfillStep, BackfillStore, Backfills, Course, Held, Lap, PausedBy, Progress, Reading,
    ReadingState, Tally, Waits,
};
pub use budget::{Budget, Pace, Pause, PauseStore, Permit, Priority, Reach, Rest, Take, rate_of};
pub use carrier::{Accesses, Carrier, Carriers};
pub use checkpoint::{Attempt, Checkpoint, Cleared, Passage, Spend};
pub use comment::{Comment, CommentRow, PrivateReply};
pub use conversation::{AccountLink, CodeDigest, Conversation, ConversationRow, Person};
pub use coverage::{Coverage, CoverageMap, Hidden, Span, Standing, Stretch};
pub use deepening::Deepening;
pub use dispatch::Dispatch;
pub use intent::{Failure, Intent, IntentState, METADATA_PREFIX, Proof, SendProgress, intent_of, metadata};
pub use lookup::Lookups;
pub use merge::{Evidence, Suggestion, suggest};
pub use message::{Attachments, Message, MessageRow, Teller, Tellers};
pub use naming::Naming;
pub use notice::Notice;
pub use owner::{Owner, Ownership};
pub use piece::Fact;
pub use policy::{
    Answerable, Case, CommentFacts, Facts, FileFacts, Instead, Knowledge, Leave, NothingKnown, Refused, Takes, Window, anything, check,
    check_address, check_file, split,
};
pub use reconcile::{Alive, HeldReconcile, Loss, Missed, Occasion, Reconcile, ReconcileReason, ReconcileState, ReconcileStore, Reconciles};
pub use register::Register;
pub use restriction::RestrictionGate;
pub use review::HistoryReview;
pub use settle::{Settled, Whole, settle};
pub use settling::Settling;
pub use store::{Change, Claim, IntentQuery, Keys, MessageQuery, MessageStore, Outbox, Snapshot, Step};
pub use submit::{Submissions, Wish};
pub use turn::{Waiting, in_turn};
pub use uploads::{FileDigest, KeptUpload, UploadQuery, UploadStore, digest, digest_of_address};
