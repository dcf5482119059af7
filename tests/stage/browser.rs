//! A person's browser at the embedder's program, and the session that the program puts in front of the kit.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use link_kit::{Role, Viewer};
use serde_json::Value;

/// Who is signed in at the embedder: owner, actor and role, as the session of a real program would tell.
const SESSION: &str = "x-session";

/// The embedder's middleware: it says who makes a request.
pub(crate) async fn session(mut request: Request, next: Next) -> Response {
    let told = request.headers().get(SESSION).and_then(|told| told.to_str().ok());
    if let Some(viewer) = told.and_then(viewer) {
        request.extensions_mut().insert(viewer);
    }
    next.run(request).await
}

fn viewer(told: &str) -> Option<Viewer> {
    let mut words = told.split(' ');
    let viewer = Viewer::new(words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(match words.next() {
        Some(role) => viewer.with_role(Role::new(role).ok()?),
        None => viewer,
    })
}

/// A browser that follows no redirect by itself.
pub(crate) struct Browser {
    http: reqwest::Client,
    session: Option<String>,
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    /// Where it is sent.
    pub(crate) location: Option<String>,
    /// The body as JSON; null if it is none.
    pub(crate) body: Value,
}

impl Browser {
    /// Of somebody who is signed in at the embedder.
    pub(crate) fn of(viewer: &Viewer) -> Self {
        let role = viewer.role.as_ref().map(|role| format!(" {}", role.as_str())).unwrap_or_default();
        Self { session: Some(format!("{} {}{role}", viewer.owner, viewer.actor)), ..Self::of_nobody() }
    }

    /// Of somebody who is not.
    pub(crate) fn of_nobody() -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, session: None }
    }

    pub(crate) async fn get(&self, address: &str) -> Shown {
        let mut request = self.http.get(address);
        if let Some(session) = &self.session {
            request = request.header(SESSION, session);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Shown { status, location, body }
    }
}

impl Shown {
    /// Fails unless it is this refusal, with a cause and with a remedy that says who has to do what.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.body["error"].as_str()), (status, Some(error)), "{self:?}");
        let told = |value: &Value| value.as_str().is_some_and(|told| !told.is_empty());
        assert!(told(&self.body["cause"]), "no cause: {self:?}");
        assert!(told(&self.body["remedy"]["who"]) && told(&self.body["remedy"]["what"]), "no remedy: {self:?}");
    }
}
