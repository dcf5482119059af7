//! Several wishes at once.

use link_core::words::error::{ErrorKind, Result};

use super::LEASE;
use crate::budget::Priority;
use crate::checkpoint::Cleared;
use crate::intent::Intent;
use crate::store::{Claim, MessageStore, Outbox};
use crate::testing::{Scene, at};

/// An answer in parts is there whole or not at all, in order, and once.
pub(super) async fn all_or_none(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let scene = Scene::new("together", "messenger:1", "parts");
    // Their ids fall while their order rises: nothing but what was asked tells it. One is in less of a hurry than what comes behind it.
    let part = |place: u8, text: &str| {
        let priority = if place == 1 { Priority::Bulk } else { Priority::Person };
        let intent = scene.intent(u128::from(600 - u16::from(place)), &format!("part#{place}"), text, 6_000);
        Cleared::unchecked(Intent { priority, ..intent })
    };
    assert_eq!(outbox.queue_all(&[]).await?, []);
    let first = outbox.queue_all(&[part(1, "one")]).await?;
    let clash = outbox.queue_all(&[part(2, "two"), part(1, "another")]).await;
    assert!(clash.is_err_and(|error| error.kind() == ErrorKind::Invalid), "a key is used again for something else, and nobody hears of it");
    assert_eq!(outbox.keyed(&scene.view(), "part#2").await?, None, "half of what was refused is kept");

    // Half of it is here, as if somebody was killed in between.
    let whole = outbox.queue_all(&[part(1, "one"), part(2, "two"), part(3, "three")]).await?;
    let keys = |intents: &[Intent]| intents.iter().map(|intent| intent.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&whole), ["part#1", "part#2", "part#3"], "what is answered is not what was asked");
    assert_eq!(whole[0].id, first[0].id, "what was kept before is kept once more");
    let again = outbox.queue_all(&[part(1, "one"), part(2, "two"), part(3, "three")]).await?;
    assert_eq!(again.iter().map(|it| it.id).collect::<Vec<_>>(), whole.iter().map(|it| it.id).collect::<Vec<_>>(), "a repeat doubles it");

    let mut left = Vec::new();
    for seconds in 6_001..6_004 {
        let claimed = outbox.claim(&Claim::new(9, at(seconds), LEASE)).await?;
        left.extend(keys(&claimed));
        super::turns::give_up(messages, &claimed.iter().map(Intent::intent_key).collect::<Vec<_>>()).await?;
    }
    assert_eq!(left, ["part#1", "part#2", "part#3"], "parts leave in another order, or together, or not at all");
    Ok(())
}
