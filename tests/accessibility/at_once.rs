//! What broke just now is known at once, and not at the next round.

use link_kit::{Finding, Health, Subject};
use link_sandbox::PersonAction;

use crate::ROBIN;
use crate::stage::{PAGE, Stage, conversation, page};

/// Ada is answered, whatever becomes of it.
pub(crate) async fn answered(stage: &Stage, key: &str) {
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    let ada = conversation(&stage.viewer, page(), "4000000000000011");
    stage.kit.inbox().answer(&stage.viewer, &ada, "We are.", key).await.unwrap();
    stage.kit.drain().await.unwrap();
}

/// What is known without asking anybody.
async fn known(stage: &Stage) -> Vec<Finding> {
    stage.kit.accessibility().findings(&stage.viewer).await.unwrap()
}

#[tokio::test]
async fn whoever_sends_with_a_token_that_died_is_told_why_and_what_to_do_within_the_same_pass() {
    let stage = Stage::linked().await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    assert!(known(&stage).await.is_empty(), "nobody can know yet");
    answered(&stage, "a").await;
    let connections = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert!(connections.iter().any(|connection| connection.health != Health::Alive), "{connections:?}");
    let found = known(&stage).await;
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!(found.code, "password_changed");
    assert!(found.remedy.what.contains("sign in"), "{found:?}");
    assert!(matches!(&found.subject, Subject::Person { person, .. } if person.as_str() == ROBIN), "{found:?}");
}

#[tokio::test]
async fn a_consent_that_the_platform_tells_was_taken_back_is_a_finding_when_it_is_told() {
    let stage = Stage::linked().await;
    stage.meta.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    stage.settle().await;
    let found = known(&stage).await;
    assert_eq!(found.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), ["app_removed"]);
}

#[tokio::test]
async fn what_the_platform_told_last_is_written_down_when_the_work_is_stopped() {
    let stage = Stage::linked().await;
    let figures = async || {
        let kit = stage.another_kit().await;
        kit.doctor(&stage.viewer).await.unwrap().figures
    };
    let runner = stage.kit.start();
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    let last = crate::stage::until("the first letter to be written down", async || {
        let figures = figures().await;
        (!figures.last_event_at.is_empty()).then_some(figures.last_event_at)
    })
    .await;
    // So soon after the first, the second is only gathered.
    stage.pass(chrono::TimeDelta::seconds(2)).await;
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    crate::stage::until("the second letter to arrive", async || {
        let figures = stage.kit.figures().await.unwrap();
        (figures.kept >= 2 && figures.journal.open == 0).then_some(())
    })
    .await;
    assert_eq!(figures().await.last_event_at, last, "written at every letter");
    runner.stop().await;
    assert!(figures().await.last_event_at.values().next() > last.values().next(), "what was heard last is lost with a restart");
}
