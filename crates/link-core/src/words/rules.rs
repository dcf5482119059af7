//! Rules of a platform as data: what each says, from when until when it holds, and where that stands.
//!
//! A platform's crate lists its rules in a table; policies refuse by the code of one of them, and whoever shows a refusal finds the sentence
//! and its source by [`find`].

use chrono::{DateTime, NaiveDate, Utc};

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The page, as an address or as its title.
    pub page: &'static str,
    /// The page's own date where it has one, else when it was read: `2026-03-23`, or `2026-03` where only the month is known.
    pub date: &'static str,
}

impl Source {
    /// A page and its date.
    pub const fn new(page: &'static str, date: &'static str) -> Self {
        Self { page, date }
    }
}

/// One rule of a platform. Built as a constant by the platform's crate.
///
/// ```
/// use link_core::words::rules::{Rule, Source};
///
/// const PAGE: Source = Source::new("https://platform.example/tags", "2026-04-27");
/// const RETIRED: Rule = Rule::new("tag.retired", "three former tags are refused", PAGE).since(2026, 4, 27);
/// assert!(!RETIRED.holds("2026-04-26T23:59:59Z".parse().unwrap()));
/// assert!(RETIRED.holds("2026-04-27T00:00:00Z".parse().unwrap()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// A stable word; those that policies of this workspace go by are in [`code`].
    pub code: &'static str,
    /// What it says, as one plain sentence without a full stop.
    pub says: &'static str,
    /// The first day on which it holds; `None` if it held before anybody looked.
    pub since: Option<NaiveDate>,
    /// The first day on which it holds no longer; `None` if no end is known.
    pub until: Option<NaiveDate>,
    /// Where that stands.
    pub source: Source,
}

impl Rule {
    /// A rule that holds whenever it is asked.
    pub const fn new(code: &'static str, says: &'static str, source: Source) -> Self {
        Self { code, says, since: None, until: None, source }
    }

    /// From this day on. A date that the calendar does not have is none.
    #[must_use]
    pub const fn since(mut self, year: i32, month: u32, day: u32) -> Self {
        self.since = NaiveDate::from_ymd_opt(year, month, day);
        self
    }

    /// Up to the day before this one. A date that the calendar does not have is none.
    #[must_use]
    pub const fn until(mut self, year: i32, month: u32, day: u32) -> Self {
        self.until = NaiveDate::from_ymd_opt(year, month, day);
        self
    }

    /// Whether it holds at a time. Days are taken in UTC: platforms name days without a zone.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        holds(self.since, self.until, at)
    }
}

/// Whether a time lies in a stretch of days, from the first on and before the second.
pub(crate) fn holds(since: Option<NaiveDate>, until: Option<NaiveDate>, at: DateTime<Utc>) -> bool {
    let day = at.date_naive();
    since.is_none_or(|since| day >= since) && until.is_none_or(|until| day < until)
}

/// The rule of a code that holds at a time.
pub fn find<'a>(rules: &'a [Rule], code: &str, at: DateTime<Utc>) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.code == code && rule.holds(at))
}

