//! Which index each statement reads. Without its own, a statement walks everything that was ever sent.

use link_sync::IntentQuery;
use link_sync::testing::Scene;

use super::*;

async fn plan(db: &Db, query: &IntentQuery) -> String {
    let explained = db.composed(format!("EXPLAIN QUERY PLAN {}", statement(query)));
    let rows = sqlx::query(explained).fetch_all(db.readers()).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn nothing_that_is_over_is_walked_for_what_is_open_or_was_settled_by_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = crate::Sqlite::open(folder.path().join("plans.db")).await.unwrap();
    let db = sqlite.outbox().db;
    let conversation = Scene::new("a", "messenger:1", "7").conversation();
    let all = || IntentQuery::all(link_core::words::page::PageQuery::first(9));
    for (query, index) in [
        (all().open(), "lk_intent_open "),
        (all().open().newest_first(), "lk_intent_open "),
        (all().of(conversation.clone()).open(), "lk_intent_open_talk "),
        (all().of(conversation.clone()).open().newest_first(), "lk_intent_open_talk "),
        (all().of(conversation.clone()).settled_by_history(), "lk_intent_settled "),
        (all().of(conversation.clone()).newest_first(), "lk_intent_talk "),
        (all(), "lk_intent_oldest "),
    ] {
        let plan = plan(&db, &query).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}is not read: {plan}");
    }
}
