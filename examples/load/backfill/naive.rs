//! A reader as it is written in an afternoon: the list, the ids of each conversation, and a call for every message.

use futures::StreamExt as _;
use futures::stream;
use link_kit::Platform;
use link_sandbox::Controls;
use serde_json::Value;

use super::Result;

/// Calls that are under way at once.
const AT_ONCE: usize = 8;

/// The code by which the platform says: too many calls in this second.
const TOO_MANY: i64 = 613;

/// How many calls it takes to read a platform's history through a Page. One that is refused because there were too many is made again in the next
/// second, and counts once: whoever keeps to the platform's pace makes as many.
pub(super) async fn calls(meta: &Controls, person: &str, page: &str, platform: &Platform) -> Result<u64> {
    let scopes = [
        "pages_show_list",
        "pages_manage_metadata",
        "pages_messaging",
        "pages_read_engagement",
        "instagram_basic",
        "instagram_manage_messages",
    ];
    let token = meta.tokens(person, &scopes).await?.page_tokens.remove(page).ok_or("the Page has no token")?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let reader = Reader { meta, http, token, base: format!("{}/v26.0", meta.facebook()) };
    let list = format!("/{page}/conversations?platform={platform}&fields=id&limit=100");
    let (conversations, mut calls) = reader.all(&list).await?;
    let mut messages = Vec::new();
    for conversation in &conversations {
        let (ids, more) = reader.all(&format!("/{conversation}/messages?fields=id&limit=100")).await?;
        messages.extend(ids);
        calls += more;
    }
    let fields = "id,created_time,from,to,message,attachments";
    let read = stream::iter(&messages).map(async |message| reader.answer(&format!("/{message}?fields={fields}")).await.map(drop));
    // What Instagram does not show any more is a call, too.
    let read: Vec<Result<()>> = read.buffer_unordered(AT_ONCE).collect().await;
    read.into_iter().collect::<Result<()>>()?;
    Ok(calls + u64::try_from(messages.len())?)
}

struct Reader<'a> {
    meta: &'a Controls,
    http: reqwest::Client,
    token: String,
    base: String,
}

impl Reader<'_> {
    /// The ids of a whole list, and how many calls that took.
    async fn all(&self, path: &str) -> Result<(Vec<String>, u64)> {
        let (mut ids, mut calls, mut after) = (Vec::new(), 0, None::<String>);
        loop {
            let onward = after.as_ref().map(|after| format!("&after={after}")).unwrap_or_default();
            let page = self.answer(&format!("{path}{onward}")).await?;
            calls += 1;
            let items = page["data"].as_array().ok_or("a list without items")?;
            ids.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
            match page["paging"]["next"].as_str().and(page["paging"]["cursors"]["after"].as_str()) {
                Some(next) => after = Some(next.to_owned()),
                None => return Ok((ids, calls)),
            }
        }
    }

    async fn answer(&self, path: &str) -> Result<Value> {
        loop {
            let call = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
            let answer: Value = call.send().await?.json().await?;
            if answer["error"]["code"] != TOO_MANY {
                return Ok(answer);
            }
            self.meta.advance("1s").await?;
        }
    }
}
