use chrono::{DateTime, Utc};
use futures::executor::block_on;
use link_core::linking::connection::{Connection, ConnectionKey, Receiver};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::{Preferences, Setup, SetupRefused};
use link_core::linking::store::{ConnectionStep, Departure, HandoverStep, LinkStep, SetupFailed};
use link_core::linking::switch::SwitchRefused;
use link_core::{AccountId, AccountKey, ActorId, IntentId, LinkId, MessageId, OwnerId, PersonId, Road, ScopedId, SetupId};
use uuid::Uuid;

use super::*;

fn happening(account: Option<&str>, what: What) -> Happening {
    let account = account.map(|account| account.parse::<AccountId>().unwrap());
    Happening::new(OwnerId::new("o").unwrap(), account, what, DateTime::UNIX_EPOCH)
}

fn received(late: bool) -> What {
    let (peer, message) = (ScopedId::new("42").unwrap(), MessageId::new("m_1").unwrap());
    What::MessageReceived { peer, road: Road::FACEBOOK, message, late }
}

fn on() -> Alerts {
    Alerts::new(Arc::new(|_: &AccountKey| true))
}

#[test]
fn a_new_message_of_a_person_raises_an_alert_with_ids_only() {
    let alert = block_on(on().of(&happening(Some("messenger:1"), received(true)))).unwrap().unwrap();
    let told = serde_json::to_value(&alert).unwrap();
    let mut fields: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["account", "at", "id", "late", "message", "owner", "peer", "road"]);
    assert!(alert.late, "a message of yesterday must not look like one of now");
}

#[test]
fn imported_history_and_our_own_answers_raise_none() {
    let (peer, road, message) = (ScopedId::new("42").unwrap(), Road::FACEBOOK, MessageId::new("m_1").unwrap());
    let nil = "00000000-0000-0000-0000-000000000000";
    let quiet = [
        What::MessageKnown { peer: peer.clone(), road: road.clone(), message: message.clone() },
        What::MessageSent { peer: peer.clone(), road: road.clone(), message: message.clone() },
        What::MessageChanged { road: road.clone(), message: message.clone() },
        What::MessageUnsent { road: road.clone(), message },
        What::ConversationChanged { peer },
        What::IntentChanged { intent: nil.parse::<IntentId>().unwrap(), state: "accepted".to_owned() },
        What::LinkConfirmed { link: nil.parse::<LinkId>().unwrap() },
        What::CredentialDead { road },
    ];
    for what in quiet {
        assert_eq!(block_on(on().of(&happening(Some("messenger:1"), what))).unwrap(), None);
    }
}

#[test]
fn an_owner_who_switched_alerts_off_for_an_account_gets_none() {
    let instagram_only = Alerts::new(Arc::new(|account: &AccountKey| account.account.platform.as_str() == "instagram"));
    assert_eq!(block_on(instagram_only.of(&happening(Some("messenger:1"), received(false)))).unwrap(), None);
    assert!(block_on(instagram_only.of(&happening(Some("instagram:17841"), received(false)))).unwrap().is_some());
}

/// Links without connections.
struct Links(Vec<Link>);

#[async_trait]
impl LinkStore for Links {
    async fn links(&self, view: &View) -> Result<Vec<Link>> {
        Ok(self.0.iter().filter(|link| link.owner == view.owner).cloned().collect())
    }
    async fn link(&self, _: &View, _: LinkId) -> Result<Option<Link>> {
        Ok(None)
    }
    async fn connections(&self, _: &View) -> Result<Vec<Connection>> {
        Ok(Vec::new())
    }
    async fn connection(&self, _: &View, _: &ConnectionKey) -> Result<Option<Connection>> {
        Ok(None)
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

fn link(owner: &str, account: &str, alert: bool) -> Link {
    let (now, actor) = (DateTime::<Utc>::UNIX_EPOCH, ActorId::new("a").unwrap());
    let mut setup = Setup::begin(SetupId::from_uuid(Uuid::nil()), OwnerId::new(owner).unwrap(), actor.clone(), now);
    setup.chosen = vec![account.parse().unwrap()];
    setup.preferences = Preferences::default().alert(alert);
    let review = Review::of(&setup, Vec::new(), "the owner");
    Link::new(LinkId::from_uuid(Uuid::nil()), &setup, Consent::new(actor, None, now, review))
}

#[test]
fn the_preference_that_was_confirmed_with_the_link_decides() {
    let links = vec![link("o", "messenger:1", true), link("o", "messenger:2", false), link("x", "messenger:3", true)];
    let alerts = Alerts::new(Arc::new(Preferred::new(Arc::new(Links(links)))));
    let raised = |account| block_on(alerts.of(&happening(Some(account), received(false)))).unwrap().is_some();
    assert!(raised("messenger:1"));
    assert!(!raised("messenger:2"), "alerts were switched off for it");
    assert!(!raised("messenger:3"), "it is another owner's");
    assert!(!raised("messenger:4"), "it is not linked any more");
}
