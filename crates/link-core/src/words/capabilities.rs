//! What a platform can do, as data that services and tests read.

use super::outgoing::AttachmentKind;
use super::platform::Platform;
use super::rates::{CAUTIOUS, RateRule};

/// What a platform can and cannot do. Built as a constant by the platform's crate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Which platform.
    pub platform: Platform,
    /// Longest text.
    pub text: TextLimit,
    /// Hours after the person's last act in which anything may be answered.
    pub window_hours: u32,
    /// Days in which a human may still answer, with the platform's approval.
    pub human_agent_days: u32,
    /// Kinds of attachment it takes.
    pub attachments: &'static [AttachmentKind],
    /// True if metadata comes back with the echo.
    pub echoes_metadata: bool,
    /// The platform's own apps in which an account's staff writes, by the ids that echoes name.
    pub staff_apps: &'static [&'static str],
    /// True if an echo names the app that sent it, wherever one did: one that names none was typed by staff.
    pub echoes_app: bool,
    /// True if the platform reports deliveries.
    pub reports_deliveries: bool,
    /// How many of the newest messages of a conversation can be read back; `None` is all.
    pub readable_history: Option<u32>,
    /// How fast it may be called, per account. A kind without a rule is not limited by us.
    pub rates: &'static [RateRule],
}

/// The longest text a platform takes, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextLimit {
    /// So many characters (Unicode scalar values).
    Characters(usize),
    /// So many bytes of UTF-8.
    Bytes(usize),
}

impl TextLimit {
    /// The length of a text in this unit, and the limit.
    pub fn measure(self, text: &str) -> (usize, usize) {
        match self {
            Self::Characters(limit) => (text.chars().count(), limit),
            Self::Bytes(limit) => (text.len(), limit),
        }
    }

    /// The unit in plain words.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Characters(_) => "characters",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl Capabilities {
    /// A platform of which nothing special is known: texts only, one day's window, one call a second.
    pub const fn new(platform: Platform, text: TextLimit) -> Self {
        Self {
            platform,
            text,
            window_hours: 24,
            human_agent_days: 0,
            attachments: &[],
            echoes_metadata: false,
            staff_apps: &[],
            echoes_app: false,
            reports_deliveries: false,
            readable_history: None,
            rates: CAUTIOUS,
        }
    }

    /// With the hours of its standard window and the days of its human-agent window.
    #[must_use]
    pub const fn with_window(mut self, hours: u32, human_agent_days: u32) -> Self {
        self.window_hours = hours;
        self.human_agent_days = human_agent_days;
        self
    }

    /// With the kinds of attachment it takes.
    #[must_use]
    pub const fn with_attachments(mut self, kinds: &'static [AttachmentKind]) -> Self {
        self.attachments = kinds;
        self
    }

    /// As one that returns metadata with the echo.
    #[must_use]
    pub const fn with_metadata_echo(mut self) -> Self {
        self.echoes_metadata = true;
        self
    }

    /// With the platform's own apps in which staff writes.
    #[must_use]
    pub const fn with_staff_apps(mut self, ids: &'static [&'static str]) -> Self {
        self.staff_apps = ids;
        self
    }

    /// As one whose echoes name the app that sent them.
    #[must_use]
    pub const fn with_app_echo(mut self) -> Self {
        self.echoes_app = true;
        self
    }

    /// As one that reports deliveries.
    #[must_use]
    pub const fn with_delivery_reports(mut self) -> Self {
        self.reports_deliveries = true;
        self
    }

    /// As one of which only the newest messages of a conversation can be read back.
    #[must_use]
    pub const fn with_readable_history(mut self, newest: u32) -> Self {
        self.readable_history = Some(newest);
        self
    }

    /// With its rates.
    #[must_use]
    pub const fn with_rates(mut self, rates: &'static [RateRule]) -> Self {
        self.rates = rates;
        self
    }
}
