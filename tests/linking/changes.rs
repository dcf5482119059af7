//! Changing what was agreed to, and agreeing to what was shown.

use chrono::TimeDelta;
use link_kit::{
    AccountId, Answer, BackfillState, Change, Depth, LinkId, Preferences, Problem, ReviewDigest, Road, SetupRefused, Stage as At,
    Synchronisation,
};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{PAGE, Stage, instagram, page};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, ROBIN, SAM, acts, assert_says_what_to_do, at_review, both, parameter, to_review};

async fn only_link(stage: &Stage) -> LinkId {
    stage.kit.linking().links(&stage.viewer).await.unwrap()[0].id
}

#[tokio::test]
async fn what_was_not_shown_is_not_agreed_to() {
    let stage = Stage::set().built(|builder| builder.terms("2026-11")).open().await;
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    let shown = linking.review(&stage.viewer, setup).await.unwrap();
    linking.back(&stage.viewer, setup).await.unwrap();
    linking.synchronise(&stage.viewer, setup, Synchronisation::default().history(Depth::Everything)).await.unwrap();
    let refused = linking.confirm(&stage.viewer, setup, &shown.digest()).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::ReviewChanged)), "{refused:?}");
    assert_says_what_to_do(&refused);
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty());
    let anew = linking.review(&stage.viewer, setup).await.unwrap();
    // A button carries the digest through a browser as text.
    let digest: ReviewDigest = anew.digest().to_string().parse().unwrap();
    let link = linking.confirm(&stage.viewer, setup, &digest).await.unwrap().link;
    assert_eq!((link.consent.terms(), &link.consent.review), ("2026-11", &anew));
}

#[tokio::test]
async fn a_setting_changes_only_after_its_difference_was_shown_and_agreed_to() {
    let stage = Stage::linked().await;
    let (linking, viewer, link) = (stage.kit.linking(), &stage.viewer, only_link(&stage).await);
    let quiet = Change::default().prefer(Preferences::default().answer(false));
    let revision = linking.change(viewer, link, &quiet).await.unwrap();
    let lines: Vec<_> = revision.difference.iter().map(|difference| difference.line.as_str()).collect();
    assert_eq!(lines, ["answer"], "{}", revision.to_text());
    assert!(revision.to_text().contains("Now: No answers can be sent from here."), "{}", revision.to_text());
    assert!(linking.links(viewer).await.unwrap()[0].preferences.answer, "it was done before anybody agreed to it");

    let louder = Change::default().prefer(Preferences::default().alert(false));
    let refused = linking.agree_change(viewer, link, &louder, &revision.digest).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::ReviewChanged)), "another change is done than was shown: {refused:?}");
    stage.pass(TimeDelta::hours(1)).await;
    let changed = linking.agree_change(viewer, link, &quiet, &revision.digest).await.unwrap();
    assert_eq!((changed.preferences.answer, &linking.links(viewer).await.unwrap()), (false, &vec![changed.clone()]));
    let consents = linking.consents(viewer, link).await.unwrap();
    assert_eq!((consents.len(), &consents[0]), (2, &changed.consent), "the first agreement is not what it was");
    let last = &consents[1];
    assert_eq!((&last.by, last.at, &last.difference), (&viewer.actor, stage.clock.time(), &revision.difference));
    assert!(acts(&stage).await.iter().any(|act| act == "link.change"));

    // The same click once more finds that it was done, and what changes nothing is no agreement.
    let twice = linking.agree_change(viewer, link, &quiet, &revision.digest).await.unwrap_err();
    assert!(matches!(twice, Problem::Setup(SetupRefused::ReviewChanged)), "{twice:?}");
    let nothing = linking.change(viewer, link, &quiet).await.unwrap();
    assert!(nothing.difference.is_empty());
    linking.agree_change(viewer, link, &quiet, &nothing.digest).await.unwrap();
    assert_eq!(linking.consents(viewer, link).await.unwrap().len(), 2);
}

#[tokio::test]
async fn more_history_that_is_agreed_to_is_read() {
    let stage = Stage::open().await;
    stage.meta.customer_writes("c1", PAGE, "Long before").await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    stage.link(&stage.viewer).await;
    stage.settle().await;
    assert!(stage.messages(&stage.viewer).await.is_empty());
    let (linking, link) = (stage.kit.linking(), only_link(&stage).await);
    let deeper = Change::default().synchronise(Synchronisation::default().history(Depth::Everything));
    let revision = linking.change(&stage.viewer, link, &deeper).await.unwrap();
    linking.agree_change(&stage.viewer, link, &deeper, &revision.digest).await.unwrap();
    stage.settle().await;
    let texts: Vec<_> = stage.messages(&stage.viewer).await.into_iter().filter_map(|(_, it)| it.text().map(str::to_owned)).collect();
    assert!(texts.contains(&"Long before".to_owned()), "{texts:?}");
    let backfills = stage.kit.inbox().backfills(&stage.viewer).await.unwrap();
    assert!(backfills.len() == 2 && backfills.iter().all(|backfill| backfill.state == BackfillState::Done), "{backfills:?}");
}

