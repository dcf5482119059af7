//! How fast a platform may be called, as data; and what an answer tells of it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ExternalId, PersonId};
use super::platform::Road;

/// What a call is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateKind {
    /// Texts, links, pictures, stickers, reactions.
    Send,
    /// Sound and film. They count as sends too.
    Media,
    /// Private replies to comments and posts. They count as sends too.
    PrivateReply,
    /// Private replies to comments on what is live. They count as sends too.
    LiveReply,
    /// Reading conversations.
    History,
    /// Asking who somebody is.
    Profile,
    /// Anything else: uploading a file, seeing what was published.
    Other,
}

impl RateKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [Self::Send, Self::Media, Self::PrivateReply, Self::LiveReply, Self::History, Self::Profile, Self::Other];

    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Media => "media",
            Self::PrivateReply => "private_reply",
            Self::LiveReply => "live_reply",
            Self::History => "history",
            Self::Profile => "profile",
            Self::Other => "other",
        }
    }

    /// Everything that a call of this kind counts against, itself first.
    pub const fn counts_as(self) -> &'static [Self] {
        match self {
            Self::Send => &[Self::Send],
            Self::Media => &[Self::Media, Self::Send],
            Self::PrivateReply => &[Self::PrivateReply, Self::Send],
            Self::LiveReply => &[Self::LiveReply, Self::Send],
            Self::History => &[Self::History],
            Self::Profile => &[Self::Profile],
            Self::Other => &[Self::Other],
        }
    }
}

/// One limit: so many calls of a kind within any stretch of so many seconds, per account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateRule {
    /// Of which calls.
    pub kind: RateKind,
    /// How many.
    pub count: u32,
    /// Within how many seconds.
    pub per_seconds: u32,
    /// The page of the platform that says so, or why it is assumed.
    pub page: &'static str,
    /// When that page was last changed or read, as far as is known: `2026-03-23`, or only a month.
    pub dated: &'static str,
}

impl RateRule {
    /// A limit, with where it is written and of when that is.
    pub const fn new(kind: RateKind, count: u32, per_seconds: u32, page: &'static str, dated: &'static str) -> Self {
        Self { kind, count, per_seconds, page, dated }
    }
}

/// One call of each kind a second, for a platform of which nothing is known.
pub const CAUTIOUS: &[RateRule] = &[
    RateRule::new(RateKind::Send, 1, 1, ASSUMED, ""),
    RateRule::new(RateKind::Media, 1, 1, ASSUMED, ""),
    RateRule::new(RateKind::History, 1, 1, ASSUMED, ""),
    RateRule::new(RateKind::Profile, 1, 1, ASSUMED, ""),
];
const ASSUMED: &str = "assumed: nothing is known of this platform";

/// What a refusal for too many calls stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stops {
    /// Every call of the app.
    App,
    /// Every call with a token of the person who authorised it.
    Person,
    /// Every call about the asset through which the account is reached: the Page, and the Instagram accounts behind it.
    Asset,
    /// Every call for this account.
    Account,
    /// Calls of this kind for this account.
    Kind,
    /// This one message, for what is special about it: everything else goes on.
    Message,
}

/// Whose calls something is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// The app's by a road: each road has an app of its own.
    App(Road),
    /// Those with tokens of a person.
    Person(PersonId),
    /// Those through an asset.
    Asset(ExternalId),
    /// An account's.
    Account(AccountId),
}

impl fmt::Display for Scope {
    /// As one word that reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(road) => write!(f, "app={road}"),
            Self::Person(person) => write!(f, "person={person}"),
            Self::Asset(asset) => write!(f, "asset={asset}"),
            Self::Account(account) => write!(f, "account={account}"),
        }
    }
}

/// A scope that was written by another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a scope of calls")]
pub struct InvalidScope;

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let (word, of) = text.split_once('=').ok_or(InvalidScope)?;
        match word {
            "app" => Road::new(of).map(Self::App).map_err(|_| InvalidScope),
            "person" => PersonId::new(of).map(Self::Person).map_err(|_| InvalidScope),
            "asset" => ExternalId::new(of).map(Self::Asset).map_err(|_| InvalidScope),
            "account" => of.parse().map(Self::Account).map_err(|_| InvalidScope),
            _ => Err(InvalidScope),
        }
    }
}

/// How much of an allowance is used up, as an answer told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// Whose.
    pub scope: Scope,
    /// In percent; 100 is throttled, and more is possible.
    pub used_percent: u32,
    /// Up to when that is to be believed, by the platform's clock: the time from which calls are answered again, where the platform told one.
    pub until: DateTime<Utc>,
}

impl Allowance {
    /// So much of a scope's allowance is used up.
    pub const fn new(scope: Scope, used_percent: u32, until: DateTime<Utc>) -> Self {
        Self { scope, used_percent, until }
    }
}

/// Knows how much of the allowances is used up. Never makes a call.
pub trait Meter: Send + Sync {
    /// What the answers so far told.
    fn allowances(&self) -> Vec<Allowance>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_as_it_was_written() {
        let scopes = [
            Scope::App(Road::INSTAGRAM),
            Scope::Person("2000".parse().unwrap()),
            Scope::Asset("77=a:b".parse().unwrap()),
            Scope::Account("messenger:77".parse().unwrap()),
        ];
        for scope in scopes {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert_eq!("page=77".parse::<Scope>(), Err(InvalidScope));
    }

    #[test]
    fn every_kind_counts_as_itself_first() {
        for kind in RateKind::ALL {
            assert_eq!(kind.counts_as()[0], kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
