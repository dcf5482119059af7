//! Attachments: addresses, formats, sizes, how many, and how long an uploaded file lives.

use link_core::words::capabilities::{Capabilities, Form};
use link_core::words::outgoing::{AttachmentKind, Media, Source};
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::code;

use super::{Case, against};

/// What is known of a file that is to be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileFacts<'a> {
    /// As what it is to be sent.
    pub kind: AttachmentKind,
    /// Its name.
    pub name: &'a str,
    /// Its size in bytes.
    pub bytes: u64,
}

impl<'a> FileFacts<'a> {
    /// A file.
    pub const fn new(kind: AttachmentKind, name: &'a str, bytes: u64) -> Self {
        Self { kind, name, bytes }
    }
}

/// Whether the platform takes a file, before a byte of it is sent.
pub fn check_file(file: FileFacts<'_>, capabilities: &Capabilities) -> Result<(), Refusal> {
    kind(file.kind, capabilities)?;
    let Some(rule) = capabilities.limits.file(file.kind) else { return Ok(()) };
    if file.bytes == 0 {
        return Err(Refusal::Empty);
    }
    if file.bytes > rule.uploaded {
        let says = format!("the file has {} bytes, the platform takes {} of this kind", file.bytes, rule.uploaded);
        return Err(against(code::SIZE, says).allowing([Allowed::Bytes { most: rule.uploaded }]).into());
    }
    if rule.ascii_name && !file.name.is_ascii() {
        let instead = Allowed::Like { what: "a name of letters and digits of ASCII".to_owned() };
        return Err(against(code::NAME, "the name of a file that is uploaded must be ASCII").allowing([instead]).into());
    }
    format(file.kind, file.name, false, capabilities)
}

/// Whether the platform takes an attachment that it fetches from an address.
pub fn check_address(kind: AttachmentKind, url: &str, capabilities: &Capabilities) -> Result<(), Refusal> {
    at_address(kind, url, false, capabilities)
}

fn at_address(kind: AttachmentKind, url: &str, several: bool, capabilities: &Capabilities) -> Result<(), Refusal> {
    self::kind(kind, capabilities)?;
    address(url)?;
    format(kind, name_in(url), several, capabilities)
}

/// The kinds of what stands by itself, or of several in one message.
pub(super) const fn among(several: bool, capabilities: &Capabilities) -> &'static [AttachmentKind] {
    if several && !capabilities.limits.mixable.is_empty() { capabilities.limits.mixable } else { capabilities.attachments }
}

/// Several attachments in one message.
pub(super) fn together(media: &[Media], case: &Case<'_>, capabilities: &Capabilities) -> Result<(), Refusal> {
    let limits = &capabilities.limits;
    if media.len() > limits.together {
        let says = format!("there are {} attachments, the platform takes {} in one message", media.len(), limits.together);
        return Err(against(code::TOGETHER, says).allowing([Allowed::AtMost { most: limits.together }]).into());
    }
    let several = media.len() > 1;
    if several && media.iter().any(|media| !limits.mixable.contains(&media.kind)) {
        let says = "only pictures stand together in one message";
        return Err(against(code::MIX, says).allowing([Allowed::OneByOne]).into());
    }
    media.iter().try_for_each(|media| match &media.source {
        Source::Url(url) => at_address(media.kind, url, several, capabilities),
        Source::Uploaded(id) => match case.facts.uploads.get(id) {
            Some(until) if case.now >= *until => {
                let says = format!("the platform keeps an uploaded file for {} days, and forgot this one", limits.upload_days);
                Err(against(code::UPLOAD_DAYS, says).allowing([Allowed::UploadAgain]).into())
            }
            _ => kind(media.kind, capabilities),
        },
        _ => {
            let instead = Allowed::Like { what: "a file at an address, or one that was uploaded".to_owned() };
            Err(against(code::FORM, "the platform does not take attachments from there").allowing([instead]).into())
        }
    })
}

/// The platform fetches from addresses that anybody can reach, and from no others.
pub(super) fn address(url: &str) -> Result<(), Refusal> {
    let rest = url.strip_prefix("https://");
    let reachable = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !url.chars().any(char::is_whitespace));
    if reachable {
        return Ok(());
    }
    let instead = Allowed::Like { what: "an address that begins with https:// and is open to everybody".to_owned() };
    Err(against(code::ADDRESS, "an address must begin with https:// and be open to everybody").allowing([instead]).into())
}

fn kind(kind: AttachmentKind, capabilities: &Capabilities) -> Result<(), Refusal> {
    if capabilities.attachments.contains(&kind) {
        return Ok(());
    }
    let says = format!("the platform does not take {}", Form::of(kind).as_words());
    Err(against(code::FORM, says).allowing([Allowed::Kinds { kinds: capabilities.attachments.to_vec() }]).into())
}

fn format(kind: AttachmentKind, name: &str, several: bool, capabilities: &Capabilities) -> Result<(), Refusal> {
    let Some(rule) = capabilities.limits.file(kind).filter(|rule| !rule.formats.take(kind, name)) else { return Ok(()) };
    let says = format!("a file with this ending is none of the {} that the platform takes", Form::of(kind).as_words());
    let endings: Vec<String> = rule.formats.endings().iter().map(|ending| (*ending).to_owned()).collect();
    // Where no endings are named it is taken as what it is.
    let fits = |kind: &AttachmentKind| capabilities.limits.file(*kind).is_none_or(|rule| rule.formats.take(*kind, name));
    let kinds: Vec<AttachmentKind> = among(several, capabilities).iter().copied().filter(fits).collect();
    let instead = match (endings.is_empty(), kinds.is_empty()) {
        (false, _) => Allowed::Endings { endings },
        (true, false) => Allowed::Kinds { kinds },
        (true, true) => Allowed::Like { what: format!("a file with the ending of {}", Form::of(kind).as_words()) },
    };
    Err(against(code::FORMAT, says).allowing([instead]).into())
}

/// The file's name in an address, as far as it has one.
fn name_in(url: &str) -> &str {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let path = plain.split_once("://").map_or(plain, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    path.rsplit('/').next().unwrap_or_default()
}
