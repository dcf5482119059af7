//! Which gates a message has to pass: sending itself, and what it needs besides.

use link_core::words::gate::Ask;
use link_core::words::ids::AccountKey;
use link_core::words::outgoing::{Body, Outgoing, Purpose};
use link_core::words::platform::{Feature, Road};

use super::facts::Facts;

/// Everything that is asked of the gates for a message, the ask for sending first.
///
/// A post of another account of the owner is asked for at that account, by the road by which it is connected: it is that account's permission that
/// lets its posts be seen.
pub(crate) fn asks(ask: &Ask, outgoing: &Outgoing, facts: &Facts) -> Vec<Ask> {
    let mut asks = vec![ask.clone()];
    let also = |feature| {
        let mut also = ask.clone();
        also.feature = feature;
        also
    };
    if outgoing.purpose == Purpose::HumanAgent {
        asks.push(also(Feature::HUMAN_AGENT));
    }
    if !outgoing.to.is_person() {
        asks.push(also(Feature::COMMENTS));
    }
    if let Body::Post(post) = &outgoing.body
        && post.account != ask.account.account
    {
        let account = AccountKey::new(ask.account.owner.clone(), post.account.clone());
        // An account that is not linked has no road; whichever is asked, the link's gate says so.
        let road = facts.post_road.clone().unwrap_or(Road::FACEBOOK);
        asks.push(Ask::new(ask.by.clone(), account, road, Feature::SHARE_POST));
    }
    asks
}
