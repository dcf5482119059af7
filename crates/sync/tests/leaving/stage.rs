//! A platform of which each account answers as a test wants, and everything around it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::{Ability, Capabilities, Form, Limits, TextLimit};
use link_core::words::clock::Clock;
use link_core::words::error::{Error, ErrorKind, PlatformCode};
use link_core::words::gate::{MockGate, Verdict};
use link_core::words::ids::ExternalId;
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outcome, Outgoing, Source as MediaSource};
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, MockHistory, MockProfiles, Sender};
use link_core::words::rates::{RateKind, RateRule};
use link_core::words::rules::Source;
use link_core::words::secret::Secret;
use link_core::words::work::{Next, Work};
use link_sync::testing::{Memory, MockAccesses, Scene, at};
use link_sync::{Carrier, Carriers, Checkpoint, Cleared, Dispatch, Intent, Knowledge, NothingKnown, Outbox, Pace, Priority, apply};

const FAST: &[RateRule] = &[RateRule::new(RateKind::Send, 10_000, 1, "a test", "")];
/// By which code the platform says that it has a file no longer.
const FORGOTTEN: i64 = 77;
static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000))
    .with_window(24, 7)
    .with_rates(FAST)
    .with_forgotten(&[FORGOTTEN])
    .with_attachments(&[AttachmentKind::Video, AttachmentKind::Image])
    .with_abilities(&[Ability::new(Form::Several, PAGE), Ability::new(Form::Uploaded, PAGE)], LIMITS);
const PAGE: Source = Source::new("a page", "2026-06");
const LIMITS: Limits = Limits::NONE.with_several(30, &[AttachmentKind::Image]);

/// What an account's calls come to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answers {
    /// Nothing, for ever.
    Hangs,
    /// A refusal: the account is restricted.
    Restricted,
    /// A refusal as long as one of the message's files is not one that [begins so](ANEW).
    Forgets,
    /// The same refusal, whatever the files are.
    AlwaysForgets,
}

/// How the ids of files begin that were uploaded anew.
pub(crate) const ANEW: &str = "9";

/// The ids of a message's files.
pub(crate) fn uploaded(body: &Body) -> impl Iterator<Item = &ExternalId> {
    let media: &[Media] = if let Body::Attachments(media) = body { media } else { &[] };
    media.iter().filter_map(|media| if let MediaSource::Uploaded(id) = &media.source { Some(id) } else { None })
}

/// The platform's side, by the account's id.
#[derive(Default)]
pub(crate) struct Wire {
    pub(crate) answers: Mutex<HashMap<String, Answers>>,
    /// How many calls of each account were made.
    calls: Mutex<BTreeMap<String, usize>>,
}

impl Wire {
    pub(crate) fn calls(&self, account: &str) -> usize {
        self.calls.lock().unwrap().get(account).copied().unwrap_or_default()
    }
}

#[async_trait]
impl Sender for Wire {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        let account = access.account.id.to_string();
        *self.calls.lock().unwrap().entry(account.clone()).or_default() += 1;
        let answers = self.answers.lock().unwrap().get(&account).copied();
        match answers {
            None => Outcome::Accepted { message: format!("m_{}", outgoing.to.line()).parse().unwrap(), peer: None, at: at(100) },
            Some(Answers::Restricted) => Outcome::Refused(Error::new(ErrorKind::AccountRestricted, "send")),
            Some(Answers::Hangs) => std::future::pending().await,
            Some(Answers::Forgets | Answers::AlwaysForgets) => {
                let refused =
                    Error::new(ErrorKind::Invalid, "send").with_code(PlatformCode { code: FORGOTTEN, subcode: None, trace: None });
                let is_old = uploaded(&outgoing.body).any(|id| !id.as_str().starts_with(ANEW));
                if is_old || matches!(answers, Some(Answers::AlwaysForgets)) {
                    Outcome::Refused(refused)
                } else {
                    Outcome::Accepted { message: "m_out".parse().unwrap(), peer: None, at: at(100) }
                }
            }
        }
    }
}

/// A clock that a test sets.
pub(crate) struct Hand(pub(crate) Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Everything that sends, over one store in memory.
pub(crate) struct Stage {
    pub(crate) wire: Arc<Wire>,
    pub(crate) store: Arc<Memory>,
    pub(crate) dispatch: Arc<Dispatch>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) pace: Arc<Pace>,
    clock: Arc<Hand>,
    asking: Arc<Mutex<TimeDelta>>,
}

impl Stage {
    /// It is second 100.
    pub(crate) fn set() -> Self {
        Self::knowing(|_| Arc::new(NothingKnown))
    }

