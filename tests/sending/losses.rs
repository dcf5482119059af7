//! What gets lost on the wire.

use chrono::TimeDelta;
use link_kit::{ErrorKind, Failure, IntentState, LinkKit, Meta};
use serde_json::json;

use crate::stage::{Cable, PAGE};
use crate::{ada, answer, asked, eve, next_send, now, pending, sends, stage, talk, texts};

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
    let drain_for = async |half_hours| {
        for _ in 0..half_hours {
            kit.drain().await.unwrap();
            stage.pass(TimeDelta::minutes(30)).await;
        }
        kit.drain().await.unwrap();
    };
    drain_for(22).await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "queued", "an outage of some hours ends what surely was not sent");
    drain_for(3).await;
    let IntentState::Failed { failure } = now(&stage, &intent).await.state else { panic!("it is tried for ever") };
    assert!(matches!(&failure, Failure::Platform { kind: ErrorKind::Unavailable, .. }), "{failure:?}");
}
