//! Reading a fault from JSON.

use serde::Deserialize;
use serde_json::Value;

use super::odds::Odds;
use super::turned::Turn;
use super::{About, Act, Mishap};
use crate::call::{Call, is_version};
use crate::graph::error::Refusal;
use crate::graph::{known, paging};

const LONGEST_PATTERN: usize = 1_000;
const ACTS: &str = "answer, drop, delay_ms, cut_body, after_effect, html, body, half, page";
const MISHAPS: &str = "duplicate, reorder, delay_ms, lose, batch";
const METHODS: [&str; 6] = ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"];

/// A fault that was understood.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Call(CallFault),
    Webhook(WebhookFault),
}

/// A fault of calls.
#[derive(Clone, Debug)]
pub(super) struct CallFault {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    /// Only calls that go on in a list, by a cursor.
    pub(super) further: bool,
    pub(super) skip: u32,
    pub(super) times: u32,
    pub(super) odds: Odds,
    pub(super) act: Act,
}

impl CallFault {
    /// Whether a call is one of those it is for.
    pub(super) fn fits(&self, call: &Call, path: &str) -> bool {
        self.method.as_ref().is_none_or(|method| *method == call.method.as_str())
            && self.path.as_ref().is_none_or(|pattern| fits(pattern, path))
            && (!self.further || ["after", "before"].iter().any(|name| call.text(name).is_some_and(|cursor| !cursor.is_empty())))
    }
}

/// A fault of notifications; without a mishap it collects `size` of them.
#[derive(Clone, Debug)]
pub(super) struct WebhookFault {
    pub(super) account: Option<String>,
    pub(super) field: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) times: u32,
    pub(super) odds: Odds,
    pub(super) mishap: Option<Mishap>,
    pub(super) size: usize,
    pub(super) batch: bool,
}

