//! Files: uploaded with progress, sent by their ids, kept for 90 days.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use link_kit::{AttachmentKind, Body, File, Intent, Media, Outgoing, Refusal, Source, UploadProgress};
use serde_json::json;

use crate::stage::{PAGE, Stage, conversation, page};
use crate::{BEN, ada, asked, eve, now, sends, talk};

fn picture(bytes: usize) -> File {
    File::new(AttachmentKind::Image, "window.png", "image/png", vec![b'x'; bytes])
}

async fn uploads(stage: &Stage) -> usize {
    stage.calls("POST", "/message_attachments").await.len()
}

#[tokio::test]
async fn a_file_is_uploaded_once_and_sent_as_often_as_one_likes() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    for to in [ada(&stage), eve(&stage)] {
        let before = uploads(&stage).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = told.clone();
        let progress = UploadProgress::new(move |sent, of| listener.lock().unwrap().push((sent, of)));
        let file = picture(100_000);
        let sent = inbox.send_file(&stage.viewer, &to, &file, &progress, &format!("{} 1", to.peer)).await.unwrap();
        let again = inbox.send_file(&stage.viewer, &to, &file, &UploadProgress::nobody(), &format!("{} 2", to.peer)).await.unwrap();
        stage.settle().await;
        assert_eq!(uploads(&stage).await - before, 1, "the same file was uploaded twice");
        assert_eq!(*told.lock().unwrap(), [(65_536, 100_000), (100_000, 100_000)]);
        for intent in [&sent, &again] {
            assert_eq!(now(&stage, intent).await.state.as_str(), "sent");
        }
        assert_eq!(talk(&stage, &to).await.last().unwrap().state.attachments().len(), 1);
    }
    let called = stage.calls("POST", "/message_attachments").await;
    assert_eq!(called.last().unwrap()["parameters"]["platform"], "instagram", "a Page uploads for its Instagram account if it says so");
}

#[tokio::test]
async fn the_key_of_one_file_answers_for_no_other() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let send = async |bytes| inbox.send_file(&stage.viewer, &ada(&stage), &picture(bytes), &UploadProgress::nobody(), "one").await;
    let first = send(100).await.unwrap();
    assert_eq!(send(100).await.unwrap().id, first.id);
    let other = send(200).await.unwrap_err();
    assert!(matches!(&other, link_kit::Problem::Failed(error) if error.kind() == link_kit::ErrorKind::Invalid), "{other}");
}

#[tokio::test]
async fn what_the_platform_does_not_take_is_refused_before_a_byte_leaves() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    for (to, file, rule) in [
        (eve(&stage), picture(8 * 1024 * 1024 + 1), "attachments.size"),
        (eve(&stage), File::new(AttachmentKind::File, "offer.docx", "application/msword", vec![1]), "attachments.format"),
        (eve(&stage), File::new(AttachmentKind::Image, "f\u{ea}te.png", "image/png", vec![1]), "attachments.name"),
        (ada(&stage), File::new(AttachmentKind::Image, "a.mp4", "video/mp4", vec![1]), "attachments.format"),
    ] {
        let refused = inbox.upload(&stage.viewer, &to.account, &file, &UploadProgress::nobody()).await.unwrap_err();
        let link_kit::Problem::Refused(refusal) = &refused else { panic!("{refused:?}") };
        assert_eq!(refusal.rule(), Some(rule));
    }
    assert_eq!(uploads(&stage).await, 0);
}

/// If this failed, somebody would wait for 25 MB to go up, and then be told that the window had been closed all the time.
#[tokio::test]
async fn a_file_that_could_not_be_sent_is_not_uploaded() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let send = async |bytes, key| inbox.send_file(&stage.viewer, &to, &picture(bytes), &UploadProgress::nobody(), key).await;
    let first = send(1, "before").await.unwrap();
    stage.settle().await;
    let stranger = conversation(&stage.viewer, page(), "4711");
    let unknown = inbox.send_file(&stage.viewer, &stranger, &picture(2), &UploadProgress::nobody(), "k").await;
    crate::assert_refused(&stage, unknown, |refusal| matches!(refusal, Refusal::UnknownPerson)).await;
    stage.pass(TimeDelta::hours(25)).await;
    crate::assert_refused(&stage, send(2, "after").await, crate::is_window).await;
    assert_eq!(uploads(&stage).await, 1, "what nobody gets is uploaded");
    assert_eq!(send(1, "before").await.unwrap().id, first.id, "whoever repeats asks what became of it");
    stage.meta.customer_writes("c1", PAGE, "Do you have a picture?").await.unwrap();
    stage.settle().await;
    send(2, "after").await.unwrap();
    assert_eq!(uploads(&stage).await, 2);
}

