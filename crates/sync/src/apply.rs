//! Applying facts: joining what they say to what is stored, and telling what that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::Result;
use link_core::words::event::Direction;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{ConversationKey, MessageKey};
use link_core::words::moment::Moment;

use crate::alias::{Alias, gather};
use crate::conversation::{Conversation, Coverage};
use crate::intent::Intent;
use crate::message::Message;
use crate::notice::Notice;
use crate::piece::{Fact, Piece, piece};
use crate::register::Register;
use crate::store::{Change, Keys, MessageStore, Snapshot};

/// What comes this long after it was written is late.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// Applies facts to a store, in one transaction. The order of the facts, and how often each is told, does not matter.
pub async fn apply(store: &dyn MessageStore, facts: &[Fact]) -> Result<()> {
    Batch::of(facts).write(store).await
}

/// How often in a row an id may turn out to be another road's.
const HOPS: usize = 3;

/// Facts told as small states, ready to be joined to what is stored.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pieces: Vec<Piece>,
}

impl Batch {
    /// The small states of some facts. Decoding and this happen before the transaction.
    pub fn of(facts: &[Fact]) -> Self {
        Self { pieces: facts.iter().map(piece).collect() }
    }

    /// And how much of a conversation's history is here, as of when the platform answered.
    #[must_use]
    pub fn covering(mut self, conversation: ConversationKey, coverage: Register<Coverage>) -> Self {
        let said = Conversation { coverage: Some(coverage), ..Conversation::default() };
        self.pieces.push(Piece { conversations: [(conversation, said)].into(), ..Piece::default() });
        self
    }

    /// True if the facts say nothing that is stored.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// And that messages are kept under the ids of another road.
    #[must_use]
    pub(crate) fn knowing(mut self, aliases: Vec<(MessageKey, Alias)>) -> Self {
        for (key, alias) in aliases {
            let kept = (alias.key(&key.account), Message::default());
            let said = (key, Message { same_as: Some(alias), ..Message::default() });
            self.pieces.push(Piece { messages: [kept, said].into(), ..Piece::default() });
        }
        self
    }

    /// Joins it to what is stored, in one transaction. What is said under the id of a message that is kept under another road's goes there.
    pub async fn write(mut self, store: &dyn MessageStore) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        for hop in 0..=HOPS {
            let elsewhere = Mutex::new(BTreeMap::new());
            let step = |snapshot: Snapshot| {
                let found = if hop < HOPS { self.elsewhere(&snapshot) } else { BTreeMap::new() };
                let change = if found.is_empty() { self.join(&snapshot) } else { Change::default() };
                *elsewhere.lock().unwrap_or_else(PoisonError::into_inner) = found;
                change
            };
            store.update(&self.keys(), &step).await?;
            let elsewhere = elsewhere.into_inner().unwrap_or_else(PoisonError::into_inner);
            if elsewhere.is_empty() {
                break;
            }
            self.go(&elsewhere);
        }
        Ok(())
    }

    /// The messages that are kept under another road's id, with that one.
    fn elsewhere(&self, stored: &Snapshot) -> BTreeMap<MessageKey, MessageKey> {
        let said = self.pieces.iter().flat_map(|piece| piece.messages.iter());
        // What says where a message is kept is written where it is said.
        let said = said.filter(|(_, message)| message.same_as.is_none()).map(|(key, _)| key);
        let kept = said.filter_map(|key| Some((key.clone(), stored.messages.get(key)?.same_as.as_ref()?.key(&key.account))));
        kept.filter(|(key, kept)| key != kept).collect()
    }

    fn go(&mut self, elsewhere: &BTreeMap<MessageKey, MessageKey>) {
        for piece in &mut self.pieces {
            for (key, kept) in elsewhere {
                let moves = piece.messages.get(key).is_some_and(|message| message.same_as.is_none());
                if moves && let Some(said) = piece.messages.remove(key) {
                    piece.messages.entry(kept.clone()).or_default().join(said);
                }
            }
            for proof in &mut piece.proofs {
                if let Some(kept) = elsewhere.get(&proof.message) {
                    proof.message.clone_from(kept);
                }
            }
        }
    }

    /// What they are about.
    pub fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        for piece in &self.pieces {
            piece.keys(&mut keys);
        }
        keys
    }

    /// The pure step: what is to be written, given what is stored. What stays as it is, is not written and not told.
    pub fn join(&self, stored: &Snapshot) -> Change {
        let mut now = stored.clone();
        let mut notices = Vec::new();
        for piece in &self.pieces {
            for (key, said) in &piece.messages {
                now.messages.entry(key.clone()).or_default().join(said.clone());
            }
            for (key, said) in &piece.conversations {
                now.conversations.entry(key.clone()).or_default().join(said.clone());
            }
            for proof in &piece.proofs {
                // An intent that this owner does not have is somebody else's: two owners may have linked the same Page.
                if let Some(intent) = now.intents.get_mut(&proof.intent_key()) {
                    intent.prove(proof.message.id.clone(), proof.by);
                    let row = Message { intent: Some(proof.intent), ..Message::default() };
                    now.messages.entry(proof.message.clone()).or_default().join(row);
                }
            }
            notices.extend(piece.notices.iter().cloned());
        }
        gather(&mut now.messages);
        Difference { before: stored, batch: self }.told(now, notices)
    }

    /// When the first telling of a message in this batch came here.
    fn received(&self, key: &MessageKey) -> Option<DateTime<Utc>> {
        self.pieces.iter().filter(|piece| piece.messages.contains_key(key)).filter_map(|piece| piece.received_at).min()
    }
}

