//! What an app wants to send, checked against what each platform takes.

use serde_json::{Value, json};

use crate::graph::error::Refusal;
use crate::world::talk::Platform;

const MESSENGER_TEXT: usize = 2_000;
const INSTAGRAM_TEXT: usize = 1_000;
const METADATA: usize = 1_000;
const QUICK_REPLIES: usize = 13;
const QUICK_REPLY_TITLE: usize = 20;
const QUICK_REPLY_PAYLOAD: usize = 1_000;
const INSTAGRAM_ATTACHMENTS: usize = 10;

/// A message that can be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) text: Option<String>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) metadata: Option<String>,
}

/// Reads the `message` parameter.
pub(crate) fn read(message: &Value, platform: Platform) -> Result<Outgoing, Refusal> {
    let Value::Object(fields) = message else {
        return Err(Refusal::parameter("Param message must be a JSON object."));
    };
    for name in fields.keys() {
        if !matches!(name.as_str(), "text" | "attachment" | "attachments" | "quick_replies" | "metadata" | "sticker_id") {
            return Err(Refusal::parameter(&format!("Invalid keys \"{name}\" were found in param \"message\".")));
        }
    }
    let text = message["text"].as_str().map(str::to_owned);
    if let Some(text) = &text {
        check_text(text, platform)?;
    }
    let attachments = attachments(message, platform)?;
    if text.is_some() && !attachments.is_empty() {
        return Err(Refusal::parameter("Only one of the text, attachment, and dynamic_text fields can be specified."));
    }
    if text.as_ref().is_none_or(String::is_empty) && attachments.is_empty() {
        return Err(Refusal::parameter("Message cannot be empty, must provide valid attachment or text"));
    }
    quick_replies(&message["quick_replies"], platform)?;
    let metadata = message["metadata"].as_str().map(str::to_owned);
    if metadata.as_ref().is_some_and(|text| text.chars().count() > METADATA) {
        return Err(too_long("metadata", METADATA));
    }
    Ok(Outgoing { text, attachments, metadata })
}

fn check_text(text: &str, platform: Platform) -> Result<(), Refusal> {
    match platform {
        Platform::Messenger if text.chars().count() > MESSENGER_TEXT => Err(too_long("text", MESSENGER_TEXT)),
        Platform::Instagram if text.len() > INSTAGRAM_TEXT => Err(too_long("text", INSTAGRAM_TEXT)),
        _ => Ok(()),
    }
}

fn too_long(name: &str, limit: usize) -> Refusal {
    Refusal::parameter(&format!("Length of param message[{name}] must be less than or equal to {limit}"))
}

fn attachments(message: &Value, platform: Platform) -> Result<Vec<Value>, Refusal> {
    let mut told: Vec<Value> = message["attachments"].as_array().cloned().unwrap_or_default();
    if message["attachment"].is_object() {
        told.push(message["attachment"].clone());
    }
    if platform == Platform::Instagram && told.len() > INSTAGRAM_ATTACHMENTS {
        return Err(Refusal::parameter("Too many attachments"));
    }
    let mut checked: Vec<Value> = told.iter().map(|one| attachment(one, platform)).collect::<Result<_, _>>()?;
    let sticker = &message["sticker_id"];
    if sticker.is_string() || sticker.is_number() {
        if platform == Platform::Instagram {
            return Err(Refusal::parameter("Invalid keys \"sticker_id\" were found in param \"message\"."));
        }
        checked.push(json!({"type": "sticker", "payload": {
            "url": "https://scontent.xx.fbcdn.net/sticker.png", "sticker_id": sticker,
        }}));
    }
    Ok(checked)
}

fn attachment(told: &Value, platform: Platform) -> Result<Value, Refusal> {
    let kind = told["type"].as_str().unwrap_or_default();
    let payload = &told["payload"];
    match (kind, platform) {
        ("image" | "video" | "audio" | "file", _) => {
            if payload.get("attachment_id").is_some() {
                let sentence = "The attachment could not be found, or belongs to another Page.";
                return Err(Refusal::parameter(sentence).sub(2_018_074));
            }
            let url = payload["url"].as_str().unwrap_or_default();
            let valid = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if valid {
                Ok(json!({"type": kind, "payload": {"url": url}}))
            } else {
                Err(Refusal::parameter("Failed to fetch the file from the url").sub(2_018_008))
            }
        }
        ("template", _) if payload["template_type"].is_string() => Ok(json!({"type": kind, "payload": payload})),
        ("like_heart", Platform::Instagram) => Ok(json!({"type": kind})),
        ("MEDIA_SHARE", Platform::Instagram) if payload["id"].is_string() => {
            Ok(json!({"type": "share", "payload": {"url": "https://www.instagram.com/p/sandbox/", "id": payload["id"]}}))
        }
        _ => Err(Refusal::parameter("Invalid message data").sub(2_534_015)),
    }
}

fn quick_replies(told: &Value, platform: Platform) -> Result<(), Refusal> {
    let Some(replies) = told.as_array() else {
        return if told.is_null() { Ok(()) } else { Err(Refusal::parameter("Param message[quick_replies] must be an array.")) };
    };
    if replies.len() > QUICK_REPLIES {
        return Err(Refusal::parameter(&format!(
            "Param message[quick_replies] has too many elements. It can have at most {QUICK_REPLIES} element(s)."
        )));
    }
    for (place, reply) in replies.iter().enumerate() {
        let wrong = |what: &str| Err(Refusal::parameter(&format!("Param message[quick_replies][{place}]{what}")));
        match (reply["content_type"].as_str(), platform) {
            (Some("text"), _) => {
                let title = reply["title"].as_str().unwrap_or_default().chars().count();
                let payload = reply["payload"].as_str().unwrap_or_default().chars().count();
                if title == 0 || title > QUICK_REPLY_TITLE {
                    return wrong("[title] must have 1 to 20 characters.");
                }
                if payload > QUICK_REPLY_PAYLOAD {
                    return wrong("[payload] must have at most 1000 characters.");
                }
            }
            (Some("user_phone_number" | "user_email"), Platform::Messenger) => {}
            _ => return wrong("[content_type] is not supported."),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instagram_counts_bytes_and_messenger_characters() {
        let text = |letter: &str, count: usize| json!({"text": letter.repeat(count)});
        assert!(read(&text("é", 500), Platform::Instagram).is_ok());
        assert!(read(&text("é", 501), Platform::Instagram).is_err());
        assert!(read(&text("é", 2_000), Platform::Messenger).is_ok());
        assert!(read(&text("é", 2_001), Platform::Messenger).is_err());
    }

    #[test]
    fn a_message_says_one_thing() {
        let image = json!({"type": "image", "payload": {"url": "https://example.org/a.jpg"}});
        assert!(read(&json!({"attachment": image}), Platform::Instagram).is_ok());
        assert!(read(&json!({"attachment": image, "text": "and"}), Platform::Messenger).is_err());
        for wrong in [json!({}), json!(""), json!({"text": ""}), json!({"attachment": {"type": "image"}}), json!({"txt": "a"})] {
            assert!(read(&wrong, Platform::Messenger).is_err(), "{wrong} is no message");
        }
    }
}
