//! `POST /{app}/subscriptions` and `/{page}/subscribed_apps`.

use async_trait::async_trait;
use link_core::words::ports::{Access, Subscriptions};
use link_core::{Error, ErrorKind, Result, Secret};
use serde::Deserialize;
use url::Url;

use super::Talk;
use super::talk::Endpoint;
use crate::client::{Answer, Call};
use crate::paging;
use crate::wire::Lenient;

const EDGE: &str = "{}/subscribed_apps";

/// A Page and its Instagram account share one subscription, which Meta replaces as a whole. So each dialect adds its own fields to
/// what is there, and takes only its own away; the subscription ends with the last field. While either is left, Meta tells of both.
/// An account of Instagram Login has a subscription to itself.
#[async_trait]
impl Subscriptions for Talk {
    /// Tells the app of each road about the address, for the objects of this platform. Announced again, an object's fields are replaced.
    /// A further road whose app refuses is logged and passed over: it is then told of by the first app, or set up in its dashboard.
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        if Url::parse(callback_url).is_err() {
            return Err(Error::new(ErrorKind::Configuration, "announce a webhook address that is none"));
        }
        for (place, end) in self.endpoints.iter().enumerate() {
            match end.announce_all(callback_url, verify_token).await {
                // Whether an Instagram app can be told so, or only in its dashboard, Meta's pages leave open. The first app knows by now.
                Err(error) if place > 0 && !error.is_retryable() => {
                    tracing::warn!(%error, road = %end.dialect.road, "the webhook address has to be set in the app's dashboard");
                }
                answer => answer?,
            }
        }
        Ok(())
    }

    async fn subscribe(&self, access: &Access) -> Result<()> {
        let end = self.endpoint(access)?;
        if !end.dialect.shares_subscription {
            return end.insisting(end.dialect.fields, |fields| end.put(access, fields)).await;
        }
        let mut fields = self.fields_now(end, access).await?;
        let before = fields.len();
        for own in end.dialect.fields {
            if !fields.iter().any(|field| field == own) {
                fields.push((*own).to_owned());
            }
        }
        if fields.len() == before { Ok(()) } else { end.put(access, fields).await }
    }

    async fn subscribed(&self, access: &Access) -> Result<Vec<String>> {
        self.fields_now(self.endpoint(access)?, access).await
    }

    async fn unsubscribe(&self, access: &Access) -> Result<()> {
        let end = self.endpoint(access)?;
        let mut fields = self.fields_now(end, access).await?;
        let before = fields.len();
        // What an account has to itself ends whole: there it is told whatever the app is told, not what was asked for.
        fields.retain(|field| end.dialect.shares_subscription && !end.dialect.fields.contains(&field.as_str()));
        if fields.len() == before {
            return Ok(());
        }
        if !fields.is_empty() {
            return end.put(access, fields).await;
        }
        let what = "unsubscribe the account";
        let call = end.delete(what, EDGE).id(access.asset()).with_token(&access.token);
        succeeded(what, &end.client.call(call).await?)
    }
}

impl Talk {
    /// The fields that this program is subscribed to at the account; other apps stand in the same list. Instagram's own does not say
    /// whether it names the Instagram app or the Meta app around it, so either is ours.
    async fn fields_now(&self, end: &Endpoint, access: &Access) -> Result<Vec<String>> {
        let call = || end.get("read the account's subscription", EDGE).id(access.asset()).with_token(&access.token);
        let items = paging::all(&end.client, call).await?;
        let apps = items.iter().filter_map(|item| serde_json::from_str::<Subscribed>(item.get()).ok());
        let is_ours = |id: &str| self.endpoints.iter().any(|end| end.client.app().id.as_str() == id);
        let ours = apps.filter(|app| app.id.0.as_deref().or(app.app_id.0.as_deref()).is_some_and(is_ours));
        Ok(ours.flat_map(|app| app.subscribed_fields).collect())
    }
}

impl Endpoint {
    async fn announce_all(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        for (object, fields) in self.dialect.objects {
            self.announce(object, fields, callback_url, verify_token).await?;
        }
        Ok(())
    }

    async fn announce(&self, object: &str, fields: &[&str], callback_url: &str, verify_token: &Secret) -> Result<()> {
        let what = "announce the webhook address";
        let app = self.client.app();
        let announce = |fields: Vec<String>| async move {
            // Whatever the road, apps are looked after by the Graph API of Facebook.
            let call = Call::post(what, "{}/subscriptions")
                .id(&app.id)
                .field("object", object)
                .field("callback_url", callback_url)
                .field("fields", fields.join(","))
                .field("include_values", "true")
                .field("verify_token", verify_token.clone())
                .with_token(&app.token());
            succeeded(what, &self.client.call(call).await?)
        };
        self.insisting(fields, announce).await
    }

    /// Asks for the doubtful fields too, and without them where the call is refused for what it asks.
    async fn insisting<F: Future<Output = Result<()>>>(&self, fields: &[&str], ask: impl Fn(Vec<String>) -> F) -> Result<()> {
        let sure: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        if self.dialect.doubtful_fields.is_empty() {
            return ask(sure).await;
        }
        let all = sure.iter().cloned().chain(self.dialect.doubtful_fields.iter().map(|field| (*field).to_owned())).collect();
        match ask(all).await {
            Err(error) if error.kind() == ErrorKind::Invalid => {
                tracing::info!("the platform does not take every field that was tried; asked again without the doubtful ones");
                ask(sure).await
            }
            answer => answer,
        }
    }

    async fn put(&self, access: &Access, fields: Vec<String>) -> Result<()> {
        let what = "subscribe the account";
        let call = self.post(what, EDGE).id(access.asset()).field("subscribed_fields", fields.join(",")).with_token(&access.token);
        succeeded(what, &self.client.call(call).await?)
    }
}

/// An app in the list: named by `id` at a Page, by `app_id` at an account of Instagram Login.
#[derive(Deserialize)]
struct Subscribed {
    #[serde(default)]
    id: Lenient<String>,
    #[serde(default)]
    app_id: Lenient<String>,
    #[serde(default)]
    subscribed_fields: Vec<String>,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    success: Lenient<bool>,
}

/// A refusal that is dressed as an answer is an error, or a silent account would count as subscribed.
fn succeeded(what: &'static str, answer: &Answer) -> Result<()> {
    match answer.json::<Done>()?.success.0 {
        Some(true) => Ok(()),
        _ => Err(Error::new(ErrorKind::Unrecognised, what)),
    }
}
