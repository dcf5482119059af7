//! Story: Robin links the shop's Page and its Instagram account, and everything that may go wrong on the way says what it is.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

use chrono::TimeDelta;
use link_core::linking::sign_in::StateRefused;
use link_core::words::refusal::Standing;
use link_core::words::view::Behalf;
use link_kit::{
    AccountId, Depth, ErrorKind, Feature, Health, LinkKit, Meta, PageQuery, Platform, Preferences, Problem, Refusal, Road, Setup, SetupId,
    SetupRefused, Stage as At, Subscription, Synchronisation, Viewer, Who,
};
use link_sandbox::{Decision, PersonAction};
use serde_json::json;
use stage::{Browser, INSTAGRAM, PAGE, Stage, instagram, owner, page};

const ROBIN: &str = "2000000000000001";
const SAM: &str = "2000000000000002";
const CAFE_PAGE: &str = "3000000000000002";
const CAFE_INSTAGRAM: &str = "17841400000000002";

/// The person's way through the dialog, and back to the kit.
async fn sign_in(stage: &Stage, setup: SetupId, decision: Decision) -> Result<Setup, Problem> {
    let linking = stage.kit.linking();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await?;
    let came_back = stage.meta.sign_in(&dialog, &decision).await.unwrap();
    Ok(linking.signed_in(&stage.viewer, &came_back).await?.setup)
}

async fn begin(stage: &Stage) -> SetupId {
    stage.kit.linking().begin(&stage.viewer).await.unwrap().id
}

/// A setup that only waits to be confirmed.
async fn at_review(stage: &Stage, accounts: Vec<AccountId>) -> SetupId {
    let setup = begin(stage).await;
    sign_in(stage, setup, Decision::allow()).await.unwrap();
    to_review(&stage.kit, &stage.viewer, setup, accounts).await;
    setup
}

async fn to_review(kit: &LinkKit, viewer: &Viewer, setup: SetupId, accounts: Vec<AccountId>) {
    let linking = kit.linking();
    linking.choose(viewer, setup, accounts).await.unwrap();
    linking.prefer(viewer, setup, Preferences::default()).await.unwrap();
    let setup = linking.synchronise(viewer, setup, Synchronisation::default().history(Depth::Nothing)).await.unwrap();
    assert_eq!(setup.stage, At::Review);
}

fn both() -> Vec<AccountId> {
    vec![page(), instagram()]
}

/// The person who signs in may do this at the Page, and nothing else.
async fn sam_with(stage: &Stage, tasks: &[&str]) {
    let admins = json!([{"person": ROBIN}, {"person": SAM, "tasks": tasks}]);
    let seed = json!({"people": [{"id": SAM, "name": "Sam Hand"}], "pages": [{"id": PAGE, "admins": admins}]});
    stage.meta.seed(&seed).await.unwrap();
}

/// The acts that were recorded, oldest first.
async fn acts(stage: &Stage) -> Vec<String> {
    let page = stage.kit.activity(&stage.viewer, &PageQuery::first(100)).await.unwrap();
    page.items.into_iter().rev().map(|activity| activity.act).collect()
}

/// A problem that names its cause and says who can do what about it, without giving anything away.
#[track_caller]
fn assert_says_what_to_do(problem: &Problem) {
    let remedy = problem.remedy().unwrap_or_else(|| panic!("no remedy: {problem:?}"));
    assert!(!remedy.what.is_empty() && !problem.to_string().is_empty(), "{problem:?}");
    let shown = format!("{problem:?} {problem}");
    assert!(!shown.contains("EAA") && !shown.contains(stage::APP_SECRET), "a secret is told: {shown}");
}

// Everything goes well.

