//! Whose a finding is.

use super::*;
use crate::words::ids::{AccountKey, ActorId, LinkId, PersonId};
use crate::words::platform::Road;

use super::super::connection::ConnectionKey;

static LOST: Cause = Cause::new("lost", Severity::Blocks, "it is lost", &[Remedy::new(Who::Owner, "find it")]);
static WORN: Cause = Cause::new("worn", Severity::Warns, "it is worn", &[Remedy::new(Who::Owner, "mend it")]);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn owner() -> OwnerId {
    OwnerId::new("o").unwrap()
}

fn account(id: &str) -> AccountId {
    format!("messenger:{id}").parse().unwrap()
}

fn of(road: &Road, person: &str) -> Subject {
    Subject::person(road.clone(), PersonId::new(person).unwrap())
}

fn connection(id: &str, road: &Road, person: &str) -> Connection {
    let key = ConnectionKey { account: AccountKey::new(owner(), account(id)), road: road.clone() };
    Connection::new(key, LinkId::from_uuid(uuid::Uuid::nil()), PersonId::new(person).unwrap(), "Shop", at(0))
}

/// What was told, by whose it is, and whether it stands.
fn told(change: &FindingChange) -> Vec<(Subject, bool)> {
    let each = change.happenings.iter().map(|happening| match &happening.what {
        What::FindingChanged { subject, stands, .. } => (subject.clone(), *stands),
        other => panic!("{other:?}"),
    });
    each.collect()
}

fn subjects(change: &FindingChange) -> Vec<Subject> {
    change.findings.iter().map(|finding| finding.subject.clone()).collect()
}

#[test]
fn the_cause_of_one_person_neither_hides_nor_clears_that_of_another_or_of_another_road() {
    let (ada, bo, by_instagram) = (of(&Road::FACEBOOK, "ada"), of(&Road::FACEBOOK, "bo"), of(&Road::INSTAGRAM, "ada"));
    let all = [&ada, &bo, &by_instagram];
    let found = examined(&owner(), &[], &all.map(|subject| LOST.found().of(subject.clone())), at(1));
    assert_eq!(told(&found), all.map(|subject| (subject.clone(), true)), "the coming of one is not told");
    assert_eq!(found.findings.len(), 3);
    let checks = [LOST.absent().of(ada.clone()), LOST.unknown().of(bo.clone()), LOST.found().of(by_instagram.clone())];
    let later = examined(&owner(), &found.findings, &checks, at(2));
    assert_eq!(told(&later), [(ada, false)], "the going of one is not told");
    assert_eq!(subjects(&later), [bo, by_instagram]);
    assert!(later.findings.iter().all(|finding| finding.since == at(1)));
}

#[test]
fn of_several_checks_of_one_person_the_gravest_counts() {
    let ada = of(&Road::FACEBOOK, "ada");
    let [found, absent, unknown] = [LOST.found().with("the password"), LOST.absent(), LOST.unknown()].map(|check| check.of(ada.clone()));
    for checks in [[found.clone(), absent.clone()], [absent.clone(), found.clone()], [unknown.clone(), found.clone()]] {
        let change = examined(&owner(), &[], &checks, at(1));
        assert_eq!(told(&change), [(ada.clone(), true)]);
        assert_eq!(change.findings[0].cause, "it is lost: the password");
        let later = examined(&owner(), &change.findings, &checks, at(2));
        assert!(later.happenings.is_empty() && later.findings == change.findings, "it comes and goes with every look");
        let half_seen = examined(&owner(), &change.findings, &[absent.clone(), unknown.clone()], at(2));
        assert_eq!(half_seen.findings, change.findings, "what could not be looked for everywhere is taken for gone");
    }
}

#[test]
fn what_an_older_program_wrote_down_finds_its_subject_and_is_no_news() {
    let (ada, bo) = (of(&Road::FACEBOOK, "ada"), of(&Road::FACEBOOK, "bo"));
    let mut old = Finding::of(&LOST.found(), at(1));
    old.subject = Subject::Untold;
    let old = [old];
    let both = |a: Check, b: Check| [a.of(ada.clone()), b.of(bo.clone())];

    let still = examined(&owner(), &old, &both(LOST.absent(), LOST.found()), at(2));
    assert_eq!((told(&still), subjects(&still)), (Vec::new(), vec![bo.clone()]), "what stands all along is told as new");
    assert_eq!(still.findings[0].since, at(1));
    let two = examined(&owner(), &old, &both(LOST.found(), LOST.found()), at(2));
    assert_eq!(told(&two), [(bo.clone(), true)], "the older row stands for one of them");
    let unseen = examined(&owner(), &old, &both(LOST.absent(), LOST.unknown()), at(2));
    assert_eq!(unseen.findings, old, "it is cleared by somebody whose it may not be");
    let gone = examined(&owner(), &old, &both(LOST.absent(), LOST.absent()), at(2));
    assert_eq!((gone.findings.len(), told(&gone)), (0, vec![(ada.clone(), false)]));
}

