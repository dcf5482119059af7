use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{History, HistoryQuery, Profiles, Sender, Subscriptions, ThreadPage};
use link_core::{ErrorKind, ExternalId, ScopedId, Secret};
use link_graph::{App, Client, Dialect, Host, Hosts, Talk};
use serde_json::{Value, json};
use wiremock::{Mock, ResponseTemplate, matchers};

use crate::{Meta, bearer, by_instagram_login, field, instagram, parameter};

const EDGE: &str = "/v26.0/17841400000000009/subscribed_apps";

/// Instagram by its own login. Whatever is asked of another host than Instagram's own Graph API reaches nobody.
fn talk(meta: &Meta) -> Talk {
    let nobody = "http://127.0.0.1:9";
    let hosts = Hosts::two(nobody, nobody).unwrap().with(Host::InstagramGraph, &meta.server.uri()).unwrap();
    let app = App::new(ExternalId::new("2000").unwrap(), Secret::new("instagram-secret"));
    Talk::by_instagram_login(Client::builder(app).hosts(hosts).build().unwrap(), Dialect::INSTAGRAM)
}

fn peer() -> ScopedId {
    ScopedId::new("6001").unwrap()
}

#[tokio::test]
async fn history_people_and_answers_go_over_instagrams_own_host() {
    let meta = Meta::start().await;
    let message = json!({"id": "i_1", "created_time": "2026-10-30T08:00:09+0000", "from": {"id": "6001", "username": "mara"},
        "to": {"data": [{"id": "17841400000000009"}]}, "message": "Is the green one left?"});
    let thread = json!({"id": "t_1", "updated_time": "2026-10-30T08:00:09+0000",
        "participants": {"data": [{"id": "17841400000000009"}, {"id": "6001", "username": "mara"}]}, "messages": {"data": [message]}});
    meta.answer("GET", "/v26.0/17841400000000009/conversations", 200, &json!({"data": [thread]})).await;
    meta.answer("GET", "/v26.0/t_1/messages", 200, &json!({"data": [message]})).await;
    meta.answer("GET", "/v26.0/6001", 200, &json!({"id": "6001", "name": "Mara Quist", "username": "mara"})).await;
    meta.answer("POST", "/v26.0/17841400000000009/messages", 200, &json!({"recipient_id": "6001", "message_id": "i_2"})).await;
    let (talk, access) = (talk(&meta), by_instagram_login());

    let listed = talk.conversations(&access, &HistoryQuery::new(5, 5)).await.unwrap();
    assert_eq!((listed.threads[0].peer.as_str(), listed.threads[0].messages), ("6001", 1));
    assert!(listed.events.iter().all(|event| event.road == access.road), "an id of this road is none of the other's");
    let thread = ThreadPage::new(ExternalId::new("t_1").unwrap(), peer());
    assert_eq!(talk.messages(&access, &thread, &HistoryQuery::new(5, 5)).await.unwrap().threads[0].messages, 1);
    assert_eq!(talk.profile(&access, &peer()).await.unwrap().unwrap().username.as_deref(), Some("mara"));
    assert!(matches!(talk.send(&access, &Outgoing::text(peer(), "Yes")).await, Outcome::Accepted { .. }));

    for request in meta.requests().await {
        assert_eq!(bearer(&request), Some("ig-token"));
        assert_eq!(parameter(&request, "appsecret_proof"), None, "the proof would be of the wrong app");
    }
}

/// An account to which this Instagram app is subscribed with these fields.
async fn subscribed_to(fields: &[&str]) -> Meta {
    let meta = Meta::start().await;
    let rows: Vec<Value> = if fields.is_empty() { vec![] } else { vec![json!({"app_id": "2000", "subscribed_fields": fields})] };
    meta.answer("GET", EDGE, 200, &json!({"data": rows})).await;
    meta.answer("POST", EDGE, 200, &json!({"success": true})).await;
    meta.answer("DELETE", EDGE, 200, &json!({"success": true})).await;
    meta
}

