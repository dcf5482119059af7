//! One account reached by two roads.

#![allow(clippy::unwrap_used, reason = "a test")]

use link_core::Road;
use link_core::words::page::PageQuery;
use link_sync::testing::{Memory, Scene};
use link_sync::{MessageQuery, MessageStore, apply, suggest};

/// Where both roads know somebody by the same scoped id, they are carried over by themselves: nobody has to merge anything after a switch.
#[tokio::test]
async fn a_person_whom_both_roads_know_by_the_same_id_stays_one_after_a_switch() {
    let it = Scene::new("o", "instagram:1", "7");
    let store = Memory::default();
    let mut after = it.writes("new road's id", 20, "still me");
    after.event.road = Road::INSTAGRAM;
    apply(&store, &[it.writes("old road's id", 10, "hello"), after]).await.unwrap();
    let conversations = store.conversations(&it.view(), &PageQuery::default()).await.unwrap().items;
    assert_eq!(conversations.iter().map(|row| row.key.clone()).collect::<Vec<_>>(), [it.conversation()]);
    let talk = store.messages(&it.view(), &MessageQuery::new(it.conversation(), PageQuery::default())).await.unwrap().items;
    let told: Vec<_> = talk.iter().rev().map(|row| (row.key.road.clone(), row.state.text().unwrap())).collect();
    assert_eq!(told, [(Road::FACEBOOK, "hello"), (Road::INSTAGRAM, "still me")]);
    let roads = talk.iter().map(|row| row.key.road.clone()).collect();
    assert!(suggest(&[(conversations[0].clone(), roads)]).is_empty(), "somebody is suggested to be themselves");
}