/// From what was stored to what is to be written and told.
struct Difference<'a> {
    before: &'a Snapshot,
    batch: &'a Batch,
}

impl Difference<'_> {
    fn told(&self, now: Snapshot, notices: Vec<Notice>) -> Change {
        let mut change = Change { notices, ..Change::default() };
        let mut spoken = BTreeSet::new();
        for (key, message) in now.messages {
            if self.before.messages.get(&key) == Some(&message) {
                continue;
            }
            if let Some(happening) = self.of_message(&key, &message, &now.conversations) {
                spoken.extend(message.peer.clone().map(|peer| ConversationKey { account: key.account.clone(), peer }));
                change.happenings.push(happening);
            }
            change.messages.insert(key, message);
        }
        for (key, conversation) in now.conversations {
            let stored = self.before.conversations.get(&key);
            if stored == Some(&conversation) {
                continue;
            }
            if !spoken.contains(&key) && visibly_differs(stored, &conversation) {
                change.happenings.push(told_of_conversation(&key, &conversation));
            }
            change.conversations.insert(key, conversation);
        }
        for (key, intent) in now.intents {
            if self.before.intents.get(&key) != Some(&intent) {
                change.happenings.push(told_of_intent(&intent, intent.created_at));
                change.intents.insert(key, intent);
            }
        }
        change
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
            if was.is_some_and(|was| was.unsent.is_some()) {
                return None;
            }
            What::MessageUnsent { road, message: id }
        } else if let Some(was) = was {
            if looks_the_same(was, message) {
                return None;
            }
            What::MessageChanged { road, message: id }
        } else if !is_new(conversations.get(&conversation), at) {
            What::MessageKnown { peer, road, message: id }
        } else if direction == Direction::Outbound {
            What::MessageSent { peer, road, message: id }
        } else {
            let late = self.batch.received(key).is_some_and(|received| received - at.at > LATE);
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
        && was.reactions == now.reactions
        && (was.read, was.delivered, was.unsupported, was.intent) == (now.read, now.delivered, now.unsupported, now.intent)
}

/// Later than the caught-up mark is news, whichever way it came. A time known to the second only stands for the whole second: history
/// may tell a message before its webhook does, and rather rings once too often than never.
fn is_new(conversation: Option<&Conversation>, at: Moment) -> bool {
    conversation.and_then(|conversation| conversation.caught_up).is_none_or(|caught_up| at.latest() > caught_up)
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
        || stored.coverage.as_ref().map(|told| told.value) != now.coverage.as_ref().map(|told| told.value)
}

fn told_of_conversation(key: &ConversationKey, now: &Conversation) -> Happening {
    let at = [now.last_activity, now.read_up_to, now.delivered_up_to].into_iter().flatten().max().unwrap_or_default();
    let what = What::ConversationChanged { peer: key.peer.clone() };
    Happening::new(key.account.owner.clone(), Some(key.account.account.clone()), what, at)
}

/// What is told of an intent whose state changed.
pub(crate) fn told_of_intent(intent: &Intent, at: DateTime<Utc>) -> Happening {
    let what = What::IntentChanged { intent: intent.id, state: intent.state.as_str().to_owned() };
    Happening::new(intent.account.owner.clone(), Some(intent.account.account.clone()), what, at)
}
