use chrono::TimeDelta;
use link_core::linking::accessibility::examined;
use link_core::words::finding::Cause;
use link_core::{Remedy, Who};
use serde_json::{Value, json};

use super::*;

static LOST: Cause = Cause::new(
    "lost",
    Severity::Blocks,
    "it is lost",
    &[Remedy::new(Who::Owner, "find it").with_url("https://lost.example/"), Remedy::new(Who::Developer, "build another")],
)
.of(const { &[Feature::SEND, Feature::HISTORY] })
.weighing(9);
static WORN: Cause = Cause::new("worn", Severity::Degrades, "it is worn", &[Remedy::new(Who::Platform, "wait for it")]);
static OLD: Cause = Cause::new("old", Severity::Warns, "it grows old", &[Remedy::new(Who::Customer, "bring a new one")]);

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn of(checks: &[Check]) -> Diagnosis {
    let findings = examined(&"harbour".parse().unwrap(), &[], checks, noon()).findings;
    let checks = checks.iter().map(|check| Checked { code: check.cause.code, state: check.state }).collect();
    Diagnosis { status: status(&findings), first: first(&findings), findings, checks, figures: Vitals::default() }
}

#[test]
fn the_report_reads_as_it_is_promised() {
    let mut diagnosis = of(&[LOST.found().at("messenger:300".parse().unwrap()).with("the key"), WORN.found(), OLD.unknown()]);
    let figures = &mut diagnosis.figures;
    figures.last_event_at.insert("messenger:300".to_owned(), [("messages".to_owned(), noon() - TimeDelta::hours(1))].into());
    figures.signature_failures = 3;
    figures.journal_lag = 2;
    figures.oldest_unapplied = Some(noon());
    figures.served_version = Some("v26.0".to_owned());
    figures.budget_left = [("app".to_owned(), 97)].into();
    figures.clock_skew_ms = -1000;
    let golden = json!({
        "status": "broken",
        "first": "lost",
        "findings": [
            {
                "code": "lost", "severity": "blocks", "account": "messenger:300", "platform": "messenger",
                "features": ["send", "history"], "cause": "it is lost: the key",
                "remedy": {"who": "owner", "what": "find it", "url": "https://lost.example/", "recheck": "repeat what failed"},
                "since": "2026-11-23T12:00:00Z"
            },
            {
                "code": "worn", "severity": "degrades", "account": null, "platform": null, "features": [], "cause": "it is worn",
                "remedy": {"who": "platform", "what": "wait for it", "url": null, "recheck": "repeat what failed"},
                "since": "2026-11-23T12:00:00Z"
            }
        ],
        "checks": [{"code": "lost", "state": "failed"}, {"code": "worn", "state": "failed"}, {"code": "old", "state": "unknown"}],
        "figures": {
            "last_event_at": {"messenger:300": {"messages": "2026-11-23T11:00:00Z"}},
            "signature_failures": 3, "journal_lag": 2, "oldest_unapplied": "2026-11-23T12:00:00Z",
            "served_version": "v26.0", "budget_left": {"app": 97}, "clock_skew_ms": -1000
        }
    });
    assert_eq!(serde_json::to_value(&diagnosis).unwrap(), golden);
}

#[test]
fn nothing_found_is_said_by_null_and_not_by_leaving_out() {
    let told = serde_json::to_value(of(&[LOST.unknown()])).unwrap();
    let figures = json!({
        "last_event_at": {}, "signature_failures": 0, "journal_lag": 0, "oldest_unapplied": null,
        "served_version": null, "budget_left": {}, "clock_skew_ms": 0
    });
    let whole = json!({
        "status": "healthy", "first": Value::Null, "findings": [], "checks": [{"code": "lost", "state": "unknown"}], "figures": figures
    });
    assert_eq!(told, whole);
}

#[test]
fn what_blocks_comes_before_what_degrades_and_that_before_a_warning() {
    let on_the_whole = |checks: &[Check]| {
        let diagnosis = of(checks);
        (diagnosis.status, diagnosis.first)
    };
    let first = |code: &str| Some(code.to_owned());
    assert_eq!(on_the_whole(&[OLD.found(), WORN.found(), LOST.found()]), (Status::Broken, first("lost")));
    assert_eq!(on_the_whole(&[OLD.found(), WORN.found()]), (Status::Degraded, first("worn")));
    assert_eq!(on_the_whole(&[OLD.found()]), (Status::Healthy, first("old")));
}

#[test]
fn a_person_reads_every_remedy_in_order_and_the_first_thing_at_the_end() {
    let text = of(&[WORN.found(), LOST.found().at("messenger:300".parse().unwrap())]).to_text();
    let place = |told: &str| text.find(told).unwrap_or_else(|| panic!("{told} is missing in {text}"));
    assert!(place("- lost (blocks at messenger:300): it is lost") < place("  owner: find it (https://lost.example/)"));
    assert!(place("  owner: find it") < place("  developer: build another"));
    assert!(place("  developer: build another") < place("- worn (degrades): it is worn"));
    assert_eq!(text.lines().last(), Some("do first: find it (https://lost.example/); then repeat what failed"));
}
