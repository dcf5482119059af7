//! An engine that cannot write says so, and has written nothing.

use std::error::Error as _;
use std::time::Duration;

use link_core::words::feed::Feed as _;
use link_core::words::journal::Journal as _;
use link_core::{ErrorKind, Who};
use link_store_sqlite::{Options, Sqlite};
use sqlx::sqlite::SqlitePool;

use crate::fixture::{envelope, fresh};

async fn impatient() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Options::new().busy_timeout(Duration::from_millis(50)).open(folder.path().join("links.db")).await.unwrap();
    (folder, sqlite)
}

/// While somebody else holds the file, nothing may be acknowledged; when they let go, it must work again.
#[tokio::test]
async fn a_locked_file_is_an_error_that_passes() {
    let (folder, sqlite) = impatient().await;
    let other = SqlitePool::connect(&format!("sqlite://{}", folder.path().join("links.db").display())).await.unwrap();
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let (journal, told) = (sqlite.journal(), [envelope("a", Some(1), "one")]);
    let error = journal.append(&told).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Store, true));
    assert_eq!(error.remedy().unwrap().who, Who::Developer);
    assert_eq!(error.to_string(), "append to the journal");
    assert!(error.source().unwrap().to_string().contains("locked"));
    assert_eq!(sqlite.feed().tell(&[]).await.unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(journal.figures().await.unwrap().open, 0);
    held.rollback().await.unwrap();
    journal.append(&told).await.unwrap();
    assert_eq!(journal.figures().await.unwrap().open, 1);
}

/// A full disk is answered with an error, and half a delivery is never kept.
#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_call_and_everything_before() {
    let (_folder, sqlite) = fresh().await;
    let journal = sqlite.journal();
    journal.append(&[envelope("a", Some(1), "before")]).await.unwrap();
    let writer = sqlite.clone().into_pool();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&writer).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 8))).execute(&writer).await.unwrap();
    let many: Vec<_> = (0..400).map(|_| envelope("a", Some(1), &"x".repeat(500))).collect();
    let error = journal.append(&many).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.remedy().unwrap().what.contains("disk space"));
    assert_eq!(journal.figures().await.unwrap().open, 1);
    journal.append(&[envelope("a", Some(1), "small enough")]).await.unwrap();
    assert_eq!(journal.figures().await.unwrap().open, 2);
}

/// A delivery that is too large for the disk must not take those with it that came at the same time.
#[tokio::test]
async fn one_call_too_large_spoils_only_itself() {
    let (_folder, sqlite) = fresh().await;
    let writer = sqlite.clone().into_pool();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&writer).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 20))).execute(&writer).await.unwrap();
    let held = writer.acquire().await.unwrap();
    let journal = sqlite.journal();
    let large: Vec<_> = (0..400).map(|_| envelope("a", Some(1), &"x".repeat(500))).collect();
    let small = [envelope("a", Some(2), "small")];
    // The first call is waiting for the writer while the others queue up behind it, and so become one group.
    let calls = async { tokio::join!(journal.append(&small), journal.append(&large), journal.append(&small)) };
    let release = async { drop(held) };
    let ((first, second, third), ()) = tokio::join!(calls, release);
    assert!(first.is_ok() && third.is_ok());
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(journal.figures().await.unwrap().open, 2);
}

/// A store that may not write must say so, and must go on reading.
#[tokio::test]
async fn a_read_only_file_is_an_error_with_a_remedy() {
    let (_folder, sqlite) = fresh().await;
    let journal = sqlite.journal();
    journal.append(&[envelope("a", Some(1), "before")]).await.unwrap();
    sqlx::query("PRAGMA query_only = ON").execute(&sqlite.clone().into_pool()).await.unwrap();
    let error = journal.append(&[envelope("a", Some(1), "after")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.remedy().unwrap().what.contains("writable"));
    assert_eq!(journal.figures().await.unwrap().open, 1);
}

/// A file that is something else must be left alone and named as what it is.
#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear reader, ".repeat(500)).unwrap();
    assert_eq!(Sqlite::open(&path).await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(Sqlite::open(folder.path().join("missing/links.db")).await.unwrap_err().kind(), ErrorKind::Store);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("Dear reader"));
}

/// What a log shows of a store must help, and must not show where the host keeps its files.
#[tokio::test]
async fn debug_names_the_file_and_not_its_folder() {
    let (folder, sqlite) = fresh().await;
    for shown in [format!("{sqlite:?}"), format!("{:?}", sqlite.journal()), format!("{:?}", sqlite.credentials())] {
        assert!(shown.contains("links.db") && shown.contains("lk_"), "{shown}");
        assert!(!shown.contains(&folder.path().display().to_string()), "{shown}");
    }
}
