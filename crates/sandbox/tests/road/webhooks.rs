use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::{Action, PersonAction};
use serde_json::json;
use sha1::Sha1;
use sha2::Sha256;

use crate::receiver::Receiver;
use crate::stage::{APP, INSTAGRAM, PAGE, ROBIN, SECRET, Stage, refusal};

#[tokio::test]
async fn both_signatures_hold_over_the_very_bytes_that_came() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    stage.controls.customer_writes("c1", PAGE, "Grüße 🎉 http://a/b").await.unwrap();
    let arrived = receiver.next().await;
    let mut sha256 = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    sha256.update(&arrived.body);
    let mut sha1 = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    sha1.update(&arrived.body);
    assert_eq!(arrived.headers["x-hub-signature-256"], format!("sha256={}", hex::encode(sha256.finalize().into_bytes())));
    assert_eq!(arrived.headers["x-hub-signature"], format!("sha1={}", hex::encode(sha1.finalize().into_bytes())));
    assert!(arrived.body.is_ascii());
    let text = String::from_utf8_lossy(&arrived.body);
    assert!(text.contains(r"Gr\u00fc\u00dfe \ud83c\udf89 http:\/\/a\/b"), "{text}");
    assert_eq!(arrived.item()["message"]["text"], "Grüße 🎉 http://a/b");
}

#[tokio::test]
async fn a_callback_is_kept_only_when_it_answers_the_handshake() {
    let stage = Stage::frozen().await;
    let receiver = Receiver::start().await;
    let path = format!("/{APP}/subscriptions");
    let wrong = json!({"object": "page", "callback_url": receiver.url, "verify_token": "other", "fields": "messages"});
    assert_eq!(refusal(&stage.post(&path, &Stage::app_token(), &wrong).await).0, 2200);
    assert_eq!(refusal(&stage.subscribe_app("http://127.0.0.1:1/", "page", "messages").await).0, 2200);
    assert_eq!(refusal(&stage.subscribe_app(&receiver.url, "page", "messaging_seen").await).0, 100);
    assert_eq!(stage.get(&path, &Stage::app_token()).await, json!({"data": []}));
    stage.subscribe_app(&receiver.url, "page", "messages").await;
    stage.subscribe_app(&receiver.url, "page", "messages,feed").await;
    let kept = stage.get(&path, &Stage::app_token()).await;
    assert_eq!(kept["data"].as_array().unwrap().len(), 1, "the same object is replaced");
    assert_eq!(kept["data"][0]["fields"][0]["name"], "feed");
    stage.delete(&format!("{path}?object=page&fields=feed"), &Stage::app_token()).await;
    assert_eq!(stage.get(&path, &Stage::app_token()).await["data"][0]["fields"].as_array().unwrap().len(), 1);
    let token = stage.page_token(PAGE).await;
    assert_eq!(refusal(&stage.get(&path, &token).await).0, 15, "only the app itself may see them");
}

#[tokio::test]
async fn a_page_takes_page_fields_only_and_replaces_what_it_had() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let path = format!("/{PAGE}/subscribed_apps");
    assert_eq!(refusal(&stage.post(&path, &token, &json!({"subscribed_fields": "messages,messaging_seen"})).await).0, 100);
    assert_eq!(refusal(&stage.post(&path, &token, &json!({})).await).0, 100);
    stage.post(&path, &token, &json!({"subscribed_fields": "messages,feed"})).await;
    stage.post(&path, &token, &json!({"subscribed_fields": ["message_reads"]})).await;
    let told = stage.get(&path, &token).await;
    assert_eq!((&told["data"][0]["id"], &told["data"][0]["subscribed_fields"]), (&json!(APP), &json!(["message_reads"])));
    stage.delete(&path, &token).await;
    assert_eq!(stage.get(&path, &token).await, json!({"data": []}));
}

#[tokio::test]
async fn nothing_is_told_of_instagram_while_the_owner_has_message_access_off() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let off = PersonAction::MessageAccessOff { instagram: INSTAGRAM.to_owned() };
    stage.controls.person_acts(ROBIN, &off).await.unwrap();
    stage.controls.customer_writes("c1", INSTAGRAM, "unheard").await.unwrap();
    stage.controls.customer_writes("c1", PAGE, "heard").await.unwrap();
    assert_eq!(receiver.next().await.item()["message"]["text"], "heard");
}

