//! When something is to be done about a token: refreshing it ahead of its end, and warning of what cannot be refreshed. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::credential::{Credential, Warning};
use crate::words::error::{Remedy, Who};
use crate::words::feed::Ending;
use crate::words::finding::{Cause, Check, Severity};
use crate::words::platform::Feature;
use crate::words::ports::RefreshRule;

/// How long a token rests that has nothing ahead; then it is looked at again, in case somebody changed the rules.
pub const LONGEST_REST: TimeDelta = TimeDelta::days(30);

/// How many days ahead of an end it is told, the earliest first.
pub type Thresholds = &'static [u16];

/// Where tokens are refreshed by themselves: an end that comes near means that refreshing fails.
const OF_REFRESHED: Thresholds = &[7, 1];
/// Where only signing in again helps.
const OF_SIGNED_IN: Thresholds = &[14, 7, 1];
/// From so many failures on, refreshing is a finding and not bad luck.
const FAILING: u32 = 3;
/// The wait after the first failure to refresh; it doubles with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::hours(1);
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// The thresholds of a road.
pub const fn thresholds(rule: Option<&RefreshRule>) -> Thresholds {
    if rule.is_some() { OF_REFRESHED } else { OF_SIGNED_IN }
}

/// What is known of a token's life, and by which rule its road goes.
#[derive(Debug, Clone, Copy)]
pub struct Life<'a> {
    credential: &'a Credential,
    rule: Option<RefreshRule>,
    jitter: u16,
}

impl<'a> Life<'a> {
    /// A token on a road; `None` where only signing in again helps.
    pub const fn new(credential: &'a Credential, rule: Option<RefreshRule>) -> Self {
        Self { credential, rule, jitter: 0 }
    }

    /// With a spread, so that what was linked on one day is not refreshed at one moment: 0 to 65,535 for nothing to a tenth of the rule's age. The
    /// same token is always given the same.
    #[must_use]
    pub const fn spread(mut self, jitter: u16) -> Self {
        self.jitter = jitter;
        self
    }

    /// When it is to be refreshed; `None` for never: it does not end, it is dead, or its road does not do that.
    ///
    /// Never before the rule allows, and otherwise at the age that the rule names, or a third of that age before the end, whichever comes
    /// first. After failures it waits an hour, doubled each time up to a day.
    pub fn refresh_at(&self) -> Option<DateTime<Utc>> {
        let rule = self.rule?;
        let end = self.credential.expires_at?;
        if self.credential.attention.dead {
            return None;
        }
        let ahead = before(end, rule.due / 3);
        let at = match self.credential.issued_at {
            Some(issued) => after(issued, rule.due + rule.due / 10 * i32::from(self.jitter) / i32::from(u16::MAX))
                .min(ahead)
                .max(after(issued, rule.not_before)),
            None => ahead,
        };
        let attention = &self.credential.attention;
        Some(attention.failed_at.map_or(at, |failed| at.max(after(failed, back_off(attention.failures)))))
    }

    /// The warnings that are to be told by now and were not told yet, the earliest threshold first.
    ///
    /// A program that slept over several thresholds tells them all: each is told once, whenever anybody looks.
    pub fn warnings_due(&self, now: DateTime<Utc>) -> Vec<Warning> {
        self.open_warnings().filter(|warning| warning.from() <= now).collect()
    }

    /// When somebody is to look at it next.
    pub fn next_attention(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let warned = self.open_warnings().map(|warning| warning.from());
        let ended = self.credential.expires_at.filter(|end| *end > now && self.rule.is_some() && !self.credential.attention.dead);
        let next = warned.chain(self.refresh_at()).chain(ended).min();
        next.unwrap_or(DateTime::<Utc>::MAX_UTC).min(after(now, LONGEST_REST))
    }

    fn open_warnings(&self) -> impl Iterator<Item = Warning> {
        let credential = self.credential;
        let ends = [(Ending::Token, credential.expires_at), (Ending::DataAccess, credential.data_access_expires_at)];
        let each = ends.into_iter().filter_map(|(end, at)| at.map(|at| (end, at)));
        let thresholds = thresholds(self.rule.as_ref());
        let all = each.flat_map(move |(end, at)| thresholds.iter().map(move |days| Warning::new(end, at, *days)));
        all.filter(|warning| !credential.attention.told.contains(warning))
    }
}

/// How long to wait after so many failures in a row.
fn back_off(failures: u32) -> TimeDelta {
    (FIRST_WAIT * (1 << failures.saturating_sub(1).min(5))).min(LONGEST_WAIT)
}

