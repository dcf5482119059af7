//! A row of the tables: how an event comes about, and as what it arrives.

use serde_json::{Value, json};

/// The fields of messaging items by their key, on the object of a Page and on that of an Instagram account.
const FIELDS: [(&str, &str, &str); 21] = [
    ("message", "messages", "messages"),
    ("message_edit", "message_edits", "message_edit"),
    ("reaction", "message_reactions", "message_reactions"),
    ("delivery", "message_deliveries", ""),
    ("read", "message_reads", "messaging_seen"),
    ("postback", "messaging_postbacks", "messaging_postbacks"),
    ("referral", "messaging_referrals", "messaging_referral"),
    ("optin", "messaging_optins", "messaging_optins"),
    ("account_linking", "messaging_account_linking", ""),
    ("pass_thread_control", "messaging_handovers", "messaging_handover"),
    ("take_thread_control", "messaging_handovers", "messaging_handover"),
    ("request_thread_control", "messaging_handovers", "messaging_handover"),
    ("app_roles", "messaging_handovers", ""),
    ("policy_enforcement", "messaging_policy_enforcement", "messaging_policy_enforcement"),
    ("response_feedback", "response_feedback", "response_feedback"),
    ("messaging_feedback", "messaging_feedback", ""),
    ("messaging_customer_information", "messaging_customer_information", ""),
    ("order", "send_cart", ""),
    ("game_play", "messaging_game_plays", ""),
    ("payment", "messaging_payments", ""),
    ("checkout_update", "messaging_checkout_updates", ""),
];

/// What has to be done. In paths and bodies `$ACCOUNT`, `$CUSTOMER` and `$NODE` stand for those of the road, `$IN` and
/// `$OUT` for a message of either side, `$ID` for what the last Graph call made.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// One of the sandbox's own calls.
    Own(&'static str, Value),
    /// A call of the app, to the host of the road.
    Graph(&'static str, Value),
    /// The same, of another app.
    Rival(&'static str, Value),
}

/// The channel, and what is in it.
#[derive(Clone, Debug)]
pub(crate) enum Golden {
    Item(Value),
    Standby(Value),
    Change(&'static str, Value),
    Flat(&'static str, Value),
    /// Two entries in one notification.
    Batch(Value),
    /// An entry as a whole.
    Entry(&'static str, Value),
}

impl Golden {
    pub(crate) fn channel(&self) -> &'static str {
        match self {
            Self::Item(_) | Self::Batch(_) => "messaging",
            Self::Standby(_) => "standby",
            Self::Change(..) => "changes",
            Self::Flat(..) => "flat",
            Self::Entry(channel, _) => channel,
        }
    }

    /// The field under which it goes out.
    pub(crate) fn field(&self, object: &str) -> &'static str {
        match self {
            Self::Item(item) | Self::Batch(item) if object == "page" && item["message"]["is_echo"] == "true" => "message_echoes",
            Self::Item(item) | Self::Batch(item) => {
                let known = FIELDS.iter().find(|(key, ..)| item.get(key).is_some());
                known.map_or("messaging_pre_checkouts", |(_, page, instagram)| if object == "page" { page } else { instagram })
            }
            Self::Standby(_) => "standby",
            Self::Change(field, _) | Self::Flat(field, _) => field,
            Self::Entry(..) => "messages",
        }
    }

    /// The whole body.
    pub(crate) fn body(&self, object: &str) -> Value {
        let entries = match self {
            Self::Item(item) => vec![json!({"id": "ACCOUNT", "time": "ms", "messaging": [item]})],
            Self::Standby(item) => vec![json!({"id": "ACCOUNT", "time": "ms", "standby": [item]})],
            Self::Change(field, value) => vec![json!({"id": "ACCOUNT", "time": "s", "changes": [{"field": field, "value": value}]})],
            Self::Flat(field, value) => vec![json!({"id": "ACCOUNT", "time": "s", "field": field, "value": value})],
            Self::Batch(item) => vec![json!({"id": "ACCOUNT", "time": "ms", "messaging": [item]}); 2],
            Self::Entry(_, entry) => vec![entry.clone()],
        };
        json!({"object": object, "entry": entries})
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) golden: Golden,
    pub(crate) steps: Vec<Step>,
    pub(crate) quirks: Value,
    pub(crate) at: Option<&'static str>,
}

impl Row {
    pub(crate) fn new(name: &'static str, golden: Golden) -> Self {
        Self { name, golden, steps: Vec::new(), quirks: json!({}), at: None }
    }

    pub(crate) fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The customer writes.
    pub(crate) fn writes(self, body: Value) -> Self {
        self.step(Step::Own("customers/c1/messages", to(body)))
    }

    /// The customer does something else.
    pub(crate) fn acts(self, body: Value) -> Self {
        self.step(Step::Own("customers/c1/actions", to(body)))
    }

    /// The event is asked for.
    pub(crate) fn told(self, mut more: Value) -> Self {
        more["event"] = json!(self.name);
        more["customer"] = json!("c1");
        self.step(Step::Own("events", to(more)))
    }

    /// Conversations go to this app.
    pub(crate) fn routed(self, app: &str) -> Self {
        let seed = json!({
            "pages": [{"id": "3000000000000001", "default_app": app}],
            "instagram": [{"id": "17841400000000001", "default_app": app}],
        });
        self.step(Step::Own("seed", seed))
    }

    /// The app sends something.
    pub(crate) fn sends(self, message: &Value) -> Self {
        self.step(Step::Graph(
            "/$NODE/messages",
            json!({"recipient": {"id": "$CUSTOMER"}, "messaging_type": "RESPONSE", "message": message}),
        ))
    }

    pub(crate) fn quirk(mut self, name: &str, word: &str) -> Self {
        self.quirks[name] = json!(word);
        self
    }

    pub(crate) fn at(mut self, at: &'static str) -> Self {
        self.at = Some(at);
        self
    }
}

fn to(mut body: Value) -> Value {
    body["to"] = json!("$ACCOUNT");
    body
}

fn between(sender: &str, recipient: &str, told: Value) -> Value {
    let mut item = told;
    item["sender"] = json!({"id": sender});
    item["recipient"] = json!({"id": recipient});
    item["timestamp"] = json!("ms");
    item
}

/// A messaging item from the customer.
pub(crate) fn item(told: Value) -> Golden {
    Golden::Item(between("CUSTOMER", "ACCOUNT", told))
}

/// The same, heard in passing.
pub(crate) fn standby(told: Value) -> Golden {
    Golden::Standby(between("CUSTOMER", "ACCOUNT", told))
}

/// A message from the customer; it has an id in any case.
pub(crate) fn message(mut told: Value) -> Golden {
    told["mid"] = json!("string");
    item(json!({"message": told}))
}

/// A message with one attachment.
pub(crate) fn attached(kind: &str, payload: &Value) -> Golden {
    message(json!({"attachments": [{"type": kind, "payload": payload}]}))
}

/// A message from the account.
pub(crate) fn echo(mut told: Value) -> Value {
    told["mid"] = json!("string");
    told["is_echo"] = json!("true");
    between("ACCOUNT", "CUSTOMER", json!({"message": told}))
}
