//! Which forms of message a platform takes, what opens its window, and which tags it knows.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::words::outgoing::AttachmentKind;
use crate::words::platform::Road;
use crate::words::rules::{Rule, Source, holds};

/// A form that something sent may take. A message may take several at once: a text with quick replies that quotes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Form {
    /// A text.
    Text,
    /// Texts to choose from below it.
    QuickReplies,
    /// Asking for a telephone number or an e-mail address that way.
    ContactReplies,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Another file.
    File,
    /// Several attachments in one message.
    Several,
    /// An attachment by the id under which it was uploaded.
    Uploaded,
    /// Cards to leaf through.
    Cards,
    /// A text with buttons.
    Buttons,
    /// A button that calls a number.
    PhoneButton,
    /// Products of the account's catalogue.
    Products,
    /// A sticker of the platform's catalogue.
    Sticker,
    /// A heart.
    Heart,
    /// A quotation of another message.
    Quotation,
    /// A heart as a reaction.
    HeartReaction,
    /// Any emoji as a reaction.
    Reaction,
    /// A private reply to a comment.
    PrivateReply,
    /// A private reply to a post of somebody else's on the account's page.
    PrivateReplyToPost,
    /// A post of the very account, shared as such.
    OwnPost,
    /// A link to a post or story of another account of the owner, with a title.
    PostLink,
    /// The sign that somebody is writing.
    Typing,
    /// The sign that something was seen.
    Seen,
}

impl Form {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Text,
        Self::QuickReplies,
        Self::ContactReplies,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::File,
        Self::Several,
        Self::Uploaded,
        Self::Cards,
        Self::Buttons,
        Self::PhoneButton,
        Self::Products,
        Self::Sticker,
        Self::Heart,
        Self::Quotation,
        Self::HeartReaction,
        Self::Reaction,
        Self::PrivateReply,
        Self::PrivateReplyToPost,
        Self::OwnPost,
        Self::PostLink,
        Self::Typing,
        Self::Seen,
    ];

    /// The form of one attachment.
    pub const fn of(kind: AttachmentKind) -> Self {
        match kind {
            AttachmentKind::Image => Self::Image,
            AttachmentKind::Video => Self::Video,
            AttachmentKind::Audio => Self::Audio,
            AttachmentKind::File => Self::File,
        }
    }

    /// In plain words that fit after "does not take".
    pub const fn as_words(self) -> &'static str {
        match self {
            Self::Text => "texts",
            Self::QuickReplies => "quick replies",
            Self::ContactReplies => "quick replies that ask for a number or an address",
            Self::Image => "pictures",
            Self::Video => "films",
            Self::Audio => "sounds",
            Self::File => "files",
            Self::Several => "several attachments in one message",
            Self::Uploaded => "uploaded attachments",
            Self::Cards => "cards",
            Self::Buttons => "a text with buttons",
            Self::PhoneButton => "buttons that call a number",
            Self::Products => "products",
            Self::Sticker => "stickers",
            Self::Heart => "hearts",
            Self::Quotation => "quotations",
            Self::HeartReaction | Self::Reaction => "this reaction",
            Self::PrivateReply => "private replies to comments",
            Self::PrivateReplyToPost => "private replies to posts",
            Self::OwnPost => "a post of the account itself",
            Self::PostLink => "posts of another account",
            Self::Typing => "the sign that somebody is writing",
            Self::Seen => "the sign that something was seen",
        }
    }
}

/// That a platform takes a form, by which road and from when until when. Built as a constant by the platform's crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ability {
    /// Which form.
    pub form: Form,
    /// By this road only; `None` by every road.
    pub road: Option<&'static str>,
    /// From this day on.
    pub since: Option<NaiveDate>,
    /// No longer from this day on.
    pub until: Option<NaiveDate>,
    /// Why it may still be refused: the platform's pages disagree, or open it account by account.
    pub doubt: Option<&'static str>,
    /// Where that stands.
    pub source: Source,
}

impl Ability {
    /// A form that is taken by every road.
    pub const fn new(form: Form, source: Source) -> Self {
        Self { form, road: None, since: None, until: None, doubt: None, source }
    }

    /// By this road only, in the road's own word.
    #[must_use]
    pub const fn by(mut self, road: &'static str) -> Self {
        self.road = Some(road);
        self
    }

    /// From this day on.
    #[must_use]
    pub const fn since(mut self, year: i32, month: u32, day: u32) -> Self {
        self.since = NaiveDate::from_ymd_opt(year, month, day);
        self
    }

    /// Up to the day before this one.
    #[must_use]
    pub const fn until(mut self, year: i32, month: u32, day: u32) -> Self {
        self.until = NaiveDate::from_ymd_opt(year, month, day);
        self
    }

    /// Which may still be refused, for this reason.
    #[must_use]
    pub const fn doubtful(mut self, why: &'static str) -> Self {
        self.doubt = Some(why);
        self
    }

    fn is_of(&self, form: Form, road: &Road) -> bool {
        self.form == form && self.road.is_none_or(|by| by == road.as_str())
    }

