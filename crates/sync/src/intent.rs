//! Intents: wishes to send, from the moment we accept them to the moment somebody read them.

mod progress;

pub use progress::SendProgress;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::ErrorKind;
use link_core::words::ids::{AccountKey, ConversationKey, ExternalId, IntentId, IntentKey, MessageId, MessageKey};
use link_core::words::outgoing::{Body, Outgoing, QuickReply, Writer};
use link_core::words::platform::Road;
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::view::{Fields, Viewer};
use serde::{Deserialize, Serialize};

use crate::budget::{Priority, rate_of};

/// The platform's times and ours may differ by so much, though ours are taken by its clock as last seen.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(2);
/// When the history is asked for an intent of which nobody knows what became of it: so long after it was lost, and then so long after each look.
const LOOKS: [TimeDelta; 4] = [TimeDelta::minutes(10), TimeDelta::hours(1), TimeDelta::hours(6), TimeDelta::hours(24)];

/// What begins the metadata by which an echo proves which intent it belongs to.
pub const METADATA_PREFIX: &str = "lk1:";

/// A wish to send one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Intent {
    /// Which.
    pub id: IntentId,
    /// From which account.
    pub account: AccountKey,
    /// By which road. Until it is sent that may change: it leaves by the one that the account is served by at that time.
    pub road: Road,
    /// What.
    pub outgoing: Outgoing,
    /// The caller's key: the same key never sends twice.
    pub key: String,
    /// Who wants it.
    pub by: Viewer,
    /// Who wrote it.
    #[serde(default)]
    pub writer: Writer,
    /// Who waits for it. It is raised to that of whatever waits behind it in its conversation.
    #[serde(default)]
    pub priority: Priority,
    /// True if it answers a comment below a live broadcast: those may be answered faster.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
    /// When it was accepted by us.
    pub created_at: DateTime<Utc>,
    /// Not before this it is sent, or looked for in the history if nobody knows what became of it.
    pub available_at: DateTime<Utc>,
    /// When somebody last began to send it. It did not leave before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<DateTime<Utc>>,
    /// How often it was tried.
    pub tries: u32,
    /// Its files that the platform had forgotten and that were uploaded anew for it, or could not be: none of them is tried once more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub renewed: BTreeSet<ExternalId>,
    /// Its files that could not be uploaded anew when it was last tried: the others are tried first.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub put_off: BTreeSet<ExternalId>,
    /// How often the history was looked through for it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u32,
    /// Where it stands.
    pub state: IntentState,
}

/// Where an intent stands with us. What the platform reports afterwards (delivered, read) is derived from the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntentState {
    /// It waits.
    Queued,
    /// Somebody is sending it, until the lease ends.
    Sending {
        /// When the lease ends; after it nobody knows what became of the send.
        until: DateTime<Utc>,
    },
    /// Nobody knows whether it was sent. Never tried again; an echo or the history settles it.
    Unknown {
        /// Since when.
        since: DateTime<Utc>,
        /// Why, as an error's fragment.
        cause: String,
        /// The history as of this time was whole and held no such message. It may have been sent and taken back since, so it is not called
        /// unsent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        absent_as_of: Option<DateTime<Utc>>,
    },
    /// It was not sent and will not be.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// The platform took it.
    Sent {
        /// Under this id.
        message: MessageId,
        /// How that is known.
        #[serde(default)]
        by: Proof,
    },
    /// The platform did it, and it is no message: a reaction, or its withdrawal.
    Done {
        /// When, by the platform's clock.
        at: DateTime<Utc>,
    },
}

/// How it is known which message an intent became. In order: what comes first is believed against what comes later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// The platform answered so when it was sent.
    #[default]
    Answer,
    /// Its echo carried our own metadata.
    Metadata,
    /// A whole stretch of the history held exactly as many such messages as there were such wishes without an end.
    History,
}

