//! A life as it is lived, and what is told of it: by webhooks as it happens, and by the history as of whenever somebody reads it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use link_core::words::comment::{Comment, CommentAct, CommentPlace};
use link_core::words::content::{Attachment, Referral, ReplyTo};
use link_core::words::event::{
    Channel, Direction, Edit, Enforcement, EnforcementAct, Event, Postback, Profile, Reaction, Receipt, Routing, RoutingAct, Said,
};
use link_core::words::ids::{ExternalId, IntentId, MessageId};
use link_core::words::moment::Moment;
use link_core::words::platform::{Platform, Road};
use link_core::words::raw::Raw;
use link_sync::testing::{Scene, at};
use link_sync::{Fact, Intent, METADATA_PREFIX};

use crate::remembered::content;
use crate::step::Step;

/// A message as the two people know it.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) id: MessageId,
    pub(crate) direction: Direction,
    pub(crate) at: DateTime<Utc>,
    /// When it was said to be written, once anybody told of it.
    pub(crate) told: Option<Moment>,
    pub(crate) text: Option<String>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) reply_to: Option<ReplyTo>,
    pub(crate) edits: u32,
    pub(crate) reaction: Option<String>,
    pub(crate) unsent: Option<DateTime<Utc>>,
    /// When the person read it, where the platform marks single messages.
    pub(crate) read: Option<DateTime<Utc>>,
    pub(crate) intent: Option<IntentId>,
    /// True if a webhook told it.
    pub(crate) heard: bool,
    /// True if the history shows nothing of it under its id.
    pub(crate) hidden: bool,
}

impl Written {
    pub(crate) fn is_inbound(&self) -> bool {
        self.direction == Direction::Inbound
    }
}

/// A comment as the person knows it.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) id: ExternalId,
    pub(crate) at: DateTime<Utc>,
    pub(crate) text: String,
    pub(crate) hidden: Option<bool>,
    pub(crate) removed: Option<DateTime<Utc>>,
    pub(crate) answered: Option<DateTime<Utc>>,
}

/// Who may answer, as the two sides see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owned {
    Here,
    Elsewhere,
}

/// A life, what is told of it, and how things stand at its end.
#[derive(Clone)]
pub(crate) struct Life {
    steps: Vec<(i64, Step)>,
    pub(crate) scene: Scene,
    pub(crate) road: Road,
    /// What was sent from here, as it was before anybody answered.
    pub(crate) intents: Vec<Intent>,
    /// What webhooks and answers told, in order.
    pub(crate) live: Vec<Fact>,
    /// What each page of history told.
    pub(crate) pages: Vec<Vec<Fact>>,
    pub(crate) written: Vec<Written>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) blocked: Option<bool>,
    /// The code with which the person connected an account of the shop's own; nothing inside once they disconnected it.
    #[expect(clippy::option_option, reason = "unheard of and disconnected are two things")]
    pub(crate) linked: Option<Option<String>>,
    pub(crate) name: Option<String>,
    /// What was last told of who may answer.
    pub(crate) owned: Option<Owned>,
    /// When the person last did something else that opens the window.
    acted: Option<DateTime<Utc>>,
    pub(crate) read_up_to: Option<DateTime<Utc>>,
    pub(crate) delivered_up_to: Option<DateTime<Utc>>,
    /// True while another app has the conversation.
    elsewhere: bool,
    pub(crate) now: DateTime<Utc>,
}

impl Life {
    /// Lives step by step.
    pub(crate) fn lived(scene: Scene, road: Road, steps: &[(i64, Step)]) -> Self {
        let mut life = Self {
            steps: steps.to_vec(),
            scene,
            road,
            intents: Vec::new(),
            live: Vec::new(),
            pages: Vec::new(),
            written: Vec::new(),
            remarks: Vec::new(),
            blocked: None,
            linked: None,
            name: None,
            owned: None,
            acted: None,
            read_up_to: None,
            delivered_up_to: None,
            elsewhere: false,
            now: at(60),
        };
        for (pause, step) in steps {
            life.now += TimeDelta::milliseconds(*pause);
            life.happens(step);
        }
        life
    }

    /// Everything that is told of it.
    pub(crate) fn told(&self) -> Vec<Fact> {
        self.live.iter().cloned().chain(self.history()).collect()
    }

    /// What the history told, page after page.
    pub(crate) fn history(&self) -> Vec<Fact> {
        self.pages.concat()
    }

    /// Messenger brings back what was attached to a message, and tells up to when the person read; Instagram does neither.
    pub(crate) fn is_messenger(&self) -> bool {
        self.scene.account.account.platform == Platform::MESSENGER
    }

