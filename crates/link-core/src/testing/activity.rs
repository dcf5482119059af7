//! What every activity log must do.

use chrono::DateTime;

use super::owners::{at, owner, sees_all, sees_nothing, someone};
use crate::words::activity::chain::{ChainHead, ChainState};
use crate::words::activity::{Activity, ActivityLog, Kind};
use crate::words::error::{ErrorKind, Result};
use crate::words::feed::Position;
use crate::words::page::{Cursor, PageQuery};
use crate::words::view::{Behalf, Viewer};

/// Runs the suite on an empty log.
///
/// # Panics
///
/// When the log does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn activity_log(log: &dyn ActivityLog) -> Result<()> {
    pages_tell_each_act_once_newest_first(log).await?;
    a_view_shows_its_owners_acts_only(log).await?;
    a_foreign_cursor_is_refused(log).await?;
    a_kind_of_acts_can_be_looked_for(log).await?;
    our_own_work_reads_on_where_it_stopped(log).await?;
    each_owner_has_a_chain_that_holds(log).await?;
    a_head_that_the_chain_never_had_shows(log).await?;
    erasing_somebody_leaves_their_acts_and_the_chain(log).await
}

fn act(name: &str, second: i64) -> Activity {
    let viewer = Viewer::new(owner(name), someone()).from_place("Leeds").with_device("phone").with_address([192, 0, 2, 7].into());
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

/// Whoever looks for refusals finds those of their owner, and nothing else.
async fn a_kind_of_acts_can_be_looked_for(log: &dyn ActivityLog) -> Result<()> {
    let viewer = Viewer::new(owner("kinds"), someone());
    let refused = Activity::of(&viewer, "message.refused", at(2)).on("messenger:100");
    let foreign = Activity::of(&Viewer::new(owner("kinds of theirs"), someone()), "message.refused", at(2));
    log.record(&[act("kinds", 1), refused.clone(), act("kinds", 3), foreign]).await?;
    let found = log.acts_of(&sees_all("kinds"), Kind::Refusal, &PageQuery::default()).await?;
    assert_eq!((found.items, found.next), (vec![refused], None), "an act of another kind or owner is shown, or one is missing");
    let found = log.acts_of(&sees_nothing("kinds"), Kind::Refusal, &PageQuery::default()).await?.items;
    assert!(found.is_empty(), "an empty view shows who was refused");
    Ok(())
}

/// Work that looks at every act misses none, sees none twice, and does not have to begin with the oldest.
async fn our_own_work_reads_on_where_it_stopped(log: &dyn ActivityLog) -> Result<()> {
    let long_ago = DateTime::UNIX_EPOCH;
    let mut end = Position(0);
    while let Some((last, _)) = log.since(end, long_ago, 3).await?.pop() {
        end = last;
    }
    // The one that was recorded first happened last.
    let late = act("later", 1_000_000);
    log.record(&[late.clone(), act("later", 7)]).await?;
    log.record(&[act("later still", 8)]).await?;
    let read = log.since(end, long_ago, 2).await?;
    let acts: Vec<_> = read.iter().map(|(_, act)| act.clone()).collect();
    assert_eq!(acts, [late.clone(), act("later", 7)], "acts come in another order than they were recorded in");
    let rest = log.since(read[1].0, long_ago, 500).await?;
    assert_eq!(rest.into_iter().map(|(_, act)| act).collect::<Vec<_>>(), [act("later still", 8)], "an act is lost or comes twice");
    let recent = log.since(end, late.at, 500).await?;
    assert_eq!(recent.into_iter().map(|(_, act)| act).collect::<Vec<_>>(), [late], "what is too old is read, or what is not is not");
    Ok(())
}

/// What an owner's acts are does not change another owner's chain, and what was recorded holds.
async fn each_owner_has_a_chain_that_holds(log: &dyn ActivityLog) -> Result<()> {
    let (ours, theirs) = (sees_all("chained"), sees_all("chained too"));
    assert_eq!(log.head(&ours).await?, ChainHead::EMPTY, "an owner without acts has a chain");
    assert!(log.verify(&ours, &ChainHead::EMPTY).await?.is_intact(), "a chain without acts is taken for a broken one");
    log.record(&[act("chained", 1), act("chained too", 1), act("chained", 1)]).await?;
    let (head, foreign) = (log.head(&ours).await?, log.head(&theirs).await?);
    assert_eq!((head.seq, foreign.seq), (2, 1), "acts of two owners are one chain");
    log.record(&[]).await?;
    log.record(&[act("chained", 0)]).await?;
    assert_eq!((log.head(&ours).await?.seq, log.head(&theirs).await?), (3, foreign), "the end of a chain is somewhere else");
    for known in [ChainHead::EMPTY, head, log.head(&ours).await?] {
        let report = log.verify(&ours, &known).await?;
        assert_eq!((report.state, report.acts, report.erased), (ChainState::Intact, 3, 0), "what was recorded does not hold");
    }
    let empty = log.verify(&sees_nothing("chained"), &ChainHead::EMPTY).await?;
    assert_eq!((empty.acts, log.head(&sees_nothing("chained")).await?), (0, ChainHead::EMPTY), "an empty view shows how much was done");
    Ok(())
}

/// An owner whose record was cut off or written anew is told so.
async fn a_head_that_the_chain_never_had_shows(log: &dyn ActivityLog) -> Result<()> {
    log.record(&[act("known", 1), act("known", 2)]).await?;
    let head = log.head(&sees_all("known")).await?;
    let longer = ChainHead { seq: 5, ..head };
    let state = log.verify(&sees_all("known"), &longer).await?.state;
    assert_eq!(state, ChainState::TailCut { kept: 2, expected: 5 }, "a tail that is missing does not show");
    let other = ChainHead { seq: 1, ..head };
    let state = log.verify(&sees_all("known"), &other).await?.state;
    assert_eq!(state, ChainState::Broken { at: 1 }, "a record that was written anew does not show");
    Ok(())
}

/// Somebody who left is erased; what was done stays, and so do others, even those of the same name elsewhere.
async fn erasing_somebody_leaves_their_acts_and_the_chain(log: &dyn ActivityLog) -> Result<()> {
    let other = Viewer::new(owner("erasing"), "another".parse().unwrap());
    let about = Activity::system(owner("erasing"), "watch", "access.new_place", at(4)).about(someone());
    log.record(&[act("erasing", 1), Activity::of(&other, "setup.begin", at(2)), act("erasing", 3), about.clone()]).await?;
    log.record(&[act("not erasing", 1)]).await?;
    let head = log.head(&sees_all("erasing")).await?;
    assert_eq!(log.forget_actor(&owner("erasing"), &someone()).await?, 3, "acts by or about somebody are left, or others are gone");
    assert_eq!(log.forget_actor(&owner("erasing"), &someone()).await?, 0, "somebody is erased twice");

    let acts = log.acts(&sees_all("erasing"), &PageQuery::default()).await?.items;
    let by: Vec<_> = acts.iter().map(|act| (act.act.as_str(), act.by.clone())).collect();
    let another = Behalf::Actor(other.actor);
    let expected = [
        ("access.new_place", Behalf::Erased),
        ("setup.confirm", Behalf::Erased),
        ("setup.begin", another),
        ("setup.confirm", Behalf::Erased),
    ];
    assert_eq!(by, expected, "an act is gone with who did it, or somebody else is");
    assert!(!format!("{acts:?}").contains("someone") && !format!("{acts:?}").contains("Leeds"), "somebody is erased and still there");
    assert_eq!(acts[1].target.as_deref(), Some("3"), "nobody knows any more what was done");
    let report = log.verify(&sees_all("erasing"), &head).await?;
    assert_eq!((report.state, report.acts, report.erased), (ChainState::Intact, 4, 3), "erasing somebody broke the record");
    log.record(&[act("erasing", 9)]).await?;
    assert!(log.verify(&sees_all("erasing"), &head).await?.is_intact(), "nothing can be recorded after somebody was erased");
    let theirs = log.acts(&sees_all("not erasing"), &PageQuery::default()).await?.items;
    assert_eq!(theirs, [act("not erasing", 1)], "somebody of another owner is erased");
    Ok(())
}
