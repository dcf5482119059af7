//! What a confirmation was decided by.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::connection::{Connection, ConnectionKey, Handover, Part};
use super::link::Link;
use crate::words::ids::{LinkId, PersonId};

/// The links and connections that a confirmation was decided by. Between reading and writing the platform is asked, which takes seconds;
/// meanwhile somebody may switch roads, unlink, change what was agreed to, or confirm another setup of the same accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The owner's links.
    pub links: Vec<Link>,
    /// The owner's connections.
    pub connections: Vec<Connection>,
}

impl Expected {
    /// These were read; none of them is ended.
    pub const fn new(links: Vec<Link>, connections: Vec<Connection>) -> Self {
        Self { links, connections }
    }

    /// True if what is stored now would lead to the same link. Only that link, others of its accounts, and their connections count; whether
    /// a connection's token works and whether it is subscribed yet decides nothing.
    pub fn still_holds(&self, link: &Link, links: &[Link], connections: &[Connection]) -> bool {
        links_of(link, &self.links) == links_of(link, links) && connections_of(link, &self.connections) == connections_of(link, connections)
    }
}

fn links_of<'a>(link: &Link, links: &'a [Link]) -> BTreeMap<LinkId, &'a Link> {
    let concerns = |other: &&Link| other.id == link.id || other.accounts.iter().any(|account| link.accounts.contains(account));
    links.iter().filter(concerns).map(|other| (other.id, other)).collect()
}

/// What of a connection decides how it goes on.
type Deciding<'a> = (LinkId, &'a PersonId, u64, Part, &'a [Handover], DateTime<Utc>);

fn connections_of<'a>(link: &Link, connections: &'a [Connection]) -> BTreeMap<&'a ConnectionKey, Deciding<'a>> {
    let concerns = |it: &&Connection| link.accounts.contains(it.account());
    let deciding = |it: &'a Connection| (it.link, &it.person, it.generation, it.part, &it.handovers[..], it.confirmed_at);
    connections.iter().filter(concerns).map(|it| (&it.key, deciding(it))).collect()
}