    fn happens(&mut self, step: &Step) {
        match step {
            Step::Writes(text) => self.writes(Direction::Inbound, Some(text), Vec::new(), None),
            Step::Shares => {
                let picture = Attachment::new("image").with_url(format!("https://cdn.example/{}", self.written.len()));
                self.writes(Direction::Inbound, None, vec![picture], None);
            }
            Step::Quotes(which, text) => {
                let quoted = self.some(*which, |_| true).map(|index| ReplyTo::Message(self.written[index].id.clone()));
                self.writes(Direction::Inbound, Some(text), Vec::new(), quoted);
            }
            Step::IsLost(direction, text) => {
                self.write(*direction, Some((*text).to_owned()), Vec::new(), None);
                let last = self.written.len() - 1;
                (self.written[last].told, self.written[last].heard) = (None, false);
            }
            Step::AnswersAStory(text) => {
                let id = Some(format!("180{}", self.written.len()).parse().unwrap());
                let story = ReplyTo::Story { id, url: Some(format!("https://cdn.example/story/{}", self.written.len())) };
                self.writes(Direction::Inbound, Some(text), Vec::new(), Some(story));
            }
            Step::Presses(title) => self.presses(title),
            Step::PressesWithoutId(title) => self.presses_without_id(title),
            Step::Returns => self.returns(),
            Step::StaffWrites(text) => self.writes(Direction::Outbound, Some(text), Vec::new(), None),
            Step::Sends { text, answered } => self.sends(text, *answered),
            Step::Edits(which, text) => self.edits(*which, text),
            Step::Unsends(which) => self.unsends(*which),
            Step::Reacts(which, emoji) => self.reacts(*which, *emoji),
            Step::Reads => self.reads(),
            Step::Receives(which) => self.receives(*which),
            Step::Leaves => self.changes_hands(RoutingAct::Taken, Owned::Elsewhere),
            Step::Comes => self.changes_hands(RoutingAct::Passed, Owned::Here),
            Step::IsCalled(name) => self.is_called(name),
            Step::Comments(text) => self.comments(text),
            Step::Becomes(which, act, text) => self.becomes(*which, *act, text),
            Step::Enforces(act) => self.enforces(*act),
            Step::Links(code) => self.links(*code),
            Step::Murmurs(which) => self.murmurs(*which),
            Step::Babbles(what) => self.tell(Direction::Inbound, Said::Unknown(Raw::parse(format!("{{\"n\":{what}}}")).unwrap())),
            Step::Remembers(count, poorer) => self.remembers(*count, *poorer),
            Step::Riddle(which) => self.is_a_riddle(*which),
        }
    }

    /// One of the messages that something can happen to.
    pub(crate) fn some(&self, which: usize, may: impl Fn(&Written) -> bool) -> Option<usize> {
        let open: Vec<_> =
            self.written.iter().enumerate().filter(|(_, it)| it.unsent.is_none() && may(it)).map(|(index, _)| index).collect();
        open.get(which % open.len().max(1)).copied()
    }

    /// An event of now, told by a webhook.
    pub(crate) fn event(&self, direction: Direction, said: Said) -> Event {
        let mut event = self.scene.event(direction, 0, said);
        event.road = self.road.clone();
        event.at = Some(Moment::exact(self.now));
        event.as_of = self.now;
        event
    }

    fn tell(&mut self, direction: Direction, said: Said) {
        let event = self.event(direction, said);
        self.live.push(self.scene.fact(event));
    }

    /// What an app that does not have the conversation only overhears. It says who has it.
    fn tell_its_owner(&mut self, direction: Direction, said: Said) {
        let mut event = self.event(direction, said);
        if self.elsewhere {
            event.channel = Channel::Standby;
            self.owned = Some(Owned::Elsewhere);
        } else if direction == Direction::Inbound {
            self.owned = Some(Owned::Here);
        }
        self.live.push(self.scene.fact(event));
    }

    fn writes(&mut self, direction: Direction, text: Option<&str>, attachments: Vec<Attachment>, reply_to: Option<ReplyTo>) {
        let written = self.write(direction, text.map(str::to_owned), attachments, reply_to);
        let content = content(&written, None);
        self.tell_its_owner(direction, Said::Message(Box::new(content)));
    }

    fn write(&mut self, direction: Direction, text: Option<String>, attachments: Vec<Attachment>, reply_to: Option<ReplyTo>) -> Written {
        let id = MessageId::new(format!("m{}", self.written.len())).unwrap();
        let told = Some(Moment::exact(self.now));
        let (at, edits, reaction, unsent, read, intent) = (self.now, 0, None, None, None, None);
        let (heard, hidden) = (true, false);
        let written =
            Written { id, direction, at, told, text, attachments, reply_to, edits, reaction, unsent, read, intent, heard, hidden };
        self.written.push(written);
        self.written[self.written.len() - 1].clone()
    }

