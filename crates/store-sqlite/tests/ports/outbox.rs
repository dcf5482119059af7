//! What the outbox does besides its suite.

use std::time::Duration;

use link_sync::testing::{Scene, at};
use link_sync::{Claim, Cleared, Outbox as _};

use crate::fixture::fresh;

const LEASE: Duration = Duration::from_secs(60);

/// A wish that is put off until later must wait while a newer one to the same person is on its way: otherwise both are sent at once, and
/// nobody can tell their echoes apart.
#[tokio::test]
async fn an_older_wish_does_not_overtake_a_newer_one_that_is_being_sent() {
    let (_folder, sqlite) = fresh().await;
    let (outbox, scene) = (sqlite.outbox(), Scene::new("a", "messenger:1", "7"));
    let older = scene.intent(1, "k1", "one", 10);
    outbox.queue(&Cleared::unchecked(scene.intent(2, "k2", "two", 11))).await.unwrap();
    assert_eq!(outbox.claim(&Claim::new(9, at(20), LEASE)).await.unwrap().len(), 1);
    outbox.queue(&Cleared::unchecked(older)).await.unwrap();
    assert!(outbox.claim(&Claim::new(9, at(21), LEASE)).await.unwrap().is_empty());
    assert_eq!(outbox.lapse(at(80)).await.unwrap(), 1);
    assert_eq!(outbox.claim(&Claim::new(9, at(81), LEASE)).await.unwrap().len(), 1);
}
