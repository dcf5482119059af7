//! Sending what is queued, once.

mod claiming;
mod looks;
mod places;
mod reacting;
mod refused;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::activity::Activity;
use link_core::words::clock::Clock;
use link_core::words::comment::{Comment, CommentAct, CommentPlace};
use link_core::words::content::{Attachment, Content, Echo};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::{Channel, Direction, Event, Said};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{MessageId, ScopedId};
use link_core::words::moment::Moment;
use link_core::words::outgoing::{Body, Media, Outcome, Recipient, Source};
use link_core::words::platform::Feature;
use link_core::words::ports::Access;
use link_core::words::refusal::Refusal;
use link_core::words::view::View;
use link_core::words::work::{Next, Work};
use looks::Looks;
use places::{PLACES, Places};

use crate::apply::{apply, told_of_intent};
use crate::carrier::Accesses;
use crate::checkpoint::{Attempt, Checkpoint, Passage, Spend};
use crate::intent::{Failure, Intent, IntentState};
use crate::piece::Fact;
use crate::store::{Change, Keys, MessageStore, Outbox};

/// How long a claim lasts. Longer than any call may take: when it ends, nobody knows what became of the send.
const LEASE: Duration = Duration::from_secs(120);
/// A call is made only if so much of the lease is left. Longer than a call lasts, or it would end after it.
const LEFT: TimeDelta = TimeDelta::seconds(45);
/// The same of a call in which the platform fetches a film: that may take it more than a minute.
const FILM_LEFT: TimeDelta = TimeDelta::seconds(100);
/// How often an intent is tried that the platform, or we, did not take.
const MAX_TRIES: u32 = 8;
/// How long an intent is tried while no connection can be opened, or the account may not write: that is no reason to end what surely was not
/// sent. Shorter than the window, so that this is what is told in the end.
const MAX_OUTAGE: TimeDelta = TimeDelta::hours(12);

/// The work that sends. One step claims one intent, asks the checkpoint again, sends, and writes what became of it.
///
/// A step lasts as long as its call, so many of them are to be made [side by side](Self::SIDE_BY_SIDE) on the same value: it sees to it that
/// accounts whose calls hang do not hold the others up.
pub struct Dispatch {
    checkpoint: Checkpoint,
    messages: Arc<dyn MessageStore>,
    outbox: Arc<dyn Outbox>,
    accesses: Arc<dyn Accesses>,
    clock: Arc<dyn Clock>,
    places: Places,
    looks: Looks,
    /// The time of the last step.
    stepped_at: Mutex<Option<DateTime<Utc>>>,
}

/// Whether a claimed intent may be sent now.
enum Ready {
    Go(Access),
    Wait(DateTime<Utc>),
    Refused(Refusal),
}

impl Dispatch {
    /// How many steps may send side by side. More find nothing to do.
    pub const SIDE_BY_SIDE: usize = PLACES;

