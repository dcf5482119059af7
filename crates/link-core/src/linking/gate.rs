//! The gate of the link itself: what is not linked, is dead, or was not agreed to, is refused.

use std::sync::Arc;

use async_trait::async_trait;

use super::connection::{ConnectionKey, Health};
use super::store::LinkStore;
use crate::words::error::Result;
use crate::words::gate::{Ask, Gate, Verdict};
use crate::words::platform::Feature;
use crate::words::refusal::Refusal;
use crate::words::view::View;

/// Refuses what the link does not allow: accounts that are not linked, tokens that are dead, answers that the owner switched off.
#[derive(Clone)]
pub struct LinkGate {
    links: Arc<dyn LinkStore>,
}

impl LinkGate {
    /// A gate over the links.
    pub fn new(links: Arc<dyn LinkStore>) -> Self {
        Self { links }
    }

    async fn refusal(&self, ask: &Ask) -> Result<Option<Refusal>> {
        let view = View::system(ask.account.owner.clone(), "ask whether the link allows it");
        let key = ConnectionKey { account: ask.account.clone(), road: ask.road.clone() };
        let Some(connection) = self.links.connection(&view, &key).await? else { return Ok(Some(Refusal::NotLinked)) };
        if matches!(connection.health, Health::Dead { .. }) {
            return Ok(Some(Refusal::Disconnected));
        }
        if ask.feature == Feature::SEND && self.links.link(&view, connection.link).await?.is_none_or(|link| !link.preferences.answer) {
            return Ok(Some(Refusal::AnswersOff));
        }
        Ok(None)
    }
}

impl std::fmt::Debug for LinkGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkGate")
    }
}

#[async_trait]
impl Gate for LinkGate {
    async fn ask(&self, ask: &Ask) -> Result<Verdict> {
        Ok(self.refusal(ask).await?.map_or(Verdict::Allowed, Verdict::Refused))
    }
}
