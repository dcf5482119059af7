//! Accessibility: what can be wrong with an account, and what an examination of it found.
//!
//! A [`Cause`] is a row of a table that a platform (or this crate) contributes: a stable code with its severity, the features that suffer,
//! one sentence and what to do about it. An examination answers each cause that it can tell with a [`Check`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::{PlatformCode, Remedy};
use super::ids::{AccountId, PersonId};
use super::platform::{Feature, Road, Scope};
use super::ports::Access;
use super::secret::Secret;

/// How bad it is. The order is that of urgency: the greatest is to be mended first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing that was checked: something the platform does not tell, which a person is asked about once.
    Advice,
    /// Nothing is lost yet.
    Warns,
    /// Some features are off or do less.
    Degrades,
    /// The account cannot be used. A setup does not go on with it.
    Blocks,
}

impl Severity {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Warns => "warns",
            Self::Degrades => "degrades",
            Self::Blocks => "blocks",
        }
    }
}

/// Something that can be wrong: a row of a table, written once. Its code never changes its meaning.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// The stable code: `token_expired`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The features that suffer; all of them if empty.
    pub features: &'static [Feature],
    /// What is wrong, in one sentence without a full stop at its end.
    pub cause: &'static str,
    /// Who can do what about it, the likeliest first; never empty.
    pub remedies: &'static [Remedy],
    /// Among causes of one severity, the one with the greater weight stands in the way of more and is to be mended first.
    pub weight: u8,
    /// What the app lacks where this is so, in the words of the requirement tables: the platform has not approved it.
    pub lacks: &'static [&'static str],
    /// Nothing that can be read tells of it: it shows only when something is refused. Such a finding is dropped when a day passed without another.
    pub only_refused: bool,
}

impl Cause {
    /// Something that can be wrong, with what to do about it.
    pub const fn new(code: &'static str, severity: Severity, cause: &'static str, remedies: &'static [Remedy]) -> Self {
        Self { code, severity, features: &[], cause, remedies, weight: 0, lacks: &[], only_refused: false }
    }

    /// With the features that suffer.
    #[must_use]
    pub const fn of(mut self, features: &'static [Feature]) -> Self {
        self.features = features;
        self
    }

    /// With its weight among causes of the same severity.
    #[must_use]
    pub const fn weighing(mut self, weight: u8) -> Self {
        self.weight = weight;
        self
    }

    /// With what the app lacks where this is so.
    #[must_use]
    pub const fn lacking(mut self, words: &'static [&'static str]) -> Self {
        self.lacks = words;
        self
    }

    /// As one that shows only when something is refused.
    #[must_use]
    pub const fn only_refused(mut self) -> Self {
        self.only_refused = true;
        self
    }

    /// It was found.
    pub const fn found(&'static self) -> Check {
        Check::new(self, State::Failed)
    }

    /// It was looked for and is not there.
    pub const fn absent(&'static self) -> Check {
        Check::new(self, State::Ok)
    }

    /// It could not be looked for.
    pub const fn unknown(&'static self) -> Check {
        Check::new(self, State::Unknown)
    }
}

/// What looking for one cause gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not there.
    Ok,
    /// It is there.
    Failed,
    /// It could not be looked for: the call failed, or another cause hides it. Never taken for `Ok`.
    Unknown,
}

/// Whose a cause is, besides its account: one account may be reached by two roads, and one road by several people, each with a token of
/// their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Subject {
    /// An older program did not write it down.
    #[default]
    Untold,
    /// The whole program's, on every road.
    Program,
    /// Of whatever goes by one road: the app there, or an account as it is reached by it.
    Road {
        /// Which.
        road: Road,
    },
    /// Of somebody who signed in by a road.
    Person {
        /// By which road.
        road: Road,
        /// Who.
        person: PersonId,
    },
}

impl Subject {
    /// Of what goes by a road.
    pub const fn road(road: Road) -> Self {
        Self::Road { road }
    }

    /// True if nobody knows whose it is.
    pub const fn is_untold(&self) -> bool {
        matches!(self, Self::Untold)
    }

    /// Of somebody who signed in by a road.
    pub const fn person(road: Road, person: PersonId) -> Self {
        Self::Person { road, person }
    }
}

