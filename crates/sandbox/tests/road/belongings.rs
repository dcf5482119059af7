use link_sandbox::{Action, PersonAction, Sandbox};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::stage::{ADA, ADA_IG, APP, CAFE, INSTAGRAM, PAGE, ROBIN, Stage, refusal};

const BEN: &str = "4000000000000012";

impl Stage {
    /// An action that the typed controls have no word for.
    async fn customer_does(&self, customer: &str, body: &Value) {
        let url = self.url(&format!("/_sandbox/customers/{customer}/actions"));
        let answer = self.client.post(url).json(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{body}");
    }

    async fn hears(&self, fields: &str) -> Receiver {
        let receiver = Receiver::start().await;
        self.subscribe_app(&receiver.url, "page", fields).await;
        let token = self.page_token(PAGE).await;
        self.post("/me/subscribed_apps", &token, &json!({"subscribed_fields": fields})).await;
        receiver
    }

    /// Answers to an opt-in, a comment or a post.
    async fn answer(&self, token: &str, recipient: Value) -> Value {
        self.post("/me/messages", token, &json!({"recipient": recipient, "message": {"text": "Hello"}})).await
    }
}

fn done() -> Value {
    json!({"result": "success"})
}

fn menu(items: usize, title: usize) -> Value {
    let item = json!({"type": "postback", "title": "t".repeat(title), "payload": "P"});
    json!([{"locale": "default", "composer_input_disabled": false, "call_to_actions": vec![item; items]}])
}

fn questions(count: usize) -> Value {
    json!([{"locale": "default", "call_to_actions": vec![json!({"question": "Open?", "payload": "OPEN"}); count]}])
}

#[tokio::test]
async fn a_pages_profile_is_set_read_and_taken_down() {
    let stage = Stage::with(|seed| seed["limits"]["profile_calls_per_ten_minutes"] = Value::Null).await;
    let token = stage.page_token(PAGE).await;
    let path = "/me/messenger_profile";
    assert_eq!(stage.get(path, &token).await, json!({"data": []}));
    assert_eq!(refusal(&stage.post(path, &token, &json!({"persistent_menu": menu(1, 5)})).await).0, 100, "a menu needs a way to start");
    let whole = json!({
        "get_started": {"payload": "START"},
        "greeting": [{"locale": "default", "text": "Hello"}],
        "persistent_menu": menu(20, 30),
        "ice_breakers": questions(4),
        "whitelisted_domains": ["https://example.org"],
        "account_linking_url": "https://example.org/link",
        "commands": [{"locale": "default", "commands": [{"name": "help", "description": "Help"}]}],
    });
    assert_eq!(stage.post(path, &token, &whole).await, done());
    let read = stage.get(path, &token).await["data"][0].clone();
    assert_eq!(read, whole, "what was set is read");
    let some = stage.get(&format!("{path}?fields=greeting,commands"), &token).await["data"][0].clone();
    assert_eq!(some.as_object().unwrap().len(), 2);
    for wrong in [
        json!({}),
        json!({"greeting": "Hello"}),
        json!({"greeting": [{"locale": "de_DE", "text": "Hallo"}]}),
        json!({"get_started": "START"}),
        json!({"persistent_menu": menu(21, 5)}),
        json!({"persistent_menu": menu(1, 31)}),
        json!({"persistent_menu": menu(1, 0)}),
        json!({"ice_breakers": questions(5)}),
        json!({"ice_breakers": questions(0)}),
        json!({"ice_breakers": []}),
        json!({"account_linking_url": "http://example.org"}),
        json!({"commands": "help"}),
        json!({"subject_to_new_eu_privacy_rules": true}),
    ] {
        assert_eq!(refusal(&stage.post(path, &token, &wrong).await).0, 100, "{wrong}");
    }
    assert_eq!(stage.get(path, &token).await["data"][0], whole, "what was refused changed nothing");
    for wrong in [path.to_owned(), format!("{path}?fields=colour"), format!("{path}?fields=get_started")] {
        assert_eq!(refusal(&stage.delete(&wrong, &token).await).0, 100, "{wrong}");
    }
    assert_eq!(stage.delete(&format!("{path}?fields=persistent_menu,get_started"), &token).await, done());
    assert!(stage.get(path, &token).await["data"][0].get("persistent_menu").is_none());
    assert_eq!(stage.get(path, &stage.page_token(CAFE).await).await, json!({"data": []}), "another Page has its own");
}

#[tokio::test]
async fn an_instagram_profile_has_two_properties_and_is_one_on_both_roads() {
    let stage = Stage::frozen().await;
    let (token, own) = (stage.page_token(PAGE).await, stage.ig_token(INSTAGRAM).await);
    let body = json!({"platform": "instagram", "ice_breakers": questions(4), "persistent_menu": menu(5, 30)});
    assert_eq!(stage.post("/me/messenger_profile", &token, &body).await, done(), "no way to start is needed");
    let told = stage.ig_get("/me/messenger_profile", &own).await;
    assert_eq!(told["data"][0]["ice_breakers"], questions(4));
    assert_eq!(stage.get("/me/messenger_profile", &token).await, json!({"data": []}), "Messenger's is another");
    for wrong in [json!({"greeting": [{"locale": "default", "text": "Hi"}]}), json!({"get_started": {"payload": "P"}})] {
        assert_eq!(refusal(&stage.ig_post("/me/messenger_profile", &own, &wrong).await).0, 100, "{wrong}");
    }
    let gone = stage.on_instagram(reqwest::Method::DELETE, "/me/messenger_profile?fields=ice_breakers", &own, None).await;
    assert_eq!(gone.json::<Value>().await.unwrap(), done());
    let told = stage.get("/me/messenger_profile?platform=instagram", &token).await;
    assert_eq!(told["data"][0].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn one_customer_may_have_a_menu_of_their_own() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let path = "/me/custom_user_settings";
    let body = json!({"psid": ADA, "persistent_menu": menu(2, 5)});
    assert_eq!(stage.post(path, &token, &body).await, done());
    let told = stage.get(&format!("{path}?psid={ADA}"), &token).await;
    assert_eq!(told["data"][0]["user_level_persistent_menu"], menu(2, 5));
    assert_eq!(stage.get(&format!("{path}?psid={BEN}"), &token).await, json!({"data": []}));
    for wrong in [
        json!({}),
        json!({"psid": ADA}),
        json!({"psid": ADA, "persistent_menu": menu(1, 31)}),
        json!({"psid": ADA_IG, "persistent_menu": menu(1, 3)}),
    ] {
        assert_eq!(refusal(&stage.post(path, &token, &wrong).await).0, 100, "{wrong}");
    }
    assert_eq!(stage.delete(&format!("{path}?psid={ADA}"), &token).await, done());
    assert_eq!(stage.get(&format!("{path}?psid={ADA}"), &token).await, json!({"data": []}));
}

#[tokio::test]
async fn a_page_writes_as_one_of_its_personas() {
    let stage = Stage::frozen().await;
    let (token, cafe) = (stage.page_token(PAGE).await, stage.page_token(CAFE).await);
    let persona = |name: &str| json!({"name": name, "profile_picture_url": "https://example.org/p.png"});
    let id = stage.post("/me/personas", &token, &persona(&"n".repeat(50))).await["id"].as_str().unwrap().to_owned();
    for wrong in [persona(&"n".repeat(51)), persona(""), json!({"name": "Joan"}), json!({"name": "Joan", "profile_picture_url": "x"})] {
        assert_eq!(refusal(&stage.post("/me/personas", &token, &wrong).await).0, 100, "{wrong}");
    }
    stage.post("/me/personas", &token, &persona("Joan")).await;
    let first = stage.get("/me/personas?limit=1", &token).await;
    assert!(first["paging"]["next"].is_string(), "a list goes on by cursors: {first}");
    assert_eq!(stage.get(&format!("/{id}"), &token).await["profile_picture_url"], "https://example.org/p.png");
    assert_eq!(refusal(&stage.get(&format!("/{id}"), &cafe).await), (100, Some(33)), "another Page's persona");
    let signed = |persona: &str, to: &str| json!({"recipient": {"id": to}, "message": {"text": "I am"}, "persona_id": persona});
    let sent = stage.post("/me/messages", &token, &signed(&id, ADA)).await;
    let world = stage.controls.state().await.unwrap().to_string();
    assert!(sent["message_id"].is_string() && world.contains(&format!("\"persona\":\"{id}\"")));
    assert_eq!(refusal(&stage.post("/me/messages", &token, &signed(&id, ADA_IG)).await).0, 100, "Instagram has none");
    assert_eq!(stage.delete(&format!("/{id}"), &token).await, json!({"success": true}));
    assert_eq!(refusal(&stage.post("/me/messages", &token, &signed(&id, ADA)).await).0, 100, "gone");
    assert_eq!(refusal(&stage.get(&format!("/{id}"), &token).await), (100, Some(33)));
}

#[tokio::test]
async fn labels_are_put_on_people_and_told() {
    let stage = Stage::frozen().await;
    let receiver = stage.hears("inbox_labels").await;
    let (token, cafe) = (stage.page_token(PAGE).await, stage.page_token(CAFE).await);
    let id = stage.post("/me/custom_labels", &token, &json!({"page_label_name": "regulars"})).await["id"].as_str().unwrap().to_owned();
    for wrong in [json!({}), json!({"page_label_name": ""}), json!({"page_label_name": "regulars"})] {
        assert_eq!(refusal(&stage.post("/me/custom_labels", &token, &wrong).await).0, 100, "{wrong}");
    }
    assert_eq!(stage.post(&format!("/{id}/label"), &token, &json!({"user": ADA})).await, json!({"success": true}));
    let change = receiver.next().await.json()["entry"][0]["changes"][0].clone();
    let expected = json!({"user": {"id": ADA}, "action": "add", "label": {"id": id, "page_label_name": "regulars"}});
    assert_eq!((&change["field"], &change["value"]), (&json!("inbox_labels"), &expected));
    let of_ada = stage.get(&format!("/{ADA}/custom_labels?fields=page_label_name"), &token).await;
    assert_eq!(of_ada["data"][0], json!({"id": id, "page_label_name": "regulars"}));
    assert_eq!(stage.get(&format!("/{BEN}/custom_labels"), &token).await["data"], json!([]));
    assert_eq!(refusal(&stage.post(&format!("/{id}/label"), &token, &json!({"user": ADA_IG})).await), (100, Some(2_018_001)));
    assert_eq!(refusal(&stage.post(&format!("/{id}/label"), &cafe, &json!({"user": ADA})).await), (100, Some(33)), "another Page's label");
    stage.delete(&format!("/{id}/label?user={ADA}"), &token).await;
    assert_eq!(receiver.next().await.json()["entry"][0]["changes"][0]["value"]["action"], "remove");
    assert_eq!(stage.delete(&format!("/{id}"), &token).await, json!({"success": true}));
    assert_eq!(stage.get("/me/custom_labels", &token).await["data"], json!([]));
    stage.controls.seed(&json!({"pages": [{"id": PAGE, "label_terms": false}]})).await.unwrap();
    let refused = stage.post("/me/custom_labels", &token, &json!({"page_label_name": "x"})).await;
    assert_eq!(refusal(&refused), (2, Some(2_018_344)), "the contact terms come first");
}

#[tokio::test]
async fn belongings_need_the_permission_to_write() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let label = stage.post("/me/custom_labels", &token, &json!({"page_label_name": "x"})).await["id"].as_str().unwrap().to_owned();
    let revoked = PersonAction::Revoke { permission: "pages_messaging".to_owned() };
    stage.controls.person_acts(ROBIN, &revoked).await.unwrap();
    for (path, body) in [
        ("/me/personas", json!({"name": "Joan", "profile_picture_url": "https://e.org/p"})),
        ("/me/custom_labels", json!({"page_label_name": "y"})),
        ("/me/messenger_profile", json!({"get_started": {"payload": "P"}})),
        ("/me/custom_user_settings", json!({"psid": ADA, "persistent_menu": menu(1, 3)})),
        ("/me/moderate_conversations", json!({"user_ids": [{"id": ADA}], "actions": ["block_user"]})),
        ("/me/unlink_accounts", json!({"psid": ADA})),
        ("/me/message_templates", json!({"name": "t", "components": []})),
        (&format!("/{label}/label"), json!({"user": ADA})),
    ] {
        assert_eq!(refusal(&stage.post(path, &token, &body).await).0, 200, "{path}");
    }
}

#[tokio::test]
async fn people_are_blocked_unblocked_and_moved_to_spam() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let moderate = async |people: &[&str], actions: &Value| {
        let people: Vec<Value> = people.iter().map(|id| json!({"id": id})).collect();
        stage.post("/me/moderate_conversations", &token, &json!({"user_ids": people, "actions": actions})).await
    };
    let told = moderate(&[ADA, ADA_IG], &json!(["block_user"])).await;
    assert_eq!(told["result"], json!([{"user_id": ADA, "result": "success"}, {"user_id": ADA_IG, "result": "success"}]));
    for to in [ADA, ADA_IG] {
        assert_eq!(refusal(&stage.send(&token, to, json!({"text": "x"})).await), (551, Some(1_545_041)));
    }
    assert!(stage.controls.customer_writes("c1", PAGE, "Let me in").await.is_err(), "nothing comes from who is blocked");
    moderate(&[ADA, ADA_IG], &json!(["unblock_user"])).await;
    assert!(stage.send(&token, ADA, json!({"text": "x"})).await["message_id"].is_string());
    for (people, actions) in [
        (vec![], json!(["block_user"])),
        (vec![ADA; 11], json!(["block_user"])),
        (vec![ADA], json!([])),
        (vec![ADA], json!(["block_user", "ban_user", "move_to_spam"])),
        (vec![ADA], json!(["tickle_user"])),
        (vec![ADA_IG], json!(["ban_user"])),
        (vec![ADA, "4000000000000099"], json!(["block_user"])),
    ] {
        assert_eq!(refusal(&moderate(&people, &actions).await).0, 100, "{people:?} {actions}");
    }
    assert!(stage.send(&token, ADA, json!({"text": "x"})).await["message_id"].is_string(), "what was refused blocked nobody");
    moderate(&[BEN], &json!(["ban_user", "move_to_spam"])).await;
    moderate(&[BEN], &json!(["unban_user"])).await;
    let listed = stage.get("/me/conversations", &token).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 3, "what is in spam is not listed");
    assert_eq!(refusal(&stage.send(&token, BEN, json!({"text": "x"})).await).0, 2_534_001);
    stage.controls.customer_writes("c2", PAGE, "Not spam").await.unwrap();
    assert!(stage.send(&token, BEN, json!({"text": "x"})).await["message_id"].is_string(), "a new word brings it back");
}

