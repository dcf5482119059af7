//! Applying facts: joining what they say to what is stored, in one transaction.

mod ahead;
mod difference;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use link_core::words::error::Result;
use link_core::words::ids::{CommentKey, ConversationKey, IntentKey, MessageKey, OwnerId};
use link_core::words::view::View;

pub use self::ahead::apply_all;
pub(crate) use self::ahead::{FEW, let_others};
use self::difference::Difference;
pub(crate) use self::difference::told_of_intent;
use crate::account::AccountState;
use crate::alias::{Alias, HOPS, gather, kept};
use crate::comment::Comment;
use crate::conversation::Conversation;
use crate::coverage::Coverage;
use crate::intent::Intent;
use crate::message::Message;
use crate::notice::Notice;
use crate::piece::{Fact, Piece, Told};
use crate::store::{Change, Keys, MessageStore, Snapshot};

/// Applies facts to a store, in one transaction. The order of the facts, and how often each is told, does not matter.
pub async fn apply(store: &dyn MessageStore, facts: &[Fact]) -> Result<()> {
    Batch::of(facts).write(store).await.map(|_| ())
}

/// Facts told as small states, ready to be joined to what is stored.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What the facts say, joined among themselves, and what was added to it.
    pieces: Vec<Piece>,
    /// The wishes that became messages of the batch which were taken back: what was wished goes with the message.
    fulfilled: BTreeSet<IntentKey>,
    /// Where messages are kept of which only a notice speaks: it is not kept of what was taken back there.
    noticed: BTreeSet<MessageKey>,
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
        let mut batch = Self::default();
        batch.tell(facts);
        batch
    }

    fn tell(&mut self, facts: &[Fact]) {
        if self.pieces.is_empty() && !facts.is_empty() {
            self.pieces.push(Piece::default());
        }
        if let Some(whole) = self.pieces.first_mut() {
            for fact in facts {
                whole.tell(fact);
            }
        }
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
            let kept = (alias.key(&key.account), Told::default());
            let said = (key, Message { same_as: Some(alias), ..Message::default() }.into());
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
                    found.gone = Self::gone(&snapshot, &change);
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
            self.noticed.extend(found.elsewhere.values().cloned());
            moved.append(&mut found.elsewhere);
            self.fulfilled.append(&mut found.fulfilled);
        }
        let mut gone = found.gone;
        for _ in 0..HOPS {
            let by_other_ids = moved.iter().filter(|(_, kept)| gone.messages.contains(kept)).map(|(said, _)| said.clone());
            let by_other_ids: Vec<MessageKey> = by_other_ids.collect();
            gone.messages.extend(by_other_ids);
        }
        wipe_settled(store, &gone.messages).await?;
        Ok(gone)
    }

    /// What calls for other keys than those that the pieces name.
    fn look(&self, stored: &Snapshot) -> Found {
        let taken_back = self.pieces.iter().flat_map(|piece| &piece.messages).filter(|(_, told)| told.said.unsent.is_some());
        let fulfilled = taken_back.filter_map(|(key, _)| {
            let intent = stored.messages.get(key)?.intent?;
            Some(IntentKey { owner: key.account.owner.clone(), id: intent })
        });
        let fulfilled = fulfilled.filter(|intent| !self.fulfilled.contains(intent)).collect();
        Found { elsewhere: self.elsewhere(stored), fulfilled, gone: Gone::default() }
    }

    /// What is loaded or written is what is spoken of.
    fn gone(stored: &Snapshot, change: &Change) -> Gone {
        let is_back = |(key, message): (&MessageKey, &Message)| message.unsent.is_some().then(|| key.clone());
        let is_removed = |(key, comment): (&CommentKey, &Comment)| comment.removed.is_some().then(|| key.clone());
        Gone {
            messages: change.messages.iter().chain(&stored.messages).filter_map(is_back).collect(),
            comments: change.comments.iter().chain(&stored.comments).filter_map(is_removed).collect(),
        }
    }

    /// The messages that are kept under another road's id, with that one.
    fn elsewhere(&self, stored: &Snapshot) -> BTreeMap<MessageKey, MessageKey> {
        let moved = stored.messages.iter().filter_map(|(key, message)| Some((key, message.same_as.as_ref()?.key(&key.account))));
        // What says where a message is kept is written where it is said.
        let is_said =
            |key: &MessageKey| self.pieces.iter().filter_map(|piece| piece.messages.get(key)).any(|told| told.said.same_as.is_none());
        let is_noticed = |key: &MessageKey| {
            self.noticed.contains(key) || self.pieces.iter().flat_map(|piece| &piece.notices).any(|notice| notice.is_about(key))
        };
        let is_open = |key: &MessageKey, kept: &MessageKey| is_said(key) || !self.noticed.contains(kept) && is_noticed(key);
        moved.filter(|(key, kept)| *key != kept && is_open(key, kept)).map(|(key, kept)| (key.clone(), kept)).collect()
    }

    fn go(&mut self, elsewhere: &BTreeMap<MessageKey, MessageKey>) {
        for piece in &mut self.pieces {
            for (key, kept) in elsewhere {
                let moves = piece.messages.get(key).is_some_and(|told| told.said.same_as.is_none());
                if moves && let Some(told) = piece.messages.remove(key) {
                    piece.messages.entry(kept.clone()).or_default().join(told);
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
        keys.messages.extend(self.noticed.iter().cloned());
        keys
    }

    /// The pure step: what is to be written, given what is stored. What stays as it is, is not written and not told.
    pub fn join(&self, stored: &Snapshot) -> Change {
        let mut now = stored.clone();
        let mut notices = Vec::new();
        for piece in &self.pieces {
            join_all(&mut now.messages, piece.messages.iter().map(|(key, told)| (key, &told.said)), Message::join);
            join_all(&mut now.conversations, &piece.conversations, Conversation::join);
            join_all(&mut now.comments, &piece.comments, Comment::join);
            join_all(&mut now.accounts, &piece.accounts, AccountState::join);
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
        // Nothing of what was taken back is kept, in whatever form it was told.
        notices.retain(|notice: &Notice| {
            let message = notice.message_key().and_then(|key| now.messages.get(&kept(&now.messages, key)));
            message.is_none_or(|message| message.unsent.is_none())
        });
        for (key, message) in now.messages.iter().filter(|(_, message)| message.unsent.is_some()) {
            let intent = message.intent.map(|id| IntentKey { owner: key.account.owner.clone(), id });
            if let Some(intent) = intent.and_then(|intent| now.intents.get_mut(&intent)) {
                intent.wipe();
            }
        }
        Difference::of(stored, &self.pieces).told(now, notices)
    }
}

/// Joins what is said to what is known.
pub(crate) fn join_all<'a, K: Ord + Clone + 'a, V: Clone + 'a>(
    known: &mut BTreeMap<K, V>,
    said: impl IntoIterator<Item = (&'a K, &'a V)>,
    join: fn(&mut V, V),
) {
    let said = said.into_iter();
    // What comes sorted is made a map at once.
    if known.is_empty() {
        *known = said.map(|(key, said)| (key.clone(), said.clone())).collect();
        return;
    }
    for (key, said) in said {
        match known.entry(key.clone()) {
            Entry::Vacant(free) => drop(free.insert(said.clone())),
            Entry::Occupied(mut held) => join(held.get_mut(), said.clone()),
        }
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
