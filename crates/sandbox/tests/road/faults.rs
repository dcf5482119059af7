use std::time::Instant;

use serde_json::{Value, json};

use crate::stage::{ADA, PAGE, Stage, refusal};

#[tokio::test]
async fn a_planted_answer_comes_as_often_as_told_and_then_no_more() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let fault = json!({"match": {"method": "post", "path": "/*/messages"}, "skip": 1, "times": 2,
        "answer": {"status": 429, "code": 4, "subcode": 7, "retry_after": 30}});
    stage.controls.fault(fault).await.unwrap();
    let text = json!({"text": "x"});
    assert!(stage.send(&token, ADA, text.clone()).await["message_id"].is_string());
    for _ in 0..2 {
        let body = json!({"recipient": {"id": ADA}, "message": text});
        let answer = stage.raw(reqwest::Method::POST, "/v25.0/me/messages", &token, Some(&body)).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"30".parse().unwrap()));
        assert_eq!(refusal(&answer.json().await.unwrap()), (4, Some(7)));
    }
    assert!(stage.send(&token, ADA, text).await["message_id"].is_string());
}

#[tokio::test]
async fn a_lost_answer_after_the_effect_leaves_the_message_sent() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.fault(json!({"match": {"path": "/me/messages"}, "after_effect": true})).await.unwrap();
    let body = json!({"recipient": {"id": ADA}, "message": {"text": "sent?", "metadata": "id-1"}});
    let lost = stage.client.post(stage.url("/me/messages")).bearer_auth(&token).json(&body).send().await;
    assert!(lost.is_err(), "no byte of the answer arrives");
    let echo = receiver.next().await.item();
    assert_eq!(echo["message"]["metadata"], "id-1", "and yet it was sent");
}

#[tokio::test]
async fn a_dropped_call_has_no_effect() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.fault(json!({"match": {"path": "/me/messages"}, "drop": true})).await.unwrap();
    let path = format!("/me/conversations?user_id={ADA}&fields=message_count");
    let before = stage.get(&path, &token).await;
    let body = json!({"recipient": {"id": ADA}, "message": {"text": "never"}});
    assert!(stage.client.post(stage.url("/me/messages")).bearer_auth(&token).json(&body).send().await.is_err());
    assert_eq!(stage.get(&path, &token).await, before);
}

#[tokio::test]
async fn a_cut_body_has_a_status_and_half_its_text() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.fault(json!({"match": {"path": "/me"}, "cut_body": true})).await.unwrap();
    let answer = stage.client.get(stage.url("/me")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err(), "the body ends too early");
    assert_eq!(stage.get("/me", &token).await["id"], PAGE);
}

#[tokio::test]
async fn a_delayed_call_is_late_and_whole() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.fault(json!({"match": {"path": "/me"}, "delay_ms": 60})).await.unwrap();
    let began = Instant::now();
    assert_eq!(stage.get("/me", &token).await["id"], PAGE);
    assert!(began.elapsed().as_millis() >= 60);
}

#[tokio::test]
async fn notifications_are_doubled_turned_round_delayed_lost_and_bundled() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let controls = &stage.controls;
    let of_page = json!({"account": PAGE, "field": "messages"});
    let say = async |text: &str| controls.customer_writes("c1", PAGE, text).await.unwrap();
    let heard = async || receiver.next().await.item()["message"]["text"].as_str().unwrap_or_default().to_owned();

    controls.fault(json!({"webhook": of_page, "duplicate": 2})).await.unwrap();
    say("thrice").await;
    assert_eq!([heard().await, heard().await, heard().await], ["thrice", "thrice", "thrice"]);

    controls.fault(json!({"webhook": of_page, "reorder": 2})).await.unwrap();
    say("one").await;
    say("two").await;
    assert_eq!([heard().await, heard().await], ["two", "one"]);

    controls.fault(json!({"webhook": of_page, "lose": true})).await.unwrap();
    say("lost").await;
    say("kept").await;
    assert_eq!(heard().await, "kept");

    controls.fault(json!({"webhook": of_page, "batch": 2})).await.unwrap();
    say("a").await;
    say("b").await;
    let bundle = receiver.next().await.json();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 2);

    controls.fault(json!({"webhook": of_page, "delay_ms": 5000})).await.unwrap();
    say("late").await;
    say("early").await;
    assert_eq!(heard().await, "early");
    controls.advance("5s").await.unwrap();
    assert_eq!(heard().await, "late");
    assert!(receiver.is_empty().await);
}

#[tokio::test]
async fn what_is_reordered_arrives_last_first_though_it_was_written_at_other_times() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    stage.controls.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "reorder": 3})).await.unwrap();
    for text in ["one", "two", "three"] {
        stage.controls.customer_writes("c1", PAGE, text).await.unwrap();
        stage.controls.advance("1s").await.unwrap();
    }
    for text in ["three", "two", "one"] {
        assert_eq!(receiver.next().await.item()["message"]["text"], text);
    }
}

#[tokio::test]
async fn one_call_of_a_batch_can_be_made_to_fail() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.fault(json!({"match": {"path": "/me"}, "answer": {"code": 2}})).await.unwrap();
    stage.controls.fault(json!({"match": {"path": "/me/messages"}, "after_effect": true})).await.unwrap();
    let message = "recipient=%7B%22id%22%3A%224000000000000011%22%7D&message=%7B%22text%22%3A%22Hi%22%7D";
    let items = json!([
        {"relative_url": "me"}, {"relative_url": "me"}, {"method": "POST", "relative_url": "me/messages", "body": message}
    ]);
    let told = stage.post("/", &token, &json!({"batch": items})).await;
    assert_eq!((&told[0]["code"], &told[1]["code"], &told[2]), (&json!(500), &json!(200), &json!(null)));
    let newest = stage.get("/me/conversations?fields=messages.limit(1){message}&limit=1", &token).await;
    assert_eq!(newest["data"][0]["messages"]["data"][0]["message"], "Hi", "the work was done, the answer is lost");
}

#[tokio::test]
async fn a_throttling_that_was_planted_says_when_it_ends() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let fault = json!({"match": {"path": "/me"}, "answer": {"code": 80_006, "retry_after": 600}});
    stage.controls.fault(fault).await.unwrap();
    let answer = stage.raw(reqwest::Method::GET, "/me", &token, None).await;
    let told: Value = serde_json::from_str(answer.headers()["x-business-use-case-usage"].to_str().unwrap()).unwrap();
    let told = &told[PAGE][0];
    assert_eq!(
        (&told["type"], &told["call_count"], &told["estimated_time_to_regain_access"]),
        (&json!("messenger"), &json!(100), &json!(10))
    );
}

#[tokio::test]
async fn a_fault_that_could_never_fire_is_refused() {
    let stage = Stage::frozen().await;
    for wrong in [
        json!({"match": {"path": "/v26.0/me"}, "drop": true}),
        json!({"match": {"path": ""}, "drop": true}),
        json!({"match": {"method": "FOO"}, "drop": true}),
        json!({"match": {"path": "/me"}, "times": 0, "drop": true}),
        json!({"match": {"path": "/me"}, "answer": {}}),
        json!({"match": {"path": "/me"}, "answer": {"status": 99}}),
        json!({"webhook": {"account": PAGE}, "duplicate": 0}),
        json!({"webhook": {"account": PAGE}, "duplicate": 101}),
    ] {
        assert!(stage.controls.fault(wrong.clone()).await.is_err(), "{wrong} is taken");
    }
}
