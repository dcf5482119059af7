//! Findings.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use link_core::linking::accessibility::{Finding, FindingStep, FindingStore, sort};
use link_core::words::finding::Subject;
use link_core::{OwnerId, Result, View};

use crate::db::Db;
use crate::failure::OrFailed as _;
use crate::visible::Visible;
use crate::{column, feed};

const READING: &str = "read findings";
const CHANGING: &str = "change findings";

/// What a view shows: what is of its accounts, of the whole program, or of a road or a person by which one of its accounts is connected.
const SHOWN: &str = "SELECT body FROM lk_finding AS finding WHERE owner = ?1 AND (?2 IS NULL \
    OR account IN (SELECT value FROM json_each(?2)) OR account = '' AND (subject = 'program' OR EXISTS \
    (SELECT 1 FROM lk_connection AS reached WHERE reached.owner = ?1 AND reached.part <> 'ended' \
    AND reached.account IN (SELECT value FROM json_each(?2)) AND reached.road = finding.road \
    AND (finding.subject = 'road' OR finding.subject = 'person' AND reached.body ->> '$.person' = finding.person))))";

/// The finding port on SQLite. There are a few for each owner, so a step writes all of them anew.
#[derive(Clone)]
pub struct Findings {
    db: Arc<Db>,
}

impl Findings {
    pub(crate) const fn new(db: Arc<Db>) -> Self {
        Self { db }
    }
}

#[async_trait]
impl FindingStore for Findings {
    async fn findings(&self, view: &View) -> Result<Vec<Finding>> {
        if view.is_empty() {
            return Ok(Vec::new());
        }
        let visible = Visible::of(view);
        let query = sqlx::query(self.db.sql(SHOWN)).bind(visible.owner).bind(visible.accounts);
        let rows = query.fetch_all(self.db.readers()).await.or_failed(READING)?;
        let mut findings: Vec<Finding> = rows.iter().map(|row| column::body(row, "body", READING)).collect::<Result<_>>()?;
        sort(&mut findings);
        Ok(findings)
    }

    async fn update(&self, owner: &OwnerId, step: &FindingStep<'_>) -> Result<Vec<Finding>> {
        let mut write = self.db.write(CHANGING).await?;
        let rows = sqlx::query(self.db.sql("SELECT body FROM lk_finding WHERE owner = ?"))
            .bind(owner.as_str())
            .fetch_all(&mut *write)
            .await
            .or_failed(CHANGING)?;
        let mut stored: Vec<Finding> = rows.iter().map(|row| column::body(row, "body", CHANGING)).collect::<Result<_>>()?;
        sort(&mut stored);
        let change = step(&stored);
        if change.findings != stored {
            let delete = sqlx::query(self.db.sql("DELETE FROM lk_finding WHERE owner = ?")).bind(owner.as_str());
            delete.execute(&mut *write).await.or_failed(CHANGING)?;
            for finding in &change.findings {
                let (subject, road, person) = columns(&finding.subject);
                let sql = "INSERT INTO lk_finding (owner, code, account, subject, road, person, body) VALUES (?, ?, ?, ?, ?, ?, ?)";
                sqlx::query(self.db.sql(sql))
                    .bind(owner.as_str())
                    .bind(&finding.code)
                    .bind(finding.account.as_ref().map(ToString::to_string).unwrap_or_default())
                    .bind(subject)
                    .bind(road)
                    .bind(person)
                    .bind(column::json(finding, CHANGING)?)
                    .execute(&mut *write)
                    .await
                    .or_failed(CHANGING)?;
            }
        }
        feed::tell(&self.db, &mut write, &change.happenings).await?;
        write.commit().await.or_failed(CHANGING)?;
        Ok(change.findings)
    }
}

/// A subject as its columns: the word of its kind, the road and the person.
fn columns(subject: &Subject) -> (&'static str, &str, &str) {
    match subject {
        Subject::Untold => ("untold", "", ""),
        Subject::Program => ("program", "", ""),
        Subject::Road { road } => ("road", road.as_str(), ""),
        Subject::Person { road, person } => ("person", road.as_str(), person.as_str()),
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.db.shown(f, "Findings")
    }
}
