//! What Messenger can do.

use link_core::Platform;
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::outgoing::AttachmentKind;
use link_core::words::rates::{RateKind, RateRule};

const LIMITS: &str = "developers.facebook.com/docs/messenger-platform/overview/rate-limiting";
const DATED: &str = "2026-03-23";

/// How fast Meta lets a Page's conversations be called.
const RATES: &[RateRule] = &[
    RateRule::new(RateKind::Send, 300, 1, LIMITS, DATED),
    RateRule::new(RateKind::Media, 10, 1, LIMITS, DATED),
    RateRule::new(RateKind::History, 2, 1, LIMITS, DATED),
    RateRule::new(RateKind::PrivateReply, 750, 3600, LIMITS, DATED),
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
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::File])
    .with_metadata_echo()
    .with_app_echo()
    .with_staff_apps(&["263902037430900", "26390203743090"])
    .with_delivery_reports()
    .with_rates(RATES);
