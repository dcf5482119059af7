//! Every event that a webhook can tell of, and what causes it here.

use crate::webhooks::events::Kind;
use crate::world::settings::Quirks;
use crate::world::talk::{Platform, Road};

/// The cause of what nothing in this world does by itself.
pub(super) const EVENTS: &str = "events";

const BOTH: &[Road] = &[Road::Facebook, Road::Instagram];
const FACEBOOK: &[Road] = &[Road::Facebook];
const INSTAGRAM: &[Road] = &[Road::Instagram];

/// One of them.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) object: &'static str,
    /// The roads on which it is told.
    pub(super) roads: &'static [Road],
    /// Its field: by kind, or as the whole word for what is no event of a conversation.
    pub(super) field: Field,
    /// `messaging`, `standby`, `changes`, `flat`, or `signed_request` for what is posted as a form.
    pub(super) channel: &'static str,
    /// Which of the sandbox's calls brings it about.
    pub(super) cause: &'static str,
}

/// Which field an event belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Of(Kind),
    Named(&'static str),
    None,
}

impl Entry {
    /// The network it is told of; `None` for what concerns people.
    pub(super) fn platform(&self) -> Option<Platform> {
        match self.object {
            "page" => Some(Platform::Messenger),
            "instagram" => Some(Platform::Instagram),
            _ => None,
        }
    }

    /// The field's name on a road.
    pub(super) fn field(&self, road: Road, quirks: &Quirks) -> Option<&'static str> {
        match (self.field, self.platform()) {
            (Field::Of(_), _) if self.channel == "standby" => Some("standby"),
            (Field::Of(kind), Some(platform)) => kind.field(platform, road, quirks),
            (Field::Named(name), _) => Some(name),
            _ => None,
        }
    }
}

const fn entry(
    name: &'static str,
    object: &'static str,
    roads: &'static [Road],
    field: Field,
    channel: &'static str,
    cause: &'static str,
) -> Entry {
    Entry { name, object, roads, field, channel, cause }
}

/// A messaging item of a Page.
const fn page(name: &'static str, kind: Kind, cause: &'static str) -> Entry {
    entry(name, "page", FACEBOOK, Field::Of(kind), "messaging", cause)
}

/// A messaging item of an Instagram account, on both roads.
const fn direct(name: &'static str, kind: Kind, cause: &'static str) -> Entry {
    entry(name, "instagram", BOTH, Field::Of(kind), "messaging", cause)
}

impl Entry {
    /// The same, told otherwise than among the messaging items.
    const fn through(mut self, channel: &'static str) -> Self {
        self.channel = channel;
        self
    }

    /// The same, on these roads only.
    const fn on(mut self, roads: &'static [Road]) -> Self {
        self.roads = roads;
        self
    }
}

