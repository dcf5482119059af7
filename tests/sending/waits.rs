//! What is told of a wait, and of what may be sent by hand.

use chrono::TimeDelta;
use link_kit::{AttachmentKind, Body, Media, Outgoing, Platform, Problem, Purpose, Refusal};
use serde_json::json;

use crate::stage::Stage;
use crate::{ada, answer, asked, next_send, now, pending, sends, talk, texts};

/// If this failed, nobody could tell a customer when the answer leaves that was written a moment before Meta said: too much.
#[tokio::test]
async fn who_waits_already_is_told_until_when() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 80_006, "retry_after": 600}})).await;
    let first = answer(&stage, &ada(&stage), "Yes.", "first").await.unwrap();
    let second = answer(&stage, &ada(&stage), "Until six.", "second").await.unwrap();
    stage.settle().await;
    assert_eq!(sends(&stage).await.len(), 1);
    let ends = stage.clock.time() + TimeDelta::seconds(595);
    for intent in [&first, &second] {
        let waiting = now(&stage, intent).await;
        assert!(waiting.available_at > ends, "{} is told to leave at {}", waiting.key, waiting.available_at);
    }
    assert!(pending(&stage, &ada(&stage)).await.iter().all(|pending| pending.intent.available_at > ends));
    stage.pass(TimeDelta::seconds(601)).await;
    stage.settle().await;
    let calls = sends(&stage).await;
    let left: Vec<_> = calls.iter().skip(1).map(|call| call["parameters"]["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(left, ["Yes.", "Until six."], "what was told to wait is lost, or in another order");
}

/// A person's answer hurries what a program wrote before it, but not past a throttling. If this failed, whoever asks would be told another time than
/// whoever writes.
#[tokio::test]
async fn who_would_wait_behind_a_film_that_is_throttled_is_told_so_before() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 600}})).await;
    let film = Body::Attachments(vec![Media::at(AttachmentKind::Video, "https://shop.example/tour.mp4")]);
    inbox.send_by_program(&stage.viewer, &ada(&stage).account, Outgoing::new(ada(&stage).peer, film), "film").await.unwrap();
    stage.settle().await;
    let told = inbox.may_send(&stage.viewer, &ada(&stage)).await.unwrap().available_at;
    assert!(told.is_some_and(|told| told > stage.clock.time() + TimeDelta::seconds(595)), "{told:?}");
    assert_eq!(Some(answer(&stage, &ada(&stage), "Yes.", "behind").await.unwrap().available_at), told);
    let elsewhere = inbox.may_send(&stage.viewer, &crate::eve(&stage)).await.unwrap();
    assert_eq!(elsewhere.available_at, None, "texts are throttled too");
}

/// If this failed, whoever writes behind an answer that the platform did not take for now would be told that theirs leaves now, for minutes.
#[tokio::test]
async fn what_is_behind_an_answer_that_is_tried_again_later_is_told_that_time() {
    let stage = asked().await;
    next_send(&stage, json!({"answer": {"code": 613, "subcode": 2_018_338}, "times": 5})).await;
    let first = answer(&stage, &ada(&stage), "Yes.", "first").await.unwrap();
    let before = answer(&stage, &ada(&stage), "Until six.", "before").await.unwrap();
    stage.settle().await;
    for _ in 0..4 {
        stage.pass(TimeDelta::seconds(9)).await;
        stage.settle().await;
    }
    let until = now(&stage, &first).await.available_at;
    assert!(until >= stage.clock.time() + TimeDelta::seconds(10), "the first is not tried again later: {until}");
    let may = stage.kit.inbox().may_send(&stage.viewer, &ada(&stage)).await.unwrap();
    assert_eq!(may.available_at, Some(until), "who is about to write is told something else");
    let behind = answer(&stage, &ada(&stage), "And on Sundays?", "behind").await.unwrap();
    assert_eq!(behind.available_at, until, "whoever writes now is told something else");
    for intent in [&before, &behind] {
        assert_eq!(now(&stage, intent).await.available_at, until, "{} is told something else", intent.key);
    }
    assert!(pending(&stage, &ada(&stage)).await.iter().all(|pending| pending.intent.available_at == until));
    let elsewhere = stage.kit.inbox().may_send(&stage.viewer, &crate::eve(&stage)).await.unwrap();
    assert_eq!(elsewhere.available_at, None, "another conversation waits too");
    // What is told is not kept: once the first left, nothing waits for its time.
    stage.pass(until - stage.clock.time()).await;
    stage.settle().await;
    for intent in [&first, &before, &behind] {
        assert_eq!(now(&stage, intent).await.state.as_str(), "sent", "{}", intent.key);
    }
}

/// If this failed, a long answer could not be given on the second day, though a person may write then.
#[tokio::test]
async fn a_long_text_by_hand_goes_in_parts_after_the_standard_window() {
    let stage = asked().await;
    stage.pass(TimeDelta::days(2)).await;
    let (inbox, long) = (stage.kit.inbox(), "The shop is open from nine to six. ".repeat(60));
    let refused = inbox.answer_in_parts(&stage.viewer, &ada(&stage), &long, "k").await;
    assert!(matches!(refused, Err(Problem::Refused(Refusal::WindowClosed { human_agent_until: Some(_), .. }))), "{refused:?}");
    let quoted = talk(&stage, &ada(&stage)).await[0].key.id.clone();
    let by_hand = Outgoing::text(ada(&stage).peer, &*long).for_purpose(Purpose::HumanAgent).in_reply_to(quoted);
    let parts = inbox.send_in_parts(&stage.viewer, &ada(&stage).account, by_hand, "k").await.unwrap();
    assert!(parts.iter().all(|part| part.outgoing.purpose == Purpose::HumanAgent), "a part goes as an ordinary answer");
    assert_eq!(parts.iter().filter(|part| part.outgoing.reply_to.is_some()).count(), 1, "each part quotes");
    stage.settle().await;
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await)[1..].concat(), long);
}

#[tokio::test]
async fn the_rule_that_a_refusal_names_can_be_read() {
    let stage = Stage::open().await;
    let capabilities = stage.kit.capabilities(&Platform::MESSENGER).unwrap();
    assert_eq!(capabilities.platform, Platform::MESSENGER);
    let refusal = Refusal::WindowClosed { since: None, human_agent_until: None };
    let rule = capabilities.rule(refusal.rule().unwrap(), stage.clock.time()).unwrap();
    assert!(!rule.says.is_empty());
    assert!(stage.kit.capabilities(&Platform::new("pigeon").unwrap()).is_none());
}
