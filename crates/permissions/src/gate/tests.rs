use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::executor::block_on;
use link_core::linking::connection::Receiver;
use link_core::linking::link::Link;
use link_core::linking::review::Consent;
use link_core::linking::setup::SetupRefused;
use link_core::linking::store::{ConnectionStep, Departure, HandoverStep, LinkStep, SetupFailed};
use link_core::linking::switch::SwitchRefused;
use link_core::words::gate::By;
use link_core::words::refusal::Standing;
use link_core::{AccountId, AccountKey, Error, ErrorKind, ExternalId, Feature, LinkId, OwnerId, PersonId, Platform, Road, Scope};

use super::*;
use crate::ledger::{Entry, MockLedgerStore, What};
use crate::memory::MemoryLedger;
use crate::requirement::Requirement;

const TABLE: &[Requirement] = &[
    Requirement::new(Platform::MESSENGER, Road::FACEBOOK, Feature::SEND, &["pages_messaging"])
        .with_optional(&["business_management"])
        .with_unbound(&["business_management"])
        .with_purpose("answer from here"),
    Requirement::new(Platform::INSTAGRAM, Road::FACEBOOK, Feature::SEND, &["instagram_manage_messages", "pages_read_engagement"]),
];

/// Links that hold nothing but connections.
struct Links(Vec<Connection>);

#[async_trait]
impl LinkStore for Links {
    async fn links(&self, _: &View) -> Result<Vec<Link>> {
        Ok(Vec::new())
    }
    async fn link(&self, _: &View, _: LinkId) -> Result<Option<Link>> {
        Ok(None)
    }
    async fn connections(&self, _: &View) -> Result<Vec<Connection>> {
        Ok(self.0.clone())
    }
    async fn connection(&self, view: &View, key: &ConnectionKey) -> Result<Option<Connection>> {
        let shown = view.owner == key.account.owner && view.shows(&key.account.account);
        Ok(self.0.iter().find(|connection| shown && connection.key == *key).cloned())
    }
    async fn receivers(&self, _: &[AccountId]) -> Result<Vec<Receiver>> {
        Ok(Vec::new())
    }
    async fn change(&self, _: &ConnectionKey, _: &ConnectionStep<'_>) -> Result<Option<Connection>> {
        Ok(None)
    }
    async fn owners(&self, _: Option<&OwnerId>, _: u32) -> Result<Vec<OwnerId>> {
        unreachable!()
    }

    async fn hand_over(&self, _: &AccountKey, _: &HandoverStep<'_>) -> Result<std::result::Result<Vec<Connection>, SwitchRefused>> {
        Ok(Ok(Vec::new()))
    }
    async fn unsubscribed(&self, _: u32) -> Result<Vec<Connection>> {
        Ok(Vec::new())
    }
    async fn update(&self, _: &OwnerId, _: LinkId, _: &LinkStep<'_>) -> Result<Link, SetupFailed> {
        Err(SetupRefused::UnknownLink.into())
    }
    async fn consents(&self, _: &View, _: LinkId) -> Result<Vec<Consent>> {
        Ok(Vec::new())
    }
    async fn authorised_by(&self, _: &Road, _: &PersonId) -> Result<Vec<ConnectionKey>> {
        Ok(Vec::new())
    }
    async fn end(&self, _: &Departure) -> Result<bool> {
        Ok(false)
    }
    async fn ended(&self, _: &[AccountId]) -> Result<Vec<AccountId>> {
        Ok(Vec::new())
    }
}

fn key(owner: &str, account: &str) -> ConnectionKey {
    let account = AccountKey::new(OwnerId::new(owner).unwrap(), account.parse().unwrap());
    ConnectionKey { account, road: Road::FACEBOOK }
}

fn connection(owner: &str, account: &str, via: Option<&str>, person: &str) -> Connection {
    let link = LinkId::from_uuid(uuid::Uuid::nil());
    let mut connection = Connection::new(key(owner, account), link, PersonId::new(person).unwrap(), "name", DateTime::UNIX_EPOCH);
    connection.via = via.map(|via| ExternalId::new(via).unwrap());
    connection
}

fn entry(owner: &str, person: &str, scope: &'static str, what: What, targets: Option<&[&str]>) -> Entry {
    let (owner, person) = (OwnerId::new(owner).unwrap(), PersonId::new(person).unwrap());
    Entry::new(owner, person, Road::FACEBOOK, Scope::known(scope), what, DateTime::<Utc>::UNIX_EPOCH)
        .with_targets(targets.map(|targets| targets.iter().map(|id| ExternalId::new(*id).unwrap()).collect()))
}

fn gate(entries: &[Entry], connections: Vec<Connection>) -> PermissionGate {
    let ledger = MemoryLedger::new();
    block_on(ledger.append(entries)).unwrap();
    PermissionGate::new(Requirements::new().with(TABLE), Arc::new(ledger), Arc::new(Links(connections)))
}

fn ask(owner: &str, account: &str, feature: Feature) -> Ask {
    let key = key(owner, account);
    Ask::new(By::System("test"), key.account, key.road, feature)
}

