//! What the activity log does besides its suite.

use link_core::words::activity::chain::ChainHead;
use link_core::words::activity::{Activity, ActivityLog as _};
use link_core::words::page::PageQuery;
use link_core::words::view::{Behalf, Viewer};
use link_store_sqlite::{Options, Sqlite};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::fixture::{at, owner, sees_all};

/// An act as a program without a chain stored it.
const OLD: &str = r#"
    INSERT INTO lk_activity (id, owner, at, body) VALUES (70, 'a', 1790000005123456789,
        '{"owner": "a", "by": {"actor": "robin"}, "place": "Leeds", "act": "setup.begin", "target": "1", "at": "2026-09-21T13:33:25.123456789Z"}');
    DROP TABLE lk_act; DROP TABLE lk_act_side; DROP TABLE lk_act_head;
    DELETE FROM link_kit_migrations WHERE version = 7;
    "#;

fn act(second: i64) -> Activity {
    Activity::of(&Viewer::new(owner("a"), "sam".parse().unwrap()), "setup.choose", at(second)).on("1")
}

/// If this failed, an update of the program would lose who did what before it, or could not erase them.
#[tokio::test]
async fn acts_of_an_older_program_are_listed_with_the_new_ones_and_can_be_made_nameless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    Sqlite::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql(OLD).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let sqlite = Sqlite::open(&path).await.unwrap();
    let log = sqlite.activity();
    log.record(&[act(5), act(9), act(1)]).await.unwrap();
    let mut listed = Vec::new();
    let mut query = PageQuery::first(1);
    while let Some(next) = {
        let page = log.acts(&sees_all("a"), &query).await.unwrap();
        listed.extend(page.items);
        page.next
    } {
        query = PageQuery::first(1).after(next);
    }
    let old = listed.remove(2);
    assert_eq!(listed, [act(9), act(5), act(1)], "the old act is not where it belongs, or another is lost");
    assert_eq!((old.act.as_str(), old.origin.place.as_deref()), ("setup.begin", Some("Leeds")));
    assert_eq!(old.by, Behalf::Actor("robin".parse().unwrap()));
    let report = log.verify(&sees_all("a"), &ChainHead::EMPTY).await.unwrap();
    assert!(report.is_intact() && report.acts == 3, "{report}");

    assert_eq!(log.forget_actor(&owner("a"), &"robin".parse().unwrap()).await.unwrap(), 1);
    let old = log.acts(&sees_all("a"), &PageQuery::default()).await.unwrap().items.remove(2);
    assert_eq!((old.by, old.origin.place, old.target.as_deref()), (Behalf::Erased, None, Some("1")));
    sqlite.close().await;
}

/// Two stores in one file have a chain each.
#[tokio::test]
async fn the_chain_goes_with_the_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("links.db");
    let (ours, theirs) = (Sqlite::open(&path).await.unwrap(), Options::new().prefix("other_").open(&path).await.unwrap());
    ours.activity().record(&[act(1), act(2)]).await.unwrap();
    theirs.activity().record(&[act(1)]).await.unwrap();
    for (sqlite, acts) in [(&ours, 2), (&theirs, 1)] {
        let report = sqlite.activity().verify(&sees_all("a"), &ChainHead::EMPTY).await.unwrap();
        assert!(report.is_intact() && report.acts == acts, "{report}");
    }
}