#[tokio::test]
async fn a_comment_and_a_post_are_answered_in_private_once_within_seven_days() {
    let stage = Stage::frozen().await;
    let receiver = stage.hears("feed").await;
    let token = stage.page_token(PAGE).await;
    let mut ids = Vec::new();
    for kind in ["comment", "post", "comment", "post"] {
        stage.customer_does("c1", &json!({"to": PAGE, "action": "comment", "text": "How much?", "kind": kind})).await;
        let value = receiver.next().await.json()["entry"][0]["changes"][0]["value"].clone();
        let key = if kind == "post" { "post_id" } else { "comment_id" };
        ids.push((key, value[key].as_str().unwrap().to_owned()));
    }
    for (key, id) in &ids[..2] {
        assert_eq!(stage.answer(&token, json!({*key: id})).await["recipient_id"], ADA, "{key}");
        assert_eq!(refusal(&stage.answer(&token, json!({*key: id})).await).0, 10_900, "{key}, again");
    }
    let cafe = stage.page_token(CAFE).await;
    assert_eq!(refusal(&stage.answer(&cafe, json!({"comment_id": ids[2].1})).await).0, 100, "another Page's comment");
    stage.controls.advance("7d").await.unwrap();
    for (key, id) in &ids[2..] {
        assert_eq!(refusal(&stage.answer(&token, json!({*key: id})).await).0, 10_903, "{key}, too late");
    }
}

