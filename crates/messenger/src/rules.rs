//! Messenger's rules of sending, each with the page it stands on and that page's date.

use link_core::words::capabilities::{Act, Opener, Tag};
use link_core::words::rules::{Rule, Source, code};

pub(crate) const SENDING: Source = Source::new("developers.facebook.com/docs/messenger-platform/send-messages", "2026-06");
pub(crate) const MEDIA: Source = Source::new("developers.facebook.com/docs/messenger-platform/send-messages/saving-assets", "2026-06");
pub(crate) const QUICK_REPLIES: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/send-messages/quick-replies", "2026-06");
pub(crate) const TEMPLATES: Source = Source::new("developers.facebook.com/docs/messenger-platform/send-messages/templates", "2026-06");
pub(crate) const BUTTONS: Source = Source::new("developers.facebook.com/docs/messenger-platform/send-messages/buttons", "2026-04-22");
pub(crate) const STICKERS: Source = Source::new("developers.facebook.com/docs/messenger-platform/send-messages/stickers", "2026-06-01");
pub(crate) const PRIVATE_REPLIES: Source =
    Source::new("developers.facebook.com/docs/messenger-platform/discovery/private-replies", "2026-06");
pub(crate) const CHANGES: Source = Source::new("developers.facebook.com/docs/messenger-platform/changelog", "2026-06-30");
const REFERENCE: Source = Source::new("developers.facebook.com/docs/messenger-platform/reference/send-api", "2026-06");
const OVERVIEW: Source = Source::new("developers.facebook.com/documentation/business-messaging/messenger-platform/overview", "2026-03-23");
const ERRORS: Source = Source::new("developers.facebook.com/docs/messenger-platform/error-codes", "2026-06-25");
const ROUTING: Source = Source::new("developers.facebook.com/docs/messenger-platform/conversation-routing", "2025-09-24");

/// What may be sent, and when.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(code::WINDOW, "anything may be answered within 24 hours after the person last did something that opens the window", OVERVIEW),
    Rule::new(code::HUMAN_AGENT, "a person may answer within seven days, if a review approved the app for it", OVERVIEW),
    Rule::new(code::STANDARD_ONLY, "reactions and stickers are taken within the standard window only, under no tag", STICKERS),
    Rule::new(code::BY_HAND, "the longer window is for what a person wrote, not for what a program did", OVERVIEW),
    Rule::new(
        code::REPLY_ONCE,
        "a comment, or a visitor's post, takes one private reply; more only once the person answers",
        PRIVATE_REPLIES,
    ),
    Rule::new(code::REPLY_DAYS, "a comment, or a visitor's post, can be answered in private for seven days", PRIVATE_REPLIES),
    Rule::new(code::REPLY_KNOWN, "what is answered in private is a comment, or a visitor's post, that is there", PRIVATE_REPLIES),
    Rule::new(code::REPLY_CONTENT, "a private reply is an ordinary message under no tag", PRIVATE_REPLIES),
    Rule::new(code::EMPTY, "a message has a text or an attachment", REFERENCE),
    Rule::new(code::TEXT, "a text has at most 2000 characters", REFERENCE),
    Rule::new(code::METADATA, "the metadata has at most 1000 characters", REFERENCE),
    Rule::new(code::FORM, "a message takes one of the forms that the platform knows", REFERENCE),
    Rule::new(code::TOGETHER, "several pictures go together; thirty are tried, since no page names a number", CHANGES).since(2025, 3, 19),
    Rule::new(code::MIX, "only pictures go together in one message", CHANGES).since(2025, 3, 19),
    Rule::new(code::ADDRESS, "a file is fetched from an address that is open to everybody", SENDING),
    Rule::new(code::FORMAT, "a file is of the kind as which it is sent", ERRORS),
    Rule::new(code::SIZE, "a file has at most 25 megabytes, a picture at an address at most 8", MEDIA),
    Rule::new(code::UPLOAD_DAYS, "an uploaded file can be sent by its id for 90 days", MEDIA),
    Rule::new(code::CHOICES, "up to 13 quick replies stand below a text or an attachment, with titles of 20 characters", QUICK_REPLIES),
    Rule::new(code::TEMPLATE, "up to 10 cards with titles of 80 characters, up to 3 buttons, 640 characters above them", TEMPLATES),
    Rule::new(code::SHARED, "a post is shared by a link with a title, or by its own picture or film; a story by a link", TEMPLATES),
    Rule::new(code::REACTION, "a reaction is one emoji to one message", SENDING),
    Rule::new(code::OWNER, "while an app owns the conversation no other one may write", ROUTING),
    Rule::new(code::ACCOUNT, "some forms are opened account by account", CHANGES),
    Rule::new(code::RESTRICTED, "a Page that broke the policies may be kept from writing", ERRORS),
    Rule::new(code::TAG, "outside the window only a few tags reach a person, and three former ones are refused", CHANGES)
        .since(2026, 4, 27),
    Rule::new(code::TAG, "outside the window only the tags of the list reach a person", REFERENCE).until(2026, 4, 27),
];

/// The tags that a message may carry beside the human agent's. The feedback form that goes with `CUSTOMER_FEEDBACK` is not sent from here, so
/// the tag is not in the list.
pub(crate) const TAGS: &[Tag] = &[retired("ACCOUNT_UPDATE"), retired("CONFIRMED_EVENT_UPDATE"), retired("POST_PURCHASE_UPDATE")];

const fn retired(name: &'static str) -> Tag {
    Tag::new(name, Rule::new(code::TAG, "it reached a person at any time, for one purpose each", CHANGES).until(2026, 4, 27))
}

/// What opens the window.
pub(crate) const OPENERS: &[Opener] = &[
    Opener::opens(Act::Message, "", OVERVIEW),
    Opener::opens(Act::Postback, "pressing a button is an act of the person", OVERVIEW),
    Opener::opens(Act::Reaction, "setting a reaction is one too", OVERVIEW),
    Opener::opens(
        Act::Referral,
        "a link that leads into a conversation that is there opens it again; an ad does so only once the person writes",
        OVERVIEW,
    ),
    Opener::nothing(Act::Unreaction, "no page counts taking something away", OVERVIEW),
    Opener::nothing(
        Act::OptIn,
        "the pages count a message through the plugin and not the consent alone; rather wait for the message than break the rule",
        OVERVIEW,
    ),
    Opener::nothing(
        Act::Comment,
        "the list names it, and the page on private replies allows one message only: the narrower is taken",
        PRIVATE_REPLIES,
    ),
    Opener::nothing(Act::PrivateReply, "only the person's answer to it opens the window", PRIVATE_REPLIES),
    Opener::nothing(Act::Edit, "no page counts it", OVERVIEW),
    Opener::nothing(Act::Read, "", OVERVIEW),
    Opener::nothing(Act::Delivery, "", OVERVIEW),
    Opener::nothing(Act::Echo, "what the business writes is no act of the person", OVERVIEW),
];
