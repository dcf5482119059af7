//! A frozen sandbox with everything an app has at hand.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use link_sandbox::Sandbox;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) const APP: &str = "1000000000000001";
pub(crate) const SECRET: &str = "sandbox-app-secret";
pub(crate) const ROBIN: &str = "2000000000000001";
pub(crate) const PAGE: &str = "3000000000000001";
pub(crate) const INSTAGRAM: &str = "17841400000000001";
pub(crate) const ADA: &str = "4000000000000011";
pub(crate) const ADA_IG: &str = "5000000000000011";

const SCOPES: &str = "pages_show_list,pages_read_engagement,pages_manage_metadata,pages_messaging,instagram_basic,\
instagram_manage_messages,instagram_manage_comments,business_management,pages_utility_messaging,email";
const LOGIN_SCOPES: [&str; 3] = ["instagram_business_basic", "instagram_business_manage_messages", "instagram_business_manage_comments"];

/// On whose behalf a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    App,
    User,
    Page,
    /// The Instagram account by its own login, on the Instagram origin.
    Login,
}

/// A notification, or a `signed_request`, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
    pub(crate) hook: String,
    desk: Desk,
    user: String,
    page: String,
    login: String,
}

impl Stage {
    pub(crate) async fn start(client: Client) -> Self {
        let sandbox = Sandbox::builder().at("2026-11-23T12:00:00Z".parse().unwrap()).start().await.unwrap();
        let controls = sandbox.controls();
        let scopes: Vec<&str> = SCOPES.split(',').collect();
        let tokens = controls.tokens(ROBIN, &scopes).await.unwrap();
        let login = controls.instagram_token(INSTAGRAM, &LOGIN_SCOPES).await.unwrap();
        let (hook, desk) = endpoint().await;
        Self { page: tokens.page_tokens[PAGE].clone(), user: tokens.user_token, sandbox, client, hook, desk, login }
    }

    pub(crate) fn token(&self, who: Who) -> String {
        match who {
            Who::Nobody => String::new(),
            Who::App => format!("{APP}|{SECRET}"),
            Who::User => self.user.clone(),
            Who::Page => self.page.clone(),
            Who::Login => self.login.clone(),
        }
    }

    /// Tokens and the endpoint in the places that a call keeps for them.
    fn filled(&self, text: &str) -> String {
        text.replace("{user}", &self.user).replace("{page}", &self.page).replace("{login}", &self.login).replace("{hook}", &self.hook)
    }

    /// Makes a call such as `GET /me` and hands back the whole response.
    pub(crate) async fn raw(&self, who: Who, call: &str, body: &str) -> Response {
        let (method, path) = call.split_once(' ').unwrap();
        let origin = if who == Who::Login { self.sandbox.instagram() } else { self.sandbox.facebook() };
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{origin}{}", self.filled(path)));
        if who != Who::Nobody {
            request = request.bearer_auth(self.token(who));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(self.filled(body));
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn call(&self, who: Who, call: &str, body: &str) -> Value {
        let text = self.raw(who, call, body).await.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    pub(crate) async fn get(&self, who: Who, path: &str) -> Value {
        self.call(who, &format!("GET {path}"), "").await
    }

    pub(crate) async fn post(&self, who: Who, path: &str, body: &Value) -> Value {
        self.call(who, &format!("POST {path}"), &body.to_string()).await
    }

    /// One of the sandbox's own calls: `clock`, or `GET state`.
    pub(crate) async fn own(&self, call: &str, body: &str) -> Value {
        let (method, path) = call.split_once(' ').unwrap_or(("POST", call));
        let answer = self.call(Who::Nobody, &format!("{method} /_sandbox/{path}"), body).await;
        assert!(answer.get("error").is_none(), "{call} {body}: {answer}");
        answer
    }

    /// Walks through a dialog; the address that the browser is sent back to.
    pub(crate) async fn walk(&self, more: &str, form: &[(&str, &str)]) -> url::Url {
        let url =
            format!("{}/v26.0/dialog/oauth?client_id={APP}&redirect_uri=http://localhost:9/done&state=s1&{more}", self.sandbox.facebook());
        self.back(&url, form).await
    }

    pub(crate) async fn back(&self, url: &str, form: &[(&str, &str)]) -> url::Url {
        let answer = self.client.post(url).form(form).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
    }

    pub(crate) fn query(url: &url::Url, name: &str) -> Option<String> {
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Subscribes the endpoint to everything, on both roads.
    pub(crate) async fn subscribed(&self, page: &str, instagram: &str) {
        for (object, fields) in [("page", page), ("instagram", instagram)] {
            let body = json!({"object": object, "callback_url": self.hook, "verify_token": "v", "fields": fields});
            let done = self.post(Who::App, &format!("/{APP}/subscriptions"), &body).await;
            assert_eq!(done, json!({"success": true}));
        }
        let done = self.post(Who::Page, &format!("/{PAGE}/subscribed_apps"), &json!({"subscribed_fields": page})).await;
        assert_eq!(done, json!({"success": true}));
    }

    /// What arrived so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.desk.arrived.lock().unwrap().clone()
    }

    /// From now on the endpoint answers every notification with an error.
    pub(crate) fn refuse(&self) {
        self.desk.refuses.store(true, Ordering::SeqCst);
    }

    /// Waits until so many notifications came.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Arrived> {
        let mut bell = self.desk.bell.subscribe();
        let came = tokio::time::timeout(Duration::from_secs(10), bell.wait_for(|known| *known >= count)).await;
        assert!(came.is_ok(), "{} of {count} notifications came", self.arrived().len());
        self.arrived()
    }
}

#[derive(Clone, Default)]
struct Desk {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    refuses: Arc<AtomicBool>,
    /// How many have arrived.
    bell: Arc<watch::Sender<usize>>,
}

async fn endpoint() -> (String, Desk) {
    let desk = Desk::default();
    let router = Router::new().route("/hook", get(handshake).post(notification)).with_state(desk.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, desk)
}

#[derive(serde::Deserialize)]
struct Handshake {
    #[serde(rename = "hub.challenge")]
    challenge: String,
}

async fn handshake(Query(asked): Query<Handshake>) -> String {
    asked.challenge
}

async fn notification(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let count = {
        let mut arrived = desk.arrived.lock().unwrap();
        arrived.push(Arrived { headers, body });
        arrived.len()
    };
    desk.bell.send_modify(|known| *known = count.max(*known));
    if desk.refuses.load(Ordering::SeqCst) { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}
