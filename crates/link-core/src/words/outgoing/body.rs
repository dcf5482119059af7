//! The body of an outgoing message.

use serde::{Deserialize, Serialize};

use crate::words::ids::{AccountId, ExternalId, MessageId};

/// What is said. Which platform takes what stands in its capabilities.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Body {
    /// A text.
    Text(String),
    /// Something the platform fetches from an address.
    Attachment {
        /// What it is.
        kind: AttachmentKind,
        /// Where it is; public HTTPS.
        url: String,
    },
    /// One or several attachments, by address or as uploaded before.
    Attachments(Vec<Media>),
    /// A structured message.
    Template(Template),
    /// A sticker of the platform's catalogue.
    Sticker(ExternalId),
    /// A heart.
    Heart,
    /// A reaction to a message of the person. It has no echo and no id of its own.
    Reaction {
        /// To which message.
        message: MessageId,
        /// The emoji; `None` takes the reaction away.
        emoji: Option<String>,
    },
    /// A published post or story of one of the owner's own accounts.
    Post(SharedPost),
    /// The content was here and is gone.
    Gone,
}

/// A published post or story of an own account, to be shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedPost {
    /// The account that published it.
    pub account: AccountId,
    /// Which.
    pub id: ExternalId,
    /// What stands above the link.
    pub title: Option<String>,
    /// Where anybody can see it.
    pub permalink: Option<String>,
    /// Its picture or film, shown instead of the link. For a post only: a story's may be linked to and not passed on.
    pub media: Option<Media>,
    /// True for a story.
    #[serde(default)]
    pub story: bool,
}

impl SharedPost {
    /// A post of an account of which nothing else is known yet.
    pub const fn new(account: AccountId, id: ExternalId) -> Self {
        Self { account, id, title: None, permalink: None, media: None, story: false }
    }
}

/// One attachment.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// What it is.
    pub kind: AttachmentKind,
    /// Where the platform finds it.
    pub source: Source,
}

impl Media {
    /// Something the platform fetches from an address.
    pub fn at(kind: AttachmentKind, url: impl Into<String>) -> Self {
        Self { kind, source: Source::Url(url.into()) }
    }

    /// Something that was uploaded before.
    pub const fn uploaded(kind: AttachmentKind, id: ExternalId) -> Self {
        Self { kind, source: Source::Uploaded(id) }
    }
}

/// Where the platform finds an attachment.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// At an address; public HTTPS.
    Url(String),
    /// Among what the account uploaded, under this id. The platform forgets it after 90 days.
    Uploaded(ExternalId),
}

/// An answer to choose from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuickReply {
    /// A text; the payload comes back when it is chosen.
    Text {
        /// What stands on it.
        title: String,
        /// What comes back.
        payload: String,
        /// A small picture beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image_url: Option<String>,
    },
    /// The person's telephone number.
    Phone,
    /// The person's e-mail address.
    Email,
}

impl QuickReply {
    /// A text to choose.
    pub fn text(title: impl Into<String>, payload: impl Into<String>) -> Self {
        Self::Text { title: title.into(), payload: payload.into(), image_url: None }
    }
}

/// A structured message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Template {
    /// Cards to leaf through.
    Generic(Vec<Card>),
    /// A text with buttons.
    Buttons {
        /// The text.
        text: String,
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// Products of the account's catalogue.
    Products(Vec<ExternalId>),
}

/// A card of a generic template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// What stands on it.
    pub title: String,
    /// Below the title.
    pub subtitle: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// Where a click leads.
    pub url: Option<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

impl Card {
    /// A card with a title only.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), subtitle: None, image_url: None, url: None, buttons: Vec::new() }
    }
}

/// A button of a template.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Button {
    /// Opens a page.
    Link {
        /// What stands on it.
        title: String,
        /// What it opens.
        url: String,
    },
    /// Comes back as a postback.
    Postback {
        /// What stands on it.
        title: String,
        /// What comes back.
        payload: String,
    },
    /// Calls a number.
    Phone {
        /// What stands on it.
        title: String,
        /// The number.
        number: String,
    },
}

/// What of a body its echo shows as well: an echo that proves nothing is compared by this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The text.
    pub text: Option<String>,
    /// The wire's words for its attachments, in order.
    pub attachments: Vec<&'static str>,
}

/// The wire's words for a post that is shown as such: the pages differ, and change.
const SHARED: [&str; 6] = ["share", "ig_post", "post", "media", "ig_reel", "reel"];

impl Shape {
    /// True if a message may show this word where this one is wanted.
    pub fn is_same_kind(wanted: &str, shown: &str) -> bool {
        wanted == shown || SHARED.contains(&wanted) && SHARED.contains(&shown)
    }

    /// True for a post that is shown as such.
    pub fn is_shared_post(&self) -> bool {
        self.attachments.iter().any(|kind| SHARED.contains(kind))
    }

