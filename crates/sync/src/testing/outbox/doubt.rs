//! What nobody knows, and how it is looked for.

use std::collections::BTreeSet;

use link_core::words::error::Result;
use link_core::words::ids::MessageKey;
use link_core::words::page::PageQuery;
use link_core::words::platform::Road;
use link_core::words::view::Accounts;

use super::LEASE;
use crate::checkpoint::Cleared;
use crate::intent::{Intent, IntentState, Proof};
use crate::store::{Change, Claim, IntentQuery, Keys, MessageStore, Outbox};
use crate::testing::{Scene, at};

const FAR: i64 = 4_000_000;

/// An unknown intent is looked for in a while, with the others of its conversation and not again before the lease ends, and never sent.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub(super) async fn looked_for(outbox: &dyn Outbox, messages: &dyn MessageStore) -> Result<()> {
    while let Some(old) = outbox.claim_unknown(at(FAR - 1), LEASE).await?.pop() {
        settle(messages, &old, "old").await?;
    }
    assert_eq!(outbox.next_unknown().await?, None, "what came to its end is still looked for");
    let (mine, theirs) = (Scene::new("doubt", "instagram:1", "7"), Scene::new("doubter", "instagram:1", "7"));
    let mut lost = Vec::new();
    for (scene, number, seconds) in [(&mine, 901, FAR), (&mine, 902, FAR + 200), (&theirs, 903, FAR + 300)] {
        outbox.queue(&Cleared::unchecked(scene.intent(number, &format!("d{number}"), "hello", seconds))).await?;
        lost.extend(outbox.claim(&Claim::new(1, at(seconds), LEASE)).await?);
        assert_eq!(outbox.lapse(at(seconds + 61)).await?, 1);
    }
    let first = FAR + 60 + 600;
    assert_eq!(outbox.next_unknown().await?, Some(at(first)), "nobody looks for what is unknown, or too early");
    assert!(outbox.claim_unknown(at(first - 1), LEASE).await?.is_empty(), "it is looked for before its echo had time to come");
    let ids = |intents: &[Intent]| intents.iter().map(|intent| intent.id).collect::<Vec<_>>();
    let taken = outbox.claim_unknown(at(first), LEASE).await?;
    assert_eq!(ids(&taken), [lost[0].id, lost[1].id], "equal wishes of a conversation are not counted together");
    assert!(outbox.claim_unknown(at(first + 1), LEASE).await?.is_empty(), "a conversation is asked for twice at once");
    assert!(outbox.claim(&Claim::new(9, at(FAR * 2), LEASE)).await?.is_empty(), "what may have been sent is sent again");

    settle(messages, &lost[0], "m1").await?;
    let query = || IntentQuery::all(PageQuery::default()).of(mine.conversation());
    let settled = outbox.intents(&mine.view(), &query().settled_by_history()).await?.items;
    assert_eq!(ids(&settled), [lost[0].id], "what the history settled cannot be told from what was answered");
    assert_eq!(ids(&outbox.intents(&mine.view(), &query().open()).await?.items), [lost[1].id]);
    let asked = [mine.key("m1"), mine.key("m2"), MessageKey { road: Road::INSTAGRAM, ..mine.key("m1") }];
    assert_eq!(
        messages.settled_as(&mine.view(), &asked).await?,
        [lost[0].intent_key()],
        "what was taken back stays in the wish that it was"
    );
    assert_eq!(messages.settled_as(&mine.view(), &asked[1..]).await?, []);
    assert_eq!(messages.settled_as(&theirs.view(), &[mine.key("m1"), theirs.key("m1")]).await?, [], "one owner's wish is another owner's");
    let nothing = mine.view().with_accounts(Accounts::Only(BTreeSet::new()));
    assert_eq!(messages.settled_as(&nothing, &asked).await?, [], "an empty view shows which wish a message was");
    let rest = outbox.claim_unknown(at(first + 300), LEASE).await?;
    assert_eq!(ids(&rest), [lost[1].id], "what was not found at once is never looked for again");
    let other = outbox.claim_unknown(at(first + 300), LEASE).await?;
    assert_eq!(ids(&other), [lost[2].id], "one owner's doubts are taken for another owner's");

    // Often enough is often enough.
    let mut stored = rest.into_iter().next().unwrap();
    settle(messages, &lost[2], "m3").await?;
    while stored.look_at().is_some() {
        stored.looked(at(first + 500));
        write(messages, &stored).await?;
        assert_eq!(outbox.next_unknown().await?, stored.look_at(), "what was not found is looked for once, or at another time");
    }
    assert_eq!(outbox.next_unknown().await?, None, "somebody is looked for for ever");
    Ok(())
}

async fn settle(messages: &dyn MessageStore, intent: &Intent, id: &str) -> Result<()> {
    let message = id.parse().unwrap_or_else(|_| unreachable!("a message id"));
    write(messages, &Intent { state: IntentState::Sent { message, by: Proof::History }, ..intent.clone() }).await
}

async fn write(messages: &dyn MessageStore, intent: &Intent) -> Result<()> {
    let keys = Keys { intents: [intent.intent_key()].into(), ..Keys::default() };
    messages.update(&keys, &|_| Change { intents: [(intent.intent_key(), intent.clone())].into(), ..Change::default() }).await
}
