//! SQLite and the memory store, told the same, answer the same.

use link_core::words::comment::CommentAct;
use link_core::words::event::{Direction, EnforcementAct, Said};
use link_core::words::feed::{Feed as _, FeedQuery, Position};
use link_core::words::page::PageQuery;
use link_core::words::raw::Raw;
use link_core::words::view::{Accounts, Fields};
use link_core::{OwnerId, View};
use link_sync::testing::{Memory, Scene, at};
use link_sync::{Fact, MessageQuery, MessageStore, apply};
use proptest::prelude::*;

use crate::fixture::fresh;

/// Two owners with equal ids; one has a second account and a second person.
fn scenes() -> [Scene; 4] {
    [("a", "messenger:1", "7"), ("a", "messenger:1", "8"), ("a", "instagram:2", "7"), ("b", "messenger:1", "7")]
        .map(|(owner, account, peer)| Scene::new(owner, account, peer))
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let scene = prop::sample::select(scenes().to_vec());
    let id = prop::sample::select(vec!["m1", "m2", "m3", "m\u{fc}4 '\"\\"]);
    let text = prop::sample::select(vec!["hi", "", "a \"quoted\" \u{1f600} line\nand \\u0000 another", "null"]);
    (scene, id, text, -3..12i64, 0..13u8).prop_map(|(scene, id, text, when, kind)| match kind {
        0 => scene.echo(id, when, text, None),
        1 => scene.edits(id, when, text, 1),
        2 => scene.unsends(id, when),
        3 => scene.reacts(id, when, Some("!")),
        4 => scene.reads(when, Some(when), &[id]),
        5 => scene.remembers(Direction::Inbound, id, when, text, 20),
        6 => scene.fact(scene.event(Direction::Inbound, when, Said::Unknown(Raw::parse(r#"{"n":12345678901234567890.10}"#).unwrap()))),
        7 => scene.comments(id, when, CommentAct::Added, Some(text)),
        8 => scene.comments(id, when, CommentAct::Edited, Some(text)),
        9 => scene.comments(id, when, CommentAct::Removed, None),
        10 => scene.enforces(when, if when % 2 == 0 { EnforcementAct::Blocked } else { EnforcementAct::Unblocked }, Some(text)),
        _ => scene.writes(id, when, text),
    })
}

fn views() -> Vec<View> {
    let [page, _, professional, other] = scenes();
    let only = |account: &Scene| Accounts::Only([account.account.account.clone()].into());
    vec![
        page.view(),
        page.view().with_accounts(only(&page)),
        page.view().with_accounts(only(&professional)).with_fields(Fields::ALL.text(false)),
        page.view().with_fields(Fields::NONE),
        other.view(),
        View::system(OwnerId::new("nobody").unwrap(), "test"),
    ]
}

/// Everything that a view shows, page by page.
async fn seen(store: &dyn MessageStore, view: &View, limit: u32) -> String {
    let mut seen = Vec::new();
    macro_rules! all {
        ($read:expr) => {{
            let mut query = PageQuery::first(limit);
            loop {
                let page = $read(query).await.unwrap();
                seen.extend(page.items.iter().map(|row| format!("{row:?}")));
                let Some(next) = page.next else { break };
                query = PageQuery::first(limit).after(next);
            }
        }};
    }
    all!(async |query| store.conversations(view, &query).await);
    all!(async |query| store.people(view, &query).await);
    all!(async |query| store.comments(view, &query).await);
    let before = seen.len();
    all!(async |query| store.notices(view, &query).await);
    // Which of two equally new notices comes first is the store's affair.
    let mut notices: Vec<_> = seen.drain(before..).collect();
    notices.sort();
    seen.extend(notices);
    for scene in scenes() {
        seen.push(format!("{:?}", store.conversation(view, &scene.conversation()).await.unwrap()));
        seen.push(format!("{:?}", store.message(view, &scene.key("m1")).await.unwrap()));
        seen.push(format!("{:?}", store.comment(view, &scene.comment_key("m1")).await.unwrap()));
        seen.push(format!("{:?}", store.account(view, &scene.account).await.unwrap()));
        all!(async |query| store.messages(view, &MessageQuery::new(scene.conversation(), query)).await);
        all!(async |query| store.messages(view, &MessageQuery::new(scene.conversation(), query).since(at(4))).await);
    }
    seen.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// If this failed, what an inbox shows would depend on where it is kept.
    #[test]
    fn sqlite_answers_as_memory_does(life in prop::collection::vec(prop::collection::vec(any_fact(), 1..12), 1..6), limit in 1..5u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_folder, sqlite) = fresh().await;
            let (memory, store) = (Memory::default(), sqlite.messages());
            for batch in &life {
                apply(&memory, batch).await.unwrap();
                apply(&store, batch).await.unwrap();
            }
            for view in views() {
                prop_assert_eq!(seen(&memory, &view, limit).await, seen(&store, &view, limit).await);
            }
            let told = sqlite.feed().read(&FeedQuery { after: Position(0), limit: 500 }).await.unwrap();
            let told: Vec<_> = told.into_iter().map(|(_, happening)| happening).collect();
            prop_assert_eq!(told, memory.told());
            Ok(())
        })?;
    }
}
