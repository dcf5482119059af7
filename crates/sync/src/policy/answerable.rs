//! Whether a conversation can be answered, told without sending anything.

use chrono::{DateTime, Utc};
use link_core::words::capabilities::{Can, Capabilities, Form, TextLimit};
use link_core::words::error::Result;
use link_core::words::gate::Ask;
use link_core::words::ids::ScopedId;
use link_core::words::outgoing::{Outgoing, Purpose, Writer};
use link_core::words::refusal::Refusal;

use super::Window;
use super::facts::Facts;
use crate::budget::Priority;
use crate::checkpoint::{Attempt, Checkpoint, Passage, Spend};
use crate::conversation::Conversation;

/// Whether a conversation can be answered now, how, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answerable {
    /// The messaging window, whoever may use it.
    pub window: Window,
    /// Why a text would be refused; `None` if it may be sent.
    pub refusal: Option<Refusal>,
    /// For which purpose it has to be sent: as an ordinary answer, or as one that a person wrote.
    pub purpose: Purpose,
    /// Until when; `None` if it may not be sent, or no end is known.
    pub until: Option<DateTime<Utc>>,
    /// Not before this, where the budget makes it wait. Whoever knows what goes before it in its conversation takes the later.
    pub available_at: Option<DateTime<Utc>>,
    /// The longest text.
    pub text: TextLimit,
    /// Which forms of message the platform takes here.
    pub takes: Vec<Takes>,
}

/// Whether a form of message is taken in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Takes {
    /// Which form.
    pub form: Form,
    /// What the platform says of it, on this day and by this road.
    pub can: Can,
    /// Until when the platform refuses it to this very account, as far as it was learnt.
    pub lacking_until: Option<DateTime<Utc>>,
}

impl Takes {
    /// True if it may be tried.
    pub const fn may(&self) -> bool {
        self.can.may() && self.lacking_until.is_none()
    }
}

impl Answerable {
    /// True if a text may be sent.
    pub const fn may(&self) -> bool {
        self.refusal.is_none()
    }
}

impl Checkpoint {
    /// Whether somebody can answer a person. Nothing is sent, kept or taken from the budget.
    ///
    /// Everybody is asked who would be asked about a short text. A closed window is tried as a human agent's, if a person asks. What no platform in
    /// this program could answer is a refusal at once.
    pub async fn answerable(
        &self,
        ask: &Ask,
        peer: &ScopedId,
        writer: Writer,
        conversation: Option<&Conversation>,
        now: DateTime<Utc>,
    ) -> Result<Result<Answerable, Refusal>> {
        let text = anything(peer.clone());
        let attempt = Attempt { ask, outgoing: &text, writer, conversation, now };
        let carrier = match self.carriers().of(&attempt.ask.account.account.platform) {
            Ok(carrier) => carrier,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let capabilities = carrier.capabilities;
        let facts = self.facts(&attempt).await?;
        let mut told = Answerable {
            window: Window::of(attempt.conversation, capabilities, attempt.now),
            refusal: None,
            purpose: Purpose::Response,
            until: None,
            available_at: None,
            text: capabilities.text,
            takes: takes(&attempt, capabilities, &facts),
        };
        let mut passage = self.pass(attempt, Spend::forecast(Priority::Person)).await?;
        let by_hand = attempt.outgoing.clone().for_purpose(Purpose::HumanAgent);
        if attempt.writer == Writer::Person && closed_for_programs(&passage) {
            let again = self.pass(Attempt { outgoing: &by_hand, ..attempt }, Spend::forecast(Priority::Person)).await?;
            if !matches!(again, Passage::Refused(_)) {
                told.purpose = Purpose::HumanAgent;
                passage = again;
            }
        }
        match passage {
            Passage::Go => {}
            Passage::Wait(at) => told.available_at = Some(at),
            // Who may not see a conversation is not told how it stands.
            Passage::Refused(Refusal::NotVisible) => return Ok(Err(Refusal::NotVisible)),
            Passage::Refused(refusal) => told.refusal = Some(refusal),
        }
        told.until = told.until_when();
        Ok(Ok(told))
    }
}

impl Answerable {
    const fn until_when(&self) -> Option<DateTime<Utc>> {
        match self.window {
            Window::Open { until } | Window::HumanAgent { until, .. } if self.refusal.is_none() => Some(until),
            _ => None,
        }
    }
}

const fn closed_for_programs(passage: &Passage) -> bool {
    matches!(passage, Passage::Refused(Refusal::WindowClosed { human_agent_until: Some(_), .. }))
}

/// A text that stands for whatever may be written or shown: short, and never sent.
pub fn anything(to: ScopedId) -> Outgoing {
    Outgoing::text(to, "?")
}

fn takes(attempt: &Attempt<'_>, capabilities: &Capabilities, facts: &Facts) -> Vec<Takes> {
    let told = |form: Form| {
        let lacking_until = facts.lacking.get(&form).copied().filter(|until| attempt.now < *until);
        Takes { form, can: capabilities.can(form, &attempt.ask.road, attempt.now), lacking_until }
    };
    Form::ALL.iter().copied().map(told).collect()
}
