//! Comparing what is in the embedder's file with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::event::Direction;
use link_kit::{Intent, IntentQuery, IntentState, LinkKit, Page, PageQuery, Viewer};

use crate::Result;
use crate::embedder::viewer;
use crate::ledger::{Ledger, Said};

/// Differences that are printed one by one.
const SHOWN: usize = 40;

/// A message in the embedder's file.
#[derive(Debug)]
struct Row {
    account: String,
    peer: String,
    text: Option<String>,
    inbound: Option<bool>,
    unsent: bool,
    /// The customer's reaction to it.
    reaction: Option<String>,
    /// A delivery told of it.
    live: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) sent: usize,
    pub(crate) acknowledged: usize,
    pub(crate) stored: usize,
    pub(crate) doubled: usize,
    pub(crate) missing: usize,
    /// Intents of which nobody knows whether they were sent, and which indeed were not.
    pub(crate) unknown: usize,
    pub(crate) differences: Vec<String>,
}

impl Verdict {
    /// Looks at everything in the file.
    pub(crate) async fn of(kit: &LinkKit, ledger: &Ledger, acknowledged: &BTreeSet<String>) -> Result<Self> {
        let viewer = viewer()?;
        let stored = stored(kit, &viewer).await?;
        let (sent, acks) = (ledger.said.len(), acknowledged.len());
        let mut verdict = Self { sent, acknowledged: acks, stored: stored.len(), ..Self::default() };
        for (mid, said) in &ledger.said {
            verdict.compare(mid, said, stored.get(mid));
        }
        // What was acknowledged survives every death by itself; it must not take the history to bring it back.
        for mid in acknowledged.iter().filter(|mid| stored.get(*mid).is_none_or(|row| !row.live && !row.unsent)) {
            verdict.differs(format!("{mid} was acknowledged and lost, whatever history brought back"));
        }
        for (mid, row) in stored.iter().filter(|(mid, _)| !ledger.said.contains_key(*mid)) {
            verdict.doubled += 1;
            verdict.differs(format!("{mid} is here, and nobody wrote it: {row:?}"));
        }
        let all = |page| IntentQuery::all(page);
        let intents = whole(async |page| Ok(kit.inbox().intents(&viewer, &all(page)).await?)).await?;
        verdict.compare_intents(&intents, ledger);
        Ok(verdict)
    }

    fn differs(&mut self, what: String) {
        self.differences.push(what);
    }

    fn compare(&mut self, mid: &str, said: &Said, row: Option<&Row>) {
        let Some(row) = row else {
            // What was taken back before anybody here knew of it was never anybody's to keep.
            if !said.unsent {
                self.missing += 1;
                self.differs(format!("{mid} is missing: {said:?}"));
            }
            return;
        };
        let text = (!said.unsent).then_some(said.text.as_str());
        let told = (row.account.as_str(), row.peer.as_str(), row.text.as_deref(), row.inbound, row.unsent);
        if told != (said.account.as_str(), said.peer.as_str(), text, Some(said.inbound), said.unsent) {
            self.differs(format!("{mid} is another one here: {said:?} is {row:?}"));
        }
        if !said.unsent && row.reaction != said.reaction {
            self.differs(format!("the customer reacted to {mid} with {:?}, and here with {:?}", said.reaction, row.reaction));
        }
    }

    fn compare_intents(&mut self, intents: &[Intent], ledger: &Ledger) {
        let mut of_keys: BTreeMap<&str, Vec<&Intent>> = BTreeMap::new();
        for intent in intents {
            of_keys.entry(&intent.key).or_default().push(intent);
        }
        let sent: BTreeMap<&str, &str> = ledger.said.iter().map(|(mid, said)| (said.text.as_str(), mid.as_str())).collect();
        for (key, asked) in &ledger.asked {
            let found = of_keys.remove(key.as_str()).unwrap_or_default();
            match found.as_slice() {
                [] if asked.taken_on => self.differs(format!("answer {key} was taken on, and there is no intent")),
                [] => {}
                [intent] => self.compare_intent(key, intent, sent.get(asked.wanted.text.as_str()).copied()),
                several => {
                    self.doubled += several.len() - 1;
                    self.differs(format!("answer {key} has {} intents", several.len()));
                }
            }
        }
        for key in of_keys.keys() {
            self.differs(format!("nobody asked for the intent of key {key}"));
        }
    }

    fn compare_intent(&mut self, key: &str, intent: &Intent, sent: Option<&str>) {
        match (&intent.state, sent) {
            (IntentState::Sent { message, .. }, Some(mid)) if message.as_str() == mid => {}
            (IntentState::Failed { .. }, None) => {}
            // It is honest: it was never sent, and nothing could ever prove that.
            (IntentState::Unknown { .. }, None) => self.unknown += 1,
            (state, sent) => self.differs(format!("the intent of answer {key} says {state:?}, and the platform has {sent:?}")),
        }
    }

    /// Prints the differences.
    pub(crate) fn print(&self) {
        for difference in self.differences.iter().take(SHOWN) {
            println!("  {difference}");
        }
        if self.differences.len() > SHOWN {
            println!("  and {} more", self.differences.len() - SHOWN);
        }
    }
}

/// Every message of every conversation, by its id.
async fn stored(kit: &LinkKit, viewer: &Viewer) -> Result<BTreeMap<String, Row>> {
    let mut rows = BTreeMap::new();
    for conversation in whole(async |page| Ok(kit.inbox().conversations(viewer, &page).await?)).await? {
        for row in whole(async |page| Ok(kit.inbox().timeline(viewer, &conversation.key, &page).await?.messages)).await? {
            let found = Row {
                account: conversation.key.account.account.id.as_str().to_owned(),
                peer: conversation.key.peer.as_str().to_owned(),
                text: row.state.text().map(str::to_owned),
                inbound: row.state.direction.map(|direction| direction == Direction::Inbound),
                unsent: row.state.unsent.is_some(),
                reaction: row.state.reactions.get(&Direction::Inbound).and_then(|told| told.value.clone()),
                live: row.state.told.live,
            };
            rows.insert(row.id().as_str().to_owned(), found);
        }
    }
    Ok(rows)
}

/// All pages of something.
async fn whole<T>(read: impl AsyncFn(PageQuery) -> Result<Page<T>>) -> Result<Vec<T>> {
    let (mut all, mut query) = (Vec::new(), PageQuery::first(200));
    loop {
        let page = read(query.clone()).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}
