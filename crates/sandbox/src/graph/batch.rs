//! `POST /` with `batch`: several calls in one, each answered as if it had come alone.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::{Answered, call_once};
use crate::call::Call;
use crate::faults::{Act, halved, turned};
use crate::server::{BUSY, Shared};

const MOST: usize = 50;
/// Results of earlier calls are filled in up to this length.
const LONGEST: usize = 1024 * 1024;

/// Whether a call is a batch.
pub(super) fn is_batch(call: &Call) -> bool {
    call.segments.is_empty() && call.method == Method::POST && call.params.contains_key("batch")
}

/// Runs a batch in order.
pub(super) async fn run(shared: &Shared, call: &Call) -> Result<Value, Refusal> {
    let items = call.json("batch").and_then(|batch| batch.as_array().cloned());
    let items = items.ok_or_else(|| Refusal::parameter("Param batch must be an array."))?;
    if items.is_empty() {
        return Err(Refusal::parameter("Param batch must name at least one request"));
    }
    if items.len() > MOST {
        return Err(Refusal::parameter(&format!("Too many requests in batch message. Maximum batch size is {MOST}")));
    }
    if call.token.is_none() && !items.iter().any(has_token) {
        return Err(Refusal::new(104, "An access token is required to request this resource."));
    }
    let headers = call.text("include_headers").is_none_or(|told| told != "false" && told != "0");
    let mut named: BTreeMap<String, Value> = BTreeMap::new();
    let mut failed: Vec<String> = Vec::new();
    let mut answers = Vec::new();
    for item in &items {
        let name = item["name"].as_str().map(str::to_owned);
        let needed = item["depends_on"].as_str().is_some_and(|needed| failed.iter().any(|it| it == needed));
        let answered = if needed { None } else { one(shared, call, item, &named).await };
        let Some(answered) = answered else {
            failed.extend(name);
            answers.push(Value::Null);
            continue;
        };
        let succeeded = answered.status == 200;
        let omitted = succeeded && name.is_some() && item["omit_response_on_success"].as_bool().unwrap_or(false);
        match name {
            Some(name) if succeeded => {
                named.insert(name, answered.body.clone());
            }
            Some(name) => failed.push(name),
            None => {}
        }
        answers.push(if omitted { Value::Null } else { told(&answered, headers) });
    }
    Ok(Value::Array(answers))
}

/// Whether one of the calls brings a token of its own.
fn has_token(item: &Value) -> bool {
    let within = |name: &str| item[name].as_str().is_some_and(|text| text.contains("access_token="));
    item["access_token"].is_string() || item["body"]["access_token"].is_string() || within("relative_url") || within("body")
}

