//! What apps keep with Pages and accounts: uploaded files, menus, personas, labels.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Belongings {
    /// Uploaded files by `attachment_id`.
    pub(crate) files: BTreeMap<String, File>,
    /// The Messenger profile by account.
    pub(crate) profiles: BTreeMap<String, Map<String, Value>>,
    /// Menus for single customers by Page and scoped id.
    pub(crate) menus: BTreeMap<(String, String), Value>,
    pub(crate) personas: BTreeMap<String, Persona>,
    pub(crate) labels: BTreeMap<String, Label>,
    /// Utility templates by id.
    pub(crate) templates: BTreeMap<String, Template>,
    /// Links between customers and accounts of the app's own, waiting to be finished: the customer by token.
    pub(crate) linking: BTreeMap<String, Linking>,
}

/// A file that can be sent again by its id.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The Page or Instagram account that may use it.
    pub(crate) account: String,
    /// `image`, `video`, `audio` or `file`.
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) at: DateTime<Utc>,
}

/// A name and picture under which a Page may write.
#[derive(Clone, Debug)]
pub(crate) struct Persona {
    pub(crate) page: String,
    pub(crate) name: String,
    pub(crate) picture: String,
}

/// A label that a Page puts on people.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) page: String,
    pub(crate) name: String,
    pub(crate) people: BTreeSet<String>,
}

/// A text that the platform approved for utility messages.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) page: String,
    pub(crate) name: String,
    pub(crate) told: Value,
}

/// What a customer agreed to be told, once or again and again.
#[derive(Clone, Debug)]
pub(crate) struct Optin {
    pub(crate) account: String,
    pub(crate) customer: String,
    pub(crate) recurring: bool,
    pub(crate) at: DateTime<Utc>,
}

/// A customer at an app's own login.
#[derive(Clone, Debug)]
pub(crate) struct Linking {
    pub(crate) page: String,
    pub(crate) scoped: String,
    pub(crate) expires: DateTime<Utc>,
}
