use link_sandbox::{Action, Sandbox};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::stage::{ADA, ADA_IG, APP, INSTAGRAM, PAGE, ROBIN, Stage, refusal, scopes};

/// A second app on the same Page.
const OTHER: &str = "1000000000000009";
const PAGE_INBOX: &str = "263902037430900";

/// Two apps on one Page, each with its endpoint.
struct Two {
    stage: Stage,
    /// Page tokens of the first and the other app.
    first: String,
    other: String,
    heard: Receiver,
    heard_by_other: Receiver,
}

impl Two {
    /// Routing is off unless `default` names the app that gets new conversations.
    async fn apps(default: Option<&str>) -> Self {
        Self::with(default, |_| {}).await
    }

    async fn with(default: Option<&str>, change: impl FnOnce(&mut Value)) -> Self {
        let mut seed = link_sandbox::default_seed();
        seed["apps"].as_array_mut().unwrap().push(json!({"id": OTHER, "name": "Other", "secret": "other-secret"}));
        seed["pages"][0]["default_app"] = json!(default);
        seed["instagram"][0]["default_app"] = json!(default);
        change(&mut seed);
        let stage = Stage::of(Sandbox::builder().seed(seed)).await;
        let first = stage.token_of(APP).await;
        let other = stage.token_of(OTHER).await;
        let heard = stage.listening(APP, "sandbox-app-secret", &first).await;
        let heard_by_other = stage.listening(OTHER, "other-secret", &other).await;
        Self { stage, first, other, heard, heard_by_other }
    }

