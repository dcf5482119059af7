//! Rules of sending: who may write until when, who passes for whom, and what a refusal says.

use chrono::TimeDelta;
use link_core::words::capabilities::Act;
use link_kit::{Allowed, Feature, Form, Outgoing, Problem, Purpose, Refusal, Viewer, Window};
use link_sandbox::{Action, CustomerMessage};
use serde_json::json;

use crate::stage::{Mail, PAGE, Stage, told};
use crate::{ADA, ada, answer, asked, asked_on, assert_refused, eve, is_window, next_send, now, sends, talk, texts};

/// If this failed, a bot would write under a tag that is kept for people, and the Page would be restricted for it.
#[tokio::test]
async fn a_program_answers_within_the_day_and_never_as_a_human_agent() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let in_time = inbox.answer_by_program(&stage.viewer, &ada(&stage), "We are open.", "bot").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &in_time).await.state.as_str(), "sent");

    stage.pass(TimeDelta::hours(25)).await;
    assert_refused(&stage, inbox.answer_by_program(&stage.viewer, &ada(&stage), "Late.", "late").await, is_window).await;
    let posing = Outgoing::text(ada(&stage).peer, "Late.").for_purpose(Purpose::HumanAgent);
    let outcome = inbox.send_by_program(&stage.viewer, &ada(&stage).account, posing, "posing").await;
    assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("window.by_hand") && refusal.allowed() == [Allowed::OncePersonWrites])
        .await;
    let told = inbox.may_program_send(&stage.viewer, &ada(&stage)).await.unwrap();
    assert!(!told.may() && told.until.is_none());
}

#[tokio::test]
async fn whether_somebody_can_be_answered_is_told_without_sending() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let asked_at = stage.clock.time() - TimeDelta::seconds(1);
    for to in [ada(&stage), eve(&stage)] {
        let told = inbox.may_send(&stage.viewer, &to).await.unwrap();
        assert!(told.may());
        assert_eq!((told.window, told.purpose), (Window::Open { until: asked_at + TimeDelta::hours(24) }, Purpose::Response));
        assert_eq!(told.until, Some(asked_at + TimeDelta::hours(24)));
        assert!(told.takes.iter().any(|takes| takes.form == Form::Reaction && takes.may()));
    }
    stage.pass(TimeDelta::hours(24)).await;
    let told = inbox.may_send(&stage.viewer, &ada(&stage)).await.unwrap();
    assert_eq!((told.may(), told.purpose, told.until), (true, Purpose::HumanAgent, Some(asked_at + TimeDelta::days(7))));
    stage.pass(TimeDelta::days(7)).await;
    let told = inbox.may_send(&stage.viewer, &ada(&stage)).await.unwrap();
    assert_eq!((told.may(), told.until), (false, None));
    assert_eq!(told.refusal.unwrap().allowed(), [Allowed::OncePersonWrites]);
    assert!(sends(&stage).await.is_empty() && stage.kit.figures().await.unwrap().journal.open == 0);

    let stranger = crate::conversation(&stage.viewer, crate::page(), "4000000000000013");
    assert_eq!(inbox.may_send(&stage.viewer, &stranger).await.unwrap().refusal, Some(Refusal::UnknownPerson));
    let nobody = Viewer::new(stage.viewer.owner.clone(), "stranger".parse().unwrap());
    let hidden = inbox.may_send(&nobody, &ada(&stage)).await;
    assert!(
        matches!(hidden, Err(Problem::Refused(Refusal::NotVisible))),
        "somebody without rights learns when a customer wrote: {hidden:?}"
    );
}

