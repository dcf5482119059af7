//! A clock that is moved by hand, and a feed of what a test tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::feed::{Feed, FeedQuery, Happening, Position};

#[derive(Clone)]
pub(crate) struct Hand(pub(crate) Arc<Mutex<DateTime<Utc>>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A feed that grows when a test says so.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) happenings: Mutex<Vec<Happening>>,
    pub(crate) kept: Mutex<BTreeMap<String, Position>>,
}

#[async_trait]
impl Feed for Told {
    async fn read(&self, query: &FeedQuery) -> Result<Vec<(Position, Happening)>> {
        let happenings = self.happenings.lock().unwrap().clone();
        let all = happenings.into_iter().zip(1..).map(|(happening, place)| (Position(place), happening));
        Ok(all.filter(|(place, _)| *place > query.after).take(query.limit as usize).collect())
    }

    async fn end(&self) -> Result<Position> {
        panic!("nobody asks for it")
    }

    async fn tell(&self, told: &[Happening]) -> Result<()> {
        self.happenings.lock().unwrap().extend_from_slice(told);
        Ok(())
    }

    async fn position(&self, reader: &str) -> Result<Position> {
        Ok(self.kept.lock().unwrap().get(reader).copied().unwrap_or_default())
    }

    async fn keep(&self, reader: &str, position: Position) -> Result<()> {
        self.kept.lock().unwrap().insert(reader.to_owned(), position);
        Ok(())
    }
}
