//! What Instagram can do.

use link_core::Platform;
use link_core::words::capabilities::{Ability, Bounds, Capabilities, FileRule, Form, Formats, Lesson, Limits, TextLimit};
use link_core::words::outgoing::AttachmentKind::{self, Audio, File, Image, Video};
use link_core::words::rates::{RateKind, RateRule};

use crate::rules::{ACTIONS, BY_LOGIN, CHANGES, OPENERS, PRIVATE_REPLIES, QUICK_REPLIES, RULES, SENDING, TEMPLATES, UPLOADS};

const PAGE_ON_LIMITS: &str = "developers.facebook.com/docs/messenger-platform/overview/rate-limiting";
const DATED: &str = "2026-03-23";
const PAGE_OF_LOGIN: &str = "developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api; \
                     the page on limits says 300, and the narrower one is taken";

/// How fast Meta lets an Instagram account's conversations be called.
const RATES: &[RateRule] = &[
    RateRule::new(RateKind::Send, 100, 1, PAGE_OF_LOGIN, "2026-09-11"),
    RateRule::new(RateKind::Media, 10, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::History, 2, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::PrivateReply, 750, 3600, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::LiveReply, 100, 1, PAGE_ON_LIMITS, DATED),
    RateRule::new(RateKind::Profile, 10, 1, "assumed: no page gives profiles a limit of their own", ""),
];

/// What Instagram can and cannot do.
///
/// From Meta's pages on Instagram messaging and on its limits (March to October 2026). One page gives the text 1000 bytes and elsewhere
/// 1000 characters, and the pages name 300 and 100 sends a second: the narrower one is taken of both. Of files only PDF is taken. There
/// are no delivery reports and no metadata; nobody can be written to who did not write first.
///
/// Echoes may name no app, whoever wrote: of such a one nobody knows whether staff typed it or another app sent it. The inbox has the id that
/// the page on conversation routing prints.
///
/// Requests that nobody answered for thirty days are not listed.
///
/// A comment that cannot be answered in private has one code, whatever the reason. Its days are counted here before, so what is left is that it has
/// its answer already, or is gone: neither is worth another try.
pub const CAPABILITIES: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000))
    .with_window(24, 7)
    .with_private_replies(7)
    .with_broadcasts(4)
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::File])
    .with_abilities(ABILITIES, LIMITS)
    .with_rules(RULES, OPENERS, &[])
    .with_lessons(&[Lesson::new(2_534_068, Form::Several)])
    .with_forgotten(&[2_018_074])
    .with_replied(&[2_534_025])
    .with_readable_history(20)
    .with_hidden_conversations()
    .with_staff_apps(&["1217981644879628"])
    .with_rates(RATES);

/// The roads' words.
const LINKED: &str = "facebook";
const LOGIN: &str = "instagram";

const ABILITIES: &[Ability] = &[
    Ability::new(Form::QuickReplies, QUICK_REPLIES),
    Ability::new(Form::ContactReplies, QUICK_REPLIES).until(2026, 10, 5),
    Ability::new(Form::Several, CHANGES).since(2025, 11, 1).doubtful("it is opened account by account"),
    Ability::new(Form::Uploaded, UPLOADS),
    Ability::new(Form::Cards, TEMPLATES),
    Ability::new(Form::Buttons, TEMPLATES),
    Ability::new(Form::Products, TEMPLATES),
    Ability::new(Form::Heart, SENDING),
    Ability::new(Form::OwnPost, SENDING),
    Ability::new(Form::Quotation, CHANGES).by(LINKED).since(2025, 12, 19),
    Ability::new(Form::Quotation, BY_LOGIN).by(LOGIN).doubtful("for Instagram Login it stands in the specification only"),
    Ability::new(Form::HeartReaction, ACTIONS),
    Ability::new(Form::Reaction, CHANGES)
        .by(LINKED)
        .since(2025, 12, 2)
        .doubtful("the page for linked accounts still names the heart alone"),
    Ability::new(Form::Reaction, BY_LOGIN).by(LOGIN).since(2025, 12, 2),
    Ability::new(Form::PrivateReply, PRIVATE_REPLIES),
    Ability::new(Form::Typing, ACTIONS).since(2025, 9, 23),
    Ability::new(Form::Seen, ACTIONS).since(2025, 9, 23),
];

const MEGABYTES: u64 = 1024 * 1024;

const LIMITS: Limits = Limits::NONE
    .with_several(10, &[Image])
    .with_files(
        &[
            FileRule::new(Image, Formats::Only(&["png", "jpg", "jpeg", "gif"]), 8 * MEGABYTES).with_ascii_name(),
            FileRule::new(Video, Formats::Only(&["mp4", "ogg", "avi", "mov", "webm"]), 25 * MEGABYTES).with_ascii_name(),
            FileRule::new(Audio, Formats::Only(&["aac", "m4a", "wav", "mp4"]), 25 * MEGABYTES).with_ascii_name(),
            FileRule::new(File, Formats::Only(&["pdf"]), 25 * MEGABYTES).with_ascii_name(),
        ],
        90,
    )
    .with_choices(Bounds::new(13, 20, 1000))
    .with_buttons(Bounds::new(3, 20, 1000), 640)
    .with_cards(Bounds::new(10, 80, 80), 10);
