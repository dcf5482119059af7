//! A link that ended: it is listed no more, its record stays readable, and nothing goes on with it.

use chrono::TimeDelta;
use link_kit::{Change, Preferences, Problem, Refusal, SetupRefused};

use crate::stage::{Stage, owner};
use crate::{asked, plan};

async fn ended() -> (Stage, link_kit::LinkId) {
    let (stage, link) = asked().await;
    let shown = plan(&stage, link).await;
    stage.kit.linking().unlink(&stage.viewer, &shown).await.unwrap();
    stage.settle().await;
    (stage, link)
}

#[tokio::test]
async fn its_owner_finds_it_as_ended_with_what_was_agreed_to_and_no_list_has_it() {
    let (stage, link) = asked().await;
    let linking = stage.kit.linking();
    let before = linking.link(&stage.viewer, link).await.unwrap().unwrap();
    assert_eq!((before.ended_at, linking.links(&stage.viewer).await.unwrap()), (None, vec![before.clone()]));
    linking.unlink(&stage.viewer, &plan(&stage, link).await).await.unwrap();
    let after = linking.link(&stage.viewer, link).await.unwrap().unwrap();
    assert!(after.ended_at.is_some(), "whoever looks it up takes it for a link");
    assert_eq!((&after.consent, after.named().count()), (&before.consent, before.accounts.len() + after.left.len()));
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty());
    assert_eq!(linking.consents(&stage.viewer, link).await.unwrap(), [before.consent]);
    let stranger = link_kit::Viewer::new(stage.viewer.owner.clone(), "stranger".parse().unwrap());
    for blind in [owner("bakery", "sam"), stranger] {
        assert_eq!(linking.link(&blind, link).await.unwrap(), None);
    }
}

#[tokio::test]
async fn it_is_neither_signed_in_for_nor_changed_nor_ended_again() {
    let (stage, link) = ended().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let unknown = |problem: Problem| matches!(problem, Problem::Setup(SetupRefused::UnknownLink));
    assert!(unknown(linking.reconnect(viewer, link).await.unwrap_err()), "somebody signs in for a link that is over");
    let change = Change::default().prefer(Preferences::default().answer(false));
    assert!(unknown(linking.change(viewer, link, &change).await.unwrap_err()), "somebody agrees to what a link that is over will do");
    let refused = linking.plan_unlink(viewer, link, None).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotLinked)), "{refused:?}");
    assert!(linking.setups(viewer).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_call_of_the_former_link_says_late_says_nothing_of_the_new_one() {
    let (stage, _) = ended().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.link(&stage.viewer).await;
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    // A call of the former link was made in generation 0, and counts against that.
    for connection in connections {
        assert_eq!(connection.generation, 1, "{:?}", connection.key);
        assert!(connection.died(0, None, connection.confirmed_at).is_none());
        assert!(matches!(connection.subscription, link_kit::Subscription::Active { .. }), "{connection:?}");
    }
}
