//! Planted faults: what goes wrong, for which calls or webhooks, and how often.

mod odds;
pub(crate) mod plan;
pub(crate) mod turned;

use serde_json::{Value, json};

use crate::call::Call;
use crate::graph::error::Refusal;
use plan::{Plan, WebhookFault};
use turned::Turn;

/// What a fault does to a call.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Answer(Refusal),
    Drop,
    Delay(u64),
    CutBody,
    AfterEffect,
    /// Nothing is done: somebody in front of the platform answers with a page.
    Html,
    /// The work is done, and this is the answer.
    Body(String),
    /// The work is done, and the answer's JSON ends in its middle.
    Half,
    /// The answer is a page of a list, which is turned for the so-many-th time.
    Turn(Turn, u32),
}

/// The first half of a text.
pub(crate) fn halved(text: &str) -> &str {
    let half = text.len() / 2;
    let end = (0..=half).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    &text[..end]
}

/// What a notification is about, as far as faults tell notifications apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) account: &'a str,
    pub(crate) field: &'a str,
    /// The world's own name of the person, such as `c1`, if it is about one.
    pub(crate) customer: Option<&'a str>,
}

/// What a fault does to a webhook notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It goes out so many times more.
    Duplicate(u32),
    /// It is collected under this fault; a full collection goes out in one go.
    Collect { fault: u64 },
    /// It goes out that much later.
    Delay(u64),
    /// It never goes out.
    Lose,
}

#[derive(Clone, Debug)]
struct Planted {
    id: u64,
    told: Value,
    plan: Plan,
    matched: u32,
    fired: u32,
}

/// All faults of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    last: u64,
    planted: Vec<Planted>,
}

impl Faults {
    /// Plants a fault; returns its id, or what was expected instead.
    pub(crate) fn plant(&mut self, told: Value) -> Result<u64, String> {
        if !told.is_object() {
            return Err("a fault is a JSON object".to_owned());
        }
        let plan = plan::read(&told)?;
        self.last += 1;
        self.planted.push(Planted { id: self.last, told, plan, matched: 0, fired: 0 });
        Ok(self.last)
    }

    /// Takes one fault away; whether it was there.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.planted.len();
        self.planted.retain(|fault| fault.id != id);
        self.planted.len() < before
    }

    /// Takes all away.
    pub(crate) fn clear(&mut self) {
        self.planted.clear();
    }

    /// All faults, with how often each matched and fired.
    pub(crate) fn list(&self) -> Value {
        let all = self.planted.iter().map(|fault| {
            let mut shown = fault.told.clone();
            shown["id"] = json!(fault.id.to_string());
            shown["matched"] = json!(fault.matched);
            shown["fired"] = json!(fault.fired);
            shown
        });
        json!({"data": all.collect::<Vec<_>>()})
    }

    /// What a call meets.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Act> {
        let path = call.path();
        for fault in &mut self.planted {
            let Plan::Call(planned) = &fault.plan else { continue };
            if fault.fired >= planned.times || !planned.fits(call, &path) {
                continue;
            }
            fault.matched += 1;
            if fault.matched > planned.skip && planned.odds.favour(fault.matched) {
                fault.fired += 1;
                return Some(match &planned.act {
                    Act::Turn(turn, _) => Act::Turn(*turn, fault.fired),
                    act => act.clone(),
                });
            }
        }
        None
    }

    /// What a notification meets. Collections fire when they are full; see [`Faults::collected`].
    pub(crate) fn strike_webhook(&mut self, about: About<'_>) -> Option<Mishap> {
        for fault in &mut self.planted {
            let Plan::Webhook(planned) = &fault.plan else { continue };
            if fault.fired >= planned.times || !planned.fits(about) {
                continue;
            }
            fault.matched += 1;
            if !planned.odds.favour(fault.matched) {
                continue;
            }
            if planned.mishap.is_none() {
                return Some(Mishap::Collect { fault: fault.id });
            }
            fault.fired += 1;
            return planned.mishap;
        }
        None
    }

    /// Whether any fault waits for the notifications of a single customer.
    pub(crate) fn tell_customers_apart(&self) -> bool {
        self.planted.iter().any(|fault| matches!(&fault.plan, Plan::Webhook(WebhookFault { customer: Some(_), .. })))
    }

    /// How many notifications a collecting fault waits for, and whether it sends them as one.
    pub(crate) fn collection(&self, id: u64) -> Option<(usize, bool)> {
        let fault = self.planted.iter().find(|fault| fault.id == id)?;
        match &fault.plan {
            Plan::Webhook(WebhookFault { size, batch, .. }) => Some((*size, *batch)),
            Plan::Call(_) => None,
        }
    }

    /// A collection went out.
    pub(crate) fn collected(&mut self, id: u64) {
        if let Some(fault) = self.planted.iter_mut().find(|fault| fault.id == id) {
            fault.fired += 1;
        }
    }
}
