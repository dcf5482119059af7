//! Story: tokens are looked after ahead of their end, whoever slept and whatever failed; and keys change without anybody noticing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "credentials/other_side.rs"]
mod other_side;
mod stage;

use std::sync::Arc;

use chrono::TimeDelta;
use link_core::linking::credential::{Credential, CredentialKey, CredentialStore as _, Holder, Sealed, SealedOtherwise};
use link_core::linking::vault::Vault;
use link_core::words::clock::SystemChance;
use link_kit::{Ending, ErrorKind, Health, KeyRing, Position, Road, Secret, What};

use other_side::{FIRST, Shop};
use stage::{SEALING_KEY, Stage, overheard};

/// The thresholds that were told, with the number of accounts each was told for.
fn warnings(told: &[link_kit::Happening]) -> Vec<(Ending, u16)> {
    let each = told.iter().filter_map(|happening| match &happening.what {
        What::CredentialExpiring { end, days, .. } => Some((*end, *days)),
        _ => None,
    });
    each.collect()
}

#[tokio::test]
async fn a_token_is_refreshed_about_its_thirtieth_day_and_the_account_gets_the_new_one() {
    overheard::listen();
    let shop = Shop::linked().await;
    shop.pass(TimeDelta::days(29)).await;
    assert_eq!(shop.grants.asked(), 0, "a token is refreshed before it is due");
    shop.pass(TimeDelta::days(4)).await;
    assert_eq!(shop.grants.asked(), 1, "a token is not refreshed, or twice: once for the person and once for the account");
    for key in [shop.person(), shop.account()] {
        let now = shop.vault.open(&key).await.unwrap().unwrap();
        assert_eq!(now.token.expose(), other_side::Played::given(1), "{key:?}");
        assert_eq!(now.expires_at, Some(shop.clock.time() + TimeDelta::days(60)), "{key:?}");
    }
    for _ in 0..40 {
        shop.pass(TimeDelta::days(5)).await;
    }
    assert!(shop.grants.asked() >= 5, "nobody refreshed again");
    assert!(warnings(&shop.told().await).is_empty(), "an owner is warned of what refreshes by itself");
    let (log, file) = (overheard::heard(), shop.dump());
    for token in [FIRST.to_owned(), other_side::Played::given(1), other_side::Played::given(2)] {
        assert!(!log.contains(&token), "a token is in the log");
        assert!(!file.contains(&token), "a token is in the file");
    }
    assert!(log.contains("a token was refreshed"), "nobody was overheard");
}

#[tokio::test]
async fn a_token_that_nothing_rests_on_is_left_to_end() {
    let shop = Shop::linked().await;
    let orphan = CredentialKey { owner: "bakery".parse().unwrap(), ..shop.person() };
    let now = shop.clock.time();
    let credential = Credential::new(Secret::new(FIRST)).issued(Some(now)).until(Some(now + TimeDelta::days(60)));
    shop.vault.keep(&orphan, &credential).await.unwrap();
    shop.pass(TimeDelta::days(34)).await;
    assert_eq!(shop.grants.asked(), 1, "the token of somebody who linked nothing is prolonged");
    assert_eq!(shop.vault.open(&orphan).await.unwrap().unwrap().token.expose(), FIRST);
}

#[tokio::test]
async fn an_owner_whose_rows_cannot_be_read_keeps_nobody_elses_token_from_being_refreshed() {
    let shop = Shop::linked().await;
    let theirs = CredentialKey { owner: "bakery".parse().unwrap(), ..shop.person() };
    shop.vault.keep(&theirs, &Credential::new(Secret::new("IGQ-of-the-bakery"))).await.unwrap();
    shop.break_a_row_of("bakery").await;
    shop.pass(TimeDelta::days(34)).await;
    assert_eq!(shop.grants.asked(), 1, "one broken row holds everybody up");
}

#[tokio::test]
async fn a_refresh_that_fails_is_tried_again_and_told_and_at_last_needs_the_person() {
    let shop = Shop::linked().await;
    shop.grants.fail_with(Some(ErrorKind::Unavailable));
    for _ in 0..59 {
        shop.pass(TimeDelta::days(1)).await;
    }
    assert!(shop.grants.asked() >= 20, "it was given up");
    let told = shop.told().await;
    let failing = told
        .iter()
        .filter(|happening| matches!(&happening.what, What::FindingChanged { code, stands: true, .. } if code == "token_refresh_failing"));
    assert_eq!(failing.count(), 1, "{told:?}");
    assert_eq!(warnings(&told), [(Ending::Token, 7), (Ending::Token, 1)]);
    assert_eq!(shop.health().await, Health::Alive);
    shop.pass(TimeDelta::days(2)).await;
    assert!(matches!(shop.health().await, Health::Dead { .. }), "an ended token counts as alive");
    let asked = shop.grants.asked();
    shop.pass(TimeDelta::days(2)).await;
    assert_eq!(shop.grants.asked(), asked, "a dead token is refreshed");
}

#[tokio::test]
async fn a_token_that_the_platform_refuses_needs_the_person_at_once() {
    let shop = Shop::linked().await;
    shop.grants.fail_with(Some(ErrorKind::SignInNeeded));
    shop.pass(TimeDelta::days(34)).await;
    shop.pass(TimeDelta::days(5)).await;
    assert_eq!(shop.grants.asked(), 1, "a dead token is tried again");
    assert!(matches!(shop.health().await, Health::Dead { .. }));
    assert!(shop.told().await.iter().any(|happening| matches!(happening.what, What::CredentialDead { .. })));
}

