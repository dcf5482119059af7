use link_sandbox::{CustomerMessage, Sandbox};
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, INSTAGRAM, PAGE, ROBIN, Stage, refusal};

impl Stage {
    /// Sends to Ada on either network; the error's code and subcode, or `None` when it went out.
    async fn refused(&self, token: &str, to: &str, message: Value) -> Option<(i64, Option<i64>)> {
        let told = self.send(token, to, message).await;
        if told["message_id"].is_string() { None } else { Some(refusal(&told)) }
    }
}

fn template(payload: &Value) -> Value {
    json!({"attachment": {"type": "template", "payload": payload}})
}

fn postback(title: usize, payload: usize) -> Value {
    json!({"type": "postback", "title": "t".repeat(title), "payload": "p".repeat(payload)})
}

fn button(text: usize, buttons: impl IntoIterator<Item = Value>) -> Value {
    let buttons: Vec<Value> = buttons.into_iter().collect();
    template(&json!({"template_type": "button", "text": "x".repeat(text), "buttons": buttons}))
}

fn generic(elements: usize, title: usize, subtitle: usize, buttons: usize) -> Value {
    let element = json!({"title": "t".repeat(title), "subtitle": "s".repeat(subtitle), "buttons": vec![postback(4, 4); buttons]});
    template(&json!({"template_type": "generic", "elements": vec![element; elements]}))
}

fn counted(kind: &str, elements: usize) -> Value {
    template(&json!({"template_type": kind, "elements": vec![json!({"id": "1"}); elements]}))
}

const GOES: Option<(i64, Option<i64>)> = None;
const ON_MESSENGER: Option<(i64, Option<i64>)> = Some((100, None));
const ON_INSTAGRAM: Option<(i64, Option<i64>)> = Some((100, Some(2_534_015)));

#[tokio::test]
async fn a_template_holds_as_much_as_it_holds_on_both_networks() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for (message, goes) in [
        (button(640, [postback(20, 1_000)]), true),
        (button(641, [postback(20, 1_000)]), false),
        (button(0, [postback(20, 1_000)]), false),
        (button(10, [postback(21, 1_000)]), false),
        (button(10, [postback(20, 1_001)]), false),
        (button(10, [postback(0, 1)]), false),
        (button(10, vec![postback(1, 1); 3]), true),
        (button(10, vec![postback(1, 1); 4]), false),
        (button(10, []), false),
        (button(10, [json!({"type": "web_url", "title": "Go", "url": "https://example.org/"})]), true),
        (button(10, [json!({"type": "web_url", "title": "Go", "url": "example"})]), false),
        (button(10, [json!({"type": "web_url", "title": "Go"})]), false),
        (button(10, [json!({"type": "dance", "title": "Go"})]), false),
        (button(10, [json!("Go")]), false),
        (generic(10, 80, 80, 3), true),
        (generic(11, 80, 80, 3), false),
        (generic(0, 80, 80, 3), false),
        (generic(1, 81, 80, 3), false),
        (generic(1, 80, 81, 3), false),
        (generic(1, 0, 0, 0), false),
        (generic(1, 1, 1, 0), true),
        (generic(1, 1, 0, 1), true),
        (generic(1, 1, 0, 0), false),
        (generic(1, 80, 80, 4), false),
        (counted("product", 10), true),
        (counted("product", 0), false),
        (counted("product", 11), false),
        (template(&json!({"template_type": "spell"})), false),
        (template(&json!({})), false),
        (template(&Value::Null), false),
    ] {
        let refused = if goes { [GOES, GOES] } else { [ON_MESSENGER, ON_INSTAGRAM] };
        assert_eq!(
            [stage.refused(&token, ADA, message.clone()).await, stage.refused(&token, ADA_IG, message.clone()).await],
            refused,
            "{message}"
        );
    }
}

