//! Rules of sending: who may write until when, who passes for whom, and what a refusal says.

use chrono::TimeDelta;
use link_core::words::capabilities::Act;
use link_kit::{Allowed, Form, Outgoing, Problem, Purpose, Refusal, Viewer, Window};
use link_sandbox::Action;
use serde_json::json;

use crate::stage::{PAGE, Stage};
use crate::{ada, answer, asked, assert_refused, eve, is_window, next_send, now, sends, talk, texts};

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

/// What opens the window is data; if what comes in were read otherwise, somebody would be written to who must not be, or not who may.
#[tokio::test]
async fn the_window_is_opened_by_what_the_table_says_and_by_nothing_else() {
    let stage = asked().await;
    let first = stage.meta.customer_writes("c1", PAGE, "One more thing").await.unwrap().mid;
    stage.settle().await;
    answer(&stage, &ada(&stage), "Yes?", "k").await.unwrap();
    stage.settle().await;
    let react = || Action::React { mid: first.clone(), emoji: "\u{1f44d}".into() };
    let acts: [(Act, Action); 6] = [
        (Act::Edit, Action::Edit { mid: first.clone(), text: "Two more things".into() }),
        (Act::Read, Action::Read),
        (Act::Comment, Action::Comment { text: "Nice!".into() }),
        (Act::Reaction, react()),
        (Act::Unreaction, Action::Unreact { mid: first.clone() }),
        (Act::Postback, Action::Postback { title: "Hours".into(), payload: "hours".into() }),
    ];
    for (act, action) in acts {
        stage.pass(TimeDelta::hours(25)).await;
        stage.meta.customer_acts("c1", PAGE, &action).await.unwrap();
        stage.settle().await;
        let told = stage.kit.inbox().may_send(&stage.viewer, &ada(&stage)).await.unwrap();
        let open = matches!(told.window, Window::Open { .. });
        assert_eq!(open, link_messenger::CAPABILITIES.opens(act), "{act:?}");
    }
}