#[tokio::test]
async fn accounts_neither_come_nor_go_by_a_change() {
    let stage = Stage::linked().await;
    let (linking, link) = (stage.kit.linking(), only_link(&stage).await);
    let less = linking.change(&stage.viewer, link, &Change::default().accounts(vec![page()])).await.unwrap_err();
    assert!(matches!(&less, Problem::Setup(SetupRefused::UnlinkInstead { account }) if *account == instagram()), "{less:?}");
    assert!(less.remedy().unwrap().what.contains("unlink"), "{less:?}");
    let cafe = format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap();
    let more = linking.change(&stage.viewer, link, &Change::default().accounts([both(), vec![cafe]].concat())).await.unwrap_err();
    assert!(matches!(more, Problem::Setup(SetupRefused::SetUpInstead { .. })), "{more:?}");
    assert_says_what_to_do(&more);
}

#[tokio::test]
async fn a_link_that_ended_is_neither_changed_nor_gone_on_with() {
    let stage = Stage::linked().await;
    let (linking, viewer, link) = (stage.kit.linking(), &stage.viewer, only_link(&stage).await);
    let quiet = Change::default().prefer(Preferences::default().answer(false));
    let revision = linking.change(viewer, link, &quiet).await.unwrap();
    let plan = linking.plan_unlink(viewer, link, None).await.unwrap();
    linking.unlink(viewer, &plan).await.unwrap();
    let refusals = [
        linking.change(viewer, link, &quiet).await.map(drop),
        linking.agree_change(viewer, link, &quiet, &revision.digest).await.map(drop),
        linking.reconnect(viewer, link).await.map(drop),
    ];
    for refused in refusals {
        let problem = refused.unwrap_err();
        assert!(matches!(problem, Problem::Setup(SetupRefused::UnknownLink)), "{problem:?}");
        assert_says_what_to_do(&problem);
    }
    assert_eq!(linking.consents(viewer, link).await.unwrap().len(), 1, "somebody agreed to something about a link that ended");
}

#[tokio::test]
async fn a_review_of_a_change_says_for_each_account_what_its_own_person_declined() {
    let stage = Stage::linked().await;
    let (linking, viewer, link) = (stage.kit.linking(), &stage.viewer, only_link(&stage).await);
    // The café's account joins the link; Sam, who signs in for it, keeps one permission back.
    let admins = json!([{"person": ROBIN}, {"person": SAM}]);
    let seed = json!({"people": [{"id": SAM, "name": "Sam Hand"}], "pages": [{"id": CAFE_PAGE, "admins": admins}]});
    stage.meta.seed(&seed).await.unwrap();
    let setup = linking.reconnect(viewer, link).await.unwrap().id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let asked = parameter(&dialog, "scope").replace("%2C", ",");
    let given: Vec<_> = asked.split(',').filter(|scope| *scope != "business_management").collect();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().person(SAM).scopes(&given)).await.unwrap();
    linking.signed_in(viewer, &came_back).await.unwrap();
    let cafe: AccountId = format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap();
    to_review(&stage.kit, viewer, setup, vec![cafe.clone()]).await;
    let confirmed = linking.agree(viewer, setup).await.unwrap();
    assert_eq!((confirmed.link.id, confirmed.link.accounts.len()), (link, 3));

    let change = Change::default().prefer(Preferences::default().answer(false));
    let review = linking.change(viewer, link, &change).await.unwrap().after.to_text();
    let less = |account: &AccountId| review.contains(&format!("will do less at {account}, without business_management"));
    assert!(less(&cafe), "what the third account's person declined is not told: {review}");
    assert!(!less(&instagram()) && !less(&page()), "one person's no is told of another's account: {review}");
    let of_scope = review.lines().filter(|line| line.contains("The permission business_management is ")).count();
    assert_eq!(of_scope, 1, "two lines are about one thing: {review}");
}

#[tokio::test]
async fn what_meta_does_not_tell_is_asked_once_and_shown_as_what_it_is() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    assert_eq!(linking.advice(viewer, setup).await.unwrap().len(), 7);
    let answers = [("advice_password", Answer::Yes), ("advice_second_factor_facebook", Answer::No)];
    let advised = linking.advise(viewer, setup, &answers).await.unwrap();
    assert_eq!(advised.stage, At::Review, "an answer moves the setup");
    assert_eq!(linking.advice(viewer, setup).await.unwrap().len(), 5, "what was answered is asked again");
    let review = linking.review(viewer, setup).await.unwrap();
    let text = review.to_text();
    assert!(text.contains("nobody can check it") && text.contains("said no on 2026-11-23") && text.contains("two-factor"), "{text}");
    let link = linking.confirm(viewer, setup, &review.digest()).await.unwrap().link;
    assert_eq!((link.advice.len(), link.advice[0].at), (2, stage.clock.time()));
    let stray = linking.begin(viewer).await.unwrap().id;
    let refused = linking.advise(viewer, stray, &[("advice_of_a_fool", Answer::Yes)]).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::UnknownAdvice { .. })), "{refused:?}");
}
