//! The shape of what arrives: its keys, the types of its values, and what the values mean where that can be seen.

use serde_json::{Value, json};

/// Keys whose words are part of the shape.
const TELLING: [&str; 9] = ["object", "field", "type", "action", "status", "item", "verb", "source", "template_type"];

/// The shape, with the account and the customer by those names, times by their unit, and everything else by its type.
pub(crate) fn of(value: &Value, account: &str, customer: &str) -> Value {
    let leaf = Leaf { account, customer };
    leaf.shape("", value)
}

struct Leaf<'a> {
    account: &'a str,
    customer: &'a str,
}

impl Leaf<'_> {
    fn shape(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.shape(key, item)).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), self.shape(key, value))).collect(),
            Value::Null => json!("null"),
            Value::Bool(told) => json!(told.to_string()),
            Value::Number(number) => json!(number.as_f64().map_or("number", |number| time(number).unwrap_or("number"))),
            Value::String(told) if TELLING.contains(&key) => json!(told),
            Value::String(told) if told == self.account => json!("ACCOUNT"),
            Value::String(told) if told == self.customer => json!("CUSTOMER"),
            Value::String(told) => match told.parse().ok().and_then(time) {
                Some(unit) => json!(format!("{unit} in words")),
                None => json!("string"),
            },
        }
    }
}

/// A time of these years, by its unit.
fn time(number: f64) -> Option<&'static str> {
    let years = |unit: f64| (1.70e9 * unit..1.90e9 * unit).contains(&number);
    if years(1.0) {
        Some("s")
    } else if years(1_000.0) {
        Some("ms")
    } else {
        None
    }
}
