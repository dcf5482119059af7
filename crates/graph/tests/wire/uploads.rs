//! Files that are uploaded ahead, and what an account published.

use std::sync::{Arc, Mutex};

use link_core::ErrorKind;
use link_core::words::outgoing::{AttachmentKind, Media};
use link_core::words::page::Cursor;
use link_core::words::ports::{File, PostQuery, Posts, UploadProgress, Uploads};
use link_graph::{Dialect, Talk};
use serde_json::{Value, json};

use crate::{Meta, bearer, by_instagram_login, instagram, ok, page, parameter};

const UPLOAD: &str = "/v26.0/77/message_attachments";
const OWN_UPLOAD: &str = "/v26.0/17841400000000009/message_attachments";

fn file(bytes: usize) -> File {
    File::new(AttachmentKind::Image, "window.png", "image/png", vec![b'x'; bytes])
}

fn login(meta: &Meta) -> Talk {
    Talk::by_instagram_login(meta.client(), Dialect::INSTAGRAM)
}

/// The parts of a multipart body by name, each with its headers.
fn parts(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body).into_owned();
    let boundary = text.lines().next().unwrap().to_owned();
    let blocks = text.split(boundary.as_str()).skip(1).filter(|block| block.contains("\r\n\r\n"));
    let part = |block: &str| {
        let (head, content) = block.split_once("\r\n\r\n").unwrap();
        (head.trim().to_owned(), content.trim_end_matches("\r\n").to_owned())
    };
    blocks.map(part).collect()
}

#[tokio::test]
async fn a_file_leaves_in_pieces_and_says_for_which_account_of_the_page_it_is() {
    for (instagram_account, path) in [(false, UPLOAD), (true, UPLOAD)] {
        let meta = Meta::start().await;
        meta.answer("POST", path, 200, &json!({"attachment_id": "1857777774821032"})).await;
        let (talk, access) = if instagram_account { (meta.instagram(), instagram()) } else { (meta.messenger(), page()) };
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = told.clone();
        let progress = UploadProgress::new(move |sent, of| listener.lock().unwrap().push((sent, of)));
        let uploaded = talk.upload(&access, &file(150_000), &progress).await.unwrap();
        assert_eq!((uploaded.id.as_str(), uploaded.at.to_rfc3339().as_str()), ("1857777774821032", "2026-11-02T10:00:00+00:00"));
        assert_eq!(*told.lock().unwrap(), [(65_536, 150_000), (131_072, 150_000), (150_000, 150_000)]);

        let request = meta.last().await;
        assert_eq!(bearer(&request), Some("page-token"));
        let parts = parts(&request.body);
        let told: Vec<(&str, &str)> = parts.iter().map(|(head, content)| (head.as_str(), content.as_str())).collect();
        let message: Value = serde_json::from_str(told[0].1).unwrap();
        assert_eq!(message, json!({"attachment": {"type": "image", "payload": {"is_reusable": true}}}));
        assert_eq!(told.iter().any(|(head, content)| head.contains("\"platform\"") && *content == "instagram"), instagram_account);
        let (head, content) = told.last().unwrap();
        assert!(head.contains("name=\"filedata\"; filename=\"window.png\"") && head.contains("image/png"), "{head}");
        assert_eq!(content.len(), 150_000);
    }
}

#[tokio::test]
async fn an_account_by_itself_uploads_to_itself() {
    let meta = Meta::start().await;
    meta.answer("POST", OWN_UPLOAD, 200, &json!({"attachment_id": 18_577})).await;
    assert_eq!(login(&meta).upload(&by_instagram_login(), &file(3), &UploadProgress::nobody()).await.unwrap().id.as_str(), "18577");
    assert!(!String::from_utf8_lossy(&meta.last().await.body).contains("\"platform\""));
}

