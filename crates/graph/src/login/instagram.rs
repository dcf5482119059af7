//! Signing in with Instagram.

mod told;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::ports::{DialogAnswer, DialogAsk, Grants, RefreshRule, Refreshed, SignedIn};
use link_core::{Error, ErrorKind, PersonId, Remedy, Result, Road, Scope, Secret, Who};
use url::Url;

use super::callback;
use super::me::Me;
use crate::client::{Answer, Call, Client, Host, Trouble};
use crate::wire::Wrapped;
use told::{Lengthened, Redeemed};

/// The permission without which Instagram's dialog shows its error page instead of itself.
const BASIC: &str = "instagram_business_basic";

/// The life of a long token, where the answer does not tell it.
const LIFE: TimeDelta = TimeDelta::days(60);

/// Before a token has this age, Instagram refuses to refresh it.
const YOUNGEST: TimeDelta = TimeDelta::hours(24);

/// At half its life a token is refreshed, so that a month is left to find out why if that fails.
const DUE: TimeDelta = TimeDelta::days(30);

const REDEEM: &str = "exchange the code of the sign-in with Instagram";
const LENGTHEN: &str = "exchange Instagram's token for a long-lived one";
const REFRESH: &str = "refresh Instagram's token";

/// The old shape of this host's errors tells reasons in words only, so the remedy names them all.
const REFUSED: Remedy = Remedy::new(
    Who::Owner,
    "begin the sign-in again: a code works once, and for an hour; if that is refused too, the Instagram app's id, secret and redirect \
     address have to be set as its dashboard shows them",
);
const WRONG_SECRET: Remedy =
    Remedy::new(Who::Developer, "set the secret of the Instagram app, which is another one than the Meta app's, as its dashboard shows it");
const TOO_YOUNG: Remedy = Remedy::new(Who::Platform, "wait until the token is a day old; before that Instagram does not refresh it");
const BY_HAND: Remedy =
    Remedy::new(Who::Owner, "take the app out in Instagram's settings, under \"Apps and websites\"; no call does that on this road")
        .with_url("https://www.instagram.com/accounts/manage_access/");

/// Instagram Login: for a professional account without a Page.
///
/// The client is one in the name of the Instagram app, whose id and secret stand in the Instagram product's panel and are not those of the
/// Meta app around it.
///
/// An account has two ids here. The [`PersonId`] of this road is the professional account's (`user_id`), the one that webhooks carry and
/// by which the account is listed; the app's own name for it (`id`) is used nowhere. Meta does not say which of the two its letters
/// (`signed_request`) name; they are read as naming the professional account.
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
/// let scopes = vec![Scope::known("instagram_business_basic"), Scope::known("instagram_business_manage_messages")];
/// let ask = DialogAsk::new(Secret::new("a-nonce"), "https://shop.example/back", scopes);
/// assert!(login.dialog(&ask)?.starts_with("https://www.instagram.com/oauth/authorize?client_id=1000000000000002"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct InstagramLogin {
    client: Client,
}

impl InstagramLogin {
    /// Signs in for the Instagram app that this client speaks for.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// The code becomes a token of an hour.
    async fn redeem(&self, code: &Secret, redirect_uri: &str) -> Result<Redeemed> {
        let app = self.client.app();
        let call = Call::post(REDEEM, "oauth/access_token")
            .on(Host::InstagramApi)
            .unversioned()
            .field("client_id", app.id.as_str())
            .field("client_secret", app.secret().clone())
            .field("grant_type", "authorization_code")
            .field("redirect_uri", redirect_uri)
            .field("code", callback::without_fragment(code.expose()));
        let answer = self.client.attempt(call).await.map_err(|trouble| match trouble {
            Trouble::Refused(failure) if failure.code.is_none() && failure.status < 500 && !failure.is_throttling() => {
                failure.into_error_of(ErrorKind::Invalid, REDEEM).with_remedy(REFUSED)
            }
            trouble => trouble.into_error(REDEEM),
        })?;
        Ok(answer.json::<Wrapped<Redeemed>>()?.0)
    }

    /// A token of an hour becomes one of sixty days. Meta takes the app's secret in the address here, and in no other way.
    async fn lengthen(&self, short: &Secret) -> Result<(Secret, DateTime<Utc>)> {
        let call = token_call(LENGTHEN, "access_token", "ig_exchange_token", short).secret_query("client_secret", self.secret());
        let answer = self.client.attempt(call).await.map_err(|trouble| match trouble {
            // As with Facebook: code 1 with this status is no outage, but the wrong secret.
            Trouble::Refused(failure) if (failure.code, failure.subcode, failure.status) == (Some(1), None, 400) => {
                failure.into_error_of(ErrorKind::Configuration, LENGTHEN).with_remedy(WRONG_SECRET)
            }
            trouble => trouble.into_error(LENGTHEN),
        })?;
        lengthened(&answer)
    }

