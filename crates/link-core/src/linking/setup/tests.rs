use proptest::prelude::*;

use super::*;
use crate::linking::advice::Answer;
use crate::linking::link::Link;
use crate::linking::review::{Consent, Review};
use crate::words::error::{Remedy, Who};
use crate::words::finding::{Cause, Severity};
use chrono::TimeDelta;

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn fresh() -> Setup {
    Setup::begin(SetupId::from_uuid(uuid::Uuid::nil()), OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH)
}

fn signed_in() -> Command {
    let listed = ["messenger:1", "messenger:2", "instagram:3"].map(|id| Candidate::new(account(id), Road::FACEBOOK, id));
    Command::SignedIn { road: Road::FACEBOOK, person: PersonId::new("p").unwrap(), candidates: listed.to_vec() }
}

fn walk(commands: impl IntoIterator<Item = Command>) -> Result<Setup, SetupRefused> {
    commands.into_iter().try_fold(fresh(), |setup, command| setup.after(command, DateTime::UNIX_EPOCH))
}

#[test]
fn four_stages_lead_to_a_confirmation() {
    let setup = walk([
        signed_in(),
        Command::Choose(vec![account("messenger:1"), account("instagram:3")]),
        Command::Prefer(Preferences::default()),
        Command::Synchronise(Synchronisation::default()),
        Command::Confirm,
    ]);
    assert_eq!(setup.unwrap().stage, Stage::Confirmed);
}

