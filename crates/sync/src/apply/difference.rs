//! From what was stored to what is to be written, and what of it is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::event::Direction;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, MessageKey};
use link_core::words::moment::Moment;

use crate::account::AccountState;
use crate::comment::Comment;
use crate::conversation::Conversation;
use crate::coverage::Coverage;
use crate::intent::Intent;
use crate::message::Message;
use crate::notice::Notice;
use crate::piece::Piece;
use crate::store::{Change, Snapshot};

/// What comes this long after it was written is late.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// From what was stored to what is to be written and told.
pub(super) struct Difference<'a> {
    before: &'a Snapshot,
    /// What was said, and when it came here.
    pieces: &'a [Piece],
    /// What was here of messages under other ids that turn out to be theirs: that was told already.
    moved: BTreeMap<MessageKey, &'a Message>,
    /// When the last telling of any message came here.
    last_received: Option<DateTime<Utc>>,
}

impl<'a> Difference<'a> {
    pub(super) fn of(before: &'a Snapshot, pieces: &'a [Piece]) -> Self {
        let aliases = pieces.iter().flat_map(|piece| &piece.messages);
        let aliases = aliases.filter_map(|(said, told)| Some((told.said.same_as.as_ref()?.key(&said.account), said)));
        let here = |said| before.messages.get(said).filter(|stored| stored.is_known());
        let moved = aliases.filter_map(|(kept, said)| Some((kept, here(said)?))).collect();
        let last_received = pieces.iter().flat_map(|piece| piece.messages.values()).filter_map(|told| told.received_at).max();
        Self { before, pieces, moved, last_received }
    }

    pub(super) fn told(&self, mut now: Snapshot, notices: Vec<Notice>) -> Change {
        let mut change = Change { notices, ..Change::default() };
        let mut spoken = BTreeSet::new();
        let moves = |key: &MessageKey| self.moved.contains_key(key);
        now.messages.retain(|key, message| moves(key) || self.before.messages.get(key) != Some(&*message));
        for (key, message) in &now.messages {
            if let Some(happening) = self.of_message(key, message, &now.conversations) {
                spoken.extend(message.peer.clone().map(|peer| ConversationKey { account: key.account.clone(), peer }));
                change.happenings.push(happening);
            }
        }
        change.messages = now.messages;
        for (key, conversation) in now.conversations {
            let stored = self.before.conversations.get(&key);
            if stored == Some(&conversation) {
                continue;
            }
            if !spoken.contains(&key) && visibly_differs(stored, &conversation) {
                change.happenings.push(told_of_conversation(&key, &conversation));
            }
            change.happenings.extend(told_of_link(&key, stored, &conversation));
            change.conversations.insert(key, conversation);
        }
        for (key, comment) in now.comments {
            let was = self.before.comments.get(&key);
            if was == Some(&comment) {
                continue;
            }
            change.happenings.extend(told_of_comment(&key, was, &comment));
            change.comments.insert(key, comment);
        }
        for (key, state) in now.accounts {
            if self.before.accounts.get(&key) != Some(&state) {
                change.happenings.push(told_of_account(&key, &state));
                change.accounts.insert(key, state);
            }
        }
        for (key, intent) in now.intents {
            if self.before.intents.get(&key) != Some(&intent) {
                change.happenings.push(told_of_intent(&intent, intent.created_at));
                change.intents.insert(key, intent);
            }
        }
        change
    }

    /// True if the first telling of a message that was written at a time came long after it.
    fn is_late(&self, key: &MessageKey, at: DateTime<Utc>) -> bool {
        let is_late = |received: Option<DateTime<Utc>>| received.is_some_and(|received| received - at > LATE);
        let first = || self.pieces.iter().filter_map(|piece| piece.messages.get(key)?.received_at).min();
        is_late(self.last_received) && is_late(first())
    }

    fn of_message(
        &self,
        key: &MessageKey,
        message: &Message,
        conversations: &BTreeMap<ConversationKey, Conversation>,
    ) -> Option<Happening> {
        let (Some(peer), Some(direction), Some(at)) = (&message.peer, message.direction, message.at) else { return None };
        let conversation = ConversationKey { account: key.account.clone(), peer: peer.clone() };
        let was = self.before.messages.get(key).filter(|stored| stored.is_known());
        let (peer, road, id) = (peer.clone(), key.road.clone(), key.id.clone());
        let what = if message.unsent.is_some() {
            if was.is_some_and(|was| was.unsent.is_some()) && !self.moved.contains_key(key) {
                return None;
            }
            What::MessageUnsent { road, message: id }
        } else if self.moved.contains_key(key) {
            // What stood under the other id is gone from there: whoever follows learns it by this one.
            What::MessageChanged { road, message: id }
        } else if let Some(was) = was {
            if looks_the_same(was, message) {
                return None;
            }
            What::MessageChanged { road, message: id }
        } else if !is_new(conversations.get(&conversation), message, at) {
            What::MessageKnown { peer, road, message: id }
        } else if direction == Direction::Outbound {
            What::MessageSent { peer, road, message: id }
        } else {
            let late = self.is_late(key, at.at);
            What::MessageReceived { peer, road, message: id, late }
        };
        Some(Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, at.at))
    }
}

