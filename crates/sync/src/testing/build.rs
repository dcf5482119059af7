//! Short ways to say what happened, for tests.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::comment::{Comment, CommentAct, CommentPlace};
use link_core::words::content::{Content, Echo};
use link_core::words::event::{Channel, Direction, Edit, Enforcement, EnforcementAct, Event, Postback, Profile, Reaction, Receipt, Said};
use link_core::words::ids::{
    AccountId, AccountKey, ActorId, CommentKey, ConversationKey, IntentId, MessageId, MessageKey, OwnerId, ScopedId,
};
use link_core::words::moment::Moment;
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::platform::Road;
use link_core::words::view::{View, Viewer};

use crate::budget::Priority;
use crate::intent::{Intent, IntentState, metadata};
use crate::piece::Fact;

/// A time: so many seconds after a fixed moment.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

/// One owner's account and one person, about whom facts are told.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The owner's account.
    pub account: AccountKey,
    /// The person.
    pub peer: ScopedId,
}

#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test that names its ids wrongly should say so")]
impl Scene {
    /// An owner, an account such as `messenger:1`, and a person.
    pub fn new(owner: &str, account: &str, peer: &str) -> Self {
        let account: AccountId = account.parse().expect("an account such as messenger:1");
        Self { account: AccountKey::new(OwnerId::new(owner).expect("an owner"), account), peer: ScopedId::new(peer).expect("a person") }
    }

    /// The conversation of the two.
    pub fn conversation(&self) -> ConversationKey {
        ConversationKey { account: self.account.clone(), peer: self.peer.clone() }
    }

    /// A message's key.
    pub fn key(&self, id: &str) -> MessageKey {
        MessageKey { account: self.account.clone(), road: Road::FACEBOOK, id: message_id(id) }
    }

    /// A comment's key.
    pub fn comment_key(&self, id: &str) -> CommentKey {
        CommentKey { account: self.account.clone(), road: Road::FACEBOOK, id: id.parse().expect("a comment's id") }
    }

    /// Something becomes of a comment of the person's.
    pub fn comments(&self, id: &str, seconds: i64, act: CommentAct, text: Option<&str>) -> Fact {
        let mut comment = Comment::new(id.parse().expect("a comment's id"), act, CommentPlace::Post);
        (comment.name, comment.text) = (Some("ada".to_owned()), text.map(str::to_owned));
        let mut event = self.event(Direction::Inbound, seconds, Said::Commented(comment));
        event.channel = Channel::Changes;
        event.recipient = None;
        self.fact(event)
    }

    /// The platform warns the account, keeps it from writing, or lets it write again.
    pub fn enforces(&self, seconds: i64, act: EnforcementAct, reason: Option<&str>) -> Fact {
        let said = Said::Enforced(Enforcement { act, reason: reason.map(str::to_owned) });
        let mut event = self.event(Direction::Inbound, seconds, said);
        event.sender = None;
        self.fact(event)
    }

    /// A view that shows everything of the owner.
    pub fn view(&self) -> View {
        View::everything(self.account.owner.clone(), ActorId::new("tester").expect("an actor"))
    }

    /// An event of the person or of the business, told by a webhook at the time it happened.
    pub fn event(&self, direction: Direction, seconds: i64, said: Said) -> Event {
        let mut event = Event::new(self.account.account.clone(), Road::FACEBOOK, Channel::Messaging, at(seconds), said);
        let own = ScopedId::new(self.account.account.id.as_str()).expect("an id");
        event.direction = direction;
        event.at = Some(Moment::exact(at(seconds)));
        (event.sender, event.recipient) = match direction {
            Direction::Inbound => (Some(self.peer.clone()), Some(own)),
            Direction::Outbound => (Some(own), Some(self.peer.clone())),
        };
        event
    }

    /// As a fact for the owner, who confirmed at second 0.
    pub fn fact(&self, event: Event) -> Fact {
        Fact::new(self.account.owner.clone(), Some(at(0)), event)
    }

    /// The person writes.
    pub fn writes(&self, id: &str, seconds: i64, text: &str) -> Fact {
        let content = Content::new(message_id(id)).with_text(text);
        self.fact(self.event(Direction::Inbound, seconds, Said::Message(Box::new(content))))
    }

    /// The business wrote, and the platform says so.
    pub fn echo(&self, id: &str, seconds: i64, text: &str, metadata: Option<String>) -> Fact {
        let content = Content::new(message_id(id)).with_text(text).with_echo(Echo::new(None, metadata));
        self.fact(self.event(Direction::Outbound, seconds, Said::Message(Box::new(content))))
    }