impl Stage {
    /// Waits until so many attempts are settled, which is a moment after they arrived.
    pub(crate) async fn settled(&self, attempts: usize) {
        loop {
            let ledger = self.controls.deliveries(0).await.unwrap();
            if ledger.data.iter().filter(|it| it["kind"] == "notification").count() >= attempts {
                return;
            }
        }
    }
}

#[tokio::test]
async fn an_hour_of_failures_ends_the_subscription() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    receiver.answer(500);
    stage.controls.customer_writes("c1", PAGE, "lost").await.unwrap();
    let mut attempts = 3;
    stage.settled(attempts).await;
    for minutes in ["1m", "5m", "15m", "30m", "60m"] {
        stage.controls.advance(minutes).await.unwrap();
        attempts += 1;
        stage.settled(attempts).await;
    }
    for _ in 0..attempts {
        assert_eq!(receiver.next().await.item()["message"]["text"], "lost", "the same one is tried again and again");
    }
    assert!(receiver.is_empty().await);
    let token = stage.page_token(PAGE).await;
    let told = stage.get(&format!("/{PAGE}/subscribed_apps"), &token).await;
    assert_eq!(told, json!({"data": []}), "the app hears of the Page no more");
}

#[tokio::test]
async fn under_the_longer_regime_the_subscription_outlives_the_failures() {
    let mut seed = link_sandbox::default_seed();
    seed["quirks"]["webhook_regime"] = json!("36h");
    let stage = Stage::of(link_sandbox::Sandbox::builder().seed(seed)).await;
    let receiver = stage.subscribed().await;
    receiver.answer(500);
    stage.controls.customer_writes("c1", PAGE, "lost").await.unwrap();
    stage.settled(3).await;
    stage.controls.advance("35h").await.unwrap();
    stage.settled(4).await;
    stage.controls.advance("2h").await.unwrap();
    stage.settled(5).await;
    stage.controls.advance("7d").await.unwrap();
    receiver.answer(200);
    stage.controls.customer_writes("c1", PAGE, "heard").await.unwrap();
    for _ in 0..5 {
        assert_eq!(receiver.next().await.item()["message"]["text"], "lost");
    }
    assert_eq!(receiver.next().await.item()["message"]["text"], "heard", "the lost one was given up");
}

#[tokio::test]
async fn a_failure_that_passes_loses_nothing() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    receiver.answer(503);
    stage.controls.customer_writes("c1", PAGE, "late").await.unwrap();
    stage.settled(3).await;
    receiver.answer(200);
    stage.controls.advance("1m").await.unwrap();
    stage.settled(4).await;
    for _ in 0..4 {
        assert_eq!(receiver.next().await.item()["message"]["text"], "late");
    }
    stage.controls.advance("2h").await.unwrap();
    stage.controls.customer_acts("c1", PAGE, &Action::Read).await.unwrap();
    assert!(receiver.next().await.item()["read"].is_object(), "the late one does not come again");
}

#[tokio::test]
async fn a_person_who_leaves_is_announced_with_a_signed_request() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    stage.controls.seed(&json!({"apps": [{"id": APP, "deauthorize_url": receiver.url}]})).await.unwrap();
    stage.controls.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    let arrived = receiver.next().await;
    let form: Vec<_> = url::form_urlencoded::parse(&arrived.body).into_owned().collect();
    assert_eq!(form[0].0, "signed_request");
    let (signature, payload) = form[0].1.split_once('.').unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    let read = |text: &str| base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text).unwrap();
    assert_eq!(read(signature), mac.finalize().into_bytes().to_vec());
    let told: serde_json::Value = serde_json::from_slice(&read(payload)).unwrap();
    assert_eq!((&told["user_id"], &told["algorithm"]), (&json!(ROBIN), &json!("HMAC-SHA256")));
}

#[tokio::test]
async fn a_page_that_leaves_is_announced_without_a_user() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    stage.controls.seed(&json!({"apps": [{"id": APP, "deauthorize_url": receiver.url}]})).await.unwrap();
    let token = stage.page_token(PAGE).await;
    let path = format!("people/{ROBIN}/actions");
    let (status, _) = stage.own("POST", &path, &json!({"action": "deauthorise", "page": PAGE}).to_string()).await;
    assert_eq!(status, 200);
    let form: Vec<_> = url::form_urlencoded::parse(&receiver.next().await.body).into_owned().collect();
    let payload = form[0].1.split_once('.').unwrap().1;
    let told = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!((&told["user_id"], &told["profile_id"]), (&serde_json::Value::Null, &json!(PAGE)));
    assert!(stage.get("/me/conversations", &token).await["error"].is_object(), "the app has the Page no more");
}
