//! Both dialogs, codes, tokens, permissions, and what an app is told of them.

mod instagram;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::check::{Check, Plain, plain, stories};
use crate::stage::Who::{App, Login, Nobody, Page, User};
use crate::stage::{APP, INSTAGRAM, PAGE, ROBIN, SECRET, Stage};

const PLAIN: &[Plain] = &[
    plain(
        "login:page",
        Nobody,
        "GET /v26.0/dialog/oauth?client_id=1000000000000001&redirect_uri=http://localhost:9/done&scope=pages_show_list&display=popup&extras={}",
        |it| it.as_str().is_some_and(|page| page.contains("<form")),
    ),
    plain("login:error-page", Nobody, "GET /dialog/oauth?client_id=1000000000000001&redirect_uri=http://elsewhere.example/", |it| {
        it.as_str().is_some_and(|page| page.contains("URL Blocked"))
    }),
    plain(
        "login:invalid-scopes",
        Nobody,
        "GET /dialog/oauth?client_id=1000000000000001&redirect_uri=http://localhost:9/done&scope=nonsense",
        |it| it.as_str().is_some_and(|page| page.contains("Invalid Scopes: nonsense")),
    ),
    plain(
        "login:reauthenticate",
        Nobody,
        "GET /dialog/oauth?client_id=1000000000000001&redirect_uri=http://localhost:9/done&auth_type=reauthenticate",
        |it| it.as_str().is_some_and(|page| page.contains("password")),
    ),
    plain(
        "login:app-token",
        Nobody,
        "GET /oauth/access_token?client_id=1000000000000001&client_secret=sandbox-app-secret&grant_type=client_credentials",
        |it| it["access_token"].as_str().is_some_and(|token| token.starts_with("1000000000000001|")),
    ),
    plain("login:app-token-pipe", App, "GET /1000000000000001?fields=name", |it| it["name"] == "Sandbox App"),
    plain("login:debug-token", App, "GET /debug_token?input_token={user}", |it| {
        let data = &it["data"];
        data["type"] == "USER"
            && data["is_valid"] == true
            && data["expires_at"].as_i64() > data["issued_at"].as_i64()
            && data["data_access_expires_at"].is_number()
    }),
    plain("login:debug-token-page", User, "GET /debug_token?input_token={page}", |it| {
        it["data"]["type"] == "PAGE" && it["data"]["profile_id"] == "3000000000000001" && it["data"]["expires_at"] == 0
    }),
    plain("login:debug-token-invalid", App, "GET /debug_token?input_token={user}", |it| {
        it["data"]["is_valid"] == false && it["data"]["error"]["subcode"] == 460 && it["data"]["error"].get("error_subcode").is_none()
    })
    .after(&[("people/2000000000000001/actions", r#"{"action":"change_password"}"#)]),
    plain("login:debug-token-ids", App, "GET /debug_token?input_token={user}", |it| {
        it["data"]["app_id"].is_number() && it["data"]["user_id"].is_number()
    })
    .after(&[("seed", r#"{"quirks":{"debug_token_ids":"number"}}"#)]),
    plain("login:permissions", User, "GET /me/permissions?status=granted&permission=pages_show_list", |it| {
        it["data"] == json!([{"permission": "pages_show_list", "status": "granted"}])
    }),
    plain("login:app-permissions", App, "GET /1000000000000001/permissions", |it| it["data"][0]["status"] == "unapproved")
        .after(&[("seed", r#"{"apps":[{"id":"1000000000000001","access":"standard"}]}"#)]),
    plain("login:data-access", Page, "GET /me/conversations", |it| it["error"]["code"] == 10)
        .after(&[("seed", r#"{"quirks":{"page_data_access":"ends"}}"#), ("clock", r#"{"advance":"91d"}"#)]),
    plain(
        "login:instagram-page",
        Login,
        "GET /oauth/authorize?client_id=1000000000000002&redirect_uri=http://localhost:9/done&response_type=code&scope=instagram_business_basic&enable_fb_login=0&force_reauth=true",
        |it| it.as_str().is_some_and(|page| page.contains("harbourbooks") && page.contains("password")),
    ),
    plain(
        "login:instagram-me",
        Login,
        "GET /v26.0/me?fields=id,user_id,username,name,account_type,profile_picture_url,followers_count,follows_count,media_count",
        |it| it["user_id"] == "17841400000000001" && it["id"] != it["user_id"] && it["username"] == "harbourbooks",
    ),
    plain("login:instagram-me-shape", Login, "GET /me?fields=user_id", |it| it["data"][0]["user_id"] == "17841400000000001")
        .after(&[("seed", r#"{"quirks":{"ig_me":"data"}}"#)]),
    plain("login:instagram-refresh", Login, "GET /refresh_access_token?grant_type=ig_refresh_token&access_token={login}", |it| {
        it["expires_in"] == 5_184_000 && it["token_type"] == "bearer"
    })
    .after(&[("clock", r#"{"advance":"24h"}"#)]),
    plain("login:instagram-early-refresh", Login, "GET /refresh_access_token?grant_type=ig_refresh_token&access_token={login}", |it| {
        it["access_token"].is_string()
    })
    .after(&[("seed", r#"{"quirks":{"early_refresh":"extend"}}"#)]),
    plain("login:instagram-token-dies", Login, "GET /me", |it| it["error"]["code"] == 190 && it["error"]["type"] == "IGApiException")
        .after(&[("clock", r#"{"advance":"60d"}"#)]),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "login:allow" => allow,
        "login:deny" => deny,
        "login:decline-one" => decline_one,
        "login:rerequest" => rerequest,
        "login:choose-pages" => choose_pages,
        "login:granular-scopes" => choose_pages,
        "login:config-id" => config_id,
        "login:system-user" => system_user_story,
        "login:client-business-id" => system_user_story,
        "login:system-user-access-tokens" => narrower,
        "login:response-type" => response_type,
        "login:code" => code,
        "login:basic-auth" => basic_auth,
        "login:pkce" => pkce,
        "login:long-lived" => long_lived,
        "login:page-tokens" => page_tokens,
        "login:permissions-expired" => permissions_expired,
        "login:appsecret-proof" => proof,
        "login:appsecret-time" => proof,
        "login:revoke-one" => revoke_one,
        "login:revoke-all" => revoke_all,
        "login:deauthorize-callback" => deauthorize,
        "login:deauthorize-callback-page" => deauthorize_page,
        "login:deletion-callback" => deletion,
        "login:instagram-callbacks" => instagram_callbacks,
        "login:instagram-allow" => instagram::allow,
        "login:instagram-deny" => instagram::deny,
        "login:instagram-code" => instagram::code,
        "login:instagram-code-shape" => instagram::shape,
        "login:instagram-old-errors" => instagram::errors,
        "login:instagram-long-lived" => instagram::long,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

async fn redeem(stage: &Stage, code: &str, more: &[(&str, &str)]) -> Value {
    let mut query = vec![("client_id", APP), ("client_secret", SECRET), ("redirect_uri", "http://localhost:9/done"), ("code", code)];
    query.extend(more);
    let url = format!("{}/v26.0/oauth/access_token", stage.sandbox.facebook());
    stage.client.post(url).form(&query).send().await.unwrap().json().await.unwrap()
}

async fn with(stage: &Stage, token: &str, call: &str, body: &[(&str, &str)]) -> Value {
    let (method, path) = call.split_once(' ').unwrap();
    let url = format!("{}{path}", stage.sandbox.facebook());
    let request = stage.client.request(method.parse().unwrap(), url).bearer_auth(token).form(body);
    request.send().await.unwrap().json().await.unwrap()
}

/// A walk through the dialog, to the short-lived token.
async fn signed_in(stage: &Stage, more: &str, form: &[(&str, &str)]) -> String {
    let back = stage.walk(more, form).await;
    let told = redeem(stage, &Stage::query(&back, "code").unwrap(), &[]).await;
    told["access_token"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
}

async fn status(stage: &Stage, token: &str, permission: &str) -> Value {
    with(stage, token, &format!("GET /me/permissions?permission={permission}"), &[]).await["data"][0]["status"].clone()
}

async fn allow(stage: Stage) {
    let back = stage.walk("scope=pages_show_list", &[("sandbox_decision", "allow")]).await;
    assert_eq!(Stage::query(&back, "state").as_deref(), Some("s1"));
    assert!(Stage::query(&back, "code").is_some() && back.fragment() == Some("_=_"));
}

async fn deny(stage: Stage) {
    let back = stage.walk("scope=pages_show_list", &[("sandbox_decision", "deny")]).await;
    for (name, value) in [("error", "access_denied"), ("error_reason", "user_denied"), ("error_code", "200"), ("state", "s1")] {
        assert_eq!(Stage::query(&back, name).as_deref(), Some(value));
    }
}

async fn decline_one(stage: Stage) {
    let asked = "scope=pages_show_list,instagram_manage_comments";
    let token = signed_in(&stage, asked, &[("sandbox_scopes", "pages_show_list")]).await;
    assert_eq!(status(&stage, &token, "instagram_manage_comments").await, "declined");
}

async fn rerequest(stage: Stage) {
    let asked = "scope=pages_show_list,instagram_manage_comments";
    signed_in(&stage, asked, &[("sandbox_scopes", "pages_show_list")]).await;
    let token = signed_in(&stage, asked, &[]).await;
    assert_eq!(status(&stage, &token, "instagram_manage_comments").await, "declined", "it is not asked again");
    let token = signed_in(&stage, &format!("{asked}&auth_type=rerequest&auth_nonce=n1"), &[]).await;
    assert_eq!(status(&stage, &token, "instagram_manage_comments").await, "granted");
    let told = stage.get(App, &format!("/debug_token?input_token={token}")).await;
    assert_eq!(told["data"]["metadata"], json!({"auth_type": "rerequest", "auth_nonce": "n1"}));
}

async fn choose_pages(stage: Stage) {
    let token = signed_in(&stage, "scope=pages_show_list,instagram_basic", &[("sandbox_pages", PAGE)]).await;
    let listed = with(&stage, &token, "GET /me/accounts", &[]).await;
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["id"]), (1, &json!(PAGE)));
    let told = stage.get(App, &format!("/debug_token?input_token={token}")).await;
    let granular = told["data"]["granular_scopes"].as_array().unwrap();
    let targets = |scope: &str| granular.iter().find(|it| it["scope"] == scope).unwrap()["target_ids"].clone();
    assert_eq!((targets("pages_show_list"), targets("instagram_basic")), (json!([PAGE]), json!([INSTAGRAM])));
}

async fn config_id(stage: Stage) {
    let back = stage.walk("config_id=6000000000000001", &[("sandbox_scopes", "pages_show_list")]).await;
    assert_eq!(Stage::query(&back, "error").as_deref(), Some("access_denied"), "everything or nothing");
    signed_in(&stage, "config_id=6000000000000001&override_default_response_type=true&response_type=code", &[]).await;
}

/// A business's own token, by a configuration of that kind.
pub(crate) async fn system_user(stage: &Stage) -> String {
    let everything = "pages_show_list,pages_read_engagement,pages_manage_metadata,pages_messaging,instagram_basic,instagram_manage_messages,business_management";
    let scopes: Vec<&str> = everything.split(',').collect();
    let seed = json!({
        "businesses": [{"id": "7000000000000001", "name": "Harbour Group", "people": [ROBIN]}],
        "pages": [{"id": PAGE, "business": "7000000000000001"}],
        "apps": [{"id": APP, "configurations": [{"id": "6000000000000002", "scopes": scopes, "token": "system_user"}]}],
    });
    stage.own("seed", &seed.to_string()).await;
    signed_in(stage, "config_id=6000000000000002&response_type=code&override_default_response_type=true", &[]).await
}

async fn system_user_story(stage: Stage) {
    let token = system_user(&stage).await;
    let told = stage.get(App, &format!("/debug_token?input_token={token}")).await;
    assert_eq!((&told["data"]["type"], &told["data"]["expires_at"]), (&json!("SYSTEM_USER"), &json!(0)));
    let me = with(&stage, &token, "GET /me?fields=client_business_id", &[]).await;
    assert_eq!(me["client_business_id"], "7000000000000001");
}

async fn narrower(stage: Stage) {
    let token = system_user(&stage).await;
    let path = "POST /7000000000000001/system_user_access_tokens";
    let refused = with(&stage, &token, path, &[]).await;
    assert_eq!(refused["error"]["type"], "GraphMethodException");
    let proof = signature(SECRET, &token);
    let scope = [("appsecret_proof", proof.as_str()), ("scope", "pages_show_list"), ("set_token_expires_in_60_days", "true")];
    let made = with(&stage, &token, path, &scope).await["access_token"].as_str().unwrap().to_owned();
    let told = stage.get(App, &format!("/debug_token?input_token={made}")).await;
    assert_eq!(told["data"]["scopes"], json!(["pages_show_list"]));
    assert_ne!(told["data"]["expires_at"], 0);
    let fetched = with(&stage, &token, path, &[("appsecret_proof", proof.as_str()), ("fetch_only", "true")]).await;
    assert!(fetched["access_token"].is_string());
}

async fn response_type(stage: Stage) {
    let back = stage.walk("scope=pages_show_list&response_type=token", &[]).await;
    assert!(back.fragment().is_some_and(|it| it.contains("access_token=")), "{back}");
    let back = stage.walk("scope=pages_show_list&response_type=code,granted_scopes", &[]).await;
    assert!(Stage::query(&back, "granted_scopes").is_some_and(|it| it.contains("pages_show_list")));
}

async fn code(stage: Stage) {
    let back = stage.walk("scope=pages_show_list", &[]).await;
    let told = redeem(&stage, &Stage::query(&back, "code").unwrap(), &[]).await;
    assert_eq!(told["token_type"], "bearer");
    assert!(told["access_token"].is_string() && told["expires_in"].is_number());
}

async fn basic_auth(stage: Stage) {
    let back = stage.walk("scope=pages_show_list", &[]).await;
    let code = Stage::query(&back, "code").unwrap();
    let form = [("grant_type", "authorization_code"), ("redirect_uri", "http://localhost:9/done"), ("code", code.as_str())];
    let url = format!("{}/oauth/access_token", stage.sandbox.facebook());
    let answer = stage.client.post(url).basic_auth(APP, Some(SECRET)).form(&form).send().await.unwrap();
    assert!(answer.json::<Value>().await.unwrap()["access_token"].is_string());
}

async fn pkce(stage: Stage) {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("verifier-of-my-own"));
    let back = stage.walk(&format!("scope=openid&code_challenge={challenge}&code_challenge_method=S256&nonce=n"), &[]).await;
    let code = Stage::query(&back, "code").unwrap();
    assert_eq!(redeem(&stage, &code, &[("code_verifier", "another")]).await["error"]["code"], 100);
    assert!(redeem(&stage, &code, &[("code_verifier", "verifier-of-my-own")]).await["access_token"].is_string());
}

async fn exchanged(stage: &Stage, token: &str) -> Value {
    let query = [("grant_type", "fb_exchange_token"), ("client_id", APP), ("client_secret", SECRET), ("fb_exchange_token", token)];
    let url = format!("{}/v26.0/oauth/access_token", stage.sandbox.facebook());
    stage.client.get(url).query(&query).send().await.unwrap().json().await.unwrap()
}

/// A token can be made to live longer than what the person allowed at the last login.
async fn permissions_expired(stage: Stage) {
    stage.own("clock", r#"{"advance":"50d"}"#).await;
    let later = exchanged(&stage, &stage.token(User)).await["access_token"].as_str().unwrap().to_owned();
    let call = "GET /v26.0/me/permissions?permission=pages_show_list";
    assert_eq!(with(&stage, &later, call, &[]).await["data"][0]["status"], "granted");
    stage.own("clock", r#"{"advance":"41d"}"#).await;
    assert_eq!(with(&stage, &later, call, &[]).await["data"][0]["status"], "expired");
}

async fn long_lived(stage: Stage) {
    let short = signed_in(&stage, "scope=pages_show_list", &[]).await;
    let told = exchanged(&stage, &short).await;
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
}

async fn page_tokens(stage: Stage) {
    let listed = stage.get(User, "/me/accounts?fields=access_token").await;
    assert_eq!(listed["data"][0]["access_token"], json!(stage.token(Page)), "the same one each time");
    stage.own("clock", r#"{"advance":"100d"}"#).await;
    assert!(stage.get(Page, "/me").await["id"].is_string(), "it outlives the token it came from");
}

fn signature(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn proof(stage: Stage) {
    let token = stage.token(User);
    stage.own("seed", r#"{"apps":[{"id":"1000000000000001","require_proof":true}]}"#).await;
    assert_eq!(stage.get(User, "/me").await["error"]["type"], "GraphMethodException", "it lacks");
    let with_proof = async |proof: &str| stage.get(User, &format!("/me?appsecret_proof={proof}")).await;
    assert!(with_proof(&signature(SECRET, &token)).await["id"].is_string());
    assert_eq!(with_proof("nonsense").await["error"]["code"], 100);
    let at = 1_795_435_200;
    let timed = format!("{}&appsecret_time={at}", signature(SECRET, &format!("{token}|{at}")));
    assert!(with_proof(&timed).await["id"].is_string());
    stage.own("clock", r#"{"advance":"6m"}"#).await;
    assert_eq!(with_proof(&timed).await["error"]["code"], 100, "it held for five minutes");
}

async fn revoke_one(stage: Stage) {
    let done = stage.call(User, "DELETE /me/permissions/pages_messaging", "").await;
    assert_eq!(done, json!({"success": true}));
    assert_eq!(status(&stage, &stage.token(User), "pages_messaging").await, "declined");
}

async fn revoke_all(stage: Stage) {
    assert_eq!(stage.call(User, "DELETE /me/permissions", "").await, json!({"success": true}));
    assert_eq!(stage.get(User, "/me").await["error"]["error_subcode"], 458);
}

/// The payload of the `signed_request` that came, its signature checked.
async fn letter(stage: &Stage, secret: &str) -> Value {
    let body = stage.wait_for(1).await[0].body.clone();
    let (_, signed) = url::form_urlencoded::parse(&body).find(|(name, _)| name == "signed_request").unwrap();
    let (signed, payload) = signed.split_once('.').unwrap();
    assert_eq!(hex::encode(URL_SAFE_NO_PAD.decode(signed).unwrap()), signature(secret, payload));
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(payload["algorithm"], "HMAC-SHA256");
    payload
}

async fn told_of(stage: &Stage, address: &str, action: &str) -> Value {
    stage.own("seed", &json!({"apps": [{"id": APP, address: stage.hook}]}).to_string()).await;
    stage.own(&format!("people/{ROBIN}/actions"), &json!({"action": action}).to_string()).await;
    letter(stage, SECRET).await
}

async fn deauthorize(stage: Stage) {
    assert_eq!(told_of(&stage, "deauthorize_url", "deauthorise").await["user_id"], ROBIN);
}

async fn deauthorize_page(stage: Stage) {
    stage.own("seed", &json!({"apps": [{"id": APP, "deauthorize_url": stage.hook}]}).to_string()).await;
    let body = json!({"action": "deauthorise", "page": PAGE});
    stage.own(&format!("people/{ROBIN}/actions"), &body.to_string()).await;
    let told = letter(&stage, SECRET).await;
    assert_eq!((&told["user_id"], &told["profile_id"]), (&Value::Null, &json!(PAGE)));
}

async fn deletion(stage: Stage) {
    assert_eq!(told_of(&stage, "data_deletion_url", "request_deletion").await["user_id"], ROBIN);
}

async fn instagram_callbacks(stage: Stage) {
    let product = json!({"id": "1000000000000002", "secret": "sandbox-instagram-secret", "deauthorize_url": stage.hook});
    stage.own("seed", &json!({"apps": [{"id": APP, "instagram_app": product}]}).to_string()).await;
    let body = json!({"action": "deauthorise", "instagram": INSTAGRAM});
    stage.own(&format!("people/{ROBIN}/actions"), &body.to_string()).await;
    assert!(letter(&stage, "sandbox-instagram-secret").await["user_id"].is_string());
}