#[tokio::test]
async fn linking_is_four_stages_a_review_and_a_record_of_consent() {
    let stage = Stage::open().await;
    let (linking, viewer) = (stage.kit.linking(), stage.viewer.clone().from_place("192.0.2.7"));
    let setup = linking.begin(&viewer).await.unwrap().id;
    let dialog = linking.dialog(&viewer, setup, &Road::FACEBOOK, Some("/shop/links".to_owned())).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let opened = linking.signed_in(&viewer, &came_back).await.unwrap();
    assert_eq!(opened.return_to.as_deref(), Some("/shop/links"));
    let found: Vec<_> = opened.setup.candidates.iter().map(|found| (found.name.as_str(), found.account.id.as_str())).collect();
    let offered = [("Harbour Books", PAGE), ("Harbour Books", INSTAGRAM), ("Harbour Cafe", CAFE_PAGE), ("Harbour Cafe", CAFE_INSTAGRAM)];
    assert_eq!(found, offered, "a personal account is none to link, everything else is offered");
    assert!(opened.setup.candidates.iter().all(|found| found.obstacle.is_none()));

    linking.choose(&viewer, setup, both()).await.unwrap();
    linking.prefer(&viewer, setup, Preferences::default().alert(false)).await.unwrap();
    linking.synchronise(&viewer, setup, Synchronisation::default().history(Depth::Newest(7)).profiles(false)).await.unwrap();
    let review = linking.review(&viewer, setup).await.unwrap();
    let text = review.to_text();
    for sentence in [
        "Harbour Books (messenger:3000000000000001) will be linked.",
        "Harbour Books (instagram:17841400000000001) will be linked.",
        "The permission pages_messaging is granted.",
        "The permission instagram_manage_messages is granted.",
        "newest 7 earlier messages",
        "Names and pictures of people will not be asked for.",
        "Answers can be sent from here, each on the platform where the person is.",
        "New messages will raise no alerts.",
        "seen by",
    ] {
        assert!(text.contains(sentence), "the review keeps quiet about {sentence:?}:\n{text}");
    }

    stage.clock.pass(TimeDelta::minutes(3));
    let confirmed = linking.confirm(&viewer, setup).await.unwrap();
    let consent = &confirmed.link.consent;
    assert_eq!((&consent.by, consent.place.as_deref(), consent.at), (&viewer.actor, Some("192.0.2.7"), stage.clock.time()));
    assert_eq!(consent.review, review, "what is kept is not what was shown");
    assert_eq!(linking.links(&viewer).await.unwrap(), std::slice::from_ref(&confirmed.link));
    assert_eq!(linking.connections(&viewer).await.unwrap().len(), 2);
    for connection in &confirmed.connections {
        assert!(matches!(connection.subscription, Subscription::Active { .. }), "{connection:?}");
        let report = linking.features(&viewer, &connection.key).await.unwrap().unwrap();
        assert!(report.missing().is_empty(), "{}", report.to_text());
    }
    assert!(linking.setups(&viewer).await.unwrap().is_empty(), "a confirmed setup is still under way");
    let expected = [
        "setup.begin",
        "setup.sign_in",
        "setup.choose",
        "setup.prefer",
        "setup.synchronise",
        "setup.confirm",
        "link.confirm",
        "connection.subscribed",
        "connection.subscribed",
    ];
    assert_eq!(acts(&stage).await, expected);
    let recorded = stage.kit.activity(&viewer, &PageQuery::first(100)).await.unwrap().items;
    let confirm = recorded.iter().find(|activity| activity.act == "link.confirm").unwrap();
    assert_eq!((&confirm.by, confirm.place.as_deref()), (&Behalf::Actor(viewer.actor.clone()), Some("192.0.2.7")));
    assert_eq!(confirm.target.as_deref(), Some(confirmed.link.id.to_string().as_str()));
}

