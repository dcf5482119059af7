//! One message, asked for by its id.

use link_core::words::content::{Content, ReplyTo};
use link_core::words::event::{Channel, Direction, Event, Said};
use link_core::words::ports::{Access, History, Looked};
use link_core::{ErrorKind, ExternalId, MessageId, Secret};
use link_graph::{App, Client, Dialect, Host, Hosts, Talk};
use serde_json::{Value, json};

use crate::{Meta, by_instagram_login, instagram, page, parameter};

const MESSENGER: &str = "/v26.0/m_7";
const INSTAGRAM: &str = "/v26.0/aWdfZAG1fOjc";

fn id(path: &str) -> MessageId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

async fn looked(meta: &Meta, talk: &Talk, access: &Access, path: &str, status: u16, body: &Value) -> link_core::Result<Looked> {
    meta.answer("GET", path, status, body).await;
    talk.message(access, &id(path)).await
}

async fn on_the_page(status: u16, body: Value) -> link_core::Result<Looked> {
    let meta = Meta::start().await;
    looked(&meta, &meta.messenger(), &page(), MESSENGER, status, &body).await
}

fn events(looked: Looked) -> Vec<Event> {
    let Looked::Told(events) = looked else { panic!("it is shown") };
    events
}

fn content(event: &Event) -> &Content {
    let Said::Message(content) = &event.said else { panic!("{}", event.said.kind()) };
    content
}

fn inbound() -> Value {
    json!({"id": "m_7", "created_time": "2026-08-04T09:30:00+0000", "from": {"name": "Mara Quist", "email": "5001@facebook.com", "id": "5001"},
        "to": {"data": [{"name": "Lamp Shop", "email": "77@facebook.com", "id": "77"}]}, "message": "The one with the brass foot"})
}

#[tokio::test]
async fn a_message_is_told_as_the_history_tells_it() {
    let meta = Meta::start().await;
    let mut body = inbound();
    body["reply_to"] = json!({"mid": "m_6", "is_self_reply": false});
    body["reactions"] = json!({"data": [{"reaction": "\u{1f44d}", "users": [{"id": "77"}]}]});
    let told = events(looked(&meta, &meta.messenger(), &page(), MESSENGER, 200, &body).await.unwrap());

    assert_eq!(parameter(&meta.last().await, "fields").as_deref(), Some(Dialect::MESSENGER.message_fields));
    let [message, reaction] = &told[..] else { panic!("a message and a reaction") };
    assert_eq!((message.direction, message.peer().unwrap().as_str()), (Direction::Inbound, "5001"));
    assert_eq!(content(message).text.as_deref(), Some("The one with the brass foot"));
    assert_eq!(content(message).reply_to, Some(ReplyTo::Message("m_6".parse().unwrap())));
    let at = message.at.unwrap();
    assert_eq!((at.at.to_rfc3339().as_str(), at.exact), ("2026-08-04T09:30:00+00:00", false));
    let Said::Reacted(reacted) = &reaction.said else { panic!("a reaction") };
    assert_eq!((reacted.message.as_ref().unwrap().as_str(), reaction.direction), ("m_7", Direction::Outbound));
    assert!(told.iter().all(|event| event.channel == Channel::History));
    assert_eq!(message.as_of.to_rfc3339(), "2026-11-02T10:00:00+00:00");
    assert!(reaction.as_of <= message.as_of, "a reaction is told as of later than when it was asked for");
}

#[tokio::test]
async fn of_an_own_message_the_person_is_whom_it_was_written_to() {
    let mut body = inbound();
    (body["from"], body["to"]) = (json!({"id": "77"}), json!({"data": [{"id": "5001"}]}));
    let told = events(on_the_page(200, body).await.unwrap());
    assert_eq!((told[0].direction, told[0].peer().unwrap().as_str()), (Direction::Outbound, "5001"));
    assert!(content(&told[0]).echo.is_some());
}

#[tokio::test]
async fn instagram_is_asked_on_either_road() {
    let us = "17841400000000009";
    let body = json!({"id": "aWdfZAG1fOjc", "created_time": "2026-08-04T09:30:00+0000", "from": {"username": "mara.q", "id": "6001"},
        "to": {"data": [{"username": "lampshop", "id": us}]}, "message": "And this one?",
        "story": {"reply_to": {"link": "https://cdn.example/mine", "id": 901}}});
    let meta = Meta::start().await;
    let nobody = "http://127.0.0.1:9";
    let hosts = Hosts::two(nobody, nobody).unwrap().with(Host::InstagramGraph, &meta.server.uri()).unwrap();
    let app = App::new(ExternalId::new("2000").unwrap(), Secret::new("instagram-secret"));
    let by_login = Talk::by_instagram_login(Client::builder(app).hosts(hosts).build().unwrap(), Dialect::INSTAGRAM);
    for (talk, access) in [(meta.instagram(), instagram()), (by_login, by_instagram_login())] {
        let told = events(looked(&meta, &talk, &access, INSTAGRAM, 200, &body).await.unwrap());
        assert_eq!(parameter(&meta.last().await, "fields").as_deref(), Some(Dialect::INSTAGRAM.message_fields));
        assert_eq!((told.len(), &told[0].road, told[0].peer().unwrap().as_str()), (1, &access.road, "6001"));
        assert!(matches!(&content(&told[0]).reply_to, Some(ReplyTo::Story { id: Some(id), .. }) if id.as_str() == "901"));
    }
    let wrong = meta.instagram().message(&by_instagram_login(), &id(INSTAGRAM)).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Configuration);
}

/// Or a message that is merely old is taken for one that was taken back.
#[tokio::test]
async fn what_is_not_shown_is_not_told_as_deleted() {
    let error =
        |code: i64, subcode: i64| json!({"error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode}});
    let answers = [
        (400, error(9_000_001, 0)),
        (400, error(100, 9_000_001)),
        (400, error(100, 33)),
        (200, json!({"id": "m_7"})),
        (200, json!({"id": "m_7", "created_time": "2026-08-04T09:30:00+0000"})),
        (200, json!({"id": "m_7", "message": "", "is_unsupported": true})),
        (200, json!({"id": "m_7", "error": {"code": 9_000_001}})),
    ];
    for (status, body) in answers {
        assert_eq!(on_the_page(status, body.clone()).await.unwrap(), Looked::NotShown, "{body}");
    }
}

#[tokio::test]
async fn of_what_is_not_supported_it_is_told_who_wrote_when() {
    let mut body = inbound();
    (body["message"], body["is_unsupported"]) = (json!(""), json!(true));
    let told = events(on_the_page(200, body).await.unwrap());
    assert_eq!((content(&told[0]).unsupported, &content(&told[0]).text, told[0].peer().unwrap().as_str()), (true, &None, "5001"));
}

#[tokio::test]
async fn what_has_no_form_is_kept_and_what_failed_is_an_error() {
    for strange in [json!({"id": "m_7", "message": {"rich": true}, "from": {"id": "5001"}}), json!({"id": "m_7", "message": "whose?"})] {
        let told = events(on_the_page(200, strange).await.unwrap());
        assert_eq!((told.len(), told[0].said.kind()), (1, "unknown"));
    }
    for (code, kind) in [(190, ErrorKind::SignInNeeded), (613, ErrorKind::Throttled), (2, ErrorKind::Unavailable)] {
        let error = on_the_page(400, json!({"error": {"code": code, "message": "no"}})).await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}
