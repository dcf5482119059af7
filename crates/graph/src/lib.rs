//! Meta's Graph API on the wire: client, logins, errors, webhooks and the dialect both platforms share.
//!
//! [`Client`] makes one call at a time in the name of an [`App`] and tells failures apart by code; [`FacebookLogin`] signs a person in,
//! [`PageDirectory`] lists what they can reach; [`InstagramLogin`] and [`InstagramDirectory`] do the same on the road without a Page. [`Talk`] speaks the [`Dialect`] of one platform: history, sending, people, subscriptions.
//!
//! [`webhook::Gatehouse`] takes deliveries in and splits them, [`decode::Catalogue`] tells their items in core's words.

mod client;
pub mod decode;
mod dialect;
mod directory;
pub mod examine;
pub mod failure;
mod instagram;
mod login;
mod paging;
pub mod webhook;
mod wire;

pub use client::{Answer, App, BusinessUse, Call, Client, ClientBuilder, Host, Hosts, InvalidVersion, LastSeen, Load, Usage, Version};
pub use dialect::{Dialect, Talk};
pub use directory::{InstagramDirectory, PageDirectory};
pub use examine::{FacebookExaminer, InstagramExaminer};
pub use failure::Failure;
pub use login::{Callback, Configuration, Declined, FacebookLogin, InstagramLogin};
