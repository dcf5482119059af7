//! Who signed in, as it is stored: by road. Programs before knew one road and stored one person.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::words::ids::PersonId;
use crate::words::platform::Road;

#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    ByRoad(BTreeMap<Road, PersonId>),
    One(PersonId),
    Nobody(()),
}

/// Reads either form; a single person had signed in by Facebook Login.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Road, PersonId>, D::Error> {
    Ok(match Stored::deserialize(from)? {
        Stored::ByRoad(persons) => persons,
        Stored::One(person) => [(Road::FACEBOOK, person)].into(),
        Stored::Nobody(()) => BTreeMap::new(),
    })
}
