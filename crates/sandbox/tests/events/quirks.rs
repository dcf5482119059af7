//! Each value of the quirks that change what is told, and what the two Instagram roads tell apart.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desk::{Desk, Road};
use crate::row::{Row, echo, item};
use crate::stage::{INSTAGRAM, PAGE};

/// The bodies that a row brings about under a quirk.
async fn under(road: Road, quirk: &str, word: &str, row: Row) -> Vec<Value> {
    let row = row.quirk(quirk, word);
    let mut desk = Desk::of(road, &row.quirks, row.at).await;
    desk.begin().await;
    // Signatures are checked on the way.
    let all = desk.play(&row).await;
    all.iter().map(crate::receiver::Arrived::json).collect()
}

fn text() -> Row {
    Row::new("text", item(json!({}))).writes(json!({"text": "Hello"}))
}

fn attached(kind: &str) -> Row {
    Row::new("attachment", item(json!({}))).writes(json!({"attachments": [{"type": kind}]}))
}

fn kinds(body: &Value) -> Vec<&str> {
    let attachments = body["entry"][0]["messaging"][0]["message"]["attachments"].as_array().unwrap();
    attachments.iter().map(|it| it["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn echoes_of_instagram_login_have_either_field() {
    for (word, field) in [("messages", "messages"), ("message_echoes", "message_echoes")] {
        let row = Row::new("echo", crate::row::Golden::Item(echo(json!({})))).sends(&json!({"text": "Hello"})).quirk("ig_echo_field", word);
        for (road, field) in [(Road::Login, field), (Road::Linked, "messages")] {
            let mut desk = Desk::of(road, &row.quirks, None).await;
            desk.begin().await;
            let all = desk.play(&row).await;
            assert_eq!(all.len(), 1, "an echo arrives once");
            assert_eq!(desk.field_of(&all[0]).await, field, "under {word} on {road:?}");
        }
    }
}

#[tokio::test]
async fn comments_of_instagram_login_have_either_form() {
    let comment = || Row::new("comment", item(json!({}))).acts(json!({"action": "comment", "text": "Nice"}));
    for (road, word, flat) in [(Road::Login, "changes", false), (Road::Login, "flat", true), (Road::Linked, "flat", false)] {
        let all = under(road, "ig_comment_form", word, comment()).await;
        let entry = &all[0]["entry"][0];
        assert_eq!((all.len(), entry["value"].is_object(), entry["changes"].is_array()), (1, flat, !flat), "{word} on {road:?}");
    }
}

#[tokio::test]
async fn an_edit_number_zero_follows_a_message_or_does_not() {
    for road in [Road::Linked, Road::Login] {
        assert_eq!(under(road, "ig_edit_zero", "off", text()).await.len(), 1);
        let all = under(road, "ig_edit_zero", "on", text()).await;
        let items: Vec<&Value> = all.iter().map(|it| &it["entry"][0]["messaging"][0]).collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[1]["message_edit"], json!({"mid": items[0]["message"]["mid"], "num_edit": 0}));
        assert!(items[1]["sender"].is_null() && items[1]["recipient"].is_null());
    }
}

#[tokio::test]
async fn a_shared_post_is_told_by_the_day_or_by_the_quirk() {
    for (word, expected) in [("ig_post", vec!["ig_post"]), ("both", vec!["ig_post", "share"]), ("share", vec!["share"])] {
        assert_eq!(kinds(&under(Road::Linked, "ig_post_share", word, attached("ig_post")).await[0]), expected, "{word}");
    }
    for (at, expected) in [("2025-11-02T12:00:00Z", vec!["share"]), ("2026-01-01T12:00:00Z", vec!["ig_post", "share"])] {
        assert_eq!(kinds(&under(Road::Login, "ig_post_share", "ig_post", attached("ig_post").at(at)).await[0]), expected, "on {at}");
    }
}

#[tokio::test]
async fn a_sticker_on_instagram_is_told_of_as_a_picture_or_not_at_all() {
    assert!(under(Road::Linked, "ig_sticker", "silent", attached("sticker")).await.is_empty());
    assert_eq!(kinds(&under(Road::Linked, "ig_sticker", "image", attached("sticker")).await[0]), ["image"]);
}

#[tokio::test]
async fn an_unsent_message_on_messenger_is_told_of_or_not() {
    let unsend = || Row::new("unsend", item(json!({}))).acts(json!({"action": "unsend", "mid": "$IN"}));
    assert_eq!(under(Road::Page, "messenger_unsend", "told", unsend()).await.len(), 1);
    assert!(under(Road::Page, "messenger_unsend", "silent", unsend()).await.is_empty());
    assert_eq!(under(Road::Linked, "messenger_unsend", "silent", unsend()).await.len(), 1, "on Instagram it always is");
}

#[tokio::test]
async fn instagram_login_is_signed_with_either_secret() {
    for word in ["instagram", "meta"] {
        assert_eq!(under(Road::Login, "ig_login_webhook_secret", word, text()).await.len(), 1, "{word}");
    }
}

#[tokio::test]
async fn an_account_that_is_reached_on_both_roads_is_told_of_twice_under_two_ids() {
    let desk = Desk::on(Road::Login).await;
    let token = desk.stage.page_token(PAGE).await;
    desk.stage.post(&format!("/{PAGE}/subscribed_apps"), &token, &json!({"subscribed_fields": "feed"})).await;
    let written = desk.controls().customer_writes("c1", INSTAGRAM, "Hello").await.unwrap();
    let mids = [desk.receiver.next().await.item()["message"]["mid"].clone(), desk.receiver.next().await.item()["message"]["mid"].clone()];
    assert_ne!(mids[0], mids[1]);
    assert!(mids.contains(&json!(written.mid)), "the sandbox itself speaks of the Page's road");
}

#[tokio::test]
async fn an_echo_says_nothing_of_the_quick_replies_that_were_offered() {
    let reply = json!({"content_type": "text", "title": "Red", "payload": "R"});
    let row = Row::new("echo", item(json!({}))).sends(&json!({"text": "Which?", "quick_replies": [reply]}));
    let all = under(Road::Page, "messenger_unsend", "told", row).await;
    let message =
        &all.iter().find(|it| it["entry"][0]["messaging"][0]["message"].is_object()).unwrap()["entry"][0]["messaging"][0]["message"];
    let keys: BTreeSet<&str> = message.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["app_id", "is_echo", "mid", "text"]));
}
