//! The messaging window: until when a person may be answered, and by whom.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::outgoing::{Body, Purpose, Writer};
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::code;

use super::{Case, against};
use crate::conversation::Conversation;

/// Whether a person may be written to now.
///
/// Meta's standard window is 24 hours after the person last did something that opens it; a human may still answer for seven days, if the app was
/// approved for that. What opens it stands in [`Capabilities::openers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Anything may be answered until then.
    Open {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Only a human may answer, until then.
    HumanAgent {
        /// When the standard window closed.
        since: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Nobody may write.
    Closed {
        /// When the standard window closed; `None` if the person never opened one.
        since: Option<DateTime<Utc>>,
    },
}

impl Window {
    /// The window of a conversation at a time.
    pub fn of(conversation: Option<&Conversation>, capabilities: &Capabilities, now: DateTime<Utc>) -> Self {
        let Some(opened) = conversation.and_then(|conversation| conversation.opened(capabilities)) else {
            return Self::Closed { since: None };
        };
        let closes = opened + TimeDelta::hours(i64::from(capabilities.window_hours));
        let human = opened + TimeDelta::days(i64::from(capabilities.human_agent_days));
        if now < closes {
            Self::Open { until: closes }
        } else if now < human {
            Self::HumanAgent { since: closes, until: human }
        } else {
            Self::Closed { since: Some(closes) }
        }
    }

    /// Whether an ordinary answer may be sent.
    pub(super) const fn ordinary(self) -> Result<DateTime<Utc>, Refusal> {
        match self {
            Self::Open { until } => Ok(until),
            Self::HumanAgent { since, until } => Err(Refusal::WindowClosed { since: Some(since), human_agent_until: Some(until) }),
            Self::Closed { since } => Err(Refusal::WindowClosed { since, human_agent_until: None }),
        }
    }

    /// Whether something may be sent that goes under no tag.
    fn standard_only(self) -> Result<DateTime<Utc>, Refusal> {
        let by_hand = match self {
            Self::Open { until } => return Ok(until),
            Self::HumanAgent { until, .. } => Some(Allowed::HumanAnswer { until }),
            Self::Closed { .. } => None,
        };
        let says = "reactions and stickers are taken within the standard window only";
        Err(against(code::STANDARD_ONLY, says).allowing(by_hand.into_iter().chain([Allowed::OncePersonWrites])).into())
    }

    /// Whether an answer may be sent that a person wrote.
    pub(super) const fn by_hand(self) -> Result<DateTime<Utc>, Refusal> {
        match self {
            Self::Open { until } | Self::HumanAgent { until, .. } => Ok(until),
            Self::Closed { since } => Err(Refusal::WindowClosed { since, human_agent_until: None }),
        }
    }
}

/// True for what goes under no tag, so that the platform counts it as an ordinary answer whatever it is sent for.
const fn is_standard_only(body: &Body) -> bool {
    matches!(body, Body::Reaction { .. } | Body::Sticker(_))
}

/// Until when a message of this purpose may be sent.
pub(super) fn check(case: &Case<'_>, conversation: &Conversation, capabilities: &Capabilities) -> Result<Option<DateTime<Utc>>, Refusal> {
    let window = Window::of(Some(conversation), capabilities, case.now);
    match &case.outgoing.purpose {
        Purpose::Response if !is_standard_only(&case.outgoing.body) => window.ordinary().map(Some),
        Purpose::HumanAgent if case.writer == Writer::Program => {
            let instead = instead(window);
            let says = "the answer claims that a person wrote it, and a program did";
            Err(against(code::BY_HAND, says).allowing([instead]).into())
        }
        _ if is_standard_only(&case.outgoing.body) => window.standard_only().map(Some),
        Purpose::HumanAgent => window.by_hand().map(Some),
        Purpose::Tagged(name) => tagged(name, case.now, conversation, window, capabilities),
        _ => Err(against(code::TAG, "the platform knows no such purpose").allowing([instead(window)]).into()),
    }
}

/// What may be said under no tag.
const fn instead(window: Window) -> Allowed {
    if matches!(window, Window::Open { .. }) { Allowed::OrdinaryAnswer } else { Allowed::OncePersonWrites }
}

fn tagged(
    name: &str,
    now: DateTime<Utc>,
    conversation: &Conversation,
    window: Window,
    capabilities: &Capabilities,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let instead = instead(window);
    let Some(tag) = capabilities.tags.iter().find(|tag| tag.name == name) else {
        return Err(against(code::TAG, "the platform knows no such tag").allowing([instead]).into());
    };
    if !tag.rule.holds(now) {
        let says = match tag.rule.until.filter(|until| now.date_naive() >= *until) {
            Some(until) => format!("the tag {} is over since {until}", tag.name),
            None => format!("the tag {} is not open yet", tag.name),
        };
        return Err(against(code::TAG, says).allowing([instead]).into());
    }
    let Some(days) = tag.days else { return Ok(None) };
    let until = conversation.opened(capabilities).map(|opened| opened + TimeDelta::days(i64::from(days)));
    match until {
        Some(until) if now < until => Ok(Some(until)),
        _ => Err(against(code::TAG, format!("the tag {} reaches {days} days after the person last wrote", tag.name))
            .allowing([instead])
            .into()),
    }
}
