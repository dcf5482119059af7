//! What Instagram can do.

use link_core::Platform;
use link_core::words::capabilities::{Capabilities, TextLimit};
use link_core::words::outgoing::AttachmentKind;

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
pub const CAPABILITIES: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000))
    .with_window(24, 7)
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::Video, AttachmentKind::Audio, AttachmentKind::File])
    .with_readable_history(20)
    .with_hidden_conversations()
    .with_staff_apps(&["1217981644879628"])
    .with_rates(100, 10, 2);
