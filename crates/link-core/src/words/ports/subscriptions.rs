//! Being told.

use async_trait::async_trait;

use super::Access;
use crate::words::error::Result;
use crate::words::secret::Secret;

/// Turns webhooks on and off. Every call is idempotent.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Makes sure that the platform knows our address for everything this road can tell; it asks the address back at once.
    async fn announce(&self, callback_url: &str, verify_token: &Secret) -> Result<()>;
    /// Subscribes one account, to what belongs to its [`features`](Access::features) too. Replaces the set of fields that was subscribed before.
    async fn subscribe(&self, access: &Access) -> Result<()>;
    /// The fields that are subscribed now; empty if none. Subscriptions can vanish silently, so this is worth asking.
    async fn subscribed(&self, access: &Access) -> Result<Vec<String>>;
    /// Ends it for one account.
    async fn unsubscribe(&self, access: &Access) -> Result<()>;
}
