//! One round over everything an owner has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use link_core::linking::accessibility::{Finding, FindingChange, examined_whole};
use link_core::linking::causes::{DATA_ACCESS_EXPIRING, TOKEN_EXPIRING, TOKEN_MISSING, TOKEN_UNREADABLE, ending};
use link_core::linking::connection::{Connection, Health, Subscription};
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::store::ConnectionChange;
use link_core::words::activity::Activity;
use link_core::words::error::PlatformCode;
use link_core::words::finding::{AccountExamination, AppExamination, Check, Examine, PersonExamination, Severity, State, Subject};
use link_core::words::ids::{AccountId, OwnerId, PersonId};
use link_core::words::platform::{Feature, Road};
use link_core::words::ports::Access;
use link_core::words::view::View;
use link_core::{ErrorKind, Result, Secret};

use link_sync::{Backfill, BackfillChange, BackfillState, Reading, ReconcileReason};

use super::answers::Answers;
use crate::consent::WITHDRAWN;
use crate::desk::credential_key;
use crate::inner::Inner;

/// What stands in the way is noticed some time after it came.
const UNNOTICED: TimeDelta = TimeDelta::hours(24);
/// How long a finding stands that only a refusal tells of.
const REFUSED_FOR: TimeDelta = TimeDelta::hours(24);

impl Inner {
    /// Looks at everything of an owner's, keeps what was found, and answers every check that was made.
    pub(crate) async fn examine(&self, owner: &OwnerId) -> Result<Vec<Check>> {
        let view = View::system(owner.clone(), "see whether the accounts can be used");
        let connections = self.stores.links.connections(&view).await?;
        let mut checks = Vec::new();
        for road in self.roads() {
            let Some(examiner) = &road.examiner else { continue };
            let on_road: Vec<&Connection> = connections.iter().filter(|connection| connection.key.road == examiner.road()).collect();
            if on_road.is_empty() {
                continue;
            }
            let mut app = AppExamination::new(self.wiring.scopes(&examiner.road()), self.subscribing.callback_url.clone());
            app.callback_url = app.callback_url.filter(|_| self.receives);
            let of_app = examiner.app(&app).await;
            let mut answers = Answers::default();
            answers.of_app(&of_app);
            if !of_app.iter().any(hides_everything) {
                for (person, reached) in by_person(&on_road) {
                    checks.extend(self.person(owner, examiner.as_ref(), person, &reached, &mut answers).await?);
                }
            }
            checks.extend(of_app.into_iter().chain([answers.check()]).map(|check| check.of(Subject::road(examiner.road()))));
        }
        // Last, because the calls before show the platform's clock.
        checks.extend(self.known(owner, &connections).await?);
        let now = self.clock.now();
        let step =
            |stored: &[Finding]| -> FindingChange { examined_whole(owner, stored, &self.settled(stored, &checks), &connections, now) };
        // First, so that whoever is killed in between has forgotten nothing: the next round finds it gone once more.
        let before = self.stores.findings.findings(&view).await?;
        self.delivers_again(&before, &step(&before).findings, &connections).await?;
        let stands = self.stores.findings.update(owner, &step).await?;
        self.rounds.looked(owner, &stands, now);
        Ok(checks)
    }

    /// What kept deliveries away is gone: what came meanwhile is looked for.
    async fn delivers_again(&self, before: &[Finding], stands: &[Finding], connections: &[Connection]) -> Result<()> {
        let keeps_away = |finding: &&Finding| {
            finding.severity > Severity::Warns && (finding.features.is_empty() || finding.features.contains(&Feature::RECEIVE))
        };
        let is_of = |finding: &Finding, connection: &Connection| finding.account.as_ref().is_none_or(|it| it == connection.account());
        let same = |a: &Finding, b: &Finding| (&a.code, &a.account, &a.subject) == (&b.code, &b.account, &b.subject);
        for connection in connections.iter().filter(|connection| connection.receives_at(self.clock.now())) {
            let of_connection = |findings: &[Finding]| -> Vec<Finding> {
                findings.iter().filter(keeps_away).filter(|finding| is_of(finding, connection)).cloned().collect()
            };
            let (before, stands) = (of_connection(before), of_connection(stands));
            let gone = before.iter().filter(|finding| !stands.iter().any(|still| same(finding, still)));
            if let Some(since) = gone.map(|finding| finding.since).min() {
                self.occasions.missed_if_it_reads(connection, since - UNNOTICED, ReconcileReason::Resubscribed).await?;
            }
        }
        Ok(())
    }

