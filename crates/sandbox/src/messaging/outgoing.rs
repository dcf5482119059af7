//! What an app wants to send, checked against what each platform takes.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::policy::Tag;
use super::template;
use super::write::Place;
use crate::graph::error::Refusal;
use crate::graph::media;
use crate::world::World;
use crate::world::talk::{Platform, Road};

const MESSENGER_TEXT: usize = 2_000;
const INSTAGRAM_TEXT: usize = 1_000;
const METADATA: usize = 1_000;
const QUICK_REPLIES: usize = 13;
const QUICK_REPLY_TITLE: usize = 20;
const QUICK_REPLY_PAYLOAD: usize = 1_000;
const INSTAGRAM_ATTACHMENTS: usize = 10;
const MESSENGER_ATTACHMENTS: usize = 30;
/// How long an uploaded file can be sent by its id.
const FILE_LIFE: TimeDelta = TimeDelta::days(90);
const KEYS: [&str; 8] = ["text", "attachment", "attachments", "quick_replies", "metadata", "sticker_id", "template", "dynamic_text"];

/// A message that can be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outgoing {
    pub(crate) text: Option<String>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) quick_replies: Vec<Value>,
    pub(crate) metadata: Option<String>,
}

impl Outgoing {
    /// Sound and film, which have a limit of their own.
    pub(crate) fn is_heavy(&self) -> bool {
        self.attachments.iter().any(|it| matches!(it["type"].as_str(), Some("audio" | "video")))
    }
}

/// Reads the `message` parameter.
pub(crate) fn read(world: &World, message: &Value, place: &Place, road: Road, tag: Tag) -> Result<Outgoing, Refusal> {
    let Value::Object(fields) = message else {
        return Err(Refusal::parameter("Param message must be a JSON object."));
    };
    if let Some(name) = fields.keys().find(|name| !KEYS.contains(&name.as_str())) {
        return Err(Refusal::parameter(&format!("Invalid keys \"{name}\" were found in param \"message\".")));
    }
    let platform = place.platform;
    let text = text(&message["text"], platform)?;
    let mut attachments = attachments(world, message, place, road, tag)?;
    if message["template"].is_object() {
        attachments.push(template::utility(world, &message["template"], place, tag)?);
    } else if tag == Tag::Utility {
        return Err(Refusal::parameter("A UTILITY message needs a message template"));
    }
    if tag == Tag::CustomerFeedback && (text.is_some() || attachments.iter().any(|it| it["type"] != "template")) {
        return Err(Refusal::parameter("The tag CUSTOMER_FEEDBACK goes with the customer_feedback template only"));
    }
    if text.is_some() && !attachments.is_empty() {
        return Err(Refusal::parameter("Only one of the text, attachment, and dynamic_text fields can be specified."));
    }
    if text.as_ref().is_none_or(String::is_empty) && attachments.is_empty() {
        return Err(Refusal::parameter("Message cannot be empty, must provide valid attachment or text"));
    }
    let metadata = message["metadata"].as_str().map(str::to_owned);
    if metadata.as_ref().is_some_and(|text| text.chars().count() > METADATA) {
        return Err(too_long("metadata", METADATA));
    }
    Ok(Outgoing { text, attachments, quick_replies: quick_replies(world, &message["quick_replies"], platform)?, metadata })
}

fn text(told: &Value, platform: Platform) -> Result<Option<String>, Refusal> {
    let text = match told {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Refusal::parameter("Param message[text] must be a string")),
    };
    match platform {
        Platform::Messenger if text.chars().count() > MESSENGER_TEXT => Err(too_long("text", MESSENGER_TEXT)),
        Platform::Instagram if text.len() > INSTAGRAM_TEXT => Err(too_long("text", INSTAGRAM_TEXT)),
        _ => Ok(Some(text)),
    }
}

fn too_long(name: &str, limit: usize) -> Refusal {
    Refusal::parameter(&format!("Length of param message[{name}] must be less than or equal to {limit}"))
}

