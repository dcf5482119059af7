//! The README's table of what is there, held to its word: every row that says so is walked.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod actions;
mod check;
mod errors;
mod events;
mod graph;
mod headers;
mod login;
mod sending;
mod stage;
mod table;

use std::collections::BTreeSet;

use check::Check;
use stage::Stage;

fn checks() -> Vec<Check> {
    [login::checks(), graph::checks(), sending::checks(), events::checks(), errors::checks(), actions::checks(), headers::checks()].concat()
}

#[test]
fn every_row_that_is_there_has_a_check_and_every_check_a_row() {
    let checked: BTreeSet<&str> = checks().iter().map(Check::slug).collect();
    let rows = table::rows();
    let needed: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.is_there() && !row.slug.starts_with("event:") && !row.slug.starts_with("field:"))
        .filter(|row| !row.slug.starts_with("error:") || row.comes_by_use())
        .map(|row| row.slug.as_str())
        .collect();
    let lacking: Vec<_> = needed.difference(&checked).collect();
    let surplus: Vec<_> = checked.difference(&needed).collect();
    assert!(lacking.is_empty() && surplus.is_empty(), "rows without a check: {lacking:?}; checks without a row: {surplus:?}");
}

/// Runs checks side by side, each in a world of its own, and tells of all that failed.
async fn walk(checks: Vec<Check>) {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut failed = Vec::new();
    for some in checks.chunks(8) {
        let running: Vec<_> = some
            .iter()
            .map(|check| {
                let (check, client) = (*check, client.clone());
                (check.slug(), tokio::spawn(async move { check.run(Stage::start(client).await).await }))
            })
            .collect();
        for (slug, task) in running {
            if task.await.is_err() {
                failed.push(slug);
            }
        }
    }
    assert!(failed.is_empty(), "not as the table says: {failed:?}");
}

macro_rules! walks {
    ($($name:ident: $module:ident;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                walk($module::checks()).await;
            }
        )+
    };
}

walks! {
    dialogs_and_tokens_are_there: login;
    endpoints_are_there: graph;
    sends_are_there: sending;
    webhooks_are_there: events;
    errors_come_by_use: errors;
    actions_are_there: actions;
    headers_and_limits_are_there: headers;
}

#[tokio::test]
async fn every_error_of_the_table_can_be_planted() {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let stage = Stage::start(client).await;
    for row in table::rows().iter().filter(|row| row.slug.starts_with("error:") && row.is_there()) {
        errors::planted(&stage, &row.slug).await;
    }
}
