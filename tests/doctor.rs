//! Story: messages do not arrive. Somebody runs the doctor, or their monitoring does, and knows by its word and by its exit.
//!
//! The example runs as a process of its own, on a file that the quickstart left, against a sandbox that goes wrong meanwhile.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use link_sandbox::{Controls, PersonAction, Sandbox};
use serde_json::Value;

const ROBIN: &str = "2000000000000001";
const PAGE: &str = "3000000000000001";

/// Both programs as they are run: built by the same cargo into the same place.
static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "link-examples", "--example", "quickstart", "--example", "doctor"])
        .args(if cfg!(debug_assertions) { [].as_slice() } else { &["--release"] })
        .status()
        .unwrap();
    assert!(built.success(), "the examples do not build");
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples")
});

/// Runs an example. It is another process, so the sandbox of this one goes on answering meanwhile.
async fn run(example: &'static str, options: &[&str]) -> Output {
    let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
    let run = move || {
        let mut program = Command::new(BUILT.join(format!("{example}{}", std::env::consts::EXE_SUFFIX)));
        for name in ["META_APP_ID", "META_APP_SECRET", "META_VERIFY_TOKEN", "LINK_KEY", "LINK_KEY_ID", "PUBLIC_URL"] {
            program.env_remove(name);
        }
        program.args(options).output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file that the quickstart left, and the sandbox that it was run against.
struct Left {
    meta: Controls,
    file: PathBuf,
    _folder: tempfile::TempDir,
    _sandbox: Sandbox,
}

impl Left {
    async fn by_the_quickstart() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let meta = sandbox.controls();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inbox.db");
        let linked = run("quickstart", &["--sandbox", meta.facebook(), meta.instagram(), "--db", file.to_str().unwrap()]).await;
        assert!(linked.status.success(), "{}", said(&linked));
        Self { meta, file, _folder: folder, _sandbox: sandbox }
    }

    async fn doctor(&self, options: &[&str]) -> Output {
        let of = ["--db", self.file.to_str().unwrap(), "--facebook", self.meta.facebook(), "--instagram", self.meta.instagram()];
        run("doctor", &[&of, options].concat()).await
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_world_is_healthy() {
    let output = run("doctor", &["--json"]).await;
    assert_eq!(code(&output), 0, "{}{}", String::from_utf8_lossy(&output.stdout), said(&output));
    let report = report(&output);
    let mut told = keys(&report);
    told.sort_unstable();
    assert_eq!(told, ["checks", "figures", "findings", "first", "status"]);
    assert_eq!((&report["status"], &report["first"]), (&Value::from("healthy"), &Value::Null));
    let mut figures = keys(&report["figures"]);
    figures.sort_unstable();
    assert_eq!(
        figures,
        ["budget_left", "clock_skew_ms", "journal_lag", "last_event_at", "oldest_unapplied", "served_version", "signature_failures"]
    );
    assert_eq!(report["figures"]["served_version"], "v26.0");
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(keys(check), ["code", "state"]);
        assert!(["ok", "unknown"].contains(&check["state"].as_str().unwrap()), "{check}");
    }
    let text = run("doctor", &[]).await;
    assert_eq!(code(&text), 0);
    assert_eq!(String::from_utf8_lossy(&text.stdout).lines().last(), Some("there is nothing to do"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_examined_and_the_exit_says_how_it_is() {
    let left = Left::by_the_quickstart().await;
    let healthy = left.doctor(&["--json"]).await;
    assert_eq!(code(&healthy), 0, "{}{}", String::from_utf8_lossy(&healthy.stdout), said(&healthy));
    let last = report(&healthy)["figures"]["last_event_at"].clone();
    let times: Vec<&Value> = last.as_object().unwrap().values().flat_map(|fields| fields.as_object().unwrap().values()).collect();
    let reads = |time: &&Value| time.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok();
    assert!(!times.is_empty() && times.iter().all(reads), "what another process was told is not known: {last}");

    left.meta.person_acts(ROBIN, &PersonAction::Unpublish { page: PAGE.to_owned() }).await.unwrap();
    let degraded = left.doctor(&["--json"]).await;
    assert_eq!((code(&degraded), &report(&degraded)["first"]), (1, &Value::from("page_unpublished")));

    left.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    let broken = left.doctor(&["--json", "--owner", "harbour"]).await;
    let report = report(&broken);
    assert_eq!((code(&broken), &report["status"], &report["first"]), (2, &Value::from("broken"), &Value::from("password_changed")));
    let first = &report["findings"][0];
    let mut told = keys(first);
    told.sort_unstable();
    assert_eq!(told, ["account", "cause", "code", "features", "platform", "remedy", "severity", "since"]);
    assert!(first["account"].is_null() || first["account"].is_string(), "{first}");
    assert!(report["findings"].as_array().unwrap().iter().any(|finding| finding["account"] == format!("messenger:{PAGE}").as_str()));

    let text = left.doctor(&[]).await;
    assert_eq!(code(&text), 2);
    assert!(String::from_utf8_lossy(&text.stdout).lines().last().unwrap().starts_with("do first: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_cannot_be_reached_is_no_good_health() {
    let left = Left::by_the_quickstart().await;
    let nowhere = ["--facebook", "http://127.0.0.1:1", "--instagram", "http://127.0.0.1:1"];
    let silent = run("doctor", &[&["--db", path(&left.file), "--json"], nowhere.as_slice()].concat()).await;
    let told = report(&silent);
    assert_eq!((code(&silent), &told["status"], &told["first"]), (1, &Value::from("degraded"), &Value::from("platform_unreachable")));
    // Nothing of it stays once the platform is reached.
    assert_eq!(code(&left.doctor(&[]).await), 0);
}

/// Runs the doctor so that it cannot do its work; it says why in one sentence, and reports nothing.
async fn refuses(options: &[&str], because: &str) {
    let output = run("doctor", options).await;
    assert_eq!(code(&output), 3, "{options:?}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty() && said(&output).contains(because), "{options:?}: {}", said(&output));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_examined_is_no_illness() {
    let folder = tempfile::tempdir().unwrap();
    let [missing, letter] = ["missing.db", "letter.txt"].map(|name| folder.path().join(name));
    std::fs::write(&letter, "Dear doctor, I am no database at all.").unwrap();
    let nowhere = ["--facebook", "http://127.0.0.1:1", "--instagram", "http://127.0.0.1:1"];
    refuses(&["--frobnicate"], "--frobnicate").await;
    refuses(&["--facebook", "http://127.0.0.1:1"], "--instagram").await;
    refuses(&[&["--db", path(&missing)], nowhere.as_slice()].concat(), "cannot be read").await;
    assert!(!missing.exists(), "looking for a file makes one");
    refuses(&[&["--db", path(&letter)], nowhere.as_slice()].concat(), "is no SQLite database").await;
    assert_eq!(std::fs::read(&letter).unwrap(), b"Dear doctor, I am no database at all.");
    refuses(&nowhere, "doctor could not run").await;

    let left = Left::by_the_quickstart().await;
    let stranger = left.doctor(&["--owner", "bakery"]).await;
    assert!(code(&stranger) == 3 && said(&stranger).contains("harbour"), "{}", said(&stranger));
    refuses(&["--db", path(&left.file)], "META_APP_ID").await;
}

#[tokio::test]
async fn it_says_what_it_takes() {
    let output = run("doctor", &["--help"]).await;
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(code(&output), 0);
    for option in ["--db", "--facebook", "--instagram", "--owner", "--json", "META_APP_ID", "LINK_KEY"] {
        assert!(told.contains(option), "{option} is not explained: {told}");
    }
}
