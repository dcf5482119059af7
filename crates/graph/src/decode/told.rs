//! What was understood of an item.

use link_core::words::content::Referral;
use link_core::words::event::Said;
use link_core::words::ids::ScopedId;
use link_core::words::moment::Moment;
use link_core::words::raw::Raw;
use serde_json::value::RawValue;

use super::object::{Leftovers, Object};
use super::scalar::{id, text};

/// What was understood of an item; without a word for it if nothing was.
#[derive(Default)]
pub(super) struct Told {
    pub(super) said: Option<Said>,
    pub(super) sender: Party,
    pub(super) recipient: Party,
    /// The reference that an opt-in carries in place of a sender's.
    pub(super) user_ref: Option<String>,
    pub(super) echo: bool,
    pub(super) at: Option<Moment>,
    pub(super) more: Option<Raw>,
}

impl Told {
    pub(super) fn said(said: Said) -> Self {
        Self { said: Some(said), ..Self::default() }
    }
}

/// A sender or a recipient.
#[derive(Default)]
pub(super) struct Party {
    pub(super) id: Option<ScopedId>,
    pub(super) user_ref: Option<String>,
}

impl Party {
    /// Takes a party from an item; what else was told of it goes to the leftovers.
    pub(super) fn take(item: &mut Object<'_>, key: &str, leftovers: &mut Leftovers) -> Self {
        let Some(mut party) = item.take(key, Object::read) else {
            return Self::default();
        };
        let told = Self { id: party.take("id", id), user_ref: party.take("user_ref", reference) };
        leftovers.add_rest(key, party.rest().as_ref());
        told
    }
}

/// A reference that the embedder's own page chose: mostly text, but nothing keeps a page from choosing a number.
pub(super) fn reference(value: &RawValue) -> Option<String> {
    text(value).or_else(|| id(value))
}

/// Where somebody came from; `None` if the value is no object.
pub(super) fn referral(value: &RawValue) -> Option<Referral> {
    let told = Object::read(value)?;
    let mut referral = Referral::new(Raw::from_value(value));
    referral.reference = told.get("ref").and_then(text);
    referral.source = told.get("source").and_then(text);
    referral.kind = told.get("type").and_then(text);
    referral.ad_id = told.get("ad_id").and_then(id);
    Some(referral)
}
