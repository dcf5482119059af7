//! The platform's data fits together, and its ports speak its dialect.
#![allow(clippy::unwrap_used, reason = "these are tests; the lint's own exemption ends at helpers")]

use link_core::words::capabilities::{Act, TextLimit};
use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{Access, History, HistoryQuery, Profiles, Sender, Subscriptions};
use link_core::words::rules::code;
use link_core::{ErrorKind, ExternalId, Platform, Road, ScopedId, Secret};
use link_graph::{App, Client, Hosts};
use link_messenger::{CAPABILITIES, Messenger, REQUIREMENTS, SCOPES};
use link_permissions::Requirements;
use serde_json::json;
use wiremock::matchers::{body_partial_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn messenger() -> (MockServer, Messenger) {
    let server = MockServer::start().await;
    let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("app-secret"));
    let hosts = Hosts::two(&server.uri(), &server.uri()).unwrap();
    let messenger = Messenger::new(Client::builder(app).hosts(hosts).build().unwrap());
    (server, messenger)
}

fn page() -> Access {
    Access::new("messenger:77".parse().unwrap(), Road::FACEBOOK, Secret::new("page-token"))
}

#[test]
fn the_sign_in_asks_for_exactly_what_the_features_need() {
    let mut table: Vec<_> = Requirements::new()
        .with(REQUIREMENTS)
        .scopes(&Road::FACEBOOK, &[Platform::MESSENGER])
        .into_iter()
        .map(|scope| scope.as_str().to_owned())
        .collect();
    let mut asked = SCOPES.to_vec();
    table.sort_unstable();
    asked.sort_unstable();
    assert_eq!(table, asked, "a permission that is asked for and not used is what reviewers refuse");
}

#[test]
fn an_umlaut_is_one_character_of_the_limit() {
    let TextLimit::Characters(limit) = CAPABILITIES.text else { unreachable!("Messenger counts characters") };
    assert_eq!(CAPABILITIES.text.measure(&"\u{fc}".repeat(limit)), (2000, 2000));
    let told = CAPABILITIES;
    assert_eq!((told.readable_history, told.echoes_metadata, told.reports_deliveries), (None, true, true));
}

#[tokio::test]
async fn an_answer_goes_to_the_page_with_its_metadata() {
    let (server, messenger) = messenger().await;
    let body = json!({"messaging_type": "RESPONSE", "message": {"text": "hi", "metadata": "w1"}});
    Mock::given(method("POST"))
        .and(path("/v26.0/77/messages"))
        .and(body_partial_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"message_id": "m_1"})))
        .mount(&server)
        .await;
    let outgoing = Outgoing::text(ScopedId::new("5001").unwrap(), "hi").with_metadata("w1");
    assert!(matches!(messenger.send(&page(), &outgoing).await, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn history_is_asked_of_messenger() {
    let (server, messenger) = messenger().await;
    Mock::given(path("/v26.0/77/conversations"))
        .and(query_param("platform", "messenger"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": []})))
        .mount(&server)
        .await;
    assert!(messenger.conversations(&page(), &HistoryQuery::new(5, 5)).await.unwrap().threads.is_empty());
}

#[tokio::test]
async fn an_instagram_account_is_not_reached_through_messenger() {
    let (server, messenger) = messenger().await;
    let access = Access::new("instagram:9".parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
    assert_eq!(messenger.subscribe(&access).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert_eq!(messenger.profile(&access, &ScopedId::new("1").unwrap()).await.unwrap_err().kind(), ErrorKind::Configuration);
    assert!(server.received_requests().await.unwrap().is_empty());
}

/// If this failed, a refusal would name a rule that nobody can look up.
#[test]
fn every_rule_that_a_refusal_can_name_is_in_the_table_with_its_source() {
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    let never_met = [code::REPLY_LIVE, code::NAME];
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
