//! Who a person is.

use async_trait::async_trait;

use super::Access;
use crate::words::error::Result;
use crate::words::event::Profile;
use crate::words::ids::ScopedId;

/// Looks people up. Only people who wrote to the account can be seen, and not all of those.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Profiles: Send + Sync {
    /// What the platform tells of a person; `None` where it withholds everything, which is no error.
    async fn profile(&self, access: &Access, peer: &ScopedId) -> Result<Option<Profile>>;
}
