mod ill;

use std::collections::BTreeMap;

use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::error::{Error, ErrorKind};
use link_core::words::event::{Channel, Direction, Event, Said};
use link_core::words::ids::{ExternalId, MessageKey};
use link_core::words::page::Cursor;
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{HistoryPage, ThreadPage};
use proptest::prelude::*;

use super::plan::{Call, Here};
use super::*;
use crate::apply::{Batch, apply};
use crate::coverage::Stretch;
use crate::message::Tellers;
use crate::piece::Fact;
use crate::store::MessageStore;
use crate::testing::{Memory, Scene, at};

static ALL: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000));
static TWENTY: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_readable_history(20);

/// When the comparing begins.
const NOW: i64 = 100_000;

fn peer(number: u32) -> Scene {
    Scene::new("o", "messenger:9", &format!("1{number}"))
}

fn occasion(reason: ReconcileReason, since: i64) -> Occasion {
    let connection = ConnectionKey { account: peer(0).account, road: Road::FACEBOOK };
    Occasion::new(connection, at(0), reason, at(since), at(NOW))
}

/// A platform's memory: each person's messages by their second, the newest first, of which so many can be read.
struct Platforms(BTreeMap<u32, Vec<i64>>, &'static Capabilities);

impl Platforms {
    fn of(messages: &[(u32, i64)], can: &'static Capabilities) -> Self {
        let mut people: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        for (person, second) in messages {
            people.entry(*person).or_default().push(*second);
        }
        for seconds in people.values_mut() {
            seconds.sort_unstable_by(|a, b| b.cmp(a));
            seconds.dedup();
        }
        Self(people, can)
    }

    fn facts(&self, person: u32, from: usize, limit: u32) -> Vec<Fact> {
        let end = self.1.readable_history.map_or(usize::MAX, |readable| readable as usize);
        let seconds = self.0[&person].iter().take(end).skip(from).take(limit as usize);
        seconds.map(|second| fact(person, *second)).collect()
    }

    /// The thread with what came of it behind `from` messages.
    fn thread(&self, person: u32, from: usize, limit: u32, page: &mut HistoryPage) {
        let told = self.facts(person, from, limit);
        let mut thread = ThreadPage::new(ExternalId::new(format!("t{person}")).unwrap(), peer(person).peer);
        thread.updated = Some(at(self.0[&person][0]));
        thread.messages = u32::try_from(told.len()).unwrap();
        let shown = from + told.len();
        thread.unreadable = u32::from(told.len() < limit as usize && shown < self.0[&person].len());
        thread.older = (shown < self.0[&person].len()).then(|| Cursor::new(shown.to_string()));
        page.events.extend(told.into_iter().map(|fact| fact.event));
        page.next.clone_from(&thread.older);
        page.threads.push(thread);
    }

    fn answer(&self, call: &Call) -> HistoryPage {
        let mut page = HistoryPage::new(at(NOW));
        let place = |after: &Option<Cursor>| after.as_ref().map_or(0, |after| after.as_str().parse::<usize>().unwrap());
        match call {
            Call::List(query) => {
                let mut newest: Vec<u32> = self.0.keys().copied().collect();
                newest.sort_by_key(|person| std::cmp::Reverse(self.0[person][0]));
                let from = place(&query.after);
                for person in newest.iter().skip(from).take(query.limit as usize) {
                    self.thread(*person, 0, query.messages, &mut page);
                }
                let end = from + query.limit as usize;
                page.next = (end < newest.len()).then(|| Cursor::new(end.to_string()));
            }
            Call::Older(thread, query) => {
                let person = thread.peer.as_str()[1..].parse().unwrap();
                self.thread(person, place(&query.after), query.limit, &mut page);
            }
        }
        page
    }
}

fn id(person: u32, second: i64) -> String {
    format!("m{person}_{second}")
}

fn fact(person: u32, second: i64) -> Fact {
    peer(person).remembers(Direction::Inbound, &id(person, second), second, "hello", NOW)
}

fn key(person: u32, second: i64) -> MessageKey {
    peer(person).key(&id(person, second))
}

/// Compares until nothing is left to ask, as the work does; answers how many calls that took.
async fn compare(reconcile: &mut Reconcile, store: &Memory, can: &Capabilities, answer: impl Fn(&Call) -> HistoryPage) -> u32 {
    let mut calls = 0;
    while let Some(call) = reconcile.next(can) {
        calls += 1;
        assert!(calls < 500, "it never ends");
        let page = answer(&call);
        let known = store.known(&peer(0).view(), &reconcile.asked_about(&page)).await.unwrap();
        let here = Here { known, ..Here::default() };
        let applied = reconcile.take(&page, &here);
        reconcile.advance(&call, &page, &here, can);
        let facts: Vec<Fact> = applied.into_iter().map(|event| peer(0).fact(event)).collect();
        Batch::of(&facts).write(store).await.unwrap();
    }
    reconcile.ended(at(NOW));
    calls
}

async fn has(store: &Memory, key: MessageKey) -> bool {
    !store.known(&peer(0).view(), &[key]).await.unwrap().is_empty()
}

fn lives() -> impl Strategy<Value = Vec<(u32, i64, bool)>> {
    // Many people with little and some with much, so that both the list and the conversations have several pages.
    let busy = (0..3_u32, 1..NOW, any::<bool>());
    let quiet = (3..120_u32, 1..NOW, any::<bool>());
    (prop::collection::vec(busy, 0..250), prop::collection::vec(quiet, 0..250)).prop_map(|(busy, quiet)| [busy, quiet].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_was_missed_is_here_afterwards_as_far_as_the_platform_shows_it(life in lives(), since in 0..NOW, all in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, can) = (Memory::default(), if all { &ALL } else { &TWENTY });
            // What is older than the beginning of the comparing was compared before.
            let here: Vec<Fact> = life.iter().filter(|(_, second, here)| *here || *second <= since).map(|(person, second, _)| fact(*person, *second)).collect();
            apply(&store, &here).await.unwrap();
            let before = store.stored().messages.len();
            let platform = Platforms::of(&life.iter().map(|(person, second, _)| (*person, *second)).collect::<Vec<_>>(), can);
            let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, since));
            compare(&mut reconcile, &store, can, |call| platform.answer(call)).await;
            let readable = if all { usize::MAX } else { 20 };
            let mut hidden = 0;
            for (person, seconds) in &platform.0 {
                for (place, second) in seconds.iter().enumerate() {
                    prop_assert!(has(&store, key(*person, *second)).await || place >= readable, "{person} at {second} is missing");
                }
                hidden += u32::from(seconds.get(readable).is_some_and(|_| seconds[readable - 1] > since));
            }
            prop_assert_eq!(reconcile.filled as usize, store.stored().messages.len() - before);
            prop_assert_eq!(reconcile.beyond, hidden, "what the platform does not show is hidden");
            for (person, seconds) in &platform.0 {
                let shown = seconds.get(readable).map(|_| seconds[readable - 1]).filter(|oldest| *oldest > since);
                let missed: Vec<Stretch> = shown.map(|oldest| Stretch::new(Some(at(since)), at(oldest))).into_iter().collect();
                prop_assert_eq!(reconcile.missed_of(&peer(*person).peer), missed, "nobody knows from when it is missing");
            }
            prop_assert_eq!(reconcile.compared_until, Some(at(NOW)));
            let mut again = reconcile.clone();
            again.begin(&occasion(ReconcileReason::Schedule, NOW - 50_000));
            let calls = compare(&mut again, &store, can, |call| platform.answer(call)).await;
            prop_assert_eq!((calls, again.filled), (u32::from(true), 0), "comparing once more reads everything again");
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn what_is_from_before_the_confirmation_is_nobodys_to_read() {
    let (store, platform) = (Memory::default(), Platforms::of(&[(1, 10), (1, 500)], &ALL));
    let mut reconcile = Reconcile::of(&Occasion { confirmed_at: at(100), ..occasion(ReconcileReason::Reauthorised, 0) });
    compare(&mut reconcile, &store, &ALL, |call| platform.answer(call)).await;
    assert!(has(&store, key(1, 500)).await && !has(&store, key(1, 10)).await);
    assert_eq!((reconcile.found, reconcile.filled), (1, 1));
}

#[tokio::test]
async fn a_regular_look_costs_one_call_however_many_conversations_there_are() {
    let messages: Vec<(u32, i64)> = (0..300_u32).map(|person| (person, 1_000 + 100 * i64::from(person))).collect();
    let (store, platform) = (Memory::default(), Platforms::of(&messages, &ALL));
    apply(&store, &messages.iter().map(|(person, second)| fact(*person, *second)).collect::<Vec<_>>()).await.unwrap();
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Schedule, 29_000));
    assert_eq!(compare(&mut reconcile, &store, &ALL, |call| platform.answer(call)).await, 1);
}

