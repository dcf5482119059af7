//! Worlds with much in them.

use serde_json::json;

use crate::stage::Who::Page;
use crate::stage::{PAGE, Stage};

pub(super) async fn history(stage: Stage) {
    let long = json!({"account": PAGE, "customer": "c5", "history": {"messages": 200_000, "every": "1m", "last": "1h"}});
    let more = json!({"customers": [{"id": "c5", "messenger": true}], "conversations": [long]});
    stage.own("seed", &more.to_string()).await;
    let list = stage.get(Page, "/me/conversations?user_id=4000000000000015&fields=message_count").await;
    assert_eq!(list["data"][0]["message_count"], 200_000);
    let conversation = list["data"][0]["id"].as_str().unwrap();
    let mut next = format!("/{conversation}/messages?fields=message&limit=100");
    for page in 0..3 {
        let told = stage.get(Page, &next).await;
        let newest = told["data"][0]["message"].as_str().unwrap();
        assert!(newest.ends_with(&format!("({})", 200_000 - 100 * page)), "{newest}");
        let after = told["paging"]["cursors"]["after"].as_str().unwrap();
        next = format!("/{conversation}/messages?fields=message&limit=100&after={after}");
    }
}

pub(super) async fn lines(stage: Stage) {
    let lines = json!([
        {"from": "customer", "ago": "9m", "text": "A cat, a dog", "attachments": [{"type": "image"}], "reactions": [{"from": "account", "emoji": "❤"}]},
        {"from": "customer", "ago": "8m", "text": "Forget it", "unsent": true},
        {"from": "account", "ago": "7m", "text": "It is a cat", "edits": 1},
    ]);
    stage.own("seed", &json!({"conversations": [{"account": PAGE, "customer": "c1", "messages": lines}]}).to_string()).await;
    let told = stage.get(Page, "/me/conversations?fields=messages.limit(2){message,attachments,reactions}&limit=1").await;
    let messages = &told["data"][0]["messages"]["data"];
    assert_eq!((&messages[0]["message"], &messages[1]["message"]), (&json!("It is a cat"), &json!("A cat, a dog")));
    assert_eq!((&messages[1]["reactions"]["data"][0]["reaction"], messages[1]["attachments"]["data"].is_array()), (&json!("❤"), true));
}
