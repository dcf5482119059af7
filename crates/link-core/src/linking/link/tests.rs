use super::*;
use crate::linking::review::Review;
use crate::words::ids::ActorId;
use std::num::NonZeroU32;

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn setup(accounts: &[&str]) -> Setup {
    let id = SetupId::from_uuid(uuid::Uuid::nil());
    let mut setup = Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
    setup.chosen = accounts.iter().map(|text| account(text)).collect();
    setup
}

fn link(number: u128, accounts: &[&str]) -> Link {
    let setup = setup(accounts);
    let review = Review::of(&setup, Vec::new(), "the owner");
    let consent = Consent::new(setup.begun_by.clone(), None, DateTime::UNIX_EPOCH, review);
    Link::new(LinkId::from_uuid(uuid::Uuid::from_u128(number)), &setup, consent)
}

#[test]
fn accounts_that_are_linked_again_go_on_as_the_same_link() {
    let links = [link(1, &["messenger:1", "instagram:3"]), link(2, &["instagram:9"])];
    let resumes = |accounts: &[&str]| Outcome::of(&setup(accounts), &links).resumes.map(|link| link.id);
    assert_eq!(resumes(&["instagram:3", "messenger:1"]), Some(links[0].id));
    assert_eq!(resumes(&["messenger:1", "instagram:4"]), Some(links[0].id), "a Messenger account has one link");
    assert_eq!(resumes(&["instagram:9"]), Some(links[1].id));
    assert_eq!(resumes(&["messenger:2", "instagram:9"]), None);
    let mut bound = setup(&["instagram:3"]);
    bound.link = Some(links[0].id);
    assert_eq!(Outcome::of(&bound, &links).resumes.map(|link| link.id), Some(links[0].id));
}

#[test]
fn an_account_that_moved_to_another_page_leaves_its_old_link() {
    let links = [link(1, &["messenger:1", "instagram:3"])];
    let moved = setup(&["messenger:2", "instagram:3"]);
    let outcome = Outcome::of(&moved, &links);
    assert_eq!((outcome.resumes, outcome.leaving), (None, vec![(links[0].id, account("instagram:3"))]));
    assert_eq!(outcome.ending, [], "a link ends that has an account left");
}

#[test]
fn a_link_whose_last_account_moves_ends() {
    let links = [link(1, &["instagram:3"]), link(2, &["messenger:1", "instagram:4"])];
    let outcome = Outcome::of(&setup(&["messenger:2", "instagram:3", "instagram:4"]), &links);
    assert_eq!((outcome.leaving.len(), outcome.ending), (2, vec![links[0].id]));
}

#[test]
fn a_link_that_goes_on_keeps_its_accounts_and_gets_no_second_page() {
    let old = link(1, &["messenger:1", "instagram:3"]);
    assert!(old.agrees_with(&old.resumed(&setup(&["instagram:3"])).unwrap()), "signing in for a part of it takes the rest away");
    let more = old.resumed(&setup(&["messenger:1", "instagram:4"])).unwrap();
    assert_eq!((more.accounts.len(), old.agrees_with(&more), more.consent == old.consent), (3, false, true));
    assert_eq!(old.resumed(&setup(&["messenger:2"])).unwrap_err(), SetupRefused::SeveralPages { count: 2 });
}

#[test]
fn the_policy_counts_what_is_linked_already_and_each_account_once() {
    let links = [link(1, &["messenger:1", "instagram:3"]), link(2, &["messenger:2", "instagram:5", "instagram:6"])];
    let two = LinkPolicy::default().instagram_per_page(NonZeroU32::new(2).unwrap());
    let chosen = |texts: &[&str]| texts.iter().map(|text| account(text)).collect::<Vec<_>>();
    assert_eq!(two.check(&chosen(&["messenger:1", "instagram:3", "instagram:4"]), &links), Ok(()));
    let refused = SetupRefused::TooManyInstagram { page: account("messenger:1"), count: 3, limit: 2 };
    assert_eq!(two.check(&chosen(&["messenger:1", "instagram:4", "instagram:5"]), &links), Err(refused));
    assert_eq!(two.check(&chosen(&["instagram:4", "instagram:5", "instagram:6"]), &links), Ok(()), "there is no Page to count for");
    let many = chosen(&["messenger:1", "instagram:4", "instagram:5", "instagram:6", "instagram:7"]);
    assert_eq!(LinkPolicy::default().check(&many, &links), Ok(()), "by default there may be several");
}
