use chrono::DateTime;
use link_core::words::raw::Raw;
use link_core::{Platform, Road};

use super::*;

fn item(channel: Channel, body: &str) -> Item {
    let mut item = Item::new(Platform::MESSENGER, Road::FACEBOOK, channel, DateTime::UNIX_EPOCH, Raw::parse(body).unwrap());
    item.account = Some(ExternalId::new("220011").unwrap());
    item.entry_at = DateTime::from_timestamp(1_801_234_567, 0);
    item
}

fn decode(channel: Channel, body: &str) -> Event {
    let mut events = Catalogue.decode(&item(channel, body));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn a_comment_on_a_post_is_no_message_of_a_conversation() {
    for value in [r#"{"message":"nice"}"#, r#"{"message":{"text":"nice"},"from":{"id":"1"}}"#, r#"{"reaction":{"x":1}}"#] {
        let event = decode(Channel::Changes, &format!(r#"{{"field":"feed","value":{value}}}"#));
        assert!(matches!(event.said, Said::Changed { ref field, .. } if field == "feed"), "{value}");
        assert_eq!(event.at.unwrap().at, DateTime::from_timestamp(1_801_234_567, 0).unwrap());
    }
}

#[test]
fn a_field_nobody_has_heard_of_may_still_carry_a_message() {
    let event = decode(Channel::Changes, r#"{"field":"novel","value":{"sender":{"id":"7"},"message":{"mid":"m","text":"t"}}}"#);
    assert_eq!((event.said.kind(), event.channel), ("message", Channel::Changes));
}

#[test]
fn a_messaging_field_without_an_event_is_a_change() {
    for value in ["null", "1", "{}", r#"{"mid":"m"}"#, r#"{"message":null}"#] {
        let event = decode(Channel::Changes, &format!(r#"{{"field":"messages","value":{value}}}"#));
        assert!(matches!(event.said, Said::Changed { .. }), "{value}");
    }
    let event = decode(Channel::Changes, r#"{"field":"messages","value":{"message":7}}"#);
    assert_eq!(event.said.kind(), "unknown");
}

#[test]
fn a_subscribed_field_of_echoes_says_that_it_is_one() {
    let body = r#"{"field":"message_echoes","value":{"sender":{"id":"220011"},"recipient":{"id":"7"},"message":{"mid":"m"}}}"#;
    let event = decode(Channel::Changes, body);
    assert_eq!((event.said.kind(), event.direction), ("message_echo", Direction::Outbound));
}

#[test]
fn the_side_that_acted_follows_from_the_parties() {
    let parties = |sender: &str, recipient: &str| {
        decode(Channel::Messaging, &format!(r#"{{"sender":{sender},"recipient":{recipient},"read":{{"mid":"m"}}}}"#)).direction
    };
    assert_eq!(parties(r#"{"id":"7"}"#, r#"{"id":"220011"}"#), Direction::Inbound);
    assert_eq!(parties(r#"{"id":220011}"#, r#"{"id":"7"}"#), Direction::Outbound);
    assert_eq!(parties(r#"{"id":"220011"}"#, "null"), Direction::Outbound);
    assert_eq!(parties(r#"{"id":"220011"}"#, r#"{"id":"220011"}"#), Direction::Inbound, "to oneself");
    assert_eq!(parties("null", "7"), Direction::Inbound);
}

#[test]
fn an_item_without_an_account_belongs_to_nobody() {
    let mut item = item(Channel::Messaging, r#"{"sender":{"id":"-"},"message":{"mid":"m"}}"#);
    item.account = None;
    let event = &Catalogue.decode(&item)[0];
    assert_eq!(event.account.id.as_str(), "-");
    assert_eq!(event.direction, Direction::Inbound, "nobody is not the sender");
}

#[test]
fn a_message_that_was_taken_back_leaves_nothing_but_its_id() {
    let event = decode(Channel::Messaging, r#"{"message":{"mid":"m","is_deleted":true,"text":"gone","future":"gone"}}"#);
    assert_eq!(event.said.kind(), "message_deleted");
    assert!(!serde_json::to_string(&event).unwrap().contains("gone"));
}

#[test]
fn an_id_that_is_none_is_kept_beside_the_message() {
    let event = decode(Channel::Messaging, r#"{"message":{"mid":"a\nb","text":5}}"#);
    let Said::Message(content) = event.said else { panic!("{:?}", event.said) };
    assert_eq!((content.id, content.text), (None, None));
    assert_eq!(content.more.unwrap().as_str(), r#"{"mid":"a\nb","text":5}"#);
}
