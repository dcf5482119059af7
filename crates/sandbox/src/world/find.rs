//! Looking things up.

use super::World;
use super::cast::{App, Customer, Instagram, Page, Person};
use super::talk::{Message, Platform, Thread};

impl World {
    pub(crate) fn app(&self, id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.id == id)
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub(crate) fn page(&self, id: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == id)
    }

    pub(crate) fn account(&self, id: &str) -> Option<&Instagram> {
        self.instagram.iter().find(|account| account.id == id)
    }

    pub(crate) fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.id == id)
    }

    /// The professional Instagram account that is linked to a Page.
    pub(crate) fn linked_account(&self, page: &Page) -> Option<&Instagram> {
        page.instagram.as_deref().and_then(|id| self.account(id)).filter(|account| account.is_professional())
    }

    /// The Page through which an account is reached: itself, or the one an Instagram account is linked to.
    pub(crate) fn page_of(&self, account: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == account || page.instagram.as_deref() == Some(account))
    }

    /// Which network an account id belongs to.
    pub(crate) fn platform_of(&self, account: &str) -> Option<Platform> {
        if self.page(account).is_some() { Some(Platform::Messenger) } else { self.account(account).map(|_| Platform::Instagram) }
    }

    /// A conversation by its id.
    pub(crate) fn thread(&self, id: &str) -> Option<&Thread> {
        self.threads.iter().find(|thread| thread.id == id)
    }

    /// The conversation of an account with a scoped id.
    pub(crate) fn thread_with(&self, account: &str, scoped: &str) -> Option<&Thread> {
        self.threads.iter().find(|thread| thread.account == account && thread.scoped == scoped)
    }

    /// The same, to change it.
    pub(crate) fn thread_with_mut(&mut self, account: &str, scoped: &str) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.account == account && thread.scoped == scoped)
    }

    /// A message by its id, unsent ones included.
    pub(crate) fn message(&self, mid: &str) -> Option<(&Thread, &Message)> {
        self.threads.iter().find_map(|thread| {
            let message = thread.messages.iter().find(|it| it.mid == mid)?;
            Some((thread, message))
        })
    }
}
