//! A message, as history tells it: the same events that webhooks tell.

mod content;

use chrono::{DateTime, Utc};
use link_core::words::event::{Channel, Direction, Event, Reaction, Said};
use link_core::words::moment::Moment;
use link_core::words::ports::Access;
use link_core::{MessageId, ScopedId};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::Answer;
use crate::paging::untouched;
use crate::wire::{Lenient, List, if_it_reads, time};

/// Where and as of when something is told.
pub(super) struct Scene<'a> {
    access: &'a Access,
    as_of: DateTime<Utc>,
    asked_at: DateTime<Utc>,
}

impl<'a> Scene<'a> {
    /// What an answer tells.
    pub(super) const fn of(access: &'a Access, answer: &Answer) -> Self {
        Self { access, as_of: answer.at, asked_at: answer.asked_at }
    }

    pub(super) fn event(&self, said: Said) -> Event {
        Event::new(self.access.account.clone(), self.access.road.clone(), Channel::History, self.as_of, said)
    }

    /// True for the account, and for the Page through which it is reached: some answers name that one.
    pub(super) fn is_us(&self, id: &str) -> bool {
        id == self.access.account.id.as_str() || id == self.access.asset().as_str()
    }
}

/// What became of an item.
pub(super) enum Told {
    /// The message and the reactions to it.
    Readable(Vec<Event>),
    /// The platform lists it and will not show it. It was not necessarily deleted.
    Unreadable,
    /// It has no form that is known here.
    Unknown(Box<Event>),
}

#[derive(Deserialize)]
pub(super) struct Party {
    #[serde(default)]
    pub(super) id: Lenient<String>,
    #[serde(default, deserialize_with = "if_it_reads")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "if_it_reads")]
    pub(super) username: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: Lenient<String>,
    #[serde(default)]
    created_time: Lenient<String>,
    #[serde(default, deserialize_with = "if_it_reads")]
    from: Option<Party>,
    #[serde(default)]
    to: List,
    #[serde(default)]
    reactions: List,
}

/// The person at the other side of a message, if it names one.
pub(super) fn other_side(scene: &Scene<'_>, item: &RawValue) -> Option<ScopedId> {
    let message: Message = serde_json::from_str(item.get()).ok()?;
    let to = message.to.read::<Party>();
    let mut ids = message.from.into_iter().chain(to).filter_map(|party| party.id.0);
    ids.find(|id| !scene.is_us(id)).and_then(|id| ScopedId::new(id).ok())
}

/// Tells a message that was asked for by itself: whose conversation it is of, it has to say.
pub(super) fn tell_alone(scene: &Scene<'_>, item: &RawValue) -> Told {
    if let Some(peer) = other_side(scene, item) {
        return tell(scene, &peer, item);
    }
    let is_bare = |message: Message| message.from.is_none() && message.to.data.is_empty();
    let shows_nothing = serde_json::from_str::<content::Parts>(item.get()).is_ok_and(|parts| parts.shows_nothing());
    if shows_nothing && serde_json::from_str(item.get()).is_ok_and(is_bare) {
        return Told::Unreadable;
    }
    Told::Unknown(Box::new(scene.event(Said::Unknown(untouched(item)))))
}

/// Tells one message of the conversation with `peer`.
pub(super) fn tell(scene: &Scene<'_>, peer: &ScopedId, item: &RawValue) -> Told {
    let unknown = |id| {
        let mut event = scene.event(Said::Unknown(untouched(item)));
        (event.sender, event.about) = (Some(peer.clone()), id);
        Told::Unknown(Box::new(event))
    };
    let Ok(message) = serde_json::from_str::<Message>(item.get()) else { return unknown(None) };
    let id = message.id.0.as_deref().and_then(|id| MessageId::new(id).ok());
    let unknown = || unknown(id.clone());
    let Some((parts, misfits)) = content::Parts::of(item) else { return unknown() };
    // Whatever is readable names its sender, for that was asked for. A bare id, perhaps with a time or an error, is all that is left
    // of a message behind the platform's limit.
    let Some(from) = &message.from else {
        return if parts.is_empty() && misfits.is_none() { Told::Unreadable } else { unknown() };
    };
    let Some(id) = id.clone() else { return unknown() };
    let outbound = from.id.0.as_deref().is_some_and(|id| scene.is_us(id));
    let mut content = parts.read(id.clone(), outbound);
    // That it does not read here says nothing of what the platform supports, and may read tomorrow.
    content.more = misfits;
    let mut event = scene.event(Said::Message(Box::new(content)));
    let us = ScopedId::new(scene.access.account.id.as_str()).ok();
    (event.direction, event.sender, event.recipient) = if outbound {
        (Direction::Outbound, us, Some(recipient(scene, &message).unwrap_or_else(|| peer.clone())))
    } else {
        (Direction::Inbound, Some(sender(from).unwrap_or_else(|| peer.clone())), us)
    };
    // What was said long ago would be taken for news.
    let Some(at) = message.created_time.0.as_deref().and_then(time) else { return unknown() };
    event.at = Some(Moment::coarse(at));
    let mut events = vec![event];
    events.extend(reactions(scene, peer, &id, &message.reactions));
    Told::Readable(events)
}

fn sender(from: &Party) -> Option<ScopedId> {
    ScopedId::new(from.id.0.as_deref()?).ok()
}

fn recipient(scene: &Scene<'_>, message: &Message) -> Option<ScopedId> {
    message.to.read::<Party>().filter_map(|party| party.id.0).find(|id| !scene.is_us(id)).and_then(|id| ScopedId::new(id).ok())
}

#[derive(Deserialize)]
struct Reacted {
    #[serde(default)]
    reaction: Option<String>,
    #[serde(default)]
    users: Vec<Party>,
}

/// Who reacted how. History does not say when. One that is withdrawn while the page is put together may still be on it, so they are told as of when
/// it was asked for.
fn reactions(scene: &Scene<'_>, peer: &ScopedId, message: &MessageId, list: &List) -> Vec<Event> {
    let told = list.read::<Reacted>().flat_map(|reacted| {
        let reaction = reacted.reaction;
        reacted.users.into_iter().map(move |user| (reaction.clone(), user))
    });
    told.map(|(reaction, user)| {
        let outbound = user.id.0.as_deref().is_some_and(|id| scene.is_us(id));
        let (word, emoji) = reaction.map_or((None, None), |told| if told.is_ascii() { (Some(told), None) } else { (None, Some(told)) });
        let said = Reaction { message: Some(message.clone()), action: Some("react".to_owned()), emoji, word };
        let mut event = scene.event(Said::Reacted(said));
        event.as_of = scene.asked_at;
        let us = ScopedId::new(scene.access.account.id.as_str()).ok();
        (event.direction, event.sender, event.recipient) = if outbound {
            (Direction::Outbound, us, Some(peer.clone()))
        } else {
            (Direction::Inbound, Some(sender(&user).unwrap_or_else(|| peer.clone())), us)
        };
        event
    })
    .collect()
}
