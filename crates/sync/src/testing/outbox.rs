//! What every outbox must do.

mod clocks;
mod doubt;
mod replies;
mod together;
mod turns;

use std::time::Duration;

use link_core::words::error::Result;
use link_core::words::page::PageQuery;
use link_core::words::refusal::Refusal;

use crate::checkpoint::Cleared;
use crate::intent::{Failure, Intent, IntentState, Proof};
use crate::store::{Change, Claim, IntentQuery, Keys, MessageStore, Outbox};
use crate::testing::{Scene, at};

const LEASE: Duration = Duration::from_secs(60);

/// Runs the suite on an empty outbox and the message store beside it.
///
/// # Panics
///
/// When the outbox does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn outbox(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    basics(outbox, messages).await?;
    turns::in_turn(outbox, messages).await?;
    turns::in_a_hurry(outbox, messages).await?;
    turns::before_its_time(outbox, messages).await?;
    turns::resting(outbox, messages).await?;
    turns::not_so_urgent(outbox, messages).await?;
    turns::counted(outbox, messages).await?;
    turns::behind_what_leaves(outbox, messages).await?;
    replies::let_others_pass(outbox, messages).await?;
    replies::wait_their_time(outbox, messages).await?;
    replies::are_not_hurried(outbox, messages).await?;
    together::all_or_none(outbox, messages).await?;
    clocks::set_back(outbox, messages).await?;
    doubt::looked_for(outbox, messages).await
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn basics(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    let mine = Scene::new("mine", "messenger:1", "7");
    let friend = Scene { peer: Scene::new("mine", "messenger:1", "8").peer, ..mine.clone() };
    let theirs = Scene::new("theirs", "messenger:1", "7");

    let first = outbox.queue(&Cleared::unchecked(mine.intent(1, "k1", "one", 10))).await?;
    let again = outbox.queue(&Cleared::unchecked(mine.intent(2, "k1", "one", 11))).await?;
    assert_eq!(again.id, first.id, "the same caller's key is sent twice");
    let foreign = outbox.queue(&Cleared::unchecked(theirs.intent(3, "k1", "one", 12))).await?;
    assert_ne!(foreign.id, first.id, "one owner's key answers another owner's intent");
    let found = outbox.keyed(&mine.view(), "k1").await?.map(|intent| intent.id);
    assert_eq!(found, Some(first.id), "a key does not find what was queued under it, or finds another owner's");
    assert_eq!(outbox.keyed(&mine.view(), "k9").await?, None, "a key finds what was never queued under it");
    outbox.queue(&Cleared::unchecked(mine.intent(4, "k2", "two", 13))).await?;
    outbox.queue(&Cleared::unchecked(friend.intent(5, "k3", "three", 14))).await?;

    assert!(outbox.intent(&theirs.view(), first.id).await?.is_none(), "one owner sees another owner's intent");
    assert!(outbox.claim(&Claim::new(9, at(9), LEASE)).await?.is_empty(), "an intent is taken before it is available");
    assert_eq!(outbox.next_available(&[]).await?, Some(at(10)), "the outbox does not know when there is something to do");

    let claimed = outbox.claim(&Claim::new(9, at(20), LEASE)).await?;
    let ids: Vec<_> = claimed.iter().map(|intent| intent.id).collect();
    assert_eq!(
        ids,
        [first.id, foreign.id, friend.intent(5, "", "", 0).id],
        "two messages of one conversation are sent at once, or out of order"
    );
    assert!(outbox.claim(&Claim::new(9, at(21), LEASE)).await?.is_empty(), "a claimed intent, or the one behind it, is claimed again");

    // An older intent that comes back while a newer one is being sent waits for it.
    let late = outbox.queue(&Cleared::unchecked(theirs.intent(6, "k9", "older, but slower", 1))).await?;
    assert!(outbox.claim(&Claim::new(9, at(21), LEASE)).await?.is_empty(), "two messages of one conversation are sent at once");
    assert_eq!(outbox.next_available(&[]).await?, Some(at(80)), "somebody is woken up for an intent that waits behind another");
    give_up(messages, &late).await?;

    // Settling frees the conversation.
    let keys = Keys { intents: [first.intent_key()].into(), ..Keys::default() };
    messages
        .update(&keys, &|snapshot| {
            let mut intent = snapshot.intents[&first.intent_key()].clone();
            intent.prove("m1".parse().unwrap(), Proof::Answer);
            Change { intents: [(first.intent_key(), intent)].into(), ..Change::default() }
        })
        .await?;
    let by_history = IntentQuery::all(PageQuery::default()).settled_by_history();
    assert!(
        outbox.intents(&mine.view(), &by_history).await?.items.is_empty(),
        "what the platform answered passes for what the history says"
    );
    let next = outbox.claim(&Claim::new(9, at(22), LEASE)).await?;
    assert_eq!(next.len(), 1, "a settled intent still holds its conversation up");

    // A lease that ended says that nobody knows, and no way leads back.
    assert_eq!(outbox.lapse(at(500)).await?, 3, "an intent whose sender died is not noticed");
    let lost = outbox.intent(&theirs.view(), foreign.id).await?.unwrap();
    assert!(
        matches!(lost.state, IntentState::Unknown { since, .. } if since == at(80)),
        "an intent whose sender died is not unknown since then"
    );
    assert_eq!(lost.tried_at, Some(at(20)), "nobody knows when it was begun to be sent");
    assert!(outbox.claim(&Claim::new(9, at(501), LEASE)).await?.is_empty(), "an intent that may have been sent is sent again");

    let open = outbox.intents(&mine.view(), &IntentQuery::all(PageQuery::default()).open()).await?;
    assert_eq!(open.items.len(), 2, "open intents are not those without an end");
    let all = outbox.intents(&mine.view(), &IntentQuery::all(PageQuery::default()).of(mine.conversation())).await?;
    assert_eq!(
        all.items.iter().map(|intent| intent.key.as_str()).collect::<Vec<_>>(),
        ["k1", "k2"],
        "intents of a conversation are not in order"
    );
    let newest = IntentQuery::all(PageQuery::first(1)).of(mine.conversation()).newest_first();
    let page = outbox.intents(&mine.view(), &newest).await?;
    assert_eq!(page.items[0].key, "k2", "the newest intents cannot be read before the others");
    let second = outbox.intents(&mine.view(), &IntentQuery { page: PageQuery::first(1).after(page.next.unwrap()), ..newest }).await?;
    assert_eq!((second.items[0].key.as_str(), second.next), ("k1", None), "pages of the newest intents do not go on");
    Ok(())
}

/// Takes a queued intent out of the way.
async fn give_up(messages: &dyn MessageStore, intent: &Intent) -> Result<()> {
    let keys = Keys { intents: [intent.intent_key()].into(), ..Keys::default() };
    let refused = IntentState::Failed { failure: Failure::Refused(Refusal::Empty) };
    let failed = Intent { state: refused, ..intent.clone() };
    messages.update(&keys, &|_| Change { intents: [(intent.intent_key(), failed.clone())].into(), ..Change::default() }).await
}
