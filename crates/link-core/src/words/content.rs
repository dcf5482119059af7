//! What a message carries.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::ids::{ExternalId, MessageId};
use super::raw::Raw;

/// The body of a message or of an echo, as the platform told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// The platform's id; a message without one cannot be stored as a message and is kept as unknown.
    pub id: Option<MessageId>,
    /// The text, as sent; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Pictures, files, shares, stories and whatever else the platform names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// The developer payload of a tapped quick reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_reply: Option<String>,
    /// Where the person came from: an ad, a short link, a shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// Present on messages of the business: who wrote it and what came back with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// The platform says that it cannot show this content through the API.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unsupported: bool,
    /// Keys of the message that have no field here, untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<Raw>,
}

// serde asks for a function of a reference here.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Content {
    /// A message with its id and nothing in it yet.
    pub fn new(id: MessageId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// With a text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With attachments.
    #[must_use]
    pub fn with_attachments(mut self, attachments: Vec<Attachment>) -> Self {
        self.attachments = attachments;
        self
    }

    /// As something that the business wrote.
    #[must_use]
    pub fn with_echo(mut self, echo: Echo) -> Self {
        self.echo = Some(echo);
        self
    }
}

/// One attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// The wire's type word (`image`, `ig_reel`, `story_mention`, ...); absent if the platform sent none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Where it can be fetched, for a while: the payload's address, else the attachment's own. Story media may be linked but not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The title, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The whole attachment, untouched, where more than kind, address and title was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

impl Attachment {
    /// An attachment of a kind.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: Some(kind.into()), ..Self::untyped() }
    }

    /// An attachment without a type word.
    pub const fn untyped() -> Self {
        Self { kind: None, url: None, title: None, raw: None }
    }

    /// With the address.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// True if this only says once more, in its older form, what another attachment of the same message says: the same address, or the
    /// same sticker.
    pub fn repeats(&self, other: &Self) -> bool {
        let kinds = |older: &str, newer: &str| (self.kind.as_deref(), other.kind.as_deref()) == (Some(older), Some(newer));
        let same_address = || self.url.is_some() && self.url == other.url;
        let same_sticker = || self.sticker().is_some_and(|sticker| other.sticker() == Some(sticker));
        TWINS.iter().any(|(older, newer)| kinds(older, newer)) && (same_address() || same_sticker())
    }

    /// The digits of the sticker's id, if it names one.
    fn sticker(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Whole<'a> {
            #[serde(borrow)]
            payload: Payload<'a>,
        }
        #[derive(Deserialize)]
        struct Payload<'a> {
            #[serde(borrow)]
            sticker_id: &'a RawValue,
        }
        let whole: Whole<'_> = serde_json::from_str(self.raw.as_ref()?.as_str()).ok()?;
        Some(whole.payload.sticker_id.get().trim_matches('"').to_owned())
    }
}

/// Kinds of which Meta tells the older beside the newer for a while: a shared post as both since 3 November 2025, with the older taken away
/// from 27 April 2026 on; a sticker as both until 30 August 2026 (changelogs of 2025 and 2026).
const TWINS: [(&str, &str); 2] = [("share", "ig_post"), ("image", "sticker")];

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplyTo {
    /// Another message of the conversation.
    Message(MessageId),
    /// A story of the account.
    Story {
        /// The story's media id.
        id: Option<ExternalId>,
        /// Its address while the story lives.
        url: Option<String>,
    },
}

/// What marks a message as the business's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Echo {
    /// The app that sent it. Absent on Instagram and for messages typed in some of Meta's own apps.
    pub app_id: Option<ExternalId>,
    /// What the sender attached to find it again; Messenger only.
    pub metadata: Option<String>,
}

impl Echo {
    /// An echo with what was told of its sender.
    pub const fn new(app_id: Option<ExternalId>, metadata: Option<String>) -> Self {
        Self { app_id, metadata }
    }
}

/// Where a person came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Referral {
    /// The `ref` that was put into the link or the ad.
    pub reference: Option<String>,
    /// `ADS`, `SHORTLINK`, `SHORTLINKS`, ...
    pub source: Option<String>,
    /// `OPEN_THREAD`, `LEAD_COMPLETE`, ...
    pub kind: Option<String>,
    /// The ad, if one led here.
    pub ad_id: Option<ExternalId>,
    /// The whole referral, untouched.
    pub raw: Raw,
}

impl Referral {
    /// A referral of which only the raw form is known.
    pub const fn new(raw: Raw) -> Self {
        Self { reference: None, source: None, kind: None, ad_id: None, raw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sticker(kind: &str, url: &str, id: &str) -> Attachment {
        let raw = Raw::parse(format!(r#"{{"type":"{kind}","payload":{{"url":"{url}","sticker_id":{id}}}}}"#)).unwrap();
        Attachment { raw: Some(raw), ..Attachment::new(kind).with_url(url) }
    }

    #[test]
    fn what_is_told_in_an_old_and_a_new_form_is_told_once() {
        let post = Attachment::new("ig_post").with_url("https://cdn.example/1");
        assert!(Attachment::new("share").with_url("https://cdn.example/1").repeats(&post));
        assert!(!Attachment::new("share").with_url("https://cdn.example/2").repeats(&post), "another post is shared beside it");
        assert!(!post.repeats(&Attachment::new("share").with_url("https://cdn.example/1")), "the newer form stays");
        assert!(!Attachment::new("share").repeats(&Attachment::new("ig_post")), "without addresses nobody knows");

        let thumb = sticker("sticker", "https://cdn.example/a", "369239263222822");
        assert!(sticker("image", "https://cdn.example/b", "\"369239263222822\"").repeats(&thumb));
        assert!(!sticker("image", "https://cdn.example/b", "369239263222823").repeats(&thumb));
        assert!(!Attachment::new("image").with_url("https://cdn.example/b").repeats(&thumb), "a picture beside a sticker");
    }
}
