//! The same message under the ids of two roads.

mod pairing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::Result;
use link_core::words::event::{Event, Said};
use link_core::words::ids::{AccountKey, ConversationKey, MessageId, MessageKey, ScopedId};
use link_core::words::page::PageQuery;
use link_core::words::platform::Road;
use link_core::words::view::View;
use serde::{Deserialize, Serialize};

use crate::message::{Message, MessageRow};
use crate::piece::Fact;
use crate::store::{Change, Keys, MessageQuery, MessageStore, Snapshot};
use pairing::{Press, Telling, distance, may_be_presses, nearest, pairs, presses, whole_second};

/// How many messages are looked at together.
const PAGE: u32 = 500;

/// Under which id of the same account a message is kept that another road tells under its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alias {
    /// The road by which it came first.
    pub road: Road,
    /// Its id there.
    pub id: MessageId,
}

impl Alias {
    /// The row that it names.
    pub(crate) fn key(&self, account: &AccountKey) -> MessageKey {
        MessageKey { account: account.clone(), road: self.road.clone(), id: self.id.clone() }
    }
}

/// How often in a row an id may turn out to be another road's.
pub(crate) const HOPS: usize = 3;

/// Where a message is kept, as far as these tell.
pub(crate) fn kept(messages: &BTreeMap<MessageKey, Message>, key: MessageKey) -> MessageKey {
    way_to(messages, key.clone()).pop().unwrap_or(key)
}

/// The keys by which one comes from a message's id to where it is kept, both of them too.
pub(crate) fn way_to(messages: &BTreeMap<MessageKey, Message>, key: MessageKey) -> Vec<MessageKey> {
    let next = |key: &MessageKey| Some(messages.get(key)?.same_as.as_ref()?.key(&key.account));
    std::iter::successors(Some(key), next).take(HOPS + 1).collect()
}

/// Moves what was said under another road's id to where the message is kept, whichever was told first.
pub(crate) fn gather(messages: &mut BTreeMap<MessageKey, Message>) {
    let aliases: Vec<(MessageKey, MessageKey)> =
        messages.iter().filter_map(|(key, message)| Some((key.clone(), message.same_as.as_ref()?.key(&key.account)))).collect();
    for (alias, kept) in aliases {
        // What is not loaded is not touched; a message is never moved to itself.
        let (true, true) = (alias != kept, messages.contains_key(&kept)) else { continue };
        let Some(said) = messages.get_mut(&alias) else { continue };
        let only_alias = Message { same_as: said.same_as.take(), ..Message::default() };
        let said = std::mem::replace(said, only_alias);
        if let Some(message) = messages.get_mut(&kept) {
            message.join(said);
        }
    }
}

/// Which messages among some events are here already under another id. By another road: the same person and side, the same second, the same
/// content. By the same road: the title of a button that somebody pressed, where the delivery of that named no message.
/// Each message that is here is taken once, so that what somebody wrote twice in a second stays two.
pub(crate) async fn known_elsewhere(store: &dyn MessageStore, account: &AccountKey, events: &[Event]) -> Result<Vec<(MessageKey, Alias)>> {
    let edited: BTreeSet<(&Road, &MessageId)> = events.iter().filter_map(edits).collect();
    let mut by_peer: BTreeMap<&ScopedId, Vec<Telling<'_>>> = BTreeMap::new();
    for event in events {
        if let Some((peer, telling)) = event.peer().zip(Telling::of(account, event)) {
            let was_edited = edited.contains(&(&telling.key.road, &telling.key.id));
            by_peer.entry(peer).or_default().push(telling.knowing(was_edited));
        }
    }
    let mut found = Vec::new();
    for (peer, told) in by_peer {
        let times = || told.iter().map(|telling| telling.at);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else { continue };
        let conversation = ConversationKey { account: account.clone(), peer: peer.clone() };
        // A press is told to the millisecond, and its title by the second.
        let beside = TimeDelta::seconds(1);
        let here = between(store, conversation, whole_second(oldest) - beside, whole_second(newest) + beside * 2).await?;
        let pressed = if may_be_presses(&here, &told) {
            presses(&here, &told, &stored(store, told.iter().map(|telling| telling.key.clone()).collect()).await?)
        } else {
            Vec::new()
        };
        let told: Vec<_> = told.into_iter().filter(|telling| pressed.iter().all(|(key, _)| *key != telling.key)).collect();
        found.extend(pressed);
        // An account has one road, mostly; then nothing has to be compared.
        if here.iter().any(|row| told.iter().any(|telling| telling.key.road != row.key.road)) {
            let stored = stored(store, told.iter().map(|telling| telling.key.clone()).collect()).await?;
            let view = View::system(account.owner.clone(), "see what a road told of already");
            let aliases = store.aliases(&view, &here.iter().map(|row| row.key.clone()).collect::<Vec<_>>()).await?;
            found.extend(pairs(here, told, &stored, &aliases));
        }
    }
    Ok(found)
}