/// True if nobody who reads the message would see a difference: who told it, or a better-known time, is none.
fn looks_the_same(was: &Message, now: &Message) -> bool {
    was.text() == now.text()
        && was.attachments() == now.attachments()
        && was.reply_to == now.reply_to
        && was.reacted() == now.reacted()
        && (was.read, was.delivered, was.unsupported, was.intent) == (now.read, now.delivered, now.unsupported, now.intent)
}

/// Later than the caught-up mark is news, whichever way it came. A time known to the second only stands for the whole second: history
/// may tell a message before its webhook does, and rather rings once too often than never.
///
/// Without a mark nobody knows what was before: then what only the history told is none.
fn is_new(conversation: Option<&Conversation>, message: &Message, at: Moment) -> bool {
    match conversation.and_then(|conversation| conversation.caught_up) {
        Some(caught_up) => at.latest() > caught_up,
        None => message.told.live || message.told.answer,
    }
}

/// True if something changed that a reader of the conversation would notice and no message tells.
fn visibly_differs(stored: Option<&Conversation>, now: &Conversation) -> bool {
    let Some(stored) = stored else { return now.is_known() };
    stored.name != now.name
        || stored.username != now.username
        || stored.picture != now.picture
        || stored.read_up_to != now.read_up_to
        || stored.delivered_up_to != now.delivered_up_to
        || stored.ownership.as_ref().map(|told| &told.value) != now.ownership.as_ref().map(|told| &told.value)
        || !reaches_as_far(stored.coverage.as_ref(), now.coverage.as_ref())
}

/// True if two maps differ at most in how late they reach.
fn reaches_as_far(stored: Option<&Coverage>, now: Option<&Coverage>) -> bool {
    match (stored, now) {
        (Some(stored), Some(now)) => stored.looks_like(now),
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => one.looks_like(&Coverage::default()),
    }
}

fn told_of_conversation(key: &ConversationKey, now: &Conversation) -> Happening {
    let at = [now.last_activity, now.read_up_to, now.delivered_up_to].into_iter().flatten().max().unwrap_or_default();
    let what = What::ConversationChanged { peer: key.peer.clone() };
    Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, at)
}

/// What is told of somebody who connected an account of the embedder's own, or disconnected it.
fn told_of_link(key: &ConversationKey, stored: Option<&Conversation>, now: &Conversation) -> Option<Happening> {
    let link = now.linked.as_ref().filter(|link| stored.and_then(|stored| stored.linked.as_ref()) != Some(link))?;
    let what = What::AccountLinked { peer: key.peer.clone() };
    Some(Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, link.as_of))
}

/// What is told of a comment that is not as it was.
fn told_of_comment(key: &CommentKey, was: Option<&Comment>, now: &Comment) -> Option<Happening> {
    let at = now.at.filter(|_| now.is_known())?;
    let (road, comment) = (key.road.clone(), key.id.clone());
    let is_news = now.direction == Some(Direction::Inbound) && now.removed.is_none() && now.caught_up.is_none_or(|mark| at > mark);
    let what = match was.filter(|was| was.is_known()) {
        None if is_news => What::CommentReceived { peer: now.by.clone(), road, comment },
        _ => What::CommentChanged { road, comment },
    };
    let at = [Some(at), now.removed, now.answered].into_iter().flatten().max().unwrap_or(at);
    Some(Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, at))
}

fn told_of_account(key: &AccountKey, now: &AccountState) -> Happening {
    let at = now.restriction.as_ref().map(|told| told.as_of).max(now.warning.as_ref().map(|told| told.as_of)).unwrap_or_default();
    Happening::new(key.owner.clone(), Some(key.account.clone()), What::AccountChanged, at)
}

/// What is told of an intent whose state changed.
pub(crate) fn told_of_intent(intent: &Intent, at: DateTime<Utc>) -> Happening {
    let what = What::IntentChanged { intent: intent.id, state: intent.state.as_str().to_owned() };
    Happening::new(intent.account.owner.clone(), Some(intent.account.account.clone()), what, at)
}
