//! What the platform does not tell and a person is asked about once: answers are recorded, shown in the review, and never counted as
//! checked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::setup::SetupRefused;
use crate::words::error::{Remedy, Who};
use crate::words::finding::{Cause, Severity};
use crate::words::ids::ActorId;

const AGAIN: &str = "answer the question again";

const fn ask(what: &'static str, url: &'static str) -> Remedy {
    Remedy::new(Who::Owner, what).with_url(url).with_recheck(AGAIN)
}

/// What is asked, each with what to do if the answer is no. The codes never change their meaning. The pages are those at which Meta lets
/// people change the setting.
pub static ADVICE: [Cause; 7] = [
    Cause::new(
        "advice_password",
        Severity::Advice,
        "both accounts have long passwords that are used nowhere else",
        &[ask(
            "give each account a password of its own, from a password manager",
            "https://accountscenter.facebook.com/password_and_security",
        )],
    ),
    Cause::new(
        "advice_second_factor_facebook",
        Severity::Advice,
        "the Facebook account asks for a second factor",
        &[ask("switch two-factor authentication on for the Facebook account", "https://accountscenter.facebook.com/password_and_security")],
    ),
    Cause::new(
        "advice_second_factor_instagram",
        Severity::Advice,
        "the Instagram account asks for a second factor",
        &[ask(
            "switch two-factor authentication on for the Instagram account",
            "https://accountscenter.instagram.com/password_and_security",
        )],
    ),
    Cause::new(
        "advice_contact_points",
        Severity::Advice,
        "e-mail address and phone number of both accounts are confirmed and still yours",
        &[ask("confirm the address and the number, and take out old ones", "https://accountscenter.facebook.com/personal_info")],
    ),
    Cause::new(
        "advice_current_apps",
        Severity::Advice,
        "the Facebook and Instagram apps on all phones are up to date",
        &[Remedy::new(Who::Owner, "update the apps in the phone's app store").with_recheck(AGAIN)],
    ),
    Cause::new(
        "advice_sign_in_places",
        Severity::Advice,
        "the list of devices and places that are signed in was looked through lately",
        &[ask("sign out what is not yours", "https://accountscenter.facebook.com/password_and_security/login_activity")],
    ),
    Cause::new(
        "advice_where_to_report",
        Severity::Advice,
        "everybody who works with the accounts knows where to report that one was taken over",
        &[
            ask("keep Facebook's page for hacked accounts at hand", "https://www.facebook.com/hacked"),
            ask("keep Instagram's page for hacked accounts at hand", "https://www.instagram.com/hacked"),
        ],
    ),
];

/// What somebody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// They do not know.
    Unsure,
}

impl Answer {
    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unsure => "unsure",
        }
    }
}

/// An answer with who gave it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advice {
    /// The code of what was asked.
    pub code: String,
    /// The answer.
    pub answer: Answer,
    /// Who gave it.
    pub by: ActorId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Advice {
    /// Somebody answered.
    pub fn new(code: impl Into<String>, answer: Answer, by: ActorId, at: DateTime<Utc>) -> Self {
        Self { code: code.into(), answer, by, at }
    }

    /// What was asked; `None` if a newer or older program asked it.
    pub fn asked(&self) -> Option<&'static Cause> {
        ADVICE.iter().find(|cause| cause.code == self.code)
    }
}

/// What nobody answered yet.
pub fn open(answers: &[Advice]) -> impl Iterator<Item = &'static Cause> {
    ADVICE.iter().filter(|cause| answers.iter().all(|answer| answer.code != cause.code))
}

/// Adds answers; a later one to the same question takes the place of the one before.
pub(super) fn record(known: &mut Vec<Advice>, answers: Vec<Advice>) -> Result<(), SetupRefused> {
    if let Some(stray) = answers.iter().find(|answer| answer.asked().is_none()) {
        return Err(SetupRefused::UnknownAdvice { code: stray.code.clone() });
    }
    for answer in answers {
        known.retain(|before| before.code != answer.code);
        known.push(answer);
    }
    known.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(())
}
