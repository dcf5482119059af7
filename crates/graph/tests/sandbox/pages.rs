use std::collections::BTreeMap;

use link_core::words::ports::{Directory, Listing};
use link_core::{Refusal, Secret};
use link_graph::PageDirectory;
use link_sandbox::Decision;
use serde_json::{Value, json};

use crate::{CAFE, PAGE, PAGE_SCOPES, ROBIN, Stage};

const HOLDING: &str = "7000000000000001";
const CLIENT: &str = "3000000000000003";
const MANAGING: &[&str] = &["pages_show_list", "pages_read_engagement", "pages_messaging", "instagram_basic", "business_management"];

/// Harbour Books is held by a business, and a third Page is one that the business looks after; nobody holds the Cafe.
fn held(world: &mut Value) {
    world["businesses"] = json!([{"id": HOLDING, "name": "Harbour Holding", "people": [ROBIN]}]);
    world["pages"][0]["business"] = json!(HOLDING);
    let client = json!({"id": CLIENT, "name": "A Client", "business": HOLDING, "client": true,
        "admins": [{"person": ROBIN, "tasks": ["ANALYZE"]}]});
    world["pages"].as_array_mut().unwrap().push(client);
}

async fn listed(stage: &Stage, token: &Secret) -> BTreeMap<String, Option<Refusal>> {
    let listings = PageDirectory::new(stage.facebook.clone()).accounts(token).await.unwrap();
    let count = listings.len();
    let found: BTreeMap<_, _> = listings.into_iter().map(|Listing { account, obstacle, .. }| (account.to_string(), obstacle)).collect();
    assert_eq!(found.len(), count, "each once");
    found
}

fn page(id: &str) -> String {
    format!("messenger:{id}")
}

#[tokio::test]
async fn pages_of_a_business_are_found_by_who_may_manage_it() {
    let stage = Stage::with(held).await;
    let token = stage.facebook_token(MANAGING, &Decision::allow()).await;
    let found = listed(&stage, &token).await;
    assert_eq!(found[&page(CAFE)], None);
    assert_eq!(found[&page(PAGE)], None, "it can be linked as any other");
    assert_eq!(found["instagram:17841400000000001"], None, "and its Instagram account too");
    assert_eq!(found[&page(CLIENT)], Some(Refusal::TaskMissing { task: "MESSAGING".into() }));
}

#[tokio::test]
async fn a_page_that_was_ticked_is_found_by_what_the_token_is_for() {
    let stage = Stage::with(held).await;
    let token = stage.facebook_token(PAGE_SCOPES, &Decision::allow().pages(&[PAGE])).await;
    let found = listed(&stage, &token).await;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["instagram:17841400000000001", &page(PAGE)]);
    assert!(found.values().all(Option::is_none), "{found:?}");
    let businesses = stage.meta.calls(0).await.unwrap().data.iter().filter(|call| call.to_string().contains("businesses")).count();
    assert_eq!(businesses, 0, "without the permission businesses are not asked for");
}

#[tokio::test]
async fn five_hundred_pages_are_listed_a_hundred_at_a_time() {
    let stage = Stage::with(|world| {
        let pages = world["pages"].as_array_mut().unwrap();
        let page = |n: u64| json!({"id": n.to_string(), "name": format!("Branch {n}"), "admins": [{"person": ROBIN}]});
        pages.extend((3_000_000_000_001_000..3_000_000_000_001_498).map(page));
    })
    .await;
    let token = stage.facebook_token(PAGE_SCOPES, &Decision::allow()).await;
    let before = stage.meta.calls(0).await.unwrap().next;
    let found = listed(&stage, &token).await;
    assert_eq!(found.keys().filter(|account| account.starts_with("messenger:")).count(), 500);
    let calls = stage.meta.calls(before).await.unwrap().data.len();
    assert_eq!(calls, 6, "five pages, and one question about the token");
}