fn after(time: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn before(time: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    time.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// True once refreshing failed so often that somebody should know.
pub const fn is_failing(credential: &Credential) -> bool {
    credential.attention.failures >= FAILING
}

/// No token is kept.
pub static TOKEN_MISSING: Cause = Cause::new(
    "token_missing",
    Severity::Blocks,
    "no token is kept for the account",
    &[Remedy::new(Who::Owner, "sign in again; the link and its history stay as they are").with_recheck("check the link again")],
)
.weighing(90);

/// A token is kept that no key opens.
pub static TOKEN_UNREADABLE: Cause = Cause::new(
    "token_unreadable",
    Severity::Blocks,
    "the account's token cannot be opened with the keys of this program",
    &[
        Remedy::new(Who::Developer, "put the key that sealed it back into the ring").with_recheck("check the link again"),
        Remedy::new(Who::Owner, "sign in again; the link and its history stay as they are").with_recheck("check the link again"),
    ],
)
.weighing(89);

/// The token ends soon.
pub static TOKEN_EXPIRING: Cause = Cause::new(
    "token_expiring",
    Severity::Warns,
    "the token ends soon",
    &[Remedy::new(Who::Owner, "sign in again before it ends; the link and its history stay as they are")
        .with_recheck("check the link again")],
)
.weighing(60);

const READ_OF_PEOPLE: &[Feature] = &[Feature::LIST_ACCOUNTS, Feature::HISTORY, Feature::PROFILES];

/// The data access ends soon.
pub static DATA_ACCESS_EXPIRING: Cause = Cause::new(
    "data_access_expiring",
    Severity::Warns,
    "the right to read the person's data ends soon",
    &[Remedy::new(Who::Owner, "sign in again before it ends: the platform asks for that every 90 days")
        .with_recheck("check the link again")],
)
.of(READ_OF_PEOPLE)
.weighing(50);

/// Refreshing the token fails.
pub static TOKEN_REFRESH_FAILING: Cause = Cause::new(
    "token_refresh_failing",
    Severity::Warns,
    "the token could not be refreshed several times",
    &[
        Remedy::new(Who::Platform, "wait: it is tried again until it ends").with_recheck("check the link again"),
        Remedy::new(Who::Owner, "sign in again before it ends; the link and its history stay as they are")
            .with_recheck("check the link again"),
    ],
)
.weighing(55);

/// Everything that can be told from what is kept, without a call to the platform.
pub static CAUSES: &[&Cause] = &[&TOKEN_MISSING, &TOKEN_UNREADABLE, &TOKEN_EXPIRING, &DATA_ACCESS_EXPIRING, &TOKEN_REFRESH_FAILING];

/// What is kept for a holder.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'a> {
    /// Nothing.
    Missing,
    /// Something that no key opens.
    Unreadable,
    /// A token.
    Opened(&'a Credential),
}

/// Looks for every one of [`CAUSES`] in what is kept. An end counts as near from the first threshold of the road on, which is
/// [`thresholds`] of its rule; an end that is past is for the platform's own examination to say. The checks name no account.
pub fn checks(kept: Kept<'_>, thresholds: Thresholds, now: DateTime<Utc>) -> Vec<Check> {
    let when = |found: bool, cause: &'static Cause| if found { cause.found() } else { cause.absent() };
    let mut checks = vec![when(matches!(kept, Kept::Missing), &TOKEN_MISSING), when(matches!(kept, Kept::Unreadable), &TOKEN_UNREADABLE)];
    let Kept::Opened(credential) = kept else {
        checks.extend([&TOKEN_EXPIRING, &DATA_ACCESS_EXPIRING, &TOKEN_REFRESH_FAILING].map(Cause::unknown));
        return checks;
    };
    let first = thresholds.iter().copied().max().unwrap_or_default();
    let mut nearing = |end: Option<DateTime<Utc>>, cause: &'static Cause| {
        let near = end.filter(|end| *end > now && before(*end, TimeDelta::days(first.into())) <= now);
        checks.push(near.map_or_else(|| cause.absent(), |end| cause.found().with(format!("on {}", end.format("%Y-%m-%d")))));
    };
    nearing(credential.expires_at, &TOKEN_EXPIRING);
    nearing(credential.data_access_expires_at, &DATA_ACCESS_EXPIRING);
    checks.push(when(is_failing(credential), &TOKEN_REFRESH_FAILING));
    checks
}

#[cfg(test)]
mod tests;
