//! What an examination concludes from answers that the sandbox does not give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use link_core::words::finding::{AccountExamination, AppExamination, Check, Examine as _, PersonExamination, State};
use link_core::words::ports::Access;
use link_core::{AccountId, ExternalId, PersonId, Road, Scope, Secret};
use link_graph::{App, Client, FacebookExaminer, Hosts, InstagramExaminer};
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

fn client(server: &MockServer) -> Client {
    let app = App::new(ExternalId::new("1").unwrap(), Secret::new("secret"));
    Client::builder(app).hosts(Hosts::two(&server.uri(), &server.uri()).unwrap()).build().unwrap()
}

fn examiner(server: &MockServer) -> FacebookExaminer {
    FacebookExaminer::new(client(server))
}

async fn examined(server: &MockServer) -> Vec<Check> {
    reaching(server, vec![format!("messenger:{PAGE}").parse().unwrap()]).await
}

async fn reaching(server: &MockServer, accounts: Vec<AccountId>) -> Vec<Check> {
    let person = PersonExamination::new(PersonId::new("2").unwrap(), Secret::new("token"));
    examiner(server).person(&person.reaching(accounts).asked_for(vec![Scope::known("pages_show_list")])).await
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

#[tokio::test]
async fn an_outage_is_not_taken_for_a_wrong_secret() {
    for (status, error, found) in [
        (400, json!({"code": 1, "message": "Error validating client secret."}), vec!["app_secret_wrong"]),
        (500, json!({"code": 1, "message": "An unknown error occurred"}), vec![]),
        (400, json!({"code": 1, "message": "Please reduce the amount of data", "is_transient": true}), vec![]),
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(json!({"error": error}));
        Mock::given(method("GET")).and(path("/v26.0/1")).respond_with(answer).mount(&server).await;
        let checks = examiner(&server).app(&AppExamination::new(Vec::new(), "https://shop.example/hooks")).await;
        assert_eq!(failed(&checks), found, "status {status}");
    }
}

#[tokio::test]
async fn who_reaches_an_account_through_a_page_that_a_business_holds_has_a_facebook_account() {
    let answers = [
        ("debug_token", debugged(0)),
        ("me/permissions", json!({"data": [{"permission": "pages_show_list", "status": "granted"}]})),
        ("me/accounts", list(&[])),
    ];
    let server = meta(&answers).await;
    assert_eq!(failed(&reaching(&server, vec!["instagram:17841400000000009".parse().unwrap()]).await), Vec::<&str>::new());
    assert_eq!(failed(&reaching(&server, vec![]).await), ["facebook_account_needed"], "who reaches nothing may need a Page first");
}

const INSTAGRAM: &str = "17841400000000009";

/// How these causes stand at an account by its examination.
async fn at_account(server: &MockServer, access: Access, codes: &[&str]) -> Vec<State> {
    let by_login = access.road == Road::INSTAGRAM;
    let asked = AccountExamination::new(access).before_confirmation();
    let checks =
        if by_login { InstagramExaminer::new(client(server)).account(&asked).await } else { examiner(server).account(&asked).await };
    codes.iter().filter_map(|code| checks.iter().find(|check| check.cause.code == *code)).map(|check| check.state).collect()
}

#[tokio::test]
async fn whatever_a_refusal_may_have_named_at_an_account_can_be_seen_to_be_gone() {
    let page = json!({"id": PAGE, "is_published": true, "instagram_business_account": {"id": INSTAGRAM}});
    let (threads, by_login) = (format!("{PAGE}/conversations"), format!("{INSTAGRAM}/conversations"));
    let me = json!({"user_id": INSTAGRAM, "account_type": "BUSINESS"});
    let server = meta(&[(PAGE, page), (threads.as_str(), list(&[])), ("me", me), (by_login.as_str(), list(&[]))]).await;
    let access = |account: String, road| Access::new(account.parse().unwrap(), road, Secret::new("t"));
    let at_instagram = access(format!("instagram:{INSTAGRAM}"), Road::FACEBOOK).through(Some(PAGE.parse().unwrap()));
    let all =
        [access(format!("messenger:{PAGE}"), Road::FACEBOOK), at_instagram, access(format!("instagram:{INSTAGRAM}"), Road::INSTAGRAM)];
    for access in all {
        let of_token = at_account(&server, access.clone(), &["password_changed", "token_invalid", "role_lost"]).await;
        assert_eq!(of_token, [State::Ok; 3], "a token that works keeps the finding that it does not: {access:?}");
        let refused = at_account(&server, access.clone(), &["blocked_for_policy", "page_restricted"]).await;
        assert_eq!(refused, [State::Unknown; 2], "what only a refusal tells of never ends: {access:?}");
    }
}

#[tokio::test]
async fn an_account_whose_token_is_refused_says_which_way_and_nothing_of_the_others() {
    let server = MockServer::start().await;
    let refused = json!({"error": {"code": 190, "error_subcode": 460, "message": "no"}});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(400).set_body_json(refused)).mount(&server).await;
    let access = Access::new(format!("messenger:{PAGE}").parse().unwrap(), Road::FACEBOOK, Secret::new("t"));
    let states = at_account(&server, access, &["password_changed", "token_invalid", "role_lost"]).await;
    assert_eq!(states, [State::Failed, State::Unknown, State::Unknown]);
}
