//! An Instagram account is linked by itself, without a Page.

use link_core::words::gate::Verdict;
use link_kit::{Preferences, Problem, Refusal, Road, Subscription, Synchronisation};
use link_sandbox::Decision;

use crate::begin;
use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Stage, conversation, instagram};

pub(crate) const EVE: &str = "5000000000000015";

/// Somebody comes back from Instagram's own dialog as this account.
pub(crate) async fn signed_in(stage: &Stage, account: &str) -> link_kit::Setup {
    let (linking, setup) = (stage.kit.linking(), begin(stage).await);
    let dialog = linking.dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(account)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap().setup
}

async fn told_and_answered(stage: &Stage) {
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = signed_in(stage, INSTAGRAM).await;
    assert_eq!(setup.person(&link_kit::Road::INSTAGRAM).unwrap().as_str(), INSTAGRAM, "known by another id than a letter would name");
    let [candidate] = &setup.candidates[..] else { panic!("{:?}", setup.candidates) };
    assert_eq!((&candidate.account, &candidate.road, &candidate.via, &candidate.obstacle), (&instagram(), &Road::INSTAGRAM, &None, &None));

    linking.choose(viewer, setup.id, vec![instagram()]).await.unwrap();
    linking.prefer(viewer, setup.id, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup.id, Synchronisation::default()).await.unwrap();
    let confirmed = linking.agree(viewer, setup.id).await.unwrap();
    let [connection] = &confirmed.connections[..] else { panic!("{:?}", confirmed.connections) };
    assert!(matches!(connection.subscription, Subscription::Active { .. }), "{connection:?}");
    let report = linking.features(viewer, &connection.key).await.unwrap().unwrap();
    assert!(report.features.iter().filter(|it| it.asked_for).all(|it| it.verdict == Verdict::Allowed), "{}", report.to_text());

    stage.meta.customer_writes("c5", INSTAGRAM, "Is the shop open today?").await.unwrap();
    stage.settle().await;
    let asked = stage.messages(viewer).await;
    let (key, _) = asked.iter().find(|(_, message)| message.text() == Some("Is the shop open today?")).unwrap();
    assert_eq!(key.road, Road::INSTAGRAM);

    let eve = conversation(viewer, instagram(), EVE);
    let intent = stage.kit.inbox().answer(viewer, &eve, "Until six.", "k1").await.unwrap();
    stage.settle().await;
    let rows = stage.messages(viewer).await;
    let ours: Vec<_> = rows.iter().filter(|(_, message)| message.text() == Some("Until six.")).collect();
    assert_eq!(ours.len(), 1, "the echo is a second message: {ours:?}");
    assert_eq!(ours[0].1.intent, Some(intent.id));
    assert!(
        stage.calls("POST", &format!("/{INSTAGRAM}/messages")).await.len() == 1,
        "it was sent over another node than the account's own"
    );
}

#[tokio::test]
async fn an_account_without_a_page_is_linked_told_and_answered() {
    told_and_answered(&Stage::set().instagram_login().open().await).await;
}

#[tokio::test]
async fn it_is_so_in_whichever_shape_meta_answers() {
    told_and_answered(&Stage::set().instagram_login().quirk("ig_token_shape", "data").quirk("ig_me", "data").open().await).await;
}

#[tokio::test]
async fn a_setup_that_is_given_up_leaves_no_token_although_meta_lets_nobody_revoke_it() {
    let stage = Stage::set().instagram_login().open().await;
    let setup = signed_in(&stage, INSTAGRAM).await;
    assert_eq!(stage.holders().await.len(), 1);
    let calls = stage.meta.calls(0).await.unwrap().data.len();
    let cancelled = stage.kit.linking().cancel(&stage.viewer, setup.id).await.unwrap();
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.holders().await, Vec::<String>::new());
    assert_eq!(stage.meta.calls(0).await.unwrap().data.len(), calls, "something is asked of Meta for a setup that is over");

    // What is left says that it was, and what was granted; of the account not even its name.
    assert_eq!(cancelled.candidates, []);
    let filled = stage.filled_tables().await;
    let left = ["lk_act", "lk_act_head", "lk_act_side", "lk_feed", "lk_feed_reader", "lk_ledger", "lk_setup"];
    let more: Vec<_> = filled.keys().filter(|table| !left.contains(&table.as_str())).collect();
    assert!(more.is_empty(), "kept of a setup that was given up: {more:?}");
    let acts = crate::acts(&stage).await;
    assert!(acts.iter().any(|act| act == "setup.granted") && acts.iter().any(|act| act == "setup.cancel"), "{acts:?}");
}

#[tokio::test]
async fn a_program_without_an_instagram_app_does_not_pretend_to_have_that_road() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let refused = stage.kit.linking().dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::Unsupported { .. })), "{refused:?}");
}
