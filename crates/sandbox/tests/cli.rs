//! The program as a person and a script meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use link_sandbox::Controls;
use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_link-sandbox"));
    program.args(arguments).stdin(Stdio::null());
    program
}

fn output(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What is printed by a call that works.
fn printed(arguments: &[&str]) -> String {
    let output = output(arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

/// What is told on standard error by a call that ends with this code and prints nothing.
fn told(code: i32, arguments: &[&str]) -> String {
    let output = output(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "standard output is for the ready line alone: {output:?}");
    text(&output.stderr)
}

/// A `serve` that has printed its line.
struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    line: String,
    ready: Value,
}

impl Serving {
    fn start(arguments: &[&str], seed: Option<&str>) -> Self {
        let mut program = program(&[&["serve", "--port", "0"], arguments].concat());
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(seed.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, stdout, line, ready }
    }

    fn controls(&self) -> Controls {
        Controls::new(self.ready["facebook"].as_str().unwrap(), self.ready["instagram"].as_str().unwrap())
    }

    /// Ends it by a signal; the exit code, and what was printed after the ready line.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself, as it was told to.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn help_names_the_ids_of_the_world_that_is_really_there() {
    let (help, seed) = (printed(&["--help"]), printed(&["seed"]));
    let ids = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned).collect()
    };
    let of_a_customer = |id: &String| id.starts_with("40000000000000");
    let shown: Vec<_> = ids(&help).into_iter().filter(|id| !of_a_customer(id)).collect();
    assert!(shown.len() >= 7, "{help}");
    for id in shown {
        assert!(seed.contains(&format!("\"{id}\"")), "--help shows {id}, which is not in the default world");
    }
    for secret in ["sandbox-app-secret", "sandbox-instagram-secret", "sandbox-verify"] {
        assert!(help.contains(secret) && seed.contains(secret), "{secret}");
    }
    for command in ["serve", "seed"] {
        assert!(help.contains(&format!("link-sandbox {command} --help")), "--help leads on to {command}'s");
    }
}

#[test]
fn help_of_seed_explains_every_key() {
    let help = printed(&["seed", "--help"]);
    let seed: Value = serde_json::from_str(&printed(&["seed"])).unwrap();
    for key in seed.as_object().unwrap().keys() {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {key} "))), "{key} is not explained");
    }
}

#[test]
fn help_of_serve_has_defaults_and_formats() {
    let help = printed(&["serve", "--help"]);
    for part in ["--port <N>", "[default: 8701]", "--seed <FILE>", "RFC 3339", "--ca <FILE>", "[default: warn]", "{\"ready\":true,"] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
    let longest = help.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(130), "no line is too long for a terminal");
}

#[test]
fn wrong_arguments_are_a_usage_error_that_names_them() {
    let cases: [(&[&str], &str); 9] = [
        (&["serve", "--prot", "1"], "--prot"),
        (&["serve", "here"], "here"),
        (&["server"], "server"),
        (&["seed", "--port", "1"], "--port"),
        (&["serve", "--port", "65536"], "65536"),
        (&["serve", "--port", "65535"], "65536"),
        (&["serve", "--at", "yesterday"], "2026-11-23T12:00:00Z"),
        (&["serve", "--ca", "ca.pem"], "--tls"),
        (&["serve", "--log", "loud"], "info"),
    ];
    for (arguments, expected) in cases {
        let told = told(2, arguments);
        assert!(told.starts_with("error: ") && told.contains(expected), "{arguments:?}: {told}");
    }
}

#[test]
fn a_taken_port_is_named_and_so_is_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = told(1, &["serve", "--port", &port]);
    for part in [&format!("Port {port} is taken"), "--port N", "--port 0"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_wrong_seed_is_told_with_its_line_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let name = file.to_str().unwrap();
    let missing = told(1, &["serve", "--seed", name]);
    assert!(missing.contains(name) && missing.contains("No such file"), "{missing}");
    for (seed, expected) in [
        ("{\n  \"pages\": [\n", "line 3"),
        ("{\n  \"page\": []\n}", "`pages`"),
        ("{\n  \"page\": []\n}", "line 2"),
        ("{\n  \"people\": [\n    {\"id\": \"1\"}\n  ]\n}", "missing field `name`, in the entry that begins at line 3"),
    ] {
        std::fs::write(&file, seed).unwrap();
        let told = told(1, &["serve", "--port", "0", "--seed", name]);
        assert!(told.contains(name) && told.contains(expected) && told.contains("link-sandbox seed"), "{told}");
    }
}

#[test]
fn the_ready_line_is_the_first_and_names_two_origins() {
    let serving = Serving::start(&[], None);
    assert!(serving.line.starts_with("{\"ready\":true,\"facebook\":\"http://127.0.0.1:"), "{}", serving.line);
    let mut keys: Vec<_> = serving.ready.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["facebook", "facebook_tls", "instagram", "instagram_tls", "ready"]);
    assert!(serving.ready["facebook_tls"].is_null() && serving.ready["instagram_tls"].is_null());
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_it_in_order_and_nothing_more_was_printed() {
    for signal in ["-TERM", "-INT"] {
        let serving = Serving::start(&["--log", "info"], None);
        serving.controls().state().await.unwrap();
        assert_eq!(serving.end(signal), (Some(0), String::new()), "after {signal}");
    }
}

#[tokio::test]
async fn what_seed_prints_is_taken_from_standard_input() {
    let seed = printed(&["seed"]).replace("Harbour Books", "Shore Books");
    let serving = Serving::start(&["--seed", "-", "--at", "2026-11-23T12:00:00Z"], Some(&seed));
    let state = serving.controls().state().await.unwrap().to_string();
    assert!(state.contains("Shore Books") && !state.contains("Harbour Books"), "{state}");
    assert!(state.contains("\"17841400000000003\""), "and the rest of the world is there");
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_is_refused_with_how_to_get_it() {
    let told = told(2, &["serve", "--tls", "--ca", "ca.pem"]);
    assert!(told.starts_with("error: --tls needs") && told.contains("--features tls"), "{told}");
}

#[cfg(feature = "tls")]
#[test]
fn tls_is_announced_and_its_certificate_is_there_by_then() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let serving = Serving::start(&["--tls", "--ca", file.to_str().unwrap()], None);
    for origin in ["facebook_tls", "instagram_tls"] {
        assert!(serving.ready[origin].as_str().unwrap().starts_with("https://127.0.0.1:"), "{}", serving.line);
    }
    let pem = std::fs::read_to_string(&file).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("KEY"), "{pem}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is written");
    let told = told(2, &["serve", "--tls", "--port", "65533"]);
    assert!(told.contains("65536"), "{told}");
}

#[cfg(feature = "tls")]
#[test]
fn a_certificate_that_cannot_be_written_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none").join("ca.pem");
    let told = told(1, &["serve", "--tls", "--port", "0", "--ca", file.to_str().unwrap()]);
    assert!(told.contains(file.to_str().unwrap()), "{told}");
}

#[test]
fn every_seed_that_is_shipped_describes_a_world() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        link_sandbox::seed_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let serving = Serving::start(&["--seed", path.to_str().unwrap()], None);
        assert!(serving.ready["ready"].as_bool().unwrap(), "{} serves", path.display());
        seen += 1;
    }
    assert_eq!(seen, 4, "the folder of seeds is found");
}
