//! Tokens, the grants they rest on, and whether they still hold.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::graph::error::Refusal;
use crate::secret::{hmac_sha256, same};
use crate::world::World;
use crate::world::cast::{App, Page};
use crate::world::talk::Road;

/// How long a token of a fresh login lives.
pub(crate) const SHORT: TimeDelta = TimeDelta::seconds(5_400);
/// How long an exchanged token lives.
pub(crate) const LONG: TimeDelta = TimeDelta::days(60);
/// How long data can be read after a person's last login.
pub(crate) const DATA_ACCESS: TimeDelta = TimeDelta::days(90);
/// How long a login's code can be exchanged.
pub(crate) const CODE: TimeDelta = TimeDelta::minutes(10);

/// How long a token of Instagram Login lives before it is exchanged.
pub(crate) const INSTAGRAM_SHORT: TimeDelta = TimeDelta::hours(1);
/// How long a code of Instagram Login can be exchanged.
pub(crate) const INSTAGRAM_CODE: TimeDelta = TimeDelta::hours(1);
/// How old a token of Instagram Login has to be to be refreshed.
pub(crate) const REFRESHABLE: TimeDelta = TimeDelta::hours(24);

/// What a person allows an app.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The person's id, or the Instagram account's on the road that needs no person.
    pub(crate) person: String,
    /// The app's id, or that of its Instagram product.
    pub(crate) app: String,
    /// Tokens die with the grant they were made under, even when a new one follows.
    pub(crate) number: u64,
    /// `true` is granted, `false` declined.
    pub(crate) permissions: BTreeMap<String, bool>,
    /// The Pages that were ticked; `None` is every Page, present and future.
    pub(crate) pages: Option<BTreeSet<String>>,
    pub(crate) last_login: DateTime<Utc>,
}

/// A token of a person, a Page, a business or an Instagram account.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: String,
    /// As in the [`Grant`].
    pub(crate) app: String,
    /// As in the [`Grant`].
    pub(crate) person: String,
    pub(crate) road: Road,
    /// The business, on a token that is bound to one instead of to the person who made it.
    pub(crate) business: Option<String>,
    /// What the token was narrowed to; `None` is all that was granted.
    pub(crate) scopes: Option<BTreeSet<String>>,
    /// What `debug_token` repeats.
    pub(crate) metadata: Value,
    /// The Page, on a Page token.
    pub(crate) page: Option<String>,
    pub(crate) issued: DateTime<Utc>,
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) long: bool,
    grant: u64,
    passwords: u32,
}

/// What a token is made for.
#[derive(Clone, Debug, Default)]
struct Purpose {
    page: Option<String>,
    business: Option<String>,
    scopes: Option<BTreeSet<String>>,
    metadata: Value,
    long: bool,
}

/// A login's code, waiting to be exchanged.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) app: String,
    pub(crate) person: String,
    pub(crate) redirect_uri: String,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) used: bool,
    /// The configuration that asked, when one did.
    pub(crate) configuration: Option<String>,
    /// The proof key's challenge and method, when the app sent one.
    pub(crate) challenge: Option<(String, String)>,
    pub(crate) metadata: Value,
}

/// On whose behalf a call is made.
#[derive(Clone, Debug)]
pub(crate) enum Bearer {
    App(String),
    User(Token),
    Page(Token),
    /// An Instagram account, on the road without a Page.
    Instagram(Token),
}

impl Bearer {
    /// The app that calls.
    pub(crate) fn app(&self) -> &str {
        match self {
            Self::App(app) => app,
            Self::User(token) | Self::Page(token) | Self::Instagram(token) => &token.app,
        }
    }

    /// The token, unless it is the app's own.
    pub(crate) fn token(&self) -> Option<&Token> {
        match self {
            Self::App(_) => None,
            Self::User(token) | Self::Page(token) | Self::Instagram(token) => Some(token),
        }
    }
}

