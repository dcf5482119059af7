//! Everything that works in the background.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use link_core::words::clock::Clock;
use link_core::words::work::Work;
use link_notify::{Alerts, InProcess, Notifier, Preferred, Sink};
use link_sync::{Applier, Backfills, Deepening, Dispatch, Lookups, Naming, Reconciles, Settling};

use super::Builder;
use super::ground::Ground;
use crate::accessibility::{Enforced, Enforcement};
use crate::announcement::Announcement;
use crate::pulse::Pulses;
use crate::reconciling::{Comparing, Occasions};
use crate::refreshing::Refreshing;
use crate::resealing::Resealing;
use crate::runner::Timed;
use crate::setups::{Closing, Releases};
use crate::stores::Stores;
use crate::subscribing::Subscribing;
use crate::unlinking::Unlinking;
use crate::watch::Watch;
use crate::web::Place;

/// How many accounts are compared side by side.
const COMPARERS: usize = 2;

/// How many accounts' histories are read side by side. Each has a budget of its own at the platform.
const READERS: usize = 4;

/// Who works, and those of them whom others speak to.
pub(super) struct Crew {
    pub(super) subscribing: Arc<Subscribing>,
    pub(super) unlinking: Arc<Unlinking>,
    pub(super) releases: Releases,
    pub(super) applier: Arc<Applier>,
    pub(super) pulses: Arc<Pulses>,
    pub(super) occasions: Arc<Occasions>,
    pub(super) enforced: Enforced,
    pub(super) alerts: InProcess,
    pub(super) works: Vec<Timed>,
}

impl Builder {
    pub(super) fn crew(&self, ground: &Ground, base: &str) -> Crew {
        let Ground { wiring, stores, .. } = ground;
        let every = TimeDelta::from_std(self.reconcile_every).unwrap_or(TimeDelta::MAX);
        let (links, kept) = (stores.links.clone(), (stores.reconciles.clone(), stores.findings.clone()));
        let occasions = Arc::new(Occasions::new(links, kept, self.clock.clone(), self.chance.clone(), (every, self.receives)));
        let subscribing = Arc::new(self.subscribing(ground, occasions.clone(), base));
        let unlinking = Arc::new(self.unlinking(ground, subscribing.clone()));
        let releases = self.releases(ground);
        let closing =
            Closing { releases: releases.clone(), setups: stores.setups.clone(), clock: self.clock.clone(), resting: Mutex::default() };
        let pulses = Arc::new(Pulses::new(stores.pulse.clone(), wiring.decoder.clone(), self.clock.clone()));
        let applier = Arc::new(self.applier(ground));
        let alerts = InProcess::new();
        let (rules, learned) = (self.unusual.clone(), tokio::sync::Mutex::default());
        let (activity, feed) = (stores.activity.clone(), stores.feed.clone());
        let ours: Vec<Arc<dyn Work>> = vec![
            subscribing.clone(),
            applier.clone(),
            Arc::new(closing),
            pulses.clone(),
            ground.rounds.clone(),
            unlinking.clone(),
            occasions.clone(),
            Arc::new(Watch { activity, feed, clock: self.clock.clone(), rules, learned }),
            Arc::new(Resealing::new(ground.vault.clone(), self.clock.clone())),
            Arc::new(self.refreshing(ground)),
            Arc::new(enforcement(ground)),
        ];
        let timed = |clock: &Arc<dyn Clock>, works: Vec<Arc<dyn Work>>| {
            let clock = clock.clone();
            works.into_iter().map(move |work| Timed { work, clock: clock.clone(), side_by_side: 1 })
        };
        let works = timed(&ground.their_clock, calling(ground)).chain([sending(ground)]).chain(timed(&self.clock, ours));
        let works = works.chain(timed(&self.clock, self.notifying(stores, &alerts))).collect();
        Crew { subscribing, unlinking, releases, applier, pulses, occasions, enforced: enforced(ground), alerts, works }
    }

    fn subscribing(&self, ground: &Ground, occasions: Arc<Occasions>, base: &str) -> Subscribing {
        Subscribing {
            wiring: ground.wiring.clone(),
            links: ground.stores.links.clone(),
            backfills: ground.stores.backfills.clone(),
            occasions,
            accesses: ground.accesses.clone(),
            permissions: Arc::new(ground.permissions.clone()),
            clock: self.clock.clone(),
            callback_url: format!("{base}{}", Place::Webhook.path()),
            receives: self.receives,
            announcement: Announcement::default(),
            turn: tokio::sync::Mutex::default(),
            resting: Mutex::default(),
        }
    }

