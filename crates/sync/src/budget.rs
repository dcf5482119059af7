//! How fast we may call a platform.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::error::Result;
use link_core::words::ids::AccountId;
use link_core::words::outgoing::{AttachmentKind, Body, Outgoing};

/// What a call is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// Texts, links, pictures.
    Send,
    /// Sound and film.
    Media,
    /// Reading: the history, and who somebody is.
    History,
}

impl Rate {
    /// What sending this is counted as.
    pub const fn of(outgoing: &Outgoing) -> Self {
        match outgoing.body {
            Body::Attachment { kind: AttachmentKind::Audio | AttachmentKind::Video, .. } => Self::Media,
            _ => Self::Send,
        }
    }

    const fn per_second(self, capabilities: &Capabilities) -> u32 {
        match self {
            Self::Send => capabilities.sends_per_second,
            Self::Media => capabilities.media_per_second,
            Self::History => capabilities.history_per_second,
        }
    }
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Now.
    Now,
    /// Not before this.
    At(DateTime<Utc>),
}

/// How fast an account may be called. The platform counts per account, whoever of us calls.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Budget: Send + Sync {
    /// When the next call of this kind could be made; takes nothing.
    async fn forecast(&self, account: &AccountId, rate: Rate, capabilities: &Capabilities, now: DateTime<Utc>) -> Result<Permit>;
    /// Takes the right to make one call. `At` takes nothing.
    async fn take(&self, account: &AccountId, rate: Rate, capabilities: &Capabilities, now: DateTime<Utc>) -> Result<Permit>;
    /// The platform throttles this kind of call: none is made before `until`.
    async fn pause(&self, account: &AccountId, rate: Rate, until: DateTime<Utc>) -> Result<()>;
}

/// A budget kept in this process, as a leaky bucket per account and kind: a second's worth may be used at once, then one by one.
#[derive(Debug, Default)]
pub struct Pace {
    // Per account and kind: when the bucket will have run empty.
    drained_at: Mutex<HashMap<(AccountId, Rate), DateTime<Utc>>>,
}

impl Pace {
    fn ask(&self, account: &AccountId, rate: Rate, capabilities: &Capabilities, now: DateTime<Utc>, take: bool) -> Permit {
        let Some(gap) = TimeDelta::seconds(1).checked_div(i32::try_from(rate.per_second(capabilities)).unwrap_or(i32::MAX)) else {
            // A platform that allows no call of this kind at all.
            return Permit::At(DateTime::<Utc>::MAX_UTC);
        };
        let mut buckets = self.drained_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let drained = buckets.get(&(account.clone(), rate)).copied().unwrap_or(now).max(now);
        let full = now + TimeDelta::seconds(1);
        if drained + gap > full {
            return Permit::At(drained + gap - TimeDelta::seconds(1));
        }
        if take {
            buckets.insert((account.clone(), rate), drained + gap);
        }
        Permit::Now
    }
}

#[async_trait]
impl Budget for Pace {
    async fn forecast(&self, account: &AccountId, rate: Rate, capabilities: &Capabilities, now: DateTime<Utc>) -> Result<Permit> {
        Ok(self.ask(account, rate, capabilities, now, false))
    }

    async fn take(&self, account: &AccountId, rate: Rate, capabilities: &Capabilities, now: DateTime<Utc>) -> Result<Permit> {
        Ok(self.ask(account, rate, capabilities, now, true))
    }

    async fn pause(&self, account: &AccountId, rate: Rate, until: DateTime<Utc>) -> Result<()> {
        let mut buckets = self.drained_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Full until then: the first call fits in exactly at `until`.
        let full = until + TimeDelta::seconds(1);
        let bucket = buckets.entry((account.clone(), rate)).or_insert(full);
        *bucket = (*bucket).max(full);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use link_core::words::capabilities::TextLimit;
    use link_core::words::platform::Platform;

    const WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(10)).with_rates(4, 1, 2);

    #[tokio::test]
    async fn a_burst_is_spread_over_the_second_and_accounts_do_not_starve_each_other() {
        let pace = Pace::default();
        let account: AccountId = "messenger:1".parse().unwrap();
        let now = DateTime::UNIX_EPOCH;
        let mut sent = 0;
        while pace.take(&account, Rate::Send, &WIRE, now).await.unwrap() == Permit::Now {
            sent += 1;
        }
        assert_eq!(sent, 4);
        let later = now + TimeDelta::milliseconds(250);
        assert_eq!(pace.forecast(&account, Rate::Send, &WIRE, now).await.unwrap(), Permit::At(later));
        assert_eq!(pace.take(&account, Rate::Send, &WIRE, later).await.unwrap(), Permit::Now);
        assert_eq!(pace.take(&"messenger:2".parse().unwrap(), Rate::Send, &WIRE, now).await.unwrap(), Permit::Now);
    }

    #[tokio::test]
    async fn a_throttled_account_waits_as_long_as_it_was_told() {
        let pace = Pace::default();
        let account: AccountId = "messenger:1".parse().unwrap();
        let until = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
        pace.pause(&account, Rate::Send, until).await.unwrap();
        let Permit::At(at) = pace.take(&account, Rate::Send, &WIRE, DateTime::UNIX_EPOCH).await.unwrap() else { panic!("was allowed") };
        assert!(at >= until);
        assert_eq!(pace.take(&account, Rate::Send, &WIRE, at).await.unwrap(), Permit::Now);
        assert_eq!(pace.take(&account, Rate::History, &WIRE, DateTime::UNIX_EPOCH).await.unwrap(), Permit::Now);
    }
}
