//! Admission: which owners' confirmed accounts an item is for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::connection::Receiver;
use crate::words::envelope::{Envelope, Item, LaneKey};
use crate::words::ids::OwnerId;

/// Items sorted by whom they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// One envelope for each owner who receives an item.
    pub envelopes: Vec<Envelope>,
    /// Items that nobody linked an account for. They are counted, not kept.
    pub unclaimed: u64,
    /// Items that came by a road that only stands by, or that may not receive any more. They are counted, not kept.
    pub standby: u64,
}

/// Admits items. Pure: who receives what was looked up before.
///
/// Which road receives is asked as of the item's own time, so that an account can be handed over at a time and it does not matter which of the
/// two roads' deliveries comes first, or how late.
///
/// The road of an item is named by the secret that signed it. Meta does not say which of an app's two secrets signs Instagram-Login webhooks, so an
/// item of a road that an owner has no connection for is taken as one of the road that receives.
pub fn admit(items: Vec<Item>, receivers: &[Receiver], lanes: &LaneKey, received_at: DateTime<Utc>) -> Admitted {
    let mut admitted = Admitted::default();
    for item in items {
        let account = item.account_id();
        let mut owners: BTreeMap<&OwnerId, Vec<&Receiver>> = BTreeMap::new();
        for receiver in receivers.iter().filter(|receiver| Some(&receiver.account.account) == account.as_ref()) {
            owners.entry(&receiver.account.owner).or_default().push(receiver);
        }
        admitted.unclaimed += u64::from(owners.is_empty());
        for roads in owners.values() {
            match taking(&item, roads) {
                Some(receiver) => {
                    let mut item = item.clone();
                    item.road = receiver.road.clone();
                    let lane = lanes.lane(&receiver.account, item.peer.as_ref());
                    admitted.envelopes.push(Envelope { owner: receiver.account.owner.clone(), lane, received_at, item });
                }
                None => admitted.standby += 1,
            }
        }
    }
    admitted
}

/// By which of an owner's connections an item is taken; `None` if it came by one that stood by.
fn taking<'a>(item: &Item, roads: &[&'a Receiver]) -> Option<&'a Receiver> {
    let receives = |receiver: &&&'a Receiver| receiver.receives_at(item.as_of);
    match roads.iter().find(|receiver| receiver.road == item.road) {
        Some(by_this_road) => Some(by_this_road).filter(receives).copied(),
        None => roads.iter().find(receives).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linking::connection::Part;
    use crate::words::event::Channel;
    use crate::words::ids::{AccountKey, ExternalId};
    use crate::words::platform::{Platform, Road};
    use crate::words::raw::Raw;

    fn item(road: Road) -> Item {
        let mut item = Item::new(Platform::INSTAGRAM, road, Channel::Messaging, DateTime::UNIX_EPOCH, Raw::parse("{}").unwrap());
        item.account = Some(ExternalId::new("9").unwrap());
        item
    }

    fn receiver(owner: &str, road: Road, part: Part) -> Receiver {
        Receiver::new(AccountKey::new(OwnerId::new(owner).unwrap(), "instagram:9".parse().unwrap()), road, part)
    }

    fn admitted(item: Item, receivers: &[Receiver]) -> Admitted {
        admit(vec![item], receivers, &LaneKey::new([0; 32]), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn every_owner_of_an_account_gets_a_copy_and_a_stranger_none() {
        let both = [receiver("a", Road::FACEBOOK, Part::Receiving), receiver("b", Road::FACEBOOK, Part::Receiving)];
        let copies = admitted(item(Road::FACEBOOK), &both);
        let owners: Vec<_> = copies.envelopes.iter().map(|envelope| envelope.owner.as_str()).collect();
        assert_eq!((owners, copies.unclaimed), (vec!["a", "b"], 0));
        assert_ne!(copies.envelopes[0].lane, copies.envelopes[1].lane);
        assert_eq!(admitted(item(Road::FACEBOOK), &[]), Admitted { unclaimed: 1, ..Admitted::default() });
    }

    #[test]
    fn an_event_that_two_roads_bring_is_taken_once() {
        let roads = [receiver("a", Road::FACEBOOK, Part::Receiving), receiver("a", Road::INSTAGRAM, Part::Standby)];
        assert_eq!(admitted(item(Road::FACEBOOK), &roads).envelopes.len(), 1);
        assert_eq!(admitted(item(Road::INSTAGRAM), &roads), Admitted { standby: 1, ..Admitted::default() });
    }

    #[test]
    fn what_may_not_be_received_any_more_comes_in_by_no_road() {
        let withheld = receiver("a", Road::FACEBOOK, Part::Receiving).withheld(true);
        assert_eq!(admitted(item(Road::FACEBOOK), std::slice::from_ref(&withheld)), Admitted { standby: 1, ..Admitted::default() });
        let beside = [withheld, receiver("a", Road::INSTAGRAM, Part::Receiving)];
        assert_eq!(admitted(item(Road::FACEBOOK), &beside).envelopes, [], "it comes in as if the other road had brought it");
        assert_eq!(admitted(item(Road::INSTAGRAM), &beside).envelopes.len(), 1);
    }

    #[test]
    fn a_road_that_only_the_secret_suggests_does_not_lose_the_event() {
        let only = [receiver("a", Road::INSTAGRAM, Part::Receiving)];
        assert_eq!(admitted(item(Road::FACEBOOK), &only).envelopes[0].item.road, Road::INSTAGRAM);
    }
}
