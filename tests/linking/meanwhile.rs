//! What happens between looking at something and confirming it.

use link_kit::{Problem, SetupRefused};
use link_sandbox::PersonAction;

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Stage, instagram};
use crate::{CAFE_PAGE, ROBIN, assert_says_what_to_do, at_review, both};

#[tokio::test]
async fn two_setups_of_one_page_that_are_confirmed_at_the_same_time_make_one_link() {
    let stage = Stage::open().await;
    let (first, second) = (at_review(&stage, both()).await, at_review(&stage, both()).await);
    let linking = stage.kit.linking();
    let (one, two) = tokio::join!(linking.agree(&stage.viewer, first), linking.agree(&stage.viewer, second));
    let late = if one.is_ok() { second } else { first };
    let (done, refused): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, 1), "an account stands in {} links", done.len());
    for problem in refused.into_iter().map(Result::unwrap_err) {
        assert!(matches!(problem, Problem::Setup(SetupRefused::ReviewChanged)), "{problem:?}");
        assert_says_what_to_do(&problem);
    }
    // What the remedy says works: whoever looks again sees that the link exists, and goes on with it.
    let link = linking.links(&stage.viewer).await.unwrap().remove(0);
    assert_eq!(linking.agree(&stage.viewer, late).await.unwrap().link.id, link.id);
    assert_eq!(linking.links(&stage.viewer).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_that_moved_to_another_page_meanwhile_is_not_linked_through_its_old_one() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, vec![instagram()]).await;
    let moving = PersonAction::MoveInstagram { instagram: INSTAGRAM.to_owned(), page: CAFE_PAGE.to_owned() };
    stage.meta.person_acts(ROBIN, &moving).await.unwrap();
    let refused = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(&refused, Problem::Setup(SetupRefused::OutOfReach { account }) if *account == instagram()), "{refused:?}");
    assert!(stage.kit.linking().connections(&stage.viewer).await.unwrap().is_empty());
}
