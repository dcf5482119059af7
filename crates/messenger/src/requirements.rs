//! What Messenger needs from the person who signs in.

use link_core::{Feature, Platform, Road};
use link_permissions::Requirement;

const fn needs(feature: Feature, scopes: &'static [&'static str]) -> Requirement {
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, feature, scopes)
}

/// Which feature needs which permissions, by Meta's permissions reference and the pages of the calls (2026).
///
/// Names of people need besides that the feature Business Asset User Profile Access, and answers after the first day the feature Human Agent.
/// Both are given to the app by a review and asked for in no dialog.
///
/// What is only asked for on request keeps dialogs narrow: comments need permissions that nobody grants gladly who only wants messages.
/// `public_profile` comes with every sign-in without being asked for.
pub const REQUIREMENTS: &[Requirement] = &[
    needs(Feature::SIGN_IN, &["public_profile"]).on_request().with_purpose("know who signed in"),
    needs(Feature::LIST_ACCOUNTS, &["pages_show_list"])
        .with_optional(&["business_management"])
        .with_unbound(&["business_management"])
        .with_purpose("list the Pages you can choose from, also those held by a business")
        .with_less("Pages that the person manages directly, or ticked in the dialog, are listed"),
    needs(Feature::RECEIVE, &["pages_show_list", "pages_manage_metadata", "pages_messaging"])
        .with_purpose("receive what people write to the Page"),
    needs(Feature::SEND, &["pages_messaging"]).with_purpose("answer people who wrote to the Page"),
    needs(Feature::HISTORY, &["pages_manage_metadata", "pages_read_engagement", "pages_messaging"])
        .with_purpose("read the Page's earlier conversations"),
    needs(Feature::PROFILES, &["pages_messaging"])
        .with_reviews(&["business_asset_user_profile_access"])
        .with_purpose("show people with their names"),
    needs(Feature::CONTACTS, &["pages_manage_metadata", "pages_read_engagement", "pages_messaging"])
        .with_purpose("list everybody who wrote to the Page"),
    needs(Feature::COMMENTS, &["pages_manage_metadata", "pages_read_engagement", "pages_read_user_content", "pages_messaging"])
        .with_optional(&["pages_manage_engagement"])
        .on_request()
        .with_purpose("read comments on the Page and answer each in private once")
        .with_less("comments are read and answered in private, not in public"),
    needs(Feature::HUMAN_AGENT, &["pages_messaging"])
        .with_reviews(&["human_agent"])
        .with_purpose("let a person answer within seven days instead of one"),
    // The post is the Instagram account's, the conversation the Page's: one permission names the account and the other the Page.
    needs(Feature::SHARE_POST, &["pages_messaging", "instagram_basic"])
        .with_unbound(&["instagram_basic"])
        .on_request()
        .with_purpose("share a post or story of your own Instagram account into a conversation of the Page"),
    needs(Feature::SETTINGS, &["pages_manage_metadata", "pages_messaging"])
        .with_purpose("keep the greeting, the menu and the first questions of the Page in one place"),
    needs(Feature::DELETION_NOTICES, &[]).with_purpose("be told when somebody takes the app out or wants to be forgotten"),
];

/// What the sign-in asks for when a Page is to be linked: everything of the table that is not asked for only on request, each once, what
/// others depend on first.
pub const SCOPES: &[&str] =
    &["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "pages_messaging", "business_management"];
