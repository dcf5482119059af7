//! A Page and its Instagram account share one subscription at Meta: whoever leaves takes only their own out of it.

use chrono::TimeDelta;
use link_kit::{LinkId, Preferences, Road, Synchronisation, Viewer};
use link_sandbox::Decision;
use serde_json::Value;

use crate::stage::{Agree as _, INSTAGRAM, PAGE, Stage, conversation, instagram, owner, page};
use crate::{all_done, asked};

const EVE: &str = "5000000000000015";

/// The fields that the Page is subscribed to, as Meta tells them.
async fn fields(stage: &Stage) -> Vec<String> {
    let told = stage.call("GET", &format!("/{PAGE}/subscribed_apps"), &stage.page_token().await, &Value::Null).await;
    let fields = told["data"].as_array().unwrap().iter().flat_map(|app| app["subscribed_fields"].as_array().unwrap().clone());
    fields.map(|field| field.as_str().unwrap().to_owned()).collect()
}

async fn leaves(stage: &Stage, viewer: &Viewer, link: LinkId, account: link_kit::AccountId) {
    let shown = stage.kit.linking().plan_unlink(viewer, link, Some(vec![account])).await.unwrap();
    let done = stage.kit.linking().unlink(viewer, &shown).await.unwrap();
    assert!(all_done(&done), "{:#?}", done.steps);
    stage.settle().await;
}

/// Somebody links the Instagram account through its Page, and not the Page.
async fn links_instagram_only(stage: &Stage, viewer: &Viewer) {
    let linking = stage.kit.linking();
    let setup = linking.begin(viewer).await.unwrap().id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(viewer, &came_back).await.unwrap();
    linking.choose(viewer, setup, vec![instagram()]).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default()).await.unwrap();
    linking.agree(viewer, setup).await.unwrap();
    stage.settle().await;
}

/// Eve writes to the Instagram account; it arrives for this viewer, and can be answered.
async fn eve_is_heard_and_answered(stage: &Stage, viewer: &Viewer, text: &str) {
    stage.meta.customer_writes("c5", INSTAGRAM, text).await.unwrap();
    stage.settle().await;
    let messages = stage.messages(viewer).await;
    assert!(messages.iter().any(|(_, message)| message.text() == Some(text)), "the Instagram account went silent with its Page");
    stage.kit.inbox().answer(viewer, &conversation(viewer, instagram(), EVE), "We do.", text).await.unwrap();
    stage.settle().await;
}

#[tokio::test]
async fn the_page_leaves_and_its_instagram_account_goes_on() {
    let (stage, link) = asked().await;
    leaves(&stage, &stage.viewer, link, page()).await;
    assert_eq!(fields(&stage).await, ["messaging_feedback"], "the fields of the one that stays went with the other");
    eve_is_heard_and_answered(&stage, &stage.viewer, "Do you still ship?").await;
    let kept = stage.messages(&stage.viewer).await.len();
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.settle().await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), kept, "the Page that left still receives");
}

#[tokio::test]
async fn the_instagram_account_leaves_and_the_page_keeps_all_of_its_fields() {
    let (stage, link) = asked().await;
    let mut before = fields(&stage).await;
    leaves(&stage, &stage.viewer, link, instagram()).await;
    before.retain(|field| field != "messaging_feedback");
    assert_eq!(fields(&stage).await, before);
    assert!(before.iter().any(|field| field == "messages"), "{before:?}");
}

#[tokio::test]
async fn the_page_leaves_the_link_of_one_owner_and_the_instagram_account_stays_in_that_of_another() {
    let (stage, link) = asked().await;
    let other = owner("bakery", "sam");
    links_instagram_only(&stage, &other).await;
    stage.pass(TimeDelta::hours(1)).await;
    // Everything of the first owner ends: the Page is nobody's, and the Instagram account is the other one's still.
    let shown = stage.kit.linking().plan_unlink(&stage.viewer, link, None).await.unwrap();
    let done = stage.kit.linking().unlink(&stage.viewer, &shown).await.unwrap();
    assert!(all_done(&done), "{:#?}", done.steps);
    stage.settle().await;
    assert_eq!(fields(&stage).await, ["messaging_feedback"]);
    eve_is_heard_and_answered(&stage, &other, "Are you there?").await;
}
