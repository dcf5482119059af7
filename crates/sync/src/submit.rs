//! Accepting a wish to send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use link_core::words::clock::{Chance, Clock};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountKey, IntentId};
use link_core::words::outgoing::{Body, Media, Outgoing, Recipient, Source, Writer};
use link_core::words::platform::{Feature, Road};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};

use crate::budget::Priority;
use crate::checkpoint::{Attempt, Checkpoint, Cleared};
use crate::intent::{Intent, IntentState, metadata};
use crate::policy;
use crate::store::{MessageStore, Outbox};

/// A wish, as a caller states it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wish {
    /// Who wants it.
    pub by: Viewer,
    /// Who wrote it.
    pub writer: Writer,
    /// From which account.
    pub account: AccountKey,
    /// By which road.
    pub road: Road,
    /// What.
    pub outgoing: Outgoing,
    /// The caller's key: the same key never sends twice.
    pub key: String,
    /// Who waits for it: a person, unless it is said otherwise.
    pub priority: Priority,
}

impl Wish {
    /// Somebody wants to say something from an account, and wrote it by hand.
    pub fn new(by: Viewer, account: AccountKey, road: Road, outgoing: Outgoing, key: impl Into<String>) -> Self {
        Self { by, writer: Writer::Person, account, road, outgoing, key: key.into(), priority: Priority::default() }
    }

    /// It waits like this when not everything can be sent at once.
    #[must_use]
    pub const fn of(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Written by somebody else than the one who wants it: by a program.
    #[must_use]
    pub const fn written_by(mut self, writer: Writer) -> Self {
        self.writer = writer;
        self
    }
}

/// Takes wishes in: checks them, and keeps those that pass.
#[derive(Clone)]
pub struct Submissions {
    checkpoint: Checkpoint,
    messages: Arc<dyn MessageStore>,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Submissions {
    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        messages: Arc<dyn MessageStore>,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        Self { checkpoint, messages, outbox, clock, chance }
    }

    /// Checks a wish and keeps it durably. A refusal keeps nothing. The same caller's key answers the intent that it made before, even if
    /// it would be refused now; with another message it is an error of kind [`Invalid`](ErrorKind::Invalid), or somebody would go unanswered.
    pub async fn submit(&self, wish: Wish) -> Result<Result<Intent, Refusal>> {
        let kept = self.submit_all(vec![wish]).await?;
        Ok(kept.and_then(|kept| kept.into_iter().next().ok_or(Refusal::Empty)))
    }

    /// Checks wishes of one owner, and keeps them at once and in this order: all of them, or none if one is refused. What was kept under the same
    /// keys before is answered, and what is missing of it is kept.
    pub async fn submit_all(&self, wishes: Vec<Wish>) -> Result<Result<Vec<Intent>, Refusal>> {
        let (mut judged, mut before) = (Vec::with_capacity(wishes.len()), BTreeMap::new());
        let mut fresh: Vec<Cleared> = Vec::new();
        for wish in wishes {
            match self.judge(wish, &before).await? {
                Err(refusal) => return Ok(Err(refusal)),
                Ok(Judged::Known(known)) => judged.push(Some(known)),
                Ok(Judged::Fresh(cleared)) if fresh.iter().any(|other| is_one_reply_more(other.intent(), cleared.intent())) => {
                    return Ok(Err(policy::several_replies()));
                }
                Ok(Judged::Fresh(cleared)) => {
                    for kind in cleared.intent().rate().counts_as() {
                        *before.entry(*kind).or_default() += 1;
                    }
                    judged.push(None);
                    fresh.push(*cleared);
                }
            }
        }
        let mut queued = self.outbox.queue_all(&fresh).await?.into_iter();
        Ok(Ok(judged.into_iter().filter_map(|known| known.map(|known| *known).or_else(|| queued.next())).collect()))
    }

    /// Judges a wish as it stands now, and keeps nothing: for a wish of which something has to be made ready first at a price, as an upload. It is
    /// judged again when it is [submitted](Self::submit). Whoever repeats a key is not refused here: the submission answers what became of it.
    pub async fn foresee(&self, wish: Wish) -> Result<Result<(), Refusal>> {
        let (system, key) = (system(&wish), wish.key.clone());
        match self.clear(self.named(wish).await?, &BTreeMap::new()).await? {
            Ok(_) => Ok(Ok(())),
            Err(Refusal::NotVisible) => Ok(Err(Refusal::NotVisible)),
            Err(refusal) => Ok(self.outbox.keyed(&system, &key).await?.map(|_| ()).ok_or(refusal)),
        }
    }

    /// Whether a wish may be kept, behind so many others that are not kept yet.
    async fn judge(&self, wish: Wish, before: &BTreeMap<RateKind, u64>) -> Result<Result<Judged, Refusal>> {
        let system = system(&wish);
        let intent = self.named(wish).await?;
        let (account, key, outgoing) = (intent.account.clone(), intent.key.clone(), intent.outgoing.clone());
        match self.clear(intent, before).await? {
            Ok(cleared) => Ok(Ok(Judged::Fresh(Box::new(cleared)))),
            // A caller who repeats asks what became of it, not whether it could be sent once more. Who may not see it hears nothing of it.
            Err(Refusal::NotVisible) => Ok(Err(Refusal::NotVisible)),
            Err(refusal) => match self.outbox.keyed(&system, &key).await? {
                Some(known) => same(known, &account, &outgoing).map(|known| Ok(Judged::Known(Box::new(known)))),
                None => Ok(Err(refusal)),
            },
        }
    }

