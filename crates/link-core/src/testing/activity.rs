//! What every activity log must do.

use super::owners::{at, owner, sees_all, sees_nothing, someone};
use crate::words::activity::{Activity, ActivityLog};
use crate::words::error::{ErrorKind, Result};
use crate::words::page::{Cursor, PageQuery};
use crate::words::view::Viewer;

/// Runs the suite on an empty log.
///
/// # Panics
///
/// When the log does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn activity_log(log: &dyn ActivityLog) -> Result<()> {
    pages_tell_each_act_once_newest_first(log).await?;
    a_view_shows_its_owners_acts_only(log).await?;
    a_foreign_cursor_is_refused(log).await
}

fn act(name: &str, second: i64) -> Activity {
    let viewer = Viewer::new(owner(name), someone()).from_place("192.0.2.7");
    Activity::of(&viewer, "setup.confirm", at(second)).on(second)
}

/// Pages neither repeat nor skip an act, though several happened at the same time and one came late.
async fn pages_tell_each_act_once_newest_first(log: &dyn ActivityLog) -> Result<()> {
    log.record(&[act("mine", 5), act("mine", 5), act("mine", 9)]).await?;
    log.record(&[act("theirs", 6), act("mine", 1)]).await?;
    let expected = [act("mine", 9), act("mine", 5), act("mine", 5), act("mine", 1)];
    let (mut seen, mut query) = (Vec::new(), PageQuery::first(1));
    loop {
        let page = log.acts(&sees_all("mine"), &query).await?;
        seen.extend(page.items);
        assert!(seen.len() <= expected.len(), "somebody who turns the pages never comes to the last");
        let Some(next) = page.next else { break };
        query = PageQuery::first(1).after(next);
    }
    assert_eq!(seen, expected, "pages lose, repeat, change or misplace acts, or show another owner's");
    Ok(())
}

/// Somebody without rights, or of another owner, does not learn who did what.
async fn a_view_shows_its_owners_acts_only(log: &dyn ActivityLog) -> Result<()> {
    log.record(&[act("seen", 1)]).await?;
    log.record(&[Activity::system(owner("seen"), "retention", "message.erase", at(2))]).await?;
    let acts = log.acts(&sees_all("unheard-of"), &PageQuery::default()).await?.items;
    assert!(acts.is_empty(), "an owner reads what was done for another");
    let acts = log.acts(&sees_nothing("seen"), &PageQuery::default()).await?.items;
    assert!(acts.is_empty(), "an empty view shows who did what");
    let acts = log.acts(&sees_all("seen"), &PageQuery::default()).await?.items;
    assert_eq!(acts.len(), 2, "what our own work did is not told to the owner");
    Ok(())
}

/// A cursor of somebody else's making is an error and not somebody else's page.
async fn a_foreign_cursor_is_refused(log: &dyn ActivityLog) -> Result<()> {
    let query = PageQuery::default().after(Cursor::new("1 OR 1=1"));
    let refused = log.acts(&sees_all("mine"), &query).await.map_err(|error| error.kind());
    assert_eq!(refused, Err(ErrorKind::Invalid), "a cursor that the log never gave leads somewhere");
    Ok(())
}
