//! What README promises is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

fn read(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

fn code_lines(source: &str) -> usize {
    source.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).count()
}

#[test]
fn the_snippet_is_the_program_that_compiles() {
    let readme = read("README.md");
    let snippet = readme.split("```rust\n").nth(1).unwrap().split("\n```").next().unwrap();
    let program = read("examples/embed.rs");
    let body: Vec<&str> = program.lines().skip_while(|line| line.starts_with("//!") || line.is_empty()).collect();
    assert_eq!(snippet, body.join("\n"), "README shows another program than examples/embed.rs");
}

#[test]
fn the_way_to_a_link_is_the_one_that_compiles() {
    let readme = read("README.md");
    let snippet = readme.split("```rust\n").nth(2).unwrap().split("\n```").next().unwrap();
    let documented = format!("/// {}\n", snippet.lines().collect::<Vec<_>>().join("\n/// "));
    assert!(read("crates/kit/src/linking.rs").contains(&documented), "README shows another way to a link than Linking's documentation");
}

#[test]
fn the_examples_are_as_short_as_promised() {
    let embed = code_lines(&read("examples/embed.rs"));
    assert!(embed <= 40, "embedding takes {embed} lines");
    let quickstart = code_lines(&read("examples/quickstart.rs"));
    assert!(quickstart <= 150, "the main job takes {quickstart} lines");
}

#[test]
fn ci_runs_the_commands_that_readme_promises() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    for (promised, run) in [
        ("cargo test --workspace", "cargo test --workspace"),
        ("cargo run --example quickstart", "cargo run --locked --example quickstart"),
        ("cargo run --example crash", "cargo run --locked --example crash"),
    ] {
        assert!(readme.contains(promised) && ci.lines().any(|line| line.starts_with(run)), "{promised} is promised and not run");
    }
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "crates/sandbox/README.md"] {
        let text = read(document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") || target.starts_with('#') {
                continue;
            }
            let folder = std::path::Path::new(document).parent().unwrap();
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join(target);
            assert!(path.exists(), "{document} links to {target}, which is not there");
        }
    }
}
