//! A comment as the join of everything that was said of it, and the chance to answer it in private.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::comment::CommentPlace;
use link_core::words::event::Direction;
use link_core::words::ids::{CommentKey, ExternalId, ScopedId};
use link_core::words::view::{Fields, View};
use serde::{Deserialize, Serialize};

use crate::register::{Register, keep_max, keep_min};

/// The state of one comment, visitor's post or mention. It may exist before anybody told that it was written.
///
/// It opens no messaging window and is no part of a conversation: it gives the right to one private reply, see
/// [`private_reply`](Self::private_reply).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// Who wrote it, where the platform says it. On Facebook the id may be another than the one the person has in conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ScopedId>,
    /// Which side wrote it; unknown until it was told that it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// What its author is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Register<String>>,
    /// When it was written; Instagram tells it to the second, and only when it tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<CommentPlace>,
    /// It names the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mention: bool,
    /// Below which post or media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<ExternalId>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ExternalId>,
    /// What it says now; `None` where that was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Register<String>>,
    /// Whether it is hidden from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Register<bool>>,
    /// When it was taken away. Nothing of its content is kept then, whatever comes later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<DateTime<Utc>>,
    /// When it was answered in private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<DateTime<Utc>>,
    /// What was told beside all this and has no word here, untouched.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extras: BTreeSet<String>,
    /// What is later is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<DateTime<Utc>>,
}

/// Whether a comment can still be answered in private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateReply {
    /// Once, until then.
    Open {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Once, while the broadcast lasts below which it was written. Nobody tells when that ends; it is over then at the latest.
    WhileLive {
        /// At the latest.
        until: DateTime<Utc>,
    },
    /// It was answered.
    Used {
        /// When.
        at: DateTime<Utc>,
    },
    /// It is too late.
    Over {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It never could be, or cannot any more: the account wrote it itself, it stands somewhere else, it was taken away, or nobody told when it
    /// was written.
    Never,
}

impl Comment {
    /// True once it can be shown: somebody told that it was written.
    pub const fn is_known(&self) -> bool {
        self.direction.is_some() && self.at.is_some()
    }

    /// Whether it can be answered in private at a time, on a platform with these rules. The rules that a reply is sent by are the same.
    pub fn private_reply(&self, now: DateTime<Utc>, capabilities: &Capabilities) -> PrivateReply {
        if let Some(at) = self.answered {
            return PrivateReply::Used { at };
        }
        let (Some(Direction::Inbound), Some(at), Some(place), None) = (self.direction, self.at, self.place, self.removed) else {
            return PrivateReply::Never;
        };
        if place == CommentPlace::Mention {
            return PrivateReply::Never;
        }
        let broadcast = capabilities.live_hours.filter(|_| place == CommentPlace::Live);
        let days = at + TimeDelta::days(i64::from(capabilities.private_reply_days));
        let until = broadcast.map_or(days, |hours| days.min(at + TimeDelta::hours(i64::from(hours))));
        if now >= until {
            PrivateReply::Over { since: until }
        } else if place == CommentPlace::Live {
            PrivateReply::WhileLive { until }
        } else {
            PrivateReply::Open { until }
        }
    }

    /// Takes in what else was said of the same comment. Commutative, associative and idempotent.
    pub fn join(&mut self, other: Self) {
        keep_min(&mut self.by, other.by);
        keep_max(&mut self.direction, other.direction);
        keep_max(&mut self.name, other.name);
        keep_min(&mut self.at, other.at);
        keep_max(&mut self.place, other.place);
        self.mention |= other.mention;
        keep_min(&mut self.post, other.post);
        keep_min(&mut self.parent, other.parent);
        keep_max(&mut self.text, other.text);
        keep_max(&mut self.hidden, other.hidden);
        keep_min(&mut self.removed, other.removed);
        keep_min(&mut self.answered, other.answered);
        self.extras.extend(other.extras);
        keep_max(&mut self.caught_up, other.caught_up);
        if self.removed.is_some() {
            self.wipe();
        }
    }

    /// What may stay of a comment that was taken away: that it was there.
    fn wipe(&mut self) {
        self.name = None;
        self.text = None;
        self.hidden = None;
        self.extras.clear();
    }

    /// The comment as a view shows it.
    #[must_use]
    pub fn through(mut self, fields: Fields) -> Self {
        if !fields.names {
            self.name = None;
        }
        if !fields.text {
            self.text = None;
        }
        // What has no word may be of any kind: what was left of who wrote it, too.
        if fields != Fields::ALL {
            self.extras.clear();
        }
        self
    }
}

/// A comment with its key, as a store reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommentRow {
    /// Which comment.
    pub key: CommentKey,
    /// What is known of it.
    pub state: Comment,
}

impl CommentRow {
    /// A row as it was stored, shown through a view.
    pub fn new(key: CommentKey, state: Comment, view: &View) -> Self {
        Self { key, state: state.through(view.fields) }
    }
}

#[cfg(test)]
mod tests {
    use link_core::words::capabilities::TextLimit;
    use link_core::words::platform::Platform;

    use super::*;
    use crate::testing::at;

    const WIRE: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000)).with_private_replies(7).with_broadcasts(4);

    fn comment(place: CommentPlace) -> Comment {
        Comment { direction: Some(Direction::Inbound), at: Some(at(0)), place: Some(place), ..Comment::default() }
    }

    #[test]
    fn a_comment_is_answered_in_private_once_and_within_seven_days() {
        let (below, end) = (comment(CommentPlace::Post), at(7 * 86_400));
        assert_eq!(below.private_reply(at(7 * 86_400 - 1), &WIRE), PrivateReply::Open { until: end });
        assert_eq!(below.private_reply(end, &WIRE), PrivateReply::Over { since: end });
        let answered = Comment { answered: Some(at(5)), ..below };
        assert_eq!(answered.private_reply(at(6), &WIRE), PrivateReply::Used { at: at(5) });
        assert_eq!(comment(CommentPlace::Live).private_reply(at(1), &WIRE), PrivateReply::WhileLive { until: at(4 * 3_600) });
        assert_eq!(comment(CommentPlace::Live).private_reply(at(4 * 3_600), &WIRE), PrivateReply::Over { since: at(4 * 3_600) });
    }

    #[test]
    fn nobody_is_answered_in_private_who_did_not_write_to_the_account() {
        assert_eq!(comment(CommentPlace::Mention).private_reply(at(1), &WIRE), PrivateReply::Never);
        let own = Comment { direction: Some(Direction::Outbound), ..comment(CommentPlace::Post) };
        assert_eq!(own.private_reply(at(1), &WIRE), PrivateReply::Never);
        let gone = Comment { removed: Some(at(1)), ..comment(CommentPlace::Post) };
        assert_eq!(gone.private_reply(at(2), &WIRE), PrivateReply::Never);
    }
}