    fn unlinking(&self, ground: &Ground, subscribing: Arc<Subscribing>) -> Unlinking {
        Unlinking {
            wiring: ground.wiring.clone(),
            links: ground.stores.links.clone(),
            setups: ground.stores.setups.clone(),
            credentials: ground.stores.credentials.clone(),
            unlinks: ground.stores.unlinks.clone(),
            ledger: ground.stores.ledger.clone(),
            vault: ground.vault.clone(),
            subscribing,
            clock: self.clock.clone(),
        }
    }

    fn releases(&self, ground: &Ground) -> Releases {
        Releases {
            wiring: ground.wiring.clone(),
            setups: ground.stores.setups.clone(),
            links: ground.stores.links.clone(),
            ledger: ground.stores.ledger.clone(),
            vault: ground.vault.clone(),
            clock: self.clock.clone(),
        }
    }

    fn refreshing(&self, ground: &Ground) -> Refreshing {
        Refreshing {
            wiring: ground.wiring.clone(),
            links: ground.stores.links.clone(),
            setups: ground.stores.setups.clone(),
            credentials: ground.stores.credentials.clone(),
            vault: ground.vault.clone(),
            accesses: ground.accesses.clone(),
            clock: self.clock.clone(),
        }
    }

    fn applier(&self, ground: &Ground) -> Applier {
        let (journal, decoder) = (ground.stores.journal.clone(), ground.wiring.decoder.clone());
        Applier::new(journal, decoder, ground.stores.messages.clone(), ground.stores.links.clone(), self.clock.clone())
            .answering_as(ground.wiring.apps.iter().cloned())
            .asking_for_comments(Arc::new(ground.permissions.clone()), link_graph::decode::COMMENT_FIELDS)
            .telling(ground.stores.feed.clone())
    }

    /// A notifier for each sink: sinks of one keep step, and a dead one would hold the others up.
    fn notifying(&self, stores: &Stores, alerts: &InProcess) -> Vec<Arc<dyn Work>> {
        let own: (&'static str, Arc<dyn Sink>) = ("link-kit alerts", Arc::new(alerts.clone()));
        let notifier = |(name, sink)| {
            let alerts = Alerts::new(Arc::new(Preferred::new(stores.links.clone())));
            Arc::new(Notifier::new(name, stores.feed.clone(), alerts).with_sink(sink)) as Arc<dyn Work>
        };
        std::iter::once(own).chain(self.sinks.iter().cloned()).map(notifier).collect()
    }
}

fn enforced(ground: &Ground) -> Enforced {
    let Stores { messages, outbox, .. } = ground.stores.clone();
    Enforced { messages, outbox, clock: ground.their_clock.clone() }
}

fn enforcement(ground: &Ground) -> Enforcement {
    let Stores { feed, links, findings, .. } = ground.stores.clone();
    Enforcement { enforced: enforced(ground), feed, links, findings }
}

/// The work that calls the platforms for messages, all of it by their clock.
fn calling(ground: &Ground) -> Vec<Arc<dyn Work>> {
    let Stores { feed, messages, outbox, backfills, reconciles, findings, .. } = ground.stores.clone();
    let (checkpoint, desk, clock) = (&ground.checkpoint, &ground.accesses, &ground.their_clock);
    let settling = Settling::new(checkpoint.clone(), messages.clone(), outbox, desk.clone(), clock.clone());
    let lookups = Lookups::new(checkpoint.clone(), feed.clone(), messages.clone(), backfills.clone(), desk.clone(), clock.clone());
    let mut works: Vec<Arc<dyn Work>> = vec![
        Arc::new(lookups),
        Arc::new(Deepening::new(checkpoint.clone(), feed.clone(), backfills.clone(), clock.clone())),
        Arc::new(Naming::new(checkpoint.clone(), feed, messages.clone(), desk.clone(), clock.clone())),
        Arc::new(settling.answering_as(ground.wiring.apps.iter().cloned())),
    ];
    for _ in 0..COMPARERS {
        let (checkpoint, reconciles, messages) = (checkpoint.clone(), reconciles.clone(), messages.clone());
        let reconciles = Reconciles::new(checkpoint, reconciles, messages, desk.clone(), clock.clone());
        works.push(Arc::new(Comparing { reconciles, findings: findings.clone(), clock: clock.clone() }));
    }
    for _ in 0..READERS {
        let (backfills, messages) = (backfills.clone(), messages.clone());
        works.push(Arc::new(Backfills::new(checkpoint.clone(), backfills, messages, desk.clone(), clock.clone())));
    }
    works
}

/// The work that sends, by the platforms' clock too.
fn sending(ground: &Ground) -> Timed {
    let (Stores { messages, outbox, .. }, clock) = (ground.stores.clone(), ground.their_clock.clone());
    let dispatch = Dispatch::new(ground.checkpoint.clone(), messages, outbox, ground.accesses.clone(), clock.clone());
    Timed { work: Arc::new(dispatch), clock, side_by_side: Dispatch::SIDE_BY_SIDE }
}
