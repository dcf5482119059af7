//! `POST /{app}/subscriptions` and `/{page}/subscribed_apps`.

use async_trait::async_trait;
use link_core::words::ports::{Access, Subscriptions};
use link_core::{Error, ErrorKind, Result, Secret};
use serde::Deserialize;
use url::Url;

use super::{Talk, fields};
use crate::client::{Answer, Call};
use crate::paging;
use crate::wire::Lenient;

const EDGE: &str = "{}/subscribed_apps";

/// A Page and its Instagram account share one subscription, which Meta replaces as a whole. So each dialect adds its own fields to
/// what is there, and takes only its own away; the subscription ends with the last field. While either is left, Meta tells of both.
#[async_trait]
impl Subscriptions for Talk {
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        let what = "announce the webhook address";
        if Url::parse(callback_url).is_err() {
            return Err(Error::new(ErrorKind::Configuration, "announce a webhook address that is none"));
        }
        let app = self.client.app();
        for (object, fields) in fields::OBJECTS {
            let call = Call::post(what, "{}/subscriptions")
                .id(&app.id)
                .field("object", *object)
                .field("callback_url", callback_url)
                .field("fields", fields.join(","))
                .field("include_values", "true")
                .field("verify_token", verify_token.clone())
                .with_token(&app.token());
            succeeded(what, &self.client.call(call).await?)?;
        }
        Ok(())
    }

    async fn subscribe(&self, access: &Access) -> Result<()> {
        self.check(access)?;
        let mut fields = self.fields_now(access).await?;
        let before = fields.len();
        for own in self.dialect.page_fields {
            if !fields.iter().any(|field| field == own) {
                fields.push((*own).to_owned());
            }
        }
        if fields.len() == before { Ok(()) } else { self.put(access, &fields).await }
    }

    async fn subscribed(&self, access: &Access) -> Result<Vec<String>> {
        self.check(access)?;
        self.fields_now(access).await
    }

    async fn unsubscribe(&self, access: &Access) -> Result<()> {
        self.check(access)?;
        let mut fields = self.fields_now(access).await?;
        let before = fields.len();
        fields.retain(|field| !self.dialect.page_fields.contains(&field.as_str()));
        if fields.len() == before {
            return Ok(());
        }
        if !fields.is_empty() {
            return self.put(access, &fields).await;
        }
        let what = "unsubscribe the Page";
        let call = Call::delete(what, EDGE).id(access.asset()).with_token(&access.token);
        succeeded(what, &self.client.call(call).await?)
    }
}

impl Talk {
    /// The fields that this app is subscribed to at the Page; other apps stand in the same list.
    async fn fields_now(&self, access: &Access) -> Result<Vec<String>> {
        let call = || Call::get("read the Page's subscription", EDGE).id(access.asset()).with_token(&access.token);
        let items = paging::all(&self.client, call).await?;
        let apps = items.iter().filter_map(|item| serde_json::from_str::<Subscribed>(item.get()).ok());
        let ours = |app: &Subscribed| app.id.0.as_deref() == Some(self.client.app().id.as_str());
        Ok(apps.filter(ours).flat_map(|app| app.subscribed_fields).collect())
    }

    async fn put(&self, access: &Access, fields: &[String]) -> Result<()> {
        let what = "subscribe the Page";
        let call = Call::post(what, EDGE).id(access.asset()).field("subscribed_fields", fields.join(",")).with_token(&access.token);
        succeeded(what, &self.client.call(call).await?)
    }
}

#[derive(Deserialize)]
struct Subscribed {
    id: Lenient<String>,
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
