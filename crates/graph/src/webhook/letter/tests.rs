use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use link_core::Secret;
use link_core::words::ports::Intake;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::webhook::Gatehouse;

/// When every letter here was written, in Unix seconds.
const WRITTEN: i64 = 1_795_600_000;

/// Made with `openssl dgst -hmac`, so that a wrong scheme here and there cannot agree with itself.
const GENUINE: &str = "sS6GUPsiqbyfYOnFp56B_I94yC3C5Dt8EjcnpjkVPcQ.eyJ1c2VyX2lkIjoiMTc4NDE0MDAwMDAwMDAwMDEiLCJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTc5NTYwMDAwMH0";

fn gatehouse() -> Gatehouse {
    Gatehouse::new([
        (Road::FACEBOOK, Secret::new("facebook-secret")),
        (Road::INSTAGRAM, Secret::new("instagram-secret")),
        (Road::INSTAGRAM, Secret::new("instagram-secret-before")),
    ])
    .unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn signature(payload: &str, secret: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.chain_update(payload).finalize().into_bytes().to_vec()
}

fn signed(told: &Value, secret: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(told.to_string());
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(signature(&payload, secret)))
}

/// A letter about a person with some of it changed; a null takes nothing away, it is told as null.
fn letter(changes: &Value) -> Value {
    let mut told = json!({"algorithm": "HMAC-SHA256", "issued_at": WRITTEN, "user_id": "2000000000000001"});
    for (name, value) in changes.as_object().unwrap() {
        told[name] = value.clone();
    }
    told
}

fn read(signed: &str) -> Result<Notice, Rejected> {
    gatehouse().notice(signed, at(WRITTEN))
}

/// What is made of a rightly signed letter with these changes.
fn told(changes: &Value) -> Result<Notice, Rejected> {
    read(&signed(&letter(changes), "facebook-secret"))
}

fn person(notice: &Notice) -> Option<&str> {
    notice.person.as_ref().map(PersonId::as_str)
}

#[test]
fn a_genuine_letter_names_the_person_and_the_road_of_its_secret() {
    let notice = read(GENUINE).unwrap();
    assert_eq!((person(&notice), &notice.account, &notice.road), (Some("17841400000000001"), &None, &Road::INSTAGRAM));
    assert_eq!(notice.issued_at, at(WRITTEN));
    for (secret, road) in [("facebook-secret", Road::FACEBOOK), ("instagram-secret-before", Road::INSTAGRAM)] {
        assert_eq!(read(&signed(&letter(&json!({})), secret)).unwrap().road, road);
    }
}

#[test]
fn whoever_does_not_know_a_secret_has_nobody_forgotten() {
    assert_eq!(read(&signed(&letter(&json!({})), "somebody else's")), Err(Rejected::Forged));
    let (signature, payload) = GENUINE.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(letter(&json!({"user_id": "1"})).to_string());
    assert_eq!(read(&format!("{signature}.{other}")), Err(Rejected::Forged), "a genuine signature under another letter");
    let short = &URL_SAFE_NO_PAD.encode([0; 31]);
    assert_eq!(read(&format!("{short}.{payload}")), Err(Rejected::Malformed));
    assert_eq!(read(&format!(".{payload}")), Err(Rejected::Malformed), "no signature at all");
}

#[test]
fn the_letter_does_not_choose_how_it_is_verified() {
    for algorithm in ["none", "HMAC-SHA1", "hmac-sha256", ""] {
        assert_eq!(told(&json!({"algorithm": algorithm})), Err(Rejected::Unsigned), "{algorithm}");
    }
    assert_eq!(told(&json!({"algorithm": null})), Err(Rejected::Malformed));
}

#[test]
fn a_letter_has_one_dot() {
    let undotted = GENUINE.replace('.', "");
    for odd in [undotted.as_str(), "", ".", &format!("{GENUINE}."), &format!("{GENUINE}.x"), &GENUINE.replace('.', "..")] {
        assert_eq!(read(odd), Err(Rejected::Malformed), "{odd}");
    }
}

#[test]
fn padding_and_blanks_around_it_do_no_harm() {
    let told = letter(&json!({"note": "xy"}));
    let payload = URL_SAFE.encode(told.to_string());
    assert!(payload.ends_with('='), "or this shows nothing");
    let padded = format!("{}.{payload}", URL_SAFE.encode(signature(&payload, "facebook-secret")));
    assert_eq!(person(&read(&padded).unwrap()), Some("2000000000000001"));
    assert!(read(&format!(" {GENUINE}\r\n")).is_ok());
}

#[test]
fn a_letter_that_was_kept_back_is_not_taken_later() {
    let days = |days: i64| gatehouse().notice(GENUINE, at(WRITTEN + days * 86_400));
    assert!(days(0).is_ok() && days(2).is_ok());
    assert_eq!(days(3), Err(Rejected::Stale));
    let ahead = |minutes: i64| gatehouse().notice(GENUINE, at(WRITTEN - minutes * 60)).map(drop);
    assert_eq!((ahead(9), ahead(11)), (Ok(()), Err(Rejected::Stale)), "clocks differ, but not by much");
    assert_eq!(gatehouse().notice(&signed(&letter(&json!({})), "x"), at(0)), Err(Rejected::Forged), "a stranger is not told its age");
}

#[test]
fn the_time_may_be_text_and_must_be_there() {
    assert_eq!(told(&json!({"issued_at": WRITTEN.to_string()})).unwrap().issued_at, at(WRITTEN));
    for no_time in [json!(null), json!("yesterday"), json!([]), json!(i64::MAX)] {
        assert_eq!(told(&json!({"issued_at": no_time})), Err(Rejected::Malformed), "{no_time}");
    }
}

#[test]
fn a_user_may_be_a_number_or_nobody() {
    assert_eq!(person(&told(&json!({"user_id": 17_841_400_000_000_001_u64})).unwrap()), Some("17841400000000001"));
    for nobody in [json!(null), json!(""), json!("0"), json!(0)] {
        let notice = told(&json!({"user_id": nobody})).unwrap();
        assert_eq!((notice.person, notice.account), (None, None), "{nobody}");
    }
    assert_eq!(told(&json!({"user_id": "no/id\u{0}"})).map(drop), Err(Rejected::Malformed));
}

#[test]
fn a_page_that_took_the_app_out_is_named_as_the_account() {
    let notice = told(&json!({"user_id": null, "profile_id": "3000000000000001"})).unwrap();
    assert_eq!(notice.person, None);
    assert_eq!(notice.account.unwrap().as_str(), "3000000000000001");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from)
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    #[test]
    fn whatever_is_posted_is_answered(text in ".{0,200}", now in any::<i32>()) {
        prop_assert!(gatehouse().notice(&text, at(now.into())).is_err());
    }

    #[test]
    fn whatever_is_signed_is_answered(issued_at in any_json(), user in any_json(), page in any_json(), now in any::<i32>()) {
        let told = letter(&json!({"issued_at": issued_at, "user_id": user, "profile_id": page}));
        let answered = gatehouse().notice(&signed(&told, "facebook-secret"), at(now.into()));
        prop_assert_ne!(answered, Err(Rejected::Forged));
    }
}
