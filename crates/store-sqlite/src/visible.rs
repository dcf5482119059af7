//! A view as a query takes it.

use link_core::View;
use link_core::words::view::Accounts;

use crate::column;

/// What of a view goes into a query: the owner, and the accounts as a JSON array, `NULL` for all of them.
pub(crate) struct Visible {
    pub(crate) owner: String,
    pub(crate) accounts: Option<String>,
}

impl Visible {
    pub(crate) fn of(view: &View) -> Self {
        let accounts = match &view.accounts {
            Accounts::All => None,
            Accounts::Only(some) => Some(column::accounts(some)),
        };
        Self { owner: view.owner.as_str().to_owned(), accounts }
    }
}
