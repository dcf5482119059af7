use std::time::Duration;

use link_core::words::outgoing::{AttachmentKind, Body, Media, Outcome, Outgoing, Purpose};
use link_core::words::ports::Sender;
use link_core::{Error, ErrorKind, ExternalId, MessageId, ScopedId, Secret};
use link_graph::{App, Client, Dialect, Host, Hosts, Talk};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::{Meta, bearer, by_instagram_login, ok, page};

fn hello() -> Outgoing {
    Outgoing::text(ScopedId::new("5001").unwrap(), "Hello there")
}

fn sent() -> Value {
    json!({"recipient_id": "5001", "message_id": "m_new"})
}

async fn body_on_messenger(outgoing: &Outgoing) -> Value {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/77/messages", 200, &sent()).await;
    assert!(matches!(meta.messenger().send(&page(), outgoing).await, Outcome::Accepted { .. }));
    serde_json::from_slice(&meta.last().await.body).unwrap()
}

async fn body_on_instagram(outgoing: &Outgoing) -> Value {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/77/messages", 200, &sent()).await;
    assert!(matches!(meta.instagram().send(&crate::instagram(), outgoing).await, Outcome::Accepted { .. }));
    serde_json::from_slice(&meta.last().await.body).unwrap()
}

#[tokio::test]
async fn an_accepted_message_has_its_id_and_the_platforms_time() {
    let meta = Meta::start().await;
    meta.answer("POST", "/v26.0/77/messages", 200, &sent()).await;
    let Outcome::Accepted { message, at, .. } = meta.messenger().send(&page(), &hello()).await else { panic!("not accepted") };
    assert_eq!(message.as_str(), "m_new");
    assert_eq!(at.to_rfc3339(), "2026-11-02T10:00:00+00:00");
    assert_eq!(bearer(&meta.last().await), Some("page-token"));
}

#[tokio::test]
async fn messenger_is_told_the_rule_and_the_metadata_and_instagram_is_not() {
    let outgoing = hello().with_metadata("intent-1").in_reply_to(MessageId::new("m_old").unwrap());
    let quoted = json!({"mid": "m_old"});
    let expected = json!({"recipient": {"id": "5001"}, "messaging_type": "RESPONSE",
        "message": {"text": "Hello there", "metadata": "intent-1"}, "reply_to": quoted});
    assert_eq!(body_on_messenger(&outgoing).await, expected);
    let expected = json!({"recipient": {"id": "5001"}, "message": {"text": "Hello there"}, "reply_to": quoted});
    assert_eq!(body_on_instagram(&outgoing).await, expected);
}

#[tokio::test]
async fn a_human_agents_answer_carries_its_tag_on_both() {
    let outgoing = hello().for_purpose(Purpose::HumanAgent);
    let expected = json!({"recipient": {"id": "5001"}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT",
        "message": {"text": "Hello there"}});
    assert_eq!(body_on_messenger(&outgoing).await, expected);
    assert_eq!(body_on_instagram(&outgoing).await, expected);
}

#[tokio::test]
async fn an_attachment_is_fetched_by_meta_from_its_address() {
    let outgoing = Outgoing::attachment(ScopedId::new("5001").unwrap(), AttachmentKind::Audio, "https://shop.example/a.mp3");
    let message = json!({"attachment": {"type": "audio", "payload": {"url": "https://shop.example/a.mp3"}}});
    assert_eq!(body_on_messenger(&outgoing).await["message"], message);
}

async fn outcome_of(response: ResponseTemplate) -> Outcome {
    let meta = Meta::start().await;
    meta.respond("POST", "/v26.0/77/messages", response).await;
    let outcome = meta.messenger().send(&page(), &hello()).await;
    assert_eq!(meta.requests().await.len(), 1, "nothing is sent twice, whatever happens");
    outcome
}

fn refusal(status: u16, code: i64, subcode: i64) -> ResponseTemplate {
    ok(status, &json!({"error": {"message": "m", "code": code, "error_subcode": subcode, "fbtrace_id": "t"}}))
}

fn refused(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Refused(error) => error,
        other => panic!("{other:?}"),
    }
}

fn not_sent(outcome: Outcome) -> Error {
    match outcome {
        Outcome::NotSent(error) => error,
        other => panic!("{other:?}"),
    }
}

