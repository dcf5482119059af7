use link_core::words::ports::{DialogAnswer, DialogAsk, Directory, GrantState, Grants, SignedIn};
use link_core::{ErrorKind, PersonId, Refusal, Road, Secret, Who};
use link_graph::{InstagramDirectory, InstagramLogin};
use link_sandbox::Decision;

use crate::{BACK, INSTAGRAM, LOGIN_SCOPES, Stage};

fn granted(signed: &SignedIn) -> Vec<&str> {
    assert!(signed.grants.iter().all(|grant| grant.state == GrantState::Granted && grant.targets.is_none()));
    let mut scopes: Vec<_> = signed.grants.iter().map(|grant| grant.scope.as_str()).collect();
    scopes.sort_unstable();
    scopes
}

#[tokio::test]
async fn an_account_signs_in_without_a_page_whatever_shape_the_answers_have() {
    for (quirk, shape) in [("ig_token_shape", "flat"), ("ig_token_shape", "data"), ("ig_me", "flat"), ("ig_me", "data")] {
        let stage = Stage::quirk(quirk, shape).await;
        let signed = stage.sign_in(LOGIN_SCOPES).await.unwrap();
        assert_eq!(signed.person.as_str(), INSTAGRAM, "{quirk} {shape}: the id that webhooks carry, not the app's own for the account");
        assert_eq!(granted(&signed), LOGIN_SCOPES, "{quirk} {shape}");
        let life = signed.expires_at.unwrap() - "2026-11-23T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!(life.num_days(), 60, "{quirk} {shape}: long-lived at once");

        let listed = InstagramDirectory::new(stage.instagram.clone()).accounts(&signed.token).await.unwrap();
        let [account] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(account.account.to_string(), format!("instagram:{INSTAGRAM}"), "{quirk} {shape}");
        assert_eq!((account.name.as_str(), account.username.as_deref()), ("Harbour Books", Some("harbourbooks")));
        assert_eq!((&account.road, &account.via, &account.obstacle), (&Road::INSTAGRAM, &None, &None));
        assert_eq!(account.token.expose(), signed.token.expose(), "the person's token is the account's");
    }
}

#[tokio::test]
async fn what_was_left_unticked_is_not_told_as_granted() {
    let stage = Stage::open().await;
    let login = stage.login();
    let decision = Decision::allow().instagram(INSTAGRAM).scopes(&["instagram_business_basic"]);
    let code = stage.code(&login, LOGIN_SCOPES, &decision).await;
    assert_eq!(granted(&login.exchange(&code, BACK).await.unwrap()), ["instagram_business_basic"]);
}

#[tokio::test]
async fn the_dialog_is_asked_in_a_form_that_instagram_takes() {
    let stage = Stage::open().await;
    let ask = DialogAsk::new(Secret::new("s"), BACK, LOGIN_SCOPES.iter().copied().map(link_core::Scope::known).collect());
    let dialog = stage.login().dialog(&ask.again()).unwrap();
    let back = stage.meta.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
    assert!(matches!(stage.login().answer(&back), DialogAnswer::Code { .. }));
    assert!(dialog.contains("force_reauth=true"), "{dialog}");
    let refused = stage.meta.sign_in(&dialog, &Decision::deny()).await.unwrap();
    let DialogAnswer::Declined { state: Some(back) } = stage.login().answer(&refused) else { panic!("{refused}") };
    assert_eq!(back.expose(), "s");
}

#[tokio::test]
async fn a_code_works_once_and_with_its_own_address_only() {
    let stage = Stage::open().await;
    let login = stage.login();
    let code = stage.code(&login, LOGIN_SCOPES, &Decision::allow().instagram(INSTAGRAM)).await;
    let elsewhere = login.exchange(&code, "http://localhost:9/elsewhere").await.unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::Invalid);
    login.exchange(&code, BACK).await.unwrap();
    let again = login.exchange(&code, BACK).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Invalid);
    assert!(again.remedy().unwrap().what.contains("begin the sign-in again"));
}

#[tokio::test]
async fn the_ids_and_tokens_of_the_two_roads_do_not_mix() {
    let stage = Stage::open().await;
    let ours = stage.sign_in(LOGIN_SCOPES).await.unwrap().token;
    let theirs = stage.facebook_token(crate::PAGE_SCOPES, &Decision::allow()).await;
    let kind = |result: link_core::Result<SignedIn>| result.unwrap_err().kind();
    assert_eq!(kind(stage.login().inspect(&theirs).await), ErrorKind::SignInNeeded);
    let facebook = link_graph::FacebookLogin::new(stage.facebook.clone());
    assert!(matches!(kind(facebook.inspect(&ours).await), ErrorKind::SignInNeeded | ErrorKind::Invalid));
    let wrong_app = InstagramLogin::new(stage.facebook.clone());
    let code = stage.code(&stage.login(), LOGIN_SCOPES, &Decision::allow().instagram(INSTAGRAM)).await;
    assert_eq!(kind(wrong_app.exchange(&code, BACK).await), ErrorKind::Invalid, "the Meta app's secret is not the Instagram app's");
}