#[tokio::test]
async fn some_templates_and_buttons_are_messengers_alone() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for message in [
        counted("media", 1),
        counted("image_grid", 2),
        counted("image_grid", 6),
        template(&json!({"template_type": "receipt"})),
        template(&json!({"template_type": "coupon"})),
        template(&json!({"template_type": "one_time_notif_req", "title": "Soon", "payload": "P"})),
        button(5, [json!({"type": "phone_number", "title": "Call", "payload": "+15105551234"})]),
        button(5, [json!({"type": "account_link", "url": "https://example.org/"})]),
        button(5, [json!({"type": "account_unlink"})]),
    ] {
        assert_eq!(stage.refused(&token, ADA, message.clone()).await, GOES, "{message}");
        assert_eq!(stage.refused(&token, ADA_IG, message.clone()).await, ON_INSTAGRAM, "{message}");
    }
    for wrong in [counted("media", 0), counted("media", 2), counted("image_grid", 1), counted("image_grid", 7)] {
        assert_eq!(stage.refused(&token, ADA, wrong.clone()).await, ON_MESSENGER, "{wrong}");
    }
}

#[tokio::test]
async fn a_message_holds_as_much_as_its_network_takes() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let picture = json!({"type": "image", "payload": {"url": "https://example.org/a.png"}});
    let film = json!({"type": "video", "payload": {"url": "https://example.org/a.mp4"}});
    for (to, message, goes) in [
        (ADA, json!({"text": "é".repeat(2_000)}), true),
        (ADA, json!({"text": "é".repeat(2_001)}), false),
        (ADA, json!({"text": "x", "metadata": "m".repeat(1_000)}), true),
        (ADA, json!({"text": "x", "metadata": "m".repeat(1_001)}), false),
        (ADA, json!({"attachments": vec![&picture; 30]}), true),
        (ADA, json!({"attachments": vec![&picture; 31]}), false),
        (ADA_IG, json!({"attachments": vec![&picture; 10]}), true),
        (ADA_IG, json!({"attachments": vec![&picture; 11]}), false),
        (ADA, json!({"attachments": [picture, film]}), false),
        (ADA, json!({"attachments": picture}), false),
        (ADA, json!({"attachment": [picture]}), false),
        (ADA, json!({"text": ["x"]}), false),
        (ADA, json!({"text": "x", "words": "y"}), false),
    ] {
        assert_eq!(stage.refused(&token, to, message.clone()).await.is_none(), goes, "{to} {message}");
    }
    stage.controls.seed(&json!({"instagram": [{"id": INSTAGRAM, "multi_image": false}]})).await.unwrap();
    let several = json!({"attachments": [picture, picture]});
    assert_eq!(stage.refused(&token, ADA_IG, several).await, Some((2_534_068, None)), "not switched on for the account");
}

fn quick(count: usize, title: usize, payload: usize) -> Value {
    let reply = json!({"content_type": "text", "title": "t".repeat(title), "payload": "p".repeat(payload)});
    json!({"text": "Which?", "quick_replies": vec![reply; count]})
}

#[tokio::test]
async fn a_message_offers_thirteen_quick_replies_of_twenty_letters() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    for (message, goes) in [
        (quick(13, 20, 1_000), true),
        (quick(14, 20, 1_000), false),
        (quick(1, 21, 1), false),
        (quick(1, 0, 1), false),
        (quick(1, 1, 1_001), false),
        (json!({"text": "x", "quick_replies": [{"content_type": "location"}]}), false),
        (json!({"text": "x", "quick_replies": [{"title": "t"}]}), false),
        (json!({"text": "x", "quick_replies": {"a": 1}}), false),
        (json!({"quick_replies": [{"content_type": "text", "title": "t", "payload": "p"}]}), false),
    ] {
        for to in [ADA, ADA_IG] {
            assert_eq!(stage.refused(&token, to, message.clone()).await.is_none(), goes, "{to} {message}");
        }
    }
}

