//! Deliveries that come again, and deliveries for nobody.

use futures::future::join_all;
use serde_json::json;

use crate::door::doors;
use crate::letters::{MARA, THEN, delivery, instagram, item, page, said};
use crate::stage::{self, PAGE, Stage, conversation};

/// Meta delivers at least once. Or a customer's one question would stand in the inbox eight times, and ring eight times.
#[tokio::test]
async fn the_same_delivery_at_once_and_later_is_one_message() {
    let stage = Stage::linked().await;
    let body = page(&[said("m_1", "Is it still there?")]);
    let doors = doors(&stage);
    let at_once = join_all((0..8).map(|time| doors[time % 2].deliver(body.clone()))).await;
    assert!(at_once.iter().all(|answer| answer.0 == 200), "{at_once:?}");
    stage.kit.drain().await.unwrap();
    let first = stage.messages(&stage.viewer).await;

    stage.pass(chrono::TimeDelta::hours(20)).await;
    for door in &doors {
        assert_eq!(door.deliver(body.clone()).await.0, 200);
    }
    // The same again in the company of something new.
    assert_eq!(doors[0].deliver(page(&[said("m_1", "Is it still there?"), said("m_2", "Hello?")])).await.0, 200);
    stage.kit.drain().await.unwrap();

    let messages = stage.messages(&stage.viewer).await;
    assert_eq!(messages.iter().map(|(key, _)| key.id.as_str()).collect::<Vec<_>>(), ["m_1", "m_2"]);
    assert_eq!(messages[0], first[0], "a repetition changed the message");
    let key = conversation(&stage.viewer, stage::page(), MARA);
    let row = stage.kit.inbox().conversation(&stage.viewer, &key).await.unwrap().unwrap();
    assert_eq!(row.unread, 2);
}

/// Or a notice, which has no id, would come again with every repetition.
#[tokio::test]
async fn the_same_notice_twice_is_one_notice() {
    let stage = Stage::linked().await;
    let body = page(&[item(&json!({"policy_enforcement": {"action": "warning", "reason": "Too many messages"}}))]);
    for door in doors(&stage) {
        assert_eq!(door.deliver(body.clone()).await.0, 200);
    }
    stage.kit.drain().await.unwrap();
    let notices = stage.kit.inbox().notices(&stage.viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    assert_eq!(notices.iter().map(|notice| notice.kind.as_str()).collect::<Vec<_>>(), ["policy_enforcement"]);
}

/// Or the program would keep what strangers write to accounts that nobody here agreed to read; or Meta would see its deliveries fail.
#[tokio::test]
async fn what_is_for_accounts_that_nobody_linked_is_acknowledged_and_not_kept() {
    let stage = Stage::open().await;
    let doors = doors(&stage);
    for door in &doors {
        assert_eq!(door.deliver(page(&[said("m_1", "Anybody there?")])).await, (200, String::new()));
        assert_eq!(door.deliver(instagram(&[item(&json!({"message": {"mid": "m_2", "text": "Or here?"}}))])).await.0, 200);
    }
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.unclaimed, figures.kept, figures.deliveries), (4, 0, 4));
    assert!(stage.filled_tables().await.is_empty(), "something of it is in the file");

    // In one body with somebody's: what is theirs is kept, the rest is not. The same id on the other platform is another account.
    stage.link(&stage.viewer).await;
    let entry = |id: &str, text: &str| json!({"id": id, "time": THEN, "messaging": [said(&format!("m_{text}"), text)]});
    let mixed = [entry("3000000000000009", "theirs"), entry(PAGE, "ours"), entry("17841400000000099", "theirs too")];
    assert_eq!(doors[0].deliver(delivery("page", &mixed)).await.0, 200);
    assert_eq!(doors[1].deliver(delivery("instagram", &[entry(PAGE, "other platform")])).await.0, 200);
    assert_eq!(doors[1].deliver(delivery("whatsapp_business_account", &[entry(PAGE, "no platform of ours")])).await.0, 200);
    stage.kit.drain().await.unwrap();
    let messages = stage.messages(&stage.viewer).await;
    assert_eq!(messages.iter().filter_map(|(_, message)| message.text()).collect::<Vec<_>>(), ["ours"]);
    assert_eq!(stage.kit.figures().await.unwrap().unclaimed, 8);
}
