use chrono::DateTime;
use link_core::words::permission::Permission;
use link_core::{AccountId, OwnerId, PersonId, Platform};

use super::*;
use crate::ledger::{Entry, What};
use crate::requirement::{Requirement, Requirements};
use crate::standing::{Reach, Standings};

const TABLE: &[Requirement] = &[
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::RECEIVE, &["pages_messaging", "pages_manage_metadata"]),
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging"]),
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::COMMENTS, &["pages_read_user_content"]).on_request(),
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::HUMAN_AGENT, &["pages_messaging"]).with_reviews(&["human_agent"]),
];
const KNOWN: &[Permission] = &[Permission::new("pages_messaging", "read and answer the Page's conversations")];

/// Requests by what is granted, and what the app is not approved for.
fn request(granted: &[&'static str], unapproved: &[&'static str], wanted: &[Feature]) -> Request {
    let requirements = Requirements::new().with(TABLE).knowing(KNOWN);
    let (owner, person) = (OwnerId::new("o").unwrap(), PersonId::new("p").unwrap());
    let entry = |word: &&'static str| {
        Entry::new(owner.clone(), person.clone(), Road::FACEBOOK, Scope::known(word), What::Granted, DateTime::UNIX_EPOCH)
    };
    let entries: Vec<_> = granted.iter().map(entry).collect();
    let standings = Standings::of(&entries, &person, &Road::FACEBOOK).with_unapproved(unapproved.iter().map(|word| Scope::known(word)));
    let reach = Reach::new("messenger:1".parse::<AccountId>().unwrap(), Road::FACEBOOK);
    Request::of(&Road::FACEBOOK, &[Report::of(&requirements, &standings, reach)], wanted)
}

fn words(scopes: &[Scope]) -> Vec<&str> {
    scopes.iter().map(Scope::as_str).collect()
}

#[test]
fn a_second_dialog_asks_for_what_is_missing_and_says_what_it_is_for() {
    let request = request(&["pages_manage_metadata"], &[], &[]);
    assert_eq!(words(&request.scopes()), ["pages_messaging"]);
    assert_eq!(request.missing[0].features, [Feature::RECEIVE, Feature::SEND, Feature::HUMAN_AGENT]);
    assert_eq!(
        request.to_text(),
        "pages_messaging is not asked for yet. It lets this program read and answer the Page's conversations. \
         It is wanted for receive, send, human_agent.\n\
         The dialog asks for this alone; what was granted before stays."
    );
}

#[test]
fn a_feature_that_nobody_wants_asks_nobody() {
    let everything = ["pages_messaging", "pages_manage_metadata"];
    assert!(request(&everything, &[], &[]).is_empty());
    assert_eq!(words(&request(&everything, &[], &[Feature::COMMENTS]).scopes()), ["pages_read_user_content"]);
}

#[test]
fn what_the_app_is_not_approved_for_is_not_asked_for_in_vain() {
    let everything = ["pages_messaging", "pages_manage_metadata"];
    let request = request(&everything, &["human_agent", "pages_read_user_content"], &[Feature::COMMENTS]);
    assert!(request.is_empty(), "{request:?}");
    let unapproved: Vec<_> = request.unapproved.iter().map(|it| it.scope.as_str()).collect();
    assert_eq!(unapproved, ["pages_read_user_content", "human_agent"]);
    assert!(request.to_text().contains("human_agent is not approved for this app"), "{}", request.to_text());
}

#[test]
fn where_a_new_token_forgets_the_old_one_what_is_held_is_asked_for_along() {
    let held = ["pages_manage_metadata"];
    let request = request(&held, &[], &[]).along_with([Scope::known("pages_manage_metadata"), Scope::known("pages_messaging")]);
    assert_eq!(words(&request.scopes()), ["pages_manage_metadata", "pages_messaging"], "asked for twice, or not kept");
    assert!(request.to_text().contains("asks along for what is to be kept: pages_manage_metadata."), "{}", request.to_text());
}

#[test]
fn all_or_nothing_is_said_before_somebody_loses_what_they_had() {
    let text = request(&["pages_manage_metadata"], &[], &[]).all_or_nothing().to_text();
    assert!(text.contains("all of it or nothing") && text.contains("may be lost"), "{text}");
}
