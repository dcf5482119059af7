//! Looking things up.

use super::World;
use super::cast::{App, Business, Customer, Instagram, Page, Person};
use super::talk::{Message, Platform, Road, Thread};

impl World {
    pub(crate) fn app(&self, id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.id == id)
    }

    /// The app whose Instagram product has this id.
    pub(crate) fn instagram_app(&self, id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.instagram.as_ref().is_some_and(|product| product.id == id))
    }

    /// The app behind an id, be it the app's own or its Instagram product's.
    pub(crate) fn app_behind(&self, id: &str) -> Option<&App> {
        self.app(id).or_else(|| self.instagram_app(id))
    }

    /// Which road an app id belongs to.
    pub(crate) fn road_of(&self, app: &str) -> Road {
        if self.app(app).is_none() && self.instagram_app(app).is_some() { Road::Instagram } else { Road::Facebook }
    }

    pub(crate) fn business(&self, id: &str) -> Option<&Business> {
        self.businesses.iter().find(|business| business.id == id)
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
        self.index.customer(id).and_then(|place| self.customers.get(place))
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
        self.index.thread(id).and_then(|place| self.threads.get(place))
    }

    /// The conversation of an account with a scoped id.
    pub(crate) fn thread_with(&self, account: &str, scoped: &str) -> Option<&Thread> {
        self.index.thread_with(account, scoped).and_then(|place| self.threads.get(place))
    }

    /// The same, to change it.
    pub(crate) fn thread_with_mut(&mut self, account: &str, scoped: &str) -> Option<&mut Thread> {
        self.index.thread_with(account, scoped).and_then(|place| self.threads.get_mut(place))
    }

    /// A message by its id, unsent ones included.
    pub(crate) fn message(&self, mid: &str) -> Option<(&Thread, &Message)> {
        let (thread, message) = self.index.message(mid)?;
        let thread = self.threads.get(thread)?;
        Some((thread, thread.messages.get(message)?))
    }
}
