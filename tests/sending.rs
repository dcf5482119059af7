//! Story: customers write on both platforms, the shop answers, and whatever happens on the wire nothing is sent twice and nothing is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

use chrono::TimeDelta;
use futures::{FutureExt as _, Stream, StreamExt as _};
use link_core::words::event::Direction;
use link_kit::{
    AccountId, AccountKey, Alert, ConversationKey, Depth, ErrorKind, Failure, Health, Intent, IntentState, Lagged, LinkKit, Message,
    MessageRow, Meta, Outgoing, PageQuery, Pending, Position, Preferences, Problem, Purpose, Refusal, Road, Synchronisation, Viewer, What,
};
use link_sandbox::{Action, CustomerMessage, Decision, PersonAction};
use serde_json::{Value, json};
use stage::{Cable, INSTAGRAM, PAGE, Stage, conversation, instagram, page};

const ROBIN: &str = "2000000000000001";
/// Ada and Ben as the Page knows them, Eve as the Instagram account does.
const ADA: &str = "4000000000000011";
const BEN: &str = "4000000000000012";
const EVE: &str = "5000000000000015";

/// The shop an hour after it was linked, with a question of Ada's on Messenger and one of Eve's on Instagram.
async fn asked() -> Stage {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(1)).await;
    stage
}

fn ada(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, page(), ADA)
}

fn eve(stage: &Stage) -> ConversationKey {
    conversation(&stage.viewer, instagram(), EVE)
}

async fn answer(stage: &Stage, to: &ConversationKey, text: &str, key: &str) -> Result<Intent, Problem> {
    stage.kit.inbox().answer(&stage.viewer, to, text, key).await
}

async fn now(stage: &Stage, intent: &Intent) -> Intent {
    stage.kit.inbox().intent(&stage.viewer, intent.id).await.unwrap().unwrap()
}

/// What was sent to the platform, whatever came of it.
async fn sends(stage: &Stage) -> Vec<Value> {
    stage.calls("POST", "/messages").await
}

/// A conversation, oldest first.
async fn talk(stage: &Stage, key: &ConversationKey) -> Vec<MessageRow> {
    let timeline = stage.kit.inbox().timeline(&stage.viewer, key, &PageQuery::first(500)).await.unwrap();
    timeline.messages.items.into_iter().rev().collect()
}

async fn pending(stage: &Stage, key: &ConversationKey) -> Vec<Pending> {
    stage.kit.inbox().timeline(&stage.viewer, key, &PageQuery::first(500)).await.unwrap().pending
}

fn texts(rows: &[MessageRow]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.state.text()).collect()
}

/// A fault of the next send.
async fn next_send(stage: &Stage, mut fault: Value) {
    fault["match"] = json!({"method": "POST", "path": "/*/messages"});
    stage.meta.fault(fault).await.unwrap();
}

/// Refused for this reason, and the platform was not asked.
async fn assert_refused(stage: &Stage, outcome: Result<Intent, Problem>, expected: impl Fn(&Refusal) -> bool) {
    let problem = outcome.expect_err("it was taken");
    let Problem::Refused(refusal) = &problem else { panic!("{problem:?}") };
    assert!(expected(refusal), "{refusal:?}");
    assert!(!problem.remedy().unwrap().what.is_empty());
    let before = sends(stage).await.len();
    stage.settle().await;
    assert_eq!(sends(stage).await.len(), before, "what was refused was sent");
}

fn is_window(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::WindowClosed { .. })
}

/// The failure of an intent that the platform refused.
fn refusal_of(intent: &Intent) -> (ErrorKind, &str, &str) {
    let IntentState::Failed { failure: Failure::Platform { kind, code, remedy, .. } } = &intent.state else { panic!("{:?}", intent.state) };
    (*kind, code.as_deref().unwrap(), remedy.as_deref().unwrap())
}

// Everything goes well.

