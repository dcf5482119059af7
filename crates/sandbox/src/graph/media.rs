//! An Instagram account's own posts and stories: every account of the world has a post, a reel and a story.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::error::Refusal;
use super::nodes::{Scene, collect, unknown};
use super::paging::{Link, Window};
use crate::clock::stamp;
use crate::mint;

/// Something that an account published.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) id: String,
    pub(crate) permalink: String,
    pub(crate) story: bool,
    kind: &'static str,
    product: &'static str,
    caption: &'static str,
    at: DateTime<Utc>,
}

/// What an account has published.
pub(crate) fn of(account: &str, now: DateTime<Utc>) -> Vec<Media> {
    let one = |number: u8, story: bool, kind, product, caption, hours| {
        let digits = mint::digits(&format!("media:{account}:{number}"), 12);
        let folder = if story { "stories" } else { "p" };
        Media {
            id: format!("{}{digits}", if story { "18040" } else { "17910" }),
            permalink: format!("https://www.instagram.com/{folder}/{}/", mint::letters(&digits, 11)),
            story,
            kind,
            product,
            caption,
            at: now - TimeDelta::hours(hours),
        }
    };
    vec![
        one(1, true, "IMAGE", "STORY", "", 2),
        one(2, false, "IMAGE", "FEED", "New in the window", 50),
        one(3, false, "VIDEO", "REELS", "A walk through the shop", 170),
    ]
}

/// `/{ig-user-id}/media` and `/{ig-user-id}/stories`.
pub(crate) fn list(scene: &Scene<'_>, account: &str, stories: bool) -> Result<Value, Refusal> {
    let keyed = of(account, scene.world.now())
        .into_iter()
        .filter(|media| media.story == stories)
        .map(|media| ((media.at.timestamp(), 0), media))
        .collect();
    let edge = if stories { "stories" } else { "media" };
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{account}/{edge}"), fields: None };
    Window::of_call(scene.call)?.cut(keyed).told(&link, |media| value(scene, &media))
}

/// `/{ig-media-id}`, for whoever reaches the account.
pub(crate) fn node(scene: &Scene<'_>, account: &str, id: &str) -> Result<Value, Refusal> {
    let media = of(account, scene.world.now()).into_iter().find(|media| media.id == id);
    value(scene, &media.ok_or_else(|| Refusal::missing("get", id))?)
}

fn value(scene: &Scene<'_>, media: &Media) -> Result<Value, Refusal> {
    collect(&scene.fields(&["id"])?, &media.id, |field| {
        Ok(Some(match field.name.as_str() {
            "id" => return Ok(None),
            "caption" if media.caption.is_empty() => return Ok(None),
            "caption" => json!(media.caption),
            "media_type" => json!(media.kind),
            "media_product_type" => json!(media.product),
            "media_url" | "thumbnail_url" => json!(format!("https://scontent.cdninstagram.com/{}.jpg", media.id)),
            "permalink" => json!(media.permalink),
            "timestamp" => json!(stamp(media.at)),
            "shortcode" => json!(mint::letters(&media.id, 11)),
            "comments_count" | "like_count" => json!(3),
            _ => return Err(unknown(field, "IGMedia")),
        }))
    })
}
