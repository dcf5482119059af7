//! What Instagram can do.

use link_core::Platform;
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::outgoing::AttachmentKind;
use link_core::words::rates::{RateKind, RateRule};

const LIMITS: &str = "developers.facebook.com/docs/messenger-platform/overview/rate-limiting";
const DATED: &str = "2026-03-23";
const LOGIN: &str = "developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api; \
                     the page on limits says 300, and the narrower one is taken";

/// How fast Meta lets an Instagram account's conversations be called.
const RATES: &[RateRule] = &[
    RateRule::new(RateKind::Send, 100, 1, LOGIN, "2026-09-11"),
    RateRule::new(RateKind::Media, 10, 1, LIMITS, DATED),
    RateRule::new(RateKind::History, 2, 1, LIMITS, DATED),
    RateRule::new(RateKind::PrivateReply, 750, 3600, LIMITS, DATED),
    RateRule::new(RateKind::LiveReply, 100, 1, LIMITS, DATED),
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
pub const CAPABILITIES: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000))
    .with_window(24, 7)
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::File])
    .with_readable_history(20)
    .with_staff_apps(&["1217981644879628"])
    .with_rates(RATES);