    /// Over these stores.
    pub fn new(
        checkpoint: Checkpoint,
        messages: Arc<dyn MessageStore>,
        outbox: Arc<dyn Outbox>,
        accesses: Arc<dyn Accesses>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            checkpoint,
            messages,
            outbox,
            accesses,
            clock,
            places: Places::default(),
            looks: Looks::default(),
            stepped_at: Mutex::default(),
        }
    }

    /// Takes a claimed intent to its end for now. If a store fails before anything was sent, it goes back; if it fails afterwards, the lease
    /// runs out and nobody knows.
    async fn take(&self, claimed: &Intent) {
        let intent = match self.on_its_road(claimed).await {
            Ok(intent) => intent,
            Err(error) => {
                tracing::warn!(%error, intent = %claimed.id, "by which road an intent leaves could not be found out");
                if let Err(error) = self.not_checked(claimed, &error).await {
                    tracing::error!(%error, intent = %claimed.id, "what became of an intent could not be written; it will be unknown");
                }
                return;
            }
        };
        let intent = &intent;
        let taken = match self.ready(intent).await {
            // Asking took so long that the call might outlast the claim: nothing was sent yet, and then nobody would know of it.
            Ok(Ready::Go(_)) if self.is_over(intent, intent.outgoing.body.waits_for_film()) => {
                self.again(intent, self.clock.now(), intent.tries).await
            }
            Ok(Ready::Go(access)) => self.send(intent, &access).await,
            Ok(Ready::Wait(at)) => self.again(intent, at, intent.tries).await,
            Ok(Ready::Refused(refusal)) => self.fail(intent, Failure::Refused(refusal)).await,
            Err(error) => {
                tracing::warn!(%error, intent = %intent.id, "an intent could not be checked");
                self.not_checked(intent, &error).await
            }
        };
        if let Err(error) = taken {
            tracing::error!(%error, intent = %intent.id, "what became of an intent could not be written; it will be unknown");
        }
    }

    /// The account may be served by another road by now than when the wish was made. That is written before anything leaves, so that its
    /// message and its echo are one.
    async fn on_its_road(&self, claimed: &Intent) -> Result<Intent> {
        let road = self.accesses.road(&claimed.account, self.clock.now()).await?;
        let Some(road) = road.filter(|road| *road != claimed.road) else { return Ok(claimed.clone()) };
        self.write(claimed, |intent| intent.road.clone_from(&road)).await?;
        Ok(Intent { road, ..claimed.clone() })
    }

    fn is_over(&self, claimed: &Intent, for_a_film: bool) -> bool {
        let left = if for_a_film { FILM_LEFT } else { LEFT };
        matches!(claimed.state, IntentState::Sending { until } if until - left <= self.clock.now())
    }

    async fn ready(&self, intent: &Intent) -> Result<Ready> {
        let connection = connection(intent);
        let access = match self.accesses.access(&connection).await? {
            Ok(access) => access,
            Err(refusal) => return Ok(Ready::Refused(refusal)),
        };
        Ok(match self.check(intent, &access).await? {
            Passage::Go => Ready::Go(access),
            Passage::Wait(at) => Ready::Wait(at),
            Passage::Refused(refusal) => Ready::Refused(refusal),
        })
    }

    async fn send(&self, intent: &Intent, access: &Access) -> Result<()> {
        let carrier = match self.checkpoint.carriers().of(&intent.account.account.platform) {
            Ok(carrier) => carrier,
            Err(refusal) => return self.fail(intent, Failure::Refused(refusal)).await,
        };
        let connection = connection(intent);
        match carrier.sender.send(access, &intent.outgoing).await {
            Outcome::Accepted { message, peer, at } => self.accepted(intent, message, peer, at).await,
            Outcome::Done { at } => self.done(intent, at).await,
            Outcome::NotSent(error) => self.not_sent(intent, access, &connection, &error).await,
            Outcome::Refused(error) => self.refused(intent, access, &connection, &error).await,
            Outcome::Unknown(error) => {
                let (now, cause) = (self.clock.now(), error.to_string());
                self.write(intent, |intent| intent.lose(now, cause.clone())).await?;
                self.checkpoint.heed(access, intent.rate(), &error, now).await;
                self.note(&connection, access, &error).await;
                Ok(())
            }
        }
    }

    async fn check(&self, intent: &Intent, access: &Access) -> Result<Passage> {
        let system = View::system(intent.account.owner.clone(), "check the messaging window before a send");
        let conversation = self.messages.conversation(&system, &intent.conversation()).await?;
        let by = By::Viewer(intent.by.clone());
        let ask = Ask::new(by, intent.account.clone(), intent.road.clone(), Feature::SEND).towards(intent.outgoing.to.line());
        let conversation = conversation.as_ref().map(|row| &row.state);
        let attempt = Attempt { ask: &ask, outgoing: &intent.outgoing, writer: intent.writer, conversation, now: self.clock.now() };
        self.checkpoint.pass(attempt, Spend::Take { priority: intent.priority, access }).await
    }

    /// What the platform accepted goes the way of everything the platform says.
    async fn accepted(&self, intent: &Intent, message: MessageId, peer: Option<ScopedId>, at: DateTime<Utc>) -> Result<()> {
        let said = Said::Accepted { intent: intent.id, content: Box::new(content(intent, message)) };
        let mut event = Event::new(intent.account.account.clone(), intent.road.clone(), Channel::Answer, at, said);
        event.direction = Direction::Outbound;
        event.sender = ScopedId::new(intent.account.account.id.as_str()).ok();
        // A person is who we said; whoever wrote a comment is whom the answer names.
        let named = peer.filter(|_| !intent.outgoing.to.is_person());
        event.recipient = Some(named.unwrap_or_else(|| intent.outgoing.to.line()));
        event.at = Some(Moment::coarse(at));
        let facts = std::iter::once(event).chain(answered(intent, at)).map(|event| Fact::new(intent.account.owner.clone(), None, event));
        apply(&*self.messages, &facts.collect::<Vec<_>>()).await
    }

    async fn not_sent(&self, intent: &Intent, access: &Access, connection: &ConnectionKey, error: &Error) -> Result<()> {
        self.put_back(intent, access, error).await?;
        self.note(connection, access, error).await;
        Ok(())
    }

    /// Has note taken of what a failed call says about the connection. If that cannot be written, the next call says it again.
    async fn note(&self, connection: &ConnectionKey, access: &Access, error: &Error) {
        if let Err(failed) = self.accesses.failed(connection, access.generation, error).await {
            tracing::warn!(error = %failed, account = %connection.account.account, "what a refusal says of a connection could not be kept");
        }
    }

    /// A store that cannot answer now is no failed try; anything else would fail the same way for ever, and holds the conversation up.
    async fn not_checked(&self, intent: &Intent, error: &Error) -> Result<()> {
        let tries = intent.tries + u32::from(!error.is_retryable());
        if !error.is_retryable() && tries >= MAX_TRIES {
            self.fail(intent, failure(error)).await
        } else {
            self.again(intent, self.clock.now() + back_off(tries), tries).await
        }
    }

    async fn put_back(&self, intent: &Intent, access: &Access, error: &Error) -> Result<()> {
        let now = self.clock.now();
        if let Some(until) = self.checkpoint.heed(access, intent.rate(), error, now).await {
            // Being told to wait is no failed try: the platform has not looked at the message.
            return self.again(intent, until, intent.tries).await;
        }
        let is_outage = error.kind() == ErrorKind::Unavailable && now < intent.created_at + MAX_OUTAGE;
        if !error.is_retryable() || intent.tries + 1 >= MAX_TRIES && !is_outage {
            return self.fail(intent, failure(error)).await;
        }
        let wait = error.retry_after().and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_else(|| back_off(intent.tries));
        // An outage uses up none of the tries that are for what the platform says.
        let tries = if is_outage { (intent.tries + 1).min(MAX_TRIES - 2) } else { intent.tries + 1 };
        self.again(intent, now + wait, tries).await
    }

    async fn again(&self, intent: &Intent, at: DateTime<Utc>, tries: u32) -> Result<()> {
        self.write(intent, |intent| {
            intent.state = IntentState::Queued;
            intent.available_at = at;
            intent.tries = tries;
        })
        .await
    }

    async fn fail(&self, intent: &Intent, failure: Failure) -> Result<()> {
        self.write(intent, |intent| intent.state = IntentState::Failed { failure: failure.clone() }).await
    }

    /// Writes what became of a claimed intent, unless its echo or its lapsed lease said so first.
    async fn write(&self, claimed: &Intent, act: impl Fn(&mut Intent) + Send + Sync) -> Result<()> {
        let key = claimed.intent_key();
        let keys = Keys { intents: [key.clone()].into(), ..Keys::default() };
        let now = self.clock.now();
        self.messages
            .update(&keys, &|snapshot| {
                let mut change = Change::default();
                if let Some(stored) = snapshot.intents.get(&key).filter(|stored| stored.state == claimed.state) {
                    let mut intent = stored.clone();
                    act(&mut intent);
                    if stored.state != intent.state {
                        change.happenings.push(told_of_intent(&intent, now));
                    }
                    if matches!(intent.state, IntentState::Failed { failure: Failure::Refused(_) }) {
                        let owner = intent.account.owner.clone();
                        change
                            .acts
                            .push(Activity::system(owner, "asked everybody again before the send", "message.refused", now).on(intent.id));
                    }
                    change.intents.insert(key.clone(), intent);
                }
                change
            })
            .await
    }
}

