//! Story: somebody who has five minutes runs the quickstart, and believes it because the other side says the same.
//!
//! The example runs as a process of its own against a sandbox that is another; what is checked is what reached the sandbox.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use link_sandbox::{Controls, Ledger};
use serde_json::{Value, json};

const PAGE: &str = "3000000000000001";
const INSTAGRAM: &str = "17841400000000001";
/// Ada as the Page knows her, and Eve as the Instagram account does.
const ADA: &str = "4000000000000011";
const EVE: &str = "5000000000000015";

/// Both programs as they are run: built by the same cargo into the same place.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            "link-examples",
            "--example",
            "quickstart",
            "--package",
            "link-sandbox",
            "--bin",
            "link-sandbox",
        ])
        .args(if cfg!(debug_assertions) { [].as_slice() } else { &["--release"] })
        .status()
        .unwrap();
    assert!(built.success(), "the example and the sandbox do not build");
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
});

fn quickstart(options: &[&str]) -> Output {
    let program = BUILT.join("examples").join(format!("quickstart{}", std::env::consts::EXE_SUFFIX));
    Command::new(program).args(options).output().unwrap()
}

/// A sandbox in a process of its own; it ends with the test.
struct Other {
    process: Child,
    ready: Value,
    controls: Controls,
}

impl Other {
    fn start() -> Self {
        let program = BUILT.join(format!("link-sandbox{}", std::env::consts::EXE_SUFFIX));
        let mut process = Command::new(program).args(["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let controls = Controls::new(ready["facebook"].as_str().unwrap(), ready["instagram"].as_str().unwrap());
        Self { process, ready, controls }
    }

    /// Runs the quickstart against this sandbox, with these options besides.
    fn run(&self, options: &[&str]) -> Output {
        let at = ["--sandbox", self.ready["facebook"].as_str().unwrap(), self.ready["instagram"].as_str().unwrap()];
        quickstart(&[&at, options].concat())
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).unwrap();
    }
}

fn lines(output: &Output) -> Vec<Value> {
    std::str::from_utf8(&output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The calls with this method to a path with this end, without the version.
fn to<'a>(calls: &'a Ledger, method: &str, path: &str) -> Vec<&'a Value> {
    let matches = |call: &&Value| {
        let (_, below) = call["path"].as_str().unwrap().trim_start_matches('/').split_once('/').unwrap();
        call["method"] == method && below == path
    };
    calls.data.iter().filter(matches).collect()
}

#[tokio::test]
async fn the_quickstart_does_what_it_says() {
    let other = Other::start();
    let place = tempfile::tempdir().unwrap();
    let database = place.path().join("inbox.db");
    let output = other.run(&["--json", "--db", database.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let lines = lines(&output);
    assert!(lines.iter().all(|line| line["step"].is_string() && line["ok"] == true), "a reader of lines finds no step or no ok: {lines:?}");
    let mut last = lines.last().unwrap().clone();
    assert!(last["history"].as_u64().unwrap() > 0, "nothing from before was read");
    last.as_object_mut().unwrap().remove("history");
    assert_eq!(last, json!({"step": "done", "ok": true, "received": 2, "answered": 2, "echoes_matched": 2}));

    let calls = other.controls.calls(0).await.unwrap();
    let failed: Vec<_> = calls.data.iter().filter(|call| call["status"].as_u64().unwrap() >= 400).collect();
    assert!(failed.is_empty(), "the platform refused something on the happy way: {failed:?}");
    assert_eq!(to(&calls, "POST", "dialog/oauth").len(), 1, "nobody was asked for consent");
    assert!(!to(&calls, "POST", "oauth/access_token").is_empty(), "the code was not exchanged");
    assert!(!to(&calls, "POST", "1000000000000001/subscriptions").is_empty(), "the platform does not know where to deliver");
    assert!(!to(&calls, "POST", &format!("{PAGE}/subscribed_apps")).is_empty(), "the Page delivers nothing");
    let conversations = to(&calls, "GET", &format!("{PAGE}/conversations"));
    let mut platforms: Vec<_> = conversations.iter().map(|call| call["parameters"]["platform"].as_str().unwrap()).collect();
    platforms.sort_unstable();
    platforms.dedup();
    assert_eq!(platforms, ["instagram", "messenger"], "history was read of one platform only");
    let sends = to(&calls, "POST", &format!("{PAGE}/messages"));
    let mut recipients: Vec<_> = sends.iter().map(|call| call["parameters"]["recipient"]["id"].as_str().unwrap()).collect();
    recipients.sort_unstable();
    assert_eq!(recipients, [ADA, EVE], "each customer is answered once, where they wrote");
}

#[tokio::test]
async fn what_the_sandbox_delivered_was_signed_and_taken_at_once() {
    let other = Other::start();
    assert!(other.run(&["--json"]).status.success());
    let deliveries = other.controls.deliveries(0).await.unwrap().data;
    let (handshakes, notifications): (Vec<_>, Vec<_>) = deliveries.iter().partition(|delivery| delivery["kind"] == "handshake");
    assert!(handshakes.iter().any(|it| it["object"] == "page") && handshakes.iter().any(|it| it["object"] == "instagram"));
    // Reports of delivery may still be under way when the program ends.
    let waited_for = |it: &&Value| it["field"] != "message_deliveries";
    for delivery in deliveries.iter().filter(waited_for) {
        assert_eq!((&delivery["status"], &delivery["attempt"]), (&json!(200), &json!(1)), "{delivery}");
    }
    for notification in &notifications {
        let signature = notification["headers"]["x-hub-signature-256"].as_str().unwrap();
        assert!(signature.len() == 71 && signature.starts_with("sha256="), "{notification}");
    }
    // The customer's message and the echo of the answer, on both.
    for account in [PAGE, INSTAGRAM] {
        let bodies: Vec<Value> = notifications
            .iter()
            .filter(|it| it["account"] == account)
            .map(|it| serde_json::from_str(it["body"].as_str().unwrap()).unwrap())
            .collect();
        let said = |echo: bool, text: &str| {
            let message = |body: &Value| body["entry"][0]["messaging"][0]["message"].clone();
            bodies.iter().map(message).filter(|it| it["is_echo"].as_bool().unwrap_or_default() == echo && it["text"] == text).count()
        };
        assert_eq!(said(false, "Is the shop open on Sunday?"), 1, "{account}: {bodies:?}");
        assert_eq!(said(true, "Yes, from ten to four."), 1, "{account}: {bodies:?}");
    }
}

#[tokio::test]
async fn a_refused_send_ends_it_with_the_cause_and_the_remedy() {
    for (answer, code, remedy) in [
        (json!({"code": 10, "subcode": 2_018_278}), "10/2018278", "wait until the person writes again"),
        (json!({"code": 200}), "200", "sign in again and grant what is missing"),
    ] {
        let other = Other::start();
        other.controls.fault(json!({"match": {"method": "POST", "path": "/*/messages"}, "answer": answer})).await.unwrap();
        let output = other.run(&["--json"]);
        assert!(!output.status.success(), "a script would go on as if all were well");
        let lines = lines(&output);
        let last = lines.last().unwrap();
        assert_eq!((&last["step"], &last["ok"]), (&json!("done"), &json!(false)));
        for told in [last["error"].as_str().unwrap(), &String::from_utf8_lossy(&output.stderr)] {
            assert!(told.contains("send the message") && told.contains(code) && told.contains(remedy), "{told}");
        }
        let sends = other.controls.calls(0).await.unwrap();
        assert_eq!(to(&sends, "POST", &format!("{PAGE}/messages")).len(), 1, "a refused send was repeated");
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_subscribed_is_said_before_anything_is_waited_for() {
    let other = Other::start();
    other
        .controls
        .fault(json!({"match": {"method": "POST", "path": "/*/subscribed_apps"}, "times": 100, "answer": {"code": 200}}))
        .await
        .unwrap();
    let output = other.run(&[]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("is not subscribed") && told.contains("code 200") && told.contains("sign in again"), "{told}");
}

#[tokio::test]
async fn nobody_answers_at_the_sandbox() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://{closed}");
    let output = quickstart(&["--sandbox", &address, &address, "--json"]);
    assert!(!output.status.success());
    let lines = lines(&output);
    assert_eq!(lines.last().unwrap()["ok"], false);
    assert!(lines.last().unwrap()["error"].as_str().unwrap().contains("reach the sandbox"), "{lines:?}");
}

#[tokio::test]
async fn the_database_is_left_where_it_was_asked_for_and_holds_the_inbox() {
    let other = Other::start();
    let place = tempfile::tempdir().unwrap();
    let database = place.path().join("kept.db");
    assert!(other.run(&["--db", database.to_str().unwrap()]).status.success());
    let kit = link_kit::LinkKit::builder()
        .meta(link_kit::Meta::new("1000000000000001", "sandbox-app-secret", "sandbox-verify").unwrap())
        .public_url("http://127.0.0.1/meta")
        .keys(link_kit::KeyRing::new("quickstart", [7; 32]))
        .sqlite(&database)
        .build()
        .await
        .unwrap();
    let viewer = link_kit::Viewer::owner("harbour".parse().unwrap(), "robin".parse().unwrap());
    let rows = kit.inbox().conversations(&viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    let answered = rows.iter().filter(|row| row.snippet.as_deref() == Some("Yes, from ten to four.")).count();
    assert_eq!((answered, rows.iter().any(|row| row.key.peer.as_str() == EVE)), (2, true), "the inbox did not outlive the program");
}

#[test]
fn it_runs_with_nothing_at_all() {
    let output = quickstart(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("2 received, 2 answered, their echoes matched"), "{told}");
    assert!(told.contains("messenger") && told.contains("instagram"), "the inbox at the end lacks a platform: {told}");
}

#[test]
fn it_says_what_it_takes() {
    let output = quickstart(&["--help"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && ["--sandbox", "--db", "--json"].iter().all(|option| told.contains(option)), "{told}");
    assert!(!quickstart(&["--sandbox", "http://127.0.0.1:1"]).status.success(), "half an address was taken");
}

const LIVE: [(&str, &str); 4] = [
    ("META_APP_ID", "1000000000000001"),
    ("META_APP_SECRET", "sandbox-app-secret"),
    ("META_VERIFY_TOKEN", "sandbox-verify"),
    ("PUBLIC_URL", "https://shop.example"),
];

/// The quickstart with `--live` and these variables only.
fn live(options: &[&str], variables: &[(&str, &str)]) -> Command {
    let program = BUILT.join("examples").join(format!("quickstart{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    for name in ["META_APP_ID", "META_APP_SECRET", "META_VERIFY_TOKEN", "PUBLIC_URL", "INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET"] {
        command.env_remove(name);
    }
    command.env_remove("PORT").env_remove("LINK_KEY").envs(variables.iter().copied()).arg("--live").args(options);
    command
}

/// A quickstart that runs until the test ends, and what it prints.
struct Running(Child, std::io::Lines<BufReader<std::process::ChildStdout>>);

impl Running {
    fn start(mut command: Command) -> Self {
        let mut process = command.arg("--json").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self(process, lines)
    }

    /// The next line of a step; it fails if the program ends before.
    fn step(&mut self, step: &str) -> Value {
        self.1.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()).find(|line| line["step"] == step).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }
}

#[test]
fn live_names_every_variable_that_is_missing_and_what_it_is() {
    for missing in 0..LIVE.len() {
        let set: Vec<_> = LIVE.iter().copied().enumerate().filter(|(n, _)| *n != missing).map(|(_, it)| it).collect();
        let output = live(&[], &set).output().unwrap();
        assert!(!output.status.success());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        for (n, (name, _)) in LIVE.iter().enumerate() {
            let explained = told.lines().any(|line| line.trim().strip_prefix(&format!("{name}: ")).is_some_and(|what| what.len() > 10));
            assert_eq!(explained, n == missing, "{name}: {told}");
        }
        assert!(!told.contains("sandbox-app-secret"), "{told}");
    }
    let half = live(&[], &[&LIVE[..], &[("INSTAGRAM_APP_ID", "1000000000000002")]].concat()).output().unwrap();
    let told = String::from_utf8_lossy(&half.stderr).into_owned();
    assert!(!half.status.success() && told.contains("INSTAGRAM_APP_SECRET: "), "{told}");
    let wrong = live(&["--db", "kept.db"], &LIVE).output().unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("LINK_KEY"), "a database is kept under a key that is thrown away");
}

#[test]
fn live_prints_where_to_sign_in_and_waits() {
    let mut running = Running::start(live(&["--port", "0"], &LIVE));
    let registered: Vec<_> = (0..2).map(|_| running.step("register")["address"].as_str().unwrap().to_owned()).collect();
    assert!(registered.contains(&"https://shop.example/meta/oauth/facebook/callback".to_owned()), "{registered:?}");
    assert!(registered.contains(&"https://shop.example/meta/deauthorize".to_owned()), "{registered:?}");
    let address = running.step("open")["address"].as_str().unwrap().to_owned();
    let address = url::Url::parse(&address).unwrap();
    assert_eq!(address.host_str(), Some("www.facebook.com"));
    let parameter = |name: &str| address.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(parameter("client_id").as_deref(), Some("1000000000000001"));
    assert_eq!(parameter("redirect_uri").as_deref(), Some("https://shop.example/meta/oauth/facebook/callback"));
    assert!(parameter("state").is_some_and(|state| state.len() >= 32));
    assert!(!address.as_str().contains("sandbox-app-secret"));
    assert_eq!(running.0.try_wait().unwrap(), None, "it does not wait for anybody");
}

/// As against Meta, with the sandbox in its place.
#[tokio::test]
async fn live_links_what_somebody_signs_in_for_and_prints_what_customers_write() {
    let other = Other::start();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let public = format!("http://127.0.0.1:{port}");
    let variables = [&LIVE[..3], &[("PUBLIC_URL", public.as_str()), ("PORT", &port)]].concat();
    let at = ["--sandbox", other.ready["facebook"].as_str().unwrap(), other.ready["instagram"].as_str().unwrap()];
    let mut running = Running::start(live(&at, &variables));
    let dialog = running.step("open")["address"].as_str().unwrap().to_owned();
    let came_back = other.controls.sign_in(&dialog, &link_sandbox::Decision::allow()).await.unwrap();
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let start = browser.get(format!("{public}/meta/oauth/facebook/start")).send().await.unwrap();
    assert_eq!(start.status(), 401, "whoever finds the address can begin a setup");
    assert!(browser.get(&came_back).send().await.unwrap().status().is_success());
    let linked: Vec<_> = (0..2).map(|_| running.step("linked")["account"]["id"].as_str().unwrap().to_owned()).collect();
    assert!(linked.contains(&PAGE.to_owned()) && linked.contains(&INSTAGRAM.to_owned()), "{linked:?}");
    running.step("wait");
    other.controls.customer_writes("c1", PAGE, "Is the shop open on Sunday?").await.unwrap();
    let message = running.step("message");
    assert_eq!((message["peer"].as_str(), message["text"].as_str()), (Some(ADA), Some("Is the shop open on Sunday?")));
}
