use std::collections::BTreeMap;

use link_core::words::ports::{DialogAsk, Directory, GrantState, Grants, SignedIn};
use link_core::{Error, ErrorKind, Platform, Refusal, Road, Scope, Secret};
use link_graph::{InstagramDirectory, InstagramLogin};
use serde_json::{Value, json};
use url::Url;

use crate::{Meta, bearer, field, parameter};

const REDIRECT: &str = "https://shop.example/link/back";
const ACCOUNT: &str = "17841400000000009";

fn ask() -> DialogAsk {
    let scopes = ["instagram_business_basic", "instagram_business_manage_messages"];
    DialogAsk::new(Secret::new("st-1"), REDIRECT, scopes.into_iter().map(Scope::known).collect())
}

fn me() -> Value {
    json!({"id": "26000000000000001", "user_id": ACCOUNT, "username": "lampshop", "name": "Lamp Shop", "account_type": "BUSINESS"})
}

/// Meta, as it answers when everything goes well and the code is worth this.
async fn welcoming(short: &Value) -> Meta {
    let meta = Meta::start().await;
    meta.answer("POST", "/oauth/access_token", 200, short).await;
    meta.answer("GET", "/access_token", 200, &json!({"access_token": "long", "token_type": "bearer", "expires_in": 5_184_000})).await;
    meta.answer("GET", "/v26.0/me", 200, &me()).await;
    meta
}

async fn exchanged(short: &Value) -> Result<SignedIn, Error> {
    InstagramLogin::new(welcoming(short).await.client()).exchange(&Secret::new("AQ-code#_"), REDIRECT).await
}

fn granted(signed: &SignedIn) -> Vec<&str> {
    assert!(signed.grants.iter().all(|grant| grant.state == GrantState::Granted && grant.targets.is_none()));
    signed.grants.iter().map(|grant| grant.scope.as_str()).collect()
}

