//! Taking deliveries in: verify, split, admit, keep, and only then acknowledge.

use link_core::linking::admission::admit;
use link_core::words::envelope::Item;
use link_core::words::ids::AccountId;
use link_core::words::ports::{Delivery, Handshake, Received, Rejected};

use crate::figures::count;
use crate::inner::Inner;

/// What became of a delivery.
pub(crate) enum Receipt {
    /// It is durable, or it is for nobody here.
    Acknowledged,
    /// Nobody we know signed it.
    Rejected,
    /// It could not be kept; the platform has to bring it again.
    NotKept,
}

impl Inner {
    pub(crate) fn handshake(&self, handshake: &Handshake) -> Result<String, Rejected> {
        self.wiring.intake.handshake(handshake).inspect_err(|why| self.counters.rejected(*why))
    }

    pub(crate) async fn receive(&self, delivery: &Delivery<'_>) -> Receipt {
        let received = match self.wiring.intake.receive(delivery) {
            Ok(received) => received,
            Err(why) => {
                self.counters.rejected(why);
                tracing::warn!(%why, bytes = delivery.body.len(), "a delivery was turned away");
                return Receipt::Rejected;
            }
        };
        let kept = match received {
            Received::Items(items) => self.keep(items, delivery).await,
            Received::Poisoned(poisoned) => {
                tracing::error!(reason = poisoned.reason, bytes = poisoned.body.len(), "a signed delivery is none; it is put aside");
                count(&self.counters.poisoned, 1);
                self.stores.journal.quarantine(&poisoned).await
            }
        };
        match kept {
            Ok(()) => {
                count(&self.counters.deliveries, 1);
                Receipt::Acknowledged
            }
            Err(error) => {
                count(&self.counters.not_kept, 1);
                tracing::error!(%error, source = ?std::error::Error::source(&error), "a delivery could not be kept; it is not acknowledged");
                Receipt::NotKept
            }
        }
    }

    async fn keep(&self, items: Vec<Item>, delivery: &Delivery<'_>) -> link_core::Result<()> {
        let mut accounts: Vec<AccountId> = items.iter().filter_map(Item::account_id).collect();
        accounts.sort();
        accounts.dedup();
        let receivers = if accounts.is_empty() { Vec::new() } else { self.stores.links.receivers(&accounts).await? };
        let admitted = admit(items, &receivers, &self.lanes, delivery.received_at);
        if !admitted.envelopes.is_empty() {
            self.stores.journal.append(&admitted.envelopes).await?;
            self.bell.ring();
        }
        count(&self.counters.kept, admitted.envelopes.len() as u64);
        count(&self.counters.unclaimed, admitted.unclaimed);
        count(&self.counters.standby, admitted.standby);
        Ok(())
    }
}
