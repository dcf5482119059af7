use std::sync::{Arc, Mutex};

use link_core::words::ports::Subscriptions;
use link_core::{ErrorKind, Secret};
use serde_json::{Value, json};
use wiremock::{Mock, Request, ResponseTemplate, matchers};

use crate::{Meta, bearer, field, instagram, ok, page};

const EDGE: &str = "/v26.0/77/subscribed_apps";

/// A Page to which another app, and this one with these fields, are subscribed.
async fn subscribed_to(fields: &[&str]) -> Meta {
    let meta = Meta::start().await;
    let ours = if fields.is_empty() { None } else { Some(json!({"id": "1000", "subscribed_fields": fields})) };
    let apps: Vec<Value> = std::iter::once(json!({"id": "2000", "subscribed_fields": ["feed"]})).chain(ours).collect();
    meta.answer("GET", EDGE, 200, &json!({"data": apps})).await;
    meta.answer("POST", EDGE, 200, &json!({"success": true})).await;
    meta.answer("DELETE", EDGE, 200, &json!({"success": true})).await;
    meta
}

async fn put(meta: &Meta) -> Vec<String> {
    let request = meta.last().await;
    assert_eq!(request.method.as_str(), "POST");
    field(&request, "subscribed_fields").unwrap().split(',').map(str::to_owned).collect()
}

#[tokio::test]
async fn the_address_is_announced_for_every_object_in_its_own_spelling() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/1000/subscriptions", 200, &json!({"success": true})).await;
    meta.messenger().announce("https://shop.example/hooks", &Secret::new("verify-me")).await.unwrap();
    let requests = meta.requests().await;
    let objects: Vec<_> = requests.iter().map(|request| field(request, "object").unwrap()).collect();
    assert_eq!(objects, ["page", "instagram", "permissions"]);
    let fields = |index: usize| field(&requests[index], "fields").unwrap().split(',').map(str::to_owned).collect::<Vec<_>>();
    assert!(fields(0).contains(&"message_reads".to_owned()) && !fields(0).contains(&"messaging_seen".to_owned()));
    assert!(fields(0).contains(&"messaging_integrity".to_owned()), "how well a Page keeps to the rules is told to nobody");
    for taken_back in ["pages_read_user_content", "pages_manage_engagement", "instagram_manage_comments"] {
        assert!(fields(2).contains(&taken_back.to_owned()), "nobody is told at once that {taken_back} was taken back");
    }
    assert!(fields(1).contains(&"message_echoes".to_owned()), "echoes of Instagram Login may have a field of their own");
    assert!(fields(1).contains(&"messaging_seen".to_owned()) && !fields(1).contains(&"message_reads".to_owned()));
    assert!(fields(2).contains(&"connected".to_owned()) && fields(2).contains(&"instagram_manage_messages".to_owned()));
    for request in &requests {
        assert_eq!(field(request, "callback_url").as_deref(), Some("https://shop.example/hooks"));
        assert_eq!(field(request, "verify_token").as_deref(), Some("verify-me"));
        assert_eq!(field(request, "include_values").as_deref(), Some("true"));
        assert_eq!(bearer(request), Some("1000|app-secret"));
        assert!(!request.url.as_str().contains("verify-me"));
    }
}

#[tokio::test]
async fn where_meta_has_no_field_for_echoes_of_instagram_the_rest_is_announced_without_it() {
    let meta = Meta::start().await;
    let edge = "/v26.0/1000/subscriptions";
    meta.answer("POST", edge, 200, &json!({"success": true})).await;
    let echoes = Mock::given(matchers::body_string_contains("object=instagram")).and(matchers::body_string_contains("message_echoes"));
    let refused = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": 100, "message": "no such field"}}));
    echoes.respond_with(refused).with_priority(1).mount(&meta.server).await;
    meta.messenger().announce("https://shop.example/hooks", &Secret::new("verify-me")).await.unwrap();
    let asked: Vec<_> = meta.requests().await.iter().map(|it| field(it, "object").unwrap()).collect();
    assert_eq!(asked, ["page", "instagram", "instagram", "permissions"]);
    let fields = field(&meta.requests().await[2], "fields").unwrap();
    assert!(fields.contains("messaging_seen") && !fields.contains("message_echoes"), "{fields}");
}

#[tokio::test]
async fn where_meta_refuses_a_wish_the_page_is_subscribed_to_the_rest() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/1000/subscriptions", 200, &json!({"success": true})).await;
    meta.answer("GET", EDGE, 200, &json!({"data": []})).await;
    meta.answer("POST", EDGE, 200, &json!({"success": true})).await;
    let wish = Mock::given(matchers::method("POST")).and(matchers::body_string_contains("messaging_integrity"));
    let refused = ResponseTemplate::new(400).set_body_json(json!({"error": {"code": 100, "message": "no such field"}}));
    wish.respond_with(refused).with_priority(1).mount(&meta.server).await;
    meta.messenger().announce("https://shop.example/hooks", &Secret::new("verify-me")).await.unwrap();
    let asked: Vec<_> = meta.requests().await.iter().map(|it| field(it, "object").unwrap()).collect();
    assert_eq!(asked, ["page", "page", "instagram", "permissions"]);
    meta.messenger().subscribe(&page()).await.unwrap();
    let fields = put(&meta).await;
    assert!(fields.contains(&"messages".to_owned()) && !fields.contains(&"messaging_integrity".to_owned()), "{fields:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_success_does_not_count_as_subscribed() {
    let meta = Meta::start().await;
    meta.answer("GET", EDGE, 200, &json!({"data": []})).await;
    meta.answer("POST", EDGE, 200, &json!({"success": false})).await;
    assert_eq!(meta.messenger().subscribe(&page()).await.unwrap_err().kind(), ErrorKind::Unrecognised);
}

