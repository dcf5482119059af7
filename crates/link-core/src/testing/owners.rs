//! Owners that have equal platform ids.

use chrono::{DateTime, TimeDelta, Utc};

use crate::words::envelope::{Envelope, Item, Lane};
use crate::words::event::Channel;
use crate::words::ids::{AccountId, AccountKey, ActorId, OwnerId, SetupId};
use crate::words::platform::{Platform, Road};
use crate::words::raw::Raw;
use crate::words::view::View;

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_790_000_000 + seconds) + TimeDelta::nanoseconds(123_456_789)
}

pub(super) fn owner(name: &str) -> OwnerId {
    OwnerId::new(name).unwrap()
}

pub(super) fn someone() -> ActorId {
    ActorId::new("someone").unwrap()
}

pub(super) fn page() -> AccountId {
    "messenger:100".parse().unwrap()
}

pub(super) fn professional() -> AccountId {
    "instagram:17841".parse().unwrap()
}

pub(super) fn of(name: &str, account: AccountId) -> AccountKey {
    AccountKey::new(owner(name), account)
}

pub(super) const fn setup_id(number: u128) -> SetupId {
    SetupId::from_uuid(uuid::Uuid::from_u128(number))
}

pub(super) fn sees_all(name: &str) -> View {
    View::everything(owner(name), someone())
}

pub(super) fn sees_nothing(name: &str) -> View {
    View::nothing(owner(name), someone())
}

/// An envelope for the owner's Page, with a number that no floating point holds.
pub(super) fn envelope(name: &str, peer: Option<u64>, text: &str) -> Envelope {
    let body = Raw::parse(format!(r#"{{"message":{{"text":"{text}","n":12345678901234567890123}}}}"#)).unwrap();
    let mut item = Item::new(Platform::MESSENGER, Road::FACEBOOK, Channel::Messaging, at(0), body);
    item.account = Some(page().id);
    Envelope { owner: owner(name), lane: Lane { account: of(name, page()), peer }, received_at: at(1), item }
}
