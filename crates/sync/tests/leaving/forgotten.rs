//! Files that the platform forgot before their time.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::error::Result;
use link_core::words::ids::IntentId;
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outgoing};
use link_core::words::work::{Next, Work};
use link_sync::{Facts, Intent, Knowledge, Priority, Refused};

use crate::stage::{ANEW, Answers, Hand, Stage, uploaded};

/// Uploads one file anew, which takes a while.
struct Slow(Arc<Hand>, TimeDelta);

#[async_trait]
impl Knowledge for Slow {
    async fn facts(&self, _: &ConnectionKey, _: &Outgoing, _: Option<IntentId>, _: DateTime<Utc>) -> Result<Facts> {
        Ok(Facts::default())
    }

    async fn refused(&self, refused: &Refused) -> Result<Option<Outgoing>> {
        *self.0.0.lock().unwrap() += self.1;
        let mut old = uploaded(&refused.outgoing.body).filter(|id| !refused.renewed.contains(*id));
        let Some(old) = old.next() else { return Ok(None) };
        let anew = |id: &str| if id == old.as_str() { format!("{ANEW}{id}") } else { id.to_owned() };
        let media = uploaded(&refused.outgoing.body).map(|id| picture(&anew(id.as_str())));
        let mut outgoing = refused.outgoing.clone();
        outgoing.body = Body::Attachments(media.collect());
        Ok(Some(outgoing))
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