    /// Owners count their intents each for themselves, over all their accounts.
    fn first_number(&self) -> u128 {
        match (self.is_messenger(), self.road == Road::FACEBOOK) {
            (true, _) => 1,
            (false, true) => 1_001,
            (false, false) => 2_001,
        }
    }

    /// The intent is kept first; then the platform answers, unless the answer is lost, and an echo comes in any case.
    fn sends(&mut self, text: &str, answered: bool) {
        let number = self.intents.len() as u128 + self.first_number();
        let mut intent = self.scene.intent(number, &format!("{}-key-{number}", self.road.as_str()), text, 0);
        intent.road = self.road.clone();
        intent.created_at = self.now;
        intent.lose(self.now, "hear an answer");
        let written = self.write(Direction::Outbound, Some(text.to_owned()), Vec::new(), None);
        if answered {
            let said = Said::Accepted { intent: intent.id, content: Box::new(content(&written, None)) };
            let mut event = self.event(Direction::Outbound, said);
            event.channel = Channel::Answer;
            event.as_of = self.now.trunc_subsecs(0);
            event.at = Some(Moment::coarse(event.as_of));
            self.live.push(self.scene.fact(event));
        }
        let metadata = self.is_messenger().then(|| format!("{METADATA_PREFIX}{}", intent.id));
        if answered || metadata.is_some() {
            let last = self.written.len() - 1;
            self.written[last].intent = Some(intent.id);
        }
        self.tell_its_owner(Direction::Outbound, Said::Message(Box::new(content(&written, metadata))));
        self.intents.push(intent);
    }

    fn presses(&mut self, title: &str) {
        let written = self.write(Direction::Inbound, Some(title.to_owned()), Vec::new(), None);
        self.tell_its_owner(Direction::Inbound, Said::Postback(Postback::new(Some(written.id), written.text, None)));
    }

    /// It is kept under an id of our own; that the history tells it under another is not lived here.
    fn presses_without_id(&mut self, title: &str) {
        self.write(Direction::Inbound, Some(title.to_owned()), Vec::new(), None);
        let (last, peer) = (self.written.len() - 1, self.scene.peer.clone());
        let written = &mut self.written[last];
        written.id = MessageId::new(format!("postback:{peer}:{}", written.at.timestamp_millis())).unwrap();
        written.hidden = true;
        self.tell_its_owner(Direction::Inbound, Said::Postback(Postback::new(None, Some(title.to_owned()), None)));
    }

