//! Meta's messaging platform on your own machine: an offline sandbox for Messenger and Instagram.
//!
//! [`Sandbox`] starts two loopback origins: one answers as `www.facebook.com` and `graph.facebook.com` do, the other as
//! `www.instagram.com`, `api.instagram.com` and `graph.instagram.com`. Behind them is a small world: an app, two Pages
//! with linked Instagram accounts, five customers and their conversations.
//! [`Controls`] is the remote control: it plays the person who signs in, the customers and the staff, moves the
//! clock, plants faults and reads the ledgers. It speaks HTTP only, so the same code drives a sandbox in this
//! process and one that runs elsewhere.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use link_sandbox::{Decision, Sandbox};
//!
//! let sandbox = Sandbox::builder().at("2026-11-23T12:00:00Z".parse()?).start().await?;
//! let controls = sandbox.controls();
//!
//! // A person walks through the login dialog ...
//! let dialog = format!(
//!     "{}/v26.0/dialog/oauth?client_id=1000000000000001&redirect_uri=http://localhost/done&scope=pages_show_list&state=s1",
//!     sandbox.facebook(),
//! );
//! let back = controls.sign_in(&dialog, &Decision::allow()).await?;
//! assert!(back.starts_with("http://localhost/done?code="));
//!
//! // ... or the walk is skipped.
//! let tokens = controls.tokens("2000000000000001", &["pages_show_list", "pages_messaging"]).await?;
//! assert!(tokens.page_tokens.contains_key("3000000000000001"));
//!
//! // A customer writes; whoever is subscribed hears of it.
//! let written = controls.customer_writes("c1", "3000000000000001", "Hello!").await?;
//! assert!(written.mid.starts_with("m_"));
//!
//! // A day later the messaging window is closed.
//! controls.advance("25h").await?;
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What there is
//! | type | is |
//! |---|---|
//! | [`Sandbox`], [`Builder`] | a running sandbox, and how it is started; dropping it stops it |
//! | [`Controls`] | the remote control; cheap to clone |
//! | [`Decision`] | what a person does in the login dialog |
//! | [`CustomerMessage`], [`Action`] | what a customer writes and does |
//! | [`StaffAction`] | what the owner does in Meta's own app besides writing |
//! | [`PersonAction`] | what a Page's person does: withdraws a permission, changes the password, unlinks... |
//! | [`Written`], [`Tokens`], [`Ledger`] | what the sandbox answers |
//! | [`default_seed`], [`seed_from_str`] | the default world as JSON, which is also the form of a seed file; reading one |
//!
//! # Features
//! `tls`, off by default: listeners with TLS beside the plain ones, with certificates for the real host names
//! (`Builder::tls`).
//!
//! # How far it goes
//! Both logins, both platforms and both roads to Instagram: what of Meta's documentation is there, what is a quirk and
//! what was left out is listed in the crate's README, and its tests walk that list. [`QUIRKS`] names the points on which
//! Meta's own pages are unsure.

mod admin;
mod call;
mod clock;
mod controls;
mod dialog;
mod door;
mod faults;
mod graph;
mod instagram;
mod ledger;
mod messaging;
mod mint;
mod oauth;
mod page;
mod ports;
mod reply;
mod sandbox;
mod secret;
mod server;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod tokens;
mod webhooks;
mod world;

pub use controls::Controls;
pub use controls::answers::{Ledger, Tokens, Written};
pub use controls::error::ControlError;
pub use controls::words::{Action, CustomerMessage, Decision, PersonAction, StaffAction};
pub use sandbox::{Builder, Sandbox, StartError};
pub use world::seed::text::seed_from_str;
pub use world::seed::{SeedError, default_seed};
pub use world::settings::QUIRKS;