#[tokio::test]
async fn each_is_answered_where_they_are_and_the_echo_is_the_message_that_was_sent() {
    let stage = asked().await;
    for key in [ada(&stage), eve(&stage)] {
        let before = sends(&stage).await.len();
        let intent = answer(&stage, &key, "Yes, we do.", &format!("answer to {}", key.peer)).await.unwrap();
        assert_eq!(intent.state, IntentState::Queued);
        stage.settle().await;

        let sent = sends(&stage).await.split_off(before);
        let told: Vec<_> =
            sent.iter().map(|call| (&call["parameters"]["recipient"]["id"], &call["parameters"]["message"]["text"])).collect();
        assert_eq!(told, [(&json!(key.peer.as_str()), &json!("Yes, we do."))]);
        let rows = talk(&stage, &key).await;
        assert_eq!(rows.len(), 2, "the echo is a second message: {rows:?}");
        let echo = &rows[1];
        assert_eq!((echo.state.direction, echo.state.text()), (Some(Direction::Outbound), Some("Yes, we do.")));
        assert!(echo.state.told.live && echo.state.told.answer, "one of the two tellings got lost: {:?}", echo.state.told);
        assert_eq!((echo.state.intent, now(&stage, &intent).await.message()), (Some(intent.id), Some(echo.key.clone())));
        assert_eq!(pending(&stage, &key).await, [], "what was sent is still on its way out");
        let row = stage.kit.inbox().conversation(&stage.viewer, &key).await.unwrap().unwrap();
        assert_eq!((row.unread, row.snippet.as_deref()), (0, Some("Yes, we do.")));
    }
    let acts = stage.kit.activity(&stage.viewer, &PageQuery::first(100)).await.unwrap().items;
    let sent = acts.iter().filter(|act| act.act.starts_with("message.")).count();
    assert_eq!(sent, 2, "nobody knows who answered: {:?}", acts.iter().map(|act| &act.act).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_key_sends_once_whatever_happens_between() {
    let stage = asked().await;
    let first = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    let at_once = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    stage.settle().await;
    let after = answer(&stage, &ada(&stage), "Something else under the same key", "one").await.unwrap();
    stage.settle().await;
    assert_eq!((at_once.id, after.id), (first.id, first.id));
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "Yes."]);
    assert_eq!(sends(&stage).await.len(), 1, "somebody was answered twice");

    // A caller who repeats a day later, because the first answer was lost, hears what became of it and not that it is too late.
    stage.pass(TimeDelta::hours(25)).await;
    let late = answer(&stage, &ada(&stage), "Yes.", "one").await.unwrap();
    assert_eq!((late.id, late.state.as_str()), (first.id, "sent"));
}

// What is refused before anybody is asked.

#[tokio::test]
async fn a_closed_window_is_refused_before_any_call_and_a_human_may_still_answer() {
    let stage = asked().await;
    let asked_at = stage.clock.time() - TimeDelta::seconds(1);
    stage.pass(TimeDelta::hours(25)).await;
    for (key, to) in [("m", ada(&stage)), ("i", eve(&stage))] {
        let outcome = answer(&stage, &to, "Sorry for the wait", key).await;
        let closed =
            Refusal::WindowClosed { since: Some(asked_at + TimeDelta::hours(24)), human_agent_until: Some(asked_at + TimeDelta::days(7)) };
        assert_refused(&stage, outcome, |refusal| *refusal == closed).await;

        let by_hand = Outgoing::text(to.peer.clone(), "Sorry for the wait").for_purpose(Purpose::HumanAgent);
        let human = stage.kit.inbox().send(&stage.viewer, &to.account, by_hand, &format!("{key} by hand")).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &human).await.state.as_str(), "sent");
        assert_eq!(sends(&stage).await.last().unwrap()["parameters"]["tag"], "HUMAN_AGENT");
    }
    stage.pass(TimeDelta::days(7)).await;
    let by_hand = Outgoing::text(ada(&stage).peer, "Much too late").for_purpose(Purpose::HumanAgent);
    let outcome = stage.kit.inbox().send(&stage.viewer, &ada(&stage).account, by_hand, "too late").await;
    assert_refused(&stage, outcome, |refusal| matches!(refusal, Refusal::WindowClosed { human_agent_until: None, .. })).await;

    stage.meta.customer_writes("c1", PAGE, "Hello again").await.unwrap();
    stage.settle().await;
    let again = answer(&stage, &ada(&stage), "Hello!", "open again").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &again).await.state.as_str(), "sent", "a new message did not open the window");
}

