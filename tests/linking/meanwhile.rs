//! What happens between looking at something and confirming it.

use link_kit::{Problem, SetupRefused};

use crate::stage::Agree as _;
use crate::stage::Stage;
use crate::{assert_says_what_to_do, at_review, both};

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
