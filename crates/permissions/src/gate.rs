//! The gate: what may be done with what was granted.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::connection::{Connection, ConnectionKey};
use link_core::linking::store::LinkStore;
use link_core::words::gate::{Ask, Gate, Verdict};
use link_core::words::refusal::Refusal;
use link_core::{Result, Scope, View};

use crate::ledger::{LedgerQuery, LedgerStore};
use crate::report::{FeatureReport, Report};
use crate::requirement::Requirements;
use crate::standing::{Reach, Standings};

/// Refuses what was not granted.
///
/// The permissions that count for an account are those of the person who authorised its connection: another person's grant gives that
/// connection's token nothing. Permissions about Pages must have been given for the Page through which an account is reached, those
/// about the account for the account itself; see [`Reach`].
///
/// | what is asked | answer |
/// |---|---|
/// | every permission is there | allowed |
/// | an optional one is missing | degraded, with what is missing |
/// | a needed one is missing | refused: permission missing, with how it is missing |
/// | the platform did not approve the app for it | refused: permission missing, not approved for the app |
/// | the account is not connected by that road | refused: not linked |
/// | the table knows no such feature on that road | refused: unsupported |
///
/// Who asks does not matter here; that is for the privacy gate. Cheap to clone.
#[derive(Clone)]
pub struct PermissionGate {
    requirements: Arc<Requirements>,
    ledger: Arc<dyn LedgerStore>,
    links: Arc<dyn LinkStore>,
    approvals: Option<Arc<dyn Approvals>>,
}

/// What the platform has let the app do, whoever consents.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Approvals: Send + Sync {
    /// What it has not approved, as far as is known: permissions and words of [`Requirement::reviews`](crate::Requirement). Makes no call.
    async fn unapproved(&self, connection: &ConnectionKey) -> Result<Vec<Scope>>;
}

impl PermissionGate {
    /// A gate over a table, a ledger, and the links that say who authorised what.
    pub fn new(requirements: Requirements, ledger: Arc<dyn LedgerStore>, links: Arc<dyn LinkStore>) -> Self {
        Self { requirements: Arc::new(requirements), ledger, links, approvals: None }
    }

    /// Asking besides what the platform has approved the app for.
    #[must_use]
    pub fn with_approvals(mut self, approvals: Arc<dyn Approvals>) -> Self {
        self.approvals = Some(approvals);
        self
    }

    /// The table it goes by.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Every feature of a connection with its verdict and reason; `None` if the view does not show the connection.
    pub async fn report(&self, view: &View, key: &ConnectionKey) -> Result<Option<Report>> {
        let Some(connection) = self.links.connection(view, key).await? else {
            return Ok(None);
        };
        let standings = self.standings(view, &connection).await?;
        Ok(Some(Report::of(&self.requirements, &standings, Reach::from(&connection))))
    }

    /// How the permissions stand of the person who authorised a connection, with what the app itself may not do.
    pub async fn standings(&self, view: &View, connection: &Connection) -> Result<Standings> {
        let (person, road) = (&connection.person, &connection.key.road);
        let entries = self.ledger.entries(view, &LedgerQuery::default().of(person.clone()).by(road.clone())).await?;
        let standings = Standings::of(&entries, person, road);
        match &self.approvals {
            Some(approvals) => Ok(standings.with_unapproved(approvals.unapproved(&connection.key).await?)),
            None => Ok(standings),
        }
    }
}

#[async_trait]
impl Gate for PermissionGate {
    async fn ask(&self, ask: &Ask) -> Result<Verdict> {
        let view = View::system(ask.account.owner.clone(), "permission gate");
        let key = ConnectionKey { account: ask.account.clone(), road: ask.road.clone() };
        let Some(connection) = self.links.connection(&view, &key).await? else {
            return Ok(Verdict::Refused(Refusal::NotLinked));
        };
        let standings = self.standings(&view, &connection).await?;
        let report = FeatureReport::of(&self.requirements, &standings, &Reach::from(&connection), &ask.feature);
        Ok(report.map_or_else(|| Verdict::Refused(Refusal::Unsupported { what: ask.feature.to_string() }), |report| report.verdict))
    }
}

impl fmt::Debug for PermissionGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermissionGate").field("requirements", &self.requirements).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
