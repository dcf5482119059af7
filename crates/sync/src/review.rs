//! What a review says about messages: what is read and kept, and what the platforms do not show.

use link_core::linking::review::{ReviewOf, Reviewer, Section};
use link_core::linking::setup::Depth;
use link_core::words::capabilities::Capabilities;

/// Supplies the section on what is read and kept.
#[derive(Debug, Clone, Default)]
pub struct HistoryReview(Vec<&'static Capabilities>);

impl HistoryReview {
    /// By what these platforms can do.
    pub fn new(platforms: impl IntoIterator<Item = &'static Capabilities>) -> Self {
        Self(platforms.into_iter().collect())
    }
}

impl Reviewer for HistoryReview {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        let mut section = Section::new("messages", "What is read and kept")
            .with("kept", "From the confirmation on, every message of these conversations is kept here, with its attachments as links, its edits, reactions and reads.")
            .with("people", "Of the people who write, the id that the account knows them by is kept.");
        for can in self.0.iter().filter(|can| of.accounts.iter().any(|account| account.account.platform == can.platform)) {
            section = limits(section, can, of.synchronisation.history);
        }
        Some(section.with("stories", "Pictures and films of stories are linked as long as the platform shows them, and never stored."))
    }
}

fn limits(mut section: Section, can: &Capabilities, depth: Depth) -> Section {
    let platform = can.platform.as_str();
    if let Some(newest) = can.readable_history.filter(|_| depth != Depth::Nothing) {
        let text = format!(
            "Of what was written before, {platform} shows the newest {newest} messages of each conversation; older ones cannot be read."
        );
        section = section.with(format!("history:{platform}"), text);
    }
    let human =
        if can.human_agent_days > 0 { format!(", {} days by a human whom Meta approved", can.human_agent_days) } else { String::new() };
    section.with(
        format!("window:{platform}"),
        format!("On {platform} people can be answered for {} hours after they wrote{human}.", can.window_hours),
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use link_core::linking::setup::{Candidate, Setup, Synchronisation};
    use link_core::words::capabilities::TextLimit;
    use link_core::{ActorId, OwnerId, Platform, Road, SetupId};

    use super::*;

    static PAGES: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(2000)).with_window(24, 7);
    static PICTURES: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(1000)).with_readable_history(20);

    #[test]
    fn what_a_platform_does_not_show_is_said_of_the_platforms_that_are_linked_and_only_if_it_is_wanted() {
        let id = SetupId::from_uuid(uuid::Uuid::nil());
        let mut setup = Setup::begin(id, OwnerId::new("o").unwrap(), ActorId::new("a").unwrap(), DateTime::UNIX_EPOCH);
        let reviewer = HistoryReview::new([&PAGES, &PICTURES]);
        let said = |setup: &Setup| {
            let section = reviewer.section(&ReviewOf::setup(setup)).unwrap();
            section.lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join(" ")
        };
        setup.candidates = vec![Candidate::new("instagram:3".parse().unwrap(), Road::FACEBOOK, "Shop")];
        setup.chosen = vec!["instagram:3".parse().unwrap()];
        let text = said(&setup);
        assert!(text.contains("instagram shows the newest 20 messages") && text.contains("never stored"), "{text}");
        assert!(!text.contains("messenger"), "{text}");
        setup.synchronisation = Synchronisation::default().history(Depth::Nothing);
        assert!(!said(&setup).contains("newest 20"), "a limit is told of what nobody wants");
        setup.candidates = vec![Candidate::new("messenger:1".parse().unwrap(), Road::FACEBOOK, "Shop")];
        setup.chosen = vec!["messenger:1".parse().unwrap()];
        assert!(said(&setup).contains("7 days by a human"));
    }
}
