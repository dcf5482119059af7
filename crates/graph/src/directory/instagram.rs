//! Which account is reached by Instagram Login: the one that signed in.

use async_trait::async_trait;
use link_core::words::ports::{Directory, Listing};
use link_core::{AccountId, Platform, Refusal, Result, Road, Secret};

use crate::client::Client;
use crate::instagram::me;

/// Lists the one professional account that signed in by Instagram Login. Its token is the person's own.
///
/// A personal account is listed with the obstacle [`Refusal::NotProfessional`]: it can sign in, and cannot be written to from here.
#[derive(Debug, Clone)]
pub struct InstagramDirectory {
    client: Client,
}

impl InstagramDirectory {
    /// Asks through a client, whose app is the Instagram one.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Directory for InstagramDirectory {
    async fn accounts(&self, token: &Secret) -> Result<Vec<Listing>> {
        let me = me(&self.client, token).await?;
        let account = AccountId::new(Platform::INSTAGRAM, me.account()?);
        let obstacle = me.is_personal().then_some(Refusal::NotProfessional);
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let username = told(me.username);
        let name = told(me.name).or_else(|| username.clone()).unwrap_or_else(|| account.id.to_string());
        let mut listing = Listing::new(account, Road::INSTAGRAM, name, token.clone());
        listing.username = username;
        listing.obstacle = obstacle;
        Ok(vec![listing])
    }
}
