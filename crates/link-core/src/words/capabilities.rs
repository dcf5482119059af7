//! What a platform can do, as data that services and tests read.

mod abilities;
mod limits;

use chrono::{DateTime, Utc};

pub use abilities::{Ability, Act, Can, Form, Lesson, Opener, Tag};
pub use limits::{Bounds, FileRule, Formats, Limits};

use super::outgoing::AttachmentKind;
use super::platform::{Platform, Road};
use super::rates::{CAUTIOUS, RateRule};
use super::rules::{self, Rule};

/// What a platform can and cannot do. Built as a constant by the platform's crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the platform by itself")]
pub struct Capabilities {
    /// Which platform.
    pub platform: Platform,
    /// Longest text.
    pub text: TextLimit,
    /// Hours after the person's last act in which anything may be answered.
    pub window_hours: u32,
    /// Days in which a human may still answer, with the platform's approval.
    pub human_agent_days: u32,
    /// Days in which a comment may be answered in private, once; 0 if never.
    pub private_reply_days: u32,
    /// Hours after a comment below a live broadcast after which that is over for certain; `None` where nothing bounds it.
    pub live_hours: Option<u32>,
    /// Kinds of attachment it takes.
    pub attachments: &'static [AttachmentKind],
    /// Which other forms of message it takes, by road and by day.
    pub abilities: &'static [Ability],
    /// How much of each form it takes.
    pub limits: Limits,
    /// Tags under which something may be sent outside the window, also those that are over.
    pub tags: &'static [Tag],
    /// What opens the window, and what does not.
    pub openers: &'static [Opener],
    /// Which refusals say that an account may not use a form yet.
    pub lessons: &'static [Lesson],
    /// Codes of refusals that say that an uploaded file is not there any more.
    pub forgotten: &'static [i64],
    /// Codes of refusals that say that a comment has its private reply already.
    pub replied: &'static [i64],
    /// Its rules, each with its source.
    pub rules: &'static [Rule],
    /// True if metadata comes back with the echo.
    pub echoes_metadata: bool,
    /// The platform's own apps in which an account's staff writes, by the ids that echoes name.
    pub staff_apps: &'static [&'static str],
    /// True if an echo names the app that sent it, wherever one did: one that names none was typed by staff.
    pub echoes_app: bool,
    /// True if the platform reports deliveries.
    pub reports_deliveries: bool,
    /// How many of the newest messages of a conversation can be read back; `None` is all.
    pub readable_history: Option<u32>,
    /// True if the list of conversations leaves some out, such as requests that nobody answered for long.
    pub hides_conversations: bool,
    /// How fast it may be called, per account. A kind without a rule is not limited by us.
    pub rates: &'static [RateRule],
}

/// The longest text a platform takes, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextLimit {
    /// So many characters (Unicode scalar values).
    Characters(usize),
    /// So many bytes of UTF-8.
    Bytes(usize),
}

impl TextLimit {
    /// The length of a text in this unit, and the limit.
    pub fn measure(self, text: &str) -> (usize, usize) {
        match self {
            Self::Characters(limit) => (text.chars().count(), limit),
            Self::Bytes(limit) => (text.len(), limit),
        }
    }

    /// True if a text is not longer.
    pub fn fits(self, text: &str) -> bool {
        let (length, limit) = self.measure(text);
        length <= limit
    }

    /// The most of a thing that this unit counts.
    pub const fn most(self) -> usize {
        match self {
            Self::Characters(limit) | Self::Bytes(limit) => limit,
        }
    }

    /// The unit in plain words.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Characters(_) => "characters",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl Capabilities {
    /// A platform of which nothing special is known: texts only, one day's window, one call a second.
    pub const fn new(platform: Platform, text: TextLimit) -> Self {
        Self {
            platform,
            text,
            window_hours: 24,
            human_agent_days: 0,
            private_reply_days: 0,
            live_hours: None,
            attachments: &[],
            abilities: &[],
            limits: Limits::NONE,
            tags: &[],
            openers: &[],
            lessons: &[],
            forgotten: &[],
            replied: &[],
            rules: &[],
            echoes_metadata: false,
            staff_apps: &[],
            echoes_app: false,
            reports_deliveries: false,
            readable_history: None,
            hides_conversations: false,
            rates: CAUTIOUS,
        }
    }

    /// With the hours of its standard window and the days of its human-agent window.
    #[must_use]
    pub const fn with_window(mut self, hours: u32, human_agent_days: u32) -> Self {
        self.window_hours = hours;
        self.human_agent_days = human_agent_days;
        self
    }

    /// As one where a comment may be answered in private, once, for so many days.
    #[must_use]
    pub const fn with_private_replies(mut self, days: u32) -> Self {
        self.private_reply_days = days;
        self
    }

