//! What cannot be told, and to whom something can be told alone.

use serde_json::json;

use crate::desk::{Desk, Road};
use crate::stage::{APP, INSTAGRAM, PAGE};

#[tokio::test]
async fn what_comes_of_itself_is_not_told_on_demand_and_the_sentence_names_its_cause() {
    let desk = Desk::on(Road::Page).await;
    for entry in desk.catalogue().await {
        let account = if entry["object"] == "instagram" { INSTAGRAM } else { PAGE };
        let (status, told) = desk.try_own("events", &json!({"to": account, "event": entry["name"]})).await;
        if entry["cause"] == "events" {
            let other = entry["name"].as_str().unwrap().ends_with("_other_field");
            assert_eq!(status, if other { 400 } else { 200 }, "{} answers {told}", entry["name"]);
        } else {
            assert_eq!(status, 400);
            assert!(told["error"].as_str().unwrap().contains(entry["cause"].as_str().unwrap()), "{told}");
        }
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_with_a_sentence() {
    let desk = Desk::on(Road::Page).await;
    let wrong = [
        (json!({}), 400),
        (json!([]), 400),
        (json!({"to": PAGE, "event": "page_app_roles", "surprise": 1}), 400),
        (json!({"to": PAGE, "event": "page_nothing"}), 404),
        (json!({"to": INSTAGRAM, "event": "page_app_roles"}), 400),
        (json!({"to": PAGE, "event": "ig_dashboard_test_messages"}), 400),
        (json!({"to": "1", "event": "page_app_roles"}), 400),
        (json!({"to": PAGE, "event": "page_send_cart", "customer": "nobody"}), 404),
        (json!({"to": PAGE, "event": "page_send_cart", "customer": "c5"}), 400),
        (json!({"to": PAGE, "event": "page_send_cart", "app": "1"}), 404),
        (json!({"to": PAGE, "event": "page_policy_warning", "action": "shout"}), 400),
        (json!({"to": PAGE, "event": "page_send_cart", "value": 1}), 400),
        (json!({"to": PAGE, "event": "page_other_field", "field": "no_field", "value": {}}), 400),
        (json!({"to": PAGE, "event": "page_other_field", "field": "feed"}), 400),
        (json!({"to": PAGE, "event": "page_other_field", "field": "feed", "value": {}, "key": ""}), 400),
    ];
    for (body, status) in wrong {
        let (answered, told) = desk.try_own("events", &body).await;
        assert_eq!(answered, status, "{body} answers {told}");
        assert!(told["error"].as_str().unwrap().contains(' '), "{body} is answered with a sentence");
    }
    assert!(desk.arrived().await.is_empty(), "and nobody is told of anything");
}

#[tokio::test]
async fn one_app_alone_can_be_told_and_what_an_event_says_can_be_changed() {
    let desk = Desk::on(Road::Page).await;
    desk.own("seed", &json!({"apps": [{"id": "1000000000000007", "name": "Other", "secret": "other"}]})).await;
    let to_other = json!({"app": "1000000000000007"});
    desk.controls().event("page_send_cart", PAGE, &to_other).await.unwrap();
    assert!(desk.arrived().await.is_empty(), "the other app is not subscribed");
    let more = json!({"app": APP, "customer": "c2", "text": "Wrapped", "value": {"products": []}});
    desk.controls().event("page_send_cart", PAGE, &more).await.unwrap();
    let arrived = desk.arrived().await;
    assert_eq!(arrived[0].item()["order"], json!({"note": "Wrapped", "products": []}));
    assert_eq!(arrived[0].item()["sender"]["id"], "4000000000000012");
}

#[tokio::test]
async fn a_message_that_was_told_can_be_read_like_any_other() {
    let desk = Desk::on(Road::Page).await;
    let mid = desk.controls().event("page_message_commands", PAGE, &json!({"text": "look up prices"})).await.unwrap().unwrap();
    assert_eq!(desk.arrived().await[0].item()["message"]["mid"], json!(mid));
    let token = desk.stage.page_token(PAGE).await;
    assert_eq!(desk.stage.get(&format!("/{mid}?fields=message"), &token).await["message"], "look up prices");
}

#[tokio::test]
async fn any_field_can_carry_an_item_that_nobody_has_described() {
    let desk = Desk::on(Road::Page).await;
    let more = json!({"field": "messaging_integrity", "key": "integrity", "value": {"level": 2}});
    desk.controls().event("page_other_field", PAGE, &more).await.unwrap();
    assert_eq!(desk.arrived().await[0].item()["integrity"], json!({"level": 2}));
}
