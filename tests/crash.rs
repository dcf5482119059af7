//! What a process acknowledged outlives its sudden death.
//!
//! The process that dies is this test program once more: it serves a kit on the stage's file until it is killed with SIGKILL, which nothing
//! can catch. The stage's own kit then opens its eyes on the same file, as the embedder's program does after a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use link_core::words::feed::{Feed as _, FeedQuery};
use link_kit::{LinkKit, Position, What};
use link_sandbox::Controls;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use stage::{Hand, Mail, PAGE, Stage, messages, until};

/// Longer than anybody may hold what it claimed.
const LEASE: TimeDelta = TimeDelta::seconds(31);

const FILE: &str = "CRASH_FILE";
const META: &str = "CRASH_META";
const CLOCK: &str = "CRASH_CLOCK";
const WORKING: &str = "CRASH_WORKING";
const LISTENING: &str = "listening at ";

/// A process that serves a kit on the stage's file and will be killed.
struct Victim {
    process: Child,
    mail: Mail,
}

impl Victim {
    /// Starts it, with its background work running or not.
    fn start(stage: &Stage, working: bool) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["the_process_that_is_killed", "--exact", "--ignored", "--nocapture"])
            .env(FILE, stage.database())
            .env(META, format!("{} {}", stage.meta.facebook(), stage.meta.instagram()))
            .env(CLOCK, stage.clock.time().to_rfc3339())
            .env(WORKING, working.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = said.into_iter().find_map(|line| Some(line.split_once(LISTENING)?.1.to_owned()));
        Self { process, mail: Mail::to(address.expect("the process says where it listens")) }
    }

    /// SIGKILL, and it is gone when this returns.
    fn kill(mut self) {
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "it ended by itself: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other stories start it, as a process of its own"]
async fn the_process_that_is_killed() {
    // Whoever runs all tests, ignored ones too, did not mean this one.
    let Ok(file) = std::env::var(FILE) else { return };
    let told = |name: &str| std::env::var(name).unwrap();
    // Whoever started it holds the other end of this pipe; if they are gone, nobody would kill it any more.
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(1);
    });
    let meta = told(META);
    let (facebook, instagram) = meta.split_once(' ').unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/meta", listener.local_addr().unwrap());
    let builder = stage::builder(&Controls::new(facebook, instagram), &address, &Hand::at(&told(CLOCK)));
    let kit = builder.sqlite(file).build().await.unwrap();
    let _running = (told(WORKING) == "true").then(|| kit.start());
    let app: axum::Router = axum::Router::new().nest("/meta", kit.router());
    println!("{LISTENING}{address}/webhook");
    axum::serve(listener, app).await.unwrap();
}

/// A body with two messages, which may only be kept together.
fn two_messages(delivery: usize) -> String {
    let item = |half: &str| {
        let mid = format!("m_{delivery}_{half}");
        json!({"sender": {"id": format!("70{}", delivery % 20)}, "recipient": {"id": PAGE}, "timestamp": 1_795_435_260_000 + delivery,
            "message": {"mid": mid, "text": mid}})
    };
    json!({"object": "page", "entry": [{"id": PAGE, "time": 1_795_435_260_000_usize, "messaging": [item("a"), item("b")]}]}).to_string()
}

/// Posts bodies over eight connections until nobody listens any more; the numbers of those that were acknowledged, and of all.
/// After so many acknowledgements the process is killed, in the midst of the other posts.
async fn post_until_killed(victim: Victim, first: usize, acknowledgements: usize) -> (BTreeSet<usize>, usize) {
    let next = Arc::new(Mutex::new(first));
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let victims_mail = victim.mail.clone();
    let victim = Arc::new(Mutex::new(Some(victim)));
    let posts = (0..8).map(|_| {
        let (next, acknowledged, victim, mail) = (next.clone(), acknowledged.clone(), victim.clone(), victims_mail.clone());
        tokio::spawn(async move {
            loop {
                let delivery = {
                    let mut next = next.lock().unwrap();
                    *next += 1;
                    *next - 1
                };
                match mail.try_post(two_messages(delivery)).await {
                    Ok((200, _)) => {}
                    Ok((status, _)) => panic!("delivery {delivery} was answered with {status}"),
                    Err(_) => return,
                }
                let so_far = {
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.insert(delivery);
                    acknowledged.len()
                };
                if so_far >= acknowledgements
                    && let Some(victim) = victim.lock().unwrap().take()
                {
                    victim.kill();
                }
            }
        })
    });
    futures::future::join_all(posts.collect::<Vec<_>>()).await.into_iter().for_each(Result::unwrap);
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    let end = *next.lock().unwrap();
    (acknowledged, end)
}

