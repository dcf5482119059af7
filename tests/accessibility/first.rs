//! The one thing to do first.

use link_kit::Status;

use crate::stage::Stage;
use crate::wrong::go_wrong;
use crate::{codes, diagnosis};

#[tokio::test]
async fn of_two_the_one_that_blocks_more_is_first() {
    for (less, more) in [
        ("webhook_fields_missing", "message_access_off"),
        ("permission_declined", "task_missing"),
        ("page_unpublished", "password_changed"),
        ("threads_owned_elsewhere", "webhook_not_subscribed"),
    ] {
        let stage = Stage::linked().await;
        go_wrong(&stage, less).await;
        assert_eq!(diagnosis(&stage).await.first.as_deref(), Some(less));
        go_wrong(&stage, more).await;
        let both = diagnosis(&stage).await;
        assert_eq!((both.status, both.first.as_deref()), (Status::Broken, Some(more)), "{:?}", codes(&both));
    }
}

#[tokio::test]
async fn the_report_ends_with_it() {
    let stage = Stage::linked().await;
    go_wrong(&stage, "message_access_off").await;
    let text = diagnosis(&stage).await.to_text();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("do first: switch it on in Instagram"), "{text}");
}