#[tokio::test]
async fn before_the_confirmation_the_file_holds_the_setup_and_nothing_of_anybodys_messages() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    stage.kit.linking().review(&stage.viewer, setup).await.unwrap();
    // Somebody writes meanwhile, and background work may do what it likes.
    stage.meta.customer_writes("c1", PAGE, "Is anybody there?").await.unwrap();
    stage.kit.drain().await.unwrap();
    let filled = stage.filled_tables().await;
    let allowed = ["lk_activity", "lk_credential", "lk_feed", "lk_feed_reader", "lk_ledger", "lk_setup"];
    let more: Vec<_> = filled.keys().filter(|table| !allowed.contains(&table.as_str())).collect();
    assert!(more.is_empty(), "kept before anybody agreed to it: {more:?}");
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "a token is kept that nobody needs yet");
    let calls = stage.meta.calls(0).await.unwrap().data;
    let early = |call: &&serde_json::Value| {
        let path = call["path"].as_str().unwrap();
        ["conversations", "messages", "subscribed_apps", "subscriptions"].iter().any(|edge| path.ends_with(edge))
    };
    assert_eq!(calls.iter().find(early), None, "something flowed before the confirmation");
}

// The dialog and what comes back from it.

#[tokio::test]
async fn whoever_says_no_is_told_how_to_say_yes_and_the_setup_is_still_there() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let problem = sign_in(&stage, setup, Decision::deny()).await.unwrap_err();
    assert!(matches!(problem, Problem::Declined), "{problem:?}");
    assert_says_what_to_do(&problem);
    assert_eq!(acts(&stage).await, ["setup.begin", "setup.sign_in_declined"]);
    let again = sign_in(&stage, setup, Decision::allow()).await.unwrap();
    assert_eq!(again.candidates.len(), 4, "somebody who changed their mind cannot go on");
}

#[tokio::test]
async fn an_answer_of_the_dialog_works_once() {
    let stage = Stage::open().await;
    let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &came_back).await.unwrap();
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Unknown)), "{problem:?}");
    assert_says_what_to_do(&problem);
}

#[tokio::test]
async fn an_answer_that_took_too_long_or_was_made_up_is_refused() {
    let stage = Stage::open().await;
    let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let forged = came_back.replace("state=", "state=0");
    let problem = linking.signed_in(&stage.viewer, &forged).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Unknown)), "{problem:?}");

    stage.clock.pass(TimeDelta::minutes(10));
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert!(matches!(problem, Problem::SignIn(StateRefused::Expired)), "{problem:?}");
    assert_says_what_to_do(&problem);

    for nothing in ["", "?code=a", "?state=s", "/path?code=a&code=b&state=s"] {
        let problem = linking.signed_in(&stage.viewer, nothing).await.unwrap_err();
        assert!(matches!(problem, Problem::NoAnswer), "{nothing:?}: {problem:?}");
        assert_says_what_to_do(&problem);
    }
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().person, None, "somebody was signed in by a refused answer");
    let calls = stage.meta.calls(0).await.unwrap().data;
    assert_eq!(calls.len(), 1, "a code was exchanged whose answer was refused: {calls:?}");
}

#[tokio::test]
async fn an_answer_brought_by_somebody_else_is_refused_and_used_up() {
    let stage = Stage::open().await;
    let strangers = [owner("rival", "robin"), owner("harbour", "mallory")];
    for stranger in strangers {
        let (linking, setup) = (stage.kit.linking(), begin(&stage).await);
        let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
        let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
        let problem = linking.signed_in(&stranger, &came_back).await.unwrap_err();
        assert!(matches!(problem, Problem::SignIn(StateRefused::Foreign)), "{stranger:?}: {problem:?}");
        assert_says_what_to_do(&problem);
        let burned = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
        assert!(matches!(burned, Problem::SignIn(StateRefused::Unknown)), "the stranger may try again: {burned:?}");
        assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().person, None);
    }
}