#[tokio::test]
async fn a_window_that_closes_while_an_answer_waits_stops_it() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 2 * 24 * 3600}})).await;
    let waiting = answer(&stage, &ada(&stage), "In a moment", "k").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &waiting).await.state, IntentState::Queued);
    stage.pass(TimeDelta::hours(49)).await;
    stage.settle().await;
    let IntentState::Failed { failure: Failure::Refused(refusal) } = now(&stage, &waiting).await.state else { panic!("{waiting:?}") };
    assert!(is_window(&refusal), "{refusal:?}");
    assert_eq!(sends(&stage).await.len(), 1, "it was sent into a closed window");
}

#[tokio::test]
async fn a_text_is_measured_as_the_platform_measures_it() {
    let stage = asked().await;
    let too_long = |length, limit, unit: &str| Refusal::TooLong { length, limit, unit: unit.to_owned() };
    let outcome = answer(&stage, &ada(&stage), &"é".repeat(2001), "m").await;
    assert_refused(&stage, outcome, |refusal| *refusal == too_long(2001, 2000, "characters")).await;
    let outcome = answer(&stage, &eve(&stage), &"é".repeat(501), "i").await;
    assert_refused(&stage, outcome, |refusal| *refusal == too_long(1002, 1000, "bytes")).await;
    let longest = [
        answer(&stage, &ada(&stage), &"é".repeat(2000), "m just so").await.unwrap(),
        answer(&stage, &eve(&stage), &"é".repeat(500), "i just so").await.unwrap(),
    ];
    stage.settle().await;
    for intent in &longest {
        assert_eq!(now(&stage, intent).await.state.as_str(), "sent", "the platform takes less than we think");
    }
    assert_refused(&stage, answer(&stage, &ada(&stage), " \n", "empty").await, |refusal| *refusal == Refusal::Empty).await;
}

#[tokio::test]
async fn nobody_is_written_to_who_did_not_write() {
    let stage = asked().await;
    for stranger in [conversation(&stage.viewer, page(), "4000000000000013"), conversation(&stage.viewer, page(), EVE)] {
        let outcome = answer(&stage, &stranger, "Buy!", stranger.peer.as_str()).await;
        assert_refused(&stage, outcome, |refusal| *refusal == Refusal::UnknownPerson).await;
    }
    let nobodys: AccountId = "messenger:3000000000000002".parse().unwrap();
    let outcome = answer(&stage, &conversation(&stage.viewer, nobodys, ADA), "Hello", "not linked").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::NotLinked).await;
}

/// Links both accounts with other preferences than the usual ones.
async fn preferring(stage: &Stage, preferences: Preferences) {
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = linking.begin(viewer).await.unwrap().id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(viewer, &came_back).await.unwrap();
    linking.choose(viewer, setup, vec![page(), instagram()]).await.unwrap();
    linking.prefer(viewer, setup, preferences).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Nothing)).await.unwrap();
    linking.confirm(viewer, setup).await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
}

#[tokio::test]
async fn a_link_that_only_reads_does_not_answer() {
    let stage = Stage::open().await;
    preferring(&stage, Preferences::default().answer(false)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    let outcome = answer(&stage, &ada(&stage), "Yes.", "k").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::AnswersOff).await;
}

// What the platform refuses.

#[tokio::test]
async fn a_permission_taken_back_fails_the_answer_and_says_what_to_do() {
    let stage = asked().await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "pages_messaging".to_owned() }).await.unwrap();
    let refused = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    let taken = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    let refused = now(&stage, &refused).await;
    let (kind, code, remedy) = refusal_of(&refused);
    assert_eq!((kind, code), (ErrorKind::PermissionMissing, "200"));
    assert!(remedy.contains("grant"), "{remedy}");
    assert_eq!(now(&stage, &taken).await.state.as_str(), "sent", "Instagram suffers for a permission it does not need");
    let alive = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert!(alive.iter().all(|connection| connection.health == Health::Alive), "a missing permission is taken for a dead token");
    assert_eq!(sends(&stage).await.len(), 2, "a refused send was repeated");
}

