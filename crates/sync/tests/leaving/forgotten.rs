//! Files that the platform forgot before their time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::ids::IntentId;
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outgoing};
use link_core::words::rates::{RateKind, Scope};
use link_core::words::work::{Next, Work};
use link_sync::testing::at;
use link_sync::{Budget as _, Facts, Instead, Intent, Knowledge, Pause, Priority, Refused};

use crate::stage::{ANEW, Answers, Hand, Stage, uploaded};

/// Uploads one file anew, which takes a while.
struct Slow(Arc<Hand>, TimeDelta);

/// What a refusal comes to with somebody who learns nothing from it.
enum Stubborn {
    /// The same once more.
    Same,
    /// Another file each time.
    Endless(AtomicU64),
    /// The platform has no time to take a file.
    Throttled,
    /// Nothing stands any more where its files came from.
    Gone,
    /// The first of its files is given up, however often it was.
    Forgetful,
    /// No address answers for now; so it fails.
    Ill(ErrorKind),
    /// The first of its files is put off, however often it was.
    Hesitant,
}

#[async_trait]
impl Knowledge for Stubborn {
    async fn facts(&self, _: &ConnectionKey, _: &Outgoing, _: Option<IntentId>, _: DateTime<Utc>) -> Result<Facts> {
        Ok(Facts::default())
    }

    async fn refused(&self, refused: &Refused) -> Result<Option<Instead>> {
        let mut outgoing = refused.outgoing.clone();
        match self {
            Self::Same => {}
            Self::Gone => {
                let left = uploaded(&refused.outgoing.body).find(|id| !refused.renewed.contains(*id));
                return Ok(left.map(|left| Instead::new(outgoing).giving_up(left.clone())));
            }
            Self::Forgetful => {
                let first = uploaded(&refused.outgoing.body).next().cloned();
                return Ok(first.map(|first| Instead::new(outgoing).giving_up(first)));
            }
            Self::Ill(kind) => {
                let mut in_turn = uploaded(&refused.outgoing.body).filter(|id| !refused.put_off.contains(*id));
                return match (in_turn.next(), in_turn.next()) {
                    (Some(first), Some(_)) => Ok(Some(Instead::new(outgoing).putting_off(first.clone()))),
                    _ => Err(Error::new(*kind, "fetch a file")),
                };
            }
            Self::Hesitant => {
                let first = uploaded(&refused.outgoing.body).next().cloned();
                return Ok(first.map(|first| Instead::new(outgoing).putting_off(first)));
            }
            Self::Endless(last) => {
                outgoing.body = Body::Attachments(vec![picture(&(1_000 + last.fetch_add(1, Ordering::Relaxed)).to_string())]);
            }
            Self::Throttled => return Err(Error::new(ErrorKind::Throttled, "fetch a file").with_retry_after(Duration::from_secs(300))),
        }
        Ok(Some(Instead::new(outgoing)))
    }
}

#[async_trait]
impl Knowledge for Slow {
    async fn facts(&self, _: &ConnectionKey, _: &Outgoing, _: Option<IntentId>, _: DateTime<Utc>) -> Result<Facts> {
        Ok(Facts::default())
    }

    async fn refused(&self, refused: &Refused) -> Result<Option<Instead>> {
        *self.0.0.lock().unwrap() += self.1;
        let mut old = uploaded(&refused.outgoing.body).filter(|id| !refused.renewed.contains(*id));
        let Some(old) = old.next() else { return Ok(None) };
        let anew = |id: &str| if id == old.as_str() { format!("{ANEW}{id}") } else { id.to_owned() };
        let media = uploaded(&refused.outgoing.body).map(|id| picture(&anew(id.as_str())));
        let mut outgoing = refused.outgoing.clone();
        outgoing.body = Body::Attachments(media.collect());
        Ok(Some(Instead::new(outgoing)))
    }
}

fn picture(id: &str) -> Media {
    Media::uploaded(AttachmentKind::Image, id.parse().unwrap())
}

async fn album(stage: &Stage, pictures: usize) -> Intent {
    let body = Body::Attachments((1..=pictures).map(|number| picture(&number.to_string())).collect());
    stage.wish_for("1", 1, Priority::Person, 60, body).await
}

/// If this failed, an album of which everything was forgotten would be given up half way, or be told as unknown though it surely was not sent.
#[tokio::test]
async fn each_forgotten_file_has_a_claim_of_its_own_and_none_is_one_too_many() {
    let stage = Stage::knowing(|clock| Arc::new(Slow(clock, TimeDelta::seconds(85))));
    stage.answers("1", Some(Answers::Forgets));
    let album = album(&stage, 20).await;
    let mut steps = 0;
    while stage.dispatch.step().await.unwrap() == Next::Again {
        steps += 1;
        let now = stage.now(&album);
        assert!(matches!(now.state.as_str(), "queued" | "sent"), "{now:?}");
        assert_eq!(now.renewed.len(), steps.min(20), "several files are uploaded in one claim");
    }
    assert_eq!((stage.state(&album), stage.wire.calls("1")), ("sent", 21));
}

