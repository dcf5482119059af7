//! What the history says of wishes of which nobody knows what became of them.

mod reactions;

pub(crate) use reactions::{reacted, reacted_to};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use link_core::words::event::Direction;
use link_core::words::ids::{ExternalId, IntentId, MessageKey};
use link_core::words::outgoing::Shape;

use crate::intent::{Intent, IntentState};
use crate::message::MessageRow;
use crate::timeline::{has_shape, is_within, may_be_an_echo, may_be_of, same_place, taken};

/// A stretch of a conversation of which every message is here, as far as the platform still has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// From then on.
    pub from: DateTime<Utc>,
    /// Up to then.
    pub to: DateTime<Utc>,
}

/// What a whole stretch says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Which intent became which message.
    pub sent: Vec<(IntentId, MessageKey)>,
    /// Of these there is no message, or no reaction. They may have been sent and taken back since.
    pub absent: Vec<IntentId>,
    /// Which wishes to react were done.
    pub done: Vec<IntentId>,
}

/// Wishes for the same thing that may have left at the same time.
struct Group<'a> {
    wishes: Vec<&'a Intent>,
    shape: Shape,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Says of one conversation's open intents which became which messages of it, as far as a whole stretch proves that. Pure.
///
/// It is proved only where exactly as many such messages without another origin stand in the stretch as there are such wishes without an end
/// that may have left within it; then the oldest is the oldest. Anything else proves nothing: while one of them is still being sent, or where
/// something was taken back of which nobody knows any more what it was, nothing is concluded. A platform whose echoes carry our metadata
/// would have told us ours: a message that it did tell, without, is another writer's; so is one that names another app than our `own`.
pub fn settle(intents: &[Intent], messages: &[MessageRow], whole: Whole, echoes_metadata: bool, own: &[ExternalId]) -> Settled {
    let taken = taken(intents);
    let free = |row: &&MessageRow| may_be_an_echo(row, own) && !taken.contains(&row.key) && !(echoes_metadata && row.state.told.live);
    let mut free: Vec<&MessageRow> = messages.iter().filter(free).collect();
    free.sort_by(|a, b| (a.state.at.map(|at| at.at), &a.key).cmp(&(b.state.at.map(|at| at.at), &b.key)));
    let mut settled = Settled::default();
    for group in groups(intents) {
        if group.is_within(whole) && !group.is_under_way() {
            group.conclude(&free, group.may_be_gone(messages, own), &mut settled);
        }
    }
    settled
}

fn groups(intents: &[Intent]) -> Vec<Group<'_>> {
    let mut open: Vec<_> =
        intents.iter().filter_map(|intent| Some((intent.taken_between()?, intent.outgoing.body.shape()?, intent))).collect();
    open.sort_by_key(|((from, _), _, intent)| (*from, intent.created_at, intent.id));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for ((from, until), shape, wish) in open {
        let same = |group: &&mut Group<'_>| group.shape == shape && from <= group.until && group.wishes[0].road == wish.road;
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.until = group.until.max(until);
                group.wishes.push(wish);
            }
            None => groups.push(Group { wishes: vec![wish], shape, from, until }),
        }
    }
    groups
}

impl Group<'_> {
    fn is_within(&self, whole: Whole) -> bool {
        whole.from <= self.from && self.until <= whole.to
    }

    fn is_under_way(&self) -> bool {
        self.wishes.iter().any(|wish| !matches!(wish.state, IntentState::Unknown { .. }))
    }

    /// What was taken back shows no content any more: it may have been one of these.
    fn may_be_gone(&self, messages: &[MessageRow], own: &[ExternalId]) -> bool {
        let ours =
            |row: &&MessageRow| row.state.direction == Some(Direction::Outbound) && row.state.intent.is_none() && may_be_of(row, own);
        messages.iter().filter(ours).any(|row| row.state.unsent.is_some() && is_within(row, self.from, self.until))
    }

    fn conclude(&self, free: &[&MessageRow], may_be_gone: bool, settled: &mut Settled) {
        let like =
            |row: &&&MessageRow| is_within(row, self.from, self.until) && same_place(self.wishes[0], row) && has_shape(row, &self.shape);
        let found: Vec<_> = free.iter().filter(like).collect();
        if found.is_empty() {
            if may_be_gone || self.shape.may_be_shown_without() {
                return;
            }
            settled.absent.extend(self.wishes.iter().map(|wish| wish.id));
        } else if found.len() == self.wishes.len() && self.wishes.iter().zip(&found).all(|(wish, row)| may_be(wish, row)) {
            settled.sent.extend(self.wishes.iter().zip(found).map(|(wish, row)| (wish.id, row.key.clone())));
        }
    }
}

fn may_be(wish: &Intent, row: &MessageRow) -> bool {
    wish.taken_between().is_some_and(|(from, until)| is_within(row, from, until))
}

/// The messages that a conclusion rests on.
pub(crate) fn resting_on(settled: &Settled) -> BTreeSet<MessageKey> {
    settled.sent.iter().map(|(_, key)| key.clone()).collect()
}

#[cfg(test)]
mod tests;
