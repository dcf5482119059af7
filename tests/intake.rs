//! Bad input at the webhook.

mod stage;

use stage::Stage;

#[tokio::test]
async fn a_message_that_somebody_writes_arrives() {
    let stage = Stage::linked().await;
    stage.meta.customer_writes("c1", stage::PAGE, "Are you open?").await.unwrap();
    stage.after_receiving(1).await;
    let messages = stage.messages(&stage.viewer).await;
    assert_eq!(messages.iter().filter_map(|(_, message)| message.text()).collect::<Vec<_>>(), ["Are you open?"]);
}
