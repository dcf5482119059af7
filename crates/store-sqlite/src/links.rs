//! Links and their connections.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::connection::{Connection, ConnectionKey, Part, Receiver, Subscription};
use link_core::linking::link::Link;
use link_core::linking::review::Consent;
use link_core::linking::setup::SetupRefused;
use link_core::linking::store::{ConnectionStep, Departure, HandoverStep, LinkStep, LinkStore, SetupFailed};
use link_core::linking::switch::SwitchRefused;
use link_core::{AccountId, AccountKey, LinkId, OwnerId, PersonId, Result, Road, View};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::db::Db;
use crate::failure::{self, OrFailed as _};
use crate::visible::Visible;
use crate::{activity, column, feed};

const KEEPING: &str = "keep a link";
const CHANGING: &str = "change a connection";
const ENDING: &str = "end a link";
const LINKS: &str = "read links";
const CONNECTIONS: &str = "read connections";
const RECEIVERS: &str = "find out who receives";

/// The link port on SQLite. A view of some accounts shows a link if all the accounts that it names are among them, because a link and its
/// record of consent are read whole; connections are shown one by one.
#[derive(Clone)]
pub struct Links {
    db: Arc<Db>,
}

impl Links {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

/// Keeps a link as a part of somebody's transaction, in place of what was known of it.
pub(crate) async fn put(db: &Db, connection: &mut SqliteConnection, link: &Link, connections: &[Connection]) -> Result<()> {
    let sql = "INSERT INTO lk_link (owner, id, confirmed_at, accounts, body) VALUES (?, ?, ?, ?, ?) \
               ON CONFLICT (owner, id) DO UPDATE SET confirmed_at = excluded.confirmed_at, accounts = excluded.accounts, body = excluded.body";
    sqlx::query(db.sql(sql))
        .bind(link.owner.as_str())
        .bind(link.id.to_string())
        .bind(column::nanos(link.confirmed_at()))
        .bind(column::accounts(link.named()))
        .bind(column::json(link, KEEPING)?)
        .execute(&mut *connection)
        .await
        .or_failed(KEEPING)?;
    for each in connections {
        if each.key.account.owner != link.owner {
            return Err(column::invalid("keep a link: one of its connections is another owner's"));
        }
        put_connection(db, connection, each, KEEPING).await?;
    }
    Ok(())
}

/// Adds an agreement to the record as a part of somebody's transaction.
pub(crate) async fn agree(db: &Db, connection: &mut SqliteConnection, link: &Link, consent: &Consent) -> Result<()> {
    sqlx::query(db.sql("INSERT INTO lk_consent (owner, link, at, accounts, body) VALUES (?, ?, ?, ?, ?)"))
        .bind(link.owner.as_str())
        .bind(link.id.to_string())
        .bind(column::nanos(consent.at))
        .bind(column::accounts(&link.accounts))
        .bind(column::json(consent, KEEPING)?)
        .execute(connection)
        .await
        .or_failed(KEEPING)?;
    Ok(())
}

/// Takes accounts out of their link as a part of somebody's transaction; false if none of them was in it.
pub(crate) async fn leave(db: &Db, connection: &mut SqliteConnection, departure: &Departure) -> Result<bool> {
    let Some(link) = load(db, connection, &departure.owner, departure.link).await? else { return Ok(false) };
    let after = link.clone().departing(&departure.accounts, departure.at);
    if after == link {
        return Ok(false);
    }
    put(db, connection, &after, &[]).await?;
    Ok(true)
}

/// Brings the connections of a link's accounts to it, by whichever road they are, as a part of somebody's transaction.
pub(crate) async fn gather(db: &Db, connection: &mut SqliteConnection, link: &Link) -> Result<()> {
    let sql = "SELECT body FROM lk_connection WHERE owner = ? AND link <> ? AND part <> 'ended' \
               AND account IN (SELECT value FROM json_each(?))";
    let query = sqlx::query(db.sql(sql)).bind(link.owner.as_str()).bind(link.id.to_string()).bind(column::accounts(&link.accounts));
    for row in query.fetch_all(&mut *connection).await.or_failed(KEEPING)? {
        let mut moved: Connection = column::body(&row, "body", KEEPING)?;
        moved.link = link.id;
        put_connection(db, connection, &moved, KEEPING).await?;
    }
    Ok(())
}

async fn load(db: &Db, connection: &mut SqliteConnection, owner: &OwnerId, id: LinkId) -> Result<Option<Link>> {
    let query = sqlx::query(db.sql("SELECT body FROM lk_link WHERE owner = ? AND id = ?")).bind(owner.as_str()).bind(id.to_string());
    let row = query.fetch_optional(connection).await.or_failed(KEEPING)?;
    row.map(|row| column::body(&row, "body", KEEPING)).transpose()
}

/// The connection as it is to be written: under the key of one that was unlinked, a new one goes on from its generation.
async fn following(db: &Db, connection: &mut SqliteConnection, put: &Connection, context: &'static str) -> Result<Connection> {
    if put.ended_at.is_some() {
        return Ok(put.clone());
    }
    let row = sqlx::query(db.sql("SELECT body FROM lk_connection WHERE owner = ? AND account = ? AND road = ? AND part = 'ended'"))
        .bind(put.key.account.owner.as_str())
        .bind(put.account().to_string())
        .bind(put.key.road.as_str())
        .fetch_optional(connection)
        .await
        .or_failed(context)?;
    let ended: Option<Connection> = row.map(|row| column::body(&row, "body", context)).transpose()?;
    Ok(ended.map_or_else(|| put.clone(), |ended| put.clone().after_ended(&ended)))
}

/// What an owner has linked, as a part of somebody's transaction.
pub(crate) async fn standing(db: &Db, connection: &mut SqliteConnection, owner: &OwnerId) -> Result<(Vec<Link>, Vec<Connection>)> {
    let sql = "SELECT body FROM lk_link WHERE owner = ? AND body ->> 'ended_at' IS NULL";
    let links = sqlx::query(db.sql(sql)).bind(owner.as_str()).fetch_all(&mut *connection).await.or_failed(KEEPING)?;
    let sql = "SELECT body FROM lk_connection WHERE owner = ? AND part <> 'ended'";
    let connections = sqlx::query(db.sql(sql)).bind(owner.as_str()).fetch_all(connection).await.or_failed(KEEPING)?;
    let links = links.iter().map(|row| column::body(row, "body", KEEPING)).collect::<Result<_>>()?;
    Ok((links, connections.iter().map(|row| column::body(row, "body", KEEPING)).collect::<Result<_>>()?))
}

async fn put_connection(db: &Db, connection: &mut SqliteConnection, put: &Connection, context: &'static str) -> Result<()> {
    let put = following(db, connection, put, context).await?;
    let tries = match put.subscription {
        Subscription::Wanted { tries, .. } => Some(tries),
        Subscription::Active { .. } => None,
    };
    let sql = "INSERT INTO lk_connection (owner, account, road, link, part, tries, confirmed_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
               ON CONFLICT (owner, account, road) DO UPDATE SET link = excluded.link, part = excluded.part, tries = excluded.tries, \
               confirmed_at = excluded.confirmed_at, body = excluded.body";
    sqlx::query(db.sql(sql))
        .bind(put.key.account.owner.as_str())
        .bind(put.account().to_string())
        .bind(put.key.road.as_str())
        .bind(put.link.to_string())
        .bind(if put.ended_at.is_some() { ENDED } else { part_word(put.part) })
        .bind(tries)
        .bind(column::nanos(put.confirmed_at))
        .bind(column::json(&put, context)?)
        .execute(connection)
        .await
        .or_failed(context)?;
    Ok(())
}

/// What stands in place of the part of a connection that was unlinked.
const ENDED: &str = "ended";

const fn part_word(part: Part) -> &'static str {
    match part {
        Part::Receiving => "receiving",
        Part::Standby => "standby",
    }
}

