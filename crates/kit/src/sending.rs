//! The inbox's other ways to say something: as a program, in parts, as a sign or a reaction, in private below a comment, with files and posts.

mod files;
mod knowledge;
mod sharing;
mod waits;

pub use files::FileAnswer;
pub(crate) use knowledge::{Known, road};
pub use sharing::Share;

use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::TextLimit;
use link_core::words::error::ErrorKind;
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountKey, ConversationKey, ExternalId, MessageId};
use link_core::words::outgoing::{Body, Outgoing, Recipient, Signal, Writer};
use link_core::words::platform::{Feature, Road};
use link_core::words::rates::RateKind;
use link_core::words::refusal::{Objection, Refusal};
use link_core::words::rules::code;
use link_core::words::view::{View, Viewer};
use link_sync::{Answerable, Attempt, Conversation, Intent, Passage, Priority, Spend, anything, split};

use crate::inbox::Inbox;
use crate::problem::Problem;

impl Inbox {
    /// Whether a person can answer a conversation, how, and until when; with the forms of message that the platform takes there. Nothing is sent,
    /// kept or counted.
    pub async fn may_send(&self, viewer: &Viewer, conversation: &ConversationKey) -> Result<Answerable, Problem> {
        self.answerable(viewer, conversation, Writer::Person).await
    }

    /// The same for a program, which no window is open to but the standard one.
    pub async fn may_program_send(&self, viewer: &Viewer, conversation: &ConversationKey) -> Result<Answerable, Problem> {
        self.answerable(viewer, conversation, Writer::Program).await
    }

    async fn answerable(&self, viewer: &Viewer, key: &ConversationKey, writer: Writer) -> Result<Answerable, Problem> {
        let (ask, known) = self.asking(viewer, key).await?;
        let mut told = self.0.checkpoint.answerable(&ask, &key.peer, writer, known.as_ref(), self.0.their_clock.now()).await??;
        if told.may() {
            let priority = if writer == Writer::Person { Priority::Person } else { Priority::Program };
            told.available_at = told.available_at.max(self.behind_others(key, priority).await?);
        }
        Ok(told)
    }

    /// Answers a conversation with a text that a program wrote: a bot, a campaign, an automatic reply. The platform lets only people answer after
    /// the standard window, so never let a program use [`Inbox::answer`].
    pub async fn answer_by_program(
        &self,
        viewer: &Viewer,
        conversation: &ConversationKey,
        text: &str,
        key: &str,
    ) -> Result<Intent, Problem> {
        let outgoing = Outgoing::text(conversation.peer.clone(), text);
        self.send_by_program(viewer, &conversation.account, outgoing, key).await
    }

    /// Sends anything that a program wrote from an account.
    pub async fn send_by_program(&self, viewer: &Viewer, account: &AccountKey, outgoing: Outgoing, key: &str) -> Result<Intent, Problem> {
        self.wish(viewer, account, outgoing, key, (Writer::Program, Priority::Program)).await
    }

    /// Answers a conversation with a text that may be longer than the platform takes, in as many messages as it needs, in order: each ends after a
    /// sentence or a word. All parts are kept at once, or none if one is refused. Part n goes under the key `KEY#n`, so repeating the call with the
    /// same text sends nothing twice.
    pub async fn answer_in_parts(
        &self,
        viewer: &Viewer,
        conversation: &ConversationKey,
        text: &str,
        key: &str,
    ) -> Result<Vec<Intent>, Problem> {
        self.send_in_parts(viewer, &conversation.account, Outgoing::text(conversation.peer.clone(), text), key).await
    }

    /// The same with any message of text that a person wrote, for instance [by hand](link_core::words::outgoing::Purpose::HumanAgent) after the
    /// standard window: what it quotes goes with the first part, and what can be chosen with the last. Anything else than a text goes as it is.
    pub async fn send_in_parts(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        outgoing: Outgoing,
        key: &str,
    ) -> Result<Vec<Intent>, Problem> {
        let limit = self.0.wiring.carriers().of(&account.account.platform)?.capabilities.text;
        let messages: Vec<_> = (1..).zip(in_parts(outgoing, limit)).map(|(number, part)| (part, format!("{key}#{number}"))).collect();
        if messages.is_empty() {
            return Err(Refusal::Empty.into());
        }
        self.wishes(viewer, account, messages, (Writer::Person, Priority::Person)).await
    }

