//! Ids that follow from who talks to whom.

use super::World;
use super::talk::{Platform, Road};
use crate::mint;

impl World {
    /// The id under which an account sees a customer.
    pub(crate) fn scoped_id(&self, account: &str, customer: &str) -> Option<String> {
        let customer = 1 + self.index.customer(customer)?;
        if let Some(place) = self.pages.iter().position(|page| page.id == account) {
            return Some(number('4', 1 + place, customer));
        }
        let place = self.instagram.iter().position(|it| it.id == account)?;
        Some(number('5', 1 + place, customer))
    }

    /// The conversation id of a customer with an account.
    pub(crate) fn thread_id(platform: Platform, account: &str, scoped: &str) -> String {
        let digits = mint::digits(&format!("thread:{account}:{scoped}"), 15);
        match platform {
            Platform::Messenger => format!("t_{digits}"),
            Platform::Instagram => mint::opaque(&format!("ig_dm:1:IGMessageThread:{account}:{digits}")),
        }
    }

    /// The id of the `place`-th message of a seeded conversation.
    pub(crate) fn history_mid(platform: Platform, account: &str, scoped: &str, place: usize) -> String {
        mid(platform, account, scoped, &format!("history:{account}:{scoped}:{place}"))
    }

    /// The id of a message that is being written.
    pub(crate) fn new_mid(&mut self, platform: Platform, account: &str, scoped: &str) -> String {
        let from = self.mint.letters("mid", 24);
        mid(platform, account, scoped, &from)
    }
}

/// The id under which an app of Instagram Login knows an account, besides the account's own.
pub(crate) fn app_scoped(account: &str) -> String {
    mint::digits(&format!("instagram-user:{account}"), 17)
}

/// An id of Instagram as a road tells it: the same message and conversation have other ids on each road, since the
/// account in them is named by another id.
pub(crate) fn told(road: Road, id: &str, account: &str) -> String {
    match road {
        Road::Facebook => id.to_owned(),
        Road::Instagram => renamed(id, account, &app_scoped(account)).unwrap_or_else(|| id.to_owned()),
    }
}

/// The id that a road's caller means; `None` when it is the other road's.
pub(crate) fn meant(road: Road, id: &str, account: &str) -> Option<String> {
    match road {
        Road::Facebook => Some(id.to_owned()),
        Road::Instagram => renamed(id, &app_scoped(account), account),
    }
}

fn renamed(id: &str, from: &str, to: &str) -> Option<String> {
    let plain = mint::transparent(id)?;
    let named = format!(":{from}:");
    plain.contains(&named).then(|| mint::opaque(&plain.replacen(&named, &format!(":{to}:"), 1)))
}

/// Rewrites every message id within an event to the road's own.
pub(crate) fn retold(road: Road, value: &mut serde_json::Value, account: &str) {
    use serde_json::Value;
    if road == Road::Facebook {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| retold(road, item, account)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                match (name.as_str(), &mut *inner) {
                    ("mid", Value::String(mid)) => *mid = told(road, mid, account),
                    ("mids", Value::Array(mids)) => {
                        for mid in mids {
                            if let Value::String(mid) = mid {
                                *mid = told(road, mid, account);
                            }
                        }
                    }
                    _ => retold(road, inner, account),
                }
            }
        }
        _ => {}
    }
}

fn mid(platform: Platform, account: &str, scoped: &str, from: &str) -> String {
    match platform {
        Platform::Messenger => format!("m_{}", mint::letters(from, 64)),
        Platform::Instagram => {
            let thread = mint::digits(&format!("thread:{account}:{scoped}"), 15);
            let item = mint::digits(from, 35);
            mint::opaque(&format!("ig_dm_item:1:IGMessageID:{account}:{thread}:{item}"))
        }
    }
}

/// `4000000000000011` for the first Page's view of the first customer; wider worlds get wider numbers.
fn number(first: char, account: usize, customer: usize) -> String {
    if account < 10 && customer < 10 {
        format!("{first}0000000000000{account}{customer}")
    } else {
        format!("{first}1{account:07}{customer:07}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_road_has_its_own_id_for_the_same_message() {
        let account = "17841400000000001";
        let id = World::history_mid(Platform::Instagram, account, "5", 0);
        let other = told(Road::Instagram, &id, account);
        assert_ne!(id, other);
        assert!(other.starts_with("aWdfZAG1faXRlbToxOk"), "{other}");
        assert_eq!(meant(Road::Instagram, &other, account), Some(id.clone()));
        assert_eq!(meant(Road::Instagram, &id, account), None, "the other road's id is not known here");
        assert_eq!(meant(Road::Facebook, &id, account), Some(id));
    }
}
