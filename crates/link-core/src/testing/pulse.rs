//! What every store of the pulse must do.

use chrono::TimeDelta;

use super::owners::{at, of, page, professional, sees_all, sees_nothing};
use crate::words::error::Result;
use crate::words::pulse::{Heard, Pulse};

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn pulse(store: &dyn Pulse) -> Result<()> {
    assert_eq!(store.last_received().await?, None, "something was received before anything was");
    let heard = |name: &str, field: &str, second: i64| Heard::new(of(name, page()), field, at(second), at(second + 1));
    store.note(&[heard("mine", "messages", 5), heard("mine", "message_reads", 9), heard("yours", "messages", 7)], 2, at(10)).await?;
    store.note(&[heard("mine", "messages", 3)], 0, at(11)).await?;
    let seen = store.heard(&sees_all("mine")).await?;
    assert_eq!(seen.len(), 2, "an owner sees too much, or a field is lost");
    let messages = seen.iter().find(|heard| heard.field == "messages").map(|heard| heard.at);
    assert_eq!(messages, Some(at(5)), "something that came late throws the pulse back");
    assert!(store.heard(&sees_nothing("mine")).await?.is_empty(), "somebody without rights sees the pulse");
    assert_eq!(store.last_received().await?, Some(at(10)), "the last of all is not the last");

    store.note(&[Heard::new(of("mine", professional()), "messages", at(20), at(20))], 3, at(20)).await?;
    let away = store.turned_away(at(0)).await?;
    assert_eq!((away.count, away.last_at), (5, Some(at(20))), "strangers are not counted");
    assert!(away.first_at.is_some_and(|first| first <= at(10)), "the first stranger came later than he came");
    assert_eq!(store.turned_away(at(20) + TimeDelta::hours(2)).await?.count, 0, "what is long ago still counts");
    Ok(())
}