fn told(answered: &Answered, headers: bool) -> Value {
    let body = match &answered.body {
        // What a fault made of it. The platform itself never answers with a bare string.
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    let mut told = json!({"code": answered.status, "body": body});
    if headers {
        let named = answered.headers.iter().map(|(name, value)| json!({"name": name, "value": value}));
        told["headers"] = json!(named.collect::<Vec<_>>());
    }
    told
}

/// Does one of the calls, unless a planted fault has it. An answer that is lost is `null`, as one that came too late.
async fn one(shared: &Shared, whole: &Call, item: &Value, named: &BTreeMap<String, Value>) -> Option<Answered> {
    let call = match part(whole, item, named) {
        Ok(call) => call,
        Err(refusal) => return Some(super::answered_refusal(shared, whole, &refusal)),
    };
    let fault = shared.world().faults.strike(&call);
    match fault {
        Some(Act::Drop) => return None,
        Some(Act::Answer(refusal)) => return Some(super::answered_refusal(shared, &call, &refusal)),
        Some(Act::Html) => return Some(Answered { status: 200, headers: Vec::new(), body: Value::from(BUSY) }),
        Some(Act::Delay(wait)) => tokio::time::sleep(Duration::from_millis(wait)).await,
        _ => {}
    }
    let mut answered = call_once(shared, &call).await;
    match fault {
        Some(Act::AfterEffect | Act::CutBody) => return None,
        Some(Act::Body(body)) => answered.body = Value::from(body),
        Some(Act::Half) => answered.body = Value::from(halved(&answered.body.to_string())),
        Some(Act::Turn(turn, time)) => turned::turn(turn, time, &call, &mut answered.body),
        _ => {}
    }
    Some(answered)
}

/// One of the batch's calls, as if it had come alone.
fn part(whole: &Call, item: &Value, named: &BTreeMap<String, Value>) -> Result<Call, Refusal> {
    let method = item["method"].as_str().unwrap_or("GET").to_uppercase();
    let method: Method = method.parse().map_err(|_| Refusal::parameter("Param batch: method is not valid"))?;
    let relative = item["relative_url"].as_str().ok_or_else(|| Refusal::parameter("Param batch: relative_url is required"))?;
    let relative = filled(relative, named);
    let (path, query) = relative.split_once('?').unwrap_or((relative.as_str(), ""));
    let mut params = Map::new();
    Call::put_form(&mut params, query);
    match &item["body"] {
        Value::String(body) => Call::put_form(&mut params, &filled(body, named)),
        Value::Object(body) => params.extend(body.clone()),
        _ => {}
    }
    let files = item["attached_files"].as_str().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    for file in files {
        let attached = whole.params.get(file).ok_or_else(|| Refusal::parameter(&format!("File {file} has not been attached")))?;
        params.insert("filedata".to_owned(), attached.clone());
    }
    let own = item["access_token"].as_str().map(str::to_owned);
    Ok(whole.part(method, path, params, own))
}

/// Puts results of earlier calls where `{result=name:$.data.*.id}` asks for them.
fn filled(text: &str, named: &BTreeMap<String, Value>) -> String {
    let escaped = text.contains("%7Bresult%3D");
    let text = if escaped { text.replace("%7Bresult%3D", "{result=").replace("%3A%24", ":$").replace("%7D", "}") } else { text.to_owned() };
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("{result=").filter(|_| whole.len() < LONGEST) {
        let Some(end) = rest[start..].find('}') else { break };
        whole.push_str(&rest[..start]);
        let told = &rest[start + 8..start + end];
        let (name, path) = told.split_once(':').unwrap_or((told, "$"));
        let found = named.get(name).map(|value| picked(value, path)).unwrap_or_default();
        whole.push_str(&found.join(","));
        rest = &rest[start + end + 1..];
    }
    whole.push_str(rest);
    whole
}

/// The values at a path such as `$.data.*.id` or `$.data[0].id`.
fn picked(value: &Value, path: &str) -> Vec<String> {
    let path = path.trim_start_matches('$').replace('[', ".").replace(']', "");
    let mut found = vec![value];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        found = found
            .into_iter()
            .flat_map(|value| match (step, value) {
                ("*", Value::Array(items)) => items.iter().collect::<Vec<_>>(),
                ("*", Value::Object(fields)) => fields.values().collect(),
                (step, Value::Array(items)) => match step.parse::<usize>() {
                    Ok(place) => items.get(place).into_iter().collect(),
                    Err(_) => items.iter().filter_map(|item| item.get(step)).collect(),
                },
                (step, value) => value.get(step).into_iter().collect(),
            })
            .collect();
    }
    found.into_iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_earlier_calls_are_filled_in() {
        let named = BTreeMap::from([("list".to_owned(), json!({"data": [{"id": "1"}, {"id": "2"}], "n": 3}))]);
        assert_eq!(filled("?ids={result=list:$.data.*.id}", &named), "?ids=1,2");
        assert_eq!(filled("{result=list:$.data[1].id}/x", &named), "2/x");
        assert_eq!(filled("n=%7Bresult%3Dlist%3A%24.n%7D", &named), "n=3");
        assert_eq!(filled("a={result=none:$.id}&b={result=", &named), "a=&b={result=", "what is not there is empty, what is broken stays");
    }
}
