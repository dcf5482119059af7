//! What platforms tell of people's consent: the letter of somebody who took the app out, and notices of single permissions.
//!
//! It is durable before it is acknowledged, and may come any number of times. What comes in afterwards for the accounts is still kept.

mod meant;
mod served;

use chrono::{DateTime, Utc};
use link_core::linking::connection::{Connection, ConnectionKey, Health};
use link_core::linking::credential::{CredentialKey, Holder};
use link_core::linking::store::ConnectionChange;
use link_core::words::activity::Activity;
use link_core::words::envelope::Item;
use link_core::words::error::Result;
use link_core::words::feed::{Happening, What};
use link_core::words::ids::{ExternalId, OwnerId, PersonId};
use link_core::words::platform::Road;
use link_core::words::ports::{GrantTold, Notice, Rejected};
use link_core::words::view::View;
use link_permissions::{Entry, LedgerQuery, Standings, answers, told};

use crate::desk::credential_key;
use crate::figures::count;
use crate::inner::Inner;
use crate::webhook::Receipt;
use served::Served;

/// Why a connection is dead whose consent was taken back; it stands where else a platform's code does.
pub(crate) const WITHDRAWN: &str = "withdrawn";
/// Whence an act of a platform's comes, where a person's act has a place.
const ORIGIN: &str = "platform";

const REASON: &str = "the platform told that a consent was taken back";

impl Inner {
    /// Takes a signed letter that tells that somebody, or a Page, took the app out.
    pub(crate) async fn deauthorized(&self, signed: Option<&str>) -> Receipt {
        let notice = signed.ok_or(Rejected::Unsigned).and_then(|signed| self.wiring.intake.notice(signed, self.clock.now()));
        let notice = match notice {
            Ok(notice) => notice,
            Err(why) => {
                self.counters.rejected(why);
                tracing::warn!(%why, "a letter was turned away");
                return Receipt::Rejected;
            }
        };
        match self.taken_out(&notice).await {
            Ok(meant) => {
                count(&self.counters.letters, 1);
                count(&self.counters.unclaimed, u64::from(!meant));
                self.bell.ring();
                Receipt::Acknowledged
            }
            Err(error) => {
                count(&self.counters.not_kept, 1);
                tracing::error!(%error, source = ?std::error::Error::source(&error), "a letter could not be kept; it is not acknowledged");
                Receipt::NotKept
            }
        }
    }

    /// True if anybody here is meant.
    async fn taken_out(&self, notice: &Notice) -> Result<bool> {
        let at = told::end_of_second(notice.issued_at);
        let by_person = match &notice.person {
            Some(person) => self.withdrawn(&self.road_of(&notice.road, person).await?, person, at).await?,
            None => false,
        };
        let by_page = match &notice.account {
            Some(page) => self.page_left(&notice.road, page, at).await?,
            None => false,
        };
        Ok(by_person || by_page)
    }

    /// Takes what an item tells of a person's consent. False if nobody here is meant.
    pub(crate) async fn granted(&self, item: &Item) -> Result<bool> {
        let Some(told) = self.wiring.intake.granted(item) else { return Ok(false) };
        let road = self.road_of(&item.road, &told.person).await?;
        match &told {
            GrantTold { scope: None, granted: false, .. } => self.withdrawn(&road, &told.person, told::end_of_second(told.at)).await,
            _ => self.entered(&road, &told).await,
        }
    }

    async fn entered(&self, road: &Road, told: &GrantTold) -> Result<bool> {
        let mut served = Served::default();
        for owner in self.owners(road, &told.person).await? {
            served.and(&owner, self.entered_for(&owner, road, told).await);
        }
        served.outcome()
    }

    async fn entered_for(&self, owner: &OwnerId, road: &Road, told: &GrantTold) -> Result<bool> {
        let known = Standings::of(&self.ledger_of(owner, road, &told.person).await?, &told.person, road);
        self.stores.ledger.append(&told::entries(owner, road, &known, told)).await?;
        Ok(true)
    }

