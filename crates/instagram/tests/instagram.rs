//! The platform's data fits together, and its ports speak its dialect.
#![allow(clippy::unwrap_used, reason = "these are tests; the lint's own exemption ends at helpers")]

use link_core::words::capabilities::Act;
use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{Access, History, HistoryQuery, Profiles, Sender, Subscriptions};
use link_core::words::rules::code;
use link_core::{ErrorKind, ExternalId, Platform, Road, ScopedId, Secret};
use link_graph::{App, Client, Hosts};
use link_instagram::{CAPABILITIES, Instagram, LOGIN_SCOPES, REQUIREMENTS, SCOPES};
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
    for (road, scopes) in [(Road::FACEBOOK, SCOPES), (Road::INSTAGRAM, LOGIN_SCOPES)] {
        let needed = Requirements::new().with(REQUIREMENTS).scopes(&road, &[Platform::INSTAGRAM]);
        let mut table: Vec<_> = needed.iter().map(link_core::Scope::as_str).collect();
        let mut asked = scopes.to_vec();
        table.sort_unstable();
        asked.sort_unstable();
        assert_eq!(table, asked, "a permission that is asked for and not used is what reviewers refuse");
    }
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
async fn each_road_is_spoken_for_by_its_own_app() {
    let (server, instagram) = instagram().await;
    let own = App::new(ExternalId::new("2000").unwrap(), Secret::new("instagram-secret"));
    let hosts = Hosts::two(&server.uri(), &server.uri()).unwrap();
    let instagram = instagram.with_login(Client::builder(own).hosts(hosts).build().unwrap());
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": []}))).mount(&server).await;
    let by_itself = Access::new("instagram:17841400000000009".parse().unwrap(), Road::INSTAGRAM, Secret::new("own-token"));
    for access in [account(), by_itself] {
        instagram.conversations(&access, &HistoryQuery::new(5, 5)).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let called: Vec<_> = requests.iter().map(|request| (request.url.path(), request.url.as_str().contains("appsecret_proof"))).collect();
    assert_eq!(called, [("/v26.0/77/conversations", true), ("/v26.0/17841400000000009/conversations", false)]);
}

#[tokio::test]
async fn a_road_without_a_client_says_so() {
    let (server, instagram) = instagram().await;
    let access = Access::new("instagram:9".parse().unwrap(), Road::INSTAGRAM, Secret::new("t"));
    let error = instagram.subscribe(&access).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("Facebook Login"));
    assert!(instagram.profile(&access, &ScopedId::new("1").unwrap()).await.is_err());
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// If this failed, a refusal would name a rule that nobody can look up.
#[test]
fn every_rule_that_a_refusal_can_name_is_in_the_table_with_its_source() {
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    let never_met = [code::METADATA];
    for code in code::ALL {
        let rule = CAPABILITIES.rule(code, now);
        assert_eq!(rule.is_none(), never_met.contains(code), "{code}");
        let Some(rule) = rule else { continue };
        assert!(rule.source.page.starts_with("developers.facebook.com/"), "{code} stands nowhere");
        assert!(rule.source.date >= "2025" && rule.source.date < "2027", "{code} is of no date");
        assert!(!rule.says.ends_with('.') && rule.says.len() > 20, "{code} says nothing");
    }
}

#[test]
fn the_limits_stand_for_every_kind_that_is_taken() {
    for kind in CAPABILITIES.attachments {
        assert!(CAPABILITIES.limits.file(*kind).is_some_and(|rule| rule.uploaded >= rule.by_address && rule.by_address > 0), "{kind:?}");
    }
    let opens: Vec<_> = CAPABILITIES.openers.iter().filter(|opener| opener.opens).map(|opener| opener.act).collect();
    assert_eq!(opens, [Act::Message, Act::Postback, Act::Reaction, Act::Referral]);
}
