//! What others do.

use chrono::TimeDelta;
use link_core::words::event::Direction;
use link_kit::{AccountKey, Depth, Message, Outgoing, Synchronisation};
use link_sandbox::Action;
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage, page};
use crate::{ADA, BEN, ada, answer, asked, eve, heard, now, talk, texts};

#[tokio::test]
async fn what_staff_say_in_metas_own_app_is_seen_and_is_not_ours() {
    let stage = asked().await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes(PAGE, "c1", "From the Page inbox").await.unwrap();
    stage.pass(TimeDelta::seconds(1)).await;
    stage.meta.staff_writes_through("77", PAGE, "c1", "From another app").await.unwrap();
    stage.meta.staff_writes(INSTAGRAM, "c5", "From the phone").await.unwrap();
    stage.settle().await;
    let on_page = talk(&stage, &ada(&stage)).await;
    let on_instagram = talk(&stage, &eve(&stage)).await;
    assert_eq!(texts(&on_page), ["Is the shop open?", "From the Page inbox", "From another app"]);
    assert_eq!(texts(&on_instagram), ["Do you ship?", "From the phone"]);
    let outbound: Vec<&Message> = on_page[1..].iter().chain(&on_instagram[1..]).map(|row| &row.state).collect();
    assert!(outbound.iter().all(|message| message.direction == Some(Direction::Outbound) && message.intent.is_none()));
    assert_eq!(on_page[2].state.app_id.as_ref().map(link_kit::ExternalId::as_str), Some("77"), "who said it is known and not kept");
    assert_eq!(heard(&mut alerts), [], "the shop is alerted of what it said itself");
    assert_eq!(stage.kit.inbox().conversation(&stage.viewer, &ada(&stage)).await.unwrap().unwrap().unread, 0);
}

#[tokio::test]
async fn what_customers_do_to_messages_is_seen_on_them() {
    let stage = asked().await;
    for (customer, account, key) in [("c1", PAGE, ada(&stage)), ("c5", INSTAGRAM, eve(&stage))] {
        let intent = answer(&stage, &key, "Yes.", account).await.unwrap();
        stage.settle().await;
        let ours = now(&stage, &intent).await.message().unwrap().id;
        let theirs = stage.meta.customer_writes(customer, account, "Thnaks").await.unwrap().mid;
        let regretted = stage.meta.customer_writes(customer, account, "Something silly").await.unwrap().mid;
        stage.settle().await;
        stage.pass(TimeDelta::seconds(5)).await;
        let act = async |action: Action| stage.meta.customer_acts(customer, account, &action).await.unwrap();
        act(Action::React { mid: ours.to_string(), emoji: "👍".to_owned() }).await;
        act(Action::Edit { mid: theirs.clone(), text: "Thanks".to_owned() }).await;
        act(Action::Unsend { mid: regretted.clone() }).await;
        act(Action::Read).await;
        stage.settle().await;

        let rows = talk(&stage, &key).await;
        let row = |mid: &str| &rows.iter().find(|row| row.id().as_str() == mid).unwrap_or_else(|| panic!("{mid} is gone")).state;
        let reaction = |mid: &str| row(mid).reactions.get(&Direction::Inbound).and_then(|told| told.value.clone());
        assert_eq!(reaction(ours.as_str()).as_deref(), Some("👍"), "{account}");
        assert_eq!((row(&theirs).text(), row(&theirs).edits), (Some("Thanks"), Some(1)), "{account}");
        assert!(row(&regretted).unsent.is_some() && row(&regretted).text().is_none(), "{account}: what was taken back is still readable");
        let read = match account {
            PAGE => stage.kit.inbox().conversation(&stage.viewer, &key).await.unwrap().unwrap().state.read_up_to,
            _ => row(ours.as_str()).read,
        };
        assert_eq!(read, Some(stage.clock.time()), "{account}: nobody knows that it was read");

        stage.pass(TimeDelta::seconds(5)).await;
        act(Action::Unreact { mid: ours.to_string() }).await;
        stage.settle().await;
        let rows = talk(&stage, &key).await;
        let ours = rows.iter().find(|row| *row.id() == ours).unwrap();
        assert_eq!(ours.state.reactions[&Direction::Inbound].value, None, "{account}: a reaction that was taken back stays");
    }
}

#[tokio::test]
async fn a_quotation_and_an_attachment_go_out_and_come_back() {
    let stage = asked().await;
    let question = talk(&stage, &ada(&stage)).await.remove(0).key.id;
    let picture = Outgoing::attachment(ada(&stage).peer, link_kit::AttachmentKind::Image, "https://shop.example/door.png");
    let quoting = Outgoing::text(ada(&stage).peer, "Until four.").in_reply_to(question.clone());
    let account = AccountKey::new(stage.viewer.owner.clone(), page());
    stage.kit.inbox().send(&stage.viewer, &account, picture, "picture").await.unwrap();
    stage.kit.inbox().send(&stage.viewer, &account, quoting, "quoting").await.unwrap();
    stage.settle().await;
    let rows = talk(&stage, &ada(&stage)).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().any(|row| row.state.attachments().len() == 1 && row.state.intent.is_some()));
    let replied = rows.iter().find(|row| row.state.text() == Some("Until four.")).unwrap();
    assert_eq!(replied.state.reply_to, Some(link_core::words::content::ReplyTo::Message(question)));
}

#[tokio::test]
async fn however_the_webhooks_come_each_message_is_there_once() {
    for fault in [json!({"duplicate": 4, "times": 3}), json!({"reorder": 3}), json!({"batch": 3}), json!({"delay_ms": 90_000, "times": 2})]
    {
        let stage = asked().await;
        let mut alerts = stage.kit.alerts(&stage.viewer);
        let mut planted = fault.clone();
        planted["webhook"] = json!({"account": PAGE, "field": "messages"});
        stage.meta.fault(planted).await.unwrap();
        for text in ["One", "Two", "Three"] {
            stage.pass(TimeDelta::seconds(1)).await;
            stage.meta.customer_writes("c1", PAGE, text).await.unwrap();
        }
        stage.pass(TimeDelta::minutes(2)).await;
        stage.settle().await;
        assert_eq!(texts(&talk(&stage, &ada(&stage)).await), ["Is the shop open?", "One", "Two", "Three"], "{fault}");
        assert_eq!(heard(&mut alerts).len(), 3, "{fault}");
    }
}

#[tokio::test]
async fn a_webhook_that_never_came_is_made_up_for_by_the_history() {
    let stage = Stage::open().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Newest(10))).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    stage.meta.fault(json!({"webhook": {"account": PAGE, "field": "messages"}, "lose": true})).await.unwrap();
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Lost?").await.unwrap();
    stage.meta.customer_writes("c2", PAGE, "Not lost").await.unwrap();
    // The history is read only now.
    stage.settle().await;
    while stage
        .kit
        .inbox()
        .backfills(&stage.viewer)
        .await
        .unwrap()
        .iter()
        .any(|it| matches!(it.state, link_kit::BackfillState::Waiting { .. }))
    {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    let rows = talk(&stage, &ada(&stage)).await;
    assert_eq!((rows.len(), rows.last().unwrap().state.text()), (10, Some("Lost?")));
    assert!(!rows.last().unwrap().state.told.live);
    let heard = heard(&mut alerts);
    let mut who: Vec<_> = heard.iter().map(|alert| alert.peer.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, [ADA, BEN], "a new message rings whichever way it came, an old one never");
}