/// Codes that refusals of this workspace name.
pub mod code {
    /// The standard window.
    pub const WINDOW: &str = "window.standard";
    /// The longer window, for people only.
    pub const HUMAN_AGENT: &str = "window.human_agent";
    /// What is taken within the standard window only, whoever wrote it.
    pub const STANDARD_ONLY: &str = "window.standard_only";
    /// That a person, and no program, wrote it.
    pub const BY_HAND: &str = "window.by_hand";
    /// What a private reply is sent for is known here.
    pub const REPLY_KNOWN: &str = "private_reply.known";
    /// One private reply only.
    pub const REPLY_ONCE: &str = "private_reply.once";
    /// How long a comment may be answered in private.
    pub const REPLY_DAYS: &str = "private_reply.days";
    /// To a live comment only while it is live.
    pub const REPLY_LIVE: &str = "private_reply.live";
    /// What a private reply may carry.
    pub const REPLY_CONTENT: &str = "private_reply.content";
    /// Something has to be in it.
    pub const EMPTY: &str = "content.empty";
    /// The longest text.
    pub const TEXT: &str = "content.text";
    /// What comes back with the echo.
    pub const METADATA: &str = "content.metadata";
    /// Which forms of message there are.
    pub const FORM: &str = "content.form";
    /// How many attachments go together.
    pub const TOGETHER: &str = "attachments.together";
    /// Which attachments go together.
    pub const MIX: &str = "attachments.mix";
    /// What an address may be.
    pub const ADDRESS: &str = "attachments.address";
    /// Which formats are taken.
    pub const FORMAT: &str = "attachments.format";
    /// How large a file may be.
    pub const SIZE: &str = "attachments.size";
    /// How a file may be called.
    pub const NAME: &str = "attachments.name";
    /// How long an uploaded file is kept.
    pub const UPLOAD_DAYS: &str = "attachments.days";
    /// Answers to choose from.
    pub const CHOICES: &str = "content.quick_replies";
    /// Templates and their buttons.
    pub const TEMPLATE: &str = "content.template";
    /// Posts and stories that are shared.
    pub const SHARED: &str = "content.shared";
    /// Reactions.
    pub const REACTION: &str = "content.reaction";
    /// Who owns the conversation.
    pub const OWNER: &str = "routing.owner";
    /// What a single account may not use yet.
    pub const ACCOUNT: &str = "account.feature";
    /// What the platform holds against the account.
    pub const RESTRICTED: &str = "account.restricted";
    /// Tags that are over.
    pub const TAG: &str = "tag.retired";

    /// All of them: a platform's table has a row for each that can be met there.
    pub const ALL: &[&str] = &[
        WINDOW,
        HUMAN_AGENT,
        STANDARD_ONLY,
        BY_HAND,
        REPLY_KNOWN,
        REPLY_ONCE,
        REPLY_DAYS,
        REPLY_LIVE,
        REPLY_CONTENT,
        EMPTY,
        TEXT,
        METADATA,
        FORM,
        TOGETHER,
        MIX,
        ADDRESS,
        FORMAT,
        SIZE,
        NAME,
        UPLOAD_DAYS,
        CHOICES,
        TEMPLATE,
        SHARED,
        REACTION,
        OWNER,
        ACCOUNT,
        RESTRICTED,
        TAG,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Source = Source::new("a page", "2026-06");

    #[test]
    fn a_rule_holds_from_the_first_second_of_its_first_day_to_the_last_before_its_end() {
        let rule = Rule::new("r", "says", PAGE).since(2026, 2, 1).until(2026, 3, 1);
        for (at, holds) in [
            ("2026-01-31T23:59:59Z", false),
            ("2026-02-01T00:00:00Z", true),
            ("2026-02-28T23:59:59Z", true),
            ("2026-03-01T00:00:00Z", false),
        ] {
            assert_eq!(rule.holds(at.parse().unwrap()), holds, "{at}");
        }
    }

    #[test]
    fn of_two_rows_of_a_code_the_one_of_the_day_is_found() {
        let rows = [Rule::new("r", "before", PAGE).until(2026, 3, 1), Rule::new("r", "after", PAGE).since(2026, 3, 1)];
        let says = |at: &str| find(&rows, "r", at.parse().unwrap()).map(|rule| rule.says);
        assert_eq!((says("2026-02-28T12:00:00Z"), says("2026-03-01T12:00:00Z")), (Some("before"), Some("after")));
        assert_eq!(find(&rows, "other", "2026-02-28T12:00:00Z".parse().unwrap()), None);
    }

    #[test]
    fn no_two_codes_are_the_same() {
        let mut codes = code::ALL.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), code::ALL.len());
    }
}
