//! `POST /{page or account}/messages`.

mod body;

use async_trait::async_trait;
use link_core::words::outgoing::{Body, Outcome, Outgoing, Signal};
use link_core::words::ports::{Access, Sender};
use link_core::{Error, ErrorKind, MessageId, Result, ScopedId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Talk;
use crate::client::{Answer, Call, Trouble};
use crate::wire::Lenient;

const WHAT: &str = "send the message";
const SIGN: &str = "show the sign";
const EDGE: &str = "{}/messages";

#[async_trait]
impl Sender for Talk {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        let call = match self.check(access).and_then(|()| self.message(access, outgoing)) {
            Ok(call) => call,
            Err(error) => return Outcome::Refused(error),
        };
        let reacts = matches!(outgoing.body, Body::Reaction { .. });
        match self.client.attempt(call).await {
            Ok(answer) => accepted(&answer, reacts),
            Err(trouble) => outcome(trouble),
        }
    }

    async fn signal(&self, access: &Access, to: &ScopedId, signal: Signal) -> Result<()> {
        self.check(access)?;
        let action = match signal {
            Signal::TypingOn => "typing_on",
            Signal::TypingOff => "typing_off",
            Signal::Seen => "mark_seen",
            _ => return Err(Error::new(ErrorKind::Invalid, "put this sign on the wire")),
        };
        let call = self.post(access, SIGN, &json!({"recipient": {"id": to}, "sender_action": action}))?;
        self.client.call(call).await?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    message_id: Lenient<String>,
    #[serde(default)]
    recipient_id: Lenient<String>,
}

/// A success without an id cannot be told from one that was lost on the way, save for a reaction, which has none.
fn accepted(answer: &Answer, reacts: bool) -> Outcome {
    let sent = match answer.json::<Sent>() {
        Ok(sent) => sent,
        Err(unread) => return Outcome::Unknown(Error::new(ErrorKind::Ambiguous, WHAT).with_source(unread)),
    };
    if reacts {
        return Outcome::Done { at: answer.at };
    }
    let peer = sent.recipient_id.0.and_then(|id| ScopedId::new(id).ok());
    match sent.message_id.0.and_then(|id| MessageId::new(id).ok()) {
        Some(message) => Outcome::Accepted { message, peer, at: answer.at },
        None => Outcome::Unknown(Error::new(ErrorKind::Ambiguous, WHAT)),
    }
}

fn outcome(trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Unsent(error) if error.kind() == ErrorKind::Unavailable => Outcome::NotSent(error),
        Trouble::Unsent(error) => Outcome::Refused(error),
        Trouble::Lost(error) => Outcome::Unknown(Error::new(ErrorKind::Ambiguous, WHAT).with_source(error)),
        Trouble::Refused(failure) if failure.is_ambiguous() => Outcome::Unknown(failure.into_error_of(ErrorKind::Ambiguous, WHAT)),
        Trouble::Refused(failure) if failure.is_throttling() => Outcome::NotSent(failure.into_error(WHAT)),
        Trouble::Refused(failure) => Outcome::Refused(failure.into_error(WHAT)),
    }
}

impl Talk {
    fn message(&self, access: &Access, outgoing: &Outgoing) -> Result<Call> {
        let call = self.post(access, WHAT, &body::body(&self.dialect, access, outgoing)?)?;
        Ok(call.fetching_film(outgoing.body.waits_for_film()))
    }

    fn post(&self, access: &Access, what: &'static str, body: &Value) -> Result<Call> {
        self.address(Call::post(what, EDGE), access).id(access.asset()).json(body)
    }
}
