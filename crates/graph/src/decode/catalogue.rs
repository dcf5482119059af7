//! From items to events.

use link_core::words::envelope::Item;
use link_core::words::event::{Channel, Direction, Event, Notice, Said};
use link_core::words::ids::ExternalId;
use link_core::words::ports::Decoder;
use link_core::{AccountId, MessageId, Platform};
use serde::Deserialize;

use super::object::Object;
use super::told::{Party, Told};
use super::{change, messaging};
use crate::webhook::is_bare;
use crate::wire::Lenient;

/// Decodes items of Messenger and Instagram webhooks.
///
/// Ids come out as the digits that were sent, times from whatever notation, halves of emoji as U+FFFD. A value of the wrong type is
/// taken for absent and kept where leftovers are kept: [`Content::more`](link_core::words::content::Content::more) and
/// [`Event::more`]. An item that has no word, or whose word has no object for a value, is [`Said::Unknown`]. An entry without any
/// list is a [`Said::Notice`] of the kind `entry`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalogue;

impl Decoder for Catalogue {
    fn decode(&self, item: &Item) -> Vec<Event> {
        vec![event(item, understand(item))]
    }

    fn field(&self, item: &Item) -> Option<String> {
        let mut object = Object::parse(item.body.as_str())?;
        match item.channel {
            Channel::Changes => object.take("field", super::scalar::text),
            Channel::Standby => Some("standby".to_owned()),
            Channel::Messaging => {
                let (kind, _) = super::kind::Kind::find(&object)?;
                let echo = object.get("message").and_then(Object::read).is_some_and(|it| it.get("is_echo").is_some());
                Some(kind.field(item.platform == Platform::INSTAGRAM, echo).to_owned())
            }
            _ => None,
        }
    }
}

fn understand(item: &Item) -> Told {
    let object = Object::parse(item.body.as_str());
    match (item.channel, object) {
        (Channel::Messaging | Channel::Standby, Some(mut object)) => messaging::read(&mut object, false),
        (Channel::Changes | Channel::Grants, object) => change::read(object, item.entry_at, item.account.as_ref()),
        (Channel::Entry, Some(object)) if is_bare(&object) => {
            Told::said(Said::Notice(Notice { kind: "entry".to_owned(), message: None, value: item.body.clone() }))
        }
        _ => Told::default(),
    }
}

fn event(item: &Item, told: Told) -> Event {
    let direction = direction(item.account.as_ref(), &told);
    let about = if told.said.is_none() { message_of(item) } else { None };
    let said = told.said.unwrap_or_else(|| Said::Unknown(item.body.clone()));
    // What a comment's item has of its own is when the comment was written, whatever became of it since.
    let is_comment = matches!(said, Said::Commented(_));
    let as_of = item.entry_at.filter(|_| is_comment).map_or(item.as_of, |told_at| told_at.max(item.as_of));
    let mut event = Event::new(account(item), item.road.clone(), item.channel, as_of, said);
    event.direction = direction;
    event.sender_ref = told.sender.user_ref.or(told.user_ref);
    event.sender = told.sender.id;
    event.recipient = told.recipient.id;
    event.at = told.at;
    event.more = told.more;
    event.about = about;
    event
}

/// The message that an item without a word names, in whatever member of it.
fn message_of(item: &Item) -> Option<MessageId> {
    #[derive(Deserialize)]
    struct Named {
        mid: Lenient<String>,
    }
    let object = Object::parse(item.body.as_str())?;
    let ids = object.members().filter_map(|(_, member)| serde_json::from_str::<Named>(member.get()).ok()?.mid.0);
    ids.filter_map(|id| MessageId::new(id).ok()).next()
}

/// Items without an account are not admitted for anybody; whoever decodes one nevertheless sees an account that cannot exist.
fn account(item: &Item) -> AccountId {
    #[expect(clippy::expect_used, reason = "a dash is one byte and no control character")]
    let id = item.account.clone().unwrap_or_else(|| ExternalId::new("-").expect("a dash is an id"));
    AccountId::new(item.platform.clone(), id)
}

fn direction(account: Option<&ExternalId>, told: &Told) -> Direction {
    let is_account = |party: &Party| party.id.as_ref().zip(account).is_some_and(|(id, account)| id.as_str() == account.as_str());
    if told.echo || is_account(&told.sender) && !is_account(&told.recipient) { Direction::Outbound } else { Direction::Inbound }
}

#[cfg(test)]
mod tests;
