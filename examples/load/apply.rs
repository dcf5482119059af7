//! Messages into the full schema, beside bare prepared batches of the same rows into the same tables and indexes.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use link_core::words::content::Content;
use link_core::words::event::{Channel, Event, Said};
use link_core::words::moment::Moment;
use link_core::{AccountId, OwnerId, Road, ScopedId};
use link_store_sqlite::Sqlite;
use link_sync::{Fact, apply_all};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, TypeInfo as _, ValueRef as _};

/// How much of the bare rate is to be reached.
const REACH: f64 = 0.8;
/// What the applier takes in one transaction.
const BATCH: usize = 500;
/// How many conversations a batch is about.
const TALKS: usize = 50;
/// Rows of a bare prepared statement.
const STATEMENT: usize = 100;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Messages in a round.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Conversations they belong to.
    #[arg(long, default_value_t = 400)]
    conversations: usize,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// Measures and prints; true if enough of the bare rate was reached.
pub(crate) async fn run(arguments: &Arguments) -> bool {
    let batches: Vec<Vec<Fact>> = (0..arguments.messages).collect::<Vec<_>>().chunks(BATCH).map(|batch| told(batch, arguments)).collect();
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds {
        let folder = tempfile::tempdir().unwrap();
        let applied = rate(arguments.messages, ours_into(&folder.path().join("ours.db"), &batches).await);
        let copied = rate(arguments.messages, bare_into(folder.path(), batches.len()).await);
        ratios.push(applied / copied);
        ours.push(applied);
        bare.push(copied);
    }
    let (ours, bare, ratio) = (median(ours), median(bare), median(ratios));
    println!(
        "{} messages in {} conversations, batches of {BATCH}, {} rounds, medians",
        arguments.messages, arguments.conversations, arguments.rounds
    );
    println!("{:<44} {ours:>9.0} messages/s", "applied");
    println!("{:<44} {bare:>9.0} messages/s", "bare prepared batches, same rows and indexes");
    println!("{:<44} {ratio:>9.2} (reach: {REACH})", "ratio");
    ratio >= REACH
}

fn rate(messages: usize, took: Duration) -> f64 {
    messages as f64 / took.as_secs_f64()
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn told(numbers: &[usize], arguments: &Arguments) -> Vec<Fact> {
    let account: AccountId = "messenger:100000000000001".parse().unwrap();
    let owner = OwnerId::new("owner").unwrap();
    let begin = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
    let fact = |&number: &usize| {
        // Ids of a platform come in no order.
        let id = format!("m_{:064}", number.wrapping_mul(2_654_435_761) % 1_000_000_007);
        let content = Content::new(id.parse().unwrap()).with_text("good morning, is the bread still warm? ".repeat(4));
        let at = begin + TimeDelta::seconds(i64::try_from(number).unwrap());
        let mut event = Event::new(account.clone(), Road::FACEBOOK, Channel::Messaging, at, Said::Message(Box::new(content)));
        event.sender =
            Some(ScopedId::new(format!("24{:014}", (number / BATCH * TALKS + number % TALKS) % arguments.conversations)).unwrap());
        event.recipient = Some(ScopedId::new(account.id.as_str()).unwrap());
        event.at = Some(Moment::exact(at));
        Fact::new(owner.clone(), Some(begin), event)
    };
    numbers.iter().map(fact).collect()
}

async fn ours_into(file: &Path, batches: &[Vec<Fact>]) -> Duration {
    let store = Sqlite::open(file).await.unwrap().messages();
    let start = Instant::now();
    apply_all(&store, batches).await.unwrap();
    start.elapsed()
}

/// Writes what is in `ours.db` into tables of the same making, in as many transactions and with as many rows touched in each.
async fn bare_into(folder: &Path, transactions: usize) -> Duration {
    let mut from = opened(&folder.join("ours.db")).await;
    // The same tables and indexes, because the same code made them.
    drop(Sqlite::open(folder.join("bare.db")).await.unwrap());
    let mut to = opened(&folder.join("bare.db")).await;
    let overwritten = "ON CONFLICT (n) DO UPDATE SET used = excluded.used, body = excluded.body";
    let mut new = Vec::new();
    for (table, again) in [("lk_content", overwritten), ("lk_message", ""), ("lk_feed", "")] {
        new.push(Rows::read(&mut from, &format!("SELECT * FROM {table}"), &format!("INSERT INTO {table}"), again).await);
    }
    let touched = "ON CONFLICT (owner, account, peer) DO UPDATE SET last_activity = excluded.last_activity, \
                   unread_since = excluded.unread_since, content = excluded.content";
    let columns = "owner, account, peer, last_activity, unread_since, content";
    let talks = format!("SELECT {columns} FROM lk_conversation");
    let talks = Rows::read(&mut from, &talks, &format!("INSERT INTO lk_conversation ({columns})"), touched).await;
    let said = "SELECT * FROM lk_content WHERE n IN (SELECT content FROM lk_conversation)";
    let said = Rows::read(&mut from, said, "INSERT INTO lk_content", overwritten).await;
    let start = Instant::now();
    for transaction in 0..transactions {
        let mut write = to.begin_with("BEGIN IMMEDIATE").await.unwrap();
        for rows in &new {
            let share = |part: usize| rows.all.len() * part / transactions;
            rows.write(&mut write, share(transaction)..share(transaction + 1)).await;
        }
        for rows in [&talks, &said] {
            let begin = transaction * TALKS % rows.all.len();
            rows.write(&mut write, begin..(begin + TALKS).min(rows.all.len())).await;
        }
        write.commit().await.unwrap();
    }
    start.elapsed()
}

async fn opened(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let options = options.pragma("secure_delete", "ON").pragma("temp_store", "MEMORY").pragma("cache_size", "-16384");
    let options = options.pragma("wal_autocheckpoint", "4000");
    options.disable_statement_logging().connect().await.unwrap()
}

/// Rows of a table, and how they are written.
struct Rows {
    insert: String,
    places: String,
    again: String,
    all: Vec<Vec<Value>>,
}

enum Value {
    Nothing,
    Number(i64),
    Text(String),
}

impl Value {
    fn of(row: &SqliteRow, column: usize) -> Self {
        let kind = row.try_get_raw(column).unwrap().type_info().name().to_owned();
        match &kind[..] {
            "NULL" => Self::Nothing,
            "INTEGER" => Self::Number(row.get(column)),
            _ => Self::Text(row.get(column)),
        }
    }
}

impl Rows {
    async fn read(from: &mut SqliteConnection, select: &str, insert: &str, again: &str) -> Self {
        let rows = sqlx::query(AssertSqlSafe(select.to_owned())).fetch_all(from).await.unwrap();
        let all: Vec<Vec<Value>> = rows.iter().map(|row| (0..row.len()).map(|column| Value::of(row, column)).collect()).collect();
        let places = format!("({})", vec!["?"; all.first().map_or(1, Vec::len)].join(", "));
        Self { insert: insert.to_owned(), places, again: again.to_owned(), all }
    }

    async fn write(&self, to: &mut SqliteConnection, range: std::ops::Range<usize>) {
        for rows in self.all[range].chunks(STATEMENT) {
            let sql = format!("{} VALUES {} {}", self.insert, vec![&self.places[..]; rows.len()].join(", "), self.again);
            let insert = rows.iter().flatten().fold(sqlx::query(AssertSqlSafe(sql)), |insert, value| match value {
                Value::Nothing => insert.bind(None::<i64>),
                Value::Number(number) => insert.bind(number),
                Value::Text(text) => insert.bind(&text[..]),
            });
            insert.execute(&mut *to).await.unwrap();
        }
    }
}
