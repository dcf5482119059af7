//! Customers write.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::told::{Failed, Outcome, body};
use crate::clock::{day, rfc3339};
use crate::messaging::attached::{self, Attached};
use crate::messaging::write::Place;
use crate::webhooks::events::{self, Kind};
use crate::world::World;
use crate::world::settings::{EditZero, InstagramSticker, PostShare};
use crate::world::talk::{Message, Platform, Story};

const EXPECTED: &str = "a customer's message takes {\"to\": account} and text, attachments [{\"type\",\"url\"}], reply_to, story {\"kind\",\"id\"}, quick_reply or referral {\"ref\",\"source\"}";
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    to: String,
    text: Option<String>,
    #[serde(default)]
    attachments: Vec<Attached>,
    reply_to: Option<String>,
    story: Option<ToldStory>,
    quick_reply: Option<String>,
    referral: Option<ToldReferral>,
    /// Something that the platform cannot show through its API.
    #[serde(default)]
    unsupported: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldStory {
    kind: StoryKind,
    id: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum StoryKind {
    Reply,
    Mention,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldReferral {
    r#ref: Option<String>,
    source: Option<String>,
}

/// `POST customers/{id}/messages`.
pub(super) fn write(world: &mut World, customer: &str, content: &Bytes) -> Outcome {
    let told: Told = body(content, EXPECTED)?;
    let place = world.place(customer, &told.to)?;
    writable(world, &place)?;
    let referral = told.referral.as_ref().map(|told| referral(told, place.platform));
    let empty = told.text.as_ref().is_none_or(String::is_empty) && told.attachments.is_empty();
    let mention = told.story.as_ref().is_some_and(|story| story.kind == StoryKind::Mention);
    if empty && !mention && !told.unsupported {
        return match referral {
            Some(referral) => followed(world, &place, &referral),
            None => Err(Failed::wrong(EXPECTED.to_owned())),
        };
    }
    let mut message = world.blank(&place, true);
    fill(world, &place, &told, &mut message)?;
    let mut event = events::message(&message);
    if let Some(mid) = &message.reply_to {
        event["reply_to"] = json!({"mid": mid, "is_self_reply": quotes_self(world, mid)});
    }
    if let Some(payload) = &told.quick_reply {
        event["quick_reply"] = json!({"payload": payload});
    }
    if let Some(referral) = referral {
        event["referral"] = referral;
    }
    let (mid, at) = (message.mid.clone(), message.at);
    doubled(world, &place, &mut event);
    let silent = is_silent(world, &place, &message);
    let conversation = world.keep(&place, message);
    if !silent {
        world.tell(Kind::Message, &place.between(), "message", &event);
    }
    if place.platform == Platform::Instagram && world.quirks.ig_edit_zero == EditZero::On {
        world.tell_edit_zero(&place.between(), &mid);
    }
    Ok(json!({"mid": mid, "conversation": conversation, "at": rfc3339(at)}))
}

/// Things that for a time arrive twice within one message, under their former and their new name.
fn doubled(world: &World, place: &Place, event: &mut Value) {
    let Some(attachments) = event.get_mut("attachments").and_then(Value::as_array_mut) else { return };
    let now = world.now();
    let mut more = Vec::new();
    for attachment in attachments.iter_mut() {
        match (attachment["type"].as_str().unwrap_or_default(), place.platform) {
            // Until then a sticker was an image as well; before the first of June it was nothing else.
            ("sticker", Platform::Messenger) if now < day(2026, 6, 1) => attachment["type"] = json!("image"),
            ("sticker", Platform::Messenger) if now < day(2026, 8, 30) => {
                more.push(json!({"type": "image", "payload": attachment["payload"]}));
            }
            ("sticker", Platform::Instagram) => attachment["type"] = json!("image"),
            ("ig_post", Platform::Instagram) => {
                let share = json!({"type": "share", "payload": {"url": attachment["payload"]["url"]}});
                match world.quirks.ig_post_share {
                    PostShare::Share => *attachment = share,
                    PostShare::Both => more.push(share),
                    PostShare::Post if now < day(2025, 11, 3) => *attachment = share,
                    PostShare::Post if now < day(2026, 4, 27) => more.push(share),
                    PostShare::Post => {}
                }
            }
            _ => {}
        }
    }
    attachments.extend(more);
}

/// Some things are shown in the app and told to nobody.
fn is_silent(world: &World, place: &Place, message: &Message) -> bool {
    let sticker = message.attachments.iter().any(|it| it["type"] == "sticker");
    place.platform == Platform::Instagram && sticker && world.quirks.ig_sticker == InstagramSticker::Silent
}

/// Whether the customer can write there at all.
pub(super) fn writable(world: &World, place: &Place) -> Result<(), Failed> {
    let blocked = world.thread_with(&place.account, &place.scoped).is_some_and(|thread| thread.blocked);
    if blocked {
        return Err(Failed::wrong(format!("customer {} has blocked {}", place.customer, place.account)));
    }
    Ok(())
}

fn fill(world: &World, place: &Place, told: &Told, message: &mut Message) -> Result<(), Failed> {
    message.unsupported = told.unsupported;
    message.text = told.text.clone().filter(|text| !text.is_empty());
    message.attachments = attached::told(&told.attachments, place.platform).map_err(Failed::wrong)?;
    if let Some(mid) = &told.reply_to {
        let known = world.thread_with(&place.account, &place.scoped).is_some_and(|thread| thread.message(mid).is_some());
        if !known {
            return Err(Failed::missing(format!("`reply_to` names {mid}, which is no message of this conversation")));
        }
        message.reply_to = Some(mid.clone());
    }
    if let Some(story) = &told.story {
        if place.platform == Platform::Messenger {
            return Err(Failed::wrong("stories are answered and mentioned on Instagram only".to_owned()));
        }
        message.story = Some(Story { mention: story.kind == StoryKind::Mention, id: story.id.clone() });
    }
    if told.quick_reply.is_some() && message.text.is_none() {
        return Err(Failed::wrong("a quick reply has a text, which is the title of the button".to_owned()));
    }
    Ok(())
}

fn quotes_self(world: &World, mid: &str) -> bool {
    world.message(mid).is_some_and(|(_, quoted)| quoted.inbound)
}

fn referral(told: &ToldReferral, platform: Platform) -> Value {
    let usual = match platform {
        Platform::Messenger => "SHORTLINK",
        Platform::Instagram => "SHORTLINKS",
    };
    let source = told.source.as_deref().unwrap_or(usual);
    let mut referral = json!({"source": source, "type": "OPEN_THREAD"});
    if let Some(reference) = &told.r#ref {
        referral["ref"] = json!(reference);
    }
    if source == "ADS" {
        referral["ad_id"] = json!("6302570000001");
        let picture = "https://scontent.xx.fbcdn.net/v/ad";
        referral["ads_context_data"] = match platform {
            Platform::Messenger => json!({
                "ad_title": "An ad", "photo_url": picture, "video_url": picture, "post_id": "559210000000001",
                "product_id": "7700000000000001", "flow_id": "8800000000000001",
            }),
            Platform::Instagram => json!({"ad_title": "An ad", "photo_url": picture, "video_url": picture}),
        };
    }
    referral
}

/// A link was followed into a conversation that is there already.
fn followed(world: &mut World, place: &Place, referral: &Value) -> Outcome {
    let now = world.now();
    let thread = world
        .thread_with_mut(&place.account, &place.scoped)
        .ok_or_else(|| Failed::wrong("a link opens a new conversation only with a message: add a text".to_owned()))?;
    thread.opened = Some(now);
    let conversation = thread.id.clone();
    let mut referral = referral.clone();
    if let (Platform::Messenger, Some(context)) = (place.platform, referral.get_mut("ads_context_data").and_then(Value::as_object_mut)) {
        // Only a first message tells of the film, the product and the flow.
        context.retain(|name, _| matches!(name.as_str(), "ad_title" | "photo_url" | "post_id"));
    }
    world.tell(Kind::Referral, &place.between(), "referral", &referral);
    Ok(json!({"conversation": conversation, "at": rfc3339(now)}))
}
