//! What the outbox does besides its suite.

use std::time::Duration;

use link_core::words::feed::{Feed as _, FeedQuery, Position, What};
use link_core::{ErrorKind, IntentId};
use link_sync::testing::{Scene, at};
use link_sync::{Change, Claim, Cleared, Failure, IntentState, Keys, MessageStore as _, Outbox as _};

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

/// Or nobody's wish would be sent any more, and none that died on the way be noticed, because one owner's row is damaged.
#[tokio::test]
async fn a_wish_that_does_not_read_is_put_aside_and_keeps_nobody_waiting() {
    let (_folder, sqlite) = fresh().await;
    let (outbox, file) = (sqlite.outbox(), sqlite.clone().into_pool());
    let (broken, other) = (Scene::new("broken", "messenger:1", "7"), Scene::new("a", "messenger:1", "7"));
    let queue = async |intent| outbox.queue(&Cleared::unchecked(intent)).await.map(|_| ()).unwrap();
    let damage = async |id: u128| {
        let sql = "UPDATE lk_content SET body = '{}' WHERE n = (SELECT content FROM lk_intent WHERE id = ?)";
        let done = sqlx::query(sql).bind(uuid::Uuid::from_u128(id).to_string()).execute(&file).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    };
    for (number, scene) in [(1, &broken), (2, &other)] {
        queue(scene.intent(number, &format!("k{number}"), "hello", 10)).await;
    }
    damage(1).await;
    assert_eq!(outbox.wake(at(5)).await.unwrap(), 0);
    queue(broken.intent(3, "k3", "and", 11)).await;
    let claimed = outbox.claim(&Claim::new(9, at(20), LEASE)).await.unwrap();
    assert_eq!(claimed.iter().map(|intent| &intent.key[..]).collect::<Vec<_>>(), ["k2"]);
    let claimed = outbox.claim(&Claim::new(9, at(20), LEASE)).await.unwrap();
    assert_eq!(claimed.iter().map(|intent| &intent.key[..]).collect::<Vec<_>>(), ["k3"], "what is behind it waits for ever");
    assert_eq!(outbox.next_available(&[]).await.unwrap(), Some(at(80)), "somebody is woken for it again and again");
    // One of which nobody knows whether it was sent, beside one that reads.
    damage(3).await;
    assert_eq!(outbox.lapse(at(80)).await.unwrap(), 1);
    assert_eq!(outbox.claim_unknown(at(9_000), LEASE).await.unwrap().len(), 1);
    let states: Vec<(String, String)> = sqlx::query_as("SELECT key, state FROM lk_intent ORDER BY key").fetch_all(&file).await.unwrap();
    let of = |key: &str, state: &str| (key.to_owned(), state.to_owned());
    assert_eq!(states, [of("k1", "failed"), of("k2", "unknown"), of("k3", "unknown")]);
    let told = sqlite.feed().read(&FeedQuery { after: Position::default(), limit: 99 }).await.unwrap();
    let of =
        |owner: &str| told.iter().filter(|(_, told)| told.owner.as_str() == owner).map(|(_, told)| told.what.clone()).collect::<Vec<_>>();
    let (told, others) = (of("broken"), of("a"));
    let is = |what: &What, number: u128, to: &str| matches!(what, What::IntentChanged { intent, state } if *intent == IntentId::from_uuid(uuid::Uuid::from_u128(number)) && state == to);
    assert!(others.iter().any(|what| is(what, 2, "unknown")), "that nobody knows what became of it is told to nobody: {others:?}");
    assert!(told.iter().any(|what| is(what, 1, "failed")) && told.iter().any(|what| is(what, 3, "unknown")), "{told:?}");
}

