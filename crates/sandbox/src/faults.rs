//! Planted faults: what goes wrong, for which calls or webhooks, and how often.

pub(crate) mod plan;

use serde_json::{Value, json};

use crate::call::Call;
use crate::graph::error::Refusal;
use plan::{CallFault, Plan, WebhookFault};

/// What a fault does to a call.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Answer(Refusal),
    Drop,
    Delay(u64),
    CutBody,
    AfterEffect,
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
            let Plan::Call(CallFault { method, path: pattern, skip, times, act }) = &fault.plan else {
                continue;
            };
            let method_fits = method.as_ref().is_none_or(|method| *method == call.method.as_str());
            if !method_fits || !pattern.as_ref().is_none_or(|pattern| plan::fits(pattern, &path)) {
                continue;
            }
            if fault.fired >= *times {
                continue;
            }
            fault.matched += 1;
            if fault.matched > *skip {
                fault.fired += 1;
                return Some(act.clone());
            }
        }
        None
    }

    /// What a notification meets. Collections fire when they are full; see [`Faults::collected`].
    pub(crate) fn strike_webhook(&mut self, account: &str, field: &str) -> Option<Mishap> {
        for fault in &mut self.planted {
            let Plan::Webhook(WebhookFault { account: told_account, field: told_field, times, mishap, .. }) = &fault.plan else {
                continue;
            };
            let fits = told_account.as_ref().is_none_or(|told| told == account) && told_field.as_ref().is_none_or(|told| told == field);
            if !fits || fault.fired >= *times {
                continue;
            }
            fault.matched += 1;
            if mishap.is_none() {
                return Some(Mishap::Collect { fault: fault.id });
            }
            fault.fired += 1;
            return *mishap;
        }
        None
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
