//! Story: a shop ends its link, or lets one account leave it; it is told beforehand what that does, and nothing else of anybody's suffers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "unlink/ended.rs"]
mod ended;
#[path = "unlink/shared.rs"]
mod shared;
mod stage;

use chrono::TimeDelta;
use link_core::Refusal;
use link_kit::{LinkId, Position, Problem, SetupRefused, StepState, UnlinkAction, UnlinkPlan, What};
use link_sandbox::PersonAction;
use serde_json::json;

use stage::{INSTAGRAM, PAGE, Stage, conversation, instagram, owner, page};

const ROBIN: &str = "2000000000000001";
const ADA: &str = "4000000000000011";

/// The shop an hour after it was linked, with a question on each platform.
pub(crate) async fn asked() -> (Stage, LinkId) {
    let stage = Stage::open().await;
    let link = stage.link(&stage.viewer).await.id;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.settle().await;
    (stage, link)
}

pub(crate) async fn plan(stage: &Stage, link: LinkId) -> UnlinkPlan {
    stage.kit.linking().plan_unlink(&stage.viewer, link, None).await.unwrap()
}

pub(crate) fn all_done(plan: &UnlinkPlan) -> bool {
    plan.steps.iter().all(|step| matches!(step.state, StepState::Done { .. }))
}

/// How many calls were made that end or begin a subscription, or give rights back.
async fn changes(stage: &Stage) -> usize {
    let ended = stage.calls("DELETE", "/subscribed_apps").await.len() + stage.calls("POST", "/subscribed_apps").await.len();
    ended + stage.calls("DELETE", "/permissions").await.len()
}

#[tokio::test]
async fn a_plan_says_what_will_be_done_and_what_stays_and_does_nothing() {
    let (stage, link) = asked().await;
    let (before, tables, holders) = (changes(&stage).await, stage.filled_tables().await, stage.holders().await);
    let plan = plan(&stage, link).await;
    let text = plan.to_text();
    for sentence in [
        "The link ends",
        "The platform is asked to tell no more of messenger:3000000000000001.",
        "The platform is asked to tell no more of instagram:17841400000000001.",
        "The app's rights are given back",
        "The token of messenger:3000000000000001 is removed.",
        "What was read of messenger:3000000000000001 stays readable here",
        "The record of what was agreed to stays.",
    ] {
        assert!(text.contains(sentence), "the plan keeps quiet about {sentence:?}:\n{text}");
    }
    stage.settle().await;
    assert_eq!(changes(&stage).await, before, "a dry run calls the platform");
    assert_eq!((stage.filled_tables().await, stage.holders().await), (tables, holders), "a dry run writes");
    assert_eq!(stage.kit.linking().links(&stage.viewer).await.unwrap().len(), 1);

    // Whoever may not link may not unlink, and another owner's link is nobody's.
    let agent = link_kit::Viewer::new(stage.viewer.owner.clone(), "kim".parse().unwrap()).with_role(link_kit::Role::AGENT);
    let refused = stage.kit.linking().plan_unlink(&agent, link, None).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotVisible)), "{refused:?}");
    let refused = stage.kit.linking().unlink(&agent, &plan).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotVisible)), "{refused:?}");
    let refused = stage.kit.linking().plan_unlink(&owner("bakery", "sam"), link, None).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotLinked)), "{refused:?}");
}

#[tokio::test]
async fn a_whole_link_ends_and_what_still_comes_is_counted_and_not_kept() {
    let (stage, link) = asked().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let before = stage.messages(viewer).await;
    let shown = plan(&stage, link).await;
    let done = linking.unlink(viewer, &shown).await.unwrap();
    assert!(all_done(&done), "{:#?}", done.steps);
    assert!(stage.holders().await.is_empty(), "a token is kept that nobody needs");
    assert!(stage.revoked().await.iter().any(|entry| entry.contains("pages_messaging")), "the ledger goes on saying that it was granted");
    assert!(linking.links(viewer).await.unwrap().is_empty() && linking.connections(viewer).await.unwrap().is_empty());
    assert_eq!(stage.messages(viewer).await, before, "unlinking wiped what erasure is for");
    let refused = stage.kit.inbox().answer(viewer, &conversation(viewer, page(), ADA), "Yes", "1").await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotLinked)), "{refused:?}");
    let told = stage::told(&stage.kit, viewer, Position::default()).await;
    let ended = told.iter().filter(|happening| happening.what == What::LinkEnded { link, whole: true }).count();
    assert_eq!(ended, 1, "{told:?}");

    // What the platform still had on its way.
    let body =
        json!({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [{}]}, {"id": "404", "time": 1, "messaging": [{}]}]});
    // The platform tells by itself that the consent was taken back; by now nobody here is meant.
    stage.settle().await;
    let so_far = stage.kit.figures().await.unwrap();
    assert_eq!(stage::Mail::to(stage.webhook()).post(body.to_string()).await.0, 200);
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.unlinked, figures.unclaimed, figures.kept), (1, so_far.unclaimed + 1, so_far.kept));

    // The same plan again changes nothing, and a new one has nothing to plan.
    assert_eq!(linking.unlink(viewer, &shown).await.unwrap(), done);
    let refused = linking.plan_unlink(viewer, link, None).await.unwrap_err();
    assert!(matches!(refused, Problem::Refused(Refusal::NotLinked)), "{refused:?}");
    let acts: Vec<_> = stage.kit.activity(viewer, &link_kit::PageQuery::first(100)).await.unwrap().items;
    assert_eq!(acts.iter().filter(|activity| activity.act == "link.unlink").count(), 1);
}