#[tokio::test]
async fn a_dead_token_stops_what_goes_out_and_loses_nothing_that_comes_in() {
    let stage = asked().await;
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let refused = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    let refused = now(&stage, &refused).await;
    let (kind, code, remedy) = refusal_of(&refused);
    assert_eq!((kind, code), (ErrorKind::SignInNeeded, "190/460"));
    assert!(remedy.contains("sign in again"), "{remedy}");
    let dead = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    let of_page = dead.iter().find(|connection| *connection.account() == page()).unwrap();
    assert_eq!(of_page.health, Health::Dead { since: stage.clock.time(), code: Some("190/460".to_owned()) });
    let told = stage::told(&stage.kit, &stage.viewer, Position::default()).await;
    assert!(told.iter().any(|happening| matches!(happening.what, What::CredentialDead { .. })), "nobody was told: {told:?}");

    let outcome = answer(&stage, &ada(&stage), "Hello?", "m again").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::Disconnected).await;
    assert_eq!(sends(&stage).await.len(), 1, "a dead token was used again");

    // A customer does not know that our token is dead.
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Are you there?").await.unwrap();
    stage.meta.customer_writes("c2", PAGE, "I am new here").await.unwrap();
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes(PAGE, "c1", "From my phone").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "Are you there?", "From my phone"]);
    assert_eq!(texts(&talk(&stage, &conversation(&stage.viewer, page(), BEN)).await), ["I am new here"]);
    assert_eq!(heard(&mut alerts).len(), 2);

    // Signing in again brings the same conversations back to life.
    stage.link(&stage.viewer).await;
    let alive = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert_eq!(alive.iter().filter(|connection| connection.health == Health::Alive).count(), 2, "{alive:?}");
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.customer_writes("c2", PAGE, "Hello again").await.unwrap();
    let again = answer(&stage, &ada(&stage), "Yes, from ten.", "alive").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &again).await.state.as_str(), "sent");
    assert_eq!(talk(&stage, &ada(&stage)).await.len(), 4, "reconnecting lost history");
    let ben = stage.kit.inbox().conversation(&stage.viewer, &conversation(&stage.viewer, page(), BEN)).await.unwrap().unwrap();
    assert_eq!(ben.unread, 2, "reconnecting marked as read what nobody read");
}

// What gets lost on the wire.

#[tokio::test]
async fn a_lost_answer_is_never_sent_again_and_messengers_echo_settles_it() {
    let stage = asked().await;
    next_send(&stage, json!({"after_effect": true})).await;
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "message_echoes"}, "delay_ms": 5 * 60 * 1000})).await.unwrap();
    let intent = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.kit.drain().await.unwrap();
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");
    let shown = pending(&stage, &ada(&stage)).await;
    assert_eq!((shown.len(), shown[0].intent.id, &shown[0].inferred), (1, intent.id, &None));
    for _ in 0..3 {
        stage.pass(TimeDelta::minutes(1)).await;
        stage.kit.drain().await.unwrap();
    }
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");

    stage.pass(TimeDelta::minutes(2)).await;
    stage.settle().await;
    let rows = talk(&stage, &ada(&stage)).await;
    assert_eq!((texts(&rows), rows[1].state.intent), (vec!["Is the shop open?", "Yes."], Some(intent.id)));
    assert_eq!(now(&stage, &intent).await.message(), Some(rows[1].key.clone()), "the echo names the intent, and nobody listened");
    assert_eq!(sends(&stage).await.len(), 1, "a customer was answered twice");
}

#[tokio::test]
async fn a_lost_answer_on_instagram_is_shown_as_probably_sent_and_nothing_is_claimed() {
    let stage = asked().await;
    next_send(&stage, json!({"after_effect": true})).await;
    let intent = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");
    let rows = talk(&stage, &eve(&stage)).await;
    assert_eq!((texts(&rows), rows[1].state.intent), (vec!["Do you ship?", "We do."], None), "a guess was stored");
    let shown = pending(&stage, &eve(&stage)).await;
    assert_eq!((shown.len(), &shown[0].inferred), (1, &Some(rows[1].key.clone())), "the wish is shown as open beside its own echo");
    stage.pass(TimeDelta::hours(3)).await;
    stage.settle().await;
    assert_eq!(sends(&stage).await.len(), 1, "a customer was answered twice");
}

