//! Taking one's time.

use link_kit::{AccountId, Problem, Road, SetupRefused, Stage as At, Subscription};
use link_sandbox::Decision;

use crate::stage::Agree as _;
use crate::stage::{Stage, page};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, at_review, begin, both, to_review};

#[tokio::test]
async fn a_setup_goes_on_after_a_restart_where_it_was() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let dialog = stage.kit.linking().dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    // The program is restarted while the person is in the dialog, and again at the review.
    let second = stage.another_kit().await;
    second.linking().signed_in(&stage.viewer, &came_back).await.unwrap();
    to_review(&second, &stage.viewer, setup, both()).await;
    let third = stage.another_kit().await;
    let open = third.linking().setups(&stage.viewer).await.unwrap();
    assert_eq!(open.iter().map(|setup| (setup.id, setup.stage)).collect::<Vec<_>>(), [(setup, At::Review)]);
    let confirmed = third.linking().agree(&stage.viewer, setup).await.unwrap();
    assert!(confirmed.connections.iter().all(|it| matches!(it.subscription, Subscription::Active { .. })));
}

#[tokio::test]
async fn one_can_go_back_and_choose_otherwise() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    for stage_before in [At::DataSynchronisation, At::MessagingPreferences, At::LinkAccounts, At::LinkAccounts] {
        assert_eq!(linking.back(&stage.viewer, setup).await.unwrap().stage, stage_before);
    }
    to_review(&stage.kit, &stage.viewer, setup, vec![page()]).await;
    let confirmed = linking.agree(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.accounts, [page()], "an account is linked that was chosen no more");
}

#[tokio::test]
async fn giving_up_forgets_the_token() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    assert_eq!(stage.holders().await.len(), 1);
    let cancelled = stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    assert_eq!(cancelled.stage, At::Cancelled);
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token outlived the setup it was given for");
    let problem = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::AtStage { stage: At::Cancelled })), "{problem:?}");
    assert!(stage.kit.linking().links(&stage.viewer).await.unwrap().is_empty());
}

#[tokio::test]
async fn several_setups_at_once_do_not_get_into_each_others_way() {
    let stage = Stage::open().await;
    let shop = at_review(&stage, both()).await;
    let cafe_accounts: Vec<AccountId> =
        vec![format!("messenger:{CAFE_PAGE}").parse().unwrap(), format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap()];
    let cafe = at_review(&stage, cafe_accounts).await;
    let dropped = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    assert_eq!(linking.setups(&stage.viewer).await.unwrap().len(), 3);
    // The same person's token serves all three.
    linking.cancel(&stage.viewer, dropped).await.unwrap();
    linking.agree(&stage.viewer, cafe).await.unwrap();
    linking.agree(&stage.viewer, shop).await.unwrap();
    assert_eq!((linking.links(&stage.viewer).await.unwrap().len(), linking.connections(&stage.viewer).await.unwrap().len()), (2, 4));
    assert!(linking.setups(&stage.viewer).await.unwrap().is_empty());
}
