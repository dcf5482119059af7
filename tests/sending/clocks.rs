//! A machine whose clock is wrong.

use chrono::TimeDelta;
use serde_json::json;

use crate::stage::Stage;
use crate::{ada, answer, asked, assert_refused, eve, is_window, next_send, now, pending, talk};

/// The machine's clock is wrong by so much from now on; Meta was called since, so that it can be known.
async fn off_by(span: TimeDelta) -> Stage {
    let stage = asked().await;
    stage.clock.pass(span);
    answer(&stage, &ada(&stage), "One moment.", "first").await.unwrap();
    stage.settle().await;
    stage
}

/// If this failed, a shop whose machine is an hour fast would be refused what Meta still takes, and one that is slow would be refused by Meta.
#[tokio::test]
async fn the_window_closes_by_the_platforms_clock() {
    for wrong in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        let stage = off_by(wrong).await;
        stage.pass(TimeDelta::minutes(23 * 60 + 30)).await;
        let open = answer(&stage, &ada(&stage), "Here it is.", "second").await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &open).await.state.as_str(), "sent", "{wrong}");
        stage.pass(TimeDelta::minutes(45)).await;
        assert_refused(&stage, answer(&stage, &ada(&stage), "And this.", "third").await, is_window).await;
    }
}

/// If this failed, an echo would stand beside its own wish because the two clocks do not agree.
#[tokio::test]
async fn an_echo_is_found_though_the_clocks_disagree() {
    for wrong in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        let stage = off_by(wrong).await;
        next_send(&stage, json!({"after_effect": true})).await;
        let intent = answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &intent).await.state.as_str(), "unknown");
        let (shown, rows) = (pending(&stage, &eve(&stage)).await, talk(&stage, &eve(&stage)).await);
        assert_eq!((shown.len(), &shown[0].inferred), (1, &Some(rows[1].key.clone())), "{wrong}");
    }
}
