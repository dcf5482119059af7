//! Story: somebody has a webhook body in a file and asks what it means, from any language.
//!
//! The golden bodies of `link-graph` carry the lines that must be printed; they were made by a reader of the face's description that
//! shares no code with ours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The example as it is run: built by the same cargo into the same place.
static DECODE: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "link-examples", "--example", "decode"])
        .args(if cfg!(debug_assertions) { [].as_slice() } else { &["--release"] })
        .status()
        .unwrap();
    assert!(built.success(), "the example does not build");
    let profile = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    profile.join("examples").join(format!("decode{}", std::env::consts::EXE_SUFFIX))
});

fn decode(body: impl AsRef<[u8]>, options: &[&str]) -> Output {
    let mut child =
        Command::new(&*DECODE).args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A run that ends on its options does not read its input.
    child
        .stdin
        .take()
        .unwrap()
        .write_all(body.as_ref())
        .or_else(|e| if e.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(e) })
        .unwrap();
    child.wait_with_output().unwrap()
}

/// The printed lines, without the keys that have no value.
fn lines(output: &Output) -> Vec<Value> {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    std::str::from_utf8(&output.stdout).unwrap().lines().map(|line| valued(serde_json::from_str(line).unwrap())).collect()
}

fn valued(mut line: Value) -> Value {
    let keep = |key: &String, value: &mut Value| key == "raw" || !value.is_null();
    line.as_object_mut().unwrap().retain(keep);
    line
}

/// Fails with this code, says one line, and prints nothing.
fn assert_refused(output: &Output, code: i32) {
    let why = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{why}");
    assert!(output.stdout.is_empty());
    assert_eq!((why.lines().count(), why.ends_with('\n')), (1, true), "{why:?}");
}

#[derive(Deserialize)]
struct Case {
    shape: String,
    body: Box<RawValue>,
    lines: Vec<Value>,
}

#[test]
fn every_shape_of_the_catalogue_is_printed_as_described() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/graph/tests/golden");
    let mut count = 0;
    for family in std::fs::read_dir(golden).unwrap() {
        let shapes: Vec<Case> = serde_json::from_slice(&std::fs::read(family.unwrap().path()).unwrap()).unwrap();
        for Case { shape, body, lines: expected } in shapes {
            assert_eq!(lines(&decode(body.get(), &[])), expected, "{shape}");
            count += 1;
        }
    }
    assert!(count > 120, "only {count} shapes were found");
}

#[test]
fn what_is_no_webhook_body_is_told_apart() {
    let bodies: [&[u8]; 9] =
        [b"", b"no", b"\xff\xfe", b"[]", b"[{\"object\":\"page\"}]", b"7", b"{}", b"{\"object\":1}", b"{\"object\":\"page\"} x"];
    for body in bodies {
        assert_refused(&decode(body, &[]), 2);
    }
    assert_refused(&decode(format!(r#"{{"object":"page","entry":{}{}}}"#, "[".repeat(128), "]".repeat(128)), &[]), 2);
    assert_refused(&decode("{}", &["--no-such-option"]), 2);
}

#[test]
fn a_body_without_items_prints_nothing() {
    for body in [r#"{"object":"page"}"#, r#"{"object":"novel","entry":[]}"#, r#"{"object":"page","entry":[{},{"id":"1","time":2}]}"#] {
        let output = decode(body, &[]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{body}");
    }
}

// Made with `openssl dgst -sha256 -hmac kitchen-door`.
const BODY: &str = r#"{"object":"page","entry":[{"id":"1","messaging":[{"message":{"mid":"m","text":"caf\u00e9"}}]}]}"#;
const SIGNATURE: &str = "sha256=67da3ea7fa61f45df2e0d553dcdfa4e3225622cae5b38b19fd2b9cf201043ba1";

#[test]
fn a_signature_is_verified_before_anything_is_said() {
    let shouted = format!("sha256={}", SIGNATURE["sha256=".len()..].to_uppercase());
    for signature in [SIGNATURE, &shouted] {
        let output = decode(BODY, &["--secret", "other", "--secret", "kitchen-door", "--signature", signature]);
        assert_eq!(lines(&output)[0]["text"], "caf\u{e9}");
    }
    assert_refused(&decode(BODY, &["--secret", "other", "--signature", SIGNATURE]), 3);
    assert_refused(&decode(format!("{BODY} "), &["--secret", "kitchen-door", "--signature", SIGNATURE]), 3);
    assert_refused(&decode("no body", &["--secret", "kitchen-door", "--signature", SIGNATURE]), 3);
    for signature in ["", "sha256=", "sha1=17295a2ad4d1dbd77b3ff707ddbdfd8594055f1b", &SIGNATURE["sha256=".len()..]] {
        assert_refused(&decode(BODY, &["--secret", "kitchen-door", "--signature", signature]), 3);
    }
}

#[test]
fn half_of_a_verification_is_none() {
    assert_refused(&decode(BODY, &["--secret", "kitchen-door"]), 2);
    assert_refused(&decode(BODY, &["--signature", SIGNATURE]), 2);
    assert_refused(&decode(BODY, &["--secret", "", "--signature", SIGNATURE]), 2);
}

#[test]
fn what_has_no_name_keeps_its_digits_and_stays_on_one_line() {
    let body = "\u{feff}{\"object\": \"page\", \"entry\": [{\"id\": 1, \"messaging\": [{\n \"novel\": [1.50, 17841466000000007.0,\t\"a \\\" b\\\\\", \"\\u00e9\"]\n}]}]}";
    let printed = String::from_utf8(decode(body, &[]).stdout).unwrap();
    assert!(printed.ends_with("\"raw\":{\"novel\":[1.50,17841466000000007.0,\"a \\\" b\\\\\",\"\\u00e9\"]}}\n"), "{printed}");
    assert_eq!(printed.lines().count(), 1);
}

#[test]
fn pretty_says_the_same_over_several_lines() {
    let pretty = decode(BODY, &["--pretty"]);
    assert!(String::from_utf8_lossy(&pretty.stdout).lines().count() > 3);
    let said: Value = serde_json::from_slice(&pretty.stdout).unwrap();
    assert_eq!(valued(said), lines(&decode(BODY, &[]))[0]);
}
