//! The upper floor: accounts, credentials, links and the setup that makes them.

pub mod accessibility;
pub mod admission;
pub mod advice;
pub mod causes;
pub mod connection;
pub mod credential;
pub mod expected;
pub mod expiry;
pub mod gate;
pub mod link;
pub mod review;
pub mod setup;
pub mod sign_in;
pub mod store;
pub mod switch;
#[cfg(feature = "seal")]
pub mod vault;
