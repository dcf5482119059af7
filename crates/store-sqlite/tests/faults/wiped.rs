//! What was erased is nowhere in the files.

use std::path::Path;
use std::time::Duration;

use std::sync::Arc;

use link_core::words::clock::SystemClock;
use link_core::words::envelope::Item;
use link_core::words::event::Event;
use link_core::words::journal::{Journal as _, Settlement, TakenBack};
use link_core::words::ports::Decoder;
use link_core::words::work::{Next, Work as _};
use link_sync::testing::Scene;
use link_sync::{Applier, apply};

use crate::fixture::{at, envelope, fresh};

pub(crate) const MARKER: &str = "planted-marker-7c1e";

/// How often the marker is in the database and the files beside it.
pub(crate) fn found(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.map(|bytes| bytes.windows(MARKER.len()).filter(|window| *window == MARKER.as_bytes()).count()).sum()
}

/// Numbers in no order, the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn repeated(&mut self, word: &str, most: u64) -> String {
        word.repeat(usize::try_from(self.below(most)).unwrap() + 1)
    }
}

/// A person who was erased must not be readable in the file with an editor: not where their rows were, and not where rows of theirs had
/// been before others were forgotten and theirs moved.
#[tokio::test]
async fn a_purged_lane_leaves_no_trace_in_the_files() {
    let (folder, sqlite) = fresh().await;
    let (journal, mut draw) = (sqlite.journal(), Draw(1));
    let told: Vec<_> = (0..2_000_u64)
        .map(|number| if number % 3 == 0 { (number % 30, draw.repeated(MARKER, 40)) } else { (100, draw.repeated("harmless", 60)) })
        .map(|(lane, text)| envelope("a", Some(lane), &text))
        .collect();
    for part in told.chunks(150) {
        journal.append(part).await.unwrap();
    }
    let claimed = journal.claim(2_000, at(2), Duration::from_secs(1)).await.unwrap();
    for round in 0..6 {
        let some = claimed.iter().filter(|_| draw.below(5) == 0);
        let settled: Vec<_> = some.map(|claimed| Settlement::Applied(claimed.sequence)).collect();
        journal.settle(&settled, at(3 + round)).await.unwrap();
        journal.forget(at(4 + round)).await.unwrap();
    }
    assert!(found(folder.path()) > 500);
    for lane in 0..30 {
        journal.purge(&envelope("a", Some(lane), "").lane).await.unwrap();
    }
    assert_eq!(found(folder.path()), 0);
    let kept = journal.claim(2_000, at(100), Duration::from_secs(1)).await.unwrap();
    assert!(kept.iter().all(|claimed| claimed.envelope == told[usize::try_from(claimed.sequence.0).unwrap() - 1]));
    assert!(kept.len() > 300);
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

/// What somebody took back, in whatever state and place, must not be readable in the files. Rows that grow, shrink and move between
/// pages leave copies behind where a page was only laid out anew: `secure_delete` alone does not reach those.
#[tokio::test]
async fn a_message_that_was_taken_back_leaves_no_trace_in_the_files() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    let mut draw = Draw(1);
    let mut text = |number: u64, most: u64| draw.repeated(if number.is_multiple_of(3) { MARKER } else { "harmless" }, most);
    for start in (0..1_500).step_by(100) {
        let told: Vec<_> = (start..start + 100).map(|number| scene.writes(&format!("m{number}"), 1, &text(number, 30))).collect();
        apply(&store, &told).await.unwrap();
    }
    for round in 1..12_u32 {
        let edited: Vec<_> = (0..1_500)
            .filter(|number| (number * 7 + u64::from(round) * 3) % 11 < 3)
            .map(|number| scene.edits(&format!("m{number}"), 100 + i64::from(round), &text(number, 100), round))
            .collect();
        apply(&store, &edited).await.unwrap();
    }
    assert!(found(folder.path()) > 500);
    for part in 0..4 {
        let back: Vec<_> = (0..1_500_u64).filter(|n| n % 3 == 0 && n % 4 == part).map(|n| scene.unsends(&format!("m{n}"), 2_000)).collect();
        apply(&store, &back).await.unwrap();
    }
    assert_eq!(found(folder.path()), 0);
}

