use link_sandbox::{Decision, PersonAction};
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{APP, CAFE, PAGE, ROBIN, SCOPES, SECRET, Stage, named, refusal};

impl Stage {
    async fn code(&self, more: &str, decision: &Decision) -> String {
        let back = self.sign_in(more, decision).await;
        named(&back, "code").unwrap().to_owned()
    }

    async fn exchange(&self, code: &str, secret: &str, redirect: &str) -> Value {
        let path = format!("/v26.0/oauth/access_token?client_id={APP}&client_secret={secret}&redirect_uri={redirect}&code={code}");
        self.client.get(self.url(&path)).send().await.unwrap().json().await.unwrap()
    }

    async fn short(&self, decision: &Decision) -> String {
        let code = self.code(&format!("scope={SCOPES}"), decision).await;
        let told = self.exchange(&code, SECRET, "http://localhost:9/done").await;
        told["access_token"].as_str().unwrap().to_owned()
    }

    async fn long(&self, short: &str) -> Value {
        let path =
            format!("/oauth/access_token?grant_type=fb_exchange_token&client_id={APP}&client_secret={SECRET}&fb_exchange_token={short}");
        self.client.get(self.url(&path)).send().await.unwrap().json().await.unwrap()
    }

    async fn debug(&self, token: &str) -> Value {
        let told = self.get(&format!("/debug_token?input_token={token}"), &Self::app_token()).await;
        told["data"].clone()
    }
}

#[tokio::test]
async fn a_walk_through_the_dialog_ends_in_page_tokens_that_do_not_expire() {
    let stage = Stage::frozen().await;
    let back = stage.sign_in(&format!("scope={SCOPES}&response_type=code,granted_scopes"), &Decision::allow()).await;
    assert_eq!(named(&back, "state"), Some("s 1"), "the state comes back as it was sent");
    assert!(named(&back, "granted_scopes").unwrap().contains("pages_messaging"));

    let short = stage.short(&Decision::allow()).await;
    let told = stage.long(&short).await;
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
    let long = told["access_token"].as_str().unwrap();

    let accounts = stage.get("/me/accounts?fields=id,name,access_token,tasks,instagram_business_account{id,username}&limit=1", long).await;
    let page = &accounts["data"][0];
    assert_eq!((&page["id"], &page["instagram_business_account"]["username"]), (&json!(PAGE), &json!("harbourbooks")));
    assert!(page["tasks"].as_array().unwrap().contains(&json!("MESSAGING")));
    let next: Value = stage.client.get(accounts["paging"]["next"].as_str().unwrap()).send().await.unwrap().json().await.unwrap();
    assert_eq!(next["data"][0]["id"], CAFE, "the second Page is one link away");
    assert!(next["paging"]["next"].is_null());

    let page = stage.debug(page["access_token"].as_str().unwrap()).await;
    assert_eq!((&page["type"], &page["expires_at"], &page["profile_id"]), (&json!("PAGE"), &json!(0), &json!(PAGE)));
    let user = stage.debug(long).await;
    assert_eq!((&user["type"], &user["is_valid"], &user["user_id"]), (&json!("USER"), &json!(true), &json!(ROBIN)));
    assert!(user["granular_scopes"][0].get("target_ids").is_none(), "every Page, present and future");
    assert_eq!(
        user["data_access_expires_at"].as_i64().unwrap() - user["issued_at"].as_i64().unwrap(),
        90 * 86_400,
        "data can be read for ninety days"
    );
}

#[tokio::test]
async fn a_page_token_of_a_short_login_ends_with_it() {
    let stage = Stage::frozen().await;
    let short = stage.short(&Decision::allow()).await;
    let told = stage.get("/me/accounts", &short).await;
    let page = told["data"][0]["access_token"].as_str().unwrap();
    assert_eq!(stage.debug(page).await["expires_at"], stage.debug(&short).await["expires_at"]);
    stage.controls.advance("2h").await.unwrap();
    assert_eq!(refusal(&stage.get("/me", page).await), (190, Some(463)));
    assert_eq!(refusal(&stage.long(&short).await), (190, Some(463)), "an expired token cannot be exchanged");
    let told = stage.debug(&short).await;
    assert_eq!((&told["is_valid"], &told["error"]["subcode"], &told["scopes"]), (&json!(false), &json!(463), &json!([])));
}