    fn returns(&mut self) {
        self.acted = Some(self.now);
        self.tell(Direction::Inbound, Said::Referred(Referral::new(Raw::parse(r#"{"ref":"shop"}"#).unwrap())));
    }

    fn edits(&mut self, which: usize, text: &str) {
        let Some(index) = self.some(which, |it| it.text.is_some() && it.edits < 5) else { return };
        let written = &mut self.written[index];
        written.edits += 1;
        written.text = Some(text.to_owned());
        let edit = Edit { message: Some(written.id.clone()), text: Some(text.to_owned()), revision: Some(written.edits) };
        let direction = written.direction;
        self.tell(direction, Said::Edited(edit));
    }

    fn unsends(&mut self, which: usize) {
        let Some(index) = self.some(which, |_| true) else { return };
        let written = &mut self.written[index];
        written.unsent = Some(self.now);
        let (id, direction) = (written.id.clone(), written.direction);
        self.tell(direction, Said::Unsent(Some(id)));
    }

    fn reacts(&mut self, which: usize, emoji: Option<&str>) {
        let Some(index) = self.some(which, |_| true) else { return };
        let written = &mut self.written[index];
        written.reaction = emoji.map(str::to_owned);
        let action = Some(if emoji.is_some() { "react" } else { "unreact" }.to_owned());
        let reaction = Reaction { message: Some(written.id.clone()), action, emoji: emoji.map(str::to_owned), word: None };
        if emoji.is_some() {
            self.acted = Some(self.now);
        }
        self.tell(Direction::Inbound, Said::Reacted(reaction));
    }

    fn reads(&mut self) {
        let now = self.now;
        let receipt = if self.is_messenger() {
            self.read_up_to = Some(now);
            self.delivered_up_to = Some(now);
            Receipt { watermark: Some(now), messages: Vec::new() }
        } else {
            let Some(newest) = self.written.iter_mut().rev().find(|it| it.direction == Direction::Outbound) else { return };
            newest.read.get_or_insert(now);
            Receipt { watermark: None, messages: vec![newest.id.clone()] }
        };
        self.tell_its_owner(Direction::Inbound, Said::Read(receipt));
    }

    /// Only Messenger tells that.
    fn receives(&mut self, which: usize) {
        if !self.is_messenger() {
            return;
        }
        let Some(index) = self.some(which, |it| it.direction == Direction::Outbound) else { return };
        let up_to = self.written[index].at;
        self.delivered_up_to = self.delivered_up_to.max(Some(up_to));
        self.tell_its_owner(Direction::Inbound, Said::Delivered(Receipt { watermark: Some(up_to), messages: Vec::new() }));
    }

    fn changes_hands(&mut self, act: RoutingAct, owned: Owned) {
        self.elsewhere = owned == Owned::Elsewhere;
        self.owned = Some(owned);
        self.tell(Direction::Inbound, Said::Routed(Routing { act, previous: None, next: None, metadata: None }));
    }

    fn is_called(&mut self, name: &str) {
        self.name = Some(name.to_owned());
        let mut event = self.event(Direction::Inbound, Said::Profile(Profile::new(Some(name.to_owned()), None, None)));
        event.channel = Channel::Answer;
        event.at = None;
        self.live.push(self.scene.fact(event));
    }

    fn comments(&mut self, text: &str) {
        let id = ExternalId::new(format!("c{}", self.remarks.len())).unwrap();
        let (at, text) = (self.now, text.to_owned());
        self.remarks.push(Remark { id, at, text, hidden: None, removed: None, answered: None });
        self.tell_comment(self.remarks.len() - 1, CommentAct::Added);
    }

    fn becomes(&mut self, which: usize, act: CommentAct, text: &str) {
        let open: Vec<_> = (0..self.remarks.len()).filter(|index| self.remarks[*index].removed.is_none()).collect();
        let Some(&index) = open.get(which % open.len().max(1)) else { return };
        let (now, remark) = (self.now, &mut self.remarks[index]);
        match act {
            CommentAct::Edited => text.clone_into(&mut remark.text),
            CommentAct::Hidden | CommentAct::Shown => remark.hidden = Some(act == CommentAct::Hidden),
            CommentAct::Removed => remark.removed = Some(now),
            _ => {
                remark.answered.get_or_insert(now);
            }
        }
        self.tell_comment(index, act);
    }

    /// What becomes of a comment is told with the time at which it was written.
    fn tell_comment(&mut self, index: usize, act: CommentAct) {
        let remark = &self.remarks[index];
        let mut comment = Comment::new(remark.id.clone(), act, CommentPlace::Post);
        if matches!(act, CommentAct::Added | CommentAct::Edited) {
            comment.text = Some(remark.text.clone());
        }
        let at = remark.at;
        let mut event = self.event(Direction::Inbound, Said::Commented(comment));
        event.channel = Channel::Changes;
        event.at = Some(Moment::exact(at));
        self.live.push(self.scene.fact(event));
    }

    fn enforces(&mut self, act: EnforcementAct) {
        if act != EnforcementAct::Warned {
            self.blocked = Some(act == EnforcementAct::Blocked);
        }
        let mut event = self.event(Direction::Inbound, Said::Enforced(Enforcement { act, reason: None }));
        event.sender = None;
        self.live.push(self.scene.fact(event));
    }

    fn links(&mut self, code: Option<&str>) {
        let code = code.map(str::to_owned);
        self.linked = Some(code.clone());
        let status = Some(if code.is_some() { "linked" } else { "unlinked" }.to_owned());
        self.tell(Direction::Inbound, Said::AccountLinking { status, code });
    }

    /// Instagram says "edited zero times" of messages that it says nothing else about, and not who wrote them.
    fn murmurs(&mut self, which: usize) {
        let id = MessageId::new(format!("m{which}")).unwrap();
        let mut event = self.event(Direction::Inbound, Said::Edited(Edit { message: Some(id), text: None, revision: Some(0) }));
        (event.sender, event.recipient) = (None, None);
        self.live.push(self.scene.fact(event));
    }

    /// When anything was last written by one side, as far as anybody told.
    pub(crate) fn last(&self, direction: Direction) -> Option<DateTime<Utc>> {
        self.written.iter().filter(|it| it.direction == direction).filter_map(|it| it.told).map(|told| told.at).max()
    }

    /// When the person last did something that opens the window.
    pub(crate) fn last_inbound(&self) -> Option<DateTime<Utc>> {
        self.acted.max(self.last(Direction::Inbound))
    }

    /// Its messages by id.
    pub(crate) fn by_id(&self) -> BTreeMap<&MessageId, &Written> {
        self.written.iter().map(|it| (&it.id, it)).collect()
    }
}

/// Its steps; everything else follows from them.
impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} by {}: {:?}", self.scene.account.account, self.road, self.steps)
    }
}
