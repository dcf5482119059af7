//! What one event says, as small states that can be joined in any order.

mod beside;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use link_core::words::capabilities::Act;
use link_core::words::content::{Content, Referral};
use link_core::words::event::{Channel, Direction, Edit, Event, Postback, Profile, Reaction, Receipt, Routing, RoutingAct, Said, Thread};
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, ExternalId, IntentId, MessageId, MessageKey, OwnerId, ScopedId};
use link_core::words::moment::Moment;
use link_core::words::outgoing::{HEART, is_heart};

use crate::account::AccountState;
use crate::comment::Comment;
use crate::conversation::Conversation;
use crate::intent::intent_of;
use crate::message::{Attachments, Message, Teller, Tellers};
use crate::notice::Notice;
use crate::owner::{KEPT, Ownership};
use crate::register::{Register, keep_min};
use crate::store::Keys;

/// How the id begins of a button that was pressed, of which the platform told without an id.
pub(crate) const OWN_POSTBACK: &str = "postback:";

/// The id of our own under which such a press is kept. It is named by who pressed and when, so that the same press told twice stays one.
pub(crate) fn own_postback(peer: &ScopedId, at: DateTime<Utc>) -> Option<MessageId> {
    MessageId::new(format!("{OWN_POSTBACK}{peer}:{}", at.timestamp_millis())).ok()
}

/// An event told for one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// For whom.
    pub owner: OwnerId,
    /// When the account's owner confirmed the link; what is later is news.
    pub caught_up: Option<DateTime<Utc>>,
    /// What the platform says.
    pub event: Event,
    /// When it came here; what came long after it happened is told as late.
    pub received_at: DateTime<Utc>,
    /// The apps that this program is, where known: a conversation that is given to another one is not ours.
    pub apps: Option<Arc<[ExternalId]>>,
}

impl Fact {
    /// An event for an owner who confirmed at a time, received as soon as it was told.
    pub const fn new(owner: OwnerId, caught_up: Option<DateTime<Utc>>, event: Event) -> Self {
        let received_at = event.as_of;
        Self { owner, caught_up, event, received_at, apps: None }
    }

    /// Told to a program that is these apps.
    #[must_use]
    pub fn told_to(mut self, apps: Arc<[ExternalId]>) -> Self {
        self.apps = Some(apps);
        self
    }

    /// Received at another time than it was told.
    #[must_use]
    pub const fn received(mut self, at: DateTime<Utc>) -> Self {
        self.received_at = at;
        self
    }
}

/// Small states that can be joined to others: those of one event, or of many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) messages: BTreeMap<MessageKey, Told>,
    pub(crate) conversations: BTreeMap<ConversationKey, Conversation>,
    pub(crate) comments: BTreeMap<CommentKey, Comment>,
    pub(crate) accounts: BTreeMap<AccountKey, AccountState>,
    pub(crate) notices: Vec<Notice>,
    /// Which intent became which message, as the platform or our own metadata proves.
    pub(crate) proofs: Vec<Proof>,
}

/// What is said of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) said: Message,
    /// When the first telling of it came here; `None` if we say it ourselves.
    pub(crate) received_at: Option<DateTime<Utc>>,
}

impl Told {
    pub(crate) fn join(&mut self, other: Self) {
        self.said.join(other.said);
        keep_min(&mut self.received_at, other.received_at);
    }
}

impl From<Message> for Told {
    fn from(said: Message) -> Self {
        Self { said, received_at: None }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) intent: IntentId,
    pub(crate) message: MessageKey,
    pub(crate) by: crate::intent::Proof,
}

impl Piece {
    /// Takes in what a fact tells. Pure; mints no id and reads no clock.
    pub(crate) fn tell(&mut self, fact: &Fact) {
        let Telling { messages, conversation, beside, account, peer, .. } = Telling::told(fact);
        for (key, said) in messages {
            add(&mut self.messages, key, Told { said, received_at: Some(fact.received_at) }, Told::join);
        }
        if let Some((conversation, peer)) = conversation.zip(peer) {
            add(&mut self.conversations, ConversationKey { account, peer }, conversation, Conversation::join);
        }
        for (key, comment) in beside.comments {
            add(&mut self.comments, key, comment, Comment::join);
        }
        for (key, state) in beside.accounts {
            add(&mut self.accounts, key, state, AccountState::join);
        }
        self.notices.extend(beside.notices);
        self.proofs.extend(beside.proofs);
    }

