//! Who wrote a message.

use link_core::words::capabilities::Capabilities;
use link_core::words::event::Direction;
use link_core::words::ids::{ExternalId, IntentId};

use crate::message::Message;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Author {
    /// The person.
    Person,
    /// We did, with this intent: the platform's answer or our own metadata proves it.
    Ours(IntentId),
    /// Our app did, and no intent is known here: another program that uses it.
    OwnApp(ExternalId),
    /// Another app.
    OtherApp(ExternalId),
    /// Somebody in one of the platform's own apps.
    Staff {
        /// Which app, where the echo names it.
        app: Option<ExternalId>,
    },
    /// The business, and the platform does not say who of it.
    Unnamed,
}

impl Author {
    /// Who wrote a message, for a program that is these apps; `None` as long as not even its side is known.
    pub fn of(message: &Message, own: &[ExternalId], capabilities: &Capabilities) -> Option<Self> {
        let direction = message.direction?;
        Some(match (direction, message.intent, &message.app_id) {
            (Direction::Inbound, ..) => Self::Person,
            (_, Some(intent), _) => Self::Ours(intent),
            (.., Some(app)) if own.contains(app) => Self::OwnApp(app.clone()),
            (.., Some(app)) if capabilities.staff_apps.contains(&app.as_str()) => Self::Staff { app: Some(app.clone()) },
            (.., Some(app)) => Self::OtherApp(app.clone()),
            // History names no app, whoever wrote.
            _ if capabilities.echoes_app && message.told.live => Self::Staff { app: None },
            _ => Self::Unnamed,
        })
    }
}

#[cfg(test)]
mod tests {
    use link_core::words::capabilities::TextLimit;
    use link_core::words::platform::Platform;

    use super::*;
    use crate::message::{Teller, Tellers};

    const NAMING: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(9)).with_app_echo().with_staff_apps(&["55"]);
    const SILENT: Capabilities = Capabilities::new(Platform::INSTAGRAM, TextLimit::Bytes(9)).with_staff_apps(&["66"]);

    fn echo(app: Option<&str>, teller: Teller) -> Message {
        let app_id = app.map(|app| app.parse().unwrap());
        Message { direction: Some(Direction::Outbound), app_id, told: Tellers::of(teller), ..Message::default() }
    }

    fn of(message: &Message, capabilities: &Capabilities) -> Author {
        Author::of(message, &["1".parse().unwrap()], capabilities).unwrap()
    }

    #[test]
    fn an_echo_is_ours_another_apps_or_that_of_staff_with_or_without_an_app() {
        let id = |id: &str| id.parse::<ExternalId>().unwrap();
        assert_eq!(of(&echo(Some("1"), Teller::Live), &NAMING), Author::OwnApp(id("1")));
        assert_eq!(of(&echo(Some("2"), Teller::Live), &NAMING), Author::OtherApp(id("2")));
        assert_eq!(of(&echo(Some("55"), Teller::Live), &NAMING), Author::Staff { app: Some(id("55")) });
        assert_eq!(of(&echo(None, Teller::Live), &NAMING), Author::Staff { app: None });
        assert_eq!(of(&echo(None, Teller::History), &NAMING), Author::Unnamed, "the history never names an app");
        assert_eq!(of(&echo(None, Teller::Live), &SILENT), Author::Unnamed, "a bot would be taken for a human");
        assert_eq!(of(&echo(Some("66"), Teller::Live), &SILENT), Author::Staff { app: Some(id("66")) });
        let intent = IntentId::from_uuid(uuid::Uuid::from_u128(7));
        assert_eq!(of(&Message { intent: Some(intent), ..echo(Some("1"), Teller::Live) }, &NAMING), Author::Ours(intent));
        assert_eq!(Author::of(&Message::default(), &[], &NAMING), None);
    }
}
