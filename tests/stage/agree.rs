//! Looking at a review and agreeing to it, in one breath.

use link_kit::{Confirmed, Linking, Problem, SetupId, Viewer};

/// Confirms what is shown at this moment.
pub(crate) trait Agree {
    async fn agree(&self, viewer: &Viewer, setup: SetupId) -> Result<Confirmed, Problem>;
}

impl Agree for Linking {
    async fn agree(&self, viewer: &Viewer, setup: SetupId) -> Result<Confirmed, Problem> {
        let review = self.review(viewer, setup).await?;
        self.confirm(viewer, setup, &review.digest()).await
    }
}