fn unknown(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Unknown(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_names_what_helps() {
    let error = refused(outcome_of(refusal(400, 10, 2_018_278)).await);
    assert_eq!(error.kind(), ErrorKind::WindowClosed);
    assert!(error.remedy().is_some());
    assert_eq!(refused(outcome_of(refusal(403, 200, 2_534_041)).await).kind(), ErrorKind::OwnerActionNeeded);
    assert_eq!(refused(outcome_of(refusal(400, 551, 1_545_041)).await).kind(), ErrorKind::RecipientUnavailable);
    assert_eq!(refused(outcome_of(refusal(200, 190, 463)).await).kind(), ErrorKind::SignInNeeded);
    assert_eq!(refused(outcome_of(refusal(400, 987_654, 1)).await).kind(), ErrorKind::Unrecognised);
}

#[tokio::test]
async fn a_throttled_message_was_surely_not_sent_and_may_be_tried_later() {
    let error = not_sent(outcome_of(refusal(400, 613, 2_534_040).insert_header("retry-after", "9")).await);
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(9))));
    not_sent(outcome_of(ResponseTemplate::new(429)).await);
}

#[tokio::test]
async fn whatever_leaves_a_doubt_is_unknown() {
    let doubtful = [
        refusal(400, 1, 0),
        refusal(400, 2, 0),
        refusal(200, 2, 0),
        refusal(500, 10, 2_018_278),
        refusal(400, 1, 1_357_046),
        ok(400, &json!({"error": {"code": 987_654, "is_transient": true}})),
        ResponseTemplate::new(502).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ok(200, &json!({"recipient_id": "5001"})),
        ok(200, &json!({"message_id": ""})),
        ok(200, &json!([])),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/"),
    ];
    for response in doubtful {
        assert_eq!(unknown(outcome_of(response).await).kind(), ErrorKind::Ambiguous);
    }
}

fn talk(http: reqwest::Client, address: &str) -> Talk {
    let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("app-secret"));
    let hosts = Hosts::META.with(Host::FacebookGraph, address).unwrap();
    Talk::new(Client::builder(app).hosts(hosts).http(http).build().unwrap(), Dialect::MESSENGER)
}

#[tokio::test]
async fn without_a_connection_it_was_surely_not_sent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcome = talk(reqwest::Client::new(), &format!("http://{closed}")).send(&page(), &hello()).await;
    let error = not_sent(outcome);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_message_left_is_unknown() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        use std::io::Read;
        let (mut stream, _) = listener.accept().unwrap();
        let mut taken = Vec::new();
        while !String::from_utf8_lossy(&taken).contains("Hello there") {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).unwrap();
            taken.extend_from_slice(&part[..read]);
        }
    });
    let outcome = talk(reqwest::Client::new(), &format!("http://{address}")).send(&page(), &hello()).await;
    assert_eq!(unknown(outcome).kind(), ErrorKind::Ambiguous);
    server.join().unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unknown() {
    let meta = Meta::start().await;
    meta.respond("POST", "/v26.0/77/messages", ok(200, &sent()).set_delay(Duration::from_secs(30))).await;
    let http = reqwest::Client::builder().timeout(Duration::from_millis(100)).build().unwrap();
    unknown(talk(http, &meta.server.uri()).send(&page(), &hello()).await);
}

/// If this failed, a film that the platform sends, or refuses after a minute, would stay unknown because we did not wait for it.
#[tokio::test]
async fn a_film_that_the_platform_fetches_is_waited_for_longer() {
    let meta = Meta::start().await;
    meta.respond("POST", "/v26.0/77/messages", ok(200, &sent()).set_delay(Duration::from_millis(600))).await;
    let http = || reqwest::Client::builder().timeout(Duration::from_millis(200)).build().unwrap();
    let at = "https://shop.example/tour.mp4";
    let films = [
        Outgoing::attachment(ScopedId::new("5001").unwrap(), AttachmentKind::Video, at),
        Outgoing::new(ScopedId::new("5001").unwrap(), Body::Attachments(vec![Media::at(AttachmentKind::Video, at)])),
    ];
    for film in films {
        let outcome = talk(http(), &meta.server.uri()).send(&page(), &film).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let picture = Outgoing::attachment(ScopedId::new("5001").unwrap(), AttachmentKind::Image, "https://shop.example/window.png");
    unknown(talk(http(), &meta.server.uri()).send(&page(), &picture).await);
}

#[tokio::test]
async fn an_account_of_the_other_road_or_platform_is_refused_before_anything_leaves() {
    let meta = Meta::start().await;
    let error = refused(meta.instagram().send(&by_instagram_login(), &hello()).await);
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("Facebook Login"));
    assert_eq!(refused(meta.instagram().send(&page(), &hello()).await).kind(), ErrorKind::Configuration);
    assert!(meta.requests().await.is_empty());
}
