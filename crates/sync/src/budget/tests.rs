use std::sync::Arc;

use chrono::TimeDelta;
use link_core::words::capabilities::TextLimit;
use link_core::words::platform::Platform;
use link_core::words::rates::{Allowance, Meter};
use proptest::prelude::*;

use super::*;

const RATES: &[RateRule] = &[
    RateRule::new(RateKind::Send, 4, 1, "", ""),
    RateRule::new(RateKind::Media, 1, 1, "", ""),
    RateRule::new(RateKind::PrivateReply, 5, 3600, "", ""),
    RateRule::new(RateKind::History, 2, 1, "", ""),
];
const WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(10)).with_rates(RATES);

fn ms(ms: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
}

fn call(account: &str, kind: RateKind, now: DateTime<Utc>) -> Take {
    Take::new(&account.parse().unwrap(), &Road::FACEBOOK, kind, &WIRE, now)
}

fn send(now: DateTime<Utc>) -> Take {
    call("messenger:1", RateKind::Send, now)
}

async fn taken(pace: &Pace, take: &Take) -> bool {
    pace.take(take).await.unwrap() == Permit::Now
}

fn told(permit: Permit) -> DateTime<Utc> {
    let Permit::At(at) = permit else { panic!("it was allowed") };
    at
}

/// If this failed, Meta would throttle the account although each second by itself looked right.
#[tokio::test]
async fn a_burst_at_the_end_of_a_second_leaves_nothing_for_the_beginning_of_the_next() {
    let pace = Pace::default();
    for at in [900, 900, 950, 999] {
        assert!(taken(&pace, &send(ms(at))).await);
    }
    assert!(!taken(&pace, &send(ms(1_000))).await);
    assert_eq!(told(pace.forecast(&send(ms(1_000))).await.unwrap()), ms(1_950));
    assert!(!taken(&pace, &send(ms(1_949))).await);
    for at in [1_950, 1_950, 2_000] {
        assert!(taken(&pace, &send(ms(at))).await);
    }
    assert!(!taken(&pace, &send(ms(2_000))).await);
    assert!(taken(&pace, &call("messenger:2", RateKind::Send, ms(2_000))).await, "one account waits for another");
}

#[tokio::test]
async fn films_count_as_sends_and_replies_are_counted_by_the_hour() {
    let pace = Pace::default();
    let film = |at| call("messenger:1", RateKind::Media, ms(at));
    assert!(taken(&pace, &film(0)).await);
    assert!(!taken(&pace, &film(0)).await);
    for _ in 0..3 {
        assert!(taken(&pace, &send(ms(0))).await);
    }
    assert!(!taken(&pace, &send(ms(0))).await, "a film was not counted as a send");
    let reply = |seconds: i64| call("messenger:1", RateKind::PrivateReply, ms(seconds * 1_000));
    for second in 10..15 {
        assert!(taken(&pace, &reply(second)).await);
    }
    let next = told(pace.take(&reply(100)).await.unwrap());
    assert!(next >= ms(3_610_000) && next < ms(3_611_000), "{next}");
}

#[tokio::test]
async fn whoever_is_behind_others_is_told_when_their_turn_comes() {
    let pace = Pace::default();
    let behind = async |calls| match pace.forecast(&send(ms(0)).behind(RateKind::Send, calls)).await.unwrap() {
        Permit::Now => 0,
        Permit::At(at) => (at - ms(0)).num_milliseconds(),
    };
    assert_eq!((behind(3).await, behind(4).await, behind(7).await, behind(8).await), (0, 1_050, 1_050, 2_100));
    assert_eq!(behind(4_000_000).await, 1_050 * 1_000_000);
    assert!(behind(u64::MAX / 2).await > 0);
}

/// If this failed, whoever waits behind others would be told the end of a pause at which the others leave first, or a time before it.
#[tokio::test]
async fn who_is_behind_others_in_a_pause_is_told_when_their_turn_comes_after_it() {
    let pace = Pace::default();
    let pause = send(ms(0)).stopped_by(Stops::Account, ms(10_000));
    pace.pause(&pause).await.unwrap();
    for (behind, expected) in [(3, 10_000), (4, 11_050)] {
        assert_eq!(told(pace.forecast(&send(ms(0)).behind(RateKind::Send, behind)).await.unwrap()), ms(expected), "behind {behind}");
    }
}

