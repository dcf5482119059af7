//! The calls as they go over the wire, and what is made of the answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod bodies;
mod by_login;
mod client;
mod directory;
mod history;
mod instagram_login;
mod login;
mod message;
mod profiles;
mod send;
mod subscriptions;
mod uploads;

use link_core::words::clock::Clock;
use link_core::words::ports::Access;
use link_core::{ExternalId, Road, Secret};
use link_graph::{App, Client, Dialect, Hosts, Talk};
use serde_json::Value;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

/// The `Date` of every answer.
const DATE: &str = "Mon, 02 Nov 2026 10:00:00 GMT";

/// What Meta answers, as far as a test needs it.
struct Meta {
    server: MockServer,
}

impl Meta {
    async fn start() -> Self {
        Self { server: MockServer::start().await }
    }

    fn client(&self) -> Client {
        let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("app-secret"));
        let hosts = Hosts::two(&self.server.uri(), &self.server.uri()).unwrap();
        Client::builder(app).hosts(hosts).build().unwrap()
    }

    fn client_by(&self, clock: impl Clock + 'static) -> Client {
        let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("app-secret"));
        let hosts = Hosts::two(&self.server.uri(), &self.server.uri()).unwrap();
        Client::builder(app).hosts(hosts).clock(std::sync::Arc::new(clock)).build().unwrap()
    }

    fn messenger(&self) -> Talk {
        Talk::new(self.client(), Dialect::MESSENGER)
    }

    fn instagram(&self) -> Talk {
        Talk::new(self.client(), Dialect::INSTAGRAM)
    }

    async fn answer(&self, method: &str, path: &str, status: u16, body: &Value) {
        self.respond(method, path, ok(status, body)).await;
    }

    async fn respond(&self, method: &str, path: &str, response: ResponseTemplate) {
        Mock::given(matchers::method(method)).and(matchers::path(path)).respond_with(response).mount(&self.server).await;
    }

    /// The answer to one call with this parameter.
    async fn answer_with(&self, path: &str, parameter: (&str, &str), body: &Value) {
        let mock = Mock::given(matchers::path(path)).and(matchers::query_param(parameter.0, parameter.1));
        mock.respond_with(ok(200, body)).with_priority(1).mount(&self.server).await;
    }

    /// The answer to one call with this in its form.
    async fn answer_form(&self, path: &str, part: &str, body: &Value) {
        let mock = Mock::given(matchers::path(path)).and(matchers::body_string_contains(part));
        mock.respond_with(ok(200, body)).mount(&self.server).await;
    }

    async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.unwrap()
    }

    async fn last(&self) -> Request {
        self.requests().await.pop().unwrap()
    }
}

/// Access to the Page of all tests.
fn page() -> Access {
    Access::new("messenger:77".parse().unwrap(), Road::FACEBOOK, Secret::new("page-token"))
}

/// Access to the Instagram account that is linked to that Page.
fn instagram() -> Access {
    let via = Some(ExternalId::new("77").unwrap());
    Access::new("instagram:17841400000000009".parse().unwrap(), Road::FACEBOOK, Secret::new("page-token")).through(via)
}

/// The same account by the other road.
fn by_instagram_login() -> Access {
    Access::new("instagram:17841400000000009".parse().unwrap(), Road::INSTAGRAM, Secret::new("ig-token"))
}

fn ok(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("date", DATE).insert_header("facebook-api-version", "v26.0").set_body_json(body)
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn field(request: &Request, name: &str) -> Option<String> {
    url::form_urlencoded::parse(&request.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn bearer(request: &Request) -> Option<&str> {
    request.headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}