#[async_trait]
impl LinkStore for Links {
    async fn links(&self, view: &View) -> Result<Vec<Link>> {
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_link WHERE owner = ?1 AND body ->> 'ended_at' IS NULL AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2)))) \
                   ORDER BY confirmed_at, id";
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(LINKS)?;
        rows.iter().map(|row| column::body(row, "body", LINKS)).collect()
    }

    async fn link(&self, view: &View, id: LinkId) -> Result<Option<Link>> {
        if view.is_empty() {
            return Ok(None);
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_link WHERE owner = ?1 AND id = ?3 AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2))))";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts).bind(id.to_string());
        let row = query.fetch_optional(self.db.readers()).await.or_failed(LINKS)?;
        row.map(|row| column::body(&row, "body", LINKS)).transpose()
    }

    async fn connections(&self, view: &View) -> Result<Vec<Connection>> {
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_connection WHERE owner = ?1 AND part <> 'ended' \
                   AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2))) ORDER BY account, road";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(CONNECTIONS)?;
        rows.iter().map(|row| column::body(row, "body", CONNECTIONS)).collect()
    }

    async fn connection(&self, view: &View, key: &ConnectionKey) -> Result<Option<Connection>> {
        if key.account.owner != view.owner {
            return Ok(None);
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_connection WHERE owner = ?1 AND account = ?3 AND road = ?4 AND part <> 'ended' \
                   AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))";
        let row = sqlx::query(self.db.sql(sql))
            .bind(visible.owner)
            .bind(visible.accounts)
            .bind(key.account.account.to_string())
            .bind(key.road.as_str())
            .fetch_optional(self.db.readers())
            .await
            .or_failed(CONNECTIONS)?;
        row.map(|row| column::body(&row, "body", CONNECTIONS)).transpose()
    }

    async fn receivers(&self, accounts: &[AccountId]) -> Result<Vec<Receiver>> {
        let sql = "SELECT owner, account, road, part, coalesce(body -> '$.handovers', '[]') AS handovers, \
                          body ->> '$.withheld_since' IS NOT NULL AS withheld FROM lk_connection \
                   WHERE account IN (SELECT value FROM json_each(?)) AND part <> 'ended' ORDER BY account, owner, road";
        let query = sqlx::query(self.db.sql(sql)).bind(column::accounts(accounts));
        let rows = query.fetch_all(self.db.readers()).await.or_failed(RECEIVERS)?;
        rows.iter().map(receiver).collect()
    }

    async fn change(&self, key: &ConnectionKey, step: &ConnectionStep<'_>) -> Result<Option<Connection>> {
        let mut write = self.db.write(CHANGING).await?;
        let row =
            sqlx::query(self.db.sql("SELECT body FROM lk_connection WHERE owner = ? AND account = ? AND road = ? AND part <> 'ended'"))
                .bind(key.account.owner.as_str())
                .bind(key.account.account.to_string())
                .bind(key.road.as_str())
                .fetch_optional(&mut *write)
                .await
                .or_failed(CHANGING)?;
        let Some(row) = row else { return Ok(None) };
        let Some(change) = step(&column::body(&row, "body", CHANGING)?) else { return Ok(None) };
        if change.connection.key != *key {
            return Err(column::invalid("change a connection: the step made another one of it"));
        }
        put_connection(&self.db, &mut write, &change.connection, CHANGING).await?;
        feed::tell(&self.db, &mut write, &change.happenings).await?;
        activity::record(&self.db, &mut write, &change.acts).await?;
        write.commit().await.or_failed(CHANGING)?;
        Ok(Some(change.connection))
    }

    async fn owners(&self, after: Option<&OwnerId>, limit: u32) -> Result<Vec<OwnerId>> {
        let sql = "SELECT DISTINCT owner FROM lk_connection WHERE owner > ? AND part <> 'ended' ORDER BY owner LIMIT ?";
        let after = after.map_or("", OwnerId::as_str);
        let rows = sqlx::query(self.db.sql(sql)).bind(after).bind(limit).fetch_all(self.db.readers()).await.or_failed(CONNECTIONS)?;
        rows.iter().map(|row| column::word(row, "owner", CONNECTIONS)).collect()
    }

    async fn unsubscribed(&self, limit: u32) -> Result<Vec<Connection>> {
        let sql = "SELECT owner, body FROM lk_connection WHERE tries IS NOT NULL AND part <> 'ended' ORDER BY tries, confirmed_at LIMIT ?";
        let rows = sqlx::query(self.db.sql(sql)).bind(limit).fetch_all(self.db.readers()).await.or_failed(CONNECTIONS)?;
        Ok(column::readable(&rows, CONNECTIONS))
    }

    async fn update(&self, owner: &OwnerId, id: LinkId, step: &LinkStep<'_>) -> Result<Link, SetupFailed> {
        let mut write = self.db.write(KEEPING).await?;
        let link = load(&self.db, &mut write, owner, id).await?.filter(|link| link.ended_at.is_none());
        let link = link.ok_or(SetupRefused::UnknownLink)?;
        let sql = "SELECT body FROM lk_connection WHERE owner = ? AND link = ? AND part <> 'ended' ORDER BY account, road";
        let query = sqlx::query(self.db.sql(sql)).bind(owner.as_str()).bind(id.to_string());
        let rows = query.fetch_all(&mut *write).await.or_failed(KEEPING)?;
        let connections: Vec<Connection> = rows.iter().map(|row| column::body(row, "body", KEEPING)).collect::<Result<_>>()?;
        let change = step(&link, &connections)?;
        if change.link.owner != *owner || change.link.id != id {
            return Err(column::invalid("change a link: the step made another one of it").into());
        }
        put(&self.db, &mut write, &change.link, &change.connections).await?;
        if let Some(consent) = &change.consent {
            agree(&self.db, &mut write, &change.link, consent).await?;
        }
        feed::tell(&self.db, &mut write, &change.happenings).await?;
        activity::record(&self.db, &mut write, &change.acts).await?;
        write.commit().await.or_failed(KEEPING)?;
        Ok(change.link)
    }

    async fn hand_over(&self, account: &AccountKey, step: &HandoverStep<'_>) -> Result<Result<Vec<Connection>, SwitchRefused>> {
        let mut write = self.db.write(CHANGING).await?;
        let sql = "SELECT body FROM lk_connection WHERE owner = ? AND account = ? AND part <> 'ended' ORDER BY road";
        let query = sqlx::query(self.db.sql(sql)).bind(account.owner.as_str()).bind(account.account.to_string());
        let rows = query.fetch_all(&mut *write).await.or_failed(CHANGING)?;
        let stored: Vec<Connection> = rows.iter().map(|row| column::body(row, "body", CHANGING)).collect::<Result<_>>()?;
        let change = match step(&stored) {
            Ok(change) => change,
            Err(refused) => return Ok(Err(refused)),
        };
        for connection in &change.connections {
            if stored.iter().all(|known| known.key != connection.key) {
                return Err(column::invalid("hand an account over: the step made another connection of it"));
            }
            put_connection(&self.db, &mut write, connection, CHANGING).await?;
        }
        feed::tell(&self.db, &mut write, &change.happenings).await?;
        activity::record(&self.db, &mut write, &change.acts).await?;
        write.commit().await.or_failed(CHANGING)?;
        Ok(Ok(change.connections))
    }

    async fn consents(&self, view: &View, id: LinkId) -> Result<Vec<Consent>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let visible = Visible::of(view);
        let sql = "SELECT body FROM lk_consent WHERE owner = ?1 AND link = ?3 AND (?2 IS NULL OR NOT EXISTS \
                   (SELECT 1 FROM json_each(accounts) AS listed WHERE listed.value NOT IN (SELECT value FROM json_each(?2)))) ORDER BY n";
        let query = sqlx::query(self.db.sql(sql)).bind(visible.owner).bind(visible.accounts).bind(id.to_string());
        let rows = query.fetch_all(self.db.readers()).await.or_failed(LINKS)?;
        rows.iter().map(|row| column::body(row, "body", LINKS)).collect()
    }

    async fn authorised_by(&self, road: &Road, person: &PersonId) -> Result<Vec<ConnectionKey>> {
        let sql = "SELECT owner, account, road FROM lk_connection WHERE road = ? AND body ->> '$.person' = ? AND part <> 'ended' ORDER BY owner, account";
        let query = sqlx::query(self.db.sql(sql)).bind(road.as_str()).bind(person.as_str());
        let rows = query.fetch_all(self.db.readers()).await.or_failed(CONNECTIONS)?;
        let each = rows.iter().map(|row| {
            let account = AccountKey::new(column::word(row, "owner", CONNECTIONS)?, column::account(row, "account", CONNECTIONS)?);
            Ok(ConnectionKey { account, road: column::word(row, "road", CONNECTIONS)? })
        });
        each.collect()
    }

    async fn end(&self, departure: &Departure) -> Result<bool> {
        let mut write = self.db.write(ENDING).await?;
        let sql = "SELECT body FROM lk_connection WHERE owner = ? AND link = ? AND part <> 'ended' \
                   AND account IN (SELECT value FROM json_each(?))";
        let rows = sqlx::query(self.db.sql(sql))
            .bind(departure.owner.as_str())
            .bind(departure.link.to_string())
            .bind(column::accounts(&departure.accounts))
            .fetch_all(&mut *write)
            .await
            .or_failed(ENDING)?;
        for row in &rows {
            let mut connection: Connection = column::body(row, "body", ENDING)?;
            connection.ended_at = Some(departure.at);
            put_connection(&self.db, &mut write, &connection, ENDING).await?;
        }
        let left = leave(&self.db, &mut write, departure).await?;
        if rows.is_empty() && !left {
            return Ok(false);
        }
        feed::tell(&self.db, &mut write, &departure.happenings).await?;
        activity::record(&self.db, &mut write, &departure.acts).await?;
        write.commit().await.or_failed(ENDING)?;
        Ok(true)
    }

    async fn ended(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>> {
        let sql = "SELECT account FROM lk_connection WHERE account IN (SELECT value FROM json_each(?)) \
                   GROUP BY account HAVING min(part = 'ended') ORDER BY account";
        let query = sqlx::query(self.db.sql(sql)).bind(column::accounts(accounts));
        let rows = query.fetch_all(self.db.readers()).await.or_failed(RECEIVERS)?;
        rows.iter().map(|row| column::account(row, "account", RECEIVERS)).collect()
    }
}

fn receiver(row: &SqliteRow) -> Result<Receiver> {
    let part = match row.try_get("part").or_failed(RECEIVERS)? {
        "receiving" => Part::Receiving,
        "standby" => Part::Standby,
        _ => return Err(failure::corrupt(RECEIVERS)),
    };
    let account = AccountKey::new(column::word(row, "owner", RECEIVERS)?, column::account(row, "account", RECEIVERS)?);
    let receiver = Receiver::new(account, column::word(row, "road", RECEIVERS)?, part).after(column::body(row, "handovers", RECEIVERS)?);
    Ok(receiver.withheld(row.try_get("withheld").or_failed(RECEIVERS)?))
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Links")
    }
}