#[async_trait]
impl Work for Dispatch {
    fn name(&self) -> &'static str {
        "dispatch"
    }

    async fn step(&self) -> Result<Next> {
        match self.next_one(self.looks.come()).await? {
            Ok((intent, _place)) => self.take(&intent).await,
            Err(next) => return Ok(next),
        }
        Ok(Next::Again)
    }
}

fn connection(intent: &Intent) -> ConnectionKey {
    ConnectionKey { account: intent.account.clone(), road: intent.road.clone() }
}

/// That a comment or a post was answered in private, if it was that.
fn answered(intent: &Intent, at: DateTime<Utc>) -> Option<Event> {
    let (Recipient::Comment { comment: id, .. } | Recipient::Post { post: id, .. }) = &intent.outgoing.to else { return None };
    let said = Said::Commented(Comment::new(id.clone(), CommentAct::Answered, CommentPlace::Post));
    let mut event = Event::new(intent.account.account.clone(), intent.road.clone(), Channel::Answer, at, said);
    event.direction = Direction::Outbound;
    Some(event)
}

/// What was sent, as a message of ours.
fn content(intent: &Intent, message: MessageId) -> Content {
    let mut content = Content::new(message).with_echo(Echo::default());
    match &intent.outgoing.body {
        Body::Text(text) => content.text = Some(text.clone()),
        Body::Attachment { kind, url } => content.attachments = vec![Attachment::new(kind.as_str()).with_url(url.clone())],
        Body::Attachments(media) => content.attachments = media.iter().map(attached).collect(),
        body => content.attachments = body.shape().into_iter().flat_map(|shape| shape.attachments).map(Attachment::new).collect(),
    }
    content.reply_to = intent.outgoing.reply_to.clone().map(link_core::words::content::ReplyTo::Message);
    content
}

fn attached(media: &Media) -> Attachment {
    let attachment = Attachment::new(media.kind.as_str());
    match &media.source {
        Source::Url(url) => attachment.with_url(url.clone()),
        _ => attachment,
    }
}

fn failure(error: &Error) -> Failure {
    Failure::Platform {
        kind: error.kind(),
        code: error.code().map(ToString::to_string),
        cause: error.to_string(),
        remedy: error.remedy().map(|remedy| remedy.what.to_owned()),
    }
}

/// One second, doubled with every try, up to about four minutes.
fn back_off(tries: u32) -> TimeDelta {
    TimeDelta::seconds(1 << tries.min(8))
}