fn attachments(world: &World, message: &Value, place: &Place, road: Road, tag: Tag) -> Result<Vec<Value>, Refusal> {
    let mut told: Vec<Value> = match &message["attachments"] {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        _ => return Err(Refusal::parameter("Param message[attachments] must be an array.")),
    };
    match &message["attachment"] {
        Value::Null => {}
        one @ Value::Object(_) => told.push(one.clone()),
        _ => return Err(Refusal::parameter("Param message[attachment] must be a JSON object.")),
    }
    several(world, &told, place)?;
    let mut checked: Vec<Value> = told.iter().map(|one| attachment(world, one, place, road, tag)).collect::<Result<_, _>>()?;
    let sticker = &message["sticker_id"];
    if sticker.is_string() || sticker.is_number() {
        if place.platform == Platform::Instagram {
            return Err(Refusal::parameter("Invalid keys \"sticker_id\" were found in param \"message\"."));
        }
        checked.push(json!({"type": "sticker", "payload": {
            "url": "https://scontent.xx.fbcdn.net/sticker.png", "sticker_id": sticker,
        }}));
    }
    Ok(checked)
}

/// Several attachments in one message are pictures.
fn several(world: &World, told: &[Value], place: &Place) -> Result<(), Refusal> {
    let most = match place.platform {
        Platform::Messenger => MESSENGER_ATTACHMENTS,
        Platform::Instagram => INSTAGRAM_ATTACHMENTS,
    };
    if told.len() > most {
        return Err(Refusal::parameter("Too many attachments"));
    }
    if told.len() > 1 {
        if told.iter().any(|one| one["type"] != "image") {
            return Err(Refusal::parameter("Param message[attachments] takes images only"));
        }
        if place.platform == Platform::Instagram && world.account(&place.account).is_some_and(|account| !account.multi_image) {
            return Err(Refusal::new(2_534_068, "Sending multiple images is not yet available for this account."));
        }
    }
    Ok(())
}

fn attachment(world: &World, told: &Value, place: &Place, road: Road, tag: Tag) -> Result<Value, Refusal> {
    let kind = told["type"].as_str().unwrap_or_default();
    let payload = &told["payload"];
    match (kind, place.platform) {
        ("image" | "video" | "audio" | "file", _) => {
            let url = match &payload["attachment_id"] {
                Value::Null => by_address(kind, payload, place.platform)?,
                id => uploaded(world, id, kind, place, road)?,
            };
            Ok(json!({"type": kind, "payload": {"url": url}}))
        }
        ("template", _) => template::read(payload, place.platform, tag),
        ("like_heart", Platform::Instagram) => Ok(json!({"type": kind})),
        ("MEDIA_SHARE", Platform::Instagram) => own_post(world, payload, place),
        _ => Err(invalid(place.platform, "Invalid message data")),
    }
}

/// Messenger and Instagram refuse bad message data with subcodes of their own.
pub(super) fn invalid(platform: Platform, sentence: &str) -> Refusal {
    let refusal = Refusal::parameter(sentence);
    match platform {
        Platform::Messenger => refusal,
        Platform::Instagram => refusal.sub(2_534_015),
    }
}

/// A file that the platform would fetch. The sandbox reaches no network, so it judges the address alone.
pub(crate) fn by_address(kind: &str, payload: &Value, platform: Platform) -> Result<String, Refusal> {
    let told = payload["url"].as_str().unwrap_or_default();
    let url = url::Url::parse(told).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| Refusal::parameter("Failed to fetch the file from the url").sub(2_018_008))?;
    let name = url.path().rsplit('/').next().unwrap_or_default().to_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_owned());
    if ending.is_some_and(|ending| !fits(kind, &ending, platform)) {
        return Err(Refusal::parameter("The attachment type does not match the type of the file").sub(2_018_047));
    }
    Ok(told.to_owned())
}

/// Whether a file name's ending can be what the attachment says it is. Unknown endings could be anything.
pub(crate) fn fits(kind: &str, ending: &str, platform: Platform) -> bool {
    if platform == Platform::Instagram {
        return fits_instagram(kind, ending);
    }
    let of = match ending {
        "png" | "jpg" | "jpeg" | "gif" | "webp" => "image",
        "mp3" | "aac" | "m4a" | "wav" | "oga" => "audio",
        "avi" | "mov" | "webm" | "ogg" | "mkv" => "video",
        "mp4" => return matches!(kind, "video" | "audio" | "file"),
        "pdf" => "file",
        "txt" | "doc" | "docx" | "zip" | "csv" | "xls" | "xlsx" => return kind == "file",
        _ => return true,
    };
    of == kind || kind == "file"
}

/// Instagram names what it takes of each kind.
fn fits_instagram(kind: &str, ending: &str) -> bool {
    match ending {
        "png" | "jpg" | "jpeg" | "gif" => kind == "image",
        "aac" | "m4a" | "wav" => kind == "audio",
        "ogg" | "avi" | "mov" | "webm" => kind == "video",
        "mp4" => matches!(kind, "video" | "audio"),
        "pdf" => kind == "file",
        "webp" | "mp3" | "oga" | "mkv" | "txt" | "doc" | "docx" | "zip" | "csv" | "xls" | "xlsx" => false,
        _ => true,
    }
}

