//! The record itself.

use chrono::TimeDelta;
use link_core::words::activity::ActivityLog as _;
use link_core::words::view::Behalf;
use link_kit::{ChainHead, ChainState, Kind, PageQuery, Problem, Refusal, Viewer};

use crate::stage::owner;
use crate::{ANSWER, QUESTION, acts, ada, asked, dump, sam, tamper, verified};

#[tokio::test]
async fn who_did_what_is_told_with_time_place_address_and_device() {
    let stage = asked().await;
    let sam = sam(&stage, "Leeds", "phone").with_address("192.0.2.7".parse().unwrap());
    stage.kit.inbox().timeline(&sam, &ada(&stage), &PageQuery::default()).await.unwrap();
    let intent = stage.kit.inbox().answer(&sam, &ada(&stage), ANSWER, "one").await.unwrap();
    stage.pass(TimeDelta::hours(25)).await;
    let late = stage.kit.inbox().answer(&sam, &ada(&stage), "Too late.", "two").await.unwrap_err();
    assert!(matches!(late, Problem::Refused(Refusal::WindowClosed { .. })), "{late:?}");

    let acts = acts(&stage).await;
    let of_sam: Vec<_> = acts.iter().filter(|act| act.by == Behalf::Actor(sam.actor.clone())).collect();
    let told: Vec<_> = of_sam.iter().map(|act| (act.act.as_str(), act.kind(), act.target.clone().unwrap())).collect();
    let page = ada(&stage).account.account.to_string();
    let expected = [
        ("inbox.read", Kind::Read, page.clone()),
        ("message.send", Kind::Send, intent.id.to_string()),
        ("message.refused", Kind::Refusal, page),
    ];
    assert_eq!(told, expected);
    for act in &of_sam {
        assert_eq!(act.origin, sam.origin(), "nobody knows from where {} was done", act.act);
    }
    assert_eq!(of_sam[1].at + TimeDelta::hours(25), of_sam[2].at);
    let kinds: Vec<_> = acts.iter().map(link_kit::Activity::kind).collect();
    for kind in [Kind::SignIn, Kind::Grant, Kind::Setting, Kind::Upkeep] {
        assert!(kinds.contains(&kind), "linking left no {kind:?}");
    }
    let granted = acts.iter().find(|act| act.act == "setup.granted").unwrap();
    assert_eq!(granted.person.as_deref(), Some("2000000000000001"), "nobody knows whose rights these are");
    assert!(verified(&stage).await.is_intact());
}

#[tokio::test]
async fn reading_is_recorded_once_an_hour_and_account_and_by_each_who_reads() {
    let stage = asked().await;
    let (inbox, leeds, york) = (stage.kit.inbox(), sam(&stage, "Leeds", "phone"), sam(&stage, "York", "phone"));
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    for _ in 0..3 {
        for viewer in [&leeds, &york, &stage.viewer, &guest, &owner("rival", "eve")] {
            inbox.conversations(viewer, &PageQuery::default()).await.unwrap();
            inbox.people(viewer, &PageQuery::default()).await.unwrap();
            inbox.timeline(viewer, &ada(&stage), &PageQuery::default()).await.unwrap();
        }
    }
    let reads = async || acts(&stage).await.into_iter().filter(|act| act.kind() == Kind::Read).count();
    assert_eq!(reads().await, 6, "each of three reads all accounts and one of them");
    stage.pass(TimeDelta::hours(1)).await;
    inbox.conversations(&leeds, &PageQuery::default()).await.unwrap();
    assert_eq!(reads().await, 7);
}

#[tokio::test]
async fn an_act_that_was_changed_in_the_file_shows() {
    for sql in [
        "UPDATE lk_act SET act = 'setup.back' WHERE seq = 3",
        "UPDATE lk_act SET at = at + 1 WHERE seq = 3",
        "UPDATE lk_act SET digest = 'none' WHERE seq = 3",
        "UPDATE lk_act_side SET body = replace(body, 'robin', 'nobody') WHERE seq = 3",
        "DELETE FROM lk_act WHERE seq = 3",
    ] {
        let stage = asked().await;
        assert!(verified(&stage).await.is_intact());
        tamper(&stage, sql).await;
        let report = verified(&stage).await;
        assert_eq!((report.state, report.acts), (ChainState::Broken { at: 3 }, 2), "{sql}");
        assert_eq!(report.to_string(), "Act 3 is not what was recorded; the 2 before it are.");
    }
}

