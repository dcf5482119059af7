//! How coverage stands in a file, by this version and by earlier ones.

use serde::Deserialize;

use super::{Coverage, Hidden, Stretch};
use crate::register::Register;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Stored {
    Word(Register<Word>),
    Proved {
        #[serde(default)]
        whole: Vec<Stretch>,
        #[serde(default)]
        hidden: Option<Register<Hidden>>,
        #[serde(default)]
        denied: Option<Register<Option<String>>>,
        #[serde(default)]
        missed: Vec<Stretch>,
    },
}

/// The one word that earlier versions kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    Partial,
    PlatformLimit,
    Complete,
}

impl From<Stored> for Coverage {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Proved { whole, hidden, denied, missed } => Self { whole, hidden, denied, missed },
            Stored::Word(Register { as_of, value: Word::Complete, .. }) => Self::whole(Stretch::new(None, as_of)),
            Stored::Word(Register { as_of, value: Word::PlatformLimit, .. }) => Self::default().hiding(as_of, Hidden::new(None, 0)),
            Stored::Word(Register { value: Word::Partial, .. }) => Self::default(),
        }
    }
}