    /// As one whose live broadcasts end after so many hours: a comment below one can be answered in private only while it runs.
    #[must_use]
    pub const fn with_broadcasts(mut self, hours: u32) -> Self {
        self.live_hours = Some(hours);
        self
    }

    /// With the kinds of attachment it takes.
    #[must_use]
    pub const fn with_attachments(mut self, kinds: &'static [AttachmentKind]) -> Self {
        self.attachments = kinds;
        self
    }

    /// With the forms of message it takes beside texts and attachments, and how much of each.
    #[must_use]
    pub const fn with_abilities(mut self, abilities: &'static [Ability], limits: Limits) -> Self {
        self.abilities = abilities;
        self.limits = limits;
        self
    }

    /// With its rules, what opens its window, and its tags.
    #[must_use]
    pub const fn with_rules(mut self, rules: &'static [Rule], openers: &'static [Opener], tags: &'static [Tag]) -> Self {
        self.rules = rules;
        self.openers = openers;
        self.tags = tags;
        self
    }

    /// With the refusals that say that an account may not use a form yet.
    #[must_use]
    pub const fn with_lessons(mut self, lessons: &'static [Lesson]) -> Self {
        self.lessons = lessons;
        self
    }

    /// With the codes of refusals that say that an uploaded file is not there any more.
    #[must_use]
    pub const fn with_forgotten(mut self, codes: &'static [i64]) -> Self {
        self.forgotten = codes;
        self
    }

    /// With the codes of refusals that say that a comment has its private reply already.
    #[must_use]
    pub const fn with_replied(mut self, codes: &'static [i64]) -> Self {
        self.replied = codes;
        self
    }

    /// As one that returns metadata with the echo.
    #[must_use]
    pub const fn with_metadata_echo(mut self) -> Self {
        self.echoes_metadata = true;
        self
    }

    /// With the platform's own apps in which staff writes.
    #[must_use]
    pub const fn with_staff_apps(mut self, ids: &'static [&'static str]) -> Self {
        self.staff_apps = ids;
        self
    }

    /// As one whose echoes name the app that sent them.
    #[must_use]
    pub const fn with_app_echo(mut self) -> Self {
        self.echoes_app = true;
        self
    }

    /// As one that reports deliveries.
    #[must_use]
    pub const fn with_delivery_reports(mut self) -> Self {
        self.reports_deliveries = true;
        self
    }

    /// As one of which only the newest messages of a conversation can be read back.
    #[must_use]
    pub const fn with_readable_history(mut self, newest: u32) -> Self {
        self.readable_history = Some(newest);
        self
    }

    /// As one whose list of conversations leaves some out.
    #[must_use]
    pub const fn with_hidden_conversations(mut self) -> Self {
        self.hides_conversations = true;
        self
    }

    /// With its rates.
    #[must_use]
    pub const fn with_rates(mut self, rates: &'static [RateRule]) -> Self {
        self.rates = rates;
        self
    }

    /// Whether a form is taken by a road at a time. Texts always are.
    pub fn can(&self, form: Form, road: &Road, at: DateTime<Utc>) -> Can {
        let plain = form == Form::Text || self.attachments.iter().any(|kind| Form::of(*kind) == form);
        if plain { Can::Yes } else { Ability::ask(self.abilities, form, road, at) }
    }

    /// The rule of a [code](rules::code) that holds at a time.
    pub fn rule(&self, code: &str, at: DateTime<Utc>) -> Option<&'static Rule> {
        rules::find(self.rules, code, at)
    }

    /// Whether an act opens the messaging window. What the table does not name opens nothing; of a platform without a table, what is written opens it.
    pub fn opens(&self, act: Act) -> bool {
        if self.openers.is_empty() {
            return act == Act::Message;
        }
        self.openers.iter().any(|opener| opener.act == act && opener.opens)
    }

    /// Whether a refusal with this code or subcode says that an uploaded file is not there any more.
    pub fn forgot(&self, code: i64, subcode: Option<i64>) -> bool {
        self.forgotten.iter().any(|forgotten| *forgotten == code || subcode == Some(*forgotten))
    }

    /// Whether a refusal with this code or subcode says that a comment has its private reply already, from wherever it was sent.
    pub fn says_replied(&self, code: i64, subcode: Option<i64>) -> bool {
        self.replied.iter().any(|replied| *replied == code || subcode == Some(*replied))
    }

    /// The form that an account may not use yet, if a refusal with this code or subcode says so.
    pub fn lesson(&self, code: i64, subcode: Option<i64>) -> Option<Form> {
        self.lessons.iter().find(|lesson| subcode == Some(lesson.code) || code == lesson.code).map(|lesson| lesson.form)
    }
}
