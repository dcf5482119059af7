use link_core::words::activity::{Activity, ActivityLog};
use link_core::words::page::{Cursor, PageQuery};
use link_core::words::view::Viewer;
use link_core::{ActorId, ErrorKind};

use crate::fixture::{at, owner, sees_all, sees_nothing};

fn act(name: &str, second: i64) -> Activity {
    let viewer = Viewer::new(owner(name), ActorId::new("someone").unwrap()).from_place("192.0.2.7");
    Activity::of(&viewer, "setup.confirm", at(second)).on(second)
}

/// Pages must neither repeat nor skip an act, though several happened at the same time and one came late.
async fn pages_tell_each_act_once_newest_first(log: &dyn ActivityLog) {
    log.record(&[act("a", 5), act("a", 5), act("a", 9)]).await.unwrap();
    log.record(&[act("b", 6), act("a", 1)]).await.unwrap();
    let (mut seen, mut query) = (Vec::new(), PageQuery::first(1));
    loop {
        let page = log.acts(&sees_all("a"), &query).await.unwrap();
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        query = PageQuery::first(1).after(next);
    }
    assert_eq!(seen, [act("a", 9), act("a", 5), act("a", 5), act("a", 1)]);
}

/// Somebody without rights, or of another owner, must not learn who did what.
async fn a_view_shows_its_owners_acts_only(log: &dyn ActivityLog) {
    log.record(&[act("a", 1)]).await.unwrap();
    log.record(&[Activity::system(owner("a"), "retention", "message.erase", at(2))]).await.unwrap();
    assert!(log.acts(&sees_all("b"), &PageQuery::default()).await.unwrap().items.is_empty());
    assert!(log.acts(&sees_nothing("a"), &PageQuery::default()).await.unwrap().items.is_empty());
    assert_eq!(log.acts(&sees_all("a"), &PageQuery::default()).await.unwrap().items.len(), 2);
}

/// A cursor of somebody else's making is an error and not somebody else's page.
async fn a_foreign_cursor_is_refused(log: &dyn ActivityLog) {
    let query = PageQuery::default().after(Cursor::new("1 OR 1=1"));
    assert_eq!(log.acts(&sees_all("a"), &query).await.unwrap_err().kind(), ErrorKind::Invalid);
}

on_sqlite!(activity: pages_tell_each_act_once_newest_first a_view_shows_its_owners_acts_only a_foreign_cursor_is_refused);
