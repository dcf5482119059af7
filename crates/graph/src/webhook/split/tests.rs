use super::*;

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

fn receive(body: impl AsRef<[u8]>) -> Received {
    split(body.as_ref(), &Road::FACEBOOK, at(5))
}

fn items(body: impl AsRef<[u8]>) -> Vec<Item> {
    match receive(body) {
        Received::Items(items) => items,
        Received::Poisoned(poisoned) => panic!("{poisoned:?}"),
    }
}

fn reason(body: impl AsRef<[u8]>) -> &'static str {
    match receive(body) {
        Received::Poisoned(poisoned) => poisoned.reason,
        Received::Items(items) => panic!("{} items", items.len()),
    }
}

fn entry(entry: &str) -> Vec<Item> {
    items(format!(r#"{{"object":"page","entry":[{entry}]}}"#))
}

fn told(items: &[Item]) -> Vec<(Channel, &str)> {
    items.iter().map(|item| (item.channel, item.body.as_str())).collect()
}

#[test]
fn what_is_no_delivery_is_kept_whole() {
    assert_eq!(reason(b"\xff{}"), "the body is not UTF-8");
    for body in ["", "{", "no", r#"{"object":"page"}x"#, r#"{"object":"page",}"#, "\u{feff}\u{feff}{}"] {
        assert_eq!(reason(body), "the body is no JSON", "{body}");
    }
    for body in [r#"[{"object":"page"}]"#, "7", "null", r#""object""#] {
        assert_eq!(reason(body), "the body is no JSON object", "{body}");
    }
    for body in ["{}", r#"{"object":null}"#, r#"{"object":7,"entry":[]}"#] {
        assert_eq!(reason(body), "the body does not say which object it is about", "{body}");
    }
    let Received::Poisoned(poisoned) = receive("[1]") else { panic!() };
    assert_eq!((poisoned.body.as_slice(), poisoned.received_at, poisoned.road), (b"[1]".as_slice(), at(5), Road::FACEBOOK));
}

#[test]
fn a_body_may_be_nested_as_deeply_as_a_parser_downstream_can_follow() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 4), "]".repeat(depth - 4));
        format!(r#"{{"object":"page","entry":[{{"messaging":[{open}{close}]}}]}}"#)
    };
    assert_eq!(items(nested(128)).len(), 1);
    assert_eq!(reason(nested(129)), "the body is nested too deeply");
    assert_eq!(reason("[".repeat(3_000_000)), "the body is nested too deeply");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(items("\u{feff}{\"object\":\"page\",\"entry\":[{}]}").len(), 1);
}

