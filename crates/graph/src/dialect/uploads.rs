//! `POST /{page or account}/message_attachments`.

use async_trait::async_trait;
use link_core::words::outgoing::AttachmentKind;
use link_core::words::ports::{Access, File, UploadProgress, Uploaded, Uploads};
use link_core::{Error, ErrorKind, ExternalId, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Talk;
use crate::client::{Answer, Call};
use crate::wire::Lenient;

const WHAT: &str = "upload the file";
const EDGE: &str = "{}/message_attachments";
/// The part that holds the file.
const FILE: &str = "filedata";

/// A Page uploads for Messenger and, if it says so, for its Instagram account; an account of Instagram Login for itself.
#[async_trait]
impl Uploads for Talk {
    async fn upload(&self, access: &Access, file: &File, progress: &UploadProgress) -> Result<Uploaded> {
        self.check(access)?;
        let mut fields: Vec<(&'static str, String)> = vec![("message", message(file.kind, &json!({"is_reusable": true})).to_string())];
        fields.extend(self.meant().map(|platform| ("platform", platform.to_owned())));
        let call = self.address(Call::post(WHAT, EDGE), access).id(access.asset());
        let answer = self.client.call(call.file(fields, FILE, file.clone(), progress.clone())).await?;
        uploaded(&answer)
    }

    async fn fetch(&self, access: &Access, kind: AttachmentKind, url: &str) -> Result<Uploaded> {
        self.check(access)?;
        let mut body = Map::from_iter([("message".to_owned(), message(kind, &json!({"url": url, "is_reusable": true})))]);
        body.extend(self.meant().map(|platform| ("platform".to_owned(), json!(platform))));
        let call = self.address(Call::post(WHAT, EDGE), access).id(access.asset()).json(&Value::Object(body))?;
        uploaded(&self.client.call(call.fetching_film(kind == AttachmentKind::Video)).await?)
    }
}

impl Talk {
    /// The word that says for which of its two accounts a Page uploads; Messenger needs none, and an account by itself has no choice.
    fn meant(&self) -> Option<&'static str> {
        Some(self.dialect.word).filter(|word| *word != "messenger" && !self.by_login())
    }
}

fn message(kind: AttachmentKind, payload: &Value) -> Value {
    json!({"attachment": {"type": kind.as_str(), "payload": payload}})
}

#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    attachment_id: Lenient<String>,
}

fn uploaded(answer: &Answer) -> Result<Uploaded> {
    let id = answer.json::<Kept>()?.attachment_id.0.and_then(|id| ExternalId::new(id).ok());
    id.map(|id| Uploaded::new(id, answer.at)).ok_or_else(|| Error::new(ErrorKind::Unrecognised, WHAT))
}