#[tokio::test]
async fn a_private_answer_needs_no_window_and_opens_none() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(CAFE).await;
    let comment = stage.controls.customer_acts("c1", CAFE, &Action::Comment { text: "Open?".into() }).await.unwrap();
    let at_cafe = "4000000000000021";
    assert_eq!(refusal(&stage.send(&token, at_cafe, json!({"text": "x"})).await), (10, Some(2_018_278)));
    assert_eq!(stage.answer(&token, json!({"comment_id": comment})).await["recipient_id"], at_cafe);
    assert_eq!(
        refusal(&stage.send(&token, at_cafe, json!({"text": "x"})).await),
        (10, Some(2_018_278)),
        "only the person's answer opens it"
    );
    stage.controls.customer_writes("c1", CAFE, "Thanks").await.unwrap();
    assert!(stage.send(&token, at_cafe, json!({"text": "x"})).await["message_id"].is_string());
}

#[tokio::test]
async fn who_ticked_a_checkbox_is_written_to_by_the_boxs_own_reference() {
    let stage = Stage::frozen().await;
    let receiver = stage.hears("messaging_optins").await;
    let token = stage.page_token(PAGE).await;
    stage.customer_does("c1", &json!({"to": PAGE, "action": "optin", "kind": "user_ref", "ref": "cart-1", "payload": "box-7"})).await;
    let item = receiver.next().await.item();
    assert_eq!(item["optin"], json!({"ref": "cart-1", "user_ref": "box-7"}));
    assert!(item.get("sender").is_none(), "nobody is known yet");
    let told = stage.answer(&token, json!({"user_ref": "box-7"})).await;
    assert!(told["message_id"].is_string() && told.get("recipient_id").is_none(), "{told}");
    assert_eq!(refusal(&stage.answer(&token, json!({"user_ref": "box-8"})).await), (100, Some(2_018_001)));
    let cafe = stage.page_token(CAFE).await;
    assert_eq!(refusal(&stage.answer(&cafe, json!({"user_ref": "box-7"})).await).0, 100);
}

