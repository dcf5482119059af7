//! Where conversations and messages stand, so that no call has to look through all of them.

use std::collections::{HashMap, HashSet};

use super::cast::Customer;
use super::talk::Thread;

/// Places of conversations by id and by parties, of messages and of customers by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    threads: HashMap<String, usize>,
    parties: HashMap<(String, String), usize>,
    scoped: HashSet<String>,
    messages: HashMap<String, (usize, usize)>,
    customers: HashMap<String, usize>,
}

impl Index {
    /// A conversation begins.
    pub(crate) fn begin(&mut self, place: usize, thread: &Thread) {
        self.threads.insert(thread.id.clone(), place);
        self.parties.insert((thread.account.clone(), thread.scoped.clone()), place);
        self.scoped.insert(thread.scoped.clone());
    }

    /// All messages of a conversation, wherever they stood before.
    pub(crate) fn messages_of(&mut self, place: usize, thread: &Thread) {
        for (at, message) in thread.messages.iter().enumerate() {
            self.messages.insert(message.mid.clone(), (place, at));
        }
    }

    /// A message was added at the end of a conversation.
    pub(crate) fn added(&mut self, place: usize, thread: &Thread) {
        if let Some(message) = thread.messages.last() {
            self.messages.insert(message.mid.clone(), (place, thread.messages.len() - 1));
        }
    }

    /// Who there is.
    pub(crate) fn customers_are(&mut self, customers: &[Customer]) {
        self.customers = customers.iter().enumerate().map(|(place, customer)| (customer.id.clone(), place)).collect();
    }

    /// The place of a customer by the world's own name.
    pub(crate) fn customer(&self, id: &str) -> Option<usize> {
        self.customers.get(id).copied()
    }

    /// The place of a conversation by its id.
    pub(crate) fn thread(&self, id: &str) -> Option<usize> {
        self.threads.get(id).copied()
    }

    /// The place of a conversation by the account and the customer's scoped id.
    pub(crate) fn thread_with(&self, account: &str, scoped: &str) -> Option<usize> {
        self.parties.get(&(account.to_owned(), scoped.to_owned())).copied()
    }

    /// Whether any account knows a customer by this id.
    pub(crate) fn knows(&self, scoped: &str) -> bool {
        self.scoped.contains(scoped)
    }

    /// The places of a conversation and of the message in it.
    pub(crate) fn message(&self, mid: &str) -> Option<(usize, usize)> {
        self.messages.get(mid).copied()
    }
}
