//! Applying facts: joining what they say to what is stored, and telling what that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::Result;
use link_core::words::event::Direction;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, IntentKey, MessageKey, OwnerId};
use link_core::words::moment::Moment;
use link_core::words::view::View;

use crate::account::AccountState;
use crate::alias::{Alias, gather};
use crate::comment::Comment;
use crate::conversation::Conversation;
use crate::coverage::Coverage;
use crate::intent::Intent;
use crate::message::Message;
use crate::notice::Notice;
use crate::piece::{Fact, Piece, piece};
use crate::store::{Change, Keys, MessageStore, Snapshot};

/// What comes this long after it was written is late.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// Applies facts to a store, in one transaction. The order of the facts, and how often each is told, does not matter.
pub async fn apply(store: &dyn MessageStore, facts: &[Fact]) -> Result<()> {
    Batch::of(facts).write(store).await.map(|_| ())
}

/// How often in a row an id may turn out to be another road's.
const HOPS: usize = 3;

/// Facts told as small states, ready to be joined to what is stored.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pieces: Vec<Piece>,
    /// The wishes that became messages of the batch which were taken back: what was wished goes with the message.
    fulfilled: BTreeSet<IntentKey>,
}

/// What a batch spoke of that is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gone {
    /// Messages that were taken back, by whatever ids they were spoken of.
    pub messages: BTreeSet<MessageKey>,
    /// Comments that were removed.
    pub comments: BTreeSet<CommentKey>,
}

impl Gone {
    /// True if nothing is.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.comments.is_empty()
    }
}

/// What was found in a store on the way.
#[derive(Debug, Default)]
struct Found {
    /// The messages that are kept under another road's id, with that one.
    elsewhere: BTreeMap<MessageKey, MessageKey>,
    /// The wishes behind messages that are taken back.
    fulfilled: BTreeSet<IntentKey>,
    gone: Gone,
}

impl Found {
    fn calls_for_another_look(&self) -> bool {
        !self.elsewhere.is_empty() || !self.fulfilled.is_empty()
    }
}

impl Batch {
    /// The small states of some facts. Decoding and this happen before the transaction.
    pub fn of(facts: &[Fact]) -> Self {
        Self { pieces: facts.iter().map(piece).collect(), fulfilled: BTreeSet::new() }
    }

