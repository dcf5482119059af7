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
    let request = meta.last().await;
    assert_eq!(bearer(&request), Some("user-token"));
    assert!(parameter(&request, "fields").unwrap().contains("instagram_business_account{id,username,name}"));
}

#[tokio::test]
async fn pages_behind_an_empty_page_are_not_lost() {
    let meta = Meta::start().await;
    let page = |id: &str| json!({"id": id, "access_token": "t", "tasks": ["MESSAGING"]});
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
    let body = json!({"data": [{"id": "1", "access_token": "t", "tasks": ["MESSAGING"]}], "paging": {"cursors": {"after": "a"}, "next": "https://x/y"}});
    meta.answer("GET", "/v26.0/me/accounts", 200, &body).await;
    assert_eq!(PageDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap().len(), 1);
    assert_eq!(meta.requests().await.len(), 2);
}

#[tokio::test]
async fn a_page_that_cannot_be_linked_says_why() {
    let meta = Meta::start().await;
    let pages = json!({"data": [
        {"id": "1", "access_token": "t", "tasks": ["ANALYZE", "ADVERTISE"], "instagram_business_account": {"id": "9"}},
        {"id": "2", "access_token": "t", "tasks": ["PROFILE_PLUS_MESSAGING"]},
        {"id": "3", "access_token": "t", "tasks": ["PROFILE_PLUS_FULL_CONTROL"]},
        {"id": "4", "tasks": ["MESSAGING"]},
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
