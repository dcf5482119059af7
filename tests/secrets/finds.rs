//! Finding a secret wherever and however it is written.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Something that nobody may see, and what it is called when it was seen.
#[derive(Clone)]
pub(crate) struct Hidden {
    name: String,
    forms: BTreeSet<String>,
}

impl Hidden {
    /// A secret text: as it is, escaped, encoded, as a list of bytes; of a long one, both ends too.
    pub(crate) fn new(name: impl Into<String>, secret: impl AsRef<[u8]>) -> Self {
        let bytes = secret.as_ref();
        let list = |text: String| text.trim_matches(['[', ']']).to_owned();
        let mut forms = BTreeSet::from([
            hex::encode(bytes),
            hex::encode_upper(bytes),
            STANDARD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            list(format!("{bytes:?}")),
            list(format!("{bytes:#?}")),
            list(serde_json::to_string(bytes).unwrap()),
            url::form_urlencoded::byte_serialize(bytes).collect(),
        ]);
        if let Ok(text) = std::str::from_utf8(bytes) {
            forms.insert(text.to_owned());
            if text.len() >= 40 {
                forms.extend([text[..16].to_owned(), text[text.len() - 16..].to_owned()]);
            }
        }
        Self { name: name.into(), forms }
    }

    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form.as_str()))
    }
}

/// Every value that follows a mark, as far as it is made of letters, digits, `-` and `_`.
pub(crate) fn after<'a>(text: &'a str, mark: &str) -> BTreeSet<&'a str> {
    let word = |rest: &'a str| rest.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or_default();
    text.match_indices(mark).map(|(at, _)| word(&text[at + mark.len()..])).filter(|word| !word.is_empty()).collect()
}

/// Everything that was shown to anybody: values in Debug, errors with all their sources, answers.
#[derive(Default)]
pub(crate) struct Shown(Vec<(String, String)>);

impl Shown {
    pub(crate) fn value(&mut self, name: &str, value: &dyn Debug) {
        self.0.push((name.to_owned(), format!("{value:?}\n{value:#?}")));
    }

    pub(crate) fn text(&mut self, name: &str, text: impl Display) {
        self.0.push((name.to_owned(), text.to_string()));
    }

    /// An error in every notation, with whatever caused it.
    pub(crate) fn error(&mut self, name: &str, error: &(dyn std::error::Error + 'static)) {
        let (mut text, mut next) = (String::new(), Some(error));
        while let Some(error) = next {
            writeln!(text, "{error}\n{error:?}\n{error:#?}").unwrap();
            next = error.source();
        }
        self.0.push((name.to_owned(), text));
    }

    /// Which secret was seen where.
    pub(crate) fn leaks(&self, hidden: &[Hidden]) -> Vec<String> {
        let found = |(place, text): &(String, String)| {
            hidden.iter().filter(|hidden| hidden.is_in(text)).map(|hidden| format!("{} in {place}", hidden.name)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(found).collect()
    }
}
