//! Taking deliveries in: verify, split, admit, keep, and only then acknowledge.

use link_core::linking::admission::admit;
use link_core::words::envelope::{Item, Poisoned};
use link_core::words::event::Channel;
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
                self.pulses.turned_away();
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
                self.occasions.not_kept();
                tracing::error!(%error, source = ?std::error::Error::source(&error), "a delivery could not be kept; it is not acknowledged");
                Receipt::NotKept
            }
        }
    }

    async fn keep(&self, items: Vec<Item>, delivery: &Delivery<'_>) -> link_core::Result<()> {
        let (grants, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.channel == Channel::Grants);
        for item in &grants {
            let meant = self.granted(item).await?;
            count(&self.counters.unclaimed, u64::from(!meant));
        }
        if !grants.is_empty() {
            self.bell.ring();
        }
        let mut accounts: Vec<AccountId> = items.iter().filter_map(Item::account_id).collect();
        let of_items = accounts.clone();
        accounts.sort();
        accounts.dedup();
        let receivers = if accounts.is_empty() { Vec::new() } else { self.stores.links.receivers(&accounts).await? };
        let (named, nameless): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.account.is_some());
        let admitted = admit(named, &receivers, &self.lanes, delivery.received_at);
        let ended = if admitted.unclaimed > 0 { self.stores.links.ended(&accounts).await? } else { Vec::new() };
        let unlinked = of_items.iter().filter(|account| ended.contains(account)).count() as u64;
        if !admitted.envelopes.is_empty() {
            self.stores.journal.append(&admitted.envelopes).await?;
            self.pulses.heard(&admitted.envelopes);
            self.bell.ring();
        }
        // What fails from here on comes again whole. Of an envelope that does no harm, of what is put aside it makes another copy.
        for item in &nameless {
            self.stores.journal.quarantine(&poisoned(item, delivery)).await?;
        }
        count(&self.counters.poisoned, nameless.len() as u64);
        count(&self.counters.kept, admitted.envelopes.len() as u64);
        count(&self.counters.unclaimed, admitted.unclaimed.saturating_sub(unlinked));
        count(&self.counters.unlinked, unlinked);
        count(&self.counters.standby, admitted.standby);
        Ok(())
    }
}

/// An item that names no account can be nobody's here; it is kept like a delivery that is none.
fn poisoned(item: &Item, delivery: &Delivery<'_>) -> Poisoned {
    let body = item.body.as_str().as_bytes().to_vec();
    Poisoned { received_at: delivery.received_at, road: item.road.clone(), reason: "an item that names no account", body }
}