#[tokio::test]
async fn one_person_may_decline_one_permission_and_one_page() {
    let stage = Stage::frozen().await;
    let decision = Decision::allow().scopes(&["pages_show_list", "pages_messaging"]).pages(&[CAFE]);
    let token = stage.short(&decision).await;
    let accounts = stage.get("/me/accounts", &token).await;
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1, "a Page that was not ticked is not there");
    assert_eq!(accounts["data"][0]["id"], CAFE);
    let declined = stage.get("/me/permissions?status=declined", &token).await;
    assert!(declined["data"].as_array().unwrap().contains(&json!({"permission": "instagram_basic", "status": "declined"})));
    let told = stage.debug(&token).await;
    let shown = told["granular_scopes"].as_array().unwrap();
    assert!(shown.contains(&json!({"scope": "pages_messaging", "target_ids": [CAFE]})), "{told}");

    stage.short(&Decision::allow()).await;
    let still = stage.get("/me/permissions?permission=instagram_basic", &token).await;
    assert_eq!(still["data"][0]["status"], "declined", "what was declined is not asked again by itself");
    stage.code(&format!("scope={SCOPES}&auth_type=rerequest"), &Decision::allow()).await;
    let now = stage.get("/me/permissions?permission=instagram_basic", &token).await;
    assert_eq!(now["data"][0]["status"], "granted");
}

#[tokio::test]
async fn a_configuration_is_all_or_nothing() {
    let stage = Stage::frozen().await;
    let config = "config_id=6000000000000001";
    let back = stage.sign_in(config, &Decision::allow().scopes(&["pages_show_list"])).await;
    assert_eq!(named(&back, "error"), Some("access_denied"));
    let world = stage.controls.state().await.unwrap();
    assert_eq!(world["grants"], json!([]), "nothing was granted");
    assert!(named(&stage.sign_in(config, &Decision::allow()).await, "code").is_some());
}

#[tokio::test]
async fn who_says_no_is_sent_back_with_the_reason() {
    let stage = Stage::frozen().await;
    let back = stage.sign_in(&format!("scope={SCOPES}"), &Decision::deny()).await;
    for (name, value) in [("error", "access_denied"), ("error_reason", "user_denied"), ("error_code", "200"), ("state", "s 1")] {
        assert_eq!(named(&back, name), Some(value));
    }
}

#[tokio::test]
async fn a_dialog_that_is_asked_wrongly_sends_nobody_anywhere() {
    let stage = Stage::frozen().await;
    for wrong in [
        "/dialog/oauth".to_owned(),
        "/dialog/oauth?client_id=1&redirect_uri=http://localhost/".to_owned(),
        format!("/dialog/oauth?client_id={APP}&redirect_uri=https://example.org/"),
        format!("/dialog/oauth?client_id={APP}&redirect_uri=http://localhost/&scope=read_minds"),
        format!("/dialog/oauth?client_id={APP}&redirect_uri=http://localhost/&config_id=1"),
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = stage.client.request(method, stage.url(&wrong)).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{wrong}");
            assert!(answer.headers().get("location").is_none());
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        }
    }
    let page = stage.client.get(stage.dialog("scope=pages_messaging")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Harbour Books"), "a person sees which Pages are meant");
}

