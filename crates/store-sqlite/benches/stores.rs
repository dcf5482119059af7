//! What durability and joining cost, against bare SQLite on the same disk in the same run. Medians and ratios:
//! `cargo bench -p link-store-sqlite`, optionally `-- <rounds>`.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a measurement may stop where it is wrong")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use link_core::words::envelope::{Envelope, Item, Lane};
use link_core::words::event::Channel;
use link_core::words::journal::{Journal as _, Settlement};
use link_core::words::raw::Raw;
use link_core::{AccountKey, OwnerId, Platform, Road};
use link_store_sqlite::Sqlite;
use link_sync::testing::Scene;
use link_sync::{Fact, apply};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

const BATCH: usize = 500;
const BATCHES: usize = 10;
const CALLERS: u64 = 64;
const SINGLES: usize = 20;

#[tokio::main]
async fn main() {
    let rounds: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(7);
    println!("{rounds} rounds, medians; an item is {} bytes of JSON", serde_json::to_vec(&envelope(0).item).unwrap().len());

    let bare_batches = median(rounds, bare_batches).await;
    let batches = median(rounds, batches).await;
    compare("append, batches of 500, one caller", batches, "bare rows in transactions of 500", bare_batches);

    let bare_bulk = median(rounds, bare_bulk).await;
    compare("append, batches of 500, one caller", batches, "bare statements of 500 rows", bare_bulk);

    let bare_singles = median(rounds, bare_singles).await;
    let alone = median(rounds, singles_alone).await;
    compare("append, single, one caller", alone, "bare rows, one transaction each", bare_singles);
    let crowd = median(rounds, singles_in_a_crowd).await;
    compare("append, single, 64 callers", crowd, "bare rows, one transaction each", bare_singles);

    let drained = median(rounds, drained).await;
    compare("claim 500 and settle 500", drained, "bare rows in transactions of 500", bare_batches);

    let purged = median(rounds, purged).await;
    println!("{:<36} {:>9.1} ms in a journal of {} envelopes", "purge a lane", 1e3 * (BATCH * BATCHES) as f64 / purged, BATCH * BATCHES);

    let bare_upserts = median(rounds, bare_upserts).await;
    let applied = median(rounds, applied).await;
    compare("apply new messages, batches of 500", applied, "bare upserts in transactions of 500", bare_upserts);
    let repeated = median(rounds, applied_again).await;
    compare("apply known messages again", repeated, "bare upserts in transactions of 500", bare_upserts);
    let changed = median(rounds, changed).await;
    compare("apply a reaction to each", changed, "bare upserts in transactions of 500", bare_upserts);
}

