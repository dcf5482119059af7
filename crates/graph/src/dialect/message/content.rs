//! What a message of history carries.

use std::collections::BTreeMap;

use link_core::words::content::{Attachment, Content, Echo, ReplyTo};
use link_core::words::raw::Raw;
use link_core::{ExternalId, MessageId};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{Lenient, List};

/// The parts of a message that make its content.
#[derive(Default, Deserialize)]
pub(super) struct Parts {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    attachments: List,
    #[serde(default)]
    shares: List,
    #[serde(default)]
    story: Option<Story>,
    #[serde(default)]
    sticker: Option<String>,
    #[serde(default)]
    reply_to: Option<Quoted>,
    #[serde(default)]
    is_unsupported: Lenient<bool>,
}

#[derive(Deserialize)]
struct Quoted {
    #[serde(default)]
    mid: Lenient<String>,
}

#[derive(Deserialize)]
struct Story {
    #[serde(default)]
    mention: Option<StoryLink>,
    #[serde(default)]
    reply_to: Option<StoryLink>,
}

#[derive(Deserialize)]
struct StoryLink {
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    id: Lenient<String>,
}

impl Parts {
    /// The parts of a message that read, and the members that have another form than is known here, untouched; `None` if it is no object.
    pub(super) fn of(item: &RawValue) -> Option<(Self, Option<Raw>)> {
        if let Ok(parts) = serde_json::from_str(item.get()) {
            return Some((parts, None));
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(item.get()).ok()?;
        let alone = |(name, value): &(String, &RawValue)| as_object([(&name[..], *value)]);
        let reads = |member: &(String, &RawValue)| alone(member).is_some_and(|raw| serde_json::from_str::<Self>(raw.as_str()).is_ok());
        let (fit, misfit): (Vec<_>, Vec<_>) = members.into_iter().partition(reads);
        let object = |members: &[(String, &RawValue)]| as_object(members.iter().map(|(name, value)| (&name[..], *value)));
        Some((serde_json::from_str(object(&fit)?.as_str()).ok()?, object(&misfit)))
    }

    /// True if there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.shows_nothing() && self.is_unsupported.0 != Some(true)
    }

    /// True if there is nothing in it, or nothing but that it is not supported.
    pub(super) fn shows_nothing(&self) -> bool {
        let no_text = self.message.as_deref().is_none_or(str::is_empty);
        let no_lists = self.attachments.data.is_empty() && self.shares.data.is_empty();
        no_text && no_lists && self.story.is_none() && self.sticker.is_none()
    }

    /// As core's content.
    pub(super) fn read(self, id: MessageId, outbound: bool) -> Content {
        let mut content = Content::new(id);
        content.text = self.message.filter(|text| !text.is_empty());
        content.attachments = self.attachments.data.iter().map(|item| attachment(item)).collect();
        content.attachments.extend(self.shares.data.iter().map(|item| share(item)));
        // Messenger tells a sticker twice: as a picture that is to be shown as one, and here.
        let has_sticker = content.attachments.iter().any(|attachment| attachment.kind.as_deref() == Some("sticker"));
        if let Some(url) = self.sticker.filter(|_| !has_sticker) {
            content.attachments.push(Attachment::new("sticker").with_url(url));
        }
        content.reply_to = self.reply_to.and_then(|quoted| MessageId::new(quoted.mid.0?).ok()).map(ReplyTo::Message);
        if let Some(story) = self.story {
            if let Some(link) = story.reply_to {
                let id = link.id.0.and_then(|id| ExternalId::new(id).ok());
                content.reply_to = content.reply_to.or(Some(ReplyTo::Story { id, url: link.link }));
            }
            if let Some(link) = story.mention {
                let mut mention = Attachment::new("story_mention");
                mention.url = link.link;
                content.attachments.push(mention);
            }
        }
        content.unsupported = self.is_unsupported.0 == Some(true);
        content.echo = outbound.then(Echo::default);
        content
    }
}

fn as_object<'a>(members: impl IntoIterator<Item = (&'a str, &'a RawValue)>) -> Option<Raw> {
    let members: BTreeMap<&str, &RawValue> = members.into_iter().collect();
    serde_json::to_string(&members).and_then(Raw::parse).ok()
}

#[derive(Deserialize)]
struct Media {
    #[serde(default)]
    mime_type: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    image_data: Option<Picture>,
    #[serde(default)]
    video_data: Option<Picture>,
    #[serde(default)]
    file_url: Option<String>,
    #[serde(default)]
    generic_template: Option<Template>,
}

#[derive(Deserialize)]
struct Picture {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    render_as_sticker: Lenient<bool>,
}

#[derive(Deserialize)]
struct Template {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    media_url: Option<String>,
}

/// An attachment in the words of webhooks: its kind follows from where its address stands, and else from its media type.
fn attachment(item: &RawValue) -> Attachment {
    let mut told = Attachment::untyped();
    told.raw = Some(Raw::from_value(item));
    let Ok(media) = serde_json::from_str::<Media>(item.get()) else { return told };
    let sort = media.mime_type.as_deref().and_then(|mime| mime.split('/').next());
    let (kind, url) = match media {
        Media { image_data: Some(picture), .. } if picture.render_as_sticker.0 == Some(true) => ("sticker", picture.url),
        Media { image_data: Some(picture), .. } => ("image", picture.url),
        Media { video_data: Some(film), .. } => ("video", film.url),
        Media { file_url: Some(url), .. } => {
            (sort.filter(|sort| matches!(*sort, "audio" | "video" | "image")).unwrap_or("file"), Some(url))
        }
        Media { generic_template: Some(template), .. } => {
            told.title = template.title;
            ("template", template.media_url)
        }
        _ => return told,
    };
    told.kind = Some(kind.to_owned());
    told.url = url;
    told.title = told.title.or(media.name);
    told
}

#[derive(Deserialize)]
struct Share {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    title: Option<String>,
}

fn share(item: &RawValue) -> Attachment {
    let mut told = Attachment::new("share");
    told.raw = Some(Raw::from_value(item));
    if let Ok(share) = serde_json::from_str::<Share>(item.get()) {
        told.kind = share.kind.or(told.kind);
        told.url = share.url.or(share.link);
        told.title = share.title;
    }
    told
}
