//! Items of `messaging[]` and `standby[]`.

use link_core::words::event::{Edit, Enforcement, EnforcementAct, Notice, Postback, Reaction, Receipt, Routing, RoutingAct, Said};
use link_core::words::ids::MessageId;
use link_core::words::raw::Raw;
use serde_json::value::RawValue;

use super::kind::Kind;
use super::message;
use super::object::{Leftovers, Object, elements};
use super::scalar::{count, id, text};
use super::time::moment;
use super::told::{Party, Told, reference, referral};

/// Reads an item. `echoes` is true where the subscribed field says that it is the echo of a message, even if the message does not.
pub(super) fn read(item: &mut Object<'_>, echoes: bool) -> Told {
    let mut leftovers = Leftovers::default();
    let mut told = Told {
        at: item.take("timestamp", moment),
        sender: Party::take(item, "sender", &mut leftovers),
        recipient: Party::take(item, "recipient", &mut leftovers),
        ..Told::default()
    };
    let Some((kind, key)) = Kind::find(item) else { return told };
    let Some((raw, mut value)) = item.take(key, |raw| Object::read(raw).map(|value| (raw, value))) else { return told };
    match kind {
        Kind::Message => {
            let message = message::read(value, echoes);
            told.echo = message.echo;
            told.said = Some(message.said);
        }
        Kind::OptIn => {
            told.user_ref = value.get("user_ref").and_then(reference);
            told.said = Some(Said::OptedIn(Raw::from_value(raw)));
        }
        Kind::Referral => told.said = referral(raw).map(Said::Referred),
        Kind::Notice(word) => match enforcement(word, &mut value) {
            Some(enforced) => {
                told.said = Some(enforced);
                leftovers.add_rest(key, value.rest().as_ref());
            }
            None => told.said = Some(notice(word, raw, &value)),
        },
        _ => {
            told.said = fields(kind, &mut value);
            leftovers.add_rest(key, value.rest().as_ref());
        }
    }
    item.leave(&mut leftovers);
    told.more = leftovers.into_raw();
    told
}

/// What the platform did because of its rules; `None` if it did something that nobody has heard of.
fn enforcement(word: &str, value: &mut Object<'_>) -> Option<Said> {
    let action = value.get("action").filter(|_| word == "policy_enforcement").and_then(text)?;
    let act = match action.as_str() {
        "warning" => EnforcementAct::Warned,
        "block" => EnforcementAct::Blocked,
        "unblock" => EnforcementAct::Unblocked,
        _ => return None,
    };
    value.mark("action");
    Some(Said::Enforced(Enforcement { act, reason: value.take("reason", text) }))
}

fn notice(word: &str, raw: &RawValue, value: &Object<'_>) -> Said {
    let message = value.get("mid").filter(|_| word == "response_feedback").and_then(id);
    Said::Notice(Notice { kind: word.to_owned(), message, value: Raw::from_value(raw) })
}

/// What is taken apart into fields; what finds none stays in `value`.
fn fields(kind: Kind, value: &mut Object<'_>) -> Option<Said> {
    Some(match kind {
        Kind::Edit => Said::Edited(edit(value)),
        Kind::Reaction => Said::Reacted(reaction(value)),
        Kind::Read => Said::Read(receipt(value)),
        Kind::Delivery => Said::Delivered(receipt(value)),
        Kind::Postback => Said::Postback(postback(value)),
        Kind::Routing(act) => Said::Routed(routing(act, value)),
        Kind::AccountLinking => Said::AccountLinking { status: value.take("status", text), code: value.take("authorization_code", text) },
        Kind::Message | Kind::OptIn | Kind::Referral | Kind::Notice(_) => return None,
    })
}

fn edit(value: &mut Object<'_>) -> Edit {
    Edit { message: value.take("mid", id), text: value.take("text", text), revision: value.take("num_edit", count) }
}

fn reaction(value: &mut Object<'_>) -> Reaction {
    Reaction {
        message: value.take("mid", id),
        action: value.take("action", text),
        emoji: value.take("emoji", text),
        word: value.take("reaction", text),
    }
}

fn postback(value: &mut Object<'_>) -> Postback {
    let mut postback = Postback::new(value.take("mid", id), value.take("title", text), value.take("payload", text));
    postback.referral = value.take("referral", referral);
    postback
}

fn routing(act: RoutingAct, value: &mut Object<'_>) -> Routing {
    let next = value.take("new_owner_app_id", id).or_else(|| value.take("requested_owner_app_id", id));
    Routing { act, previous: value.take("previous_owner_app_id", id), next, metadata: value.take("metadata", text) }
}

/// Pages tell a watermark, perhaps with ids; Instagram tells one id.
fn receipt(value: &mut Object<'_>) -> Receipt {
    let watermark = value.take("watermark", moment).map(|time| time.at);
    let mut messages: Vec<MessageId> = value.take("mid", id).into_iter().collect();
    if let Some(listed) = value.get("mids").and_then(elements) {
        let read: Vec<MessageId> = listed.iter().filter_map(|mid| id(mid)).collect();
        if read.len() == listed.len() {
            value.mark("mids");
        }
        messages.extend(read);
    }
    Receipt { watermark, messages }
}
