//! A file that an older program wrote.

use std::time::Duration;

use chrono::{DateTime, Utc};
use link_core::linking::accessibility::{FindingStore as _, examined};
use link_core::linking::store::{LinkStore as _, SetupStore as _};
use link_core::words::feed::Feed as _;
use link_core::words::finding::{Cause, Severity, Subject};
use link_core::words::rates::RateKind;
use link_core::words::view::Accounts;
use link_core::{PersonId, Remedy, Road, View, Who};
use link_store_sqlite::Sqlite;
use link_sync::testing::Scene;
use link_sync::{BackfillStore as _, Claim, Intent, IntentState, Outbox as _, Priority, Proof, apply};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

/// Takes back what the migration of consents made, and writes a link, its connection and a setup as they were stored before it.
const BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version = 5;
    DROP TABLE lk_consent;
    DROP INDEX lk_setup_idle;
    DROP INDEX lk_setup_holding;
    DROP INDEX lk_connection_person;
    ALTER TABLE lk_setup DROP COLUMN touched_at;
    ALTER TABLE lk_setup DROP COLUMN persons;
    INSERT INTO lk_link VALUES ('o', '00000000-0000-0000-0000-000000000001', 1, '["messenger:1"]',
        '{"id": "00000000-0000-0000-0000-000000000001", "owner": "o", "setup": "00000000-0000-0000-0000-000000000009",
          "accounts": [{"platform": "messenger", "id": "1"}], "preferences": {"answer": true, "alert": false},
          "synchronisation": {"history": "nothing", "profiles": true},
          "consent": {"by": "a", "place": null, "at": "2026-11-01T00:00:00Z", "review": {"accounts": [], "grants": [],
            "preferences": {"answer": true, "alert": false}, "synchronisation": {"history": "nothing", "profiles": true},
            "seen_by": "the owner"}}}');
    INSERT INTO lk_connection VALUES ('o', 'messenger:1', 'facebook', '00000000-0000-0000-0000-000000000001', 'receiving', NULL, 1,
        '{"key": {"account": {"owner": "o", "account": {"platform": "messenger", "id": "1"}}, "road": "facebook"},
          "link": "00000000-0000-0000-0000-000000000001", "via": null, "person": "p", "name": "Shop", "username": null,
          "part": "receiving", "health": {"health": "alive"}, "subscription": {"subscription": "active", "since": "2026-11-01T00:00:00Z"},
          "confirmed_at": "2026-11-01T00:00:00Z"}');
    INSERT INTO lk_setup VALUES ('o', '00000000-0000-0000-0000-000000000002', 1, 1, '[]',
        '{"id": "00000000-0000-0000-0000-000000000002", "owner": "o", "begun_by": "a", "begun_at": "2026-11-01T00:00:00Z",
          "touched_at": "2026-11-02T00:00:00.5Z", "stage": "link_accounts", "person": "p", "candidates": [], "chosen": [],
          "preferences": {"answer": true, "alert": true}, "synchronisation": {"history": {"newest": 100}, "profiles": true}}');
    "#;

/// Takes back what the migration of subjects made, and writes what was found before it.
const FOUND_BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version = 8;
    DROP TABLE lk_finding;
    CREATE TABLE lk_finding (owner TEXT NOT NULL, code TEXT NOT NULL, account TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (owner, code, account)) WITHOUT ROWID;
    INSERT INTO lk_finding VALUES ('o', 'lost', '', '{"code": "lost", "severity": "blocks", "account": null, "platform": null,
        "features": ["send"], "cause": "it is lost", "remedy": {"who": "owner", "what": "find it", "url": null, "recheck": "look again"},
        "since": "2026-11-01T00:00:00Z", "weight": 9}');
    INSERT INTO lk_finding VALUES ('o', 'lost', 'messenger:1', '{"code": "lost", "severity": "blocks",
        "account": {"platform": "messenger", "id": "1"}, "platform": "messenger", "features": [], "cause": "it is lost",
        "remedy": {"who": "owner", "what": "find it", "url": null, "recheck": "look again"}, "since": "2026-11-02T00:00:00Z"}');
    "#;

