//! A conversation, as history tells it.

use link_core::words::event::{Event, Said, Thread};
use link_core::words::ports::{HistoryPage, ThreadPage};
use link_core::{ExternalId, ScopedId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::message::{self, Party, Scene, Told};
use crate::paging::{Paged, untouched};
use crate::wire::{Lenient, List, time};

#[derive(Deserialize)]
struct Conversation {
    id: Lenient<String>,
    #[serde(default)]
    updated_time: Lenient<String>,
    #[serde(default)]
    message_count: Lenient<i64>,
    #[serde(default)]
    participants: List,
    #[serde(default)]
    is_owner: Lenient<bool>,
    #[serde(default)]
    messages: Lenient<Paged>,
}

/// Tells a conversation of a list with the messages that came along, if any were `asked` for. One that does not read, or has nobody at the
/// other side, is kept untouched, and counted.
pub(super) fn tell(scene: &Scene<'_>, item: &RawValue, asked: bool, page: &mut HistoryPage) {
    let read = serde_json::from_str::<Conversation>(item.get()).ok();
    let Some((conversation, id, peer)) = read.and_then(|read| whole(scene, read)) else {
        page.events.push(scene.event(Said::Unknown(untouched(item))));
        page.untold += 1;
        return;
    };
    let mut told = ThreadPage::new(id.clone(), peer.id.clone());
    told.updated = conversation.updated_time.0.as_deref().and_then(time);
    told.total = conversation.message_count.0.and_then(|count| count.try_into().ok());
    let listed = conversation.messages.0;
    told.untold = asked && says_nothing(listed.as_ref(), told.total);
    let listed = listed.unwrap_or_default();
    told.older = listed.after();
    let mut thread = Thread::new(id);
    thread.updated = told.updated;
    thread.name = peer.name;
    thread.username = peer.username;
    thread.owned = conversation.is_owner.0;
    let mut event = scene.event(Said::Thread(thread));
    event.sender = Some(peer.id);
    page.events.push(event);
    tell_messages(scene, &listed.data, &mut told, &mut page.events);
    page.unreadable += told.unreadable;
    page.threads.push(told);
}

/// True if a list says nothing of the messages of a conversation, which may have some.
fn says_nothing(listed: Option<&Paged>, total: Option<u32>) -> bool {
    match listed {
        None => total != Some(0),
        Some(listed) => listed.data.is_empty() && listed.after().is_none() && total.is_some_and(|total| total > 0),
    }
}

/// Tells messages of one conversation and counts them. One without a form is kept with the conversation.
pub(super) fn tell_messages(scene: &Scene<'_>, items: &[Box<RawValue>], thread: &mut ThreadPage, events: &mut Vec<Event>) {
    for item in items {
        match message::tell(scene, &thread.peer, item) {
            Told::Readable(told) => {
                thread.messages += 1;
                events.extend(told);
            }
            Told::Unreadable => thread.unreadable += 1,
            Told::Unknown(event) => {
                thread.unknown += 1;
                events.push(*event);
            }
        }
    }
}

struct Peer {
    id: ScopedId,
    name: Option<String>,
    username: Option<String>,
}

fn whole(scene: &Scene<'_>, conversation: Conversation) -> Option<(Conversation, ExternalId, Peer)> {
    let id = ExternalId::new(conversation.id.0.clone()?).ok()?;
    let peer = conversation.participants.read::<Party>().find_map(|party| peer(scene, party)).or_else(|| {
        let messages = conversation.messages.0.iter().flat_map(|listed| &listed.data);
        messages.filter_map(|item| message::other_side(scene, item)).map(|id| Peer { id, name: None, username: None }).next()
    })?;
    Some((conversation, id, peer))
}

fn peer(scene: &Scene<'_>, party: Party) -> Option<Peer> {
    let id = party.id.0.filter(|id| !scene.is_us(id))?;
    Some(Peer { id: ScopedId::new(id).ok()?, name: party.name, username: party.username })
}