/// A slot must stay as long as it was made, also when its text is gone to a larger one: the promise that what was taken back is nowhere
/// rests on rows that never move, and a row that shrinks makes room for others to move into.
#[tokio::test]
async fn a_slot_that_a_text_has_outgrown_is_blanked_over_its_whole_length() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    let writer = sqlite.clone().into_pool();
    let slots = async || -> (i64, i64, i64) {
        let sql = "SELECT sum(octet_length(body) <> size), sum(used = 0), sum(used = 0 AND trim(body) <> '') FROM lk_content";
        sqlx::query_as(sql).fetch_one(&writer).await.unwrap()
    };
    let first: Vec<_> = (0..30).map(|number| scene.writes(&format!("m{number}"), 1, MARKER)).collect();
    apply(&store, &first).await.unwrap();
    let outgrown: Vec<_> = (0..30).map(|number| scene.edits(&format!("m{number}"), 2, &"harmless".repeat(100), 1)).collect();
    apply(&store, &outgrown).await.unwrap();
    assert_eq!(slots().await, (0, 30, 0), "a slot has another length than it was made with, or its old text is still in it");
    sqlite.journal().purge(&envelope("a", None, "").lane).await.unwrap();
    assert_eq!(found(folder.path()), 0, "a text that was replaced is still in the files after the log was emptied");
    // Who gets a blanked slot fills it from end to end again.
    let next: Vec<_> = (0..10).map(|number| scene.writes(&format!("n{number}"), 3, &"h".repeat(MARKER.len()))).collect();
    apply(&store, &next).await.unwrap();
    assert_eq!(slots().await, (0, 20, 0), "a blanked slot is not used again, or has another length than before");
}

/// Somebody who reads for long must not make everybody wait who takes a message back; and when they are gone, the text must go too.
#[tokio::test]
async fn a_long_reader_does_not_stop_messages_from_being_taken_back() {
    let (folder, sqlite) = fresh().await;
    let (store, scene) = (sqlite.messages(), Scene::new("a", "messenger:1", "7"));
    apply(&store, &[scene.writes("m1", 1, MARKER)]).await.unwrap();
    let reader = sqlx::sqlite::SqlitePool::connect(&format!("sqlite://{}", folder.path().join("links.db").display())).await.unwrap();
    let mut old = reader.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM lk_message").fetch_one(&mut *old).await.unwrap();
    let begun = std::time::Instant::now();
    apply(&store, &[scene.unsends("m1", 2)]).await.unwrap();
    apply(&store, &[scene.writes("m2", 3, "hello")]).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
    old.rollback().await.unwrap();
    sqlite.journal().purge(&envelope("a", None, "").lane).await.unwrap();
    assert_eq!(found(folder.path()), 0);
}

/// Speaks of a message by the first word of a text: it was written, or with a `-` before it taken back.
struct Spoken(Scene);

impl Decoder for Spoken {
    fn decode(&self, item: &Item) -> Vec<Event> {
        let told: serde_json::Value = serde_json::from_str(item.body.as_str()).unwrap();
        let text = told["message"]["text"].as_str().unwrap();
        let id = text.split(' ').next().unwrap();
        vec![match id.strip_prefix('-') {
            Some(id) => self.0.unsends(id, 9).event,
            None => self.0.writes(id, 1, text).event,
        }]
    }
}

