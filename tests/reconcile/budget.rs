//! The budget is asked for each call.

use chrono::TimeDelta;

use crate::stage::{PAGE, Stage, page};
use crate::{compared, nobody_delivers, open_shop, reads, texts};

#[tokio::test]
async fn however_much_was_missed_the_platform_is_asked_no_faster_than_it_allows() {
    let stage = open_shop(Stage::set().limit("conversations_per_second", 2)).await;
    nobody_delivers(&stage).await;
    for n in 1..=330 {
        stage.meta.customer_writes("c1", PAGE, &format!("number {n}")).await.unwrap();
        stage.pass(TimeDelta::seconds(2)).await;
    }
    stage.meta.clear_faults().await.unwrap();
    let again = stage.another_kit().await;
    for seconds in 0..30 {
        let before = reads(&stage).await;
        again.drain().await.unwrap();
        // Two accounts are compared, each with a budget of its own.
        assert!(reads(&stage).await - before <= 4, "the platform is asked too fast in second {seconds}");
        if !compared(&again, &stage, &page()).await.is_waiting() {
            break;
        }
        stage.pass(TimeDelta::seconds(1)).await;
    }
    let row = compared(&again, &stage, &page()).await;
    assert_eq!((row.filled, row.beyond, row.is_waiting()), (330, 0, false), "{row:?}");
    assert!(row.calls >= 5, "the story needs more calls than a second allows: {row:?}");
    let throttled = stage.calls("GET", "").await.into_iter().filter(|call| call["status"] == 400 || call["status"] == 429).count();
    assert_eq!(throttled, 0, "Meta had to say that it is too fast");
    assert_eq!(texts(&again, &stage).await.len(), 331);
}
