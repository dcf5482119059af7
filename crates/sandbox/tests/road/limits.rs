use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, APP, CAFE, INSTAGRAM, PAGE, ROBIN, Stage, refusal, scopes};

/// A world in which some limits are low enough to be reached.
async fn limited(limits: Value) -> Stage {
    Stage::with(|seed| seed["limits"].as_object_mut().unwrap().extend(limits.as_object().unwrap().clone())).await
}

impl Stage {
    async fn got(&self, path: &str, token: &str) -> Response {
        self.raw(Method::GET, path, token, None).await
    }
}

fn header(answer: &Response, name: &str) -> Value {
    answer.headers().get(name).map_or(Value::Null, |value| serde_json::from_slice(value.as_bytes()).unwrap())
}

/// Calls until the limit is reached, sees the code, and sees it end with its span.
async fn reached(stage: &Stage, path: &str, token: &str, limit: usize, code: i64, span: &str, almost: &str) {
    for call in 0..limit {
        assert_eq!(stage.got(path, token).await.status(), 200, "call {call} of {limit} to {path}");
    }
    let answer = stage.got(path, token).await;
    assert_eq!(answer.status(), 400);
    let told: Value = answer.json().await.unwrap();
    assert_eq!((refusal(&told).0, &told["error"]["is_transient"]), (code, &json!(true)), "one call too many to {path}");
    stage.controls.advance(almost).await.unwrap();
    assert_eq!(refusal(&stage.get(path, token).await).0, code, "calling on prolongs it");
    stage.controls.advance(span).await.unwrap();
    assert_eq!(stage.got(path, token).await.status(), 200, "and it passes");
}

#[tokio::test]
async fn an_app_has_so_many_calls_an_hour() {
    let stage = limited(json!({"app_calls_per_hour": 4})).await;
    reached(&stage, &format!("/{APP}"), &Stage::app_token(), 4, 4, "1h", "59m").await;
}

#[tokio::test]
async fn what_people_call_counts_against_the_app_as_well() {
    let stage = limited(json!({"app_calls_per_hour": 4})).await;
    let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
    for _ in 0..4 {
        stage.get("/me", &user).await;
    }
    assert_eq!(refusal(&stage.get(&format!("/{APP}"), &Stage::app_token()).await).0, 4);
    let page = stage.page_token(PAGE).await;
    assert_eq!(stage.got("/me", &page).await.status(), 200, "a Page's calls are counted elsewhere");
}

#[tokio::test]
async fn a_person_has_so_many_calls_an_hour() {
    let stage = limited(json!({"user_calls_per_hour": 5})).await;
    let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
    reached(&stage, "/me", &user, 5, 17, "1h", "59m").await;
}

#[tokio::test]
async fn a_page_has_so_many_calls_an_hour_with_a_persons_token() {
    let stage = limited(json!({"page_calls_per_hour": 3})).await;
    let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
    reached(&stage, &format!("/{PAGE}"), &user, 3, 32, "1h", "59m").await;
    let page = stage.got(&format!("/{CAFE}"), &user).await;
    assert_eq!((page.status().as_u16(), header(&page, "x-page-usage")["call_count"].as_u64()), (200, Some(34)), "each Page for itself");
}

#[tokio::test]
async fn a_page_has_so_many_calls_an_hour_with_an_apps_token() {
    let stage = limited(json!({"page_calls_per_hour": 2, "app_calls_per_hour": 9})).await;
    for code in [100, 100, 32] {
        assert_eq!(refusal(&stage.get(&format!("/{PAGE}"), &Stage::app_token()).await).0, code);
    }
    assert_eq!(stage.got(&format!("/{APP}"), &Stage::app_token()).await.status(), 200, "the app's own calls go on");
}

#[tokio::test]
async fn a_page_has_so_many_calls_a_day_and_messaging_counts_apart() {
    let stage = limited(json!({"page_calls_per_day": 3, "messaging_calls_per_day": 4, "instagram_calls_per_day": 2})).await;
    let token = stage.page_token(PAGE).await;
    reached(&stage, "/me", &token, 3, 80_001, "24h", "23h").await;
    reached(&stage, "/me/conversations", &token, 4, 80_006, "24h", "23h").await;
    reached(&stage, &format!("/{INSTAGRAM}"), &token, 2, 80_002, "24h", "23h").await;
    let own = stage.ig_token(INSTAGRAM).await;
    for _ in 0..2 {
        stage.ig_get("/me", &own).await;
    }
    let told = stage.ig_get("/me", &own).await;
    assert_eq!(refusal(&told).0, 80_002, "both roads count against the account");
}

