//! What an examination concludes from answers that the sandbox does not give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use link_core::words::finding::{Check, Examine as _, PersonExamination, State};
use link_core::{AccountId, ExternalId, PersonId, Scope, Secret};
use link_graph::{App, Client, FacebookExaminer, Hosts};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const PAGE: &str = "3000000000000007";

async fn meta(answers: &[(&str, Value)]) -> MockServer {
    let server = MockServer::start().await;
    for (at, body) in answers {
        let answer = ResponseTemplate::new(200).set_body_json(body).insert_header("date", "Mon, 23 Nov 2026 12:00:00 GMT");
        Mock::given(method("GET")).and(path(format!("/v26.0/{at}"))).respond_with(answer).mount(&server).await;
    }
    server
}

fn debugged(data_access_expires_at: i64) -> Value {
    json!({"data": {"app_id": "1", "user_id": "2", "type": "USER", "is_valid": true, "expires_at": 0,
        "data_access_expires_at": data_access_expires_at, "scopes": ["pages_show_list"],
        "granular_scopes": [{"scope": "pages_show_list"}]}})
}

async fn examined(server: &MockServer) -> Vec<Check> {
    let app = App::new(ExternalId::new("1").unwrap(), Secret::new("secret"));
    let client = Client::builder(app).hosts(Hosts::two(&server.uri(), &server.uri()).unwrap()).build().unwrap();
    let page: AccountId = format!("messenger:{PAGE}").parse().unwrap();
    let person = PersonExamination::new(PersonId::new("2").unwrap(), Secret::new("token"));
    FacebookExaminer::new(client).person(&person.reaching(vec![page]).asked_for(vec![Scope::known("pages_show_list")])).await
}

fn failed(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter(|check| check.state == State::Failed).map(|check| check.cause.code).collect()
}

fn list(pages: &[Value]) -> Value {
    json!({"data": pages})
}

#[tokio::test]
async fn when_the_ninety_days_are_over_that_is_one_finding_and_not_one_for_each_permission() {
    let listed = list(&[json!({"id": PAGE, "name": "Quay", "tasks": ["MESSAGING"]})]);
    let expired = json!({"data": [{"permission": "pages_show_list", "status": "expired"}]});
    // Three days before, and as many after the answer's date.
    for (end, found) in [(1_795_694_400, Vec::new()), (1_795_176_000, vec!["data_access_over"])] {
        let permissions =
            if found.is_empty() { json!({"data": [{"permission": "pages_show_list", "status": "granted"}]}) } else { expired.clone() };
        let server = meta(&[("debug_token", debugged(end)), ("me/permissions", permissions), ("me/accounts", listed.clone())]).await;
        assert_eq!(failed(&examined(&server).await), found);
    }
}

#[tokio::test]
async fn a_page_that_is_read_but_not_handed_out_is_held_by_somebody_else() {
    let granted = json!({"data": [{"permission": "pages_show_list", "status": "granted"}]});
    for (page, found) in [
        (json!({"id": PAGE}), vec!["page_held_by_business"]),
        (json!({"id": PAGE, "access_token": "EAA", "tasks": ["MODERATE"]}), vec!["task_missing"]),
        (json!({"id": PAGE, "access_token": "EAA", "tasks": ["MESSAGING"]}), vec![]),
    ] {
        let answers = [("debug_token", debugged(0)), ("me/permissions", granted.clone()), ("me/accounts", list(&[])), (PAGE, page)];
        let server = meta(&answers).await;
        assert_eq!(failed(&examined(&server).await), found);
    }
}

#[tokio::test]
async fn a_page_in_a_portfolio_of_the_persons_is_told_apart_from_a_role_that_was_lost() {
    let granted = json!({"data": [{"permission": "pages_show_list", "status": "granted"}]});
    for (owned, found) in [(list(&[json!({"id": PAGE})]), "page_held_by_business"), (list(&[]), "role_lost")] {
        let answers = [
            ("debug_token", debugged(0)),
            ("me/permissions", granted.clone()),
            ("me/accounts", list(&[])),
            ("me/businesses", list(&[json!({"id": "7", "name": "Quay Holding"})])),
            ("7/owned_pages", owned),
            ("7/client_pages", list(&[])),
        ];
        let server = meta(&answers).await;
        let refused = json!({"error": {"code": 100, "error_subcode": 33, "type": "GraphMethodException", "message": "no"}});
        let answer = ResponseTemplate::new(400).set_body_json(refused);
        Mock::given(method("GET")).and(path(format!("/v26.0/{PAGE}"))).respond_with(answer).mount(&server).await;
        let checks = examined(&server).await;
        assert_eq!(failed(&checks), [found]);
        let named = checks.iter().filter_map(|check| check.detail.as_deref()).any(|detail| detail == "Quay Holding");
        assert_eq!(named, found == "page_held_by_business", "nobody is told whom to ask: {checks:?}");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_asked_about_leaves_everything_unknown() {
    let server = meta(&[]).await;
    let checks = examined(&server).await;
    assert!(checks.len() > 10 && checks.iter().all(|check| check.state == State::Unknown), "{checks:?}");
}