#[tokio::test]
async fn an_account_is_subscribed_in_instagrams_spelling_and_to_nothing_it_would_refuse() {
    for before in [&[][..], &["messages", "response_feedback"][..]] {
        let meta = subscribed_to(before).await;
        talk(&meta).subscribe(&by_instagram_login()).await.unwrap();
        let fields = field(&meta.last().await, "subscribed_fields").unwrap();
        let fields: Vec<_> = fields.split(',').collect();
        let expected: Vec<_> = Dialect::INSTAGRAM.login_fields.iter().copied().chain(["message_echoes"]).collect();
        assert_eq!(fields, expected);
        assert!(!fields.contains(&"response_feedback"), "what the app is told of linked accounts is refused at this one");
    }
}

/// Whether Instagram has a field for echoes its pages do not agree on; an account that asks for none that is there would be deaf to all.
#[tokio::test]
async fn where_instagram_refuses_the_field_of_echoes_the_rest_is_subscribed_without_it() {
    for refusal in
        [json!({"error": {"code": 100, "message": "no such field"}}), json!({"error": {"code": 10, "message": "no right to it"}})]
    {
        let meta = Meta::start().await;
        meta.answer("GET", EDGE, 200, &json!({"data": []})).await;
        let echoes = Mock::given(matchers::method("POST")).and(matchers::body_string_contains("message_echoes"));
        echoes.respond_with(ResponseTemplate::new(400).set_body_json(refusal)).with_priority(1).mount(&meta.server).await;
        meta.answer("POST", EDGE, 200, &json!({"success": true})).await;
        talk(&meta).subscribe(&by_instagram_login()).await.unwrap();
        let fields = field(&meta.last().await, "subscribed_fields").unwrap();
        assert_eq!(fields.split(',').collect::<Vec<_>>(), Dialect::INSTAGRAM.login_fields);
    }
}

/// Meta's pages do not say by which of the app's two ids an account names it. Or the account would be subscribed anew at every look, and
/// found to be subscribed to nothing.
#[tokio::test]
async fn a_subscription_is_ours_by_either_id_of_the_app_and_not_by_a_strangers() {
    let subscribed = async |id: &str| {
        let meta = Meta::start().await;
        let row = json!({"app_id": id, "subscribed_fields": Dialect::INSTAGRAM.login_fields});
        meta.answer("GET", EDGE, 200, &json!({"data": [row]})).await;
        let talk = talk(&meta).of_meta_app(ExternalId::new("1000").unwrap());
        talk.subscribed(&by_instagram_login()).await.unwrap()
    };
    for ours in ["2000", "1000"] {
        assert_eq!(subscribed(ours).await, Dialect::INSTAGRAM.login_fields, "{ours}");
    }
    assert_eq!(subscribed("3000").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_an_account_is_subscribed_to_already_is_not_asked_for_again() {
    let meta = subscribed_to(Dialect::INSTAGRAM.login_fields).await;
    assert_eq!(talk(&meta).subscribed(&by_instagram_login()).await.unwrap(), Dialect::INSTAGRAM.login_fields);
    talk(&meta).subscribe(&by_instagram_login()).await.unwrap();
    assert_eq!(meta.last().await.method.as_str(), "GET");
}

#[tokio::test]
async fn an_account_has_its_subscription_for_itself_and_ends_it_whole() {
    let meta = subscribed_to(&["messages", "comments"]).await;
    talk(&meta).unsubscribe(&by_instagram_login()).await.unwrap();
    assert_eq!(meta.last().await.method.as_str(), "DELETE");
    let none = subscribed_to(&[]).await;
    talk(&none).unsubscribe(&by_instagram_login()).await.unwrap();
    assert_eq!(none.requests().await.len(), 1, "nothing is ended that is not there");
}

#[tokio::test]
async fn a_page_token_never_reaches_instagrams_host() {
    let meta = Meta::start().await;
    let talk = talk(&meta);
    let error = talk.subscribe(&instagram()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("Instagram Login"));
    assert!(matches!(talk.send(&instagram(), &Outgoing::text(peer(), "x")).await, Outcome::Refused(_)));
    assert_eq!(talk.announce("https://shop.example/hooks", &Secret::new("v")).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(meta.requests().await.is_empty());
}