#[tokio::test]
async fn the_dialog_has_no_version_and_asks_again_by_asking_for_the_password() {
    let login = InstagramLogin::new(Meta::start().await.client());
    let address = Url::parse(&login.dialog(&ask()).unwrap()).unwrap();
    assert_eq!(address.path(), "/oauth/authorize");
    let query: BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    let expected = [
        ("client_id", "1000"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "instagram_business_basic,instagram_business_manage_messages"),
        ("state", "st-1"),
    ];
    assert_eq!(query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
    assert!(login.dialog(&ask().again()).unwrap().contains("force_reauth=true"));
}

#[tokio::test]
async fn a_dialog_that_could_only_fail_is_not_opened() {
    let login = InstagramLogin::new(Meta::start().await.client());
    for ask in [DialogAsk::new(Secret::new("s"), REDIRECT, vec![]), DialogAsk::new(Secret::new("s"), "nowhere", ask().scopes)] {
        assert_eq!(login.dialog(&ask).unwrap_err().kind(), ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn a_code_becomes_a_token_of_sixty_days_for_the_professional_account() {
    let short = json!({"access_token": "short", "user_id": 26_000_000_000_000_001_u64, "permissions": ["instagram_business_basic"]});
    let meta = welcoming(&short).await;
    let signed = InstagramLogin::new(meta.client()).exchange(&Secret::new("AQ-code#_"), REDIRECT).await.unwrap();
    assert_eq!(signed.token.expose(), "long");
    assert_eq!(signed.person.as_str(), ACCOUNT, "not the app's own id for it, whichever of the two the exchange told");
    assert_eq!(signed.expires_at.unwrap().to_rfc3339(), "2027-01-01T10:00:00+00:00", "by the platform's clock");
    assert_eq!(signed.data_access_expires_at, None);
    assert_eq!(granted(&signed), ["instagram_business_basic"]);

    let requests = meta.requests().await;
    let [exchange, longer, who] = &requests[..] else { panic!("three calls") };
    assert_eq!(exchange.url.path(), "/oauth/access_token");
    assert_eq!(exchange.url.query(), None, "no secret stands in this address");
    let told = [("client_id", "1000"), ("client_secret", "app-secret"), ("grant_type", "authorization_code"), ("code", "AQ-code")];
    for (name, value) in told.into_iter().chain([("redirect_uri", REDIRECT)]) {
        assert_eq!(field(exchange, name).as_deref(), Some(value), "{name}");
    }
    for (name, value) in [("grant_type", "ig_exchange_token"), ("client_secret", "app-secret"), ("access_token", "short")] {
        assert_eq!(parameter(longer, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!((bearer(who), parameter(who, "appsecret_proof")), (Some("long"), None), "this host knows no proof");
    assert_eq!(parameter(who, "fields").as_deref(), Some("user_id,username,name,account_type"));
}

#[tokio::test]
async fn the_answer_to_a_code_has_several_shapes_and_one_meaning() {
    let both = ["instagram_business_basic", "instagram_business_manage_messages"];
    let shapes = [
        json!({"access_token": "short", "user_id": "1", "permissions": both}),
        json!({"access_token": "short", "user_id": 1, "permissions": "instagram_business_basic, instagram_business_manage_messages"}),
        json!({"data": [{"access_token": "short", "user_id": "1", "permissions": both.join(",")}]}),
        json!({"data": [{"access_token": "short", "permissions": both}]}),
    ];
    for shape in shapes {
        assert_eq!(granted(&exchanged(&shape).await.unwrap()), both, "{shape}");
    }
    assert!(exchanged(&json!({"access_token": "short"})).await.unwrap().grants.is_empty(), "who tells nothing granted nothing");
    assert!(exchanged(&json!({"access_token": "short", "permissions": ""})).await.unwrap().grants.is_empty());
    for shape in [json!({"data": []}), json!({"user_id": "1"}), json!([])] {
        assert_eq!(exchanged(&shape).await.unwrap_err().kind(), ErrorKind::Unrecognised, "{shape}");
    }
}

#[tokio::test]
async fn a_refused_code_is_told_in_the_old_shape_and_begins_anew() {
    let meta = Meta::start().await;
    let body = json!({"error_type": "OAuthException", "code": 400, "error_message": "This authorization code has been used"});
    meta.answer("POST", "/oauth/access_token", 400, &body).await;
    let error = InstagramLogin::new(meta.client()).exchange(&Secret::new("used"), REDIRECT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.remedy().unwrap().what.contains("begin the sign-in again"));
    assert!(error.code().is_none(), "400 is the status once more, no code of the platform");
}

#[tokio::test]
async fn a_server_that_is_down_is_no_wrong_code() {
    let meta = Meta::start().await;
    meta.answer("POST", "/oauth/access_token", 503, &json!({"error_type": "OAuthException", "code": 503})).await;
    let error = InstagramLogin::new(meta.client()).exchange(&Secret::new("c"), REDIRECT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_wrong_secret_is_the_developers_to_mend() {
    let meta = Meta::start().await;
    meta.answer("POST", "/oauth/access_token", 200, &json!({"access_token": "short"})).await;
    meta.answer("GET", "/access_token", 400, &json!({"error": {"code": 1, "type": "OAuthException"}})).await;
    let error = InstagramLogin::new(meta.client()).exchange(&Secret::new("c"), REDIRECT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_living_token_is_exchanged_for_one_that_lives_longer() {
    let meta = Meta::start().await;
    meta.answer("GET", "/refresh_access_token", 200, &json!({"access_token": "longer", "expires_in": "5184000"})).await;
    let login = InstagramLogin::new(meta.client());
    let refreshed = login.refresh(&Secret::new("long")).await.unwrap();
    assert_eq!(refreshed.token.expose(), "longer");
    assert_eq!(refreshed.expires_at.unwrap().to_rfc3339(), "2027-01-01T10:00:00+00:00");
    let request = meta.last().await;
    assert_eq!(parameter(&request, "grant_type").as_deref(), Some("ig_refresh_token"));
    assert_eq!(parameter(&request, "access_token").as_deref(), Some("long"));
    assert_eq!(parameter(&request, "client_secret"), None, "this one needs no secret");
    let rule = login.refreshing().unwrap();
    assert_eq!((rule.not_before.num_hours(), rule.due.num_days()), (24, 30));
}

#[tokio::test]
async fn a_dead_token_cannot_be_refreshed_nor_inspected() {
    let meta = Meta::start().await;
    let dead = json!({"error": {"code": 190, "error_subcode": 463}});
    meta.answer("GET", "/refresh_access_token", 400, &dead).await;
    meta.answer("GET", "/v26.0/me", 400, &dead).await;
    let login = InstagramLogin::new(meta.client());
    assert_eq!(login.refresh(&Secret::new("t")).await.unwrap_err().kind(), ErrorKind::SignInNeeded);
    assert_eq!(login.inspect(&Secret::new("t")).await.unwrap_err().kind(), ErrorKind::SignInNeeded);
}

#[tokio::test]
async fn inspecting_tells_whose_it_is_flat_or_wrapped() {
    for shape in [me(), json!({"data": [me()]})] {
        let meta = Meta::start().await;
        meta.answer("GET", "/v26.0/me", 200, &shape).await;
        let signed = InstagramLogin::new(meta.client()).inspect(&Secret::new("t")).await.unwrap();
        assert_eq!((signed.person.as_str(), signed.token.expose()), (ACCOUNT, "t"));
        assert!(signed.grants.is_empty() && signed.expires_at.is_none(), "nobody tells either");
    }
}

#[tokio::test]
async fn an_account_without_the_id_that_webhooks_carry_is_not_taken_by_the_other_one() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me", 200, &json!({"id": "26000000000000001", "username": "lampshop"})).await;
    let error = InstagramLogin::new(meta.client()).inspect(&Secret::new("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrecognised);
    assert!(InstagramDirectory::new(meta.client()).accounts(&Secret::new("t")).await.is_err());
}

#[tokio::test]
async fn nothing_is_withdrawn_and_nobody_is_told_that_it_was() {
    let meta = Meta::start().await;
    let login = InstagramLogin::new(meta.client());
    for scope in [None, Some(Scope::known("instagram_business_basic"))] {
        let error = login.withdraw(&Secret::new("t"), &ACCOUNT.parse().unwrap(), scope).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OwnerActionNeeded);
        assert!(error.remedy().unwrap().what.contains("Apps and websites"));
        assert!(!error.is_retryable(), "trying again would change nothing");
    }
    assert!(meta.requests().await.is_empty());
}

#[tokio::test]
async fn the_directory_lists_the_one_account_with_the_persons_own_token() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/me", 200, &json!({"data": [me()]})).await;
    let listings = InstagramDirectory::new(meta.client()).accounts(&Secret::new("ig-token")).await.unwrap();
    let [account] = &listings[..] else { panic!("{listings:?}") };
    assert_eq!((&account.account.platform, account.account.id.as_str()), (&Platform::INSTAGRAM, ACCOUNT));
    assert_eq!((&account.road, &account.via), (&Road::INSTAGRAM, &None));
    assert_eq!((account.name.as_str(), account.username.as_deref()), ("Lamp Shop", Some("lampshop")));
    assert_eq!((account.token.expose(), &account.obstacle), ("ig-token", &None));
}

#[tokio::test]
async fn only_an_account_that_is_called_personal_is_refused() {
    let kinds = [json!("Business"), json!("Media_Creator"), json!("MEDIA_CREATOR"), json!(null), json!("PERSONAL"), json!("Personal")];
    for kind in kinds {
        let meta = Meta::start().await;
        meta.answer("GET", "/v26.0/me", 200, &json!({"user_id": 17_841_400_000_000_009_u64, "name": "", "account_type": kind})).await;
        let listing = InstagramDirectory::new(meta.client()).accounts(&Secret::new("t")).await.unwrap().remove(0);
        assert_eq!(listing.name, ACCOUNT, "who has no name is called by the id");
        let personal = kind.as_str().is_some_and(|kind| kind.to_lowercase() == "personal");
        assert_eq!(listing.obstacle, personal.then_some(Refusal::NotProfessional), "{kind}");
    }
}