#[tokio::test]
async fn a_single_notification_is_good_once_and_for_a_year() {
    let stage = Stage::frozen().await;
    let receiver = stage.hears("messaging_optins").await;
    let token = stage.page_token(PAGE).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        stage.customer_does("c1", &json!({"to": PAGE, "action": "optin", "kind": "one_time_notif_req", "payload": "P"})).await;
        tokens.push(receiver.next().await.item()["optin"]["one_time_notif_token"].clone());
    }
    stage.controls.advance("30d").await.unwrap();
    assert_eq!(stage.answer(&token, json!({"one_time_notif_token": tokens[0]})).await["recipient_id"], ADA, "outside every window");
    assert_eq!(refusal(&stage.answer(&token, json!({"one_time_notif_token": tokens[0]})).await).0, 100, "used up");
    let both = json!({"one_time_notif_token": tokens[1], "id": ADA});
    assert_eq!(refusal(&stage.answer(&token, both).await).0, 100, "one form at a time");
    stage.controls.advance("334d").await.unwrap();
    assert_eq!(
        stage.answer(&token, json!({"one_time_notif_token": tokens[1]})).await["recipient_id"],
        ADA,
        "a day before the year is over"
    );
    stage.controls.advance("1d").await.unwrap();
    assert_eq!(refusal(&stage.answer(&token, json!({"one_time_notif_token": tokens[2]})).await).0, 100, "the year is over");
}