    /// Asks everybody about a wish.
    async fn clear(&self, intent: Intent, before: &BTreeMap<RateKind, u64>) -> Result<Result<Cleared, Refusal>> {
        let system = View::system(intent.account.owner.clone(), WHY);
        let known = self.messages.conversation(&system, &intent.conversation()).await?;
        let (ask, outgoing) = (ask(&intent), intent.outgoing.clone());
        let conversation = known.as_ref().map(|row| &row.state);
        let attempt = Attempt { ask: &ask, outgoing: &outgoing, writer: intent.writer, conversation, now: intent.created_at };
        let mut behind = self.behind(&intent).await?;
        for (kind, calls) in before {
            *behind.entry(*kind).or_default() += calls;
        }
        self.checkpoint.clear(attempt, intent, behind).await
    }

    /// What a wish becomes, with the author of the comment that it answers.
    async fn named(&self, wish: Wish) -> Result<Intent> {
        let mut intent = self.intent(wish);
        self.name_author(&mut intent).await?;
        Ok(intent)
    }

    /// What a wish becomes if nothing is against it.
    fn intent(&self, wish: Wish) -> Intent {
        let (now, id) = (self.clock.now(), IntentId::from_uuid(self.chance.id()));
        Intent {
            id,
            account: wish.account,
            road: wish.road,
            outgoing: wish.outgoing.with_metadata(metadata(id)),
            key: wish.key,
            by: wish.by,
            writer: wish.writer,
            priority: wish.priority,
            live: false,
            created_at: now,
            available_at: now,
            tried_at: None,
            tries: 0,
            renewed: BTreeSet::new(),
            put_off: BTreeSet::new(),
            looks: 0,
            state: IntentState::Queued,
        }
    }

    /// Of a reply to a comment: whose conversation it belongs to, where the platform told, and how fast it may leave.
    async fn name_author(&self, intent: &mut Intent) -> Result<()> {
        if intent.outgoing.to.is_person() {
            return Ok(());
        }
        let ask = ask(intent);
        let attempt = Attempt { ask: &ask, outgoing: &intent.outgoing, writer: intent.writer, conversation: None, now: intent.created_at };
        let facts = self.checkpoint.facts(&attempt).await?;
        intent.live = facts.is_live();
        let author = facts.comment.and_then(|comment| comment.by);
        intent.outgoing.to = intent.outgoing.to.clone().written_by(author);
        Ok(())
    }

    /// How many wishes are sent before this one from the same account, by what they count as.
    async fn behind(&self, intent: &Intent) -> Result<BTreeMap<RateKind, u64>> {
        let mut behind = BTreeMap::new();
        for kind in intent.rate().counts_as() {
            behind.insert(*kind, self.outbox.ahead(&intent.account.account, *kind, intent.priority).await?);
        }
        Ok(behind)
    }
}

/// A wish that may be kept, or that is kept already.
enum Judged {
    Fresh(Box<Cleared>),
    Known(Box<Intent>),
}

/// Why conversations are read here.
const WHY: &str = "check the messaging window before a send";

fn system(wish: &Wish) -> View {
    View::system(wish.account.owner.clone(), WHY)
}

fn ask(intent: &Intent) -> Ask {
    let by = By::Viewer(intent.by.clone());
    Ask::new(by, intent.account.clone(), intent.road.clone(), Feature::SEND).towards(intent.outgoing.to.line())
}

/// What is kept under a caller's key, if it is what the caller means. What was taken back since can no longer be compared.
pub(crate) fn same(known: Intent, account: &AccountKey, wanted: &Outgoing) -> Result<Intent> {
    let it = &known.outgoing;
    let same_body = is_same(&it.body, &wanted.body, known.tries > 0 || !known.renewed.is_empty());
    let same_words = it.body == Body::Gone || same_body && it.quick_replies == wanted.quick_replies;
    let beside = |outgoing: &Outgoing| (outgoing.to.nameless(), outgoing.reply_to.clone(), outgoing.purpose.clone());
    if !same_words || known.account != *account || beside(it) != beside(wanted) {
        return Err(Error::new(ErrorKind::Invalid, "use a key again that was used for another message"));
    }
    Ok(known)
}

/// Whether two bodies say the same. What the platform forgot when it was tried was uploaded once more, and has another id since.
fn is_same(known: &Body, wanted: &Body, was_tried: bool) -> bool {
    let uploaded = |media: &Media| was_tried && matches!(media.source, Source::Uploaded(_));
    match (known, wanted) {
        (Body::Attachments(known), Body::Attachments(wanted)) => {
            let pair = |(a, b): (&Media, &Media)| a == b || a.kind == b.kind && uploaded(a) && uploaded(b);
            known.len() == wanted.len() && known.iter().zip(wanted).all(pair)
        }
        // The platform signs the address of a picture anew each time that it tells it.
        (Body::Post(known), Body::Post(wanted)) => {
            (&known.account, &known.id, known.story) == (&wanted.account, &wanted.id, wanted.story)
                && known.media.is_some() == wanted.media.is_some()
                && known.title == wanted.title
        }
        _ => known == wanted,
    }
}

/// True if both are private replies to one comment or post.
fn is_one_reply_more(one: &Intent, other: &Intent) -> bool {
    let to = other.outgoing.to.nameless();
    !matches!(to, Recipient::Person(_)) && one.account == other.account && one.outgoing.to.nameless() == to
}
