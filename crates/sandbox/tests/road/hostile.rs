mod endpoints;
mod thrown;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, INSTAGRAM, PAGE, ROBIN, Stage, scopes};
use endpoints::{Endpoint, endpoints};

/// Codes that the platform's own pages know.
const KNOWN: [i64; 40] = [
    1, 2, 4, 10, 15, 17, 25, 32, 100, 101, 104, 190, 200, 230, 551, 613, 2200, 2500, 2635, 9010, 10_303, 10_900, 10_903, 36_103, 80_001,
    80_002, 80_006, 2_018_218, 2_018_300, 2_534_001, 2_534_068, 9_000_001, 3, 5, 368, 506, 803, 1_545_041, 36_007, 36_009,
];

/// Whose tokens a hostile caller holds.
struct Tokens {
    page: String,
    user: String,
    instagram: String,
}

impl Stage {
    async fn held(&self) -> Tokens {
        let tokens = self.controls.tokens(ROBIN, &scopes()).await.unwrap();
        Tokens { page: tokens.page_tokens[PAGE].clone(), user: tokens.user_token, instagram: self.ig_token(INSTAGRAM).await }
    }

    fn origin(&self, instagram: bool) -> String {
        if instagram { self.sandbox.instagram() } else { self.sandbox.facebook() }
    }
}

/// An answer as the platform gives one: JSON, no error of ours, and an error only in its envelope and with a known code.
async fn civil(answer: Response, what: &str) -> Value {
    let status = answer.status().as_u16();
    assert!(status < 500, "{what}: {status}");
    let kind = answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = answer.text().await.unwrap();
    if kind.starts_with("text/html") || status == 302 {
        return Value::Null;
    }
    let told: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{what}: {error}: {body}"));
    if told["error_type"].is_string() {
        assert!(told["error_message"].is_string() && told["code"] == 400 && status == 400, "{what}: {told}");
        return told;
    }
    assert_eq!(status == 200, told.get("error").is_none(), "{what}: {status} {told}");
    if status != 200 {
        let error = &told["error"];
        assert!(error["message"].is_string() && error["type"].is_string() && error["fbtrace_id"].is_string(), "{what}: {told}");
        assert!(KNOWN.contains(&error["code"].as_i64().unwrap_or_default()), "{what}: {told}");
        assert!(error.get("error_subcode").is_none_or(Value::is_i64), "{what}: {told}");
    }
    told
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("x"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"id": inner}) })
}

fn wrong_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("\u{0}"),
        json!("{"),
        json!("../../etc"),
        json!("é🎉".repeat(2_000)),
        json!([]),
        json!([null]),
        json!([[7], {"id": {}}]),
        json!({}),
        json!({"id": []}),
        json!({"": ""}),
        json!({"id": 7, "type": 7, "mid": 7, "text": 7}),
        deep(60),
    ]
}

async fn call(stage: &Stage, token: &str, (on_instagram, method, path, _): &Endpoint, params: &Value) -> Response {
    let method: Method = method.parse().unwrap();
    let mut url = url::Url::parse(&format!("{}{path}", stage.origin(*on_instagram))).unwrap();
    if method == Method::POST {
        return stage.client.post(url).bearer_auth(token).json(params).send().await.unwrap();
    }
    for (name, value) in params.as_object().unwrap() {
        match value {
            Value::Null => {}
            Value::String(text) => drop(url.query_pairs_mut().append_pair(name, text)),
            other => drop(url.query_pairs_mut().append_pair(name, &other.to_string())),
        }
    }
    stage.client.request(method, url).bearer_auth(token).send().await.unwrap()
}

/// Everything here ends soon, or hangs.
async fn soon(work: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(60), work).await.unwrap();
}

#[tokio::test]
async fn a_wrong_value_of_any_parameter_is_refused_or_taken_and_breaks_nothing() {
    soon(async {
        let stage = Stage::with(|seed| seed["limits"]["profile_calls_per_ten_minutes"] = Value::Null).await;
        let tokens = stage.held().await;
        let label = stage.post("/me/custom_labels", &tokens.page, &json!({"page_label_name": "regulars"})).await;
        for endpoint in endpoints(label["id"].as_str().unwrap()) {
            let tokens = stage.held().await;
            let works =
                civil(call(&stage, if endpoint.0 { &tokens.instagram } else { &tokens.page }, &endpoint, &endpoint.3).await, "right").await;
            assert_ne!(works["error"]["code"], 2500, "{} {} is there", endpoint.1, endpoint.2);
            let token = if endpoint.0 { &tokens.instagram } else { &tokens.page };
            for name in endpoint.3.as_object().unwrap().keys() {
                for value in wrong_values() {
                    let mut params = endpoint.3.clone();
                    params[name] = value.clone();
                    let shown: String = value.to_string().chars().take(60).collect();
                    let what = format!("{} {} with {name}={shown}", endpoint.1, endpoint.2);
                    civil(call(&stage, token, &endpoint, &params).await, &what).await;
                }
            }
        }
        assert!(stage.controls.state().await.is_ok(), "the world still stands");
    })
    .await;
}

