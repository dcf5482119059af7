//! Kinds of acts.

use serde::{Deserialize, Serialize};

/// What kind of act one is: what somebody who looks through the log filters by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Somebody came back from a platform's dialog.
    SignIn,
    /// Somebody gave rights: to us at the platform, or their consent to a link.
    Grant,
    /// Somebody read messages.
    Read,
    /// Somebody sent something.
    Send,
    /// Somebody took data out.
    Export,
    /// Somebody changed how things are set, a setup under way included.
    Setting,
    /// Somebody was refused, or refused.
    Refusal,
    /// Our own work, or a platform, did something about an account.
    Upkeep,
    /// An access was found to be unusual.
    Unusual,
}

impl Kind {
    /// The kind of an act, by its word: `FAMILY.VERB`.
    ///
    /// The family `access` is unusual access, `connection` and `token` are upkeep. In others the verb says it: `sign_in`, `granted` and
    /// `confirm`, `read`, `send`, `export`, and whatever ends in `refused` or `declined`. Everything else changes a setting.
    pub fn of(act: &str) -> Self {
        let (family, verb) = act.split_once('.').unwrap_or((act, ""));
        match (family, verb) {
            (_, verb) if verb.ends_with("refused") || verb.ends_with("declined") => Self::Refusal,
            ("access", _) => Self::Unusual,
            ("connection" | "token", _) => Self::Upkeep,
            (_, "sign_in") => Self::SignIn,
            (_, "granted") | ("link", "confirm") => Self::Grant,
            (_, "read") => Self::Read,
            (_, "send") => Self::Send,
            (_, "export") => Self::Export,
            _ => Self::Setting,
        }
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Grant => "grant",
            Self::Read => "read",
            Self::Send => "send",
            Self::Export => "export",
            Self::Setting => "setting",
            Self::Refusal => "refusal",
            Self::Upkeep => "upkeep",
            Self::Unusual => "unusual",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_for_a_kind_of_act_finds_the_acts_of_that_kind() {
        for (act, kind) in [
            ("setup.sign_in", Kind::SignIn),
            ("setup.granted", Kind::Grant),
            ("link.confirm", Kind::Grant),
            ("inbox.read", Kind::Read),
            ("message.send", Kind::Send),
            ("inbox.export", Kind::Export),
            ("setup.prefer", Kind::Setting),
            ("message.refused", Kind::Refusal),
            ("setup.sign_in_declined", Kind::Refusal),
            ("connection.died", Kind::Upkeep),
            ("access.new_place", Kind::Unusual),
            ("a word of somebody else", Kind::Setting),
        ] {
            assert_eq!(Kind::of(act), kind, "{act}");
        }
    }
}
