//! Over HTTP.

use chrono::TimeDelta;
use link_kit::{SetupId, Viewer};
use link_sandbox::Decision;
use serde_json::json;

use crate::parameter;
use crate::stage::{Browser, PAGE, Stage, owner};

#[tokio::test]
async fn a_browser_walks_from_the_start_to_the_choice_of_accounts() {
    let stage = Stage::open().await;
    let browser = Browser::of(&stage.viewer);
    let start = browser.get(&format!("{}/oauth/facebook/start?return_to=/shop%3Ftab%3Dlinks", stage.address())).await;
    assert_eq!(start.status, 302);
    let came_back = stage.meta.sign_in(&start.location.unwrap(), &Decision::allow()).await.unwrap();
    let back = browser.get(&came_back).await;
    let setup = stage.kit.linking().setups(&stage.viewer).await.unwrap().remove(0);
    assert_eq!((back.status, back.location), (302, Some(format!("/shop?tab=links&setup={}", setup.id))));

    // Without an address to go back to the browser is shown the setup, and nothing secret.
    let start = browser.get(&format!("{}/oauth/facebook/start?setup={}", stage.address(), setup.id)).await;
    let came_back = stage.meta.sign_in(&start.location.unwrap(), &Decision::allow()).await.unwrap();
    let shown = browser.get(&came_back).await;
    assert_eq!((shown.status, &shown.body["setup"]), (200, &json!(setup.id)));
    assert_eq!(shown.body["accounts"][0], json!({"account": format!("messenger:{PAGE}"), "name": "Harbour Books"}));
    assert!(!shown.body.to_string().contains("EAA"), "a token went through the browser");
}

#[tokio::test]
async fn a_browser_is_told_what_went_wrong_and_no_secret() {
    let stage = Stage::open().await;
    let robin = Browser::of(&stage.viewer);
    let start = format!("{}/oauth/facebook/start", stage.address());
    let callback = format!("{}/oauth/facebook/callback", stage.address());
    let dialog = async || robin.get(&start).await.location.unwrap();

    let denied = stage.meta.sign_in(&dialog().await, &Decision::deny()).await.unwrap();
    robin.get(&denied).await.assert_refused(403, "consent_declined");
    let allowed = stage.meta.sign_in(&dialog().await, &Decision::allow()).await.unwrap();
    Browser::of(&owner("rival", "eve")).get(&allowed).await.assert_refused(403, "state_foreign");
    let burned = robin.get(&allowed).await;
    burned.assert_refused(400, "state_unknown");
    let said = burned.body.to_string();
    assert!(!said.contains(&parameter(&allowed, "code")) && !said.contains(&parameter(&allowed, "state")), "{said}");
    let late = stage.meta.sign_in(&dialog().await, &Decision::allow()).await.unwrap();
    stage.pass(TimeDelta::minutes(11)).await;
    robin.get(&late).await.assert_refused(400, "state_expired");
    robin.get(&callback).await.assert_refused(400, "not_an_answer");
    let refused = json!({"match": {"path": "/oauth/access_token"}, "answer": {"code": 190, "subcode": 460}});
    stage.meta.fault(refused).await.unwrap();
    let answer = stage.meta.sign_in(&dialog().await, &Decision::allow()).await.unwrap();
    robin.get(&answer).await.assert_refused(403, "failed");

    robin.get(&format!("{start}?setup=not-an-id")).await.assert_refused(400, "failed");
    let nobodys = SetupId::from_uuid("01890000-0000-7000-8000-000000000000".parse().unwrap());
    robin.get(&format!("{start}?setup={nobodys}")).await.assert_refused(404, "setup_refused");
}

#[tokio::test]
async fn nobody_is_sent_to_somebody_elses_site() {
    let stage = Stage::open().await;
    let robin = Browser::of(&stage.viewer);
    for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "evil", "", "javascript:alert(1)"]
    {
        let shown = robin.get(&format!("{}/oauth/facebook/start?return_to={elsewhere}", stage.address())).await;
        assert_eq!((shown.status, &shown.location), (400, &None), "{elsewhere:?} was taken");
        shown.assert_refused(400, "failed");
    }
    assert!(stage.kit.linking().setups(&stage.viewer).await.unwrap().is_empty(), "a refused request began a setup");
}

#[tokio::test]
async fn a_request_that_does_not_say_who_makes_it_is_refused() {
    let stage = Stage::open().await;
    let start = Browser::of(&stage.viewer).get(&format!("{}/oauth/facebook/start", stage.address())).await;
    let came_back = stage.meta.sign_in(&start.location.unwrap(), &Decision::allow()).await.unwrap();
    let nobody = Browser::of_nobody();
    nobody.get(&format!("{}/oauth/facebook/start", stage.address())).await.assert_refused(401, "nobody");
    nobody.get(&came_back).await.assert_refused(401, "nobody");
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let guest = Browser::of(&guest);
    guest.get(&format!("{}/oauth/facebook/start", stage.address())).await.assert_refused(403, "not_visible");
    guest.get(&came_back).await.assert_refused(403, "not_visible");
}
