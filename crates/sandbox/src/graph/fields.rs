//! `fields=`: names, nested in braces, with `limit(20)` or `.limit(20).after(x)`.

use std::fmt;

use serde_json::{Map, Value};

use super::error::Refusal;

const DEEPEST: usize = 8;

/// One wanted field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) args: Vec<(String, String)>,
    pub(crate) inner: Vec<Field>,
}

impl Field {
    /// An argument such as the 20 of `limit(20)`.
    pub(crate) fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field without anything around it.
    pub(crate) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), args: Vec::new(), inner: Vec::new() }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (name, value) in &self.args {
            write!(f, ".{name}({value})")?;
        }
        for (place, field) in self.inner.iter().enumerate() {
            write!(f, "{}{field}", if place == 0 { "{" } else { "," })?;
        }
        if self.inner.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

/// Reads a `fields` parameter; none, or an empty one, gives `defaults`.
pub(crate) fn wanted(told: Option<&str>, defaults: &[&str]) -> Result<Vec<Field>, Refusal> {
    let told = told.unwrap_or_default().trim();
    if told.is_empty() {
        return Ok(defaults.iter().map(|name| Field::plain(name)).collect());
    }
    let mut reader = Reader { rest: told };
    let fields = reader.list(0)?;
    if reader.rest.is_empty() { Ok(fields) } else { Err(reader.wrong()) }
}

/// The inner fields of a field, or defaults.
pub(crate) fn inner(field: &Field, defaults: &[&str]) -> Vec<Field> {
    if field.inner.is_empty() { defaults.iter().map(|name| Field::plain(name)).collect() } else { field.inner.clone() }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn wrong(&self) -> Refusal {
        let found: String = self.rest.chars().take(20).collect();
        Refusal::new(2500, format!("Syntax error \"Expected end of string instead of \"{found}\".\" in the fields parameter"))
    }

    fn eat(&mut self, letter: char) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(letter);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Field>, Refusal> {
        if depth > DEEPEST {
            return Err(self.wrong());
        }
        let mut fields = vec![self.field(depth)?];
        while self.eat(',') {
            fields.push(self.field(depth)?);
        }
        Ok(fields)
    }

    fn field(&mut self, depth: usize) -> Result<Field, Refusal> {
        let mut field = Field::plain(self.name()?);
        loop {
            if self.eat('.') {
                let name = self.name()?.to_owned();
                let value = self.argument()?;
                field.args.push((name, value));
            } else if self.eat('{') {
                field.inner = self.list(depth + 1)?;
                if !self.eat('}') {
                    return Err(self.wrong());
                }
            } else {
                return Ok(field);
            }
        }
    }

    fn name(&mut self) -> Result<&str, Refusal> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.wrong());
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(name)
    }

    fn argument(&mut self) -> Result<String, Refusal> {
        if !self.eat('(') {
            return Err(self.wrong());
        }
        let Some(end) = self.rest.find(')') else { return Err(self.wrong()) };
        let value = self.rest[..end].trim_matches('"').to_owned();
        self.rest = &self.rest[end + 1..];
        Ok(value)
    }
}

/// Leaves of a value only what a field's braces name, through lists and `data`.
pub(crate) fn picked(value: Value, inner: &[Field]) -> Value {
    if inner.is_empty() {
        return value;
    }
    match value {
        Value::Array(items) => items.into_iter().map(|item| picked(item, inner)).collect(),
        Value::Object(mut whole) if whole.get("data").is_some_and(Value::is_array) => {
            if let Some(data) = whole.remove("data") {
                whole.insert("data".to_owned(), picked(data, inner));
            }
            Value::Object(whole)
        }
        Value::Object(mut whole) => {
            let mut kept = Map::new();
            for field in inner {
                if let Some(part) = whole.remove(&field.name) {
                    kept.insert(field.name.clone(), picked(part, &field.inner));
                }
            }
            if let Some(id) = whole.remove("id") {
                kept.entry("id").or_insert(id);
            }
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nesting_and_arguments_are_understood() {
        let fields = wanted(Some("id, messages.limit(2).after(xY_=){id,from{name}},to"), &[]).unwrap();
        assert_eq!(fields.len(), 3);
        assert_eq!((fields[1].arg("limit"), fields[1].arg("after")), (Some("2"), Some("xY_=")));
        assert_eq!(fields[1].inner[1].inner[0].name, "name");
        assert_eq!(fields[1].to_string(), "messages.limit(2).after(xY_=){id,from{name}}");
    }

    #[test]
    fn nonsense_is_refused_without_a_crash() {
        let deep = "a{".repeat(500);
        for wrong in [",", "a,", "a{", "a{}", "a}", "a.limit", "a.limit(", "a b", "é", deep.as_str()] {
            assert!(wanted(Some(wrong), &[]).is_err(), "{wrong:?} is no list of fields");
        }
    }

    #[test]
    fn picking_goes_through_lists_and_keeps_ids() {
        let value = json!({"data": [{"id": "1", "name": "n", "email": "e"}]});
        let fields = wanted(Some("name"), &[]).unwrap();
        assert_eq!(picked(value, &fields), json!({"data": [{"id": "1", "name": "n"}]}));
    }
}
