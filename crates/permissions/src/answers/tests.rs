use chrono::TimeDelta;
use link_core::words::refusal::Standing;
use link_core::{ActorId, Secret, SetupId};

use super::*;
use crate::standing::{Held, Reach};

const LIST: Scope = Scope::known("pages_show_list");
const SEND: Scope = Scope::known("pages_messaging");

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn owner() -> OwnerId {
    OwnerId::new("o").unwrap()
}

fn person() -> PersonId {
    PersonId::new("p").unwrap()
}

fn dialog(asked: &[Scope]) -> SignIn {
    let (actor, setup) = (ActorId::new("a").unwrap(), SetupId::from_uuid(uuid::Uuid::nil()));
    SignIn::new(&Secret::new("s"), owner(), actor, setup, Road::FACEBOOK, asked.to_vec(), "http://localhost", at(0))
}

fn answer(grants: &[(Scope, GrantState)]) -> SignedIn {
    let mut answer = SignedIn::new(person(), Secret::new("t"));
    answer.grants = grants.iter().map(|(scope, state)| ScopeGrant { scope: scope.clone(), state: *state, targets: None }).collect();
    answer
}

fn fold(entries: &[Entry]) -> Standings {
    Standings::of(entries, &person(), &Road::FACEBOOK)
}

fn held(entries: &[Entry], scope: &Scope) -> Held {
    fold(entries).held(scope, &Reach::new("messenger:1".parse().unwrap(), Road::FACEBOOK))
}

#[test]
fn a_permission_that_was_unticked_is_known_as_declined() {
    let entries = signed_in(&dialog(&[LIST, SEND]), &answer(&[(LIST, GrantState::Granted)]), at(1));
    assert_eq!(held(&entries, &LIST), Held::Granted);
    assert_eq!(held(&entries, &SEND), Held::Missing(Standing::Declined));
    assert!(entries.iter().any(|entry| entry.scope == SEND && entry.what == What::Asked), "that it was asked for is on record");
}

#[test]
fn an_app_that_asks_by_a_configuration_learns_what_was_given() {
    let entries = signed_in(&dialog(&[]), &answer(&[(LIST, GrantState::Granted), (SEND, GrantState::Expired)]), at(1));
    assert_eq!(held(&entries, &LIST), Held::Granted);
    assert_eq!(held(&entries, &SEND), Held::Missing(Standing::Expired));
}

#[test]
fn silence_is_no_answer() {
    let entries = signed_in(&dialog(&[SEND]), &answer(&[]), at(1));
    assert_eq!(held(&entries, &SEND), Held::Missing(Standing::Unanswered));
    let known = [Entry::new(owner(), person(), Road::FACEBOOK, SEND, What::Granted, at(1))];
    assert_eq!(inspected(&owner(), &Road::FACEBOOK, &fold(&known), &answer(&[]), at(2)), []);
}

#[test]
fn a_check_that_finds_nothing_new_writes_nothing() {
    let report = answer(&[(LIST, GrantState::Granted), (SEND, GrantState::Declined)]);
    let known = signed_in(&dialog(&[LIST, SEND]), &report, at(1));
    assert_eq!(inspected(&owner(), &Road::FACEBOOK, &fold(&known), &report, at(2)), []);
}

#[test]
fn a_permission_taken_back_in_the_platforms_settings_is_noticed() {
    let mut ledger = signed_in(&dialog(&[LIST, SEND]), &answer(&[(LIST, GrantState::Granted), (SEND, GrantState::Granted)]), at(1));
    let now = answer(&[(LIST, GrantState::Granted)]);
    ledger.extend(inspected(&owner(), &Road::FACEBOOK, &fold(&ledger), &now, at(2)));
    assert_eq!(held(&ledger, &LIST), Held::Granted);
    assert_eq!(held(&ledger, &SEND), Held::Missing(Standing::Revoked));
    assert_eq!(inspected(&owner(), &Road::FACEBOOK, &fold(&ledger), &now, at(3)), [], "it is written down once");
    ledger.extend(signed_in(&dialog(&[SEND]), &answer(&[(SEND, GrantState::Granted)]), at(4)));
    assert_eq!(held(&ledger, &SEND), Held::Granted, "and given again by signing in again");
}

#[test]
fn a_person_who_removes_the_app_holds_nothing_any_more() {
    let mut ledger = signed_in(&dialog(&[LIST, SEND]), &answer(&[(LIST, GrantState::Granted)]), at(1));
    ledger.extend(withdrawn(&owner(), &person(), &Road::FACEBOOK, &fold(&ledger), at(2)));
    assert_eq!(held(&ledger, &LIST), Held::Missing(Standing::Revoked));
    assert_eq!(held(&ledger, &SEND), Held::Missing(Standing::Declined), "nobody can take back what was never given");
}

#[test]
fn the_end_of_data_access_takes_nothing_away_though_one_permission_was_declined() {
    let known = [Entry::new(owner(), person(), Road::FACEBOOK, SEND, What::Granted, at(1))];
    let mut over = answer(&[(SEND, GrantState::Expired), (LIST, GrantState::Declined)]);
    over.data_access_expires_at = Some(at(5));
    let entries = inspected(&owner(), &Road::FACEBOOK, &fold(&known), &over, at(6));
    assert_eq!(held(&[&known[..], &entries].concat(), &SEND), Held::Granted, "{entries:?}");
    over.data_access_expires_at = Some(at(7));
    let entries = inspected(&owner(), &Road::FACEBOOK, &fold(&known), &over, at(6));
    assert_eq!(held(&[&known[..], &entries].concat(), &SEND), Held::Missing(Standing::Expired), "one that ran out by itself");
}

#[test]
fn a_page_that_took_the_app_out_is_not_let_in_again_by_what_the_person_granted_before() {
    let granted = Entry::new(owner(), person(), Road::FACEBOOK, SEND, What::Granted, at(1));
    let page = ExternalId::new("1").unwrap();
    let revoked = Entry::new(owner(), person(), Road::FACEBOOK, SEND, What::Revoked, at(2)).with_targets(Some(vec![page]));
    let known = [granted, revoked];
    let entries = inspected(&owner(), &Road::FACEBOOK, &fold(&known), &answer(&[(SEND, GrantState::Granted)]), at(3));
    assert_eq!(entries, []);
}

#[test]
fn where_a_new_token_forgets_the_old_one_the_ledger_forgets_with_it() {
    let known = [LIST, SEND].map(|scope| Entry::new(owner(), person(), Road::FACEBOOK, scope, What::Granted, at(1)));
    let entries = replaced(&owner(), &Road::FACEBOOK, &fold(&known), &answer(&[(LIST, GrantState::Granted)]), at(2));
    let all = [&known[..], &entries].concat();
    assert_eq!([held(&all, &LIST), held(&all, &SEND)], [Held::Granted, Held::Missing(Standing::Revoked)]);
    assert_eq!(replaced(&owner(), &Road::FACEBOOK, &fold(&known), &answer(&[]), at(2)), []);
}
