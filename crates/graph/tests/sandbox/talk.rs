use link_core::words::event::Said;
use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{History, HistoryQuery, Profiles, Sender, Subscriptions};
use link_core::{ErrorKind, Road, ScopedId};
use link_sandbox::Decision;

use crate::{INSTAGRAM, LOGIN_SCOPES, Stage};

/// Ada, as the account knows her.
const ADA: &str = "5000000000000011";

#[tokio::test]
async fn an_account_without_a_page_is_read_answered_and_looked_up_through_itself() {
    let stage = Stage::open().await;
    let (talk, access) = (stage.talk(), stage.access().await);
    stage.meta.customer_writes("c1", INSTAGRAM, "Is the atlas in?").await.unwrap();

    let page = talk.conversations(&access, &HistoryQuery::new(10, 5)).await.unwrap();
    assert!(page.events.iter().all(|event| event.road == Road::INSTAGRAM), "ids of this road are not those of the other");
    let ada = page.threads.iter().find(|thread| thread.peer.as_str() == ADA).unwrap();
    let texts = page.events.iter().filter_map(|event| match &event.said {
        Said::Message(message) => message.text.as_deref(),
        _ => None,
    });
    assert!(texts.clone().any(|text| text == "Is the atlas in?"));
    let older = talk.messages(&access, ada, &HistoryQuery::new(10, 0).after(ada.older.clone())).await.unwrap();
    assert!(!older.events.is_empty());
    assert!(page.events.iter().chain(&older.events).any(|event| event.direction == link_core::words::event::Direction::Outbound));

    let answer = Outgoing::text(ScopedId::new(ADA).unwrap(), "It is.");
    assert!(matches!(talk.send(&access, &answer).await, Outcome::Accepted { .. }));
    let profile = talk.profile(&access, &ScopedId::new(ADA).unwrap()).await.unwrap().unwrap();
    assert_eq!(profile.username.as_deref(), Some("ada.marsh"));
}

#[tokio::test]
async fn such_an_account_has_a_subscription_to_itself() {
    let stage = Stage::open().await;
    let (talk, access) = (stage.talk(), stage.access().await);
    assert_eq!(talk.subscribed(&access).await.unwrap(), Vec::<String>::new());
    talk.subscribe(&access).await.unwrap();
    talk.subscribe(&access).await.unwrap();
    let fields = talk.subscribed(&access).await.unwrap();
    for wanted in ["messages", "messaging_seen", "message_edit", "messaging_optins"] {
        assert!(fields.iter().any(|field| field == wanted), "{wanted} in {fields:?}");
    }
    talk.unsubscribe(&access).await.unwrap();
    talk.unsubscribe(&access).await.unwrap();
    assert_eq!(talk.subscribed(&access).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn without_the_permission_to_read_messages_nothing_is_subscribed_and_the_reason_is_told() {
    let stage = Stage::open().await;
    let access = stage.access().await;
    let narrow = Decision::allow().instagram(INSTAGRAM).scopes(&["instagram_business_basic"]);
    stage.code(&stage.login(), LOGIN_SCOPES, &narrow).await;
    let refused = stage.talk().subscribe(&access).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionMissing);
}
