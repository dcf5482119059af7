//! The ports.

use async_trait::async_trait;
use link_core::words::event::Profile;
use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{Access, History, HistoryPage, HistoryQuery, Profiles, Sender, Subscriptions, ThreadPage};
use link_core::{Result, ScopedId, Secret};
use link_graph::{Client, Dialect, Talk};

/// Instagram, spoken through a client for each road. Cheap to clone.
///
/// Access by a road for which there is no client, or to an account of another platform, is an error of kind
/// [`Configuration`](link_core::ErrorKind::Configuration).
#[derive(Debug, Clone)]
pub struct Instagram(Talk);

impl Instagram {
    /// Instagram in the name of the client's Meta app, for accounts that are linked to a Page.
    pub fn new(client: Client) -> Self {
        Self(Talk::new(client, Dialect::INSTAGRAM))
    }

    /// And in the name of an Instagram app, for accounts that sign in by themselves. It has an id and a secret of its own, so this is
    /// another client.
    #[must_use]
    pub fn with_login(self, client: Client) -> Self {
        Self(self.0.with(client, Dialect::INSTAGRAM_LOGIN))
    }
}

#[async_trait]
impl History for Instagram {
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        self.0.conversations(access, query).await
    }

    async fn messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage> {
        self.0.messages(access, thread, query).await
    }
}

#[async_trait]
impl Sender for Instagram {
    async fn send(&self, access: &Access, outgoing: &Outgoing) -> Outcome {
        self.0.send(access, outgoing).await
    }
}

#[async_trait]
impl Profiles for Instagram {
    async fn profile(&self, access: &Access, peer: &ScopedId) -> Result<Option<Profile>> {
        self.0.profile(access, peer).await
    }
}

/// A Page and the Instagram account linked to it share one subscription at Meta. Each call here touches only
/// Instagram's part of it; while Messenger's part is left, Meta goes on telling of both. An account that signed in by itself has a
/// subscription of its own.
#[async_trait]
impl Subscriptions for Instagram {
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
