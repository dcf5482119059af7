//! Private replies: one to each comment, within its days, and no conversation is opened by that.

use chrono::TimeDelta;
use link_kit::{Allowed, ExternalId, Feature, Intent, Problem, Refusal, Window};
use link_sandbox::Action;
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage};
use crate::{ada, answer, asked, assert_refused, eve, is_window, now, sends, talk, texts};

/// The shop asks for comments too; nobody has written yet.
async fn open() -> Stage {
    let stage = Stage::set().built(|builder| builder.features(&[Feature::COMMENTS])).linked().await;
    stage.pass(TimeDelta::hours(1)).await;
    stage
}

async fn comments(stage: &Stage, customer: &str, on: &str) -> ExternalId {
    let told = stage.meta.customer_acts(customer, on, &Action::Comment { text: "Is that still there?".into() }).await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(1)).await;
    told.unwrap().parse().unwrap()
}

async fn reply(stage: &Stage, at: &link_kit::ConversationKey, comment: &ExternalId, key: &str) -> Result<Intent, Problem> {
    stage.kit.inbox().reply_in_private(&stage.viewer, &at.account, comment.clone(), "It is. Shall we keep it for you?", key).await
}

#[tokio::test]
async fn a_comment_is_answered_in_private_once_and_the_window_stays_shut_until_the_person_answers() {
    let stage = open().await;
    for (to, customer, on) in [(ada(&stage), "c1", PAGE), (eve(&stage), "c5", INSTAGRAM)] {
        let comment = comments(&stage, customer, on).await;
        let first = reply(&stage, &to, &comment, &format!("{on} first")).await.unwrap();
        let while_it_waits = reply(&stage, &to, &comment, &format!("{on} second")).await;
        assert!(
            matches!(&while_it_waits, Err(Problem::Refused(refusal)) if refusal.rule() == Some("private_reply.once")),
            "{while_it_waits:?}"
        );
        stage.settle().await;
        assert_eq!(now(&stage, &first).await.state.as_str(), "sent");
        assert_eq!(sends(&stage).await.pop().unwrap()["parameters"]["recipient"], json!({"comment_id": comment}));
        assert_eq!(texts(&talk(&stage, &to).await), ["It is. Shall we keep it for you?"], "the reply is not where the person is");

        let again = reply(&stage, &to, &comment, &format!("{on} third")).await;
        assert_refused(&stage, again, |refusal| refusal.rule() == Some("private_reply.once")).await;
        let same = reply(&stage, &to, &comment, &format!("{on} first")).await.unwrap();
        assert_eq!(same.id, first.id, "who repeats the call hears that it is refused, though it was sent");
        assert_refused(&stage, answer(&stage, &to, "Hello?", &format!("{on} more")).await, is_window).await;

        stage.meta.customer_writes(customer, on, "Yes please").await.unwrap();
        stage.settle().await;
        let open = answer(&stage, &to, "Done.", &format!("{on} open")).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &open).await.state.as_str(), "sent");
    }
}

/// Or every try goes out and is refused by the platform, for a week.
#[tokio::test]
async fn what_staff_answered_elsewhere_is_learnt_from_the_first_refusal() {
    let stage = open().await;
    let answers = [json!({"status": 400, "code": 10_900}), json!({"status": 400, "code": 100, "subcode": 2_534_025})];
    for ((to, customer, on), answer) in [(ada(&stage), "c1", PAGE), (eve(&stage), "c5", INSTAGRAM)].into_iter().zip(answers) {
        let comment = comments(&stage, customer, on).await;
        crate::next_send(&stage, json!({"answer": answer})).await;
        let first = reply(&stage, &to, &comment, &format!("{on} first")).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &first).await.state.as_str(), "failed");
        let outcome = reply(&stage, &to, &comment, &format!("{on} second")).await;
        assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("private_reply.once")).await;
    }
}

#[tokio::test]
async fn after_seven_days_it_is_too_late_to_the_second() {
    let stage = open().await;
    let (early, late) = (comments(&stage, "c1", PAGE).await, comments(&stage, "c2", PAGE).await);
    // One second was let pass after each comment.
    stage.pass(TimeDelta::days(7) - TimeDelta::seconds(3)).await;
    let in_time = reply(&stage, &ada(&stage), &early, "in time").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &in_time).await.state.as_str(), "sent");
    stage.pass(TimeDelta::seconds(2)).await;
    let outcome = reply(&stage, &ada(&stage), &late, "late").await;
    assert_refused(&stage, outcome, |refusal| {
        refusal.rule() == Some("private_reply.days") && refusal.allowed() == [Allowed::OncePersonWrites]
    })
    .await;
}

#[tokio::test]
async fn a_comment_opens_no_window_and_one_that_nobody_told_of_is_not_answered() {
    let stage = open().await;
    comments(&stage, "c1", PAGE).await;
    let told = stage.kit.inbox().may_send(&stage.viewer, &ada(&stage)).await.unwrap();
    assert!(!told.may() && told.window == Window::Closed { since: None }, "{told:?}");
    let outcome = reply(&stage, &ada(&stage), &"901_1".parse().unwrap(), "k").await;
    assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("private_reply.known")).await;
}

#[tokio::test]
async fn without_the_permission_for_comments_it_is_refused_and_named() {
    let stage = asked().await;
    let outcome = reply(&stage, &ada(&stage), &"901_1".parse().unwrap(), "k").await;
    assert_refused(
        &stage,
        outcome,
        |refusal| matches!(refusal, Refusal::PermissionMissing { feature, .. } if *feature == Feature::COMMENTS),
    )
    .await;
}
