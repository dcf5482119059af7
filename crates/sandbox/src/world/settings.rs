//! Settings of a world: the points on which the platform's own pages are uncertain, and its limits.

use serde::{Deserialize, Serialize};

use crate::ledger;

/// Points on which the platform's own pages are uncertain; the first variant of each is the default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Quirks {
    pub(crate) ig_login_webhook_secret: LoginSecret,
    pub(crate) expired_version: ExpiredVersion,
    pub(crate) messenger_readable: Readable,
    pub(crate) webhook_regime: Regime,
    pub(crate) ig_me: MeShape,
    pub(crate) ig_echo_field: EchoField,
    pub(crate) early_refresh: EarlyRefresh,
}

/// Which secret signs webhooks of Instagram Login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LoginSecret {
    #[default]
    Instagram,
    Meta,
}

/// What calling an expired version does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ExpiredVersion {
    #[default]
    #[serde(rename = "next")]
    Next,
    #[serde(rename = "2635")]
    Refused,
}

/// How many messages of a Messenger conversation can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Readable {
    #[default]
    #[serde(rename = "all")]
    All,
    #[serde(rename = "20")]
    Twenty,
}

/// How failed webhook deliveries end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Regime {
    /// After an hour of failures the app is unsubscribed from the account.
    #[default]
    #[serde(rename = "1h")]
    OneHour,
    /// After 36 hours the notification is dropped.
    #[serde(rename = "36h")]
    ThirtySixHours,
}

/// The shape of `/me` on the Instagram host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MeShape {
    #[default]
    Flat,
    Data,
}

/// The field that carries echoes of Instagram Login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EchoField {
    #[default]
    Messages,
    MessageEchoes,
}

/// What refreshing an Instagram token within its first day does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EarlyRefresh {
    #[default]
    #[serde(rename = "400")]
    Refused,
    #[serde(rename = "extend")]
    Extend,
}

/// How much may be called before the platform throttles, and how much the sandbox remembers. `null` in a seed switches
/// a limit off, but for the ledgers', which always have one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Calls with user and app tokens, per app and hour.
    pub(crate) app_calls_per_hour: Option<u32>,
    /// Calls with Page tokens outside messaging, per Page and day.
    pub(crate) page_calls_per_day: Option<u32>,
    /// Messaging calls with Page tokens, per Page and day.
    pub(crate) messaging_calls_per_day: Option<u32>,
    /// Sends per account and second.
    pub(crate) sends_per_second: Option<u32>,
    /// Reads of conversations per account and second.
    pub(crate) conversations_per_second: Option<u32>,
    /// Entries of the ledger of calls, and as many of the ledger of deliveries.
    pub(crate) ledger_entries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            app_calls_per_hour: Some(20_000),
            page_calls_per_day: Some(50_000),
            messaging_calls_per_day: Some(50_000),
            sends_per_second: None,
            conversations_per_second: None,
            ledger_entries: ledger::KEPT,
        }
    }
}
