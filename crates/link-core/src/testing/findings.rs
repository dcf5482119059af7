//! What every store of findings must do.

use super::links::link;
use super::owners::{at, owner, page, professional, sees_all, sees_nothing};
use crate::linking::accessibility::{Finding, FindingChange, FindingStore, examined};
use crate::linking::store::SetupStore;
use crate::words::error::{Remedy, Result, Who};
use crate::words::feed::Feed;
use crate::words::finding::{Cause, Severity, Subject};
use crate::words::ids::PersonId;
use crate::words::platform::Road;
use crate::words::view::Accounts;

static LOST: Cause = Cause::new("lost", Severity::Blocks, "it is lost", &[Remedy::new(Who::Owner, "find it")]);
static WORN: Cause = Cause::new("worn", Severity::Warns, "it is worn", &[Remedy::new(Who::Owner, "mend it")]);

/// Runs the suite on an empty store, with the feed and the store of setups beside it; setups make the links by which accounts are reached.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn finding_store(store: &dyn FindingStore, feed: &dyn Feed, setups: &dyn SetupStore) -> Result<()> {
    for name in ["mine", "yours"] {
        assert!(store.findings(&sees_all(name)).await?.is_empty(), "an owner of whom nothing was found has findings");
    }
    what_is_found_stands_until_it_is_gone(store, feed).await?;
    each_person_and_road_has_its_own(store, feed).await?;
    a_view_shows_what_touches_its_accounts(store, setups).await
}

async fn what_is_found_stands_until_it_is_gone(store: &dyn FindingStore, feed: &dyn Feed) -> Result<()> {
    let before = feed.end().await?;
    let checks = [LOST.found().at(page()), WORN.found().at(professional()), WORN.found()];
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &checks, at(1))).await?;
    assert_eq!(feed.end().await?.0, before.0 + 3, "what was found is not told, or not once");

    let all = store.findings(&sees_all("mine")).await?;
    assert_eq!(all.len(), 3, "a finding is lost");
    assert_eq!((all[0].code.as_str(), all[0].since), ("lost", at(1)), "the worst is not the first, or its time is another one");
    assert!(store.findings(&sees_all("yours")).await?.is_empty(), "an owner sees what another one suffers from");
    assert!(store.findings(&sees_nothing("mine")).await?.is_empty(), "somebody without rights sees findings");

    store.update(&owner("yours"), &|stored| examined(&owner("yours"), stored, &checks, at(2))).await?;
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &[LOST.absent().at(page())], at(3))).await?;
    assert_eq!(store.findings(&sees_all("mine")).await?.len(), 2, "what is mended still stands");
    assert_eq!(store.findings(&sees_all("yours")).await?.len(), 3, "what one owner mended is gone at another one");
    store.update(&owner("mine"), &|_| examined(&owner("mine"), &[], &[], at(4))).await?;
    assert!(store.findings(&sees_all("mine")).await?.is_empty(), "what a step leaves out stands for ever");
    Ok(())
}

fn of(road: Road, person: &str) -> Subject {
    Subject::person(road, PersonId::new(person).unwrap())
}

/// One cause of two people, of one person on two roads, of a road and of the whole program: none stands in another one's place.
async fn each_person_and_road_has_its_own(store: &dyn FindingStore, feed: &dyn Feed) -> Result<()> {
    let subjects = [
        Subject::Program,
        Subject::road(Road::FACEBOOK),
        Subject::road(Road::INSTAGRAM),
        of(Road::FACEBOOK, "p"),
        of(Road::FACEBOOK, "q"),
        of(Road::INSTAGRAM, "p"),
    ];
    let mut checks: Vec<_> = subjects.iter().map(|subject| LOST.found().of(subject.clone())).collect();
    checks.extend([Road::FACEBOOK, Road::INSTAGRAM].map(|road| WORN.found().at(page()).of(Subject::road(road))));
    let before = feed.end().await?;
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &checks, at(5))).await?;
    assert_eq!(feed.end().await?.0, before.0 + 8, "what was found of one person or road is not told, or not once");
    let mut kept: Vec<_> = store.findings(&sees_all("mine")).await?.into_iter().map(|found| (found.account, found.subject)).collect();
    let mut found: Vec<_> = checks.iter().map(|check| (check.account.clone(), check.subject.clone())).collect();
    kept.sort();
    found.sort();
    assert_eq!(kept, found, "of two people, or by two roads, one finding stands for both, or is another one's");

    let gone = [LOST.absent().of(of(Road::FACEBOOK, "q"))];
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &gone, at(6))).await?;
    let left = store.findings(&sees_all("mine")).await?;
    let is_left = |subject: &Subject| left.iter().any(|finding| finding.account.is_none() && finding.subject == *subject);
    assert!(!is_left(&of(Road::FACEBOOK, "q")), "what one person mended still stands");
    assert_eq!((left.len(), is_left(&of(Road::FACEBOOK, "p"))), (7, true), "what one person mended is gone at another one");
    Ok(())
}

/// Somebody who may see one account learns what touches it, and nothing of other accounts, other roads or other people.
async fn a_view_shows_what_touches_its_accounts(store: &dyn FindingStore, setups: &dyn SetupStore) -> Result<()> {
    let checks = [LOST.found().at(professional()).of(Subject::road(Road::FACEBOOK)), LOST.found().of(of(Road::FACEBOOK, "q"))];
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &checks, at(7))).await?;
    let of_page = sees_all("mine").with_accounts(Accounts::Only([page()].into()));
    let seen = async || {
        let findings = store.findings(&of_page).await?;
        Result::Ok(findings.into_iter().map(|finding| (finding.account, finding.subject)).collect::<std::collections::BTreeSet<_>>())
    };
    let of_its_own = [Road::FACEBOOK, Road::INSTAGRAM].map(|road| (Some(page()), Subject::road(road)));
    let unlinked = of_its_own.into_iter().chain([(None, Subject::Program)]).collect();
    assert_eq!(
        seen().await?,
        unlinked,
        "before anything is linked, a view shows what is of people whom its accounts have nothing to do with"
    );

    // Another owner's connections, under the same ids, reach nothing of this one's.
    link(setups, "yours", 8).await?;
    assert_eq!(seen().await?, unlinked, "another owner's link shows what is of this one's people");
    // Both accounts are authorised by p, on the road of Facebook Login.
    link(setups, "mine", 9).await?;
    let mut linked = unlinked;
    linked.extend([(None, Subject::road(Road::FACEBOOK)), (None, of(Road::FACEBOOK, "p"))]);
    assert_eq!(seen().await?, linked, "a view does not show what touches its account, or shows what does not");
    // What an older program left may be anybody's.
    let left = Finding { subject: Subject::Untold, ..Finding::of(&LOST.found(), at(10)) };
    let with_it = |stored: &[Finding]| FindingChange { findings: [stored, std::slice::from_ref(&left)].concat(), happenings: Vec::new() };
    store.update(&owner("mine"), &with_it).await?;
    assert_eq!(seen().await?, linked, "a view of one account shows what may be anybody's");
    assert_eq!(store.findings(&sees_all("mine")).await?.len(), 10, "a view of everything hides something");
    Ok(())
}