#[tokio::test]
async fn an_answer_cut_in_half_is_a_lost_answer() {
    let stage = asked().await;
    for (key, to) in [("m", ada(&stage)), ("i", eve(&stage))] {
        next_send(&stage, json!({"cut_body": true})).await;
        let intent = answer(&stage, &to, "Yes.", key).await.unwrap();
        stage.settle().await;
        let expected = if key == "m" { "sent" } else { "unknown" };
        assert_eq!(now(&stage, &intent).await.state.as_str(), expected);
        assert_eq!(talk(&stage, &to).await.len(), 2);
    }
    stage.pass(TimeDelta::hours(3)).await;
    stage.settle().await;
    assert_eq!(sends(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_it_unknown_and_unsent_twice() {
    let stage = asked().await;
    // The platform never did it; from here that looks the same as an answer that was lost.
    next_send(&stage, json!({"drop": true})).await;
    let intent = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::hours(3)).await;
    stage.settle().await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");
    assert_eq!(pending(&stage, &ada(&stage)).await[0].inferred, None);
    assert_eq!(sends(&stage).await.len(), 1, "the client repeated a send by itself");
    // A person who looks may decide to say it again, under another key.
    let again = answer(&stage, &ada(&stage), "Yes.", "m again").await.unwrap();
    stage.settle().await;
    assert_eq!((now(&stage, &again).await.state.as_str(), now(&stage, &intent).await.state.as_str()), ("sent", "unknown"));
    assert_eq!(pending(&stage, &ada(&stage)).await[0].inferred, None, "the second answer's echo was taken for the first's");
}

#[tokio::test]
async fn a_broken_server_may_have_sent_it() {
    for answer_of_meta in [json!({"code": 2}), json!({"code": 1, "status": 500}), json!({"code": 1200, "status": 503})] {
        let stage = asked().await;
        next_send(&stage, json!({"answer": answer_of_meta})).await;
        let intent = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
        stage.settle().await;
        stage.pass(TimeDelta::hours(1)).await;
        stage.settle().await;
        assert_eq!((now(&stage, &intent).await.state.as_str(), sends(&stage).await.len()), ("unknown", 1), "{answer_of_meta}");
    }
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_tried_again_and_hears_it_once() {
    let stage = asked().await;
    let cable = Cable::unplugged();
    let app = Meta::new(stage::APP, stage::APP_SECRET, stage::VERIFY_TOKEN).unwrap();
    let hosts = link_kit::Hosts::two(&cable.origin(), &cable.origin()).unwrap();
    let kit: LinkKit =
        stage::builder(&stage.meta, stage.address(), &stage.clock).meta(app.at(hosts)).sqlite(stage.database()).build().await.unwrap();
    let intent = kit.inbox().answer(&stage.viewer, &ada(&stage), "Yes.", "m").await.unwrap();
    for tries in 1..=3 {
        kit.drain().await.unwrap();
        let waiting = now(&stage, &intent).await;
        assert_eq!((waiting.state.as_str(), waiting.tries), ("queued", tries), "what surely was not sent is not tried again");
        assert!(waiting.available_at > stage.clock.time(), "it is tried without a pause");
        stage.pass(TimeDelta::seconds(30)).await;
    }
    cable.plug_into(stage.meta.facebook());
    kit.drain().await.unwrap();
    stage.settle().await;
    assert_eq!((now(&stage, &intent).await.state.as_str(), sends(&stage).await.len()), ("sent", 1));
    assert_eq!(talk(&stage, &ada(&stage)).await.len(), 2);
}

#[tokio::test]
async fn a_platform_that_is_never_reached_fails_in_the_end_with_the_reason() {
    let stage = asked().await;
    let cable = Cable::unplugged();
    let app = Meta::new(stage::APP, stage::APP_SECRET, stage::VERIFY_TOKEN).unwrap();
    let hosts = link_kit::Hosts::two(&cable.origin(), &cable.origin()).unwrap();
    let kit: LinkKit =
        stage::builder(&stage.meta, stage.address(), &stage.clock).meta(app.at(hosts)).sqlite(stage.database()).build().await.unwrap();
    let intent = kit.inbox().answer(&stage.viewer, &ada(&stage), "Yes.", "m").await.unwrap();
    for _ in 0..20 {
        kit.drain().await.unwrap();
        stage.pass(TimeDelta::minutes(5)).await;
    }
    let IntentState::Failed { failure } = now(&stage, &intent).await.state else { panic!("it is tried for ever") };
    assert!(matches!(&failure, Failure::Platform { kind: ErrorKind::Unavailable, .. }), "{failure:?}");
}

// Too much, and in order.

#[tokio::test]
async fn throttling_is_waited_for_and_stops_no_other_account() {
    for code in [613, 80_006] {
        let stage = asked().await;
        stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
        stage.settle().await;
        next_send(&stage, json!({"answer": {"code": code, "retry_after": 60}})).await;
        let throttled = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
        stage.settle().await;
        let waiting = now(&stage, &throttled).await;
        assert_eq!((waiting.state.as_str(), waiting.available_at), ("queued", stage.clock.time() + TimeDelta::seconds(60)));
        let behind = answer(&stage, &conversation(&stage.viewer, page(), BEN), "You too.", "m2").await.unwrap();
        let other = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &other).await.state.as_str(), "sent", "Instagram waits for Messenger");
        assert_eq!(now(&stage, &behind).await.state.as_str(), "queued", "a throttled account was called on");
        assert_eq!(sends(&stage).await.len(), 2);
        stage.pass(TimeDelta::seconds(61)).await;
        stage.settle().await;
        for intent in [&throttled, &behind] {
            assert_eq!(now(&stage, intent).await.state.as_str(), "sent");
        }
        assert_eq!(sends(&stage).await.len(), 4);
    }
}

#[tokio::test]
async fn what_was_said_first_arrives_first() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 60}})).await;
    for (place, text) in ["First,", "second,", "third."].into_iter().enumerate() {
        answer(&stage, &ada(&stage), text, &format!("part {place}")).await.unwrap();
        stage.settle().await;
    }
    assert_eq!(sends(&stage).await.len(), 1, "the second part overtook the first");
    stage.pass(TimeDelta::seconds(61)).await;
    stage.settle().await;
    let said: Vec<_> = sends(&stage).await.iter().map(|call| call["parameters"]["message"]["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said, ["First,", "First,", "second,", "third."]);
}

#[tokio::test]
async fn one_bad_answer_does_not_hold_up_the_next() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 551, "subcode": 1_545_041}})).await;
    let bad = answer(&stage, &ada(&stage), "Anybody?", "1").await.unwrap();
    let good = answer(&stage, &ada(&stage), "Yes.", "2").await.unwrap();
    stage.settle().await;
    let bad = now(&stage, &bad).await;
    assert_eq!((refusal_of(&bad).0, now(&stage, &good).await.state.as_str()), (ErrorKind::RecipientUnavailable, "sent"));
}

