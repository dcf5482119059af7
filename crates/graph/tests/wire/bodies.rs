//! Every body, as it leaves on each platform and road.

use link_core::words::outgoing::{
    AttachmentKind, Body, Button, Card, Media, Outcome, Outgoing, Purpose, QuickReply, Recipient, SharedPost, Signal, Template,
};
use link_core::words::ports::{Access, Sender};
use link_core::{ErrorKind, ScopedId};
use link_graph::Talk;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::{Meta, by_instagram_login, instagram, ok, page};

/// A platform by a road.
#[derive(Clone, Copy)]
enum On {
    Messenger,
    Linked,
    Login,
}

const EVERYWHERE: [On; 3] = [On::Messenger, On::Linked, On::Login];
const INSTAGRAM: [On; 2] = [On::Linked, On::Login];

fn by(meta: &Meta, on: On) -> (Talk, Access, &'static str) {
    match on {
        On::Messenger => (meta.messenger(), page(), "/v26.0/77/messages"),
        On::Linked => (meta.instagram(), instagram(), "/v26.0/77/messages"),
        On::Login => (
            Talk::by_instagram_login(meta.client(), link_graph::Dialect::INSTAGRAM),
            by_instagram_login(),
            "/v26.0/17841400000000009/messages",
        ),
    }
}

/// What leaves, and what is made of the answer.
async fn sent(on: On, outgoing: &Outgoing, answer: Value) -> (Value, Outcome) {
    let meta = Meta::start().await;
    let (talk, access, path) = by(&meta, on);
    meta.answer("POST", path, 200, &answer).await;
    let outcome = talk.send(&access, outgoing).await;
    (serde_json::from_slice(&meta.last().await.body).unwrap(), outcome)
}

async fn body(on: On, outgoing: &Outgoing) -> Value {
    let (body, outcome) = sent(on, outgoing, json!({"recipient_id": "5001", "message_id": "m_new"})).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    body
}

fn say(body: Body) -> Outgoing {
    Outgoing::new(ScopedId::new("5001").unwrap(), body)
}

/// The message alone, the same wherever it goes.
async fn same_on(where_to: &[On], said: Body, message: Value) {
    for on in where_to {
        let mut expected = json!({"recipient": {"id": "5001"}, "message": message});
        if matches!(on, On::Messenger) {
            expected["messaging_type"] = json!("RESPONSE");
        }
        assert_eq!(body(*on, &say(said.clone())).await, expected);
    }
}

fn picture() -> Media {
    Media::at(AttachmentKind::Image, "https://shop.example/a.png")
}

#[tokio::test]
async fn attachments_go_alone_or_in_a_list_by_address_or_by_id() {
    let by_address = json!({"type": "image", "payload": {"url": "https://shop.example/a.png"}});
    let by_id = json!({"type": "image", "payload": {"attachment_id": "1857777774821032"}});
    let kept = Media::uploaded(AttachmentKind::Image, "1857777774821032".parse().unwrap());
    same_on(&EVERYWHERE, Body::Attachments(vec![picture()]), json!({"attachment": by_address})).await;
    same_on(&EVERYWHERE, Body::Attachments(vec![kept.clone()]), json!({"attachment": by_id})).await;
    same_on(&EVERYWHERE, Body::Attachments(vec![picture(), kept]), json!({"attachments": [by_address, by_id]})).await;
}

#[tokio::test]
async fn stickers_hearts_and_own_posts_have_a_form_of_their_own() {
    same_on(&[On::Messenger], Body::Sticker("369239263222822".parse().unwrap()), json!({"sticker_id": 369_239_263_222_822_u64})).await;
    same_on(&INSTAGRAM, Body::Heart, json!({"attachment": {"type": "like_heart"}})).await;
    let own = SharedPost::new("instagram:17841400000000009".parse().unwrap(), "17910000000000042".parse().unwrap());
    let shared = json!({"attachment": {"type": "MEDIA_SHARE", "payload": {"id": "17910000000000042"}}});
    same_on(&INSTAGRAM, Body::Post(own), shared).await;
}

