//! What every feed must do.

use super::owners::{at, owner, page};
use crate::words::error::Result;
use crate::words::feed::{Feed, FeedQuery, Happening, Position, What};
use crate::words::ids::ScopedId;
use crate::words::platform::Road;

/// Runs the suite on an empty feed.
///
/// # Panics
///
/// When the feed does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn feed(feed: &dyn Feed) -> Result<()> {
    readers_keep_their_own_places(feed).await?;
    the_end_is_quiet(feed).await?;
    a_reader_sees_everything_in_order(feed).await?;
    the_end_is_quiet(feed).await
}

fn told(name: &str, number: i64) -> Happening {
    let what = What::MessageReceived {
        peer: ScopedId::new("42").unwrap(),
        road: Road::FACEBOOK,
        message: format!("m_{number}").parse().unwrap(),
        late: false,
    };
    Happening::new(owner(name), Some(page()), what, at(number))
}

/// Two readers that stop at different places do not disturb each other, and a late one does not throw itself back.
async fn readers_keep_their_own_places(feed: &dyn Feed) -> Result<()> {
    assert_eq!(feed.end().await?, Position(0), "a feed in which nothing happened has an end elsewhere than at its beginning");
    assert_eq!(feed.position("alerts").await?, Position(0), "a reader that never read does not begin at the beginning");
    feed.keep("alerts", Position(7)).await?;
    feed.keep("alerts", Position(3)).await?;
    feed.keep("stream", Position(1)).await?;
    assert_eq!(feed.position("alerts").await?, Position(7), "a reader is thrown back, and tells everything twice");
    assert_eq!(feed.position("stream").await?, Position(1), "a reader takes another one's place");
    Ok(())
}

/// A caller that tells nothing, or asks from beyond the end, gets an answer and not an error.
async fn the_end_is_quiet(feed: &dyn Feed) -> Result<()> {
    let end = feed.end().await?;
    feed.tell(&[]).await?;
    assert_eq!(feed.end().await?, end, "something happened though nothing was told");
    for after in [end, Position(u64::MAX)] {
        let beyond = feed.read(&FeedQuery { after, limit: 10 }).await?;
        assert!(beyond.is_empty(), "a reader at the end is told something again");
    }
    Ok(())
}

/// A reader that keeps its place sees everything, in order, with the owner it belongs to.
async fn a_reader_sees_everything_in_order(feed: &dyn Feed) -> Result<()> {
    let mut all: Vec<_> = (0..5).map(|number| told(if number % 2 == 0 { "mine" } else { "theirs" }, number)).collect();
    all.push(Happening::new(owner("mine"), None, What::CredentialDead { road: Road::FACEBOOK }, at(9)));
    feed.tell(&all[..2]).await?;
    feed.tell(&all[2..]).await?;
    let (mut seen, mut place) = (Vec::new(), Position::default());
    loop {
        let page = feed.read(&FeedQuery { after: place, limit: 2 }).await?;
        assert!(page.len() <= 2, "a reader is told more at once than it asked for");
        let Some((last, _)) = page.last() else { break };
        assert!(*last > place, "a reader that keeps its place never gets on");
        place = *last;
        seen.extend(page.into_iter().map(|(_, happening)| happening));
    }
    assert_eq!(seen, all, "what happened is lost, repeated, changed, out of order, or told of another owner");
    assert_eq!(feed.end().await?, place, "the end is elsewhere than at the newest happening");
    Ok(())
}
