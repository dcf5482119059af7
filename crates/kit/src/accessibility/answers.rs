//! Whether a platform could be asked at all.

use link_core::linking::causes::PLATFORM_UNREACHABLE;
use link_core::words::finding::{Check, State};

/// What a platform answered when it was asked along one road.
///
/// A failed call leaves what it was to tell unknown, and one or another may fail at any time. If nothing comes out known, what is not found is
/// not absent: then this says so, or a platform that is down would read as a healthy one.
#[derive(Default)]
pub(super) struct Answers {
    of_app: Vec<State>,
    of_accounts: Vec<State>,
}

impl Answers {
    pub(super) fn of_app(&mut self, checks: &[Check]) {
        self.of_app.extend(checks.iter().map(|check| check.state));
    }

    /// Of people and of accounts.
    pub(super) fn of_accounts(&mut self, checks: &[Check]) {
        self.of_accounts.extend(checks.iter().map(|check| check.state));
    }

    /// Unknown if nobody asked: without a token there is nothing to ask with, which is another cause. A refusal that names something is an
    /// answer. Where the app answers, and nothing of the accounts does, the accounts are what counts.
    pub(super) fn check(&self) -> Check {
        let asked = if self.of_accounts.is_empty() { &self.of_app } else { &self.of_accounts };
        let refused = self.of_app.iter().chain(&self.of_accounts).any(|state| *state == State::Failed);
        if asked.is_empty() {
            PLATFORM_UNREACHABLE.unknown()
        } else if refused || asked.contains(&State::Ok) {
            PLATFORM_UNREACHABLE.absent()
        } else {
            PLATFORM_UNREACHABLE.found()
        }
    }
}

#[cfg(test)]
mod tests {
    use link_core::linking::causes::CLOCK_SKEWED;

    use super::*;

    fn said(of_app: &[Check], of_accounts: &[Check]) -> State {
        let mut answers = Answers::default();
        answers.of_app(of_app);
        answers.of_accounts(of_accounts);
        answers.check().state
    }

    #[test]
    fn a_platform_is_out_of_reach_if_nothing_that_was_asked_was_told() {
        let (ok, failed, unknown) = (CLOCK_SKEWED.absent(), CLOCK_SKEWED.found(), CLOCK_SKEWED.unknown());
        let silent = [unknown.clone(), unknown.clone()];
        assert_eq!(said(&silent, &silent), State::Failed);
        assert_eq!(said(&silent, &[]), State::Failed);
        assert_eq!(said(&[], &silent), State::Failed, "a road without checks of its app");
        assert_eq!(said(std::slice::from_ref(&ok), &silent), State::Failed, "the app answers, and no account could be looked at");
        assert_eq!(said(&silent, &[unknown.clone(), ok.clone()]), State::Ok, "one answer is an answer");
        assert_eq!(said(&silent, &[unknown.clone(), failed.clone()]), State::Ok, "so is a refusal that names a cause");
        assert_eq!(said(&[failed, unknown], &silent), State::Ok);
        assert_eq!(said(&[ok], &[]), State::Ok);
        assert_eq!(said(&[], &[]), State::Unknown, "nobody asked");
    }
}