/// One cause, looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was looked for.
    pub cause: &'static Cause,
    /// What came out.
    pub state: State,
    /// At which account; `None` for the app or the person as a whole.
    pub account: Option<AccountId>,
    /// Whose. An examiner may leave it at [`Subject::Program`]: whoever asked it knows whom it looked at.
    pub subject: Subject,
    /// What exactly, where the sentence of the cause leaves it open: the missing fields, the other Page. It fits behind a colon and holds no
    /// secret and nobody's message.
    pub detail: Option<String>,
    /// What the app lacks besides what the cause itself names.
    pub lacking: Vec<Scope>,
}

impl Check {
    /// A cause that was looked for.
    pub const fn new(cause: &'static Cause, state: State) -> Self {
        Self { cause, state, account: None, subject: Subject::Program, detail: None, lacking: Vec::new() }
    }

    /// At an account.
    #[must_use]
    pub fn at(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// As one of this subject.
    #[must_use]
    pub fn of(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    /// With what exactly.
    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With what the app lacks.
    #[must_use]
    pub fn lacking(mut self, scopes: Vec<Scope>) -> Self {
        self.lacking = scopes;
        self
    }
}

/// What is to be known of the app as a whole.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AppExamination {
    /// The permissions that the program asks for on this road.
    pub scopes: Vec<Scope>,
    /// Where deliveries are to go.
    pub callback_url: Option<String>,
}

impl AppExamination {
    /// An app that asks for these permissions and is told here.
    pub fn new(scopes: Vec<Scope>, callback_url: impl Into<String>) -> Self {
        Self { scopes, callback_url: Some(callback_url.into()) }
    }
}

/// What is to be known of somebody who signed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PersonExamination {
    /// Who.
    pub person: PersonId,
    /// Their token.
    pub token: Secret,
    /// The accounts that are linked, or to be linked, through them.
    pub accounts: Vec<AccountId>,
    /// The permissions that the program asks for on this road.
    pub scopes: Vec<Scope>,
}

impl PersonExamination {
    /// Somebody with a token.
    pub const fn new(person: PersonId, token: Secret) -> Self {
        Self { person, token, accounts: Vec::new(), scopes: Vec::new() }
    }

    /// Through whom these accounts are reached.
    #[must_use]
    pub fn reaching(mut self, accounts: Vec<AccountId>) -> Self {
        self.accounts = accounts;
        self
    }

    /// Who was asked for these permissions.
    #[must_use]
    pub fn asked_for(mut self, scopes: Vec<Scope>) -> Self {
        self.scopes = scopes;
        self
    }
}

/// What is to be known of one account.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccountExamination {
    /// The right to call for it.
    pub access: Access,
    /// The token of the person who authorised it, where there is one that works: some things only the person may ask.
    pub person: Option<Secret>,
    /// True once deliveries are wanted; before the confirmation nothing is subscribed, and that is no finding.
    pub subscribed: bool,
}

impl AccountExamination {
    /// A linked account.
    pub const fn new(access: Access) -> Self {
        Self { access, person: None, subscribed: true }
    }

    /// Authorised by somebody whose token works.
    #[must_use]
    pub fn authorised_by(mut self, token: Option<Secret>) -> Self {
        self.person = token;
        self
    }

    /// Not confirmed yet.
    #[must_use]
    pub const fn before_confirmation(mut self) -> Self {
        self.subscribed = false;
        self
    }
}

/// Looks for causes at a platform, by one road. Reads only: an examination changes nothing, sends nothing to anybody, and never fails as a
/// whole; what cannot be found out is [`State::Unknown`].
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Examine: Send + Sync {
    /// Which road.
    fn road(&self) -> Road;
    /// Every cause that it can tell, for the documentation; no two have the same code.
    fn causes(&self) -> Vec<&'static Cause>;
    /// The cause that a refusal with this code names, if it names one.
    fn explain(&self, code: &PlatformCode) -> Option<&'static Cause>;
    /// Looks at the app as a whole.
    async fn app(&self, app: &AppExamination) -> Vec<Check>;
    /// Looks at somebody who signed in: their token, what they can reach, what they granted.
    async fn person(&self, person: &PersonExamination) -> Vec<Check>;
    /// Looks at one account.
    async fn account(&self, account: &AccountExamination) -> Vec<Check>;
}