    /// What a table says of a form.
    pub(super) fn ask(table: &[Self], form: Form, road: &Road, at: DateTime<Utc>) -> Can {
        let mut rows = table.iter().filter(|row| row.is_of(form, road)).peekable();
        if rows.peek().is_none() {
            return Can::Never;
        }
        let mut begins: Option<NaiveDate> = None;
        let mut ended: Option<NaiveDate> = None;
        for row in rows {
            if holds(row.since, row.until, at) {
                return row.doubt.map_or(Can::Yes, Can::Perhaps);
            }
            match row.since.filter(|since| *since > at.date_naive()) {
                Some(since) => begins = Some(begins.map_or(since, |known| known.min(since))),
                None => ended = ended.max(row.until),
            }
        }
        match (begins, ended) {
            (Some(begins), _) => Can::From(begins),
            (None, Some(ended)) => Can::Ended(ended),
            (None, None) => Can::Never,
        }
    }
}

/// Whether a platform takes a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Can {
    /// It does.
    Yes,
    /// It says so, and may refuse it for this reason.
    Perhaps(&'static str),
    /// From this day on.
    From(NaiveDate),
    /// Not any more since this day.
    Ended(NaiveDate),
    /// It does not.
    Never,
}

impl Can {
    /// True if it may be tried.
    pub const fn may(self) -> bool {
        matches!(self, Self::Yes | Self::Perhaps(_))
    }
}

/// Something that a person, the business or the platform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// The person writes.
    Message,
    /// The person presses a button.
    Postback,
    /// The person reacts to a message.
    Reaction,
    /// The person takes a reaction away.
    Unreaction,
    /// The person comes back through a link or an ad.
    Referral,
    /// The person agrees to be written to, by a plugin.
    OptIn,
    /// The person comments on a post.
    Comment,
    /// The person changes or takes back what they wrote.
    Edit,
    /// The person reads.
    Read,
    /// Something reaches the person's device.
    Delivery,
    /// The business writes, from here or elsewhere.
    Echo,
    /// The business answers a comment in private.
    PrivateReply,
}

/// Whether an act opens the messaging window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opener {
    /// Which act.
    pub act: Act,
    /// Whether it is taken to open the window.
    pub opens: bool,
    /// Why, where that is not plain.
    pub why: &'static str,
    /// Where that stands.
    pub source: Source,
}

impl Opener {
    /// An act that opens the window.
    pub const fn opens(act: Act, why: &'static str, source: Source) -> Self {
        Self { act, opens: true, why, source }
    }

    /// An act that opens nothing.
    pub const fn nothing(act: Act, why: &'static str, source: Source) -> Self {
        Self { act, opens: false, why, source }
    }
}

/// A tag under which something may be sent outside the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// Its word on the wire.
    pub name: &'static str,
    /// For so many days after the person last opened the window; `None` at any time.
    pub days: Option<u32>,
    /// From when until when, and where that stands.
    pub rule: Rule,
}

impl Tag {
    /// A tag that may be used at any time while its rule holds.
    pub const fn new(name: &'static str, rule: Rule) -> Self {
        Self { name, days: None, rule }
    }

    /// For so many days after the person last opened the window.
    #[must_use]
    pub const fn within(mut self, days: u32) -> Self {
        self.days = Some(days);
        self
    }
}

/// That a refusal with this code says of one account that it may not use a form yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lesson {
    /// The platform's code or subcode.
    pub code: i64,
    /// What the account may not use.
    pub form: Form,
}

impl Lesson {
    /// A refusal with this code says that the account may not use this form yet.
    pub const fn new(code: i64, form: Form) -> Self {
        Self { code, form }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Source = Source::new("a page", "2026-06");
    const TABLE: &[Ability] = &[
        Ability::new(Form::Text, PAGE),
        Ability::new(Form::Several, PAGE).since(2025, 11, 1).doubtful("account by account"),
        Ability::new(Form::ContactReplies, PAGE).until(2026, 10, 5),
        Ability::new(Form::Quotation, PAGE).by("facebook").since(2025, 12, 19),
        Ability::new(Form::Quotation, PAGE).by("instagram").doubtful("in the specification only"),
    ];

    #[test]
    fn a_form_is_taken_by_its_roads_within_its_days() {
        let ask = |form, road: Road, at: &str| Ability::ask(TABLE, form, &road, at.parse().unwrap());
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(ask(Form::Text, Road::FACEBOOK, "2020-01-01T00:00:00Z"), Can::Yes);
        assert_eq!(ask(Form::Heart, Road::FACEBOOK, "2026-01-01T00:00:00Z"), Can::Never);
        assert_eq!(ask(Form::Several, Road::FACEBOOK, "2025-10-31T23:59:59Z"), Can::From(day(2025, 11, 1)));
        assert_eq!(ask(Form::Several, Road::FACEBOOK, "2025-11-01T00:00:00Z"), Can::Perhaps("account by account"));
        assert_eq!(ask(Form::ContactReplies, Road::FACEBOOK, "2026-10-04T23:59:59Z"), Can::Yes);
        assert_eq!(ask(Form::ContactReplies, Road::FACEBOOK, "2026-10-05T00:00:00Z"), Can::Ended(day(2026, 10, 5)));
        assert_eq!(ask(Form::Quotation, Road::FACEBOOK, "2026-01-01T00:00:00Z"), Can::Yes);
        assert!(matches!(ask(Form::Quotation, Road::INSTAGRAM, "2020-01-01T00:00:00Z"), Can::Perhaps(_)));
    }
}
