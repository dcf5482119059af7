//! Words of two owners that have equal platform ids.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::envelope::{Envelope, Item, Lane};
use link_core::words::event::Channel;
use link_core::words::raw::Raw;
use link_core::{AccountId, AccountKey, ActorId, OwnerId, Platform, Road, View};
use link_store_sqlite::Sqlite;
use tempfile::TempDir;

pub(crate) async fn fresh() -> (TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(folder.path().join("links.db")).await.unwrap();
    (folder, sqlite)
}

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_790_000_000 + seconds) + TimeDelta::nanoseconds(123_456_789)
}

pub(crate) fn owner(name: &str) -> OwnerId {
    OwnerId::new(name).unwrap()
}

pub(crate) fn page() -> AccountId {
    "messenger:100".parse().unwrap()
}

pub(crate) fn professional() -> AccountId {
    "instagram:17841".parse().unwrap()
}

pub(crate) fn of(name: &str, account: AccountId) -> AccountKey {
    AccountKey::new(owner(name), account)
}

pub(crate) fn sees_all(name: &str) -> View {
    View::everything(owner(name), ActorId::new("someone").unwrap())
}

pub(crate) fn sees_nothing(name: &str) -> View {
    View::nothing(owner(name), ActorId::new("someone").unwrap())
}

pub(crate) fn envelope(name: &str, peer: Option<u64>, text: &str) -> Envelope {
    let body = Raw::parse(format!(r#"{{"message":{{"text":"{text}","n":12345678901234567890123}}}}"#)).unwrap();
    let mut item = Item::new(Platform::MESSENGER, Road::FACEBOOK, Channel::Messaging, at(0), body);
    item.account = Some(page().id);
    Envelope { owner: owner(name), lane: Lane { account: of(name, page()), peer }, received_at: at(1), item }
}