#[tokio::test]
async fn a_token_is_refreshed_from_its_second_day_on() {
    let stage = Stage::quirk("early_refresh", "400").await;
    let login = stage.login();
    let rule = login.refreshing().unwrap();
    assert_eq!((rule.not_before.num_hours(), rule.due.num_days()), (24, 30));
    let signed = stage.sign_in(LOGIN_SCOPES).await.unwrap();
    stage.meta.advance("23h").await.unwrap();
    let early = login.refresh(&signed.token).await.unwrap_err();
    assert_eq!((early.kind(), early.remedy().unwrap().who), (ErrorKind::Invalid, Who::Platform));
    assert!(early.remedy().unwrap().what.contains("a day old"));
    stage.meta.advance("1h").await.unwrap();
    let fresh = login.refresh(&signed.token).await.unwrap();
    assert_eq!((fresh.expires_at.unwrap() - signed.expires_at.unwrap()).num_hours(), 24, "sixty days from now");
    assert_eq!(login.inspect(&fresh.token).await.unwrap().person, signed.person);
    stage.meta.advance("61d").await.unwrap();
    assert_eq!(login.refresh(&fresh.token).await.unwrap_err().kind(), ErrorKind::SignInNeeded, "it is too late then");
}

#[tokio::test]
async fn where_an_early_refresh_is_allowed_it_works() {
    let stage = Stage::quirk("early_refresh", "extend").await;
    let signed = stage.sign_in(LOGIN_SCOPES).await.unwrap();
    let fresh = stage.login().refresh(&signed.token).await.unwrap();
    assert_eq!(fresh.expires_at, signed.expires_at);
}

#[tokio::test]
async fn inspecting_says_whether_a_token_lives_and_nothing_that_nobody_told() {
    let stage = Stage::open().await;
    let signed = stage.sign_in(LOGIN_SCOPES).await.unwrap();
    let seen = stage.login().inspect(&signed.token).await.unwrap();
    assert_eq!((seen.person, seen.grants.len(), seen.expires_at), (signed.person, 0, None));
    stage.meta.advance("61d").await.unwrap();
    assert_eq!(stage.login().inspect(&signed.token).await.unwrap_err().kind(), ErrorKind::SignInNeeded);
}

#[tokio::test]
async fn taking_back_is_the_owners_own_to_do_and_is_said_to_be() {
    let stage = Stage::open().await;
    let before = stage.meta.calls(0).await.unwrap().next;
    let refused = stage.login().withdraw(&Secret::new("t"), &PersonId::new(INSTAGRAM).unwrap(), None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OwnerActionNeeded);
    assert!(refused.remedy().unwrap().what.contains("Apps and websites"));
    assert_eq!(stage.meta.calls(0).await.unwrap().next, before, "no call is made for it");
}

#[tokio::test]
async fn an_account_that_became_personal_cannot_be_linked() {
    let stage = Stage::open().await;
    let token = stage.sign_in(LOGIN_SCOPES).await.unwrap().token;
    let seed = serde_json::json!({"instagram": [{"id": INSTAGRAM, "account_type": "personal"}]});
    stage.meta.seed(&seed).await.unwrap();
    let listed = InstagramDirectory::new(stage.instagram.clone()).accounts(&token).await.unwrap();
    assert_eq!(listed[0].obstacle, Some(Refusal::NotProfessional));
}

#[tokio::test]
async fn ids_that_facebook_writes_as_numbers_are_the_same_ids() {
    for ids in ["string", "number"] {
        let stage = Stage::quirk("debug_token_ids", ids).await;
        let login = link_graph::FacebookLogin::new(stage.facebook.clone());
        let code = stage.code(&login, crate::PAGE_SCOPES, &Decision::allow().pages(&[crate::PAGE])).await;
        let signed = login.exchange(&code, BACK).await.unwrap();
        assert_eq!(signed.person.as_str(), crate::ROBIN, "{ids}");
        let messaging = signed.grants.iter().find(|grant| grant.scope.as_str() == "pages_messaging").unwrap();
        assert_eq!(messaging.targets.as_ref().unwrap()[0].as_str(), crate::PAGE, "{ids}");
    }
}
