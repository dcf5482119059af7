use serde_json::{Value, json};

use crate::stage::{INSTAGRAM, PAGE, ROBIN, Stage};

impl Stage {
    pub(crate) async fn own(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let method = method.parse().unwrap();
        let url = format!("{}/_sandbox/{path}", self.sandbox.instagram());
        let answer = self.client.request(method, url).body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test]
async fn a_wrong_call_is_answered_with_a_sentence() {
    let stage = Stage::frozen().await;
    let people = format!("people/{ROBIN}/actions");
    for (method, path, body, status) in [
        ("GET", "nothing", "", 404),
        ("POST", "", "", 404),
        ("POST", "clock", "", 400),
        ("POST", "clock", r#"{"advance":"soon"}"#, 400),
        ("POST", "clock", r#"{"advance":"999999999d"}"#, 400),
        ("POST", "clock", r#"{"set":"2020-01-01T00:00:00Z"}"#, 400),
        ("POST", "clock", r#"{"advance":"1h","set":"2030-01-01T00:00:00Z"}"#, 400),
        ("POST", "tokens", r#"{"person":"nobody","scopes":[]}"#, 404),
        ("POST", "tokens", r#"{"instagram":"17841400000000003","scopes":[]}"#, 404),
        ("POST", "tokens", r#"{"instagram":"17841400000000001","scopes":["pages_messaging"]}"#, 400),
        ("POST", "tokens", r#"{"instagram":"17841400000000001","scopes":[],"road":"facebook"}"#, 400),
        ("POST", "customers/c9/messages", r#"{"to":"3000000000000001","text":"x"}"#, 404),
        ("POST", "customers/c1/messages", r#"{"to":"1","text":"x"}"#, 404),
        ("POST", "customers/c1/messages", r#"{"to":"3000000000000001"}"#, 400),
        ("POST", "customers/c1/messages", r#"{"to":"3000000000000001","txt":"x"}"#, 400),
        ("POST", "customers/c3/messages", r#"{"to":"17841400000000001","text":"x"}"#, 400),
        ("POST", "customers/c1/messages", r#"{"to":"3000000000000001","text":"x","reply_to":"m_1"}"#, 404),
        ("POST", "customers/c1/messages", r#"{"to":"3000000000000001","story":{"kind":"mention","id":"1"}}"#, 400),
        ("POST", "customers/c1/actions", r#"{"to":"3000000000000001","action":"dance"}"#, 400),
        ("POST", "customers/c1/actions", r#"{"to":"3000000000000001","action":"edit","mid":"m_1"}"#, 400),
        ("POST", "customers/c1/actions", r#"{"to":"3000000000000001","action":"unsend","mid":"m_1"}"#, 404),
        ("POST", "staff/3000000000000001/messages", r#"{"to":"c5","text":"x"}"#, 400),
        ("POST", people.as_str(), r#"{"action":"undo"}"#, 400),
        ("POST", people.as_str(), r#"{"action":"restrict"}"#, 400),
        ("POST", people.as_str(), r#"{"action":"restrict","page":"1"}"#, 404),
        ("POST", "people/1/actions", r#"{"action":"checkpoint"}"#, 404),
        ("POST", "faults", "[]", 400),
        ("DELETE", "faults/7", "", 404),
        ("GET", "calls?after=x", "", 400),
        ("POST", "seed", r#"{"pages":[{"id":"1"}]}"#, 400),
        ("POST", "seed", r#"{"colour":"red"}"#, 400),
    ] {
        let (told, answer) = stage.own(method, path, body).await;
        assert_eq!(told, status, "{method} {path} {body}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|sentence| sentence.len() > 10), "{answer} says what was expected");
    }
}

#[tokio::test]
async fn ledgers_keep_every_call_and_no_secret() {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let token = stage.page_token(PAGE).await;
    stage.get(&format!("/v26.0/me?access_token={token}"), &token).await;
    stage.controls.customer_writes("c1", PAGE, "x").await.unwrap();
    receiver.next().await;
    let calls = stage.controls.calls(0).await.unwrap();
    let last = calls.data.last().unwrap();
    assert_eq!((&last["method"], &last["path"], &last["status"]), (&json!("GET"), &json!("/v26.0/me"), &json!(200)));
    assert_eq!(last["seq"].as_u64(), Some(calls.next));
    let kept = json!([calls.data, stage.controls.deliveries(0).await.unwrap().data, stage.controls.state().await.unwrap()]).to_string();
    for secret in [token.as_str(), crate::stage::SECRET, "sandbox-verify"] {
        assert!(!kept.contains(secret), "no ledger and no state shows {secret}");
    }
    assert!(stage.controls.calls(calls.next).await.unwrap().data.is_empty());
}

#[tokio::test]
async fn reset_goes_back_to_the_beginning() {
    let stage = Stage::frozen().await;
    let before = stage.controls.state().await.unwrap();
    let token = stage.page_token(PAGE).await;
    stage.controls.customer_writes("c5", INSTAGRAM, "x").await.unwrap();
    stage.controls.advance("3h").await.unwrap();
    stage.controls.reset().await.unwrap();
    assert_eq!(stage.controls.state().await.unwrap(), before);
    assert_eq!(stage.get("/me", &token).await["error"]["code"], 190, "tokens of the old world are unknown");
}

#[tokio::test]
async fn a_seed_adds_a_customer_who_can_write_at_once() {
    let stage = Stage::frozen().await;
    let seed = json!({"customers": [{"id": "c6", "first_name": "Fay", "last_name": "Under", "messenger": true}]});
    stage.controls.seed(&seed).await.unwrap();
    stage.controls.customer_writes("c6", PAGE, "New here").await.unwrap();
    let token = stage.page_token(PAGE).await;
    assert_eq!(stage.get("/4000000000000016?fields=name", &token).await["name"], "Fay Under");
}

#[tokio::test]
async fn undo_takes_back_one_action_and_nothing_that_happened_since() {
    let stage = Stage::frozen().await;
    let people = format!("people/{ROBIN}/actions");
    stage.own("POST", &people, &json!({"action": "unpublish", "page": PAGE}).to_string()).await;
    let token = stage.page_token(PAGE).await;
    let done = stage.post("/me/subscribed_apps", &token, &json!({"subscribed_fields": "messages"})).await;
    assert_eq!(done, json!({"success": true}));
    stage.own("POST", &people, &json!({"action": "restrict", "page": PAGE}).to_string()).await;
    stage.own("POST", &people, r#"{"action":"undo"}"#).await;
    assert_eq!(stage.get("/me?fields=is_published", &token).await["is_published"], false, "the first action stands");
    stage.own("POST", &people, r#"{"action":"undo"}"#).await;
    let told = stage.get("/me?fields=is_published", &token).await;
    assert_eq!(told["is_published"], true);
    let subscribed = stage.get("/me/subscribed_apps", &token).await;
    assert_eq!(subscribed["data"].as_array().unwrap().len(), 1, "who signed in and subscribed in between stays so");
}

#[tokio::test]
async fn no_pattern_of_a_fault_keeps_the_sandbox_busy() {
    let stage = Stage::frozen().await;
    let stars = "*a".repeat(400);
    let (status, _) = stage.own("POST", "faults", &json!({"match": {"path": stars}, "drop": true}).to_string()).await;
    assert_eq!(status, 200);
    let long = "a".repeat(3_000);
    assert_eq!(crate::stage::refusal(&stage.get(&format!("/{long}b"), "x").await).0, 190);
    let (status, told) = stage.own("POST", "faults", &json!({"match": {"path": "*".repeat(40_000)}, "drop": true}).to_string()).await;
    assert_eq!(status, 400, "{told}");
}

#[tokio::test]
async fn nobody_changes_what_is_another_persons() {
    let stage = Stage::frozen().await;
    stage.controls.seed(&json!({"people": [{"id": "2000000000000002", "name": "Jo"}]})).await.unwrap();
    for action in [
        json!({"action": "unpublish", "page": PAGE}),
        json!({"action": "lose_task", "page": PAGE}),
        json!({"action": "make_personal", "instagram": INSTAGRAM}),
    ] {
        let (status, told) = stage.own("POST", "people/2000000000000002/actions", &action.to_string()).await;
        assert_eq!(status, 400, "{action}: {told}");
    }
}
