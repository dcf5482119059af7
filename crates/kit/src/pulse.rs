//! When accounts were last heard of, and who knocked without a key: gathered in memory, written now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::Result;
use link_core::words::clock::Clock;
use link_core::words::envelope::Envelope;
use link_core::words::ids::AccountKey;
use link_core::words::ports::Decoder;
use link_core::words::pulse::{Heard, Pulse};
use link_core::words::work::{Next, Work};

/// Written at most this often, however many knock.
const EVERY: TimeDelta = TimeDelta::seconds(5);
/// What an item is called whose field nobody can tell.
const OTHER: &str = "other";

pub(crate) struct Pulses {
    store: Arc<dyn Pulse>,
    decoder: Arc<dyn Decoder>,
    clock: Arc<dyn Clock>,
    gathered: Mutex<Gathered>,
}

#[derive(Default)]
struct Gathered {
    heard: HashMap<(AccountKey, String), (DateTime<Utc>, DateTime<Utc>)>,
    turned_away: u64,
    written_at: Option<DateTime<Utc>>,
}

impl Pulses {
    pub(crate) fn new(store: Arc<dyn Pulse>, decoder: Arc<dyn Decoder>, clock: Arc<dyn Clock>) -> Self {
        Self { store, decoder, clock, gathered: Mutex::default() }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn heard(&self, envelopes: &[Envelope]) {
        for envelope in envelopes {
            let field = self.decoder.field(&envelope.item).unwrap_or_else(|| OTHER.to_owned());
            let (at, received_at) = (envelope.item.as_of, envelope.received_at);
            let mut gathered = self.gathered();
            let last = gathered.heard.entry((envelope.lane.account.clone(), field)).or_insert((at, received_at));
            *last = (last.0.max(at), last.1.max(received_at));
        }
    }

    pub(crate) fn turned_away(&self) {
        self.gathered().turned_away += 1;
    }

    /// Writes what was gathered. What could not be written is gathered still.
    pub(crate) async fn write(&self) -> Result<()> {
        let now = self.clock.now();
        let taken = {
            let mut gathered = self.gathered();
            gathered.written_at = Some(now);
            (std::mem::take(&mut gathered.heard), std::mem::take(&mut gathered.turned_away))
        };
        if taken.0.is_empty() && taken.1 == 0 {
            return Ok(());
        }
        let heard: Vec<Heard> =
            taken.0.iter().map(|((account, field), (at, received))| Heard::new(account.clone(), field, *at, *received)).collect();
        let written = self.store.note(&heard, taken.1, now).await;
        if written.is_err() {
            let mut gathered = self.gathered();
            gathered.turned_away += taken.1;
            for (key, last) in taken.0 {
                gathered.heard.entry(key).or_insert(last);
            }
        }
        written
    }
}

#[async_trait]
impl Work for Pulses {
    fn name(&self) -> &'static str {
        "pulse"
    }

    async fn step(&self) -> Result<Next> {
        let (waits, written_at) = {
            let gathered = self.gathered();
            (!gathered.heard.is_empty() || gathered.turned_away > 0, gathered.written_at)
        };
        let now = self.clock.now();
        match written_at.map(|at| at + EVERY).filter(|due| *due > now) {
            _ if !waits => Ok(Next::Idle),
            Some(due) => Ok(Next::At(due)),
            None => {
                self.write().await?;
                Ok(Next::Idle)
            }
        }
    }

    async fn close(&self) -> Result<()> {
        self.write().await
    }
}
