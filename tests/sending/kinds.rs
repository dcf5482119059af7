//! Everything that can be said, on the platform that takes it; and what one lacks is known beforehand.

use link_core::words::event::Direction;
use link_kit::{
    AttachmentKind, Body, Button, Card, ExternalId, Form, Media, MessageId, Outgoing, Problem, QuickReply, Refusal, Signal, Template,
};
use serde_json::json;

use crate::stage::{INSTAGRAM, Stage};
use crate::{ada, asked, assert_refused, eve, next_send, now, sends, talk};

fn id(id: &str) -> ExternalId {
    id.parse().unwrap()
}

fn picture(number: u8) -> Media {
    Media::at(AttachmentKind::Image, format!("https://shop.example/{number}.png"))
}

fn card() -> Card {
    let mut card = Card::new("An atlas of 1890");
    card.buttons = vec![Button::Link { title: "Look".into(), url: "https://shop.example/atlas".into() }];
    card
}

#[tokio::test]
async fn every_form_arrives_and_is_the_message_that_its_echo_shows() {
    let stage = asked().await;
    let both = [
        Body::Attachments(vec![Media::at(AttachmentKind::File, "https://shop.example/offer.pdf")]),
        Body::Attachments(vec![picture(1), picture(2)]),
        Body::Template(Template::Generic(vec![card()])),
        Body::Template(Template::Buttons {
            text: "Which?".into(),
            buttons: vec![Button::Postback { title: "This".into(), payload: "1".into() }],
        }),
    ];
    let own = [vec![Body::Sticker(id("369239263222822"))], vec![Body::Heart]];
    for (to, own) in [ada(&stage), eve(&stage)].into_iter().zip(own) {
        let bodies: Vec<Body> = both.iter().cloned().chain(own).collect();
        let mut intents = Vec::new();
        for (number, body) in bodies.iter().enumerate() {
            let outgoing = Outgoing::new(to.peer.clone(), body.clone());
            intents.push(stage.kit.inbox().send(&stage.viewer, &to.account, outgoing, &format!("{} {number}", to.peer)).await.unwrap());
        }
        let asking = Outgoing::text(to.peer.clone(), "Red or blue?")
            .with_quick_replies([QuickReply::text("Red", "r"), QuickReply::text("Blue", "b")]);
        intents.push(stage.kit.inbox().send(&stage.viewer, &to.account, asking, &format!("{} asks", to.peer)).await.unwrap());
        stage.settle().await;
        for (intent, body) in intents.iter().zip(&bodies) {
            assert_eq!(now(&stage, intent).await.state.as_str(), "sent", "{body:?}");
        }
        let rows = talk(&stage, &to).await;
        assert_eq!(rows.len(), 1 + intents.len(), "an echo became a message of its own");
        let pictures = rows.iter().find(|row| row.state.intent == Some(intents[1].id)).unwrap();
        assert_eq!(pictures.state.attachments().len(), 2);
    }
    let last = sends(&stage).await.pop().unwrap();
    assert_eq!(last["parameters"]["message"]["quick_replies"][1]["payload"], "b");
}

#[tokio::test]
async fn a_reaction_has_no_echo_and_is_shown_as_soon_as_the_platform_took_it() {
    let stage = asked().await;
    for to in [ada(&stage), eve(&stage)] {
        let question = talk(&stage, &to).await[0].key.clone();
        let ours = async || talk(&stage, &to).await[0].state.reactions.get(&Direction::Outbound).and_then(|told| told.value.clone());
        let inbox = stage.kit.inbox();
        let react = inbox.react(&stage.viewer, &to, question.id.clone(), Some("\u{1f44d}"), &format!("{} up", to.peer)).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &react).await.state.as_str(), "done");
        assert_eq!(ours().await.as_deref(), Some("\u{1f44d}"));
        // The platform tells the time of its answers to the second, and people are faster.
        stage.pass(chrono::TimeDelta::milliseconds(200)).await;
        let heart = "\u{2764}";
        inbox.react(&stage.viewer, &to, question.id.clone(), Some(heart), &format!("{} heart", to.peer)).await.unwrap();
        stage.settle().await;
        assert_eq!(ours().await.as_deref(), Some(heart), "the reaction before the last one is shown");
        let back = inbox.react(&stage.viewer, &to, question.id.clone(), None, &format!("{} back", to.peer)).await.unwrap();
        stage.settle().await;
        assert_eq!((now(&stage, &back).await.state.as_str(), ours().await), ("done", None));
        assert_eq!(talk(&stage, &to).await.len(), 1, "a reaction became a message");
    }
}

#[tokio::test]
async fn a_reaction_that_the_platform_refuses_is_not_shown() {
    let stage = Stage::set().quirk("ig_linked_reactions", "love").linked().await;
    stage.pass(chrono::TimeDelta::hours(1)).await;
    let written = stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.settle().await;
    let to = eve(&stage);
    let message: MessageId = written.mid.parse().unwrap();
    let inbox = stage.kit.inbox();
    let thumb = inbox.react(&stage.viewer, &to, message.clone(), Some("\u{1f44e}"), "thumb").await.unwrap();
    let heart = inbox.react(&stage.viewer, &to, message, Some("\u{2764}\u{fe0f}"), "heart").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &thumb).await.state.as_str(), "failed", "another emoji than the one that was meant was sent");
    assert_eq!(now(&stage, &heart).await.state.as_str(), "done");
    let shown = talk(&stage, &to).await[0].state.reactions.get(&Direction::Outbound).and_then(|told| told.value.clone());
    assert_eq!(shown.as_deref(), Some("\u{2764}"));
}

