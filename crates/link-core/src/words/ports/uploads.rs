//! Uploading files ahead of the messages that carry them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Access;
use crate::words::error::Result;
use crate::words::ids::ExternalId;
use crate::words::outgoing::AttachmentKind;

/// A file that is to be uploaded. Its Debug shows kind and size only: name and content are somebody's.
#[derive(Clone)]
#[non_exhaustive]
pub struct File {
    /// As what it will be sent.
    pub kind: AttachmentKind,
    /// Its name, by which the platform knows the format.
    pub name: String,
    /// Its media type: `image/png`.
    pub mime: String,
    /// What is in it. Platforms take 25 megabytes at most, so it is held in memory.
    pub content: Arc<[u8]>,
}

impl File {
    /// A file.
    pub fn new(kind: AttachmentKind, name: impl Into<String>, mime: impl Into<String>, content: impl Into<Arc<[u8]>>) -> Self {
        Self { kind, name: name.into(), mime: mime.into(), content: content.into() }
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.content.len()).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?}, {} bytes)", self.kind, self.content.len())
    }
}

/// Who is told how far an upload is: bytes handed to the network, of how many. Called often and from the sending itself, so it must not wait.
#[derive(Clone, Default)]
pub struct UploadProgress(Option<Arc<dyn Fn(u64, u64) + Send + Sync>>);

impl UploadProgress {
    /// Tells this.
    pub fn new(told: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    /// Tells nobody.
    pub const fn nobody() -> Self {
        Self(None)
    }

    /// So many bytes of so many have left.
    pub fn tell(&self, sent: u64, of: u64) {
        if let Some(told) = &self.0 {
            told(sent, of);
        }
    }
}

impl fmt::Debug for UploadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "UploadProgress(told)" } else { "UploadProgress(nobody)" })
    }
}

/// A file that the platform keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The id by which the account that uploaded it can send it.
    pub id: ExternalId,
    /// When, by the platform's clock: its days are counted from then.
    pub at: DateTime<Utc>,
}

impl Uploaded {
    /// A file that was taken.
    pub const fn new(id: ExternalId, at: DateTime<Utc>) -> Self {
        Self { id, at }
    }
}

/// Uploads files that messages then carry by their id. Uploading twice makes two ids and harms nobody, so a call may be repeated.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Uploads a file and tells how far it is. Cancelling the call leaves nothing that anybody sees.
    async fn upload(&self, access: &Access, file: &File, progress: &UploadProgress) -> Result<Uploaded>;
    /// Has the platform fetch a file from an address, open to everybody, and keep it.
    async fn fetch(&self, access: &Access, kind: AttachmentKind, url: &str) -> Result<Uploaded>;
}
