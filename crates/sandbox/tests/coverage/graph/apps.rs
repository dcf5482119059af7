//! Subscriptions and batches.

use serde_json::{Value, json};

use super::ok;
use crate::stage::Who::{App, Login, Page, User};
use crate::stage::{APP, PAGE, Stage};

pub(super) async fn subscriptions(stage: Stage) {
    let path = format!("/{APP}/subscriptions");
    let body =
        json!({"object": "page", "callback_url": stage.hook, "verify_token": "v", "fields": ["messages", "feed"], "include_values": true});
    assert!(ok(&stage.post(App, &path, &body).await));
    let listed = stage.get(App, &path).await;
    assert_eq!((&listed["data"][0]["object"], &listed["data"][0]["fields"][1]["name"]), (&json!("page"), &json!("messages")));
    assert!(ok(&stage.call(App, &format!("DELETE {path}?object=page"), "").await));
    assert_eq!(stage.get(App, &path).await["data"], json!([]));
}

pub(super) async fn subscribed_apps(stage: Stage) {
    let path = format!("/{PAGE}/subscribed_apps");
    stage.post(Page, &path, &json!({"subscribed_fields": ["messages"]})).await;
    let listed = stage.get(Page, &path).await;
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["subscribed_fields"]), (&json!(APP), &json!(["messages"])));
    assert!(ok(&stage.call(Page, &format!("DELETE {path}"), "").await));
    assert_eq!(stage.get(Page, &path).await["data"], json!([]));
}

pub(super) async fn subscribed_login(stage: Stage) {
    stage.post(Login, "/me/subscribed_apps", &json!({"subscribed_fields": "messages"})).await;
    let listed = stage.get(Login, "/me/subscribed_apps").await;
    assert_eq!(listed["data"][0]["app_id"], "1000000000000002");
    assert!(ok(&stage.call(Login, "DELETE /me/subscribed_apps", "").await));
    assert_eq!(stage.get(Login, "/me/subscribed_apps").await["data"], json!([]));
}

pub(super) async fn batch(stage: Stage) {
    let calls = json!([{"method": "GET", "relative_url": "me?fields=name"}, {"method": "GET", "relative_url": "nobody"}]);
    let answers = stage.post(Page, "/v26.0/", &json!({"batch": calls.to_string()})).await;
    let body: Value = serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["name"], &answers[1]["code"]), (&json!("Harbour Books"), &json!(400)));
}

pub(super) async fn batch_results(stage: Stage) {
    let calls = json!([
        {"method": "GET", "name": "list", "relative_url": "me/accounts?limit=1", "omit_response_on_success": true},
        {"method": "GET", "relative_url": "{result=list:$.data.0.id}?fields=name", "depends_on": "list"},
    ]);
    let answers = stage.post(User, "/", &json!({"batch": calls, "include_headers": false})).await;
    assert!(answers[0].is_null() && answers[1].get("headers").is_none());
    assert!(answers[1]["body"].as_str().unwrap().contains("Harbour"));
}