/// If this failed, a program that starts anew would call on while it is throttled, and prolong it.
#[tokio::test]
async fn a_pause_stops_its_own_scope_only_and_outlives_the_process() {
    let mut pauses = MockPauseStore::new();
    pauses.expect_keep().returning(|_| Ok(()));
    // Whoever asks may be a day ahead, as far as they know.
    pauses
        .expect_standing()
        .withf(|since| *since == ms(0) - TimeDelta::days(1))
        .returning(|_| Ok(vec![Pause { scope: Scope::App(Road::INSTAGRAM), kind: None, until: ms(60_000) }]));
    let pace = Pace::default().keeping(Arc::new(pauses));
    let by = |account: &str, road: Road, via: &str, kind| {
        let access = Access::new(account.parse().unwrap(), road, link_core::Secret::new("t")).through(Some(via.parse().unwrap()));
        Take::by(&access.by_person(via.parse().unwrap()), kind, &WIRE, ms(0))
    };
    let shop = by("messenger:1", Road::FACEBOOK, "1", RateKind::Send);
    let behind_it = by("instagram:9", Road::FACEBOOK, "1", RateKind::Send);
    let other = by("messenger:2", Road::FACEBOOK, "2", RateKind::Send);
    let login = by("instagram:9", Road::INSTAGRAM, "9", RateKind::Send);
    let stopped = async |pace: &Pace, take: &Take| pace.forecast(take).await.unwrap() != Permit::Now;
    assert!(stopped(&pace, &login).await, "what was paused before is forgotten");

    let expected = [
        (Stops::Kind, [true, false, false, false]),
        (Stops::Account, [true, false, false, true]),
        (Stops::Person, [true, true, false, true]),
        (Stops::Asset, [true, true, false, true]),
        (Stops::App, [true, true, true, true]),
    ];
    let reading = by("messenger:1", Road::FACEBOOK, "1", RateKind::History);
    for (stops, expected) in expected {
        let pace = Pace::default();
        pace.pause(&shop.stopped_by(stops, ms(60_000))).await.unwrap();
        pace.pause(&shop.stopped_by(stops, ms(30_000))).await.unwrap();
        let found =
            [stopped(&pace, &shop).await, stopped(&pace, &behind_it).await, stopped(&pace, &other).await, stopped(&pace, &reading).await];
        assert_eq!(found, expected, "{stops:?}");
        assert!(!stopped(&pace, &login).await, "{stops:?} stops another app");
        assert_eq!(told(pace.take(&shop).await.unwrap()), ms(60_000), "a shorter pause shortens a longer one");
        assert!(taken(&pace, &Take { now: ms(60_000), ..shop.clone() }).await);
    }
}

struct Told(u32);

impl Meter for Told {
    fn allowances(&self) -> Vec<Allowance> {
        vec![Allowance::new(Scope::Account("messenger:1".parse().unwrap()), self.0, ms(60_000))]
    }
}

/// The same of everything that the app calls.
struct ToldOfApp(u32);

impl Meter for ToldOfApp {
    fn allowances(&self) -> Vec<Allowance> {
        vec![Allowance::new(Scope::App(Road::FACEBOOK), self.0, ms(60_000))]
    }
}

/// If this failed, one shop's history would keep every other shop's people from being answered.
#[tokio::test]
async fn a_person_answers_though_the_app_as_a_whole_called_enough() {
    let pace = Pace::default().metered(Arc::new(ToldOfApp(140)));
    for (priority, goes) in [(Priority::Person, true), (Priority::Program, false), (Priority::Bulk, false)] {
        assert_eq!(taken(&pace, &send(ms(0)).of(priority)).await, goes, "{priority:?}");
    }
}

/// If this failed, the history would use up what people's answers need.
#[tokio::test]
async fn what_has_time_waits_first_when_an_allowance_runs_out() {
    for (used, waiting) in [(74, 0), (75, 1), (89, 1), (90, 2), (96, 2), (97, 3), (140, 3)] {
        let pace = Pace::default().metered(Arc::new(Told(used)));
        let mut found = 0;
        for priority in Priority::ALL {
            match pace.take(&send(ms(0)).of(priority)).await.unwrap() {
                Permit::Now => {}
                Permit::At(at) => {
                    found += 1;
                    assert_eq!(at, ms(60_000));
                    assert!(taken(&pace, &send(ms(60_000)).of(priority)).await, "a figure is believed for ever");
                }
            }
        }
        assert_eq!(found, waiting, "at {used} percent");
        assert!(taken(&pace, &call("messenger:2", RateKind::Send, ms(0)).of(Priority::Bulk)).await);
    }
}

