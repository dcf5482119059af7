//! What Messenger can do.

use link_core::Platform;
use link_core::words::capabilities::{Ability, Bounds, Capabilities, FileRule, Form, Formats, Limits, TextLimit};
use link_core::words::outgoing::AttachmentKind::{self, Audio, File, Image, Video};
use link_core::words::rates::{RateKind, RateRule};

use crate::rules::{BUTTONS, CHANGES, MEDIA, OPENERS, PRIVATE_REPLIES, QUICK_REPLIES, RULES, SENDING, STICKERS, TAGS, TEMPLATES};

const PAGE_ON_LIMITS: &str = "developers.facebook.com/docs/messenger-platform/overview/rate-limiting";
const DATED: &str = "2026-03-23";

/// How fast Meta lets a Page's conversations be called.
const RATES: &[RateRule] = &[
    RateRule::new(RateKind::Send, 300, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::Media, 10, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::History, 2, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::PrivateReply, 750, 3600, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::Profile, 10, 1, "assumed: no page gives profiles a limit of their own", ""),
];

/// What Messenger can and cannot do.
///
/// From Meta's pages on the Send API and on its limits (March to June 2026). The reference gives the text a limit of 2000 characters; one
/// guide says "under 2000". The limit is taken as allowed: a text of exactly 2000 that were refused would be refused with its reason,
/// while a text that is never sent tells nobody anything. Of a conversation all messages are taken to be readable; Meta's guide limits
/// that to the twenty newest, its reference says so of Instagram only, and history that comes as bare ids is counted either way.
///
/// Echoes name their app. Meta's pages print two ids for the inbox in which a Page's staff writes, with 15 and with 14 digits; the page on
/// conversation routing has the one that is seen. What staff writes in a phone's app is echoed without any.
pub const CAPABILITIES: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000))
    .with_window(24, 7)
    .with_private_replies(7)
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::File])
    .with_abilities(ABILITIES, LIMITS)
    .with_rules(RULES, OPENERS, TAGS)
    .with_forgotten(&[2_018_074])
    .with_replied(&[10_900])
    .with_metadata_echo()
    .with_app_echo()
    .with_staff_apps(&["263902037430900", "26390203743090"])
    .with_delivery_reports()
    .with_rates(RATES);

const ABILITIES: &[Ability] = &[
    Ability::new(Form::QuickReplies, QUICK_REPLIES),
    Ability::new(Form::ContactReplies, QUICK_REPLIES),
    Ability::new(Form::Several, CHANGES).since(2025, 3, 19).doubtful("how many go together stands on no page"),
    Ability::new(Form::Uploaded, MEDIA),
    Ability::new(Form::Cards, TEMPLATES),
    Ability::new(Form::Buttons, TEMPLATES),
    Ability::new(Form::PhoneButton, BUTTONS),
    Ability::new(Form::Products, TEMPLATES),
    Ability::new(Form::Sticker, STICKERS).since(2026, 6, 1),
    Ability::new(Form::Quotation, CHANGES).since(2025, 7, 15),
    Ability::new(Form::HeartReaction, SENDING),
    Ability::new(Form::Reaction, SENDING),
    Ability::new(Form::PrivateReply, PRIVATE_REPLIES),
    Ability::new(Form::PrivateReplyToPost, PRIVATE_REPLIES),
    Ability::new(Form::PostLink, TEMPLATES),
    Ability::new(Form::Typing, SENDING),
    Ability::new(Form::Seen, SENDING),
];

const MEGABYTES: u64 = 1024 * 1024;

const LIMITS: Limits = Limits::NONE
    .with_metadata(1000)
    .with_several(30, &[Image])
    .with_files(
        &[
            FileRule::new(Image, Formats::Fitting, 25 * MEGABYTES).by_address(8 * MEGABYTES),
            FileRule::new(Video, Formats::Fitting, 25 * MEGABYTES),
            FileRule::new(Audio, Formats::Fitting, 25 * MEGABYTES),
            FileRule::new(File, Formats::Any, 25 * MEGABYTES),
        ],
        90,
    )
    .with_choices(Bounds::new(13, 20, 1000))
    .with_buttons(Bounds::new(3, 20, 1000), 640)
    .with_cards(Bounds::new(10, 80, 80), 10);
