//! Identities that may be one person because an account was reached by two roads.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::ids::{AccountKey, ConversationKey};
use link_core::words::platform::Road;

use crate::conversation::ConversationRow;

/// Two identities of one account that may be the same person. A suggestion: nobody is merged by it.
///
/// Where both roads know a person by the same scoped id there is one conversation and nothing to suggest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suggestion {
    /// The identities, the smaller first.
    pub identities: [ConversationKey; 2],
    /// What speaks for it.
    pub evidence: Evidence,
}

/// What speaks for two identities being one person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The account knows both by the same username, each by another road. Usernames can change hands.
    SameUsername {
        /// The username.
        username: String,
        /// The road of each identity, in their order.
        roads: [Road; 2],
    },
}

/// Looks through conversations, each with the roads by which it came. Pairs of one account, with the same username, of which each came by one
/// road only and not by the other's. Where more than two share a username nothing is suggested: it says nothing any more.
pub fn suggest(conversations: &[(ConversationRow, BTreeSet<Road>)]) -> Vec<Suggestion> {
    let mut by_name: BTreeMap<(&AccountKey, String), Vec<(&ConversationKey, &Road)>> = BTreeMap::new();
    for (row, roads) in conversations {
        let (Some(username), Some(road)) = (&row.state.username, roads.first()) else { continue };
        if roads.len() == 1 {
            by_name.entry((&row.key.account, username.value.to_lowercase())).or_default().push((&row.key, road));
        }
    }
    let mut suggestions = Vec::new();
    for ((_, username), mut found) in by_name {
        found.sort();
        if let [(first, by), (second, by_another)] = found[..]
            && by != by_another
        {
            let evidence = Evidence::SameUsername { username, roads: [by.clone(), by_another.clone()] };
            suggestions.push(Suggestion { identities: [first.clone(), second.clone()], evidence });
        }
    }
    suggestions
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use link_core::OwnerId;
    use link_core::words::view::View;

    use super::*;
    use crate::conversation::Conversation;
    use crate::register::Register;

    fn talk(account: &str, peer: &str, username: &str, roads: &[Road]) -> (ConversationRow, BTreeSet<Road>) {
        let owner = OwnerId::new("o").unwrap();
        let view = View::system(owner.clone(), "test");
        let key = ConversationKey { account: AccountKey::new(owner, account.parse().unwrap()), peer: peer.parse().unwrap() };
        let state = Conversation { username: Some(Register::new(DateTime::UNIX_EPOCH, username.to_owned())), ..Conversation::default() };
        (ConversationRow::new(key, state, None, 0, &view), roads.iter().cloned().collect())
    }

    #[test]
    fn the_same_username_by_two_roads_is_suggested_with_its_evidence() {
        let both = [talk("instagram:9", "2", "ada.marsh", &[Road::INSTAGRAM]), talk("instagram:9", "1", "Ada.Marsh", &[Road::FACEBOOK])];
        let found = suggest(&both);
        assert_eq!(found.len(), 1, "one pair is one suggestion");
        let suggestion = &found[0];
        assert_eq!(suggestion.identities.each_ref().map(|key| key.peer.as_str()), ["1", "2"]);
        let roads = [Road::FACEBOOK, Road::INSTAGRAM];
        assert_eq!(suggestion.evidence, Evidence::SameUsername { username: "ada.marsh".to_owned(), roads });
    }

    #[test]
    fn nothing_else_is_evidence() {
        let one = || talk("instagram:9", "1", "ada", &[Road::FACEBOOK]);
        for other in [
            talk("instagram:9", "2", "ada", &[Road::FACEBOOK]),
            talk("instagram:9", "2", "ada", &[Road::FACEBOOK, Road::INSTAGRAM]),
            talk("instagram:8", "2", "ada", &[Road::INSTAGRAM]),
            talk("instagram:9", "2", "adam", &[Road::INSTAGRAM]),
        ] {
            assert!(suggest(&[one(), other.clone()]).is_empty(), "{other:?}");
        }
        let third = talk("instagram:9", "3", "ada", &[Road::INSTAGRAM]);
        assert!(suggest(&[one(), talk("instagram:9", "2", "ada", &[Road::INSTAGRAM]), third]).is_empty());
    }
}
