use chrono::DateTime;

use super::*;
use crate::linking::advice::Answer;
use crate::linking::setup::Depth;
use crate::words::ids::{ActorId, OwnerId, SetupId};
use crate::words::platform::Road;
use crate::words::refusal::Refusal;

fn of() -> ReviewOf {
    let id = SetupId::from_uuid(uuid::Uuid::nil());
    let mut setup = Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
    let page = Candidate::new("messenger:1".parse().unwrap(), Road::FACEBOOK, "Shop");
    let other = Candidate::new("messenger:2".parse().unwrap(), Road::FACEBOOK, "Cafe");
    let other = other.with_obstacle(Some(Refusal::TaskMissing { task: "MESSAGING".to_owned() }));
    setup.chosen = vec![page.account.clone()];
    setup.candidates = vec![page, other];
    setup.advice = vec![Advice::new("advice_password", Answer::No, setup.begun_by.clone(), DateTime::UNIX_EPOCH)];
    ReviewOf::setup(&setup).under("2026-11")
}

struct Greeting(&'static str);

impl Reviewer for Greeting {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        of.preferences.alert.then(|| Section::new("greeting", "Greeting").with("hello", self.0))
    }
}

#[test]
fn the_document_has_everybodys_sections_and_says_what_will_not_work() {
    let text = Review::assemble(&of(), "the owner", &[&Greeting("Hello.")]).to_text();
    for said in [
        "Shop (messenger:1) will be linked.",
        "Hello.",
        "Cafe (messenger:2) cannot be linked: the person who signed in lacks the task MESSAGING at the account",
        "a said no on 1970-01-01. It is advised to give each account a password of its own",
        "The terms of version 2026-11 are in force.",
    ] {
        assert!(text.contains(said), "nothing is said of {said:?}:\n{text}");
    }
}

#[test]
fn every_change_of_the_document_changes_its_digest_and_shows_as_a_difference() {
    let review = |of: &ReviewOf| Review::assemble(of, "the owner", &[&Greeting("Hello.")]);
    let before = review(&of());
    assert_eq!(before.digest(), review(&of()).digest());
    assert_ne!(before.digest(), Review::assemble(&of(), "the owner", &[&Greeting("Bye.")]).digest());
    assert_ne!(before.digest(), review(&of().under("2026-12")).digest());
    let mut changed = of();
    changed.synchronisation.history = Depth::Nothing;
    changed.preferences.alert = false;
    let revision = Revision::new(before.clone(), review(&changed));
    let codes: Vec<_> = revision.difference.iter().map(|difference| difference.line.as_str()).collect();
    assert_eq!(codes, ["history", "alert", "hello"], "{}", revision.to_text());
    assert!(revision.to_text().contains("No more: Hello."));
    assert!(Revision::new(before.clone(), before.clone()).difference.is_empty());
    assert_ne!(revision.digest, Revision::new(review(&changed), before).digest, "one change is taken for its contrary");
}

/// A link as an older program stored it, with the review that there was then.
#[test]
fn a_link_of_an_older_program_reads_with_the_review_that_was_agreed_to() {
    let stored = r#"{"id": "00000000-0000-0000-0000-000000000001", "owner": "o", "setup": "00000000-0000-0000-0000-000000000000",
        "accounts": [{"platform": "messenger", "id": "1"}], "preferences": {"answer": true, "alert": false},
        "synchronisation": {"history": "everything", "profiles": true},
        "consent": {"by": "a", "place": null, "at": "2026-11-01T00:00:00Z", "review": {
            "accounts": [{"account": {"platform": "messenger", "id": "1"}, "road": "facebook", "via": null, "name": "Shop", "username": null,
                "obstacle": null}],
            "grants": [{"scope": "pages_messaging", "state": "granted", "targets": null}],
            "preferences": {"answer": true, "alert": false}, "synchronisation": {"history": "everything", "profiles": true},
            "seen_by": "the owner and by nobody else"}}}"#;
    let link: Link = serde_json::from_str(stored).unwrap();
    assert_eq!((link.advice.len(), link.consent.terms(), link.consent.difference.len()), (0, "", 0));
    let text = link.consent.review.to_text();
    for said in
        ["Shop (messenger:1) will be linked.", "The permission pages_messaging is granted.", "All earlier messages", "seen by the owner"]
    {
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(serde_json::from_value::<Link>(serde_json::to_value(&link).unwrap()).unwrap(), link);
}

#[test]
fn a_connection_of_an_older_program_reads_and_is_of_the_first_generation() {
    let stored = r#"{"key": {"account": {"owner": "o", "account": {"platform": "messenger", "id": "1"}}, "road": "facebook"},
        "link": "00000000-0000-0000-0000-000000000001", "via": null, "person": "p", "name": "Shop", "username": null, "part": "receiving",
        "health": {"health": "alive"}, "subscription": {"subscription": "active", "since": "2026-11-01T00:00:00Z"},
        "confirmed_at": "2026-11-01T00:00:00Z"}"#;
    let connection: Connection = serde_json::from_str(stored).unwrap();
    assert_eq!((connection.generation, connection.missed_since), (0, None));
}
