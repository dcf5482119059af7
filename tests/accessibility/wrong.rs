//! What can go wrong, and how it comes about in the sandbox: by something that a person does wherever a person can.

use chrono::TimeDelta;
use link_kit::{Depth, KeyRing, LinkKit, Meta, Synchronisation, Version};
use link_sandbox::{Decision, PersonAction};
use serde_json::{Value, json};

use crate::stage::{APP, APP_SECRET, INSTAGRAM, Mail, PAGE, Setting, Stage, VERIFY_TOKEN, conversation, page};
use crate::{CAFE_PAGE, ROBIN};

/// How a cause comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A person does something in the platform's own settings.
    Action,
    /// The world is another one.
    Seed,
    /// The platform answers wrongly once.
    Fault,
    /// Time passes.
    Clock,
    /// Somebody calls the platform beside us.
    Call,
    /// Something happens at our side.
    Here,
}

/// Every cause that can come about in the sandbox, how it does, and what else is found then, because it follows.
pub(crate) const CAUSES: &[(&str, By, &[&str])] = &[
    ("app_blocked", By::Seed, &[]),
    ("app_secret_wrong", By::Seed, &[]),
    ("permission_unapproved", By::Seed, &[]),
    ("human_agent_unapproved", By::Seed, &[]),
    ("profiles_unapproved", By::Fault, &[]),
    ("webhook_not_announced", By::Call, &[]),
    ("webhook_address_differs", By::Call, &[]),
    ("webhook_app_fields_missing", By::Call, &[]),
    ("version_past_end", By::Here, &[]),
    ("version_near_end", By::Here, &[]),
    ("app_removed", By::Action, &[]),
    ("password_changed", By::Action, &[]),
    ("checkpoint", By::Action, &[]),
    ("person_unconfirmed", By::Seed, &[]),
    ("token_expired", By::Clock, &[]),
    ("token_invalid", By::Fault, &[]),
    ("role_lost", By::Action, &[]),
    ("task_missing", By::Action, &[]),
    ("permission_declined", By::Action, &[]),
    ("page_not_ticked", By::Action, &[]),
    ("page_unpublished", By::Action, &[]),
    ("page_restricted", By::Action, &["policy_enforced"]),
    ("blocked_for_policy", By::Fault, &[]),
    ("link_or_factor_unverified", By::Action, &[]),
    ("second_factor_demanded", By::Seed, &[]),
    ("business_not_verified", By::Seed, &[]),
    ("page_not_verified", By::Seed, &[]),
    ("instagram_personal", By::Action, &[]),
    ("instagram_not_linked", By::Action, &[]),
    ("instagram_linked_elsewhere", By::Action, &[]),
    ("instagram_not_eligible", By::Seed, &[]),
    ("instagram_restricted", By::Action, &[]),
    ("instagram_messaging_blocked", By::Seed, &[]),
    ("message_access_off", By::Action, &[]),
    ("webhook_not_subscribed", By::Call, &[]),
    ("webhook_fields_missing", By::Call, &[]),
    ("threads_owned_elsewhere", By::Seed, &[]),
    ("sign_in_not_returned", By::Clock, &[]),
    ("token_missing", By::Here, &[]),
    ("token_unreadable", By::Here, &[]),
    ("token_expiring", By::Clock, &[]),
    ("platform_unreachable", By::Fault, &[]),
    ("subscription_pending", By::Fault, &[]),
    ("webhook_secret_wrong", By::Here, &[]),
    ("webhook_silent", By::Clock, &[]),
    ("webhook_partial", By::Fault, &[]),
    ("webhook_lost", By::Fault, &[]),
    ("policy_enforced", By::Action, &[]),
    ("policy_warned", By::Call, &[]),
    ("journal_lagging", By::Here, &[]),
    ("clock_skewed", By::Here, &[]),
];

/// A stage on which this, and nothing else, is wrong; with the kit that looks.
pub(crate) async fn stage(code: &str) -> (Stage, LinkKit) {
    let setting = Stage::set();
    match code {
        "subscription_pending" => {
            let stage = setting.open().await;
            stage
                .meta
                .fault(json!({"match": {"method": "POST", "path": "/*/subscribed_apps"}, "times": 2, "answer": {"code": 2, "status": 503}}))
                .await
                .unwrap();
            stage.link(&stage.viewer).await;
            let kit = stage.kit.clone();
            (stage, kit)
        }
        "profiles_unapproved" => {
            let stage = setting.open().await;
            stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Nothing).profiles(true)).await;
            go_wrong(&stage, code).await;
            let kit = stage.kit.clone();
            (stage, kit)
        }
        "version_near_end" => with_version(setting, Version::new(21, 0)).await,
        "version_past_end" => with_version(setting, Version::new(20, 0)).await,
        _ => {
            let stage = setting.linked().await;
            go_wrong(&stage, code).await;
            let kit = if code == "token_unreadable" { with_other_keys(&stage).await } else { stage.kit.clone() };
            (stage, kit)
        }
    }
}

