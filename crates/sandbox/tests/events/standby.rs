//! What an app hears in passing while another one has the conversation.

use serde_json::{Value, json};

use crate::desk::{Desk, Road};
use crate::page::RIVAL;
use crate::receiver::{Arrived, Receiver};
use crate::row::{Row, Step, item};

/// The channel of each notification.
fn channels(all: &[Arrived]) -> Vec<&'static str> {
    let channel = |body: &Value| if body["entry"][0]["standby"].is_array() { "standby" } else { "messaging" };
    all.iter().map(|it| channel(&it.json())).collect()
}

fn row() -> Row {
    Row::new("step", item(json!({})))
}

#[tokio::test]
async fn messages_receipts_and_buttons_are_heard_in_passing_and_the_rest_as_ever() {
    for road in [Road::Page, Road::Linked, Road::Login] {
        let mut desk = Desk::on(road).await;
        desk.begin().await;
        desk.play(&row().routed(RIVAL)).await;
        for (step, channel) in [
            (row().writes(json!({"text": "Hello"})), "standby"),
            (row().acts(json!({"action": "read"})), "standby"),
            (row().acts(json!({"action": "postback", "title": "Go", "payload": "GO"})), "standby"),
            (row().acts(json!({"action": "react", "mid": "$OUT"})), "messaging"),
            (row().acts(json!({"action": "edit", "mid": "$IN", "text": "Better"})), "messaging"),
        ] {
            assert_eq!(channels(&desk.play(&step).await), [channel], "{:?} on {road:?}", step.steps);
        }
        let sent = json!({"recipient": {"id": "$CUSTOMER"}, "messaging_type": "RESPONSE", "message": {"text": "By the other app"}});
        let told = desk.play(&row().step(Step::Rival("/$NODE/messages", sent))).await;
        let expected: &[&str] = if road == Road::Page { &["standby", "standby"] } else { &["standby"] };
        assert_eq!(channels(&told), expected, "the echo, and on Messenger the receipt, on {road:?}");
    }
}

#[tokio::test]
async fn who_has_the_conversation_is_addressed_and_who_has_lost_it_only_listens() {
    let mut desk = Desk::on(Road::Page).await;
    let rival = Receiver::start().await;
    let token = desk.rival().await;
    let fields = "messages,standby,messaging_handovers";
    let callback = json!({"object": "page", "callback_url": rival.url, "verify_token": "sandbox-verify", "fields": fields});
    desk.stage.post(&format!("/{RIVAL}/subscriptions"), &format!("{RIVAL}|rival"), &callback).await;
    desk.graph(&token, "/me/subscribed_apps", &json!({"subscribed_fields": fields})).await;
    desk.play(&row().routed(crate::stage::APP)).await;
    let hello = row().writes(json!({"text": "Hello"}));
    assert_eq!(channels(&desk.play(&hello).await), ["messaging"]);
    assert_eq!(channels(&[rival.next().await]), ["standby"]);
    let pass = json!({"recipient": {"id": "$CUSTOMER"}, "target_app_id": RIVAL});
    let told = desk.play(&row().step(Step::Graph("/$NODE/pass_thread_control", pass))).await;
    assert!(told.is_empty(), "only the new owner is told");
    assert_eq!(rival.next().await.item()["pass_thread_control"]["new_owner_app_id"], RIVAL);
    assert_eq!(channels(&desk.play(&hello).await), ["standby"]);
    assert_eq!(channels(&[rival.next().await]), ["messaging"]);
}
