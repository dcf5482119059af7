//! The gate that keeps an account from writing while the platform does.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::words::clock::Clock;
use link_core::words::error::Result;
use link_core::words::gate::{Ask, Gate, Verdict};
use link_core::words::platform::Feature;
use link_core::words::view::View;

use crate::store::MessageStore;

/// Refuses to send from an account that the platform restricts, so that nothing is tried that makes it worse. Reading is let through.
#[derive(Clone)]
pub struct RestrictionGate {
    messages: Arc<dyn MessageStore>,
    clock: Arc<dyn Clock>,
}

impl RestrictionGate {
    /// Over what the platform said of accounts.
    pub fn new(messages: Arc<dyn MessageStore>, clock: Arc<dyn Clock>) -> Self {
        Self { messages, clock }
    }
}

#[async_trait]
impl Gate for RestrictionGate {
    async fn ask(&self, ask: &Ask) -> Result<Verdict> {
        if ![Feature::SEND, Feature::HUMAN_AGENT, Feature::SHARE_POST].contains(&ask.feature) {
            return Ok(Verdict::Allowed);
        }
        let view = View::system(ask.account.owner.clone(), "see whether the platform keeps the account from writing");
        let state = self.messages.account(&view, &ask.account).await?;
        let refusal = state.and_then(|state| state.refusal(self.clock.now()));
        Ok(refusal.map_or(Verdict::Allowed, Verdict::Refused))
    }
}

impl fmt::Debug for RestrictionGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestrictionGate")
    }
}
