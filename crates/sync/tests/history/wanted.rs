//! What the owner wants is read, and no more.

use link_core::linking::setup::{Depth, People, Synchronisation};
use link_sync::{BackfillState, BackfillStore as _};

use crate::archive::{Archive, NOW, Oddity, Talk};
use crate::desk::Desk;

const DAY: i64 = 86_400;

#[tokio::test]
async fn of_people_who_were_quiet_for_long_nothing_is_read_and_the_list_not_to_its_end() {
    let talks = (0..300).map(|n| Talk::new(format!("p{n}"), 2, NOW - n * DAY / 10)).collect();
    let wanted = Synchronisation::default().people(People::ActiveWithin(7));
    let desk = Desk::of(Archive::new(talks, Oddity::None)).wanting(wanted);
    let backfill = desk.read().await;
    assert_eq!((backfill.state.clone(), desk.archive.calls().len()), (BackfillState::Done, 2), "the whole list is read for a part of it");
    assert!(desk.conversation("p70").is_some() && desk.conversation("p71").is_none(), "a week has another length");
    assert_eq!(backfill.complete_as_of(), None, "who was left out is said to have written nothing");
}

#[tokio::test]
async fn nobodys_name_is_kept_if_the_owner_wants_none() {
    for profiles in [true, false] {
        let wanted = Synchronisation::default().profiles(profiles);
        let desk = Desk::of(Archive::new(vec![Talk::new("p", 1, NOW)], Oddity::None)).wanting(wanted);
        desk.read().await;
        let name = desk.conversation("p").unwrap().name.map(|name| name.value);
        assert_eq!(name, profiles.then(|| "Person p".to_owned()));
    }
}

#[tokio::test]
async fn whoever_wants_less_meanwhile_is_not_read_further() {
    let mut desk = Desk::of(Archive::new(vec![Talk::new("p", 900, NOW)], Oddity::None));
    desk.store.begin(&desk.backfill()).await.unwrap();
    link_core::words::work::Work::step(&desk.work()).await.unwrap();
    desk.wanted = desk.wanted.history(Depth::Newest(50));
    let backfill = desk.go_on().await;
    assert_eq!((backfill.state, desk.here().len(), desk.archive.calls().len()), (BackfillState::Done, 100, 1));
}