    /// A person took the whole app out. For every owner: the permissions are revoked, the tokens forgotten, the connections dead.
    async fn withdrawn(&self, road: &Road, person: &PersonId, at: DateTime<Utc>) -> Result<bool> {
        let mut served = Served::default();
        for owner in self.owners(road, person).await? {
            served.and(&owner, self.withdrawn_for(&owner, road, person, at).await);
        }
        served.outcome()
    }

    async fn withdrawn_for(&self, owner: &OwnerId, road: &Road, person: &PersonId, at: DateTime<Utc>) -> Result<bool> {
        let entries = self.ledger_of(owner, road, person).await?;
        let known = Standings::of(&entries, person, road);
        self.stores.ledger.append(&answers::withdrawn(owner, person, road, &known, at)).await?;
        // A letter that comes late, or once more, does not mean whoever signed in again.
        if told::signed_in_since(&entries, at) {
            return Ok(true);
        }
        for connection in self.connections_of(owner).await? {
            if connection.key.road == *road && connection.person == *person {
                self.cut_off(&connection).await?;
            }
        }
        let holder = Holder::Person(person.clone());
        self.vault.forget(&CredentialKey { owner: owner.clone(), road: road.clone(), holder }).await?;
        Ok(true)
    }

    /// A Page took the app out: with it goes what is reached through it, and nothing else of whoever authorised it.
    async fn page_left(&self, road: &Road, page: &ExternalId, at: DateTime<Utc>) -> Result<bool> {
        let mut served = Served::default();
        for owner in self.owners_of_asset(road, page).await? {
            served.and(&owner, self.page_left_for(&owner, road, page, at).await);
        }
        served.outcome()
    }

    async fn page_left_for(&self, owner: &OwnerId, road: &Road, page: &ExternalId, at: DateTime<Utc>) -> Result<bool> {
        let mut meant = false;
        for connection in self.connections_of(owner).await? {
            let through = connection.account().id == *page || connection.via.as_ref() == Some(page);
            if connection.key.road != *road || !through {
                continue;
            }
            meant = true;
            let entries = self.ledger_of(owner, road, &connection.person).await?;
            if told::signed_in_since(&entries, at) {
                continue;
            }
            let known = Standings::of(&entries, &connection.person, road);
            self.stores.ledger.append(&told::withdrawn_by(page, owner, &connection.person, road, &known, at)).await?;
            self.cut_off(&connection).await?;
        }
        Ok(meant)
    }

    /// Forgets a connection's token and marks it dead, told and recorded once.
    async fn cut_off(&self, connection: &Connection) -> Result<()> {
        let ConnectionKey { account, road } = &connection.key;
        let now = self.clock.now();
        let step = |stored: &Connection| {
            // Whoever signed in again meanwhile has another generation.
            let connection = stored.died(connection.generation, Some(WITHDRAWN.to_owned()), now)?;
            let what = What::CredentialDead { road: road.clone() };
            let told = Happening::new(account.owner.clone(), Some(account.account.clone()), what, now);
            let mut act = Activity::system(account.owner.clone(), REASON, "connection.withdrawn", now).on(&account.account);
            act.origin.place = Some(ORIGIN.to_owned());
            Some(ConnectionChange { connection, happenings: vec![told], acts: vec![act] })
        };
        let ended = self.stores.links.change(&connection.key, &step).await?.is_some();
        // Marked first: whoever signed in again meanwhile keeps their new token. What a letter that came before marked is forgotten now at the latest.
        let marked = matches!(&connection.health, Health::Dead { code: Some(code), .. } if code == WITHDRAWN);
        if ended {
            self.rounds.hurry(&account.owner, now);
        }
        if ended || marked {
            self.vault.forget(&credential_key(&connection.key)).await?;
        }
        Ok(())
    }

    async fn connections_of(&self, owner: &OwnerId) -> Result<Vec<Connection>> {
        self.stores.links.connections(&View::system(owner.clone(), REASON)).await
    }

    async fn ledger_of(&self, owner: &OwnerId, road: &Road, person: &PersonId) -> Result<Vec<Entry>> {
        let query = LedgerQuery::default().of(person.clone()).by(road.clone());
        self.stores.ledger.entries(&View::system(owner.clone(), REASON), &query).await
    }
}