/// Takes back what the migration of the outbox made, and writes intents as they were stored before it.
const QUEUED_BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version IN (13, 16);
    DROP INDEX lk_intent_due;
    DROP INDEX lk_intent_open;
    DROP INDEX lk_intent_open_talk;
    DROP INDEX lk_intent_doubt;
    DROP INDEX lk_intent_ahead;
    CREATE INDEX lk_intent_ahead ON lk_intent (owner, account, peer) WHERE state IN ('queued', 'sending');
    DROP TABLE lk_turn;
    DROP TABLE lk_pause;
    DROP INDEX lk_intent_line;
    DROP INDEX lk_intent_counted;
    DROP INDEX lk_intent_look;
    DROP INDEX lk_intent_settled;
    ALTER TABLE lk_intent DROP COLUMN priority;
    ALTER TABLE lk_intent DROP COLUMN kind;
    ALTER TABLE lk_intent DROP COLUMN look_at;
    ALTER TABLE lk_intent DROP COLUMN by_history;
    CREATE INDEX lk_intent_queued ON lk_intent (created_at, id) WHERE state = 'queued';
    WITH told (n, peer, key, state, body, stood) AS (VALUES
        (1, '7', 'text', 'queued', '{"text": "hi"}', '{"state": "queued"}'),
        (2, '8', 'film', 'queued', '{"attachment": {"kind": "video", "url": "https://x.test/1"}}', '{"state": "queued"}'),
        (3, '9', 'lost', 'unknown', '{"text": "hi"}', '{"state": "unknown", "since": "2026-11-01T00:00:05Z", "cause": "send the message"}'),
        (4, '9', 'sent', 'sent', '{"text": "hi"}', '{"state": "sent", "message": "m_1"}'))
    INSERT INTO lk_content (n, size, used, body) SELECT n, 1000, 1, json_object('id', '00000000-0000-0000-0000-00000000000' || n,
        'account', json('{"owner": "o", "account": {"platform": "messenger", "id": "1"}}'), 'road', 'facebook',
        'outgoing', json_object('to', peer, 'body', json(body), 'reply_to', NULL, 'purpose', 'response', 'metadata', NULL), 'key', key,
        'by', json('{"owner": "o", "actor": "a", "role": "owner", "place": null}'), 'created_at', '2026-11-01T00:00:00Z',
        'available_at', '2026-11-01T00:00:00Z', 'tries', 0, 'state', json(stood)) FROM told;
    INSERT INTO lk_intent (owner, id, account, peer, key, state, created_at, available_at, content)
        SELECT 'o', body ->> '$.id', 'messenger:1', body ->> '$.outgoing.to', body ->> '$.key', body ->> '$.state.state',
        1793491200000000000, 1793491200000000000, n FROM lk_content;
    "#;

/// If this failed, an update of the program would leave what was queued lying, count films as texts, or never look for what was lost.
#[tokio::test]
async fn what_an_older_program_queued_is_sent_and_what_it_lost_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(QUEUED_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let outbox = Sqlite::open(&path).await.unwrap().outbox();
    let (now, lease) = ("2026-11-02T00:00:00Z".parse().unwrap(), Duration::from_secs(60));
    let account = "messenger:1".parse().unwrap();
    assert_eq!(outbox.ahead(&account, RateKind::Media, Priority::Bulk).await.unwrap(), 1);
    assert_eq!(outbox.ahead(&account, RateKind::Send, Priority::Person).await.unwrap(), 2);
    let keys = |intents: Vec<Intent>| intents.into_iter().map(|intent| intent.key).collect::<Vec<_>>();
    assert_eq!(keys(outbox.claim_unknown(now, lease).await.unwrap()), ["lost"]);
    assert_eq!(keys(outbox.claim(&Claim::new(9, now, lease)).await.unwrap()), ["text", "film"]);
    let view = View::system("o".parse().unwrap(), "test");
    let sent = outbox.keyed(&view, "sent").await.unwrap().unwrap();
    assert_eq!(sent.state, IntentState::Sent { message: "m_1".parse().unwrap(), by: Proof::Answer });
}

/// Takes back what the migration of notices made, and writes some as they were stored before it.
const NOTICED_BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version IN (21, 23);
    DROP TABLE lk_alias;
    DROP INDEX lk_notice_message;
    ALTER TABLE lk_notice DROP COLUMN road;
    ALTER TABLE lk_notice DROP COLUMN mid;
    INSERT INTO lk_content (n, size, used, body) VALUES (1, 300, 1, '{"account": {"owner": "o", "account":
        {"platform": "messenger", "id": "1"}}, "road": "facebook", "peer": null, "kind": "message", "at": "2026-11-01T00:00:00Z",
        "raw": {"message": {"id": "m_1", "text": "note to myself"}}}'), (2, 20, 1, 'does not read');
    INSERT INTO lk_notice (owner, account, digest, at, content) VALUES ('o', 'messenger:1', 'd1', 1, 1), ('o', 'messenger:1', 'd2', 2, 2);
    "#;

