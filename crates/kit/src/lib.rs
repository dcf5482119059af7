//! Link a Messenger account (a Facebook Page) with Instagram professional accounts and work with both as one.
//!
//! ```no_run
//! # #[cfg(all(feature = "axum", feature = "sqlite"))]
//! # async fn embed() -> Result<(), Box<dyn std::error::Error>> {
//! use link_kit::{KeyRing, LinkKit, Meta, PageQuery, Viewer};
//!
//! let kit = LinkKit::builder()
//!     .meta(Meta::new("1000000000000001", "app secret", "verify token")?)
//!     .public_url("https://example.com/meta")
//!     .keys(KeyRing::new("2026-11", [7; 32]))
//!     .sqlite("inbox.db")
//!     .build()
//!     .await?;
//! let running = kit.start();
//! let app: axum::Router = axum::Router::new().nest("/meta", kit.router());
//!
//! let viewer = Viewer::owner("bakery".parse()?, "robin".parse()?);
//! for conversation in kit.inbox().conversations(&viewer, &PageQuery::default()).await?.items {
//!     println!("{}: {:?}", conversation.key.account.account, conversation.snippet);
//! }
//! # drop((running, app)); Ok(()) }
//! ```
//!
//! | to do | see |
//! |---|---|
//! | sign in, set up, confirm, look at links | [`LinkKit::linking`] |
//! | see what stands in the way, and what to do first | [`LinkKit::accessibility`], [`LinkKit::doctor`] |
//! | see what is on, ask for what is missing, give a permission back | [`Linking::features`], [`Linking::ask_again`], [`Linking::withdraw`] |
//! | end a link, or let an account leave it | [`Linking::plan_unlink`], [`Linking::unlink`] |
//! | read conversations, answer | [`LinkKit::inbox`] |
//! | see whether somebody can be answered, and how | [`Inbox::may_send`] |
//! | react, share a post, answer a comment in private, send a file | [`Inbox::react`], [`Inbox::share`], [`Inbox::reply_in_private`], [`Inbox::upload`] |
//! | be told | [`LinkKit::news`], [`LinkKit::alerts`] |
//! | mount the webhook and the sign-in | [`LinkKit::router`] (axum), [`LinkKit::handle`] (any server) |
//! | run the background work | [`LinkKit::start`], [`LinkKit::drain`] |
//! | see who did what, and whether that record holds | [`LinkKit::activity`], [`LinkKit::verify_activity`], [`LinkKit::unusual`] |
//!
//! Every read names its viewer and shows what the privacy policy shows them. Every send passes the link, permissions, privacy, the
//! messaging window and the budget, and is sent at most once.
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `axum` | yes | [`LinkKit::router`] |
//! | `sqlite` | yes | [`Builder::sqlite`], the store in one file |
//!
//! What the platforms do not allow, nobody can build: nobody can write from a Facebook account to an Instagram professional account or back, so
//! an answer goes to the platform where the person is; no API says that a Messenger and an Instagram identity are one human; Instagram hands out
//! the 20 newest messages of a conversation only.

mod accessibility;
mod announcement;
mod approvals;
mod builder;
mod consent;
mod desk;
mod doctor;
mod figures;
mod history;
mod inbox;
mod inner;
mod kit;
mod linking;
mod meta;
mod news;
mod problem;
mod pulse;
mod reads;
mod reconciling;
mod refreshing;
mod resealing;
mod revoked;
#[cfg(feature = "axum")]
mod router;
mod runner;
mod sending;
mod setups;
mod stores;
mod subscribing;
mod their_clock;
mod unlinking;
mod watch;
mod web;
mod webhook;
mod wiring;

pub use accessibility::Accessibility;
pub use builder::Builder;
pub use doctor::{Checked, Diagnosis, Status, Vitals};
pub use figures::Figures;
pub use history::AccountCoverage;
pub use inbox::{Inbox, Timeline};
pub use kit::LinkKit;
pub use linking::{AtPlatform, Change, Confirmed, Linking, Opened, Withdrawal};
pub use meta::Meta;
pub use problem::Problem;
pub use runner::Runner;
pub use sending::{FileAnswer, Share};
pub use stores::Stores;
pub use web::Place;
pub use wiring::{PlatformParts, RoadParts, Seen, Sight, Wiring};

pub use link_core::linking::accessibility::{Advised, Finding};
pub use link_core::linking::advice::{Advice, Answer};
pub use link_core::linking::connection::{Connection, ConnectionKey, Handover, Health, Part, Subscription};
pub use link_core::linking::link::{Link, LinkPolicy};
pub use link_core::linking::review::{Consent, Difference, Review, ReviewDigest, Reviewer, Revision};
pub use link_core::linking::setup::{Depth, People, Preferences, Setup, SetupRefused, Stage, Synchronisation};
pub use link_core::linking::switch::{SwitchPlan, SwitchRefused};
pub use link_core::linking::vault::KeyRing;
pub use link_core::words::activity::chain::{ChainHead, ChainReport, ChainState};
pub use link_core::words::activity::{Activity, Kind};
pub use link_core::words::capabilities::{Can, Capabilities, Form};
pub use link_core::words::comment::CommentPlace;
pub use link_core::words::feed::{Ending, Happening, Position, What};
pub use link_core::words::finding::{Cause, Severity, State, Subject};
pub use link_core::words::ids::CommentKey;
pub use link_core::words::outgoing::{
    AttachmentKind, Body, Button, Card, Media, Outgoing, Purpose, QuickReply, Recipient, SharedPost, Signal, Source, Template, Writer,
};
pub use link_core::words::page::{Cursor, Page, PageQuery};
pub use link_core::words::ports::{File, PostQuery, Published, UploadProgress, Uploaded};
pub use link_core::words::refusal::{Allowed, Objection};
pub use link_core::words::view::Origin;
pub use link_core::{
    AccountId, AccountKey, ActorId, ConversationKey, Error, ErrorKind, ExternalId, Feature, IntentId, LinkId, MessageId, MessageKey,
    OwnerId, Platform, Refusal, Remedy, Road, Role, Scope, ScopedId, Secret, SetupId, UnlinkId, View, Viewer, Who,
};
pub use link_graph::{Configuration, Hosts, Version};
pub use link_notify::{Alert, Lagged, Sink};
pub use link_permissions::{FeatureReport, Held, Report, Request, Requested, ScopeReport};
pub use link_privacy::unlink::{Action as UnlinkAction, Plan as UnlinkPlan, Stays, Step as UnlinkStep, StepState};
pub use link_privacy::{Audience, Policy, unusual};
#[cfg(feature = "sqlite")]
pub use link_store_sqlite as sqlite;
pub use link_sync::timeline::Pending;
pub use link_sync::{
    AccountLink, AccountState, Answerable, Author, Backfill, BackfillState, CodeDigest, Comment, CommentRow, Conversation, ConversationRow,
    Coverage, CoverageMap, Evidence, Failure, HeldReconcile, Hidden, Intent, IntentQuery, IntentState, Loss, Message, MessageRow, Missed,
    Notice, Owner, PausedBy, Person, Priority, PrivateReply, Progress, Proof, Reconcile, ReconcileReason, ReconcileState, ReconcileStore,
    Restriction, SendProgress, Span, Standing, Stretch, Suggestion, Takes, Tally, Waits, Window,
};
