//! The page in the browser, on which one person plays the customer and the owner.
//!
//! The page is made of files of its own and reaches for nothing else: what it shows it reads from `/_sandbox/`.

use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::reply::Reply;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; connect-src 'self'; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: &str = "/_sandbox/page/";

/// A file of the page; `None` when something else is asked for.
pub(crate) fn answer(parts: &Parts) -> Option<Reply> {
    if !matches!(parts.method.as_str(), "GET" | "HEAD") {
        return None;
    }
    let path = parts.uri.path();
    let is_front = match path {
        // With parameters or a token it is a call to the Graph API.
        "/" => parts.uri.query().is_none_or(str::is_empty) && !parts.headers.contains_key(AUTHORIZATION),
        "/_sandbox" | "/_sandbox/" => true,
        _ => false,
    };
    let (kind, text) =
        if is_front { ("text/html; charset=utf-8", include_str!("page/index.html")) } else { file(path.strip_prefix(FILES)?)? };
    let reply = Reply { status: 200, headers: Vec::new(), body: text.to_owned() };
    Some(
        reply
            .with("content-type", kind)
            .with("content-security-policy", POLICY)
            .with("x-content-type-options", "nosniff")
            .with("referrer-policy", "no-referrer")
            .with("cache-control", "no-cache"),
    )
}

fn file(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "style.css" => ("text/css; charset=utf-8", include_str!("page/style.css")),
        "panels.css" => ("text/css; charset=utf-8", include_str!("page/panels.css")),
        "icon.svg" => ("image/svg+xml", include_str!("page/icon.svg")),
        "sample.svg" => ("image/svg+xml", include_str!("page/sample.svg")),
        "main.js" => (SCRIPT, include_str!("page/main.js")),
        "api.js" => (SCRIPT, include_str!("page/api.js")),
        "world.js" => (SCRIPT, include_str!("page/world.js")),
        "dom.js" => (SCRIPT, include_str!("page/dom.js")),
        "chats.js" => (SCRIPT, include_str!("page/chats.js")),
        "phone.js" => (SCRIPT, include_str!("page/phone.js")),
        "bubble.js" => (SCRIPT, include_str!("page/bubble.js")),
        "compose.js" => (SCRIPT, include_str!("page/compose.js")),
        "live.js" => (SCRIPT, include_str!("page/live.js")),
        "clock.js" => (SCRIPT, include_str!("page/clock.js")),
        "people.js" => (SCRIPT, include_str!("page/people.js")),
        "overlay.js" => (SCRIPT, include_str!("page/overlay.js")),
        "faults.js" => (SCRIPT, include_str!("page/faults.js")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn asked(method: &str, uri: &str) -> Option<Reply> {
        let (parts, ()) = Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
        answer(&parts)
    }

    #[test]
    fn the_front_page_leaves_calls_to_the_platform_alone() {
        for (method, uri) in [("GET", "/"), ("HEAD", "/"), ("GET", "/_sandbox/"), ("GET", "/_sandbox"), ("GET", "/?")] {
            assert!(asked(method, uri).is_some_and(|reply| reply.body.contains("<!doctype html>")), "{method} {uri} is the page");
        }
        for (method, uri) in [("POST", "/"), ("GET", "/?ids=1,2"), ("GET", "/v26.0/"), ("GET", "/me"), ("GET", "/_sandbox/state")] {
            assert!(asked(method, uri).is_none(), "{method} {uri} is answered by somebody else");
        }
    }

    /// What the page is made of, as its own files name it.
    fn named_in(text: &str) -> Vec<String> {
        let quoted = text.split(['"', '\'']).skip(1).step_by(2);
        let local = quoted.filter_map(|name| name.strip_prefix(FILES).or_else(|| name.strip_prefix("./")));
        local.filter(|name| name.contains('.')).map(str::to_owned).collect()
    }

    #[test]
    fn every_file_that_the_page_names_is_there() {
        let mut wanted = named_in(&asked("GET", "/").unwrap().body);
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = wanted.pop() {
            if seen.insert(name.clone()) {
                let reply = asked("GET", &format!("{FILES}{name}")).unwrap_or_else(|| panic!("the page names {name}"));
                wanted.extend(named_in(&reply.body));
            }
        }
        assert!(seen.len() > 10, "the page is made of {seen:?}");
    }

    #[test]
    fn the_page_reaches_for_nothing_but_itself() {
        let reply = asked("GET", "/").unwrap();
        let policy = reply.headers.iter().find(|(name, _)| *name == "content-security-policy").map(|(_, value)| value.as_str());
        assert!(policy.is_some_and(|policy| policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")));
        assert!(!reply.body.contains("style=") && !reply.body.contains("<style") && !reply.body.contains("onclick"), "all of it is files");
    }
}
