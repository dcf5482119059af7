//! What may be sent, and when: rules over a platform's capabilities.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::outgoing::{Body, Outgoing, Purpose};
use link_core::words::refusal::Refusal;

use crate::conversation::Conversation;
use crate::owner::Owner;

/// Whether a person may be written to now.
///
/// Meta's standard window is 24 hours after the person last did something that opens it; a human may still answer for seven days, if the app was
/// approved for that. Echoes, deliveries and reads open nothing.
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
        let Some(opened) = conversation.and_then(|conversation| conversation.last_inbound) else {
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

    fn check(self, purpose: &Purpose) -> Result<(), Refusal> {
        match (self, purpose) {
            (Self::Open { .. }, _) | (Self::HumanAgent { .. }, Purpose::HumanAgent) => Ok(()),
            (Self::HumanAgent { since, until }, _) => Err(Refusal::WindowClosed { since: Some(since), human_agent_until: Some(until) }),
            (Self::Closed { since }, _) => Err(Refusal::WindowClosed { since, human_agent_until: None }),
        }
    }
}

/// Whether the platform takes this, here and now. Asked when an intent is made and again when its turn comes.
pub fn check(
    outgoing: &Outgoing,
    conversation: Option<&Conversation>,
    capabilities: &Capabilities,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    content(outgoing, capabilities)?;
    let Some(conversation) = conversation else { return Err(Refusal::UnknownPerson) };
    if matches!(conversation.owner(now), Owner::Other { .. }) {
        return Err(Refusal::OwnedElsewhere);
    }
    Window::of(Some(conversation), capabilities, now).check(&outgoing.purpose)
}

fn content(outgoing: &Outgoing, capabilities: &Capabilities) -> Result<(), Refusal> {
    match &outgoing.body {
        Body::Text(text) if text.trim().is_empty() => Err(Refusal::Empty),
        Body::Text(text) => {
            let (length, limit) = capabilities.text.measure(text);
            if length > limit { Err(Refusal::TooLong { length, limit, unit: capabilities.text.unit().to_owned() }) } else { Ok(()) }
        }
        Body::Attachment { kind, url } => {
            if !capabilities.attachments.contains(kind) {
                return Err(Refusal::Unsupported { what: format!("attachments of kind {}", kind.as_str()) });
            }
            if url.starts_with("https://") {
                Ok(())
            } else {
                Err(Refusal::Unsupported { what: "attachments whose address is not https".to_owned() })
            }
        }
        _ => Err(Refusal::Unsupported { what: "this kind of message".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use link_core::words::capabilities::TextLimit;
    use link_core::words::ids::ScopedId;
    use link_core::words::platform::Platform;

    const WIRE: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(4)).with_window(24, 7);

    fn opened(at: DateTime<Utc>) -> Conversation {
        Conversation { last_inbound: Some(at), last_activity: Some(at), ..Conversation::default() }
    }

    fn say(text: &str) -> Outgoing {
        Outgoing::text(ScopedId::new("1").unwrap(), text)
    }

    #[test]
    fn an_answer_a_minute_too_late_is_refused_before_the_platform_does() {
        let t0 = DateTime::UNIX_EPOCH;
        let conversation = opened(t0);
        let at = |hours| check(&say("hi"), Some(&conversation), &WIRE, t0 + TimeDelta::hours(hours) + TimeDelta::minutes(-1));
        assert_eq!(at(24), Ok(()));
        let closed = t0 + TimeDelta::hours(24);
        assert_eq!(at(25), Err(Refusal::WindowClosed { since: Some(closed), human_agent_until: Some(t0 + TimeDelta::days(7)) }));
        let human = say("hi").for_purpose(Purpose::HumanAgent);
        assert_eq!(check(&human, Some(&conversation), &WIRE, t0 + TimeDelta::days(6)), Ok(()));
        assert!(check(&human, Some(&conversation), &WIRE, t0 + TimeDelta::days(8)).is_err());
        assert_eq!(check(&say("hi"), None, &WIRE, t0), Err(Refusal::UnknownPerson));
    }

    #[test]
    fn a_text_is_measured_in_the_platforms_own_unit() {
        let conversation = opened(DateTime::UNIX_EPOCH);
        let check = |text: &str| check(&say(text), Some(&conversation), &WIRE, DateTime::UNIX_EPOCH);
        assert_eq!(check("four"), Ok(()));
        assert_eq!(check("éé"), Ok(()));
        assert_eq!(check("ééé"), Err(Refusal::TooLong { length: 6, limit: 4, unit: "bytes".into() }));
        assert_eq!(check("  "), Err(Refusal::Empty));
    }
}
