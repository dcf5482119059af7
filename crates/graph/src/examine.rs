//! Looking for what stands in the way at Meta, by reading only.
//!
//! [`FacebookExaminer`] looks along the road of Facebook Login, [`InstagramExaminer`] along that of Instagram Login; what they can find is the
//! table of [`causes`]. A cause that a failed call hides, or that another one makes impossible to see, is unknown. Some are told by nothing
//! that can be read and show only when something is refused: whoever sends looks them up with [`causes::of_code`].
//!
//! Calls of one examination, at most: the app three, a person three and for each Page that is missing a dozen, an account five.

mod account;
mod app;
pub mod causes;
mod instagram;
mod person;
mod slate;
mod version;

pub use instagram::InstagramExaminer;

use async_trait::async_trait;
use link_core::Road;
use link_core::words::error::PlatformCode;
use link_core::words::finding::{AccountExamination, AppExamination, Cause, Check, Examine, PersonExamination};

use crate::client::Client;

/// Examines what is reached by Facebook Login: Pages, and Instagram accounts linked to them.
#[derive(Debug, Clone)]
pub struct FacebookExaminer {
    client: Client,
}

impl FacebookExaminer {
    /// Examines in the name of the client's app.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl Examine for FacebookExaminer {
    fn road(&self) -> Road {
        Road::FACEBOOK
    }

    fn causes(&self) -> Vec<&'static Cause> {
        causes::all()
    }

    fn explain(&self, code: &PlatformCode) -> Option<&'static Cause> {
        causes::of_code(code.code, code.subcode)
    }

    async fn app(&self, app: &AppExamination) -> Vec<Check> {
        app::examine(&self.client, app).await
    }

    async fn person(&self, person: &PersonExamination) -> Vec<Check> {
        person::examine(&self.client, person).await
    }

    async fn account(&self, account: &AccountExamination) -> Vec<Check> {
        account::examine(&self.client, account).await
    }
}
