//! An account that was linked by itself is linked with a Page, by another road.

use chrono::TimeDelta;
use link_kit::{Change, LinkId, Position, Preferences, Problem, Refusal, Road, Synchronisation, What};

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Stage, conversation, instagram, told};
use crate::without_page::{EVE, signed_in};
use crate::{at_review, both};

/// The shop's Instagram account, linked by itself, and then with the Page by somebody who only signed in at Facebook.
async fn moved() -> (Stage, LinkId, LinkId) {
    let stage = Stage::set().instagram_login().open().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let setup = signed_in(&stage, INSTAGRAM).await.id;
    linking.choose(viewer, setup, vec![instagram()]).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    linking.synchronise(viewer, setup, Synchronisation::default()).await.unwrap();
    let alone = linking.agree(viewer, setup).await.unwrap().link.id;
    stage.pass(TimeDelta::hours(1)).await;
    let setup = at_review(&stage, both()).await;
    let with_page = linking.agree(viewer, setup).await.unwrap().link.id;
    (stage, alone, with_page)
}

#[tokio::test]
async fn an_account_comes_to_its_new_link_by_every_road_and_the_empty_link_ends() {
    let (stage, alone, with_page) = moved().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    assert_ne!(alone, with_page);
    let connections = linking.connections(viewer).await.unwrap();
    let of_instagram: Vec<_> = connections.iter().filter(|it| *it.account() == instagram()).map(|it| (&it.key.road, it.link)).collect();
    assert_eq!(of_instagram, [(&Road::FACEBOOK, with_page), (&Road::INSTAGRAM, with_page)], "a connection stays with a link that lost it");
    let links: Vec<_> = linking.links(viewer).await.unwrap().into_iter().map(|link| link.id).collect();
    assert_eq!(links, [with_page], "a link without an account is listed");
    let told = told(&stage.kit, viewer, Position::default()).await;
    let ended = told.iter().filter(|it| it.what == What::LinkEnded { link: alone, whole: true }).count();
    assert_eq!(ended, 1, "{told:?}");
}

#[tokio::test]
async fn the_new_links_settings_hold_for_the_account_whichever_road_receives() {
    let (stage, _, with_page) = moved().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you sell maps?").await.unwrap();
    stage.settle().await;
    let quiet = Change::default().prefer(Preferences::default().answer(false));
    let revision = linking.change(viewer, with_page, &quiet).await.unwrap();
    linking.agree_change(viewer, with_page, &quiet, &revision.digest).await.unwrap();
    let refused = stage.kit.inbox().answer(viewer, &conversation(viewer, instagram(), EVE), "Yes", "k1").await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::AnswersOff)), "{refused:?}");
}

#[tokio::test]
async fn unlinking_the_new_link_ends_every_road_to_the_account() {
    let (stage, _, with_page) = moved().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let plan = linking.plan_unlink(viewer, with_page, None).await.unwrap();
    linking.unlink(viewer, &plan).await.unwrap();
    assert_eq!(linking.connections(viewer).await.unwrap(), [], "an account is received after its unlink");
    stage.settle().await;
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token is kept that nobody needs");
}
