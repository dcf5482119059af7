//! Asking again, and asking for more.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use link_core::words::refusal::Standing;
use link_kit::{Configuration, Feature, KeyRing, Problem, Refusal, Road};
use link_sandbox::Decision;

use crate::stage::{APP, APP_SECRET, Agree as _, INSTAGRAM, SEALING_KEY, Stage, VERIFY_TOKEN, instagram, page};
use crate::{asked, connection, grant_again, report};

#[tokio::test]
async fn comments_are_asked_for_when_somebody_wants_them_and_only_then() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    stage.pass(TimeDelta::minutes(1)).await;
    let linking = stage.kit.linking();
    assert!(linking.missing(&stage.viewer, link.id, &Road::FACEBOOK, &[]).await.unwrap().is_empty());
    let refused = linking.ask_again(&stage.viewer, link.id, &Road::FACEBOOK, &[], None).await.unwrap_err();
    assert!(matches!(&refused, Problem::Failed(error) if error.to_string().contains("none is missing")), "{refused:?}");

    let request = linking.missing(&stage.viewer, link.id, &Road::FACEBOOK, &[Feature::COMMENTS]).await.unwrap();
    let words: BTreeSet<_> = request.missing.iter().map(|missing| missing.scope.as_str()).collect();
    assert_eq!(words, BTreeSet::from(["pages_read_user_content", "pages_manage_engagement", "instagram_manage_comments"]));
    let text = request.to_text();
    assert!(text.contains("It lets this program read what others write on the Page"), "{text}");
    assert!(text.ends_with("The dialog asks for this alone; what was granted before stays."), "{text}");

    grant_again(&stage, &link, &Road::FACEBOOK, &[Feature::COMMENTS]).await;
    for account in [page(), instagram()] {
        let report = report(&stage, account, Road::FACEBOOK).await;
        assert_eq!((report[&Feature::COMMENTS], report[&Feature::SEND]), (None, None), "what was granted before is gone");
    }
}

#[tokio::test]
async fn a_program_that_wants_comments_asks_for_them_at_every_sign_in() {
    let stage = Stage::set().built(|builder| builder.features(&[Feature::COMMENTS])).open().await;
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let asked = asked(&dialog);
    assert!(asked.contains(&"instagram_manage_comments".to_owned()) && asked.contains(&"pages_messaging".to_owned()), "{asked:?}");
    let other = Stage::open().await;
    let setup = other.kit.linking().begin(&other.viewer).await.unwrap().id;
    let narrow = crate::asked(&other.kit.linking().dialog(&other.viewer, setup, &Road::FACEBOOK, None).await.unwrap());
    assert!(!narrow.contains(&"instagram_manage_comments".to_owned()), "everybody is asked for what nobody uses: {narrow:?}");
}

#[tokio::test]
async fn by_instagram_login_what_is_held_is_asked_for_along() {
    let stage = Stage::set().instagram_login().open().await;
    let linking = stage.kit.linking();
    let link = stage.link_by_instagram(&stage.viewer).await;
    stage.pass(TimeDelta::minutes(1)).await;

    let request = linking.missing(&stage.viewer, link.id, &Road::INSTAGRAM, &[Feature::COMMENTS]).await.unwrap();
    assert!(request.to_text().contains("a new sign-in replaces the old one"), "{}", request.to_text());
    let (setup, dialog) = linking.ask_again(&stage.viewer, link.id, &Road::INSTAGRAM, &[Feature::COMMENTS], None).await.unwrap();
    let mut asked = asked(&dialog);
    asked.sort();
    assert_eq!(asked, ["instagram_business_basic", "instagram_business_manage_comments", "instagram_business_manage_messages"]);
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    linking.agree(&stage.viewer, setup.id).await.unwrap();
    let report = report(&stage, instagram(), Road::INSTAGRAM).await;
    assert!(report.values().all(Option::is_none), "{report:?}");
}

#[tokio::test]
async fn with_a_configuration_it_is_said_that_everything_is_asked_for_or_nothing() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    let meta = link_kit::Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap().with_configuration(Configuration::new("55500000000001"));
    let kit = stage.kit_with(meta, KeyRing::new("stage", SEALING_KEY)).await;
    let request = kit.linking().missing(&stage.viewer, link.id, &Road::FACEBOOK, &[Feature::COMMENTS]).await.unwrap();
    assert!(request.all_or_nothing && request.to_text().contains("grants all of it or nothing"), "{}", request.to_text());
}

#[tokio::test]
async fn nobody_but_the_owner_is_told_what_is_missing_or_may_ask() {
    let stage = Stage::set().open().await;
    let link = stage.link(&stage.viewer).await;
    let stranger = crate::stage::owner("lighthouse", "sam");
    let linking = stage.kit.linking();
    assert!(linking.missing(&stranger, link.id, &Road::FACEBOOK, &[]).await.is_err());
    assert!(linking.ask_again(&stranger, link.id, &Road::FACEBOOK, &[Feature::COMMENTS], None).await.is_err());
    let key = connection(&stage, page(), Road::FACEBOOK);
    assert!(linking.withdraw(&stranger, &key, None).await.is_err());
    assert_eq!(report(&stage, page(), Road::FACEBOOK).await[&Feature::SEND], None);
    assert_ne!(Some(Standing::Renounced), report(&stage, instagram(), Road::FACEBOOK).await[&Feature::SEND]);
}

#[tokio::test]
async fn by_instagram_login_what_was_declined_is_an_obstacle_and_is_asked_for_again() {
    let stage = Stage::set().instagram_login().open().await;
    let linking = stage.kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let sign_in = async |scopes: &[&str]| {
        let dialog = linking.dialog(&stage.viewer, setup, &Road::INSTAGRAM, None).await.unwrap();
        let came_back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM).scopes(scopes)).await.unwrap();
        linking.signed_in(&stage.viewer, &came_back).await.unwrap().setup.candidates[0].obstacle.clone()
    };
    let obstacle = sign_in(&["instagram_business_basic"]).await.unwrap();
    let Refusal::PermissionMissing { missing, standing: Standing::Declined, .. } = &obstacle else { panic!("{obstacle:?}") };
    assert_eq!(missing.iter().map(link_kit::Scope::as_str).collect::<Vec<_>>(), ["instagram_business_manage_messages"]);
    let refused = linking.choose(&stage.viewer, setup, vec![instagram()]).await.unwrap_err();
    assert!(matches!(refused, Problem::Setup(_)), "{refused:?}");
    stage.pass(TimeDelta::minutes(1)).await;
    assert_eq!(sign_in(&["instagram_business_basic", "instagram_business_manage_messages"]).await, None);
    linking.choose(&stage.viewer, setup, vec![instagram()]).await.unwrap();
}
