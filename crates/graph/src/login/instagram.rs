//! Signing in with Instagram.

use async_trait::async_trait;
use chrono::TimeDelta;
use link_core::words::permission::Permission;
use link_core::words::ports::{DialogAnswer, DialogAsk, GrantState, Grants, RefreshRule, Refreshed, ScopeGrant, SignedIn};
use link_core::{Error, ErrorKind, PersonId, Remedy, Result, Road, Scope, Secret, Who};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

use super::{EXCHANGE, callback, wrong_secret};
use crate::client::{Answer, Call, Client, Host, Trouble};
use crate::instagram::{me, one};
use crate::wire::Lenient;

/// Meta refuses to refresh a younger token; the longest-lived one lives sixty days.
const RULE: RefreshRule = RefreshRule { not_before: TimeDelta::hours(24), due: TimeDelta::days(30) };

/// How long a token lives at most, which is taken where the answer does not tell it.
const LONGEST: TimeDelta = TimeDelta::days(60);

const LENGTHEN: &str = "exchange the token for a long-lived one";
const REFRESH: &str = "refresh the token";

const BEGIN_AGAIN: Remedy = Remedy::new(
    Who::Owner,
    "begin the sign-in again; if it fails every time, compare the Instagram app's id, its secret and the redirect address with the dashboard",
);
const TOO_YOUNG: Remedy = Remedy::new(Who::Platform, "wait until the token is a day old; a younger one is not refreshed");
const TAKE_OUT: Remedy = Remedy::new(
    Who::Owner,
    "take the app out in Instagram, under Settings, Website permissions, Apps and websites; no call of Meta's does it for you",
);

/// Instagram Login, officially Business Login for Instagram: a professional account without a Page.
///
/// The client's app is the Instagram one: Meta gives it an id and a secret of its own beside those of the app it belongs to.
///
/// **Two ids.** The platform knows who signed in by two: one of the app's own (`id`), and the professional account's (`user_id`), which
/// webhooks carry too. [`SignedIn::person`] is the professional account's, read from `/me` and not from the exchange, whose `user_id`
/// Meta's pages do not describe the same everywhere. It is also the account's id in the [`InstagramDirectory`](crate::InstagramDirectory),
/// and the one to look for when a letter tells that the app was taken out.
///
/// **What was granted** is told once, by the exchange: [`Grants::inspect`] can only try the token, and reports no grants and no end.
/// What was asked for and not granted is not named; whoever kept what was asked can tell.
///
/// ```
/// use link_core::words::ports::{DialogAsk, Grants};
/// use link_core::{ExternalId, Scope, Secret};
/// use link_graph::{App, Client, InstagramLogin};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::new(ExternalId::new("1000000000000002")?, Secret::new("the Instagram app's secret"));
/// let login = InstagramLogin::new(Client::builder(app).build()?);
///
/// let ask = DialogAsk::new(Secret::new("a-nonce"), "https://shop.example/back", vec![Scope::known("instagram_business_basic")]);
/// assert!(login.dialog(&ask)?.starts_with("https://www.instagram.com/oauth/authorize?client_id=1000000000000002"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct InstagramLogin {
    client: Client,
}

impl InstagramLogin {
    /// Signs in for the client's app, which is the Instagram one.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    async fn exchange_code(&self, code: &Secret, redirect_uri: &str) -> Result<Short> {
        let app = self.client.app();
        let call = Call::post(EXCHANGE, "oauth/access_token")
            .on(Host::InstagramApi)
            .field("client_id", app.id.as_str())
            .field("client_secret", app.secret().clone())
            .field("grant_type", "authorization_code")
            .field("redirect_uri", redirect_uri)
            .field("code", callback::without_fragment(code.expose()));
        let answer = self.client.attempt(call).await.map_err(|trouble| match trouble {
            // This host says what is wrong in a sentence only: a code that was used looks like a wrong secret.
            Trouble::Refused(failure) if failure.code.is_none() && (400..429).contains(&failure.status) => {
                failure.into_error_of(ErrorKind::Invalid, EXCHANGE).with_remedy(BEGIN_AGAIN)
            }
            trouble => trouble.into_error(EXCHANGE),
        })?;
        one(&answer, EXCHANGE)
    }

    async fn lengthen(&self, short: Secret) -> Result<Refreshed> {
        let call = Call::get(LENGTHEN, "access_token")
            .query("grant_type", "ig_exchange_token")
            .secret_query("client_secret", self.client.app().secret().clone());
        long(&self.ask(call, short).await.map_err(|trouble| wrong_secret(trouble, LENGTHEN))?, LENGTHEN)
    }

    /// Both calls are documented without a version, and with the token in the address.
    async fn ask(&self, call: Call, token: Secret) -> Result<Answer, Trouble> {
        self.client.attempt(call.on(Host::InstagramGraph).unversioned().secret_query("access_token", token)).await
    }
}

