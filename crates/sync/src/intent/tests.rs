use link_core::words::event::Direction;
use link_core::words::moment::Moment;
use link_core::words::outgoing::{AttachmentKind, Button, Card, Media, Recipient, SharedPost, Template};

use super::*;
use crate::conversation::Conversation;
use crate::message::Message;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// If this failed, an update of the program would lose what is on its way out.
#[test]
fn what_an_older_program_queued_lost_and_sent_is_still_read() {
    let intent = |state: &str| {
        let json = format!(
            r#"{{"id":"00000000-0000-0000-0000-000000000001","account":{{"owner":"o","account":{{"platform":"messenger","id":"1"}}}},
                "road":"facebook","outgoing":{{"to":"7","body":{{"text":"hi"}},"reply_to":null,"purpose":"response","metadata":null}},
                "key":"k","by":{{"owner":"o","actor":"a","role":"owner","place":null}},"created_at":"2026-11-01T00:00:00Z",
                "available_at":"2026-11-01T00:00:00Z","tries":0,"state":{state}}}"#
        );
        serde_json::from_str::<Intent>(&json).unwrap()
    };
    let queued = intent(r#"{"state":"queued"}"#);
    assert_eq!((queued.priority, queued.tried_at, queued.looks, queued.look_at()), (Priority::Person, None, 0, None));
    assert!(queued.renewed.is_empty() && queued.put_off.is_empty());
    let sent = intent(r#"{"state":"sent","message":"m_1"}"#);
    assert_eq!(sent.state, IntentState::Sent { message: "m_1".parse().unwrap(), by: Proof::Answer });
    let lost = intent(r#"{"state":"unknown","since":"2026-11-01T00:00:05Z","cause":"send the message"}"#);
    assert!(lost.look_at().is_some(), "what was lost before is never looked for");
    assert_eq!(serde_json::from_value::<Intent>(serde_json::to_value(&lost).unwrap()).unwrap(), lost);
}

#[test]
fn what_is_better_proved_is_believed_in_any_order() {
    let told = [("c", Proof::History), ("b", Proof::Metadata), ("a2", Proof::Answer), ("a1", Proof::Answer)];
    for first in 0..told.len() {
        let mut intent = crate::testing::Scene::new("o", "instagram:1", "7").intent(1, "k", "hi", 0);
        for turn in 0..told.len() {
            let (id, by) = told[(first + turn) % told.len()];
            intent.prove(id.parse().unwrap(), by);
        }
        assert_eq!(intent.state, IntentState::Sent { message: "a1".parse().unwrap(), by: Proof::Answer });
    }
}

#[test]
fn a_watermark_reaches_what_was_said_before_it_and_a_mark_its_own_message() {
    let mut intent = crate::testing::Scene::new("o", "instagram:1", "7").intent(1, "k", "hi", 0);
    intent.prove("m".parse().unwrap(), Proof::Answer);
    let message = |delivered, read| Message {
        direction: Some(Direction::Outbound),
        at: Some(Moment::coarse(at(10))),
        delivered,
        read,
        ..Message::default()
    };
    let marks = |delivered_up_to, read_up_to| Conversation { read_up_to, delivered_up_to, ..Conversation::default() };
    let progress = |message: &Message, marks: &Conversation| intent.progress(Some(message), Some(marks));
    let (bare, none) = (message(None, None), marks(None, None));
    assert_eq!(progress(&bare, &none), SendProgress::Sent);
    assert_eq!(progress(&bare, &marks(Some(at(9)), Some(at(9)))), SendProgress::Sent, "what was not yet said counts as read");
    assert_eq!(progress(&bare, &marks(Some(at(10)), None)), SendProgress::Delivered { at: at(10) });
    assert_eq!(progress(&bare, &marks(Some(at(12)), Some(at(11)))), SendProgress::Read { at: at(11) });
    assert_eq!(progress(&message(Some(at(13)), None), &none), SendProgress::Delivered { at: at(13) });
    assert_eq!(progress(&message(None, Some(at(14))), &none), SendProgress::Read { at: at(14) });
    assert_eq!(intent.progress(None, None), SendProgress::Sent);
}

/// Or whoever waits behind a private reply that rests is told its days, and whoever waits behind an answer nothing.
#[test]
fn what_goes_before_another_is_older_in_its_conversation_waits_and_lets_nobody_pass() {
    let of = |peer: &str, number, seconds| crate::testing::Scene::new("o", "messenger:1", peer).intent(number, "k", "hi", seconds);
    let (first, second, elsewhere) = (of("7", 1, 10), of("7", 2, 11), of("8", 3, 11));
    assert!(first.goes_before(&second) && !second.goes_before(&first) && !first.goes_before(&first) && !first.goes_before(&elsewhere));
    let mut reply = first.clone();
    reply.outgoing.to = Recipient::Comment { comment: "c_1".parse().unwrap(), by: Some("7".parse().unwrap()) };
    assert!(reply.conversation() == second.conversation() && !reply.goes_before(&second));
    let mut leaves = first;
    leaves.claim(at(12), at(72));
    assert!(!leaves.goes_before(&second), "what leaves now is told to wait for its own time");
}

/// Or of three answers in a row two stay unread for ever on Instagram, which names the newest only.
#[test]
fn whoever_saw_an_answer_saw_those_before_it() {
    let message = |second, direction, read| Message {
        direction: Some(direction),
        at: Some(Moment::exact(at(second))),
        read: Some(at(90)).filter(|_| read),
        ..Message::default()
    };
    let answer = message(10, Direction::Outbound, false);
    let beside = |others: &[Message]| SendProgress::of_message(&answer, None).beside(&answer, others);
    assert_eq!(beside(&[message(20, Direction::Outbound, true)]), SendProgress::Read { at: at(90) });
    let others = [message(9, Direction::Outbound, true), message(20, Direction::Outbound, false), message(20, Direction::Inbound, true)];
    assert_eq!(beside(&others), SendProgress::Sent, "what the person saw before counts as a later answer");
}

/// Or whoever may see that something was sent reads what, in the wish.
#[test]
fn a_wish_shows_no_text_and_no_attachment_that_a_view_hides() {
    let secret = "planted-secret";
    let button = || Button::Link { title: secret.into(), url: format!("https://x.test/{secret}") };
    let mut card = Card::new(secret);
    card.buttons.push(button());
    let mut post = SharedPost::new("instagram:1".parse().unwrap(), "2".parse().unwrap());
    (post.title, post.permalink) = (Some(secret.into()), Some(format!("https://x.test/{secret}")));
    let attached = [
        Body::Attachment { kind: AttachmentKind::Image, url: format!("https://x.test/{secret}") },
        Body::Attachments(vec![Media::at(AttachmentKind::Image, format!("https://x.test/{secret}"))]),
        Body::Template(Template::Generic(vec![card])),
        Body::Template(Template::Buttons { text: secret.into(), buttons: vec![button()] }),
        Body::Sticker(secret.parse().unwrap()),
        Body::Post(post),
    ];
    let shown = |body: &Body, reply: QuickReply, fields: Fields| {
        let mut intent = crate::testing::Scene::new("o", "messenger:1", "7").intent(1, "k", "", 0);
        (intent.outgoing.body, intent.outgoing.quick_replies) = (body.clone(), vec![reply]);
        serde_json::to_string(&intent.through(fields)).unwrap()
    };
    let asking = || QuickReply::Text { title: secret.into(), payload: secret.into(), image_url: Some(secret.into()) };
    for body in attached.iter().chain([&Body::Text(secret.into())]) {
        for fields in [Fields::NONE, Fields::ALL.text(false)] {
            assert!(!shown(body, asking(), fields).contains(secret), "{body:?}");
        }
        assert!(shown(body, QuickReply::Phone, Fields::ALL).contains(secret), "{body:?}");
    }
    let pictured = || QuickReply::Text { title: "Red".into(), payload: "r".into(), image_url: Some(secret.into()) };
    for body in &attached {
        assert!(!shown(body, pictured(), Fields::ALL.attachments(false)).contains(secret), "{body:?}");
    }
    assert!(shown(&Body::Text(secret.into()), QuickReply::Phone, Fields::ALL.attachments(false)).contains(secret));
    assert!(shown(&Body::Gone, QuickReply::Phone, Fields::NONE).contains("gone"), "what was taken back is shown as an empty text");
}

/// If this failed, whoever may not see files would learn their ids, or they would outlive the message that was taken back.
#[test]
fn which_files_were_forgotten_is_shown_and_goes_with_them() {
    let id: link_core::words::ids::ExternalId = "555".parse().unwrap();
    let mut intent = crate::testing::Scene::new("o", "instagram:1", "7").intent(1, "k", "hi", 0);
    (intent.renewed, intent.put_off) = ([id.clone()].into(), [id].into());
    let of = |intent: &Intent| (intent.renewed.len(), intent.put_off.len());
    assert_eq!(of(&intent.clone().through(Fields::ALL)), (1, 1));
    let hidden: [fn(&mut Fields); 2] = [|fields| fields.text = false, |fields| fields.attachments = false];
    for hide in hidden {
        let mut fields = Fields::ALL;
        hide(&mut fields);
        assert_eq!(of(&intent.clone().through(fields)), (0, 0), "{fields:?}");
    }
    intent.wipe();
    assert_eq!(of(&intent), (0, 0));
}
