//! What every store of findings must do.

use super::owners::{at, owner, page, professional, sees_all, sees_nothing};
use crate::linking::accessibility::{FindingStore, examined};
use crate::words::error::{Remedy, Result, Who};
use crate::words::feed::Feed;
use crate::words::finding::{Cause, Severity};
use crate::words::view::Accounts;

static LOST: Cause = Cause::new("lost", Severity::Blocks, "it is lost", &[Remedy::new(Who::Owner, "find it")]);
static WORN: Cause = Cause::new("worn", Severity::Warns, "it is worn", &[Remedy::new(Who::Owner, "mend it")]);

/// Runs the suite on an empty store, whose feed this is.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
pub async fn finding_store(store: &dyn FindingStore, feed: &dyn Feed) -> Result<()> {
    for name in ["mine", "yours"] {
        assert!(store.findings(&sees_all(name)).await?.is_empty(), "an owner of whom nothing was found has findings");
    }
    let before = feed.end().await?;
    let checks = [LOST.found().at(page()), WORN.found().at(professional()), WORN.found()];
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &checks, at(1))).await?;
    assert_eq!(feed.end().await?.0, before.0 + 3, "what was found is not told, or not once");

    let all = store.findings(&sees_all("mine")).await?;
    assert_eq!(all.len(), 3, "a finding is lost");
    assert_eq!((all[0].code.as_str(), all[0].since), ("lost", at(1)), "the worst is not the first, or its time is another one");
    assert!(store.findings(&sees_all("yours")).await?.is_empty(), "an owner sees what another one suffers from");
    assert!(store.findings(&sees_nothing("mine")).await?.is_empty(), "somebody without rights sees findings");
    let of_page = sees_all("mine").with_accounts(Accounts::Only([page()].into()));
    let seen: Vec<_> = store.findings(&of_page).await?.into_iter().map(|finding| finding.account).collect();
    assert_eq!(seen, [Some(page()), None], "a view of one account shows another one's findings, or hides what concerns all");

    store.update(&owner("yours"), &|stored| examined(&owner("yours"), stored, &checks, at(2))).await?;
    store.update(&owner("mine"), &|stored| examined(&owner("mine"), stored, &[LOST.absent().at(page())], at(3))).await?;
    assert_eq!(store.findings(&sees_all("mine")).await?.len(), 2, "what is mended still stands");
    assert_eq!(store.findings(&sees_all("yours")).await?.len(), 3, "what one owner mended is gone at another one");
    Ok(())
}