// What others do.

#[tokio::test]
async fn what_staff_say_in_metas_own_app_is_seen_and_is_not_ours() {
    let stage = asked().await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes(PAGE, "c1", "From the Page inbox").await.unwrap();
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes_through("77", PAGE, "c1", "From another app").await.unwrap();
    stage.meta.staff_writes(INSTAGRAM, "c5", "From the phone").await.unwrap();
    stage.settle().await;
    let on_page = talk(&stage, &ada(&stage)).await;
    let on_instagram = talk(&stage, &eve(&stage)).await;
    assert_eq!(texts(&on_page), ["Is the shop open?", "From the Page inbox", "From another app"]);
    assert_eq!(texts(&on_instagram), ["Do you ship?", "From the phone"]);
    let outbound: Vec<&Message> = on_page[1..].iter().chain(&on_instagram[1..]).map(|row| &row.state).collect();
    assert!(outbound.iter().all(|message| message.direction == Some(Direction::Outbound) && message.intent.is_none()));
    assert_eq!(on_page[2].state.app_id.as_ref().map(link_kit::ExternalId::as_str), Some("77"), "who said it is known and not kept");
    assert_eq!(heard(&mut alerts), [], "the shop is alerted of what it said itself");
    assert_eq!(stage.kit.inbox().conversation(&stage.viewer, &ada(&stage)).await.unwrap().unwrap().unread, 0);
}

