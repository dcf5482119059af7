use reqwest::Response;
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, CAFE, INSTAGRAM, PAGE, Stage, refusal};

const MIB: usize = 1024 * 1024;
/// Ada, as the Cafe's Page sees her.
const ADA_AT_CAFE: &str = "4000000000000021";

/// A file that comes with a call.
struct Brought<'a> {
    name: &'a str,
    kind: &'a str,
    size: usize,
}

impl Stage {
    async fn multipart(&self, url: &str, token: &str, fields: &[(&str, String)], file: &Brought<'_>) -> Response {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--fence\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        let head = format!("filename=\"{}\"\r\nContent-Type: {}\r\n\r\n", file.name, file.kind);
        body.extend(format!("--fence\r\nContent-Disposition: form-data; name=\"filedata\"; {head}").into_bytes());
        body.resize(body.len() + file.size, b'x');
        body.extend(b"\r\n--fence--\r\n");
        let request = self.client.post(url).bearer_auth(token).header("content-type", "multipart/form-data; boundary=fence");
        request.body(body).send().await.unwrap()
    }

    /// Uploads a file to a Page, for one of the platforms.
    async fn upload(&self, token: &str, kind: &str, platform: &str, file: &Brought<'_>) -> Value {
        let message = json!({"attachment": {"type": kind, "payload": {"is_reusable": true}}}).to_string();
        let fields = [("message", message), ("platform", platform.to_owned())];
        let url = self.url("/v26.0/me/message_attachments");
        self.multipart(&url, token, &fields, file).await.json().await.unwrap()
    }

    async fn upload_from(&self, token: &str, kind: &str, url: &str) -> Value {
        let body = json!({"message": {"attachment": {"type": kind, "payload": {"url": url, "is_reusable": true}}}});
        self.post("/me/message_attachments", token, &body).await
    }
}

fn by_id(kind: &str, id: &Value) -> Value {
    json!({"attachment": {"type": kind, "payload": {"attachment_id": id}}})
}

const PICTURE: Brought<'_> = Brought { name: "a.png", kind: "image/png", size: 512 };

#[tokio::test]
async fn a_file_is_uploaded_from_an_address_and_sent_again_and_again() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let told = stage.upload_from(&token, "image", "https://example.org/a.jpg").await;
    assert!(told["attachment_id"].is_string(), "{told}");
    for _ in 0..2 {
        let sent = stage.send(&token, ADA, by_id("image", &told["attachment_id"])).await;
        let read = stage.get(&format!("/{}?fields=attachments", sent["message_id"].as_str().unwrap()), &token).await;
        assert_eq!(read["attachments"]["data"][0]["image_data"]["url"], "https://example.org/a.jpg");
    }
    assert_eq!(refusal(&stage.send(&token, ADA, by_id("video", &told["attachment_id"])).await), (100, Some(2_018_047)));
    assert_eq!(refusal(&stage.send(&token, ADA, by_id("image", &json!("1"))).await), (100, Some(2_018_074)));
    assert_eq!(refusal(&stage.send(&token, ADA, by_id("image", &json!(7))).await).0, 100, "an id is text");
    for (kind, url, code) in [
        ("image", "https://example.org/a.mp3", Some(2_018_047)),
        ("audio", "https://example.org/a.png", Some(2_018_047)),
        ("image", "ftp://example.org/a.png", Some(2_018_008)),
        ("image", "nowhere", Some(2_018_008)),
        ("image", "", Some(2_018_008)),
        ("template", "https://example.org/a.png", None),
    ] {
        assert_eq!(refusal(&stage.upload_from(&token, kind, url).await), (100, code), "{kind} {url}");
    }
}

#[tokio::test]
async fn a_file_is_uploaded_with_the_call_or_with_the_message_itself() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let told = stage.upload(&token, "image", "messenger", &PICTURE).await;
    assert!(stage.send(&token, ADA, by_id("image", &told["attachment_id"])).await["message_id"].is_string(), "{told}");
    for reusable in [false, true] {
        let message = json!({"attachment": {"type": "image", "payload": {"is_reusable": reusable}}}).to_string();
        let fields = [("recipient", json!({"id": ADA}).to_string()), ("message", message)];
        let answer = stage.multipart(&stage.url("/me/messages"), &token, &fields, &PICTURE).await;
        let sent: Value = answer.json().await.unwrap();
        assert!(sent["message_id"].is_string(), "{sent}");
        assert_eq!(sent["attachment_id"].is_string(), reusable, "an id for later is told to who asked for it");
        if reusable {
            assert!(stage.send(&token, ADA, by_id("image", &sent["attachment_id"])).await["message_id"].is_string());
        }
    }
    let image = json!({"attachment": {"type": "image", "payload": {"url": "https://example.org/a.jpg", "is_reusable": true}}});
    assert!(stage.send(&token, ADA, image).await["attachment_id"].is_string(), "the same with an address");
}

