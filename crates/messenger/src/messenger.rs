//! The ports.

use async_trait::async_trait;
use link_core::words::event::Profile;
use link_core::words::outgoing::{AttachmentKind, Outcome, Outgoing, Signal};
use link_core::words::ports::{
    Access, File, History, HistoryPage, HistoryQuery, Looked, Profiles, Sender, Subscriptions, ThreadPage, UploadProgress, Uploaded,
    Uploads,
};
use link_core::{MessageId, Result, ScopedId, Secret};
use link_graph::{Client, Dialect, Talk};

/// Messenger, spoken through a client. Cheap to clone.
///
/// Access by another road than Facebook Login, or to an account of another platform, is an error of kind
/// [`Configuration`](link_core::ErrorKind::Configuration): there is no other road to Messenger.
#[derive(Debug, Clone)]
pub struct Messenger(Talk);

impl Messenger {
    /// Messenger in the name of the client's app.
    pub const fn new(client: Client) -> Self {
        Self(Talk::new(client, Dialect::MESSENGER))
    }
}

#[async_trait]
impl History for Messenger {
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        self.0.conversations(access, query).await
    }

    async fn messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage> {
        self.0.messages(access, thread, query).await
    }

    async fn message(&self, access: &Access, id: &MessageId) -> Result<Looked> {
        self.0.message(access, id).await
    }
}

#[async_trait]
impl Sender for Messenger {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        self.0.send(access, outgoing).await
    }

    async fn signal(&self, access: &Access, to: &ScopedId, signal: Signal) -> Result<()> {
        self.0.signal(access, to, signal).await
    }
}

#[async_trait]
impl Uploads for Messenger {
    async fn upload(&self, access: &Access, file: &File, progress: &UploadProgress) -> Result<Uploaded> {
        self.0.upload(access, file, progress).await
    }

    async fn fetch(&self, access: &Access, kind: AttachmentKind, url: &str) -> Result<Uploaded> {
        self.0.fetch(access, kind, url).await
    }
}

#[async_trait]
impl Profiles for Messenger {
    async fn profile(&self, access: &Access, peer: &ScopedId) -> Result<Option<Profile>> {
        self.0.profile(access, peer).await
    }
}

/// A Page and the Instagram account linked to it share one subscription at Meta. Each call here touches only Messenger's fields of it.
#[async_trait]
impl Subscriptions for Messenger {
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        self.0.announce(callback_url, verify_token).await
    }

    async fn subscribe(&self, access: &Access) -> Result<()> {
        self.0.subscribe(access).await
    }

    async fn subscribed(&self, access: &Access) -> Result<Vec<String>> {
        self.0.subscribed(access).await
    }

    async fn unsubscribe(&self, access: &Access) -> Result<()> {
        self.0.unsubscribe(access).await
    }
}