#[tokio::test]
async fn a_code_that_is_old_used_or_for_another_address_says_so() {
    let stage = Stage::open().await;
    let linking = stage.kit.linking();
    let failed = |problem: Problem, code: &str| {
        assert_says_what_to_do(&problem);
        let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
        assert_eq!((error.kind(), error.code().unwrap().to_string().as_str()), (ErrorKind::Invalid, code));
        problem.remedy().unwrap()
    };

    // Old: Meta's clock ran ahead of ours.
    let setup = begin(&stage).await;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    stage.meta.advance("11m").await.unwrap();
    let remedy = failed(linking.signed_in(&stage.viewer, &came_back).await.unwrap_err(), "100/36007");
    assert_eq!(remedy.who, Who::Owner, "the owner waits for a developer who can do nothing: {remedy:?}");

    // Used: the same code under the state of another dialog.
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let first = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&stage.viewer, &first).await.unwrap();
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let second = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let spliced = format!("?code={}&state={}", parameter(&first, "code"), parameter(&second, "state"));
    failed(linking.signed_in(&stage.viewer, &spliced).await.unwrap_err(), "100/36009");

    // Given to another address than the one we name.
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let elsewhere = dialog.replace("callback", "elsewhere");
    assert_ne!(dialog, elsewhere);
    let came_back = stage.meta.sign_in(&elsewhere, &Decision::allow()).await.unwrap();
    failed(linking.signed_in(&stage.viewer, &came_back).await.unwrap_err(), "100/36008");
}

fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let query = query.split('#').next().unwrap();
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned()
}

#[tokio::test]
async fn a_wrong_app_secret_is_the_developers_to_mend_and_not_an_outage() {
    let stage = Stage::open().await;
    let hosts = link_kit::Hosts::two(stage.meta.facebook(), stage.meta.instagram()).unwrap();
    let wrong = Meta::new(stage::APP, "not-the-secret", stage::VERIFY_TOKEN).unwrap().at(hosts);
    let kit = stage::builder(&stage.meta, stage.address(), &stage.clock).meta(wrong).sqlite(stage.database()).build().await.unwrap();
    let linking = kit.linking();
    let setup = linking.begin(&stage.viewer).await.unwrap().id;
    let dialog = linking.dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    let problem = linking.signed_in(&stage.viewer, &came_back).await.unwrap_err();
    assert_says_what_to_do(&problem);
    assert!(!format!("{problem:?}").contains("not-the-secret"));
    let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
    assert_eq!((error.kind(), problem.remedy().unwrap().who), (ErrorKind::Configuration, Who::Developer), "{problem:?}");
}

#[tokio::test]
async fn an_outage_at_the_exchange_is_told_as_one() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let fault = json!({"match": {"path": "/oauth/access_token"}, "answer": {"code": 2}});
    stage.meta.fault(fault).await.unwrap();
    let problem = sign_in(&stage, setup, Decision::allow()).await.unwrap_err();
    assert_says_what_to_do(&problem);
    let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
    assert!(error.is_retryable() && problem.remedy().unwrap().who == Who::Platform, "{problem:?}");
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
}

// Over HTTP.

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
    robin.get(&answer).await.assert_refused(502, "failed");

    robin.get(&format!("{start}?setup=not-an-id")).await.assert_refused(400, "failed");
    let nobodys = SetupId::from_uuid("01890000-0000-7000-8000-000000000000".parse().unwrap());
    robin.get(&format!("{start}?setup={nobodys}")).await.assert_refused(409, "setup_refused");
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

// Half a yes.

