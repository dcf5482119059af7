//! Files that a platform keeps for an account, and what single accounts may not use: what sending learnt and rules go by.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::Form;
use link_core::words::error::Result;
use link_core::words::ids::{AccountKey, ExternalId};
use link_core::words::outgoing::AttachmentKind;
use link_core::words::platform::Road;
use link_core::words::view::View;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a file is known by: the SHA-256 of its content, or of the address that it was fetched from.
pub type FileDigest = [u8; 32];

/// A file that the platform keeps for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeptUpload {
    /// For which account. Only it can send the file.
    pub account: AccountKey,
    /// By which road it was uploaded: a Page's files are nothing to an account that stands for itself.
    pub road: Road,
    /// Under which id.
    pub id: ExternalId,
    /// As what it can be sent.
    pub kind: AttachmentKind,
    /// What it is known by.
    pub digest: FileDigest,
    /// Where it was fetched from, if it was: from there it can be fetched again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the platform forgets it.
    pub until: DateTime<Utc>,
}

impl KeptUpload {
    /// A file with this content, kept until then.
    pub fn of_content(account: AccountKey, road: Road, id: ExternalId, kind: AttachmentKind, content: &[u8], until: DateTime<Utc>) -> Self {
        Self { account, road, id, kind, digest: digest(content), url: None, until }
    }

    /// A file from this address, kept until then.
    pub fn from_address(account: AccountKey, road: Road, id: ExternalId, kind: AttachmentKind, url: &str, until: DateTime<Utc>) -> Self {
        Self { account, road, id, kind, digest: digest_of_address(url), url: Some(url.to_owned()), until }
    }
}

/// What a file's content is known by.
pub fn digest(content: &[u8]) -> FileDigest {
    Sha256::digest(content).into()
}

/// What the address is known by that a file is fetched from. No file's content is known by the same.
pub fn digest_of_address(url: &str) -> FileDigest {
    Sha256::new().chain_update(b"fetched from\0").chain_update(url).finalize().into()
}

/// Which file is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadQuery {
    /// By which connection it could be sent.
    pub connection: ConnectionKey,
    /// As what.
    pub kind: AttachmentKind,
    /// What it is known by.
    pub digest: FileDigest,
    /// Which is kept longer than until then.
    pub later_than: DateTime<Utc>,
}

impl UploadQuery {
    /// A file that a connection can send as this, and that is kept longer than until then.
    pub const fn new(connection: ConnectionKey, kind: AttachmentKind, digest: FileDigest, later_than: DateTime<Utc>) -> Self {
        Self { connection, kind, digest, later_than }
    }
}

/// Where the ids of uploaded files are kept. Losing one costs an upload and nothing else.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Keeps a file's id; one that is kept already is written anew.
    async fn keep(&self, upload: &KeptUpload) -> Result<()>;
    /// The file that is kept longest of those that match; `None` if none does or the view does not show the account.
    async fn find(&self, view: &View, query: &UploadQuery) -> Result<Option<KeptUpload>>;
    /// The file of an id.
    async fn known(&self, view: &View, account: &AccountKey, id: &ExternalId) -> Result<Option<KeptUpload>>;
    /// Forgets an id that the platform no longer knows, and with it every one of the account that ended before `now`.
    async fn forget(&self, account: &AccountKey, id: &ExternalId, now: DateTime<Utc>) -> Result<()>;
    /// Keeps that the platform refused a form to an account, until when that is believed.
    async fn learn(&self, connection: &ConnectionKey, form: Form, until: DateTime<Utc>) -> Result<()>;
    /// The forms that the platform refused to an account, with until when that is believed.
    async fn lacking(&self, view: &View, connection: &ConnectionKey) -> Result<BTreeMap<Form, DateTime<Utc>>>;
}
