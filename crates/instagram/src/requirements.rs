//! What Instagram needs from the person who signs in.

use link_core::{Feature, Platform, Road};
use link_permissions::Requirement;

const BASIC: &str = "instagram_business_basic";
const MESSAGES: &str = "instagram_business_manage_messages";
const COMMENTS: &str = "instagram_business_manage_comments";

const fn by_login(feature: Feature, scopes: &'static [&'static str]) -> Requirement {
    Requirement::new(Platform::INSTAGRAM, Road::INSTAGRAM, feature, scopes)
}

const fn needs(feature: Feature, scopes: &'static [&'static str]) -> Requirement {
    Requirement::new(Platform::INSTAGRAM, Road::FACEBOOK, feature, scopes)
}

/// Which feature needs which permissions, on the road of an account that is linked to a Page and on that of Instagram Login, by Meta's
/// permissions reference, its table of webhook fields and the pages of the calls (2026).
///
/// Beside them the owner has to switch on "Allow access to messages" in Instagram, which no permission covers and no call tells. Answers
/// after the first day need the feature Human Agent, which a review gives to the app.
pub const REQUIREMENTS: &[Requirement] = &[
    needs(Feature::SIGN_IN, &["public_profile"]).on_request().with_purpose("know who signed in"),
    needs(Feature::LIST_ACCOUNTS, &["pages_show_list", "pages_read_engagement", "instagram_basic"])
        .with_optional(&["business_management"])
        .with_unbound(&["business_management"])
        .with_purpose("list the Instagram accounts you can choose from, also those whose Page is held by a business")
        .with_less("accounts are listed whose Page the person manages directly, or ticked in the dialog"),
    needs(
        Feature::RECEIVE,
        &["pages_show_list", "pages_manage_metadata", "pages_read_engagement", "instagram_basic", "instagram_manage_messages"],
    )
    .with_purpose("receive what people write to the Instagram account"),
    needs(Feature::SEND, &["pages_manage_metadata", "instagram_basic", "instagram_manage_messages"])
        .with_purpose("answer people who wrote to the Instagram account"),
    needs(Feature::HISTORY, &["pages_manage_metadata", "instagram_basic", "instagram_manage_messages"])
        .with_purpose("read the newest of the Instagram account's earlier messages"),
    needs(Feature::PROFILES, &["instagram_basic", "instagram_manage_messages"]).with_purpose("show people with their names and pictures"),
    needs(Feature::CONTACTS, &["pages_manage_metadata", "instagram_basic", "instagram_manage_messages"])
        .with_purpose("list everybody who wrote to the Instagram account"),
    needs(
        Feature::COMMENTS,
        &["pages_manage_metadata", "instagram_basic", "instagram_manage_comments", "instagram_manage_messages", "pages_messaging"],
    )
    .on_request()
    .with_purpose("read comments on the account's posts and answer each in private once"),
    needs(Feature::SHARE_POST, &["instagram_basic"])
        .on_request()
        .with_purpose("share a post or story of the account into a conversation of the Page"),
    needs(Feature::HUMAN_AGENT, &["pages_manage_metadata", "instagram_basic", "instagram_manage_messages"])
        .with_reviews(&["human_agent"])
        .with_purpose("let a person answer within seven days instead of one"),
    needs(Feature::SETTINGS, &["pages_manage_metadata", "instagram_basic", "instagram_manage_messages"])
        .with_purpose("keep the menu and the first questions of the Instagram account in one place"),
    needs(Feature::DELETION_NOTICES, &[]).with_purpose("be told when somebody takes the app out or wants to be forgotten"),
    by_login(Feature::SIGN_IN, &[BASIC]).with_purpose("know which account signed in"),
    by_login(Feature::LIST_ACCOUNTS, &[BASIC]).with_purpose("show which Instagram account you signed in with"),
    by_login(Feature::RECEIVE, &[BASIC, MESSAGES]).with_purpose("receive what people write to the Instagram account"),
    by_login(Feature::SEND, &[BASIC, MESSAGES]).with_purpose("answer people who wrote to the Instagram account"),
    by_login(Feature::HISTORY, &[BASIC, MESSAGES]).with_purpose("read the newest of the Instagram account's earlier messages"),
    by_login(Feature::PROFILES, &[BASIC, MESSAGES]).with_purpose("show people with their names and pictures"),
    by_login(Feature::CONTACTS, &[BASIC, MESSAGES]).with_purpose("list everybody who wrote to the Instagram account"),
    by_login(Feature::COMMENTS, &[BASIC, COMMENTS])
        .with_optional(&[MESSAGES])
        .on_request()
        .with_purpose("read comments on the account's posts and answer each in private once")
        .with_less("comments are read, and what people answer in private is not"),
    by_login(Feature::SHARE_POST, &[BASIC])
        .on_request()
        .with_purpose("share a post or story of the account into a conversation of the Page"),
    by_login(Feature::HUMAN_AGENT, &[BASIC, MESSAGES])
        .with_reviews(&["human_agent"])
        .with_purpose("let a person answer within seven days instead of one"),
    by_login(Feature::SETTINGS, &[BASIC, MESSAGES])
        .with_purpose("keep the menu and the first questions of the Instagram account in one place"),
    by_login(Feature::DELETION_NOTICES, &[]).with_purpose("be told when somebody takes the app out or wants to be forgotten"),
];

/// What the sign-in by Instagram Login asks for: everything of the table on that road that is not asked for only on request.
pub const LOGIN_SCOPES: &[&str] = &[BASIC, MESSAGES];

/// What the sign-in asks for when an account that is linked to a Page is to be linked: everything of the table that is not asked for only on
/// request, each once, what others depend on first.
pub const SCOPES: &[&str] = &[
    "pages_show_list",
    "pages_manage_metadata",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
    "business_management",
];
