//! What the backfills do besides their suite.

use std::time::Duration;

use chrono::TimeDelta;
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Depth;
use link_core::words::view::Accounts;
use link_core::{AccountId, Road};
use link_sync::{Backfill, BackfillChange, BackfillState, BackfillStore as _};

use crate::fixture::{at, fresh, of, page, professional, sees_all, sees_nothing};

const LEASE: Duration = Duration::from_secs(60);

fn begun(name: &str, account: AccountId, second: i64) -> Backfill {
    Backfill::new(ConnectionKey { account: of(name, account), road: Road::FACEBOOK }, Depth::Newest(100), at(second))
}

/// Signing in again must not throw away how far the history was read; linking again after an unlink reads it anew.
#[tokio::test]
async fn a_connection_has_one_backfill() {
    let (_folder, sqlite) = fresh().await;
    let store = sqlite.backfills();
    assert!(store.begin(&begun("a", page(), 0)).await.unwrap());
    assert!(store.begin(&begun("b", page(), 0)).await.unwrap());
    let mut far = store.claim(at(1), LEASE).await.unwrap().unwrap();
    far.backfill.messages = 77;
    store.save(&far, &[]).await.unwrap();
    assert!(!store.begin(&begun("a", page(), 0)).await.unwrap());
    assert_eq!(store.backfills(&sees_all("a")).await.unwrap(), [far.backfill]);
    assert!(store.begin(&begun("a", page(), 5)).await.unwrap());
    let anew = store.backfills(&sees_all("a")).await.unwrap().remove(0);
    assert_eq!((anew.messages, anew.confirmed_at), (0, at(5)));
}

/// Two workers must not read the same page at once; and what a dead one held must be read after all.
#[tokio::test]
async fn a_claim_holds_until_it_is_saved_or_its_lease_ends() {
    let (_folder, sqlite) = fresh().await;
    let store = sqlite.backfills();
    store.begin(&begun("a", page(), 5)).await.unwrap();
    assert_eq!(store.claim(at(4), LEASE).await.unwrap(), None);
    assert_eq!(store.next_due().await.unwrap(), Some(at(5)));
    let mut held = store.claim(at(5), LEASE).await.unwrap().unwrap();
    assert_eq!(store.claim(at(6), LEASE).await.unwrap(), None);
    assert_eq!(store.next_due().await.unwrap(), Some(at(5) + TimeDelta::seconds(60)));
    assert!(store.claim(at(65), LEASE).await.unwrap().is_some());
    held.backfill.state = BackfillState::Waiting { until: at(70) };
    assert!(!store.save(&held, &[]).await.unwrap(), "whose lease ended writes over what the next one does");
    let mut held = store.claim(at(126), LEASE).await.unwrap().unwrap();
    held.backfill.state = BackfillState::Waiting { until: at(130) };
    assert!(store.save(&held, &[]).await.unwrap());
    assert_eq!(store.claim(at(129), LEASE).await.unwrap(), None);
    assert_eq!(store.claim(at(130), LEASE).await.unwrap().unwrap().backfill, held.backfill);
}

/// What is done or stopped must not be asked for again, and must still be seen.
#[tokio::test]
async fn what_ended_is_never_claimed() {
    let (_folder, sqlite) = fresh().await;
    let store = sqlite.backfills();
    for (name, state) in [("a", BackfillState::Done), ("b", BackfillState::Stopped { cause: "no permission".to_owned() })] {
        let mut ended = begun(name, page(), 0);
        store.begin(&ended).await.unwrap();
        ended.state = state;
        store.change(&ended.connection, &[], &|_, _| Some(BackfillChange::new(ended.clone()))).await.unwrap();
        assert_eq!(store.backfills(&sees_all(name)).await.unwrap(), [ended]);
    }
    assert_eq!(store.claim(at(1_000), LEASE).await.unwrap(), None);
    assert_eq!(store.next_due().await.unwrap(), None);
}

/// Somebody must see how far the history of their accounts is, and of no others.
#[tokio::test]
async fn a_view_shows_what_it_names() {
    let (_folder, sqlite) = fresh().await;
    let store = sqlite.backfills();
    store.begin(&begun("a", page(), 0)).await.unwrap();
    store.begin(&begun("a", professional(), 0)).await.unwrap();
    let one = sees_all("a").with_accounts(Accounts::Only([page()].into()));
    assert_eq!(store.backfills(&one).await.unwrap(), [begun("a", page(), 0)]);
    assert!(store.backfills(&sees_nothing("a")).await.unwrap().is_empty());
    assert!(store.backfills(&sees_all("b")).await.unwrap().is_empty());
}
