//! The tables, and how they are brought up to date.

use link_core::{Error, ErrorKind, Result};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlitePool};

use crate::failure::{self, OrFailed as _};

const OPENING: &str = "bring the tables up to date";
const MIGRATIONS: [(i64, &str, &str); 19] = [
    (1, "core", include_str!("../migrations/0001_core.sql")),
    (2, "permissions", include_str!("../migrations/0002_permissions.sql")),
    (3, "messages", include_str!("../migrations/0003_messages.sql")),
    (4, "findings", include_str!("../migrations/0004_findings.sql")),
    (5, "consents", include_str!("../migrations/0005_consents.sql")),
    (6, "credentials", include_str!("../migrations/0006_credentials.sql")),
    (7, "activity", include_str!("../migrations/0007_activity.sql")),
    (8, "subjects", include_str!("../migrations/0008_subjects.sql")),
    (9, "comments", include_str!("../migrations/0009_comments.sql")),
    (10, "wipe", include_str!("../migrations/0010_wipe.sql")),
    (11, "history", include_str!("../migrations/0011_history.sql")),
    (12, "reconcile", include_str!("../migrations/0012_reconcile.sql")),
    (13, "outbox", include_str!("../migrations/0013_outbox.sql")),
    (14, "uploads", include_str!("../migrations/0014_uploads.sql")),
    (15, "tickets", include_str!("../migrations/0015_tickets.sql")),
    (16, "lines", include_str!("../migrations/0016_lines.sql")),
    (21, "notices", include_str!("../migrations/0021_notices.sql")),
    (22, "spoiled", include_str!("../migrations/0022_spoiled.sql")),
    (23, "aliases", include_str!("../migrations/0023_aliases.sql")),
];

/// Our own record of what was migrated, so that it does not meet the host's.
fn record(prefix: &str) -> String {
    if prefix == "lk_" { "link_kit_migrations".to_owned() } else { format!("{prefix}link_kit_migrations") }
}

/// The tables' names as they stand in the SQL files and queries, with this store's prefix.
pub(crate) fn named(sql: &str, prefix: &str) -> String {
    sql.replace("lk_", prefix)
}

/// Runs what is missing, under the write lock, so that of two processes that start at once the second finds it done.
pub(crate) async fn migrate(writer: &SqlitePool, prefix: &str) -> Result<()> {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            let sql = AssertSqlSafe(named(sql, prefix)).into_sql_str();
            Migration::new(version, name.into(), MigrationType::Simple, sql, false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(record(prefix));
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.or_failed(OPENING)?;
    // `run` makes a future that cannot move between threads; this is what it calls.
    migrator.run_direct(None, &mut *transaction, false).await.map_err(refused)?;
    transaction.commit().await.or_failed(OPENING)
}

fn refused(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failure::store(error, OPENING),
        MigrateError::VersionMissing(_) => {
            Error::new(ErrorKind::Configuration, "bring the tables up to date: a newer version of this program wrote them")
        }
        other => Error::new(ErrorKind::Configuration, OPENING).with_source(other),
    }
}
