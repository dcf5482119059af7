use link_sandbox::{Action, CustomerMessage};
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, APP, INSTAGRAM, PAGE, Stage};

#[tokio::test]
async fn what_is_sent_on_messenger_comes_back_as_an_echo_and_as_history() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let token = stage.page_token(PAGE).await;
    let message = json!({"text": "Grüße 🎉", "metadata": "mine-1"});
    let sent = stage.send(&token, ADA, message).await;
    assert_eq!(sent["recipient_id"], ADA);
    let echo = receiver.next().await;
    assert_eq!(echo.json()["object"], "page");
    let item = echo.item();
    assert_eq!((&item["sender"]["id"], &item["recipient"]["id"]), (&json!(PAGE), &json!(ADA)), "an echo goes the other way");
    let told = &item["message"];
    assert_eq!((&told["mid"], &told["is_echo"], &told["metadata"]), (&sent["message_id"], &json!(true), &json!("mine-1")));
    assert_eq!(told["app_id"], json!(APP.parse::<u64>().unwrap()), "Messenger names the app, as a number");
    let read = stage.get(&format!("/{}?fields=message,from,to", sent["message_id"].as_str().unwrap()), &token).await;
    assert_eq!((&read["message"], &read["from"]["id"]), (&json!("Grüße 🎉"), &json!(PAGE)));
    let listed = stage.get(&format!("/me/conversations?user_id={ADA}&fields=messages.limit(1){{id}}"), &token).await;
    assert_eq!(listed["data"][0]["messages"]["data"][0]["id"], sent["message_id"]);
}

#[tokio::test]
async fn what_is_sent_on_instagram_goes_the_same_way_and_names_no_app() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let token = stage.page_token(PAGE).await;
    let sent = stage.send(&token, ADA_IG, json!({"text": "Hello"})).await;
    assert!(sent["message_id"].as_str().unwrap().starts_with("aWdfZAG1faXRlbTox"), "{sent}");
    let echo = receiver.next().await;
    assert_eq!(echo.json()["object"], "instagram");
    assert_eq!(echo.json()["entry"][0]["id"], INSTAGRAM);
    let told = echo.item()["message"].clone();
    assert_eq!((&told["is_echo"], &told["app_id"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_staff_answer_is_an_echo_of_the_inbox() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let mid = stage.controls.staff_writes(PAGE, "c1", "From the inbox").await.unwrap();
    let told = receiver.next().await.item()["message"].clone();
    assert_eq!((&told["mid"], &told["app_id"]), (&json!(mid), &json!(263_902_037_430_900_u64)));
}

#[tokio::test]
async fn everything_a_customer_does_on_messenger_is_told() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let controls = &stage.controls;
    let written = controls.customer_writes("c1", PAGE, "Helo").await.unwrap();
    let mid = written.mid.clone();
    let event = receiver.next().await;
    assert_eq!(event.item()["message"], json!({"mid": mid, "text": "Helo"}));
    assert_eq!(event.item()["timestamp"].as_i64(), Some(1_795_435_200_000), "messaging counts in milliseconds");
    let actions = [
        (
            Action::React { mid: mid.clone(), emoji: "❤️".into() },
            json!({"reaction": {"mid": mid, "action": "react", "reaction": "love", "emoji": "❤️"}}),
        ),
        (Action::Unreact { mid: mid.clone() }, json!({"reaction": {"mid": mid, "action": "unreact"}})),
        (Action::Edit { mid: mid.clone(), text: "Hello".into() }, json!({"message_edit": {"mid": mid, "text": "Hello", "num_edit": 1}})),
        (Action::Read, json!({"read": {"watermark": 1_795_435_200_000_i64}})),
        (Action::Optin { reference: "PASS".into() }, json!({"optin": {"ref": "PASS"}})),
        (Action::Unsend { mid: mid.clone() }, json!({"message": {"mid": mid, "is_deleted": true}})),
    ];
    for (action, expected) in actions {
        controls.customer_acts("c1", PAGE, &action).await.unwrap();
        let item = receiver.next().await.item();
        assert_eq!(item["sender"]["id"], ADA);
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&item[key], value, "{action:?}");
        }
    }
    let tapped = Action::Postback { title: "Go".into(), payload: "GO".into() };
    let mid = controls.customer_acts("c1", PAGE, &tapped).await.unwrap();
    assert_eq!(receiver.next().await.item()["postback"], json!({"mid": mid, "title": "Go", "payload": "GO"}));
    let comment = controls.customer_acts("c1", PAGE, &Action::Comment { text: "Nice".into() }).await.unwrap();
    let entry = receiver.next().await.json()["entry"][0].clone();
    assert_eq!(entry["time"], 1_795_435_200, "changes count in seconds");
    assert_eq!(entry["changes"][0]["field"], "feed");
    assert_eq!(entry["changes"][0]["value"]["comment_id"], json!(comment));
}