#[test]
fn where_everything_is_shown_a_message_that_does_not_read_hides_nothing_behind_it() {
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let messages: Vec<(u32, i64)> = (0..60).map(|n| (1, 1_000 + n)).collect();
    let platform = Platforms::of(&messages, &ALL);
    for (can, goes_on) in [(&ALL, true), (&TWENTY, false)] {
        let mut reconcile = reconcile.clone();
        let list = reconcile.next(can).unwrap();
        let mut page = platform.answer(&list);
        (page.threads[0].messages, page.threads[0].unreadable) = (19, 1);
        reconcile.advance(&list, &page, &Here::default(), can);
        assert_eq!(reconcile.next(can).is_some(), goes_on);
    }
    let list = reconcile.next(&ALL).unwrap();
    let mut page = platform.answer(&list);
    (page.threads[0].messages, page.threads[0].unreadable) = (0, 1);
    let mut one = reconcile.clone();
    one.advance(&list, &page, &Here::default(), &ALL);
    assert!(one.next(&ALL).is_some(), "one message that is not shown ends what is asked for one by one");
    (page.threads[0].messages, page.threads[0].unreadable) = (0, 20);
    reconcile.advance(&list, &page, &Here::default(), &ALL);
    assert_eq!(reconcile.next(&ALL), None, "what shows nothing but bare ids is read for ever");
}