#[tokio::test]
async fn while_another_app_has_the_conversation_nothing_can_be_answered() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.seed(&json!({"pages": [{"id": PAGE, "default_app": "77"}]})).await.unwrap();
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(1)).await;
    let told = stage.kit.inbox().may_send(&stage.viewer, &ada(&stage)).await.unwrap();
    let until = stage.clock.time() - TimeDelta::seconds(1) + TimeDelta::days(1);
    let Some(refusal @ Refusal::OwnedElsewhere { .. }) = &told.refusal else { panic!("{:?}", told.refusal) };
    assert_eq!((refusal.rule(), refusal.until()), (Some("routing.owner"), Some(until)), "nobody knows until when to wait");
    assert_refused(&stage, answer(&stage, &ada(&stage), "Yes", "k").await, |refusal| refusal.allowed() == [Allowed::InTheOwningApp]).await;
}

#[tokio::test]
async fn a_long_text_goes_in_parts_only_if_somebody_asks_for_it() {
    let stage = asked().await;
    let long = "The shop is open from nine to six. ".repeat(60);
    let outcome = answer(&stage, &ada(&stage), &long, "whole").await;
    assert_refused(&stage, outcome, |refusal| refusal.allowed().contains(&Allowed::Parts { parts: 2 })).await;

    next_send(&stage, json!({"delay_ms": 300})).await;
    let inbox = stage.kit.inbox();
    let parts = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "parts").await.unwrap();
    let again = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "parts").await.unwrap();
    assert_eq!(parts.iter().map(|part| part.id).collect::<Vec<_>>(), again.iter().map(|part| part.id).collect::<Vec<_>>());
    stage.settle().await;
    let said = talk(&stage, &ada(&stage)).await;
    let said = texts(&said);
    assert_eq!(said[1..].concat(), long, "a part is missing, doubled or in the wrong place");
    assert!(said[1].ends_with("six. "), "a sentence was cut: {:?}", &said[1][said[1].len() - 20..]);
}

/// An earlier version kept part after part; whoever repeats a call that died in between has the rest sent, and nothing twice.
#[tokio::test]
async fn an_answer_of_which_half_is_here_is_completed_and_one_that_is_refused_leaves_nothing() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let long = "The shop is open from nine to six. ".repeat(60);
    let whole = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "whole").await.unwrap();
    let link_kit::Body::Text(part) = &whole[0].outgoing.body else { panic!("{whole:?}") };
    let first = answer(&stage, &ada(&stage), part, "half#1").await.unwrap();
    stage.settle().await;
    let parts = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "half").await.unwrap();
    assert_eq!((parts.len(), parts[0].id), (2, first.id));
    stage.settle().await;
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await)[1..].concat(), [long.as_str(), &long].concat());

    // The first is known under its key; the second would be new, and may not be sent any more.
    answer(&stage, &ada(&stage), part, "late#1").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::days(8)).await;
    let late = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "late").await;
    assert!(matches!(late, Err(Problem::Refused(Refusal::WindowClosed { .. }))), "{late:?}");
}

#[tokio::test]
async fn a_tag_that_is_over_is_refused_with_its_day() {
    let stage = asked().await;
    let tagged = Outgoing::text(ada(&stage).peer, "Your parcel left").for_purpose(Purpose::Tagged("POST_PURCHASE_UPDATE".into()));
    let outcome = stage.kit.inbox().send(&stage.viewer, &ada(&stage).account, tagged, "k").await;
    assert_refused(&stage, outcome, |refusal| {
        refusal.rule() == Some("tag.retired")
            && refusal.to_string().contains("2026-04-27")
            && refusal.allowed() == [Allowed::OrdinaryAnswer]
    })
    .await;
}

/// Every act there is, with whether it opens Messenger's window.
const ACTS: [(Act, bool); 12] = [
    (Act::Edit, false),
    (Act::Read, false),
    (Act::Delivery, false),
    (Act::Echo, false),
    (Act::Comment, false),
    (Act::PrivateReply, false),
    (Act::OptIn, false),
    (Act::Reaction, true),
    (Act::Unreaction, false),
    (Act::Postback, true),
    (Act::Referral, true),
    (Act::Message, true),
];