/// Which messages are here that are the titles of buttons that somebody pressed, as the delivery tells now without naming a message: the history
/// was first. They are kept under the id of our own by which the press is known, in whatever order both come.
pub(crate) async fn titles_of_presses(store: &dyn MessageStore, facts: &[Fact]) -> Result<Vec<(MessageKey, Alias)>> {
    let mut fitting = Vec::new();
    for press in facts.iter().filter_map(Press::of) {
        let second = whole_second(press.at);
        let here = between(store, press.conversation.clone(), second - TimeDelta::seconds(1), second + TimeDelta::seconds(2)).await?;
        // One that comes once more has its title.
        if here.iter().any(|row| row.key == press.own && row.state.told.history) {
            continue;
        }
        let titles = here.iter().filter(|row| press.has_title(row));
        fitting.extend(titles.filter_map(|row| Some((distance(row.state.at?.at, press.at), row.key.clone(), press.own.clone()))));
    }
    Ok(nearest(fitting))
}

/// Which message an event says was edited.
fn edits(event: &Event) -> Option<(&Road, &MessageId)> {
    let Said::Edited(edit) = &event.said else { return None };
    edit.message.as_ref().filter(|_| edit.revision.is_some_and(|revision| revision > 0)).map(|id| (&event.road, id))
}

/// What is stored under some keys, known or not: an edit may be here before its message.
pub(crate) async fn stored(store: &dyn MessageStore, messages: BTreeSet<MessageKey>) -> Result<BTreeMap<MessageKey, Message>> {
    let read = Mutex::new(BTreeMap::new());
    let step = |snapshot: Snapshot| {
        *read.lock().unwrap_or_else(PoisonError::into_inner) = snapshot.messages;
        Change::default()
    };
    store.update(&Keys { messages, ..Keys::default() }, &step).await?;
    Ok(read.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The messages behind some keys, each where it is kept.
pub(crate) async fn stored_where_kept(store: &dyn MessageStore, asked: BTreeSet<MessageKey>) -> Result<BTreeMap<MessageKey, Message>> {
    let (mut here, mut open) = (BTreeMap::new(), asked.clone());
    for _ in 0..=HOPS {
        if open.is_empty() {
            break;
        }
        here.extend(stored(store, open).await?);
        open = asked.iter().map(|key| kept(&here, key.clone())).filter(|key| !here.contains_key(key)).collect();
    }
    Ok(asked.into_iter().filter_map(|key| Some((key.clone(), here.get(&kept(&here, key))?.clone()))).collect())
}

/// A conversation's messages from a time on and before another, oldest first.
async fn between(
    store: &dyn MessageStore,
    conversation: ConversationKey,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<MessageRow>> {
    let view = View::system(conversation.account.owner.clone(), "see what another road brought already");
    let (mut rows, mut page, mut seen) = (Vec::new(), PageQuery::first(PAGE), BTreeSet::new());
    loop {
        let read = store.messages(&view, &MessageQuery::new(conversation.clone(), page.clone()).since(since).until(until)).await?;
        rows.extend(read.items.into_iter().filter(|row| seen.insert(row.key.clone())));
        match read.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    rows.sort_by(|a, b| (a.state.at.map(|at| at.at), &a.key).cmp(&(b.state.at.map(|at| at.at), &b.key)));
    Ok(rows)
}

#[cfg(test)]
mod tests;
