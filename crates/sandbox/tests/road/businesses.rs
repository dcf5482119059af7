use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use link_sandbox::Decision;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{ADA, ADA_IG, APP, CAFE, PAGE, ROBIN, SECRET, Stage, named, refusal};

const HOLDING: &str = "7000000000000001";
const AGENCY: &str = "7000000000000002";
const CLIENT_PAGE: &str = "3000000000000003";
pub(crate) const SYSTEM_USER: &str = "6000000000000002";
const SYSTEM_USER_ENDS: &str = "6000000000000003";

/// Harbour Books belongs to a business, a third Page to an agency's client, the Cafe to nobody.
async fn owned() -> Stage {
    Stage::with(own).await
}

pub(crate) fn own(seed: &mut Value) {
    seed["businesses"] = json!([
        {"id": HOLDING, "name": "Harbour Holding", "people": [ROBIN]},
        {"id": AGENCY, "name": "Agency", "people": [ROBIN]},
        {"id": "7000000000000003", "name": "Strangers"},
    ]);
    seed["pages"][0]["business"] = json!(HOLDING);
    let client = json!({"id": CLIENT_PAGE, "name": "A Client", "business": AGENCY, "client": true, "admins": [{"person": ROBIN}]});
    seed["pages"].as_array_mut().unwrap().push(client);
    let scopes: Vec<&str> = scopes();
    for (id, expires) in [(SYSTEM_USER, false), (SYSTEM_USER_ENDS, true)] {
        let configuration = json!({"id": id, "scopes": scopes, "token": "system_user", "expires": expires});
        seed["apps"][0]["configurations"].as_array_mut().unwrap().push(configuration);
    }
}

fn scopes() -> Vec<&'static str> {
    let mut scopes = crate::stage::scopes();
    scopes.push("business_management");
    scopes
}

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect()
}

