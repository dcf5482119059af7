//! A Page that a business holds is in nobody's own list, and is linked like any other.

use link_kit::{AccountId, Platform, Subscription};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::Stage;
use crate::{ROBIN, begin, sign_in, to_review};

const HELD: &str = "3000000000000009";

/// Robin belongs to a business that holds a third Page.
async fn with_a_business() -> Stage {
    let stage = Stage::open().await;
    let business = json!({"id": "7000000000000001", "name": "Harbour Holding", "people": [ROBIN]});
    let page = json!({"id": HELD, "name": "Harbour Lights", "business": "7000000000000001", "admins": [{"person": ROBIN}]});
    stage.meta.seed(&json!({"businesses": [business], "pages": [page]})).await.unwrap();
    stage
}

fn held() -> AccountId {
    AccountId::new(Platform::MESSENGER, HELD.parse().unwrap())
}

async fn linked_by(decision: Decision) {
    let stage = with_a_business().await;
    let setup = begin(&stage).await;
    let found = sign_in(&stage, setup, decision).await.unwrap();
    let candidate = found.candidates.iter().find(|found| found.account == held()).unwrap();
    assert_eq!((candidate.name.as_str(), &candidate.obstacle), ("Harbour Lights", &None));
    to_review(&stage.kit, &stage.viewer, setup, vec![held()]).await;
    let confirmed = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap();
    assert!(matches!(confirmed.connections[0].subscription, Subscription::Active { .. }), "{:?}", confirmed.connections);
}

#[tokio::test]
async fn it_is_found_through_the_business() {
    linked_by(Decision::allow()).await;
}

#[tokio::test]
async fn it_is_found_by_having_been_ticked_when_the_businesses_are_not_shown() {
    let without_businesses = ["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging"];
    linked_by(Decision::allow().pages(&[HELD]).scopes(&without_businesses)).await;
}
