//! What goes along with a message that somebody writes in one of Meta's own apps.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::talk::Platform;

const INSTAGRAM_ATTACHMENTS: [&str; 15] = [
    "image",
    "sticker",
    "video",
    "audio",
    "file",
    "share",
    "ig_post",
    "ig_reel",
    "reel",
    "story",
    "ig_story",
    "media",
    "template",
    "ephemeral",
    "unsupported_type",
];
const MESSENGER_ATTACHMENTS: [&str; 13] = [
    "image",
    "video",
    "audio",
    "file",
    "sticker",
    "reel",
    "ig_reel",
    "post",
    "ig_post",
    "fallback",
    "template",
    "location",
    "appointment_booking",
];

/// An attachment, as the sandbox's own calls and its seeds tell it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attached {
    r#type: String,
    url: Option<String>,
}

/// Attachments as the platform tells them; the error says what was expected.
pub(crate) fn told(attached: &[Attached], platform: Platform) -> Result<Vec<Value>, String> {
    attached.iter().map(|attached| one(attached, platform)).collect()
}

fn one(told: &Attached, platform: Platform) -> Result<Value, String> {
    let kind = told.r#type.as_str();
    let allowed: &[&str] = match platform {
        Platform::Messenger => &MESSENGER_ATTACHMENTS,
        Platform::Instagram => &INSTAGRAM_ATTACHMENTS,
    };
    if !allowed.contains(&kind) {
        return Err(format!("on {} an attachment's type is one of {}", platform.name(), allowed.join(", ")));
    }
    let url = told.url.clone().unwrap_or_else(|| match platform {
        Platform::Messenger => format!("https://scontent.xx.fbcdn.net/v/{kind}"),
        Platform::Instagram => "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=18040000000000001&signature=sandbox".to_owned(),
    });
    let payload = match kind {
        "ephemeral" => return Ok(json!({"type": kind})),
        "sticker" => json!({"url": url, "sticker_id": 369_239_263_222_822_u64}),
        "appointment_booking" => json!({
            "booking_id": "booking-1", "status": "requested", "start_time": 1_795_600_800_u64, "end_time": 1_795_604_400_u64,
            "timezone": "Europe/Lisbon",
        }),
        "location" => json!({"coordinates": {"lat": 51.5, "long": -0.1}}),
        "fallback" => json!({"url": url, "title": "A link"}),
        "ig_post" => json!({"url": url, "title": "A post", "ig_post_media_id": "17897654949593778"}),
        "ig_reel" | "reel" if platform == Platform::Instagram => {
            json!({"url": url, "title": "A reel", "reel_video_id": "17906265141506851"})
        }
        "ig_reel" | "reel" => json!({"url": url, "title": "A reel", "reel_video_id": 17_900_000_000_000_001_u64}),
        "post" => json!({"url": url, "title": "A post", "id": 122_100_000_000_000_001_u64}),
        "ig_story" | "story" => json!({"url": url, "story_media_id": "18040000000000001"}),
        "template" => {
            json!({"product": {"elements": [{"id": "555", "retailer_id": "SKU-1", "image_url": url, "title": "Notebook", "subtitle": "$8"}]}})
        }
        _ => json!({"url": url}),
    };
    Ok(json!({"type": kind, "payload": payload}))
}