/// What the code gives: a token that lives an hour.
#[derive(Deserialize)]
struct Short {
    access_token: String,
    #[serde(default)]
    permissions: Permissions,
}

/// A list, a text with commas, or absent.
#[derive(Default)]
struct Permissions(Vec<Scope>);

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words: Vec<String> = match Value::deserialize(deserializer)? {
            Value::String(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Ok(Self(words.into_iter().filter_map(|word| Scope::new(word).ok()).collect()))
    }
}

#[derive(Deserialize)]
struct Long {
    access_token: String,
    #[serde(default)]
    expires_in: Lenient<i64>,
}

/// Of a token that lives, Meta refuses only one that is too young, by a code that elsewhere says that the request is wrong.
fn unrefreshed(trouble: Trouble) -> Error {
    match trouble {
        Trouble::Refused(failure) if (failure.code, failure.subcode) == (Some(100), None) => {
            failure.into_error_of(ErrorKind::Invalid, REFRESH).with_remedy(TOO_YOUNG)
        }
        trouble => trouble.into_error(REFRESH),
    }
}

/// The token of an answer, with its end by the platform's clock.
fn long(answer: &Answer, what: &'static str) -> Result<Refreshed> {
    let token: Long = one(answer, what)?;
    let life = token.expires_in.0.filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds);
    // No token of this road is without an end, so that one is not told does not say that there is none.
    let expires_at = life.and_then(|life| answer.at.checked_add_signed(life)).unwrap_or(answer.at + LONGEST);
    Ok(Refreshed::new(token.access_token.into(), Some(expires_at)))
}

fn granted(permissions: Permissions) -> Vec<ScopeGrant> {
    permissions.0.into_iter().map(|scope| ScopeGrant { scope, state: GrantState::Granted, targets: None }).collect()
}

#[async_trait]
impl Grants for InstagramLogin {
    fn road(&self) -> Road {
        Road::INSTAGRAM
    }

    fn dialog(&self, ask: &DialogAsk) -> Result<String> {
        let refused = |what| Err(Error::new(ErrorKind::Configuration, what));
        if Url::parse(&ask.redirect_uri).is_err() {
            return refused("open the sign-in with a redirect address that is none");
        }
        if ask.scopes.is_empty() {
            return refused("open the sign-in without anything to ask for");
        }
        let scopes = ask.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(",");
        let mut query = vec![
            ("client_id", self.client.app().id.as_str()),
            ("redirect_uri", &ask.redirect_uri),
            ("state", ask.state.expose()),
            ("response_type", "code"),
            ("scope", &scopes),
        ];
        // Without it somebody who is logged in passes through, and may not see what they are asked again.
        if ask.again {
            query.push(("force_reauth", "true"));
        }
        Ok(self.client.page(Host::InstagramDialog, &["oauth", "authorize"], &query)?.into())
    }

    async fn exchange(&self, code: &Secret, redirect_uri: &str) -> Result<SignedIn> {
        let short = self.exchange_code(code, redirect_uri).await?;
        let long = self.lengthen(short.access_token.into()).await?;
        let mut signed = self.inspect(&long.token).await?;
        signed.expires_at = long.expires_at;
        signed.grants = granted(short.permissions);
        Ok(signed)
    }

    async fn inspect(&self, token: &Secret) -> Result<SignedIn> {
        Ok(SignedIn::new(me(&self.client, token).await?.person()?, token.clone()))
    }

    fn answer(&self, query: &str) -> DialogAnswer {
        callback::answer(query)
    }

    fn permissions(&self) -> &'static [Permission] {
        super::permissions::INSTAGRAM
    }

    /// The code exchange tells what the new token may, and no page says that it may more than this dialog asked for.
    fn keeps_what_was_granted(&self) -> bool {
        false
    }

    fn refreshing(&self) -> Option<RefreshRule> {
        Some(RULE)
    }

    async fn refresh(&self, token: &Secret) -> Result<Refreshed> {
        let call = Call::get(REFRESH, "refresh_access_token").query("grant_type", "ig_refresh_token");
        long(&self.ask(call, token.clone()).await.map_err(unrefreshed)?, REFRESH)
    }

    /// Meta documents no call for it on this road, so this is always an error that says who can.
    async fn withdraw(&self, _: &Secret, _: &PersonId, scope: Option<Scope>) -> Result<()> {
        let what = match scope {
            Some(_) => "take a permission back, which Instagram Login leaves to the account's owner",
            None => "take permissions back, which Instagram Login leaves to the account's owner",
        };
        Err(Error::new(ErrorKind::OwnerActionNeeded, what).with_remedy(TAKE_OUT))
    }
}