    fn secret(&self) -> Secret {
        self.client.app().secret().clone()
    }
}

#[async_trait]
impl Grants for InstagramLogin {
    fn road(&self) -> Road {
        Road::INSTAGRAM
    }

    /// `instagram_business_basic` is asked for in any case. To ask again is to let the person give their password once more, since
    /// Instagram would otherwise pass over what it asked before.
    fn dialog(&self, ask: &DialogAsk) -> Result<String> {
        if Url::parse(&ask.redirect_uri).is_err() {
            return Err(Error::new(ErrorKind::Configuration, "open the sign-in with a redirect address that is none"));
        }
        let mut scopes: Vec<&str> = ask.scopes.iter().map(Scope::as_str).collect();
        if !scopes.contains(&BASIC) {
            scopes.insert(0, BASIC);
        }
        let scopes = scopes.join(",");
        let mut query = vec![
            ("client_id", self.client.app().id.as_str()),
            ("redirect_uri", &ask.redirect_uri),
            ("response_type", "code"),
            ("scope", &scopes),
            ("state", ask.state.expose()),
        ];
        if ask.again {
            query.push(("force_reauth", "true"));
        }
        Ok(self.client.page(Host::InstagramDialog, &["oauth", "authorize"], &query)?.into())
    }

    /// Of permissions only those that were given are told, if any are: what was declined is what is missing of what was asked for.
    async fn exchange(&self, code: &Secret, redirect_uri: &str) -> Result<SignedIn> {
        let redeemed = self.redeem(code, redirect_uri).await?;
        let (token, until) = self.lengthen(&redeemed.token()).await?;
        let me = Me::ask(&self.client, &token).await?;
        let mut signed = SignedIn::new(me.person()?, token);
        signed.expires_at = Some(until);
        signed.grants = redeemed.grants();
        Ok(signed)
    }

    /// Asks `/me`, for this road has no call that tells what a token is worth. So neither its end nor its permissions are told: that no
    /// grants come back does not say that there are none, and that no end comes back not that there is none.
    async fn inspect(&self, token: &Secret) -> Result<SignedIn> {
        Ok(SignedIn::new(Me::ask(&self.client, token).await?.person()?, token.clone()))
    }

    fn answer(&self, query: &str) -> DialogAnswer {
        callback::answer(query)
    }

    fn refreshing(&self) -> Option<RefreshRule> {
        Some(RefreshRule { not_before: YOUNGEST, due: DUE })
    }

    async fn refresh(&self, token: &Secret) -> Result<Refreshed> {
        let call = token_call(REFRESH, "refresh_access_token", "ig_refresh_token", token);
        let answer = self.client.attempt(call).await.map_err(|trouble| match trouble {
            Trouble::Refused(failure) if (failure.code, failure.subcode) == (Some(100), None) => {
                failure.into_error_of(ErrorKind::Invalid, REFRESH).with_remedy(TOO_YOUNG)
            }
            trouble => trouble.into_error(REFRESH),
        })?;
        let (token, until) = lengthened(&answer)?;
        Ok(Refreshed::new(token, Some(until)))
    }

    /// There is no such call on this road: only the owner can do it, in Instagram itself. Always an error of kind
    /// [`ErrorKind::OwnerActionNeeded`].
    async fn withdraw(&self, _token: &Secret, _person: &PersonId, _scope: Option<Scope>) -> Result<()> {
        Err(Error::new(ErrorKind::OwnerActionNeeded, "take permissions back at Instagram, which has no call for it").with_remedy(BY_HAND))
    }
}

/// The calls with which tokens are exchanged carry them in the address: so they are documented.
fn token_call(what: &'static str, path: &'static str, grant_type: &'static str, token: &Secret) -> Call {
    Call::get(what, path).on(Host::InstagramGraph).unversioned().query("grant_type", grant_type).secret_query("access_token", token.clone())
}

fn lengthened(answer: &Answer) -> Result<(Secret, DateTime<Utc>)> {
    let told = answer.json::<Wrapped<Lengthened>>()?.0;
    let life = told.expires_in.0.and_then(TimeDelta::try_seconds).unwrap_or(LIFE);
    Ok((told.access_token.into(), answer.at.checked_add_signed(life).unwrap_or(answer.at + LIFE)))
}
