//! Alerts for what is new, and the sinks that carry them.
//!
//! [`Alerts`] makes an [`Alert`] of each new message of a person, where the owner's [`Switch`] is on, and of nothing else. A [`Notifier`]
//! is the background work that reads core's feed, delivers to its [`Sink`]s and keeps its place only then. [`InProcess`] is the sink for
//! receivers in the same program: a stream for each viewer, of what their view shows.
//!
//! ```
//! use std::sync::Arc;
//!
//! use futures::StreamExt as _;
//! use link_core::words::feed::{Happening, What};
//! use link_core::{AccountKey, ActorId, MessageId, OwnerId, Road, ScopedId, View};
//! use link_notify::{Alerts, InProcess, Sink as _};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # futures::executor::block_on(async {
//! let owner = OwnerId::new("bakery")?;
//! let sink = InProcess::new();
//! let mut heard = sink.subscribe(&View::everything(owner.clone(), ActorId::new("agent")?));
//!
//! let what = What::MessageReceived {
//!     peer: ScopedId::new("4242")?,
//!     road: Road::FACEBOOK,
//!     message: MessageId::new("m_1")?,
//!     late: false,
//! };
//! let happening = Happening::new(owner, Some("messenger:3000000000000001".parse()?), what, "2026-11-23T12:00:00Z".parse()?);
//! let alerts = Alerts::new(Arc::new(|_: &AccountKey| true));
//! if let Some(alert) = alerts.of(&happening).await? {
//!     sink.deliver(&alert).await?;
//! }
//! assert_eq!(heard.next().await.ok_or("the sink lives")??.message.as_str(), "m_1");
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! Rules, quiet hours, digests and sinks that leave the program are not there. Feature `testing` brings mocks of the ports.

mod alert;
mod alerts;
mod in_process;
mod notifier;
mod recent;
mod review;
mod sink;

pub use alert::{Alert, AlertId};
#[cfg(any(test, feature = "testing"))]
pub use alerts::MockSwitch;
pub use alerts::{Alerts, Preferred, Switch};
pub use in_process::{InProcess, Lagged, Subscription};
pub use notifier::Notifier;
pub use review::AlertReview;
#[cfg(any(test, feature = "testing"))]
pub use sink::MockSink;
pub use sink::Sink;
