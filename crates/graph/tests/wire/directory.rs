use link_core::words::ports::Directory;
use link_core::{ErrorKind, Platform, Refusal, Road, Secret};
use link_graph::PageDirectory;
use serde_json::json;

use crate::{Meta, bearer, parameter};

#[tokio::test]
async fn a_page_and_its_instagram_account_are_listed_with_the_pages_token() {
    let meta = Meta::start().await;
    let page = json!({"id": "77", "name": "Lamp Shop", "access_token": "page-token", "tasks": ["ANALYZE", "MESSAGING"],
        "instagram_business_account": {"id": 17_841_400_000_000_009_u64, "username": "lampshop", "name": ""}});
    meta.answer("GET", "/v26.0/me/accounts", 200, &json!({"data": [page]})).await;
    let listings = PageDirectory::new(meta.client()).accounts(&Secret::new("user-token")).await.unwrap();
    let [page, instagram] = &listings[..] else { panic!("{listings:?}") };
    assert_eq!(page.account.to_string(), "messenger:77");
    assert_eq!((page.name.as_str(), page.token.expose(), &page.obstacle), ("Lamp Shop", "page-token", &None));
    assert_eq!(instagram.account.to_string(), "instagram:17841400000000009");
    assert_eq!(instagram.account.platform, Platform::INSTAGRAM);
    assert_eq!(instagram.road, Road::FACEBOOK);
    assert_eq!(instagram.via.as_ref().unwrap().as_str(), "77");
    assert_eq!((instagram.name.as_str(), instagram.username.as_deref()), ("lampshop", Some("lampshop")));
    assert_eq!(instagram.token.expose(), "page-token");
    let request = &meta.requests().await[0];
    assert_eq!(bearer(request), Some("user-token"));
    assert!(parameter(request, "fields").unwrap().contains("instagram_business_account{id,username,name}"));
}

#[tokio::test]
async fn pages_behind_an_empty_page_are_not_lost() {
    let meta = Meta::start().await;
    let page = |id: &str| json!({"id": id, "access_token": "t", "tasks": ["MANAGE"]});
    let next = |after: &str| json!({"cursors": {"before": "x", "after": after}, "next": "https://graph.facebook.com/next?access_token=t"});
    let path = "/v26.0/me/accounts";
    meta.answer("GET", path, 200, &json!({"data": [page("1")], "paging": next("a")})).await;
    meta.answer_with(path, ("after", "a"), &json!({"data": [], "paging": next("b")})).await;
    meta.answer_with(path, ("after", "b"), &json!({"data": [page("2"), page("1")], "paging": {"cursors": {"after": "c"}}})).await;
    let listings = PageDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap();
    let ids: Vec<_> = listings.iter().map(|listing| listing.account.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"], "each once, although the list shifted");
}

#[tokio::test]
async fn a_cursor_that_leads_back_does_not_turn_in_circles() {
    let meta = Meta::start().await;
    let body = json!({"data": [{"id": "1", "access_token": "t", "tasks": ["MANAGE"]}], "paging": {"cursors": {"after": "a"}, "next": "https://x/y"}});
    meta.answer("GET", "/v26.0/me/accounts", 200, &body).await;
    assert_eq!(PageDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap().len(), 1);
    let lists = meta.requests().await.into_iter().filter(|request| request.url.path().ends_with("/me/accounts"));
    assert_eq!(lists.count(), 2);
}

#[tokio::test]
async fn a_page_that_cannot_be_linked_says_why() {
    let meta = Meta::start().await;
    let pages = json!({"data": [
        {"id": "1", "access_token": "t", "tasks": ["ANALYZE", "ADVERTISE"], "instagram_business_account": {"id": "9"}},
        {"id": "2", "access_token": "t", "tasks": ["PROFILE_PLUS_MESSAGING"]},
        {"id": "3", "access_token": "t", "tasks": ["PROFILE_PLUS_FULL_CONTROL"]},
        {"id": "4", "tasks": ["MANAGE"]},
        {"id": "5", "access_token": "t"},
        {"name": "a Page without an id"},
    ]});
    meta.answer("GET", "/v26.0/me/accounts", 200, &pages).await;
    let listings = PageDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap();
    let refused: Vec<_> = listings.iter().filter(|listing| listing.obstacle.is_some()).map(|l| l.account.to_string()).collect();
    assert_eq!(refused, ["messenger:1", "instagram:9", "messenger:4"]);
    assert_eq!(listings.len(), 6, "one that does not read spoils no other");
    assert_eq!(listings[0].obstacle, Some(Refusal::TaskMissing { task: "MESSAGING".into() }));
}

#[tokio::test]
async fn a_dead_token_is_an_error_and_no_empty_list() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me/accounts", 400, &json!({"error": {"code": 190, "error_subcode": 463}})).await;
    let error = PageDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInNeeded);
}

