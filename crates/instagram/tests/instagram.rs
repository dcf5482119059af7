//! The platform's data fits together, and its ports speak its dialect.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{Access, History, HistoryQuery, Profiles, Sender, Subscriptions};
use link_core::{ErrorKind, ExternalId, Platform, Road, ScopedId, Secret};
use link_graph::{App, Client, Host, Hosts};
use link_instagram::{CAPABILITIES, Instagram, REQUIREMENTS, SCOPES};
use link_permissions::Requirements;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn instagram() -> (MockServer, Instagram) {
    let server = MockServer::start().await;
    let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("app-secret"));
    let hosts = Hosts::two(&server.uri(), &server.uri()).unwrap();
    let instagram = Instagram::new(Client::builder(app).hosts(hosts).build().unwrap());
    (server, instagram)
}

fn account() -> Access {
    let via = Some(ExternalId::new("77").unwrap());
    Access::new("instagram:17841400000000009".parse().unwrap(), Road::FACEBOOK, Secret::new("page-token")).through(via)
}

#[test]
fn the_sign_in_asks_for_exactly_what_the_features_need() {
    let mut table: Vec<_> = Requirements::new()
        .with(REQUIREMENTS)
        .scopes(&Road::FACEBOOK, &[Platform::INSTAGRAM])
        .into_iter()
        .map(|scope| scope.as_str().to_owned())
        .collect();
    let mut asked = SCOPES.to_vec();
    table.sort_unstable();
    asked.sort_unstable();
    assert_eq!(table, asked, "a permission that is asked for and not used is what reviewers refuse");
}

#[test]
fn an_umlaut_is_two_bytes_of_the_limit() {
    assert_eq!(CAPABILITIES.text.measure(&"\u{fc}".repeat(500)), (1000, 1000));
    let told = CAPABILITIES;
    assert_eq!((told.readable_history, told.echoes_metadata, told.reports_deliveries), (Some(20), false, false));
}

#[tokio::test]
async fn an_answer_goes_through_the_page_without_metadata() {
    let (server, instagram) = instagram().await;
    Mock::given(method("POST"))
        .and(path("/v26.0/77/messages"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"message_id": "i_1"})))
        .mount(&server)
        .await;
    let outgoing = Outgoing::text(ScopedId::new("6001").unwrap(), "hi").with_metadata("w1");
    assert!(matches!(instagram.send(&account(), &outgoing).await, Outcome::Accepted { .. }));
    let requests = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, json!({"recipient": {"id": "6001"}, "message": {"text": "hi"}}));
}

#[tokio::test]
async fn history_is_asked_of_instagram_through_the_page() {
    let (server, instagram) = instagram().await;
    Mock::given(path("/v26.0/77/conversations"))
        .and(query_param("platform", "instagram"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": []})))
        .mount(&server)
        .await;
    assert!(instagram.conversations(&account(), &HistoryQuery::new(5, 5)).await.unwrap().threads.is_empty());
}

#[tokio::test]
async fn a_road_without_an_app_says_so() {
    let (server, instagram) = instagram().await;
    let access = Access::new("instagram:9".parse().unwrap(), Road::INSTAGRAM, Secret::new("t"));
    let error = instagram.subscribe(&access).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.remedy().unwrap().what.contains("app of that road"));
    assert!(instagram.profile(&access, &ScopedId::new("1").unwrap()).await.is_err());
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_type_serves_both_roads_each_in_the_name_of_its_app() {
    let (server, instagram) = instagram().await;
    let app = App::new(ExternalId::new("2000").unwrap(), Secret::new("instagram-secret"));
    let hosts = Hosts::META.with(Host::InstagramGraph, &format!("{}/instagram", server.uri())).unwrap();
    let instagram = instagram.with_login(Client::builder(app).hosts(hosts).build().unwrap());
    for (account, at) in [("77", "/v26.0/77/messages"), ("9", "/instagram/v26.0/9/messages")] {
        Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_json(json!({"message_id": account}))).mount(&server).await;
    }
    let outgoing = Outgoing::text(ScopedId::new("6001").unwrap(), "hi");
    let by_itself = Access::new("instagram:9".parse().unwrap(), Road::INSTAGRAM, Secret::new("t"));
    for (access, id) in [(account(), "77"), (by_itself, "9")] {
        let Outcome::Accepted { message, .. } = instagram.send(&access, &outgoing).await else { panic!("{}", access.road) };
        assert_eq!(message.as_str(), id);
    }
}
