//! Where everything is kept.

use std::sync::Arc;

use link_core::linking::accessibility::FindingStore;
use link_core::linking::credential::CredentialStore;
use link_core::linking::store::{LinkStore, SetupStore, SignInStore};
use link_core::words::activity::ActivityLog;
use link_core::words::feed::Feed;
use link_core::words::journal::Journal;
use link_core::words::pulse::Pulse;
use link_permissions::LedgerStore;
use link_privacy::unlink::UnlinkStore;
use link_sync::{BackfillStore, MessageStore, Outbox, PauseStore, ReconcileStore, UploadStore};

/// One handle per store port. They may be of one engine or of several: no transaction spans two of them.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is the port it is named after")]
pub struct Stores {
    pub journal: Arc<dyn Journal>,
    pub feed: Arc<dyn Feed>,
    pub activity: Arc<dyn ActivityLog>,
    pub credentials: Arc<dyn CredentialStore>,
    pub sign_ins: Arc<dyn SignInStore>,
    pub setups: Arc<dyn SetupStore>,
    pub links: Arc<dyn LinkStore>,
    pub findings: Arc<dyn FindingStore>,
    pub pulse: Arc<dyn Pulse>,
    pub unlinks: Arc<dyn UnlinkStore>,
    pub ledger: Arc<dyn LedgerStore>,
    pub messages: Arc<dyn MessageStore>,
    pub outbox: Arc<dyn Outbox>,
    pub pauses: Arc<dyn PauseStore>,
    pub backfills: Arc<dyn BackfillStore>,
    pub reconciles: Arc<dyn ReconcileStore>,
    pub uploads: Arc<dyn UploadStore>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stores")
    }
}

#[cfg(feature = "sqlite")]
impl From<&link_store_sqlite::Sqlite> for Stores {
    fn from(sqlite: &link_store_sqlite::Sqlite) -> Self {
        Self {
            journal: Arc::new(sqlite.journal()),
            feed: Arc::new(sqlite.feed()),
            activity: Arc::new(sqlite.activity()),
            credentials: Arc::new(sqlite.credentials()),
            sign_ins: Arc::new(sqlite.sign_ins()),
            setups: Arc::new(sqlite.setups()),
            links: Arc::new(sqlite.links()),
            findings: Arc::new(sqlite.findings()),
            pulse: Arc::new(sqlite.pulse()),
            unlinks: Arc::new(sqlite.unlinks()),
            ledger: Arc::new(sqlite.ledger()),
            messages: Arc::new(sqlite.messages()),
            outbox: Arc::new(sqlite.outbox()),
            pauses: Arc::new(sqlite.pauses()),
            backfills: Arc::new(sqlite.backfills()),
            reconciles: Arc::new(sqlite.reconciles()),
            uploads: Arc::new(sqlite.uploads()),
        }
    }
}
