//! Refusals: answers that name their cause and their remedy.

mod objection;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::{Remedy, Who};
use super::ids::ExternalId;
use super::platform::{Feature, Scope};
use super::rules::code;

pub use objection::{Allowed, Objection};

/// Why something is not done. A value, not an error: the caller can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// A permission that the feature needs was not given.
    #[error("{feature} needs {}, which is {standing}", list(missing))]
    PermissionMissing {
        /// What was asked for.
        feature: Feature,
        /// What is missing.
        missing: Vec<Scope>,
        /// How it is missing.
        standing: Standing,
    },
    /// The person who signed in may not do at the account what linking it takes.
    #[error("the person who signed in lacks the task {task} at the account")]
    TaskMissing {
        /// The task, in the platform's own word.
        task: String,
    },
    /// The account is a personal one.
    #[error("the account is a personal one, which no program can be let into")]
    NotProfessional,
    /// The account was not ticked when the person signed in.
    #[error("the account was not ticked when the person signed in")]
    NotTicked,
    /// A business holds the account, and does not hand out access to it.
    #[error("{} holds the account and did not give the person who signed in access to it", holder(business.as_deref()))]
    HeldByBusiness {
        /// The business's name, where the platform tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        business: Option<String>,
    },
    /// The account is not linked, or the link was not confirmed.
    #[error("the account is not part of a confirmed link")]
    NotLinked,
    /// The account's credential is dead.
    #[error("the account's token is no longer accepted")]
    Disconnected,
    /// The account's token is kept, and no key of this program opens it.
    #[error("the account's token cannot be opened with the keys of this program")]
    TokenUnreadable,
    /// The owner set the link up to read only.
    #[error("answers from here are switched off")]
    AnswersOff,
    /// The viewer may not see or do this.
    #[error("the privacy settings do not allow it")]
    NotVisible,
    /// The messaging window is closed.
    #[error("the messaging window closed{}", at(*since))]
    WindowClosed {
        /// When it closed; unknown if the person never wrote.
        since: Option<DateTime<Utc>>,
        /// Until when a human could still answer, with the platform's approval.
        human_agent_until: Option<DateTime<Utc>>,
    },
    /// The text is longer than the platform takes.
    #[error("the text has {length} {unit}, the platform takes {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The platform's limit.
        limit: usize,
        /// In which unit.
        unit: String,
    },
    /// There is nothing to send.
    #[error("the message is empty")]
    Empty,
    /// The platform cannot do this.
    #[error("the platform does not take {what}")]
    Unsupported {
        /// What it cannot do.
        what: String,
    },
    /// Another app owns the conversation.
    #[error("{} owns the conversation{}", owner(app.as_ref()), ends(*until))]
    OwnedElsewhere {
        /// Until when, if the person says no more and that app does not ask for longer; `None` if that was not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
        /// Which app, where that was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app: Option<ExternalId>,
    },
    /// The platform keeps the account from writing.
    #[error("the platform keeps the account from writing since {}", since.to_rfc3339())]
    Restricted {
        /// Since when.
        since: DateTime<Utc>,
        /// Why, in the platform's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Until when that is believed: its end may be told to nobody, so the platform is left to refuse then. `None` if that was not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// The person is not known at this account.
    #[error("the person is not known at this account")]
    UnknownPerson,
    /// A rule of the platform is against it; it names itself, until when it stands, and what would be allowed.
    #[error("{0}")]
    Against(Box<Objection>),
}

impl From<Objection> for Refusal {
    fn from(objection: Objection) -> Self {
        Self::Against(Box::new(objection))
    }
}

/// How a permission is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Nobody asked for it yet.
    NeverAsked,
    /// It was asked for, and the platform did not say what the owner answered.
    Unanswered,
    /// The owner declined it.
    Declined,
    /// It ran out.
    Expired,
    /// It was taken back.
    Revoked,
    /// It was given back from here, and counts for nothing until somebody is asked for it again.
    Renounced,
    /// The platform answered something that this program does not know. That is no permission to rely on.
    Unclear,
    /// The platform has not approved the app for it: nobody can grant it to this app yet.
    Unapproved,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NeverAsked => "not asked for yet",
            Self::Unanswered => "asked for but not answered",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Renounced => "given back from here",
            Self::Unclear => "answered in a way that is not known here",
            Self::Unapproved => "not approved for the app",
        })
    }
}

fn list(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
}

fn holder(business: Option<&str>) -> String {
    business.map_or_else(|| "a business".to_owned(), |name| format!("the business {name}"))
}

fn at(since: Option<DateTime<Utc>>) -> String {
    since.map(|since| format!(" at {}", since.to_rfc3339())).unwrap_or_default()
}

fn owner(app: Option<&ExternalId>) -> String {
    app.map_or_else(|| "another app".to_owned(), |app| format!("the app {app}"))
}

fn ends(until: Option<DateTime<Utc>>) -> String {
    until.map(|until| format!(", until {}", until.to_rfc3339())).unwrap_or_default()
}

