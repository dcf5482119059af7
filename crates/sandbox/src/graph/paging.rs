//! Pages of a list, and the cursors between them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

use super::error::Refusal;
use super::fields::Field;
use crate::call::Call;

const USUAL: usize = 25;
const MOST: usize = 100;

/// Which stretch of a list is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    limit: usize,
    after: Option<Key>,
    before: Option<Key>,
}

/// Where an item stands in its list, which is sorted by falling keys. It stays true when the list moves on.
pub(crate) type Key = (i64, u64);

impl Window {
    /// From the call's own parameters.
    pub(crate) fn of_call(call: &Call) -> Result<Self, Refusal> {
        Self::read(|name| call.text(name))
    }

    /// From a field's arguments.
    pub(crate) fn of_field(field: &Field) -> Result<Self, Refusal> {
        Self::read(|name| field.arg(name).map(str::to_owned))
    }

    fn read(param: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let limit = match param("limit") {
            None => USUAL,
            Some(text) => text.parse::<usize>().map_err(|_| Refusal::parameter("Param limit must be a positive integer"))?.clamp(1, MOST),
        };
        let cursor = |name: &str| match param(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => decode(&text).map(Some).ok_or_else(wrong_cursor),
        };
        Ok(Self { limit, after: cursor("after")?, before: cursor("before")? })
    }

    /// Cuts the stretch out of a list sorted by falling keys.
    pub(crate) fn cut<T>(&self, items: Vec<(Key, T)>) -> Stretch<T> {
        let all = items.len();
        let mut from = 0;
        let mut until = all;
        if let Some(after) = self.after {
            from = items.partition_point(|(key, _)| *key >= after);
        } else if let Some(before) = self.before {
            until = items.partition_point(|(key, _)| *key > before);
            from = until.saturating_sub(self.limit);
        }
        until = until.min(from + self.limit);
        let items: Vec<_> = items.into_iter().skip(from).take(until - from).collect();
        Stretch { earlier: from > 0, more: until < all, limit: self.limit, items }
    }

    /// The same of a list that can be entered anywhere, without looking at the rest of it: `down` walks from below a key
    /// (or from the top) to lower ones, `up` from a key, itself included, to higher ones.
    pub(crate) fn walk<T, D, U>(&self, down: impl Fn(Option<Key>) -> D, up: impl Fn(Key) -> U) -> Stretch<T>
    where
        D: Iterator<Item = (Key, T)>,
        U: Iterator<Item = (Key, T)>,
    {
        let (items, earlier, more): (Vec<_>, bool, bool) = match (self.after, self.before) {
            (None, Some(before)) => {
                let mut above = up(next(before));
                let mut items: Vec<_> = above.by_ref().take(self.limit).collect();
                items.reverse();
                (items, above.next().is_some(), down(Some(next(before))).next().is_some())
            }
            (after, _) => {
                let mut below = down(after);
                let items = below.by_ref().take(self.limit).collect();
                (items, after.is_some_and(|after| up(after).next().is_some()), below.next().is_some())
            }
        };
        Stretch { items, earlier, more, limit: self.limit }
    }
}

/// The key that follows right above.
fn next(key: Key) -> Key {
    (key.0, key.1.saturating_add(1))
}

/// A stretch of a list.
#[derive(Debug)]
pub(crate) struct Stretch<T> {
    pub(crate) items: Vec<(Key, T)>,
    earlier: bool,
    more: bool,
    limit: usize,
}

impl<T> Stretch<T> {
    /// The list's envelope: each item told by `told`, cursors, and links where there is more.
    pub(crate) fn told(self, link: &Link<'_>, mut told: impl FnMut(T) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
        let (Some(first), Some(last)) = (self.items.first().map(|it| it.0), self.items.last().map(|it| it.0)) else {
            return Ok(json!({"data": []}));
        };
        let data: Vec<_> = self.items.into_iter().map(|(_, item)| told(item)).collect::<Result<_, _>>()?;
        let (before, after) = (encode(first), encode(last));
        let mut paging = json!({"cursors": {"before": before, "after": after}});
        if self.more {
            paging["next"] = json!(link.to(self.limit, "after", &after));
        }
        if self.earlier {
            paging["previous"] = json!(link.to(self.limit, "before", &before));
        }
        Ok(json!({"data": data, "paging": paging}))
    }
}

/// Where the links of a list lead.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) call: &'a Call,
    pub(crate) version: &'a str,
    /// The edge's own path, such as `/123/messages`.
    pub(crate) path: String,
    /// The fields of the items, when the edge was reached by expansion.
    pub(crate) fields: Option<String>,
}

