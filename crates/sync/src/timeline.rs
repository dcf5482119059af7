//! A conversation as a reader sees it: its messages, and the wishes that are not yet among them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use link_core::words::event::Direction;
use link_core::words::ids::{ExternalId, IntentId, MessageKey};
use link_core::words::outgoing::Shape;

pub use crate::intent::CLOCK_SKEW;
use crate::intent::{Intent, IntentState, Proof};
use crate::message::MessageRow;

/// A wish that no message is proved to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The wish.
    pub intent: Intent,
    /// The message that probably is its echo. Inferred from its content, recomputed at every reading and stored nowhere: the platform's
    /// answer, our own metadata or the history decides, and may decide otherwise.
    pub inferred: Option<MessageKey>,
}

/// Says which open intents probably are which messages of the business. Intents that the history settled may be among them: each has its
/// message, and is not pending.
///
/// Only intents that are being sent or whose end is unknown, and only messages that nothing proves to be somebody else's: one echo to one
/// intent, the oldest first, within the time in which it can have left, by equal text or by kind and number of attachments. The order in
/// which things became known does not matter. A message that names another app than the program's `own` is somebody else's; where no app is
/// given, nobody knows.
pub fn pending(intents: Vec<Intent>, messages: &[MessageRow], own: &[ExternalId]) -> Vec<Pending> {
    let taken = taken(&intents);
    let mut echoes: Vec<&MessageRow> = messages.iter().filter(|row| may_be_an_echo(row, own) && !taken.contains(&row.key)).collect();
    echoes.sort_by(|a, b| (a.state.at.map(|at| at.at), &a.key).cmp(&(b.state.at.map(|at| at.at), &b.key)));
    let mut intents = intents;
    intents.retain(|intent| !matches!(intent.state, IntentState::Sent { .. }));
    intents.sort_by_key(|intent| (intent.created_at, intent.id));
    intents
        .into_iter()
        .map(|intent| {
            let inferred = echoes.iter().position(|row| fits(&intent, row)).map(|index| echoes.remove(index).key.clone());
            Pending { intent, inferred }
        })
        .collect()
}

/// The ids of intents that are settled as far as a reader is concerned.
pub fn inferred(pending: &[Pending]) -> impl Iterator<Item = IntentId> + '_ {
    pending.iter().filter(|pending| pending.inferred.is_some()).map(|pending| pending.intent.id)
}

/// Between which times echoes of these intents can lie, as few stretches as cover them: the messages that [`pending`] has to be given.
pub fn stretches(intents: &[Intent]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut all: Vec<_> = intents.iter().filter_map(Intent::taken_between).collect();
    all.sort_unstable();
    let mut joined: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for (from, until) in all {
        match joined.last_mut().filter(|last| from <= last.1) {
            Some(last) => last.1 = last.1.max(until),
            None => joined.push((from, until)),
        }
    }
    joined
}

/// The messages that the history gave to intents.
pub(crate) fn taken(intents: &[Intent]) -> BTreeSet<MessageKey> {
    let settled = |intent: &&Intent| matches!(intent.state, IntentState::Sent { by: Proof::History, .. });
    intents.iter().filter(settled).filter_map(Intent::message).collect()
}

pub(crate) fn may_be_an_echo(row: &MessageRow, own: &[ExternalId]) -> bool {
    row.state.direction == Some(Direction::Outbound) && row.state.intent.is_none() && row.state.unsent.is_none() && may_be_of(row, own)
}

/// True if the program that is these apps may have sent it: the platform names none of it, or one of these.
pub(crate) fn may_be_of(row: &MessageRow, own: &[ExternalId]) -> bool {
    own.is_empty() || row.state.app_id.as_ref().is_none_or(|app| own.contains(app))
}

fn fits(intent: &Intent, row: &MessageRow) -> bool {
    let Some((from, until)) = intent.taken_between() else { return false };
    is_within(row, from, until) && same_place(intent, row) && intent.outgoing.body.shape().is_some_and(|shape| has_shape(row, &shape))
}

pub(crate) fn is_within(row: &MessageRow, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    row.state.at.is_some_and(|at| at.at >= from && at.at <= until)
}

pub(crate) fn same_place(intent: &Intent, row: &MessageRow) -> bool {
    row.key.account == intent.account && row.key.road == intent.road && row.state.peer.as_ref() == Some(&intent.outgoing.to.line())
}

/// Whether a message looks like what was to be said. The echo of a template or a post may bring its text along. The platform does not always say what an
/// attachment is; then their number has to do.
pub(crate) fn has_shape(row: &MessageRow, shape: &Shape) -> bool {
    let shown = row.state.attachments();
    let text = row.state.text().map(str::trim).filter(|text| !text.is_empty());
    let same_text = text == shape.text.as_deref().map(str::trim) || shape.attachments == ["template"] || shape.is_shared_post();
    if !same_text || shown.len() != shape.attachments.len() {
        return false;
    }
    let mut wanted = shape.attachments.clone();
    shown.iter().filter_map(|attachment| attachment.kind.as_deref()).all(|kind| {
        let place = wanted.iter().position(|wanted| Shape::is_same_kind(wanted, kind));
        place.map(|place| wanted.swap_remove(place)).is_some()
    })
}
