//! `POST /{app}/subscriptions` and `/{page or account}/subscribed_apps`.

use async_trait::async_trait;
use link_core::words::ports::{Access, Subscriptions};
use link_core::{Error, ErrorKind, Feature, Result, Secret};
use serde::Deserialize;
use url::Url;

use super::{Dialect, Talk, fields};
use crate::client::{Call, succeeded};
use crate::paging;
use crate::wire::Lenient;

const EDGE: &str = "{}/subscribed_apps";

/// How often fields are put that are not there afterwards. More would not help: either they are not listed, or an examination finds them
/// missing.
const TRIES: u32 = 3;

/// A Page and its Instagram account share one subscription, which Meta replaces as a whole. So each dialect adds its own fields to
/// what is there, and takes only its own away; the subscription ends with the last field. While either is left, Meta tells of both. Another
/// process may replace the fields between our reading and our putting, so they are read once more afterwards.
///
/// An account that is reached by Instagram Login has a subscription of its own. Where the webhook's address is concerned, the Meta app
/// speaks for its Instagram app: what was announced for the object `instagram` serves both roads, so it is announced once, by the Meta
/// app, and announcing by Instagram Login is an error of kind [`Configuration`](ErrorKind::Configuration).
#[async_trait]
impl Subscriptions for Talk {
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        if self.by_login() {
            return Err(Error::new(ErrorKind::Configuration, "announce the webhook address by Instagram Login instead of by the Meta app"));
        }
        if Url::parse(callback_url).is_err() {
            return Err(Error::new(ErrorKind::Configuration, "announce a webhook address that is none"));
        }
        for (object, fields) in fields::OBJECTS {
            let wishes = fields::wishes(object);
            match self.announce_object(object, &with(fields, wishes), callback_url, verify_token).await {
                Err(error) if !wishes.is_empty() && refuses_a_field(&error) => {
                    self.announce_object(object, fields, callback_url, verify_token).await?;
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn subscribe(&self, access: &Access) -> Result<()> {
        self.check(access)?;
        // What may be refused is wished for once; after that nobody misses it.
        let mut wishes = self.dialect.page_wishes;
        for _ in 0..TRIES {
            let Some(fields) = self.completed(access, self.fields_now(access).await?, wishes) else { return Ok(()) };
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            if !self.by_login() {
                match self.put(access, &fields).await {
                    Err(error) if !wishes.is_empty() && refuses_a_field(&error) => {}
                    outcome => outcome?,
                }
                wishes = &[];
                continue;
            }
            match self.put(access, &with(&self.own_fields(access), &[fields::ECHOES])).await {
                Err(error) if refuses_a_field(&error) => self.put(access, &fields).await?,
                outcome => outcome?,
            }
        }
        tracing::warn!(account = %access.account, tries = TRIES, "the fields that an account was subscribed to are not listed afterwards");
        Ok(())
    }

    async fn subscribed(&self, access: &Access) -> Result<Vec<String>> {
        self.check(access)?;
        self.fields_now(access).await
    }

    async fn unsubscribe(&self, access: &Access) -> Result<()> {
        self.check(access)?;
        let mut fields = self.fields_now(access).await?;
        let before = fields.len();
        // An account's own subscription is shared with nobody.
        let all = with(&self.fields_with(true), self.dialect.page_wishes);
        fields.retain(|field| !self.by_login() && !all.contains(&field.as_str()));
        if fields.len() == before {
            return Ok(());
        }
        if !fields.is_empty() {
            return self.put(access, &fields.iter().map(String::as_str).collect::<Vec<_>>()).await;
        }
        let what = "end the account's subscription";
        let call = self.address(Call::delete(what, EDGE), access).id(access.asset());
        succeeded(what, &self.client.call(call).await?)
    }
}

impl Talk {
    async fn announce_object(&self, object: &str, fields: &[&str], callback_url: &str, verify_token: &Secret) -> Result<()> {
        let (what, app) = ("announce the webhook address", self.client.app());
        let call = Call::post(what, "{}/subscriptions")
            .id(&app.id)
            .field("object", object)
            .field("callback_url", callback_url)
            .field("fields", fields.join(","))
            .field("include_values", "true")
            .field("verify_token", verify_token.clone())
            .with_token(&app.token());
        succeeded(what, &self.client.call(call).await?)
    }

    /// The fields that an account is subscribed to: what belongs to comments only where they are wanted.
    fn own_fields(&self, access: &Access) -> Vec<&'static str> {
        self.fields_with(access.features.contains(&Feature::COMMENTS))
    }

    fn fields_with(&self, comments: bool) -> Vec<&'static str> {
        let Dialect { page_fields, page_comments, login_fields, login_comments, .. } = self.dialect;
        let (fields, more) = if self.by_login() { (login_fields, login_comments) } else { (page_fields, page_comments) };
        fields.iter().chain(more.iter().filter(|_| comments)).copied().collect()
    }

    /// The fields with those of our own and of our wishes that are missing; `None` if none is.
    fn completed(&self, access: &Access, mut fields: Vec<String>, wishes: &[&'static str]) -> Option<Vec<String>> {
        let own = self.own_fields(access);
        let wishes = if self.by_login() { &[] } else { wishes };
        let missing: Vec<&str> = with(&own, wishes).into_iter().filter(|own| !fields.iter().any(|field| field == own)).collect();
        if missing.is_empty() {
            return None;
        }
        // An account lists whatever the app is told of the object, also what it cannot be subscribed to itself.
        let wanted = if self.by_login() {
            fields.clear();
            own
        } else {
            missing
        };
        fields.extend(wanted.iter().map(|field| (*field).to_owned()));
        Some(fields)
    }

    /// The fields that this app is subscribed to; other apps stand in the same list.
    async fn fields_now(&self, access: &Access) -> Result<Vec<String>> {
        let call = || self.address(Call::get("read the account's subscription", EDGE), access).id(access.asset());
        let items = paging::all(&self.client, call).await?;
        let apps = items.iter().filter_map(|item| serde_json::from_str::<Subscribed>(item.get()).ok());
        let ours = |app: &Subscribed| app.id().is_some_and(|id| self.answers_as(id));
        Ok(apps.filter(ours).flat_map(|app| app.fields).collect())
    }

    async fn put(&self, access: &Access, fields: &[&str]) -> Result<()> {
        let what = "subscribe the account";
        let call = self.address(Call::post(what, EDGE), access).id(access.asset()).field("subscribed_fields", fields.join(","));
        succeeded(what, &self.client.call(call).await?)
    }
}

fn with(fields: &[&'static str], more: &[&'static str]) -> Vec<&'static str> {
    fields.iter().chain(more).copied().collect()
}

/// Meta refuses a field that it does not know, or for which it wants another permission, together with all others.
fn refuses_a_field(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Invalid | ErrorKind::PermissionMissing)
}

#[derive(Deserialize)]
struct Subscribed {
    /// At a Page.
    #[serde(default)]
    id: Lenient<String>,
    /// At an account on Instagram's host.
    #[serde(default)]
    app_id: Lenient<String>,
    #[serde(default)]
    #[serde(rename = "subscribed_fields")]
    fields: Vec<String>,
}

impl Subscribed {
    fn id(&self) -> Option<&str> {
        self.app_id.0.as_deref().or(self.id.0.as_deref())
    }
}
