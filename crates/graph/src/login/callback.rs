//! What comes back from the dialog.

use link_core::Secret;
use link_core::words::ports::DialogAnswer;
use url::form_urlencoded;

/// How a dialog ended, read from the parameters with which the person came back.
///
/// Never read from texts: they are translated and were changed before. Dialogs that fail otherwise do not come back at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Callback {
    /// They consented.
    Code {
        /// What is exchanged for a token, once.
        code: Secret,
        /// What ties it to the one who asked.
        state: Secret,
    },
    /// They did not.
    Denied {
        /// What ties it to the one who asked, if it came along.
        state: Option<Secret>,
        /// Why.
        reason: Declined,
    },
    /// This is no answer of the dialog: something is missing, doubled or contradictory.
    Malformed,
}

/// Why a dialog gave no code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Declined {
    /// The person said no.
    ByPerson,
    /// Something else, in the dialog's own word; empty if it was no word.
    Other(String),
}

impl Callback {
    /// Reads the query of the address, with or without its `?`.
    pub fn parse(query: &str) -> Self {
        Self::from_pairs(form_urlencoded::parse(query.trim_start_matches('?').as_bytes()))
    }

    /// Reads decoded parameters.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut found = [const { None::<String> }; 4];
        for (name, value) in pairs {
            let Some(index) = ["code", "state", "error", "error_reason"].iter().position(|known| *known == name.as_ref()) else { continue };
            let value = without_fragment(value.as_ref()).to_owned();
            if found[index].replace(value).is_some() {
                return Self::Malformed;
            }
        }
        let [code, state, error, reason] = found.map(|value| value.filter(|value| !value.is_empty()));
        match (code, state, error) {
            (Some(code), Some(state), None) => Self::Code { code: code.into(), state: state.into() },
            (None, state, Some(error)) => Self::Denied { state: state.map(Secret::from), reason: declined(&error, reason.as_deref()) },
            _ => Self::Malformed,
        }
    }
}

/// The same in core's words.
pub(super) fn answer(query: &str) -> DialogAnswer {
    match Callback::parse(query.split_once('?').map_or(query, |(_, query)| query)) {
        Callback::Code { code, state } => DialogAnswer::Code { code, state },
        Callback::Denied { state, .. } => DialogAnswer::Declined { state },
        Callback::Malformed => DialogAnswer::Nothing,
    }
}

fn declined(error: &str, reason: Option<&str>) -> Declined {
    if error == "access_denied" && matches!(reason, None | Some("user_denied")) {
        return Declined::ByPerson;
    }
    let word = reason.unwrap_or(error);
    let fits = word.len() <= 64 && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    Declined::Other(if fits { word.to_owned() } else { String::new() })
}

/// Without the fragment that Facebook and Instagram put behind the address and that some browsers hand on.
pub(super) fn without_fragment(value: &str) -> &str {
    value.strip_suffix("#_=_").or_else(|| value.strip_suffix("#_")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str, state: &str) -> Callback {
        Callback::Code { code: code.into(), state: state.into() }
    }

    #[test]
    fn a_code_comes_without_the_fragment_that_facebook_hangs_on() {
        assert_eq!(Callback::parse("code=AQB-x%2Fy&state=s1"), code("AQB-x/y", "s1"));
        assert_eq!(Callback::parse("?state=s1&code=AQB#_=_"), code("AQB", "s1"));
        assert_eq!(Callback::parse("code=AQB&state=s1%23_%3D_"), code("AQB", "s1"));
    }

    #[test]
    fn a_refusal_is_known_by_its_words_whatever_language_it_is_described_in() {
        let denied = |query| match Callback::parse(query) {
            Callback::Denied { state, reason } => (state.is_some(), reason),
            other => panic!("{other:?}"),
        };
        let by_person = (true, Declined::ByPerson);
        assert_eq!(
            denied("error=access_denied&error_reason=user_denied&error_code=200&error_description=Permissions+error&state=s"),
            by_person
        );
        assert_eq!(denied("error=access_denied&error_description=Nein&state=s"), by_person);
        assert_eq!(denied("error=server_error"), (false, Declined::Other("server_error".into())));
        assert_eq!(denied("error=%3Cscript%3E"), (false, Declined::Other(String::new())), "it may be shown to somebody");
    }

    #[test]
    fn an_answer_that_can_be_read_in_two_ways_is_read_in_none() {
        for query in [
            "",
            "code=a",
            "state=s",
            "code=a&code=b&state=s",
            "code=a&state=s&state=t",
            "code=a&state=s&error=access_denied",
            "code=&state=s",
        ] {
            assert_eq!(Callback::parse(query), Callback::Malformed, "{query}");
        }
    }

    #[test]
    fn neither_code_nor_state_is_seen_in_debug() {
        let shown = format!("{:?}", Callback::parse("code=AQB-secret&state=s-secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
