//! What was granted, what each feature needs, and the gate that says whether a feature is on.
//!
//! Platforms contribute [`Requirement`] tables: which permissions a feature needs on which road. What people answer is kept in an
//! append-only ledger of [`Entry`]s, which [`answers`] makes from what a platform says. [`Standings`] folds the ledger to what holds now,
//! and the [`PermissionGate`] compares both: a feature is on, on with less, or off with the reason.
//!
//! ```
//! use link_core::words::gate::Verdict;
//! use link_core::{ExternalId, Feature, OwnerId, PersonId, Platform, Road, Scope};
//! use link_permissions::{Entry, Reach, Report, Requirement, Requirements, Standings, What};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! const TABLE: &[Requirement] =
//!     &[Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging"]).with_purpose("answer from here")];
//!
//! let person = PersonId::new("10200000000000001")?;
//! let granted = Entry::new(
//!     OwnerId::new("bakery")?,
//!     person.clone(),
//!     Road::FACEBOOK,
//!     Scope::known("pages_messaging"),
//!     What::Granted,
//!     "2026-11-23T12:00:00Z".parse()?,
//! )
//! .with_targets(Some(vec![ExternalId::new("3000000000000001")?]));
//! let standings = Standings::of([&granted], &person, &Road::FACEBOOK);
//!
//! // The person ticked one Page in the dialog and left the other out.
//! let report = |page: &str| Ok::<_, Box<dyn std::error::Error>>(Report::of(
//!     &Requirements::new().with(TABLE),
//!     &standings,
//!     Reach::new(format!("messenger:{page}").parse()?, Road::FACEBOOK),
//! ));
//! assert_eq!(report("3000000000000001")?.features[0].verdict, Verdict::Allowed);
//! assert!(matches!(report("3000000000000002")?.features[0].verdict, Verdict::Refused(_)));
//! # Ok(())
//! # }
//! ```
//!
//! Feature `testing` brings a ledger in memory, the conformance suite for ledger stores, and mocks.

pub mod answers;
#[cfg(any(test, feature = "testing"))]
#[expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a conformance suite is a test: it may stop where the store or itself is wrong"
)]
pub mod conformance;
mod gate;
mod ledger;
#[cfg(any(test, feature = "testing"))]
mod memory;
mod report;
mod request;
mod requirement;
mod review;
mod standing;
pub mod told;

#[cfg(any(test, feature = "testing"))]
pub use gate::MockApprovals;
pub use gate::{Approvals, PermissionGate};
#[cfg(any(test, feature = "testing"))]
pub use ledger::MockLedgerStore;
pub use ledger::{Entry, LedgerQuery, LedgerStore, What};
#[cfg(any(test, feature = "testing"))]
pub use memory::MemoryLedger;
pub use report::{FeatureReport, Report, ScopeReport};
pub use request::{Request, Requested};
pub use requirement::{Requirement, Requirements};
pub use review::PermissionReview;
pub use standing::{Held, Reach, Standings};