#[tokio::test]
async fn instagram_asks_for_phone_and_mail_until_october_2026_and_messenger_still_does() {
    for (day, on_instagram) in [("2026-10-04T23:59:00Z", true), ("2026-10-05T00:00:00Z", false)] {
        let stage = Stage::at(day, Sandbox::builder()).await;
        let token = stage.page_token(PAGE).await;
        for kind in ["user_phone_number", "user_email"] {
            let message = json!({"text": "How do we reach you?", "quick_replies": [{"content_type": kind}]});
            assert_eq!(stage.refused(&token, ADA, message.clone()).await, GOES);
            assert_eq!(stage.refused(&token, ADA_IG, message).await.is_none(), on_instagram, "{kind} on {day}");
        }
    }
}

#[tokio::test]
async fn the_former_tags_open_the_window_until_their_last_day() {
    for (day, works) in [("2026-04-26T00:00:00Z", true), ("2026-04-27T00:00:00Z", false)] {
        let seed = {
            let mut seed = link_sandbox::default_seed();
            for place in [0, 4] {
                seed["conversations"][place]["history"]["last"] = json!("20d");
            }
            seed
        };
        let stage = Stage::at(day, Sandbox::builder().seed(seed)).await;
        let token = stage.page_token(PAGE).await;
        let tagged = |to: &str, tag: &str, message: Value| json!({"recipient": {"id": to}, "messaging_type": "MESSAGE_TAG", "tag": tag, "message": message});
        for tag in ["ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"] {
            for message in [json!({"text": "Your table is ready"}), generic(1, 5, 5, 1)] {
                let told = stage.post("/me/messages", &token, &tagged(ADA, tag, message)).await;
                assert_eq!(told["message_id"].is_string(), works, "{tag} on {day}: {told}");
                assert!(works || refusal(&told) == (100, None));
            }
            let told = stage.post("/me/messages", &token, &tagged(ADA_IG, tag, json!({"text": "x"}))).await;
            assert_eq!(refusal(&told).0, 100, "Instagram never had them");
        }
        let human = stage.post("/me/messages", &token, &tagged(ADA, "HUMAN_AGENT", json!({"text": "x"}))).await;
        assert_eq!(refusal(&human), (10, Some(2_018_278)), "seven days are over");
    }
}

#[tokio::test]
async fn the_feedback_tag_goes_with_its_template_within_seven_days_on_messenger() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.advance("2d").await.unwrap();
    let tagged = |to: &str, message: Value| json!({"recipient": {"id": to}, "messaging_type": "MESSAGE_TAG", "tag": "CUSTOMER_FEEDBACK", "message": message});
    let feedback = template(&json!({"template_type": "customer_feedback", "title": "How was it?"}));
    assert!(stage.post("/me/messages", &token, &tagged(ADA, feedback.clone())).await["message_id"].is_string());
    for wrong in [
        json!({"text": "How was it?"}),
        generic(1, 5, 5, 0),
        json!({"attachment": {"type": "image", "payload": {"url": "https://e.org/a.png"}}}),
    ] {
        assert_eq!(refusal(&stage.post("/me/messages", &token, &tagged(ADA, wrong)).await).0, 100);
    }
    assert_eq!(refusal(&stage.post("/me/messages", &token, &tagged(ADA_IG, feedback.clone())).await).0, 100);
    stage.controls.advance("5d").await.unwrap();
    assert_eq!(refusal(&stage.post("/me/messages", &token, &tagged(ADA, feedback)).await), (10, Some(2_018_278)));
}

