//! Items of `changes[]`, and the flat form.

use chrono::{DateTime, Utc};
use link_core::words::event::Said;
use link_core::words::ids::ExternalId;
use link_core::words::raw::Raw;
use serde_json::value::RawValue;

use super::comment;
use super::kind::Kind;
use super::messaging;
use super::object::{Leftovers, Object};
use super::scalar::text;
use super::time::{moment, plain};
use super::told::Told;

/// Reads a change; one that is no object has at least the time of its entry.
pub(super) fn read(change: Option<Object<'_>>, entry_at: Option<DateTime<Utc>>, account: Option<&ExternalId>) -> Told {
    let inner = change.as_ref().and_then(|change| change.get("value")).and_then(Object::read);
    let time = |key| inner.as_ref().and_then(|inner| inner.get(key)).and_then(moment);
    let at = time("timestamp").or_else(|| time("created_time")).or_else(|| entry_at.map(plain));
    Told { at, ..change.map(|change| say(change, inner, account)).unwrap_or_default() }
}

fn say(mut change: Object<'_>, inner: Option<Object<'_>>, account: Option<&ExternalId>) -> Told {
    let Some(field) = change.take("field", text).filter(|field| !field.is_empty()) else {
        return Told::default();
    };
    let told = inner.and_then(|mut inner| {
        let is_message = is_messaging(&field, &inner);
        if is_message { Some(messaging::read(&mut inner, field == "message_echoes")) } else { comment::read(&field, &mut inner, account) }
    });
    if let Some(told) = told {
        return Told { more: beside(&mut change, told.more), ..told };
    }
    let value = change.take("value", |value: &RawValue| Some(Raw::from_value(value)));
    Told { more: change.rest(), ..Told::said(Said::Changed { field, value }) }
}

/// True if a change is really an event of a conversation: the dashboard's test button and some products send them this way.
/// A post's `message` or `reaction` is none, so the field or the parties must say so too.
fn is_messaging(field: &str, value: &Object<'_>) -> bool {
    let between_parties = || ["sender", "recipient"].iter().any(|party| value.get(party).and_then(Object::read).is_some());
    let Some((_, key)) = Kind::find(value) else { return false };
    is_messaging_field(field) || between_parties() && value.get(key).and_then(Object::read).is_some()
}

fn is_messaging_field(field: &str) -> bool {
    field.starts_with("messaging_")
        || matches!(
            field,
            "messages"
                | "message_echoes"
                | "message_edit"
                | "message_edits"
                | "message_reactions"
                | "message_deliveries"
                | "message_reads"
                | "response_feedback"
                | "send_cart"
                | "standby"
        )
}

/// What was left of the value, and what stood beside it.
fn beside(change: &mut Object<'_>, rest: Option<Raw>) -> Option<Raw> {
    change.mark("value");
    let outside = change.rest();
    if outside.is_none() {
        return rest;
    }
    let mut more = Leftovers::default();
    if let Some(rest) = rest.as_ref().and_then(|rest| Object::parse(rest.as_str())) {
        rest.leave(&mut more);
    }
    change.leave(&mut more);
    more.into_raw()
}
