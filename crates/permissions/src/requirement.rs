//! Which permissions a feature needs, as data that each platform contributes.

use chrono::{NaiveDate, TimeDelta};
use link_core::words::permission::Permission;
use link_core::{Feature, Platform, Road, Scope};

/// What one feature of one platform needs on one road. Built as a constant by the platform's crate.
///
/// ```
/// use link_core::{Feature, Platform, Road};
/// use link_permissions::Requirement;
///
/// const TABLE: &[Requirement] = &[
///     Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging", "pages_manage_metadata"])
///         .with_optional(&["business_management"])
///         .with_unbound(&["business_management"])
///         .with_purpose("answer people who wrote to the Page"),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// Of which platform.
    pub platform: Platform,
    /// On which road.
    pub road: Road,
    /// Which feature.
    pub feature: Feature,
    /// Without one of these, as the platform spells them, the feature is off.
    pub needs: &'static [&'static str],
    /// Without one of these the feature does less.
    pub optional: &'static [&'static str],
    /// Those of both lists whose targets name no account: `business_management` is given for businesses. Once given, they hold for every
    /// account, whatever they name.
    pub unbound: &'static [&'static str],
    /// What the platform's review must have given to the app besides, in words of this table: `human_agent`. No dialog asks for it.
    pub reviews: &'static [&'static str],
    /// True if a dialog asks for its permissions only where somebody wants the feature, so that nobody is asked for what is not used.
    pub on_request: bool,
    /// What the feature is for, in plain words that fit after "so that we can"; empty if nobody said.
    pub purpose: &'static str,
    /// What still works without the optional ones, as a fragment that fits after "what still works:"; empty if nobody said.
    pub without: &'static str,
}

impl Requirement {
    /// A feature that needs all of these; none at all if the slice is empty.
    pub const fn new(platform: Platform, road: Road, feature: Feature, needs: &'static [&'static str]) -> Self {
        Self { platform, road, feature, needs, optional: &[], unbound: &[], reviews: &[], on_request: false, purpose: "", without: "" }
    }

    /// With permissions without which it does less.
    #[must_use]
    pub const fn with_optional(mut self, scopes: &'static [&'static str]) -> Self {
        self.optional = scopes;
        self
    }

    /// With those of its permissions whose targets name no account.
    #[must_use]
    pub const fn with_unbound(mut self, scopes: &'static [&'static str]) -> Self {
        self.unbound = scopes;
        self
    }

    /// With what the platform's review must have given to the app.
    #[must_use]
    pub const fn with_reviews(mut self, reviews: &'static [&'static str]) -> Self {
        self.reviews = reviews;
        self
    }

    /// Asked for only where somebody wants the feature.
    #[must_use]
    pub const fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }

    /// With what still works without the optional permissions.
    #[must_use]
    pub const fn with_less(mut self, without: &'static str) -> Self {
        self.without = without;
        self
    }

    /// With what it is for: a fragment that fits after "so that we can".
    #[must_use]
    pub const fn with_purpose(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }
}

/// The table of all requirements, put together from those of several platforms, with what is known of the permissions themselves.
///
/// Several rows for the same platform, road and feature add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    rows: Vec<Requirement>,
    known: Vec<Permission>,
    wanted: Vec<Feature>,
}

impl Requirements {
    /// An empty table: no feature is known, so every one is refused.
    pub const fn new() -> Self {
        Self { rows: Vec::new(), known: Vec::new(), wanted: Vec::new() }
    }

    /// With the rows of another platform.
    #[must_use]
    pub fn with(mut self, rows: &[Requirement]) -> Self {
        self.rows.extend_from_slice(rows);
        self
    }

    /// With what is known of permissions.
    #[must_use]
    pub fn knowing(mut self, permissions: &[Permission]) -> Self {
        self.known.extend_from_slice(permissions);
        self
    }

    /// With features that are wanted though they are asked for only on request: every dialog asks for what they need.
    #[must_use]
    pub fn wanting(mut self, features: &[Feature]) -> Self {
        self.wanted.extend_from_slice(features);
        self
    }

    /// True if every dialog asks for what a row needs.
    pub(crate) fn asks_for(&self, row: &Requirement) -> bool {
        !row.on_request || self.wanted.contains(&row.feature)
    }