#[tokio::test]
async fn what_customers_do_to_messages_is_seen_on_them() {
    let stage = asked().await;
    for (customer, account, key) in [("c1", PAGE, ada(&stage)), ("c5", INSTAGRAM, eve(&stage))] {
        let intent = answer(&stage, &key, "Yes.", account).await.unwrap();
        stage.settle().await;
        let ours = now(&stage, &intent).await.message().unwrap().id;
        let theirs = stage.meta.customer_writes(customer, account, "Thnaks").await.unwrap().mid;
        let regretted = stage.meta.customer_writes(customer, account, "Something silly").await.unwrap().mid;
        stage.settle().await;
        stage.pass(TimeDelta::seconds(5)).await;
        let act = async |action: Action| stage.meta.customer_acts(customer, account, &action).await.unwrap();
        act(Action::React { mid: ours.to_string(), emoji: "👍".to_owned() }).await;
        act(Action::Edit { mid: theirs.clone(), text: "Thanks".to_owned() }).await;
        act(Action::Unsend { mid: regretted.clone() }).await;
        act(Action::Read).await;
        stage.settle().await;

        let rows = talk(&stage, &key).await;
        let row = |mid: &str| &rows.iter().find(|row| row.id().as_str() == mid).unwrap_or_else(|| panic!("{mid} is gone")).state;
        let reaction = |mid: &str| row(mid).reactions.get(&Direction::Inbound).and_then(|told| told.value.clone());
        assert_eq!(reaction(ours.as_str()).as_deref(), Some("👍"), "{account}");
        assert_eq!((row(&theirs).text(), row(&theirs).edits), (Some("Thanks"), Some(1)), "{account}");
        assert!(row(&regretted).unsent.is_some() && row(&regretted).text().is_none(), "{account}: what was taken back is still readable");
        let read = match account {
            PAGE => stage.kit.inbox().conversation(&stage.viewer, &key).await.unwrap().unwrap().state.read_up_to,
            _ => row(ours.as_str()).read,
        };
        assert_eq!(read, Some(stage.clock.time()), "{account}: nobody knows that it was read");

        stage.pass(TimeDelta::seconds(5)).await;
        act(Action::Unreact { mid: ours.to_string() }).await;
        stage.settle().await;
        let rows = talk(&stage, &key).await;
        let ours = rows.iter().find(|row| *row.id() == ours).unwrap();
        assert_eq!(ours.state.reactions[&Direction::Inbound].value, None, "{account}: a reaction that was taken back stays");
    }
}

#[tokio::test]
async fn a_quotation_and_an_attachment_go_out_and_come_back() {
    let stage = asked().await;
    let question = talk(&stage, &ada(&stage)).await.remove(0).key.id;
    let picture = Outgoing::attachment(ada(&stage).peer, link_kit::AttachmentKind::Image, "https://shop.example/door.png");
    let quoting = Outgoing::text(ada(&stage).peer, "Until four.").in_reply_to(question.clone());
    let account = AccountKey::new(stage.viewer.owner.clone(), page());
    stage.kit.inbox().send(&stage.viewer, &account, picture, "picture").await.unwrap();
    stage.kit.inbox().send(&stage.viewer, &account, quoting, "quoting").await.unwrap();
    stage.settle().await;
    let rows = talk(&stage, &ada(&stage)).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().any(|row| row.state.attachments().len() == 1 && row.state.intent.is_some()));
    let replied = rows.iter().find(|row| row.state.text() == Some("Until four.")).unwrap();
    assert_eq!(replied.state.reply_to, Some(link_core::words::content::ReplyTo::Message(question)));
}

#[tokio::test]
async fn however_the_webhooks_come_each_message_is_there_once() {
    for fault in [json!({"duplicate": 4, "times": 3}), json!({"reorder": 3}), json!({"batch": 3}), json!({"delay_ms": 90_000, "times": 2})]
    {
        let stage = asked().await;
        let mut alerts = stage.kit.alerts(&stage.viewer);
        let mut planted = fault.clone();
        planted["webhook"] = json!({"account": PAGE, "field": "messages"});
        stage.meta.fault(planted).await.unwrap();
        for text in ["One", "Two", "Three"] {
            stage.pass(TimeDelta::seconds(1)).await;
            stage.meta.customer_writes("c1", PAGE, text).await.unwrap();
        }
        stage.pass(TimeDelta::minutes(2)).await;
        stage.settle().await;
        assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "One", "Two", "Three"], "{fault}");
        assert_eq!(heard(&mut alerts).len(), 3, "{fault}");
    }
}