impl WebhookFault {
    /// Whether a notification is one of those it is for.
    pub(super) fn fits(&self, about: About<'_>) -> bool {
        let named = |told: &Option<String>, is: &str| told.as_ref().is_none_or(|told| told == is);
        named(&self.account, about.account)
            && named(&self.field, about.field)
            && self.customer.as_ref().is_none_or(|told| about.customer == Some(told))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldCall {
    r#match: ToldMatch,
    #[serde(default)]
    skip: u32,
    #[serde(default = "once")]
    times: u32,
    answer: Option<ToldAnswer>,
    drop: Option<bool>,
    delay_ms: Option<u64>,
    cut_body: Option<bool>,
    after_effect: Option<bool>,
    html: Option<bool>,
    body: Option<String>,
    half: Option<bool>,
    page: Option<Turn>,
    chance: Option<f64>,
    seed: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldMatch {
    method: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldAnswer {
    status: Option<u16>,
    code: Option<i64>,
    subcode: Option<i64>,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldWebhook {
    webhook: ToldSubject,
    #[serde(default = "once")]
    times: u32,
    duplicate: Option<u32>,
    reorder: Option<usize>,
    delay_ms: Option<u64>,
    lose: Option<bool>,
    batch: Option<usize>,
    chance: Option<f64>,
    seed: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldSubject {
    account: Option<String>,
    field: Option<String>,
    /// The world's own name, such as `c1`.
    customer: Option<String>,
}

fn once() -> u32 {
    1
}

/// Reads a fault; the error says what was expected.
pub(super) fn read(told: &Value) -> Result<Plan, String> {
    if told.get("webhook").is_some() {
        let told = serde_json::from_value(told.clone())
            .map_err(|error| format!("a webhook fault is {{\"webhook\":{{\"account\",\"field\",\"customer\"}},\"times\",\"chance\",\"seed\"}} with one of {MISHAPS}: {error}"))?;
        return webhook(told).map(Plan::Webhook);
    }
    let told = serde_json::from_value(told.clone()).map_err(|error| {
        format!("a fault is {{\"match\":{{\"method\",\"path\"}},\"skip\",\"times\",\"chance\",\"seed\"}} with one of {ACTS}: {error}")
    })?;
    call(told).map(Plan::Call)
}

fn call(told: ToldCall) -> Result<CallFault, String> {
    judge(&told)?;
    let acts = [
        told.answer.map(|answer| Act::Answer(refusal(&answer))),
        told.drop.filter(|it| *it).map(|_| Act::Drop),
        told.delay_ms.map(Act::Delay),
        told.cut_body.filter(|it| *it).map(|_| Act::CutBody),
        told.after_effect.filter(|it| *it).map(|_| Act::AfterEffect),
        told.html.filter(|it| *it).map(|_| Act::Html),
        told.body.map(Act::Body),
        told.half.filter(|it| *it).map(|_| Act::Half),
        told.page.map(turned),
    ];
    Ok(CallFault {
        method: told.r#match.method.map(|method| method.to_uppercase()),
        path: told.r#match.path,
        further: told.page == Some(Turn::ExpiredCursor),
        skip: told.skip,
        times: told.times,
        odds: Odds::read(told.chance, told.seed)?,
        act: only(acts, ACTS)?,
    })
}

/// A cursor that expired is refused as one that never was.
fn turned(turn: Turn) -> Act {
    if turn == Turn::ExpiredCursor { Act::Answer(paging::wrong_cursor()) } else { Act::Turn(turn, 0) }
}

/// What could never fire, or not as it says.
fn judge(told: &ToldCall) -> Result<(), String> {
    let path = told.r#match.path.as_deref();
    if path.is_some_and(|path| path.is_empty() || path.len() > LONGEST_PATTERN) {
        return Err(format!("a fault's path has 1 to {LONGEST_PATTERN} letters; without a path it fits every call"));
    }
    if path.is_some_and(|path| is_version(path.trim_start_matches('/').split('/').next().unwrap_or_default())) {
        return Err("a fault's path is written without the version, such as /me/messages".to_owned());
    }
    if told.r#match.method.as_ref().is_some_and(|method| !METHODS.contains(&method.to_uppercase().as_str())) {
        return Err(format!("a fault's method is one of {}", METHODS.join(", ")));
    }
    if told.times == 0 {
        return Err("a fault's times is at least 1".to_owned());
    }
    match &told.answer {
        Some(answer) if answer.status.is_some_and(|status| !(200..600).contains(&status)) => {
            Err("an answer's status is from 200 to 599".to_owned())
        }
        Some(answer) if answer.status.is_none() && answer.code.is_none() => Err("an answer has a code or a status".to_owned()),
        _ => Ok(()),
    }
}

fn webhook(told: ToldWebhook) -> Result<WebhookFault, String> {
    let wanted = [
        told.duplicate.map(|n| (Some(Mishap::Duplicate(n)), 0, false)),
        told.reorder.map(|n| (None, n, false)),
        told.delay_ms.map(|ms| (Some(Mishap::Delay(ms)), 0, false)),
        told.lose.filter(|it| *it).map(|_| (Some(Mishap::Lose), 0, false)),
        told.batch.map(|n| (None, n, true)),
    ];
    let (mishap, size, batch) = only(wanted, MISHAPS)?;
    if told.times == 0 {
        return Err("a fault's times is at least 1".to_owned());
    }
    if told.duplicate.is_some_and(|n| !(1..=100).contains(&n)) {
        return Err("duplicate takes a number from 1 to 100, of how many more there are".to_owned());
    }
    if mishap.is_none() && !(2..=1_000).contains(&size) {
        return Err("reorder and batch take a number from 2 to 1000".to_owned());
    }
    let ToldSubject { account, field, customer } = told.webhook;
    let odds = Odds::read(told.chance, told.seed)?;
    Ok(WebhookFault { account, field, customer, times: told.times, odds, mishap, size, batch })
}

fn only<T, const N: usize>(options: [Option<T>; N], names: &str) -> Result<T, String> {
    let mut given = options.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(format!("a fault has exactly one of {names}")),
    }
}

fn refusal(told: &ToldAnswer) -> Refusal {
    let mut refusal = known::refusal(told.code.unwrap_or(2), told.subcode);
    refusal.retry_after = told.retry_after;
    refusal.planted = true;
    if let Some(status) = told.status.filter(|status| (200..600).contains(status)) {
        refusal.status = status;
    }
    refusal
}

/// Whether a path fits a pattern: `*` is anything but a slash, `**` anything at all.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_matches('/');
    let path = path.trim_matches('/');
    glob(pattern.as_bytes(), path.as_bytes())
}

/// Follows every place that the pattern so far can end at, so that no pattern takes long.
fn glob(pattern: &[u8], path: &[u8]) -> bool {
    let mut ends = vec![false; path.len() + 1];
    ends[0] = true;
    let mut rest = pattern;
    while let Some((first, more)) = rest.split_first() {
        let double = *first == b'*' && more.first() == Some(&b'*');
        rest = if double { &more[1..] } else { more };
        if *first == b'*' {
            for at in 0..path.len() {
                ends[at + 1] |= ends[at] && (double || path[at] != b'/');
            }
        } else {
            for at in (0..path.len()).rev() {
                ends[at + 1] = ends[at] && path[at] == *first;
            }
            ends[0] = false;
        }
    }
    ends[path.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stays_within_its_segment() {
        assert!(fits("/*/messages", "/me/messages"));
        assert!(fits("me/messages/", "/me/messages"));
        assert!(!fits("/*/messages", "/a/b/messages"));
        assert!(fits("/**/messages", "/a/b/messages"));
        assert!(fits("/**", "/"));
    }

    #[test]
    fn a_fault_does_exactly_one_thing() {
        let one = json!({"match": {"path": "/me"}, "drop": true});
        let two = json!({"match": {"path": "/me"}, "drop": true, "delay_ms": 5});
        let none = json!({"match": {"path": "/me"}, "drop": false});
        assert!(read(&one).is_ok());
        assert!(read(&two).is_err() && read(&none).is_err());
        assert!(read(&json!({"webhook": {}, "batch": 1})).is_err());
        assert!(read(&json!([])).is_err() && read(&json!({"webhok": {}})).is_err());
    }
}
