use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::activity::Activity;
use link_core::words::view::Viewer;
use link_core::{ActorId, OwnerId};

use super::*;

/// Robin, whose acts are judged one after the other.
struct Life {
    rules: Rules,
    habits: Habits,
}

fn robin() -> Viewer {
    Viewer::new(OwnerId::new("harbour").unwrap(), ActorId::new("robin").unwrap())
}

/// Day 0 begins at midnight.
fn at(day: i64, hour: i64, minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day) + TimeDelta::hours(hour) + TimeDelta::minutes(minute)
}

impl Life {
    fn new() -> Self {
        Self { rules: Rules::default(), habits: Habits::new() }
    }

    fn act(&mut self, act: &Activity) -> Vec<Code> {
        let flags = judge(&self.rules, &self.habits, act);
        self.habits.fold(&self.rules, act);
        flags.into_iter().map(|flag| flag.code).collect()
    }

    fn sends(&mut self, viewer: &Viewer, when: DateTime<Utc>) -> Vec<Code> {
        self.act(&Activity::of(viewer, "message.send", when))
    }

    fn works(&mut self, word: &str, when: DateTime<Utc>) -> Vec<Code> {
        self.act(&Activity::system(robin().owner, "test", word, when).on("messenger:1"))
    }

    /// So many acts in one hour; what they raised.
    fn busy(&mut self, acts: u32, day: i64, hour: i64) -> Vec<Code> {
        (0..acts).flat_map(|_| self.sends(&robin(), at(day, hour, 5))).collect()
    }
}

fn from(address: &str) -> Viewer {
    robin().with_address(address.parse().unwrap())
}

#[test]
fn whoever_is_seen_for_the_first_time_is_not_unusual() {
    assert_eq!(Life::new().sends(&from("192.0.2.7").with_device("phone"), at(0, 3, 0)), []);
}

#[test]
fn a_place_is_the_embedders_word_or_else_the_network_of_the_address() {
    let mut life = Life::new();
    for (viewer, flags) in [
        (from("192.0.2.7"), vec![]),
        (from("192.0.2.255"), vec![]),
        (from("::ffff:192.0.2.9"), vec![]),
        (from("192.0.3.0"), vec![Code::NewPlace]),
        (from("192.0.3.77"), vec![]),
        (from("2001:db8:1:ffff::1"), vec![Code::NewPlace]),
        (from("2001:db8:1::2"), vec![]),
        (from("2001:db8:2::2"), vec![Code::NewPlace]),
        (from("198.51.100.1").from_place("Leeds"), vec![Code::NewPlace]),
        (from("203.0.113.1").from_place("Leeds"), vec![]),
        (robin(), vec![]),
    ] {
        assert_eq!(life.sends(&viewer, at(0, 9, 0)), flags, "{viewer:?}");
    }
}

#[test]
fn a_device_is_new_once() {
    let mut life = Life::new();
    let with = |device: &str| robin().with_device(device);
    assert_eq!(life.sends(&with("phone"), at(0, 9, 0)), []);
    assert_eq!(life.sends(&with("laptop"), at(0, 9, 1)), [Code::NewDevice]);
    assert_eq!(life.sends(&with("laptop"), at(0, 9, 2)), []);
    assert_eq!(life.sends(&with("phone"), at(0, 9, 3)), []);
}

#[test]
fn a_place_is_known_for_thirty_days() {
    for (day, minute, flags) in [(30, 0, vec![]), (30, 1, vec![Code::NewPlace])] {
        let mut life = Life::new();
        life.sends(&from("192.0.2.7"), at(0, 9, 0));
        life.sends(&from("192.0.3.7"), at(20, 9, 0));
        assert_eq!(life.sends(&from("192.0.2.7"), at(day, 9, minute)), flags, "{day} {minute}");
    }
}

#[test]
fn whoever_was_away_for_a_month_is_learned_anew() {
    let mut life = Life::new();
    life.sends(&from("192.0.2.7"), at(0, 9, 0));
    assert_eq!(life.sends(&from("192.0.9.7"), at(31, 23, 0)), []);
    assert_eq!(life.sends(&from("192.0.9.7"), at(32, 5, 0)), [], "a week of learning begins again");
    assert_eq!(life.sends(&from("192.0.2.7"), at(32, 5, 0)), [Code::NewPlace]);
}

#[test]
fn an_hour_is_unusual_after_a_week_of_learning() {
    let mut life = Life::new();
    life.sends(&robin(), at(0, 9, 0));
    assert_eq!(life.sends(&robin(), at(6, 3, 0)), [], "still learning");
    assert_eq!(life.sends(&robin(), at(7, 8, 59)), [], "a minute short of a week");
    assert_eq!(life.sends(&robin(), at(7, 10, 0)), [Code::UnusualHour]);
    assert_eq!(life.sends(&robin(), at(8, 10, 59)), [], "the hour is known from now on");
    assert_eq!(life.sends(&robin(), at(8, 11, 0)), [Code::UnusualHour]);
    assert_eq!(life.sends(&robin(), at(20, 9, 0)), []);
    assert_eq!(life.sends(&robin(), at(39, 10, 30)), [Code::UnusualHour], "31 days later it is not");
}

#[test]
fn too_many_is_five_times_the_median_and_at_least_twenty() {
    let mut quiet = Life::new();
    quiet.busy(1, 0, 9);
    assert_eq!(quiet.busy(19, 0, 10), [], "nineteen are never too many");
    assert_eq!(quiet.busy(1, 0, 10), [Code::TooMany]);
    assert_eq!(quiet.busy(40, 0, 10), [], "once an hour is enough");

    let mut diligent = Life::new();
    for (hour, acts) in [(8, 5), (9, 6), (10, 90), (11, 4)] {
        diligent.busy(acts, 0, hour);
    }
    // The median of 4, 5, 6 and 90 is 5.5, and five times that 27.5.
    assert_eq!(diligent.busy(27, 0, 12), []);
    assert_eq!(diligent.busy(1, 0, 12), [Code::TooMany]);

    let mut first = Life::new();
    assert_eq!(first.busy(500, 0, 9), [], "there is nothing to compare with");
}

#[test]
fn a_flag_says_which_threshold_was_crossed() {
    let mut life = Life::new();
    life.busy(4, 0, 9);
    life.busy(19, 0, 10);
    let flags = judge(&life.rules, &life.habits, &Activity::of(&robin(), "message.send", at(0, 10, 6)));
    assert_eq!(flags[0].threshold, "5 times the median of 4 acts an hour, and at least 20");
    assert_eq!(flags[0].sentence, "Somebody did far more in an hour than they usually do.");
}

#[test]
fn a_token_that_is_used_long_after_its_end_is_flagged() {
    let mut life = Life::new();
    assert_eq!(life.works("token.used", at(0, 9, 0)), [], "it has not ended");
    life.works("connection.died", at(0, 9, 0));
    assert_eq!(life.works("token.used", at(0, 9, 10)), [], "the call was under way");
    assert_eq!(life.works("token.used", at(0, 9, 11)), [Code::TokenAfterEnd]);
    life.works("connection.revived", at(0, 10, 0));
    assert_eq!(life.works("token.used", at(0, 11, 0)), [], "there is another token since");
}

#[test]
fn our_own_work_is_never_at_an_unusual_hour_or_too_busy() {
    let mut life = Life::new();
    life.works("connection.subscribed", at(0, 9, 0));
    for minute in 0..60 {
        assert_eq!(life.works("connection.subscribed", at(20, 3, minute)), []);
    }
}
