//! A message as the join of everything that was said of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use link_core::words::content::{Attachment, ReplyTo};
use link_core::words::event::{Channel, Direction};
use link_core::words::ids::{ExternalId, IntentId, MessageId, MessageKey, ScopedId};
use link_core::words::moment::Moment;
use link_core::words::raw::Raw;
use link_core::words::view::{Fields, View};
use serde::{Deserialize, Serialize};

use crate::alias::Alias;
use crate::register::{Register, keep_max, keep_min};

/// The state of one message row. It may exist before its message does: a reaction, an unsend or a read can come first, and then
/// person, time and text are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// The person at the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<ScopedId>,
    /// Who wrote it; unknown as long as only marks of it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The text as it is now; `None` inside where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Register<Option<String>>>,
    /// Attachments by who told them: webhooks and history describe the same picture differently.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<Teller, Register<Attachments>>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// The developer payload of a quick reply or a pressed button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Where the person came from, untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Raw>,
    /// The app that sent it, where the platform told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<ExternalId>,
    /// It came to us as to a bystander: another app had the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overheard: bool,
    /// The platform says that it cannot show this content; see [`Self::cannot_be_shown`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsupported: bool,
    /// It was the press of a button.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub postback: bool,
    /// How often it was edited, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<u32>,
    /// The reaction of each side; a withdrawn one is kept as nothing, or a late telling would bring it back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<Direction, Register<Option<String>>>,
    /// When it was read, where the platform marks single messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<DateTime<Utc>>,
    /// When it was delivered, where the platform marks single messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<DateTime<Utc>>,
    /// When it was taken back. Nothing of its content is kept then, whatever comes later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<DateTime<Utc>>,
    /// What was told beside all this and has no word here, untouched.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extras: BTreeSet<String>,
    /// Who told it.
    #[serde(default, skip_serializing_if = "Tellers::is_empty")]
    pub told: Tellers,
    /// The intent that it fulfils, proved by the platform's answer or by our own metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentId>,
    /// Where the message is kept, if this is but its id by another road; then nothing else stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Alias>,
    /// Whether it [cannot be shown](Self::cannot_be_shown), where what a view left of it says otherwise. Never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nothing_to_show: Option<bool>,
}

/// Who told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Teller {
    /// A webhook.
    Live,
    /// The platform's history.
    History,
    /// The platform's answer to our own send.
    Answer,
}

impl From<Channel> for Teller {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::History => Self::History,
            Channel::Answer => Self::Answer,
            _ => Self::Live,
        }
    }
}

/// The set of those who told a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tellers {
    /// A webhook did.
    #[serde(default)]
    pub live: bool,
    /// The history did.
    #[serde(default)]
    pub history: bool,
    /// The answer to our own send did.
    #[serde(default)]
    pub answer: bool,
}

impl Tellers {
    /// True if nobody told it.
    pub const fn is_empty(&self) -> bool {
        !(self.live || self.history || self.answer)
    }

    pub(crate) const fn of(teller: Teller) -> Self {
        Self { live: matches!(teller, Teller::Live), history: matches!(teller, Teller::History), answer: matches!(teller, Teller::Answer) }
    }

    const fn join(self, other: Self) -> Self {
        Self { live: self.live || other.live, history: self.history || other.history, answer: self.answer || other.answer }
    }
}

/// Attachments, ordered so that two tellings of equal rank have a winner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attachments(pub Vec<Attachment>);

impl Attachments {
    /// Leaves kinds and addresses: titles are texts, and so is much of what was told besides.
    fn hide_words(&mut self) {
        let all = std::mem::take(&mut self.0);
        // Told apart by what is hidden, twins would stand there twice.
        self.0 = all.iter().filter(|one| !all.iter().any(|other| one.repeats(other))).cloned().collect();
        for attachment in &mut self.0 {
            (attachment.title, attachment.raw) = (None, None);
        }
    }

