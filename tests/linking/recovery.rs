//! Expiry and recovery.

use chrono::TimeDelta;
use link_kit::{Health, Link, Subscription};
use link_sandbox::{Decision, PersonAction};

use crate::stage::Agree as _;
use crate::stage::{PAGE, Stage, conversation, page};
use crate::{CAFE_INSTAGRAM, ROBIN, SAM, acts, both, sam_with, sign_in, to_review};

async fn texts(stage: &Stage) -> Vec<String> {
    let all = stage.messages(&stage.viewer).await;
    all.into_iter().filter_map(|(_, message)| message.text().map(str::to_owned)).collect()
}

/// Robin's password is changed, and an answer that fails finds it out.
async fn die(stage: &Stage) {
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let peer = stage.messages(&stage.viewer).await[0].1.peer.clone().unwrap();
    let talk = conversation(&stage.viewer, page(), peer.as_str());
    stage.kit.inbox().answer(&stage.viewer, &talk, "Yes.", "yes").await.unwrap();
    stage.settle().await;
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    let page = connections.iter().find(|connection| *connection.account() == page()).unwrap();
    assert!(matches!(page.health, Health::Dead { .. }), "{page:?}");
}

/// Somebody signs in again for a link and confirms what is shown.
async fn reconnect(stage: &Stage, link: &Link, who: Decision) -> Link {
    let linking = stage.kit.linking();
    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    let setup = sign_in(stage, setup, who).await.unwrap();
    assert_eq!(setup.stage, link_kit::Stage::Review, "who signs in again is asked everything anew");
    let review = linking.review(&stage.viewer, setup.id).await.unwrap();
    assert!(review.to_text().contains("The link exists already; it goes on with its history."), "{}", review.to_text());
    let confirmed = linking.agree(&stage.viewer, setup.id).await.unwrap();
    assert_eq!(confirmed.connections.len(), 2);
    for connection in &confirmed.connections {
        assert!(matches!(connection.subscription, Subscription::Active { .. }) && connection.health == Health::Alive, "{connection:?}");
    }
    confirmed.link
}

#[tokio::test]
async fn signing_in_again_goes_on_with_the_same_link_and_reads_what_was_missed() {
    let stage = Stage::open().await;
    stage.meta.customer_writes("c1", PAGE, "Long before").await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    let link = stage.link(&stage.viewer).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.settle().await;
    // Meta ends the subscription, and the token dies.
    let token = stage.meta.tokens(ROBIN, &["pages_messaging", "pages_manage_metadata", "pages_show_list"]).await.unwrap();
    let address = format!("{}/{PAGE}/subscribed_apps?access_token={}", stage.meta.facebook(), token.page_tokens[PAGE]);
    let ended = reqwest::Client::builder().no_proxy().build().unwrap().delete(address).send().await.unwrap();
    assert!(ended.status().is_success(), "{}", ended.text().await.unwrap());
    die(&stage).await;
    stage.pass(TimeDelta::days(3)).await;
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.meta.customer_writes("c2", PAGE, "I am new here").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&stage).await, ["Is the shop open?"], "the story needs something that was missed");

    stage.pass(TimeDelta::minutes(1)).await;
    let before = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    let resumed = reconnect(&stage, &link, Decision::allow()).await;
    stage.settle().await;
    assert_eq!(resumed, link, "signing in again changes the link");
    assert_eq!(stage.kit.linking().links(&stage.viewer).await.unwrap(), std::slice::from_ref(&link));
    assert_eq!(
        stage.kit.linking().consents(&stage.viewer, link.id).await.unwrap(),
        std::slice::from_ref(&link.consent),
        "nobody agreed to anything"
    );
    let mut seen = texts(&stage).await;
    seen.sort();
    assert_eq!(seen, ["Hello?", "I am new here", "Is the shop open?"], "what was missed is lost, or what was before the link is read");
    let after = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&after.key, after.confirmed_at, after.link), (&before.key, before.confirmed_at, before.link));
        assert_eq!((after.generation, after.missed_since), (before.generation + 1, None));
    }
    assert!(acts(&stage).await.iter().any(|act| act == "link.resume"));
    // It lives: somebody writes and is answered.
    stage.meta.customer_writes("c1", PAGE, "There you are").await.unwrap();
    stage.settle().await;
    assert!(texts(&stage).await.contains(&"There you are".to_owned()), "subscribed and deaf");
}

#[tokio::test]
async fn whoever_links_the_same_accounts_again_goes_on_with_the_same_link() {
    let stage = Stage::linked().await;
    let link = stage.kit.linking().links(&stage.viewer).await.unwrap().remove(0);
    let setup = crate::at_review(&stage, both()).await;
    let confirmed = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.id, link.id, "the same accounts are two links");
    assert_eq!(stage.kit.linking().links(&stage.viewer).await.unwrap().len(), 1);
    // The walk said otherwise about names and pictures than the link: that was agreed to, and is on record.
    assert_ne!(confirmed.link.synchronisation, link.synchronisation);
    let consents = stage.kit.linking().consents(&stage.viewer, link.id).await.unwrap();
    assert_eq!((consents.len(), &consents[0]), (2, &link.consent));
    assert!(consents[1].difference.iter().any(|difference| difference.line == "profiles"), "{:?}", consents[1].difference);
}

#[tokio::test]
async fn another_person_may_take_a_link_over_and_the_first_ones_token_goes() {
    let stage = Stage::linked().await;
    let link = stage.kit.linking().links(&stage.viewer).await.unwrap().remove(0);
    sam_with(&stage, &["MANAGE", "CREATE_CONTENT", "MODERATE", "MESSAGING", "ANALYZE"]).await;
    let resumed = reconnect(&stage, &link, Decision::allow().person(SAM)).await;
    assert_eq!(resumed.id, link.id);
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert!(connections.iter().all(|connection| connection.person.as_str() == SAM), "{connections:?}");
    let holders = stage.holders().await;
    assert!(holders.contains(&format!("person:{SAM}")) && !holders.contains(&format!("person:{ROBIN}")), "{holders:?}");
}

#[tokio::test]
async fn an_account_is_added_by_signing_in_again_and_choosing_it_as_well() {
    let stage = Stage::linked().await;
    let link = stage.kit.linking().links(&stage.viewer).await.unwrap().remove(0);
    let linking = stage.kit.linking();
    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    for _ in 0..3 {
        linking.back(&stage.viewer, setup).await.unwrap();
    }
    let more = format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap();
    to_review(&stage.kit, &stage.viewer, setup, [both(), vec![more]].concat()).await;
    let confirmed = linking.agree(&stage.viewer, setup).await.unwrap();
    assert_eq!((confirmed.link.id, confirmed.link.accounts.len(), confirmed.connections.len()), (link.id, 3, 3));
    let consents = linking.consents(&stage.viewer, link.id).await.unwrap();
    assert_eq!(consents.len(), 2, "an account was added and nobody agreed to it");
    assert!(consents[1].difference.iter().any(|difference| difference.to_text().contains(CAFE_INSTAGRAM)), "{:?}", consents[1].difference);
}
