//! What each port promises, as plain functions on the port, run on SQLite.

#![allow(clippy::unwrap_used, reason = "a test may stop where it or the store is wrong")]

mod fixture;

/// Runs functions of this module on one handle, each on a database of its own.
macro_rules! on_sqlite {
    ($handle:ident: $($law:ident)*) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $law() {
                    let (_folder, sqlite) = crate::fixture::fresh().await;
                    super::$law(&sqlite.$handle()).await;
                }
            )*
        }
    };
}

mod activity;
mod backfills;
mod credentials;
mod domain;
mod feed;
mod journal;
mod links;
mod same;
mod setups;
mod sign_ins;
