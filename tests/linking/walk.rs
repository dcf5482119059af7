//! Everything goes well.

use chrono::TimeDelta;
use link_core::words::view::Behalf;
use link_core::words::gate::Verdict;
use link_kit::{Depth, PageQuery, Preferences, Road, Subscription, Synchronisation};
use link_sandbox::Decision;

use crate::stage::Agree as _;
use crate::stage::{INSTAGRAM, PAGE, Stage};
use crate::{CAFE_INSTAGRAM, CAFE_PAGE, ROBIN, acts, at_review, both};

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
    let confirmed = linking.agree(&viewer, setup).await.unwrap();
    let consent = &confirmed.link.consent;
    assert_eq!((&consent.by, consent.place.as_deref(), consent.at), (&viewer.actor, Some("192.0.2.7"), stage.clock.time()));
    assert_eq!(consent.review, review, "what is kept is not what was shown");
    assert_eq!(linking.links(&viewer).await.unwrap(), std::slice::from_ref(&confirmed.link));
    assert_eq!(linking.connections(&viewer).await.unwrap().len(), 2);
    for connection in &confirmed.connections {
        assert!(matches!(connection.subscription, Subscription::Active { .. }), "{connection:?}");
        let report = linking.features(&viewer, &connection.key).await.unwrap().unwrap();
        assert!(report.features.iter().all(|it| !it.asked_for || it.verdict == Verdict::Allowed), "{}", report.to_text());
    }
    assert!(linking.setups(&viewer).await.unwrap().is_empty(), "a confirmed setup is still under way");
    let expected = [
        "setup.begin",
        "setup.granted",
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
    assert_eq!((&confirm.by, confirm.origin.place.as_deref()), (&Behalf::Actor(viewer.actor.clone()), Some("192.0.2.7")));
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
    let allowed = ["lk_act", "lk_act_head", "lk_act_side", "lk_credential", "lk_feed", "lk_feed_reader", "lk_ledger", "lk_setup"];
    let more: Vec<_> = filled.keys().filter(|table| !allowed.contains(&table.as_str())).collect();
    assert!(more.is_empty(), "kept before anybody agreed to it: {more:?}");
    assert_eq!(stage.holders().await, [format!("person:{ROBIN}")], "a token is kept that nobody needs yet");
    let calls = stage.meta.calls(0).await.unwrap().data;
    let early = |call: &&serde_json::Value| {
        let path = call["path"].as_str().unwrap();
        // Whether an account lets itself be read is found out by asking for the id of one conversation, of which nothing is kept.
        let probes = call["parameters"]["fields"] == "id" && call["parameters"]["limit"] == "1";
        ["messages", "subscribed_apps", "subscriptions"].iter().any(|edge| path.ends_with(edge))
            || path.ends_with("conversations") && !probes
    };
    assert_eq!(calls.iter().find(early), None, "something flowed before the confirmation");
}