/// A webhook's payload is kept for hours after it was applied. Whoever takes a message back within them takes it back there too, and
/// whoever took it back before its webhook came as well.
#[tokio::test]
async fn a_message_that_was_taken_back_leaves_no_trace_in_the_journal_either() {
    let (folder, sqlite) = fresh().await;
    let scene = Scene::new("a", "messenger:100", "7");
    let applier = Applier::new(
        Arc::new(sqlite.journal()),
        Arc::new(Spoken(scene)),
        Arc::new(sqlite.messages()),
        Arc::new(sqlite.links()),
        Arc::new(SystemClock),
    );
    let drain = async || while applier.step().await.unwrap() == Next::Again {};
    let (journal, mut draw) = (sqlite.journal(), Draw(1));
    let told: Vec<_> = (0..1_200_u64)
        .map(|number| (number, draw.repeated(if number.is_multiple_of(3) { MARKER } else { "harmless" }, 40)))
        .map(|(number, text)| envelope("a", Some(number % 30), &format!("m_{number:04} {text}")))
        .collect();
    let back = |of: &dyn Fn(u64) -> bool| {
        let taken = (0..1_200).filter(|number| number % 3 == 0 && of(*number));
        taken.map(|number| envelope("a", Some(number % 30), &format!("-m_{number:04}"))).collect::<Vec<_>>()
    };
    // Some are taken back before they came, some together with it, some hours later.
    journal.append(&back(&|number| number % 5 == 0)).await.unwrap();
    for part in told.chunks(150) {
        journal.append(part).await.unwrap();
        if part.len() % 4 == 2 {
            drain().await;
        }
    }
    journal.append(&back(&|number| number % 5 == 1)).await.unwrap();
    drain().await;
    assert!(found(folder.path()) > 100, "nothing is kept that could be wiped");
    for rest in 2..5 {
        journal.append(&back(&|number| number % 5 == rest)).await.unwrap();
        drain().await;
    }
    assert_eq!(found(folder.path()), 0);
    let harmless = "SELECT count(*) FROM lk_journal WHERE instr(item, CAST('harmless' AS BLOB)) > 0";
    let kept: i64 = sqlx::query_scalar(harmless).fetch_one(&sqlite.into_pool()).await.unwrap();
    assert_eq!(kept, 800, "what nobody took back is gone with it");
}

/// Two programs on one file: one applied a message and did not say so yet, and the other one takes it back meanwhile.
#[tokio::test]
async fn what_is_held_while_its_message_is_taken_back_leaves_no_trace_once_it_is_settled() {
    let (folder, sqlite) = fresh().await;
    let journal = sqlite.journal();
    let told = [format!("m_1 {MARKER}"), "m_2 harmless".to_owned()].map(|text| envelope("a", Some(1), &text));
    journal.append(&told).await.unwrap();
    let claimed = journal.claim(2, at(2), Duration::from_secs(1)).await.unwrap();
    let taken = TakenBack { lane: told[0].lane.clone(), message: "m_1".parse().unwrap(), anywhere: false };
    assert_eq!(journal.wipe(&[taken]).await.unwrap(), 0);
    assert!(found(folder.path()) > 0, "what was not applied yet is gone");
    journal.settle(&claimed.iter().map(|it| Settlement::Applied(it.sequence)).collect::<Vec<_>>(), at(3)).await.unwrap();
    assert_eq!(found(folder.path()), 0);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM lk_journal WHERE instr(item, CAST('harmless' AS BLOB)) > 0")
        .fetch_one(&sqlite.into_pool())
        .await
        .unwrap();
    assert_eq!(kept, 1, "what nobody took back is gone with it");
}

/// Rows that grow when they are claimed, and rows that others leave room for, move: no copy may stay where one was.
#[tokio::test]
async fn a_payload_that_moved_before_it_was_blanked_leaves_no_copy() {
    let (folder, sqlite) = fresh().await;
    let (journal, mut draw) = (sqlite.journal(), Draw(1));
    let text = |number: u64, draw: &mut Draw| match number % 3 {
        0 => format!("m_{number:04} {}", draw.repeated(MARKER, 40)),
        _ => draw.repeated("harmless", 60),
    };
    let told: Vec<_> = (0..2_000).map(|number| envelope("a", Some(number % 30), &text(number, &mut draw))).collect();
    for part in told.chunks(150) {
        journal.append(part).await.unwrap();
    }
    let claimed = journal.claim(2_000, at(2), Duration::from_secs(1)).await.unwrap();
    for round in 0..6 {
        let some = claimed.iter().filter(|_| draw.below(5) == 0);
        let settled: Vec<_> = some.map(|claimed| Settlement::Applied(claimed.sequence)).collect();
        journal.settle(&settled, at(3 + round)).await.unwrap();
        journal.forget(at(4 + round)).await.unwrap();
    }
    let rest: Vec<_> = claimed.iter().map(|claimed| Settlement::Applied(claimed.sequence)).collect();
    journal.settle(&rest, at(20)).await.unwrap();
    assert!(found(folder.path()) > 500);
    let taken = |number: u64| TakenBack {
        lane: envelope("a", Some(number % 30), "").lane,
        message: format!("m_{number:04}").parse().unwrap(),
        anywhere: false,
    };
    journal.wipe(&(0..2_000).filter(|number| number % 3 == 0).map(taken).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(found(folder.path()), 0);
}
