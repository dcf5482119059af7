//! What a review says about permissions: each with what it is for, and what is off without those that are missing.

use std::collections::{BTreeMap, BTreeSet};

use link_core::linking::review::{ReviewOf, Reviewer, Section};
use link_core::linking::setup::Candidate;
use link_core::words::gate::Verdict;
use link_core::{AccountId, Road, Scope};

use crate::report::Report;
use crate::requirement::Requirements;
use crate::standing::{Reach, Standings};

/// Supplies the section on permissions.
#[derive(Debug, Clone, Default)]
pub struct PermissionReview {
    requirements: Requirements,
    standings: BTreeMap<Road, Standings>,
    own: BTreeMap<(Road, AccountId), Standings>,
}

impl PermissionReview {
    /// By these tables, and by how the permissions of whoever signed in stand on each road.
    pub const fn new(requirements: Requirements, standings: BTreeMap<Road, Standings>) -> Self {
        Self { requirements, standings, own: BTreeMap::new() }
    }

    /// And these accounts are reached by the permissions of whoever authorised each: within one link that may be several persons.
    #[must_use]
    pub fn at(mut self, own: BTreeMap<(Road, AccountId), Standings>) -> Self {
        self.own = own;
        self
    }

    /// What a permission is for, each purpose once.
    fn purposes(&self, scope: &Scope) -> BTreeSet<&'static str> {
        let rows = self.requirements.all().iter().filter(|row| !row.purpose.is_empty());
        rows.filter(|row| row.needs.iter().chain(row.optional).any(|word| *word == scope.as_str())).map(|row| row.purpose).collect()
    }

    /// What is off or does less at an account, and why.
    fn missing(&self, mut section: Section, account: &Candidate) -> Section {
        let own = self.own.get(&(account.road.clone(), account.account.clone()));
        let Some(standings) = own.or_else(|| self.standings.get(&account.road)) else { return section };
        let report = Report::of(&self.requirements, standings, Reach::from(account));
        for feature in report.features.into_iter().filter(|feature| feature.asked_for) {
            let code = format!("feature:{}:{}:{}", account.road, account.account, feature.feature);
            section = match feature.verdict {
                Verdict::Refused(refusal) => section
                    .with(code, format!("{} will be off at {}: {refusal}; {}.", feature.feature, account.account, refusal.remedy().what)),
                Verdict::Degraded { missing } => {
                    let missing: Vec<_> = missing.iter().map(Scope::as_str).collect();
                    section.with(code, format!("{} will do less at {}, without {}.", feature.feature, account.account, missing.join(", ")))
                }
                _ => section,
            };
        }
        section
    }
}

impl Reviewer for PermissionReview {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        let mut section = Section::new("permissions", "Permissions");
        for grant in &of.grants {
            let meaning = self.requirements.meaning(&grant.scope);
            let lets = if meaning.is_empty() { String::new() } else { format!(" It lets this program {meaning}.") };
            let purposes: Vec<_> = self.purposes(&grant.scope).into_iter().collect();
            let purpose = if purposes.is_empty() { String::new() } else { format!(" It is there so that we can {}.", purposes.join(", ")) };
            section =
                section.with(grant.scope.as_str(), format!("The permission {} is {}.{lets}{purpose}", grant.scope, grant.state.as_str()));
        }
        let section = of.accounts.iter().fold(section, |section, account| self.missing(section, account));
        (!section.lines.is_empty()).then_some(section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Entry, What};
    use crate::requirement::Requirement;
    use chrono::DateTime;
    use link_core::linking::setup::Setup;
    use link_core::words::permission::Permission;
    use link_core::words::ports::{GrantState, ScopeGrant};
    use link_core::{ActorId, Feature, OwnerId, PersonId, Platform, SetupId};

    const TABLE: &[Requirement] = &[
        Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging"]).with_purpose("answer from here"),
        Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::PROFILES, &["pages_show_list"]).with_purpose("show who wrote"),
    ];

    const KNOWN: &[Permission] = &[Permission::new("pages_messaging", "read and answer the Page's conversations")];

    #[test]
    fn a_review_says_what_each_permission_is_for_and_what_is_off_without_it() {
        let (owner, person) = (OwnerId::new("o").unwrap(), PersonId::new("p").unwrap());
        let entry =
            |scope, what| Entry::new(owner.clone(), person.clone(), Road::FACEBOOK, Scope::known(scope), what, DateTime::UNIX_EPOCH);
        let entries = [entry("pages_messaging", What::Granted), entry("pages_show_list", What::Declined)];
        let standings = Standings::of(&entries, &person, &Road::FACEBOOK);
        let reviewer = PermissionReview::new(Requirements::new().with(TABLE).knowing(KNOWN), [(Road::FACEBOOK, standings)].into());
        let mut setup = Setup::begin(SetupId::from_uuid(uuid::Uuid::nil()), owner, ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
        setup.candidates = vec![Candidate::new("messenger:1".parse().unwrap(), Road::FACEBOOK, "Shop")];
        setup.chosen = vec!["messenger:1".parse().unwrap()];
        let grant = |scope, state| ScopeGrant { scope: Scope::known(scope), state, targets: None };
        let grants = vec![grant("pages_messaging", GrantState::Granted), grant("pages_show_list", GrantState::Declined)];
        let section = reviewer.section(&ReviewOf::setup(&setup).granted(grants)).unwrap();
        let said: Vec<_> = section.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            said[0],
            "The permission pages_messaging is granted. It lets this program read and answer the Page's conversations. \
             It is there so that we can answer from here."
        );
        assert_eq!(said[1], "The permission pages_show_list is declined. It is there so that we can show who wrote.");
        assert!(said[2].starts_with("profiles will be off at messenger:1: ") && said.len() == 3, "{said:?}");
    }

    #[test]
    fn what_one_person_declined_is_not_told_of_an_account_that_another_one_authorised() {
        let entry = |person: &PersonId, what| {
            let owner = OwnerId::new("o").unwrap();
            Entry::new(owner, person.clone(), Road::FACEBOOK, Scope::known("pages_messaging"), what, DateTime::UNIX_EPOCH)
        };
        let own = [("messenger:1", "p", What::Granted), ("messenger:2", "q", What::Declined)].map(|(account, person, what)| {
            let person = PersonId::new(person).unwrap();
            let standings = Standings::of(&[entry(&person, what)], &person, &Road::FACEBOOK);
            ((Road::FACEBOOK, account.parse().unwrap()), standings)
        });
        let reviewer = PermissionReview::new(Requirements::new().with(TABLE), BTreeMap::new()).at(own.into());
        let id = SetupId::from_uuid(uuid::Uuid::nil());
        let mut setup = Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
        setup.chosen = vec!["messenger:1".parse().unwrap(), "messenger:2".parse().unwrap()];
        setup.candidates = setup.chosen.iter().map(|account| Candidate::new(account.clone(), Road::FACEBOOK, "Shop")).collect();
        let section = reviewer.section(&ReviewOf::setup(&setup)).unwrap();
        let off: Vec<_> = section.lines.iter().filter(|line| line.text.starts_with("send will be off")).map(|line| &line.code).collect();
        assert_eq!(off, ["feature:facebook:messenger:2:send"]);
    }
}