impl Link<'_> {
    fn to(&self, limit: usize, name: &str, cursor: &str) -> String {
        let base = format!("{}/{}{}", self.call.base, self.version, self.path);
        let Ok(mut url) = Url::parse(&base) else { return base };
        let mut query = url.query_pairs_mut();
        if let Some(token) = &self.call.token {
            query.append_pair("access_token", token);
        }
        match &self.fields {
            Some(fields) => {
                query.append_pair("fields", fields);
            }
            None => {
                for name in ["fields", "platform", "user_id"] {
                    if let Some(value) = self.call.text(name) {
                        query.append_pair(name, &value);
                    }
                }
            }
        }
        for name in ["appsecret_proof", "appsecret_time"] {
            if let Some(value) = self.call.text(name) {
                query.append_pair(name, &value);
            }
        }
        query.append_pair("limit", &limit.to_string());
        query.append_pair(name, cursor);
        drop(query);
        url.to_string()
    }
}

/// A cursor that is none, or none any more.
pub(crate) fn wrong_cursor() -> Refusal {
    Refusal::parameter("Invalid cursors values")
}

/// A cursor behind which stands what this one stands for; it looks another each `time`.
pub(crate) fn again(cursor: &str, time: u32) -> Option<String> {
    let above = next(decode(cursor)?);
    Some(URL_SAFE_NO_PAD.encode(format!("{}:{}:{time}", above.0, above.1)))
}

/// A cursor behind which stands all of any list.
pub(crate) fn beginning() -> String {
    encode((i64::MAX, u64::MAX))
}

/// The cursor of what stands at a key.
pub(crate) fn encode(key: Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", key.0, key.1))
}

fn decode(cursor: &str) -> Option<Key> {
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = plain.splitn(3, ':');
    let key = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none_or(|time| time.parse::<u32>().is_ok()).then_some(key)
}

/// Writes fields the way they were asked for.
pub(crate) fn written(fields: &[Field]) -> String {
    fields.iter().map(Field::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(limit: usize, after: Option<Key>, before: Option<Key>) -> Window {
        Window { limit, after, before }
    }

    fn list(keys: &[i64]) -> Vec<(Key, i64)> {
        keys.iter().map(|key| ((*key, 0), *key)).collect()
    }

    #[test]
    fn a_crawl_misses_nothing_when_items_jump_to_the_front() {
        let first = window(2, None, None).cut(list(&[5, 4, 3, 2]));
        assert_eq!(first.items.last().unwrap().1, 4);
        let second = window(2, Some((4, 0)), None).cut(list(&[6, 5, 3, 2]));
        assert_eq!(second.items.iter().map(|it| it.1).collect::<Vec<_>>(), [3, 2]);
        assert!(!second.more && second.earlier);
    }

    #[test]
    fn before_gives_the_stretch_that_ends_there() {
        let stretch = window(2, None, Some((2, 0))).cut(list(&[5, 4, 3, 2]));
        assert_eq!(stretch.items.iter().map(|it| it.1).collect::<Vec<_>>(), [4, 3]);
        assert!(stretch.more && stretch.earlier);
    }

    #[test]
    fn whoever_walks_from_a_place_gets_what_whoever_looks_at_everything_gets() {
        let list = list(&[9, 7, 5, 4, 2]);
        let down = |below: Option<Key>| list.iter().filter(move |(key, _)| below.is_none_or(|below| *key < below)).copied();
        let up = |from: Key| list.iter().rev().filter(move |(key, _)| *key >= from).copied();
        let places = (0..=10).map(|key| Some((key, 0))).chain([None]);
        for (limit, place) in (1..=6).flat_map(|limit| places.clone().map(move |place| (limit, place))) {
            for window in [window(limit, place, None), window(limit, None, place)] {
                let (walked, cut) = (window.walk(down, up), window.cut(list.clone()));
                assert_eq!((&walked.items, walked.earlier, walked.more), (&cut.items, cut.earlier, cut.more), "{window:?}");
            }
        }
    }

    #[test]
    fn a_page_can_be_had_again_and_the_beginning_from_anywhere() {
        let first = window(2, None, Some((2, 0))).cut(list(&[5, 4, 3, 2]));
        let again = decode(&again(&encode(first.items[0].0), 7).unwrap());
        assert_eq!(window(2, again, None).cut(list(&[5, 4, 3, 2])).items, first.items);
        assert_eq!(window(2, decode(&beginning()), None).cut(list(&[5, 4])).items[0].1, 5);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        assert_eq!(decode(&encode((-3, 7))), Some((-3, 7)));
        for wrong in ["", "%%%", "YQ", "MTox8", "MToyOng"] {
            assert_eq!(decode(wrong), None);
        }
    }
}
