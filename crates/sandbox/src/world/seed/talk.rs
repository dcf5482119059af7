//! Conversations of a seed: long histories told by their length, and single lines told word by word.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::SeedError;
use crate::clock;
use crate::messaging::attached::{self, Attached};
use crate::world::World;
use crate::world::talk::{Message, Platform, Reaction, Writer};

/// How long a seeded history can be.
const LONGEST: usize = 200_000;
const CUSTOMER: [&str; 5] = [
    "Do you still have the blue notebook?",
    "Lovely, could you keep one for me?",
    "When do you open on Saturday?",
    "Is there a table by the window?",
    "Thank you, see you then!",
];
const ACCOUNT: [&str; 5] =
    ["Yes, two are left.", "Done, it waits at the counter.", "We open at nine.", "Of course, it is yours.", "See you soon!"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    account: String,
    customer: String,
    history: Option<History>,
    #[serde(default)]
    messages: Vec<Line>,
}

/// So many messages in turn, the last by the customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    messages: usize,
    every: String,
    last: String,
}

/// One message: who wrote it, how long ago, and what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    from: Side,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<Attached>,
    #[serde(default)]
    reactions: Vec<Thumb>,
    /// How often it was changed until it said this.
    #[serde(default)]
    edits: u32,
    /// It was taken back.
    #[serde(default)]
    unsent: bool,
    ago: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thumb {
    from: Side,
    emoji: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Customer,
    Account,
}

/// A conversation that was understood. Nothing about it can be refused any more.
pub(super) struct Understood {
    platform: Platform,
    account: String,
    customer: String,
    scoped: String,
    /// In order, and without ids.
    messages: Vec<Message>,
}

impl Conversation {
    /// Reads it; the error says what was expected.
    pub(super) fn understood(&self, world: &World) -> Result<Understood, SeedError> {
        let platform = world
            .platform_of(&self.account)
            .ok_or_else(|| SeedError(format!("conversation with {}: no such Page or Instagram account", self.account)))?;
        let scoped = world
            .scoped_id(&self.account, &self.customer)
            .ok_or_else(|| SeedError(format!("conversation of {}: no such customer", self.customer)))?;
        let mut messages = Vec::new();
        if let Some(history) = &self.history {
            messages.extend(history.messages(world.now())?);
        }
        for line in &self.messages {
            messages.push(line.message(world.now(), platform)?);
        }
        messages.sort_by_key(|message| message.at);
        Ok(Understood { platform, account: self.account.clone(), customer: self.customer.clone(), scoped, messages })
    }
}

impl History {
    fn messages(&self, now: DateTime<Utc>) -> Result<Vec<Message>, SeedError> {
        if self.messages > LONGEST {
            return Err(SeedError(format!("a history has at most {LONGEST} messages")));
        }
        let (every, last) = (super::span(&self.every)?, super::span(&self.last)?);
        let at = |back: usize| {
            let before = every.checked_mul(i32::try_from(back).ok()?)?.checked_add(&last)?;
            now.checked_sub_signed(before).filter(|at| clock::is_sensible(*at))
        };
        let messages = (0..self.messages).map(|place| {
            let back = self.messages - 1 - place;
            let (inbound, said) = if back.is_multiple_of(2) { (true, CUSTOMER) } else { (false, ACCOUNT) };
            let text = format!("{} ({})", said[place / 2 % said.len()], place + 1);
            at(back).map(|at| blank(at, inbound, Some(text)))
        });
        messages.collect::<Option<_>>().ok_or_else(|| SeedError("a history does not begin before the year 1970".to_owned()))
    }
}