#[tokio::test]
async fn a_declined_permission_is_an_obstacle_that_names_it_and_can_be_asked_for_again() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let without = Decision::allow().scopes(&[
        "pages_show_list",
        "pages_manage_metadata",
        "pages_read_engagement",
        "instagram_basic",
        "instagram_manage_messages",
        "business_management",
    ]);
    let found = sign_in(&stage, setup, without).await.unwrap();
    let obstacle = |found: &Setup, account: AccountId| found.candidates.iter().find(|it| it.account == account).unwrap().obstacle.clone();
    let missing = obstacle(&found, page()).unwrap();
    let Refusal::PermissionMissing { missing: scopes, standing, feature } = &missing else { panic!("{missing:?}") };
    let scopes: Vec<_> = scopes.iter().map(link_kit::Scope::as_str).collect();
    assert_eq!((scopes, *standing, feature), (vec!["pages_messaging"], Standing::Declined, &Feature::RECEIVE));
    assert_eq!(obstacle(&found, instagram()), None, "Instagram does not need the permission for Pages' messages");

    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(matches!(&problem, Problem::Setup(SetupRefused::Obstacle { account, .. }) if *account == page()), "{problem:?}");
    assert_says_what_to_do(&problem);

    let again = sign_in(&stage, setup, Decision::allow()).await.unwrap();
    assert_eq!(obstacle(&again, page()), None, "a second yes changes nothing");
    stage.kit.linking().choose(&stage.viewer, setup, both()).await.unwrap();
}

#[tokio::test]
async fn without_instagrams_permissions_the_page_can_be_linked_and_instagram_not() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let pages = ["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging", "business_management"];
    // Without the right to see Instagram accounts none is told; without the right to its messages it is told and cannot be linked.
    let found = sign_in(&stage, setup, Decision::allow().scopes(&pages)).await.unwrap();
    assert!(found.candidates.iter().all(|found| found.account.platform == Platform::MESSENGER || found.obstacle.is_some()), "{found:?}");
    let setup = begin(&stage).await;
    // Meta asks once more only for what it is asked for once more: the second dialog of one setup does that.
    sign_in(&stage, setup, Decision::allow().scopes(&pages)).await.unwrap();
    let found = sign_in(&stage, setup, Decision::allow().scopes(&[&pages[..], &["instagram_basic"]].concat())).await.unwrap();
    let obstacle = |account: AccountId| found.candidates.iter().find(|it| it.account == account).unwrap().obstacle.clone();
    let missing = obstacle(instagram()).unwrap();
    assert!(missing.to_string().contains("instagram_manage_messages"), "{missing}");
    assert_eq!(obstacle(page()), None);
    let problem = stage.kit.linking().choose(&stage.viewer, setup, both()).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::Obstacle { .. })), "{problem:?}");

    to_review(&stage.kit, &stage.viewer, setup, vec![page()]).await;
    let review = stage.kit.linking().review(&stage.viewer, setup).await.unwrap().to_text();
    assert!(review.contains("The permission instagram_manage_messages is declined."), "{review}");
    let confirmed = stage.kit.linking().confirm(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.accounts, [page()]);
    assert!(matches!(confirmed.connections[0].subscription, Subscription::Active { .. }), "{:?}", confirmed.connections);
}

#[tokio::test]
async fn a_page_that_was_not_ticked_is_not_offered() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let found = sign_in(&stage, setup, Decision::allow().pages(&[CAFE_PAGE])).await.unwrap();
    let ids: Vec<_> = found.candidates.iter().map(|found| found.account.id.as_str()).collect();
    assert_eq!(ids, [CAFE_PAGE, CAFE_INSTAGRAM]);
    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::OutOfReach { .. })), "{problem:?}");
    assert!(problem.remedy().unwrap().what.contains("tick"), "{problem:?}");
}

#[tokio::test]
async fn a_person_who_may_not_answer_at_the_page_is_told_which_task_is_missing() {
    let stage = Stage::open().await;
    sam_with(&stage, &["ANALYZE"]).await;
    let setup = begin(&stage).await;
    let found = sign_in(&stage, setup, Decision::allow().person(SAM)).await.unwrap();
    assert_eq!(found.candidates.len(), 2, "{found:?}");
    for candidate in &found.candidates {
        assert_eq!(candidate.obstacle, Some(Refusal::TaskMissing { task: "MESSAGING".to_owned() }), "{candidate:?}");
    }
    let problem = stage.kit.linking().choose(&stage.viewer, setup, vec![page()]).await.unwrap_err();
    assert!(problem.remedy().unwrap().what.contains("task"), "{problem:?}");
}

