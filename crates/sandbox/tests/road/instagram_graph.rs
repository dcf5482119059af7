use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::Action;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::instagram_login::{PRODUCT, PRODUCT_SECRET};
use crate::receiver::{Arrived, Receiver};
use crate::stage::{ADA, ADA_IG, CAFE, CAFE_INSTAGRAM, INSTAGRAM, PAGE, SECRET, Stage, refusal};

const FIELDS: &str =
    "messages,message_reactions,message_edit,messaging_seen,messaging_postbacks,messaging_referral,comments,message_echoes";
/// Ada, as the Cafe's Instagram account sees her.
const ADA_AT_CAFE: &str = "5000000000000021";

impl Stage {
    /// The Instagram product's own endpoint, which hears of the first account on its own road.
    pub(crate) async fn subscribed_by_login(&self) -> Receiver {
        self.subscribed_by_login_to(FIELDS).await
    }

    pub(crate) async fn subscribed_by_login_to(&self, fields: &str) -> Receiver {
        let receiver = Receiver::start().await;
        let body = json!({"object": "instagram", "callback_url": receiver.url, "verify_token": "sandbox-verify", "fields": fields});
        let done = self.post(&format!("/{PRODUCT}/subscriptions"), &format!("{PRODUCT}|{PRODUCT_SECRET}"), &body).await;
        assert_eq!(done, json!({"success": true}));
        let token = self.ig_token(INSTAGRAM).await;
        let done = self.ig_post("/me/subscribed_apps", &token, &json!({"subscribed_fields": FIELDS})).await;
        assert_eq!(done, json!({"success": true}));
        receiver
    }

    async fn ig_send(&self, token: &str, to: &str, message: Value) -> Value {
        self.ig_post("/v26.0/me/messages", token, &json!({"recipient": {"id": to}, "message": message})).await
    }
}

pub(crate) fn signed_by(arrived: &Arrived, secret: &str) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(&arrived.body);
    arrived.headers["x-hub-signature-256"] == format!("sha256={}", hex::encode(mac.finalize().into_bytes())).as_str()
}

