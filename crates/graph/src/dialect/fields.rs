//! Which webhook fields are asked for. The spelling differs from object to object.

/// What is asked of a Page for Messenger. From the Page's `subscribed_fields` in Meta's own specification (April 2026).
pub(super) const PAGE: &[&str] = &[
    "messages",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_account_linking",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "response_feedback",
    "standby",
];

/// What is asked of a Page too, and done without where Meta refuses it: a word on how well the Page keeps to the rules. Meta's specification has
/// the field, and no page says what it tells; it is kept as it comes.
pub(super) const PAGE_WISHES: &[&str] = &["messaging_integrity"];

/// What is asked of a Page besides where its owner wants comments. They bring all that happens to posts; what is no comment is kept as it comes.
pub(super) const PAGE_COMMENTS: &[&str] = &["feed", "mention"];

/// What is asked of a Page so that its Instagram account is told about.
///
/// Which Instagram fields are told is settled for the whole app; the Page must only be subscribed to any field at all, and refuses the
/// names of Instagram's own. This one brings nothing by itself: it tells of survey templates, which are not sent from here.
pub(super) const PAGE_FOR_INSTAGRAM: &[&str] = &["messaging_feedback"];

/// The objects of which the app is told by this road, each with its own spelling.
pub(crate) const OBJECTS: &[(&str, &[&str])] = &[("page", APP_PAGE), ("instagram", INSTAGRAM), ("permissions", PERMISSIONS)];

/// What a person granted or took back in Meta's own settings. Its fields are the permissions that are asked for here, and the whole app.
const PERMISSIONS: &[&str] = &[
    "connected",
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_manage_messages",
    "business_management",
];

/// The permissions for comments, of which it is asked for too; Meta's list of these fields is written down nowhere.
const PERMISSION_WISHES: &[&str] = &["pages_read_user_content", "pages_manage_engagement", "instagram_manage_comments"];

/// A field is told for a Page only if the app and the Page are both subscribed to it.
const APP_PAGE: &[&str] = &[
    "messages",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_account_linking",
    "messaging_handovers",
    "messaging_policy_enforcement",
    "messaging_feedback",
    "response_feedback",
    "standby",
    "feed",
    "mention",
];

/// Echoes come within `messages` here, and there are no deliveries. One announcement serves both roads: `messaging_optins` is told on that of
/// Instagram Login alone, the policy, the feedback and the mentions on that of Facebook Login. Comments are told only of accounts that granted it;
/// nothing that comes of others is kept.
const INSTAGRAM: &[&str] = &[
    "messages",
    "message_edit",
    "message_reactions",
    "messaging_seen",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_handover",
    "messaging_optins",
    "messaging_policy_enforcement",
    "response_feedback",
    "standby",
    "comments",
    "live_comments",
    "mentions",
];

/// What is asked of an account that is reached by Instagram Login, from Meta's table of fields and permissions. Meta's pages doubt whether a
/// single account can choose: it may get every field that the app is subscribed to.
pub(super) const INSTAGRAM_LOGIN: &[&str] = &[
    "messages",
    "message_edit",
    "message_reactions",
    "messaging_seen",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_handover",
    "messaging_optins",
    "standby",
];

/// What is asked of such an account besides where its owner wants comments. Mentions come among the comments here.
pub(super) const LOGIN_COMMENTS: &[&str] = &["comments", "live_comments"];

/// Echoes of Instagram Login. Meta's table of fields lists this one, its specification does not, and its examples show echoes within
/// `messages`; under which permission it would stand is said twice, differently. So it is asked for where Instagram is concerned, and done
/// without where Meta refuses it: then there is no such field, and echoes come within `messages`.
pub(super) const ECHOES: &str = "message_echoes";

/// What is announced of an object too, and done without where Meta refuses it.
pub(super) fn wishes(object: &str) -> &'static [&'static str] {
    match object {
        "page" => PAGE_WISHES,
        "permissions" => PERMISSION_WISHES,
        "instagram" => &[ECHOES],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ending_one_platforms_part_of_a_subscription_leaves_the_others() {
        assert!(PAGE.iter().chain(PAGE_COMMENTS).chain(PAGE_WISHES).all(|field| !PAGE_FOR_INSTAGRAM.contains(field)));
    }

    #[test]
    fn whatever_a_page_is_subscribed_to_the_app_is_told() {
        assert!(PAGE.iter().chain(PAGE_COMMENTS).chain(PAGE_FOR_INSTAGRAM).all(|field| APP_PAGE.contains(field)));
    }

    #[test]
    fn whatever_an_account_of_either_road_is_subscribed_to_the_app_is_told() {
        assert!(INSTAGRAM_LOGIN.iter().chain(LOGIN_COMMENTS).all(|field| INSTAGRAM.contains(field)));
    }

    /// Or what a field brings besides comments would be kept of an account whose owner granted none.
    #[test]
    fn whatever_is_subscribed_to_for_comments_is_known_as_telling_of_them() {
        let subscribed = PAGE_COMMENTS.iter().chain(LOGIN_COMMENTS).chain(&["mentions"]);
        assert!(subscribed.clone().all(|field| crate::decode::COMMENT_FIELDS.contains(field)));
        assert_eq!(subscribed.count(), crate::decode::COMMENT_FIELDS.len());
    }

    #[test]
    fn the_spelling_of_one_object_is_not_used_for_the_other() {
        for page in ["message_edits", "message_reads", "message_deliveries", "message_echoes", "messaging_referrals", "messaging_handovers"]
        {
            assert!(PAGE.contains(&page) && !INSTAGRAM.contains(&page), "{page}");
        }
        for instagram in ["message_edit", "messaging_seen", "messaging_referral", "messaging_handover"] {
            assert!(INSTAGRAM.contains(&instagram) && !APP_PAGE.contains(&instagram), "{instagram}");
        }
    }
}