#[test]
fn what_the_platform_did_not_tell_is_asked_for_alone_or_is_missing() {
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let platform = Platforms::of(&[(1, 1_000), (2, 2_000)], &ALL);
    let list = reconcile.next(&ALL).unwrap();
    let mut page = platform.answer(&list);
    let untold = page.threads[0].peer.clone();
    page.events.retain(|event| event.peer() != Some(&untold));
    (page.threads[0].messages, page.threads[0].untold, page.untold) = (0, true, 1);
    reconcile.take(&page, &Here::default());
    reconcile.advance(&list, &page, &Here::default(), &ALL);
    assert!(matches!(reconcile.next(&ALL), Some(Call::Older(thread, query)) if thread.peer == untold && query.after.is_none()));
    reconcile.ended(at(NOW));
    assert_eq!(reconcile.missed_of(&peer(3).peer), [Stretch::new(Some(at(1)), page.as_of)], "half a list is taken for all of it");
}

#[test]
fn a_busy_conversation_of_which_everything_was_delivered_misses_nothing() {
    let messages: Vec<(u32, i64)> = (0..30).map(|n| (1, 9_000 + n)).collect();
    let platform = Platforms::of(&messages, &TWENTY);
    for (is_here, missed) in [(true, 0), (false, 1)] {
        let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Schedule, 1));
        let list = reconcile.next(&TWENTY).unwrap();
        let page = platform.answer(&list);
        let told = Tellers { live: true, ..Tellers::default() };
        let known = reconcile.asked_about(&page).into_iter().map(|key| (key, told)).filter(|_| is_here).collect();
        let here = Here { known, ..Here::default() };
        reconcile.take(&page, &here);
        reconcile.advance(&list, &page, &here, &TWENTY);
        reconcile.ended(at(NOW));
        assert_eq!(reconcile.missed().len(), missed);
    }
}

#[test]
fn what_is_wanted_after_the_present_one_is_missing_already() {
    let schedule = Reconcile { calls: 1, ..Reconcile::of(&occasion(ReconcileReason::Schedule, 500)) };
    assert_eq!(schedule.missing_since(), None);
    let noted = Reconcile::wanted(Some(&schedule), &occasion(ReconcileReason::Downtime, 400), true).unwrap();
    assert_eq!(noted.missing_since(), Some(at(400)), "a downtime is taken for heard while something else is compared");
}

#[test]
fn a_regular_look_goes_back_to_where_it_was_compared_and_no_further() {
    let done = Reconcile {
        state: ReconcileState::Done { at: at(90_000) },
        compared_until: Some(at(90_000)),
        ..Reconcile::of(&occasion(ReconcileReason::Schedule, 500))
    };
    let next = |reason, since| Reconcile::wanted(Some(&done), &occasion(reason, since), false).unwrap().since;
    assert_eq!(next(ReconcileReason::Schedule, 60_000), at(90_000), "what was compared is listed once more each time");
    assert_eq!(next(ReconcileReason::Asked, 60_000), at(60_000));
    let stopped = Reconcile { state: ReconcileState::Stopped { at: at(90_000), cause: "dead".to_owned() }, compared_until: None, ..done };
    let next = Reconcile::wanted(Some(&stopped), &occasion(ReconcileReason::Schedule, 60_000), false).unwrap();
    assert_eq!(next.since, at(500), "what it stopped over is passed over");
}

#[tokio::test]
async fn a_riddle_is_kept_once_however_often_it_is_seen() {
    let store = Memory::default();
    let raw = link_core::words::raw::Raw::parse(r#"{"id":"t1","riddle":true}"#).unwrap();
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Schedule, 500));
    for seen in [NOW, NOW + 100] {
        let answer = |_: &Call| {
            let mut page = HistoryPage::new(at(seen));
            let account = "messenger:9".parse().unwrap();
            page.events.push(Event::new(account, Road::FACEBOOK, Channel::History, at(seen), Said::Unknown(raw.clone())));
            page
        };
        compare(&mut reconcile, &store, &ALL, answer).await;
        assert_eq!(store.kept().len(), 1, "what a regular look cannot read is dropped, or kept each time");
        reconcile.begin(&occasion(ReconcileReason::Schedule, 500));
    }
}