    /// Reacts to a message with an emoji; `None` takes the reaction away. It is sent like a message and kept as a reaction.
    pub async fn react(
        &self,
        viewer: &Viewer,
        conversation: &ConversationKey,
        message: MessageId,
        emoji: Option<&str>,
        key: &str,
    ) -> Result<Intent, Problem> {
        let body = Body::Reaction { message, emoji: emoji.map(str::to_owned) };
        self.send(viewer, &conversation.account, Outgoing::new(conversation.peer.clone(), body), key).await
    }

    /// Answers a comment in private: one message, within the platform's days. It opens no window; more can be said once the person answers.
    pub async fn reply_in_private(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        comment: ExternalId,
        text: &str,
        key: &str,
    ) -> Result<Intent, Problem> {
        self.send(viewer, account, Outgoing::text(Recipient::Comment { comment, by: None }, text), key).await
    }

    /// Shows a sign in a conversation, best effort: `false` if the budget has no room for it or the platform could not show it now. It is never
    /// queued, never tried again and kept nowhere.
    pub async fn signal(&self, viewer: &Viewer, conversation: &ConversationKey, signal: Signal) -> Result<bool, Problem> {
        let (ask, known) = self.asking(viewer, conversation).await?;
        let now = self.0.their_clock.now();
        let carriers = self.0.wiring.carriers();
        let carrier = carriers.of(&conversation.account.account.platform)?;
        if !carrier.capabilities.can(signal.form(), &ask.road, now).may() {
            // Nothing is allowed instead: a sign can only be left out.
            let says = format!("the platform does not take {}", signal.form().as_words());
            return Err(Refusal::from(Objection::new(code::FORM, says.into())).into());
        }
        // A sign may be shown when a text may be sent.
        let text = anything(conversation.peer.clone());
        let attempt = Attempt { ask: &ask, outgoing: &text, writer: Writer::Person, conversation: known.as_ref(), now };
        let connection = ConnectionKey { account: conversation.account.clone(), road: ask.road.clone() };
        let access = self.0.accesses.access(&connection).await??;
        match self.0.checkpoint.pass(attempt, Spend::Take { priority: Priority::Program, access: &access }).await? {
            Passage::Go => {}
            Passage::Wait(_) => return Ok(false),
            Passage::Refused(refusal) => return Err(refusal.into()),
        }
        let Err(error) = carrier.sender.signal(&access, &conversation.peer, signal).await else { return Ok(true) };
        self.0.checkpoint.heed(&access, RateKind::Send, &error, now).await;
        self.0.accesses.failed(&connection, access.generation, &error).await?;
        match error.kind() {
            ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Ambiguous => Ok(false),
            _ => Err(error.into()),
        }
    }

    /// Who asks what of which conversation, and the conversation as it stands, on our own behalf.
    async fn asking(&self, viewer: &Viewer, key: &ConversationKey) -> Result<(Ask, Option<Conversation>), Problem> {
        if key.account.owner != viewer.owner {
            return Err(Refusal::NotLinked.into());
        }
        let road: Road = self.road(&key.account).await?;
        let system = View::system(viewer.owner.clone(), "check the messaging window before a send");
        let known = self.0.stores.messages.conversation(&system, key).await?.map(|row| row.state);
        let ask = Ask::new(By::Viewer(viewer.clone()), key.account.clone(), road, Feature::SEND).towards(key.peer.clone());
        Ok((ask, known))
    }
}

/// What is nothing but space is no part.
fn in_parts(mut whole: Outgoing, limit: TextLimit) -> Vec<Outgoing> {
    let Body::Text(text) = &whole.body else { return vec![whole] };
    let texts: Vec<String> = split(text, limit).into_iter().filter(|part| !part.trim().is_empty()).map(str::to_owned).collect();
    let (last, mut chosen) = (texts.len(), std::mem::take(&mut whole.quick_replies));
    let part = |(number, text)| {
        let mut part = whole.clone();
        part.body = Body::Text(text);
        part.reply_to = part.reply_to.filter(|_| number == 1);
        if number == last {
            part.quick_replies = std::mem::take(&mut chosen);
        }
        part
    };
    (1..).zip(texts).map(part).collect()
}
