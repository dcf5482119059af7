//! Answers that the embedder is asked for, again and again under the same key until it says that it took them on.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Result;
use crate::embedder::{Spot, Wanted};
use crate::ledger::{Ledger, TakenOn};

/// How often somebody asks once more for an answer that was taken on already, in percent.
const ASKED_AGAIN: usize = 20;

/// The answers on their way to the embedder, dead or alive.
pub(crate) struct Answers {
    waiting: Arc<Mutex<VecDeque<Wanted>>>,
    over: watch::Sender<bool>,
    asking: JoinHandle<Result<BTreeMap<String, TakenOn>>>,
}

impl Answers {
    pub(crate) fn begin(spot: &Spot) -> Self {
        let (waiting, over) = (Arc::default(), watch::Sender::new(false));
        let asking = tokio::spawn(ask(spot.page("answer"), Arc::clone(&waiting), over.subscribe()));
        Self { waiting, over, asking }
    }

    /// Wants an answer.
    pub(crate) fn want(&self, wanted: Wanted) {
        lock(&self.waiting).push_back(wanted);
    }

    /// Waits until the last is taken on or refused, and tells the ledger.
    pub(crate) async fn finish(self, ledger: &mut Ledger) -> Result<()> {
        self.over.send_replace(true);
        for (key, said) in self.asking.await?? {
            if let Some(asked) = ledger.asked.get_mut(&key) {
                asked.said = Some(said);
            }
        }
        Ok(())
    }
}

fn lock(waiting: &Mutex<VecDeque<Wanted>>) -> MutexGuard<'_, VecDeque<Wanted>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was said to each key.
async fn ask(address: String, waiting: Arc<Mutex<VecDeque<Wanted>>>, over: watch::Receiver<bool>) -> Result<BTreeMap<String, TakenOn>> {
    let http = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let mut told = BTreeMap::new();
    loop {
        let next = lock(&waiting).pop_front();
        let Some(wanted) = next else {
            if *over.borrow() {
                return Ok(told);
            }
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        match http.post(&address).json(&wanted).send().await.map(|answer| answer.status()) {
            Ok(StatusCode::OK) => {
                let again = told.len() % 100 < ASKED_AGAIN && !told.contains_key(&wanted.key);
                told.insert(wanted.key.clone(), TakenOn::Yes);
                if again {
                    lock(&waiting).push_back(wanted);
                }
            }
            // Whoever is asked once more for what they took on has taken it on.
            Ok(StatusCode::CONFLICT) => {
                told.entry(wanted.key).or_insert(TakenOn::No);
            }
            // It is dead, or died over it; nobody knows whether it took it on.
            Ok(_) | Err(_) => {
                lock(&waiting).push_back(wanted);
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