    /// And how much of a conversation's history is here with it. What a page proves holds only once its messages are written, so both go
    /// into one batch.
    #[must_use]
    pub fn covering(mut self, conversation: ConversationKey, coverage: Coverage) -> Self {
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
    ///
    /// Answers what of it is taken away: its content must go elsewhere too.
    pub async fn write(mut self, store: &dyn MessageStore) -> Result<Gone> {
        let mut found = Found::default();
        if self.is_empty() {
            return Ok(found.gone);
        }
        let mut moved: BTreeMap<MessageKey, MessageKey> = BTreeMap::new();
        for hop in 0..=HOPS {
            let seen = Mutex::new(Found::default());
            let step = |snapshot: Snapshot| {
                let mut found = if hop < HOPS { self.look(&snapshot) } else { Found::default() };
                let mut change = Change::default();
                if !found.calls_for_another_look() {
                    change = self.join(&snapshot);
                    found.gone = self.gone(&snapshot, &change);
                }
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = found;
                change
            };
            store.update(&self.keys(), &step).await?;
            found = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
            if !found.calls_for_another_look() {
                break;
            }
            self.go(&found.elsewhere);
            moved.append(&mut found.elsewhere);
            self.fulfilled.append(&mut found.fulfilled);
        }
        let mut gone = found.gone;
        let by_other_ids = moved.into_iter().filter(|(_, kept)| gone.messages.contains(kept)).map(|(said, _)| said);
        let by_other_ids: Vec<MessageKey> = by_other_ids.collect();
        gone.messages.extend(by_other_ids);
        wipe_settled(store, &gone.messages).await?;
        Ok(gone)
    }

    /// What calls for other keys than those that the pieces name.
    fn look(&self, stored: &Snapshot) -> Found {
        let taken_back = self.pieces.iter().flat_map(|piece| &piece.messages).filter(|(_, said)| said.unsent.is_some());
        let fulfilled = taken_back.filter_map(|(key, _)| {
            let intent = stored.messages.get(key)?.intent?;
            Some(IntentKey { owner: key.account.owner.clone(), id: intent })
        });
        let fulfilled = fulfilled.filter(|intent| !self.fulfilled.contains(intent)).collect();
        Found { elsewhere: self.elsewhere(stored), fulfilled, gone: Gone::default() }
    }

    fn gone(&self, stored: &Snapshot, change: &Change) -> Gone {
        let is_back = |key: &&MessageKey| {
            let now = change.messages.get(*key).or_else(|| stored.messages.get(*key));
            now.is_some_and(|message| message.unsent.is_some())
        };
        let is_removed = |key: &&CommentKey| {
            let now = change.comments.get(*key).or_else(|| stored.comments.get(*key));
            now.is_some_and(|comment| comment.removed.is_some())
        };
        Gone {
            messages: self.pieces.iter().flat_map(|piece| piece.messages.keys()).filter(is_back).cloned().collect(),
            comments: self.pieces.iter().flat_map(|piece| piece.comments.keys()).filter(is_removed).cloned().collect(),
        }
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
        keys.intents.extend(self.fulfilled.iter().cloned());
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
            for (key, said) in &piece.comments {
                now.comments.entry(key.clone()).or_default().join(said.clone());
            }
            for (key, said) in &piece.accounts {
                now.accounts.entry(key.clone()).or_default().join(said.clone());
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
        for (key, message) in now.messages.iter().filter(|(_, message)| message.unsent.is_some()) {
            let intent = message.intent.map(|id| IntentKey { owner: key.account.owner.clone(), id });
            if let Some(intent) = intent.and_then(|intent| now.intents.get_mut(&intent)) {
                intent.wipe();
            }
        }
        Difference { before: stored, received: self.received() }.told(now, notices)
    }

    /// When the first telling of each message in this batch came here.
    fn received(&self) -> BTreeMap<&MessageKey, DateTime<Utc>> {
        let mut first = BTreeMap::new();
        for piece in &self.pieces {
            let Some(received_at) = piece.received_at else { continue };
            for key in piece.messages.keys() {
                let known = first.entry(key).or_insert(received_at);
                *known = (*known).min(received_at);
            }
        }
        first
    }
}

/// A message does not name the wish that the history gave to it, so that one is looked for. After the message is written as taken back no wish
/// is given to it any more; whoever dies in between has the batch again.
async fn wipe_settled(store: &dyn MessageStore, taken_back: &BTreeSet<MessageKey>) -> Result<()> {
    let mut by_owner: BTreeMap<&OwnerId, Vec<MessageKey>> = BTreeMap::new();
    for key in taken_back {
        by_owner.entry(&key.account.owner).or_default().push(key.clone());
    }
    for (owner, messages) in by_owner {
        let system = View::system(owner.clone(), "wipe the wish whose message was taken back");
        let keys = Keys { intents: store.settled_as(&system, &messages).await?.into_iter().collect(), ..Keys::default() };
        if keys.intents.is_empty() {
            continue;
        }
        let step = |stored: Snapshot| {
            let gone = |intent: &Intent| intent.message().is_some_and(|message| taken_back.contains(&message));
            let mut wiped = stored.intents;
            wiped.retain(|_, intent| gone(intent) && !intent.is_wiped());
            wiped.values_mut().for_each(Intent::wipe);
            let happenings = wiped.values().map(|intent| told_of_intent(intent, intent.created_at)).collect();
            Change { intents: wiped, happenings, ..Change::default() }
        };
        store.update(&keys, &step).await?;
    }
    Ok(())
}

/// From what was stored to what is to be written and told.
struct Difference<'a> {
    before: &'a Snapshot,
    received: BTreeMap<&'a MessageKey, DateTime<Utc>>,
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
        } else if !is_new(conversations.get(&conversation), message, at) {
            What::MessageKnown { peer, road, message: id }
        } else if direction == Direction::Outbound {
            What::MessageSent { peer, road, message: id }
        } else {
            let late = self.received.get(key).is_some_and(|received| *received - at.at > LATE);
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
