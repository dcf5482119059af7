//! Which messages are named and not here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::content::ReplyTo;
use link_core::words::error::Result;
use link_core::words::event::{Event, Said};
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{AccountKey, MessageId, MessageKey, OwnerId, ScopedId};
use link_core::words::view::View;

use crate::piece::Fact;
use crate::store::MessageStore;

/// A message of which something was said.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) key: MessageKey,
    pub(super) peer: Option<ScopedId>,
}

impl Named {
    /// Which one a happening names, if that is what happened.
    pub(super) fn of(happening: &Happening) -> Option<Self> {
        let What::MessageNamed { peer, road, message } = &happening.what else { return None };
        let account = AccountKey::new(happening.owner.clone(), happening.account.clone()?);
        Some(Self { key: MessageKey { account, road: road.clone(), id: message.clone() }, peer: peer.clone() })
    }

    /// By which connection it was named.
    pub(super) fn connection(&self) -> ConnectionKey {
        ConnectionKey { account: self.key.account.clone(), road: self.key.road.clone() }
    }
}

/// Tells which messages some applied facts name that are not here.
pub(crate) async fn named(store: &dyn MessageStore, facts: &[Fact], now: DateTime<Utc>) -> Result<Vec<Happening>> {
    let mut by_owner: BTreeMap<&OwnerId, BTreeMap<MessageKey, Option<&ScopedId>>> = BTreeMap::new();
    for fact in facts {
        let account = AccountKey::new(fact.owner.clone(), fact.event.account.clone());
        for id in names(&fact.event) {
            let key = MessageKey { account: account.clone(), road: fact.event.road.clone(), id: id.clone() };
            let peer = by_owner.entry(&fact.owner).or_default().entry(key).or_default();
            *peer = peer.or(fact.event.peer());
        }
    }
    let mut told = Vec::new();
    for (owner, messages) in by_owner {
        let view = View::system(owner.clone(), "see whether what is named is here");
        let keys: Vec<MessageKey> = messages.keys().cloned().collect();
        let known = store.known(&view, &keys).await?;
        let missing = messages.into_iter().filter(|(key, _)| !known.contains_key(key));
        told.extend(missing.map(|(key, peer)| {
            let what = What::MessageNamed { peer: peer.cloned(), road: key.road, message: key.id };
            Happening::new(owner.clone(), Some(key.account.account), what, now)
        }));
    }
    Ok(told)
}

/// The messages of which an event says something without telling them. A reaction that was withdrawn leaves nothing to show.
fn names(event: &Event) -> Vec<&MessageId> {
    match &event.said {
        Said::Message(content) => match &content.reply_to {
            Some(ReplyTo::Message(quoted)) => vec![quoted],
            _ => Vec::new(),
        },
        Said::Edited(edit) => edit.message.iter().collect(),
        Said::Reacted(reaction) if !reaction.is_withdrawn() => reaction.message.iter().collect(),
        Said::Read(receipt) => receipt.messages.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use link_core::words::event::Direction;

    use super::*;
    use crate::apply::apply;
    use crate::testing::{Memory, Scene, at};

    fn quoting(scene: &Scene, id: &str, quoted: &str) -> Fact {
        let mut fact = scene.writes(id, 9, "this one");
        if let Said::Message(content) = &mut fact.event.said {
            content.reply_to = Some(ReplyTo::Message(quoted.parse().unwrap()));
        }
        fact
    }

    async fn names_of(store: &Memory, facts: &[Fact]) -> Vec<String> {
        let told = named(store, facts, at(10)).await.unwrap();
        let id = |happening: &Happening| Named::of(happening).unwrap().key.id.as_str().to_owned();
        told.iter().map(id).collect()
    }

    #[tokio::test]
    async fn what_is_said_of_messages_that_are_not_here_names_them() {
        let (store, scene) = (Memory::default(), Scene::new("o", "messenger:1", "7"));
        let facts = [
            scene.reacts("reacted", 5, Some("\u{2764}")),
            scene.edits("edited", 6, "better so", 1),
            scene.reads(7, None, &["read", "here"]),
            quoting(&scene, "new", "quoted"),
            scene.echo("here", 4, "ours", None),
        ];
        apply(&store, &facts).await.unwrap();
        assert_eq!(names_of(&store, &facts).await, ["edited", "quoted", "reacted", "read"]);
        let peer = named(&store, &facts[..1], at(10)).await.unwrap().iter().find_map(|it| Named::of(it)?.peer);
        assert_eq!(peer, Some(scene.peer.clone()));
    }

    #[tokio::test]
    async fn what_is_here_is_gone_or_is_said_of_nothing_names_no_message() {
        let (store, scene) = (Memory::default(), Scene::new("o", "messenger:1", "7"));
        let facts = [scene.writes("here", 1, "hello"), scene.reacts("here", 2, Some("x")), quoting(&scene, "new", "here")];
        apply(&store, &facts).await.unwrap();
        let more = [
            scene.unsends("gone", 3),
            scene.reacts("gone by now", 4, None),
            scene.reads(5, Some(4), &[]),
            scene.accepted(&scene.intent(1, "k", "hi", 1), "sent", 6, "hi"),
        ];
        let told = scene.remembers(Direction::Inbound, "old", 1, "from before", 8);
        apply(&store, &more).await.unwrap();
        let all: Vec<Fact> = facts.into_iter().chain(more).chain([told]).collect();
        assert_eq!(names_of(&store, &all).await, [""; 0]);
    }

    #[tokio::test]
    async fn what_one_owner_has_is_missing_at_another_one() {
        let store = Memory::default();
        let (here, there) = (Scene::new("a", "messenger:1", "7"), Scene::new("b", "messenger:1", "7"));
        apply(&store, &[here.writes("m", 1, "hello")]).await.unwrap();
        let told = named(&store, &[here.reacts("m", 2, Some("x")), there.reacts("m", 2, Some("x"))], at(10)).await.unwrap();
        assert_eq!(told.iter().map(|it| it.owner.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}
