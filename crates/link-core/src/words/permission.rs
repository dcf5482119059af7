//! What is known of a platform's permissions, as data: what each lets a program do, and when one ends.

use chrono::NaiveDate;

use super::platform::Scope;

/// One permission, for people to read about. Built as a constant by whoever knows the platform.
///
/// ```
/// use link_core::words::permission::Permission;
///
/// const TABLE: &[Permission] = &[
///     Permission::new("pages_messaging", "read and answer the Page's conversations"),
///     Permission::new("business_basic", "see the Instagram account").ended(2025, 1, 27).renamed("instagram_business_basic"),
/// ];
/// assert_eq!(TABLE[1].ends.unwrap().to_string(), "2025-01-27");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permission {
    /// As the platform spells it.
    pub name: &'static str,
    /// What it lets a program do, in plain words that fit after "it lets this program".
    pub meaning: &'static str,
    /// The first day on which the platform does not take it any more, where one was announced.
    pub ends: Option<NaiveDate>,
    /// What it is called from that day on, or what takes its place.
    pub becomes: Option<&'static str>,
}

impl Permission {
    /// A permission that nobody announced the end of.
    pub const fn new(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, ends: None, becomes: None }
    }

    /// With the first day on which it is not taken any more. A date that the calendar does not have is none.
    #[must_use]
    pub const fn ended(mut self, year: i32, month: u32, day: u32) -> Self {
        self.ends = NaiveDate::from_ymd_opt(year, month, day);
        self
    }

    /// With what takes its place.
    #[must_use]
    pub const fn renamed(mut self, becomes: &'static str) -> Self {
        self.becomes = Some(becomes);
        self
    }

    /// The permission as a word.
    pub const fn scope(&self) -> Scope {
        Scope::known(self.name)
    }
}
