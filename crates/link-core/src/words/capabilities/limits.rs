//! How much of each form a platform takes.

use crate::words::outgoing::AttachmentKind;

/// The numbers of a platform's messages. Lengths are in characters (Unicode scalar values); the text's own limit stands in
/// [`Capabilities::text`](super::Capabilities::text). Built as a constant by the platform's crate, beginning with [`Limits::NONE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest metadata.
    pub metadata: usize,
    /// Most attachments in one message.
    pub together: usize,
    /// The kinds that may stand beside others in one message.
    pub mixable: &'static [AttachmentKind],
    /// What of each kind is taken.
    pub files: &'static [FileRule],
    /// Days after which an uploaded file cannot be sent by its id any more.
    pub upload_days: u32,
    /// Quick replies.
    pub choices: Bounds,
    /// Buttons of a card or of a text.
    pub buttons: Bounds,
    /// Longest text above buttons.
    pub button_text: usize,
    /// Cards: how many, and the longest title and subtitle.
    pub cards: Bounds,
    /// Most products in one message.
    pub products: usize,
}

/// How many of something there may be, and how long its title and what comes back of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Most of them.
    pub most: usize,
    /// Longest title.
    pub title: usize,
    /// Longest payload or subtitle.
    pub payload: usize,
}

impl Bounds {
    /// So many, with titles and payloads of at most so many characters.
    pub const fn new(most: usize, title: usize, payload: usize) -> Self {
        Self { most, title, payload }
    }
}

impl Limits {
    /// One attachment at a time, and nothing else.
    pub const NONE: Self = Self {
        metadata: 0,
        together: 1,
        mixable: &[],
        files: &[],
        upload_days: 0,
        choices: Bounds::new(0, 0, 0),
        buttons: Bounds::new(0, 0, 0),
        button_text: 0,
        cards: Bounds::new(0, 0, 0),
        products: 0,
    };

    /// With the longest metadata.
    #[must_use]
    pub const fn with_metadata(mut self, characters: usize) -> Self {
        self.metadata = characters;
        self
    }

    /// With this many attachments in one message, of these kinds.
    #[must_use]
    pub const fn with_several(mut self, together: usize, mixable: &'static [AttachmentKind]) -> Self {
        self.together = together;
        self.mixable = mixable;
        self
    }

    /// With what it takes of each kind, and the days for which uploaded files are kept.
    #[must_use]
    pub const fn with_files(mut self, files: &'static [FileRule], upload_days: u32) -> Self {
        self.files = files;
        self.upload_days = upload_days;
        self
    }

    /// With quick replies.
    #[must_use]
    pub const fn with_choices(mut self, choices: Bounds) -> Self {
        self.choices = choices;
        self
    }

    /// With buttons, below a text of at most so many characters or on a card.
    #[must_use]
    pub const fn with_buttons(mut self, buttons: Bounds, text: usize) -> Self {
        self.buttons = buttons;
        self.button_text = text;
        self
    }

    /// With cards and products.
    #[must_use]
    pub const fn with_cards(mut self, cards: Bounds, products: usize) -> Self {
        self.cards = cards;
        self.products = products;
        self
    }

    /// What is taken of a kind.
    pub fn file(&self, kind: AttachmentKind) -> Option<&FileRule> {
        self.files.iter().find(|rule| rule.kind == kind)
    }
}

/// What a platform takes of one kind of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRule {
    /// Of which kind.
    pub kind: AttachmentKind,
    /// In which formats.
    pub formats: Formats,
    /// Largest file at an address, in bytes.
    pub by_address: u64,
    /// Largest file that is uploaded, in bytes.
    pub uploaded: u64,
    /// True if the name of an uploaded file must be ASCII.
    pub ascii_name: bool,
}

impl FileRule {
    /// A kind in these formats, of at most so many bytes.
    pub const fn new(kind: AttachmentKind, formats: Formats, bytes: u64) -> Self {
        Self { kind, formats, by_address: bytes, uploaded: bytes, ascii_name: false }
    }

    /// With another limit for files at an address.
    #[must_use]
    pub const fn by_address(mut self, bytes: u64) -> Self {
        self.by_address = bytes;
        self
    }

    /// With names that must be ASCII.
    #[must_use]
    pub const fn with_ascii_name(mut self) -> Self {
        self.ascii_name = true;
        self
    }
}

/// Which formats of a kind are taken, by the ending of the file's name. An ending that nobody knows may be anything, and is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Formats {
    /// Every one.
    Any,
    /// Every one that is of this kind.
    Fitting,
    /// These only, in lower case.
    Only(&'static [&'static str]),
}

/// The kinds that a well-known ending may be of.
const ENDINGS: &[(&str, &[AttachmentKind])] = &[
    ("png jpg jpeg gif webp bmp heic tif tiff svg", &[AttachmentKind::Image]),
    ("mp3 aac m4a wav oga flac opus amr", &[AttachmentKind::Audio]),
    ("avi mov webm mkv m4v mpeg mpg wmv 3gp", &[AttachmentKind::Video]),
    ("mp4 ogg", &[AttachmentKind::Video, AttachmentKind::Audio]),
    ("pdf txt doc docx odt rtf csv xls xlsx ods ppt pptx zip gz rar 7z json xml epub exe", &[AttachmentKind::File]),
];

impl Formats {
    /// Whether a file with this name may be of this kind in these formats.
    pub fn take(self, kind: AttachmentKind, name: &str) -> bool {
        let Some((_, ending)) = name.rsplit_once('.') else { return true };
        let ending = ending.to_ascii_lowercase();
        let known = ENDINGS.iter().find(|(endings, _)| endings.split(' ').any(|known| known == ending));
        match (self, known) {
            (Self::Any, _) | (_, None) => true,
            (Self::Fitting, Some((_, kinds))) => kinds.contains(&kind),
            (Self::Only(endings), Some(_)) => endings.contains(&ending.as_str()),
        }
    }

    /// The endings that are named, where they are.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Only(endings) => endings,
            Self::Any | Self::Fitting => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AttachmentKind::{Audio, File, Image, Video};
    use super::*;

    #[test]
    fn a_file_is_what_its_ending_says_and_an_ending_that_nobody_knows_says_nothing() {
        let pdf = Formats::Only(&["pdf"]);
        assert!(pdf.take(File, "Offer.PDF") && pdf.take(File, "offer") && pdf.take(File, "offer.v2"));
        assert!(!pdf.take(File, "offer.docx"));
        assert!(Formats::Fitting.take(Audio, "a.mp4") && Formats::Fitting.take(Video, "a.mp4"));
        assert!(!Formats::Fitting.take(Image, "a.mp4") && !Formats::Fitting.take(Audio, "a.png"));
        assert!(Formats::Any.take(File, "a.png"));
    }
}