#[tokio::test]
async fn with_both_roads_subscribed_everything_arrives_twice_under_other_ids_and_secrets() {
    let stage = Stage::frozen().await;
    let (linked, login) = (stage.subscribed().await, stage.subscribed_by_login().await);
    let (page, own) = (stage.page_token(PAGE).await, stage.ig_token(INSTAGRAM).await);
    let written = stage.controls.customer_writes("c1", INSTAGRAM, "Hello").await.unwrap();
    let (one, other) = (linked.next().await, login.next().await);
    assert!(signed_by(&one, SECRET) && signed_by(&other, PRODUCT_SECRET), "each road has the secret of its own");
    assert!(!signed_by(&one, PRODUCT_SECRET) && !signed_by(&other, SECRET));
    let (mine, theirs) = (one.item()["message"]["mid"].clone(), other.item()["message"]["mid"].clone());
    assert_eq!(mine, json!(written.mid), "the sandbox's own calls speak the ids of the road through Pages");
    assert_ne!(mine, theirs);
    for event in [&one, &other] {
        assert_eq!((&event.json()["entry"][0]["id"], &event.item()["sender"]["id"]), (&json!(INSTAGRAM), &json!(ADA_IG)));
    }
    let (mine, theirs) = (mine.as_str().unwrap(), theirs.as_str().unwrap());
    assert_eq!(stage.get(&format!("/{mine}?fields=message"), &page).await["message"], "Hello");
    assert_eq!(stage.ig_get(&format!("/{theirs}?fields=message"), &own).await["message"], "Hello");
    assert_eq!(refusal(&stage.get(&format!("/{theirs}"), &page).await), (100, Some(33)), "the other road's id is nobody's here");
    assert_eq!(refusal(&stage.ig_get(&format!("/{mine}"), &own).await), (100, Some(33)));
    let actions = [
        (Action::React { mid: mine.into(), emoji: "❤️".into() }, "reaction"),
        (Action::Edit { mid: mine.into(), text: "Hello!".into() }, "message_edit"),
        (Action::Postback { title: "Go".into(), payload: "GO".into() }, "postback"),
        (Action::Unsend { mid: mine.into() }, "message"),
    ];
    for (action, key) in actions {
        stage.controls.customer_acts("c1", INSTAGRAM, &action).await.unwrap();
        let (one, other) = (linked.next().await.item()[key].clone(), login.next().await.item()[key].clone());
        assert!(one["mid"].is_string() && other["mid"].is_string(), "{action:?}: {one} {other}");
        assert_ne!(one["mid"], other["mid"], "{action:?}");
        let without = |mut event: Value| {
            event["mid"].take();
            event
        };
        assert_eq!(without(one), without(other), "{action:?} says the same on both roads");
    }
    let sent = stage.ig_send(&own, ADA_IG, json!({"text": "Hi"})).await;
    let (one, other) = (linked.next().await.item(), login.next().await.item());
    assert_eq!(other["message"]["mid"], sent["message_id"], "what was sent on this road is heard under the same id");
    assert_ne!(one["message"]["mid"], sent["message_id"], "and under the other road's on the other");
    assert_eq!((&one["message"]["is_echo"], &other["message"]["is_echo"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_comment_arrives_on_both_roads_and_is_answered_on_either_once() {
    let stage = Stage::frozen().await;
    let (linked, login) = (stage.subscribed().await, stage.subscribed_by_login().await);
    let own = stage.ig_token(INSTAGRAM).await;
    let comment = stage.controls.customer_acts("c2", INSTAGRAM, &Action::Comment { text: "How much?".into() }).await.unwrap();
    for event in [linked.next().await.json(), login.next().await.json()] {
        let change = &event["entry"][0]["changes"][0];
        assert_eq!((&change["field"], &change["value"]["id"]), (&json!("comments"), &json!(comment)));
    }
    let id = comment.unwrap();
    assert_eq!(stage.ig_get(&format!("/{id}"), &own).await["text"], "How much?");
    let body = json!({"recipient": {"comment_id": id}, "message": {"text": "Eight"}});
    assert!(stage.ig_post("/me/messages", &own, &body).await["message_id"].is_string());
    let page = stage.page_token(PAGE).await;
    assert_eq!(refusal(&stage.post("/me/messages", &page, &body).await), (100, Some(2_534_025)), "one answer, whichever the road");
}

#[tokio::test]
async fn both_roads_list_the_same_conversations_and_read_their_twenty_newest_messages() {
    let stage = Stage::frozen().await;
    let (page, own) = (stage.page_token(PAGE).await, stage.ig_token(INSTAGRAM).await);
    let fields = "fields=participants,updated_time,messages.limit(30){id,message,created_time,from,to}";
    let linked = stage.get(&format!("/me/conversations?platform=instagram&{fields}"), &page).await;
    let login = stage.ig_get(&format!("/me/conversations?{fields}"), &own).await;
    let lists = [linked["data"].as_array().unwrap(), login["data"].as_array().unwrap()];
    assert_eq!((lists[0].len(), lists[1].len()), (3, 3));
    for (one, other) in lists[0].iter().zip(lists[1]) {
        assert_ne!(one["id"], other["id"]);
        assert_eq!((&one["participants"], &one["updated_time"]), (&other["participants"], &other["updated_time"]));
        let (ones, others) = (one["messages"]["data"].as_array().unwrap(), other["messages"]["data"].as_array().unwrap());
        assert_eq!((ones.len(), others.len()), (30, 30), "every id is told");
        for (depth, (one, other)) in ones.iter().zip(others).enumerate() {
            assert_ne!(one["id"], other["id"]);
            assert_eq!((one["message"].is_string(), other["message"].is_string()), (depth < 20, depth < 20), "message {depth}");
            let (one, other) = (one["id"].as_str().unwrap(), other["id"].as_str().unwrap());
            for answer in
                [stage.get(&format!("/{one}?fields=message"), &page).await, stage.ig_get(&format!("/{other}?fields=message"), &own).await]
            {
                if depth < 20 {
                    assert!(answer["message"].is_string(), "message {depth}: {answer}");
                } else {
                    assert_eq!(refusal(&answer).0, 9_000_001, "message {depth} is told as deleted");
                }
            }
        }
    }
    let (one, other) = (lists[0][0]["id"].as_str().unwrap(), lists[1][0]["id"].as_str().unwrap());
    assert_eq!(stage.ig_get(&format!("/{other}/messages?limit=2"), &own).await["data"].as_array().unwrap().len(), 2);
    assert_eq!(refusal(&stage.ig_get(&format!("/{one}"), &own).await), (100, Some(33)));
    assert_eq!(refusal(&stage.get(&format!("/{other}"), &page).await), (100, Some(33)));
    assert_eq!(refusal(&stage.ig_get("/me/conversations?platform=messenger", &own).await).0, 100, "there is no Messenger here");
    let found = stage.ig_get(&format!("/me/conversations?user_id={ADA_IG}"), &own).await;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_twentieth_message_becomes_unreadable_with_the_next_one() {
    let stage = Stage::frozen().await;
    let own = stage.ig_token(INSTAGRAM).await;
    let listed = stage.ig_get(&format!("/me/conversations?user_id={ADA_IG}&fields=messages.limit(20){{id}}"), &own).await;
    let last = listed["data"][0]["messages"]["data"][19]["id"].as_str().unwrap().to_owned();
    assert!(stage.ig_get(&format!("/{last}?fields=message"), &own).await["message"].is_string());
    let written = stage.controls.customer_writes("c1", INSTAGRAM, "one more").await.unwrap();
    assert_eq!(refusal(&stage.ig_get(&format!("/{last}?fields=message"), &own).await).0, 9_000_001);
    stage.controls.customer_acts("c1", INSTAGRAM, &Action::Unsend { mid: written.mid }).await.unwrap();
    assert!(stage.ig_get(&format!("/{last}?fields=message"), &own).await["message"].is_string(), "what was taken back does not count");
}

#[tokio::test]
async fn an_account_answers_quotes_and_reacts_without_a_page() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed_by_login().await;
    let own = stage.ig_token(INSTAGRAM).await;
    stage.controls.customer_writes("c1", INSTAGRAM, "Which?").await.unwrap();
    let mid = receiver.next().await.item()["message"]["mid"].clone();
    let body = json!({"recipient": {"id": ADA_IG}, "message": {"text": "That"}, "reply_to": {"mid": mid}});
    let sent = stage.ig_post(&format!("/v26.0/{INSTAGRAM}/messages"), &own, &body).await;
    assert_eq!(sent["recipient_id"], ADA_IG);
    assert_eq!(receiver.next().await.item()["message"]["reply_to"], json!({"mid": mid, "is_self_reply": false}));
    let id = sent["message_id"].as_str().unwrap();
    let read = stage.ig_get(&format!("/{id}?fields=message,reply_to,from"), &own).await;
    assert_eq!((&read["message"], &read["reply_to"]["mid"], &read["from"]["id"]), (&json!("That"), &mid, &json!(INSTAGRAM)));
    let react = |action: &str, mid: &Value| json!({"recipient": {"id": ADA_IG}, "sender_action": action, "payload": {"message_id": mid, "reaction": "🎉"}});
    let done = stage.ig_post("/me/messages", &own, &react("react", &mid)).await;
    assert_eq!(done, json!({"recipient_id": ADA_IG}));
    let seen = stage.ig_get(&format!("/{}?fields=reactions", mid.as_str().unwrap()), &own).await;
    assert_eq!(seen["reactions"]["data"][0]["reaction"], "🎉");
    stage.ig_post("/me/messages", &own, &react("unreact", &mid)).await;
    let seen = stage.ig_get(&format!("/{}?fields=reactions", mid.as_str().unwrap()), &own).await;
    assert!(seen.get("reactions").is_none(), "{seen}");
    assert_eq!(refusal(&stage.ig_post("/me/messages", &own, &react("react", &json!("aWdf"))).await).0, 100);
    for action in ["typing_on", "typing_off", "mark_seen"] {
        let body = json!({"recipient": {"id": ADA_IG}, "sender_action": action});
        assert_eq!(stage.ig_post("/me/messages", &own, &body).await, json!({"recipient_id": ADA_IG}));
    }
}

#[tokio::test]
async fn what_instagram_does_not_take_is_refused_on_its_own_road_as_well() {
    let stage = Stage::frozen().await;
    let own = stage.ig_token(INSTAGRAM).await;
    assert!(stage.ig_send(&own, ADA_IG, json!({"text": "é".repeat(500)})).await["message_id"].is_string(), "1000 bytes");
    assert_eq!(refusal(&stage.ig_send(&own, ADA_IG, json!({"text": "é".repeat(501)})).await).0, 100, "1002 bytes");
    assert!(stage.ig_send(&own, ADA_IG, json!({"attachment": {"type": "like_heart"}})).await["message_id"].is_string());
    assert_eq!(refusal(&stage.ig_send(&own, ADA_IG, json!({"sticker_id": "369239263222822"})).await).0, 100);
    assert_eq!(refusal(&stage.ig_send(&own, ADA, json!({"text": "x"})).await), (100, Some(2_534_014)), "no such person on Instagram");
    assert_eq!(refusal(&stage.ig_send(&own, ADA_AT_CAFE, json!({"text": "x"})).await), (100, Some(2_534_014)));
    let body = json!({"recipient": {"id": ADA_IG}, "message": {"text": "x"}, "persona_id": "1"});
    assert_eq!(refusal(&stage.ig_post("/me/messages", &own, &body).await).0, 100);
    for (edge, body) in [
        ("personas", json!({"name": "Joan", "profile_picture_url": "https://e.org/j.png"})),
        ("custom_labels", json!({"page_label_name": "regulars"})),
        ("message_templates", json!({"name": "t", "components": []})),
        ("custom_user_settings", json!({"psid": ADA_IG, "persistent_menu": [{"locale": "default"}]})),
        ("unlink_accounts", json!({"psid": ADA_IG})),
    ] {
        assert_eq!(refusal(&stage.ig_post(&format!("/me/{edge}"), &own, &body).await), (100, Some(33)), "{edge} is Messenger's");
        assert_eq!(refusal(&stage.ig_get(&format!("/me/{edge}"), &own).await).0, 2500, "{edge}");
    }
    stage.controls.advance("23h").await.unwrap();
    assert_eq!(refusal(&stage.ig_send(&own, ADA_IG, json!({"text": "late"})).await), (10, Some(2_534_022)));
    let by_hand = json!({"recipient": {"id": ADA_IG}, "message": {"text": "late"}, "tag": "HUMAN_AGENT"});
    assert!(stage.ig_post("/me/messages", &own, &by_hand).await["message_id"].is_string());
    stage.controls.advance("6d").await.unwrap();
    assert_eq!(refusal(&stage.ig_post("/me/messages", &own, &by_hand).await), (10, Some(2_534_022)), "seven days after the last word");
}

#[tokio::test]
async fn an_account_shares_a_post_of_its_own_and_no_story_and_nobody_elses() {
    let stage = Stage::frozen().await;
    let (own, other) = (stage.ig_token(INSTAGRAM).await, stage.ig_token(CAFE_INSTAGRAM).await);
    let media = stage.ig_get("/me/media?fields=id,permalink,media_product_type,timestamp", &own).await["data"].clone();
    let story = stage.ig_get("/me/stories", &own).await["data"][0]["id"].clone();
    let foreign = stage.ig_get("/me/media", &other).await["data"][0]["id"].clone();
    assert_eq!((media.as_array().unwrap().len(), &media[0]["media_product_type"]), (2, &json!("FEED")));
    let id = media[0]["id"].as_str().unwrap();
    assert_eq!(stage.ig_get(&format!("/{id}?fields=permalink"), &own).await["permalink"], media[0]["permalink"]);
    assert_eq!(refusal(&stage.ig_get(&format!("/{id}"), &other).await), (100, Some(33)), "another account's post is not there");
    let page = stage.page_token(PAGE).await;
    let share = |id: &Value| json!({"attachment": {"type": "MEDIA_SHARE", "payload": {"id": id}}});
    let sent = stage.ig_send(&own, ADA_IG, share(&media[0]["id"])).await;
    let read = stage.ig_get(&format!("/{}?fields=shares", sent["message_id"].as_str().unwrap()), &own).await;
    assert_eq!(read["shares"]["data"][0]["link"], media[0]["permalink"]);
    assert!(stage.send(&page, ADA_IG, share(&media[0]["id"])).await["message_id"].is_string(), "the other road has the same posts");
    for wrong in [&story, &foreign, &json!("17910"), &json!(7), &Value::Null] {
        assert_eq!(refusal(&stage.ig_send(&own, ADA_IG, share(wrong)).await), (100, Some(2_534_015)), "{wrong}");
    }
    assert_eq!(refusal(&stage.send(&page, ADA, share(&media[0]["id"])).await).0, 100, "Messenger shares no posts");
}

#[tokio::test]
async fn an_account_is_subscribed_on_its_own_road_to_what_that_road_tells() {
    let stage = Stage::frozen().await;
    let own = stage.ig_token(INSTAGRAM).await;
    for wrong in
        [json!({}), json!({"subscribed_fields": "feed"}), json!({"subscribed_fields": ["messages", "messaging_policy_enforcement"]})]
    {
        assert_eq!(refusal(&stage.ig_post("/me/subscribed_apps", &own, &wrong).await).0, 100, "{wrong}");
    }
    assert_eq!(stage.ig_get("/me/subscribed_apps", &own).await, json!({"data": []}));
    stage.subscribed_by_login().await;
    let told = stage.ig_get("/me/subscribed_apps", &own).await["data"].clone();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["app_id"]), (1, &json!(PRODUCT)));
    let lean = stage.controls.instagram_token(CAFE_INSTAGRAM, &["instagram_business_basic"]).await.unwrap();
    let body = json!({"subscribed_fields": "messages"});
    assert_eq!(refusal(&stage.ig_post("/me/subscribed_apps", &lean, &body).await).0, 200, "without the permission nothing is heard");
    let scopes = ["instagram_business_basic", "instagram_business_manage_comments"];
    let commenting = stage.controls.instagram_token(CAFE_INSTAGRAM, &scopes).await.unwrap();
    assert_eq!(refusal(&stage.ig_post("/me/subscribed_apps", &commenting, &body).await).0, 200, "comments are not messages");
    let comments = json!({"subscribed_fields": "comments,live_comments"});
    assert_eq!(stage.ig_post("/me/subscribed_apps", &commenting, &comments).await, json!({"success": true}));
    stage.on_instagram(Method::DELETE, "/me/subscribed_apps", &own, None).await;
    assert_eq!(stage.ig_get("/me/subscribed_apps", &own).await, json!({"data": []}));
}

#[tokio::test]
async fn who_only_commented_is_unknown_until_a_message_is_written() {
    let stage = Stage::frozen().await;
    let own = stage.ig_token(CAFE_INSTAGRAM).await;
    let page = stage.page_token(CAFE).await;
    let path = format!("/{ADA_AT_CAFE}?fields=name,username,follower_count");
    assert_eq!(refusal(&stage.ig_get(&path, &own).await), (100, Some(33)), "who never came by has no id here");
    stage.controls.customer_acts("c1", CAFE_INSTAGRAM, &Action::Comment { text: "Nice".into() }).await.unwrap();
    for answer in [stage.ig_get(&path, &own).await, stage.get(&path, &page).await] {
        assert_eq!(refusal(&answer).0, 230);
    }
    stage.controls.customer_writes("c1", CAFE_INSTAGRAM, "Hello").await.unwrap();
    for answer in [stage.ig_get(&path, &own).await, stage.get(&path, &page).await] {
        assert_eq!(answer, json!({"id": ADA_AT_CAFE, "name": "Ada Marsh", "username": "ada.marsh", "follower_count": 77}));
    }
    stage.controls.customer_acts("c1", CAFE_INSTAGRAM, &Action::Block).await.unwrap();
    assert_eq!(refusal(&stage.ig_get(&path, &own).await).0, 230, "who blocks the account is unknown again");
}

#[tokio::test]
async fn a_request_that_nobody_answers_is_told_for_thirty_days() {
    let stage = Stage::frozen().await;
    let own = stage.ig_token(CAFE_INSTAGRAM).await;
    stage.controls.customer_writes("c1", CAFE_INSTAGRAM, "Hello?").await.unwrap();
    stage.controls.customer_writes("c2", CAFE_INSTAGRAM, "Hello!").await.unwrap();
    assert!(stage.ig_send(&own, "5000000000000022", json!({"text": "Welcome"})).await["message_id"].is_string());
    let count = async || {
        let page = stage.page_token(CAFE).await;
        let login = stage.ig_get("/me/conversations", &own).await["data"].as_array().unwrap().len();
        let linked = stage.get("/me/conversations?platform=instagram", &page).await["data"].as_array().unwrap().len();
        (login, linked)
    };
    stage.controls.advance("29d").await.unwrap();
    assert_eq!(count().await, (2, 2));
    stage.controls.advance("1d").await.unwrap();
    assert_eq!(count().await, (1, 1), "the answered one stays");
    stage.controls.customer_writes("c1", CAFE_INSTAGRAM, "Still there?").await.unwrap();
    assert_eq!(count().await, (2, 2), "a new word brings it back");
}

#[tokio::test]
async fn a_list_inside_a_page_goes_on_among_the_same_conversations() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let told = stage.get("/me?fields=conversations.platform(instagram).limit(2){participants}", &token).await;
    let next = told["conversations"]["paging"]["next"].as_str().unwrap().to_owned();
    let rest: Value = stage.client.get(next).send().await.unwrap().json().await.unwrap();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1, "{rest}");
    assert!(rest["data"][0]["participants"]["data"][0]["username"].is_string(), "Instagram's, like the first two");
}
