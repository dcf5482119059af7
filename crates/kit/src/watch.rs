//! Looks at what was recorded for what is unusual, tells it, and records that it did.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::feed::{Feed, Happening, Position, What};
use link_core::words::ids::{ActorId, OwnerId};
use link_core::words::view::Behalf;
use link_core::words::work::{Next, Work};
use link_privacy::unusual::{Flag, Habits, Rules, judge};
use tokio::sync::Mutex;

/// Under this name the place in the record is kept, beside the places of readers of the feed.
const READER: &str = "link-kit unusual access";
/// How many acts are looked at together.
const BATCH: u32 = 500;

/// Judges each act once it was recorded, by what the actor did before. At least once: if the program ends at the wrong moment, or two of them
/// look at the same moment, an act may be flagged twice.
///
/// What is known of actors is kept in memory. It is learned anew from the record when the program starts.
pub(crate) struct Watch {
    pub(crate) activity: Arc<dyn ActivityLog>,
    pub(crate) feed: Arc<dyn Feed>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rules: Rules,
    pub(crate) learned: Mutex<Option<Learned>>,
}

/// What is known, up to a place in the record.
pub(crate) struct Learned {
    upto: Position,
    /// Up to here everything was judged, by this process or the one before.
    judged: Position,
    /// By actor; without one, of an owner's tokens.
    habits: HashMap<(OwnerId, Option<ActorId>), Habits>,
}

impl Watch {
    async fn begin(&self) -> Result<Learned> {
        Ok(Learned { upto: Position(0), judged: self.feed.position(READER).await?, habits: HashMap::new() })
    }

    async fn tell(&self, found: Vec<(Activity, Flag)>) -> Result<()> {
        let (mut acts, mut told) = (Vec::new(), Vec::new());
        for (act, flag) in found {
            let code = flag.code.as_str();
            let actor = actor(&act).cloned();
            let record = Activity::system(act.owner.clone(), "watch for unusual access", format!("access.{code}"), act.at);
            acts.push(match (&actor, &act.target) {
                (Some(actor), _) => record.about(actor),
                (None, Some(target)) => record.on(target),
                (None, None) => record,
            });
            told.push(Happening::new(act.owner, None, What::AccessUnusual { code: code.to_owned(), actor }, act.at));
        }
        if !acts.is_empty() {
            self.activity.record(&acts).await?;
            self.feed.tell(&told).await?;
        }
        Ok(())
    }
}

impl Learned {
    /// What is unusual about an act; from then on it is known.
    fn take(&mut self, rules: &Rules, at: Position, act: &Activity) -> Vec<(Activity, Flag)> {
        let habits = self.habits.entry((act.owner.clone(), actor(act).cloned())).or_default();
        let flags = if at > self.judged { judge(rules, habits, act) } else { Vec::new() };
        habits.fold(rules, act);
        self.upto = at;
        flags.into_iter().map(|flag| (act.clone(), flag)).collect()
    }
}

const fn actor(act: &Activity) -> Option<&ActorId> {
    match &act.by {
        Behalf::Actor(actor) => Some(actor),
        _ => None,
    }
}

#[async_trait]
impl Work for Watch {
    fn name(&self) -> &'static str {
        "watch for unusual access"
    }

    async fn step(&self) -> Result<Next> {
        let mut turn = self.learned.lock().await;
        // Taken out: whoever fails half-way, or is cut off, learns anew rather than twice.
        let mut learned = match turn.take() {
            Some(learned) => learned,
            None => self.begin().await?,
        };
        let long_ago = self.clock.now() - self.rules.remembered;
        let acts = self.activity.since(learned.upto, long_ago, BATCH).await?;
        let some = !acts.is_empty();
        if some {
            // Another process may have judged them meanwhile.
            learned.judged = learned.judged.max(self.feed.position(READER).await?);
        }
        let found = acts.into_iter().flat_map(|(at, act)| learned.take(&self.rules, at, &act)).collect();
        self.tell(found).await?;
        if learned.upto > learned.judged {
            self.feed.keep(READER, learned.upto).await?;
            learned.judged = learned.upto;
        }
        if some {
            learned.habits.retain(|_, habits| habits.last_seen().is_some_and(|seen| seen >= long_ago));
        }
        *turn = Some(learned);
        Ok(if some { Next::Again } else { Next::Idle })
    }
}