    fn rank(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

impl PartialOrd for Attachments {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Attachments {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Message {
    /// True once it can be shown: somebody told who wrote it, to whom and when.
    pub const fn is_known(&self) -> bool {
        self.peer.is_some() && self.direction.is_some() && self.at.is_some()
    }

    /// The text as it is now.
    pub fn text(&self) -> Option<&str> {
        self.text.as_ref()?.value.as_deref()
    }

    /// The attachments as they are best known: a webhook's tell more than the history's, and ours say least. What a platform tells in an old and
    /// a new form at once is told once, in the new one.
    pub fn attachments(&self) -> Vec<&Attachment> {
        let best = [Teller::Live, Teller::History, Teller::Answer].iter().find_map(|teller| self.attachments.get(teller));
        let all: &[Attachment] = best.map_or(&[], |told| &told.value.0);
        all.iter().filter(|one| !all.iter().any(|other| one.repeats(other))).collect()
    }

    /// True if something was said of which nothing can be shown: the platform keeps it back, or all of it was told in forms that have no word here
    /// ([`Self::extras`]). Somebody else may still tell it, or a later version read it. What only a view hides can be shown.
    pub fn cannot_be_shown(&self) -> bool {
        let is_bare = self.text().is_none_or(str::is_empty) && self.attachments().is_empty();
        self.nothing_to_show.unwrap_or(is_bare && (self.unsupported || !self.extras.is_empty()))
    }

    /// True for the press of a button whose payload the platform keeps from us, because another app has the conversation.
    pub const fn payload_is_withheld(&self) -> bool {
        self.postback && self.overheard && self.payload.is_none() && self.unsent.is_none()
    }

    /// How each side reacts now. When that was told says nothing: history tells it anew as of each time it is read.
    pub fn reacted(&self) -> BTreeMap<Direction, &str> {
        self.reactions.iter().filter_map(|(side, told)| Some((*side, told.value.as_deref()?))).collect()
    }

    /// Takes in what else was said of the same message. Commutative, associative and idempotent.
    pub fn join(&mut self, other: Self) {
        self.nothing_to_show = None;
        keep_min(&mut self.peer, other.peer);
        keep_max(&mut self.direction, other.direction);
        self.at = match (self.at, other.at) {
            (Some(mine), Some(theirs)) => Some(mine.join(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        keep_max(&mut self.text, other.text);
        for (teller, told) in other.attachments {
            join_entry(&mut self.attachments, teller, told);
        }
        join_reply(&mut self.reply_to, other.reply_to);
        keep_max(&mut self.payload, other.payload);
        keep_ranked(&mut self.referral, other.referral, |raw| raw.as_str().to_owned());
        keep_max(&mut self.app_id, other.app_id);
        self.overheard |= other.overheard;
        self.unsupported |= other.unsupported;
        self.postback |= other.postback;
        keep_max(&mut self.edits, other.edits);
        for (side, reaction) in other.reactions {
            join_entry(&mut self.reactions, side, reaction);
        }
        keep_min(&mut self.read, other.read);
        keep_min(&mut self.delivered, other.delivered);
        keep_min(&mut self.unsent, other.unsent);
        self.extras.extend(other.extras);
        self.told = self.told.join(other.told);
        keep_min(&mut self.intent, other.intent);
        keep_min(&mut self.same_as, other.same_as);
        if self.unsent.is_some() {
            self.wipe();
        }
    }

    /// What may stay of a message that was taken back: that it was there.
    fn wipe(&mut self) {
        self.text = None;
        self.attachments.clear();
        self.reply_to = None;
        self.payload = None;
        self.referral = None;
        self.extras.clear();
        self.reactions.clear();
        self.unsupported = false;
        self.edits = None;
    }

    /// The message as a view shows it.
    #[must_use]
    pub fn through(self, fields: Fields) -> Self {
        let has_nothing = self.cannot_be_shown();
        let mut shown = self.masked(fields);
        if shown.cannot_be_shown() != has_nothing {
            shown.nothing_to_show = Some(has_nothing);
        }
        shown
    }

    fn masked(mut self, fields: Fields) -> Self {
        if !fields.text {
            self.text = None;
            self.payload = None;
            self.referral = None;
            for told in self.attachments.values_mut() {
                told.value.hide_words();
            }
        }
        // What has no word may be of any kind.
        if fields != Fields::ALL {
            self.extras.clear();
        }
        if !fields.attachments {
            self.attachments.clear();
            if matches!(self.reply_to, Some(ReplyTo::Story { .. })) {
                self.reply_to = None;
            }
        }
        if !fields.marks {
            self.reactions.clear();
            self.read = None;
            self.delivered = None;
        }
        self
    }
}

fn join_entry<K: Ord, T: Ord>(map: &mut BTreeMap<K, Register<T>>, key: K, told: Register<T>) {
    match map.entry(key) {
        std::collections::btree_map::Entry::Vacant(free) => {
            free.insert(told);
        }
        std::collections::btree_map::Entry::Occupied(mut held) => {
            if told > *held.get() {
                held.insert(told);
            }
        }
    }
}

/// For values without an order of their own: the one with the greater rank stays.
fn keep_ranked<T>(mine: &mut Option<T>, other: Option<T>, rank: impl Fn(&T) -> String) {
    match (&*mine, other) {
        (None, other) => *mine = other,
        (Some(a), Some(b)) if rank(&b) > rank(a) => *mine = Some(b),
        _ => {}
    }
}

/// A story is told with its id by one and with its address by another, and with neither once it is gone: each part is kept. Who names a message
/// knows better than who names a story.
fn join_reply(mine: &mut Option<ReplyTo>, other: Option<ReplyTo>) {
    match (&mut *mine, other) {
        (Some(ReplyTo::Story { id, url }), Some(ReplyTo::Story { id: other_id, url: other_url })) => {
            keep_max(id, other_id);
            keep_max(url, other_url);
        }
        (Some(ReplyTo::Message(id)), Some(ReplyTo::Message(other))) if other > *id => *id = other,
        (None | Some(ReplyTo::Story { .. }), Some(other)) => *mine = Some(other),
        _ => {}
    }
}

/// A message with its key, as a store reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageRow {
    /// Which message.
    pub key: MessageKey,
    /// What is known of it.
    pub state: Message,
}

impl MessageRow {
    /// A row as it was stored, shown through a view.
    pub fn new(key: MessageKey, state: Message, view: &View) -> Self {
        Self { key, state: state.through(view.fields) }
    }

    /// The platform's id.
    pub const fn id(&self) -> &MessageId {
        &self.key.id
    }
}

#[cfg(test)]
mod tests;