#[tokio::test]
async fn a_record_whose_end_was_cut_off_shows() {
    let stage = asked().await;
    let head = stage.kit.activity_head(&stage.viewer).await.unwrap();
    let kept = serde_json::to_string(&head).unwrap();
    tamper(&stage, "DELETE FROM lk_act WHERE seq > 4").await;
    let cut = ChainState::TailCut { kept: 4, expected: head.seq };
    assert_eq!(verified(&stage).await.state, cut);

    // Whoever moves the end as well is found out by the one that was kept elsewhere.
    tamper(&stage, "UPDATE lk_act_head SET seq = 4, digest = (SELECT digest FROM lk_act WHERE seq = 4)").await;
    assert_eq!(verified(&stage).await.state, ChainState::Intact);
    let kept: ChainHead = serde_json::from_str(&kept).unwrap();
    let report = stage.kit.verify_activity(&stage.viewer, Some(&kept)).await.unwrap();
    assert_eq!(report.state, cut);
}

#[tokio::test]
async fn somebody_who_is_erased_leaves_a_record_that_holds() {
    let stage = asked().await;
    let sam = sam(&stage, "Leeds", "phone");
    stage.kit.inbox().answer(&sam, &ada(&stage), ANSWER, "one").await.unwrap();
    let head = stage.kit.activity_head(&stage.viewer).await.unwrap();
    let before = acts(&stage).await.len();
    assert_eq!(stage.sqlite.activity().forget_actor(&sam.owner, &sam.actor).await.unwrap(), 1);

    let report = stage.kit.verify_activity(&stage.viewer, Some(&head)).await.unwrap();
    assert_eq!((report.state, report.erased), (ChainState::Intact, 1));
    let after = acts(&stage).await;
    let sent = after.iter().find(|act| act.act == "message.send").unwrap();
    assert_eq!((after.len(), &sent.by, sent.origin.place.as_deref()), (before, &Behalf::Erased, None));
    let beside = dump(&stage, "SELECT body FROM lk_act_side").await;
    assert!(!beside.contains("Leeds") && !beside.contains("sam") && beside.contains("robin"), "{beside}");
}

#[tokio::test]
async fn nothing_that_anybody_wrote_is_in_the_record() {
    let stage = asked().await;
    stage.kit.inbox().timeline(&stage.viewer, &ada(&stage), &PageQuery::default()).await.unwrap();
    stage.kit.inbox().answer(&stage.viewer, &ada(&stage), ANSWER, "one").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::hours(25)).await;
    stage.kit.inbox().answer(&stage.viewer, &ada(&stage), ANSWER, "two").await.unwrap_err();
    let chain = dump(&stage, "SELECT json_array(owner, seq, kind, act, target, side, previous, digest) FROM lk_act").await;
    let beside = dump(&stage, "SELECT json_array(owner, subject, body) FROM lk_act_side").await;
    for words in [QUESTION, ANSWER, "marmalade", "jars"] {
        assert!(!chain.contains(words) && !beside.contains(words), "the record tells what was written: {words}");
    }
    assert!(chain.contains("message.send") && chain.contains("message.refused") && beside.contains("robin"), "nobody looked: {chain}");
    let kept = dump(&stage, "SELECT CAST(body AS TEXT) FROM lk_content").await;
    assert!(kept.contains(QUESTION), "the messages are somewhere else, and this test would find nothing");
}

#[tokio::test]
async fn whoever_may_see_nothing_is_told_nothing_of_the_record() {
    let stage = asked().await;
    let guest = Viewer::new(stage.viewer.owner.clone(), "guest".parse().unwrap());
    let refused = |problem: Problem| assert!(matches!(problem, Problem::Refused(Refusal::NotVisible)), "{problem:?}");
    refused(stage.kit.verify_activity(&guest, None).await.unwrap_err());
    refused(stage.kit.activity_head(&guest).await.unwrap_err());
    assert_eq!(stage.kit.unusual(&guest, &PageQuery::default()).await.unwrap().items, []);
    let rival = stage.kit.verify_activity(&owner("rival", "eve"), None).await.unwrap();
    assert_eq!(rival.acts, 0, "another owner is told how much was done here");
}