#[test]
fn what_comes_up_while_it_is_compared_is_compared_afterwards_and_what_was_compared_is_not_forgotten() {
    use ReconcileReason::{Asked, Downtime, Reauthorised, Schedule};
    let waits = Reconcile::of(&occasion(Schedule, 500));
    let earlier = Reconcile::wanted(Some(&waits), &occasion(Downtime, 300), false).unwrap();
    assert_eq!((earlier.since, earlier.reason), (at(300), Downtime), "what was not begun does not take it in");
    assert_eq!(Reconcile::wanted(Some(&waits), &occasion(Schedule, 400), false), None, "it is wanted twice because it is time for it");

    let under_way = Reconcile { calls: 1, ..earlier };
    for (row, held) in [(&under_way, false), (&waits, true)] {
        let noted = Reconcile::wanted(Some(row), &occasion(Asked, 800), held).unwrap();
        assert_eq!((noted.since, noted.calls), (row.since, row.calls), "what is under way is disturbed");
        let over = Reconcile { state: ReconcileState::Done { at: at(NOW) }, compared_until: Some(at(700)), ..row.clone() };
        let next = over.over(Some(&noted));
        assert!(next.is_waiting() && next.reason == Asked && next.calls == 0);
        assert_eq!(next.since, at(700), "what was never compared is passed over");
        assert_eq!(next.clone().over(Some(&next)), next, "it is compared once more for ever");
    }

    let stopped =
        Reconcile { state: ReconcileState::Stopped { at: at(NOW), cause: "dead".to_owned() }, compared_until: Some(at(100)), ..waits };
    let revived = Reconcile::wanted(Some(&stopped), &occasion(Reauthorised, 90_000), false).unwrap();
    assert_eq!((revived.since, revived.compared_until), (at(100), Some(at(100))), "what came while it was stopped is passed over");
    let anew = Occasion { confirmed_at: at(95_000), ..occasion(Schedule, 95_000) };
    assert_eq!(
        Reconcile::wanted(Some(&revived), &anew, false),
        Some(Reconcile::of(&anew)),
        "an account that is linked anew goes on from before"
    );
}

#[test]
fn what_the_platform_puts_off_is_no_failure_and_what_it_does_not_take_begins_anew() {
    let mut reconcile = Reconcile::of(&occasion(ReconcileReason::Downtime, 1));
    let list = reconcile.next(&ALL).unwrap();
    let throttled = Error::new(ErrorKind::Throttled, "read").with_retry_after(std::time::Duration::from_secs(60));
    for _ in 0..20 {
        reconcile.failed(&list, &throttled, at(NOW));
    }
    assert_eq!(reconcile.state, ReconcileState::Waiting { until: at(NOW + 60) }, "throttling is taken for a failure");

    let html = Error::new(ErrorKind::Unrecognised, "read");
    reconcile.failed(&list, &html, at(NOW));
    let Some(Call::List(smaller)) = reconcile.next(&ALL) else { panic!("it asks for something else") };
    assert!(matches!(&list, Call::List(first) if smaller.limit < first.limit), "what it fails at is asked for again as it was");

    let page = {
        let mut page = HistoryPage::new(at(NOW));
        page.next = Some(Cursor::new("7"));
        page
    };
    reconcile.advance(&list, &page, &Here::default(), &ALL);
    let behind = reconcile.next(&ALL).unwrap();
    reconcile.failed(&behind, &Error::new(ErrorKind::Invalid, "read"), at(NOW));
    let Some(Call::List(first)) = reconcile.next(&ALL) else { panic!("it asks for something else") };
    assert!(reconcile.is_waiting() && first.after.is_none(), "a cursor that expired ends it");

    let refused = Error::new(ErrorKind::PermissionMissing, "read");
    reconcile.failed(&list, &refused, at(NOW));
    assert!(!reconcile.is_waiting(), "what is refused is asked for again and again");
}

#[test]
fn what_an_earlier_program_stored_reads() {
    let stored = r#"{"connection": {"account": {"owner": "o", "account": {"platform": "messenger", "id": "1"}}, "road": "facebook"},
        "confirmed_at": "2026-11-01T00:00:00Z", "reason": "schedule", "since": "2026-11-02T00:00:00Z", "found": 1, "filled": 0, "beyond": 0,
        "calls": 1, "tries": 0, "state": {"state": "done", "at": "2026-11-02T00:00:00Z"}}"#;
    let read: Reconcile = serde_json::from_str(stored).unwrap();
    assert_eq!((read.ended_at().is_some(), read.loss(), read.compared_until), (true, None, None));
    let again: Reconcile = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, read);
}
