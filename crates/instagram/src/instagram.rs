//! The ports.

use async_trait::async_trait;
use link_core::words::event::Profile;
use link_core::words::outgoing::{AttachmentKind, Outcome, Outgoing, Signal};
use link_core::words::page::Page;
use link_core::words::ports::{
    Access, File, History, HistoryPage, HistoryQuery, Looked, PostQuery, Posts, Profiles, Published, Sender, Subscriptions, ThreadPage,
    UploadProgress, Uploaded, Uploads,
};
use link_core::{ExternalId, MessageId, Result, Road, ScopedId, Secret};
use link_graph::{Client, Dialect, Talk};

/// Instagram, spoken through a client for each road. Cheap to clone.
///
/// The access says by which road an account is reached. A road for which there is no client, or an account of another platform, is an
/// error of kind [`Configuration`](link_core::ErrorKind::Configuration).
#[derive(Debug, Clone)]
pub struct Instagram {
    linked: Talk,
    login: Option<Talk>,
}

impl Instagram {
    /// Instagram in the name of the client's app, for accounts that are linked to a Page.
    pub const fn new(client: Client) -> Self {
        Self { linked: Talk::new(client, Dialect::INSTAGRAM), login: None }
    }

    /// Also for accounts that signed in by themselves, in the name of this client's app, which is the Instagram one.
    #[must_use]
    pub fn with_login(mut self, client: Client) -> Self {
        let meta_app = self.linked.client().app().id.clone();
        self.login = Some(Talk::by_instagram_login(client, Dialect::INSTAGRAM).of_meta_app(meta_app));
        self
    }

    /// Whoever speaks for this road; who cannot refuses.
    fn by(&self, access: &Access) -> &Talk {
        self.login.as_ref().filter(|_| access.road == Road::INSTAGRAM).unwrap_or(&self.linked)
    }
}

#[async_trait]
impl History for Instagram {
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        self.by(access).conversations(access, query).await
    }

    async fn messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage> {
        self.by(access).messages(access, thread, query).await
    }

    async fn message(&self, access: &Access, id: &MessageId) -> Result<Looked> {
        self.by(access).message(access, id).await
    }
}

#[async_trait]
impl Sender for Instagram {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        self.by(access).send(access, outgoing).await
    }

    async fn signal(&self, access: &Access, to: &ScopedId, signal: Signal) -> Result<()> {
        self.by(access).signal(access, to, signal).await
    }
}

#[async_trait]
impl Uploads for Instagram {
    async fn upload(&self, access: &Access, file: &File, progress: &UploadProgress) -> Result<Uploaded> {
        self.by(access).upload(access, file, progress).await
    }

    async fn fetch(&self, access: &Access, kind: AttachmentKind, url: &str) -> Result<Uploaded> {
        self.by(access).fetch(access, kind, url).await
    }
}

#[async_trait]
impl Posts for Instagram {
    async fn published(&self, access: &Access, query: &PostQuery) -> Result<Page<Published>> {
        self.by(access).published(access, query).await
    }

    async fn post(&self, access: &Access, id: &ExternalId) -> Result<Option<Published>> {
        self.by(access).post(access, id).await
    }
}

#[async_trait]
impl Profiles for Instagram {
    async fn profile(&self, access: &Access, peer: &ScopedId) -> Result<Option<Profile>> {
        self.by(access).profile(access, peer).await
    }
}

/// A Page and the Instagram account linked to it share one subscription at Meta. Each call here touches only
/// Instagram's part of it; while Messenger's part is left, Meta goes on telling of both. An account that signed in by itself has a
/// subscription of its own. The address is announced once for both roads, by the Meta app.
#[async_trait]
impl Subscriptions for Instagram {
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()> {
        self.linked.announce(callback_url, verify_token).await
    }

    async fn subscribe(&self, access: &Access) -> Result<()> {
        self.by(access).subscribe(access).await
    }

    async fn subscribed(&self, access: &Access) -> Result<Vec<String>> {
        self.by(access).subscribed(access).await
    }

    async fn unsubscribe(&self, access: &Access) -> Result<()> {
        self.by(access).unsubscribe(access).await
    }
}
