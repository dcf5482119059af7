//! Kinds of events, and the field that each of them has on each road.

use crate::world::settings::{EchoField, Quirks};
use crate::world::talk::{Platform, Road};

/// What kind of event; the field's name follows from the platform and the road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Echo,
    Reaction,
    Edit,
    Read,
    Delivery,
    Postback,
    Referral,
    Optin,
    Comment,
    LiveComment,
    Mention,
    StoryInsights,
    Labels,
    Policy,
    Handover,
    AccountLinking,
    ResponseFeedback,
    Feedback,
    Information,
    Cart,
    Rating,
    GamePlay,
    Payment,
    Checkout,
    PreCheckout,
}

impl Kind {
    /// The field's name; `None` when the platform has no such event on this road.
    pub(crate) fn field(self, platform: Platform, road: Road, quirks: &Quirks) -> Option<&'static str> {
        match (platform, road) {
            (Platform::Messenger, Road::Facebook) => Some(self.page_field()?),
            (Platform::Messenger, Road::Instagram) => None,
            (Platform::Instagram, Road::Facebook) => self.linked_field(),
            (Platform::Instagram, Road::Instagram) => self.login_field(quirks),
        }
    }

    fn page_field(self) -> Option<&'static str> {
        Some(match self {
            Self::Message => "messages",
            Self::Echo => "message_echoes",
            Self::Reaction => "message_reactions",
            Self::Edit => "message_edits",
            Self::Read => "message_reads",
            Self::Delivery => "message_deliveries",
            Self::Postback => "messaging_postbacks",
            Self::Referral => "messaging_referrals",
            Self::Optin => "messaging_optins",
            Self::Comment | Self::LiveComment => "feed",
            Self::Mention => "mention",
            Self::Labels => "inbox_labels",
            Self::Policy => "messaging_policy_enforcement",
            Self::Handover => "messaging_handovers",
            Self::AccountLinking => "messaging_account_linking",
            Self::ResponseFeedback => "response_feedback",
            Self::Feedback => "messaging_feedback",
            Self::Information => "messaging_customer_information",
            Self::Cart => "send_cart",
            Self::Rating => "ratings",
            Self::GamePlay => "messaging_game_plays",
            Self::Payment => "messaging_payments",
            Self::Checkout => "messaging_checkout_updates",
            Self::PreCheckout => "messaging_pre_checkouts",
            Self::StoryInsights => return None,
        })
    }

    /// Instagram, reached through the Page.
    fn linked_field(self) -> Option<&'static str> {
        Some(match self {
            Self::Message | Self::Echo => "messages",
            Self::Reaction => "message_reactions",
            Self::Edit => "message_edit",
            Self::Read => "messaging_seen",
            Self::Postback => "messaging_postbacks",
            Self::Referral => "messaging_referral",
            Self::Comment => "comments",
            Self::LiveComment => "live_comments",
            Self::Mention => "mentions",
            Self::StoryInsights => "story_insights",
            Self::Policy => "messaging_policy_enforcement",
            Self::ResponseFeedback => "response_feedback",
            Self::Handover => "messaging_handover",
            _ => return None,
        })
    }

    /// Instagram, reached by the account's own login.
    fn login_field(self, quirks: &Quirks) -> Option<&'static str> {
        match self {
            Self::Echo if quirks.ig_echo_field == EchoField::MessageEchoes => Some("message_echoes"),
            Self::Optin => Some("messaging_optins"),
            // A mention arrives as a comment here.
            Self::Mention => Some("comments"),
            Self::Policy | Self::ResponseFeedback | Self::StoryInsights => None,
            other => other.linked_field(),
        }
    }

    /// Whether an app hears of it while another one has the conversation.
    pub(super) fn is_overheard(self) -> bool {
        matches!(self, Self::Message | Self::Echo | Self::Read | Self::Delivery | Self::Postback)
    }
}