/// If this failed, an answer prepared in summer would fail in winter, and nobody would know why.
#[tokio::test]
async fn after_90_days_a_file_is_uploaded_anew() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let first = inbox.upload(&stage.viewer, &to.account, &picture(9), &UploadProgress::nobody()).await.unwrap();
    stage.pass(TimeDelta::days(90)).await;
    stage.meta.customer_writes("c1", PAGE, "Do you have a picture?").await.unwrap();
    stage.settle().await;
    let send = |media: Media| Outgoing::new(to.peer.clone(), Body::Attachments(vec![media]));
    let old = inbox.send(&stage.viewer, &to.account, send(first.clone()), "old").await.unwrap_err();
    let link_kit::Problem::Refused(refusal) = &old else { panic!("{old:?}") };
    assert_eq!((refusal.rule(), refusal.allowed()), (Some("attachments.days"), vec![link_kit::Allowed::UploadAgain]));
    assert!(sends(&stage).await.is_empty());

    let second = inbox.upload(&stage.viewer, &to.account, &picture(9), &UploadProgress::nobody()).await.unwrap();
    assert_ne!(second, first);
    let anew = inbox.send(&stage.viewer, &to.account, send(second), "new").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &anew).await.state.as_str(), "sent");
}

#[tokio::test]
async fn what_was_fetched_from_an_address_is_fetched_again_when_the_platform_forgot_it_early() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let kept = inbox.upload_from(&stage.viewer, &to.account, AttachmentKind::Image, "https://shop.example/a.png").await.unwrap();
    let same = inbox.upload_from(&stage.viewer, &to.account, AttachmentKind::Image, "https://shop.example/a.png").await.unwrap();
    assert_eq!((&same, uploads(&stage).await), (&kept, 1));
    crate::next_send(&stage, json!({"answer": {"status": 400, "code": 100, "subcode": 2_018_074}})).await;
    let outgoing = Outgoing::new(to.peer.clone(), Body::Attachments(vec![kept.clone()]));
    let sent = inbox.send(&stage.viewer, &to.account, outgoing, "k").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &sent).await.state.as_str(), "sent");
    assert_eq!((uploads(&stage).await, sends(&stage).await.len()), (2, 2), "it is fetched once more and sent once more, no oftener");
    let last = sends(&stage).await.pop().unwrap();
    let Source::Uploaded(old) = &kept.source else { panic!("{kept:?}") };
    assert_ne!(last["parameters"]["message"]["attachment"]["payload"]["attachment_id"], json!(old));
}

/// The platform does not tell which file it forgot. If this failed, all of them would be fetched for one refusal, longer than a claim lasts.
#[tokio::test]
async fn of_several_files_one_is_fetched_again_for_each_refusal_and_none_twice() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let mut files = Vec::new();
    for name in ["a", "b"] {
        let url = format!("https://shop.example/{name}.png");
        files.push(inbox.upload_from(&stage.viewer, &to.account, AttachmentKind::Image, &url).await.unwrap());
    }
    let mine = inbox.upload(&stage.viewer, &to.account, &picture(9), &UploadProgress::nobody()).await.unwrap();
    let before = uploads(&stage).await;
    crate::next_send(&stage, json!({"answer": {"status": 400, "code": 100, "subcode": 2_018_074}, "times": 2})).await;
    let album = Body::Attachments([files.clone(), vec![mine.clone()]].concat());
    let sent = inbox.send(&stage.viewer, &to.account, Outgoing::new(to.peer.clone(), album), "k").await.unwrap();
    stage.settle().await;
    let sent = now(&stage, &sent).await;
    assert_eq!(sent.state.as_str(), "sent", "what came as a file, and is there, keeps the others from being fetched: {sent:?}");
    assert_eq!((uploads(&stage).await - before, sends(&stage).await.len()), (2, 3), "more is fetched than one file for each refusal");
    let Body::Attachments(album) = &sent.outgoing.body else { panic!("{sent:?}") };
    assert!(album[0] != files[0] && album[1] != files[1] && album[2] == mine, "{album:?}");
}

