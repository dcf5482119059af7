//! What is left when the process ends without a word.

use std::process::{Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use link_core::words::journal::Journal as _;
use link_store_sqlite::Sqlite;

use crate::fixture::{at, envelope};

const LEASE: Duration = Duration::from_secs(60);
const VICTIM: &str = "LINK_STORE_SQLITE_VICTIM";

/// A worker that died with envelopes in its hands must not have taken them with it.
#[tokio::test]
async fn claims_of_the_dead_are_claimed_again_after_their_lease() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let before = Sqlite::open(&path).await.unwrap();
    before.journal().append(&[envelope("a", Some(1), "one"), envelope("b", Some(1), "two")]).await.unwrap();
    assert_eq!(before.journal().claim(1, at(2), LEASE).await.unwrap().len(), 1);
    drop(before);
    let after = Sqlite::open(&path).await.unwrap();
    assert_eq!(after.journal().claim(10, at(3), LEASE).await.unwrap().len(), 1);
    let again = after.journal().claim(10, at(2) + TimeDelta::seconds(60), LEASE).await.unwrap();
    assert_eq!(again.iter().map(|claimed| (claimed.envelope.owner.as_str(), claimed.attempt)).collect::<Vec<_>>(), [("a", 2)]);
}

/// Whatever was acknowledged must still be there after `kill -9`: otherwise a message is lost that nobody sends again.
#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::appends_until_it_is_killed", "--nocapture", "--include-ignored"])
        .env(VICTIM, &path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let acknowledged = {
        use std::io::BufRead as _;
        let lines = std::io::BufReader::new(victim.stdout.take().unwrap()).lines();
        let numbers = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        numbers.take_while(|number| *number <= 200).last().unwrap()
    };
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(acknowledged >= 200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Sqlite::open(&path).await.unwrap().journal();
        assert!(journal.figures().await.unwrap().open >= acknowledged);
    });
}

/// The process that the test above kills.
#[tokio::test]
#[ignore = "run by what_was_acknowledged_survives_a_kill"]
async fn appends_until_it_is_killed() {
    let Ok(path) = std::env::var(VICTIM) else { return };
    let journal = Sqlite::open(path).await.unwrap().journal();
    for number in 1_u64.. {
        journal.append(&[envelope("a", Some(number), "one")]).await.unwrap();
        println!("acknowledged {number}");
    }
}
