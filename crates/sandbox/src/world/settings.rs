//! Settings of a world: the points on which the platform's own pages are uncertain, and its limits.

use serde::{Deserialize, Serialize};

use crate::ledger;

/// Makes an enum of each quirk, the struct of them all, and the list of their words. The first value is the default.
macro_rules! quirks {
    ($($(#[$about:meta])* $field:ident: $kind:ident { $first:ident = $first_word:literal $(, $other:ident = $other_word:literal)* })+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
            pub(crate) enum $kind {
                #[default]
                #[serde(rename = $first_word)]
                $first,
                $(#[serde(rename = $other_word)] $other,)*
            }
        )+

        /// Points on which the platform's own pages are uncertain.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct Quirks {
            $($(#[$about])* pub(crate) $field: $kind,)+
        }

        /// Every quirk with the words it takes, the default first. Each stands for a point on which the platform's own
        /// pages are silent or disagree; a seed sets it under `quirks`.
        pub const QUIRKS: &[(&str, &[&str])] = &[$((stringify!($field), &[$first_word $(, $other_word)*]),)+];
    };
}

quirks! {
    /// Which secret signs webhooks of Instagram Login.
    ig_login_webhook_secret: LoginSecret { Instagram = "instagram", Meta = "meta" }
    /// What calling an expired version does: the next living one answers, or error 2635.
    expired_version: ExpiredVersion { Next = "next", Refused = "2635" }
    /// What calling a version that is not there yet does: the newest answers, or error 2500.
    unknown_version: UnknownVersion { Newest = "newest", Refused = "2500" }
    /// How many messages of a Messenger conversation can be read.
    messenger_readable: Readable { All = "all", Twenty = "20" }
    /// How failed webhook deliveries end: unsubscribed after an hour, or dropped after 36.
    webhook_regime: Regime { OneHour = "1h", ThirtySixHours = "36h" }
    /// The shape of `/me` on the Instagram host.
    ig_me: MeShape { Flat = "flat", Data = "data" }
    /// The shape of the answer to an Instagram code.
    ig_token_shape: TokenShape { Flat = "flat", Data = "data" }
    /// The field that carries echoes of Instagram Login.
    ig_echo_field: EchoField { Messages = "messages", MessageEchoes = "message_echoes" }
    /// How comments of Instagram Login arrive.
    ig_comment_form: CommentForm { Changes = "changes", Flat = "flat" }
    /// What refreshing an Instagram token within its first day does.
    early_refresh: EarlyRefresh { Refused = "400", Extend = "extend" }
    /// What asking for the profile of somebody on Instagram who agreed to nothing answers.
    ig_consent_error: ConsentError { Consent = "230", NoUser = "9010" }
    /// Whether Instagram tells an edit number zero after each new message.
    ig_edit_zero: EditZero { Off = "off", On = "on" }
    /// As what a shared Instagram post arrives.
    ig_post_share: PostShare { Post = "ig_post", Both = "both", Share = "share" }
    /// Whether stickers and GIFs on Instagram are told.
    ig_sticker: InstagramSticker { Silent = "silent", Image = "image" }
    /// Which reactions a Page may give on Instagram.
    ig_linked_reactions: LinkedReactions { Any = "any", Love = "love" }
    /// Whether Instagram Login may quote a message.
    ig_login_reply_to: LoginReply { Accepted = "accepted", Refused = "refused" }
    /// Whether the owner's switch over message access holds for Instagram Login.
    message_access_login: AccessSwitch { Applies = "applies", Ignored = "ignored" }
    /// Whether Messenger tells that a message was taken back.
    messenger_unsend: MessengerUnsend { Told = "told", Silent = "silent" }
    /// Whether it is told, as an echo, that the account took a message of its own back.
    account_unsend: AccountUnsend { Silent = "silent", Told = "told" }
    /// Whether a comment opens the messaging window, besides the right to one private reply.
    comment_opens_window: CommentWindow { No = "no", Yes = "yes" }
    /// The error for somebody who cannot be reached.
    blocked_error: BlockedError { Unavailable = "551", Permission = "200" }
    /// The error on Messenger while another app has the conversation.
    not_owner_error: NotOwner { Coded = "10/2018300", Bare = "2018300" }
    /// Whom an app can write to before its review.
    standard_access: StandardAccess { Roles = "roles", All = "all" }
    /// The HTTP status of throttling.
    throttle_status: ThrottleStatus { BadRequest = "400", TooMany = "429" }
    /// How `debug_token` writes ids.
    debug_token_ids: DebugIds { Text = "string", Number = "number" }
    /// Whether Page tokens go on after the data access of 90 days ended.
    page_data_access: PageDataAccess { Continues = "continues", Ends = "ends" }
    /// Whether a business's own token can send on Instagram.
    business_token_instagram: BusinessInstagram { Accepted = "accepted", Refused = "refused" }
    /// Which conversations are listed when no platform is named.
    default_platform: DefaultPlatform { Messenger = "messenger", All = "all" }
}

/// How much may be called before the platform throttles, and how much the sandbox remembers. `null` in a seed switches
/// a limit off, but for the ledgers', which always have one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Calls with user and app tokens, per app and hour.
    pub(crate) app_calls_per_hour: Option<u32>,
    /// Calls with Page tokens outside messaging, per Page and day.
    pub(crate) page_calls_per_day: Option<u32>,
    /// Messaging calls with Page tokens, per Page and day.
    pub(crate) messaging_calls_per_day: Option<u32>,
    /// Calls about oneself with a user token, per person and hour.
    pub(crate) user_calls_per_hour: Option<u32>,
    /// Calls about a Page with a user's or the app's token, per Page and hour.
    pub(crate) page_calls_per_hour: Option<u32>,
    /// Calls about an Instagram account, per account and day.
    pub(crate) instagram_calls_per_day: Option<u32>,
    /// Private replies per account and hour.
    pub(crate) private_replies_per_hour: Option<u32>,
    /// Audio and video sends per account and second.
    pub(crate) heavy_sends_per_second: Option<u32>,
    /// Changes of the Messenger profile per Page and ten minutes.
    pub(crate) profile_calls_per_ten_minutes: Option<u32>,
    /// Sends per account and second.
    pub(crate) sends_per_second: Option<u32>,
    /// Reads of conversations per account and second.
    pub(crate) conversations_per_second: Option<u32>,
    /// Entries of the ledger of calls, and as many of the ledger of deliveries.
    pub(crate) ledger_entries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            app_calls_per_hour: Some(20_000),
            page_calls_per_day: Some(50_000),
            messaging_calls_per_day: Some(50_000),
            user_calls_per_hour: Some(20_000),
            page_calls_per_hour: Some(20_000),
            instagram_calls_per_day: Some(50_000),
            private_replies_per_hour: Some(750),
            heavy_sends_per_second: None,
            profile_calls_per_ten_minutes: Some(10),
            sends_per_second: None,
            conversations_per_second: None,
            ledger_entries: ledger::KEPT,
        }
    }
}
