//! What the history says of reactions whose answer was lost. They have no echo and no id: the message that they are to shows them.

use std::collections::BTreeSet;

use link_core::words::event::{Direction, Event, Said};
use link_core::words::ids::MessageId;
use link_core::words::outgoing::{Body, is_heart};

use super::Settled;
use crate::intent::Intent;

/// The message that a wish reacts to.
pub(crate) const fn reacted_to(wish: &Intent) -> Option<&MessageId> {
    match &wish.outgoing.body {
        Body::Reaction { message, .. } => Some(message),
        _ => None,
    }
}

/// Says which wishes to react a page of the history shows as done: it was told after they could have left. A message that is shown without any
/// reaction of ours has not got it. That one was withdrawn the history does not tell, so nothing is concluded of that.
pub(crate) fn reacted(wishes: &[Intent], told: &[Event], settled: &mut Settled) {
    let shown: BTreeSet<&MessageId> = told.iter().filter_map(of_message).collect();
    for wish in wishes {
        let Body::Reaction { message, emoji: Some(emoji) } = &wish.outgoing.body else { continue };
        let ours: Vec<&str> = told.iter().filter_map(|event| our_reaction(event, message)).collect();
        if ours.iter().any(|told| told == emoji || is_heart(told) && is_heart(emoji)) {
            settled.done.push(wish.id);
        } else if ours.is_empty() && shown.contains(message) {
            settled.absent.push(wish.id);
        }
    }
}

fn of_message(event: &Event) -> Option<&MessageId> {
    match &event.said {
        Said::Message(content) => content.id.as_ref(),
        _ => None,
    }
}

fn our_reaction<'a>(event: &'a Event, message: &MessageId) -> Option<&'a str> {
    match &event.said {
        Said::Reacted(reaction) if event.direction == Direction::Outbound && reaction.message.as_ref() == Some(message) => {
            reaction.emoji.as_deref().or(reaction.word.as_deref())
        }
        _ => None,
    }
}