/// If this failed, what somebody takes back after an update would stay readable.
#[tokio::test]
async fn what_an_older_program_kept_without_a_word_goes_when_its_message_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(NOTICED_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let sqlite = Sqlite::open(&path).await.unwrap();
    apply(&sqlite.messages(), &[Scene::new("o", "messenger:1", "7").unsends("m_1", 9)]).await.unwrap();
    let pool = sqlite.into_pool();
    let left: Vec<String> = sqlx::query_scalar("SELECT digest FROM lk_notice").fetch_all(&pool).await.unwrap();
    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM lk_content WHERE body LIKE '%myself%'").fetch_all(&pool).await.unwrap();
    assert_eq!((left, bodies), (vec!["d2".to_owned()], Vec::new()));
}

/// Takes back what the migration of aliases made, and writes what was kept before it of messages that were taken back.
const TAKEN_BACK_BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version = 23;
    DROP TABLE lk_alias;
    INSERT INTO lk_content (n, size, used, body) VALUES (1, 60, 1, '{"unsent": "2026-11-01T00:00:00Z"}'),
        (2, 90, 1, '{"same_as": {"road": "facebook", "id": "m_1"}}   '), (3, 20, 1, 'does not read'),
        (4, 30, 1, 'note to myself                '), (5, 16, 1, 'note to myself  '), (6, 14, 1, 'note to others');
    INSERT INTO lk_message (owner, account, road, mid, unsent, content) VALUES ('o', 'instagram:1', 'facebook', 'm_1', 1, 1),
        ('o', 'instagram:1', 'instagram', 'x_1', 0, 2), ('o', 'instagram:1', 'instagram', 'x_2', 0, 3);
    INSERT INTO lk_notice (owner, account, digest, at, content, road, mid) VALUES ('o', 'instagram:1', 'd1', 1, 4, 'facebook', 'm_1'),
        ('o', 'instagram:1', 'd2', 2, 5, 'instagram', 'x_1'), ('o', 'instagram:1', 'd3', 2, 6, 'instagram', 'm_1');
    "#;

/// If this failed, what somebody took back before an update would stay readable for good.
#[tokio::test]
async fn what_an_older_program_kept_of_messages_that_were_taken_back_is_blanked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(TAKEN_BACK_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let left: Vec<String> = sqlx::query_scalar("SELECT digest FROM lk_notice").fetch_all(&mut file).await.unwrap();
    let slots = "SELECT n, used, octet_length(body) = size, trim(body) FROM lk_content WHERE n > 3 ORDER BY n";
    let slots: Vec<(i64, i64, bool, String)> = sqlx::query_as(slots).fetch_all(&mut file).await.unwrap();
    let aliases: Vec<(String, String)> = sqlx::query_as("SELECT mid, kept_mid FROM lk_alias").fetch_all(&mut file).await.unwrap();
    file.close().await.unwrap();
    assert_eq!(left, ["d3"]);
    let (blank, kept) = (String::new(), "note to others".to_owned());
    assert_eq!(slots, [(4, 0, true, blank.clone()), (5, 0, true, blank), (6, 1, true, kept)]);
    assert_eq!(aliases, [("x_1".to_owned(), "m_1".to_owned())]);
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let found = files.map(|bytes| bytes.windows(14).filter(|part| *part == b"note to myself").count()).sum::<usize>();
    assert_eq!(found, 0, "it is still in the file");
}

/// Takes back what the migration of history made, and writes a backfill and a conversation as they were stored before it.
const READ_BEFORE: &str = r#"
    DELETE FROM link_kit_migrations WHERE version = 11;
    DROP TABLE lk_backfill_reading;
    ALTER TABLE lk_backfill DROP COLUMN ticket;
    ALTER TABLE lk_backfill DROP COLUMN since_round;
    INSERT INTO lk_backfill VALUES ('o', 'messenger:1', 'facebook', 1, NULL,
        '{"connection": {"account": {"owner": "o", "account": {"platform": "messenger", "id": "1"}}, "road": "facebook"},
          "depth": "everything", "confirmed_at": "2026-11-01T00:00:00Z", "listing": null, "listed": true,
          "deeper": [{"thread": "t_7", "peer": "7", "after": "older", "read": 50}], "conversations": 1, "messages": 50, "unreadable": 0,
          "tries": 0, "state": {"state": "waiting", "until": "2026-11-01T00:00:00Z"}}');
    "#;