    async fn control(&self, token: &str, edge: &str, more: Value) -> Value {
        let mut body = json!({"recipient": {"id": ADA}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.stage.post(&format!("/me/{edge}"), token, &body).await
    }

    async fn owner(&self, token: &str) -> Value {
        let told = self.stage.get(&format!("/{PAGE}/thread_owner?recipient={ADA}"), token).await;
        told["data"][0]["thread_owner"].clone()
    }

    /// Whether each of the two may write to Ada, without anything being written.
    async fn may_write(&self) -> (bool, bool) {
        let typing = json!({"recipient": {"id": ADA}, "sender_action": "typing_on"});
        let mut may = Vec::new();
        for token in [&self.first, &self.other] {
            let answer = self.stage.post("/me/messages", token, &typing).await;
            if answer.get("error").is_some() {
                assert_eq!(refusal(&answer), (10, Some(2_018_300)));
            }
            may.push(answer.get("error").is_none());
        }
        (may[0], may[1])
    }
}

impl Stage {
    async fn token_of(&self, app: &str) -> String {
        let body = json!({"person": ROBIN, "scopes": scopes(), "app": app});
        let answer = self.client.post(self.url("/_sandbox/tokens")).json(&body).send().await.unwrap();
        let told: Value = answer.json().await.unwrap();
        told["page_tokens"][PAGE].as_str().unwrap().to_owned()
    }

    async fn listening(&self, app: &str, secret: &str, token: &str) -> Receiver {
        let receiver = Receiver::start().await;
        for (object, fields) in [
            ("page", "messages,messaging_postbacks,message_reads,messaging_handovers,standby"),
            ("instagram", "messages,messaging_handover,standby"),
        ] {
            let body = json!({"object": object, "callback_url": receiver.url, "verify_token": "sandbox-verify", "fields": fields});
            let done = self.post(&format!("/{app}/subscriptions"), &format!("{app}|{secret}"), &body).await;
            assert_eq!(done, json!({"success": true}));
        }
        let fields = "messages,messaging_postbacks,message_reads,messaging_handovers,standby";
        self.post("/me/subscribed_apps", token, &json!({"subscribed_fields": fields})).await;
        receiver
    }
}

const DONE: &str = r#"{"success":true}"#;

#[tokio::test]
async fn without_a_default_app_everybody_hears_and_may_answer_until_one_has_control() {
    let two = Two::apps(None).await;
    two.stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    assert_eq!(two.heard.next().await.item()["message"]["text"], "Hello");
    assert_eq!(two.heard_by_other.next().await.item()["message"]["text"], "Hello");
    assert_eq!(two.may_write().await, (true, true));
    assert_eq!(two.owner(&two.first).await, Value::Null);
    let taken = two.control(&two.first, "take_thread_control", json!({})).await;
    assert_eq!(refusal(&taken).0, 100, "nothing can be taken where nothing is routed");
    let listed = two.stage.get("/me/conversations?fields=is_owner", &two.first).await;
    assert!(listed["data"][0].get("is_owner").is_none(), "who owns it is told under routing only");
    assert_eq!(two.control(&two.other, "request_thread_control", json!({})).await.to_string(), DONE);
    assert_eq!(two.may_write().await, (false, true), "the first who asks gets it");
    two.stage.controls.customer_writes("c1", PAGE, "Again").await.unwrap();
    assert_eq!(two.heard.next().await.json()["entry"][0]["standby"][0]["message"]["text"], "Again");
    assert_eq!(two.heard_by_other.next().await.item()["message"]["text"], "Again");
    assert_eq!(two.control(&two.other, "release_thread_control", json!({})).await.to_string(), DONE);
    assert_eq!(two.may_write().await, (true, true));
    let passed = two.control(&two.first, "pass_thread_control", json!({})).await;
    assert_eq!(refusal(&passed).0, 100, "without a default app somebody has to be named");
    assert_eq!(two.control(&two.first, "pass_thread_control", json!({"target_app_id": OTHER})).await.to_string(), DONE);
    assert_eq!(two.may_write().await, (false, true));
}

#[tokio::test]
async fn under_routing_an_idle_conversation_is_the_default_apps_and_is_its_own_once_it_wrote() {
    let two = Two::apps(Some(APP)).await;
    assert_eq!(two.may_write().await, (true, false));
    assert_eq!(two.owner(&two.first).await, json!({"app_id": APP}), "idle: the default app has it without an end");
    assert_eq!(two.owner(&two.other).await, Value::Null, "and nobody else is told");
    let status = two.stage.get("/me?fields=messaging_feature_status", &two.first).await;
    assert_eq!(status["messaging_feature_status"], json!({"hop_v2": true, "msgr_multi_app": true, "ig_multi_app": true}));
    two.stage.send(&two.first, ADA, json!({"text": "Hi"})).await;
    let until = 1_795_435_200 + 23 * 3_600;
    assert_eq!(two.owner(&two.first).await, json!({"app_id": APP, "expiration": until}), "24 h after the customer's last word");
    assert_eq!(two.owner(&two.other).await, json!({"expiration": until}), "others learn until when, and not who");
    two.stage.controls.customer_writes("c1", PAGE, "Thanks").await.unwrap();
    assert_eq!(two.owner(&two.other).await, json!({"expiration": until + 3_600}), "each word of the customer prolongs it");
    for token in [&two.first, &two.other] {
        let listed = two.stage.get(&format!("/me/conversations?user_id={ADA}&fields=is_owner"), token).await;
        assert_eq!(listed["data"][0]["is_owner"], json!(token == &two.first));
    }
}

#[tokio::test]
async fn a_conversation_is_passed_taken_extended_and_released() {
    let two = Two::apps(Some(APP)).await;
    let pass = json!({"target_app_id": OTHER, "metadata": "please"});
    assert_eq!(two.control(&two.other, "pass_thread_control", pass.clone()).await["error"]["code"], 10, "one passes what one has");
    assert_eq!(two.control(&two.first, "pass_thread_control", pass).await.to_string(), DONE);
    let told = two.heard_by_other.next().await.item();
    assert_eq!(
        told["pass_thread_control"],
        json!({"previous_owner_app_id": null, "new_owner_app_id": OTHER, "metadata": "please"}),
        "nobody owns what is idle"
    );
    assert_eq!(told["sender"]["id"], ADA);
    assert_eq!(two.may_write().await, (false, true));
    assert_eq!(two.owner(&two.first).await["app_id"], OTHER, "the default app is told who has it");
    for wrong in [json!({}), json!({"duration": 0}), json!({"duration": 604_801}), json!({"duration": "soon"})] {
        assert_eq!(two.control(&two.other, "extend_thread_control", wrong.clone()).await["error"]["code"], 100, "{wrong}");
    }
    assert_eq!(two.control(&two.first, "extend_thread_control", json!({"duration": 60})).await["error"]["code"], 100, "the owner only");
    assert_eq!(two.control(&two.other, "extend_thread_control", json!({"duration": 604_800})).await.to_string(), DONE);
    assert_eq!(two.owner(&two.other).await["expiration"], 1_795_435_200 + 604_800);
    assert_eq!(two.control(&two.first, "release_thread_control", json!({})).await["error"]["code"], 100, "the owner only");
    assert_eq!(two.control(&two.first, "request_thread_control", json!({"metadata": "m"})).await.to_string(), DONE);
    let asked = two.heard_by_other.next().await.item()["request_thread_control"].clone();
    assert_eq!(asked, json!({"requested_owner_app_id": APP.parse::<u64>().unwrap(), "metadata": "m"}), "the owner is asked");
    assert_eq!(two.control(&two.first, "take_thread_control", json!({})).await.to_string(), DONE);
    let lost = two.heard_by_other.next().await.item()["take_thread_control"].clone();
    assert_eq!((&lost["previous_owner_app_id"], &lost["new_owner_app_id"]), (&json!(OTHER), &json!(APP)));
    assert_eq!(two.may_write().await, (true, false));
    assert_eq!(two.control(&two.first, "release_thread_control", json!({})).await.to_string(), DONE);
    assert_eq!(two.owner(&two.first).await, json!({"app_id": APP}), "idle again");
    assert!(two.heard.is_empty().await && two.heard_by_other.is_empty().await, "a release is told to nobody");
}

#[tokio::test]
async fn an_app_takes_from_another_only_where_the_page_lets_it() {
    let two = Two::with(Some(APP), |seed| seed["pages"][0]["takeover"] = json!(false)).await;
    assert_eq!(two.control(&two.other, "take_thread_control", json!({})).await["error"]["code"], 100);
    assert_eq!(two.may_write().await, (true, false));
    let two = Two::apps(Some(APP)).await;
    assert_eq!(two.control(&two.other, "take_thread_control", json!({})).await.to_string(), DONE);
    assert_eq!(two.may_write().await, (false, true));
}

#[tokio::test]
async fn who_has_not_the_conversation_hears_it_in_passing() {
    let two = Two::apps(Some(APP)).await;
    two.stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    two.stage.controls.customer_acts("c1", PAGE, &Action::Postback { title: "Go".into(), payload: "GO".into() }).await.unwrap();
    two.stage.controls.customer_acts("c1", PAGE, &Action::Read).await.unwrap();
    for key in ["message", "postback", "read"] {
        let (one, other) = (two.heard.next().await.json()["entry"][0].clone(), two.heard_by_other.next().await.json()["entry"][0].clone());
        assert!(one["messaging"][0][key].is_object() && one.get("standby").is_none(), "{one}");
        assert!(other["standby"][0][key].is_object() && other.get("messaging").is_none(), "{other}");
        if key == "postback" {
            assert_eq!((&one["messaging"][0][key]["payload"], &other["standby"][0][key]["payload"]), (&json!("GO"), &Value::Null));
        }
    }
    two.stage.controls.customer_writes("c1", INSTAGRAM, "Hello").await.unwrap();
    assert!(two.heard.next().await.json()["entry"][0]["messaging"].is_array());
    assert!(two.heard_by_other.next().await.json()["entry"][0]["standby"].is_array(), "Instagram is routed the same way");
    assert_eq!(refusal(&two.stage.send(&two.other, ADA_IG, json!({"text": "x"})).await), (100, Some(2_534_037)));
}

#[tokio::test]
async fn an_answer_of_the_staff_takes_the_conversation() {
    let two = Two::apps(Some(APP)).await;
    two.stage.send(&two.first, ADA, json!({"text": "Hi"})).await;
    two.stage.controls.staff_writes(PAGE, "c1", "A human here").await.unwrap();
    let lost = two.heard.next().await.item()["take_thread_control"].clone();
    assert_eq!((&lost["previous_owner_app_id"], &lost["new_owner_app_id"]), (&json!(APP), &json!(PAGE_INBOX.parse::<u64>().unwrap())));
    assert_eq!(two.may_write().await, (false, false));
    assert_eq!(two.owner(&two.first).await["app_id"], PAGE_INBOX);
    assert_eq!(two.control(&two.first, "take_thread_control", json!({})).await.to_string(), DONE);
    assert_eq!(two.may_write().await, (true, false));
}

#[tokio::test]
async fn control_ends_a_day_after_the_customers_last_word() {
    let two = Two::apps(Some(APP)).await;
    two.stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    two.control(&two.first, "pass_thread_control", json!({"target_app_id": OTHER})).await;
    two.stage.controls.advance("23h59m").await.unwrap();
    assert_eq!(two.may_write().await, (false, true));
    two.stage.controls.advance("1m").await.unwrap();
    assert_eq!(two.owner(&two.first).await, json!({"app_id": APP}), "idle");
    let late = json!({"recipient": {"id": ADA}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": {"text": "x"}});
    assert_eq!(refusal(&two.stage.post("/me/messages", &two.other, &late).await), (10, Some(2_018_300)));
    assert!(two.stage.post("/me/messages", &two.first, &late).await["message_id"].is_string());
}

#[tokio::test]
async fn a_message_hands_the_conversation_on_once_it_is_said() {
    let two = Two::apps(Some(APP)).await;
    let body = |control: Value, text: &str| json!({"recipient": {"id": ADA}, "message": {"text": text}, "thread_control": control});
    for wrong in [json!({}), json!({"control_type": "pass"}), json!({"control_type": "keep"}), json!("pass")] {
        assert_eq!(refusal(&two.stage.post("/me/messages", &two.first, &body(wrong, "x")).await).0, 100);
    }
    let pass = json!({"control_type": "pass", "app_id": OTHER});
    assert_eq!(refusal(&two.stage.post("/me/messages", &two.first, &body(pass.clone(), &"x".repeat(2_001))).await).0, 100);
    let quoting = json!({"recipient": {"id": ADA}, "message": {"text": "x"}, "thread_control": pass, "reply_to": {"mid": "m_none"}});
    assert_eq!(refusal(&two.stage.post("/me/messages", &two.first, &quoting).await).0, 100);
    assert_eq!(two.may_write().await, (true, false), "what was not sent hands nothing on");
    assert!(two.stage.post("/me/messages", &two.first, &body(pass, "Over to you")).await["message_id"].is_string());
    assert!(two.heard_by_other.next().await.json()["entry"][0]["standby"][0]["message"]["is_echo"].is_boolean(), "said in passing");
    assert!(two.heard_by_other.next().await.json()["entry"][0]["standby"][0]["delivery"].is_object());
    assert!(two.heard_by_other.next().await.item()["pass_thread_control"].is_object(), "and then handed on");
    assert_eq!(two.may_write().await, (false, true));
    let release = json!({"control_type": "release"});
    assert!(two.stage.post("/me/messages", &two.other, &body(release, "Done")).await["message_id"].is_string());
    assert_eq!(two.may_write().await, (true, false), "back to idle, although a message was written");
    assert_eq!(two.owner(&two.first).await, json!({"app_id": APP}));
}
