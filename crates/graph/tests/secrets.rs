//! No token, secret, code or text of a message is seen in Debug, in errors or in a log at its most talkative, whether a call succeeds
//! or fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use link_core::words::outgoing::{Outcome, Outgoing};
use link_core::words::ports::{Access, DialogAsk, Directory, Grants, History, HistoryQuery, Profiles, Sender, Subscriptions};
use link_core::{Error, ExternalId, Road, Scope, ScopedId, Secret};
use link_graph::{App, Client, Dialect, FacebookLogin, Hosts, InstagramDirectory, InstagramLogin, PageDirectory, Talk};
use serde_json::{Value, json};
use tracing_subscriber::util::SubscriberInitExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Every one of them stands for something that must not be seen.
const SECRETS: &[&str] = &["SECRET-app", "SECRET-token", "SECRET-short", "SECRET-code", "SECRET-state", "SECRET-verify", "SECRET-text"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Everything that is said by this program from now on, also by the crates that speak to `log`.
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish()
            .init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// An error as somebody would print it: with Debug, and with every source.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, " {cause} {cause:?}").unwrap();
        source = cause.source();
    }
    text
}

fn client(address: &str) -> Client {
    let app = App::new(ExternalId::new("1000").unwrap(), Secret::new("SECRET-app"));
    Client::builder(app).hosts(Hosts::two(address, address).unwrap()).build().unwrap()
}

/// Makes every call there is and prints whatever comes back.
async fn everything(address: &str) -> String {
    let client = client(address);
    let login = FacebookLogin::new(client.clone());
    let talk = Talk::new(client.clone(), Dialect::MESSENGER);
    let token = Secret::new("SECRET-token");
    let access = Access::new("messenger:77".parse().unwrap(), Road::FACEBOOK, token.clone());
    let ask = DialogAsk::new(Secret::new("SECRET-state"), "https://shop.example/back", vec![Scope::known("pages_messaging")]);
    let outgoing = Outgoing::text(ScopedId::new("5001").unwrap(), "SECRET-text");
    let mut seen = format!("{client:?} {login:?} {talk:?} {access:?} {ask:?} {outgoing:?} ");
    // The dialog's address carries the state by its nature, so only that making it is not logged is looked at.
    assert!(login.dialog(&ask).is_ok());

    let mut note = |result: Result<String, Error>| seen += &result.unwrap_or_else(|error| shown(&error));
    note(login.exchange(&Secret::new("SECRET-code"), "https://shop.example/back").await.map(|signed| format!("{signed:?}")));
    note(login.inspect(&token).await.map(|signed| format!("{signed:?}")));
    note(PageDirectory::new(client.clone()).accounts(&token).await.map(|list| format!("{list:?}")));
    note(talk.conversations(&access, &HistoryQuery::new(5, 5)).await.map(|page| format!("{:?}", page.threads)));
    note(talk.profile(&access, &ScopedId::new("5001").unwrap()).await.map(|_| String::new()));
    note(talk.announce("https://shop.example/hooks", &Secret::new("SECRET-verify")).await.map(|()| String::new()));
    note(talk.subscribe(&access).await.map(|()| String::new()));
    note(talk.unsubscribe(&access).await.map(|()| String::new()));
    note(match talk.send(&access, &outgoing).await {
        Outcome::NotSent(error) | Outcome::Refused(error) | Outcome::Unknown(error) => Err(error),
        accepted @ (Outcome::Accepted { .. } | Outcome::Done { .. }) => Ok(format!("{accepted:?}")),
    });
    write!(seen, "{:?}", client.last_seen()).unwrap();
    seen + &by_instagram_login(&client).await
}

/// The same on the other road, one of whose calls takes the app's secret in the address.
async fn by_instagram_login(client: &Client) -> String {
    let login = InstagramLogin::new(client.clone());
    let token = Secret::new("SECRET-token");
    let talk = Talk::by_instagram_login(client.clone(), Dialect::INSTAGRAM);
    let access = Access::new("instagram:9".parse().unwrap(), Road::INSTAGRAM, token.clone());
    let mut seen = format!("{login:?} {talk:?}");
    let mut note = |result: Result<String, Error>| seen += &result.unwrap_or_else(|error| shown(&error));
    note(login.exchange(&Secret::new("SECRET-code"), "https://shop.example/back").await.map(|signed| format!("{signed:?}")));
    note(login.refresh(&token).await.map(|refreshed| format!("{refreshed:?}")));
    note(InstagramDirectory::new(client.clone()).accounts(&token).await.map(|list| format!("{list:?}")));
    note(talk.conversations(&access, &HistoryQuery::new(5, 5)).await.map(|page| format!("{:?}", page.threads)));
    note(talk.subscribe(&access).await.map(|()| String::new()));
    seen
}

/// An answer that fits every call at once, and repeats what was sent as far as Meta would.
fn success() -> Value {
    json!({
        "access_token": "SECRET-short", "expires_in": 3600, "success": true, "message_id": "m_1", "id": "5001", "name": "Mara",
        "data": {"app_id": "1000", "user_id": "1", "is_valid": true, "type": "SYSTEM_USER", "scopes": ["pages_messaging"]},
        "paging": {"next": "https://graph.facebook.com/x?access_token=SECRET-token"}
    })
}

fn list() -> Value {
    json!({"data": [{"id": "77", "access_token": "SECRET-token", "tasks": ["MANAGE"], "updated_time": "2026-10-30T08:00:09+0000",
        "participants": {"data": [{"id": "5001"}]}, "messages": {"data": [{"id": "m_1", "from": {"id": "5001"}, "message": "SECRET-text"}]}}]})
}

#[tokio::test]
async fn no_secret_is_seen_whether_calls_succeed_or_fail() {
    let log = Log::start();
    let quoting = json!({"error": {"message": "cannot parse SECRET-token SECRET-code", "type": "SECRET-app", "code": 190,
        "error_data": "SECRET-text", "error_user_msg": "SECRET-token", "fbtrace_id": "Trace1"}});
    let answers = [
        ResponseTemplate::new(200).set_body_json(success()),
        ResponseTemplate::new(200).set_body_json(list()),
        ResponseTemplate::new(400).set_body_json(quoting),
        ResponseTemplate::new(500).set_body_string("<html>SECRET-token</html>"),
        ResponseTemplate::new(200).set_body_string(r#"{"data": "SECRET-token", "access_token": 12, "SECRET-code"#),
        ResponseTemplate::new(200).set_body_json(json!({"data": "SECRET-token", "access_token": ["SECRET-short"], "message_id": {}})),
        ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/?access_token=SECRET-token"),
    ];
    let mut seen = String::new();
    for answer in answers {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        seen += &everything(&server.uri()).await;
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    seen += &everything(&format!("http://{closed}")).await;

    let logged = log.text();
    assert!(logged.contains("graph.call") && logged.contains("{}/messages"), "the log was captured, and has the path's template");
    assert!(logged.contains("Trace1"), "the trace is what Meta's support asks for");
    assert!(logged.contains("starting new connection"), "the HTTP client's own log was captured too");
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret} in {seen}");
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} was logged");
    }
    assert!(!logged.contains("appsecret_proof"), "addresses are not logged at all");
}
