//! Instagram for link-kit: core's ports over the Graph API, and what the platform can and cannot do, as data.
//!
//! [`Instagram`] reads, sends, looks people up and subscribes a professional account by either road: by Facebook Login an account that is
//! linked to a Page, by Instagram Login one that stands for itself.
//!
//! ```
//! use link_core::words::ports::{History, Profiles, Sender, Subscriptions};
//! use link_core::{ExternalId, Secret};
//! use link_graph::{App, Client};
//! use link_instagram::{CAPABILITIES, Instagram};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::new(ExternalId::new("1000000000000001")?, Secret::new("the app's secret"));
//! let own = App::new(ExternalId::new("1000000000000002")?, Secret::new("the Instagram app's secret"));
//! let instagram = Instagram::new(Client::builder(app).build()?).with_login(Client::builder(own).build()?);
//! let _: &dyn History = &instagram;
//! assert_eq!(CAPABILITIES.readable_history, Some(20));
//! # Ok(())
//! # }
//! ```

mod capabilities;
mod instagram;
mod requirements;
mod rules;

pub use capabilities::CAPABILITIES;
pub use instagram::Instagram;
pub use requirements::{LOGIN_SCOPES, REQUIREMENTS, SCOPES};
