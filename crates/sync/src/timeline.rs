//! A conversation as a reader sees it: its messages, and the wishes that are not yet among them.

use chrono::TimeDelta;
use link_core::words::event::Direction;
use link_core::words::ids::{IntentId, MessageKey};
use link_core::words::outgoing::Body;

use crate::intent::Intent;
use crate::message::MessageRow;

/// An echo may carry an earlier time than the intent that caused it: the clocks are two.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(2);

/// A wish that no message is proved to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The wish.
    pub intent: Intent,
    /// The message that probably is its echo. Inferred from its content, recomputed at every reading and stored nowhere: the platform's
    /// answer or our own metadata decides, and may decide otherwise.
    pub inferred: Option<MessageKey>,
}

/// Says which open intents probably are which messages of the business.
///
/// Only intents that are being sent or whose end is unknown, and only messages that nothing proves to be somebody else's: one echo to one
/// intent, the oldest first, by equal text or equal number of attachments. The order in which things became known does not matter.
pub fn pending(intents: Vec<Intent>, messages: &[MessageRow]) -> Vec<Pending> {
    let mut echoes: Vec<&MessageRow> = messages.iter().filter(|row| may_be_an_echo(row)).collect();
    echoes.sort_by(|a, b| (a.state.at.map(|at| at.at), &a.key).cmp(&(b.state.at.map(|at| at.at), &b.key)));
    let mut intents = intents;
    intents.sort_by_key(|intent| (intent.created_at, intent.id));
    intents
        .into_iter()
        .map(|intent| {
            let found = intent.state.may_have_been_sent().then(|| echoes.iter().position(|row| fits(&intent, row))).flatten();
            let inferred = found.map(|index| echoes.remove(index).key.clone());
            Pending { intent, inferred }
        })
        .collect()
}

/// The ids of intents that are settled as far as a reader is concerned.
pub fn inferred(pending: &[Pending]) -> impl Iterator<Item = IntentId> + '_ {
    pending.iter().filter(|pending| pending.inferred.is_some()).map(|pending| pending.intent.id)
}

fn may_be_an_echo(row: &MessageRow) -> bool {
    row.state.direction == Some(Direction::Outbound) && row.state.intent.is_none() && row.state.unsent.is_none()
}

fn fits(intent: &Intent, row: &MessageRow) -> bool {
    let same_place =
        row.key.account == intent.account && row.key.road == intent.road && row.state.peer.as_ref() == Some(&intent.outgoing.to.line());
    let in_time = row.state.at.is_some_and(|at| at.at >= intent.created_at - CLOCK_SKEW);
    same_place && in_time && same_content(&intent.outgoing.body, row)
}

fn same_content(body: &Body, row: &MessageRow) -> bool {
    match body {
        Body::Text(text) => row.state.text() == Some(text) && row.state.attachments().is_empty(),
        Body::Attachment { kind, .. } => {
            matches!(row.state.attachments().as_slice(), [only] if only.kind.as_deref() == Some(kind.as_str()))
        }
        _ => false,
    }
}
