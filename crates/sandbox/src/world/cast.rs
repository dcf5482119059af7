//! Who and what exists: apps, people, Pages, Instagram accounts, customers.
//!
//! These are also the entries of a seed file: a seed says exactly what the world holds.

use serde::{Deserialize, Serialize};

/// An app registered with the platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    /// The token that the app's own webhook endpoint expects; the sandbox only tells it, the app sends its own.
    #[serde(default)]
    pub(crate) verify_token: String,
    #[serde(default, rename = "instagram_app")]
    pub(crate) instagram: Option<InstagramApp>,
    /// Allowed addresses; the word `loopback` allows any address on this machine.
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    #[serde(default)]
    pub(crate) access: Access,
    /// People with a role on the app.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Whether the Human Agent feature was approved.
    #[serde(default = "yes")]
    pub(crate) human_agent: bool,
    /// Whether every call must carry an `appsecret_proof`.
    #[serde(default)]
    pub(crate) require_proof: bool,
    #[serde(default)]
    pub(crate) configurations: Vec<Configuration>,
    #[serde(default)]
    pub(crate) deauthorize_url: Option<String>,
    #[serde(default)]
    pub(crate) data_deletion_url: Option<String>,
    /// Whether the platform has blocked the whole app.
    #[serde(default)]
    pub(crate) blocked: bool,
}

/// The credentials of the app's Instagram product.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstagramApp {
    pub(crate) id: String,
    pub(crate) secret: String,
    #[serde(default)]
    pub(crate) deauthorize_url: Option<String>,
    #[serde(default)]
    pub(crate) data_deletion_url: Option<String>,
}

/// How far app review went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    #[default]
    Advanced,
    Standard,
}

/// A configuration of Facebook Login for Business.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) id: String,
    pub(crate) scopes: Vec<String>,
    /// What the login ends in: a person's token, or one of the business itself.
    #[serde(default)]
    pub(crate) token: ConfiguredToken,
    /// The life of a business's own token; `false` is for ever, `true` 60 days.
    #[serde(default)]
    pub(crate) expires: bool,
}

/// Whose token a configuration gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConfiguredToken {
    #[default]
    User,
    SystemUser,
}

/// A business portfolio, which may own Pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Business {
    pub(crate) id: String,
    pub(crate) name: String,
    /// People who belong to it.
    #[serde(default)]
    pub(crate) people: Vec<String>,
    #[serde(default = "verified")]
    pub(crate) verification_status: String,
    #[serde(default = "none")]
    pub(crate) two_factor_type: String,
}

/// A person who runs Pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    /// How often the password was changed; tokens remember the number they were made under.
    #[serde(default)]
    pub(crate) passwords: u32,
    #[serde(default)]
    pub(crate) checkpointed: bool,
    /// Whether e-mail or phone were never confirmed.
    #[serde(default)]
    pub(crate) unconfirmed: bool,
}

/// A Facebook Page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the platform")]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default = "local_business")]
    pub(crate) category: String,
    #[serde(default)]
    pub(crate) instagram: Option<String>,
    pub(crate) admins: Vec<Admin>,
    #[serde(default = "yes")]
    pub(crate) published: bool,
    #[serde(default)]
    pub(crate) restricted: bool,
    /// The Page demands two-factor authentication that its people have not switched on.
    #[serde(default)]
    pub(crate) two_factor_required: bool,
    /// The business that owns it; such a Page is not in `/me/accounts`.
    #[serde(default)]
    pub(crate) business: Option<String>,
    /// Whether that business has it from another one, as an agency has its client's.
    #[serde(default)]
    pub(crate) client: bool,
    /// The app that conversation routing gives new conversations to; none switches routing off.
    #[serde(default)]
    pub(crate) default_app: Option<String>,
    /// Whether apps may take conversations from one another.
    #[serde(default = "yes")]
    pub(crate) takeover: bool,
    #[serde(default = "verified")]
    pub(crate) verification_status: String,
    /// Whether the admin accepted the terms that labels need.
    #[serde(default = "yes")]
    pub(crate) label_terms: bool,
}

/// A person's role on a Page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    pub(crate) person: String,
    #[serde(default = "every_task")]
    pub(crate) tasks: Vec<String>,
}

/// An Instagram account of a business or a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the platform")]
pub(crate) struct Instagram {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) name: String,
    #[serde(rename = "account_type")]
    pub(crate) kind: AccountType,
    #[serde(default)]
    pub(crate) owner: Option<String>,
    /// The owner's switch "Allow access to messages".
    #[serde(default = "yes")]
    pub(crate) message_access: bool,
    /// How often the password was changed.
    #[serde(default)]
    pub(crate) passwords: u32,
    /// Whether Instagram has restricted or checkpointed it.
    #[serde(default)]
    pub(crate) restricted: bool,
    /// Whether the platform has banned it from the messaging API.
    #[serde(default)]
    pub(crate) messaging_blocked: bool,
    /// Whether the platform lets it use the API at all.
    #[serde(default = "yes")]
    pub(crate) eligible: bool,
    /// Whether several pictures in one message were switched on for it.
    #[serde(default = "yes")]
    pub(crate) multi_image: bool,
    /// The app that conversation routing gives new conversations to; none switches routing off.
    #[serde(default)]
    pub(crate) default_app: Option<String>,
}

/// What kind of Instagram account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccountType {
    Business,
    Creator,
    Personal,
}

/// Somebody who writes to Pages and accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// The Instagram handle.
    #[serde(default)]
    pub(crate) username: Option<String>,
    #[serde(default)]
    pub(crate) messenger: bool,
    #[serde(default)]
    pub(crate) instagram: bool,
    /// Signed up with a phone number only, so that Messenger knows no profile.
    #[serde(default)]
    pub(crate) phone_only: bool,
}

impl Customer {
    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// The handle, made from the name when the seed names none.
    pub(crate) fn handle(&self) -> String {
        self.username.clone().unwrap_or_else(|| format!("{}.{}", self.first_name, self.last_name).to_lowercase())
    }
}

impl Page {
    /// The tasks of a person, if the person has a role at all.
    pub(crate) fn tasks_of(&self, person: &str) -> Option<&[String]> {
        self.admins.iter().find(|admin| admin.person == person).map(|admin| admin.tasks.as_slice())
    }
}

impl Instagram {
    /// Whether the account can be used through the API at all.
    pub(crate) fn is_professional(&self) -> bool {
        self.kind != AccountType::Personal
    }
}

fn yes() -> bool {
    true
}

fn verified() -> String {
    "verified".to_owned()
}

fn none() -> String {
    "none".to_owned()
}

fn local_business() -> String {
    "Local business".to_owned()
}

/// The tasks of somebody who may do everything.
pub(crate) fn every_task() -> Vec<String> {
    ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"].map(str::to_owned).to_vec()
}
