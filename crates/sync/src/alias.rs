//! The same message under the ids of two roads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use link_core::words::content::Content;
use link_core::words::error::Result;
use link_core::words::event::{Direction, Event, Said};
use link_core::words::ids::{AccountKey, ConversationKey, MessageId, MessageKey, ScopedId};
use link_core::words::page::PageQuery;
use link_core::words::platform::Road;
use link_core::words::view::View;
use serde::{Deserialize, Serialize};

use crate::message::{Message, MessageRow};
use crate::store::{MessageQuery, MessageStore};

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

/// Which messages among the events of one road are here already by another: the same person and side, the same second, the same content.
/// Each message that is here is taken once, so that what somebody wrote twice in a second stays two.
pub(crate) async fn known_elsewhere(store: &dyn MessageStore, account: &AccountKey, events: &[Event]) -> Result<Vec<(MessageKey, Alias)>> {
    let mut by_peer: BTreeMap<&ScopedId, Vec<(DateTime<Utc>, &MessageId, &Event, &Content)>> = BTreeMap::new();
    for event in events {
        let Said::Message(content) = &event.said else { continue };
        if let (Some(peer), Some(at), Some(id)) = (event.peer(), event.at, &content.id) {
            by_peer.entry(peer).or_default().push((at.at, id, event, content));
        }
    }
    let mut found = Vec::new();
    for (peer, mut told) in by_peer {
        told.sort_by_key(|(at, id, ..)| (*at, *id));
        let Some((oldest, ..)) = told.first() else { continue };
        let conversation = ConversationKey { account: account.clone(), peer: peer.clone() };
        let mut here = since(store, conversation, whole_second(*oldest)).await?;
        for (at, id, event, content) in told {
            let is_it = |row: &MessageRow| row.key.road != event.road && is_the_same(&row.state, at, event.direction, content);
            if let Some(place) = here.iter().position(is_it) {
                let MessageKey { road, id: kept, .. } = here.remove(place).key;
                let key = MessageKey { account: account.clone(), road: event.road.clone(), id: id.clone() };
                found.push((key, Alias { road, id: kept }));
            }
        }
    }
    Ok(found)
}

/// A conversation's messages from a time on, oldest first.
async fn since(store: &dyn MessageStore, conversation: ConversationKey, since: DateTime<Utc>) -> Result<Vec<MessageRow>> {
    let view = View::system(conversation.account.owner.clone(), "see what another road brought already");
    let (mut rows, mut page, mut seen) = (Vec::new(), PageQuery::first(PAGE), BTreeSet::new());
    loop {
        let read = store.messages(&view, &MessageQuery::new(conversation.clone(), page.clone()).since(since)).await?;
        rows.extend(read.items.into_iter().filter(|row| seen.insert(row.key.clone())));
        match read.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    rows.sort_by(|a, b| (a.state.at.map(|at| at.at), &a.key).cmp(&(b.state.at.map(|at| at.at), &b.key)));
    Ok(rows)
}

/// Webhooks and history describe the same picture differently, so of attachments only that there are any counts.
fn is_the_same(row: &Message, at: DateTime<Utc>, direction: Direction, content: &Content) -> bool {
    row.unsent.is_none()
        && row.direction == Some(direction)
        && row.at.is_some_and(|kept| whole_second(kept.at) == whole_second(at))
        && row.text().unwrap_or_default() == content.text.as_deref().unwrap_or_default()
        && (row.unsupported || content.unsupported || row.attachments().is_empty() == content.attachments.is_empty())
}

/// History tells whole seconds.
fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

#[cfg(test)]
mod tests;
