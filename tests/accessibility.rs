//! Story: something is wrong with the shop's accounts, and Robin is told what it is, and what to do first.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

#[path = "accessibility/at_once.rs"]
mod at_once;
#[path = "accessibility/causes.rs"]
mod causes;
#[path = "accessibility/coming_and_going.rs"]
mod coming_and_going;
#[path = "accessibility/documented.rs"]
mod documented;
#[path = "accessibility/enforced.rs"]
mod enforced;
#[path = "accessibility/first.rs"]
mod first;
#[path = "accessibility/setups.rs"]
mod setups;
mod stage;
#[path = "accessibility/whose.rs"]
mod whose;
#[path = "accessibility/wrong.rs"]
mod wrong;

use link_kit::Diagnosis;

use stage::Stage;

pub(crate) const ROBIN: &str = "2000000000000001";
pub(crate) const SAM: &str = "2000000000000002";
pub(crate) const CAFE_PAGE: &str = "3000000000000002";

pub(crate) async fn diagnosis(stage: &Stage) -> Diagnosis {
    stage.kit.doctor(&stage.viewer).await.unwrap()
}

/// The codes of what was found, the worst first, each once.
pub(crate) fn codes(diagnosis: &Diagnosis) -> Vec<&str> {
    let mut codes: Vec<&str> = Vec::new();
    for finding in &diagnosis.findings {
        if !codes.contains(&finding.code.as_str()) {
            codes.push(&finding.code);
        }
    }
    codes
}