#[tokio::test]
async fn the_inside_of_a_message_may_be_anything() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        for key in ["text", "attachment", "attachments", "quick_replies", "metadata", "sticker_id", "template", "dynamic_text", "other"] {
            for value in wrong_values() {
                for inner in [
                    value.clone(),
                    json!([value]),
                    json!({"type": "template", "payload": value}),
                    json!({"type": "image", "payload": value}),
                    json!({"type": value}),
                ] {
                    let mut message = json!({});
                    message[key] = inner;
                    for (instagram, token, to) in
                        [(false, &tokens.page, ADA), (false, &tokens.page, ADA_IG), (true, &tokens.instagram, ADA_IG)]
                    {
                        let endpoint = (instagram, "POST", "/me/messages".to_owned(), Value::Null);
                        let params = json!({"recipient": {"id": to}, "message": message});
                        civil(call(&stage, token, &endpoint, &params).await, &format!("message {key} to {to}")).await;
                    }
                }
            }
        }
    })
    .await;
}

fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=x";
    let mut unended = b"--x\r\nContent-Disposition: form-data; name=\"filedata\"; filename=\"".to_vec();
    unended.extend(vec![b'a'; 10_000]);
    vec![
        (json, b"{".to_vec()),
        (json, b"[1]".to_vec()),
        (json, b"\"x\"".to_vec()),
        (json, b"nul".to_vec()),
        (json, b"{\"a\":1}{".to_vec()),
        (json, vec![b'['; 1 << 20]),
        (json, [vec![b'{'; 1], b"\"a\":".repeat(100_000)].concat()),
        (json, vec![0; 4_096]),
        (json, b"{\"message\":\"\xff\xfe\"}".to_vec()),
        (json, b"{\"recipient\":{\"id\":1e999}}".to_vec()),
        (json, b"{\"\\ud800\":1}".to_vec()),
        (form, vec![b'['; 1 << 20]),
        (form, b"a[".repeat(50_000)),
        (form, b"a[b]=1&a=2&a[b][c]=3&a[]=4&[x]=5&=&&%".to_vec()),
        (form, vec![0xff; 4_096]),
        (form, vec![0; 4_096]),
        (multipart, b"--x".to_vec()),
        (multipart, b"--x--".to_vec()),
        (multipart, b"--x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"\r\n\r\n1\r\n--x--".to_vec()),
        (multipart, unended),
        (multipart, b"--x\r\n".repeat(20_000)),
        (multipart, vec![b'-'; 1 << 20]),
        ("multipart/form-data", b"--x\r\n".to_vec()),
        ("multipart/form-data; boundary=\"\"", b"--x\r\n".to_vec()),
        ("application/octet-stream", vec![0xfe; 4_096]),
        ("text/plain; charset=é", b"recipient=x".to_vec()),
    ]
}