/// Everything about Pages.
const PAGE: &[Entry] = &[
    page("page_message_text", Kind::Message, "customers/{id}/messages: text"),
    page("page_message_quick_reply", Kind::Message, "customers/{id}/messages: text, quick_reply"),
    page("page_message_reply_to", Kind::Message, "customers/{id}/messages: text, reply_to"),
    page("page_message_image", Kind::Message, "customers/{id}/messages: attachments image"),
    page("page_message_video", Kind::Message, "customers/{id}/messages: attachments video"),
    page("page_message_audio", Kind::Message, "customers/{id}/messages: attachments audio"),
    page("page_message_file", Kind::Message, "customers/{id}/messages: attachments file"),
    page(
        "page_message_sticker_transition",
        Kind::Message,
        "customers/{id}/messages: attachments sticker, while the clock is between 1 June and 30 August 2026",
    ),
    page("page_message_sticker", Kind::Message, "customers/{id}/messages: attachments sticker"),
    page("page_message_reel", Kind::Message, "customers/{id}/messages: attachments ig_reel or reel"),
    page("page_message_post", Kind::Message, "customers/{id}/messages: attachments post"),
    page("page_message_fallback", Kind::Message, "customers/{id}/messages: attachments fallback"),
    page("page_message_fallback_legacy", Kind::Message, EVENTS),
    page("page_message_location", Kind::Message, "customers/{id}/messages: attachments location"),
    page("page_message_appointment_booking", Kind::Message, "customers/{id}/messages: attachments appointment_booking"),
    page("page_message_product_template", Kind::Message, "customers/{id}/messages: attachments template"),
    page("page_message_ad_referral", Kind::Message, "customers/{id}/messages: text, referral with source ADS"),
    page("page_message_shop_referral", Kind::Message, EVENTS),
    page("page_message_commands", Kind::Message, EVENTS),
    page("page_message_is_deleted", Kind::Message, "customers/{id}/actions: unsend"),
    page("page_message_is_unsupported", Kind::Message, "customers/{id}/messages: unsupported"),
    page("page_message_prior_message", Kind::Message, EVENTS),
    page("page_message_lead_summary", Kind::Message, EVENTS),
    page("page_echo_text", Kind::Echo, "POST /{page}/messages"),
    page("page_echo_inbox_reply", Kind::Echo, "staff/{account}/messages: text, reply_to"),
    page("page_echo_template_standby", Kind::Echo, "POST /{page}/messages: a template, by the app that has the conversation")
        .through("standby"),
    page("page_message_edits", Kind::Edit, "customers/{id}/actions: edit"),
    page("page_message_reactions_react", Kind::Reaction, "customers/{id}/actions: react"),
    page("page_message_reactions_unreact", Kind::Reaction, "customers/{id}/actions: unreact"),
    page("page_message_deliveries", Kind::Delivery, "POST /{page}/messages"),
    page("page_message_reads", Kind::Read, "customers/{id}/actions: read"),
    page("page_postback", Kind::Postback, "customers/{id}/actions: postback"),
    page("page_postback_user_ref", Kind::Postback, EVENTS),
    page("page_postback_standby", Kind::Postback, "customers/{id}/actions: postback, while another app has the conversation")
        .through("standby"),
    page("page_referral_shortlink", Kind::Referral, "customers/{id}/messages: referral alone"),
    page("page_referral_ads", Kind::Referral, "customers/{id}/messages: referral alone with source ADS"),
    page("page_referral_lead_complete", Kind::Referral, EVENTS),
    page("page_optin_plugin", Kind::Optin, "customers/{id}/actions: optin"),
    page("page_optin_user_ref", Kind::Optin, "customers/{id}/actions: optin of kind user_ref"),
    page("page_optin_notification_messages", Kind::Optin, "customers/{id}/actions: optin of kind notification_messages"),
    page("page_optin_one_time", Kind::Optin, "customers/{id}/actions: optin of kind one_time_notif_req"),
    page("page_account_linking_linked", Kind::AccountLinking, "customers/{id}/actions: link_account, then again with payload"),
    page("page_account_linking_unlinked", Kind::AccountLinking, "customers/{id}/actions: unlink_account"),
    page("page_pass_thread_control", Kind::Handover, "POST /{page}/pass_thread_control"),
    page("page_take_thread_control", Kind::Handover, "staff/{account}/messages, while an app has the conversation"),
    page("page_request_thread_control", Kind::Handover, "POST /{page}/request_thread_control"),
    page("page_app_roles", Kind::Handover, EVENTS),
    page("page_standby_message", Kind::Message, "customers/{id}/messages: text, while another app has the conversation").through("standby"),
    page("page_policy_enforcement", Kind::Policy, "people/{id}/actions: restrict"),
    page("page_policy_unblock", Kind::Policy, "people/{id}/actions: undo, after restrict"),
    page("page_policy_warning", Kind::Policy, EVENTS),
    page("page_response_feedback", Kind::ResponseFeedback, EVENTS),
    page("page_messaging_feedback", Kind::Feedback, EVENTS),
    page("page_messaging_customer_information", Kind::Information, EVENTS),
    page("page_send_cart", Kind::Cart, EVENTS),
    page("page_game_play", Kind::GamePlay, EVENTS),
    page("page_payment", Kind::Payment, EVENTS),
    page("page_checkout_update", Kind::Checkout, EVENTS),
    page("page_pre_checkout", Kind::PreCheckout, EVENTS),
    page("page_changes_feed_comment", Kind::Comment, "customers/{id}/actions: comment").through("changes"),
    page("page_changes_feed_post", Kind::Comment, "customers/{id}/actions: comment of kind post").through("changes"),
    page("page_changes_feed_reaction", Kind::Comment, EVENTS).through("changes"),
    page("page_changes_mention", Kind::Mention, "customers/{id}/actions: comment of kind mention").through("changes"),
    page("page_changes_inbox_labels", Kind::Labels, "POST or DELETE /{label}/label").through("changes"),
    page("page_changes_ratings", Kind::Rating, EVENTS).through("changes"),
    entry("page_other_field", "page", FACEBOOK, Field::None, "changes", EVENTS),
    entry("batch_two_entries", "page", FACEBOOK, Field::Of(Kind::Message), "messaging", "faults: a webhook's batch"),
];