/// What the platform answers of a file that it does not have, so often.
async fn forgotten(stage: &Stage, times: usize) {
    crate::next_send(stage, json!({"answer": {"status": 400, "code": 100, "subcode": 2_018_074}, "times": times})).await;
}

/// Both have the same ids. If this failed, each would take from the other what it needs, and none would arrive.
#[tokio::test]
async fn two_messages_with_the_same_forgotten_files_both_arrive() {
    let stage = asked().await;
    stage.meta.customer_writes("c2", PAGE, "May I see it too?").await.unwrap();
    stage.settle().await;
    let inbox = stage.kit.inbox();
    let account = ada(&stage).account;
    let mut album = Vec::new();
    for name in ["a", "b"] {
        let url = format!("https://shop.example/{name}.png");
        album.push(inbox.upload_from(&stage.viewer, &account, AttachmentKind::Image, &url).await.unwrap());
        stage.pass(TimeDelta::minutes(1)).await;
    }
    // Each is refused for one file, and then told to wait, so that the other is refused meanwhile.
    let mut sent = Vec::new();
    for to in [ada(&stage), conversation(&stage.viewer, page(), BEN)] {
        forgotten(&stage, 1).await;
        crate::next_send(&stage, json!({"answer": {"code": 613, "subcode": 2_018_338}})).await;
        let outgoing = Outgoing::new(to.peer.clone(), Body::Attachments(album.clone()));
        sent.push(inbox.send(&stage.viewer, &account, outgoing, to.peer.as_str()).await.unwrap());
        stage.settle().await;
        stage.pass(TimeDelta::milliseconds(100)).await;
    }
    let mut waits = Vec::new();
    for intent in &sent {
        let waiting = now(&stage, intent).await;
        assert_eq!((waiting.state.as_str(), waiting.renewed.len()), ("queued", 1), "{waiting:?}");
        waits.push(waiting.available_at);
    }
    waits.sort();
    for until in waits {
        forgotten(&stage, 1).await;
        stage.pass(until - stage.clock.time()).await;
        stage.settle().await;
    }
    for intent in &sent {
        let sent = now(&stage, intent).await;
        assert_eq!((sent.state.as_str(), sent.renewed.len()), ("sent", 2), "{sent:?}");
    }
    assert_eq!(uploads(&stage).await, 4, "what was fetched for one is fetched for the other once more");
}

/// A price list to everybody, and the platform forgot it early: one fetch for all of them.
#[tokio::test]
async fn a_forgotten_file_is_fetched_once_for_many() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let kept = inbox.upload_from(&stage.viewer, &to.account, AttachmentKind::Image, "https://shop.example/a.png").await.unwrap();
    for key in ["one", "two", "three"] {
        stage.pass(TimeDelta::minutes(1)).await;
        forgotten(&stage, 1).await;
        let outgoing = Outgoing::new(to.peer.clone(), Body::Attachments(vec![kept.clone()]));
        let sent = inbox.send(&stage.viewer, &to.account, outgoing, key).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &sent).await.state.as_str(), "sent", "whoever comes after the first finds no address");
    }
    assert_eq!(uploads(&stage).await, 2, "it is fetched anew for each of them");
}

/// Nothing stands at the older one's address any more, and it was the other that was forgotten, or there is no other. If this failed, a dead address
/// would end what could be sent, or be asked for as often as anything is tried.
#[tokio::test]
async fn a_dead_address_is_asked_for_twice_and_keeps_no_other_file_from_being_fetched() {
    for (names, dead, refused, state, changed) in [(&["a", "b"][..], 3, 4, "sent", &[false, true][..]), (&["a"], 9, 9, "failed", &[false])]
    {
        let (stage, sent, album) = pictures(names, refused).await;
        let before = uploads(&stage).await;
        let answer = json!({"status": 400, "code": 100, "subcode": 2_018_008});
        let path = json!({"method": "POST", "path": "/*/message_attachments"});
        stage.meta.fault(json!({"match": path, "answer": answer, "times": dead})).await.unwrap();
        for _ in 0..6 {
            stage.settle().await;
            stage.pass(TimeDelta::seconds(11)).await;
        }
        let sent = now(&stage, &sent).await;
        let Body::Attachments(now) = &sent.outgoing.body else { panic!("{sent:?}") };
        let differs: Vec<bool> = now.iter().zip(&album).map(|(now, before)| now != before).collect();
        assert_eq!((sent.state.as_str(), &differs[..]), (state, changed), "{sent:?}");
        assert_eq!(uploads(&stage).await - before, 2 * names.len(), "an address is asked for in vain, or too seldom");
    }
}

