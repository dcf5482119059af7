//! What a review says about messages: what is read and kept, and what the platforms do not show.

use link_core::linking::review::{ReviewOf, Reviewer, Section};
use link_core::linking::setup::Depth;
use link_core::words::capabilities::Capabilities;

use crate::carrier::Carriers;

/// Supplies the section on what is read and kept.
#[derive(Debug, Clone)]
pub struct HistoryReview(Carriers);

impl HistoryReview {
    /// By what these platforms can do.
    pub const fn new(carriers: Carriers) -> Self {
        Self(carriers)
    }
}

impl Reviewer for HistoryReview {
    fn section(&self, of: &ReviewOf) -> Option<Section> {
        let mut section = Section::new("messages", "What is read and kept")
            .with("kept", "From the confirmation on, every message of these conversations is kept here, with its attachments as links, its edits, reactions and reads.")
            .with("people", "Of the people who write, the id that the account knows them by is kept.");
        let mut platforms: Vec<_> = of.accounts.iter().map(|account| &account.account.platform).collect();
        platforms.sort();
        platforms.dedup();
        for can in platforms.into_iter().filter_map(|platform| self.0.of(platform).ok()) {
            section = limits(section, can.capabilities, of.synchronisation.history);
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