static LOST: Cause = Cause::new("lost", Severity::Blocks, "it is lost", &[Remedy::new(Who::Owner, "find it")]);

/// If this failed, an update of the program would forget what stands in the way, or tell all of it as news.
#[tokio::test]
async fn what_an_older_program_found_stands_and_becomes_somebodys_at_the_next_look() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(FOUND_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let sqlite = Sqlite::open(&path).await.unwrap();
    let (findings, feed) = (sqlite.findings(), sqlite.feed());
    let all = View::system("o".parse().unwrap(), "test");
    let old = findings.findings(&all).await.unwrap();
    let [page, since] = ["messenger:1", "2026-11-01T00:00:00Z"];
    assert_eq!(
        old.iter().map(|finding| finding.since.to_rfc3339()).collect::<Vec<_>>(),
        ["2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"]
    );
    assert!(old.iter().all(|finding| finding.subject == Subject::Untold), "{old:?}");
    let one = all.clone().with_accounts(Accounts::Only([page.parse().unwrap()].into()));
    let seen = findings.findings(&one).await.unwrap();
    assert_eq!(seen.iter().filter(|finding| finding.account.is_none()).count(), 0, "what may be another one's is shown");
    assert_eq!(seen.len(), 1);

    let hers = Subject::person(Road::FACEBOOK, "p".parse().unwrap());
    let checks = [LOST.found().of(hers.clone()), LOST.absent().at(page.parse().unwrap()).of(Subject::road(Road::FACEBOOK))];
    let now = "2026-11-03T00:00:00Z".parse().unwrap();
    let (owner, end) = ("o".parse().unwrap(), feed.end().await.unwrap());
    let stands = findings.update(&owner, &|stored| examined(&owner, stored, &checks, now)).await.unwrap();
    assert_eq!((stands.len(), &stands[0].subject, stands[0].since), (1, &hers, since.parse::<DateTime<Utc>>().unwrap()));
    assert_eq!(feed.end().await.unwrap().0, end.0 + 1, "what stood before is told as new, or what is gone is not told");
    assert_eq!(findings.findings(&all).await.unwrap(), stands);
}

/// If this failed, an update of the program in the middle of reading history would leave the older messages unread for ever.
#[tokio::test]
async fn a_backfill_that_an_older_program_was_at_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(READ_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let store = Sqlite::open(&path).await.unwrap().backfills();
    let lease = std::time::Duration::from_secs(60);
    let mut held = store.claim("2026-11-02T00:00:00Z".parse().unwrap(), lease).await.unwrap().unwrap();
    assert_eq!((held.backfill.listed, held.backfill.messages), (true, 50));
    let carried = std::mem::take(&mut held.backfill.carried);
    assert_eq!((carried[0].peer.as_str(), carried[0].read), ("7", 50));
    assert!(store.save(&held, &carried).await.unwrap());
    assert_eq!(store.waiting(&held.backfill.connection, 9).await.unwrap(), carried);
}

/// If this failed, an update of the program would lose what owners agreed to, or end the consent that a link stands on.
#[tokio::test]
async fn what_an_older_program_stored_is_agreed_to_found_and_closed_like_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let sqlite = Sqlite::open(&path).await.unwrap();
    let view = View::system("o".parse().unwrap(), "test");
    let link = sqlite.links().links(&view).await.unwrap().remove(0);
    assert_eq!(sqlite.links().consents(&view, link.id).await.unwrap(), std::slice::from_ref(&link.consent));
    let person: PersonId = "p".parse().unwrap();
    assert_eq!(sqlite.links().authorised_by(&Road::FACEBOOK, &person).await.unwrap().len(), 1);
    assert_eq!(sqlite.setups().resting_on(&Road::FACEBOOK, &person).await.unwrap().len(), 1);
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    assert!(sqlite.setups().idle(at("2026-11-02T00:00:00Z"), 10).await.unwrap().is_empty(), "somebody who takes his time is cut off");
    assert_eq!(sqlite.setups().idle(at("2026-11-02T00:00:01Z"), 10).await.unwrap().len(), 1, "an old setup is never closed");
    sqlite.close().await;

    // The record of agreements stays as it is, whoever writes to the file.
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let forged = sqlx::raw_sql("UPDATE lk_consent SET body = replace(body, '\"a\"', '\"b\"')").execute(&mut file).await;
    assert!(forged.is_err(), "what somebody agreed to was changed");
}
