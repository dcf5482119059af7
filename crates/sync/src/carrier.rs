//! The platforms that messages are carried by, and the right to call them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::linking::setup::Synchronisation;
use link_core::words::capabilities::Capabilities;
use link_core::words::error::{Error, Result};
use link_core::words::ids::AccountKey;
use link_core::words::platform::{Platform, Road};
use link_core::words::ports::{Access, History, Profiles, Sender};
use link_core::words::refusal::Refusal;

/// One platform: what it can do, and the ports by which it does it.
#[derive(Clone)]
pub struct Carrier {
    /// What it can and cannot do.
    pub capabilities: &'static Capabilities,
    /// Sends.
    pub sender: Arc<dyn Sender>,
    /// Reads back.
    pub history: Arc<dyn History>,
    /// Looks people up.
    pub profiles: Arc<dyn Profiles>,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Carrier({})", self.capabilities.platform)
    }
}

/// Every platform that is built in. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Carriers(Arc<BTreeMap<Platform, Carrier>>);

impl Carriers {
    /// These platforms, each by its own name.
    pub fn new(carriers: impl IntoIterator<Item = Carrier>) -> Self {
        Self(Arc::new(carriers.into_iter().map(|carrier| (carrier.capabilities.platform.clone(), carrier)).collect()))
    }

    /// One platform; a platform that is not built in is a refusal, since an account of it can be linked by a newer program.
    pub fn of(&self, platform: &Platform) -> Result<&Carrier, Refusal> {
        self.0.get(platform).ok_or_else(|| Refusal::Unsupported { what: format!("the platform {platform} in this program") })
    }
}

/// The right to call a platform for an account that is linked.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Accesses: Send + Sync {
    /// The access of a connection; a refusal if it is not linked or its token is dead.
    async fn access(&self, connection: &ConnectionKey) -> Result<Result<Access, Refusal>>;
    /// By which road an account is served at a time; `None` if it is not linked.
    async fn road(&self, account: &AccountKey, at: DateTime<Utc>) -> Result<Option<Road>>;
    /// What the owner wants synchronised at this account; `None` if it is not linked.
    async fn wanted(&self, connection: &ConnectionKey) -> Result<Option<Synchronisation>>;
    /// A call with this access failed. An error that says the token is dead marks the connection; nothing of what comes in is stopped by that.
    /// The generation is that of the [`Access`]: if somebody signed in again since then, the failure says nothing about the token that is there
    /// now.
    async fn failed(&self, connection: &ConnectionKey, generation: u64, error: &Error) -> Result<()>;
}
