//! What the platform lets an account do, as the join of everything that was said of it.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::event::{Enforcement, EnforcementAct};
use link_core::words::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::register::{Register, keep_max};

/// How long a restriction keeps us from trying. If its end was never told, for a lost webhook, the account would write no more for ever; so after
/// a day the platform is left to refuse what is sent.
const TRUSTED: TimeDelta = TimeDelta::days(1);

/// The state of an account that belongs to no conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountState {
    /// Whether the platform keeps it from writing. A warning that comes later takes no restriction back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<Register<Restriction>>,
    /// Of what the platform warned last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Register<Option<String>>>,
}

/// Whether the platform keeps an account from writing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Restriction {
    /// It does.
    pub blocked: bool,
    /// Why, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AccountState {
    /// What an enforcement says, as of a time.
    pub(crate) fn said(enforcement: &Enforcement, as_of: DateTime<Utc>) -> Self {
        let restricted = |blocked| Some(Register::new(as_of, Restriction { blocked, reason: enforcement.reason.clone() }));
        match enforcement.act {
            EnforcementAct::Blocked => Self { restriction: restricted(true), warning: None },
            EnforcementAct::Unblocked => Self { restriction: restricted(false), warning: None },
            EnforcementAct::Warned => Self { restriction: None, warning: Some(Register::new(as_of, enforcement.reason.clone())) },
            _ => Self::default(),
        }
    }

    /// Takes in what else was said of the same account. Commutative, associative and idempotent.
    pub fn join(&mut self, other: Self) {
        keep_max(&mut self.restriction, other.restriction);
        keep_max(&mut self.warning, other.warning);
    }

    /// What keeps the account from writing as far as the platform told, since when and why: until it tells the end, however long that is.
    pub fn block(&self) -> Option<&Register<Restriction>> {
        self.restriction.as_ref().filter(|told| told.value.blocked)
    }

    /// The last warning, unless the platform acted on it since, or ended that: a block says more, and its end is the end of both.
    pub fn unanswered_warning(&self) -> Option<&Register<Option<String>>> {
        let acted = self.restriction.as_ref().map(|told| told.as_of);
        self.warning.as_ref().filter(|told| acted.is_none_or(|acted| told.as_of > acted))
    }

    /// Why the account may not write now, if it may not.
    pub fn refusal(&self, now: DateTime<Utc>) -> Option<Refusal> {
        let told = self.block()?;
        let until = told.as_of + TRUSTED;
        (now < until).then(|| Refusal::Restricted { since: told.as_of, reason: told.value.reason.clone(), until: Some(until) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn after(told: &[(i64, EnforcementAct)]) -> AccountState {
        let mut state = AccountState::default();
        for (seconds, act) in told {
            state.join(AccountState::said(&Enforcement { act: *act, reason: Some(format!("at {seconds}")) }, at(*seconds)));
        }
        state
    }

    #[test]
    fn a_warning_does_not_end_a_restriction_and_its_end_does() {
        let told = [(1, EnforcementAct::Blocked), (2, EnforcementAct::Warned)];
        let refusal = Refusal::Restricted { since: at(1), reason: Some("at 1".to_owned()), until: Some(at(1 + 86_400)) };
        assert_eq!(after(&told).refusal(at(3)), Some(refusal));
        assert_eq!(after(&told).refusal(at(1 + 86_400)), None, "an end that was never told would keep the account silent for ever");
        assert_eq!(after(&[(2, EnforcementAct::Warned), (1, EnforcementAct::Blocked)]), after(&told));
        let ended = after(&[(3, EnforcementAct::Unblocked), (1, EnforcementAct::Blocked)]);
        assert_eq!(ended.refusal(at(4)), None, "an account would be kept from writing for ever because a notice came late");
    }
    #[test]
    fn a_warning_counts_until_the_platform_acts_or_ends_it() {
        use EnforcementAct::{Blocked, Unblocked, Warned};
        let stands = |told: &[(i64, EnforcementAct)]| {
            let state = after(told);
            (state.block().is_some(), state.unanswered_warning().is_some())
        };
        assert_eq!(stands(&[(1, Warned)]), (false, true));
        assert_eq!(stands(&[(1, Warned), (2, Blocked)]), (true, false), "one matter is told twice");
        assert_eq!(stands(&[(1, Warned), (2, Blocked), (3, Unblocked)]), (false, false), "what is over is told for a month");
        assert_eq!(stands(&[(1, Warned), (3, Unblocked)]), (false, false), "an end ends a block only");
        assert_eq!(stands(&[(2, Blocked), (3, Warned)]), (true, true), "what the platform says during a block is not told");
        assert_eq!(stands(&[(3, Unblocked), (4, Warned)]), (false, true));
    }
}
