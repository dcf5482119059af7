//! Every event of the catalogue, caused as it comes about and compared with the shape it has to have on each road.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod desk;
mod direct;
mod linking;
mod page;
mod people;
mod quirks;
#[path = "../road/receiver.rs"]
#[expect(dead_code, reason = "another test's tool, of which these tests use a part")]
mod receiver;
mod refused;
mod roads;
mod row;
mod shape;
#[path = "../road/stage.rs"]
#[expect(dead_code, reason = "another test's tool, of which these tests use a part")]
mod stage;
mod standby;
