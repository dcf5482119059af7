//! What an item of the object `permissions` says.

use link_core::words::envelope::Item;
use link_core::words::ports::GrantTold;
use link_core::{PersonId, Scope};
use serde::Deserialize;

use crate::wire::Lenient;

/// The field that stands for the whole app. Its verb stands beside it, those of permissions stand in the value.
const APP: &str = "connected";

#[derive(Deserialize)]
struct Change {
    field: String,
    #[serde(default)]
    verb: Lenient<String>,
    #[serde(default)]
    value: serde_json::Value,
}

#[derive(Deserialize)]
struct Value {
    #[serde(default)]
    verb: Lenient<String>,
    #[serde(default)]
    target_ids: Option<Vec<Lenient<String>>>,
}

pub(super) fn read(item: &Item) -> Option<GrantTold> {
    // Dashboards send test deliveries for the user "0".
    let person = item.account.as_ref().filter(|id| id.as_str() != "0").and_then(|id| PersonId::new(id.as_str()).ok())?;
    let Change { field, verb, value } = serde_json::from_str(item.body.as_str()).ok()?;
    let (inner, targets) = Value::deserialize(value).map_or((None, None), |value| (value.verb.0, value.target_ids));
    let verb = verb.0.or(inner)?;
    let granted = match verb {
        verb if verb.eq_ignore_ascii_case("granted") => true,
        verb if verb.eq_ignore_ascii_case("revoked") => false,
        _ => return None,
    };
    let told = GrantTold::new(person, granted, item.as_of);
    if field == APP {
        return Some(told);
    }
    let targets = targets.map(|ids| ids.into_iter().filter_map(|id| id.0?.parse().ok()).collect());
    Some(told.of(Scope::new(field).ok()?).for_targets(targets))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use link_core::words::event::Channel;
    use link_core::words::raw::Raw;
    use link_core::{Platform, Road};

    use super::*;

    fn told(person: &str, body: &str) -> Option<GrantTold> {
        let mut item = Item::new(Platform::MESSENGER, Road::FACEBOOK, Channel::Grants, DateTime::UNIX_EPOCH, Raw::parse(body).unwrap());
        item.account = Some(person.parse().unwrap());
        read(&item)
    }

    fn robin(granted: bool) -> GrantTold {
        GrantTold::new("77".parse().unwrap(), granted, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_verb_is_found_in_the_value_and_beside_the_field_in_any_case() {
        let scope = Scope::new("pages_messaging").unwrap();
        let body = r#"{"field": "pages_messaging", "value": {"verb": "GRANTED", "target_ids": ["5", 6]}}"#;
        let targets = Some(vec!["5".parse().unwrap(), "6".parse().unwrap()]);
        assert_eq!(told("77", body), Some(robin(true).of(scope.clone()).for_targets(targets)));
        assert_eq!(told("77", r#"{"field": "pages_messaging", "value": {"verb": "revoked"}}"#), Some(robin(false).of(scope)));
        assert_eq!(told("77", r#"{"field": "connected", "verb": "Revoked"}"#), Some(robin(false)));
        assert_eq!(told("77", r#"{"field": "connected", "value": {"verb": "granted"}}"#), Some(robin(true)));
    }

    #[test]
    fn a_test_delivery_and_what_nobody_knows_tell_nothing() {
        assert_eq!(told("0", r#"{"field": "connected", "verb": "revoked"}"#), None);
        for body in [r#"{"field": "connected", "verb": "paused"}"#, r#"{"verb": "revoked"}"#, r#"{"field": "connected"}"#, "[]", "7"] {
            assert_eq!(told("77", body), None, "{body}");
        }
    }
}