impl Line {
    fn message(&self, now: DateTime<Utc>, platform: Platform) -> Result<Message, SeedError> {
        let text = (!self.text.is_empty()).then(|| self.text.clone());
        let mut message = blank(now - super::span(&self.ago)?, self.from == Side::Customer, text);
        message.attachments = attached::told(&self.attachments, platform).map_err(SeedError)?;
        if message.text.is_none() && message.attachments.is_empty() {
            return Err(SeedError("a message of a conversation has a text or attachments".to_owned()));
        }
        let thumb = |thumb: &Thumb| Reaction { inbound: thumb.from == Side::Customer, emoji: thumb.emoji.clone() };
        message.reactions = self.reactions.iter().map(thumb).collect();
        (message.edits, message.unsent) = (self.edits, self.unsent);
        Ok(message)
    }
}

fn blank(at: DateTime<Utc>, inbound: bool, text: Option<String>) -> Message {
    let mut message = Message::new(String::new(), at, inbound);
    message.text = text;
    message.writer = (!inbound).then_some(Writer::Staff);
    message
}

impl World {
    /// Adds what a seed tells of a conversation.
    pub(super) fn converse(&mut self, told: Understood) {
        let place = self.open_thread(told.platform, &told.account, &told.customer, &told.scoped);
        let order = self.mint.number();
        let thread = &mut self.threads[place];
        thread.order = order;
        for mut message in told.messages {
            message.mid = Self::history_mid(told.platform, &told.account, &told.scoped, thread.messages.len());
            if message.inbound {
                thread.opened = thread.opened.max(Some(message.at));
                thread.consented = true;
            }
            thread.taken_back += usize::from(message.unsent);
            thread.messages.push(message);
        }
        thread.messages.sort_by_key(|message| message.at);
        self.index.messages_of(place, &self.threads[place]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seeded(conversation: &serde_json::Value) -> Result<World, SeedError> {
        let mut seed = super::super::default_seed();
        seed["conversations"] = json!([conversation]);
        World::from_seed(&seed, Some("2026-11-23T12:00:00Z".parse().unwrap()))
    }

    fn history(messages: usize, every: &str) -> serde_json::Value {
        json!({"account": "3000000000000001", "customer": "c1", "history": {"messages": messages, "every": every, "last": "1h"}})
    }

    #[test]
    fn a_history_has_an_end_and_a_beginning_after_the_year_1970() {
        let world = seeded(&history(9_999, "3h")).unwrap();
        let thread = &world.threads[0];
        assert_eq!((thread.count(), thread.messages[9_998].inbound), (9_999, true));
        for (messages, every) in [(LONGEST + 1, "1m"), (LONGEST, "1d"), (LONGEST, "3650d")] {
            assert!(seeded(&history(messages, every)).is_err(), "{messages} messages, one each {every}");
        }
    }

    #[test]
    fn a_line_tells_what_became_of_it() {
        let line = |more: serde_json::Value| {
            let mut line = json!({"from": "customer", "ago": "1h"});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            seeded(&json!({"account": "17841400000000001", "customer": "c1", "messages": [line]}))
        };
        let world = line(json!({
            "text": "A cat", "attachments": [{"type": "image", "url": "https://example.org/cat.jpg"}],
            "reactions": [{"from": "account", "emoji": "❤"}], "edits": 2, "unsent": true,
        }));
        let thread = &world.unwrap().threads[0];
        let message = &thread.messages[0];
        assert_eq!((message.attachments[0]["type"].as_str(), message.edits, message.unsent), (Some("image"), 2, true));
        assert_eq!((message.reactions[0].inbound, message.reactions[0].emoji.as_str(), thread.count()), (false, "❤", 0));
        assert!(line(json!({})).is_err(), "a message that says nothing");
        assert!(line(json!({"attachments": [{"type": "location"}]})).is_err(), "Instagram knows no locations");
    }

    #[test]
    fn a_seed_that_is_refused_leaves_every_conversation_as_it_was() {
        let mut world = seeded(&history(3, "1h")).unwrap();
        let wrong = json!({"customers": [{"id": "c9", "first_name": "Zoe"}], "conversations": [history(2, "1h"), {"account": "9", "customer": "c1"}]});
        assert!(world.add(&wrong).is_err());
        assert_eq!((world.threads[0].count(), world.customer("c9").is_none()), (3, true));
    }
}
