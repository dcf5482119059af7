//! The attachments of a message.

use link_core::words::content::Attachment;
use link_core::words::raw::Raw;
use serde_json::value::RawValue;

use super::object::{Object, elements};
use super::scalar::text;

/// All attachments; `None` if the value is no array. Something in it that is no object is an attachment without a type.
pub(super) fn attachments(value: &RawValue) -> Option<Vec<Attachment>> {
    Some(elements(value)?.into_iter().map(attachment).collect())
}

/// Address and title stand in the payload, or beside it in older shapes. Everything else that was told is kept with the whole.
fn attachment(value: &RawValue) -> Attachment {
    let mut told = Attachment::untyped();
    let Some(mut outer) = Object::read(value) else {
        told.raw = Some(Raw::from_value(value));
        return told;
    };
    let mut payload = outer.take("payload", Object::read);
    let mut either = |key: &str| {
        let inner = payload.as_mut().and_then(|payload| payload.take(key, text));
        if inner.is_none() || outer.get(key).and_then(text) == inner { outer.take(key, text) } else { inner }
    };
    told.url = either("url");
    told.title = either("title");
    told.kind = outer.take("type", text);
    if !outer.is_spent() || payload.is_some_and(|payload| !payload.is_spent()) {
        told.raw = Some(Raw::from_value(value));
    }
    told
}