#[tokio::test]
async fn a_quotation_names_the_message_on_both_platforms() {
    let stage = asked().await;
    for to in [ada(&stage), eve(&stage)] {
        let question = talk(&stage, &to).await[0].key.id.clone();
        let outgoing = Outgoing::text(to.peer.clone(), "Yes").in_reply_to(question.clone());
        stage.kit.inbox().send(&stage.viewer, &to.account, outgoing, to.peer.as_str()).await.unwrap();
        stage.settle().await;
        let answer = talk(&stage, &to).await.pop().unwrap();
        assert_eq!(answer.state.reply_to, Some(link_core::words::content::ReplyTo::Message(question)));
    }
}

#[tokio::test]
async fn a_sign_is_shown_at_once_and_never_queued() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    for to in [ada(&stage), eve(&stage)] {
        for signal in [Signal::Seen, Signal::TypingOn, Signal::TypingOff] {
            assert!(inbox.signal(&stage.viewer, &to, signal).await.unwrap());
        }
    }
    let shown = sends(&stage).await;
    let actions: Vec<_> = shown.iter().map(|call| call["parameters"]["sender_action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["mark_seen", "typing_on", "typing_off", "mark_seen", "typing_on", "typing_off"]);

    next_send(&stage, json!({"answer": {"code": 613}})).await;
    assert!(!inbox.signal(&stage.viewer, &ada(&stage), Signal::TypingOn).await.unwrap(), "a sign that was not shown is told as shown");
    stage.settle().await;
    assert_eq!(sends(&stage).await.len(), 7, "a sign was tried again");
    let intents = inbox.intents(&stage.viewer, &link_kit::IntentQuery::all(link_kit::PageQuery::first(10))).await.unwrap();
    assert_eq!(intents.items, [], "a sign was kept");

    stage.pass(chrono::TimeDelta::hours(25)).await;
    let late = inbox.signal(&stage.viewer, &ada(&stage), Signal::TypingOn).await;
    assert!(matches!(late, Err(Problem::Refused(Refusal::WindowClosed { .. }))), "{late:?}");
    assert_eq!(sends(&stage).await.len(), 7);
}

#[tokio::test]
async fn what_a_platform_lacks_is_known_and_refused_before_any_call() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let lacks: [(_, Body, Form); 3] = [
        (ada(&stage), Body::Heart, Form::Heart),
        (eve(&stage), Body::Sticker(id("369239263222822")), Form::Sticker),
        (
            eve(&stage),
            Body::Template(Template::Buttons {
                text: "Call us".into(),
                buttons: vec![Button::Phone { title: "Call".into(), number: "+441".into() }],
            }),
            Form::PhoneButton,
        ),
    ];
    for (number, (to, body, form)) in lacks.into_iter().enumerate() {
        let answerable = inbox.may_send(&stage.viewer, &to).await.unwrap();
        let told = answerable.takes.iter().find(|takes| takes.form == form).unwrap();
        assert!(!told.may(), "the platform is said to take {form:?}");
        let outcome = inbox.send(&stage.viewer, &to.account, Outgoing::new(to.peer.clone(), body), &number.to_string()).await;
        assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("content.form")).await;
    }
}

#[tokio::test]
async fn what_a_single_account_may_not_use_is_learnt_once_and_refused_afterwards_for_a_month() {
    let stage = asked().await;
    stage.meta.seed(&json!({"instagram": [{"id": INSTAGRAM, "multi_image": false}]})).await.unwrap();
    let to = eve(&stage);
    let two = || Outgoing::new(to.peer.clone(), Body::Attachments(vec![picture(1), picture(2)]));
    let inbox = stage.kit.inbox();
    let first = inbox.send(&stage.viewer, &to.account, two(), "first").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &first).await.state.as_str(), "failed");
    let outcome = inbox.send(&stage.viewer, &to.account, two(), "second").await;
    let again = stage.clock.time() + chrono::TimeDelta::days(30);
    assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("account.feature") && refusal.until() == Some(again)).await;
    let takes = inbox.may_send(&stage.viewer, &to).await.unwrap().takes;
    assert!(takes.iter().any(|takes| takes.form == Form::Several && takes.lacking_until == Some(again)));

    stage.pass(chrono::TimeDelta::days(30)).await;
    stage.meta.seed(&json!({"instagram": [{"id": INSTAGRAM, "multi_image": true}]})).await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Hello again").await.unwrap();
    stage.settle().await;
    let third = inbox.send(&stage.viewer, &to.account, two(), "third").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &third).await.state.as_str(), "sent", "what was refused once is never tried again");
}
