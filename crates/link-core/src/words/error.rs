//! What can go wrong, and who can mend it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rates::Stops;

/// The longest wait that anybody is believed to mean.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A result with link-kit's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something failed. What the caller can decide on is in [`Error::kind`]; what a person can do is in [`Error::remedy`].
///
/// Display is a fragment that fits after "failed to"; it never repeats its source and never carries a token, a text or a body.
pub struct Error(Box<Detail>);

struct Detail {
    kind: ErrorKind,
    context: Cow<'static, str>,
    retry_after: Option<Duration>,
    stops: Option<Stops>,
    code: Option<PlatformCode>,
    remedy: Option<Remedy>,
    source: Option<Source>,
}

/// The class of an error: what to do about it, not where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token is dead; somebody has to sign in again.
    SignInNeeded,
    /// A permission is missing.
    PermissionMissing,
    /// The owner has to change something at the platform: a switch, a second factor, a checkpoint, a link.
    OwnerActionNeeded,
    /// The messaging window is closed.
    WindowClosed,
    /// This person cannot be written to: they blocked the account, left, or are unknown.
    RecipientUnavailable,
    /// The account is restricted by the platform.
    AccountRestricted,
    /// The whole app is blocked or misconfigured at the platform.
    AppBlocked,
    /// Another app owns the conversation.
    ConversationOwnedElsewhere,
    /// Too many calls; see [`Error::retry_after`].
    Throttled,
    /// It failed for now.
    Unavailable,
    /// It may have happened: the answer was lost or says nothing. Never repeat such a send.
    Ambiguous,
    /// What was named does not exist, or may not be seen.
    NotFound,
    /// The platform will not hand it out any more; it was not necessarily deleted.
    Unreadable,
    /// What was given is not valid.
    Invalid,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// The store could not do it: locked, full, read-only or broken.
    Store,
    /// What was stored or sealed does not read back.
    Corrupt,
    /// The program is configured wrongly.
    Configuration,
    /// The platform answered something that has no class here.
    Unrecognised,
}

impl ErrorKind {
    /// True when the same call may succeed later without anybody doing anything.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Conflict | Self::Store)
    }
}

impl Error {
    /// An error of a kind; `context` is a lowercase fragment such as `"read the page's conversations"`.
    pub fn new(kind: ErrorKind, context: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Detail { kind, context: context.into(), retry_after: None, stops: None, code: None, remedy: None, source: None }))
    }

    /// With the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// With the time after which a repetition makes sense. More than a day is taken as a day: a header may say anything, even what no
    /// calendar reaches.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after.min(LONGEST_WAIT));
        self
    }

    /// With what is to stop because of it, for a refusal for too many calls.
    #[must_use]
    pub fn with_stops(mut self, stops: Stops) -> Self {
        self.0.stops = Some(stops);
        self
    }

    /// With the platform's own code.
    #[must_use]
    pub fn with_code(mut self, code: PlatformCode) -> Self {
        self.0.code = Some(code);
        self
    }

    /// With what a person can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.0.remedy = Some(remedy);
        self
    }

    /// What class of failure it is.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// True when the same call may succeed later without anybody doing anything.
    pub const fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }

    /// How long to wait before the next try, where the platform said so; a day at most.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What is to stop because of it, where it is known of a refusal for too many calls.
    pub const fn stops(&self) -> Option<Stops> {
        self.0.stops
    }

    /// The platform's own code, where it gave one.
    pub const fn code(&self) -> Option<&PlatformCode> {
        self.0.code.as_ref()
    }

    /// Who can do what about it.
    pub const fn remedy(&self) -> Option<&Remedy> {
        self.0.remedy.as_ref()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.context)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = &*self.0;
        let mut shown = f.debug_struct("Error");
        shown.field("kind", &detail.kind).field("context", &detail.context);
        if let Some(code) = &detail.code {
            shown.field("code", code);
        }
        if let Some(after) = &detail.retry_after {
            shown.field("retry_after", after);
        }
        if let Some(source) = &detail.source {
            shown.field("source", source);
        }
        shown.finish_non_exhaustive()
    }
}

/// The platform's own error code, for its support and for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformCode {
    /// Meta's `code`.
    pub code: i64,
    /// Meta's `error_subcode`.
    pub subcode: Option<i64>,
    /// Meta's `fbtrace_id`; it expires soon.
    pub trace: Option<String>,
}

impl fmt::Display for PlatformCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subcode {
            Some(subcode) => write!(f, "{}/{subcode}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// What a person can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Remedy {
    /// Who has to act.
    pub who: Who,
    /// What to do, one sentence in plain words.
    pub what: &'static str,
    /// The page where it is done.
    pub url: Option<&'static str>,
    /// How to find out that it worked.
    pub recheck: &'static str,
}

impl Remedy {
    /// A remedy that is tried again by repeating what failed.
    pub const fn new(who: Who, what: &'static str) -> Self {
        Self { who, what, url: None, recheck: "repeat what failed" }
    }

    /// With the page where it is done.
    #[must_use]
    pub const fn with_url(mut self, url: &'static str) -> Self {
        self.url = Some(url);
        self
    }

    /// With the way to find out that it worked.
    #[must_use]
    pub const fn with_recheck(mut self, recheck: &'static str) -> Self {
        self.recheck = recheck;
        self
    }
}

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The owner of the accounts.
    Owner,
    /// Whoever runs the program or the app at the platform.
    Developer,
    /// The platform; one can only wait or write to its support.
    Platform,
    /// The person at the other side.
    Customer,
}
