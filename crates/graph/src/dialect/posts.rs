//! `GET /{account}/media`, `/{account}/stories` and `GET /{media}`: what an Instagram account published.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::words::outgoing::{AttachmentKind, Media};
use link_core::words::page::Page;
use link_core::words::ports::{Access, PostQuery, Posts, Published};
use link_core::{Error, ErrorKind, ExternalId, Platform, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Talk;
use crate::client::Call;
use crate::paging::Paged;
use crate::wire::Lenient;

const FIELDS: &str = "id,caption,media_type,media_product_type,media_url,permalink,timestamp";
/// Most posts that are asked for at once.
const MOST: u32 = 100;

#[async_trait]
impl Posts for Talk {
    async fn published(&self, access: &Access, query: &PostQuery) -> Result<Page<Published>> {
        self.check_posts(access)?;
        let edge = if query.stories { "{}/stories" } else { "{}/media" };
        let mut call = self
            .address(Call::get("read what the account published", edge), access)
            .id(&access.account.id)
            .query("fields", FIELDS)
            .query("limit", query.limit.clamp(1, MOST).to_string());
        if let Some(after) = &query.after {
            call = call.query("after", after.as_str());
        }
        let listed: Paged = self.client.call(call).await?.json()?;
        // One that leads back to this very page is the end.
        let next = listed.after().filter(|next| query.after.as_ref() != Some(next));
        Ok(Page::new(listed.data.iter().filter_map(|item| read(item, query.stories)).collect(), next))
    }

    async fn post(&self, access: &Access, id: &ExternalId) -> Result<Option<Published>> {
        self.check_posts(access)?;
        let call = self.address(Call::get("read the post", "{}"), access).id(id).query("fields", FIELDS);
        let told: Box<RawValue> = match self.client.call(call).await {
            Ok(answer) => answer.json()?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(read(&told, false))
    }
}

impl Talk {
    fn check_posts(&self, access: &Access) -> Result<()> {
        self.check(access)?;
        if access.account.platform == Platform::INSTAGRAM {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Invalid, "read posts of an account of a platform that has none here"))
    }
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    id: Lenient<String>,
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    media_product_type: Option<String>,
    #[serde(default)]
    media_url: Option<String>,
    #[serde(default)]
    permalink: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
}

/// One item of a list; one that does not read spoils no other.
fn read(item: &RawValue, story: bool) -> Option<Published> {
    let node: Node = serde_json::from_str(item.get()).ok()?;
    let story = story || node.media_product_type.as_deref() == Some("STORY");
    let mut published = Published::new(ExternalId::new(node.id.0?).ok()?, story);
    published.caption = node.caption.filter(|caption| !caption.trim().is_empty());
    published.permalink = node.permalink;
    published.at = node.timestamp.and_then(|at| time(&at));
    // A story's picture may be linked to and not passed on; an album has none of its own.
    let kind = match node.media_type.as_deref() {
        Some("IMAGE") => Some(AttachmentKind::Image),
        Some("VIDEO") => Some(AttachmentKind::Video),
        _ => None,
    };
    published.media = kind.zip(node.media_url).filter(|_| !story).map(|(kind, url)| Media::at(kind, url));
    Some(published)
}

/// `2026-09-30T12:00:00+0000`
fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z").ok().map(|at| at.to_utc())
}
