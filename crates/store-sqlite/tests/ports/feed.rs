use link_core::words::feed::{Feed, FeedQuery, Happening, Position, What};
use link_core::{Road, ScopedId};

use crate::fixture::{at, owner, page};

fn told(name: &str, number: i64) -> Happening {
    let what = What::MessageReceived {
        peer: ScopedId::new("42").unwrap(),
        road: Road::FACEBOOK,
        message: format!("m_{number}").parse().unwrap(),
        late: false,
    };
    Happening::new(owner(name), Some(page()), what, at(number))
}

async fn read(feed: &dyn Feed, after: Position, limit: u32) -> Vec<(Position, Happening)> {
    feed.read(&FeedQuery { after, limit }).await.unwrap()
}

/// A reader that keeps its place must see everything, in order, with the owner it belongs to.
async fn a_reader_sees_everything_in_order(feed: &dyn Feed) {
    let mut all: Vec<_> = (0..5).map(|number| told(if number % 2 == 0 { "a" } else { "b" }, number)).collect();
    all.push(Happening::new(owner("a"), None, What::CredentialDead { road: Road::FACEBOOK }, at(9)));
    feed.tell(&all[..2]).await.unwrap();
    feed.tell(&all[2..]).await.unwrap();
    let (mut seen, mut place) = (Vec::new(), Position::default());
    loop {
        let page = read(feed, place, 2).await;
        let Some((last, _)) = page.last() else { break };
        place = *last;
        seen.extend(page.into_iter().map(|(_, happening)| happening));
    }
    assert_eq!(seen, all);
    assert_eq!(feed.end().await.unwrap(), place);
}

/// Two readers that stop at different places must not disturb each other, and a late one must not throw itself back.
async fn readers_keep_their_own_places(feed: &dyn Feed) {
    assert_eq!(feed.end().await.unwrap(), Position(0));
    assert_eq!(feed.position("alerts").await.unwrap(), Position(0));
    feed.keep("alerts", Position(7)).await.unwrap();
    feed.keep("alerts", Position(3)).await.unwrap();
    feed.keep("stream", Position(1)).await.unwrap();
    assert_eq!(feed.position("alerts").await.unwrap(), Position(7));
    assert_eq!(feed.position("stream").await.unwrap(), Position(1));
}

/// A caller that asks for nothing, or from beyond the end, gets an answer and not an error.
async fn the_end_is_quiet(feed: &dyn Feed) {
    feed.tell(&[]).await.unwrap();
    assert!(read(feed, Position(u64::MAX), 10).await.is_empty());
}

on_sqlite!(feed: a_reader_sees_everything_in_order readers_keep_their_own_places the_end_is_quiet);