/// A list without Pages, and what the token is for.
async fn empty_list(ticked: &[&str], scopes: &[&str]) -> Meta {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me/accounts", 200, &json!({"data": []})).await;
    let facts = json!({"data": {"app_id": "1000", "user_id": "5", "is_valid": true, "scopes": scopes, "granular_scopes": [
        {"scope": "pages_show_list", "target_ids": ticked}, {"scope": "instagram_basic", "target_ids": ["17841400000000009"]},
        {"scope": "business_management"}
    ]}});
    meta.answer("GET", "/v26.0/debug_token", 200, &facts).await;
    meta
}

async fn obstacles(meta: &Meta) -> Vec<(String, Option<Refusal>)> {
    let listings = PageDirectory::new(meta.client()).accounts(&Secret::new("user-token")).await.unwrap();
    listings.into_iter().map(|listing| (listing.account.to_string(), listing.obstacle)).collect()
}

#[tokio::test]
async fn a_page_that_a_business_holds_says_why_it_cannot_be_linked() {
    let meta = empty_list(&["77", "78", "80"], &["pages_show_list", "business_management"]).await;
    let businesses = json!({"data": [{"id": "900", "name": "Lamp Holding"}, {"name": "a business without an id"}]});
    meta.answer("GET", "/v26.0/me/businesses", 200, &businesses).await;
    let owned = json!({"data": [
        {"id": "77", "access_token": "page-token", "tasks": ["MESSAGING"]},
        {"id": "78", "name": "Lamps North"},
        {"id": "79", "name": "Lamps South", "instagram_business_account": {"id": "9"}},
        {"id": "80", "access_token": "t", "tasks": ["ANALYZE"]},
        {"name": "a Page without an id"},
    ]});
    meta.answer("GET", "/v26.0/900/owned_pages", 200, &owned).await;
    meta.answer("GET", "/v26.0/900/client_pages", 400, &json!({"error": {"code": 10}})).await;
    let task = Some(Refusal::TaskMissing { task: "MESSAGING".into() });
    let held = Some(Refusal::HeldByBusiness { business: "Lamp Holding".into() });
    let expected = [
        ("messenger:77", None),
        ("messenger:78", held),
        ("messenger:79", Some(Refusal::NotTicked)),
        ("instagram:9", Some(Refusal::NotTicked)),
        ("messenger:80", task),
    ];
    assert_eq!(obstacles(&meta).await, expected.map(|(account, obstacle)| (account.to_owned(), obstacle)));
}

#[tokio::test]
async fn every_reason_has_a_remedy_of_its_own() {
    let held = Refusal::HeldByBusiness { business: "Lamp Holding".into() };
    let reasons = [Refusal::NotTicked, held, Refusal::TaskMissing { task: "MESSAGING".into() }, Refusal::NotProfessional];
    let remedies: std::collections::BTreeSet<_> = reasons.iter().map(|reason| (reason.remedy().what, reason.code())).collect();
    assert_eq!(remedies.len(), reasons.len());
}

#[tokio::test]
async fn a_refusal_of_the_search_takes_nothing_from_the_list() {
    let meta = empty_list(&["77"], &["pages_show_list", "business_management"]).await;
    meta.answer("GET", "/v26.0/me/businesses", 400, &json!({"error": {"code": 10}})).await;
    meta.answer("GET", "/v26.0/77", 400, &json!({"error": {"code": 100, "error_subcode": 33}})).await;
    assert!(obstacles(&meta).await.is_empty());
    let none = Meta::start().await;
    none.answer("GET", "/v26.0/me/accounts", 200, &json!({"data": [{"id": "77", "access_token": "t"}]})).await;
    none.answer("GET", "/v26.0/debug_token", 500, &json!({})).await;
    assert_eq!(obstacles(&none).await, vec![("messenger:77".to_owned(), None)]);
}

#[tokio::test]
async fn where_a_page_does_not_know_of_tasks_it_is_asked_without() {
    let meta = empty_list(&["77", "78"], &["pages_show_list"]).await;
    for id in ["77", "78"] {
        let path = format!("/v26.0/{id}");
        meta.answer("GET", &path, 400, &json!({"error": {"code": 100, "message": "nonexisting field (tasks)"}})).await;
        let fields = "id,name,access_token,instagram_business_account{id,username,name}";
        meta.answer_with(&path, ("fields", fields), &json!({"id": id, "access_token": "t"})).await;
    }
    assert_eq!(obstacles(&meta).await.len(), 2);
    assert_eq!(meta.requests().await.len(), 5, "asked in vain once only");
}

#[tokio::test]
async fn what_one_token_names_does_not_become_calls_without_end() {
    let ticked: Vec<String> = (1..=500).map(|id| id.to_string()).collect();
    let meta = empty_list(&ticked.iter().map(String::as_str).collect::<Vec<_>>(), &["pages_show_list"]).await;
    assert!(obstacles(&meta).await.is_empty());
    assert_eq!(meta.requests().await.len(), 52, "the list, the token and fifty Pages");
}
