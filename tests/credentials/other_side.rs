//! An Instagram account linked by a road of its own, whose tokens are refreshed; the platform is played by hand.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use link_core::linking::connection::{Connection, ConnectionKey, Health, Subscription};
use link_core::linking::credential::{Credential, CredentialKey, Holder};
use link_core::linking::link::Link;
use link_core::linking::review::{Consent, Review};
use link_core::linking::setup::Setup;
use link_core::linking::store::{SetupChange, SetupStore as _};
use link_core::linking::vault::Vault;
use link_core::words::clock::SystemChance;
use link_core::words::ports::{DialogAnswer, DialogAsk, Directory, Grants, Listing, RefreshRule, Refreshed, SignedIn};
use link_core::{AccountKey, LinkId, PersonId, SetupId};
use link_kit::{Error, ErrorKind, Happening, KeyRing, LinkKit, Meta, Position, Road, RoadParts, Scope, Secret, Stores, Viewer};
use link_store_sqlite::Sqlite;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::stage::{self, APP, APP_SECRET, Hand, SEALING_KEY, VERIFY_TOKEN};

/// The token that the person signed in with.
pub(crate) const FIRST: &str = "IGQ-the-first-token-of-the-shop";

type Result<T> = link_core::Result<T>;

/// Signing in by the Instagram road, as far as refreshing goes.
#[derive(Clone)]
pub(crate) struct Played {
    clock: Hand,
    asked: Arc<Mutex<usize>>,
    failure: Arc<Mutex<Option<ErrorKind>>>,
    meanwhile: Arc<Mutex<Option<(Vault, CredentialKey, Credential)>>>,
}

impl Played {
    /// How often a refresh was asked for.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    /// The token that the nth refresh gave.
    pub(crate) fn given(number: usize) -> String {
        format!("IGQ-refreshed-token-number-{number}")
    }

    pub(crate) fn fail_with(&self, kind: Option<ErrorKind>) {
        *self.failure.lock().unwrap() = kind;
    }

    /// While a refresh is under way, this is kept.
    pub(crate) fn meanwhile(&self, vault: Vault, key: CredentialKey, credential: Credential) {
        *self.meanwhile.lock().unwrap() = Some((vault, key, credential));
    }
}

fn unused<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unavailable, "do what no story here needs"))
}

#[async_trait]
impl Grants for Played {
    fn road(&self) -> Road {
        Road::INSTAGRAM
    }
    fn dialog(&self, _: &DialogAsk) -> Result<String> {
        unused()
    }
    async fn exchange(&self, _: &Secret, _: &str) -> Result<SignedIn> {
        unused()
    }
    async fn inspect(&self, _: &Secret) -> Result<SignedIn> {
        unused()
    }
    fn answer(&self, _: &str) -> DialogAnswer {
        DialogAnswer::Nothing
    }
    fn refreshing(&self) -> Option<RefreshRule> {
        Some(RefreshRule { not_before: TimeDelta::hours(24), due: TimeDelta::days(30) })
    }
    async fn refresh(&self, _: &Secret) -> Result<Refreshed> {
        *self.asked.lock().unwrap() += 1;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some((vault, key, credential)) = meanwhile {
            vault.keep(&key, &credential).await?;
        }
        let failure = *self.failure.lock().unwrap();
        if let Some(kind) = failure {
            return Err(Error::new(kind, "refresh a token"));
        }
        Ok(Refreshed::new(Secret::new(Self::given(self.asked())), Some(self.clock.time() + TimeDelta::days(60))))
    }
    async fn withdraw(&self, _: &Secret, _: &PersonId, _: Option<Scope>) -> Result<()> {
        unused()
    }
}

#[async_trait]
impl Directory for Played {
    async fn accounts(&self, _: &Secret) -> Result<Vec<Listing>> {
        unused()
    }
}

/// A shop that linked its Instagram account by the Instagram road, with a kit that looks after it.
pub(crate) struct Shop {
    pub(crate) kit: LinkKit,
    pub(crate) clock: Hand,
    pub(crate) grants: Played,
    pub(crate) vault: Vault,
    viewer: Viewer,
    folder: tempfile::TempDir,
}

