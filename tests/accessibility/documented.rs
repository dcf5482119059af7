//! Every cause is documented, once.

use std::fmt::Write as _;

use link_kit::{Cause, Who};

use crate::stage::Stage;

const HEAD: &str = "\
# What the doctor finds

Every cause that an examination can find, the gravest first: in this order the doctor says what to do first. A code does not change its
meaning between versions. `blocks`: the account cannot be used, and no setup goes on with it. `degrades`: some features are off or do less.
`warns`: nothing is lost yet. Remedies stand in the order of what is likeliest to help.

Each finding has its place: an account by a road, a person who signed in by a road, the app on a road, or the whole program. The same cause at
two places is two findings. Somebody who may see some accounts is shown what is at these, what is of a road or a person by which one of them is
connected, and what is the whole program's.

Written by a test from the tables in the code; to change it, change those.
";

fn who(who: Who) -> &'static str {
    match who {
        Who::Owner => "The owner",
        Who::Developer => "The developer",
        Who::Platform => "The platform",
        Who::Customer => "The customer",
    }
}

fn document(causes: &mut [&'static Cause]) -> String {
    causes.sort_by_key(|cause| std::cmp::Reverse((cause.severity, cause.weight)));
    let mut text = HEAD.to_owned();
    for cause in causes {
        let features: Vec<&str> = cause.features.iter().map(link_kit::Feature::as_str).collect();
        let features = if features.is_empty() { "everything".to_owned() } else { features.join(", ") };
        write!(text, "\n## `{}`\n\n{} ({features}): {}.\n\n", cause.code, cause.severity.as_str(), cause.cause).unwrap();
        for remedy in cause.remedies {
            let page = remedy.url.map(|url| format!(" (<{url}>)")).unwrap_or_default();
            writeln!(text, "* {}: {}{page}. Then: {}.", who(remedy.who), remedy.what, remedy.recheck).unwrap();
        }
    }
    text
}

#[tokio::test]
async fn every_code_stands_in_the_documentation_with_cause_and_remedy() {
    let stage = Stage::open().await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/findings.md");
    let wanted = document(&mut stage.kit.causes());
    let stands = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stands == wanted, "docs/findings.md is to read:\n----8<----\n{wanted}----8<----");
}
