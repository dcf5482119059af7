use link_sandbox::{Decision, PersonAction};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::stage::{APP, CAFE_INSTAGRAM, INSTAGRAM, PAGE, ROBIN, Stage, named, refusal};

pub(crate) const PRODUCT: &str = "1000000000000002";
pub(crate) const PRODUCT_SECRET: &str = "sandbox-instagram-secret";
pub(crate) const BUSINESS_SCOPES: &str = "instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments";
const PERSONAL: &str = "17841400000000003";
const BACK: &str = "http://localhost:9/ig";

impl Stage {
    pub(crate) async fn on_instagram(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Response {
        let mut request = self.client.request(method, format!("{}{path}", self.sandbox.instagram())).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn ig_get(&self, path: &str, token: &str) -> Value {
        self.on_instagram(Method::GET, path, token, None).await.json().await.unwrap()
    }

    pub(crate) async fn ig_post(&self, path: &str, token: &str, body: &Value) -> Value {
        self.on_instagram(Method::POST, path, token, Some(body)).await.json().await.unwrap()
    }

    /// The long-lived token of an account that allowed everything.
    pub(crate) async fn ig_token(&self, account: &str) -> String {
        let scopes: Vec<&str> = BUSINESS_SCOPES.split(',').collect();
        self.controls.instagram_token(account, &scopes).await.unwrap()
    }

    fn authorize(&self, more: &str) -> String {
        format!(
            "{}/oauth/authorize?client_id={PRODUCT}&redirect_uri={BACK}&response_type=code&state=s%201&{more}",
            self.sandbox.instagram()
        )
    }

    pub(crate) async fn ig_code(&self) -> String {
        let dialog = self.authorize(&format!("scope={BUSINESS_SCOPES}"));
        let back = self.controls.sign_in(&dialog, &Decision::allow().instagram(INSTAGRAM)).await.unwrap();
        assert!(back.ends_with("#_"), "{back}");
        let url = url::Url::parse(&back).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert_eq!(named(&pairs, "state"), Some("s 1"), "the state comes back as it was sent");
        named(&pairs, "code").unwrap().to_owned()
    }

    pub(crate) async fn redeem(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/oauth/access_token", self.sandbox.instagram());
        let answer = self.client.post(url).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn short_token(&self) -> String {
        let (_, told) = self.redeem(&form(&self.ig_code().await)).await;
        told["access_token"].as_str().unwrap().to_owned()
    }

    async fn exchanged(&self, short: &str, secret: &str) -> Value {
        self.ig_get(&format!("/access_token?grant_type=ig_exchange_token&client_secret={secret}"), short).await
    }

    pub(crate) async fn refreshed(&self, long: &str) -> Value {
        self.ig_get("/refresh_access_token?grant_type=ig_refresh_token", long).await
    }
}

pub(crate) fn form(code: &str) -> [(&'static str, &str); 5] {
    [
        ("client_id", PRODUCT),
        ("client_secret", PRODUCT_SECRET),
        ("grant_type", "authorization_code"),
        ("redirect_uri", BACK),
        ("code", code),
    ]
}

/// The form with one of its values changed.
fn but<'a>(code: &'a str, name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    form(code).into_iter().map(|(known, old)| (known, if known == name { value } else { old })).collect()
}

#[tokio::test]
async fn a_walk_through_instagrams_dialog_ends_in_a_token_of_an_hour() {
    let stage = Stage::frozen().await;
    let page = stage.client.get(stage.authorize(&format!("scope={BUSINESS_SCOPES}"))).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains("harbourbooks") && !page.contains("robin.private"), "a personal account cannot be chosen");
    let (status, told) = stage.redeem(&form(&stage.ig_code().await)).await;
    assert_eq!((status, &told["user_id"]), (200, &json!(INSTAGRAM)));
    assert_eq!(told["permissions"].as_array().unwrap().len(), 3);
    let token = told["access_token"].as_str().unwrap();
    assert_eq!(stage.ig_get("/me?fields=username", token).await["username"], "harbourbooks");
    stage.controls.advance("59m").await.unwrap();
    assert!(stage.ig_get("/me", token).await["id"].is_string());
    stage.controls.advance("1m").await.unwrap();
    assert_eq!(refusal(&stage.ig_get("/me", token).await), (190, Some(463)));
}

#[tokio::test]
async fn a_dialog_that_is_asked_wrongly_shows_its_error_page_and_sends_nobody_back() {
    let stage = Stage::frozen().await;
    let right = stage.authorize("scope=instagram_business_basic");
    for wrong in [
        stage.authorize("scope=instagram_business_basic,pages_messaging"),
        stage.authorize("scope=business_basic"),
        stage.authorize("scope=instagram_business_manage_messages"),
        stage.authorize(""),
        right.replace(PRODUCT, APP),
        right.replace(BACK, "https://example.org/"),
        right.replace("response_type=code", "response_type=token"),
        right.replace("redirect_uri", "redirect"),
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = stage.client.request(method, &wrong).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{wrong}");
            assert!(answer.headers().get("location").is_none(), "{wrong}");
        }
    }
    for account in [PERSONAL, "1"] {
        let refused = stage.controls.sign_in(&right, &Decision::allow().instagram(account)).await;
        assert!(refused.is_err(), "{account} cannot let an app in");
    }
    assert_eq!(stage.controls.state().await.unwrap()["grants"], json!([]), "nothing was granted");
}

#[tokio::test]
async fn who_says_no_at_instagram_is_sent_back_with_the_reason() {
    let stage = Stage::frozen().await;
    let back = stage.controls.sign_in(&stage.authorize("scope=instagram_business_basic"), &Decision::deny()).await.unwrap();
    let pairs: Vec<(String, String)> = url::Url::parse(&back).unwrap().query_pairs().into_owned().collect();
    for (name, value) in [("error", "access_denied"), ("error_reason", "user_denied"), ("state", "s 1")] {
        assert_eq!(named(&pairs, name), Some(value));
    }
    assert!(named(&pairs, "error_description").is_some() && named(&pairs, "code").is_none());
}

#[tokio::test]
async fn an_unticked_permission_is_not_granted_and_the_basic_one_always_is() {
    let stage = Stage::frozen().await;
    let decision = Decision::allow().instagram(INSTAGRAM).scopes(&["instagram_business_manage_comments"]);
    let back = stage.controls.sign_in(&stage.authorize(&format!("scope={BUSINESS_SCOPES}")), &decision).await.unwrap();
    let pairs: Vec<(String, String)> = url::Url::parse(&back).unwrap().query_pairs().into_owned().collect();
    let (_, told) = stage.redeem(&form(named(&pairs, "code").unwrap())).await;
    assert_eq!(told["permissions"], json!(["instagram_business_basic", "instagram_business_manage_comments"]));
    let token = told["access_token"].as_str().unwrap();
    assert_eq!(refusal(&stage.ig_get("/me/conversations", token).await).0, 10, "messages were not allowed");
    let body = json!({"recipient": {"id": "5000000000000011"}, "message": {"text": "x"}});
    assert_eq!(refusal(&stage.ig_post("/me/messages", token, &body).await).0, 200);
}

#[tokio::test]
async fn a_code_of_instagram_works_once_within_an_hour_for_the_same_address() {
    let stage = Stage::frozen().await;
    let code = stage.ig_code().await;
    for (name, value) in [
        ("client_secret", "wrong"),
        ("client_secret", "sandbox-app-secret"),
        ("client_id", APP),
        ("client_id", "7"),
        ("grant_type", "client_credentials"),
        ("redirect_uri", "http://localhost:9/other"),
        ("code", "AQnonsense"),
    ] {
        let (status, told) = stage.redeem(&but(&code, name, value)).await;
        assert_eq!((status, &told["error_type"], &told["code"]), (400, &json!("OAuthException"), &json!(400)), "{name}={value}");
        assert!(told["error_message"].is_string() && told.get("error").is_none(), "this host's old shape of an error: {told}");
    }
    let with_fragment = format!("{code}#_");
    assert_eq!(stage.redeem(&form(&with_fragment)).await.0, 200, "the fragment that browsers add does no harm");
    let (status, told) = stage.redeem(&form(&code)).await;
    assert_eq!((status, told["error_message"].as_str().unwrap().contains("used")), (400, true), "{told}");
    let in_time = stage.ig_code().await;
    let late = stage.ig_code().await;
    stage.controls.advance("59m").await.unwrap();
    assert_eq!(stage.redeem(&form(&in_time)).await.0, 200);
    stage.controls.advance("1m").await.unwrap();
    assert_eq!(stage.redeem(&form(&late)).await.0, 400);
    let url = format!("{}/oauth/access_token?code={code}", stage.sandbox.instagram());
    assert_eq!(stage.client.get(url).send().await.unwrap().status(), 400, "a code is posted");
}

#[tokio::test]
async fn the_apps_credentials_come_as_form_as_json_or_as_basic() {
    let stage = Stage::frozen().await;
    let url = format!("{}/oauth/access_token", stage.sandbox.instagram());
    let code = stage.ig_code().await;
    let json: Value = form(&code).iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into();
    let told = stage.client.post(&url).json(&json).send().await.unwrap();
    assert_eq!(told.status(), 200, "JSON");
    let code = stage.ig_code().await;
    let told = stage.client.post(&url).basic_auth(PRODUCT, Some(PRODUCT_SECRET)).form(&form(&code)[2..]).send().await.unwrap();
    assert_eq!(told.status(), 200, "HTTP Basic");
    let code = stage.ig_code().await;
    let told = stage.client.post(&url).basic_auth(PRODUCT, Some("wrong")).form(&form(&code)[2..]).send().await.unwrap();
    assert_eq!(told.status(), 400, "a wrong secret in HTTP Basic");
}

#[tokio::test]
async fn an_hours_token_is_exchanged_for_one_of_sixty_days_once_and_with_the_secret() {
    let stage = Stage::frozen().await;
    let short = stage.short_token().await;
    for wrong in ["wrong", "sandbox-app-secret", ""] {
        assert_eq!(refusal(&stage.exchanged(&short, wrong).await).0, 1);
    }
    assert_eq!(refusal(&stage.ig_get(&format!("/access_token?client_secret={PRODUCT_SECRET}"), &short).await).0, 100, "no grant type");
    let path = format!("/access_token?grant_type=ig_exchange_token&client_secret={PRODUCT_SECRET}");
    assert_eq!(refusal(&stage.ig_post(&path, &short, &json!({})).await).0, 100, "it is a GET");
    assert_eq!(refusal(&stage.refreshed(&short).await).0, 100, "a short token cannot be refreshed");
    let told = stage.exchanged(&short, PRODUCT_SECRET).await;
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
    let long = told["access_token"].as_str().unwrap();
    assert!(long != short && long.starts_with("IGAA"));
    assert_eq!(refusal(&stage.exchanged(long, PRODUCT_SECRET).await).0, 100, "a long token is not exchanged");
    stage.controls.advance("2h").await.unwrap();
    assert_eq!(refusal(&stage.exchanged(&short, PRODUCT_SECRET).await), (190, Some(463)), "an expired token is not exchanged");
    assert!(stage.ig_get("/me", long).await["id"].is_string());
}

#[tokio::test]
async fn a_long_token_is_refreshed_from_its_first_day_to_its_sixtieth() {
    let stage = Stage::frozen().await;
    let first = stage.ig_token(INSTAGRAM).await;
    stage.controls.advance("23h59m").await.unwrap();
    assert_eq!(refusal(&stage.refreshed(&first).await).0, 100, "not yet a day old");
    stage.controls.advance("1m").await.unwrap();
    let told = stage.refreshed(&first).await;
    assert_eq!(told["expires_in"], 5_184_000, "sixty days from now");
    let second = told["access_token"].as_str().unwrap();
    stage.controls.advance("59d").await.unwrap();
    assert_eq!(refusal(&stage.ig_get("/me", &first).await), (190, Some(463)), "the first one has had its sixty days");
    assert_eq!(refusal(&stage.refreshed(&first).await), (190, Some(463)), "what is dead is not refreshed");
    assert!(stage.ig_get("/me", second).await["id"].is_string(), "the second has a day left");
    stage.controls.advance("1d").await.unwrap();
    assert_eq!(refusal(&stage.ig_get("/me", second).await), (190, Some(463)));
}

#[tokio::test]
async fn a_token_of_instagram_dies_with_what_it_rests_on_and_no_other_does() {
    let stage = Stage::frozen().await;
    let (own, other) = (stage.ig_token(INSTAGRAM).await, stage.ig_token(CAFE_INSTAGRAM).await);
    let page = stage.page_token(PAGE).await;
    let account = INSTAGRAM.to_owned();
    for (action, subcode) in [
        (PersonAction::ChangeInstagramPassword { instagram: account.clone() }, 460),
        (PersonAction::DeauthoriseInstagram { instagram: account.clone() }, 458),
    ] {
        assert!(stage.ig_get("/me", &own).await["id"].is_string());
        stage.controls.person_acts(ROBIN, &action).await.unwrap();
        assert_eq!(refusal(&stage.ig_get("/me", &own).await), (190, Some(subcode)), "{action:?}");
        assert!(stage.ig_get("/me", &other).await["id"].is_string(), "{action:?} concerns one account");
        assert!(stage.get("/me", &page).await["id"].is_string(), "{action:?} concerns one road");
        stage.controls.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    }
    let permission = "instagram_business_manage_messages".to_owned();
    stage.controls.person_acts(ROBIN, &PersonAction::RevokeInstagram { instagram: account, permission }).await.unwrap();
    assert_eq!(refusal(&stage.ig_get("/me/conversations", &own).await).0, 10);
    assert!(stage.ig_get("/me", &own).await["id"].is_string(), "the rest still holds");
    assert!(stage.ig_get("/me/conversations", &other).await["data"].is_array());
}

#[tokio::test]
async fn an_account_that_removes_the_app_leaves_the_others_subscribed() {
    let stage = Stage::frozen().await;
    let other = stage.ig_token(CAFE_INSTAGRAM).await;
    for account in [INSTAGRAM, CAFE_INSTAGRAM] {
        let token = stage.ig_token(account).await;
        let done = stage.ig_post("/me/subscribed_apps", &token, &json!({"subscribed_fields": "messages"})).await;
        assert_eq!(done, json!({"success": true}));
    }
    let gone = PersonAction::DeauthoriseInstagram { instagram: INSTAGRAM.to_owned() };
    stage.controls.person_acts(ROBIN, &gone).await.unwrap();
    let told = stage.controls.state().await.unwrap()["subscriptions"]["instagram"].clone();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told[0]["instagram"], CAFE_INSTAGRAM);
    assert_eq!(stage.ig_get("/me/subscribed_apps", &other).await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_has_two_ids_and_answers_to_both() {
    let stage = Stage::frozen().await;
    let token = stage.ig_token(INSTAGRAM).await;
    let me = stage.ig_get("/v26.0/me?fields=id,user_id,username,name,account_type,followers_count", &token).await;
    assert_eq!((&me["user_id"], &me["username"], &me["account_type"]), (&json!(INSTAGRAM), &json!("harbourbooks"), &json!("BUSINESS")));
    assert_ne!(me["id"], me["user_id"], "the app's own name for the account is another one");
    for id in [me["id"].as_str().unwrap(), INSTAGRAM, "me"] {
        assert_eq!(stage.ig_get(&format!("/{id}?fields=user_id"), &token).await["user_id"], INSTAGRAM);
        assert!(stage.ig_get(&format!("/{id}/conversations"), &token).await["data"].is_array());
    }
    assert_eq!(refusal(&stage.ig_get(&format!("/{CAFE_INSTAGRAM}"), &token).await), (100, Some(33)), "another account is not there");
    assert_eq!(refusal(&stage.ig_get("/me?fields=pages", &token).await).0, 100);
}

#[tokio::test]
async fn a_token_of_one_host_is_nothing_on_the_other() {
    let stage = Stage::frozen().await;
    let instagram = stage.ig_token(INSTAGRAM).await;
    let tokens = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap();
    assert_eq!(refusal(&stage.get("/me", &instagram).await), (190, None));
    assert_eq!(refusal(&stage.get(&format!("/{INSTAGRAM}"), &instagram).await), (190, None));
    for foreign in [&tokens.user_token, &tokens.page_tokens[PAGE], &Stage::app_token(), "nonsense", ""] {
        let answer = stage.on_instagram(Method::GET, "/me", foreign, None).await;
        assert_eq!(answer.status(), 400);
        let told: Value = answer.json().await.unwrap();
        assert_eq!((refusal(&told), &told["error"]["type"]), ((190, None), &json!("IGApiException")), "{foreign}");
    }
    let debugged = stage.get(&format!("/debug_token?input_token={instagram}"), &Stage::app_token()).await;
    assert_eq!(debugged["data"]["is_valid"], false, "Facebook's debugger does not know Instagram's tokens");
}

#[tokio::test]
async fn an_account_that_became_personal_has_no_messages_to_give() {
    let stage = Stage::frozen().await;
    let token = stage.ig_token(INSTAGRAM).await;
    let personal = PersonAction::MakePersonal { instagram: INSTAGRAM.to_owned() };
    stage.controls.person_acts(ROBIN, &personal).await.unwrap();
    assert_eq!(stage.ig_get("/me?fields=account_type", &token).await["account_type"], "PERSONAL");
    assert_eq!(refusal(&stage.ig_get("/me/conversations", &token).await).0, 36_103);
    let body = json!({"recipient": {"id": "5000000000000011"}, "message": {"text": "x"}});
    assert_eq!(refusal(&stage.ig_post("/me/messages", &token, &body).await).0, 36_103);
    stage.controls.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    assert!(stage.ig_get("/me/conversations", &token).await["data"].is_array());
}

#[tokio::test]
async fn a_blocked_app_gets_nothing_on_either_road() {
    let stage = Stage::frozen().await;
    let (long, code, short) = (stage.ig_token(INSTAGRAM).await, stage.ig_code().await, stage.short_token().await);
    let page = stage.page_token(PAGE).await;
    stage.controls.seed(&json!({"apps": [{"id": APP, "blocked": true}]})).await.unwrap();
    assert_eq!(stage.redeem(&form(&code)).await.0, 400);
    for answer in [
        stage.exchanged(&short, PRODUCT_SECRET).await,
        stage.refreshed(&long).await,
        stage.ig_get("/me", &long).await,
        stage.get("/me", &page).await,
    ] {
        assert_eq!((refusal(&answer), &answer["error"]["message"]), ((200, None), &json!("API access blocked.")));
    }
}