#[test]
fn an_account_the_person_cannot_reach_is_not_linked() {
    let refused = walk([signed_in(), Command::Choose(vec![account("messenger:99")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::OutOfReach { account: account("messenger:99") });
    let refused = walk([Command::Choose(vec![account("messenger:1")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::NotSignedIn);
    let refused = walk([signed_in(), Command::Choose(vec![account("messenger:1"), account("messenger:2")])]);
    assert_eq!(refused.unwrap_err(), SetupRefused::SeveralPages { count: 2 });
}

#[test]
fn signing_in_anew_drops_what_can_no_longer_be_reached() {
    let setup = walk([signed_in(), Command::Choose(vec![account("messenger:1")]), Command::Back]).unwrap();
    assert_eq!(setup.chosen, vec![account("messenger:1")]);
    let without = Command::SignedIn { road: Road::FACEBOOK, person: PersonId::new("p").unwrap(), candidates: vec![] };
    assert!(setup.after(without, DateTime::UNIX_EPOCH).unwrap().chosen.is_empty());
}

fn link() -> Link {
    let review = Review::of(&fresh(), Vec::new(), "the owner");
    let mut link = Link::new(LinkId::from_uuid(uuid::Uuid::nil()), &fresh(), Consent::new(fresh().begun_by, None, at(0), review));
    link.accounts = vec![account("instagram:3"), account("messenger:1")];
    link.preferences = Preferences::default().answer(false);
    link
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

#[test]
fn who_signs_in_again_for_a_link_has_nothing_to_choose_anew() {
    let setup = Setup::resuming(fresh().id, &link(), fresh().begun_by, at(0)).after(signed_in(), at(1)).unwrap();
    assert_eq!((setup.stage, &setup.chosen, setup.preferences.answer), (Stage::Review, &link().accounts, false));
    let only = Candidate::new(account("messenger:1"), Road::FACEBOOK, "1");
    let less = Command::SignedIn { road: Road::FACEBOOK, person: PersonId::new("p").unwrap(), candidates: vec![only] };
    let setup = Setup::resuming(fresh().id, &link(), fresh().begun_by, at(0)).after(less, at(1)).unwrap();
    assert_eq!((setup.stage, setup.chosen.len()), (Stage::LinkAccounts, 2), "what cannot be reached is left out and nobody is asked");
}

#[test]
fn after_thirty_days_a_setup_is_over_whether_or_not_it_was_closed() {
    let setup = walk([signed_in()]).unwrap();
    let late = DateTime::UNIX_EPOCH + IDLE;
    let over = SetupRefused::AtStage { stage: Stage::TimedOut };
    assert_eq!(setup.after(Command::Choose(vec![account("messenger:1")]), late).unwrap_err(), over);
    let early = setup.after(Command::TimeOut, late - TimeDelta::seconds(1)).unwrap_err();
    assert_eq!(early, SetupRefused::AtStage { stage: Stage::LinkAccounts }, "somebody who takes his time is cut off");
    let closed = setup.after(Command::TimeOut, late).unwrap();
    assert_eq!((closed.stage, closed.candidates.len(), closed.holds().len()), (Stage::TimedOut, 0, 1));
    assert!(closed.released().holds().is_empty());
    assert_eq!(closed.after(Command::Back, late).unwrap_err(), over);
}

static BROKEN: Cause = Cause::new("broken", Severity::Blocks, "it is broken", &[Remedy::new(Who::Platform, "wait")]);
static WORN: Cause = Cause::new("worn", Severity::Degrades, "it is worn", &[Remedy::new(Who::Owner, "mend it")]);

#[test]
fn what_blocks_a_chosen_account_stops_choosing_and_confirming_and_nothing_else_does() {
    let found = |cause, id: &str| Finding::new(cause, Some(account(id)), None, at(0));
    let choose = || Command::Choose(vec![account("messenger:1")]);
    let setup = walk([signed_in()]).unwrap();
    let mild = [found(&WORN, "messenger:1"), found(&BROKEN, "messenger:2")];
    assert!(setup.after_examination(&choose(), &mild, at(1)).is_ok());
    let refused = setup.after_examination(&choose(), &[found(&WORN, "messenger:1"), found(&BROKEN, "messenger:1")], at(1)).unwrap_err();
    assert_eq!((refused.to_string(), refused.advised().what), ("it is broken".to_owned(), "wait".to_owned()));
    let path = [signed_in(), choose(), Command::Prefer(Preferences::default()), Command::Synchronise(Synchronisation::default())];
    let app = [Finding::new(&BROKEN, None, None, at(0))];
    let refused = walk(path).unwrap().after_examination(&Command::Confirm, &app, at(1)).unwrap_err();
    assert!(matches!(refused, SetupRefused::Blocked { .. }), "the whole app is blocked and somebody confirms");
    assert!(walk([signed_in()]).unwrap().after_examination(&Command::Cancel, &app, at(1)).is_ok());
}

fn advise(code: &str, answer: Answer) -> Command {
    Command::Advise(vec![Advice::new(code, answer, fresh().begun_by, at(5))])
}

#[test]
fn advice_is_asked_once_and_the_last_answer_counts() {
    let setup = walk([advise("advice_password", Answer::Unsure), advise("advice_password", Answer::Yes)]).unwrap();
    assert_eq!(setup.advice.iter().map(|advice| advice.answer).collect::<Vec<_>>(), [Answer::Yes]);
    assert_eq!((setup.stage, advice::open(&setup.advice).count()), (Stage::LinkAccounts, advice::ADVICE.len() - 1));
    let stray = setup.after(advise("advice_of_a_fool", Answer::No), at(1)).unwrap_err();
    assert_eq!(stray, SetupRefused::UnknownAdvice { code: "advice_of_a_fool".to_owned() });
}

/// A setup as it was stored before there were links that go on, advice, and an end by itself.
#[test]
fn a_setup_of_an_older_program_goes_on() {
    let stored = r#"{"id": "00000000-0000-0000-0000-000000000000", "owner": "o", "begun_by": "a", "begun_at": "1970-01-01T00:00:00Z",
        "touched_at": "1970-01-01T00:00:00Z", "stage": "review", "person": "p",
        "candidates": [{"account": {"platform": "messenger", "id": "1"}, "road": "facebook", "via": null, "name": "1", "username": null,
            "obstacle": null}],
        "chosen": [{"platform": "messenger", "id": "1"}], "preferences": {"answer": true, "alert": false},
        "synchronisation": {"history": {"newest": 7}, "profiles": true}}"#;
    let setup: Setup = serde_json::from_str(stored).unwrap();
    assert_eq!((setup.link, setup.advice.len(), setup.synchronisation.history), (None, 0, Depth::Newest(7)));
    assert_eq!(setup.after(Command::Confirm, at(1)).unwrap().stage, Stage::Confirmed);
}

/// Or an update of the program would forget who signed in to a setup that is under way.
#[test]
fn a_setup_that_an_older_program_stored_knows_who_signed_in() {
    let stored = |person: &str| {
        let text = format!(
            r#"{{"id": "00000000-0000-0000-0000-000000000002", "owner": "o", "begun_by": "a", "begun_at": "2026-11-01T00:00:00Z",
               "touched_at": "2026-11-02T00:00:00Z", "stage": "link_accounts", "person": {person}, "candidates": [], "chosen": [],
               "preferences": {{"answer": true, "alert": true}}, "synchronisation": {{"history": "nothing", "profiles": true}}}}"#
        );
        serde_json::from_str::<Setup>(&text).unwrap()
    };
    let setup = stored("\"2000000000000001\"");
    assert_eq!(setup.person(&Road::FACEBOOK).map(PersonId::as_str), Some("2000000000000001"));
    assert!(stored("null").persons.is_empty());
    let again: Setup = serde_json::from_str(&serde_json::to_string(&setup).unwrap()).unwrap();
    assert_eq!(again, setup, "what this program stores it does not read");
}

fn by_both(instagram: Vec<Candidate>) -> Setup {
    let by_itself = Command::SignedIn { road: Road::INSTAGRAM, person: PersonId::new("i").unwrap(), candidates: instagram };
    walk([signed_in(), by_itself]).unwrap()
}

#[test]
fn a_sign_in_by_another_road_adds_what_it_reaches_and_takes_nothing_away() {
    let again = Candidate::new(account("instagram:3"), Road::INSTAGRAM, "three");
    let setup = by_both(vec![again, Candidate::new(account("instagram:4"), Road::INSTAGRAM, "four")]);
    let roads: Vec<_> = setup.candidates.iter().map(|it| (it.account.to_string(), it.road.as_str().to_owned())).collect();
    assert_eq!(roads.len(), 5, "{roads:?}");
    assert_eq!(setup.person(&Road::FACEBOOK).map(PersonId::as_str), Some("p"));
    assert_eq!(setup.person(&Road::INSTAGRAM).map(PersonId::as_str), Some("i"));
    let chosen = setup.after(Command::Choose(vec![account("instagram:3")]), DateTime::UNIX_EPOCH).unwrap();
    let by: Vec<_> = chosen.chosen().map(|candidate| candidate.road.clone()).collect();
    assert_eq!(by, [Road::FACEBOOK, Road::INSTAGRAM], "an account that two roads reach is connected by one only");
    assert_eq!(setup.suggested(), ["messenger:1", "instagram:3", "instagram:4"].map(account), "an account is suggested twice or never");
}

#[test]
fn an_obstacle_on_one_road_is_none_for_an_account_that_another_reaches() {
    let obstacle = Refusal::TaskMissing { task: "MESSAGING".to_owned() };
    let blocked = Candidate::new(account("instagram:4"), Road::FACEBOOK, "four").with_obstacle(Some(obstacle));
    let setup = Command::SignedIn { road: Road::FACEBOOK, person: PersonId::new("p").unwrap(), candidates: vec![blocked] };
    let refused = walk([setup.clone(), Command::Choose(vec![account("instagram:4")])]).unwrap_err();
    assert!(matches!(refused, SetupRefused::Obstacle { .. }), "{refused:?}");
    let free = vec![Candidate::new(account("instagram:4"), Road::INSTAGRAM, "four")];
    let by_itself = Command::SignedIn { road: Road::INSTAGRAM, person: PersonId::new("i").unwrap(), candidates: free };
    let chosen = walk([setup, by_itself, Command::Choose(vec![account("instagram:4")])]).unwrap();
    assert_eq!(chosen.chosen().map(|candidate| candidate.road.clone()).collect::<Vec<_>>(), [Road::INSTAGRAM]);
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(signed_in()),
        Just(Command::Choose(vec![account("messenger:1")])),
        Just(Command::Prefer(Preferences::default())),
        Just(Command::Synchronise(Synchronisation::default())),
        Just(Command::Confirm),
        Just(Command::Back),
        Just(advise("advice_password", Answer::No)),
        Just(Command::Cancel),
        Just(Command::TimeOut),
    ]
}

proptest! {
    /// Whatever somebody clicks in whatever order and at whatever pace, nothing is confirmed that was not signed in for, chosen and reviewed
    /// in time; and a restart after each click changes nothing.
    #[test]
    fn no_path_leads_around_a_stage(
        commands in prop::collection::vec((any_command(), 0..20i64), 0..40),
        begins in prop::sample::select(vec![fresh(), Setup::resuming(fresh().id, &link(), fresh().begun_by, at(0))]),
    ) {
        let (mut setup, mut now) = (begins, at(0));
        for (command, days) in commands {
            now += TimeDelta::days(days) * if days > 17 { 3 } else { 1 };
            let (before, idle) = (setup.clone(), now - setup.touched_at >= IDLE);
            let Ok(next) = setup.after(command.clone(), now) else { continue };
            prop_assert!(!before.stage.is_final());
            prop_assert!(!idle || matches!(command, Command::Cancel | Command::TimeOut), "it went on after it was over");
            if next.stage == Stage::Confirmed {
                prop_assert_eq!(before.stage, Stage::Review);
                prop_assert!(!next.persons.is_empty() && !next.chosen.is_empty());
            }
            if next.stage == Stage::TimedOut {
                prop_assert!(idle, "it was closed too early");
            }
            if next.is_given_up() {
                prop_assert!(next.candidates.is_empty() && next.chosen.is_empty(), "names outlive the setup");
            }
            setup = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
            prop_assert_eq!(&setup, &next, "a restart changes the setup");
        }
    }
}