async fn with_version(setting: Setting, version: Version) -> (Stage, LinkKit) {
    let stage = setting.linked().await;
    let meta = Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap().with_version(version);
    let kit = stage.kit_with(meta, KeyRing::new("stage", crate::stage::SEALING_KEY)).await;
    (stage, kit)
}

async fn with_other_keys(stage: &Stage) -> LinkKit {
    stage.kit_with(Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap(), KeyRing::new("other", [9; 32])).await
}

/// Makes this go wrong at a linked stage.
pub(crate) async fn go_wrong(stage: &Stage, code: &str) {
    if let Some(action) = action(code) {
        stage.meta.person_acts(ROBIN, &action).await.unwrap();
        // Some of it the platform tells by itself.
        return stage.settle().await;
    }
    if let Some(seed) = seed(code) {
        return stage.meta.seed(&seed).await.unwrap();
    }
    match code {
        "page_restricted" => {
            // What the platform tells of it stops the next answer; this one is on its way already.
            asked_and_answered(stage).await;
            stage.meta.person_acts(ROBIN, &PersonAction::Restrict { page: PAGE.to_owned() }).await.unwrap();
            stage.kit.drain().await.unwrap();
            // And then it is known from the platform itself as well.
            stage.settle().await;
        }
        "policy_warned" => {
            stage.meta.event("page_policy_warning", PAGE, &json!({"text": "too many complaints"})).await.unwrap();
            stage.settle().await;
        }
        "blocked_for_policy" => {
            stage
                .meta
                .fault(json!({"match": {"method": "POST", "path": "/*/messages"}, "answer": {"code": 368, "status": 400}}))
                .await
                .unwrap();
            refused_answer(stage).await;
        }
        "profiles_unapproved" => {
            let refused = json!({"code": 10, "subcode": 2_018_247, "status": 400});
            stage.meta.fault(json!({"match": {"method": "GET", "path": "/40000000000000*"}, "answer": refused})).await.unwrap();
            stage.pass(TimeDelta::minutes(1)).await;
            stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
            stage.settle().await;
        }
        "page_not_ticked" => {
            let linking = stage.kit.linking();
            let setup = linking.begin(&stage.viewer).await.unwrap().id;
            let dialog = linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
            let came_back = stage.meta.sign_in(&dialog, &Decision::allow().pages(&[CAFE_PAGE])).await.unwrap();
            linking.signed_in(&stage.viewer, &came_back).await.unwrap();
        }
        "token_expired" => stage.pass(TimeDelta::days(61)).await,
        "token_expiring" => stage.pass(TimeDelta::days(50)).await,
        "token_invalid" => {
            stage.meta.fault(json!({"match": {"path": "/debug_token"}, "times": 9, "answer": {"code": 190, "status": 400}})).await.unwrap();
        }
        "platform_unreachable" => nothing_answers(stage).await,
        "sign_in_not_returned" => {
            let linking = stage.kit.linking();
            let setup = linking.begin(&stage.viewer).await.unwrap().id;
            linking.dialog(&stage.viewer, setup, &link_kit::Road::FACEBOOK, None).await.unwrap();
            stage.pass(TimeDelta::minutes(11)).await;
        }
        "token_missing" => stage.forget_token("person:").await,
        "token_unreadable" => {}
        "webhook_secret_wrong" => {
            let mail = Mail::to(stage.webhook());
            for _ in 0..3 {
                let signature = crate::stage::sign("another secret", b"{}");
                let (status, _) = mail.answer(mail.letter("{}").header("x-hub-signature-256", signature)).await;
                assert_eq!(status, 401);
            }
        }
        "journal_lagging" => {
            stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
            crate::stage::until("the delivery to arrive", async || (stage.undelivered().await == 0).then_some(())).await;
            stage.pass(TimeDelta::minutes(11)).await;
        }
        "webhook_silent" => {
            stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
            stage.settle().await;
            stage.pass(TimeDelta::days(15)).await;
        }
        "webhook_partial" => never_delivered(stage, &["c2"]).await,
        "webhook_lost" => never_delivered(stage, &[]).await,
        "clock_skewed" => stage.clock.pass(TimeDelta::minutes(5)),
        "webhook_not_announced" => {
            stage.call("DELETE", &format!("/{APP}/subscriptions?object=instagram"), &app_token(), &Value::Null).await;
        }
        "webhook_address_differs" => {
            let elsewhere = format!("{}?elsewhere=1", stage.webhook());
            announce(stage, &elsewhere, &stage.announced("page").await).await;
        }
        "webhook_app_fields_missing" => announce(stage, &stage.webhook(), "messages").await,
        "webhook_not_subscribed" => {
            let token = stage.page_token().await;
            stage.call("DELETE", &format!("/{PAGE}/subscribed_apps"), &token, &Value::Null).await;
        }
        "webhook_fields_missing" => {
            let token = stage.page_token().await;
            let fields = json!({"subscribed_fields": "messages,messaging_feedback"});
            stage.call("POST", &format!("/{PAGE}/subscribed_apps"), &token, &fields).await;
        }
        other => panic!("nobody knows how {other} comes about"),
    }
}

