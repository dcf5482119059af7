//! What is stored of somebody does not read.

use link_sync::{BackfillState, BackfillStore as _, ReadingState};

use crate::archive::{Archive, NOW, Oddity, Talk};
use crate::desk::Desk;

/// Or the reading stops at the same page for good, and nobody's history behind it is ever here.
#[tokio::test]
async fn a_conversation_that_does_not_read_is_given_up_and_everybody_elses_is_read() {
    let talks = (0..120).map(|n| Talk::new(format!("p{n}"), if n == 3 { 150 } else { 5 }, NOW - 1_000 - n)).collect();
    let desk = Desk::of(Archive::new(talks, Oddity::None)).spoiling("p3");
    let backfill = desk.read().await;
    assert_eq!(backfill.state, BackfillState::Done);
    let of_others: Vec<String> = desk.archive.shown().into_iter().filter(|text| !text.starts_with("p3 ")).collect();
    assert_eq!(desk.here(), of_others);
    let reading = desk.store.readings(&desk.key(), &["p3".parse().unwrap()]).await.unwrap().remove(0);
    assert_eq!(reading.state, ReadingState::GivenUp, "what is missing is called read");
}
