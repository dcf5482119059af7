//! Which permissions a feature needs, as data that each platform contributes.

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
    /// What the feature is for, in plain words that fit after "so that we can"; empty if nobody said.
    pub purpose: &'static str,
}

impl Requirement {
    /// A feature that needs all of these; none at all if the slice is empty.
    pub const fn new(platform: Platform, road: Road, feature: Feature, needs: &'static [&'static str]) -> Self {
        Self { platform, road, feature, needs, optional: &[], unbound: &[], purpose: "" }
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

    /// With what it is for: a fragment that fits after "so that we can".
    #[must_use]
    pub const fn with_purpose(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }
}

/// The table of all requirements, put together from those of several platforms.
///
/// Several rows for the same platform, road and feature add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements(Vec<Requirement>);

impl Requirements {
    /// An empty table: no feature is known, so every one is refused.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// With the rows of another platform.
    #[must_use]
    pub fn with(mut self, rows: &[Requirement]) -> Self {
        self.0.extend_from_slice(rows);
        self
    }

    /// The rows of one platform and road, in the order in which they were contributed.
    pub fn rows<'a>(&'a self, platform: &'a Platform, road: &'a Road) -> impl Iterator<Item = &'a Requirement> {
        self.0.iter().filter(move |row| row.platform == *platform && row.road == *road)
    }

    /// All rows.
    pub(crate) fn all(&self) -> &[Requirement] {
        &self.0
    }

    /// What to ask for when these platforms are to be linked by this road: everything needed or optional, each once.
    ///
    /// Only the platforms that are meant: asking for a permission that the app has no use for ends in an error page of the dialog.
    pub fn scopes(&self, road: &Road, platforms: &[Platform]) -> Vec<Scope> {
        let mut scopes = Vec::new();
        for row in self.0.iter().filter(|row| row.road == *road && platforms.contains(&row.platform)) {
            for scope in row.needs.iter().chain(row.optional).copied().map(Scope::known) {
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
        scopes
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
}
