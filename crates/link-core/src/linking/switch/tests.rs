use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::linking::admission::admit;
use crate::linking::connection::{ConnectionKey, Receiver};
use crate::words::envelope::{Item, LaneKey};
use crate::words::event::Channel;
use crate::words::ids::{ExternalId, LinkId, OwnerId};
use crate::words::platform::Platform;
use crate::words::raw::Raw;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn connection(road: Road, part: Part) -> Connection {
    let account = AccountKey::new(OwnerId::new("o").unwrap(), "instagram:9".parse().unwrap());
    let person = PersonId::new(format!("robin-{road}")).unwrap();
    let key = ConnectionKey { account, road };
    let mut connection = Connection::new(key, LinkId::from_uuid(uuid::Uuid::nil()), person, "Shop", at(0));
    connection.part = part;
    connection.subscription = Subscription::Active { since: at(0) };
    connection
}

fn both() -> Vec<Connection> {
    vec![connection(Road::FACEBOOK, Part::Receiving), connection(Road::INSTAGRAM, Part::Standby)]
}

fn switched(connections: &[Connection], to: &Road, cut: i64, now: i64) -> Vec<Connection> {
    SwitchPlan::new(connections, to, at(cut), at(now)).unwrap().carry_out(connections, at(now)).unwrap()
}

#[test]
fn a_plan_says_what_changes_and_its_execution_changes_that() {
    let plan = SwitchPlan::new(&both(), &Road::INSTAGRAM, at(500), at(100)).unwrap().changing(vec![], vec![Feature::COMMENTS]);
    assert_eq!((plan.from.as_str(), plan.authorised_by.as_str()), ("facebook", "robin-instagram"));
    let text = plan.to_text();
    assert!(text.contains("1970-01-01 00:08:20") && text.contains("not possible any more: comments") && text.contains("robin-instagram"));
    let after = plan.carry_out(&both(), at(100)).unwrap();
    let parts: Vec<_> = after.iter().map(|it| (it.part_at(at(499)), it.part_at(at(500)))).collect();
    assert_eq!(parts, [(Part::Receiving, Part::Standby), (Part::Standby, Part::Receiving)]);
}

#[test]
fn what_cannot_be_switched_is_refused_with_the_reason() {
    let refused = |connections: &[Connection], cut| SwitchPlan::new(connections, &Road::INSTAGRAM, at(cut), at(100)).unwrap_err().code();
    let with = |change: fn(&mut Connection)| {
        let mut connections = both();
        change(&mut connections[1]);
        connections
    };
    assert_eq!(refused(&both()[..1], 500), "switch_not_connected");
    assert_eq!(refused(&with(|it| it.health = Health::Dead { since: at(1), code: None }), 500), "switch_dead");
    assert_eq!(refused(&with(|it| it.subscription = Subscription::Wanted { tries: 1, cause: None }), 500), "switch_not_subscribed");
    assert_eq!(refused(&both(), 219), "switch_too_soon");
    assert_eq!(refused(&switched(&both(), &Road::INSTAGRAM, 500, 100), 600), "switch_already");
    let back = SwitchPlan::new(&switched(&both(), &Road::INSTAGRAM, 500, 100), &Road::FACEBOOK, at(499), at(100));
    assert_eq!(back, Err(SwitchRefused::TooSoon { earliest: at(500) }), "two cut-overs pass each other");
    let plan = SwitchPlan::new(&both(), &Road::INSTAGRAM, at(500), at(100)).unwrap();
    assert_eq!(plan.carry_out(&both(), at(450)), Err(SwitchRefused::TooSoon { earliest: at(570) }), "a plan waited too long");
    let other = with(|it| it.person = PersonId::new("sam").unwrap());
    assert_eq!(plan.carry_out(&other, at(100)), Err(SwitchRefused::Changed), "another token is used than the plan said");
}

/// A message with its number in the body, as one of the roads tells it.
fn told(number: usize, second: i64, road: Road) -> Item {
    let body = Raw::parse(format!("{number}")).unwrap();
    let mut item = Item::new(Platform::INSTAGRAM, road, Channel::Messaging, at(second), body);
    item.account = Some(ExternalId::new("9").unwrap());
    item
}

fn taken(item: Item, connections: &[Connection], by_number: &mut BTreeMap<String, Vec<Road>>) {
    let receiver = |it: &Connection| Receiver::new(it.key.account.clone(), it.key.road.clone(), it.part).after(it.handovers.clone());
    let receivers: Vec<_> = connections.iter().map(receiver).collect();
    for envelope in admit(vec![item], &receivers, &LaneKey::new([0; 32]), at(0)).envelopes {
        by_number.entry(envelope.item.body.as_str().to_owned()).or_default().push(envelope.item.road);
    }
}

proptest! {
    /// Both roads tell every message, in any order and however late, before and after the switch is written, and after it is switched back:
    /// each message is kept once, by the road that received when it was written.
    #[test]
    fn around_a_cut_over_every_message_is_kept_once(
        seconds in prop::collection::vec(0_i64..1_000, 1..20),
        late in prop::collection::vec((any::<bool>(), any::<bool>(), any::<u32>()), 40),
    ) {
        // Written at 100 and 600, valid from 400 and 800.
        let (before, first) = (both(), switched(&both(), &Road::INSTAGRAM, 400, 100));
        let second = switched(&first, &Road::FACEBOOK, 800, 600);
        let mut deliveries = Vec::new();
        for (number, second) in seconds.iter().enumerate() {
            for (which, road) in [Road::FACEBOOK, Road::INSTAGRAM].into_iter().enumerate() {
                let (wait, wait_long, order) = late[(number * 2 + which) % late.len()];
                // Nothing is delivered before it happened.
                let happened = [100, 600].iter().filter(|written| *second >= **written).count();
                let phase = (happened + usize::from(wait) + usize::from(wait_long)).min(2);
                deliveries.push(((phase, order), told(number, *second, road)));
            }
        }
        deliveries.sort_by_key(|(when, _)| *when);
        let mut kept = BTreeMap::new();
        for ((phase, _), item) in deliveries {
            taken(item, [&before, &first, &second][phase], &mut kept);
        }
        for (number, second) in seconds.iter().enumerate() {
            let road = if (400..800).contains(second) { Road::INSTAGRAM } else { Road::FACEBOOK };
            prop_assert_eq!(kept.get(&number.to_string()), Some(&vec![road]), "the message of second {} is lost or doubled", second);
        }
    }
}
