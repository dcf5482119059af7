//! What follows from what was proved.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Coverage, Stretch, united};

/// A conversation's time from its beginning on, piece by piece without holes. It serialises, for exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoverageMap {
    /// The pieces, oldest first.
    pub spans: Vec<Span>,
}

/// A piece of a conversation's time, all of which stands alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// Its beginning; `None` is the beginning of the conversation, whenever that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How a piece of a conversation's time stands. None of them says that anything was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Every message that the platform shows is here: it was compared with the platform's own memory.
    Complete,
    /// It was listened to: what the platform delivered is here, and nobody compared it with the platform's memory yet.
    Heard,
    /// The platform has more and does not hand it out.
    BeyondLimit,
    /// It may not be read.
    NotPermitted {
        /// The error's or refusal's own words.
        why: String,
    },
    /// There is or may be more: it was not asked for, not read yet, or could not be read to its end.
    Gap,
}

impl Standing {
    /// The word under which it is serialised.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Heard => "heard",
            Self::BeyondLimit => "beyond_limit",
            Self::NotPermitted { .. } => "not_permitted",
            Self::Gap => "gap",
        }
    }
}

impl Coverage {
    /// The map until a time. `heard` is when deliveries were listened to; what could not be compared since it was
    /// [missed](Self::missed) is not taken for heard.
    pub fn map(&self, heard: &[Stretch], until: DateTime<Utc>) -> CoverageMap {
        let mut pieces: Vec<(Stretch, Standing)> = self.whole.iter().map(|stretch| (*stretch, Standing::Complete)).collect();
        let known = united(self.whole.iter().chain(&self.missed).copied().collect());
        let heard = united(heard.to_vec()).into_iter().flat_map(|stretch| without(stretch, &known));
        pieces.extend(heard.map(|stretch| (stretch, Standing::Heard)));
        pieces.sort();
        let mut spans = Vec::new();
        let mut here: Option<DateTime<Utc>> = None;
        for (piece, standing) in pieces {
            let to = piece.to.min(until);
            if piece.from.is_some_and(|from| from >= until) || here.is_some_and(|here| here >= to) {
                continue;
            }
            if let Some(from) = piece.from.filter(|from| here.is_none_or(|here| *from > here)) {
                spans.push(self.unproved(here, from));
            }
            spans.push(Span { from: piece.from.max(here), to, standing });
            here = Some(to);
        }
        if here.is_none_or(|here| here < until) {
            spans.push(self.unproved(here, until));
        }
        CoverageMap { spans }
    }

    /// A piece of which nothing was proved.
    fn unproved(&self, from: Option<DateTime<Utc>>, to: DateTime<Utc>) -> Span {
        let is_hidden = self.hidden.as_ref().is_some_and(|told| told.value.before.is_none_or(|before| to <= before));
        let denial = self.denied.as_ref().and_then(|told| told.value.clone());
        let standing = match denial {
            _ if is_hidden => Standing::BeyondLimit,
            Some(why) => Standing::NotPermitted { why },
            None => Standing::Gap,
        };
        Span { from, to, standing }
    }
}

impl CoverageMap {
    /// How the whole stands: as the worst of its pieces.
    pub fn standing(&self) -> &Standing {
        self.spans.iter().map(|span| &span.standing).max().unwrap_or(&Standing::Gap)
    }

    /// For people, a line for each piece.
    pub fn to_text(&self) -> String {
        self.spans.iter().fold(String::new(), |mut text, span| {
            let from = span.from.map_or_else(|| "the beginning".to_owned(), |from| from.to_rfc3339());
            let said = match &span.standing {
                Standing::Complete => "complete".to_owned(),
                Standing::Heard => "as it was delivered".to_owned(),
                Standing::BeyondLimit => "not shown by the platform".to_owned(),
                Standing::NotPermitted { why } => format!("may not be read: {why}"),
                Standing::Gap => "not here".to_owned(),
            };
            // Writing to a string does not fail.
            writeln!(text, "from {from} to {}: {said}", span.to.to_rfc3339()).unwrap_or_default();
            text
        })
    }
}

/// What is left of a stretch without others, which are apart and oldest first.
fn without(stretch: Stretch, others: &[Stretch]) -> Vec<Stretch> {
    let (mut left, mut from) = (Vec::new(), stretch.from);
    for other in others.iter().filter(|other| other.from.is_none_or(|begin| begin <= stretch.to)) {
        if other.from.is_some_and(|begin| from.is_none_or(|from| begin > from)) {
            left.extend(other.from.map(|begin| Stretch::new(from, begin)));
        }
        from = from.max(Some(other.to));
    }
    if from.is_none_or(|from| from < stretch.to) {
        left.push(Stretch::new(from, stretch.to));
    }
    left
}
