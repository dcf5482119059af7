//! What Messenger needs from the person who signs in.

use link_core::{Feature, Platform, Road};
use link_permissions::Requirement;

const fn needs(feature: Feature, scopes: &'static [&'static str]) -> Requirement {
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, feature, scopes)
}

/// Which feature needs which permissions, by Meta's permissions reference and the pages of the calls (2026).
///
/// Names of people need besides that the feature Business Asset User Profile Access, which is given to the app and not asked for in a
/// dialog.
pub const REQUIREMENTS: &[Requirement] = &[
    needs(Feature::LIST_ACCOUNTS, &["pages_show_list"])
        .with_optional(&["business_management"])
        .with_unbound(&["business_management"])
        .with_purpose("list the Pages you can choose from, also those held by a business"),
    needs(Feature::RECEIVE, &["pages_show_list", "pages_manage_metadata", "pages_messaging"])
        .with_purpose("receive what people write to the Page"),
    needs(Feature::SEND, &["pages_messaging"]).with_purpose("answer people who wrote to the Page"),
    needs(Feature::HISTORY, &["pages_manage_metadata", "pages_read_engagement", "pages_messaging"])
        .with_purpose("read the Page's earlier conversations"),
    needs(Feature::PROFILES, &["pages_messaging"]).with_purpose("show people with their names"),
];

/// What the sign-in asks for when a Page is to be linked: everything of the table, each once, what others depend on first.
pub const SCOPES: &[&str] =
    &["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging", "business_management"];