/// Ada, or the shop towards her, does it.
async fn happens(stage: &Stage, act: Act, first: &str) {
    let mid = || first.to_owned();
    let acts = async |action: Action| stage.meta.customer_acts("c1", PAGE, &action).await.unwrap();
    match act {
        Act::Message => drop(stage.meta.customer_writes("c1", PAGE, "And now?").await.unwrap()),
        Act::Referral => {
            drop(stage.meta.customer_sends("c1", PAGE, &CustomerMessage::wordless().referral("summer", "SHORTLINK")).await.unwrap());
        }
        Act::Postback => drop(acts(Action::Postback { title: "Hours".into(), payload: "hours".into() }).await),
        Act::Reaction => drop(acts(Action::React { mid: mid(), emoji: "\u{1f44d}".into() }).await),
        Act::Unreaction => drop(acts(Action::Unreact { mid: mid() }).await),
        Act::OptIn => drop(acts(Action::Optin { reference: "news".into() }).await),
        Act::Edit => drop(acts(Action::Edit { mid: mid(), text: "Two more things".into() }).await),
        Act::Read => drop(acts(Action::Read).await),
        Act::Comment => drop(acts(Action::Comment { text: "Nice!".into() }).await),
        Act::PrivateReply => {
            let comment = acts(Action::Comment { text: "In blue?".into() }).await.unwrap().parse().unwrap();
            stage.settle().await;
            stage.kit.inbox().reply_in_private(&stage.viewer, &ada(stage).account, comment, "It is.", "private").await.unwrap();
        }
        Act::Delivery => {
            posted(stage, json!({"delivery": {"mids": ["m_long_ago"], "watermark": stage.clock.time().timestamp_millis()}})).await;
        }
        Act::Echo => {
            let echo = json!({"mid": "m_echo", "text": "Hello?", "is_echo": true, "app_id": 263_902_037_430_900_u64});
            posted(stage, json!({"message": echo, "sender": {"id": PAGE}, "recipient": {"id": ADA}})).await;
        }
        other => panic!("nobody knows how {other:?} comes about"),
    }
}

/// Meta tells this of Ada's conversation.
async fn posted(stage: &Stage, mut item: serde_json::Value) {
    let now = stage.clock.time().timestamp_millis();
    item["timestamp"] = json!(now);
    for (side, id) in [("sender", ADA), ("recipient", PAGE)] {
        if item[side].is_null() {
            item[side] = json!({"id": id});
        }
    }
    let body = json!({"object": "page", "entry": [{"id": PAGE, "time": now, "messaging": [item]}]}).to_string();
    assert_eq!(Mail::to(stage.webhook()).post(body).await.0, 200);
}

/// What opens the window is data; if what comes in were read otherwise, somebody would be written to who must not be, or not who may.
#[tokio::test]
async fn the_window_is_opened_by_what_the_table_says_and_by_nothing_else() {
    let stage = asked_on(Stage::set().built(|builder| builder.features(&[Feature::COMMENTS])).linked().await).await;
    let first = stage.meta.customer_writes("c1", PAGE, "One more thing").await.unwrap().mid;
    stage.settle().await;
    answer(&stage, &ada(&stage), "Yes?", "k").await.unwrap();
    stage.settle().await;
    for (act, opens) in ACTS {
        assert_eq!(link_messenger::CAPABILITIES.opens(act), opens, "the table says otherwise of {act:?}");
        stage.pass(TimeDelta::hours(25)).await;
        let begin = stage.sqlite_end().await;
        happens(&stage, act, &first).await;
        stage.settle().await;
        assert!(!told(&stage.kit, &stage.viewer, begin).await.is_empty() || act == Act::OptIn, "{act:?} did not come about");
        let told = stage.kit.inbox().may_send(&stage.viewer, &ada(&stage)).await.unwrap();
        assert_eq!(matches!(told.window, Window::Open { .. }), opens, "{act:?}");
    }
}