#[tokio::test]
async fn a_broken_body_is_refused_in_the_platforms_own_words() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        for (instagram, path) in [
            (false, "/me/messages"),
            (false, "/v26.0/"),
            (false, "/me/message_attachments"),
            (false, "/oauth/access_token"),
            (false, "/1000000000000001/subscriptions"),
            (true, "/me/messages"),
            (true, "/oauth/access_token"),
            (true, "/me/message_attachments"),
        ] {
            for (kind, body) in bodies() {
                let token = if instagram { &tokens.instagram } else { &tokens.page };
                let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
                let request = stage.client.post(format!("{}{path}", stage.origin(instagram))).bearer_auth(token);
                let Ok(kind) = reqwest::header::HeaderValue::from_bytes(kind.as_bytes()) else { continue };
                let answer = request.header("content-type", kind).body(body).send().await.unwrap();
                assert_ne!(answer.status(), 200, "{path} {shown}");
                civil(answer, &format!("{path} {shown}")).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_id_of_nothing_is_the_id_of_nothing() {
    soon(async {
        let stage = Stage::frozen().await;
        let tokens = stage.held().await;
        let long = "9".repeat(6_000);
        for id in [
            "0",
            "-1",
            "1e9",
            "%00",
            "%ff%fe",
            "%2e%2e",
            "%2F",
            "a b",
            "..%5c",
            "m_",
            "t_",
            "aWdf",
            "aWdfZAG1faXRlbToxOklH",
            "ZDZDZDZD",
            "ZAZAZA",
            "aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6MTc4NDE0MDAwMDAwMDAwMDE6MQZDZD",
            "17910000000000000",
            "18040",
            "me%00",
            "v26.0",
            "v99999999999999999999.0",
            "v.",
            "v26.0/v26.0",
            "é",
            "🎉",
            "{result=x}",
            "oauth",
            "dialog",
            "debug_token",
            "sticker_packs/%00/stickers",
            &long,
        ] {
            for (instagram, token) in [
                (false, &tokens.page),
                (false, &tokens.user),
                (false, &Stage::app_token()),
                (true, &tokens.instagram),
                (true, &String::new()),
            ] {
                for edge in ["", "/messages", "/conversations", "/label", "/attachments", "/x/y/z"] {
                    for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
                        let url = format!("{}/{id}{edge}", stage.origin(instagram));
                        let answer = stage.client.request(method.clone(), &url).bearer_auth(token).send().await.unwrap();
                        civil(answer, &format!("{method} {id}{edge}")).await;
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_sandboxs_own_calls_refuse_what_is_wrong_with_a_sentence() {
    soon(async {
        let stage = Stage::frozen().await;
        let before = stage.controls.state().await.unwrap();
        let bodies: [&[u8]; 12] = [
            b"", b"{", b"[]", b"7", b"null", b"\"x\"", b"{\"a\":1}", b"\xff\xfe", b"{\"to\":7}", b"{\"to\":\"3000000000000001\",\"text\":[]}",
            b"{\"action\":{}}", b"{\"advance\":-1}",
        ];
        let nested = vec![b'['; 1 << 20];
        for path in [
            "tokens", "clock", "faults", "seed", "customers/c1/messages", "customers/c1/actions", "customers/%00/actions", "staff/3000000000000001/messages",
            "staff/x/messages", "staff/3000000000000001/actions", "people/2000000000000001/actions", "people/x/actions", "calls", "nothing", "faults/1", "",
        ] {
            for body in bodies.iter().copied().chain([nested.as_slice()]) {
                let answer = stage.client.post(stage.url(&format!("/_sandbox/{path}"))).body(body.to_vec()).send().await.unwrap();
                let status = answer.status().as_u16();
                let told: Value = answer.json().await.unwrap();
                let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
                assert!(matches!(status, 400 | 404), "{path} {shown}: {status} {told}");
                let sentence = told["error"].as_str().unwrap_or_default();
                assert!(sentence.split(' ').count() > 3 && sentence.len() < 1_000, "{path} {shown}: {told}");
            }
        }
        for query in ["after=x", "limit=-1", "limit=99999999999999999999", "other=1", "after"] {
            for ledger in ["calls", "deliveries"] {
                let answer = stage.client.get(stage.url(&format!("/_sandbox/{ledger}?{query}"))).send().await.unwrap();
                assert_eq!(answer.status(), 400, "{ledger}?{query}");
            }
        }
        for seed in [
            json!({"apps": [{}]}),
            json!({"apps": {}}),
            json!({"pages": [{"id": 7}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [{"person": "nobody"}]}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [], "instagram": "nobody"}]}),
            json!({"pages": [{"id": "9", "name": "x", "admins": [], "business": "nobody"}]}),
            json!({"limits": {"app_calls_per_hour": -1}}),
            json!({"limits": []}),
            json!({"conversations": [{"account": "1", "customer": "c1"}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c9"}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c1", "history": {"messages": 99_999_999, "every": "1h", "last": "1h"}}]}),
            json!({"conversations": [{"account": PAGE, "customer": "c1", "history": {"messages": 5, "every": "99999999d", "last": "1h"}}]}),
            json!({"clock": "2030-01-01T00:00:00Z"}),
            json!({"colour": "blue"}),
        ] {
            assert!(stage.controls.seed(&seed).await.is_err(), "{seed}");
        }
        assert_eq!(stage.controls.state().await.unwrap(), before, "what was refused changed nothing");
    })
    .await;
}
