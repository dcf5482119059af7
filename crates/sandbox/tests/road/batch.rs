use serde_json::{Value, json};

use crate::stage::{ADA, CAFE, PAGE, ROBIN, Stage, refusal, scopes};

impl Stage {
    async fn batch(&self, token: &str, items: &Value) -> Vec<Value> {
        let told = self.post("/v26.0/", token, &json!({"batch": items})).await;
        told.as_array().unwrap_or_else(|| panic!("{told} is a list of answers")).clone()
    }

    async fn user_token(&self) -> String {
        self.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token
    }
}

/// What one of the calls answered; a batch carries it as text.
fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn each_call_is_answered_in_its_place_whatever_becomes_of_the_others() {
    let stage = Stage::frozen().await;
    let token = stage.user_token().await;
    let items = json!([
        {"method": "GET", "relative_url": "me?fields=name"},
        {"method": "GET", "relative_url": "v26.0/123456"},
        {"relative_url": format!("{PAGE}?fields=name")},
        {"method": "DANCE ", "relative_url": "me"},
        {"method": "GET"},
        7,
    ]);
    let answers = stage.batch(&token, &items).await;
    let codes: Vec<_> = answers.iter().map(|it| it["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [200, 400, 200, 400, 400, 400]);
    assert_eq!((&body(&answers[0])["name"], &body(&answers[2])["name"]), (&json!("Robin Keeper"), &json!("Harbour Books")));
    for wrong in [1, 3, 4, 5] {
        assert_eq!(refusal(&body(&answers[wrong])).0, 100);
    }
    let names: Vec<_> = answers[0]["headers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"facebook-api-version") && names.contains(&"x-app-usage"), "{names:?}");
    let lean = stage.post("/", &token, &json!({"batch": items, "include_headers": false})).await;
    assert!(lean[0].get("headers").is_none() && lean[0]["code"] == 200);
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole() {
    let stage = Stage::frozen().await;
    let token = stage.user_token().await;
    let one = json!({"method": "GET", "relative_url": "me"});
    for wrong in [json!("x"), json!({"a": one}), json!(7), json!([]), json!(vec![&one; 51])] {
        assert_eq!(refusal(&stage.post("/", &token, &json!({"batch": wrong})).await).0, 100);
    }
    assert_eq!(stage.batch(&token, &json!(vec![&one; 50])).await.len(), 50);
    let form = [("access_token", token.as_str()), ("batch", r#"[{"relative_url":"me"}]"#)];
    let told: Value = stage.client.post(stage.url("/")).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(told[0]["code"], 200, "a form carries the list as text");
    let nested = json!([{"method": "POST", "relative_url": "", "body": {"batch": [one]}}]);
    assert_eq!(refusal(&body(&stage.batch(&token, &nested).await[0])).0, 2500, "a batch within a batch is none");
}

#[tokio::test]
async fn a_call_may_bring_its_own_token() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(ROBIN, &scopes()).await.unwrap();
    let (page, cafe) = (&tokens.page_tokens[PAGE], &tokens.page_tokens[CAFE]);
    let items = json!([
        {"relative_url": "me", "access_token": cafe},
        {"relative_url": format!("me?access_token={page}")},
        {"relative_url": "me"},
        {"method": "POST", "relative_url": "me/messages",
         "body": format!("access_token={page}&recipient=%7B%22id%22%3A%22{ADA}%22%7D&message%5Btext%5D=Hi")},
    ]);
    let ids: Vec<_> = stage.batch(&tokens.user_token, &items).await.iter().map(body).collect();
    assert_eq!((&ids[0]["id"], &ids[1]["id"], &ids[2]["id"]), (&json!(CAFE), &json!(PAGE), &json!(ROBIN)));
    assert_eq!(ids[3]["recipient_id"], ADA);
    for own in [
        json!({"relative_url": "me", "access_token": cafe}),
        json!({"relative_url": format!("me?access_token={cafe}")}),
        json!({"relative_url": "me", "body": format!("access_token={cafe}")}),
        json!({"relative_url": "me", "body": {"access_token": cafe}}),
    ] {
        let told = stage.client.post(stage.url("/")).json(&json!({"batch": [own]})).send().await.unwrap();
        let told: Value = told.json().await.unwrap();
        assert_eq!(body(&told[0])["id"], CAFE, "{own}");
    }
    let told = stage.client.post(stage.url("/")).json(&json!({"batch": [{"relative_url": "me"}]})).send().await.unwrap();
    assert_eq!(refusal(&told.json().await.unwrap()).0, 104, "nobody calls");
}

#[tokio::test]
async fn results_of_earlier_calls_are_used_and_need_not_be_shown() {
    let stage = Stage::frozen().await;
    let token = stage.user_token().await;
    let items = json!([
        {"name": "pages", "relative_url": "me/accounts?fields=id", "omit_response_on_success": true},
        {"relative_url": "?ids={result=pages:$.data.*.id}&fields=name"},
        {"relative_url": "{result=pages:$.data[1].id}?fields=name", "depends_on": "pages"},
    ]);
    let answers = stage.batch(&token, &items).await;
    assert_eq!(answers[0], Value::Null, "what was asked to be left out");
    let both = body(&answers[1]);
    assert_eq!((&both[PAGE]["name"], &both[CAFE]["name"]), (&json!("Harbour Books"), &json!("Harbour Cafe")));
    assert_eq!(body(&answers[2])["name"], "Harbour Cafe");
}

#[tokio::test]
async fn what_depends_on_a_failure_is_not_done() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(ROBIN, &scopes()).await.unwrap();
    let page = &tokens.page_tokens[PAGE];
    let send = json!({"recipient": {"id": ADA}, "message": {"text": "never"}});
    let items = json!([
        {"name": "first", "relative_url": "123456", "omit_response_on_success": true},
        {"name": "second", "method": "POST", "relative_url": "me/messages", "body": send, "depends_on": "first"},
        {"relative_url": "me", "depends_on": "second"},
        {"relative_url": "me"},
    ]);
    let answers = stage.batch(page, &items).await;
    assert_eq!(answers[0]["code"], 400, "a failure is shown");
    assert_eq!((&answers[1], &answers[2]), (&Value::Null, &Value::Null));
    assert_eq!(answers[3]["code"], 200);
    let newest = stage.get(&format!("/me/conversations?user_id={ADA}&fields=messages.limit(1){{message}}"), page).await;
    assert_ne!(newest["data"][0]["messages"]["data"][0]["message"], "never");
}

#[tokio::test]
async fn several_ids_are_read_at_once_and_one_that_is_missing_fails_them_all() {
    let stage = Stage::frozen().await;
    let token = stage.user_token().await;
    let both = stage.get(&format!("/v26.0/?ids={PAGE},{CAFE}&fields=name"), &token).await;
    assert_eq!((&both[PAGE]["name"], &both[CAFE]["id"]), (&json!("Harbour Books"), &json!(CAFE)));
    assert_eq!(refusal(&stage.get(&format!("/?ids={PAGE},123456"), &token).await), (100, Some(33)));
    assert_eq!(refusal(&stage.get("/?ids=", &token).await).0, 2500);
    let many = vec![PAGE; 51].join(",");
    assert_eq!(refusal(&stage.get(&format!("/?ids={many}"), &token).await).0, 100);
}

#[tokio::test]
async fn the_ledger_of_calls_shows_no_token_of_a_batch() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(ROBIN, &scopes()).await.unwrap();
    let (page, cafe) = (&tokens.page_tokens[PAGE], &tokens.page_tokens[CAFE]);
    let items = json!([
        {"relative_url": "me", "access_token": cafe},
        {"relative_url": format!("me?fields=name&access_token={page}")},
        {"method": "POST", "relative_url": "me/messages", "body": format!("recipient=x&access_token={page}")},
        {"method": "POST", "relative_url": "me/messages", "body": {"access_token": cafe}},
        {"method": "POST", "relative_url": "me/messages", "body": format!("access%5Ftoken={page}&message[text]=How are you?")},
        {"method": "POST", "relative_url": "me/messages", "body": json!({"access_token": cafe}).to_string()},
    ]);
    stage.batch(&tokens.user_token, &items).await;
    let form = [("access_token", tokens.user_token.as_str()), ("batch", &items.to_string())];
    stage.client.post(stage.url("/")).form(&form).send().await.unwrap();
    let one = json!({"relative_url": "me", "access_token": cafe}).to_string();
    stage.client.post(stage.url("/")).form(&[("state", format!("{page}|x")), ("batch", one)]).send().await.unwrap();
    let ledger = stage.controls.calls(0).await.unwrap().data;
    let shown = json!(ledger).to_string();
    assert_eq!(ledger.len(), 3);
    for token in [page, cafe, &tokens.user_token] {
        assert!(!shown.contains(token), "{shown}");
    }
    assert!(shown.contains("me?fields=name&access_token=***"), "what is not secret stays: {shown}");
}