#[tokio::test]
async fn who_was_told_to_wait_rests_and_nobody_else() {
    let pace = Pace::default().metered(Arc::new(Told(80)));
    assert!(pace.resting(ms(0)).await.unwrap().is_empty());
    assert!(!taken(&pace, &send(ms(0)).of(Priority::Bulk)).await);
    let rest = Rest { account: "messenger:1".parse().unwrap(), kind: RateKind::Send, priority: Priority::Bulk, until: ms(60_000) };
    assert_eq!(pace.resting(ms(59_999)).await.unwrap(), [rest]);
    assert!(pace.resting(ms(60_000)).await.unwrap().is_empty());
    // Who waits is said by what is used up, and not by who asked.
    for (used, from) in [(90, Priority::Program), (97, Priority::Person)] {
        let pace = Pace::default().metered(Arc::new(Told(used)));
        assert!(!taken(&pace, &send(ms(0)).of(Priority::Bulk)).await);
        let rests: Vec<_> = pace.resting(ms(0)).await.unwrap().iter().map(|rest| rest.priority).collect();
        assert_eq!(rests, [from], "at {used} percent");
    }
}

/// If this failed, a machine that begins hours fast would have everything of a kind rest for hours once the platform told the time.
#[tokio::test]
async fn who_was_told_to_wait_by_a_clock_that_was_ahead_does_not_rest() {
    let (pace, ahead) = (Pace::default(), 5 * 3_600_000);
    for _ in 0..4 {
        assert!(taken(&pace, &send(ms(ahead))).await);
    }
    assert!(!taken(&pace, &send(ms(ahead))).await);
    assert_eq!(pace.resting(ms(ahead)).await.unwrap().len(), 1);
    assert_eq!(pace.resting(ms(100)).await.unwrap(), []);
    assert!(told(pace.take(&send(ms(100))).await.unwrap()) <= ms(1_200), "calls that were made by it are waited for");
    assert!(taken(&pace, &send(ms(1_200))).await, "they are waited for anew each time that somebody asks");
}

proptest! {
    /// If this failed, Meta would throttle us for calls that we counted as allowed.
    #[test]
    fn in_no_stretch_of_a_second_or_an_hour_there_is_too_much(
        gaps in prop::collection::vec(prop_oneof![0..40i64, 0..700i64, 0..900_000i64], 1..400),
        kinds in prop::collection::vec(prop::sample::select(vec![RateKind::Send, RateKind::Media, RateKind::PrivateReply]), 400),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (pace, mut made, mut now) = (Pace::default(), Vec::new(), 0);
        for (gap, kind) in gaps.into_iter().zip(kinds) {
            now += gap;
            let take = call("messenger:1", kind, ms(now));
            let forecast = runtime.block_on(pace.forecast(&take)).unwrap();
            let permit = runtime.block_on(pace.take(&take)).unwrap();
            prop_assert_eq!(forecast, permit);
            if permit == Permit::Now {
                made.push((now, kind));
            }
        }
        for rule in RATES {
            let counted: Vec<i64> = made.iter().filter(|(_, kind)| kind.counts_as().contains(&rule.kind)).map(|(at, _)| *at).collect();
            let span = i64::from(rule.per_seconds) * 1_000;
            for first in &counted {
                let within = counted.iter().filter(|at| (*first..*first + span).contains(at)).count();
                prop_assert!(within <= rule.count as usize, "{} of {:?}", within, rule.kind);
            }
        }
    }
}

#[test]
fn what_is_sent_is_counted_as_what_is_in_it() {
    use link_core::words::outgoing::Media;
    let film = Media::at(AttachmentKind::Video, "https://x.test/a.mp4");
    let mut post = SharedPost::new("instagram:1".parse().unwrap(), "2".parse().unwrap());
    let person = || link_core::ScopedId::new("7").unwrap();
    let kind = |body: Body| rate_of(&Outgoing::new(person(), body), false);
    assert_eq!(kind(Body::Post(post.clone())), RateKind::Send);
    post.media = Some(film.clone());
    assert_eq!((kind(Body::Post(post)), kind(Body::Attachments(vec![film]))), (RateKind::Media, RateKind::Media));
    let to = Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
    let reply = Outgoing::text(to, "hi");
    assert_eq!((rate_of(&reply, true), rate_of(&reply, false)), (RateKind::LiveReply, RateKind::PrivateReply));
}
