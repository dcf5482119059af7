use link_core::linking::connection::ConnectionKey;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::Setup;
use link_core::{AccountKey, SetupId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const PAGE: &str = "messenger:1";
const ONE: &str = "instagram:2";
const TWO: &str = "instagram:3";

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

/// A link of a Page and two Instagram accounts, all through one person.
pub(super) fn facts() -> Facts {
    let owner = OwnerId::new("o").unwrap();
    let actor = ActorId::new("a").unwrap();
    let mut setup = Setup::begin(SetupId::from_uuid(Uuid::nil()), owner.clone(), actor.clone(), now());
    setup.chosen = [PAGE, ONE, TWO].map(account).to_vec();
    let link = Link::new(LinkId::from_uuid(Uuid::nil()), &setup, Consent::new(actor, None, now(), Review::of(&setup, Vec::new(), "you")));
    let connected = |id: &&str| {
        let key = ConnectionKey { account: AccountKey::new(owner.clone(), account(id)), road: Road::FACEBOOK };
        Connection::new(key, link.id, PersonId::new("p").unwrap(), "name", now())
    };
    Facts::new(link.clone(), [PAGE, ONE, TWO].iter().map(connected).collect())
}

fn plan(facts: &Facts, accounts: Option<&[&str]>) -> Result<Plan, Refused> {
    let accounts: Option<Vec<_>> = accounts.map(|ids| ids.iter().map(|id| account(id)).collect());
    Plan::of(facts, accounts.as_deref(), UnlinkId::from_uuid(Uuid::nil()), ActorId::new("a").unwrap(), now())
}

fn person() -> (PersonId, Road) {
    (PersonId::new("p").unwrap(), Road::FACEBOOK)
}

fn revokes(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step.action, Action::Revoke { .. }))
}

#[test]
fn a_whole_link_ends_with_everything_that_stood_on_it() {
    let plan = plan(&facts(), None).unwrap();
    assert!(plan.whole && revokes(&plan));
    assert_eq!(plan.steps.len(), 1 + 3 + 1 + 4, "{:#?}", plan.steps);
    assert_eq!(plan.stays.len(), 3 + 1);
}

#[test]
fn one_account_leaves_and_the_grant_that_the_others_need_stays() {
    let plan = plan(&facts(), Some(&[ONE])).unwrap();
    let (person, road) = person();
    assert!(!plan.whole && !revokes(&plan));
    assert!(plan.stays.contains(&Stays::Grant { person, road }));
    let away: Vec<_> = plan.steps.iter().filter(|step| matches!(step.action, Action::SealAway { .. })).collect();
    assert_eq!(away.len(), 1, "a token is removed that the others need");
}

#[test]
fn what_another_owner_needs_stays() {
    let mut facts = facts();
    facts.shared.insert((account(PAGE), Road::FACEBOOK));
    facts.granted_elsewhere.insert(person());
    let plan = plan(&facts, None).unwrap();
    assert!(!revokes(&plan), "another owner's link dies with this one");
    assert!(plan.stays.contains(&Stays::Subscription { account: account(PAGE) }));
    let unsubscribed = plan.steps.iter().filter(|step| matches!(step.action, Action::Unsubscribe { .. })).count();
    assert_eq!(unsubscribed, 2);
}

#[test]
fn a_dead_token_is_said_beforehand_with_what_to_do() {
    let mut facts = facts();
    for connection in &mut facts.connections {
        connection.health = Health::Dead { since: now(), code: None };
    }
    let plan = plan(&facts, None).unwrap();
    let not_possible = plan.steps.iter().filter(|step| matches!(step.state, StepState::NotPossible { .. })).count();
    assert_eq!(not_possible, 3);
    assert!(plan.to_text().contains("remove the app"), "{}", plan.to_text());
}

#[test]
fn what_is_not_in_the_link_cannot_leave_it() {
    assert_eq!(plan(&facts(), Some(&["messenger:9"])).unwrap_err(), Refused::NotInLink);
    assert_eq!(plan(&facts(), Some(&[])).unwrap_err(), Refused::NotInLink);
    let mut ended = facts();
    ended.link.ended_at = Some(now());
    assert_eq!(plan(&ended, None).unwrap_err(), Refused::Ended);
}

proptest! {
    /// Whatever fails and however often: a plan ends, what takes tokens away comes last, and no step is tried after it was over.
    #[test]
    fn a_plan_always_comes_to_its_end_in_order(fails in prop::collection::vec(0u8..4, 0..400)) {
        let mut plan = plan(&facts(), None).unwrap();
        let mut fails = fails.into_iter();
        let mut last = 0;
        let mut rounds = 0;
        while !plan.is_over() {
            rounds += 1;
            prop_assert!(rounds < 1_000, "it never ends");
            let ready = plan.ready();
            let rank = plan.steps[ready[0]].action.rank();
            prop_assert!(rank >= last, "a step comes before what it needs");
            last = rank;
            for index in ready {
                let outcome = match fails.next().unwrap_or_default() {
                    0 => Outcome::Done,
                    1 => Outcome::by_hand("dead"),
                    2 => Outcome::NotNeeded("linked again".to_owned()),
                    _ => Outcome::Later("down".to_owned()),
                };
                plan = plan.after(index, outcome, now());
            }
        }
        let again = plan.clone().after(0, Outcome::Later("down".to_owned()), now());
        prop_assert_eq!(again, plan);
    }
}
