//! The remote control.

pub(crate) mod answers;
pub(crate) mod error;
pub(crate) mod words;

use reqwest::{Client, Method, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use answers::{Ledger, Tokens, Written};
use error::ControlError;
use words::{Action, CustomerMessage, Decision, PersonAction, StaffAction};

/// Plays the people on the other side: who signs in, who writes, who withdraws. Cheap to clone.
///
/// It works the same on a sandbox in this process ([`Sandbox::controls`](crate::Sandbox::controls)) and on one in
/// another process ([`Controls::new`]). An account is always named by its id: a Page's for Messenger, an
/// Instagram account's for Instagram. A customer is named by the world's own name, such as `c1`.
#[derive(Clone, Debug)]
pub struct Controls {
    facebook: String,
    instagram: String,
    client: Client,
}

impl Controls {
    /// Controls for the sandbox at these two origins.
    pub fn new(facebook: &str, instagram: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default();
        Self { facebook: facebook.trim_end_matches('/').to_owned(), instagram: instagram.trim_end_matches('/').to_owned(), client }
    }

    /// The Facebook origin.
    pub fn facebook(&self) -> &str {
        &self.facebook
    }

    /// The Instagram origin.
    pub fn instagram(&self) -> &str {
        &self.instagram
    }

    /// Walks through the login dialog at `dialog_url` and returns the address the browser is sent back to.
    pub async fn sign_in(&self, dialog_url: &str, decision: &Decision) -> Result<String, ControlError> {
        let response = self.client.post(dialog_url).form(&decision.fields()).send().await.map_err(ControlError::unreachable)?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").and_then(|location| location.to_str().ok()).map(str::to_owned);
        match location {
            Some(location) if status == 302 => Ok(location),
            _ => Err(ControlError::Refused { status, sentence: "the dialog showed its error page and sent nobody back".to_owned() }),
        }
    }

    /// The tokens that a walk through the Facebook dialog with these scopes and every Page would end in.
    pub async fn tokens(&self, person: &str, scopes: &[&str]) -> Result<Tokens, ControlError> {
        let body = json!({"person": person, "scopes": scopes, "road": "facebook"});
        self.post("tokens", &body).await
    }

    /// The token that a walk through Instagram's dialog with these scopes, and its exchange, would end in.
    pub async fn instagram_token(&self, account: &str, scopes: &[&str]) -> Result<String, ControlError> {
        let body = json!({"instagram": account, "scopes": scopes, "road": "instagram"});
        let done: Value = self.post("tokens", &body).await?;
        Ok(done["token"].as_str().unwrap_or_default().to_owned())
    }

    /// A customer writes a text.
    pub async fn customer_writes(&self, customer: &str, to: &str, text: &str) -> Result<Written, ControlError> {
        self.customer_sends(customer, to, &CustomerMessage::text(text)).await
    }

    /// A customer writes a message of any kind.
    pub async fn customer_sends(&self, customer: &str, to: &str, message: &CustomerMessage) -> Result<Written, ControlError> {
        self.post(&format!("customers/{customer}/messages"), &message.body(to)).await
    }

    /// A customer does something else: reacts, edits, unsends, reads, taps. Returns the message id concerned, if any.
    pub async fn customer_acts(&self, customer: &str, to: &str, action: &Action) -> Result<Option<String>, ControlError> {
        let body = action.body(to);
        let done: Value = self.post(&format!("customers/{customer}/actions"), &body).await?;
        Ok(done["mid"].as_str().map(str::to_owned))
    }

    /// A customer opens the app's own login from within Messenger. Returns the account linking token, which is good for
    /// five minutes; the customer comes back with [`Action::LinkAccount`].
    pub async fn customer_opens_login(&self, customer: &str, page: &str) -> Result<String, ControlError> {
        let body = json!({"to": page, "action": "link_account"});
        let done: Value = self.post(&format!("customers/{customer}/actions"), &body).await?;
        Ok(done["account_linking_token"].as_str().unwrap_or_default().to_owned())
    }

    /// Tells of an event that nothing in the world causes by itself; `GET /_sandbox/events` names them all. `more` is a
    /// JSON object of what it is to say, such as `{"customer":"c1","text":"..."}`. Returns the message id concerned, if
    /// any.
    pub async fn event(&self, event: &str, to: &str, more: &Value) -> Result<Option<String>, ControlError> {
        let mut body = json!({"event": event, "to": to});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let done: Value = self.post("events", &body).await?;
        Ok(done["mid"].as_str().map(str::to_owned))
    }

    /// The owner answers a customer in Meta's own app. Returns the message id.
    pub async fn staff_writes(&self, account: &str, to: &str, text: &str) -> Result<String, ControlError> {
        let body = json!({"to": to, "text": text});
        let done: Value = self.post(&format!("staff/{account}/messages"), &body).await?;
        Ok(done["mid"].as_str().unwrap_or_default().to_owned())
    }

    /// The owner answers through another app, which the echo names on Messenger. Returns the message id.
    pub async fn staff_writes_through(&self, app: &str, account: &str, to: &str, text: &str) -> Result<String, ControlError> {
        let body = json!({"to": to, "text": text, "app_id": app});
        let done: Value = self.post(&format!("staff/{account}/messages"), &body).await?;
        Ok(done["mid"].as_str().unwrap_or_default().to_owned())
    }

    /// The owner does something else in Meta's own app: reacts, or takes a message back.
    pub async fn staff_acts(&self, account: &str, to: &str, action: &StaffAction) -> Result<(), ControlError> {
        self.post::<Value>(&format!("staff/{account}/actions"), &action.body(to)).await.map(drop)
    }

    /// A person who runs Pages changes something.
    pub async fn person_acts(&self, person: &str, action: &PersonAction) -> Result<(), ControlError> {
        let path = format!("people/{person}/actions");
        self.post::<Value>(&path, &action.body()).await.map(drop)
    }

    /// Moves the clock forward by a span such as `25h`, `90m` or `61d`; returns the new time (RFC 3339).
    pub async fn advance(&self, span: &str) -> Result<String, ControlError> {
        let clock: Value = self.post("clock", &json!({"advance": span})).await?;
        Ok(clock["now"].as_str().unwrap_or_default().to_owned())
    }

    /// Moves the clock forward to this time (RFC 3339).
    pub async fn set_clock(&self, at: &str) -> Result<(), ControlError> {
        self.post::<Value>("clock", &json!({"set": at})).await.map(drop)
    }

    /// What time it is in the sandbox (RFC 3339).
    pub async fn now(&self) -> Result<String, ControlError> {
        let clock: Value = self.get("clock").await?;
        Ok(clock["now"].as_str().unwrap_or_default().to_owned())
    }

    /// Plants a fault; returns its id.
    pub async fn fault(&self, fault: Value) -> Result<String, ControlError> {
        let planted: Value = self.post("faults", &fault).await?;
        Ok(planted["id"].as_str().unwrap_or_default().to_owned())
    }

    /// How often a planted fault struck; 0 if it is not there.
    pub async fn fired(&self, id: &str) -> Result<u64, ControlError> {
        let planted: Value = self.get("faults").await?;
        let all = planted["data"].as_array().into_iter().flatten();
        Ok(all.filter(|fault| fault["id"] == id).filter_map(|fault| fault["fired"].as_u64()).sum())
    }

    /// Takes one fault away, whether it struck or not.
    pub async fn clear_fault(&self, id: &str) -> Result<(), ControlError> {
        self.call::<Value>(Method::DELETE, &format!("faults/{id}"), None).await.map(drop)
    }

    /// Takes all faults away.
    pub async fn clear_faults(&self) -> Result<(), ControlError> {
        self.call::<Value>(Method::DELETE, "faults", None).await.map(drop)
    }

    /// Calls that were made to the platform after number `after` (0 for all).
    pub async fn calls(&self, after: u64) -> Result<Ledger, ControlError> {
        self.get(&format!("calls?after={after}&limit=10000")).await
    }

    /// Attempts to deliver a webhook after number `after` (0 for all).
    pub async fn deliveries(&self, after: u64) -> Result<Ledger, ControlError> {
        self.get(&format!("deliveries?after={after}&limit=10000")).await
    }

    /// How many deliveries are still to be made, those that wait for another attempt or for a held-back time among them.
    pub async fn undelivered(&self) -> Result<u64, ControlError> {
        let told: Value = self.get("undelivered").await?;
        Ok(told["undelivered"].as_u64().unwrap_or_default())
    }

    /// Makes everything that failed and waits for another attempt due at once; returns how many deliveries that are.
    pub async fn redeliver(&self) -> Result<u64, ControlError> {
        let told: Value = self.post("redeliver", &json!({})).await?;
        Ok(told["redelivered"].as_u64().unwrap_or_default())
    }

    /// The whole world.
    pub async fn state(&self) -> Result<Value, ControlError> {
        self.get("state").await
    }

    /// Adds to the world; what has the same id is changed.
    pub async fn seed(&self, seed: &Value) -> Result<(), ControlError> {
        self.post::<Value>("seed", seed).await.map(drop)
    }

    /// Starts over.
    pub async fn reset(&self) -> Result<(), ControlError> {
        self.post::<Value>("reset", &json!({})).await.map(drop)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ControlError> {
        self.call(Method::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ControlError> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&Value>) -> Result<T, ControlError> {
        let mut request = self.client.request(method, format!("{}/_sandbox/{path}", self.facebook));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(ControlError::unreachable)?;
        read(response).await
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ControlError> {
    let status = response.status();
    let body: Value = response.json().await.map_err(ControlError::unexpected)?;
    if !status.is_success() {
        return Err(ControlError::Refused { status: status.as_u16(), sentence: body["error"].as_str().unwrap_or_default().to_owned() });
    }
    serde_json::from_value(body).map_err(ControlError::unexpected)
}