fn uploaded(world: &World, id: &Value, kind: &str, place: &Place, road: Road) -> Result<String, Refusal> {
    let id = id.as_str().ok_or_else(|| Refusal::parameter("Param attachment_id must be a string"))?;
    let gone = || Refusal::parameter("The attachment could not be found, or belongs to another Page.").sub(2_018_074);
    let file = world.belongings.files.get(id).ok_or_else(gone)?;
    // The Page may send its own files to both of its accounts; an account on its own road has nothing of a Page.
    let page = world.page_of(&place.account).filter(|_| road == Road::Facebook).map(|page| page.id.as_str());
    if file.account != place.account && Some(file.account.as_str()) != page {
        return Err(gone());
    }
    if world.now() - file.at >= FILE_LIFE {
        return Err(gone());
    }
    if file.kind != kind {
        return Err(Refusal::parameter("The attachment type does not match the uploaded file").sub(2_018_047));
    }
    Ok(file.url.clone())
}

fn own_post(world: &World, payload: &Value, place: &Place) -> Result<Value, Refusal> {
    let id = payload["id"].as_str().or_else(|| payload["attachment_id"].as_str());
    let post = id.and_then(|id| media::of(&place.account, world.now()).into_iter().find(|it| it.id == id && !it.story));
    let post = post.ok_or_else(|| invalid(Platform::Instagram, "The media is not a published post of the account"))?;
    Ok(json!({"type": "share", "payload": {"url": post.permalink, "id": post.id}}))
}

fn quick_replies(world: &World, told: &Value, platform: Platform) -> Result<Vec<Value>, Refusal> {
    let replies = match told {
        Value::Null => return Ok(Vec::new()),
        Value::Array(replies) => replies,
        _ => return Err(Refusal::parameter("Param message[quick_replies] must be an array.")),
    };
    if replies.len() > QUICK_REPLIES {
        return Err(Refusal::parameter(&format!(
            "Param message[quick_replies] has too many elements. It can have at most {QUICK_REPLIES} element(s)."
        )));
    }
    // Since this day Instagram asks for neither phone number nor e-mail address.
    let contact_ended = chrono::NaiveDate::from_ymd_opt(2026, 10, 5).is_some_and(|end| world.now().date_naive() >= end);
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
            (Some("user_phone_number" | "user_email"), Platform::Instagram) if !contact_ended => {}
            _ => return wrong("[content_type] is not supported."),
        }
    }
    Ok(replies.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn read_on(message: &Value, platform: Platform) -> Result<Outgoing, Refusal> {
        let world = World::empty(Clock::system());
        let place = Place { platform, account: "1".into(), customer: "c".into(), scoped: "4".into() };
        read(&world, message, &place, Road::Facebook, Tag::None)
    }

    #[test]
    fn instagram_counts_bytes_and_messenger_characters() {
        let text = |letter: &str, count: usize| json!({"text": letter.repeat(count)});
        assert!(read_on(&text("é", 500), Platform::Instagram).is_ok());
        assert!(read_on(&text("é", 501), Platform::Instagram).is_err());
        assert!(read_on(&text("é", 2_000), Platform::Messenger).is_ok());
        assert!(read_on(&text("é", 2_001), Platform::Messenger).is_err());
    }

    #[test]
    fn a_message_says_one_thing() {
        let image = json!({"type": "image", "payload": {"url": "https://example.org/a.jpg"}});
        assert!(read_on(&json!({"attachment": image}), Platform::Instagram).is_ok());
        assert!(read_on(&json!({"attachment": image, "text": "and"}), Platform::Messenger).is_err());
        for wrong in [json!({}), json!(""), json!({"text": ""}), json!({"attachment": {"type": "image"}}), json!({"txt": "a"})] {
            assert!(read_on(&wrong, Platform::Messenger).is_err(), "{wrong} is no message");
        }
    }

    #[test]
    fn a_file_is_what_its_ending_says() {
        assert!(
            fits("image", "jpg", Platform::Instagram)
                && fits("video", "mp4", Platform::Messenger)
                && fits("image", "php", Platform::Messenger)
        );
        assert!(!fits("audio", "png", Platform::Messenger) && !fits("file", "docx", Platform::Instagram));
    }
}