fn verdict(gate: &PermissionGate, owner: &str, account: &str) -> Verdict {
    block_on(gate.ask(&ask(owner, account, Feature::SEND))).unwrap()
}

fn missing(missing: &[&'static str], standing: Standing) -> Verdict {
    let missing = missing.iter().copied().map(Scope::known).collect();
    Verdict::Refused(Refusal::PermissionMissing { feature: Feature::SEND, missing, standing })
}

#[test]
fn a_page_sends_with_its_permission_and_less_without_the_optional_one() {
    let page = || vec![connection("o", "messenger:1", None, "p")];
    let mut entries = vec![entry("o", "p", "pages_messaging", What::Granted, Some(&["1"]))];
    let less = Verdict::Degraded { missing: vec![Scope::known("business_management")] };
    assert_eq!(verdict(&gate(&entries, page()), "o", "messenger:1"), less);
    entries.push(entry("o", "p", "business_management", What::Granted, Some(&["990000000000001"])));
    assert_eq!(verdict(&gate(&entries, page()), "o", "messenger:1"), Verdict::Allowed);
}

#[test]
fn a_page_linked_instagram_account_needs_its_page_and_itself() {
    let account = || vec![connection("o", "instagram:17841", Some("1"), "p")];
    let both = |page: &str, instagram: &str| {
        [
            entry("o", "p", "pages_read_engagement", What::Granted, Some(&[page])),
            entry("o", "p", "instagram_manage_messages", What::Granted, Some(&[instagram])),
        ]
    };
    assert_eq!(verdict(&gate(&both("1", "17841"), account()), "o", "instagram:17841"), Verdict::Allowed);
    let without_page = missing(&["pages_read_engagement"], Standing::Declined);
    assert_eq!(verdict(&gate(&both("2", "17841"), account()), "o", "instagram:17841"), without_page);
    let without_itself = missing(&["instagram_manage_messages"], Standing::Declined);
    assert_eq!(verdict(&gate(&both("1", "17842"), account()), "o", "instagram:17841"), without_itself);
}

#[test]
fn a_grant_of_another_person_or_another_owner_opens_nothing() {
    let granted = [entry("o", "q", "pages_messaging", What::Granted, None), entry("x", "p", "pages_messaging", What::Granted, None)];
    let gate = gate(&granted, vec![connection("o", "messenger:1", None, "p")]);
    assert_eq!(verdict(&gate, "o", "messenger:1"), missing(&["pages_messaging"], Standing::NeverAsked));
}

#[test]
fn what_is_not_linked_or_not_known_is_refused() {
    let gate = gate(&[entry("o", "p", "pages_messaging", What::Granted, None)], vec![connection("o", "messenger:1", None, "p")]);
    assert_eq!(verdict(&gate, "o", "messenger:2"), Verdict::Refused(Refusal::NotLinked));
    assert_eq!(verdict(&gate, "x", "messenger:1"), Verdict::Refused(Refusal::NotLinked));
    let strange = block_on(gate.ask(&ask("o", "messenger:1", Feature::known("call")))).unwrap();
    assert_eq!(strange, Verdict::Refused(Refusal::Unsupported { what: "call".to_owned() }));
}

#[test]
fn of_several_missing_permissions_the_declined_one_names_the_reason() {
    let declined = [entry("o", "p", "pages_read_engagement", What::Declined, None)];
    let gate = gate(&declined, vec![connection("o", "instagram:17841", Some("1"), "p")]);
    let expected = missing(&["instagram_manage_messages", "pages_read_engagement"], Standing::Declined);
    assert_eq!(verdict(&gate, "o", "instagram:17841"), expected);
}

#[test]
fn a_ledger_that_cannot_be_read_opens_nothing() {
    let mut ledger = MockLedgerStore::new();
    ledger.expect_entries().times(1).returning(|_, _| Err(Error::new(ErrorKind::Store, "read the ledger")));
    let links = Links(vec![connection("o", "messenger:1", None, "p")]);
    let gate = PermissionGate::new(Requirements::new().with(TABLE), Arc::new(ledger), Arc::new(links));
    assert_eq!(block_on(gate.ask(&ask("o", "messenger:1", Feature::SEND))).unwrap_err().kind(), ErrorKind::Store);
}

#[test]
fn the_report_says_what_is_on_and_what_to_ask_for_again() {
    let gate = gate(&[entry("o", "p", "pages_messaging", What::Declined, None)], vec![connection("o", "messenger:1", None, "p")]);
    let owner = OwnerId::new("o").unwrap();
    let report = block_on(gate.report(&View::system(owner.clone(), "test"), &key("o", "messenger:1"))).unwrap().unwrap();
    assert_eq!(
        report.to_text(),
        "messenger:1: send (answer from here) is off: send needs pages_messaging, which is declined; sign in again with the \
         permission asked for once more, and grant it."
    );
    let request = crate::Request::of(&Road::FACEBOOK, std::slice::from_ref(&report), &[]);
    assert_eq!(request.scopes(), [Scope::known("pages_messaging"), Scope::known("business_management")]);
    let nothing = View::nothing(owner, link_core::ActorId::new("stranger").unwrap());
    assert_eq!(block_on(gate.report(&nothing, &key("o", "messenger:1"))).unwrap(), None);
}