#[tokio::test]
async fn everything_a_customer_writes_on_instagram_is_told() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let controls = &stage.controls;
    let first = controls.customer_writes("c5", INSTAGRAM, "Hi").await.unwrap();
    assert_eq!(receiver.next().await.json()["object"], "instagram");
    let messages = [
        (CustomerMessage::text("that").reply_to(&first.mid), "reply_to", json!({"mid": first.mid, "is_self_reply": true})),
        (CustomerMessage::text("Red").quick_reply("RED"), "quick_reply", json!({"payload": "RED"})),
        (
            CustomerMessage::text("x").referral("nonce", "SHORTLINKS"),
            "referral",
            json!({"ref": "nonce", "source": "SHORTLINKS", "type": "OPEN_THREAD"}),
        ),
        (
            CustomerMessage::wordless().attachment("image", "https://e.org/i"),
            "attachments",
            json!([{"type": "image", "payload": {"url": "https://e.org/i"}}]),
        ),
    ];
    for (message, key, expected) in messages {
        controls.customer_sends("c5", INSTAGRAM, &message).await.unwrap();
        assert_eq!(receiver.next().await.item()["message"][key], expected);
    }
    controls.customer_sends("c5", INSTAGRAM, &CustomerMessage::text("love it").story_reply("1804")).await.unwrap();
    assert_eq!(receiver.next().await.item()["message"]["reply_to"]["story"]["id"], "1804");
    controls.customer_sends("c5", INSTAGRAM, &CustomerMessage::wordless().story_mention("1805")).await.unwrap();
    assert_eq!(receiver.next().await.item()["message"]["attachments"][0]["type"], "story_mention");
    controls.customer_sends("c5", INSTAGRAM, &CustomerMessage::wordless().referral("again", "SHORTLINKS")).await.unwrap();
    assert_eq!(receiver.next().await.item()["referral"]["ref"], "again");
    controls.customer_acts("c5", INSTAGRAM, &Action::Read).await.unwrap();
    assert!(receiver.next().await.item()["read"]["mid"].is_string(), "Instagram tells which message was seen, not until when");
    controls.customer_acts("c5", INSTAGRAM, &Action::Comment { text: "Nice".into() }).await.unwrap();
    assert_eq!(receiver.next().await.json()["entry"][0]["changes"][0]["field"], "comments");
}

#[tokio::test]
async fn attachments_quick_replies_and_sender_actions_are_taken() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let image = json!({"attachment": {"type": "image", "payload": {"url": "https://example.org/a.jpg"}}});
    let sent = stage.send(&token, ADA, image).await;
    let mid = sent["message_id"].as_str().unwrap();
    let read = stage.get(&format!("/{mid}?fields=attachments{{image_data{{url}}}}"), &token).await;
    assert_eq!(read["attachments"]["data"][0]["image_data"], json!({"url": "https://example.org/a.jpg"}));
    let asked = json!({"text": "Which?", "quick_replies": [{"content_type": "text", "title": "Red", "payload": "RED"}]});
    assert!(stage.send(&token, ADA, asked).await["message_id"].is_string());
    for body in [
        json!({"recipient": {"id": ADA}, "sender_action": "typing_on"}),
        json!({"recipient": {"id": ADA}, "sender_action": "MARK_SEEN"}),
        json!({"recipient": {"id": ADA}, "sender_action": "react", "payload": {"message_id": mid, "reaction": "love"}}),
    ] {
        let done = stage.post(&format!("/{PAGE}/messages"), &token, &body).await;
        assert_eq!(done, json!({"recipient_id": ADA}));
    }
    let read = stage.get(&format!("/{mid}?fields=reactions"), &token).await;
    assert_eq!(read["reactions"]["data"][0]["users"][0]["id"], PAGE);
    let reply = json!({"recipient": {"id": ADA}, "message": {"text": "that"}, "reply_to": {"mid": mid}});
    let sent = stage.post("/me/messages", &token, &reply).await;
    let read = stage.get(&format!("/{}?fields=reply_to", sent["message_id"].as_str().unwrap()), &token).await;
    assert_eq!(read["reply_to"], json!({"mid": mid, "is_self_reply": true}));
}

#[tokio::test]
async fn a_comment_is_answered_in_private_once() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for (account, code) in [(PAGE, 10_900), (INSTAGRAM, 100)] {
        let comment = stage.controls.customer_acts("c2", account, &Action::Comment { text: "How much?".into() }).await.unwrap();
        let body = json!({"recipient": {"comment_id": comment}, "message": {"text": "Eight"}});
        assert!(stage.post("/me/messages", &token, &body).await["message_id"].is_string());
        assert_eq!(crate::stage::refusal(&stage.post("/me/messages", &token, &body).await).0, code);
    }
}
