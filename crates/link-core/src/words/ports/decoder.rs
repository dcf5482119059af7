//! Understanding items.

use crate::words::envelope::Item;
use crate::words::event::Event;

/// Tells a split item in our words. Pure, total, and the same for the same item: what it does not know becomes
/// [`Said::Unknown`](crate::words::event::Said::Unknown).
pub trait Decoder: Send + Sync {
    /// The events of an item; at least one.
    fn decode(&self, item: &Item) -> Vec<Event>;
    /// The webhook field that an item belongs to, in the spelling of its object; `None` if nobody can tell.
    fn field(&self, _item: &Item) -> Option<String> {
        None
    }
}