#[tokio::test]
async fn linking_again_after_an_unlink_finds_the_history() {
    let (stage, link) = asked().await;
    let before = stage.messages(&stage.viewer).await;
    stage.kit.linking().unlink(&stage.viewer, &plan(&stage, link).await).await.unwrap();
    stage.pass(TimeDelta::hours(1)).await;
    let again = stage.link(&stage.viewer).await.id;
    assert_ne!(again, link);
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "I am back").await.unwrap();
    stage.settle().await;
    let now = stage.messages(&stage.viewer).await;
    assert_eq!(now.len(), before.len() + 1);
    assert_eq!(now[..before.len()], before, "the history was lost with the link");
}

#[tokio::test]
async fn one_instagram_account_leaves_and_the_page_goes_on() {
    let (stage, link) = asked().await;
    let (linking, viewer) = (stage.kit.linking(), &stage.viewer);
    let shown = linking.plan_unlink(viewer, link, Some(vec![instagram()])).await.unwrap();
    assert!(!shown.whole && !shown.steps.iter().any(|step| matches!(step.action, UnlinkAction::Revoke { .. })));
    let done = linking.unlink(viewer, &shown).await.unwrap();
    assert!(all_done(&done), "{:#?}", done.steps);
    assert_eq!(stage.holders().await, [format!("account:{}", page()), format!("person:{ROBIN}")]);
    let links = linking.links(viewer).await.unwrap();
    assert_eq!((links.len(), links[0].accounts.clone()), (1, vec![page()]));
    stage.meta.customer_writes("c1", PAGE, "Still open?").await.unwrap();
    stage.settle().await;
    let texts = stage.messages(viewer).await.len();
    assert_eq!(texts, 3, "the Page went silent with its Instagram account");
    stage.kit.inbox().answer(viewer, &conversation(viewer, page(), ADA), "Yes", "1").await.unwrap();
}

#[tokio::test]
async fn a_dead_token_stops_the_platforms_steps_only_and_says_what_to_do() {
    let (stage, link) = asked().await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let done = stage.kit.linking().unlink(&stage.viewer, &plan(&stage, link).await).await.unwrap();
    for step in &done.steps {
        match (&step.action, &step.state) {
            (UnlinkAction::Unsubscribe { .. } | UnlinkAction::Revoke { .. }, StepState::NotPossible { why, remedy }) => {
                assert!(!why.is_empty() && remedy.contains("remove the app"), "{step:?}");
            }
            (UnlinkAction::Disconnect | UnlinkAction::SealAway { .. }, StepState::Done { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(stage.holders().await.is_empty());
    assert!(stage.kit.linking().links(&stage.viewer).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_outage_in_the_middle_is_waited_for_across_a_restart() {
    let (stage, link) = asked().await;
    stage.meta.fault(json!({"match": {"path": "/*/subscribed_apps"}, "times": 100, "answer": {"status": 500, "code": 2}})).await.unwrap();
    let begun = stage.kit.linking().unlink(&stage.viewer, &plan(&stage, link).await).await.unwrap();
    assert!(!begun.is_over() && matches!(begun.steps[0].state, StepState::Done { .. }), "{:#?}", begun.steps);
    assert!(stage.kit.linking().links(&stage.viewer).await.unwrap().is_empty(), "disconnecting waits for the platform");
    assert_eq!(stage.holders().await.len(), 3, "a token is gone that open steps need");

    let calls = stage.calls("GET", "/subscribed_apps").await.len();
    stage.kit.drain().await.unwrap();
    assert_eq!(stage.calls("GET", "/subscribed_apps").await.len(), calls, "a platform that is down is asked in a rush");
    stage.meta.clear_faults().await.unwrap();
    stage.pass(TimeDelta::minutes(5)).await;
    let restarted = stage.another_kit().await;
    restarted.drain().await.unwrap();
    let plans = restarted.linking().unlinks(&stage.viewer).await.unwrap();
    assert!(plans.len() == 1 && all_done(&plans[0]), "{plans:#?}");
    assert!(stage.holders().await.is_empty());
}

#[tokio::test]
async fn another_owners_link_to_the_same_accounts_keeps_working() {
    let (stage, link) = asked().await;
    let other = owner("bakery", "sam");
    stage.link(&other).await;
    stage.pass(TimeDelta::hours(1)).await;
    let before = changes(&stage).await;
    let done = stage.kit.linking().unlink(&stage.viewer, &plan(&stage, link).await).await.unwrap();
    assert!(all_done(&done), "{:#?}", done.steps);
    assert_eq!(changes(&stage).await, before, "one owner's unlink is felt by another");
    let mine = stage.messages(&stage.viewer).await.len();
    stage.meta.customer_writes("c1", PAGE, "And you?").await.unwrap();
    stage.settle().await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), mine, "what was unlinked goes on receiving");
    let theirs = stage.messages(&other).await;
    assert!(theirs.iter().any(|(_, message)| message.text() == Some("And you?")), "{theirs:?}");
    stage.kit.inbox().answer(&other, &conversation(&other, page(), ADA), "We are", "1").await.unwrap();
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_is_refused_and_shown_anew() {
    let (stage, link) = asked().await;
    let shown = plan(&stage, link).await;
    stage.link(&owner("bakery", "sam")).await;
    let refused = stage.kit.linking().unlink(&stage.viewer, &shown).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(SetupRefused::ReviewChanged)), "{refused:?}");
    assert_eq!(stage.kit.linking().links(&stage.viewer).await.unwrap().len(), 1, "a refused plan was begun");
}
