use proptest::prelude::*;

use super::*;
use crate::words::finding::State;
use crate::words::secret::Secret;

const RULE: RefreshRule = RefreshRule { not_before: TimeDelta::hours(24), due: TimeDelta::days(30) };

fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days)
}

fn lasting(days: i64) -> Credential {
    Credential::new(Secret::new("t")).issued(Some(day(0))).until(Some(day(days)))
}

proptest! {
    /// Or an owner is told twice, or never, because the program slept or ran at odd times.
    #[test]
    fn every_threshold_is_told_exactly_once_whatever_the_times_of_the_steps(
        mut hours in prop::collection::vec(0i64..24 * 100, 0..40), token in 15i64..90, data in 15i64..90, refreshed: bool,
    ) {
        hours.sort_unstable();
        hours.push(24 * 100);
        let rule = refreshed.then_some(RULE);
        let mut credential = lasting(token).data_access_until(Some(day(data)));
        let mut told = Vec::new();
        for hour in hours {
            let now = day(0) + TimeDelta::hours(hour);
            let due = Life::new(&credential, rule).warnings_due(now);
            for warning in &due {
                prop_assert!(warning.from() <= now, "told too early");
            }
            told.extend(due.iter().copied());
            credential.attention.told.extend(due);
        }
        told.sort();
        let ends = [(Ending::Token, day(token)), (Ending::DataAccess, day(data))];
        let each = |(end, at)| thresholds(rule.as_ref()).iter().map(move |days| Warning::new(end, at, *days));
        let mut expected: Vec<_> = ends.into_iter().flat_map(each).collect();
        expected.sort();
        prop_assert_eq!(told, expected);
    }

    /// Whoever sleeps until the next attention misses nothing.
    #[test]
    fn nothing_is_due_before_the_next_attention(hour in 0i64..24 * 90, token in 15i64..90, jitter: u16, refreshed: bool) {
        let mut credential = lasting(token);
        let now = day(0) + TimeDelta::hours(hour);
        let rule = refreshed.then_some(RULE);
        credential.attention.told = Life::new(&credential, rule).warnings_due(now);
        let life = Life::new(&credential, rule).spread(jitter);
        let refresh = life.refresh_at().filter(|at| *at > now);
        let next = life.next_attention(now);
        let asleep = next - TimeDelta::seconds(1);
        prop_assert!(life.warnings_due(asleep.max(now)).is_empty(), "a warning is slept over");
        prop_assert!(refresh.is_none_or(|at| next <= at), "a refresh is slept over");
        prop_assert!(next <= now + LONGEST_REST);
    }

    /// The platform refuses a refresh before the first day is over, and takes none after the end.
    #[test]
    fn a_refresh_is_never_too_early_and_always_well_before_the_end(token in 15i64..90, jitter: u16) {
        let credential = lasting(token);
        let at = Life::new(&credential, Some(RULE)).spread(jitter).refresh_at().unwrap();
        prop_assert!(at >= day(1));
        prop_assert!(at <= day(token - 7), "refreshed on the {at} of a token that lasts {token} days");
        if token >= 60 {
            prop_assert!(at >= day(30) && at <= day(33), "{at}");
        }
    }

    /// A failing refresh is tried again at least daily while the token lives, and never in a rush.
    #[test]
    fn a_refresh_that_failed_waits_between_an_hour_and_a_day(failures in 1u32..200) {
        let mut credential = lasting(60);
        credential.attention.failures = failures;
        credential.attention.failed_at = Some(day(40));
        let wait = Life::new(&credential, Some(RULE)).refresh_at().unwrap() - day(40);
        prop_assert!(wait >= TimeDelta::hours(1) && wait <= TimeDelta::days(1));
    }
}

#[test]
fn a_token_that_does_not_end_is_left_alone() {
    let credential = Credential::new(Secret::new("t"));
    let life = Life::new(&credential, Some(RULE));
    assert_eq!((life.refresh_at(), life.next_attention(day(0))), (None, day(30)));
}

#[test]
fn a_token_of_an_older_program_is_refreshed_well_before_its_end() {
    let credential = Credential::new(Secret::new("t")).until(Some(day(60)));
    assert_eq!(Life::new(&credential, Some(RULE)).refresh_at(), Some(day(50)));
}

fn states(kept: Kept<'_>, now: DateTime<Utc>) -> Vec<State> {
    checks(kept, thresholds(None), now).into_iter().map(|check| check.state).collect()
}

#[test]
fn what_is_kept_tells_each_cause_or_that_it_cannot_be_told() {
    use State::{Failed, Ok, Unknown};
    let codes: Vec<_> = checks(Kept::Missing, thresholds(None), day(0)).iter().map(|check| check.cause.code).collect();
    assert_eq!(codes, CAUSES.iter().map(|cause| cause.code).collect::<Vec<_>>(), "a cause is not looked for");
    assert_eq!(states(Kept::Missing, day(0)), [Failed, Ok, Unknown, Unknown, Unknown]);
    assert_eq!(states(Kept::Unreadable, day(0)), [Ok, Failed, Unknown, Unknown, Unknown]);
    let mut credential = lasting(60).data_access_until(Some(day(90)));
    assert_eq!(states(Kept::Opened(&credential), day(45)), [Ok, Ok, Ok, Ok, Ok]);
    assert_eq!(states(Kept::Opened(&credential), day(46)), [Ok, Ok, Failed, Ok, Ok]);
    credential.attention.failures = 3;
    assert_eq!(states(Kept::Opened(&credential), day(80)), [Ok, Ok, Ok, Failed, Failed]);
}