    /// The rows of one platform and road, in the order in which they were contributed.
    pub fn rows<'a>(&'a self, platform: &'a Platform, road: &'a Road) -> impl Iterator<Item = &'a Requirement> {
        self.rows.iter().filter(move |row| row.platform == *platform && row.road == *road)
    }

    /// All rows.
    pub(crate) fn all(&self) -> &[Requirement] {
        &self.rows
    }

    /// What is known of a permission; `None` for one that nobody described. Old tokens come with names that nobody uses any more.
    pub fn permission(&self, scope: &Scope) -> Option<&Permission> {
        self.known.iter().find(|known| known.name == scope.as_str())
    }

    /// What a permission lets a program do, in plain words that fit after "it lets this program"; empty for one that nobody described.
    pub fn meaning(&self, scope: &Scope) -> &'static str {
        self.permission(scope).map_or("", |known| known.meaning)
    }

    /// What every dialog asks for when these platforms are to be linked by this road: everything needed or optional, each once, without what
    /// is asked for only on request and [wanted](Self::wanting) by nobody.
    ///
    /// Only the platforms that are meant: asking for a permission that the app has no use for ends in an error page of the dialog.
    pub fn scopes(&self, road: &Road, platforms: &[Platform]) -> Vec<Scope> {
        let mut scopes = Vec::new();
        let on_road = self.rows.iter().filter(|row| row.road == *road && platforms.contains(&row.platform));
        for row in on_road.filter(|row| self.asks_for(row)) {
            for scope in row.needs.iter().chain(row.optional).copied().map(Scope::known) {
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
        scopes
    }

    /// Permissions of the table which the platform has announced the end of, and which end within a time or have ended: each once, the
    /// earliest first.
    pub fn ending(&self, on: NaiveDate, within: TimeDelta) -> Vec<&Permission> {
        let used = |known: &Permission| self.rows.iter().any(|row| row.needs.iter().chain(row.optional).any(|word| *word == known.name));
        let mut ending: Vec<&Permission> =
            self.known.iter().filter(|known| known.ends.is_some_and(|end| end - on <= within) && used(known)).collect();
        ending.sort_by_key(|known| (known.ends, known.name));
        ending.dedup_by_key(|known| known.name);
        ending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSENGER: &[Requirement] = &[
        Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::RECEIVE, &["pages_messaging", "pages_manage_metadata"]),
        Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging"]).with_optional(&["business_management"]),
    ];
    const INSTAGRAM: &[Requirement] = &[
        Requirement::new(Platform::INSTAGRAM, Road::FACEBOOK, Feature::SEND, &["instagram_manage_messages"]),
        Requirement::new(Platform::INSTAGRAM, Road::INSTAGRAM, Feature::SEND, &["instagram_business_manage_messages"]),
    ];

    #[test]
    fn a_dialog_for_one_platform_does_not_ask_for_permissions_of_the_other() {
        let table = Requirements::new().with(MESSENGER).with(INSTAGRAM);
        let words = |scopes: Vec<Scope>| scopes.iter().map(|scope| scope.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(
            words(table.scopes(&Road::FACEBOOK, &[Platform::MESSENGER])),
            ["pages_messaging", "pages_manage_metadata", "business_management"]
        );
        assert_eq!(words(table.scopes(&Road::INSTAGRAM, &[Platform::INSTAGRAM])), ["instagram_business_manage_messages"]);
        assert!(table.scopes(&Road::INSTAGRAM, &[Platform::MESSENGER]).is_empty());
    }

    #[test]
    fn what_is_asked_only_on_request_widens_no_other_dialog() {
        const COMMENTS: &[Requirement] =
            &[Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::COMMENTS, &["pages_messaging", "pages_read_user_content"])
                .on_request()];
        let (alone, with) = (Requirements::new().with(MESSENGER), Requirements::new().with(MESSENGER).with(COMMENTS));
        let platforms = [Platform::MESSENGER];
        assert_eq!(with.scopes(&Road::FACEBOOK, &platforms), alone.scopes(&Road::FACEBOOK, &platforms));
        let wider = with.clone().wanting(&[Feature::COMMENTS]).scopes(&Road::FACEBOOK, &platforms);
        assert_eq!(wider.iter().map(Scope::as_str).filter(|word| *word == "pages_read_user_content").count(), 1);
        assert_eq!(wider.len(), alone.scopes(&Road::FACEBOOK, &platforms).len() + 1);
    }

    #[test]
    fn an_end_is_announced_ahead_for_what_is_used_and_for_nothing_else() {
        const KNOWN: &[Permission] = &[
            Permission::new("pages_messaging", "read and answer").ended(2027, 3, 1).renamed("pages_talk"),
            Permission::new("manage_pages", "do everything").ended(2020, 12, 1),
            Permission::new("pages_manage_metadata", "be told"),
        ];
        let table = Requirements::new().with(MESSENGER).knowing(KNOWN);
        let on = |month| NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
        assert!(table.ending(on(8), TimeDelta::days(180)).is_empty(), "announced too early");
        assert_eq!(table.ending(on(11), TimeDelta::days(180)), [&KNOWN[0]]);
        assert_eq!(table.ending(NaiveDate::from_ymd_opt(2028, 1, 1).unwrap(), TimeDelta::days(180)), [&KNOWN[0]], "an end is forgotten");
        assert_eq!((table.meaning(&Scope::known("pages_manage_metadata")), table.meaning(&Scope::known("new"))), ("be told", ""));
    }
}