#[tokio::test]
async fn the_page_is_subscribed_to_its_messages() {
    let meta = subscribed_to(&[]).await;
    meta.messenger().subscribe(&page()).await.unwrap();
    let fields = put(&meta).await;
    for wanted in ["messages", "message_echoes", "message_edits", "message_reads", "standby"] {
        assert!(fields.iter().any(|field| field == wanted), "{wanted}");
    }
    assert_eq!(bearer(&meta.last().await), Some("page-token"));
}

#[tokio::test]
async fn subscribing_instagram_leaves_what_the_page_is_subscribed_to() {
    let meta = subscribed_to(&["messages", "message_reads"]).await;
    meta.instagram().subscribe(&instagram()).await.unwrap();
    let fields = put(&meta).await;
    assert_eq!(&fields[..2], ["messages", "message_reads"], "or Messenger would fall silent");
    assert_eq!(fields.len(), 3);
}

#[tokio::test]
async fn unlinking_one_of_two_does_not_silence_the_other() {
    let meta = subscribed_to(&["messages", "message_reads", "messaging_feedback"]).await;
    meta.messenger().unsubscribe(&page()).await.unwrap();
    assert_eq!(put(&meta).await, ["messaging_feedback"]);
    meta.instagram().unsubscribe(&instagram()).await.unwrap();
    assert_eq!(put(&meta).await, ["messages", "message_reads"]);
}

#[tokio::test]
async fn the_last_one_ends_the_subscription_and_another_app_keeps_its_own() {
    let meta = subscribed_to(&["messages"]).await;
    assert_eq!(meta.messenger().subscribed(&page()).await.unwrap(), ["messages"]);
    meta.messenger().unsubscribe(&page()).await.unwrap();
    assert_eq!(meta.last().await.method.as_str(), "DELETE");
}

#[tokio::test]
async fn what_is_done_already_is_not_done_again() {
    let meta = subscribed_to(&["messaging_feedback"]).await;
    meta.instagram().subscribe(&instagram()).await.unwrap();
    let none = subscribed_to(&[]).await;
    none.messenger().unsubscribe(&page()).await.unwrap();
    assert_eq!(none.messenger().subscribed(&page()).await.unwrap(), Vec::<String>::new(), "the other app's fields are not ours");
    let only_asked = |requests: Vec<wiremock::Request>| requests.iter().all(|request| request.method.as_str() == "GET");
    assert!(only_asked(meta.requests().await) && only_asked(none.requests().await));
}

/// A Page whose fields really change. Another process of ours read them before we did and puts its own right after our first put.
async fn raced_for(theirs: &'static str) -> (Meta, Arc<Mutex<Vec<String>>>) {
    let meta = Meta::start().await;
    let fields = Arc::new(Mutex::new(Vec::<String>::new()));
    let listed = fields.clone();
    let list = move |_: &Request| ok(200, &json!({"data": [{"id": "1000", "subscribed_fields": *listed.lock().unwrap()}]}));
    Mock::given(matchers::method("GET")).and(matchers::path(EDGE)).respond_with(list).mount(&meta.server).await;
    let (kept, race) = (fields.clone(), Mutex::new(Some(theirs)));
    let put = move |request: &Request| {
        let put = field(request, "subscribed_fields").unwrap();
        let put = race.lock().unwrap().take().map_or(put, str::to_owned);
        *kept.lock().unwrap() = put.split(',').map(str::to_owned).collect();
        ok(200, &json!({"success": true}))
    };
    Mock::given(matchers::method("POST")).and(matchers::path(EDGE)).respond_with(put).mount(&meta.server).await;
    (meta, fields)
}

#[tokio::test]
async fn two_processes_that_subscribe_at_once_take_nothing_from_each_other() {
    let (meta, fields) = raced_for("messages,message_reads").await;
    meta.instagram().subscribe(&instagram()).await.unwrap();
    let fields = fields.lock().unwrap().clone();
    assert_eq!(fields, ["messages", "message_reads", "messaging_feedback"], "a platform fell silent and nobody notices");
}

#[tokio::test]
async fn fields_that_are_never_listed_are_put_a_few_times_and_left_to_the_examination() {
    let meta = subscribed_to(&[]).await;
    meta.messenger().subscribe(&page()).await.unwrap();
    let puts = meta.requests().await.iter().filter(|request| request.method.as_str() == "POST").count();
    assert_eq!(puts, 3);
}
