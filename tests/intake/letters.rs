//! Bodies of deliveries.

use serde_json::{Value, json};

use crate::stage::{INSTAGRAM, PAGE};

/// When everything was written, in milliseconds: a minute after the link was confirmed.
pub(crate) const THEN: i64 = 1_795_435_260_000;
/// Somebody who writes to the Page.
pub(crate) const MARA: &str = "7001";

/// An item of the Page in which Mara writes.
pub(crate) fn said(mid: &str, text: &str) -> Value {
    item(&json!({"message": {"mid": mid, "text": text}}))
}

/// An item of the Page that comes from Mara, with these members.
pub(crate) fn item(members: &Value) -> Value {
    let mut item = json!({"sender": {"id": MARA}, "recipient": {"id": PAGE}, "timestamp": THEN});
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    item
}

/// A delivery about the Page with these items.
pub(crate) fn page(items: &[Value]) -> String {
    delivery("page", &[json!({"id": PAGE, "time": THEN, "messaging": items})])
}

/// A delivery about the Instagram account with these items.
pub(crate) fn instagram(items: &[Value]) -> String {
    delivery("instagram", &[json!({"id": INSTAGRAM, "time": THEN, "messaging": items})])
}

/// A delivery with these entries.
pub(crate) fn delivery(object: &str, entries: &[Value]) -> String {
    json!({"object": object, "entry": entries}).to_string()
}
