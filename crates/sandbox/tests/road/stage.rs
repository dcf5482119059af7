//! A frozen sandbox, an app and its tools.

use link_sandbox::{Builder, Controls, Decision, Sandbox};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use url::Url;

use crate::receiver::Receiver;

pub(crate) const APP: &str = "1000000000000001";
pub(crate) const SECRET: &str = "sandbox-app-secret";
pub(crate) const ROBIN: &str = "2000000000000001";
pub(crate) const PAGE: &str = "3000000000000001";
pub(crate) const CAFE: &str = "3000000000000002";
pub(crate) const INSTAGRAM: &str = "17841400000000001";
pub(crate) const CAFE_INSTAGRAM: &str = "17841400000000002";
pub(crate) const ADA: &str = "4000000000000011";
pub(crate) const ADA_IG: &str = "5000000000000011";
pub(crate) const SCOPES: &str = "pages_show_list,pages_read_engagement,pages_manage_metadata,pages_messaging,instagram_basic,instagram_manage_messages,instagram_manage_comments";

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) controls: Controls,
    pub(crate) client: Client,
}

pub(crate) fn scopes() -> Vec<&'static str> {
    SCOPES.split(',').collect()
}

impl Stage {
    pub(crate) async fn frozen() -> Self {
        Self::of(Sandbox::builder()).await
    }

    pub(crate) async fn of(builder: Builder) -> Self {
        Self::at("2026-11-23T12:00:00Z", builder).await
    }

    /// A world of another day.
    pub(crate) async fn at(at: &str, builder: Builder) -> Self {
        let sandbox = builder.at(at.parse().unwrap()).start().await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { controls: sandbox.controls(), sandbox, client }
    }

    /// The default world with something changed in its seed.
    pub(crate) async fn with(change: impl FnOnce(&mut Value)) -> Self {
        let mut seed = link_sandbox::default_seed();
        change(&mut seed);
        Self::of(Sandbox::builder().seed(seed)).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.facebook())
    }

    pub(crate) fn dialog(&self, more: &str) -> String {
        let address = format!("/v26.0/dialog/oauth?client_id={APP}&redirect_uri=http://localhost:9/done&state=s%201&{more}");
        self.url(&address)
    }

    /// The query parameters of the address the dialog sends back to.
    pub(crate) async fn sign_in(&self, more: &str, decision: &Decision) -> Vec<(String, String)> {
        let back = self.controls.sign_in(&self.dialog(more), decision).await.unwrap();
        Url::parse(&back).unwrap().query_pairs().into_owned().collect()
    }

    pub(crate) async fn raw(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Response {
        let mut request = self.client.request(method, self.url(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Value {
        self.raw(Method::GET, path, token, None).await.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        self.raw(Method::POST, path, token, Some(body)).await.json().await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Value {
        self.raw(Method::DELETE, path, token, None).await.json().await.unwrap()
    }

    /// The Page token of a Page after everything was allowed.
    pub(crate) async fn page_token(&self, page: &str) -> String {
        self.controls.tokens(ROBIN, &scopes()).await.unwrap().page_tokens[page].clone()
    }

    pub(crate) fn app_token() -> String {
        format!("{APP}|{SECRET}")
    }

    /// An endpoint that is subscribed to everything of the first Page and its Instagram account.
    pub(crate) async fn subscribed(&self) -> Receiver {
        let receiver = Receiver::start().await;
        let page = "messages,message_echoes,message_reactions,message_edits,message_reads,messaging_postbacks,messaging_optins,messaging_referrals,feed,messaging_policy_enforcement";
        let instagram = "messages,message_reactions,message_edit,messaging_seen,messaging_postbacks,messaging_referral,comments";
        for (object, fields) in [("page", page), ("instagram", instagram)] {
            let done = self.subscribe_app(&receiver.url, object, fields).await;
            assert_eq!(done, json!({"success": true}), "the callback answers the handshake");
        }
        let token = self.page_token(PAGE).await;
        let done = self.post(&format!("/v26.0/{PAGE}/subscribed_apps"), &token, &json!({"subscribed_fields": page})).await;
        assert_eq!(done, json!({"success": true}));
        receiver
    }

    pub(crate) async fn subscribe_app(&self, url: &str, object: &str, fields: &str) -> Value {
        let body =
            json!({"object": object, "callback_url": url, "verify_token": "sandbox-verify", "fields": fields, "include_values": true});
        self.post(&format!("/{APP}/subscriptions"), &Self::app_token(), &body).await
    }

    pub(crate) async fn send(&self, token: &str, to: &str, message: Value) -> Value {
        let body = json!({"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": message});
        self.post("/v26.0/me/messages", token, &body).await
    }
}

/// The code and subcode of an error.
pub(crate) fn refusal(answer: &Value) -> (i64, Option<i64>) {
    let error = &answer["error"];
    assert!(error["message"].is_string() && error["type"].is_string(), "{answer} is an error in its envelope");
    assert!(error["fbtrace_id"].is_string(), "every error can be traced");
    (error["code"].as_i64().unwrap(), error["error_subcode"].as_i64())
}

pub(crate) fn named<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