#[tokio::test]
async fn what_cannot_be_chosen_is_refused_with_the_reason() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let linking = stage.kit.linking();
    let early = linking.choose(&stage.viewer, setup, both()).await.unwrap_err();
    assert!(matches!(early, Problem::Setup(SetupRefused::NotSignedIn)), "{early:?}");
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    let nothing = linking.choose(&stage.viewer, setup, vec![]).await.unwrap_err();
    assert!(matches!(nothing, Problem::Setup(SetupRefused::NothingChosen)), "{nothing:?}");
    let cafe = AccountId::new(Platform::MESSENGER, CAFE_PAGE.parse().unwrap());
    let two = linking.choose(&stage.viewer, setup, vec![page(), cafe]).await.unwrap_err();
    assert!(matches!(two, Problem::Setup(SetupRefused::SeveralPages { count: 2 })), "{two:?}");
    let skipped = linking.confirm(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(skipped, Problem::Setup(SetupRefused::AtStage { stage: At::LinkAccounts })), "{skipped:?}");
    for problem in [&early, &nothing, &two, &skipped] {
        assert_says_what_to_do(problem);
    }
}

// Taking one's time.

#[tokio::test]
async fn a_setup_goes_on_after_a_restart_where_it_was() {
    let stage = Stage::open().await;
    let setup = begin(&stage).await;
    let dialog = stage.kit.linking().dialog(&stage.viewer, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    // The program is restarted while the person is in the dialog, and again at the review.
    let second = stage.another_kit().await;
    second.linking().signed_in(&stage.viewer, &came_back).await.unwrap();
    to_review(&second, &stage.viewer, setup, both()).await;
    let third = stage.another_kit().await;
    let open = third.linking().setups(&stage.viewer).await.unwrap();
    assert_eq!(open.iter().map(|setup| (setup.id, setup.stage)).collect::<Vec<_>>(), [(setup, At::Review)]);
    let confirmed = third.linking().confirm(&stage.viewer, setup).await.unwrap();
    assert!(confirmed.connections.iter().all(|it| matches!(it.subscription, Subscription::Active { .. })));
}

#[tokio::test]
async fn one_can_go_back_and_choose_otherwise() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    for stage_before in [At::DataSynchronisation, At::MessagingPreferences, At::LinkAccounts, At::LinkAccounts] {
        assert_eq!(linking.back(&stage.viewer, setup).await.unwrap().stage, stage_before);
    }
    to_review(&stage.kit, &stage.viewer, setup, vec![page()]).await;
    let confirmed = linking.confirm(&stage.viewer, setup).await.unwrap();
    assert_eq!(confirmed.link.accounts, [page()], "an account is linked that was chosen no more");
}

#[tokio::test]
async fn giving_up_forgets_the_token() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    assert_eq!(stage.holders().await.len(), 1);
    let cancelled = stage.kit.linking().cancel(&stage.viewer, setup).await.unwrap();
    assert_eq!(cancelled.stage, At::Cancelled);
    assert_eq!(stage.holders().await, Vec::<String>::new(), "a token outlived the setup it was given for");
    let problem = stage.kit.linking().confirm(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(problem, Problem::Setup(SetupRefused::AtStage { stage: At::Cancelled })), "{problem:?}");
    assert!(stage.kit.linking().links(&stage.viewer).await.unwrap().is_empty());
}

