//! A customer links an account of the app's own, and the other way round.

use link_sandbox::Action;
use serde_json::json;

use crate::desk::{Desk, Road};
use crate::stage::{ADA, INSTAGRAM, PAGE};

#[tokio::test]
async fn a_customer_is_known_by_the_token_until_the_login_is_over() {
    let desk = Desk::on(Road::Page).await;
    let token = desk.stage.page_token(PAGE).await;
    let login = json!({"account_linking_url": "https://shop.example/login?from=chat"});
    desk.stage.post("/me/messenger_profile", &token, &login).await;
    let opened = desk.own("customers/c1/actions", &json!({"to": PAGE, "action": "link_account"})).await;
    let linking = opened["account_linking_token"].as_str().unwrap().to_owned();
    let url = url::Url::parse(opened["url"].as_str().unwrap()).unwrap();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert_eq!(asked[0], ("from".to_owned(), "chat".to_owned()), "the app's own query stays");
    assert_eq!(asked[1], ("account_linking_token".to_owned(), linking.clone()));
    assert_eq!(asked[2].0, "redirect_uri");
    let path = format!("/me?fields=recipient&account_linking_token={linking}");
    assert_eq!(desk.stage.get(&path, &token).await, json!({"id": PAGE, "recipient": ADA}));
    let back = Action::LinkAccount { code: "CODE-1".to_owned() };
    desk.controls().customer_acts("c1", PAGE, &back).await.unwrap();
    let arrived = desk.arrived().await;
    assert_eq!(arrived[0].item()["account_linking"], json!({"status": "linked", "authorization_code": "CODE-1"}));
    assert_eq!(desk.stage.get(&path, &token).await["error"]["code"], 10_303, "the token is used up");
    assert!(desk.controls().customer_acts("c1", PAGE, &back).await.is_err(), "nobody comes back twice");
    desk.controls().customer_acts("c1", PAGE, &Action::UnlinkAccount).await.unwrap();
    assert_eq!(desk.arrived().await[0].item()["account_linking"], json!({"status": "unlinked"}));
}

#[tokio::test]
async fn the_apps_login_sends_the_customer_back_to_the_sandbox_itself() {
    let desk = Desk::on(Road::Page).await;
    let open = json!({"to": PAGE, "action": "link_account"});
    let back = async |more: &str| {
        let opened = desk.own("customers/c1/actions", &open).await;
        let url = format!("{}{more}", opened["redirect_uri"].as_str().unwrap());
        desk.stage.client.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(back("").await, 400, "without a code it was given up");
    assert!(desk.arrived().await.is_empty());
    assert_eq!(back("&authorization_code=CODE-2").await, 200);
    let linked = json!({"status": "linked", "authorization_code": "CODE-2"});
    assert_eq!(desk.arrived().await[0].item()["account_linking"], linked);
}

#[tokio::test]
async fn a_login_that_takes_longer_than_five_minutes_is_in_vain() {
    let desk = Desk::on(Road::Page).await;
    let token = desk.stage.page_token(PAGE).await;
    let linking = desk.controls().customer_opens_login("c1", PAGE).await.unwrap();
    desk.controls().advance("5m").await.unwrap();
    let path = format!("/me?fields=recipient&account_linking_token={linking}");
    assert_eq!(desk.stage.get(&path, &token).await["error"]["code"], 10_303);
    let back = Action::LinkAccount { code: "CODE-1".to_owned() };
    assert!(desk.controls().customer_acts("c1", PAGE, &back).await.is_err());
    assert!(desk.controls().customer_opens_login("c1", INSTAGRAM).await.is_err(), "there is none on Instagram");
}
