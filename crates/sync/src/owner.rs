//! Which app may answer in a conversation, and until when.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Act;
use link_core::words::ids::ExternalId;
use serde::{Deserialize, Serialize};

use crate::conversation::Conversation;

/// How long after the person's last message an app keeps a conversation (Meta's page on conversation routing, September 2025). That a pressed
/// button is one is our reading of it: it comes as what the person says. The app can have it longer if it asks for that, which is told to nobody
/// else.
pub(crate) const KEPT: TimeDelta = TimeDelta::hours(24);

/// What was last told of which app may answer in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ownership {
    /// Ours: what happens there comes to us as to the one who may answer.
    Ours,
    /// Another one; ours only listens.
    Other,
    /// Another one, by its id; ours only listens.
    App(ExternalId),
}

/// Which app may answer in a conversation at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nobody said anything of it.
    Unknown,
    /// Ours.
    Ours {
        /// Until then, if the person neither writes nor presses a button.
        until: DateTime<Utc>,
    },
    /// Another one. What is sent from here would be refused.
    Other {
        /// Which, where that was told.
        app: Option<ExternalId>,
        /// Until then, if the person neither writes nor presses a button, and the other app does not ask for longer.
        until: DateTime<Utc>,
    },
    /// None any more: the app that the account's owner chose as the first one may answer, or any if none was chosen.
    Idle {
        /// Since when.
        since: DateTime<Utc>,
    },
}

impl Conversation {
    /// Which app may answer at a time. What was last told counts until a day after the person last wrote or pressed a
    /// button; if it was told after that, for a day. Reactions and links prolong nothing.
    pub fn owner(&self, now: DateTime<Utc>) -> Owner {
        let Some(told) = &self.ownership else { return Owner::Unknown };
        let said = self.last_inbound.max(self.acted.get(&Act::Postback).copied());
        let by_person = said.map(|at| at + KEPT).filter(|until| told.as_of < *until);
        let until = by_person.unwrap_or(told.as_of + KEPT);
        match &told.value {
            _ if until <= now => Owner::Idle { since: until },
            Ownership::Ours => Owner::Ours { until },
            Ownership::Other => Owner::Other { app: None, until },
            Ownership::App(app) => Owner::Other { app: Some(app.clone()), until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Register;
    use crate::testing::at;

    const DAY: i64 = 86_400;

    fn told(as_of: i64, value: Ownership, last_inbound: Option<i64>) -> Conversation {
        Conversation { ownership: Some(Register::new(at(as_of), value)), last_inbound: last_inbound.map(at), ..Conversation::default() }
    }

    #[test]
    fn another_app_keeps_a_conversation_for_a_day_after_the_person_last_wrote() {
        let bot = told(5, Ownership::App("99".parse().unwrap()), Some(0));
        let other = Owner::Other { app: Some("99".parse().unwrap()), until: at(DAY) };
        assert_eq!(bot.owner(at(DAY - 1)), other);
        assert_eq!(bot.owner(at(DAY)), Owner::Idle { since: at(DAY) }, "nobody could ever answer there again");
        let wrote_again = told(5, Ownership::Other, Some(50));
        assert_eq!(wrote_again.owner(at(60)), Owner::Other { app: None, until: at(50 + DAY) });
    }

    /// The usual one with a bot: its button is pressed late in the day, and it goes on. If this failed, we would write where we may not.
    #[test]
    fn a_pressed_button_prolongs_it_and_a_reaction_does_not() {
        let hours = |hours: i64| at(hours * 3600);
        let mut bot = told(20 * 3600, Ownership::Other, Some(0));
        bot.acted(Act::Reaction, hours(23));
        assert_eq!(bot.owner(hours(23)), Owner::Other { app: None, until: hours(24) });
        bot.acted(Act::Postback, hours(20));
        assert_eq!(bot.owner(hours(25)), Owner::Other { app: None, until: hours(44) });
        bot.last_inbound = None;
        assert_eq!(bot.owner(hours(44)), Owner::Idle { since: hours(44) });
    }

    #[test]
    fn what_is_told_long_after_the_person_wrote_counts_for_a_day() {
        let passed = told(3 * DAY, Ownership::Ours, Some(0));
        assert_eq!(passed.owner(at(3 * DAY + 1)), Owner::Ours { until: at(4 * DAY) });
        assert_eq!(told(0, Ownership::Ours, None).owner(at(1)), Owner::Ours { until: at(DAY) });
        assert_eq!(Conversation::default().owner(at(1)), Owner::Unknown);
    }

    #[test]
    fn what_was_stored_before_apps_had_names_is_still_read() {
        let stored = r#"{"as_of":"2026-11-20T10:00:00Z","value":"other"}"#;
        let read: Register<Ownership> = serde_json::from_str(stored).unwrap();
        assert_eq!(read.value, Ownership::Other);
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        let named = Register::new(at(1), Ownership::App("99".parse().unwrap()));
        assert_eq!(serde_json::from_str::<Register<Ownership>>(&serde_json::to_string(&named).unwrap()).unwrap(), named);
    }
}
