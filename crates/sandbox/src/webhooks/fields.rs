//! Which fields exist on which object.

/// Fields that a Page can be subscribed to.
const PAGE: [&str; 44] = [
    "affiliation",
    "attire",
    "awards",
    "bio",
    "birthday",
    "business_integrity",
    "call_permission_reply",
    "call_settings_update",
    "calls",
    "category",
    "checkins",
    "conversations",
    "description",
    "email",
    "feed",
    "follow",
    "group_feed",
    "hours",
    "inbox_labels",
    "leadgen",
    "live_videos",
    "location",
    "mention",
    "message_context",
    "message_deliveries",
    "message_echoes",
    "message_edits",
    "message_mention",
    "message_reactions",
    "message_reads",
    "message_template_status_update",
    "messages",
    "messaging_account_linking",
    "messaging_appointments",
    "messaging_customer_information",
    "messaging_fblogin_account_linking",
    "messaging_feedback",
    "messaging_handovers",
    "messaging_in_thread_lead_form_submit",
    "messaging_integrity",
    "messaging_optins",
    "messaging_optouts",
    "messaging_policy_enforcement",
    "messaging_postbacks",
];
const MORE_PAGE: [&str; 21] = [
    "messaging_referrals",
    "name",
    "phone",
    "picture",
    "ratings",
    "response_feedback",
    "send_cart",
    "standby",
    "videos",
    "website",
    "agent_messages",
    "messaging_direct_sends",
    "messaging_checkout_updates",
    "messaging_game_plays",
    "messaging_payments",
    "messaging_pre_checkouts",
    "marketing_message_clicks",
    "marketing_message_deliveries",
    "marketing_message_delivery_failed",
    "marketing_message_echoes",
    "marketing_message_reads",
];

/// Fields of the Instagram object.
const INSTAGRAM: [&str; 24] = [
    "agent_messages",
    "comment_poll_response",
    "comments",
    "delta",
    "follow",
    "live_comments",
    "mentions",
    "message_edit",
    "message_reactions",
    "messages",
    "messaging_handover",
    "messaging_optins",
    "messaging_policy_enforcement",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "onboarding_welcome_message_series",
    "response_feedback",
    "share_to_story",
    "standby",
    "story_insights",
    "story_poll_response",
    "story_reactions",
    "message_echoes",
];
const MORE_LOGIN: [&str; 2] = ["creator_marketplace_projects", "creator_marketplace_invited_creator_onboarding"];

/// Whether an account can be subscribed to a field on its own road.
pub(crate) fn on_login(field: &str) -> bool {
    let linked_only = matches!(field, "messaging_policy_enforcement" | "response_feedback" | "story_insights" | "mentions");
    field == "message_echoes" || (INSTAGRAM.contains(&field) && !linked_only) || MORE_LOGIN.contains(&field)
}

/// Whether a Page can be subscribed to a field.
pub(crate) fn on_page(field: &str) -> bool {
    PAGE.contains(&field) || MORE_PAGE.contains(&field)
}

/// Whether an app can ask an object for a field.
pub(crate) fn on_object(object: &str, field: &str) -> bool {
    match object {
        "page" => on_page(field),
        "instagram" => INSTAGRAM.contains(&field) || MORE_LOGIN.contains(&field),
        // These objects name permissions and profile fields, which are open words.
        _ => true,
    }
}

/// Whether an app can subscribe to an object at all.
pub(crate) fn is_object(object: &str) -> bool {
    matches!(object, "page" | "instagram" | "permissions" | "user")
}