#[tokio::test]
async fn several_setups_at_once_do_not_get_into_each_others_way() {
    let stage = Stage::open().await;
    let shop = at_review(&stage, both()).await;
    let cafe_accounts: Vec<AccountId> =
        vec![format!("messenger:{CAFE_PAGE}").parse().unwrap(), format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap()];
    let cafe = at_review(&stage, cafe_accounts).await;
    let dropped = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    assert_eq!(linking.setups(&stage.viewer).await.unwrap().len(), 3);
    // The same person's token serves all three.
    linking.cancel(&stage.viewer, dropped).await.unwrap();
    linking.confirm(&stage.viewer, cafe).await.unwrap();
    linking.confirm(&stage.viewer, shop).await.unwrap();
    assert_eq!((linking.links(&stage.viewer).await.unwrap().len(), linking.connections(&stage.viewer).await.unwrap().len()), (2, 4));
    assert!(linking.setups(&stage.viewer).await.unwrap().is_empty());
}

// Confirming.

#[tokio::test]
async fn confirming_twice_makes_one_link() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    let (one, two) = tokio::join!(linking.confirm(&stage.viewer, setup), linking.confirm(&stage.viewer, setup));
    let (done, refused): (Vec<_>, Vec<_>) = [one, two].into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, 1), "two clicks made {} links", done.len());
    for problem in refused.into_iter().map(Result::unwrap_err).chain([linking.confirm(&stage.viewer, setup).await.unwrap_err()]) {
        assert!(matches!(problem, Problem::Setup(SetupRefused::AtStage { stage: At::Confirmed })), "{problem:?}");
        assert_says_what_to_do(&problem);
    }
    assert_eq!(linking.links(&stage.viewer).await.unwrap().len(), 1);
}

#[tokio::test]
async fn access_lost_before_the_confirmation_is_noticed_by_it_and_leaves_nothing() {
    let stage = Stage::open().await;
    let cafe: AccountId = format!("instagram:{CAFE_INSTAGRAM}").parse().unwrap();
    let setup = at_review(&stage, vec![page(), instagram(), cafe.clone()]).await;
    stage.meta.person_acts(ROBIN, &PersonAction::UnlinkInstagram { page: CAFE_PAGE.to_owned() }).await.unwrap();
    let linking = stage.kit.linking();
    let problem = linking.confirm(&stage.viewer, setup).await.unwrap_err();
    assert!(matches!(&problem, Problem::Setup(SetupRefused::OutOfReach { account }) if *account == cafe), "{problem:?}");
    assert_says_what_to_do(&problem);
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty() && linking.connections(&stage.viewer).await.unwrap().is_empty());
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "tokens of accounts are kept that nobody linked");
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().stage, At::Review, "the way back is cut off");

    stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    assert_eq!(linking.confirm(&stage.viewer, setup).await.unwrap().connections.len(), 3);
}

#[tokio::test]
async fn a_task_lost_before_the_confirmation_is_named() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let lose = PersonAction::LoseTask { page: PAGE.to_owned(), task: Some("MESSAGING".to_owned()) };
    stage.meta.person_acts(ROBIN, &lose).await.unwrap();
    stage.meta.person_acts(ROBIN, &PersonAction::LoseTask { page: PAGE.to_owned(), task: Some("MANAGE".to_owned()) }).await.unwrap();
    let problem = stage.kit.linking().confirm(&stage.viewer, setup).await.unwrap_err();
    let named = |problem: &Problem| matches!(problem, Problem::Setup(SetupRefused::Obstacle { obstacle: Refusal::TaskMissing { .. }, .. }));
    assert!(named(&problem), "the owner is told to tick what is ticked: {problem:?}");
}

#[tokio::test]
async fn a_password_changed_before_the_confirmation_asks_for_another_sign_in() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let linking = stage.kit.linking();
    let problem = linking.confirm(&stage.viewer, setup).await.unwrap_err();
    assert_says_what_to_do(&problem);
    let Problem::Failed(error) = &problem else { panic!("{problem:?}") };
    assert_eq!((error.kind(), error.code().unwrap().to_string().as_str()), (ErrorKind::SignInNeeded, "190/460"));
    assert!(linking.links(&stage.viewer).await.unwrap().is_empty());
    // What the remedy says works: back to the sign-in, with everything else still as it was said.
    for _ in 0..3 {
        linking.back(&stage.viewer, setup).await.unwrap();
    }
    sign_in(&stage, setup, Decision::allow()).await.unwrap();
    to_review(&stage.kit, &stage.viewer, setup, both()).await;
    linking.confirm(&stage.viewer, setup).await.unwrap();
}