#[test]
fn an_entry_is_told_in_one_order_however_it_is_written() {
    let items = entry(r#"{"value":3,"changes":[2],"standby":[1, "1b"],"field":"f","messaging":[0],"id":"9"}"#);
    let order = [
        (Channel::Messaging, "0"),
        (Channel::Standby, "1"),
        (Channel::Standby, "\"1b\""),
        (Channel::Changes, "2"),
        (Channel::Changes, r#"{"field":"f","value":3}"#),
    ];
    assert_eq!(told(&items), order);
}

#[test]
fn a_list_that_is_none_is_one_item() {
    let none = entry(r#"{"messaging":{"a": 1.50},"standby":"s","changes":false}"#);
    assert_eq!(told(&none), [(Channel::Messaging, r#"{"a": 1.50}"#), (Channel::Standby, "\"s\""), (Channel::Changes, "false")]);
    assert_eq!(told(&entry(r#"7,"x",[1]"#)), [(Channel::Entry, "7"), (Channel::Entry, "\"x\""), (Channel::Entry, "[1]")]);
    let lone = items(r#"{"object":"page","entry":{"id":"1"}}"#);
    assert_eq!(told(&lone), [(Channel::Entry, r#"{"id":"1"}"#)]);
}

#[test]
fn an_entry_without_a_list_is_kept() {
    let bare = entry(r#"{"id":"9","time":1801234567,"messaging":null,"changed_fields":["feed"]}"#);
    assert_eq!(bare.len(), 1);
    assert_eq!((bare[0].channel, bare[0].as_of), (Channel::Entry, at(1_801_234_567_000)));
    assert_eq!(bare[0].account.as_ref().unwrap().as_str(), "9");
    assert!(items(r#"{"object":"page"}"#).is_empty());
    assert!(items(r#"{"object":"page","entry":[]}"#).is_empty());
}

#[test]
fn what_stands_beside_the_flat_form_comes_with_it() {
    let items = entry(r#"{"id":"9","time":1,"field":"connected","verb":"revoked"}"#);
    assert_eq!(told(&items), [(Channel::Changes, r#"{"field":"connected","verb":"revoked"}"#)]);
}

#[test]
fn the_account_is_the_entry_id_digit_by_digit() {
    for (id, account) in [
        ("\"17841466000000007\"", Some("17841466000000007")),
        ("17841466000000007", Some("17841466000000007")),
        ("17841466000000007.0", Some("17841466000000007")),
        ("36893488147419103233", Some("36893488147419103233")),
        ("null", None),
        ("1.5", None),
        ("\"\"", None),
        ("{}", None),
    ] {
        let items = entry(&format!(r#"{{"id":{id},"messaging":[{{}}]}}"#));
        assert_eq!(items[0].account.as_ref().map(ExternalId::as_str), account, "{id}");
    }
}

#[test]
fn the_lane_is_that_of_the_person() {
    let peer = |item: &str| entry(&format!(r#"{{"id":"9","messaging":[{item}]}}"#))[0].peer.clone().map(String::from);
    assert_eq!(peer(r#"{"sender":{"id":"7"},"recipient":{"id":"9"}}"#).as_deref(), Some("7"));
    assert_eq!(peer(r#"{"sender":{"id":"9"},"recipient":{"id":7}}"#).as_deref(), Some("7"));
    assert_eq!(peer(r#"{"sender":{"id":9},"recipient":{"id":"9"}}"#), None);
    assert_eq!(peer(r#"{"sender":{"user_ref":"r"},"recipient":{"id":"9"}}"#), None);
    assert_eq!(peer("[]"), None);
    let change = entry(r#"{"id":"0","changes":[{"field":"messages","value":{"sender":{"id":"7"}}}]}"#);
    assert_eq!(change[0].peer.as_ref().unwrap().as_str(), "7");
}

#[test]
fn an_item_is_as_old_as_the_best_clock_says() {
    let as_of = |time: &str, list: &str, item: &str| {
        let items = entry(&format!(r#"{{"id":"9","time":{time},"{list}":[{item}]}}"#));
        items[0].as_of.timestamp_millis()
    };
    assert_eq!(as_of("2000000000000", "messaging", r#"{"timestamp":1801234567891}"#), 1_801_234_567_891);
    assert_eq!(as_of("2000000000000", "messaging", r#"{"timestamp":"soon"}"#), 2_000_000_000_000);
    assert_eq!(as_of("2000000000", "changes", r#"{"value":{"timestamp":"1801234567"}}"#), 1_801_234_567_000);
    assert_eq!(as_of("2000000000", "changes", r#"{"value":{"created_time":"2027-01-29T14:56:07+0000"}}"#), 1_801_234_567_000);
    assert_eq!(as_of("2000000000", "changes", r#"{"value":1}"#), 2_000_000_000_000);
    assert_eq!(as_of("null", "messaging", "{}"), 5, "as it was received");
}

#[test]
fn an_object_nobody_has_heard_of_is_its_own_platform() {
    let platform = |object: &str| items(format!(r#"{{"object":{object},"entry":[{{}}]}}"#))[0].platform.to_string();
    for (object, word) in [
        ("\"page\"", "messenger"),
        ("\"user\"", "messenger"),
        ("\"permissions\"", "messenger"),
        ("\"instagram\"", "instagram"),
        ("\"whatsapp_business_account\"", "whatsapp_business_account"),
        ("\"two words\\n\"", "two_words_"),
        ("\"\"", "unknown"),
    ] {
        assert_eq!(platform(object), word);
    }
    assert_eq!(platform(&format!("\"{}\"", "x".repeat(100))), "x".repeat(64));
}

#[test]
fn a_thousand_entries_come_out_one_by_one_and_in_order() {
    let entries: Vec<_> =
        (0..1000).map(|n| format!(r#"{{"id":"9","time":1,"changes":[{{"field":"feed","value":{{"n":{n}}}}}]}}"#)).collect();
    let items = entry(&entries.join(","));
    assert_eq!(items.len(), 1000);
    assert_eq!(items[999].body.as_str(), r#"{"field":"feed","value":{"n":999}}"#);
}
