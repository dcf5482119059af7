//! One call, before it is made.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use link_core::words::ports::{File, UploadProgress};
use link_core::{Error, ErrorKind, Result, Secret};
use reqwest::Method;
use reqwest::multipart::Form;
use serde::Serialize;

use super::hosts::Host;

/// A call to be made.
///
/// The path is a template whose `{}` are filled in order by [`Call::id`]: `"{}/conversations"`. Logs carry the template, never
/// what fills it.
pub struct Call {
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) host: Host,
    pub(super) template: &'static str,
    pub(super) ids: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) secrets: Vec<(&'static str, Secret)>,
    pub(super) versioned: bool,
    pub(super) body: Body,
    pub(super) token: Option<Secret>,
    pub(super) fetches_film: bool,
}

pub(super) enum Body {
    None,
    Form(Vec<(&'static str, Secret)>),
    Json(Vec<u8>),
    Multipart(Vec<(&'static str, String)>, Part),
}

/// A file in a body, with who is told how much of it has left.
pub(super) struct Part {
    name: &'static str,
    file: File,
    progress: UploadProgress,
}

/// How much of a file is handed to the network at once, in bytes.
const CHUNK: usize = 64 * 1024;

impl Part {
    /// The whole body: the plain fields, then the file, piece by piece.
    pub(super) fn form(self, fields: Vec<(&'static str, String)>, what: &'static str) -> Result<Form> {
        let Self { name, file, progress } = self;
        let size = file.bytes();
        let whole = Bytes::from_owner(file.content);
        let mut left = 0_u64;
        let pieces = (0..whole.len()).step_by(CHUNK).map(move |start| {
            let piece = whole.slice(start..(start + CHUNK).min(whole.len()));
            left += u64::try_from(piece.len()).unwrap_or_default();
            progress.tell(left, size);
            Ok::<_, Infallible>(piece)
        });
        let content = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
        let part = reqwest::multipart::Part::stream_with_length(content, size).file_name(file.name).mime_str(&file.mime);
        let part = part.map_err(|error| Error::new(ErrorKind::Invalid, what).with_source(error.without_url()))?;
        let plain = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        Ok(plain.part(name, part))
    }
}

impl Call {
    /// Reads something from the Graph API. `what` is a fragment that fits after "failed to" and goes into errors.
    pub const fn get(what: &'static str, template: &'static str) -> Self {
        Self::new(Method::GET, what, template)
    }

    /// Changes something in the Graph API.
    pub const fn post(what: &'static str, template: &'static str) -> Self {
        Self::new(Method::POST, what, template)
    }

    /// Removes something from the Graph API.
    pub const fn delete(what: &'static str, template: &'static str) -> Self {
        Self::new(Method::DELETE, what, template)
    }

    const fn new(method: Method, what: &'static str, template: &'static str) -> Self {
        Self {
            what,
            method,
            host: Host::FacebookGraph,
            template,
            ids: Vec::new(),
            query: Vec::new(),
            secrets: Vec::new(),
            versioned: true,
            body: Body::None,
            token: None,
            fetches_film: false,
        }
    }

    /// To another host than `graph.facebook.com`.
    #[must_use]
    pub const fn on(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Without the version before its path, as the calls are documented that belong to no version.
    #[must_use]
    pub const fn unversioned(mut self) -> Self {
        self.versioned = false;
        self
    }

    /// Fills the next `{}` of the path. An id is one segment of the path whatever it holds.
    #[must_use]
    pub fn id(mut self, id: impl fmt::Display) -> Self {
        self.ids.push(id.to_string());
        self
    }

    /// With a parameter in the address. Never for a secret: that is [`Call::secret_query`].
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a secret in the address, for the calls that take it nowhere else. It is seen in no log, no error and no Debug of ours; prefer
    /// [`Call::field`] wherever the platform leaves the choice.
    #[must_use]
    pub fn secret_query(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        self.secrets.push((name, value.into()));
        self
    }

    /// With a field in the body, as a form. Secrets travel here.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
        let pair = (name, value.into());
        match &mut self.body {
            Body::Form(fields) => fields.push(pair),
            Body::None | Body::Json(_) | Body::Multipart(..) => self.body = Body::Form(vec![pair]),
        }
        self
    }

    /// With a body as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::new(ErrorKind::Invalid, self.what).with_source(error))?;
        self.body = Body::Json(bytes);
        Ok(self)
    }

    /// With a file in the body, under this name, after these plain fields.
    #[must_use]
    pub fn file(mut self, fields: Vec<(&'static str, String)>, name: &'static str, file: File, progress: UploadProgress) -> Self {
        self.body = Body::Multipart(fields, Part { name, file, progress });
        self
    }

    /// The platform fetches a film from an address before it answers, if so.
    #[must_use]
    pub const fn fetching_film(mut self, fetches: bool) -> Self {
        self.fetches_film = fetches;
        self
    }

    /// In the name of a token: it goes into a header, and its proof into the address.
    #[must_use]
    pub fn with_token(mut self, token: &Secret) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// The segments of the path, each `{}` filled.
    pub(super) fn segments(&self) -> Result<Vec<&str>> {
        let mut ids = self.ids.iter();
        let segments: Option<Vec<_>> =
            self.template.split('/').map(|part| if part == "{}" { ids.next().map(String::as_str) } else { Some(part) }).collect();
        segments.filter(|_| ids.next().is_none()).ok_or_else(|| Error::new(ErrorKind::Invalid, self.what))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).field("host", &self.host).field("path", &self.template).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_too_few_or_too_many_ids_is_not_called() {
        assert_eq!(Call::get("x", "{}/messages").id("1").segments().unwrap(), ["1", "messages"]);
        assert!(Call::get("x", "{}/messages").segments().is_err());
        assert!(Call::get("x", "me/accounts").id("1").segments().is_err());
    }
}