#[tokio::test]
async fn a_failure_that_passes_is_told_as_gone() {
    let shop = Shop::linked().await;
    shop.grants.fail_with(Some(ErrorKind::Unavailable));
    for _ in 0..40 {
        shop.pass(TimeDelta::days(1)).await;
    }
    shop.grants.fail_with(None);
    shop.pass(TimeDelta::days(1)).await;
    let told = shop.told().await;
    let states = told.iter().filter_map(|happening| match &happening.what {
        What::FindingChanged { stands, .. } => Some(*stands),
        _ => None,
    });
    assert_eq!(states.collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn whoever_signs_in_while_the_old_token_is_refreshed_is_not_thrown_back() {
    let shop = Shop::linked().await;
    let newer = Credential::new(Secret::new("IGQ-of-a-new-sign-in")).issued(Some(shop.clock.time() + TimeDelta::days(33)));
    shop.grants.meanwhile(shop.vault.clone(), shop.person(), newer.clone());
    shop.pass(TimeDelta::days(33)).await;
    assert_eq!(shop.grants.asked(), 1);
    let kept = shop.vault.open(&shop.person()).await.unwrap().unwrap();
    assert_eq!(kept.token, newer.token, "a token was overwritten by its predecessor's successor");
}

#[tokio::test]
async fn where_only_signing_in_again_helps_each_threshold_is_told_once_for_each_account() {
    let stage = Stage::linked().await;
    let mut days = 0;
    for day in [10, 45, 46, 47, 52, 53, 58, 59, 70, 76, 80, 83, 88, 89, 95] {
        stage.pass(TimeDelta::days(day - days)).await;
        days = day;
        stage.kit.drain().await.unwrap();
        stage.another_kit().await.drain().await.unwrap();
    }
    let mut told = warnings(&stage::told(&stage.kit, &stage.viewer, Position::default()).await);
    told.sort();
    let mut expected: Vec<_> = [Ending::Token, Ending::DataAccess].into_iter().flat_map(|end| [(end, 14), (end, 7), (end, 1)]).collect();
    expected = expected.iter().chain(&expected).copied().collect();
    expected.sort();
    assert_eq!(told, expected);
}

fn vault(stage: &Stage, keys: KeyRing) -> Vault {
    Vault::new(Arc::new(stage.sqlite.credentials()), keys, Arc::new(SystemChance))
}

async fn under_other_keys(stage: &Stage, key_id: &str) -> Vec<CredentialKey> {
    let wanted = SealedOtherwise { key_id: key_id.to_owned(), after: None, limit: 1000 };
    stage.sqlite.credentials().sealed_otherwise(&wanted).await.unwrap()
}

#[tokio::test]
async fn after_a_rotation_everything_is_sealed_anew_and_the_old_key_can_be_thrown_away() {
    let stage = Stage::linked().await;
    let credentials = stage.sqlite.credentials();
    // More than one step takes, and in front of all of them some that no key opens.
    let key =
        |name: &str| CredentialKey { owner: name.parse().unwrap(), road: Road::FACEBOOK, holder: Holder::Person("p".parse().unwrap()) };
    for number in 0..60 {
        credentials.put(&key(&format!("a{number}")), &Sealed { key_id: "lost".to_owned(), bytes: vec![7; 60] }, None).await.unwrap();
        vault(&stage, KeyRing::new("stage", SEALING_KEY))
            .keep(&key(&format!("z{number}")), &Credential::new(Secret::new("t")))
            .await
            .unwrap();
    }
    let rotated = KeyRing::new("stage", SEALING_KEY).rotated("new", [9; 32]);
    let kit = stage::builder(&stage.meta, stage.address(), &stage.clock).keys(rotated).sqlite(stage.database()).build().await.unwrap();
    kit.drain().await.unwrap();
    let left = under_other_keys(&stage, "new").await;
    assert_eq!(left.len(), 60, "something readable is still sealed with the old key");
    assert!(left.iter().all(|key| key.owner.as_str().starts_with('a')));

    let alone = vault(&stage, KeyRing::new("new", [9; 32]));
    assert_eq!(alone.open(&key("z1")).await.unwrap().unwrap().token.expose(), "t");
    let refused = alone.open(&key("a1")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
    for name in ["a1", "facebook", "person:p", "lost"] {
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[tokio::test]
async fn a_row_that_was_moved_to_another_owner_does_not_open() {
    let stage = Stage::linked().await;
    let credentials = stage.sqlite.credentials();
    let holder = Holder::Account(stage::page());
    let own = CredentialKey { owner: stage.viewer.owner.clone(), road: Road::FACEBOOK, holder };
    let moved = CredentialKey { owner: "bakery".parse().unwrap(), ..own.clone() };
    let sealed = credentials.get(&own).await.unwrap().unwrap();
    credentials.put(&moved, &sealed, None).await.unwrap();
    let vault = vault(&stage, KeyRing::new("stage", SEALING_KEY));
    assert!(vault.open(&own).await.unwrap().is_some());
    assert_eq!(vault.open(&moved).await.unwrap_err().kind(), ErrorKind::Corrupt);
}