#[tokio::test]
async fn a_code_works_once_for_the_same_address_and_app_within_ten_minutes() {
    let stage = Stage::frozen().await;
    let code = stage.code("scope=email", &Decision::allow()).await;
    let done = "http://localhost:9/done";
    assert_eq!(refusal(&stage.exchange(&code, "wrong", done).await), (1, None));
    assert_eq!(refusal(&stage.exchange(&code, SECRET, "http://localhost:9/other").await), (100, Some(36_008)));
    assert_eq!(refusal(&stage.exchange("AQnonsense", SECRET, done).await).0, 100);
    assert!(stage.exchange(&code, SECRET, done).await["access_token"].is_string());
    assert_eq!(refusal(&stage.exchange(&code, SECRET, done).await), (100, Some(36_009)));
    let late = stage.code("scope=email", &Decision::allow()).await;
    stage.controls.advance("11m").await.unwrap();
    assert_eq!(refusal(&stage.exchange(&late, SECRET, done).await).0, 100);
    let nobody = stage.client.get(stage.url("/oauth/access_token?client_id=7&client_secret=x&code=y")).send().await.unwrap();
    assert_eq!(refusal(&nobody.json().await.unwrap()), (101, None));
}

#[tokio::test]
async fn a_token_dies_with_what_it_rests_on_and_says_why() {
    let stage = Stage::frozen().await;
    let page = stage.page_token(PAGE).await;
    for (action, subcode) in [
        (PersonAction::ChangePassword, 460),
        (PersonAction::Checkpoint, 459),
        (PersonAction::Deauthorise { app: None }, 458),
        (PersonAction::LoseTask { page: PAGE.to_owned(), task: None }, 492),
    ] {
        assert_eq!(stage.get("/me", &page).await["id"], PAGE, "the token holds before");
        stage.controls.person_acts(ROBIN, &action).await.unwrap();
        let answer = stage.raw(Method::GET, "/me", &page, None).await;
        assert!(answer.headers().contains_key("www-authenticate"));
        assert_eq!(refusal(&answer.json().await.unwrap()), (190, Some(subcode)), "{action:?}");
        stage.controls.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_from_before_the_app_was_removed_stays_dead() {
    let stage = Stage::frozen().await;
    let old = stage.page_token(PAGE).await;
    stage.controls.person_acts(ROBIN, &PersonAction::Deauthorise { app: None }).await.unwrap();
    let new = stage.page_token(PAGE).await;
    assert_eq!(refusal(&stage.get("/me", &old).await), (190, Some(458)));
    assert_eq!(stage.get("/me", &new).await["id"], PAGE);
}

#[tokio::test]
async fn a_person_at_the_page_can_choose_every_page_or_some() {
    let stage = Stage::frozen().await;
    let page = stage.client.get(stage.dialog("scope=pages_show_list")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"sandbox_all_pages\""), "a person can allow Pages that are still to come");
    for (fields, targets) in [
        (
            "sandbox_decision=allow&sandbox_scopes=public_profile&sandbox_scopes=pages_show_list&sandbox_all_pages=1&sandbox_pages=",
            json!(null),
        ),
        (
            "sandbox_decision=allow&sandbox_scopes=public_profile&sandbox_scopes=pages_show_list&sandbox_pages=&sandbox_pages=3000000000000002",
            json!([CAFE]),
        ),
    ] {
        let form = "application/x-www-form-urlencoded";
        let post = stage.client.post(stage.dialog("scope=pages_show_list")).header("content-type", form).body(fields);
        let back = post.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
        let code = back.split_once("code=").and_then(|(_, rest)| rest.split_once('&')).unwrap().0;
        let token = stage.exchange(code, SECRET, "http://localhost:9/done").await;
        let told = stage.debug(token["access_token"].as_str().unwrap()).await;
        assert_eq!(told["granular_scopes"][0]["target_ids"], targets);
    }
}

#[tokio::test]
async fn a_person_can_withdraw_one_permission_or_the_whole_app() {
    let stage = Stage::frozen().await;
    let user = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap().user_token;
    assert_eq!(stage.delete("/me/permissions/pages_messaging", &user).await, json!({"success": true}));
    let told = stage.get("/me/permissions?permission=pages_messaging", &user).await;
    assert_eq!(told["data"][0]["status"], "declined");
    assert_eq!(stage.delete(&format!("/{ROBIN}/permissions"), &user).await, json!({"success": true}));
    assert_eq!(refusal(&stage.get("/me", &user).await), (190, Some(458)));
}