    /// The messages that are spoken of, be it only by what has no word.
    pub(crate) fn spoken_of(&self) -> impl Iterator<Item = MessageKey> {
        self.messages.keys().cloned().chain(self.notices.iter().filter_map(Notice::message_key))
    }

    /// What applying this touches.
    pub(crate) fn keys(&self, keys: &mut Keys) {
        extend(&mut keys.messages, self.spoken_of());
        extend(&mut keys.conversations, self.conversations.keys().cloned());
        keys.comments.extend(self.comments.keys().cloned());
        keys.accounts.extend(self.accounts.keys().cloned());
        keys.intents.extend(self.proofs.iter().map(Proof::intent_key));
    }
}

impl Proof {
    pub(crate) fn intent_key(&self) -> link_core::words::ids::IntentKey {
        link_core::words::ids::IntentKey { owner: self.message.account.owner.clone(), id: self.intent }
    }
}

/// The messages and comments that a fact speaks of.
pub(crate) fn spoken_of(fact: &Fact) -> (Vec<MessageKey>, Vec<CommentKey>) {
    let mut piece = Piece::default();
    piece.tell(fact);
    (piece.spoken_of().collect(), piece.comments.into_keys().collect())
}

/// How a reaction is shown; `None` if it was withdrawn. Written in three ways it is one heart; or each telling would change it.
pub(crate) fn shown_as(reaction: &Reaction) -> Option<String> {
    let told = reaction.emoji.as_ref().or(reaction.word.as_ref()).filter(|_| !reaction.is_withdrawn())?;
    Some(if is_heart(told) { HEART.to_owned() } else { told.clone() })
}

/// Those that come sorted are made a set at once.
fn extend<K: Ord>(all: &mut BTreeSet<K>, more: impl Iterator<Item = K>) {
    if all.is_empty() { *all = more.collect() } else { all.extend(more) }
}

/// Joins what is said to what was said already.
fn add<K: Ord, V>(all: &mut BTreeMap<K, V>, key: K, said: V, join: fn(&mut V, V)) {
    match all.entry(key) {
        Entry::Vacant(free) => drop(free.insert(said)),
        Entry::Occupied(mut held) => join(held.get_mut(), said),
    }
}

/// A fact, and what it tells so far. Most tell of one message and one conversation, so there is no map for them.
struct Telling<'a> {
    fact: &'a Fact,
    event: &'a Event,
    account: AccountKey,
    peer: Option<ScopedId>,
    messages: Vec<(MessageKey, Message)>,
    conversation: Option<Conversation>,
    beside: Piece,
}

impl<'a> Telling<'a> {
    fn told(fact: &'a Fact) -> Self {
        let event = &fact.event;
        let account = AccountKey::new(fact.owner.clone(), event.account.clone());
        let (messages, conversation, beside) = (Vec::new(), None, Piece::default());
        let mut telling = Self { fact, event, account, peer: event.peer().cloned(), messages, conversation, beside };
        telling.channel();
        telling.say(&event.said);
        telling.extras();
        telling
    }

    fn say(&mut self, said: &Said) {
        match said {
            Said::Message(content) => self.message(content),
            Said::Accepted { intent, content } => self.accepted(*intent, content),
            Said::Edited(edit) => self.edited(edit),
            Said::Unsent(message) => self.unsent(message.as_ref()),
            Said::Reacted(reaction) => self.reacted(reaction),
            Said::Read(receipt) => self.receipt(receipt, true),
            Said::Delivered(receipt) => self.receipt(receipt, false),
            Said::Postback(postback) => self.postback(postback),
            Said::Routed(routing) => self.routed(routing),
            Said::Thread(thread) => self.thread(thread),
            Said::Profile(profile) => self.profile(profile),
            Said::Referred(referral) => self.referred(referral),
            Said::OptedIn(raw) => self.opted_in(raw),
            Said::AccountLinking { status, code } => self.linked(status.as_deref(), code.as_deref()),
            Said::Enforced(enforcement) => self.enforced(enforcement),
            Said::Commented(comment) => self.commented(comment),
            Said::Notice(notice) => self.notice(&notice.kind, &notice.value),
            Said::Changed { field, value } => self.changed(field, value.as_ref()),
            Said::Unknown(raw) => self.notice("unknown", raw),
            said => self.whole(said.kind()),
        }
    }

