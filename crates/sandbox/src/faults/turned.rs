//! Lists whose pages do not follow each other as a reader hopes: nothing on a page, the same again, the beginning again.

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::call::Call;
use crate::graph::paging;

/// What a page of a list is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Turn {
    /// Nothing is on it, and the next one has what should have been.
    Empty,
    /// The next one tells the same again.
    Repeat,
    /// The next one is the first.
    Cycle,
    /// It is asked for with a cursor that holds no more.
    ExpiredCursor,
}

/// Changes the page that a call was answered with. Each time, the cursor to the page that comes again is another one; that to the
/// beginning is always the same. What is no list, or one with nothing in it, stays as it is.
pub(crate) fn turn(turn: Turn, time: u32, call: &Call, body: &mut Value) {
    let Some(first) = body["paging"]["cursors"]["before"].as_str() else { return };
    let cursor = match turn {
        Turn::Empty | Turn::Repeat => paging::again(first, time),
        Turn::Cycle => Some(paging::beginning()),
        // Its call is refused, and there is no page.
        Turn::ExpiredCursor => None,
    };
    let Some(cursor) = cursor else { return };
    let next = link(call, body["paging"]["next"].as_str(), &cursor);
    if turn == Turn::Empty {
        body["data"] = json!([]);
    }
    body["paging"]["cursors"]["after"] = json!(cursor);
    body["paging"]["next"] = json!(next);
}

/// The link to the page behind a cursor: what the page's own link says besides it, or what the call said.
fn link(call: &Call, known: Option<&str>, cursor: &str) -> String {
    let version = call.version.as_ref().map(|version| format!("/{version}")).unwrap_or_default();
    let own = format!("{}{version}{}", call.base, call.path());
    let Ok(mut url) = Url::parse(known.unwrap_or(&own)) else { return own };
    let mut told: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if known.is_none() {
        told.extend(call.params.keys().filter_map(|name| Some((name.clone(), call.text(name)?))));
        told.extend(call.token.clone().map(|token| ("access_token".to_owned(), token)));
    }
    told.retain(|(name, _)| !matches!(name.as_str(), "after" | "before"));
    told.dedup_by(|one, other| one.0 == other.0);
    url.query_pairs_mut().clear().extend_pairs(told).append_pair("after", cursor);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::server::Origin;

    fn call(uri: &str) -> Call {
        Call::read(Origin::Facebook, Method::GET, &uri.parse().unwrap(), &HeaderMap::new(), &bytes::Bytes::new())
    }

    fn page() -> Value {
        let cursor = paging::encode((5, 3));
        json!({"data": [{"id": "1"}], "paging": {"cursors": {"before": cursor, "after": cursor}}})
    }

    #[test]
    fn the_last_page_of_a_list_leads_on_as_well() {
        let call = call("/v26.0/1/conversations?fields=id&limit=2&after=x&access_token=t");
        let mut told = page();
        turn(Turn::Empty, 1, &call, &mut told);
        let after = told["paging"]["cursors"]["after"].as_str().unwrap();
        let next = told["paging"]["next"].as_str().unwrap();
        assert_eq!(told["data"], json!([]));
        assert!(next.starts_with("http://127.0.0.1/v26.0/1/conversations?fields=id&limit=2&access_token=t&after="), "{next}");
        assert!(next.ends_with(after) && next.matches("after=").count() == 1, "{next}");
    }

    #[test]
    fn a_page_that_comes_again_has_another_cursor_each_time_and_the_beginning_always_the_same() {
        let after = |turned: Turn, time| {
            let mut told = page();
            turn(turned, time, &call("/1/conversations"), &mut told);
            told["paging"]["cursors"]["after"].clone()
        };
        assert_ne!(after(Turn::Repeat, 1), after(Turn::Repeat, 2));
        assert_eq!(after(Turn::Cycle, 1), after(Turn::Cycle, 2));
    }

    #[test]
    fn what_is_no_list_stays_as_it_is() {
        for told in [json!({"id": "1"}), json!({"data": []}), json!([])] {
            let mut turned = told.clone();
            turn(Turn::Cycle, 1, &call("/1"), &mut turned);
            assert_eq!(turned, told);
        }
    }
}
