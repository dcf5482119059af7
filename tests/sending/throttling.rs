//! Too much, and in order.

use std::time::Duration;

use chrono::TimeDelta;
use link_kit::{AccountKey, AttachmentKind, Depth, ErrorKind, File, Intent, Outgoing, Priority, Problem, Synchronisation, UploadProgress};
use serde_json::{Value, json};

use crate::stage::{PAGE, Stage, conversation, page};
use crate::{BEN, ada, answer, asked, asked_on, eve, next_send, now, refusal_of, sends};

/// The calls that Meta refused.
async fn refused(stage: &Stage) -> Vec<Value> {
    let mut calls = stage.meta.calls(0).await.unwrap().data;
    calls.retain(|call| call["status"].as_u64().is_none_or(|status| status >= 400));
    calls
}

#[tokio::test]
async fn with_metas_own_limits_on_nothing_is_ever_throttled() {
    let limits = Stage::set().limit("heavy_sends_per_second", 10).limit("sends_per_second", 100).limit("conversations_per_second", 2);
    let stage = limits.open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Newest(60)).profiles(false)).await;
    let stage = asked_on(stage).await;
    let account = AccountKey::new(stage.viewer.owner.clone(), page());
    let mut films = Vec::new();
    for place in 0..25 {
        let film = Outgoing::attachment(ada(&stage).peer, AttachmentKind::Video, format!("https://shop.example/{place}.mp4"));
        films.push(stage.kit.inbox().send(&stage.viewer, &account, film, &format!("film {place}")).await.unwrap());
    }
    for _ in 0..80 {
        stage.settle().await;
        stage.pass(TimeDelta::milliseconds(350)).await;
    }
    stage.settle().await;
    for film in &films {
        assert_eq!(now(&stage, film).await.state.as_str(), "sent");
    }
    assert!(stage.calls("GET", "/conversations").await.len() > 2, "the story needs a history that is read");
    assert_eq!(refused(&stage).await, Vec::<Value>::new(), "Meta had to throttle us");
}

#[tokio::test]
async fn a_throttling_stops_what_it_is_about_and_nothing_else() {
    // Whether Ben on the same Page and Eve on the Instagram account behind it are still answered.
    for (code, ben_is, eve_is) in [(613, false, true), (80_006, false, true), (32, false, false), (17, false, false), (4, false, false)] {
        let stage = asked().await;
        stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
        stage.settle().await;
        next_send(&stage, json!({"answer": {"code": code, "retry_after": 60}})).await;
        let throttled = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
        stage.settle().await;
        let others = [
            answer(&stage, &conversation(&stage.viewer, page(), BEN), "You too.", "m2").await.unwrap(),
            answer(&stage, &eve(&stage), "We do.", "i").await.unwrap(),
        ];
        stage.settle().await;
        let sent = async |intent: &Intent| now(&stage, intent).await.state.as_str() == "sent";
        assert_eq!((sent(&others[0]).await, sent(&others[1]).await), (ben_is, eve_is), "after {code}");
        let waiting = now(&stage, &throttled).await;
        assert_eq!((waiting.state.as_str(), waiting.tries), ("queued", 0), "being told to wait counts as a failed try");
        stage.pass(TimeDelta::seconds(61)).await;
        stage.settle().await;
        assert!(sent(&throttled).await && sent(&others[0]).await && sent(&others[1]).await, "after {code}");
        assert_eq!(sends(&stage).await.len(), 4, "a throttled account was called on");
    }
}

/// If this failed, the limit of answers as a human agent would silence everybody, and the answer would be tried for ever.
#[tokio::test]
async fn the_limit_of_one_form_of_message_stops_that_message_alone() {
    let stage = asked().await;
    stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
    stage.settle().await;
    next_send(&stage, json!({"answer": {"code": 613, "subcode": 2_018_338}, "times": 100})).await;
    let limited = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    let waiting = now(&stage, &limited).await;
    assert_eq!((waiting.state.as_str(), waiting.tries), ("queued", 1));
    for _ in 0..8 {
        stage.pass(TimeDelta::minutes(5)).await;
        stage.settle().await;
    }
    assert_eq!(refusal_of(&now(&stage, &limited).await).0, ErrorKind::Throttled, "it is tried for ever");
    stage.meta.clear_faults().await.unwrap();
    let other = answer(&stage, &conversation(&stage.viewer, page(), BEN), "You too.", "m2").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &other).await.state.as_str(), "sent", "everybody waits for the limit of one form");
}