#[tokio::test]
async fn a_file_is_its_own_pages_for_ninety_days() {
    let stage = Stage::frozen().await;
    let (token, cafe) = (stage.page_token(PAGE).await, stage.page_token(CAFE).await);
    let id = stage.upload(&token, "image", "messenger", &PICTURE).await["attachment_id"].clone();
    stage.controls.customer_writes("c1", CAFE, "Hello").await.unwrap();
    assert_eq!(refusal(&stage.send(&cafe, ADA_AT_CAFE, by_id("image", &id)).await), (100, Some(2_018_074)), "another Page's file");
    stage.controls.advance("89d").await.unwrap();
    stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    assert!(stage.send(&token, ADA, by_id("image", &id)).await["message_id"].is_string());
    stage.controls.advance("23h").await.unwrap();
    assert!(stage.send(&token, ADA, by_id("image", &id)).await["message_id"].is_string());
    stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    stage.controls.advance("1h").await.unwrap();
    assert_eq!(refusal(&stage.send(&token, ADA, by_id("image", &id)).await), (100, Some(2_018_074)), "ninety days are over");
}

#[tokio::test]
async fn a_file_is_as_large_as_its_platform_takes() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let film = |size| Brought { name: "a.mp4", kind: "video/mp4", size };
    let picture = |size| Brought { name: "a.png", kind: "image/png", size };
    assert!(stage.upload(&token, "video", "messenger", &film(25 * MIB)).await["attachment_id"].is_string());
    assert_eq!(refusal(&stage.upload(&token, "video", "messenger", &film(25 * MIB + 1)).await), (100, Some(2_018_109)));
    assert!(stage.upload(&token, "image", "messenger", &picture(8 * MIB + 1)).await["attachment_id"].is_string());
    assert!(stage.upload(&token, "image", "instagram", &picture(8 * MIB)).await["attachment_id"].is_string());
    assert_eq!(refusal(&stage.upload(&token, "image", "instagram", &picture(8 * MIB + 1)).await), (100, Some(2_018_109)));
}

#[tokio::test]
async fn a_file_is_what_it_says_it_is() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let small = |name, kind| Brought { name, kind, size: 16 };
    for (kind, platform, file, taken) in [
        ("image", "messenger", small("a.png", "audio/mpeg"), false),
        ("image", "messenger", small("a.mp3", "image/png"), false),
        ("audio", "messenger", small("a.mp3", "application/octet-stream"), false),
        ("audio", "messenger", small("a.mp3", "audio/mpeg"), true),
        ("file", "messenger", small("a.docx", "application/msword"), true),
        ("file", "instagram", small("a.docx", "application/msword"), false),
        ("file", "instagram", small("a.pdf", "application/pdf"), true),
        ("video", "instagram", small("a.mov", "video/quicktime"), true),
        ("image", "messenger", small("Grüße.png", "image/png"), true),
        ("image", "instagram", small("Grüße.png", "image/png"), false),
        ("spell", "messenger", small("a.png", "image/png"), false),
    ] {
        let told = stage.upload(&token, kind, platform, &file).await;
        assert_eq!(told["attachment_id"].is_string(), taken, "{kind} {} on {platform}: {told}", file.name);
        assert!(taken || refusal(&told).0 == 100);
    }
}

#[tokio::test]
async fn an_accounts_file_goes_out_on_its_own_road_and_through_the_page() {
    let stage = Stage::frozen().await;
    let (page, own) = (stage.page_token(PAGE).await, stage.ig_token(INSTAGRAM).await);
    let body = json!({"message": {"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png"}}}});
    let id = stage.ig_post("/me/message_attachments", &own, &body).await["attachment_id"].clone();
    let send = json!({"recipient": {"id": ADA_IG}, "message": by_id("image", &id)});
    assert!(stage.ig_post("/me/messages", &own, &send).await["message_id"].is_string());
    assert!(stage.post("/me/messages", &page, &send).await["message_id"].is_string());
    let messenger = json!({"recipient": {"id": ADA}, "message": by_id("image", &id)});
    assert_eq!(refusal(&stage.post("/me/messages", &page, &messenger).await), (100, Some(2_018_074)), "it is Instagram's");
    let url = format!("{}/me/message_attachments", stage.sandbox.instagram());
    let message = json!({"attachment": {"type": "image", "payload": {}}}).to_string();
    let told: Value = stage.multipart(&url, &own, &[("message", message)], &PICTURE).await.json().await.unwrap();
    assert!(told["attachment_id"].is_string(), "{told}");
}
