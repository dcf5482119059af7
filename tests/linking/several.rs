//! Several Pages, several Instagram accounts, and one that moves.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use link_kit::{AccountId, LinkPolicy, Position, Problem, SetupRefused, What};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, Setting, Stage, instagram, page, told};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, ROBIN, acts, assert_says_what_to_do, at_review, begin, both, sign_in, to_review};

const PIER_PAGE: &str = "3000000000000003";
const PIER_INSTAGRAM: &str = "17841400000000003";

fn account(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn cafe() -> Vec<AccountId> {
    vec![account(&format!("messenger:{CAFE_PAGE}")), account(&format!("instagram:{CAFE_INSTAGRAM}"))]
}

fn pier() -> AccountId {
    account(&format!("instagram:{PIER_INSTAGRAM}"))
}

/// Robin has a third Page with a third Instagram account.
async fn with_a_pier(setting: Setting) -> Stage {
    let stage = setting.open().await;
    let seed = json!({
        "instagram": [{"id": PIER_INSTAGRAM, "username": "harbourpier", "name": "Harbour Pier", "owner": ROBIN, "account_type": "business"}],
        "pages": [{"id": PIER_PAGE, "name": "Harbour Pier", "instagram": PIER_INSTAGRAM, "admins": [{"person": ROBIN}]}],
    });
    stage.meta.seed(&seed).await.unwrap();
    stage
}

#[tokio::test]
async fn two_pages_and_three_instagram_accounts_are_two_links() {
    let stage = with_a_pier(Stage::set()).await;
    let shop = at_review(&stage, [both(), vec![pier()]].concat()).await;
    let other = at_review(&stage, cafe()).await;
    let linking = stage.kit.linking();
    let shop = linking.agree(&stage.viewer, shop).await.unwrap().link;
    let other = linking.agree(&stage.viewer, other).await.unwrap().link;
    assert_eq!((shop.accounts.len(), other.accounts.len()), (3, 2));
    assert_eq!(linking.links(&stage.viewer).await.unwrap().len(), 2);
    for (customer, to) in [("c1", INSTAGRAM), ("c2", CAFE_INSTAGRAM), ("c5", PIER_INSTAGRAM), ("c1", CAFE_PAGE)] {
        stage.meta.customer_writes(customer, to, "Hello").await.unwrap();
    }
    stage.settle().await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), 4, "somebody of five accounts is not heard");
}

#[tokio::test]
async fn a_program_may_allow_one_instagram_account_for_each_page() {
    let one = LinkPolicy::default().instagram_per_page(NonZeroU32::MIN);
    let stage = with_a_pier(Stage::set().built(move |builder| builder.links(one))).await;
    let linking = stage.kit.linking();
    let setup = begin(&stage).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    let refused = linking.choose(&stage.viewer, setup, [both(), vec![pier()]].concat()).await.unwrap_err();
    let Problem::Setup(SetupRefused::TooManyInstagram { page: of, count: 2, limit: 1 }) = &refused else { panic!("{refused:?}") };
    assert_eq!(*of, page());
    assert_says_what_to_do(&refused);
    let setup = at_review(&stage, both()).await;
    linking.agree(&stage.viewer, setup).await.unwrap();
    // What is linked already counts.
    let setup = begin(&stage).await;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    let refused = linking.choose(&stage.viewer, setup, vec![page(), pier()]).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::TooManyInstagram { count: 2, .. })), "{refused:?}");
}

