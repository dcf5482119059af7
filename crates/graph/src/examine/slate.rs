//! What is still unknown, and what was found out.

use link_core::words::finding::{Cause, Check, State};
use link_core::{AccountId, Error, Scope};

use super::causes;

/// The checks of one examination. Every cause begins as unknown, so that one which a failed call hides stays so.
pub(super) struct Slate {
    checks: Vec<Check>,
    account: Option<AccountId>,
}

impl Slate {
    pub(super) fn new(causes: &[&'static Cause], account: Option<AccountId>) -> Self {
        let mut slate = Self { checks: Vec::with_capacity(causes.len()), account };
        for cause in causes {
            slate.set(cause, State::Unknown, None);
        }
        slate
    }

    fn set(&mut self, cause: &'static Cause, state: State, detail: Option<String>) {
        let account = self.account.clone();
        self.set_at(account, cause, state, detail);
    }

    /// The same for another account than the slate's own.
    pub(super) fn set_at(&mut self, account: Option<AccountId>, cause: &'static Cause, state: State, detail: Option<String>) {
        let mut check = Check::new(cause, state);
        check.account = account;
        check.detail = detail.filter(|_| state == State::Failed);
        match self.checks.iter_mut().find(|known| known.cause.code == cause.code && known.account == check.account) {
            Some(known) => *known = check,
            None => self.checks.push(check),
        }
    }

    pub(super) fn unknown(&mut self, cause: &'static Cause) {
        self.set(cause, State::Unknown, None);
    }

    /// All right, where they are on the slate at all.
    pub(super) fn settle(&mut self, causes: &[&'static Cause]) {
        for check in &mut self.checks {
            if causes.iter().any(|cause| cause.code == check.cause.code) {
                check.state = State::Ok;
            }
        }
    }

    pub(super) fn found(&mut self, cause: &'static Cause, detail: impl Into<Option<String>>) {
        self.set(cause, State::Failed, detail.into());
    }

    pub(super) fn ok(&mut self, causes: &[&'static Cause]) {
        for cause in causes {
            self.set(cause, State::Ok, None);
        }
    }

    /// Found if it is so, else all right.
    pub(super) fn tell(&mut self, cause: &'static Cause, wrong: bool, detail: impl Into<Option<String>>) {
        self.set(cause, if wrong { State::Failed } else { State::Ok }, detail.into());
    }

    /// What the app lacks where a cause was found.
    pub(super) fn lacking(&mut self, cause: &'static Cause, words: Vec<String>) {
        let found = |check: &&mut Check| check.cause.code == cause.code && check.state == State::Failed;
        if let Some(check) = self.checks.iter_mut().find(found) {
            check.lacking = words.into_iter().filter_map(|word| Scope::new(word).ok()).collect();
        }
    }

    /// A call was refused: what its code names is found. True if it names something.
    pub(super) fn refused(&mut self, error: &Error) -> bool {
        let named = error.code().and_then(|code| causes::of_code(code.code, code.subcode));
        if let Some(cause) = named {
            self.found(cause, None);
        }
        named.is_some()
    }

    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}
