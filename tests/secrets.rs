//! Everything that may happen happens once, everybody looks, and no secret is seen: not in a log at its finest, not in a Debug, an error
//! or an answer, not in the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

#[path = "secrets/finds.rs"]
mod finds;
#[path = "secrets/letters.rs"]
mod letters;
#[path = "secrets/linking.rs"]
mod linking;
#[path = "secrets/tap.rs"]
mod tap;
#[path = "secrets/walk.rs"]
mod walk;

use finds::{Hidden, Shown};
use link_kit::Stage as SetupStage;
use stage::{Stage, overheard};
use walk::{Walk, contents};

/// Or whoever can read a log, a bug report, an answer or a copy of the file could read and write everybody's messages.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_ever_seen() {
    let mut walk = Walk::begin().await;
    let setup = walk.sign_in().await;
    assert_eq!(setup.stage, SetupStage::LinkAccounts);
    walk.confirm(&setup).await;
    walk.talk().await;
    walk.lose_the_token().await;
    walk.rotate().await;
    walk.look_around().await;
    walk.lose_the_store().await;

    let (tokens, proofs) = walk.harvest();
    assert!(tokens >= 4 && proofs >= 4, "{tokens} tokens and {proofs} proofs are too few to show anything");
    walk.shown.text("the log", overheard::heard());
    let leaks = walk.shown.leaks(&walk.hidden);
    assert!(leaks.is_empty(), "{leaks:#?}");

    // And everybody was really there to be overheard.
    let log = overheard::heard();
    for voice in ["link_kit", "link_graph", "hyper_util", "reqwest"] {
        assert!(log.contains(voice), "{voice} was never heard");
    }
}

/// Or the story above would find nothing whatever is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_planted_is_found() {
    overheard::listen();
    let planted = "EAAplantedplantedplantedplantedplantedplantedplanted/+";
    let hidden = [Hidden::new("planted", planted)];
    let finds = |text: &str| {
        let mut shown = Shown::default();
        shown.text("somewhere", text);
        !shown.leaks(&hidden).is_empty()
    };
    assert!(!finds(&overheard::heard()), "before it was planted");
    let encoded: String = url::form_urlencoded::byte_serialize(planted.as_bytes()).collect();
    for text in [
        format!("GET /me?access_token={encoded}&fields=id"),
        format!("{:?}", planted.as_bytes()),
        format!("{:#?}", planted.as_bytes()),
        format!("token {}...", &planted[..20]),
        hex::encode(planted),
    ] {
        assert!(finds(&text), "{text}");
    }

    // In a log, at its finest, as a field of a span.
    let span = tracing::trace_span!("planted", token = planted);
    span.in_scope(|| tracing::trace!("an event in it"));
    assert!(finds(&overheard::heard()));

    // In the source of an error.
    let error = link_core::Error::new(link_core::ErrorKind::Store, "write").with_source(planted);
    let mut shown = Shown::default();
    shown.error("an error", &error);
    assert_eq!(shown.leaks(&hidden), ["planted in an error"]);

    // In the file, in whichever table, before anything was moved out of the write-ahead log.
    let stage = Stage::open().await;
    let writer = stage.sqlite.clone().into_pool();
    sqlx::query("CREATE TABLE somewhere (token BLOB)").execute(&writer).await.unwrap();
    sqlx::query("INSERT INTO somewhere VALUES (?)").bind(planted.as_bytes()).execute(&writer).await.unwrap();
    assert!(finds(&contents(&stage.database().with_file_name("inbox.db-wal"))));
}