    /// The checks, and that what only a refusal tells of is gone when a day passed since.
    fn settled(&self, kept: &[Finding], checks: &[Check]) -> Vec<Check> {
        let mut checks = checks.to_vec();
        for check in &mut checks {
            // What an older program wrote down names nobody.
            let untold = |finding: &Finding| {
                finding.subject == Subject::Untold && finding.code == check.cause.code && finding.account == check.account
            };
            let stands = kept.iter().find(|finding| finding.is(check) || untold(finding));
            let is_old = |finding: &Finding| self.clock.now() - finding.since >= REFUSED_FOR;
            if check.cause.only_refused && check.state == State::Unknown && stands.is_some_and(is_old) {
                check.state = State::Ok;
            }
        }
        checks
    }

    /// Looks at somebody who signed in, and at the accounts that are reached through them.
    async fn person(
        &self,
        owner: &OwnerId,
        examiner: &dyn Examine,
        person: &PersonId,
        reached: &[&Connection],
        answers: &mut Answers,
    ) -> Result<Vec<Check>> {
        let road = examiner.road();
        let key = CredentialKey { owner: owner.clone(), road: road.clone(), holder: Holder::Person(person.clone()) };
        let (mut checks, credential) = self.kept(&key, None).await?;
        if reached.iter().any(|connection| is_withdrawn(connection)) {
            withdrawn(examiner, &mut checks);
        }
        let token = credential.as_ref().map(|credential| credential.token.clone());
        if let Some(credential) = credential {
            let now = self.clock.now();
            checks.push(ending(&TOKEN_EXPIRING, credential.expires_at, now));
            checks.push(ending(&DATA_ACCESS_EXPIRING, credential.data_access_expires_at, now));
            if let Some(road) = self.wiring.road(&road) {
                self.ask_what_is_granted(owner, road.grants.as_ref(), person, &credential.token).await?;
            }
            let accounts = reached.iter().map(|connection| connection.account().clone()).collect();
            let asked = PersonExamination::new(person.clone(), credential.token).reaching(accounts);
            let found = examiner.person(&asked.asked_for(self.wiring.scopes(&road))).await;
            answers.of_accounts(&found);
            checks.extend(found);
        }
        let of_person: BTreeSet<&str> = failed(&checks).collect();
        let mut of_accounts = Vec::new();
        for connection in reached {
            of_accounts.extend(self.account(examiner, connection, token.as_ref(), answers).await?);
        }
        // One dead grant is one finding, not one for each account that stands on it.
        let told = |check: &Check| check.state == State::Failed && of_person.contains(check.cause.code);
        of_accounts.retain(|check| !told(check));
        checks.extend(of_accounts);
        Ok(checks.into_iter().map(|check| belonging(check, &road, person)).collect())
    }

    async fn account(
        &self,
        examiner: &dyn Examine,
        connection: &Connection,
        person: Option<&Secret>,
        answers: &mut Answers,
    ) -> Result<Vec<Check>> {
        let account = connection.account().clone();
        let (mut checks, credential) = self.kept(&credential_key(&connection.key), Some(&account)).await?;
        if is_withdrawn(connection) {
            withdrawn(examiner, &mut checks);
        }
        let Some(credential) = credential else { return Ok(checks) };
        let access = Access::new(account, connection.key.road.clone(), credential.token).through(connection.via.clone());
        let mut asked = AccountExamination::new(access).authorised_by(person.cloned());
        // What is known not to be subscribed yet is a finding of its own.
        asked.subscribed = matches!(connection.subscription, Subscription::Active { .. });
        let found = examiner.account(&asked).await;
        answers.of_accounts(&found);
        // An account that let itself be read has a token that works, whatever was thought of it.
        if found.iter().any(|check| check.state == State::Ok) && failed(&found).next().is_none() {
            self.revive(connection).await?;
            self.read_on(connection).await?;
        }
        checks.extend(found);
        Ok(checks)
    }

    /// A token as it is kept, and what is wrong with that.
    async fn kept(&self, key: &CredentialKey, account: Option<&AccountId>) -> Result<(Vec<Check>, Option<Credential>)> {
        let (mut missing, mut unreadable) = (TOKEN_MISSING.absent(), TOKEN_UNREADABLE.absent());
        let opened = match self.vault.open(key).await {
            Ok(Some(credential)) => Some(credential),
            Ok(None) => {
                missing = TOKEN_MISSING.found().with(key.holder.to_string());
                None
            }
            Err(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt) => {
                missing = TOKEN_MISSING.absent();
                unreadable = TOKEN_UNREADABLE.found().with(key.holder.to_string());
                None
            }
            Err(error) => return Err(error),
        };
        let checks = [missing, unreadable].map(|check| match account {
            Some(account) => check.at(account.clone()),
            None => check,
        });
        Ok((checks.to_vec(), opened))
    }