    /// The platform answers that it took an intent.
    pub fn accepted(&self, intent: &Intent, id: &str, seconds: i64, text: &str) -> Fact {
        let content = Content::new(message_id(id)).with_text(text).with_echo(Echo::default());
        let mut event = self.event(Direction::Outbound, seconds, Said::Accepted { intent: intent.id, content: Box::new(content) });
        event.channel = Channel::Answer;
        event.at = Some(Moment::coarse(at(seconds)));
        self.fact(event)
    }

    /// The person changes a text.
    pub fn edits(&self, id: &str, seconds: i64, text: &str, revision: u32) -> Fact {
        let edit = Edit { message: Some(message_id(id)), text: Some(text.to_owned()), revision: Some(revision) };
        self.fact(self.event(Direction::Inbound, seconds, Said::Edited(edit)))
    }

    /// The person takes a message back.
    pub fn unsends(&self, id: &str, seconds: i64) -> Fact {
        self.fact(self.event(Direction::Inbound, seconds, Said::Unsent(Some(message_id(id)))))
    }

    /// History tells a reaction, without saying when it was set.
    pub fn remembers_reaction(&self, id: &str, emoji: &str, as_of: i64) -> Fact {
        let mut fact = self.reacts(id, as_of, Some(emoji));
        fact.event.channel = Channel::History;
        fact.event.at = None;
        fact
    }

    /// The person presses a button.
    pub fn presses(&self, id: Option<&str>, seconds: i64, title: &str) -> Fact {
        let postback = Postback::new(id.map(message_id), Some(title.to_owned()), None);
        self.fact(self.event(Direction::Inbound, seconds, Said::Postback(postback)))
    }

    /// A profile says who the person is, as of a time.
    pub fn is_called(&self, name: &str, as_of: i64) -> Fact {
        let profile = Profile::new(Some(name.to_owned()), None, None);
        let mut fact = self.fact(self.event(Direction::Inbound, as_of, Said::Profile(profile)));
        fact.event.at = None;
        fact
    }

    /// The same fact, heard only as a bystander.
    pub fn overheard(mut fact: Fact) -> Fact {
        fact.event.channel = Channel::Standby;
        fact
    }

    /// History tells a message whose content it does not show.
    pub fn remembers_wordless(&self, id: &str, seconds: i64, as_of: i64) -> Fact {
        let mut fact = self.remembers(Direction::Inbound, id, seconds, "", as_of);
        if let Said::Message(content) = &mut fact.event.said {
            content.text = None;
            content.unsupported = true;
        }
        fact
    }

    /// The person reacts, or withdraws the reaction.
    pub fn reacts(&self, id: &str, seconds: i64, emoji: Option<&str>) -> Fact {
        let action = if emoji.is_some() { "react" } else { "unreact" };
        let reaction =
            Reaction { message: Some(message_id(id)), action: Some(action.to_owned()), emoji: emoji.map(str::to_owned), word: None };
        self.fact(self.event(Direction::Inbound, seconds, Said::Reacted(reaction)))
    }

    /// The person read everything up to a time, or single messages.
    pub fn reads(&self, seconds: i64, watermark: Option<i64>, messages: &[&str]) -> Fact {
        let receipt = Receipt { watermark: watermark.map(at), messages: messages.iter().map(|id| message_id(id)).collect() };
        self.fact(self.event(Direction::Inbound, seconds, Said::Read(receipt)))
    }

    /// History tells a message, in an answer of a later time.
    pub fn remembers(&self, direction: Direction, id: &str, seconds: i64, text: &str, as_of: i64) -> Fact {
        let mut content = Content::new(message_id(id)).with_text(text);
        if direction == Direction::Outbound {
            content = content.with_echo(Echo::default());
        }
        let mut event = self.event(direction, seconds, Said::Message(Box::new(content)));
        event.channel = Channel::History;
        event.at = Some(Moment::coarse(at(seconds)));
        event.as_of = at(as_of);
        self.fact(event)
    }

    /// An intent that is waiting to be sent.
    pub fn intent(&self, number: u128, key: &str, text: &str, seconds: i64) -> Intent {
        let id = IntentId::from_uuid(uuid::Uuid::from_u128(number));
        Intent {
            id,
            account: self.account.clone(),
            road: Road::FACEBOOK,
            outgoing: Outgoing::text(self.peer.clone(), text).with_metadata(metadata(id)),
            key: key.to_owned(),
            by: Viewer::owner(self.account.owner.clone(), ActorId::new("tester").expect("an actor")),
            writer: Writer::Person,
            priority: Priority::default(),
            live: false,
            created_at: at(seconds),
            available_at: at(seconds),
            tried_at: None,
            tries: 0,
            renewed: std::collections::BTreeSet::new(),
            put_off: std::collections::BTreeSet::new(),
            looks: 0,
            state: IntentState::Queued,
        }
    }
}

#[expect(clippy::expect_used, reason = "a test that names its ids wrongly should say so")]
fn message_id(id: &str) -> MessageId {
    MessageId::new(id).expect("a message id")
}
