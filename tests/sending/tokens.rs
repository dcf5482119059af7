//! What the platform refuses.

use chrono::TimeDelta;
use link_kit::{ErrorKind, Health, Position, Refusal, What};
use link_sandbox::PersonAction;

use crate::stage::{PAGE, conversation, page};
use crate::{BEN, ROBIN, ada, answer, asked, assert_refused, eve, heard, now, refusal_of, sends, stage, talk, texts};

#[tokio::test]
async fn a_permission_taken_back_fails_the_answer_and_says_what_to_do() {
    let stage = asked().await;
    // Nobody tells the program.
    stage.unsubscribe_from("permissions").await;
    stage.meta.person_acts(ROBIN, &PersonAction::Revoke { permission: "pages_messaging".to_owned() }).await.unwrap();
    let refused = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    let taken = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    let refused = now(&stage, &refused).await;
    let (kind, code, remedy) = refusal_of(&refused);
    assert_eq!((kind, code), (ErrorKind::PermissionMissing, "200"));
    assert!(remedy.contains("grant"), "{remedy}");
    assert_eq!(now(&stage, &taken).await.state.as_str(), "sent", "Instagram suffers for a permission it does not need");
    let alive = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert!(alive.iter().all(|connection| connection.health == Health::Alive), "a missing permission is taken for a dead token");
    assert_eq!(sends(&stage).await.len(), 2, "a refused send was repeated");
}

#[tokio::test]
async fn a_dead_token_stops_what_goes_out_and_loses_nothing_that_comes_in() {
    let stage = asked().await;
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let refused = answer(&stage, &ada(&stage), "Yes.", "m").await.unwrap();
    stage.settle().await;
    let refused = now(&stage, &refused).await;
    let (kind, code, remedy) = refusal_of(&refused);
    assert_eq!((kind, code), (ErrorKind::SignInNeeded, "190/460"));
    assert!(remedy.contains("sign in again"), "{remedy}");
    let dead = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    let of_page = dead.iter().find(|connection| *connection.account() == page()).unwrap();
    assert_eq!(of_page.health, Health::Dead { since: stage.clock.time(), code: Some("190/460".to_owned()) });
    let told = stage::told(&stage.kit, &stage.viewer, Position::default()).await;
    assert!(told.iter().any(|happening| matches!(happening.what, What::CredentialDead { .. })), "nobody was told: {told:?}");

    let outcome = answer(&stage, &ada(&stage), "Hello?", "m again").await;
    assert_refused(&stage, outcome, |refusal| *refusal == Refusal::Disconnected).await;
    assert_eq!(sends(&stage).await.len(), 1, "a dead token was used again");

    // A customer does not know that our token is dead.
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.customer_writes("c1", PAGE, "Are you there?").await.unwrap();
    stage.meta.customer_writes("c2", PAGE, "I am new here").await.unwrap();
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes(PAGE, "c1", "From my phone").await.unwrap();
    stage.settle().await;
    assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "Are you there?", "From my phone"]);
    assert_eq!(texts(&talk(&stage, &conversation(&stage.viewer, page(), BEN)).await), ["I am new here"]);
    assert_eq!(heard(&mut alerts).len(), 2);

    // Signing in again brings the same conversations back to life.
    stage.link(&stage.viewer).await;
    let alive = stage.kit.linking().connections(&stage.viewer).await.unwrap();
    assert_eq!(alive.iter().filter(|connection| connection.health == Health::Alive).count(), 2, "{alive:?}");
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.customer_writes("c2", PAGE, "Hello again").await.unwrap();
    let again = answer(&stage, &ada(&stage), "Yes, from ten.", "alive").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &again).await.state.as_str(), "sent");
    assert_eq!(talk(&stage, &ada(&stage)).await.len(), 4, "reconnecting lost history");
    let ben = stage.kit.inbox().conversation(&stage.viewer, &conversation(&stage.viewer, page(), BEN)).await.unwrap().unwrap();
    assert_eq!(ben.unread, 2, "reconnecting marked as read what nobody read");
}
