//! The crates and who may know whom, held against ARCHITECTURE.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const DOMAIN: [&str; 5] = ["link-core", "link-permissions", "link-sync", "link-notify", "link-privacy"];

/// What no domain crate reaches, with any feature on: HTTP, SQL, SMTP, TLS.
const IO: [&str; 16] = [
    "reqwest",
    "hyper",
    "h2",
    "axum",
    "tower-http",
    "wiremock",
    "sqlx",
    "sqlx-core",
    "libsqlite3-sys",
    "rusqlite",
    "postgres",
    "tokio-postgres",
    "lettre",
    "rustls",
    "native-tls",
    "async-nats",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The graph of packages: name -> names it depends on, development dependencies left out.
struct Graph {
    members: BTreeSet<String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn load() -> Self {
        let host = Command::new(std::env::var("RUSTC").unwrap_or("rustc".into())).arg("-vV").output().unwrap();
        let host = String::from_utf8(host.stdout).unwrap();
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--all-features", "--locked", "--filter-platform", host])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let names: BTreeMap<&str, &str> =
            list(&metadata["packages"]).map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let members = list(&metadata["workspace_members"]).map(|id| names[text(id)].to_owned()).collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let of = edges.entry(names[text(&node["id"])].to_owned()).or_default();
            let ships = |dep: &&Value| list(&dep["dep_kinds"]).any(|kind| kind["kind"] != "dev");
            of.extend(list(&node["deps"]).filter(ships).map(|dep| names[text(&dep["pkg"])].to_owned()));
        }
        Self { members, edges }
    }

    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            for to in &self.edges[next] {
                if seen.insert(to.as_str()) {
                    open.push(to);
                }
            }
        }
        seen
    }
}

/// Everything that is built for this machine with every feature on, for tests too. Cargo's metadata also lists what a disabled feature
/// would bring, so this is asked of `cargo tree`.
fn everything_built() -> BTreeSet<String> {
    let tree = ["tree", "--workspace", "--all-features", "--edges", "all", "--prefix", "none", "--format", "{p}", "--locked"];
    let tree = Command::new(env!("CARGO")).args(tree).current_dir(root()).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap().lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The table of ARCHITECTURE.md: package -> packages it may depend on.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let document = read("ARCHITECTURE.md");
    let rows = document.lines().skip_while(|line| *line != "| package | may depend on |").skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let package = cells.next().unwrap().to_owned();
        let may = cells.next().unwrap().split(',').map(str::trim).filter(|name| *name != "-").map(str::to_owned).collect();
        (package, may)
    };
    rows.map(row).collect()
}

#[test]
fn no_package_knows_another_that_the_table_does_not_allow() {
    let (graph, allowed) = (Graph::load(), allowed());
    assert_eq!(graph.members, allowed.keys().cloned().collect(), "the table and the workspace name different packages");
    for (package, may) in &allowed {
        let knows: BTreeSet<_> = graph.edges[package].intersection(&graph.members).cloned().collect();
        let too_much: Vec<_> = knows.difference(may).collect();
        assert!(too_much.is_empty(), "{package} depends on {too_much:?}, which ARCHITECTURE.md does not allow");
    }
}

#[test]
fn no_domain_package_reaches_the_network_or_a_database() {
    let graph = Graph::load();
    for package in DOMAIN {
        let reached = graph.reached(package);
        let io: Vec<_> = IO.iter().filter(|io| reached.contains(**io)).collect();
        assert!(io.is_empty(), "{package} reaches {io:?}");
    }
    assert!(graph.reached("link-graph").contains("reqwest"), "the test no longer sees what is there");
}

#[test]
fn the_sandbox_is_the_independent_other_side() {
    let graph = Graph::load();
    let reached = graph.reached("link-sandbox");
    let ours: Vec<_> = graph.members.iter().filter(|member| reached.contains(member.as_str())).collect();
    assert!(ours.is_empty(), "the sandbox reaches {ours:?}: it would agree with us about our own mistakes");
    let manifest = read("crates/sandbox/Cargo.toml");
    assert!(!manifest.lines().any(|line| line.starts_with("link-")), "the sandbox's tests use our crates");
}

#[test]
fn one_implementation_of_tls_and_no_openssl() {
    let built = everything_built();
    assert!(built.contains("aws-lc-rs"), "the test no longer sees what is there");
    for unwanted in ["ring", "openssl", "openssl-sys", "native-tls"] {
        assert!(!built.contains(unwanted), "{unwanted} is in the graph");
    }
}

#[test]
fn every_folder_is_named() {
    let document = read("ARCHITECTURE.md");
    let folders = |path: &str| {
        let entries = std::fs::read_dir(root().join(path)).unwrap().map(|entry| entry.unwrap());
        entries
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let ignored = [".git", "target"];
    let top: Vec<_> = folders(".").into_iter().filter(|name| !ignored.contains(&name.as_str())).collect();
    for folder in top.iter().chain(&folders("crates")) {
        assert!(document.contains(folder.as_str()), "ARCHITECTURE.md does not name the folder {folder}");
    }
}

#[test]
fn the_lower_floor_of_core_does_not_know_the_upper_one() {
    let mut open = vec![root().join("crates/link-core/src/words.rs"), root().join("crates/link-core/src/words")];
    let mut looked_at = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        assert!(!code.into_iter().any(|line| line.contains("linking::")), "{} imports the upper floor", path.display());
        looked_at += 1;
    }
    assert!(looked_at > 20, "the test no longer finds the files");
}