#[test]
fn what_was_somebodys_goes_with_the_last_connection_that_they_authorised() {
    let (ada, bo, by_instagram) = (of(&Road::FACEBOOK, "ada"), of(&Road::FACEBOOK, "bo"), Subject::road(Road::INSTAGRAM));
    let checks = [LOST.found().of(ada.clone()), LOST.found().of(bo.clone()), WORN.found().of(by_instagram.clone())];
    let stands = examined(&owner(), &[], &checks, at(1)).findings;
    let change = examined_whole(&owner(), &stands, &[], &[connection("1", &Road::FACEBOOK, "bo")], at(2));
    assert_eq!(subjects(&change), [bo], "an owner is told for ever of the token of somebody who left");
    assert_eq!(told(&change), [(ada, false), (by_instagram, false)]);
}

#[test]
fn an_account_that_is_left_by_one_road_keeps_what_is_of_the_other() {
    let [facebook, instagram] = [Road::FACEBOOK, Road::INSTAGRAM].map(Subject::road);
    let checks = [&facebook, &instagram].map(|subject| LOST.found().at(account("1")).of(subject.clone()));
    let stands = examined(&owner(), &[], &checks, at(1)).findings;
    let change = examined_whole(&owner(), &stands, &[], &[connection("1", &Road::FACEBOOK, "ada")], at(2));
    assert_eq!((subjects(&change), told(&change)), (vec![facebook], vec![(instagram, false)]));
}

#[test]
fn a_view_of_one_account_shows_what_touches_it_and_nothing_of_anybody_else() {
    let connections = [connection("1", &Road::FACEBOOK, "ada"), connection("2", &Road::INSTAGRAM, "bo")];
    let all = View::everything(owner(), ActorId::new("a").unwrap());
    let one = all.clone().with_accounts(Accounts::Only([account("1")].into()));
    let none = View::nothing(owner(), ActorId::new("a").unwrap());
    for (subject, through_one) in [
        (Subject::Program, true),
        (Subject::Untold, false),
        (Subject::road(Road::FACEBOOK), true),
        (Subject::road(Road::INSTAGRAM), false),
        (of(&Road::FACEBOOK, "ada"), true),
        (of(&Road::FACEBOOK, "bo"), false),
        (of(&Road::INSTAGRAM, "bo"), false),
    ] {
        assert_eq!(shows(&one, &connections, None, &subject), through_one, "{subject:?}");
        assert!(shows(&all, &connections, None, &subject) && !shows(&none, &connections, None, &subject), "{subject:?}");
        assert!(shows(&one, &connections, Some(&account("1")), &subject), "{subject:?}");
        assert!(!shows(&one, &connections, Some(&account("2")), &subject), "{subject:?}");
    }
}

#[test]
fn what_concerned_an_account_goes_with_the_account_and_is_told() {
    let facebook = || Subject::road(Road::FACEBOOK);
    let checks = [LOST.found().at(account("1")).of(facebook()), LOST.found().at(account("2")).of(facebook()), WORN.found()];
    let stands = examined(&owner(), &[], &checks, at(1)).findings;
    let linked = [connection("1", &Road::FACEBOOK, "ada")];
    let change = examined_whole(&owner(), &stands, &[WORN.unknown(), LOST.found().at(account("2")).of(facebook())], &linked, at(2));
    assert_eq!(change.findings.iter().map(|finding| finding.account.clone()).collect::<Vec<_>>(), [Some(account("1")), None]);
    assert_eq!(told(&change), [(facebook(), false)]);
    let nothing = examined_whole(&owner(), &change.findings, &[], &[], at(3));
    assert!(nothing.findings.is_empty(), "an owner who has nothing linked is still told of a worn token");
}
