//! The feed as a stream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use link_core::words::feed::{Feed, FeedQuery, Happening, Position};
use link_core::words::view::View;
use tokio::sync::watch;

use crate::problem::Problem;

/// How many happenings are read at once.
const BATCH: u32 = 200;
/// How long to sleep without looking: another process may have written.
const LONGEST: Duration = Duration::from_secs(1);

struct Reading {
    feed: Arc<dyn Feed>,
    view: View,
    rung: watch::Receiver<u64>,
    after: Position,
    ready: VecDeque<(Position, Happening)>,
}

/// Everything that happens after a place and that the view shows, in order. It ends only with an error, and can then be begun again
/// behind the last place.
pub(crate) fn news(
    feed: Arc<dyn Feed>,
    view: View,
    rung: watch::Receiver<u64>,
    after: Position,
) -> impl Stream<Item = Result<(Position, Happening), Problem>> + Send + 'static {
    let reading = Reading { feed, view, rung, after, ready: VecDeque::new() };
    unfold(Some(reading), |reading| async {
        let mut reading = reading?;
        match reading.next().await {
            Ok(next) => Some((Ok(next), Some(reading))),
            Err(problem) => Some((Err(problem), None)),
        }
    })
}

impl Reading {
    async fn next(&mut self) -> Result<(Position, Happening), Problem> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Ok(next);
            }
            self.rung.mark_unchanged();
            let read = self.feed.read(&FeedQuery { after: self.after, limit: BATCH }).await?;
            let Some((last, _)) = read.last() else {
                self.sleep().await;
                continue;
            };
            self.after = *last;
            let view = &self.view;
            self.ready.extend(read.into_iter().filter(|(_, happening)| shows(view, happening)));
        }
    }

    async fn sleep(&mut self) {
        tokio::select! {
            _ = self.rung.changed() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    }
}

fn shows(view: &View, happening: &Happening) -> bool {
    happening.owner == view.owner && !view.is_empty() && happening.account.as_ref().is_none_or(|account| view.shows(account))
}
