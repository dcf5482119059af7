//! A clock that was ahead.

use chrono::TimeDelta;
use link_core::words::error::Result;

use super::LEASE;
use super::turns::give_up;
use crate::checkpoint::Cleared;
use crate::intent::{Intent, IntentState};
use crate::store::{Change, Claim, Keys, MessageStore, Outbox};
use crate::testing::{Scene, at};

/// What was accepted or tried by it leaves when the right time is known, and what waits for another reason waits on.
pub(super) async fn set_back(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let (right, ahead) = (8_000, 8_000 + 5 * 3_600);
    let of = |peer: &str| Scene::new("clock", "messenger:1", peer);
    let tried = outbox.queue(&Cleared::unchecked(of("tried").intent(801, "tried", "hello", right - 60))).await?;
    let claimed = outbox.claim(&Claim::new(9, at(ahead), LEASE)).await?;
    assert_eq!(claimed.iter().map(|it| it.id).collect::<Vec<_>>(), [tried.id]);
    let keys = Keys { intents: [tried.intent_key()].into(), ..Keys::default() };
    let back = |intent: &Intent| Intent { state: IntentState::Queued, available_at: at(ahead + 2), ..intent.clone() };
    messages
        .update(&keys, &|stored| {
            let put_back = stored.intents.values().map(|intent| (intent.intent_key(), back(intent)));
            Change { intents: put_back.collect(), ..Change::default() }
        })
        .await?;
    let accepted = outbox.queue(&Cleared::unchecked(of("accepted").intent(802, "accepted", "hello", ahead))).await?;
    let patient = Intent { available_at: at(right) + TimeDelta::hours(9), ..of("patient").intent(803, "patient", "hello", right) };
    let patient = outbox.queue(&Cleared::unchecked(patient)).await?;
    assert!(outbox.claim(&Claim::new(9, at(right + 1), LEASE)).await?.is_empty(), "the story needs intents that rest");

    assert_eq!(outbox.wake(at(right + 1)).await?, 2, "what waits by a clock that was ahead rests on, or what waits for its time does not");
    assert_eq!(outbox.wake(at(right + 1)).await?, 0, "what was woken is woken again");
    assert_eq!(outbox.next_available(&[]).await?, Some(at(right + 1)));
    let mut claimed: Vec<_> = outbox.claim(&Claim::new(9, at(right + 1), LEASE)).await?.iter().map(|it| it.id).collect();
    claimed.sort();
    assert_eq!(claimed, [tried.id, accepted.id]);
    give_up(messages, &[tried, accepted, patient].map(|intent| intent.intent_key())).await
}
