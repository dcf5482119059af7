use std::time::Duration;

use link_core::words::ports::Directory;
use link_core::{ErrorKind, Platform, Refusal, Road, Secret};
use link_graph::PageDirectory;
use serde_json::{Value, json};
use wiremock::{Mock, Request, matchers};

use crate::{Meta, bearer, ok, parameter};

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
    let pages = meta.requests().await.into_iter().filter(|request| request.url.path().ends_with("/me/accounts")).count();
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up_instead_of_read_for_ever() {
    let meta = Meta::start().await;
    let next = |request: &Request| {
        let after = parameter(request, "after").map_or(0, |after| after.parse::<u64>().unwrap()) + 1;
        let paging = json!({"cursors": {"after": after.to_string()}, "next": "https://x/y"});
        ok(200, &json!({"data": [], "paging": paging}))
    };
    Mock::given(matchers::method("GET")).and(matchers::path("/v26.0/me/accounts")).respond_with(next).mount(&meta.server).await;
    let reading = PageDirectory::new(meta.client());
    let reading = tokio::time::timeout(Duration::from_secs(20), async { reading.accounts(&Secret::new("t")).await });
    assert_eq!(reading.await.unwrap().unwrap_err().kind(), ErrorKind::Unrecognised);
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

/// What the token says of itself: granted these, and ticked for these Pages if any are named.
fn facts(scopes: &[&str], ticked: Option<&[&str]>) -> Value {
    let granular: Vec<Value> = ticked.map(|ids| json!({"scope": "pages_show_list", "target_ids": ids})).into_iter().collect();
    json!({"data": {"app_id": "1000", "type": "USER", "is_valid": true, "user_id": "1", "scopes": scopes, "granular_scopes": granular}})
}

/// Meta, whose list names Page 1 and whose token says this.
async fn listing_one(facts: &Value) -> Meta {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me/accounts", 200, &json!({"data": [{"id": "1", "access_token": "t", "tasks": ["MESSAGING"]}]})).await;
    meta.answer("GET", "/v26.0/debug_token", 200, facts).await;
    meta
}

async fn found(meta: &Meta) -> Vec<(String, Option<Refusal>)> {
    let listings = PageDirectory::new(meta.client()).accounts(&Secret::new("user-token")).await.unwrap();
    listings.into_iter().map(|listing| (listing.account.to_string(), listing.obstacle)).collect()
}

fn free(account: &str) -> (String, Option<Refusal>) {
    (account.to_owned(), None)
}

async fn calls_after_the_list(meta: &Meta) -> Vec<String> {
    let paths = meta.requests().await.into_iter().map(|request| request.url.path().to_owned());
    paths.filter(|path| !path.ends_with("/me/accounts") && !path.ends_with("/debug_token")).collect()
}

#[tokio::test]
async fn where_nothing_can_be_missing_nothing_more_is_asked() {
    for ticked in [None, Some(&["1"][..]), Some(&[][..])] {
        let meta = listing_one(&facts(&["pages_show_list"], ticked)).await;
        assert_eq!(found(&meta).await, [free("messenger:1")]);
        assert_eq!(calls_after_the_list(&meta).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_page_that_was_ticked_and_is_not_listed_is_asked_for_by_itself() {
    let meta = listing_one(&facts(&["pages_show_list"], Some(&["1", "2", "3", "4"]))).await;
    let whole = json!({"id": "2", "name": "Held", "access_token": "t2", "tasks": ["MESSAGING"], "instagram_business_account": {"id": "9"}});
    meta.answer("GET", "/v26.0/2", 200, &whole).await;
    meta.answer("GET", "/v26.0/3", 200, &json!({"id": "3", "name": "Closed"})).await;
    meta.answer("GET", "/v26.0/4", 400, &json!({"error": {"code": 100, "error_subcode": 33}})).await;
    let expected = [
        free("messenger:1"),
        free("messenger:2"),
        free("instagram:9"),
        ("messenger:3".to_owned(), Some(Refusal::HeldByBusiness { business: None })),
        ("messenger:4".to_owned(), Some(Refusal::TaskMissing { task: "MESSAGING".to_owned() })),
    ];
    assert_eq!(found(&meta).await, expected);
    let asked = meta.requests().await.into_iter().find(|request| request.url.path() == "/v26.0/2").unwrap();
    assert_eq!(bearer(&asked), Some("user-token"));
}

#[tokio::test]
async fn tasks_are_not_insisted_on_where_only_the_list_tells_them() {
    let meta = listing_one(&facts(&["pages_show_list"], Some(&["2", "3"]))).await;
    let refused = json!({"error": {"code": 100, "message": "Tried accessing nonexisting field (tasks)"}});
    for page in ["2", "3"] {
        let path = format!("/v26.0/{page}");
        meta.answer("GET", &path, 400, &refused).await;
        let without = ("fields", "id,name,access_token,instagram_business_account{id,username,name}");
        meta.answer_with(&path, without, &json!({"id": page, "access_token": "t"})).await;
    }
    assert_eq!(found(&meta).await, [free("messenger:1"), free("messenger:2"), free("messenger:3")]);
    assert_eq!(calls_after_the_list(&meta).await.len(), 3, "once is enough to learn it");
}

#[tokio::test]
async fn what_a_business_holds_is_found_and_says_why_it_cannot_be_linked() {
    let meta = listing_one(&facts(&["pages_show_list", "business_management"], Some(&["1", "2", "3"]))).await;
    let page =
        |id: &str, token: Option<&str>| json!({"id": id, "name": format!("Page {id}"), "access_token": token, "tasks": ["MESSAGING"]});
    let owned = json!({"data": [page("2", Some("t2")), page("3", None)],
        "paging": {"cursors": {"after": "more"}, "next": "https://graph.facebook.com/x?access_token=leak"}});
    let businesses = json!({"data": [
        {"id": "b1", "name": "Quay Holding", "owned_pages": owned, "client_pages": {"data": [page("1", None), page("4", Some("t4"))]}},
        {"id": "b2"}, {"name": "without an id"}
    ]});
    meta.answer("GET", "/v26.0/me/businesses", 200, &businesses).await;
    meta.answer_with("/v26.0/b1/owned_pages", ("after", "more"), &json!({"data": [page("5", None)]})).await;
    meta.answer("GET", "/v26.0/3", 200, &json!({"id": "3"})).await;
    let held = |account: &str, why| (account.to_owned(), Some(why));
    let expected = [
        free("messenger:1"),
        free("messenger:2"),
        held("messenger:3", Refusal::HeldByBusiness { business: Some("Quay Holding".to_owned()) }),
        held("messenger:5", Refusal::NotTicked),
        held("messenger:4", Refusal::NotTicked),
    ];
    assert_eq!(found(&meta).await, expected, "each once, and the one that is listed already stays as it is");
    assert_eq!(calls_after_the_list(&meta).await, ["/v26.0/me/businesses", "/v26.0/b1/owned_pages", "/v26.0/3"]);
}

#[tokio::test]
async fn a_business_that_is_not_shown_spoils_nothing() {
    let refusals = [json!({"error": {"code": 200}}), json!({"error": {"code": 10}}), json!({"error": {"code": 4}}), json!("no list")];
    for refusal in refusals {
        let meta = listing_one(&facts(&["business_management"], None)).await;
        meta.answer("GET", "/v26.0/me/businesses", 400, &refusal).await;
        assert_eq!(found(&meta).await, [free("messenger:1")], "{refusal}");
    }
    let meta = listing_one(&json!({"error": {"code": 1}})).await;
    assert_eq!(found(&meta).await, [free("messenger:1")], "nor does a token that nobody explains");
}

#[tokio::test]
async fn five_hundred_pages_are_listed_and_no_more_than_fifty_calls_follow() {
    let meta = Meta::start().await;
    let ids = |from: usize, to: usize| (from..to).map(|id| id.to_string()).collect::<Vec<_>>();
    for part in 0..5 {
        let pages: Vec<Value> =
            ids(part * 100, (part + 1) * 100).iter().map(|id| json!({"id": format!("1{id}"), "access_token": "t"})).collect();
        let paging = if part < 4 { json!({"cursors": {"after": part.to_string()}, "next": "https://x/y"}) } else { json!({}) };
        let body = json!({"data": pages, "paging": paging});
        match part {
            0 => meta.answer("GET", "/v26.0/me/accounts", 200, &body).await,
            _ => meta.answer_with("/v26.0/me/accounts", ("after", (part - 1).to_string().as_str()), &body).await,
        }
    }
    let held: Vec<String> = ids(0, 500).iter().map(|id| format!("2{id}")).collect();
    let ticked: Vec<&str> = held.iter().map(String::as_str).collect();
    meta.answer("GET", "/v26.0/debug_token", 200, &facts(&["pages_show_list"], Some(&ticked))).await;
    for id in &held {
        meta.answer("GET", &format!("/v26.0/{id}"), 200, &json!({"id": id, "access_token": "t"})).await;
    }
    assert_eq!(found(&meta).await.len(), 500 + 50);
    assert_eq!(calls_after_the_list(&meta).await.len(), 50);
}
