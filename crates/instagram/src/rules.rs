//! Instagram's rules of sending, each with the page it stands on and that page's date.

use link_core::words::capabilities::{Act, Opener};
use link_core::words::rules::{Rule, Source, code};

pub(crate) const SENDING: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/send-message", "2026-06");
pub(crate) const UPLOADS: Source = Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/upload", "2026-06");
pub(crate) const ACTIONS: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/sender-actions", "2026-06");
pub(crate) const QUICK_REPLIES: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/quick-replies", "2026-10-05");
pub(crate) const TEMPLATES: Source = Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/templates", "2026-06");
pub(crate) const PRIVATE_REPLIES: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/instagram/features/private-replies", "2026-06");
pub(crate) const BY_LOGIN: Source =
    Source::new("developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api", "2026-09-11");
pub(crate) const CHANGES: Source = Source::new("developers.facebook.com/docs/messenger-platform/changelog", "2026-06-30");
const OVERVIEW: Source = Source::new("developers.facebook.com/documentation/business-messaging/messenger-platform/overview", "2026-03-23");
const ERRORS: Source = Source::new("developers.facebook.com/docs/messenger-platform/error-codes", "2026-06-25");
const ROUTING: Source = Source::new("developers.facebook.com/docs/messenger-platform/conversation-routing", "2025-09-24");

/// What may be sent, and when.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(code::WINDOW, "anything may be answered within 24 hours after the person last did something that opens the window", OVERVIEW),
    Rule::new(code::HUMAN_AGENT, "a person may answer within seven days, if a review approved the app for it", OVERVIEW),
    Rule::new(code::STANDARD_ONLY, "reactions are taken within the standard window only: they carry no tag", ACTIONS),
    Rule::new(code::BY_HAND, "the longer window is for what a person wrote, not for what a program did", OVERVIEW),
    Rule::new(code::REPLY_ONCE, "a comment takes one private reply; more only once the person answers", PRIVATE_REPLIES),
    Rule::new(code::REPLY_DAYS, "a comment can be answered in private for seven days", PRIVATE_REPLIES),
    Rule::new(
        code::REPLY_LIVE,
        "a comment on a live broadcast can be answered while that runs, which is four hours at most",
        PRIVATE_REPLIES,
    ),
    Rule::new(code::REPLY_KNOWN, "what is answered in private is a comment that is there", PRIVATE_REPLIES),
    Rule::new(code::REPLY_CONTENT, "a private reply is an ordinary message under no tag", PRIVATE_REPLIES),
    Rule::new(code::EMPTY, "a message has a text or an attachment", SENDING),
    Rule::new(code::TEXT, "a text has at most 1000 bytes", SENDING),
    Rule::new(code::FORM, "a message takes one of the forms that the platform knows", SENDING),
    Rule::new(code::TOGETHER, "up to ten pictures go together in one message", CHANGES).since(2025, 11, 1),
    Rule::new(code::MIX, "only pictures go together in one message", CHANGES).since(2025, 11, 1),
    Rule::new(code::ADDRESS, "a file is fetched from an address that is open to everybody", SENDING),
    Rule::new(
        code::FORMAT,
        "pictures are PNG, JPEG or GIF, sounds AAC, M4A, WAV or MP4, films MP4, OGG, AVI, MOV or WebM, files PDF",
        SENDING,
    ),
    Rule::new(code::SIZE, "a picture has at most 8 megabytes, everything else at most 25", SENDING),
    Rule::new(code::NAME, "the name of an uploaded file is ASCII", UPLOADS),
    Rule::new(code::UPLOAD_DAYS, "an uploaded file can be sent by its id for 90 days", UPLOADS),
    Rule::new(code::CHOICES, "up to 13 quick replies stand below a text or an attachment, with titles of 20 characters", QUICK_REPLIES),
    Rule::new(code::TEMPLATE, "up to 10 cards with titles of 80 characters, up to 3 buttons, 640 characters above them", TEMPLATES),
    Rule::new(code::SHARED, "the account shares its own published posts, and no stories", SENDING),
    Rule::new(code::REACTION, "a reaction is one emoji to one message; the heart is taken everywhere", ACTIONS),
    Rule::new(code::OWNER, "while an app owns the conversation no other one may write", ROUTING),
    Rule::new(code::ACCOUNT, "some forms are opened account by account", CHANGES),
    Rule::new(code::RESTRICTED, "an account that broke the policies may be kept from writing", ERRORS),
    Rule::new(code::TAG, "outside the window no other tag than the human agent's reaches a person", SENDING),
];

/// What opens the window.
pub(crate) const OPENERS: &[Opener] = &[
    Opener::opens(Act::Message, "also one that answers a story or mentions the account in one", OVERVIEW),
    Opener::opens(Act::Postback, "pressing a button is an act of the person", OVERVIEW),
    Opener::opens(Act::Reaction, "setting a reaction is one too", OVERVIEW),
    Opener::opens(
        Act::Referral,
        "a link that leads into a conversation that is there opens it again; an ad does so only once the person writes",
        OVERVIEW,
    ),
    Opener::nothing(Act::Unreaction, "no page counts taking something away", OVERVIEW),
    Opener::nothing(Act::OptIn, "Instagram has no plugin", OVERVIEW),
    Opener::nothing(
        Act::Comment,
        "the list names it, and the page on private replies allows one message only: the narrower is taken",
        PRIVATE_REPLIES,
    ),
    Opener::nothing(Act::PrivateReply, "only the person's answer to it opens the window", PRIVATE_REPLIES),
    Opener::nothing(Act::Edit, "no page counts it", OVERVIEW),
    Opener::nothing(Act::Read, "", OVERVIEW),
    Opener::nothing(Act::Delivery, "Instagram tells of none", OVERVIEW),
    Opener::nothing(Act::Echo, "what the business writes is no act of the person", OVERVIEW),
];
