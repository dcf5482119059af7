//! What goes wrong, planted one by one.

use serde_json::{Value, json};

use crate::chance::Chance;

/// Loses what is told of the next message of a conversation. To be lifted once that was written: what becomes of a message is told once and
/// in no other way.
pub(crate) fn loss(customer: &str, account: &str, field: &str) -> Value {
    json!({"webhook": {"account": account, "customer": customer, "field": field}, "lose": true})
}

/// Doubles what is told, holds it back, bundles it or turns it round with others.
pub(crate) fn of_delivery(chance: &mut Chance, account: &str) -> Value {
    let mut fault = match chance.below(6) {
        0 | 1 => json!({"duplicate": 1 + chance.below(3)}),
        2 | 3 => json!({"reorder": 2 + chance.below(3)}),
        4 => json!({"batch": 2 + chance.below(4)}),
        _ => json!({"delay_ms": 100 + chance.below(3_000)}),
    };
    fault["webhook"] = json!({"account": account});
    fault
}

/// Loses a call of the embedder, or its answer, or spoils it.
pub(crate) fn of_call(chance: &mut Chance) -> Value {
    if chance.percent(50) {
        let mut fault = match chance.below(6) {
            0 => json!({"after_effect": true}),
            1 => json!({"drop": true}),
            2 => json!({"cut_body": true}),
            3 => json!({"html": true}),
            4 => json!({"half": true}),
            _ => json!({"answer": {"code": 2}}),
        };
        fault["match"] = json!({"method": "POST", "path": "/*/messages"});
        return fault;
    }
    let mut fault = match chance.below(7) {
        0 => json!({"drop": true}),
        1 => json!({"html": true}),
        2 => json!({"half": true}),
        3 => json!({"page": "empty"}),
        4 => json!({"page": "repeat"}),
        5 => json!({"page": "expired_cursor"}),
        _ => json!({"answer": {"code": 2}}),
    };
    fault["match"] = json!({"method": "GET", "path": "/**"});
    fault
}
