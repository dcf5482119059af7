//! Where alerts go.

use async_trait::async_trait;
use link_core::Result;

use crate::alert::Alert;

/// Where alerts go.
///
/// `Ok` means that the alert is the receiver's now. An error means that it is not, or that nobody knows: it is delivered again, later,
/// and nothing after it is delivered before. An alert may so arrive twice, also after a restart; its id is the same, and a sink that
/// must not tell twice keeps it. A call may be cancelled at any point and counts as an error then. Who may see an alert is the sink's
/// to mind: it goes to receivers of its owner who may see its account.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Sink: Send + Sync {
    /// Hands an alert over.
    async fn deliver(&self, alert: &Alert) -> Result<()>;
}
