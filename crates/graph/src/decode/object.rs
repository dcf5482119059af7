//! JSON objects, one level at a time.

use std::borrow::Cow;
use std::fmt;

use link_core::words::raw::Raw;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::scalar::Text;

/// The members of a JSON object, each delimited and none parsed, with a mark on those that were understood.
///
/// Of a key that stands there twice the last counts; a member that is `null` counts as absent.
pub(crate) struct Object<'a> {
    members: Vec<Member<'a>>,
}

struct Member<'a> {
    key: Cow<'a, str>,
    value: &'a RawValue,
    taken: bool,
}

impl<'a> Object<'a> {
    /// The members of a value; `None` if it is no object.
    pub(crate) fn read(value: &'a RawValue) -> Option<Self> {
        Self::parse(value.get())
    }

    /// The members of a JSON text; `None` if it is no object.
    pub(crate) fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Keys and values in order, save those that are `null`.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.members.iter().filter(|member| !is_null(member.value)).map(|member| (&*member.key, member.value))
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.members.iter().rfind(|member| member.key == key).map(|member| member.value).filter(|value| !is_null(value))
    }

    /// Reads the value of a key and marks it as understood; what `read` cannot make sense of stays among the leftovers.
    pub(crate) fn take<T>(&mut self, key: &str, read: impl FnOnce(&'a RawValue) -> Option<T>) -> Option<T> {
        let member = self.members.iter_mut().rfind(|member| member.key == key)?;
        if is_null(member.value) {
            member.taken = true;
            return None;
        }
        let told = read(member.value)?;
        member.taken = true;
        Some(told)
    }

    /// Marks a key as understood.
    pub(crate) fn mark(&mut self, key: &str) {
        if let Some(member) = self.members.iter_mut().rfind(|member| member.key == key) {
            member.taken = true;
        }
    }

    /// True if everything was understood.
    pub(crate) fn is_spent(&self) -> bool {
        self.members.iter().all(|member| member.taken)
    }

    /// Adds what nobody took.
    pub(crate) fn leave(&self, leftovers: &mut Leftovers) {
        for member in self.members.iter().filter(|member| !member.taken) {
            leftovers.add(&member.key, member.value.get());
        }
    }

    /// What nobody took, as an object.
    pub(crate) fn rest(&self) -> Option<Raw> {
        let mut leftovers = Leftovers::default();
        self.leave(&mut leftovers);
        leftovers.into_raw()
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((Text(key), value)) = map.next_entry()? {
            members.push(Member { key, value, taken: false });
        }
        Ok(Object { members })
    }
}

/// An object made of the members that found no field.
#[derive(Default)]
pub(crate) struct Leftovers(String);

impl Leftovers {
    /// Adds a member whose value is JSON already.
    pub(crate) fn add(&mut self, key: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&serde_json::Value::from(key).to_string());
        self.0.push(':');
        self.0.push_str(json);
    }

    /// Adds what was left of a member, if anything.
    pub(crate) fn add_rest(&mut self, key: &str, rest: Option<&Raw>) {
        if let Some(rest) = rest {
            self.add(key, rest.as_str());
        }
    }

    /// The object; `None` if nothing was left.
    pub(crate) fn into_raw(mut self) -> Option<Raw> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        Raw::parse(self.0).ok()
    }
}

/// The elements of an array; `None` if it is none.
pub(crate) fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Raw {
        Raw::parse(json).unwrap()
    }

    fn value(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_was_not_understood_is_left_over_digit_by_digit() {
        let mut object = Object::read(value(r#"{"a": 1, "b": 17841400000000001.50, "c": null, "a": 2, "\ud800": 3}"#)).unwrap();
        assert_eq!(object.get("a").unwrap().get(), "2", "of two the last");
        assert_eq!(object.take("a", |v| v.get().parse::<u8>().ok()), Some(2));
        assert_eq!(object.take("b", |v| v.get().parse::<u8>().ok()), None, "no small number");
        assert_eq!(object.take("c", |_| Some(())), None, "null is absent");
        assert_eq!(object.rest(), Some(raw("{\"a\":1,\"b\":17841400000000001.50,\"\u{fffd}\":3}")));
    }

    #[test]
    fn only_objects_have_members() {
        assert!(Object::read(value("[1]")).is_none());
        assert!(Object::read(value("{}")).unwrap().rest().is_none());
        assert!(elements(value(r#"{"0":1}"#)).is_none());
    }
}