impl Shop {
    pub(crate) async fn linked() -> Self {
        let clock = Hand::at("2026-11-23T12:00:00Z");
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(folder.path().join("inbox.db")).await.unwrap();
        let grants = Played { clock: clock.clone(), asked: Arc::default(), failure: Arc::default(), meanwhile: Arc::default() };
        let wiring = Meta::new(APP, APP_SECRET, VERIFY_TOKEN).unwrap().wire(Arc::new(clock.clone())).unwrap();
        let wiring = wiring.with_road(RoadParts::new(Arc::new(grants.clone()), Arc::new(grants.clone())));
        let keys = KeyRing::new("stage", SEALING_KEY);
        let vault = Vault::new(Arc::new(sqlite.credentials()), keys.clone(), Arc::new(SystemChance));
        let kit = LinkKit::builder()
            .wiring(wiring)
            .public_url("https://shop.example/meta")
            .received_elsewhere()
            .keys(keys)
            .clock(Arc::new(clock.clone()));
        let kit = kit.stores(Stores::from(&sqlite)).build().await.unwrap();
        let shop = Self { kit, clock, grants, vault, viewer: stage::owner("harbour", "robin"), folder };
        shop.link(&sqlite).await;
        shop.pass(TimeDelta::zero()).await;
        shop
    }

    async fn link(&self, sqlite: &Sqlite) {
        let (owner, now) = (self.viewer.owner.clone(), self.clock.time());
        let mut setup = Setup::begin(SetupId::from_uuid(Uuid::nil()), owner.clone(), self.viewer.actor.clone(), now);
        setup.chosen = vec![stage::instagram()];
        let consent = Consent::new(self.viewer.actor.clone(), None, now, Review::of(&setup, Vec::new(), "the owner"));
        let link = Link::new(LinkId::from_uuid(Uuid::nil()), &setup, consent);
        let key = ConnectionKey { account: AccountKey::new(owner, stage::instagram()), road: Road::INSTAGRAM };
        let mut connection = Connection::new(key, link.id, person(), "Harbour Books", now);
        connection.subscription = Subscription::Active { since: now };
        let change = SetupChange::new(setup.clone()).with_link(link, vec![connection]);
        sqlite.setups().update(&setup.owner, setup.id, &|_| Ok(change.clone())).await.unwrap();
        let credential = Credential::new(Secret::new(FIRST)).issued(Some(now)).until(Some(now + TimeDelta::days(60)));
        for key in [self.person(), self.account()] {
            self.vault.keep(&key, &credential).await.unwrap();
        }
    }

    pub(crate) fn person(&self) -> CredentialKey {
        CredentialKey { owner: self.viewer.owner.clone(), road: Road::INSTAGRAM, holder: Holder::Person(person()) }
    }

    pub(crate) fn account(&self) -> CredentialKey {
        CredentialKey { holder: Holder::Account(stage::instagram()), ..self.person() }
    }

    /// Time passes, and then the background work is done.
    pub(crate) async fn pass(&self, span: TimeDelta) {
        self.clock.pass(span);
        self.kit.drain().await.unwrap();
    }

    pub(crate) async fn health(&self) -> Health {
        self.kit.linking().connections(&self.viewer).await.unwrap().remove(0).health
    }

    pub(crate) async fn told(&self) -> Vec<Happening> {
        stage::told(&self.kit, &self.viewer, Position::default()).await
    }

    /// Somebody has a connection that does not read.
    pub(crate) async fn break_a_row_of(&self, owner: &str) {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("inbox.db"));
        let mut file = SqliteConnection::connect_with(&options).await.unwrap();
        let sql = "INSERT INTO lk_connection (owner, account, road, link, part, confirmed_at, body) \
                   VALUES (?, 'instagram:1', 'instagram', 'l', 'receiving', 0, '{}')";
        sqlx::query(sql).bind(owner).execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    }

    /// Everything that is in the files.
    pub(crate) fn dump(&self) -> String {
        let files = ["inbox.db", "inbox.db-wal"].map(|name| std::fs::read(self.folder.path().join(name)).unwrap_or_default());
        String::from_utf8_lossy(&files.concat()).into_owned()
    }
}

fn person() -> PersonId {
    PersonId::new("17841499999999999").unwrap()
}
