//! Half a yes.

use link_core::words::refusal::Standing;
use link_kit::{AccountId, Feature, Platform, Problem, Refusal, Setup, SetupRefused, Stage as At, Subscription};
use link_sandbox::Decision;

use crate::stage::Agree as _;
use crate::stage::{Stage, instagram, page};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, SAM, assert_says_what_to_do, begin, both, sam_with, sign_in, to_review};

#[tokio::test]
async fn a_declined_permission_is_an_obstacle_that_names_it_and_can_be_asked_for_again() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let without = Decision::allow().scopes(&[
        "pages_show_list",
        "pages_manage_metadata",
        "pages_read_engagement",
        "instagram_basic",
        "instagram_manage_messages",
        "business_management",
    ]);
    let found = sign_in(&stage, setup, without).await.unwrap();
    let obstacle = |found: &Setup, account: AccountId| found.candidates.iter().find(|it| it.account == account).unwrap().obstacle.clone();
    let missing = obstacle(&found, page()).unwrap();
    let Refusal::PermissionMissing { missing: scopes, standing, feature } = &missing else { panic!("{missing:?}") };
    let scopes: Vec<_> = scopes.iter().map(link_kit::Scope::as_str).collect();
    assert_eq!((scopes, *standing, feature), (vec!["pages_messaging"], Standing::Declined, &Feature::RECEIVE));
    assert_eq!(obstacle(&found, instagram()), None, "Instagram does not need the permission for Pages' messages");

    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(matches!(&problem, Problem::Setup(SetupRefused::Obstacle { account, .. }) if *account == page()), "{problem:?}");
    assert_says_what_to_do(&problem);

    let again = sign_in(&stage, setup, Decision::allow()).await.unwrap();
    assert_eq!(obstacle(&again, page()), None, "a second yes changes nothing");
    stage.kit.linking().choose(&stage.viewer, setup, both()).await.unwrap();
}

#[tokio::test]
async fn without_instagrams_permissions_the_page_can_be_linked_and_instagram_not() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let pages = ["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging", "business_management"];
    // Without the right to see Instagram accounts none is told; without the right to its messages it is told and cannot be linked.
    let found = sign_in(&stage, setup, Decision::allow().scopes(&pages)).await.unwrap();
    assert!(found.candidates.iter().all(|found| found.account.platform == Platform::MESSENGER || found.obstacle.is_some()), "{found:?}");
    let setup = begin(&stage).await;
    // Meta asks once more only for what it is asked for once more: the second dialog of one setup does that.
    sign_in(&stage, setup, Decision::allow().scopes(&pages)).await.unwrap();
    let found = sign_in(&stage, setup, Decision::allow().scopes(&[&pages[..], &["instagram_basic"]].concat())).await.unwrap();
    let obstacle = |account: AccountId| found.candidates.iter().find(|it| it.account == account).unwrap().obstacle.clone();
    let missing = obstacle(instagram()).unwrap();
    assert!(missing.to_string().contains("instagram_manage_messages"), "{missing}");
    assert_eq!(obstacle(page()), None);
    let problem = stage.kit.linking().choose(&stage.viewer, setup, both()).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::Obstacle { .. })), "{problem:?}");

    to_review(&stage.kit, &stage.viewer, setup, vec![page()]).await;
    let review = stage.kit.linking().review(&stage.viewer, setup).await.unwrap().to_text();
    assert!(review.contains("The permission instagram_manage_messages is declined."), "{review}");
    let confirmed = stage.kit.linking().agree(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.accounts, [page()]);
    assert!(matches!(confirmed.connections[0].subscription, Subscription::Active { .. }), "{:?}", confirmed.connections);
}

#[tokio::test]
async fn a_page_that_was_not_ticked_is_not_offered() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let found = sign_in(&stage, setup, Decision::allow().pages(&[CAFE_PAGE])).await.unwrap();
    let ids: Vec<_> = found.candidates.iter().map(|found| found.account.id.as_str()).collect();
    assert_eq!(ids, [CAFE_PAGE, CAFE_INSTAGRAM]);
    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::OutOfReach { .. })), "{problem:?}");
    assert!(problem.remedy().unwrap().what.contains("tick"), "{problem:?}");
}

#[tokio::test]
async fn a_person_who_may_not_answer_at_the_page_is_told_which_task_is_missing() {
    let stage = Stage::open().await;
    sam_with(&stage, &["ANALYZE"]).await;
    let setup = begin(&stage).await;
    let found = sign_in(&stage, setup, Decision::allow().person(SAM)).await.unwrap();
    assert_eq!(found.candidates.len(), 2, "{found:?}");
    for candidate in &found.candidates {
        assert_eq!(candidate.obstacle, Some(Refusal::TaskMissing { task: "MESSAGING".to_owned() }), "{candidate:?}");
    }
    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(problem.remedy().unwrap().what.contains("task"), "{problem:?}");
}

#[tokio::test]
async fn what_cannot_be_chosen_is_refused_with_the_reason() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let linking = stage.kit.linking();
    let early = linking.choose(&stage.viewer, setup, both()).await.unwrap_err();
    assert!(matches!(early, Problem::Setup(SetupRefused::NotSignedIn)), "{early:?}");
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    let nothing = linking.choose(&stage.viewer, setup, vec![]).await.unwrap_err();
    assert!(matches!(nothing, Problem::Setup(SetupRefused::NothingChosen)), "{nothing:?}");
    let cafe = AccountId::new(Platform::MESSENGER, CAFE_PAGE.parse().unwrap());
    let two = linking.choose(&stage.viewer, setup, vec![page(), cafe]).await.unwrap_err();
    assert!(matches!(two, Problem::Setup(SetupRefused::SeveralPages { count: 2 })), "{two:?}");
    let skipped = linking.agree(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(skipped, Problem::Setup(SetupRefused::AtStage { stage: At::LinkAccounts })), "{skipped:?}");
    for problem in [&early, &nothing, &two, &skipped] {
        assert_says_what_to_do(problem);
    }
}