#[tokio::test]
async fn a_webhook_that_never_came_is_made_up_for_by_the_history() {
    let stage = Stage::open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Newest(10))).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "lose": true})).await.unwrap();
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Lost?").await.unwrap();
    stage.meta.customer_writes("c2", PAGE, "Not lost").await.unwrap();
    // The history is read only now.
    stage.settle().await;
    while stage
        .kit
        .inbox()
        .backfills(&stage.viewer)
        .await
        .unwrap()
        .iter()
        .any(|it| matches!(it.state, link_kit::BackfillState::Waiting { .. }))
    {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    let rows = talk(&stage, &ada(&stage)).await;
    assert_eq!((rows.len(), rows.last().unwrap().state.text()), (10, Some("Lost?")));
    assert!(!rows.last().unwrap().state.told.live);
    let heard = heard(&mut alerts);
    let mut who: Vec<_> = heard.iter().map(|alert| alert.peer.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, [ADA, BEN], "a new message rings whichever way it came, an old one never");
}

// Alerts.

/// The alerts that are there already.
fn heard(alerts: &mut (impl Stream<Item = Result<Alert, Lagged>> + Unpin)) -> Vec<Alert> {
    std::iter::from_fn(|| alerts.next().now_or_never().flatten()).map(Result::unwrap).collect()
}

#[tokio::test]
async fn there_is_one_alert_for_each_new_message_of_a_customer_and_none_for_anything_else() {
    let stage = Stage::open().await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.link_reading(&stage.viewer, Synchronisation::default()).await;
    for _ in 0..10 {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    assert!(stage.messages(&stage.viewer).await.len() > 100, "there is no history to be silent about");
    assert_eq!(heard(&mut alerts), [], "old messages ring");

    stage.meta.customer_writes("c1", PAGE, "One").await.unwrap();
    stage
        .meta
        .customer_sends("c5", INSTAGRAM, &CustomerMessage::wordless().attachment("image", "https://pictures.example/1.png"))
        .await
        .unwrap();
    stage
        .meta
        .customer_acts("c1", PAGE, &Action::Postback { title: "Opening times".to_owned(), payload: "TIMES".to_owned() })
        .await
        .unwrap();
    stage.settle().await;
    let new = heard(&mut alerts);
    let mut accounts: Vec<_> = new.iter().map(|alert| alert.account.clone()).collect();
    accounts.sort();
    assert_eq!(accounts, [instagram(), page(), page()]);
    for alert in &new {
        let message = stage.kit.inbox().message(&stage.viewer, &alert.key()).await.unwrap().expect("an alert without its message");
        assert_eq!(message.state.direction, Some(Direction::Inbound));
        assert!(!alert.late, "{alert:?}");
    }

    answer(&stage, &ada(&stage), "Two", "k").await.unwrap();
    stage.meta.staff_writes(PAGE, "c1", "Three").await.unwrap();
    stage.meta.customer_acts("c1", PAGE, &Action::Read).await.unwrap();
    let mid = new.iter().find(|alert| alert.account == page()).unwrap().message.to_string();
    stage.meta.customer_acts("c1", PAGE, &Action::React { mid, emoji: "👍".to_owned() }).await.unwrap();
    stage.settle().await;
    assert_eq!(heard(&mut alerts), [], "own acts, echoes, reads and reactions ring");
}

#[tokio::test]
async fn nobody_is_alerted_who_did_not_want_to_be() {
    let stage = Stage::open().await;
    preferring(&stage, Preferences::default().alert(false)).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Hello").await.unwrap();
    stage.settle().await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), 1);
    assert_eq!(heard(&mut alerts), []);
}

#[tokio::test]
async fn whoever_links_again_gets_what_they_wanted_last() {
    let stage = asked().await;
    preferring(&stage, Preferences::default().alert(false).answer(false)).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Hello").await.unwrap();
    stage.settle().await;
    assert_eq!(heard(&mut alerts), [], "alerts were switched off");
    assert_refused(&stage, answer(&stage, &ada(&stage), "Yes.", "k").await, |refusal| *refusal == Refusal::AnswersOff).await;
}

#[tokio::test]
async fn somebody_without_a_role_sends_nothing() {
    let stage = asked().await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let outcome = stage.kit.inbox().answer(&guest, &ada(&stage), "Free books!", "k").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::NotVisible).await;
}