    /// True if the history may show such a message without what is attached: that none is found says nothing then.
    pub fn may_be_shown_without(&self) -> bool {
        self.is_shared_post() || self.attachments.iter().any(|kind| matches!(*kind, "sticker" | "like_heart"))
    }
}

impl Body {
    /// True if the platform fetches a film from an address before it answers, for which it takes its time.
    pub fn waits_for_film(&self) -> bool {
        let film = |media: &Media| media.kind == AttachmentKind::Video && matches!(media.source, Source::Url(_));
        match self {
            Self::Attachment { kind, .. } => *kind == AttachmentKind::Video,
            Self::Attachments(media) => media.iter().any(film),
            Self::Post(SharedPost { media: Some(media), .. }) => film(media),
            _ => false,
        }
    }

    /// What its echo will look like; `None` for what has no echo or cannot be told apart by it.
    pub fn shape(&self) -> Option<Shape> {
        let of = |attachments: Vec<&'static str>| Some(Shape { text: None, attachments });
        match self {
            Self::Text(text) => Some(Shape { text: Some(text.clone()), attachments: Vec::new() }),
            Self::Attachment { kind, .. } => of(vec![kind.as_str()]),
            Self::Attachments(media) => of(media.iter().map(|media| media.kind.as_str()).collect()),
            Self::Post(SharedPost { media: Some(media), .. }) => of(vec![media.kind.as_str()]),
            Self::Post(SharedPost { permalink: None, .. }) => of(vec![SHARED[0]]),
            Self::Template(_) | Self::Post(_) => of(vec!["template"]),
            Self::Sticker(_) => of(vec!["sticker"]),
            Self::Heart => of(vec!["like_heart"]),
            Self::Reaction { .. } | Self::Gone => None,
        }
    }
}

impl std::fmt::Debug for Body {
    /// The shape only: an answer is as private as what it answers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Attachment { kind, .. } => write!(f, "Attachment({kind:?})"),
            Self::Attachments(media) => write!(f, "Attachments({media:?})"),
            Self::Template(template) => write!(f, "Template({template:?})"),
            Self::Sticker(_) => f.write_str("Sticker"),
            Self::Heart => f.write_str("Heart"),
            Self::Reaction { .. } => f.write_str("Reaction"),
            Self::Post(_) => f.write_str("Post"),
            Self::Gone => f.write_str("Gone"),
        }
    }
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Url(_) => "Url",
            Self::Uploaded(_) => "Uploaded",
        })
    }
}

impl std::fmt::Debug for QuickReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text",
            Self::Phone => "Phone",
            Self::Email => "Email",
        })
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Generic(cards) => write!(f, "Generic({} cards)", cards.len()),
            Self::Buttons { buttons, .. } => write!(f, "Buttons({})", buttons.len()),
            Self::Products(products) => write!(f, "Products({})", products.len()),
        }
    }
}

impl std::fmt::Debug for Card {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Card({} buttons)", self.buttons.len())
    }
}

impl std::fmt::Debug for Button {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Link { .. } => "Link",
            Self::Postback { .. } => "Postback",
            Self::Phone { .. } => "Phone",
        })
    }
}

/// The kinds of attachment that both platforms take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttachmentKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file; PDF only on Instagram.
    File,
}

impl AttachmentKind {
    /// The wire's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_other_bodies_were_known_is_still_read() {
        assert_eq!(serde_json::from_str::<Body>(r#"{"text":"Hello"}"#).unwrap(), Body::Text("Hello".into()));
        let attachment: Body = serde_json::from_str(r#"{"attachment":{"kind":"image","url":"https://x.test/y"}}"#).unwrap();
        assert_eq!(attachment, Body::Attachment { kind: AttachmentKind::Image, url: "https://x.test/y".into() });
    }

    #[test]
    fn no_body_shows_what_it_says() {
        let secret = "planted-secret";
        let said = [
            Body::Text(secret.into()),
            Body::Attachments(vec![Media::at(AttachmentKind::Image, format!("https://x.test/{secret}"))]),
            Body::Template(Template::Generic(vec![Card::new(secret)])),
            Body::Template(Template::Buttons {
                text: secret.into(),
                buttons: vec![Button::Link { title: secret.into(), url: secret.into() }],
            }),
            Body::Reaction { message: "m_1".parse().unwrap(), emoji: Some(secret.into()) },
            Body::Post(SharedPost { title: Some(secret.into()), ..SharedPost::new("instagram:1".parse().unwrap(), "2".parse().unwrap()) }),
        ];
        for body in said {
            assert!(!format!("{body:?}").contains(secret), "{body:?}");
        }
        assert!(!format!("{:?}", QuickReply::text(secret, secret)).contains(secret));
    }
}
