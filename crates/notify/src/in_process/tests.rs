use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;
use futures::executor::block_on;
use futures::task::{ArcWake, waker};
use futures::{FutureExt as _, StreamExt as _};
use link_core::words::view::Accounts;
use link_core::{AccountKey, ActorId, MessageId, MessageKey, OwnerId, Road, ScopedId};

use super::*;

fn owner(owner: &str) -> OwnerId {
    OwnerId::new(owner).unwrap()
}

fn view(id: &str) -> View {
    View::everything(owner(id), ActorId::new("agent").unwrap())
}

fn alert(of: &str, account: &str, message: &str) -> Alert {
    let account = AccountKey::new(owner(of), account.parse().unwrap());
    let key = MessageKey { account, road: Road::FACEBOOK, id: MessageId::new(message).unwrap() };
    Alert::new(key, ScopedId::new("42").unwrap(), DateTime::UNIX_EPOCH)
}

fn tell(sink: &InProcess, alerts: &[Alert]) {
    for alert in alerts {
        block_on(sink.deliver(alert)).unwrap();
    }
}

/// What waits for a receiver.
fn heard(subscription: &mut Subscription) -> Vec<Result<String, Lagged>> {
    let now = std::iter::from_fn(|| subscription.next().now_or_never().flatten());
    now.map(|heard| heard.map(|alert| alert.message.to_string())).collect()
}

fn said(messages: &[&str]) -> Vec<Result<String, Lagged>> {
    messages.iter().map(|message| Ok((*message).to_owned())).collect()
}

#[test]
fn everybody_hears_of_what_their_view_shows_and_of_nothing_else() {
    let sink = InProcess::new();
    let instagram = Accounts::Only(BTreeSet::from(["instagram:1".parse().unwrap()]));
    let nothing = View::nothing(owner("o"), ActorId::new("stranger").unwrap());
    let mut all = sink.subscribe(&view("o"));
    let mut some = sink.subscribe(&view("o").with_accounts(instagram));
    let mut none = sink.subscribe(&nothing);
    let mut other_owner = sink.subscribe(&view("x"));
    tell(&sink, &[alert("o", "messenger:1", "m_1"), alert("o", "instagram:1", "m_2"), alert("x", "instagram:1", "m_3")]);
    assert_eq!(heard(&mut all), said(&["m_1", "m_2"]));
    assert_eq!(heard(&mut some), said(&["m_2"]));
    assert_eq!(heard(&mut none), []);
    assert_eq!(heard(&mut other_owner), said(&["m_3"]));
}

#[test]
fn a_slow_receiver_is_told_how_much_it_missed_and_holds_nobody_up() {
    let sink = InProcess::with_waiting(2);
    let (mut slow, mut quick) = (sink.subscribe(&view("o")), sink.subscribe(&view("o")));
    for message in ["m_1", "m_2", "m_3", "m_4", "m_5"] {
        tell(&sink, &[alert("o", "messenger:1", message)]);
        assert_eq!(heard(&mut quick), said(&[message]));
    }
    let mut expected = vec![Err(Lagged { missed: 3 })];
    expected.extend(said(&["m_4", "m_5"]));
    assert_eq!(heard(&mut slow), expected);
}

/// Counts how often a receiver was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl ArcWake for Bell {
    fn wake_by_ref(bell: &Arc<Self>) {
        bell.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_waiting_receiver_is_woken_by_an_alert_and_by_the_end() {
    let (sink, bell) = (InProcess::new(), Arc::new(Bell::default()));
    let mut subscription = sink.clone().subscribe(&view("o"));
    let waker = waker(bell.clone());
    let mut poll = || subscription.poll_next_unpin(&mut Context::from_waker(&waker));
    let alert = alert("o", "messenger:1", "m_1");

    assert_eq!(poll(), Poll::Pending);
    tell(&sink, std::slice::from_ref(&alert));
    assert_eq!(bell.0.load(Ordering::SeqCst), 1, "nobody would look before the next alert");
    assert_eq!(poll(), Poll::Ready(Some(Ok(alert))));

    assert_eq!(poll(), Poll::Pending);
    drop(sink);
    assert_eq!(bell.0.load(Ordering::SeqCst), 2, "a page that waits would hang for ever");
    assert_eq!(poll(), Poll::Ready(None));
}

#[test]
fn receivers_who_left_are_forgotten() {
    let sink = InProcess::new();
    for _ in 0..100 {
        drop(sink.subscribe(&view("o")));
    }
    assert!(lock(&sink.0.subscribers).len() <= 1, "every browser tab that was ever open would stay in memory");
}
