//! Which key makes an item what it is.

use link_core::words::event::RoutingAct;

use super::object::Object;

/// What an item can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Edit,
    Reaction,
    Read,
    Delivery,
    Postback,
    Referral,
    OptIn,
    AccountLinking,
    Routing(RoutingAct),
    /// Something that is kept as it came, under this word.
    Notice(&'static str),
}

/// The kinds in the order in which they decide, with the spellings of their keys: that of Pages, that of Instagram, and the name of
/// the subscribed field where it stands in the place of the key.
const KINDS: [(Kind, &[&str]); 21] = [
    (Kind::Message, &["message"]),
    (Kind::Edit, &["message_edit", "message_edits"]),
    (Kind::Reaction, &["reaction", "message_reactions"]),
    (Kind::Read, &["read", "message_reads", "messaging_seen"]),
    (Kind::Delivery, &["delivery", "message_deliveries"]),
    (Kind::Postback, &["postback", "messaging_postbacks"]),
    (Kind::Referral, &["referral", "messaging_referral", "messaging_referrals"]),
    (Kind::OptIn, &["optin", "messaging_optins"]),
    (Kind::AccountLinking, &["account_linking", "messaging_account_linking"]),
    (Kind::Routing(RoutingAct::Passed), &["pass_thread_control"]),
    (Kind::Routing(RoutingAct::Taken), &["take_thread_control"]),
    (Kind::Routing(RoutingAct::Requested), &["request_thread_control"]),
    (Kind::Notice("app_roles"), &["app_roles"]),
    (Kind::Notice("policy_enforcement"), &["policy_enforcement", "messaging_policy_enforcement"]),
    (Kind::Notice("response_feedback"), &["response_feedback"]),
    (Kind::Notice("feedback"), &["feedback", "messaging_feedback"]),
    (Kind::Notice("customer_information"), &["customer_information", "messaging_customer_information"]),
    (Kind::Notice("payment"), &["payment", "messaging_payments"]),
    (Kind::Notice("checkout_update"), &["checkout_update", "messaging_checkout_updates"]),
    (Kind::Notice("game_play"), &["game_play", "messaging_game_plays"]),
    (Kind::Notice("order"), &["order", "send_cart"]),
];

impl Kind {
    /// The field under which it is subscribed, in the spelling of the object. Echoes have one of their own at Pages only.
    pub(super) const fn field(self, instagram: bool, echo: bool) -> &'static str {
        match (self, instagram) {
            (Self::Message, false) if echo => "message_echoes",
            (Self::Message, _) => "messages",
            (Self::Edit, false) => "message_edits",
            (Self::Edit, true) => "message_edit",
            (Self::Reaction, _) => "message_reactions",
            (Self::Read, false) => "message_reads",
            (Self::Read, true) => "messaging_seen",
            (Self::Delivery, _) => "message_deliveries",
            (Self::Postback, _) => "messaging_postbacks",
            (Self::Referral, false) => "messaging_referrals",
            (Self::Referral, true) => "messaging_referral",
            (Self::OptIn, _) => "messaging_optins",
            (Self::AccountLinking, _) => "messaging_account_linking",
            (Self::Routing(_), false) => "messaging_handovers",
            (Self::Routing(_), true) => "messaging_handover",
            (Self::Notice(word), _) => word,
        }
    }

    /// The kind of an item and the key that says so.
    pub(super) fn find(item: &Object<'_>) -> Option<(Self, &'static str)> {
        let rank = |key: &str| {
            KINDS.iter().enumerate().find_map(|(rank, (kind, keys))| Some((rank, *kind, *keys.iter().find(|spelling| **spelling == key)?)))
        };
        item.members().filter_map(|(key, _)| rank(key)).min_by_key(|(rank, ..)| *rank).map(|(_, kind, key)| (kind, key))
    }
}