#[tokio::test]
async fn a_post_of_another_account_is_a_card_that_leads_to_it_or_its_picture() {
    let mut post = SharedPost::new("instagram:17841400000000009".parse().unwrap(), "17910000000000042".parse().unwrap());
    post.title = Some("New in the window".into());
    post.permalink = Some("https://www.instagram.com/p/Cab/".into());
    let card = json!({"title": "New in the window", "subtitle": "https://www.instagram.com/p/Cab/",
        "default_action": {"type": "web_url", "url": "https://www.instagram.com/p/Cab/"}});
    let template = json!({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [card]}}});
    same_on(&[On::Messenger], Body::Post(post.clone()), template).await;
    let long = format!("https://www.instagram.com/p/Cab/?{}", "x".repeat(80));
    let card = json!({"title": "New in the window", "subtitle": long[..80], "default_action": {"type": "web_url", "url": long}});
    let template = json!({"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [card]}}});
    let mut far = post.clone();
    far.permalink = Some(long);
    same_on(&[On::Messenger], Body::Post(far), template).await;
    post.media = Some(picture());
    let picture = json!({"attachment": {"type": "image", "payload": {"url": "https://shop.example/a.png"}}});
    same_on(&[On::Messenger], Body::Post(post), picture).await;
}

#[tokio::test]
async fn templates_are_told_with_all_that_is_in_them() {
    let mut card = Card::new("An atlas");
    card.subtitle = Some("Of 1890".into());
    card.image_url = Some("https://shop.example/a.png".into());
    card.url = Some("https://shop.example/atlas".into());
    card.buttons = vec![
        Button::Link { title: "Look".into(), url: "https://shop.example/atlas".into() },
        Button::Postback { title: "Keep it".into(), payload: "keep:7".into() },
    ];
    let told = json!({"title": "An atlas", "subtitle": "Of 1890", "image_url": "https://shop.example/a.png",
        "default_action": {"type": "web_url", "url": "https://shop.example/atlas"},
        "buttons": [{"type": "web_url", "title": "Look", "url": "https://shop.example/atlas"},
            {"type": "postback", "title": "Keep it", "payload": "keep:7"}]});
    let template = |payload: Value| json!({"attachment": {"type": "template", "payload": payload}});
    let cards = template(json!({"template_type": "generic", "elements": [told, {"title": "A globe"}]}));
    same_on(&EVERYWHERE, Body::Template(Template::Generic(vec![card, Card::new("A globe")])), cards).await;
    let call = Button::Phone { title: "Call".into(), number: "+15105550100".into() };
    let buttons = template(json!({"template_type": "button", "text": "Questions?",
        "buttons": [{"type": "phone_number", "title": "Call", "payload": "+15105550100"}]}));
    same_on(&[On::Messenger], Body::Template(Template::Buttons { text: "Questions?".into(), buttons: vec![call] }), buttons).await;
    let products = template(json!({"template_type": "product", "elements": [{"id": "44"}, {"id": "45"}]}));
    let ids = vec!["44".parse().unwrap(), "45".parse().unwrap()];
    same_on(&EVERYWHERE, Body::Template(Template::Products(ids)), products).await;
}

#[tokio::test]
async fn quick_replies_stand_in_the_message() {
    let mut drawn = QuickReply::text("Blue", "colour:blue");
    if let QuickReply::Text { image_url, .. } = &mut drawn {
        *image_url = Some("https://shop.example/blue.png".into());
    }
    let replies = [QuickReply::text("Red", "colour:red"), drawn, QuickReply::Phone, QuickReply::Email];
    let message = json!({"text": "Which?", "quick_replies": [
        {"content_type": "text", "title": "Red", "payload": "colour:red"},
        {"content_type": "text", "title": "Blue", "payload": "colour:blue", "image_url": "https://shop.example/blue.png"},
        {"content_type": "user_phone_number"}, {"content_type": "user_email"}]});
    for on in EVERYWHERE {
        assert_eq!(body(on, &say(Body::Text("Which?".into())).with_quick_replies(replies.clone())).await["message"], message);
    }
}

#[tokio::test]
async fn a_tag_is_named_as_the_platform_names_it() {
    let tagged = say(Body::Text("Your order left".into())).for_purpose(Purpose::Tagged("POST_PURCHASE_UPDATE".into()));
    let body = body(On::Messenger, &tagged).await;
    assert_eq!((&body["messaging_type"], &body["tag"]), (&json!("MESSAGE_TAG"), &json!("POST_PURCHASE_UPDATE")));
}

#[tokio::test]
async fn a_private_reply_names_the_comment_or_the_post_and_learns_who_wrote_it() {
    let comment = Outgoing::text(Recipient::Comment { comment: "9_1".parse().unwrap(), by: None }, "Wrote you here");
    let post = Outgoing::text(Recipient::Post { post: "77_9".parse().unwrap(), by: None }, "Wrote you here");
    for on in EVERYWHERE {
        let (body, outcome) = sent(on, &comment, json!({"recipient_id": "5001", "message_id": "m_new"})).await;
        assert_eq!(body["recipient"], json!({"comment_id": "9_1"}));
        let Outcome::Accepted { peer, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(peer.unwrap().as_str(), "5001");
    }
    assert_eq!(body(On::Messenger, &post).await["recipient"], json!({"post_id": "77_9"}));
}

fn reaction(emoji: Option<&str>) -> Outgoing {
    say(Body::Reaction { message: "m_theirs".parse().unwrap(), emoji: emoji.map(str::to_owned) }).with_metadata("lk1:7")
}

#[tokio::test]
async fn a_reaction_and_its_withdrawal_are_actions_without_an_id() {
    let done = json!({"recipient_id": "5001"});
    let react = |word: &str| json!({"recipient": {"id": "5001"}, "sender_action": "react", "payload": {"message_id": "m_theirs", "reaction": word}});
    for on in EVERYWHERE {
        let (body, outcome) = sent(on, &reaction(Some("\u{1f389}")), done.clone()).await;
        assert_eq!(body, react("\u{1f389}"));
        let Outcome::Done { at } = outcome else { panic!("{outcome:?}") };
        assert_eq!(at.to_rfc3339(), "2026-11-02T10:00:00+00:00");
        let (body, outcome) = sent(on, &reaction(None), done.clone()).await;
        assert_eq!(body, json!({"recipient": {"id": "5001"}, "sender_action": "unreact", "payload": {"message_id": "m_theirs"}}));
        assert!(matches!(outcome, Outcome::Done { .. }));
    }
    for heart in ["\u{2764}", "\u{2764}\u{fe0f}", "love"] {
        assert_eq!(sent(On::Linked, &reaction(Some(heart)), done.clone()).await.0, react("love"), "one page takes this word only");
    }
    assert_eq!(
        sent(On::Messenger, &reaction(Some("love")), done.clone()).await.0,
        react("\u{2764}"),
        "one platform's word goes out on the other"
    );
    assert_eq!(sent(On::Messenger, &reaction(Some("\u{2764}\u{fe0f}")), done).await.0, react("\u{2764}\u{fe0f}"));
}

/// If this failed, a thumb that never arrived would be shown as if it had, or one that did as lost.
#[tokio::test]
async fn a_reaction_whose_answer_is_none_is_unknown_and_a_refused_one_is_refused() {
    let outcome_of = async |response: ResponseTemplate| {
        let meta = Meta::start().await;
        meta.respond("POST", "/v26.0/77/messages", response).await;
        meta.messenger().send(&page(), &reaction(Some("\u{1f44d}"))).await
    };
    assert!(matches!(outcome_of(ResponseTemplate::new(200).set_body_string("<html>")).await, Outcome::Unknown(_)));
    let refused = ok(400, &json!({"error": {"code": 100, "message": "m"}}));
    assert!(matches!(outcome_of(refused).await, Outcome::Refused(_)));
}

#[tokio::test]
async fn a_sign_is_an_action_and_a_refused_one_is_an_error() {
    let signs = [(Signal::TypingOn, "typing_on"), (Signal::TypingOff, "typing_off"), (Signal::Seen, "mark_seen")];
    for on in EVERYWHERE {
        let meta = Meta::start().await;
        let (talk, access, path) = by(&meta, on);
        meta.answer("POST", path, 200, &json!({"recipient_id": "5001"})).await;
        for (signal, word) in signs {
            talk.signal(&access, &"5001".parse().unwrap(), signal).await.unwrap();
            let body: Value = serde_json::from_slice(&meta.last().await.body).unwrap();
            assert_eq!(body, json!({"recipient": {"id": "5001"}, "sender_action": word}));
        }
    }
    let meta = Meta::start().await;
    let window = json!({"error": {"code": 10, "error_subcode": 2_018_278, "message": "m"}});
    meta.answer("POST", "/v26.0/77/messages", 400, &window).await;
    let refused = meta.messenger().signal(&page(), &"5001".parse().unwrap(), Signal::Seen).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WindowClosed);
}

#[tokio::test]
async fn what_is_gone_is_not_put_on_the_wire() {
    let meta = Meta::start().await;
    let Outcome::Refused(error) = meta.messenger().send(&page(), &say(Body::Gone)).await else { panic!("it was sent") };
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(meta.requests().await.is_empty());
}