fn proof(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(token.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Stage {
    /// The token that a configuration's login ends in, with what else was told.
    pub(crate) async fn configured(&self, configuration: &str) -> Value {
        let back = self.sign_in(&format!("config_id={configuration}&override_default_response_type=true"), &Decision::allow()).await;
        let code = named(&back, "code").unwrap();
        let path = format!("/oauth/access_token?client_id={APP}&client_secret={SECRET}&redirect_uri=http://localhost:9/done&code={code}");
        self.client.get(self.url(&path)).send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test]
async fn a_page_of_a_business_is_found_through_the_business_only() {
    let stage = owned().await;
    let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
    assert_eq!(ids(&stage.get("/me/accounts", &user).await), [CAFE], "what a business owns is not among one's own");
    let businesses = stage.get("/me/businesses?fields=id,name,verification_status,two_factor_type", &user).await;
    assert_eq!(ids(&businesses), [HOLDING, AGENCY], "businesses of strangers are not there");
    assert_eq!(businesses["data"][0]["name"], "Harbour Holding");
    assert_eq!(businesses["data"][0]["two_factor_type"], "none");
    let owned = stage.get(&format!("/{HOLDING}/owned_pages?fields=id,name,access_token,tasks"), &user).await;
    assert_eq!(ids(&owned), [PAGE]);
    assert_eq!(ids(&stage.get(&format!("/{HOLDING}/client_pages"), &user).await), Vec::<&str>::new());
    assert_eq!(ids(&stage.get(&format!("/{AGENCY}/client_pages"), &user).await), [CLIENT_PAGE]);
    assert_eq!(ids(&stage.get(&format!("/{AGENCY}/owned_pages"), &user).await), Vec::<&str>::new());
    let token = owned["data"][0]["access_token"].as_str().unwrap();
    assert_eq!(stage.get("/me", token).await["id"], PAGE);
    assert!(stage.send(token, ADA, json!({"text": "Hi"})).await["message_id"].is_string(), "it is a Page token like any other");
    let expanded = stage.get("/me?fields=businesses{name,owned_pages{name}}", &user).await;
    assert_eq!(expanded["businesses"]["data"][0]["owned_pages"]["data"][0]["name"], "Harbour Books");
    let instagram = stage.get(&format!("/{HOLDING}/instagram_business_accounts?fields=username"), &user).await;
    assert_eq!(instagram["data"][0]["username"], "harbourbooks");
    assert_eq!(refusal(&stage.get("/7000000000000003", &user).await), (100, Some(33)));
}

#[tokio::test]
async fn businesses_are_told_to_who_was_allowed_to_manage_them() {
    let stage = owned().await;
    let user = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap().user_token;
    for path in ["/me/businesses".to_owned(), format!("/{HOLDING}"), format!("/{HOLDING}/owned_pages")] {
        assert_eq!(refusal(&stage.get(&path, &user).await).0, 10, "{path}");
    }
    assert!(stage.get("/me?fields=businesses", &user).await.get("businesses").is_none());
}

#[tokio::test]
async fn a_page_that_no_list_names_is_found_by_what_the_token_is_for() {
    let stage = owned().await;
    let asked = format!("scope={}", scopes().join(","));
    let back = stage.sign_in(&asked, &Decision::allow().pages(&[PAGE])).await;
    let code = named(&back, "code").unwrap();
    let path = format!("/oauth/access_token?client_id={APP}&client_secret={SECRET}&redirect_uri=http://localhost:9/done&code={code}");
    let told: Value = stage.client.get(stage.url(&path)).send().await.unwrap().json().await.unwrap();
    let user = told["access_token"].as_str().unwrap();
    assert_eq!(ids(&stage.get("/me/accounts", user).await), Vec::<&str>::new());
    let debugged = stage.get(&format!("/debug_token?input_token={user}"), &Stage::app_token()).await;
    let granular: BTreeMap<&str, &Value> = debugged["data"]["granular_scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["scope"].as_str().unwrap(), &it["target_ids"]))
        .collect();
    assert_eq!(granular["pages_messaging"], &json!([PAGE]));
    assert_eq!(granular["instagram_basic"], &json!(["17841400000000001"]));
    let page = stage.get(&format!("/{PAGE}?fields=access_token,name,business"), user).await;
    assert_eq!((&page["name"], &page["business"]["id"]), (&json!("Harbour Books"), &json!(HOLDING)));
    assert_eq!(stage.get("/me", page["access_token"].as_str().unwrap()).await["id"], PAGE);
    assert_eq!(refusal(&stage.get(&format!("/{CAFE}?fields=access_token"), user).await), (100, Some(33)), "not ticked");
}

#[tokio::test]
async fn a_businesss_own_token_outlives_the_person_and_knows_its_business() {
    let stage = owned().await;
    let told = stage.configured(SYSTEM_USER).await;
    assert!(told.get("expires_in").is_none(), "it never ends: {told}");
    let token = told["access_token"].as_str().unwrap();
    let me = stage.get("/me?fields=client_business_id", token).await;
    assert_eq!(me["client_business_id"], HOLDING);
    assert_ne!(me["id"], ROBIN, "it is a user of the business's own");
    let debugged = stage.get(&format!("/debug_token?input_token={token}"), &Stage::app_token()).await["data"].clone();
    assert_eq!((&debugged["type"], &debugged["expires_at"]), (&json!("SYSTEM_USER"), &json!(0)));
    stage.controls.person_acts(ROBIN, &link_sandbox::PersonAction::ChangePassword).await.unwrap();
    stage.controls.advance("400d").await.unwrap();
    let accounts = stage.get("/me/accounts", token).await;
    assert!(ids(&accounts).contains(&PAGE), "{accounts}");
    let ending = stage.configured(SYSTEM_USER_ENDS).await;
    assert_eq!(ending["expires_in"], 5_184_000);
    stage.controls.advance("60d").await.unwrap();
    assert_eq!(refusal(&stage.get("/me", ending["access_token"].as_str().unwrap()).await), (190, Some(463)));
}

#[tokio::test]
async fn a_businesss_token_is_narrowed_and_fetched_with_a_proof() {
    let stage = owned().await;
    let whole = stage.configured(SYSTEM_USER).await["access_token"].as_str().unwrap().to_owned();
    let path = format!("/{HOLDING}/system_user_access_tokens");
    for wrong in [json!({}), json!({"appsecret_proof": "00"}), json!({"appsecret_proof": proof("other")})] {
        assert_eq!(refusal(&stage.post(&path, &whole, &wrong).await).0, 100, "{wrong}");
    }
    let body = json!({"appsecret_proof": proof(&whole), "scope": "pages_show_list,pages_messaging", "set_token_expires_in_60_days": true});
    let narrow = stage.post(&path, &whole, &body).await["access_token"].as_str().unwrap().to_owned();
    let debugged = stage.get(&format!("/debug_token?input_token={narrow}"), &Stage::app_token()).await["data"].clone();
    assert_eq!(debugged["scopes"], json!(["pages_messaging", "pages_show_list"]));
    assert_eq!(debugged["expires_at"].as_i64().unwrap() - debugged["issued_at"].as_i64().unwrap(), 60 * 86_400);
    let page = stage.get(&format!("/{PAGE}?fields=access_token"), &narrow).await["access_token"].as_str().unwrap().to_owned();
    assert!(stage.send(&page, ADA, json!({"text": "Hi"})).await["message_id"].is_string());
    assert_eq!(refusal(&stage.send(&page, ADA_IG, json!({"text": "Hi"})).await).0, 200, "it was narrowed to Messenger");
    let fetched = stage.post(&path, &whole, &json!({"appsecret_proof": proof(&whole), "fetch_only": true})).await;
    assert!([&whole, &narrow].contains(&&fetched["access_token"].as_str().unwrap().to_owned()));
    let foreign = format!("/{AGENCY}/system_user_access_tokens");
    assert_eq!(refusal(&stage.post(&foreign, &whole, &json!({"appsecret_proof": proof(&whole)})).await), (100, Some(33)));
}

#[tokio::test]
async fn a_business_that_demands_two_factors_keeps_instagram_shut() {
    let stage = owned().await;
    let user = stage.controls.tokens(ROBIN, &scopes()).await.unwrap();
    let token = &user.page_tokens[PAGE];
    assert!(stage.send(token, ADA_IG, json!({"text": "Hi"})).await["message_id"].is_string());
    stage.controls.seed(&json!({"businesses": [{"id": HOLDING, "two_factor_type": "all_required"}]})).await.unwrap();
    assert_eq!(refusal(&stage.send(token, ADA_IG, json!({"text": "Hi"})).await), (10, Some(2_534_077)));
    assert!(stage.send(token, ADA, json!({"text": "Hi"})).await["message_id"].is_string(), "Messenger goes on");
    let told = stage.get(&format!("/{HOLDING}?fields=two_factor_type"), &user.user_token).await;
    assert_eq!(told["two_factor_type"], "all_required");
}

#[tokio::test]
async fn a_businesss_own_token_counts_against_the_pages_day() {
    let stage = owned().await;
    stage.controls.seed(&json!({"limits": {"page_calls_per_day": 2, "page_calls_per_hour": 1}})).await.unwrap();
    let token = stage.configured(SYSTEM_USER).await["access_token"].as_str().unwrap().to_owned();
    let path = format!("/{PAGE}");
    for share in [50, 100] {
        let answer = stage.raw(reqwest::Method::GET, &path, &token, None).await;
        let used: Value = serde_json::from_slice(answer.headers()["x-business-use-case-usage"].as_bytes()).unwrap();
        assert_eq!((&used[PAGE][0]["type"], &used[PAGE][0]["call_count"]), (&json!("pages"), &json!(share)));
    }
    assert_eq!(refusal(&stage.get(&path, &token).await).0, 80_001);
}
