//! Reading what the sandbox is told, and saying what was expected instead.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::messaging::write::Place;
use crate::world::World;
use crate::world::talk::Platform;

/// A call of the sandbox's own that cannot be done.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) status: u16,
    pub(super) sentence: String,
}

/// What such a call comes to.
pub(super) type Outcome = Result<Value, Failed>;

impl Failed {
    /// What was sent is wrong.
    pub(super) fn wrong(sentence: String) -> Self {
        Self { status: 400, sentence }
    }

    /// What is named is not there.
    pub(super) fn missing(sentence: String) -> Self {
        Self { status: 404, sentence }
    }
}

/// Reads a body; `expected` is what the sentence begins with when it cannot be read.
pub(super) fn body<T: DeserializeOwned>(content: &Bytes, expected: &str) -> Result<T, Failed> {
    // A list would be read as the values in their order.
    if content.trim_ascii_start().first() != Some(&b'{') {
        return Err(Failed::wrong(expected.to_owned()));
    }
    serde_json::from_slice(content).map_err(|error| Failed::wrong(format!("{expected}: {error}")))
}

/// A part of an action's body that it cannot do without.
pub(super) fn needed<'a>(name: &str, value: Option<&'a String>, expected: &str) -> Result<&'a str, Failed> {
    let told = value.map(String::as_str).filter(|value| !value.is_empty());
    told.ok_or_else(|| Failed::wrong(format!("this action needs `{name}`; {expected}")))
}

impl World {
    /// The app that is named, or the first.
    pub(super) fn app_named(&self, id: Option<&str>) -> Result<String, Failed> {
        let app = match id {
            Some(id) => self.app(id),
            None => self.apps.first(),
        };
        app.map(|app| app.id.clone()).ok_or_else(|| Failed::missing("there is no such app in `apps`".to_owned()))
    }

    /// The conversation of a customer with an account, whether or not it has begun.
    pub(super) fn place(&self, customer: &str, account: &str) -> Result<Place, Failed> {
        let known = self.customer(customer).ok_or_else(|| Failed::missing(format!("there is no customer {customer} in `customers`")))?;
        let platform = self
            .platform_of(account)
            .ok_or_else(|| Failed::missing(format!("`to` names {account}, which is no Page and no Instagram account")))?;
        let present = match platform {
            Platform::Messenger => known.messenger,
            Platform::Instagram => known.instagram,
        };
        if !present {
            return Err(Failed::wrong(format!("customer {customer} is not on {}", platform.name())));
        }
        let scoped = self.scoped_id(account, customer).ok_or_else(|| Failed::missing(format!("there is no customer {customer}")))?;
        Ok(Place { platform, account: account.to_owned(), customer: customer.to_owned(), scoped })
    }
}