/// Everything about Instagram accounts.
const DIRECT: &[Entry] = &[
    direct("ig_message_text", Kind::Message, "customers/{id}/messages: text"),
    direct("ig_message_self_test", Kind::Message, EVENTS).on(INSTAGRAM),
    direct("ig_message_image", Kind::Message, "customers/{id}/messages: attachments image"),
    direct("ig_message_video", Kind::Message, "customers/{id}/messages: attachments video"),
    direct("ig_message_audio", Kind::Message, "customers/{id}/messages: attachments audio"),
    direct("ig_message_file", Kind::Message, "customers/{id}/messages: attachments file"),
    direct(
        "ig_message_share_legacy",
        Kind::Message,
        "customers/{id}/messages: attachments share, or ig_post under the quirk ig_post_share",
    ),
    direct("ig_message_ig_post", Kind::Message, "customers/{id}/messages: attachments ig_post"),
    direct("ig_message_ig_reel", Kind::Message, "customers/{id}/messages: attachments ig_reel or reel"),
    direct("ig_message_ig_story", Kind::Message, "customers/{id}/messages: attachments ig_story or story"),
    direct("ig_message_story_mention", Kind::Message, "customers/{id}/messages: story of kind mention"),
    direct("ig_message_story_reply", Kind::Message, "customers/{id}/messages: text, story of kind reply"),
    direct("ig_message_reply_to", Kind::Message, "customers/{id}/messages: text, reply_to"),
    direct("ig_message_quick_reply", Kind::Message, "customers/{id}/messages: text, quick_reply"),
    direct("ig_message_referral_ad", Kind::Message, "customers/{id}/messages: text, referral with source ADS"),
    direct("ig_message_referral_igme", Kind::Message, "customers/{id}/messages: text, referral"),
    direct("ig_message_deleted", Kind::Message, "customers/{id}/actions: unsend"),
    direct("ig_message_unsupported_flag", Kind::Message, "customers/{id}/messages: unsupported"),
    direct("ig_message_unsupported_type", Kind::Message, "customers/{id}/messages: attachments unsupported_type"),
    direct("ig_message_ephemeral", Kind::Message, "customers/{id}/messages: attachments ephemeral"),
    direct("ig_echo", Kind::Echo, "POST /{page or account}/messages, or staff/{account}/messages"),
    direct("ig_message_reactions_react", Kind::Reaction, "customers/{id}/actions: react"),
    direct("ig_message_reactions_unreact", Kind::Reaction, "customers/{id}/actions: unreact"),
    direct("ig_messaging_seen", Kind::Read, "customers/{id}/actions: read"),
    direct("ig_message_edit", Kind::Edit, "customers/{id}/actions: edit"),
    direct("ig_message_edit_num0", Kind::Edit, "customers/{id}/messages: text, under the quirk ig_edit_zero"),
    direct("ig_messaging_postbacks", Kind::Postback, "customers/{id}/actions: postback"),
    direct("ig_messaging_referral", Kind::Referral, "customers/{id}/messages: referral alone"),
    direct("ig_optin", Kind::Optin, EVENTS).on(INSTAGRAM),
    direct("ig_pass_thread_control", Kind::Handover, "POST /{page or account}/pass_thread_control"),
    direct("ig_take_thread_control", Kind::Handover, "staff/{account}/messages, while an app has the conversation"),
    direct("ig_request_thread_control", Kind::Handover, "POST /{page or account}/request_thread_control"),
    direct("ig_standby_message", Kind::Message, "customers/{id}/messages: text, while another app has the conversation").through("standby"),
    direct("ig_postback_standby", Kind::Postback, "customers/{id}/actions: postback, while another app has the conversation")
        .through("standby"),
    direct("ig_policy_enforcement", Kind::Policy, EVENTS).on(FACEBOOK),
    direct("ig_response_feedback", Kind::ResponseFeedback, EVENTS).on(FACEBOOK),
    direct("ig_changes_comments", Kind::Comment, "customers/{id}/actions: comment").through("changes"),
    direct("ig_changes_comments_ad", Kind::Comment, "customers/{id}/actions: comment of kind ad, mid the comment answered")
        .through("changes"),
    direct("ig_flat_comments", Kind::Comment, "customers/{id}/actions: comment, under the quirk ig_comment_form")
        .through("flat")
        .on(INSTAGRAM),
    direct("ig_changes_live_comments", Kind::LiveComment, "customers/{id}/actions: comment of kind live").through("changes"),
    direct("ig_changes_mentions_media", Kind::Mention, "customers/{id}/actions: comment of kind caption").through("changes").on(FACEBOOK),
    direct("ig_changes_mentions_comment", Kind::Mention, "customers/{id}/actions: comment of kind mention").through("changes").on(FACEBOOK),
    direct("ig_changes_comments_mention", Kind::Mention, "customers/{id}/actions: comment of kind mention")
        .through("changes")
        .on(INSTAGRAM),
    direct("ig_changes_story_insights", Kind::StoryInsights, EVENTS).through("changes").on(FACEBOOK),
    direct("ig_dashboard_test_messages", Kind::Message, EVENTS).through("changes"),
    entry("ig_other_field", "instagram", BOTH, Field::None, "changes", EVENTS),
];

/// Everything about people.
const PEOPLE: &[Entry] = &[
    entry(
        "permissions_granted",
        "permissions",
        FACEBOOK,
        Field::Named("the permission"),
        "changes",
        "a walk through the dialog that adds a permission",
    ),
    entry("permissions_revoked", "permissions", FACEBOOK, Field::Named("the permission"), "changes", "people/{id}/actions: revoke"),
    entry("permissions_connected", "permissions", FACEBOOK, Field::Named("connected"), "changes", "people/{id}/actions: deauthorise"),
    entry("deauthorise", "none", BOTH, Field::None, "signed_request", "people/{id}/actions: deauthorise"),
    entry("data_deletion", "none", BOTH, Field::None, "signed_request", "people/{id}/actions: request_deletion"),
];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Entry> {
    PAGE.iter().chain(DIRECT).chain(PEOPLE)
}