/// Why an intent failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// We refused it, when its turn came.
    Refused(Refusal),
    /// The platform refused it, or it could not be reached often enough.
    Platform {
        /// The class of the error.
        kind: ErrorKind,
        /// The platform's code, if it gave one.
        code: Option<String>,
        /// The error's own fragment.
        cause: String,
        /// What to do about it, in plain words.
        remedy: Option<String>,
    },
}

impl std::fmt::Display for Failure {
    /// Cause, the platform's code if it gave one, and what to do about it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}; remedy: {}", refusal.remedy().what),
            Self::Platform { cause, code, remedy, .. } => {
                write!(f, "{cause}")?;
                code.iter().try_for_each(|code| write!(f, " (code {code})"))?;
                remedy.iter().try_for_each(|remedy| write!(f, "; remedy: {remedy}"))
            }
        }
    }
}

impl IntentState {
    /// A stable word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending { .. } => "sending",
            Self::Unknown { .. } => "unknown",
            Self::Failed { .. } => "failed",
            Self::Sent { .. } => "sent",
            Self::Done { .. } => "done",
        }
    }

    /// True if an echo that proves nothing may still belong to it.
    pub const fn may_have_been_sent(&self) -> bool {
        matches!(self, Self::Sending { .. } | Self::Unknown { .. })
    }
}

impl Intent {
    /// The intent's key.
    pub fn intent_key(&self) -> IntentKey {
        IntentKey { owner: self.account.owner.clone(), id: self.id }
    }

    /// The conversation it belongs to.
    pub fn conversation(&self) -> ConversationKey {
        ConversationKey { account: self.account.clone(), peer: self.outgoing.to.line() }
    }

    /// What sending it is counted as.
    pub fn rate(&self) -> RateKind {
        rate_of(&self.outgoing, self.live)
    }

    /// The message it became.
    pub fn message(&self) -> Option<MessageKey> {
        match &self.state {
            IntentState::Sent { message, .. } => {
                Some(MessageKey { account: self.account.clone(), road: self.road.clone(), id: message.clone() })
            }
            _ => None,
        }
    }

    /// True if it waits or is being sent: nothing of its conversation overtakes it.
    pub const fn is_in_line(&self) -> bool {
        matches!(self.state, IntentState::Queued | IntentState::Sending { .. })
    }

    /// True for a private reply: while it cannot leave, what is behind it in its conversation passes it. It is said to a comment, and has days, while
    /// an answer in the conversation has its window.
    pub fn lets_others_pass(&self) -> bool {
        matches!(self.rate(), RateKind::PrivateReply | RateKind::LiveReply)
    }

    /// True if nothing behind it in its conversation leaves before it does: it waits, and does not let others pass.
    pub fn holds_the_line(&self) -> bool {
        matches!(self.state, IntentState::Queued) && !self.lets_others_pass()
    }

    /// True if another one of its conversation leaves only after it.
    pub fn goes_before(&self, other: &Self) -> bool {
        let is_older = (self.created_at, self.id) < (other.created_at, other.id);
        is_older && self.holds_the_line() && self.account == other.account && self.outgoing.to.line() == other.outgoing.to.line()
    }

    /// It goes behind the last that waits in its conversation, whatever the clock says that it was accepted by.
    pub fn line_up(&mut self, last: Option<DateTime<Utc>>) {
        if let Some(last) = last.filter(|last| *last >= self.created_at) {
            self.created_at = last + TimeDelta::nanoseconds(1);
        }
    }