/// The older one's address is slow, of which the platform says the same as of a dead one, or the platform is ill. If this failed, the message would
/// end, though it is the other that was forgotten, or the first will be there in a moment.
#[tokio::test]
async fn an_address_that_does_not_answer_for_now_keeps_no_other_file_from_being_fetched() {
    let slow = json!({"status": 400, "code": 100, "subcode": 2_018_008});
    let ill = json!({"status": 500, "code": 2});
    for answer in [slow, ill] {
        for (times, refused, changed) in [(1, 2, [false, true]), (1, 3, [true, true]), (2, 3, [true, false])] {
            let (stage, sent, album) = pictures(&["a", "b"], refused).await;
            let path = json!({"method": "POST", "path": "/*/message_attachments"});
            stage.meta.fault(json!({"match": path, "answer": answer, "times": times})).await.unwrap();
            stage.settle().await;
            let waits = now(&stage, &sent).await;
            assert_eq!((waits.state.as_str(), waits.tries), ("queued", 1), "the same is sent again without a pause: {waits:?}");
            for _ in 0..3 {
                stage.pass(TimeDelta::seconds(11)).await;
                stage.settle().await;
            }
            let sent = now(&stage, &sent).await;
            let Body::Attachments(now) = &sent.outgoing.body else { panic!("{sent:?}") };
            assert_eq!((sent.state.as_str(), [now[0] != album[0], now[1] != album[1]]), ("sent", changed), "{sent:?}");
            assert_eq!((sent.tries, sends(&stage).await.len()), (times, refused + 1), "it is sent oftener than it was refused");
        }
    }
}

/// A message with pictures from addresses that is about to leave; so often the platform says that it forgot one of them.
async fn pictures(names: &[&str], refused: usize) -> (Stage, Intent, Vec<Media>) {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let to = ada(&stage);
    let mut album = Vec::new();
    for name in names {
        let url = format!("https://shop.example/{name}.png");
        album.push(inbox.upload_from(&stage.viewer, &to.account, AttachmentKind::Image, &url).await.unwrap());
        stage.pass(TimeDelta::minutes(1)).await;
    }
    forgotten(&stage, refused).await;
    let outgoing = Outgoing::new(to.peer.clone(), Body::Attachments(album.clone()));
    let sent = inbox.send(&stage.viewer, &to.account, outgoing, "k").await.unwrap();
    (stage, sent, album)
}

/// A price list is replaced where it stands; or customers would get last week's for three months.
#[tokio::test]
async fn what_stands_at_an_address_is_fetched_anew_after_an_hour() {
    let stage = asked().await;
    let inbox = stage.kit.inbox();
    let account = ada(&stage).account;
    let fetch = async || inbox.upload_from(&stage.viewer, &account, AttachmentKind::File, "https://shop.example/prices.pdf").await.unwrap();
    let first = fetch().await;
    stage.pass(TimeDelta::minutes(59)).await;
    assert_eq!((fetch().await, uploads(&stage).await), (first.clone(), 1), "many customers at once cost an upload each");
    stage.pass(TimeDelta::minutes(2)).await;
    assert_ne!(fetch().await, first, "what was there before is sent");
    assert_eq!(uploads(&stage).await, 2);
}

#[tokio::test]
async fn an_upload_needs_what_sending_needs() {
    let stage = Stage::open().await;
    crate::preferring(&stage, link_kit::Preferences::default().answer(false)).await;
    let account = ada(&stage).account;
    let refused = stage.kit.inbox().upload(&stage.viewer, &account, &picture(9), &UploadProgress::nobody()).await.unwrap_err();
    assert!(matches!(refused, link_kit::Problem::Refused(Refusal::AnswersOff)), "{refused:?}");
    assert_eq!(uploads(&stage).await, 0);
}
