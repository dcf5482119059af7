//! What a review says about alerts.

use link_core::linking::review::{ReviewOf, Reviewer, Section};

/// Supplies the section on alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertReview {
    sinks: Vec<String>,
}

impl AlertReview {
    /// By the names of the sinks outside this program to which alerts go.
    pub fn new(sinks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { sinks: sinks.into_iter().map(Into::into).collect() }
    }
}

impl Reviewer for AlertReview {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        if !of.preferences.alert {
            return None;
        }
        let mut section = Section::new("alerts", "Alerts")
            .with("ids", "An alert says at which account somebody wrote and who; the text of the message is not in it.");
        for sink in &self.sinks {
            section = section.with(format!("sink:{sink}"), format!("Alerts also go to {sink}."));
        }
        Some(section)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use link_core::linking::setup::Setup;
    use link_core::{ActorId, OwnerId, SetupId};

    use super::*;

    #[test]
    fn nothing_is_said_of_alerts_that_are_off_and_every_sink_is_named_if_they_are_on() {
        let id = SetupId::from_uuid(uuid::Uuid::nil());
        let mut setup = Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
        let reviewer = AlertReview::new(["the shop's mailbox"]);
        let said = reviewer.section(&ReviewOf::setup(&setup)).unwrap().lines;
        assert!(said.iter().any(|line| line.text == "Alerts also go to the shop's mailbox."), "{said:?}");
        setup.preferences = setup.preferences.alert(false);
        assert_eq!(reviewer.section(&ReviewOf::setup(&setup)), None);
    }
}