#[tokio::test]
async fn what_is_at_an_address_is_fetched_and_kept() {
    let meta = Meta::start().await;
    meta.answer("POST", UPLOAD, 200, &json!({"attachment_id": "9"})).await;
    let at = "https://shop.example/a.mp4";
    let payload = json!({"url": at, "is_reusable": true});
    meta.messenger().fetch(&page(), AttachmentKind::Video, at).await.unwrap();
    let body: Value = serde_json::from_slice(&meta.last().await.body).unwrap();
    assert_eq!(body, json!({"message": {"attachment": {"type": "video", "payload": payload}}}));
    meta.instagram().fetch(&instagram(), AttachmentKind::Video, at).await.unwrap();
    let body: Value = serde_json::from_slice(&meta.last().await.body).unwrap();
    assert_eq!(body, json!({"platform": "instagram", "message": {"attachment": {"type": "video", "payload": payload}}}));
}

#[tokio::test]
async fn an_upload_without_an_id_or_with_a_strange_type_is_an_error() {
    let meta = Meta::start().await;
    meta.answer("POST", UPLOAD, 200, &json!({"recipient_id": "1"})).await;
    let error = meta.messenger().upload(&page(), &file(1), &UploadProgress::nobody()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrecognised);
    let strange = File::new(AttachmentKind::Image, "a.png", "no type", vec![1]);
    let error = meta.messenger().upload(&page(), &strange, &UploadProgress::nobody()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(meta.requests().await.len(), 1);
    let other_road = meta.instagram().upload(&by_instagram_login(), &file(1), &UploadProgress::nobody()).await.unwrap_err();
    assert_eq!(other_road.kind(), ErrorKind::Configuration);
}

fn node(id: &str, kind: &str, product: &str) -> Value {
    json!({"id": id, "media_type": kind, "media_product_type": product, "caption": "New in the window",
        "media_url": "https://cdn.example/x", "permalink": "https://www.instagram.com/p/x/", "timestamp": "2026-11-01T09:00:00+0000"})
}

#[tokio::test]
async fn posts_bring_their_picture_and_stories_a_link_only() {
    let meta = Meta::start().await;
    let paging = json!({"cursors": {"after": "c2"}, "next": "https://graph.example/?after=c2"});
    let odd = json!(7);
    let list = json!({"data": [node("17910", "IMAGE", "FEED"), odd, node("17911", "VIDEO", "REELS"), node("17912", "CAROUSEL_ALBUM", "FEED")],
        "paging": paging});
    meta.answer("GET", "/v26.0/17841400000000009/media", 200, &list).await;
    let page = meta.instagram().published(&instagram(), &PostQuery::posts(500)).await.unwrap();
    assert_eq!(parameter(&meta.last().await, "limit").as_deref(), Some("100"));
    let media: Vec<_> = page.items.iter().map(|post| post.media.clone()).collect();
    let at = |kind| Some(Media::at(kind, "https://cdn.example/x"));
    assert_eq!(media, [at(AttachmentKind::Image), at(AttachmentKind::Video), None]);
    assert_eq!(page.items[0].at.unwrap().to_rfc3339(), "2026-11-01T09:00:00+00:00");
    let next = page.next.unwrap();
    let again = meta.instagram().published(&instagram(), &PostQuery::posts(5).after(Some(next))).await.unwrap();
    assert_eq!(again.next, None, "a page that leads to itself never ends");

    meta.answer("GET", "/v26.0/17841400000000009/stories", 200, &json!({"data": [node("18040", "IMAGE", "STORY")]})).await;
    let stories = login(&meta).published(&by_instagram_login(), &PostQuery::stories(5)).await.unwrap().items;
    assert!(stories[0].story && stories[0].media.is_none() && stories[0].permalink.is_some());
}

#[tokio::test]
async fn one_post_is_read_and_one_that_is_not_there_is_none() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/18040", 200, &node("18040", "IMAGE", "STORY")).await;
    let story = meta.instagram().post(&instagram(), &"18040".parse().unwrap()).await.unwrap().unwrap();
    assert!(story.story && story.media.is_none(), "a story's picture must not be passed on: {story:?}");
    let missing = ok(400, &json!({"error": {"code": 100, "error_subcode": 33, "message": "m"}}));
    meta.respond("GET", "/v26.0/1", missing).await;
    assert_eq!(meta.instagram().post(&instagram(), &"1".parse().unwrap()).await.unwrap(), None);
    let wrong = meta.messenger().published(&page(), &PostQuery::posts(1).after(Some(Cursor::new("c")))).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Invalid);
}
