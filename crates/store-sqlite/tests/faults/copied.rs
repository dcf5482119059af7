//! The write-ahead log is copied into the file where nobody has to wait for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use link_core::words::journal::Journal as _;
use link_store_sqlite::Messages;
use link_sync::apply;
use link_sync::testing::Scene;

use crate::fixture::{envelope, fresh};
use crate::wiped::{MARKER, found};

/// Two thousand messages, after which the log is copied.
async fn many(store: &Messages, scene: &Scene, round: u32) {
    for part in 0..4 {
        let told = (0..500).map(|number| scene.writes(&format!("{round}-{part}-{number}"), 1, &"hello ".repeat(40)));
        apply(store, &told.collect::<Vec<_>>()).await.unwrap();
    }
}

fn size(folder: &Path, file: &str) -> u64 {
    std::fs::metadata(folder.join(file)).unwrap().len()
}

/// Or the commit that makes the log long enough waits until all of it is copied and synced. By itself the writer copies after four thousand
/// pages, and in a round there are not so many.
#[tokio::test]
async fn a_log_that_grows_is_copied_beside_the_writer_again_and_again() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    for round in 0..3 {
        let before = size(folder.path(), "links.db");
        many(&store, &scene, round).await;
        let mut further = 0;
        while size(folder.path(), "links.db") < before + 1_000_000 {
            assert!(further < 60, "round {round}: the file has {} bytes and had {before}", size(folder.path(), "links.db"));
            apply(&store, &[scene.writes(&format!("{round}-further-{further}"), 2, "hello")]).await.unwrap();
            further += 1;
        }
        assert!(size(folder.path(), "links.db-wal") > 0, "the log is emptied though nothing was wiped, which takes as long as a commit");
    }
}

/// Whoever copies keeps the log from being emptied for a moment, without anybody reading it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_or_purged_while_the_log_is_copied_is_gone() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    let is_over = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&is_over);
    let writing = tokio::spawn(async move {
        let mut round = 0;
        while round < 3 || !until.load(Ordering::Relaxed) {
            many(&store, &scene, round).await;
            round += 1;
        }
    });
    let (store, scene, journal) = (sqlite.messages(), Scene::new("a", "messenger:1", "8"), sqlite.journal());
    for number in 0..12 {
        let id = format!("taken-{number}");
        apply(&store, &[scene.writes(&id, 1, MARKER)]).await.unwrap();
        apply(&store, &[scene.unsends(&id, 2)]).await.unwrap();
        journal.append(&[envelope("a", Some(1), MARKER)]).await.unwrap();
        assert_eq!(journal.purge(&envelope("a", Some(1), "").lane).await.unwrap(), 1, "after {number}");
    }
    is_over.store(true, Ordering::Relaxed);
    writing.await.unwrap();
    journal.purge(&envelope("a", Some(1), "").lane).await.unwrap();
    assert_eq!(found(folder.path()), 0);
}