/// Or the version that reads it again shows it as waiting for ever, or sends it days after everybody was told that it failed.
#[tokio::test]
async fn what_another_version_put_aside_has_its_end_in_every_version() {
    let (_folder, sqlite) = fresh().await;
    let (outbox, messages, file) = (sqlite.outbox(), sqlite.messages(), sqlite.clone().into_pool());
    let scene = Scene::new("a", "messenger:1", "7");
    // In what only the newer version reads stands a form of message that this one does not know.
    let write = async |form: &str| {
        let sql = "UPDATE lk_content SET body = json_set(body, '$.outgoing.body', json(?)) WHERE n IN (SELECT content FROM lk_intent)";
        sqlx::query(sql).bind(form).execute(&file).await.unwrap();
    };
    let (newer, known) = (r#"{"hologram":"hello"}"#, serde_json::to_string(&scene.intent(1, "k", "hello", 10).outgoing.body).unwrap());
    let queue = async |number, from| {
        outbox.queue(&Cleared::unchecked(scene.intent(number, &format!("k{number}"), "hello", from))).await.unwrap();
    };
    queue(1, 10).await;
    write(newer).await;
    assert!(outbox.claim(&Claim::new(9, at(12), LEASE)).await.unwrap().is_empty());
    write(&known).await;
    // And one of which nobody knows whether it left.
    queue(2, 110).await;
    assert_eq!(outbox.claim(&Claim::new(9, at(111), LEASE)).await.unwrap().len(), 1);
    write(newer).await;
    outbox.lapse(at(200)).await.unwrap();
    write(&known).await;
    let stands = async |number: u128| {
        let id = IntentId::from_uuid(uuid::Uuid::from_u128(number));
        let (by_id, by_key) =
            (outbox.intent(&scene.view(), id).await.unwrap(), outbox.keyed(&scene.view(), &format!("k{number}")).await.unwrap());
        assert_eq!(by_id, by_key);
        by_id.unwrap().state
    };
    assert!(matches!(stands(1).await, IntentState::Failed { failure: Failure::Platform { kind: ErrorKind::Corrupt, .. } }));
    assert!(matches!(stands(2).await, IntentState::Unknown { since, .. } if since == at(171)), "nobody knows since when nobody knows");
    // Whatever else is written of it leaves that as it is.
    let keys = Keys { intents: [scene.intent(1, "", "", 0).intent_key()].into(), ..Keys::default() };
    messages.update(&keys, &|stored| Change { intents: stored.intents, ..Change::default() }).await.unwrap();
    assert_eq!(outbox.next_available(&[]).await.unwrap(), None);
    assert!(outbox.claim(&Claim::new(9, at(500), LEASE)).await.unwrap().is_empty(), "it leaves late");
}

/// Or what a version put aside that could not read it stays unknown for ever in those that can, though the history shows it.
#[tokio::test]
async fn what_another_version_left_is_looked_for_by_one_that_reads_it() {
    let (_folder, sqlite) = fresh().await;
    let (outbox, file) = (sqlite.outbox(), sqlite.clone().into_pool());
    let scene = Scene::new("a", "instagram:1", "7");
    let keys = async |outbox: &link_store_sqlite::Outbox, seconds| {
        let found = outbox.claim_unknown(at(seconds), LEASE).await.unwrap();
        found.into_iter().map(|intent| intent.key).collect::<Vec<_>>()
    };
    let body = async |key: &str| {
        let sql = "SELECT body FROM lk_content WHERE n = (SELECT content FROM lk_intent WHERE key = ?)";
        sqlx::query_scalar::<_, String>(sql).bind(key).fetch_one(&file).await.unwrap()
    };
    let reads = async |key: &str, reads: bool| {
        let form = if reads { r#"{"text":"hello"}"# } else { r#"{"hologram":"hello"}"# };
        let sql = "UPDATE lk_content SET body = json_set(body, '$.outgoing.body', json(?)) \
                   WHERE n = (SELECT content FROM lk_intent WHERE key = ?)";
        sqlx::query(sql).bind(form).bind(key).execute(&file).await.unwrap();
    };
    let lose = async |number: u128, from: i64, is_read: bool| {
        outbox.queue(&Cleared::unchecked(scene.intent(number, &format!("k{number}"), "hello", from))).await.unwrap();
        assert_eq!(outbox.claim(&Claim::new(9, at(from), LEASE)).await.unwrap().len(), 1);
        reads(&format!("k{number}"), is_read).await;
        outbox.lapse(at(from + 61)).await.unwrap();
    };
    // One whose lease ended where nobody could read it, and one beside it that could be read all the time.
    lose(1, 10, false).await;
    lose(2, 110, true).await;
    assert!(keys(&outbox, 1_000).await.is_empty(), "half of the wishes are counted against all of the messages");
    assert_eq!(outbox.next_unknown().await.unwrap(), None);
    let newer = sqlite.outbox();
    assert!(keys(&newer, 1_001).await.is_empty(), "it is looked for by a version that does not read it either");
    reads("k1", true).await;
    assert!(body("k1").await.contains("another version"), "it was not put aside");
    assert_eq!(keys(&sqlite.outbox(), 1_002).await, ["k1", "k2"], "a program that begins leaves it alone");
    assert!(keys(&sqlite.outbox(), 1_003).await.is_empty(), "who has it is disturbed");
    // One that runs already, while the other version writes beside it.
    lose(3, 1_110, false).await;
    assert!(keys(&newer, 3_000).await.is_empty());
    reads("k3", true).await;
    assert_eq!(keys(&newer, 5_000).await, ["k1", "k2", "k3"], "it is looked for when the program begins anew, and not before");
    // What was looked for often enough is not begun with again.
    let enough = "UPDATE lk_content SET body = json_set(body, '$.looks', 4) WHERE n IN (SELECT content FROM lk_intent)";
    sqlx::query(enough).execute(&file).await.unwrap();
    sqlx::query("UPDATE lk_intent SET look_at = NULL").execute(&file).await.unwrap();
    assert!(keys(&sqlite.outbox(), 90_000).await.is_empty());
}

/// Whoever counts equal messages against equal wishes must know all of the wishes.
#[tokio::test]
async fn where_one_wish_does_not_read_none_of_its_conversation_is_looked_for_and_others_are() {
    let (_folder, sqlite) = fresh().await;
    let (outbox, file) = (sqlite.outbox(), sqlite.clone().into_pool());
    for (number, peer) in [(1, "7"), (2, "7"), (3, "8")] {
        let intent = Scene::new("a", "messenger:1", peer).intent(number, &format!("k{number}"), "hello", 10);
        outbox.queue(&Cleared::unchecked(intent)).await.unwrap();
        for _ in 0..2 {
            outbox.claim(&Claim::new(9, at(20), LEASE)).await.unwrap();
            outbox.lapse(at(80)).await.unwrap();
        }
    }
    let sql = "UPDATE lk_content SET body = '{}' WHERE n = (SELECT content FROM lk_intent WHERE key = 'k1')";
    sqlx::query(sql).execute(&file).await.unwrap();
    let found = outbox.claim_unknown(at(9_000), LEASE).await.unwrap();
    assert_eq!(found.iter().map(|intent| &intent.key[..]).collect::<Vec<_>>(), ["k3"]);
    assert!(outbox.claim_unknown(at(9_001), LEASE).await.unwrap().is_empty());
}
