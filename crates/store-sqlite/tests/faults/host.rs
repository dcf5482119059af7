//! In a database that is somebody else's.

use std::time::Duration;

use link_core::ErrorKind;
use link_core::words::journal::Journal as _;
use link_store_sqlite::{Options, Sqlite};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::fixture::envelope;

async fn host(folder: &std::path::Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(folder.join("host.db")).create_if_missing(true);
    let host = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE _sqlx_migrations (mine TEXT); CREATE TABLE journal (mine TEXT); INSERT INTO journal VALUES ('kept')")
        .execute(&host)
        .await
        .unwrap();
    host
}

/// The host's tables and its own record of migrations must be as if we were not there.
#[tokio::test]
async fn lives_beside_the_hosts_tables() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let sqlite = Sqlite::beside(&host).await.unwrap();
    sqlite.journal().append(&[envelope("a", Some(1), "one")]).await.unwrap();
    let kept: String = sqlx::query_scalar("SELECT mine FROM journal").fetch_one(&host).await.unwrap();
    assert_eq!(kept, "kept");
    let foreign: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name")
            .fetch_all(&host)
            .await
            .unwrap();
    let ours = |name: &&String| name.starts_with("lk_") || *name == "link_kit_migrations";
    assert_eq!(foreign.iter().filter(|name| !ours(name)).collect::<Vec<_>>(), ["_sqlx_migrations", "journal"]);
    Sqlite::beside(&host).await.unwrap();
}

/// Two parts of one program must be able to keep two stores in one file without meeting.
#[tokio::test]
async fn two_prefixes_are_two_stores() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let first = Sqlite::open(&path).await.unwrap();
    let second = Options::new().prefix("other_").open(&path).await.unwrap();
    first.journal().append(&[envelope("a", Some(1), "one")]).await.unwrap();
    assert_eq!(first.journal().figures().await.unwrap().open, 1);
    assert_eq!(second.journal().figures().await.unwrap().open, 0);
    second.journal().append(&[envelope("a", Some(1), "two"), envelope("a", Some(1), "three")]).await.unwrap();
    assert_eq!(second.journal().figures().await.unwrap().open, 2);
    for prefix in ["", "Lk_", "1a", "a-b", "a; DROP TABLE journal; --"] {
        assert_eq!(Options::new().prefix(prefix).open(&path).await.unwrap_err().kind(), ErrorKind::Configuration, "{prefix}");
    }
}

/// A host whose database has no file would get a store of its own that it never sees again.
#[tokio::test]
async fn a_database_in_memory_is_refused() {
    let host = SqlitePool::connect("sqlite::memory:").await.unwrap();
    assert_eq!(Sqlite::beside(&host).await.unwrap_err().kind(), ErrorKind::Configuration);
}

/// Two processes that start at once must both find the tables.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let openers: Vec<_> = (0..6)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { Options::new().busy_timeout(Duration::from_secs(20)).open(path).await })
        })
        .collect();
    for opener in openers {
        let sqlite = opener.await.unwrap().unwrap();
        sqlite.journal().append(&[envelope("a", Some(1), "one")]).await.unwrap();
    }
}

/// Without these settings the promises about durability and wiping would be words.
#[tokio::test]
async fn our_connections_keep_our_promises_and_the_hosts_keep_the_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    sqlx::query("PRAGMA synchronous = OFF").execute(&host).await.unwrap();
    let writer = Sqlite::beside(&host).await.unwrap().into_pool();
    for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("secure_delete", "1"), ("foreign_keys", "1")] {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"))).fetch_one(&writer).await.unwrap();
        let value = sqlx::Row::try_get_unchecked::<String, _>(&row, 0).unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
}