impl Refusal {
    /// A stable word for this kind of refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PermissionMissing { .. } => "permission_missing",
            Self::TaskMissing { .. } => "task_missing",
            Self::NotProfessional => "not_professional",
            Self::NotTicked => "not_ticked",
            Self::HeldByBusiness { .. } => "held_by_business",
            Self::NotLinked => "not_linked",
            Self::Disconnected => "disconnected",
            Self::TokenUnreadable => "token_unreadable",
            Self::AnswersOff => "answers_off",
            Self::NotVisible => "not_visible",
            Self::WindowClosed { .. } => "window_closed",
            Self::TooLong { .. } => "too_long",
            Self::Empty => "empty",
            Self::Unsupported { .. } => "unsupported",
            Self::OwnedElsewhere { .. } => "owned_elsewhere",
            Self::Restricted { .. } => "restricted",
            Self::UnknownPerson => "unknown_person",
            Self::Against(_) => "against_rule",
        }
    }

    /// The [`code`] of the platform's rule that is behind it, if one is.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::WindowClosed { .. } | Self::UnknownPerson => Some(code::WINDOW),
            Self::TooLong { .. } => Some(code::TEXT),
            Self::Empty => Some(code::EMPTY),
            Self::OwnedElsewhere { .. } => Some(code::OWNER),
            Self::Restricted { .. } => Some(code::RESTRICTED),
            Self::Against(objection) => Some(&objection.rule),
            _ => None,
        }
    }

    /// Until when it stands; `None` if time alone does not end it.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::OwnedElsewhere { until, .. } | Self::Restricted { until, .. } => *until,
            Self::Against(objection) => objection.until,
            _ => None,
        }
    }

    /// What would be allowed instead.
    ///
    /// Every refusal by a platform's rule names something, save for what an [`Objection`] says of itself. Nothing is allowed, until somebody does what
    /// the [remedy](Self::remedy) says, where a permission or a task is missing, where the account is a personal one, or was not ticked, handed out
    /// or linked, where its token is dead or cannot be opened, where answers are switched off, where the viewer may not see it, and where this program
    /// has no part for it.
    pub fn allowed(&self) -> Vec<Allowed> {
        match self {
            Self::WindowClosed { human_agent_until, .. } => {
                human_agent_until.map(|until| Allowed::HumanAnswer { until }).into_iter().chain([Allowed::OncePersonWrites]).collect()
            }
            Self::TooLong { length, limit, unit } => {
                let parts = length.div_ceil((*limit).max(1));
                vec![Allowed::Text { limit: *limit, unit: unit.clone() }, Allowed::Parts { parts }]
            }
            Self::OwnedElsewhere { .. } => vec![Allowed::InTheOwningApp],
            Self::Restricted { .. } => vec![Allowed::OnceRestored],
            Self::UnknownPerson => vec![Allowed::OncePersonWrites],
            Self::Empty => vec![Allowed::Like { what: "a text, or an attachment that is not empty".to_owned() }],
            Self::Against(objection) => objection.allowed.clone(),
            Self::PermissionMissing { .. }
            | Self::TaskMissing { .. }
            | Self::NotProfessional
            | Self::NotTicked
            | Self::HeldByBusiness { .. }
            | Self::NotLinked
            | Self::Disconnected
            | Self::TokenUnreadable
            | Self::AnswersOff
            | Self::NotVisible
            | Self::Unsupported { .. } => Vec::new(),
        }
    }

    /// Who can do what about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Against(objection) => objection.remedy(),
            Self::PermissionMissing { standing: Standing::NeverAsked, .. } => {
                Remedy::new(Who::Owner, "sign in again and grant the permission when asked")
            }
            Self::PermissionMissing { standing: Standing::Unapproved, .. } => Remedy::new(
                Who::Developer,
                "request advanced access in the app's review; until then only people with a role on the app can be served",
            ),
            Self::PermissionMissing { standing: Standing::Renounced, .. } => {
                Remedy::new(Who::Owner, "ask for the permission again if it is to be used again, sign in, and grant it")
            }
            Self::PermissionMissing { .. } => {
                Remedy::new(Who::Owner, "sign in again with the permission asked for once more, and grant it")
            }
            Self::TaskMissing { .. } => {
                Remedy::new(Who::Owner, "let an admin give the person this task in the Page's settings, or sign in as somebody who has it")
            }
            Self::NotProfessional => {
                Remedy::new(Who::Owner, "switch the account to a professional one in Instagram under Settings, Account type and tools")
            }
            Self::NotTicked => Remedy::new(Who::Owner, "sign in again, choose to edit the settings, and tick the account in the list"),
            Self::HeldByBusiness { .. } => Remedy::new(
                Who::Owner,
                "let an admin of the business give the person full access to the account, messages included, then sign in again",
            ),
            Self::NotLinked => Remedy::new(Who::Owner, "finish the setup of the link and confirm it"),
            Self::Disconnected => Remedy::new(Who::Owner, "sign in again; the link and its history stay as they are"),
            Self::TokenUnreadable => {
                Remedy::new(Who::Developer, "put the key that sealed it back into the ring, or let the owner sign in again")
            }
            Self::AnswersOff => Remedy::new(Who::Owner, "allow answers in the link's messaging preferences"),
            Self::NotVisible => Remedy::new(Who::Owner, "give this viewer a role, or widen the audience in the privacy settings"),
            Self::WindowClosed { human_agent_until: Some(_), .. } => {
                Remedy::new(Who::Customer, "wait until the person writes again, or answer as a human agent within its days")
            }
            Self::WindowClosed { .. } => Remedy::new(Who::Customer, "wait until the person writes again"),
            Self::TooLong { .. } => Remedy::new(Who::Owner, "shorten the text or send it in parts"),
            Self::Empty => Remedy::new(Who::Owner, "write a text or attach something"),
            Self::Unsupported { .. } => Remedy::new(Who::Owner, "send it in a form the platform takes; its capabilities list them"),
            Self::OwnedElsewhere { .. } => {
                Remedy::new(Who::Owner, "take the conversation over in the Page's settings, or answer in the app that owns it")
            }
            Self::Restricted { .. } => Remedy::new(
                Who::Owner,
                "read the reason, look into the account's status and support inbox at the platform, and request a review there",
            ),
            Self::UnknownPerson => Remedy::new(Who::Customer, "wait until the person writes first: nobody can be written to before"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_its_rule_until_when_it_stands_and_what_is_allowed() {
        let until = DateTime::UNIX_EPOCH;
        let rule = code::BY_HAND;
        let by_hand: Refusal = Objection::new(rule, "a program may not".into()).until(until).allowing([Allowed::OncePersonWrites]).into();
        assert_eq!((by_hand.rule(), by_hand.until()), (Some(rule), Some(until)));
        assert_eq!(by_hand.to_string(), "a program may not, until 1970-01-01T00:00:00+00:00");
        assert_eq!(serde_json::from_str::<Refusal>(&serde_json::to_string(&by_hand).unwrap()).unwrap(), by_hand);
        let closed = Refusal::WindowClosed { since: None, human_agent_until: Some(until) };
        assert_eq!(closed.allowed(), [Allowed::HumanAnswer { until }, Allowed::OncePersonWrites]);
        let long = Refusal::TooLong { length: 2001, limit: 1000, unit: "bytes".into() };
        assert_eq!(long.allowed(), [Allowed::Text { limit: 1000, unit: "bytes".into() }, Allowed::Parts { parts: 3 }]);
    }

    #[test]
    fn who_owns_a_conversation_and_what_restricts_an_account_say_until_when() {
        let until = Some(DateTime::UNIX_EPOCH);
        let owned = Refusal::OwnedElsewhere { until, app: Some("77".parse().unwrap()) };
        assert_eq!(owned.to_string(), "the app 77 owns the conversation, until 1970-01-01T00:00:00+00:00");
        let restricted = Refusal::Restricted { since: DateTime::UNIX_EPOCH, reason: None, until };
        for (refusal, rule, allowed) in
            [(&owned, code::OWNER, Allowed::InTheOwningApp), (&restricted, code::RESTRICTED, Allowed::OnceRestored)]
        {
            assert_eq!((refusal.rule(), refusal.until(), refusal.allowed()), (Some(rule), until, vec![allowed]));
            assert_eq!(serde_json::from_str::<Refusal>(&serde_json::to_string(refusal).unwrap()).unwrap(), *refusal);
        }
    }

    #[test]
    fn what_was_stored_before_ends_were_told_is_still_read() {
        let owned: Refusal = serde_json::from_str(r#"{"refusal":"owned_elsewhere"}"#).unwrap();
        assert_eq!(owned, Refusal::OwnedElsewhere { until: None, app: None });
        assert_eq!(owned.to_string(), "another app owns the conversation");
        let restricted: Refusal = serde_json::from_str(r#"{"refusal":"restricted","since":"1970-01-01T00:00:00Z"}"#).unwrap();
        assert_eq!(restricted, Refusal::Restricted { since: DateTime::UNIX_EPOCH, reason: None, until: None });
    }

    #[test]
    fn what_was_stored_before_a_holder_had_a_name_is_still_read_and_written_so() {
        let stored = r#"{"refusal":"held_by_business"}"#;
        let refusal: Refusal = serde_json::from_str(stored).unwrap();
        assert_eq!(refusal, Refusal::HeldByBusiness { business: None });
        assert_eq!(serde_json::to_string(&refusal).unwrap(), stored);
        let named = Refusal::HeldByBusiness { business: Some("Quay Holding".to_owned()) };
        assert!(named.to_string().starts_with("the business Quay Holding holds"), "{named}");
        assert_eq!(serde_json::from_str::<Refusal>(&serde_json::to_string(&named).unwrap()).unwrap(), named);
    }
}