    /// Whether the item came to us as to the one who may answer says who owns the conversation. Only of what is kept from an app that does not
    /// own it: reactions, edits, referrals and opt-ins come to every app alike.
    fn channel(&mut self) {
        let tells = matches!(self.event.said, Said::Message(_) | Said::Postback(_) | Said::Read(_) | Said::Delivered(_));
        let ownership = match self.event.channel {
            Channel::Standby => Ownership::Other,
            Channel::Messaging if tells && self.event.direction == Direction::Inbound => Ownership::Ours,
            _ => return,
        };
        let as_of = self.event.as_of;
        if let Some(conversation) = self.conversation() {
            conversation.ownership = Some(Register::new(as_of, ownership));
        }
    }

    fn conversation(&mut self) -> Option<&mut Conversation> {
        self.peer.as_ref()?;
        let caught_up = self.fact.caught_up;
        Some(self.conversation.get_or_insert_with(|| Conversation { caught_up, ..Conversation::default() }))
    }

    fn key(&self, id: MessageId) -> MessageKey {
        MessageKey { account: self.account.clone(), road: self.event.road.clone(), id }
    }

    fn row(&mut self, id: MessageId) -> &mut Message {
        let row = Message { peer: self.peer.clone(), ..Message::default() };
        let begin = self.messages.len();
        self.messages.push((self.key(id), row));
        &mut self.messages[begin].1
    }

    /// A message-like thing under an id: who wrote it and when, in the message and in its conversation.
    fn written(&mut self, id: MessageId) -> &mut Message {
        let (direction, at) = (self.event.direction, self.at());
        if let Some(conversation) = self.conversation() {
            conversation.written(direction, at.at);
        }
        let (teller, overheard) = (Teller::from(self.event.channel), self.event.channel == Channel::Standby);
        let row = self.row(id);
        row.direction = Some(direction);
        row.at = Some(at);
        row.told = Tellers::of(teller);
        row.overheard = overheard;
        row
    }

    fn at(&self) -> Moment {
        self.event.at.unwrap_or(Moment::coarse(self.event.as_of))
    }

    fn message(&mut self, content: &Content) {
        let Some(id) = content.id.clone().filter(|_| self.peer.is_some()) else {
            return self.whole("message");
        };
        if let Some(intent) = content.echo.as_ref().and_then(|echo| intent_of(echo.metadata.as_deref()?)) {
            let message = self.key(id.clone());
            self.beside.proofs.push(Proof { intent, message, by: crate::intent::Proof::Metadata });
        }
        self.content(id, content);
    }

    fn accepted(&mut self, intent: IntentId, content: &Content) {
        let Some(id) = content.id.clone() else { return self.whole("accepted") };
        let message = self.key(id.clone());
        self.beside.proofs.push(Proof { intent, message, by: crate::intent::Proof::Answer });
        self.content(id, content);
    }

    fn content(&mut self, id: MessageId, content: &Content) {
        let (as_of, teller) = (self.event.as_of, Teller::from(self.event.channel));
        let row = self.written(id);
        // That one telling has no text takes none away: history and unsupported content often come without.
        row.text = content.text.clone().map(|text| Register::new(as_of, Some(text)));
        if !content.attachments.is_empty() {
            row.attachments.insert(teller, Register::new(as_of, Attachments(content.attachments.clone())));
        }
        row.reply_to.clone_from(&content.reply_to);
        row.payload.clone_from(&content.quick_reply);
        row.referral = content.referral.as_ref().map(|referral| referral.raw.clone());
        row.app_id = content.echo.as_ref().and_then(|echo| echo.app_id.clone());
        row.unsupported = content.unsupported;
        row.extras.extend(content.more.iter().map(|more| more.as_str().to_owned()));
    }

    fn edited(&mut self, edit: &Edit) {
        let Some(id) = edit.message.clone() else { return self.whole("message_edit") };
        let as_of = self.event.as_of;
        let revision = edit.revision.unwrap_or(0);
        let row = self.row(id);
        // Instagram tells "edited zero times" of messages it says nothing else about; that is no text.
        if let Some(text) = &edit.text {
            row.text = Some(Register::new(as_of, Some(text.clone())).revision(revision));
        }
        row.edits = (revision > 0).then_some(revision);
    }

    fn unsent(&mut self, message: Option<&MessageId>) {
        let Some(id) = message.cloned() else { return self.whole("message_deleted") };
        let at = self.at().at;
        self.row(id).unsent = Some(at);
    }

    fn reacted(&mut self, reaction: &Reaction) {
        let Some(id) = reaction.message.clone() else { return self.whole("reaction") };
        let (as_of, side) = (self.event.as_of, self.event.direction);
        let value = shown_as(reaction);
        if side == Direction::Inbound {
            self.acts(if value.is_some() { Act::Reaction } else { Act::Unreaction });
        }
        // Of the same instant the withdrawal is the later: there was something to withdraw.
        let revision = u32::from(value.is_none());
        self.row(id).reactions.insert(side, Register::new(as_of, value).revision(revision));
    }