/// What a person does in the platform's own settings.
fn action(code: &str) -> Option<PersonAction> {
    let (page, instagram) = (PAGE.to_owned(), INSTAGRAM.to_owned());
    Some(match code {
        "app_removed" => PersonAction::Deauthorise { app: None },
        "password_changed" => PersonAction::ChangePassword,
        "checkpoint" => PersonAction::Checkpoint,
        "role_lost" => PersonAction::LoseTask { page, task: None },
        "task_missing" => PersonAction::LoseTask { page, task: Some("MESSAGING".to_owned()) },
        "permission_declined" => PersonAction::Revoke { permission: "instagram_manage_messages".to_owned() },
        "page_unpublished" => PersonAction::Unpublish { page },
        "link_or_factor_unverified" => PersonAction::RequireTwoFactor { page },
        "policy_enforced" => PersonAction::Restrict { page },
        "instagram_personal" => PersonAction::MakePersonal { instagram },
        "instagram_not_linked" => PersonAction::UnlinkInstagram { page },
        "instagram_linked_elsewhere" => PersonAction::MoveInstagram { instagram, page: CAFE_PAGE.to_owned() },
        "instagram_restricted" => PersonAction::RestrictInstagram { instagram },
        "message_access_off" => PersonAction::MessageAccessOff { instagram },
        _ => return None,
    })
}

/// What the world is like instead.
fn seed(code: &str) -> Option<Value> {
    let portfolio = |more: Value| {
        let mut business = json!({"id": "7000000000000001", "name": "Quay Holding", "people": [ROBIN]});
        business.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"businesses": [business], "pages": [{"id": PAGE, "business": "7000000000000001"}]})
    };
    let instagram = |more: Value| {
        let mut account = json!({"id": INSTAGRAM});
        account.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"instagram": [account]})
    };
    Some(match code {
        "app_blocked" => json!({"apps": [{"id": APP, "blocked": true}]}),
        "app_secret_wrong" => json!({"apps": [{"id": APP, "secret": "a rotated secret"}]}),
        "permission_unapproved" => json!({"apps": [{"id": APP, "access": "standard"}]}),
        "human_agent_unapproved" => json!({"apps": [{"id": APP, "human_agent": false}]}),
        "person_unconfirmed" => json!({"people": [{"id": ROBIN, "unconfirmed": true}]}),
        "second_factor_demanded" => portfolio(json!({"two_factor_type": "admin_required"})),
        "business_not_verified" => portfolio(json!({"verification_status": "not_verified"})),
        "page_not_verified" => json!({"pages": [{"id": PAGE, "verification_status": "not_verified"}]}),
        "instagram_not_eligible" => instagram(json!({"eligible": false})),
        "instagram_messaging_blocked" => instagram(json!({"messaging_blocked": true})),
        "threads_owned_elsewhere" => {
            let other = json!({"id": "1000000000000009", "name": "Answer Bot", "secret": "its secret", "verify_token": "its word"});
            json!({"apps": [other], "pages": [{"id": PAGE, "default_app": "1000000000000009"}]})
        }
        _ => return None,
    })
}

/// Every call is answered with a passing trouble, until the faults are taken away.
pub(crate) async fn nothing_answers(stage: &Stage) {
    stage.meta.fault(json!({"match": {"path": "/**"}, "times": 999, "answer": {"code": 2, "status": 503}})).await.unwrap();
}

/// An answer to Ada that the platform refuses.
async fn refused_answer(stage: &Stage) {
    asked_and_answered(stage).await;
    stage.kit.drain().await.unwrap();
}

/// An answer to Ada that is on its way.
async fn asked_and_answered(stage: &Stage) {
    stage.meta.customer_writes("c1", PAGE, "Are you open?").await.unwrap();
    stage.settle().await;
    let ada = conversation(&stage.viewer, page(), "4000000000000011");
    stage.kit.inbox().answer(&stage.viewer, &ada, "We are.", "answer-1").await.unwrap();
}

/// Ada's messages are never delivered, those of others are; somebody looks twice.
async fn never_delivered(stage: &Stage, others: &[&str]) {
    stage.kit.drain().await.unwrap();
    for _ in 0..2 {
        stage.pass(TimeDelta::minutes(5)).await;
        stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "lose": true})).await.unwrap();
        for customer in ["c1"].iter().chain(others) {
            stage.meta.customer_writes(customer, PAGE, "Are you open?").await.unwrap();
        }
        stage.settle().await;
        stage.pass(TimeDelta::minutes(15)).await;
        stage.kit.inbox().reconcile(&stage.viewer, &page()).await.unwrap();
        stage.settle().await;
    }
}

async fn announce(stage: &Stage, address: &str, fields: &str) {
    let body = json!({"object": "page", "callback_url": address, "fields": fields, "verify_token": VERIFY_TOKEN, "include_values": true});
    stage.call("POST", &format!("/{APP}/subscriptions"), &app_token(), &body).await;
}

fn app_token() -> String {
    format!("{APP}|{APP_SECRET}")
}