impl World {
    /// The grant of a person to an app.
    pub(crate) fn grant(&self, person: &str, app: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.person == person && grant.app == app)
    }

    /// What a finished dialog changes: these permissions and Pages, as of now.
    pub(crate) fn record_login(&mut self, person: &str, app: &str, decided: &BTreeMap<String, bool>, pages: Option<BTreeSet<String>>) {
        let now = self.now();
        let known = self.grants.iter().position(|grant| grant.person == person && grant.app == app);
        let place = known.unwrap_or_else(|| {
            self.grants.push(Grant {
                person: person.to_owned(),
                app: app.to_owned(),
                number: self.mint.number(),
                permissions: BTreeMap::new(),
                pages: None,
                last_login: now,
            });
            self.grants.len() - 1
        });
        let road = self.road_of(app);
        let grant = &mut self.grants[place];
        grant.last_login = now;
        grant.pages = pages;
        if road == Road::Facebook {
            grant.permissions.insert("public_profile".to_owned(), true);
        }
        grant.permissions.extend(decided.iter().map(|(scope, granted)| (scope.clone(), *granted)));
    }

    /// Makes a user token; `None` when the person has granted the app nothing.
    pub(crate) fn user_token(&mut self, person: &str, app: &str, long: bool, metadata: Value) -> Option<Token> {
        let life = if long { LONG } else { SHORT };
        let expires = Some(self.now() + life);
        self.issue(person, app, expires, Purpose { metadata, long, ..Purpose::default() })
    }

    /// Makes a token that is bound to a business.
    pub(crate) fn business_token(
        &mut self,
        person: &str,
        app: &str,
        business: &str,
        expires: Option<DateTime<Utc>>,
        scopes: Option<BTreeSet<String>>,
    ) -> Option<Token> {
        let purpose = Purpose { business: Some(business.to_owned()), long: true, scopes, ..Purpose::default() };
        self.issue(person, app, expires, purpose)
    }

    /// Makes a token of an Instagram account; `None` when the account has granted the app nothing.
    pub(crate) fn instagram_token(&mut self, account: &str, app: &str, long: bool) -> Option<Token> {
        let life = if long { LONG } else { INSTAGRAM_SHORT };
        let expires = Some(self.now() + life);
        self.issue(account, app, expires, Purpose { long, ..Purpose::default() })
    }

    /// The Page token that was made from a user token, if it still holds.
    pub(crate) fn known_page_token(&self, user: &Token, page: &str) -> Option<&Token> {
        let known = self.tokens.get(self.page_tokens.get(&page_key(user, page))?)?;
        self.flaw(known).is_none().then_some(known)
    }

    /// The Page token that follows from a user token: the same one each time.
    pub(crate) fn page_token(&mut self, user: &Token, page: &str) -> Option<Token> {
        if let Some(known) = self.known_page_token(user, page) {
            return Some(known.clone());
        }
        let expires = if user.long { None } else { user.expires };
        let purpose = Purpose {
            page: Some(page.to_owned()),
            business: user.business.clone(),
            scopes: user.scopes.clone(),
            long: user.long,
            metadata: Value::Null,
        };
        let token = self.issue(&user.person, &user.app, expires, purpose)?;
        self.page_tokens.insert(page_key(user, page), token.value.clone());
        Some(token)
    }

    /// Keeps a login's code. Codes that ended long ago make room.
    pub(crate) fn keep_code(&mut self, text: String, code: Code) {
        const MANY: usize = 10_000;
        if self.codes.len() >= MANY {
            let now = self.now();
            self.codes.retain(|_, code| code.expires > now);
        }
        self.codes.insert(text, code);
    }

    fn issue(&mut self, person: &str, app: &str, expires: Option<DateTime<Utc>>, purpose: Purpose) -> Option<Token> {
        let road = self.road_of(app);
        let grant = self.grant(person, app)?.number;
        let start = match road {
            Road::Facebook => "EAA",
            Road::Instagram => "IGAA",
        };
        let token = Token {
            value: format!("{start}{}", self.mint.letters("token", 157)),
            app: app.to_owned(),
            person: person.to_owned(),
            road,
            business: purpose.business,
            scopes: purpose.scopes,
            metadata: purpose.metadata,
            page: purpose.page,
            issued: self.now(),
            expires,
            long: purpose.long,
            grant,
            passwords: self.passwords(road, person)?,
        };
        self.tokens.insert(token.value.clone(), token.clone());
        Some(token)
    }

    fn passwords(&self, road: Road, holder: &str) -> Option<u32> {
        match road {
            Road::Facebook => self.person(holder).map(|person| person.passwords),
            Road::Instagram => self.account(holder).map(|account| account.passwords),
        }
    }

    /// Why a token no longer holds: the subcode and what to say about it.
    pub(crate) fn flaw(&self, token: &Token) -> Option<(i64, String)> {
        if let Some(flaw) = self.flaw_of_holder(token) {
            return Some(flaw);
        }
        let grant = self.grant(&token.person, &token.app);
        if grant.is_none_or(|grant| grant.number != token.grant) {
            return Some((458, "The person has not authorized the application.".to_owned()));
        }
        if let Some(expires) = token.expires
            && expires <= self.now()
        {
            let sentence = format!("Session has expired on {}. The current time is {}.", expires.to_rfc2822(), self.now().to_rfc2822());
            return Some((463, sentence));
        }
        let page = token.page.as_deref().map(|page| self.page(page));
        if let Some(page) = page
            && page.is_none_or(|page| page.tasks_of(&token.person).is_none() && !Self::is_delegated(token, page))
        {
            return Some((492, "The person no longer has a role on the Page.".to_owned()));
        }
        None
    }

    fn flaw_of_holder(&self, token: &Token) -> Option<(i64, String)> {
        let gone = || Some((467, "The session is invalid because the person logged out.".to_owned()));
        let Some(passwords) = self.passwords(token.road, &token.person) else { return gone() };
        // A business's token outlives the sessions of the person who made it.
        if token.business.is_some() {
            return None;
        }
        if let Some(person) = self.person(&token.person).filter(|_| token.road == Road::Facebook) {
            if person.checkpointed {
                return Some((459, "The person has to log in on www.facebook.com to clear a checkpoint.".to_owned()));
            }
            if person.unconfirmed {
                return Some((464, "Sessions are not allowed because the person is not confirmed.".to_owned()));
            }
        }
        let changed = || "The session was invalidated because the person changed the password.".to_owned();
        (passwords != token.passwords).then(|| (460, changed()))
    }

    /// Whether the token's data access is over: too long ago did the person last use the app's login.
    pub(crate) fn is_stale(&self, token: &Token) -> bool {
        let grant = self.grant(&token.person, &token.app);
        let ended = grant.is_some_and(|grant| grant.last_login + DATA_ACCESS <= self.now());
        ended && token.road == Road::Facebook && token.business.is_none()
    }

    /// Who calls, by the token's text.
    pub(crate) fn bearer(&self, text: &str) -> Result<Bearer, Refusal> {
        if let Some((id, secret)) = text.split_once('|') {
            return self
                .owns(id, secret, text)
                .then(|| Bearer::App(id.to_owned()))
                .ok_or_else(|| Refusal::token(None, "Invalid OAuth access token signature."));
        }
        let token = self.tokens.get(text).ok_or_else(|| Refusal::token(None, "Invalid OAuth access token - Cannot parse access token"))?;
        if let Some((subcode, sentence)) = self.flaw(token) {
            let message = format!("Error validating access token: {sentence}");
            return Err(Refusal::token(Some(subcode), &message));
        }
        Ok(match token {
            token if token.road == Road::Instagram => Bearer::Instagram(token.clone()),
            token if token.page.is_some() => Bearer::Page(token.clone()),
            token => Bearer::User(token.clone()),
        })
    }

    /// Whether this is an app's own token: its id with its secret, or with what the platform made of it.
    fn owns(&self, id: &str, secret: &str, whole: &str) -> bool {
        let product = self.instagram_app(id).and_then(|app| app.instagram.as_ref());
        let app = self.app(id);
        app.is_some_and(|app| same(secret, &app.secret) || same(whole, &app_token(app)))
            || (app.is_none() && product.is_some_and(|product| same(secret, &product.secret)))
    }

    /// Whether the token's person has granted its app a permission.
    pub(crate) fn has(&self, token: &Token, scope: &str) -> bool {
        let granted = self.grant(&token.person, &token.app).and_then(|grant| grant.permissions.get(scope)).is_some_and(|granted| *granted);
        granted && token.scopes.as_ref().is_none_or(|scopes| scopes.contains(scope))
    }

    /// Whether a business's token reaches one of the business's own Pages.
    fn is_delegated(token: &Token, page: &Page) -> bool {
        token.business.is_some() && token.business == page.business
    }

    /// Pages the token can see: the person has a role and ticked them.
    pub(crate) fn visible_pages(&self, token: &Token) -> Vec<&Page> {
        let chosen = self.grant(&token.person, &token.app).and_then(|grant| grant.pages.as_ref());
        self.pages
            .iter()
            .filter(|page| page.tasks_of(&token.person).is_some() || Self::is_delegated(token, page))
            .filter(|page| chosen.is_none_or(|chosen| chosen.contains(&page.id)))
            .filter(|page| token.page.as_ref().is_none_or(|own| *own == page.id))
            .collect()
    }
}

/// A short-lived Page token belongs to the very user token it was made from, a long-lived one to the person.
fn parent(user: &Token) -> Option<String> {
    (!user.long).then(|| user.value.clone())
}

fn page_key(user: &Token, page: &str) -> PageKey {
    (page.to_owned(), user.person.clone(), user.app.clone(), user.business.clone(), parent(user))
}

/// Page, person, app, business, and the user token a short-lived Page token was made from.
pub(crate) type PageKey = (String, String, String, Option<String>, Option<String>);

/// The app token that `grant_type=client_credentials` answers.
pub(crate) fn app_token(app: &App) -> String {
    let signed = hmac_sha256(&app.secret, "app token");
    format!("{}|{}", app.id, &hex::encode(signed)[..27])
}