    fn receipt(&mut self, receipt: &Receipt, read: bool) {
        let at = self.at().at;
        if let Some((watermark, conversation)) = receipt.watermark.zip(self.conversation()) {
            if read {
                conversation.read_up_to = Some(watermark);
            }
            // What was read was delivered.
            conversation.delivered_up_to = Some(watermark);
        }
        for id in &receipt.messages {
            let row = self.row(id.clone());
            row.delivered = Some(at);
            row.read = read.then_some(at);
        }
    }

    fn postback(&mut self, postback: &Postback) {
        let Some(peer) = self.peer.clone() else { return self.whole("postback") };
        let at = self.at().at;
        let Some(id) = postback.message.clone().or_else(|| own_postback(&peer, at)) else { return self.whole("postback") };
        let as_of = self.event.as_of;
        let row = self.written(id);
        row.postback = true;
        row.text = Some(Register::new(as_of, postback.title.clone()));
        row.payload.clone_from(&postback.payload);
        row.referral = postback.referral.as_ref().map(|referral| referral.raw.clone());
        if let Some(conversation) = self.conversation()
            && conversation.last_inbound.take().is_some()
        {
            conversation.acted(Act::Postback, at);
        }
    }

    fn routed(&mut self, routing: &Routing) {
        let as_of = self.event.as_of;
        let named = routing.next.as_ref().zip(self.fact.apps.as_deref());
        let ownership = match (routing.act, named) {
            (RoutingAct::Requested, _) => None,
            (_, Some((next, apps))) if apps.contains(next) => Some(Ownership::Ours),
            (RoutingAct::Passed, Some((next, apps))) if !apps.is_empty() => Some(Ownership::App(next.clone())),
            // Meta tells a passed conversation to the app that gets it and a taken one to the app that loses it.
            (RoutingAct::Passed, _) => Some(Ownership::Ours),
            (RoutingAct::Taken, _) => Some(routing.next.clone().map_or(Ownership::Other, Ownership::App)),
        };
        if let Some((ownership, conversation)) = ownership.zip(self.conversation()) {
            // A routing event outranks the channel of an item of the same instant.
            conversation.ownership = Some(Register::new(as_of, ownership).revision(1));
        }
        self.whole(self.event.said.kind());
    }

    fn thread(&mut self, thread: &Thread) {
        let (as_of, road) = (self.event.as_of, self.event.road.clone());
        let Some(conversation) = self.conversation() else { return };
        conversation.threads.extend(thread.id.clone().map(|id: ExternalId| (road, id)));
        conversation.name = thread.name.clone().map(|name| Register::new(as_of, name));
        conversation.username = thread.username.clone().map(|name| Register::new(as_of, name));
        // What a routing event of the same instant says goes before. Of a conversation that rests nobody has it, also where it is not ours.
        let has_owner = thread.updated.is_some_and(|updated| as_of - updated <= KEPT);
        let ownership = |ours| if ours { Ownership::Ours } else { Ownership::Other };
        conversation.ownership = thread.owned.filter(|_| has_owner).map(|ours| Register::new(as_of, ownership(ours)));
    }

    fn profile(&mut self, profile: &Profile) {
        let as_of = self.event.as_of;
        let told = |value: &Option<String>| value.clone().map(|value| Register::new(as_of, value));
        let Some(conversation) = self.conversation() else { return };
        conversation.name = told(&profile.name);
        conversation.username = told(&profile.username);
        conversation.picture = told(&profile.picture);
    }

    /// Who comes by a link into a conversation that is there acts in it; whoever only clicked an ad, or filled in its form, did not write yet.
    fn referred(&mut self, referral: &Referral) {
        let by_ad = referral.source.as_deref() == Some("ADS") || referral.kind.as_deref() == Some("LEAD_COMPLETE");
        if !by_ad {
            self.acts(Act::Referral);
        }
        self.notice("referral", &referral.raw);
    }

    /// The person acted; the platform's table says what of that opens the window. Only a told time counts: history does not say when somebody
    /// reacted.
    fn acts(&mut self, act: Act) {
        let Some(Moment { at, .. }) = self.event.at else { return };
        if let Some(conversation) = self.conversation() {
            conversation.acted(act, at);
        }
    }
}

#[cfg(test)]
mod tests;
