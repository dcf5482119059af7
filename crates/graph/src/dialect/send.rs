//! `POST /{page or account}/messages`.

use async_trait::async_trait;
use link_core::words::outgoing::{Body, Outcome, Outgoing, Purpose, Recipient};
use link_core::words::ports::{Access, Sender};
use link_core::{Error, ErrorKind, MessageId, Result, ScopedId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Dialect, Talk};
use crate::client::{Call, Trouble};
use crate::wire::Lenient;

const WHAT: &str = "send the message";

#[async_trait]
impl Sender for Talk {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        let call = match self.check(access).and_then(|()| self.message(access, outgoing)) {
            Ok(call) => call,
            Err(error) => return Outcome::Refused(error),
        };
        let answer = match self.client.attempt(call).await {
            Ok(answer) => answer,
            Err(trouble) => return outcome(trouble),
        };
        // A success without an id cannot be told from one that was lost on the way.
        let sent = answer.json::<Sent>().map(|sent| {
            let peer = sent.recipient_id.0.and_then(|id| ScopedId::new(id).ok());
            (sent.message_id.0.and_then(|id| MessageId::new(id).ok()), peer)
        });
        match sent {
            Ok((Some(message), peer)) => Outcome::Accepted { message, peer, at: answer.at },
            Ok((None, _)) => Outcome::Unknown(Error::new(ErrorKind::Ambiguous, WHAT)),
            Err(unread) => Outcome::Unknown(Error::new(ErrorKind::Ambiguous, WHAT).with_source(unread)),
        }
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    message_id: Lenient<String>,
    #[serde(default)]
    recipient_id: Lenient<String>,
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
        self.address(Call::post(WHAT, "{}/messages"), access).id(access.asset()).json(&body(&self.dialect, outgoing)?)
    }
}

fn body(dialect: &Dialect, outgoing: &Outgoing) -> Result<Value> {
    let mut message = match &outgoing.body {
        Body::Text(text) => Map::from_iter([("text".to_owned(), json!(text))]),
        Body::Attachment { kind, url } => {
            Map::from_iter([("attachment".to_owned(), json!({"type": kind.as_str(), "payload": {"url": url}}))])
        }
        _ => return Err(Error::new(ErrorKind::Invalid, "put this kind of message on the wire")),
    };
    if let Some(metadata) = outgoing.metadata.as_ref().filter(|_| dialect.takes_metadata) {
        message.insert("metadata".to_owned(), json!(metadata));
    }
    let recipient = match &outgoing.to {
        Recipient::Person(peer) => json!({"id": peer}),
        Recipient::Comment { comment, .. } => json!({"comment_id": comment}),
        Recipient::Post { post, .. } => json!({"post_id": post}),
        _ => return Err(Error::new(ErrorKind::Invalid, "put this kind of recipient on the wire")),
    };
    let mut body = Map::from_iter([("recipient".to_owned(), recipient), ("message".to_owned(), Value::Object(message))]);
    match outgoing.purpose {
        Purpose::Response if dialect.states_type => {
            body.insert("messaging_type".to_owned(), json!("RESPONSE"));
        }
        Purpose::Response => {}
        Purpose::HumanAgent => {
            body.insert("messaging_type".to_owned(), json!("MESSAGE_TAG"));
            body.insert("tag".to_owned(), json!("HUMAN_AGENT"));
        }
        _ => return Err(Error::new(ErrorKind::Invalid, "put a message of this purpose on the wire")),
    }
    if let Some(quoted) = &outgoing.reply_to {
        body.insert("reply_to".to_owned(), json!({"mid": quoted.as_str()}));
    }
    Ok(Value::Object(body))
}