/// Which bodies are in the inbox. Each of them must be there whole, and each of its messages once.
async fn applied(kit: &LinkKit, stage: &Stage) -> BTreeSet<usize> {
    let messages = messages(kit, &stage.viewer).await;
    let ids: BTreeSet<&str> = messages.iter().map(|(key, _)| key.id.as_str()).collect();
    assert_eq!(ids.len(), messages.len(), "a message is there twice");
    let delivery = |id: &str| id.split('_').nth(1).unwrap().parse::<usize>().unwrap();
    let deliveries: BTreeSet<usize> = ids.iter().map(|id| delivery(id)).collect();
    assert_eq!(ids.len(), 2 * deliveries.len(), "half of a delivery is there");
    deliveries
}

/// How often the owner was told of a new message.
async fn rung(stage: &Stage) -> usize {
    let feed = stage.sqlite.feed();
    let (mut after, mut rung) = (Position(0), 0);
    loop {
        let read = feed.read(&FeedQuery { after, limit: 1_000 }).await.unwrap();
        let Some((last, _)) = read.last() else { return rung };
        after = *last;
        rung += read.iter().filter(|(_, happening)| matches!(happening.what, What::MessageReceived { .. })).count();
    }
}

/// Or a customer's message that Meta believes delivered, and will never bring again, would be gone after a crash, a deployment or the
/// out-of-memory killer.
async fn nothing_acknowledged_is_lost(working: bool) {
    let stage = Stage::linked().await;
    let (mut acknowledged, mut next) = (BTreeSet::new(), 0);
    // The process starts again after each death, as under a supervisor, and finds what it left.
    for round in 1..=3 {
        let (kept, end) = post_until_killed(Victim::start(&stage, working), next, 40 * round).await;
        acknowledged.extend(kept);
        next = end;
        stage.pass(LEASE).await;
    }
    let kit = stage.another_kit().await;
    kit.drain().await.unwrap();

    let applied = applied(&kit, &stage).await;
    let lost: Vec<_> = acknowledged.difference(&applied).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(acknowledged.len() >= 240, "too few to show anything");
    assert!(applied.iter().all(|delivery| *delivery < next));
    assert_eq!(rung(&stage).await, 2 * applied.len(), "every message rings once");
    let figures = kit.figures().await.unwrap().journal;
    assert_eq!((figures.open, figures.poisoned), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_acknowledging_and_applying_loses_nothing() {
    nothing_acknowledged_is_lost(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_it_receives_and_applies_loses_nothing() {
    nothing_acknowledged_is_lost(true).await;
}

/// Or what a process had in its hands when it died would stay in the hands of the dead.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_by_a_process_that_was_killed_is_applied_by_the_next() {
    const DELIVERIES: usize = 1_500;
    let stage = Stage::linked().await;
    let mail = Mail::to(stage.webhook());
    for delivery in 0..DELIVERIES {
        assert_eq!(mail.post(two_messages(delivery)).await.0, 200);
    }
    let options = SqliteConnectOptions::new().filename(stage.database()).read_only(true);
    let mut file = SqliteConnection::connect_with(&options).await.unwrap();
    let claimed = "SELECT count(*) FROM lk_journal WHERE state = 0 AND attempts > 0";

    // Between being seen with something in its hands and its death, a process may just have finished; then the next one is sent.
    let in_dead_hands = until("a process to die with something in its hands", async || {
        let victim = Victim::start(&stage, true);
        until("the process to claim something", async || {
            let claimed: i64 = sqlx::query_scalar(claimed).fetch_one(&mut file).await.unwrap();
            (claimed > 0).then_some(())
        })
        .await;
        victim.kill();
        let claimed: u64 = sqlx::query_scalar(claimed).fetch_one(&mut file).await.unwrap();
        (claimed > 0).then_some(claimed)
    })
    .await;

    // Until the claim runs out, it may well be alive: its envelopes are left alone, and everything else goes on.
    let kit = stage.another_kit().await;
    kit.drain().await.unwrap();
    assert_eq!(kit.figures().await.unwrap().journal.open, in_dead_hands);

    stage.pass(LEASE).await;
    kit.drain().await.unwrap();
    assert_eq!(applied(&kit, &stage).await, (0..DELIVERIES).collect());
    assert_eq!(rung(&stage).await, 2 * DELIVERIES, "every message rings once");
    let figures = kit.figures().await.unwrap().journal;
    assert_eq!((figures.open, figures.poisoned), (0, 0));
}
