//! Who goes first, and how far it came.

use chrono::TimeDelta;
use link_kit::{AccountKey, AttachmentKind, ConversationKey, Intent, Outgoing, PageQuery, Priority, SendProgress};
use link_sandbox::Action;
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage, conversation, page};
use crate::{BEN, ada, answer, asked, eve, now, sends};

/// Ben wrote to the Page too.
async fn with_ben() -> (Stage, ConversationKey) {
    let stage = asked().await;
    stage.meta.customer_writes("c2", PAGE, "Me too").await.unwrap();
    stage.settle().await;
    let ben = conversation(&stage.viewer, page(), BEN);
    (stage, ben)
}

async fn bulk(stage: &Stage, to: &ConversationKey, text: &str) -> Intent {
    let outgoing = Outgoing::text(to.peer.clone(), text);
    stage.kit.inbox().send_as(&stage.viewer, &to.account, outgoing, text, Priority::Bulk).await.unwrap()
}

async fn said(stage: &Stage) -> Vec<String> {
    sends(stage).await.iter().map(|call| call["parameters"]["message"]["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_persons_answer_goes_before_what_a_program_sends_and_overtakes_nothing_in_its_own_conversation() {
    let (stage, ben) = with_ben().await;
    for place in 0..3 {
        bulk(&stage, &ada(&stage), &format!("offer {place}")).await;
        stage.pass(TimeDelta::milliseconds(10)).await;
    }
    bulk(&stage, &ben, "offer to Ben").await;
    stage.pass(TimeDelta::milliseconds(10)).await;
    answer(&stage, &ben, "Yes, you too.", "ben").await.unwrap();
    stage.settle().await;
    let said = said(&stage).await;
    let place = |text: &str| said.iter().position(|said| said == text).unwrap_or_else(|| panic!("{text} was not sent: {said:?}"));
    assert_eq!(said.len(), 5);
    assert!(place("offer to Ben") < place("Yes, you too."), "{said:?}");
    assert!(place("offer 0") < place("offer 1") && place("offer 1") < place("offer 2"), "{said:?}");
    assert!(place("offer to Ben") <= 1 && place("Yes, you too.") <= 3, "a person's answer waits for offers to somebody else: {said:?}");
}

/// If this failed, whoever asks the shop would wait until a campaign is through.
#[tokio::test]
async fn a_persons_answer_goes_before_a_programs_and_that_before_bulk_though_it_came_last() {
    let stage = asked().await;
    let people: Vec<_> =
        (10..20).map(|n| json!({"id": format!("c{n}"), "first_name": "Pat", "last_name": n.to_string(), "messenger": true})).collect();
    stage.meta.seed(&json!({"customers": people})).await.unwrap();
    for n in 10..20 {
        stage.meta.customer_writes(&format!("c{n}"), PAGE, "Tell me more").await.unwrap();
    }
    stage.settle().await;
    let conversations = stage.kit.inbox().conversations(&stage.viewer, &PageQuery::first(50)).await.unwrap().items;
    let others: Vec<_> =
        conversations.into_iter().map(|row| row.key).filter(|key| key.account.account == page() && *key != ada(&stage)).collect();
    assert_eq!(others.len(), 10, "the story needs more people than are sent to at once");
    let (campaign, bots) = others.split_at(5);
    for (place, to) in campaign.iter().enumerate() {
        bulk(&stage, to, &format!("offer {place}")).await;
    }
    for (place, to) in bots.iter().enumerate() {
        let text = Outgoing::text(to.peer.clone(), format!("bot {place}"));
        stage.kit.inbox().send_by_program(&stage.viewer, &to.account, text, &format!("bot {place}")).await.unwrap();
    }
    answer(&stage, &ada(&stage), "Yes.", "ada").await.unwrap();
    stage.settle().await;
    let said = said(&stage).await;
    let place = |text: &str| said.iter().position(|said| said == text).unwrap_or_else(|| panic!("{text} was not sent: {said:?}"));
    assert!(place("Yes.") <= 3, "a person waits for a campaign: {said:?}");
    // Four leave at once: who is fifth of the programs may leave with the first of the campaign, and nobody before that.
    let bots = (0..5).map(|n| place(&format!("bot {n}"))).max();
    assert!(bots <= Some(7) && (0..5).all(|n| place(&format!("offer {n}")) >= 4), "a program waits for a campaign: {said:?}");
}

#[tokio::test]
async fn an_account_with_much_to_say_does_not_keep_the_other_one_waiting() {
    let (stage, ben) = with_ben().await;
    for place in 0..4 {
        for to in [ada(&stage), ben.clone()] {
            answer(&stage, &to, &format!("{} {place}", to.peer), &format!("{} {place}", to.peer)).await.unwrap();
            stage.pass(TimeDelta::milliseconds(10)).await;
        }
    }
    answer(&stage, &eve(&stage), "We do.", "i").await.unwrap();
    stage.settle().await;
    let said = said(&stage).await;
    let place = said.iter().position(|said| said == "We do.").unwrap();
    assert!(place <= 3, "the youngest wish of the other account came as number {place}: {said:?}");
}

#[tokio::test]
async fn it_is_told_ahead_when_something_will_be_sent() {
    let stage = asked().await;
    let account = AccountKey::new(stage.viewer.owner.clone(), page());
    let mut told = Vec::new();
    for place in 0..25 {
        let film = Outgoing::attachment(ada(&stage).peer, AttachmentKind::Video, format!("https://shop.example/{place}.mp4"));
        let intent = stage.kit.inbox().send(&stage.viewer, &account, film, &format!("film {place}")).await.unwrap();
        told.push((intent.available_at - stage.clock.time()).num_milliseconds());
    }
    assert!(told[..10].iter().all(|wait| *wait == 0), "{told:?}");
    assert!(told[10..20].iter().all(|wait| (1_000..1_200).contains(wait)), "ten a second, and there are ten before: {told:?}");
    assert!(told[20..].iter().all(|wait| (2_000..2_400).contains(wait)), "{told:?}");
    assert_eq!(answer(&stage, &eve(&stage), "We do.", "i").await.unwrap().available_at, stage.clock.time());
}

#[tokio::test]
async fn all_answers_are_read_where_the_platform_names_the_newest_only() {
    let stage = asked().await;
    let mut intents = Vec::new();
    for text in ["Yes.", "We do.", "Until six."] {
        intents.push(answer(&stage, &eve(&stage), text, text).await.unwrap().id);
        stage.settle().await;
        stage.pass(TimeDelta::seconds(5)).await;
    }
    stage.meta.customer_acts("c5", INSTAGRAM, &Action::Read).await.unwrap();
    stage.settle().await;
    for intent in intents {
        let progress = stage.kit.inbox().send_progress(&stage.viewer, intent).await.unwrap().unwrap();
        assert_eq!(progress, SendProgress::Read { at: stage.clock.time() });
    }
}

#[tokio::test]
async fn what_was_sent_is_delivered_and_read_as_the_platform_tells() {
    let stage = asked().await;
    for (customer, account, key) in [("c1", PAGE, ada(&stage)), ("c5", INSTAGRAM, eve(&stage))] {
        let intent = answer(&stage, &key, "Yes.", account).await.unwrap();
        let progress = async || stage.kit.inbox().send_progress(&stage.viewer, intent.id).await.unwrap().unwrap();
        assert_eq!(progress().await, SendProgress::Queued);
        stage.settle().await;
        assert!(matches!(progress().await, SendProgress::Sent | SendProgress::Delivered { .. }), "{:?}", progress().await);
        stage.pass(TimeDelta::seconds(5)).await;
        stage.meta.customer_acts(customer, account, &Action::Read).await.unwrap();
        stage.settle().await;
        assert_eq!(progress().await, SendProgress::Read { at: stage.clock.time() }, "{account}");
        assert_eq!(now(&stage, &intent).await.state.as_str(), "sent");
    }
}
