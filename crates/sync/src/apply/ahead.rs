//! Making the next batch ready while one is written.

use std::future::poll_fn;
use std::task::Poll;

use futures::future::{OptionFuture, join};
use link_core::words::error::Result;

use super::Batch;
#[cfg(doc)]
use crate::applier::Applier;
use crate::piece::Fact;
use crate::store::MessageStore;

/// How many facts are told, or envelopes decoded, before others get on: some microseconds each.
pub(crate) const FEW: usize = 16;

/// Applies batches of facts in their order, each in one transaction; while one is written, the next is told, as the [`Applier`] does it. The first
/// error ends it: then what came before is applied, and nothing else.
pub async fn apply_all<B: AsRef<[Fact]>>(store: &dyn MessageStore, batches: impl IntoIterator<Item = B>) -> Result<()> {
    let mut batches = batches.into_iter();
    let mut told = async || OptionFuture::from(batches.next().map(async |facts| Batch::told(facts.as_ref()).await)).await;
    let mut next = told().await;
    while let Some(batch) = next {
        let (written, made) = join(batch.write(store), told()).await;
        written?;
        next = made;
    }
    Ok(())
}

impl Batch {
    /// The same as [`Batch::of`], a few facts at a time: what is awaited beside it goes on in between.
    pub(crate) async fn told(facts: &[Fact]) -> Self {
        let mut batch = Self::default();
        for few in facts.chunks(FEW) {
            batch.tell(few);
            let_others().await;
        }
        batch
    }
}

/// Lets what is awaited beside it go on.
pub(crate) async fn let_others() {
    let mut is_over = false;
    let once = poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    });
    once.await;
}
