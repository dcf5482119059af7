use std::collections::BTreeSet;

use link_sandbox::Action;
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, PAGE, Stage, refusal};

#[tokio::test]
async fn all_messenger_history_is_read_page_by_page() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let list = stage.get("/v26.0/me/conversations?fields=participants,updated_time,message_count", &token).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 4);
    assert_eq!(list["data"][0]["updated_time"], "2026-11-23T11:00:00+0000", "the last message is one hour old");
    let one = stage.get(&format!("/me/conversations?user_id={ADA}"), &token).await;
    let id = one["data"][0]["id"].as_str().unwrap();
    assert!(id.starts_with("t_"));
    let mut seen = BTreeSet::new();
    let mut answer = stage.get(&format!("/{id}/messages?fields=id,message,from,created_time&limit=7"), &token).await;
    loop {
        for message in answer["data"].as_array().unwrap() {
            assert!(!message["message"].as_str().unwrap().is_empty(), "Messenger hides nothing of its history");
            seen.insert(message["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = answer["paging"]["next"].as_str() else { break };
        answer = stage.client.get(next).send().await.unwrap().json().await.unwrap();
    }
    assert_eq!(seen.len(), 30);
}

#[tokio::test]
async fn only_the_twenty_newest_instagram_messages_can_be_read() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let path = format!("/me/conversations?platform=instagram&user_id={ADA_IG}&fields=messages.limit(100){{id,created_time,message,from}}");
    let list = stage.get(&path, &token).await;
    let messages = list["data"][0]["messages"]["data"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 30, "every id is listed");
    assert!(messages[19]["message"].is_string() && messages[20].get("message").is_none());
    let read = |message: &Value| format!("/{}?fields=message,from", message["id"].as_str().unwrap());
    assert_eq!(stage.get(&read(&messages[19]), &token).await["from"]["username"], "harbourbooks");
    assert_eq!(refusal(&stage.get(&read(&messages[20]), &token).await).0, 9_000_001);
    stage.controls.customer_writes("c1", crate::stage::INSTAGRAM, "one more").await.unwrap();
    assert_eq!(refusal(&stage.get(&read(&messages[19]), &token).await).0, 9_000_001, "the limit moves on with the conversation");
}

#[tokio::test]
async fn messenger_can_be_told_to_hide_old_messages_too() {
    let mut seed = link_sandbox::default_seed();
    seed["quirks"]["messenger_readable"] = json!("20");
    let stage = Stage::of(link_sandbox::Sandbox::builder().seed(seed)).await;
    let token = stage.page_token(PAGE).await;
    let path = format!("/me/conversations?user_id={ADA}&fields=messages.limit(30){{id,message}}");
    let list = stage.get(&path, &token).await;
    assert!(list["data"][0]["messages"]["data"][20].get("message").is_none());
}

#[tokio::test]
async fn what_was_unsent_is_gone() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let written = stage.controls.customer_writes("c1", PAGE, "oops").await.unwrap();
    stage.controls.customer_acts("c1", PAGE, &Action::Unsend { mid: written.mid.clone() }).await.unwrap();
    assert_eq!(refusal(&stage.get(&format!("/{}", written.mid), &token).await).0, 9_000_001);
    let list = stage.get(&format!("/{}/messages?limit=100", written.conversation), &token).await;
    assert!(!list.to_string().contains(&written.mid));
}

#[tokio::test]
async fn the_conversation_that_was_written_to_comes_first() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let written = stage.controls.customer_writes("c3", PAGE, "me first").await.unwrap();
    let list = stage.get("/me/conversations?limit=1", &token).await;
    assert_eq!(list["data"][0]["id"], json!(written.conversation));
    let after = list["paging"]["cursors"]["after"].as_str().unwrap();
    let rest = stage.get(&format!("/me/conversations?limit=2&after={after}"), &token).await;
    assert_eq!(rest["data"].as_array().unwrap().len(), 2);
    let before = rest["paging"]["cursors"]["before"].as_str().unwrap();
    let back = stage.get(&format!("/me/conversations?limit=1&before={before}"), &token).await;
    assert_eq!(back["data"][0]["id"], json!(written.conversation));
    assert_eq!(refusal(&stage.get("/me/conversations?after=%25", &token).await).0, 100);
}

#[tokio::test]
async fn a_profile_is_known_once_a_person_has_written() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let ada = stage.get(&format!("/{ADA}?fields=first_name,last_name,profile_pic"), &token).await;
    assert_eq!((&ada["first_name"], &ada["id"]), (&json!("Ada"), &json!(ADA)));
    let ada = stage.get(&format!("/{ADA_IG}?fields=name,username"), &token).await;
    assert_eq!(ada["username"], "ada.marsh");
    stage.controls.customer_acts("c1", crate::stage::INSTAGRAM, &Action::Block).await.unwrap();
    assert_eq!(refusal(&stage.get(&format!("/{ADA_IG}"), &token).await).0, 230);
    stage.controls.customer_acts("c1", PAGE, &Action::Block).await.unwrap();
    assert_eq!(stage.get(&format!("/{ADA}"), &token).await, json!({}));
    stage.controls.customer_acts("c5", crate::stage::CAFE_INSTAGRAM, &Action::Comment { text: "Nice".into() }).await.unwrap();
    let cafe = stage.page_token(crate::stage::CAFE).await;
    assert_eq!(refusal(&stage.get("/5000000000000025", &cafe).await).0, 230, "a comment is no consent");
    assert_eq!(refusal(&stage.get(&format!("/{ADA}"), &cafe).await), (100, Some(33)));
}

#[tokio::test]
async fn reading_needs_what_the_platform_says_it_needs() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(crate::stage::ROBIN, &["pages_show_list", "pages_messaging"]).await.unwrap();
    let token = &tokens.page_tokens[PAGE];
    assert_eq!(refusal(&stage.get("/me/conversations", token).await).0, 10);
    assert_eq!(refusal(&stage.get("/me/conversations?platform=instagram", token).await).0, 10);
    assert_eq!(refusal(&stage.get("/me/conversations?platform=telepathy", token).await).0, 100);
    assert_eq!(refusal(&stage.get(&format!("/{PAGE}/conversations"), &tokens.user_token).await).0, 190);
}
