//! A bounded memory of what was delivered.

use std::collections::{HashSet, VecDeque};

use crate::alert::AlertId;

/// The ids of the newest so many alerts; the oldest is forgotten first.
#[derive(Debug)]
pub(crate) struct Recent {
    capacity: usize,
    order: VecDeque<AlertId>,
    known: HashSet<AlertId>,
}

impl Recent {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, order: VecDeque::new(), known: HashSet::new() }
    }

    pub(crate) fn contains(&self, id: &AlertId) -> bool {
        self.known.contains(id)
    }

    pub(crate) fn remember(&mut self, id: AlertId) {
        if !self.known.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_does_not_grow_without_end() {
        let id = |n: u32| serde_json::from_value::<AlertId>(n.to_string().into()).unwrap();
        let mut recent = Recent::new(2);
        for n in [1, 2, 2, 3] {
            recent.remember(id(n));
        }
        assert!(!recent.contains(&id(1)) && recent.contains(&id(2)) && recent.contains(&id(3)));
        assert_eq!((recent.order.len(), recent.known.len()), (2, 2));
    }
}