#[tokio::test]
async fn signing_in_again_for_a_link_is_no_way_past_the_number_that_is_allowed() {
    let one = LinkPolicy::default().instagram_per_page(NonZeroU32::MIN);
    let stage = with_a_pier(Stage::set().built(move |builder| builder.links(one))).await;
    let linking = stage.kit.linking();
    let setup = at_review(&stage, vec![page()]).await;
    let link = linking.agree(&stage.viewer, setup).await.unwrap().link;
    let mut again = Vec::new();
    for _ in 0..2 {
        let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
        sign_in(&stage, setup, Decision::allow()).await.unwrap();
        for _ in 0..3 {
            linking.back(&stage.viewer, setup).await.unwrap();
        }
        again.push(setup);
    }
    // Both are allowed when they are chosen; the second is not any more once the first is linked.
    to_review(&stage.kit, &stage.viewer, again[0], vec![instagram()]).await;
    to_review(&stage.kit, &stage.viewer, again[1], vec![pier()]).await;
    linking.agree(&stage.viewer, again[0]).await.unwrap();
    let refused = linking.agree(&stage.viewer, again[1]).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::TooManyInstagram { count: 2, limit: 1, .. })), "{refused:?}");

    let setup = linking.reconnect(&stage.viewer, link.id).await.unwrap().id;
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    for _ in 0..3 {
        linking.back(&stage.viewer, setup).await.unwrap();
    }
    let refused = linking.choose(&stage.viewer, setup, vec![pier()]).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::TooManyInstagram { count: 2, limit: 1, .. })), "{refused:?}");
}

#[tokio::test]
async fn an_instagram_account_that_moves_to_another_page_keeps_its_inbox_and_its_people() {
    let stage = Stage::linked().await;
    let linking = stage.kit.linking();
    let old = linking.links(&stage.viewer).await.unwrap().remove(0);
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you sell maps?").await.unwrap();
    stage.settle().await;
    let before = stage.messages(&stage.viewer).await;
    let known = linking.connections(&stage.viewer).await.unwrap();
    let moving = PersonAction::MoveInstagram { instagram: INSTAGRAM.to_owned(), page: CAFE_PAGE.to_owned() };
    stage.meta.person_acts(ROBIN, &moving).await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;

    let setup = at_review(&stage, vec![account(&format!("messenger:{CAFE_PAGE}")), instagram()]).await;
    let review = linking.review(&stage.viewer, setup).await.unwrap().to_text();
    assert!(review.contains(&format!("{} leaves another link of yours for this one", instagram())), "{review}");
    let new = linking.agree(&stage.viewer, setup).await.unwrap().link;
    assert_ne!(new.id, old.id);
    let links = linking.links(&stage.viewer).await.unwrap();
    let left = links.iter().find(|link| link.id == old.id).unwrap();
    assert_eq!((&left.accounts, &left.consent), (&vec![page()], &old.consent), "an account is in two links");
    let now = linking.connections(&stage.viewer).await.unwrap();
    let of = |all: &[link_kit::Connection], id: AccountId| all.iter().find(|it| *it.account() == id).unwrap().clone();
    let (was, is) = (of(&known, instagram()), of(&now, instagram()));
    assert_eq!((&is.key, is.confirmed_at), (&was.key, was.confirmed_at), "a moved account is taken for a new one");
    assert_eq!((is.via.unwrap().as_str(), is.link), (CAFE_PAGE, new.id));
    assert_eq!(of(&now, page()), of(&known, page()), "the old Page suffers for what left it");
    let told = told(&stage.kit, &stage.viewer, Position::default()).await;
    assert!(told.iter().any(|happening| happening.what == What::LinkChanged { link: old.id }), "nobody is told: {told:?}");
    assert!(acts(&stage).await.iter().any(|act| act == "link.account_left"));

    stage.meta.customer_writes("c5", INSTAGRAM, "And globes?").await.unwrap();
    stage.settle().await;
    let after = stage.messages(&stage.viewer).await;
    let kept = |of: &[(link_core::MessageKey, link_kit::Message)]| (of[0].0.clone(), of[0].1.text().map(str::to_owned));
    assert_eq!((after.len(), kept(&after)), (2, kept(&before)), "the inbox was lost on the way");
    assert_eq!(after[0].1.peer, after[1].1.peer, "one customer is two people after the move");
}