#[tokio::test]
async fn each_answer_says_how_much_was_used_and_when_it_is_free_again() {
    let stage = limited(json!({"app_calls_per_hour": 10, "messaging_calls_per_day": 4, "page_calls_per_day": 10})).await;
    let tokens = stage.controls.tokens(ROBIN, &scopes()).await.unwrap();
    let answer = stage.got("/me", &tokens.user_token).await;
    assert_eq!(header(&answer, "x-app-usage"), json!({"call_count": 10, "total_time": 10, "total_cputime": 10}), "percent");
    let answer = stage.got(&format!("/{PAGE}"), &tokens.user_token).await;
    assert_eq!(header(&answer, "x-app-usage")["call_count"], 20);
    assert!(header(&answer, "x-page-usage")["call_count"].is_u64());
    let token = &tokens.page_tokens[PAGE];
    stage.get("/me", token).await;
    for call in 1..=4_u64 {
        let answer = stage.got("/me/conversations", token).await;
        let used = header(&answer, "x-business-use-case-usage")[PAGE].clone();
        let messenger = used.as_array().unwrap().iter().find(|it| it["type"] == "messenger").unwrap().clone();
        assert_eq!((&messenger["call_count"], &messenger["estimated_time_to_regain_access"]), (&json!(25 * call), &json!(0)));
        assert!(used.as_array().unwrap().iter().any(|it| it["type"] == "pages" && it["call_count"] == 10), "{used}");
    }
    stage.controls.advance("90m").await.unwrap();
    let answer = stage.got("/me/conversations", token).await;
    let used = header(&answer, "x-business-use-case-usage")[PAGE][0].clone();
    assert_eq!(used["call_count"], 125, "more than all of it");
    let minutes = used["estimated_time_to_regain_access"].as_i64().unwrap();
    assert!((22 * 60 + 29..=22 * 60 + 31).contains(&minutes), "minutes, not seconds: {minutes}");
    stage.controls.advance("23h").await.unwrap();
    let answer = stage.got("/me/conversations", token).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "x-business-use-case-usage")[PAGE][0]["call_count"], 50, "the one too many still counts");
    let none = stage.client.get(stage.url("/me")).send().await.unwrap();
    assert!(none.headers().keys().all(|name| !name.as_str().contains("usage")), "nobody's usage is told to nobody");
}

#[tokio::test]
async fn an_account_sends_and_reads_only_so_fast() {
    let stage = limited(json!({
        "sends_per_second": 3, "heavy_sends_per_second": 1, "conversations_per_second": 2, "profile_calls_per_ten_minutes": 2,
        "private_replies_per_hour": 1,
    }))
    .await;
    let token = stage.page_token(PAGE).await;
    for (to, subcode) in [(ADA, None), (ADA_IG, Some(2_534_040))] {
        for _ in 0..3 {
            assert!(stage.send(&token, to, json!({"text": "x"})).await["message_id"].is_string());
        }
        assert_eq!(refusal(&stage.send(&token, to, json!({"text": "x"})).await), (613, subcode));
        stage.controls.advance("1s").await.unwrap();
        let film = json!({"attachment": {"type": "video", "payload": {"url": "https://example.org/a.mp4"}}});
        assert!(stage.send(&token, to, film.clone()).await["message_id"].is_string());
        assert_eq!(refusal(&stage.send(&token, to, film).await), (613, subcode), "films go slower");
        assert!(stage.send(&token, to, json!({"text": "x"})).await["message_id"].is_string(), "while words go on");
        stage.controls.advance("1s").await.unwrap();
    }
    for _ in 0..2 {
        assert!(stage.get("/me/conversations", &token).await["data"].is_array());
    }
    assert_eq!(refusal(&stage.get("/me/conversations", &token).await).0, 613);
    assert!(stage.get("/me/conversations?platform=instagram", &token).await["data"].is_array(), "each account for itself");
    stage.controls.advance("1s").await.unwrap();
    assert!(stage.get("/me/conversations", &token).await["data"].is_array());
    for _ in 0..2 {
        stage.get("/me/messenger_profile", &token).await;
    }
    assert_eq!(refusal(&stage.get("/me/messenger_profile", &token).await).0, 613);
    stage.controls.advance("10m").await.unwrap();
    assert!(stage.get("/me/messenger_profile", &token).await["data"].is_array());
    for expected in [None, Some(613)] {
        let comment = stage.controls.customer_acts("c2", PAGE, &link_sandbox::Action::Comment { text: "?".into() }).await.unwrap();
        let body = json!({"recipient": {"comment_id": comment}, "message": {"text": "!"}});
        let told = stage.post("/me/messages", &token, &body).await;
        assert_eq!(told["error"]["code"].as_i64(), expected, "{told}");
    }
}

#[tokio::test]
async fn throttling_may_be_told_as_429() {
    for (word, status) in [("400", 400), ("429", 429)] {
        let stage = Stage::with(|seed| {
            seed["limits"]["user_calls_per_hour"] = json!(0);
            seed["quirks"]["throttle_status"] = json!(word);
        })
        .await;
        let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
        let answer = stage.got("/me", &user).await;
        assert_eq!((answer.status().as_u16(), answer.headers().contains_key("retry-after")), (status, status == 429));
        assert_eq!(refusal(&answer.json().await.unwrap()).0, 17);
    }
}