/// If this failed, a platform that calls whatever it is given forgotten would be given files for ever.
#[tokio::test]
async fn no_file_is_uploaded_anew_twice() {
    let stage = Stage::knowing(|clock| Arc::new(Slow(clock, TimeDelta::seconds(1))));
    let album = album(&stage, 3).await;
    stage.answers("1", Some(Answers::AlwaysForgets));
    while stage.dispatch.step().await.unwrap() == Next::Again {}
    assert_eq!((stage.state(&album), stage.wire.calls("1")), ("failed", 4));
}

/// If this failed, a message that the platform never takes would be sent for ever, because somebody thinks that it is another one each time.
#[tokio::test]
async fn what_is_refused_whatever_is_done_about_it_has_an_end() {
    for (knowledge, pictures, most) in [
        (Stubborn::Same, 1, 8),
        (Stubborn::Endless(AtomicU64::default()), 1, 10),
        (Stubborn::Forgetful, 3, 10),
        (Stubborn::Hesitant, 3, 10),
    ] {
        let stage = Stage::knowing(|_| Arc::new(knowledge));
        stage.answers("1", Some(Answers::AlwaysForgets));
        let album = album(&stage, pictures).await;
        for step in 1..=50 {
            stage.dispatch.step().await.unwrap();
            stage.clock_shows(100 + step * 300);
        }
        assert_eq!(stage.state(&album), "failed");
        assert!(stage.wire.calls("1") <= most, "it was sent {} times", stage.wire.calls("1"));
    }
}

/// Any of them may be what the platform forgot. If this failed, the first that cannot be uploaded anew would end the message, or be tried for ever.
#[tokio::test]
async fn a_file_that_cannot_be_uploaded_anew_is_given_up_and_the_next_is_tried() {
    let stage = Stage::knowing(|_| Arc::new(Stubborn::Gone));
    let album = album(&stage, 3).await;
    stage.answers("1", Some(Answers::AlwaysForgets));
    for given_up in 1..=3 {
        stage.dispatch.step().await.unwrap();
        let now = stage.now(&album);
        assert_eq!((now.state.as_str(), now.renewed.len(), &now.outgoing.body), ("queued", given_up, &album.outgoing.body));
    }
    stage.dispatch.step().await.unwrap();
    assert_eq!((stage.state(&album), stage.wire.calls("1")), ("failed", 4));
}

/// If this failed, one address that does not answer would be asked again before the others were, or a platform that is ill would be sent the same
/// message once for each of its files.
#[tokio::test]
async fn each_file_that_is_put_off_has_its_turn_and_each_is_one_try() {
    // That an upload may have happened is no reason not to make it once more.
    for kind in [ErrorKind::Unavailable, ErrorKind::Ambiguous] {
        turns(&Stage::knowing(|_| Arc::new(Stubborn::Ill(kind)))).await;
    }
}

async fn turns(stage: &Stage) {
    let album = album(stage, 3).await;
    stage.answers("1", Some(Answers::AlwaysForgets));
    let (mut clock, mut put_off) = (100, Vec::new());
    while stage.state(&album) == "queued" {
        match stage.dispatch.step().await.unwrap() {
            Next::Again => put_off.push((stage.now(&album).put_off.len(), stage.now(&album).tries)),
            _ => clock += 60,
        }
        stage.clock_shows(clock);
    }
    let turns: Vec<_> = (1..=9).map(|turn: u32| ((turn % 3) as usize, turn)).collect();
    assert_eq!(put_off[..9], turns, "whoever was not tried is not asked");
    assert_eq!((stage.state(&album), stage.wire.calls("1")), ("failed", 10), "an ill platform is sent the same once more for every file");
    assert!(clock >= 100 + 9 * 60, "the same is sent again without a pause");
}

/// If this failed, a file would be fetched although the account rests or the claim is nearly over, and a message ends for the sake of its file.
#[tokio::test]
async fn a_file_is_fetched_anew_when_there_is_room_and_time_for_it() {
    let fetching = || {
        let stage = Stage::knowing(|clock| Arc::new(Slow(clock, TimeDelta::seconds(1))));
        stage.answers("1", Some(Answers::Forgets));
        stage
    };
    let paused = fetching();
    let pause = Pause { scope: Scope::Account("messenger:1".parse().unwrap()), kind: Some(RateKind::Other), until: at(700) };
    paused.pace.pause(&pause).await.unwrap();
    let late = fetching();
    late.asking_takes(30);
    let throttled = Stage::knowing(|_| Arc::new(Stubborn::Throttled));
    throttled.answers("1", Some(Answers::Forgets));
    for (what, stage, until) in
        [("the account rests", &paused, 700), ("the claim is nearly over", &late, 130), ("throttled", &throttled, 400)]
    {
        let album = album(stage, 1).await;
        stage.dispatch.step().await.unwrap();
        let now = stage.now(&album);
        assert_eq!((now.state.as_str(), now.available_at, now.renewed.len()), ("queued", at(until), 0), "{what}");
    }
}
