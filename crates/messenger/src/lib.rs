//! Messenger for link-kit: core's ports over the Graph API, and what the platform can and cannot do, as data.
//!
//! [`Messenger`] reads, sends, looks people up and subscribes a Page, by the road of Facebook Login. Signing in and listing accounts are
//! the road's own and stand in `link-graph`; so does reading deliveries.
//!
//! ```
//! use link_core::words::ports::{History, Profiles, Sender, Subscriptions};
//! use link_core::{ExternalId, Secret};
//! use link_graph::{App, Client};
//! use link_messenger::{CAPABILITIES, Messenger};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::new(ExternalId::new("1000000000000001")?, Secret::new("the app's secret"));
//! let messenger = Messenger::new(Client::builder(app).build()?);
//! let _: &dyn Sender = &messenger;
//! assert_eq!(CAPABILITIES.window_hours, 24);
//! # Ok(())
//! # }
//! ```

mod capabilities;
mod messenger;
mod requirements;
mod rules;

pub use capabilities::CAPABILITIES;
pub use messenger::Messenger;
pub use requirements::{REQUIREMENTS, SCOPES};
