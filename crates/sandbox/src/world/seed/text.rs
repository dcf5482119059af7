//! Reading a seed from text, where errors can say the line.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Seed, SeedError};
use crate::world::World;

/// What refers to nothing comes first, so that every entry can be tried right after those it refers to.
const ORDER: [&str; 7] = ["apps", "people", "businesses", "instagram", "pages", "customers", "conversations"];

/// Reads the text of a seed file and checks that it describes a world. Errors say at which line, and what was
/// expected; see [`default_seed`](crate::default_seed) for the form.
pub fn seed_from_str(text: &str) -> Result<Value, SeedError> {
    let misread = |error: serde_json::Error| SeedError(error.to_string());
    let seed: Value = serde_json::from_str(text).map_err(misread)?;
    // Once more as what it should be: only reading from text knows lines and columns.
    serde_json::from_str::<Seed>(text).map_err(misread)?;
    match World::from_seed(&seed, None) {
        Ok(_) => Ok(seed),
        Err(error) => Err(located(text, &seed).unwrap_or(error)),
    }
}

/// Builds the world entry by entry, until one is wrong.
fn located(text: &str, seed: &Value) -> Option<SeedError> {
    let mut rough: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let mut world = World::from_seed(&Value::Object(Map::new()), None).ok()?;
    let lists: Vec<_> = ORDER.iter().filter_map(|name| rough.remove(*name).map(|list| (*name, list))).collect();
    for (name, list) in lists {
        for raw in serde_json::from_str::<Vec<&RawValue>>(list.get()).ok()? {
            let entry: Value = serde_json::from_str(raw.get()).ok()?;
            let alone = Value::Object(Map::from_iter([(name.to_owned(), Value::Array(vec![entry]))]));
            if let Err(error) = world.add(&alone) {
                return Some(at_line(text, raw, &error));
            }
        }
    }
    // What is left refers to any of them or to none.
    for (name, raw) in rough {
        let alone = Value::Object(Map::from_iter([(name.clone(), seed[&name].clone())]));
        let tried = if name == "clock" { World::from_seed(&alone, None).map(drop) } else { world.add(&alone) };
        if let Err(error) = tried {
            return Some(at_line(text, raw, &error));
        }
    }
    None
}

/// The error, after the line at which the part of `text` begins.
fn at_line(text: &str, part: &RawValue, error: &SeedError) -> SeedError {
    let offset = (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    SeedError(format!("{error}, in the entry that begins at line {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::seed::default_seed;

    fn told(text: &str) -> String {
        seed_from_str(text).unwrap_err().to_string()
    }

    #[test]
    fn the_default_world_is_a_seed_file() {
        let text = format!("{:#}", default_seed());
        assert_eq!(seed_from_str(&text).unwrap(), default_seed());
    }

    #[test]
    fn an_error_says_where_it_is_and_what_was_expected() {
        let cases: [(&str, &[&str]); 7] = [
            ("", &["EOF", "line 1"]),
            ("{\n\"pages\": [,]}", &["expected value", "line 2 column 11"]),
            ("{\n\n\"page\": []}", &["unknown field `page`", "`pages`", "line 3 column"]),
            ("{\"people\": {}}", &["expected a sequence", "line 1 column"]),
            ("{\"people\": [\n{\"id\": \"1\", \"name\": \"A\"},\n{\"id\": \"2\"}]}", &["a person", "missing field `name`", "line 3"]),
            ("{\n\"quirks\": {\"ig_me\": \"round\"}}", &["quirks", "unknown variant `round`", "`flat`", "line 2"]),
            ("{\"customers\": [],\n\"conversations\": [{\"account\": \"7\", \"customer\": \"c1\"}]}", &["no such Page", "line 2"]),
        ];
        for (text, expected) in cases {
            let told = told(text);
            for part in expected {
                assert!(told.contains(part), "{text:?} is answered with {told:?}, without {part:?}");
            }
        }
    }

    #[test]
    fn a_page_may_stand_before_the_account_it_is_linked_to() {
        let default = default_seed();
        let (people, pages, instagram) = (&default["people"], &default["pages"], &default["instagram"]);
        let text = format!("{{\"pages\": {pages},\n\"people\": {people}, \"instagram\": {instagram},\n\"customers\": [\n{{\"id\": 5}}]}}");
        let told = told(&text);
        assert!(told.contains("a customer") && told.contains("line 4"), "{told}");
    }
}