/// If this failed, every click on a file would prolong what Meta throttles, and the answers would pay for it.
#[tokio::test]
async fn an_upload_that_is_throttled_is_waited_for() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let throttled = json!({"match": {"method": "POST", "path": "/*/message_attachments"}, "answer": {"code": 613, "retry_after": 60}});
    stage.meta.fault(throttled).await.unwrap();
    let file = File::new(AttachmentKind::Image, "window.png", "image/png", vec![b'x'; 100]);
    let upload = async || inbox.upload(&stage.viewer, &ada(&stage).account, &file, &UploadProgress::nobody()).await;
    for _ in 0..2 {
        let Err(Problem::Failed(error)) = upload().await else { panic!("it was uploaded") };
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(60))), "{error}");
        assert_eq!(stage.calls("POST", "/message_attachments").await.len(), 1, "a throttled account was called on");
    }
    let answered = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &answered).await.state.as_str(), "sent", "answers wait for uploads");
    stage.pass(TimeDelta::seconds(60)).await;
    upload().await.unwrap();
}

/// If this failed, each restart would call on while Meta throttles, and Meta prolongs that.
#[tokio::test]
async fn a_program_that_starts_anew_waits_on() {
    let stage = asked().await;
    stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
    stage.settle().await;
    next_send(&stage, json!({"answer": {"code": 613, "retry_after": 600}})).await;
    answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    let kit = stage.another_kit().await;
    let ben = conversation(&stage.viewer, page(), BEN);
    let told = kit.inbox().answer(&stage.viewer, &ben, "You too.", "m2").await.unwrap();
    assert_eq!(told.available_at, stage.clock.time() + TimeDelta::seconds(600), "nobody is told ahead how long it takes");
    stage.pass(TimeDelta::seconds(599)).await;
    kit.drain().await.unwrap();
    assert_eq!(sends(&stage).await.len(), 1, "a throttled account was called on");
    stage.pass(TimeDelta::seconds(1)).await;
    kit.drain().await.unwrap();
    assert_eq!(sends(&stage).await.len(), 3);
}

#[tokio::test]
async fn when_an_allowance_runs_out_bulk_waits_and_people_do_not() {
    let stage = asked_on(Stage::set().limit("messaging_calls_per_day", 40).linked().await).await;
    let bulk = async |key: &str| {
        let offer = Outgoing::text(ada(&stage).peer, "An offer.");
        stage.kit.inbox().send_as(&stage.viewer, &ada(&stage).account, offer, key, Priority::Bulk).await.unwrap()
    };
    let early = bulk("early").await;
    stage.settle().await;
    assert_eq!(now(&stage, &early).await.state.as_str(), "sent");
    // More than three quarters of forty, whatever else was called, and less than all of it.
    for place in 0..30 {
        answer(&stage, &ada(&stage), "Yes.", &format!("answer {place}")).await.unwrap();
        stage.settle().await;
    }
    let late = bulk("late").await;
    stage.settle().await;
    assert_eq!(now(&stage, &late).await.state.as_str(), "queued", "an offer used up what people's answers need");
    stage.meta.customer_writes("c2", PAGE, "And I?").await.unwrap();
    stage.settle().await;
    let answered = answer(&stage, &conversation(&stage.viewer, page(), BEN), "You too.", "ben").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &answered).await.state.as_str(), "sent", "a person waits because of an offer");
    assert_eq!(refused(&stage).await, Vec::<Value>::new());
    // A figure grows old: then one call is made to look.
    stage.pass(TimeDelta::minutes(6)).await;
    stage.settle().await;
    assert_eq!(now(&stage, &late).await.state.as_str(), "sent", "an offer waits for ever for a figure that nobody asks for");
}

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