    /// Somebody begins to send it, and has until then.
    pub fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) {
        (self.state, self.tried_at) = (IntentState::Sending { until }, Some(now));
    }

    /// True if it waits by a clock that was ahead: by that clock it was accepted, or tried, at a time that is still to come.
    pub fn waits_by_a_wrong_clock(&self, now: DateTime<Utc>) -> bool {
        let to_come = |at: DateTime<Utc>| at > now + CLOCK_SKEW;
        let is_told = matches!(self.state, IntentState::Queued) && self.available_at > now;
        is_told && (to_come(self.created_at) || self.tried_at.is_some_and(to_come))
    }

    /// Nobody knows any more what became of it. The history is asked in a while.
    pub fn lose(&mut self, since: DateTime<Utc>, cause: impl Into<String>) {
        self.available_at = since + LOOKS[0];
        self.state = IntentState::Unknown { since, cause: cause.into(), absent_as_of: None };
    }

    /// The lease of whoever was sending it ended; before that it left, or never.
    pub fn lapse(&mut self) {
        if let IntentState::Sending { until } = self.state {
            self.lose(until, "finish a send before its lease ended");
        }
    }

    /// When the history is next to be looked through for it; `None` if it has an end, was looked for often enough, or is nothing that the history
    /// shows: a reaction that was withdrawn, or what was taken back.
    pub fn look_at(&self) -> Option<DateTime<Utc>> {
        let is_shown = !matches!(self.outgoing.body, Body::Reaction { emoji: None, .. } | Body::Gone);
        let doubtful = is_shown && matches!(self.state, IntentState::Unknown { .. });
        (doubtful && (self.looks as usize) < LOOKS.len()).then_some(self.available_at)
    }

    /// The history was looked through for it.
    pub(crate) fn looked(&mut self, now: DateTime<Utc>) {
        self.looks += 1;
        self.available_at = now + LOOKS.get(self.looks as usize).copied().unwrap_or(LOOKS[LOOKS.len() - 1]);
    }

    /// Between which times of the platform it was taken, if it was and nobody knows.
    pub(crate) fn taken_between(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let until = match self.state {
            IntentState::Sending { until } => until,
            IntentState::Unknown { since, .. } => since,
            _ => return None,
        };
        Some((self.tried_at.unwrap_or(self.created_at) - CLOCK_SKEW, until + CLOCK_SKEW))
    }

    /// The intent as a view shows it.
    #[must_use]
    pub fn through(mut self, fields: Fields) -> Self {
        let Outgoing { body, quick_replies, .. } = &mut self.outgoing;
        if !fields.text {
            quick_replies.clear();
        }
        for reply in quick_replies.iter_mut().filter(|_| !fields.attachments) {
            if let QuickReply::Text { image_url, .. } = reply {
                *image_url = None;
            }
        }
        match body {
            // That it was taken back is no content.
            Body::Gone => {}
            body if !fields.text => *body = Body::Text(String::new()),
            Body::Text(_) | Body::Heart | Body::Reaction { .. } => {}
            body if !fields.attachments => *body = Body::Attachments(Vec::new()),
            _ => {}
        }
        if !(fields.attachments && fields.text) {
            (self.renewed, self.put_off) = Default::default();
        }
        self
    }

    /// The message was taken back: what was wished goes with it.
    pub(crate) fn wipe(&mut self) {
        self.outgoing.body = Body::Gone;
        self.outgoing.quick_replies.clear();
        (self.renewed, self.put_off) = Default::default();
    }

    /// True if what was wished is gone.
    pub(crate) fn is_wiped(&self) -> bool {
        self.outgoing.body == Body::Gone && self.outgoing.quick_replies.is_empty()
    }

    /// It is known which message it became. Known before, it stays with what is better proved, and then with the smaller id, so that any
    /// order ends the same.
    pub(crate) fn prove(&mut self, message: MessageId, by: Proof) {
        match &self.state {
            IntentState::Sent { message: known, by: proof } if (*proof, known) <= (by, &message) => {}
            _ => self.state = IntentState::Sent { message, by },
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The metadata that an intent's message carries.
pub fn metadata(id: IntentId) -> String {
    format!("{METADATA_PREFIX}{id}")
}

/// The intent that a piece of metadata names, if it is one of ours.
pub fn intent_of(metadata: &str) -> Option<IntentId> {
    metadata.strip_prefix(METADATA_PREFIX)?.parse().ok()
}

#[cfg(test)]
mod tests;
