//! What can be reached by Instagram Login: the account itself.

use async_trait::async_trait;
use link_core::words::ports::{Directory, Listing};
use link_core::{AccountId, Platform, Refusal, Result, Road, Secret};

use crate::client::Client;
use crate::login::Me;

/// Lists the one account that signed in with Instagram, with the person's own token, which is the account's too.
///
/// The account's id is the professional account's, by which webhooks name it.
#[derive(Debug, Clone)]
pub struct InstagramDirectory {
    client: Client,
}

impl InstagramDirectory {
    /// Asks through a client in the name of the Instagram app.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Directory for InstagramDirectory {
    async fn accounts(&self, token: &Secret) -> Result<Vec<Listing>> {
        let me = Me::ask(&self.client, token).await?;
        let account = AccountId::new(Platform::INSTAGRAM, me.account()?);
        let obstacle = me.is_personal().then_some(Refusal::NotProfessional);
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (name, username) = (told(me.name), told(me.username));
        let shown = name.or_else(|| username.clone()).unwrap_or_else(|| account.id.to_string());
        let mut listing = Listing::new(account, Road::INSTAGRAM, shown, token.clone());
        listing.username = username;
        listing.obstacle = obstacle;
        Ok(vec![listing])
    }
}
