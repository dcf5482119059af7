//! Who sees what: audiences, compiled to the view that every read takes.
//!
//! A [`Policy`] names its [`Audience`]; [`Policy::compile`] turns a viewer's rights into a core `View`, without which nothing is read. The
//! [`PrivacyGate`] refuses what somebody wants to do at an account that they may not see.
//!
//! ```
//! use link_core::{ActorId, OwnerId, Role, Viewer};
//! use link_privacy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::default();
//! assert_eq!(policy.seen_by(), "the owner and everybody with a role and by nobody else");
//!
//! let visitor = Viewer::new(OwnerId::new("bakery")?, ActorId::new("visitor")?);
//! assert!(policy.compile(&visitor).is_empty());
//! assert!(!policy.compile(&visitor.with_role(Role::AGENT)).is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! [`unlink`] says what ending a link does, before it is done.
//! [`unusual`] says which accesses are unlike what is known of whoever makes them.
//!
//! An audience sees all fields of all accounts of its owner, or nothing. Audiences for single accounts and fields are not there.

mod audience;
mod gate;
mod policy;
mod review;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unlink;
pub mod unusual;

pub use audience::Audience;
pub use gate::PrivacyGate;
pub use policy::Policy;
pub use review::SharingReview;
