//! What was erased is nowhere in the files.

use std::path::Path;
use std::time::Duration;

use link_core::words::journal::{Journal as _, Settlement};

use crate::fixture::{at, envelope, fresh};

const MARKER: &str = "planted-marker-7c1e";

/// How often the marker is in the database and the files beside it.
pub(crate) fn found(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.map(|bytes| bytes.windows(MARKER.len()).filter(|window| *window == MARKER.as_bytes()).count()).sum()
}

/// A person who was erased must not be readable in the file with an editor.
#[tokio::test]
async fn a_purged_lane_leaves_no_trace_in_the_files() {
    let (folder, sqlite) = fresh().await;
    let journal = sqlite.journal();
    for round in 0..40_u64 {
        let long = MARKER.repeat(usize::try_from(round).unwrap() * 13 + 1);
        journal.append(&[envelope("a", Some(round % 5), &long), envelope("a", Some(9), "somebody else")]).await.unwrap();
    }
    let claimed = journal.claim(60, at(2), Duration::from_secs(1)).await.unwrap();
    let settled: Vec<_> = claimed.iter().step_by(3).map(|claimed| Settlement::Applied(claimed.sequence)).collect();
    journal.settle(&settled, at(3)).await.unwrap();
    assert!(found(folder.path()) > 40);
    let mut gone = 0;
    for lane in 0..5 {
        gone += journal.purge(&envelope("a", Some(lane), "").lane).await.unwrap();
    }
    assert_eq!(gone, 40);
    assert_eq!(found(folder.path()), 0);
}

/// While somebody reads an older state, the log cannot be emptied: then a purge must not say that it is done.
#[tokio::test]
async fn a_purge_that_cannot_reach_the_log_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let options = link_store_sqlite::Options::new().busy_timeout(Duration::from_millis(50));
    let journal = options.open(&path).await.unwrap().journal();
    let reader = sqlx::sqlite::SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    journal.append(&[envelope("a", Some(1), MARKER)]).await.unwrap();
    let mut old = reader.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM lk_journal").fetch_one(&mut *old).await.unwrap();
    let lane = envelope("a", Some(1), "").lane;
    assert!(journal.purge(&lane).await.unwrap_err().remedy().unwrap().what.contains("reader"));
    old.rollback().await.unwrap();
    assert_eq!(journal.purge(&lane).await.unwrap(), 0);
    assert_eq!(found(folder.path()), 0);
}