/// Rows per second: the median of some rounds, each in a new folder.
async fn median(rounds: usize, measure: impl AsyncFn(&Path) -> (usize, Duration)) -> f64 {
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let (rows, took) = measure(folder.path()).await;
        rates.push(rows as f64 / took.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn compare(ours: &str, rate: f64, bare: &str, than: f64) {
    println!("{ours:<36} {rate:>9.0}/s   {bare:<36} {than:>9.0}/s   ratio {:.2}", rate / than);
}

fn envelope(number: u64) -> Envelope {
    let account = AccountKey::new(OwnerId::new("owner").unwrap(), "messenger:100000000000001".parse().unwrap());
    let body = format!(
        r#"{{"sender":{{"id":"24{number:014}"}},"recipient":{{"id":"100000000000001"}},"timestamp":1790000000000,"message":{{"mid":"m_{number:064}","text":"{}"}}}}"#,
        "good morning, is the bread still warm? ".repeat(4)
    );
    let item = Item::new(Platform::MESSENGER, Road::FACEBOOK, Channel::Messaging, DateTime::UNIX_EPOCH, Raw::parse(body).unwrap());
    Envelope { owner: account.owner.clone(), lane: Lane { account, peer: Some(number % 100) }, received_at: DateTime::UNIX_EPOCH, item }
}

fn envelopes() -> Vec<Envelope> {
    (0..BATCH as u64).map(envelope).collect()
}

async fn bare(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join("bare.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).pragma("secure_delete", "ON");
    let mut connection = options.disable_statement_logging().connect().await.unwrap();
    let tables = "CREATE TABLE journal (seq INTEGER PRIMARY KEY, item BLOB NOT NULL); \
                  CREATE TABLE message (owner TEXT, account TEXT, road TEXT, mid TEXT, at INTEGER, body TEXT, \
                  UNIQUE (owner, account, road, mid))";
    connection.execute(tables).await.unwrap();
    connection
}

async fn bare_row(connection: &mut SqliteConnection, item: &[u8]) {
    sqlx::query("INSERT INTO journal (item) VALUES (?)").bind(item).execute(connection).await.unwrap();
}

async fn bare_batches(folder: &Path) -> (usize, Duration) {
    let mut connection = bare(folder).await;
    let items: Vec<_> = envelopes().iter().map(|envelope| serde_json::to_vec(&envelope.item).unwrap()).collect();
    let start = Instant::now();
    for _ in 0..BATCHES {
        let mut transaction = connection.begin().await.unwrap();
        for item in &items {
            bare_row(&mut transaction, item).await;
        }
        transaction.commit().await.unwrap();
    }
    (BATCH * BATCHES, start.elapsed())
}

async fn bare_bulk(folder: &Path) -> (usize, Duration) {
    let mut connection = bare(folder).await;
    let items: Vec<_> = envelopes().iter().map(|envelope| serde_json::to_vec(&envelope.item).unwrap()).collect();
    let sql: Arc<str> = format!("INSERT INTO journal (item) VALUES {}", vec!["(?)"; BATCH].join(", ")).into();
    let start = Instant::now();
    for _ in 0..BATCHES {
        let insert = sqlx::query(AssertSqlSafe(Arc::clone(&sql)));
        items.iter().fold(insert, |insert, item| insert.bind(&item[..])).execute(&mut connection).await.unwrap();
    }
    (BATCH * BATCHES, start.elapsed())
}

async fn bare_singles(folder: &Path) -> (usize, Duration) {
    let mut connection = bare(folder).await;
    let item = serde_json::to_vec(&envelope(0).item).unwrap();
    let start = Instant::now();
    for _ in 0..BATCH {
        bare_row(&mut connection, &item).await;
    }
    (BATCH, start.elapsed())
}

async fn bare_upserts(folder: &Path) -> (usize, Duration) {
    let mut connection = bare(folder).await;
    let body = serde_json::to_string(&envelope(0).item).unwrap();
    let start = Instant::now();
    for batch in 0..BATCHES {
        let mut transaction = connection.begin().await.unwrap();
        for number in 0..BATCH {
            let sql = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, body = excluded.body";
            let row = sqlx::query(sql).bind("owner").bind("messenger:100000000000001").bind("facebook");
            row.bind(mid(batch, number)).bind(1_790_000_000_i64).bind(&body).execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    (BATCH * BATCHES, start.elapsed())
}

async fn opened(folder: &Path) -> Sqlite {
    Sqlite::open(folder.join("links.db")).await.unwrap()
}

async fn batches(folder: &Path) -> (usize, Duration) {
    let (journal, told) = (opened(folder).await.journal(), envelopes());
    let start = Instant::now();
    for _ in 0..BATCHES {
        journal.append(&told).await.unwrap();
    }
    (BATCH * BATCHES, start.elapsed())
}

async fn singles_alone(folder: &Path) -> (usize, Duration) {
    let (journal, told) = (opened(folder).await.journal(), [envelope(0)]);
    let start = Instant::now();
    for _ in 0..BATCH {
        journal.append(&told).await.unwrap();
    }
    (BATCH, start.elapsed())
}

async fn singles_in_a_crowd(folder: &Path) -> (usize, Duration) {
    let sqlite = opened(folder).await;
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let journal = sqlite.journal();
            tokio::spawn(async move {
                for _ in 0..SINGLES {
                    journal.append(&[envelope(caller)]).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    (usize::try_from(CALLERS).unwrap() * SINGLES, start.elapsed())
}

async fn drained(folder: &Path) -> (usize, Duration) {
    let (journal, told) = (opened(folder).await.journal(), envelopes());
    for _ in 0..BATCHES {
        journal.append(&told).await.unwrap();
    }
    let start = Instant::now();
    loop {
        let claimed = journal.claim(500, DateTime::UNIX_EPOCH, Duration::from_secs(60)).await.unwrap();
        if claimed.is_empty() {
            return (BATCH * BATCHES, start.elapsed());
        }
        let settled: Vec<_> = claimed.iter().map(|claimed| Settlement::Applied(claimed.sequence)).collect();
        journal.settle(&settled, DateTime::UNIX_EPOCH).await.unwrap();
    }
}

async fn purged(folder: &Path) -> (usize, Duration) {
    let (journal, told) = (opened(folder).await.journal(), envelopes());
    for _ in 0..BATCHES {
        journal.append(&told).await.unwrap();
    }
    let start = Instant::now();
    journal.purge(&told[0].lane).await.unwrap();
    (BATCH * BATCHES, start.elapsed())
}

fn mid(batch: usize, number: usize) -> String {
    // Ids of a platform come in no order.
    format!("m_{:064}", (batch * BATCH + number).wrapping_mul(2_654_435_761) % 1_000_000_007)
}

/// Fifty conversations, ten messages of each in a batch.
fn facts(batch: usize, told: impl Fn(&Scene, &str, i64) -> Fact) -> Vec<Fact> {
    let scenes: Vec<_> = (0..50).map(|peer| Scene::new("owner", "messenger:100000000000001", &format!("24{peer:014}"))).collect();
    let second = |number: usize| i64::try_from(batch * BATCH + number).unwrap();
    (0..BATCH).map(|number| told(&scenes[number % scenes.len()], &mid(batch, number), second(number))).collect()
}

fn written(batch: usize) -> Vec<Fact> {
    let text = "good morning, is the bread still warm? ".repeat(4);
    facts(batch, |scene, id, second| scene.writes(id, second, &text))
}

async fn timed(sqlite: &Sqlite, batches: Vec<Vec<Fact>>) -> (usize, Duration) {
    let store = sqlite.messages();
    let start = Instant::now();
    for batch in &batches {
        apply(&store, batch).await.unwrap();
    }
    (BATCH * batches.len(), start.elapsed())
}

async fn applied(folder: &Path) -> (usize, Duration) {
    timed(&opened(folder).await, (0..BATCHES).map(written).collect()).await
}

async fn applied_again(folder: &Path) -> (usize, Duration) {
    let sqlite = opened(folder).await;
    timed(&sqlite, (0..BATCHES).map(written).collect()).await;
    timed(&sqlite, (0..BATCHES).map(written).collect()).await
}

async fn changed(folder: &Path) -> (usize, Duration) {
    let sqlite = opened(folder).await;
    timed(&sqlite, (0..BATCHES).map(written).collect()).await;
    let reactions = |batch| facts(batch, |scene, id, second| scene.reacts(id, second, Some("!")));
    timed(&sqlite, (0..BATCHES).map(reactions).collect()).await
}
