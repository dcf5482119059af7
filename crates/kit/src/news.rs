//! The feed as a stream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::unfold;
use link_core::linking::accessibility;
use link_core::linking::connection::Connection;
use link_core::linking::store::LinkStore;
use link_core::words::feed::{Feed, FeedQuery, Happening, Position, What};
use link_core::words::view::{Accounts, View};
use tokio::sync::watch;

use crate::problem::Problem;

/// How many happenings are read at once.
const BATCH: u32 = 200;
/// How long to sleep without looking: another process may have written.
const LONGEST: Duration = Duration::from_secs(1);

struct Reading {
    feed: Arc<dyn Feed>,
    links: Arc<dyn LinkStore>,
    view: View,
    rung: watch::Receiver<u64>,
    after: Position,
    ready: VecDeque<(Position, Happening)>,
}

/// Everything that happens after a place and that the view shows, in order. It ends only with an error, and can then be begun again
/// behind the last place.
pub(crate) fn news(
    (feed, links): (Arc<dyn Feed>, Arc<dyn LinkStore>),
    view: View,
    rung: watch::Receiver<u64>,
    after: Position,
) -> impl Stream<Item = Result<(Position, Happening), Problem>> + Send + 'static {
    let reading = Reading { feed, links, view, rung, after, ready: VecDeque::new() };
    unfold(Some(reading), |reading| async {
        let mut reading = reading?;
        match reading.next().await {
            Ok(next) => Some((Ok(next), Some(reading))),
            Err(problem) => Some((Err(problem), None)),
        }
    })
}

impl Reading {
    async fn next(&mut self) -> Result<(Position, Happening), Problem> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Ok(next);
            }
            self.rung.mark_unchanged();
            let read = self.feed.read(&FeedQuery { after: self.after, limit: BATCH }).await?;
            let Some((last, _)) = read.last() else {
                self.sleep().await;
                continue;
            };
            self.after = *last;
            let view = &self.view;
            let reached = if read.iter().any(|(_, happening)| asks_whose(view, happening)) {
                self.links.connections(view).await?
            } else {
                Vec::new()
            };
            self.ready.extend(read.into_iter().filter(|(_, happening)| shows(view, &reached, happening)));
        }
    }

    async fn sleep(&mut self) {
        tokio::select! {
            _ = self.rung.changed() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    }
}

/// Whether it depends on the connections that the view shows, which are read only then.
fn asks_whose(view: &View, happening: &Happening) -> bool {
    let of_nobody = happening.account.is_none() && matches!(happening.what, What::FindingChanged { .. });
    of_nobody && happening.owner == view.owner && view.accounts != Accounts::All
}

fn shows(view: &View, reached: &[Connection], happening: &Happening) -> bool {
    happening.owner == view.owner
        && !view.is_empty()
        && match (&happening.account, &happening.what) {
            (None, What::FindingChanged { subject, .. }) => accessibility::shows(view, reached, None, subject),
            (None, _) => true,
            (Some(account), _) => view.shows(account),
        }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use link_core::linking::connection::ConnectionKey;
    use link_core::words::finding::{Severity, Subject};
    use link_core::{AccountId, AccountKey, LinkId, OwnerId, PersonId, Road};

    use super::*;

    fn told(subject: Subject) -> Happening {
        let what = What::FindingChanged { code: "lost".to_owned(), severity: Severity::Blocks, stands: true, subject };
        Happening::new(OwnerId::new("o").unwrap(), None, what, DateTime::<Utc>::UNIX_EPOCH)
    }

    /// Or whoever may see one account is told of the tokens of people who have nothing to do with it.
    #[test]
    fn what_is_found_of_somebody_is_told_to_whoever_sees_an_account_of_theirs() {
        let (owner, page): (OwnerId, AccountId) = (OwnerId::new("o").unwrap(), "messenger:1".parse().unwrap());
        let key = ConnectionKey { account: AccountKey::new(owner.clone(), page.clone()), road: Road::FACEBOOK };
        let [ada, bo] = ["ada", "bo"].map(|person| PersonId::new(person).unwrap());
        let link: LinkId = "00000000-0000-0000-0000-000000000000".parse().unwrap();
        let reached = [Connection::new(key, link, ada.clone(), "Shop", DateTime::<Utc>::UNIX_EPOCH)];
        let one = View::everything(owner, "kim".parse().unwrap()).with_accounts(Accounts::Only([page].into()));
        let [hers, his] = [ada, bo].map(|person| told(Subject::person(Road::FACEBOOK, person)));
        assert!(asks_whose(&one, &hers) && shows(&one, &reached, &hers));
        assert!(!shows(&one, &reached, &his));
        let all = one.clone().with_accounts(Accounts::All);
        assert!(!asks_whose(&all, &his) && shows(&all, &[], &his));
    }
}
