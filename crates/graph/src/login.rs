//! Signing in, with Facebook or with Instagram.

mod callback;
pub(crate) mod inspect;
mod instagram;
mod permissions;

pub use callback::{Callback, Declined};
pub use instagram::InstagramLogin;

use async_trait::async_trait;
use link_core::words::permission::Permission;
use link_core::words::ports::{DialogAnswer, DialogAsk, Grants, SignedIn};
use link_core::{Error, ErrorKind, PersonId, Remedy, Result, Road, Scope, Secret, Who};
use serde::Deserialize;
use url::Url;

use crate::client::{Call, Client, Host, Trouble, succeeded};
use crate::wire::Lenient;

/// A token that lives shorter than this is a short-lived one, which lives an hour or two, and is exchanged.
const SHORT_LIVED_BELOW: i64 = 24 * 60 * 60;

const EXCHANGE: &str = "exchange the code of the sign-in";
const WRONG_SECRET: Remedy = Remedy::new(Who::Developer, "set the app's secret as its dashboard shows it");

/// Facebook Login: for Pages, and for the Instagram accounts that are linked to them.
///
/// ```
/// use link_core::words::ports::{DialogAsk, Grants};
/// use link_core::{ExternalId, Scope, Secret};
/// use link_graph::{App, Callback, Client, FacebookLogin};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::new(ExternalId::new("1000000000000001")?, Secret::new("the app's secret"));
/// let login = FacebookLogin::new(Client::builder(app).build()?);
///
/// let ask = DialogAsk::new(Secret::new("a-nonce"), "https://shop.example/back", vec![Scope::known("pages_show_list")]);
/// assert!(login.dialog(&ask)?.starts_with("https://www.facebook.com/v26.0/dialog/oauth?client_id=1000000000000001"));
///
/// // The person consents, and comes back; the code is then given to `exchange`.
/// assert!(matches!(Callback::parse("code=AQB&state=a-nonce#_=_"), Callback::Code { .. }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FacebookLogin {
    client: Client,
    configuration: Option<Configuration>,
}

/// A configuration of Facebook Login for Business, which fixes what is asked for. All of it is granted, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Configuration {
    /// Its id, as the app's dashboard shows it.
    pub id: String,
    /// True if it gives tokens of a system user, which come by code only if asked for.
    pub system_user: bool,
}

impl Configuration {
    /// A configuration that gives tokens of the person.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), system_user: false }
    }

    /// As one that gives tokens of a system user.
    #[must_use]
    pub const fn for_system_user(mut self) -> Self {
        self.system_user = true;
        self
    }
}

impl FacebookLogin {
    /// Asks for scopes, each of which the person may decline.
    pub const fn new(client: Client) -> Self {
        Self { client, configuration: None }
    }

    /// Asks by a configuration instead of scopes.
    #[must_use]
    pub fn with_configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    async fn exchange_code(&self, code: &Secret, redirect_uri: &str) -> Result<Token> {
        let code = callback::without_fragment(code.expose());
        let call = self.token_call(EXCHANGE).field("redirect_uri", redirect_uri).field("code", code);
        self.client.attempt(call).await.map_err(|trouble| wrong_secret(trouble, EXCHANGE))?.json()
    }

    async fn lengthen(&self, token: &Secret) -> Result<Token> {
        let call = self
            .token_call("exchange the token for a long-lived one")
            .field("grant_type", "fb_exchange_token")
            .field("fb_exchange_token", token.clone());
        self.client.call(call).await?.json()
    }

    fn token_call(&self, what: &'static str) -> Call {
        let app = self.client.app();
        Call::post(what, "oauth/access_token").field("client_id", app.id.as_str()).field("client_secret", app.secret().clone())
    }

    /// Tokens of a system user come without an end, or with one that cannot be moved; a person's short one can be exchanged.
    fn is_short(&self, token: &Token) -> bool {
        token.expires_in.0.map_or(self.configuration.is_none(), |seconds| seconds < SHORT_LIVED_BELOW)
    }
}

/// What a refused exchange means. Elsewhere code 1 tells of an outage, which has the status of one; here, with this status, Meta means the
/// app's secret.
fn wrong_secret(trouble: Trouble, what: &'static str) -> Error {
    match trouble {
        Trouble::Refused(failure) if (failure.code, failure.subcode, failure.status) == (Some(1), None, 400) => {
            failure.into_error_of(ErrorKind::Configuration, what).with_remedy(WRONG_SECRET)
        }
        trouble => trouble.into_error(what),
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    #[serde(default)]
    expires_in: Lenient<i64>,
}

#[async_trait]
impl Grants for FacebookLogin {
    fn road(&self) -> Road {
        Road::FACEBOOK
    }

    fn dialog(&self, ask: &DialogAsk) -> Result<String> {
        let refused = |what| Err(Error::new(ErrorKind::Configuration, what));
        if Url::parse(&ask.redirect_uri).is_err() {
            return refused("open the sign-in with a redirect address that is none");
        }
        let mut query =
            vec![("client_id", self.client.app().id.as_str()), ("redirect_uri", &ask.redirect_uri), ("state", ask.state.expose())];
        query.push(("response_type", "code"));
        let scopes = ask.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(",");
        match &self.configuration {
            Some(configuration) => {
                query.push(("config_id", &configuration.id));
                if configuration.system_user {
                    query.push(("override_default_response_type", "true"));
                }
            }
            None if scopes.is_empty() => return refused("open the sign-in without anything to ask for"),
            None => query.push(("scope", &scopes)),
        }
        if ask.again {
            query.push(("auth_type", "rerequest"));
        }
        Ok(self.client.page(Host::FacebookDialog, &["dialog", "oauth"], &query)?.into())
    }

    async fn exchange(&self, code: &Secret, redirect_uri: &str) -> Result<SignedIn> {
        let mut token = self.exchange_code(code, redirect_uri).await?;
        if self.is_short(&token) {
            token = self.lengthen(&token.access_token.into()).await?;
        }
        self.inspect(&token.access_token.into()).await
    }

    async fn inspect(&self, token: &Secret) -> Result<SignedIn> {
        inspect::inspect(&self.client, token).await
    }

    fn answer(&self, query: &str) -> DialogAnswer {
        callback::answer(query)
    }

    fn all_or_nothing(&self) -> bool {
        self.configuration.is_some()
    }

    fn permissions(&self) -> &'static [Permission] {
        permissions::FACEBOOK
    }

    async fn withdraw(&self, token: &Secret, person: &PersonId, scope: Option<Scope>) -> Result<()> {
        let what = "take permissions back";
        let call = match &scope {
            Some(scope) => Call::delete(what, "{}/permissions/{}").id(person).id(scope),
            None => Call::delete(what, "{}/permissions").id(person),
        };
        succeeded(what, &self.client.call(call.with_token(token)).await?)
    }
}
