//! What the platform has not approved the app for, as the examinations found it.

use std::sync::Arc;

use async_trait::async_trait;
use link_core::Result;
use link_core::linking::accessibility::{Finding, FindingStore};
use link_core::linking::connection::ConnectionKey;
use link_core::words::finding::Subject;
use link_core::words::platform::Scope;
use link_core::words::view::View;
use link_permissions::Approvals;

/// Answers from the findings that stand; those of an account count for that account, those of none for all.
pub(crate) struct Approved(pub(crate) Arc<dyn FindingStore>);

#[async_trait]
impl Approvals for Approved {
    async fn unapproved(&self, connection: &ConnectionKey) -> Result<Vec<Scope>> {
        let view = View::system(connection.account.owner.clone(), "see what the app is approved for");
        let standing = self.0.findings(&view).await?.into_iter();
        // Two roads are two apps, with a review each.
        let on_road = |finding: &Finding| match &finding.subject {
            Subject::Road { road } | Subject::Person { road, .. } => *road == connection.road,
            Subject::Program | Subject::Untold => true,
        };
        let at = |finding: &Finding| finding.account.as_ref().is_none_or(|account| *account == connection.account.account);
        let concerns = standing.filter(|finding| on_road(finding) && at(finding));
        Ok(concerns.flat_map(|finding| finding.lacking).collect())
    }
}
