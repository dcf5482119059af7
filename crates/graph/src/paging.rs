//! Following pages by cursor.

use std::collections::{BTreeMap, BTreeSet};

use link_core::words::page::Cursor;
use link_core::words::raw::Raw;
use link_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use url::Url;

use crate::client::{Call, Client};
use crate::wire::Lenient;

/// How many pages are read of one list. Fifty thousand Pages would stand on so many; what is longer does not end.
const MOST_PAGES: u32 = 500;

/// One page of a list, its items untouched. What has no list of items is none: half an answer would be taken for an empty last page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Paged {
    pub(crate) data: Vec<Box<RawValue>>,
    #[serde(default)]
    pub(crate) paging: Option<Paging>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

impl Paging {
    /// Where the next page begins; `None` if there is none.
    ///
    /// The last page has cursors too, so `next` decides. Its address holds the token, so only its cursor is taken.
    pub(crate) fn after(&self) -> Option<Cursor> {
        let next = self.next.as_deref()?;
        let told = self.cursors.as_ref().and_then(|cursors| cursors.after.clone());
        let after = told.or_else(|| {
            let url = Url::parse(next).ok()?;
            url.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned())
        });
        after.filter(|after| !after.is_empty()).map(Cursor::new)
    }
}

impl<'de> Deserialize<'de> for Lenient<Paged> {
    /// Inside a node: what is none is not there.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).ok()))
    }
}

impl Paged {
    pub(crate) fn after(&self) -> Option<Cursor> {
        self.paging.as_ref()?.after()
    }
}

/// An item as it came, but for the addresses of further pages at any depth: they hold the token.
pub(crate) fn untouched(item: &RawValue) -> Raw {
    let stripped = item.get().contains("\"paging\"").then(|| without_paging(item)).flatten();
    Raw::from_value(stripped.as_deref().unwrap_or(item))
}

fn without_paging(item: &RawValue) -> Option<Box<RawValue>> {
    let inner = |value: Box<RawValue>| without_paging(&value).unwrap_or(value);
    match item.get().chars().next()? {
        '{' => {
            let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(item.get()).ok()?;
            let kept = members.into_iter().filter(|(name, _)| name != "paging").map(|(name, value)| (name, inner(value)));
            serde_json::value::to_raw_value(&kept.collect::<BTreeMap<_, _>>()).ok()
        }
        '[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(item.get()).ok()?;
            serde_json::value::to_raw_value(&items.into_iter().map(inner).collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// Reads a whole list, page by page. An empty page that has a next one is not the end; a page that leads to one already read is. A
/// list of more than [`MOST_PAGES`] is an error of kind [`Unrecognised`](ErrorKind::Unrecognised): half of it would be taken for all.
pub(crate) async fn all(client: &Client, call: impl Fn() -> Call + Sync) -> Result<Vec<Box<RawValue>>> {
    let mut items = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = call();
    for _ in 0..MOST_PAGES {
        let page: Paged = client.call(next).await?.json()?;
        let after = page.after();
        items.extend(page.data);
        let Some(after) = after else { return Ok(items) };
        if !seen.insert(after.as_str().to_owned()) {
            tracing::warn!("the platform's pages lead back to one that was read; taken for the end");
            return Ok(items);
        }
        next = call().query("after", after.as_str());
    }
    Err(Error::new(ErrorKind::Unrecognised, "read a list to its end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(json: &str) -> Option<String> {
        serde_json::from_str::<Paged>(json).unwrap().after().map(|cursor| cursor.as_str().to_owned())
    }

    #[test]
    fn the_last_page_ends_although_it_has_cursors() {
        assert_eq!(after(r#"{"data":[],"paging":{"cursors":{"before":"b","after":"a"}}}"#), None);
        assert_eq!(after(r#"{"data":[]}"#), None);
    }

    #[test]
    fn half_an_answer_is_no_empty_page() {
        assert!(serde_json::from_str::<Paged>("{}").is_err());
        assert!(serde_json::from_str::<Paged>(r#"{"paging":{}}"#).is_err());
        assert!(serde_json::from_str::<Lenient<Paged>>("{}").unwrap().0.is_none());
        assert!(serde_json::from_str::<Lenient<Paged>>(r#"{"data":[]}"#).unwrap().0.is_some());
    }

    #[test]
    fn what_is_kept_as_it_came_holds_no_address_of_a_further_page() {
        let next = "https://graph.facebook.com/v26.0/1/x?access_token=EAAB-secret&after=c";
        let told = format!(
            r#"{{"n":1.50,"messages":{{"data":[{{"a":{{"paging":{{"next":"{next}"}},"k":null}}}}],"paging":{{"next":"{next}"}}}}}}"#
        );
        let kept = |text: &str| untouched(&RawValue::from_string(text.to_owned()).unwrap()).as_str().to_owned();
        assert_eq!(kept(&told), r#"{"messages":{"data":[{"a":{"k":null}}]},"n":1.50}"#);
        assert_eq!(kept(r#"{"z":1, "a":[]}"#), r#"{"z":1, "a":[]}"#, "what leads nowhere is kept as it came");
    }

    #[test]
    fn of_the_next_address_only_the_cursor_is_taken_for_it_holds_the_token() {
        let next = "https://graph.facebook.com/v26.0/1/x?access_token=EAAB-secret&after=QVFI%3D&limit=2";
        assert_eq!(after(&format!(r#"{{"data":[],"paging":{{"next":"{next}"}}}}"#)).as_deref(), Some("QVFI="));
        assert_eq!(after(&format!(r#"{{"data":[],"paging":{{"cursors":{{"after":"c"}},"next":"{next}"}}}}"#)).as_deref(), Some("c"));
    }
}
