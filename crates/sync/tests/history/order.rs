//! What is read first, and by how few calls.

use link_core::linking::setup::{Depth, Synchronisation};
use link_sync::{BackfillState, Progress};

use crate::archive::{Archive, NOW, Oddity, Talk};
use crate::desk::Desk;

fn talks(count: i64, messages: i64) -> Vec<Talk> {
    (0..count).map(|n| Talk::new(format!("p{n}"), messages, NOW - 1_000 - n * 1_000)).collect()
}

#[tokio::test]
async fn the_newest_conversation_is_read_first_and_the_list_before_all() {
    let desk = Desk::of(Archive::new(talks(3, 250), Oddity::None));
    desk.read().await;
    let calls = desk.archive.calls();
    assert_eq!(calls, ["list 100x100", "p0 100", "p0 100", "p1 100", "p1 100", "p2 100", "p2 100"], "an old conversation comes first");
}

#[tokio::test]
async fn no_call_is_made_that_the_platform_could_do_without() {
    let desk = Desk::of(Archive::new(talks(250, 130), Oddity::None));
    desk.read().await;
    // Three pages of conversations with a hundred messages each, and one page more of each conversation.
    assert_eq!((desk.archive.calls().len(), desk.here().len()), (3 + 250, 250 * 130));
    let newest = Desk::of(Archive::new(talks(250, 130), Oddity::None)).wanting(Synchronisation::default().history(Depth::Newest(100)));
    newest.read().await;
    assert_eq!((newest.archive.calls().len(), newest.here().len()), (3, 250 * 100));
    assert_eq!(newest.words("p0"), [("gap", None), ("complete", Some(NOW - 1_000 - 99 * 60))], "what was not wanted is called complete");
    let few = Desk::of(Archive::new(talks(1, 130), Oddity::None)).wanting(Synchronisation::default().history(Depth::Newest(110)));
    few.read().await;
    assert_eq!(few.archive.calls(), ["list 100x100", "p0 10"], "more is read than is wanted");
}

#[tokio::test]
async fn of_a_platform_that_shows_twenty_exactly_twenty_are_read_and_nothing_is_asked_in_vain() {
    for (messages, expected) in [(30, "beyond_limit"), (20, "complete"), (5, "complete")] {
        let desk = Desk::of_twenty(Archive::new(talks(150, messages), Oddity::None));
        let backfill = desk.read().await;
        assert_eq!(desk.archive.calls(), ["list 100x20", "list 100x20"], "{messages} messages");
        assert_eq!(desk.here(), desk.archive.shown());
        assert_eq!((desk.words("p7")[0].0, backfill.state), (expected, BackfillState::Done), "{messages} messages");
    }
}

#[tokio::test]
async fn progress_says_how_far_it_is_and_what_is_to_come() {
    use link_core::words::work::Work as _;
    use link_sync::BackfillStore as _;

    let desk = Desk::of(Archive::new(talks(4, 250), Oddity::None));
    let told = async || Progress::of(&desk.stands().await, &desk.tally().await);
    desk.store.begin(&desk.backfill()).await.unwrap();
    assert_eq!((told().await.done, told().await.expected), (0, None), "a number is told that nobody knows yet");
    desk.work().step().await.unwrap();
    let first = told().await;
    assert_eq!((first.done, first.expected, first.conversations, first.waiting), (400, Some(1_000), 4, 4));
    desk.work().step().await.unwrap();
    desk.work().step().await.unwrap();
    assert_eq!(told().await.waits, Some(link_sync::Waits::Budget), "nobody knows what it waits for");
    desk.go_on().await;
    let last = told().await;
    assert_eq!((last.done, last.expected, last.waiting, last.waits, last.per_minute), (1_000, Some(1_000), 0, None, None));
}