    async fn revive(&self, connection: &Connection) -> Result<()> {
        if connection.health == Health::Alive {
            return Ok(());
        }
        let now = self.clock.now();
        let revive = |stored: &Connection| {
            let mut revived = stored.clone();
            (revived.health != Health::Alive).then(|| {
                revived.health = Health::Alive;
                let owner = stored.key.account.owner.clone();
                let act = Activity::system(owner, "the platform takes the token again", "connection.revived", now).on(stored.account());
                ConnectionChange { connection: revived, happenings: Vec::new(), acts: vec![act] }
            })
        };
        let Health::Dead { since, .. } = &connection.health else { return Ok(()) };
        // Before it is alive, or whoever is killed in between never looks; and after, since as long as it is dead nobody may.
        self.occasions.missed_if_it_reads(connection, *since - UNNOTICED, ReconcileReason::Reauthorised).await?;
        if let Some(revived) = self.stores.links.change(&connection.key, &revive).await? {
            self.occasions.missed_if_it_reads(&revived, *since - UNNOTICED, ReconcileReason::Reauthorised).await?;
        }
        Ok(())
    }

    /// History that stopped goes on where the account can be read, unless it is the history that may not be.
    async fn read_on(&self, connection: &Connection) -> Result<()> {
        let now = self.clock.now();
        let again = |stored: &Backfill, _: &[Reading]| {
            let stopped = matches!(stored.state, BackfillState::Stopped { .. }) && !stored.is_denied;
            stopped.then(|| {
                let mut again = stored.clone();
                (again.state, again.tries, again.waits) = (BackfillState::Waiting { until: now }, 0, None);
                BackfillChange::new(again)
            })
        };
        match self.stores.backfills.change(&connection.key, &[], &again).await {
            // A history that does not read is one account's, and no reason to look at none of the owner's.
            Err(error) if !error.is_retryable() => {
                tracing::warn!(%error, account = %connection.account(), "whether a history goes on could not be seen");
                Ok(())
            }
            changed => changed.map(drop),
        }
    }

    pub(crate) fn roads(&self) -> &[crate::wiring::RoadParts] {
        &self.wiring.roads
    }

    /// Every cause that this program can find, each once.
    pub(crate) fn causes(&self) -> Vec<&'static link_core::words::finding::Cause> {
        let mut all = link_core::linking::causes::all();
        for examiner in self.roads().iter().filter_map(|road| road.examiner.as_ref()) {
            for cause in examiner.causes() {
                if all.iter().all(|known| known.code != cause.code) {
                    all.push(cause);
                }
            }
        }
        all
    }
}

/// What was looked for at somebody by a road is theirs, unless it is an account's: that one may be authorised by another person tomorrow.
pub(super) fn belonging(check: Check, road: &Road, person: &PersonId) -> Check {
    let subject = match &check.account {
        Some(_) => Subject::road(road.clone()),
        None => Subject::person(road.clone(), person.clone()),
    };
    check.of(subject)
}

/// Whether the platform itself told that the consent was taken back, upon which the token was forgotten here.
fn is_withdrawn(connection: &Connection) -> bool {
    matches!(&connection.health, Health::Dead { code: Some(code), .. } if code == WITHDRAWN)
}

/// A token that was forgotten because the app was taken out is missing for that reason, which the platform has a cause of its own for.
fn withdrawn(examiner: &dyn Examine, checks: &mut [Check]) {
    let removed = PlatformCode { code: 190, subcode: Some(458), trace: None };
    let Some(cause) = examiner.explain(&removed) else { return };
    for check in checks.iter_mut().filter(|check| check.cause.code == TOKEN_MISSING.code && check.state == State::Failed) {
        let account = check.account.take();
        *check = cause.found();
        check.account = account;
    }
}

/// Where every call of the app is refused, refusals say nothing of people and accounts.
fn hides_everything(check: &Check) -> bool {
    check.state == State::Failed && check.cause.severity == Severity::Blocks && check.cause.features.is_empty()
}

fn failed(checks: &[Check]) -> impl Iterator<Item = &'static str> {
    checks.iter().filter(|check| check.state == State::Failed).map(|check| check.cause.code)
}

fn by_person<'a>(connections: &[&'a Connection]) -> BTreeMap<&'a PersonId, Vec<&'a Connection>> {
    let mut people: BTreeMap<&PersonId, Vec<&Connection>> = BTreeMap::new();
    for connection in connections {
        people.entry(&connection.person).or_default().push(connection);
    }
    people
}