#[tokio::test]
async fn a_utility_template_is_sent_at_any_time_by_who_may_and_to_messenger_alone() {
    let stage = Stage::frozen().await;
    let plain = stage.page_token(PAGE).await;
    let utility = |to: &str, message: Value| json!({"recipient": {"id": to}, "messaging_type": "UTILITY", "message": message});
    let named = |name: &str| json!({"template": {"name": name, "language": {"code": "en"}, "components": []}});
    assert_eq!(refusal(&stage.post("/me/messages", &plain, &utility(ADA, named("shipped"))).await).0, 200, "a permission of its own");
    let mut scopes = crate::stage::scopes();
    scopes.push("pages_utility_messaging");
    let token = stage.controls.tokens(ROBIN, &scopes).await.unwrap().page_tokens[PAGE].clone();
    assert_eq!(refusal(&stage.post("/me/messages", &token, &utility(ADA, named("shipped"))).await).0, 100, "not approved yet");
    for wrong in [json!({}), json!({"name": "shipped"}), json!({"components": []}), json!({"name": "shipped", "components": "x"})] {
        assert_eq!(refusal(&stage.post("/me/message_templates", &token, &wrong).await).0, 100);
    }
    let body = json!({"name": "shipped", "language": "en", "components": [{"type": "BODY", "text": "On its way"}]});
    let made = stage.post("/me/message_templates", &token, &body).await;
    assert_eq!(made["status"], "APPROVED");
    let listed = stage.get("/me/message_templates", &token).await;
    assert_eq!((&listed["data"][0]["name"], &listed["data"][0]["id"]), (&json!("shipped"), &made["id"]));
    stage.controls.advance("30d").await.unwrap();
    assert!(stage.post("/me/messages", &token, &utility(ADA, named("shipped"))).await["message_id"].is_string(), "no window");
    assert_eq!(
        refusal(&stage.post("/me/messages", &token, &utility(ADA, json!({"text": "x"}))).await).0,
        100,
        "a template and nothing else"
    );
    assert_eq!(refusal(&stage.post("/me/messages", &token, &utility(ADA_IG, named("shipped"))).await).0, 100);
    assert_eq!(refusal(&stage.send(&token, ADA, named("shipped")).await).0, 100, "a template goes as UTILITY only");
    stage.delete("/me/message_templates?name=shipped", &token).await;
    assert_eq!(refusal(&stage.post("/me/messages", &token, &utility(ADA, named("shipped"))).await).0, 100);
}

#[tokio::test]
async fn a_sticker_changed_what_it_is_in_the_summer_of_2026() {
    for (day, kinds) in [
        ("2026-05-31T12:00:00Z", json!(["image"])),
        ("2026-06-01T00:00:00Z", json!(["sticker", "image"])),
        ("2026-08-29T23:59:59Z", json!(["sticker", "image"])),
        ("2026-08-30T00:00:00Z", json!(["sticker"])),
    ] {
        let stage = Stage::at(day, Sandbox::builder()).await;
        let receiver = stage.subscribed().await;
        let sticker = CustomerMessage::wordless().attachment("sticker", "https://scontent.xx.fbcdn.net/s.png");
        stage.controls.customer_sends("c1", PAGE, &sticker).await.unwrap();
        let heard = receiver.next().await.item()["message"]["attachments"].clone();
        let told: Vec<Value> = heard.as_array().unwrap().iter().map(|it| it["type"].clone()).collect();
        assert_eq!(json!(told), kinds, "on {day}");
        assert_eq!(heard[0]["payload"]["sticker_id"], 369_239_263_222_822_u64);
    }
}

#[tokio::test]
async fn stickers_are_found_by_the_app_and_sent_by_the_page() {
    let stage = Stage::frozen().await;
    let (app, token) = (Stage::app_token(), stage.page_token(PAGE).await);
    let pack = stage.get("/sticker_packs", &app).await["data"][0]["id"].clone();
    let all = stage.get(&format!("/sticker_packs/{}/stickers", pack.as_str().unwrap()), &app).await;
    let found = stage.get("/sticker_search?q=bigger", &app).await["data"].clone();
    assert_eq!((all["data"].as_array().unwrap().len(), found.as_array().unwrap().len()), (3, 1));
    assert_eq!(refusal(&stage.get("/sticker_packs", &token).await).0, 15, "the catalogue is read with the app's own token");
    let sent = stage.send(&token, ADA, json!({"sticker_id": found[0]["id"]})).await;
    let read = stage.get(&format!("/{}?fields=sticker", sent["message_id"].as_str().unwrap()), &token).await;
    assert!(read["sticker"].is_string(), "{read}");
}