#[tokio::test]
async fn recurring_notifications_ended_in_february_2026() {
    for (day, works) in [("2026-02-09T23:00:00Z", true), ("2026-02-10T00:00:00Z", false)] {
        let stage = Stage::at(day, Sandbox::builder()).await;
        let receiver = stage.hears("messaging_optins").await;
        let token = stage.page_token(PAGE).await;
        stage.customer_does("c1", &json!({"to": PAGE, "action": "optin", "kind": "notification_messages", "payload": "P"})).await;
        let notification = receiver.next().await.item()["optin"]["notification_messages_token"].clone();
        assert!(notification.is_string());
        let told = stage.answer(&token, json!({"notification_messages_token": notification})).await;
        assert_eq!(told["message_id"].is_string(), works, "{day}: {told}");
    }
}

#[tokio::test]
async fn a_linked_account_is_taken_apart_and_both_sides_hear() {
    let stage = Stage::frozen().await;
    let receiver = stage.hears("messaging_account_linking").await;
    let token = stage.page_token(PAGE).await;
    let told = stage.post("/me/unlink_accounts", &token, &json!({"psid": ADA})).await;
    assert_eq!(told, json!({"result": "unlink account success"}));
    let item = receiver.next().await.item();
    assert_eq!((&item["sender"]["id"], &item["account_linking"]), (&json!(ADA), &json!({"status": "unlinked"})));
    for wrong in [json!({}), json!({"psid": ADA_IG}), json!({"psid": "1"})] {
        assert_eq!(refusal(&stage.post("/me/unlink_accounts", &token, &wrong).await).0, 100, "{wrong}");
    }
    let unknown = stage.get("/me?fields=recipient&account_linking_token=nothing", &token).await;
    assert_eq!(refusal(&unknown).0, 10_303);
    assert_eq!(refusal(&stage.answer(&token, json!({"phone_number": "+1(555)123-4567"})).await).0, 10, "{APP} cannot match phone numbers");
}