#[tokio::test]
async fn a_subscription_that_fails_does_not_undo_the_link_and_is_repaired_in_the_background() {
    let stage = Stage::open().await;
    let setup = at_review(&stage, both()).await;
    let fault = json!({"match": {"method": "POST", "path": "/*/subscribed_apps"}, "times": 4, "answer": {"code": 200}});
    stage.meta.fault(fault).await.unwrap();
    let linking = stage.kit.linking();
    let confirmed = linking.confirm(&stage.viewer, setup).await.unwrap();
    for connection in &confirmed.connections {
        let Subscription::Wanted { tries: 1, cause: Some(cause) } = &connection.subscription else { panic!("{connection:?}") };
        assert!(cause.contains("subscribe the Page") && cause.contains("code 200") && cause.contains("sign in again"), "{cause}");
        assert_eq!(connection.health, Health::Alive);
    }
    assert_eq!(linking.connections(&stage.viewer).await.unwrap(), confirmed.connections, "what is stored is not what was answered");

    // However often the background work is woken, Meta is not asked again before its time.
    let posts = async || {
        let calls = stage.meta.calls(0).await.unwrap().data;
        calls.iter().filter(|call| call["method"] == "POST" && call["path"].as_str().unwrap().ends_with("subscribed_apps")).count()
    };
    stage.pass(TimeDelta::minutes(1)).await;
    for _ in 0..5 {
        stage.kit.drain().await.unwrap();
    }
    assert_eq!(posts().await, 4, "a failing subscription is tried as often as anything happens");
    stage.pass(TimeDelta::minutes(1)).await;
    stage.kit.drain().await.unwrap();
    for connection in linking.connections(&stage.viewer).await.unwrap() {
        assert!(matches!(connection.subscription, Subscription::Active { .. }), "{connection:?}");
    }
    stage.meta.customer_writes("c1", PAGE, "Hello?").await.unwrap();
    stage.after_receiving(1).await;
    assert_eq!(stage.messages(&stage.viewer).await.len(), 1, "subscribed and deaf");
}

// Who may.

#[tokio::test]
async fn somebody_without_a_role_can_do_nothing_at_all() {
    let stage = Stage::open().await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let setup = at_review(&stage, both()).await;
    let linking = stage.kit.linking();
    let refused = |outcome: Result<(), Problem>| matches!(outcome, Err(Problem::Refused(Refusal::NotVisible)));
    assert!(refused(linking.begin(&guest).await.map(drop)));
    assert!(refused(linking.dialog(&guest, setup, &Road::FACEBOOK, None).await.map(drop)));
    assert!(refused(linking.signed_in(&guest, "?code=a&state=b").await.map(drop)));
    assert!(refused(linking.choose(&guest, setup, both()).await.map(drop)));
    assert!(refused(linking.prefer(&guest, setup, Preferences::default()).await.map(drop)));
    assert!(refused(linking.synchronise(&guest, setup, Synchronisation::default()).await.map(drop)));
    assert!(refused(linking.back(&guest, setup).await.map(drop)));
    assert!(refused(linking.cancel(&guest, setup).await.map(drop)));
    assert!(refused(linking.review(&guest, setup).await.map(drop)));
    assert!(refused(linking.setup(&guest, setup).await.map(drop)));
    assert!(refused(linking.confirm(&guest, setup).await.map(drop)));
    assert_eq!(linking.setup(&stage.viewer, setup).await.unwrap().stage, At::Review);
    assert_eq!(acts(&stage).await.len(), 5, "somebody without a role left a trace: {:?}", acts(&stage).await);
}