    /// The same where somebody knows the circumstances, by its clock.
    pub(crate) fn knowing(knowledge: impl FnOnce(Arc<Hand>) -> Arc<dyn Knowledge>) -> Self {
        let (wire, store, clock) = (Arc::new(Wire::default()), Arc::new(Memory::default()), Arc::new(Hand(Mutex::new(at(100)))));
        let (mut gate, mut accesses) = (MockGate::new(), MockAccesses::new());
        let (asked, takes) = (clock.clone(), Arc::new(Mutex::new(TimeDelta::zero())));
        let asking = takes.clone();
        gate.expect_ask().returning(move |_| {
            *asked.0.lock().unwrap() += *takes.lock().unwrap();
            Ok(Verdict::Allowed)
        });
        accesses.expect_road().returning(|_, _| Ok(Some(Road::FACEBOOK)));
        accesses.expect_access().returning(|key| Ok(Ok(Access::new(key.account.account.clone(), Road::FACEBOOK, Secret::new("t")))));
        accesses.expect_failed().returning(|_, _, _| Ok(()));
        let pace = Arc::new(Pace::default());
        let (history, profiles) = (Arc::new(MockHistory::new()), Arc::new(MockProfiles::new()));
        let carrier = Carrier { capabilities: &WIRE, sender: wire.clone(), history, profiles };
        let checkpoint =
            Checkpoint::new([Arc::new(gate) as _], Carriers::new([carrier]), pace.clone()).with_knowledge(knowledge(clock.clone()));
        let dispatch = Dispatch::new(checkpoint.clone(), store.clone(), store.clone(), Arc::new(accesses), clock.clone());
        Self { wire, store, dispatch: Arc::new(dispatch), checkpoint, pace, clock, asking }
    }

    pub(crate) fn clock_shows(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() = at(seconds);
    }

    /// From now on whoever asks the gates waits so long.
    pub(crate) fn asking_takes(&self, seconds: i64) {
        *self.asking.lock().unwrap() = TimeDelta::seconds(seconds);
    }

    /// From now on an account's calls come to this; `None` is a success.
    pub(crate) fn answers(&self, account: &str, answers: Option<Answers>) {
        let mut all = self.wire.answers.lock().unwrap();
        match answers {
            Some(answers) => all.insert(account.to_owned(), answers),
            None => all.remove(account),
        };
    }

    /// Something waits for a person who wrote at second 50 and has a number of their own.
    pub(crate) async fn wish(&self, account: &str, person: u128, priority: Priority, seconds: i64) -> Intent {
        self.wish_for(account, person, priority, seconds, Body::Text("hello".to_owned())).await
    }

    /// The same with something else than a text.
    pub(crate) async fn wish_for(&self, account: &str, person: u128, priority: Priority, seconds: i64, body: Body) -> Intent {
        let it = Scene::new("o", &format!("messenger:{account}"), &format!("p{account}-{person}"));
        apply(&*self.store, &[it.writes(&format!("m{account}-{person}"), 50, "hi")]).await.unwrap();
        let key = format!("k{account}-{person}-{seconds}");
        let number = person << 40 | u128::from(seconds.unsigned_abs()) << 20 | account.parse::<u128>().unwrap();
        let mut intent = it.intent(number, &key, "hello", seconds);
        (intent.priority, intent.outgoing.body) = (priority, body);
        self.store.queue(&Cleared::unchecked(intent)).await.unwrap()
    }

    /// As many senders as there may be, each until it finds nothing; those whose calls hang stay.
    pub(crate) async fn send(&self) -> Vec<tokio::task::JoinHandle<Next>> {
        let sender = |dispatch: Arc<Dispatch>| async move {
            loop {
                match dispatch.step().await.unwrap() {
                    Next::Again => tokio::task::yield_now().await,
                    next => return next,
                }
            }
        };
        let senders: Vec<_> = (0..Dispatch::SIDE_BY_SIDE).map(|_| tokio::spawn(sender(self.dispatch.clone()))).collect();
        // The memory does not wait, so whoever has not ended by then waits for a call.
        for _ in 0..5_000 {
            tokio::task::yield_now().await;
        }
        senders
    }

    /// The intent as it stands.
    pub(crate) fn now(&self, intent: &Intent) -> Intent {
        self.store.stored().intents[&intent.intent_key()].clone()
    }

    /// How it stands.
    pub(crate) fn state(&self, intent: &Intent) -> &'static str {
        self.now(intent).state.as_str()
    }
}
