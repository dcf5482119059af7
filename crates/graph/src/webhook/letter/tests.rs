use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use link_core::Secret;
use link_core::words::ports::Intake;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::webhook::Gatehouse;

/// Signed with `openssl dgst -sha256 -hmac facebook-secret`, so that a wrong scheme here and there cannot agree with itself.
const SIGNED: &str = "YCcBpT-U8Rd7RYMlqHvsQEAx-VPs9oWUJN5oDvMvog8.eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTgwMTAwMDAwMCwidXNlcl9pZCI6IjU1NTAwMSJ9";
const AT: i64 = 1_801_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(AT, 0).unwrap()
}

fn told() -> Value {
    json!({"algorithm": "HMAC-SHA256", "issued_at": AT, "user_id": "555001"})
}

fn with(name: &str, value: Value) -> Value {
    let mut told = told();
    told[name] = value;
    told
}

fn hmac(secret: &str, payload: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(payload).finalize().into_bytes().to_vec()
}

/// A letter as Meta writes it: signed is the encoded text.
fn letter(secret: &str, told: &Value) -> String {
    let payload = URL_SAFE_NO_PAD.encode(told.to_string());
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(hmac(secret, &payload)))
}

fn gatehouse() -> Gatehouse {
    let secrets = [
        (Road::FACEBOOK, "facebook-secret"),
        (Road::FACEBOOK, "facebook-secret-before"),
        (Road::INSTAGRAM, "instagram-secret"),
        (Road::INSTAGRAM, "instagram-secret-before"),
    ];
    Gatehouse::new(secrets.map(|(road, secret)| (road, Secret::new(secret)))).unwrap()
}

fn read(signed: &str) -> Result<Notice, Rejected> {
    gatehouse().notice(signed, now())
}

fn of(told: &Value) -> Result<Notice, Rejected> {
    read(&letter("facebook-secret", told))
}

#[test]
fn a_letter_names_who_took_the_app_out_and_when() {
    let notice = read(SIGNED).unwrap();
    assert_eq!(notice.person.unwrap().as_str(), "555001");
    assert_eq!((notice.account, notice.issued_at, notice.road), (None, now(), Road::FACEBOOK));
}

#[test]
fn the_secret_of_either_road_names_the_road_and_a_former_one_still_counts() {
    let signed = [
        ("facebook-secret", Road::FACEBOOK),
        ("facebook-secret-before", Road::FACEBOOK),
        ("instagram-secret", Road::INSTAGRAM),
        ("instagram-secret-before", Road::INSTAGRAM),
    ];
    for (secret, road) in signed {
        assert_eq!(read(&letter(secret, &told())).unwrap().road, road, "{secret}");
    }
}

#[test]
fn whoever_does_not_know_a_secret_writes_no_letters() {
    assert_eq!(read(&letter("somebody else's", &told())), Err(Rejected::Forged));
    assert_eq!(read(&letter("", &told())), Err(Rejected::Forged));
    let (signature, _) = SIGNED.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(with("user_id", json!("1")).to_string());
    assert_eq!(read(&format!("{signature}.{other}")), Err(Rejected::Forged), "a signature is of one letter only");
    let decoded = told().to_string();
    let over_decoded = URL_SAFE_NO_PAD.encode(hmac("facebook-secret", &decoded));
    assert_eq!(read(&format!("{over_decoded}.{}", URL_SAFE_NO_PAD.encode(decoded))), Err(Rejected::Forged), "signed is what was sent");
}

#[test]
fn nobody_chooses_how_a_letter_is_signed() {
    for algorithm in ["none", "", "HMAC-SHA1", "hmac-sha256", "AES-256-CBC HMAC-SHA256"] {
        assert_eq!(of(&with("algorithm", json!(algorithm))), Err(Rejected::Unsigned), "{algorithm}");
    }
    assert_eq!(of(&json!({"issued_at": AT, "user_id": "1"})), Err(Rejected::Malformed));
    assert_eq!(of(&with("algorithm", json!(null))), Err(Rejected::Malformed));
}

#[test]
fn padding_that_somebody_put_back_does_no_harm() {
    // As long as that it is padded.
    let payload = URL_SAFE.encode(with("user_id", json!("5550012")).to_string());
    assert!(payload.ends_with('='), "{payload}");
    for signature in [URL_SAFE.encode(hmac("facebook-secret", &payload)), URL_SAFE_NO_PAD.encode(hmac("facebook-secret", &payload))] {
        assert_eq!(read(&format!("{signature}.{payload}")).unwrap().person.unwrap().as_str(), "5550012");
    }
    assert!(read(&format!(" {SIGNED}\n")).is_ok(), "nor do blanks around it");
}

#[test]
fn what_has_another_form_is_no_letter() {
    let (signature, payload) = SIGNED.split_once('.').unwrap();
    let forms = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        SIGNED.replace('.', ""),
        format!("{SIGNED}."),
        format!("{SIGNED}.{payload}"),
        format!("{signature}..{payload}"),
        format!(".{payload}"),
        format!("{signature}."),
        format!("{}.{payload}", &signature[..40]),
        format!("{}.{payload}", URL_SAFE_NO_PAD.encode([0; 33])),
        format!("{}.{payload}", STANDARD.encode([0xFF; 32])),
        format!("{signature}.{}", URL_SAFE_NO_PAD.encode("no JSON")),
        format!("{signature}.{}", URL_SAFE_NO_PAD.encode("[]")),
        format!("{signature}.\u{fc}"),
    ];
    for form in forms {
        assert_eq!(read(&form), Err(Rejected::Malformed), "{form:?}");
    }
}

#[test]
fn an_old_letter_and_one_from_the_future_are_refused() {
    let at = |seconds: i64| of(&with("issued_at", json!(seconds))).map(|notice| notice.issued_at.timestamp());
    let (day, minute) = (24 * 60 * 60, 60);
    for fresh in [AT - 2 * day, AT, AT + 10 * minute] {
        assert_eq!(at(fresh), Ok(fresh));
    }
    for stale in [AT - 2 * day - 1, AT + 10 * minute + 1, 0, -1] {
        assert_eq!(at(stale), Err(Rejected::Stale), "{stale}");
    }
    assert_eq!(at(i64::MAX), Err(Rejected::Malformed), "no time at all");
}

#[test]
fn the_time_may_be_a_text_and_must_be_there() {
    assert_eq!(of(&with("issued_at", json!(AT.to_string()))).unwrap().issued_at, now());
    for missing in [json!(null), json!("today"), json!({})] {
        assert_eq!(of(&with("issued_at", missing.clone())), Err(Rejected::Malformed), "{missing}: it could be replayed for ever");
    }
}

#[test]
fn a_page_takes_the_app_out_without_naming_anybody() {
    let notice = of(&json!({"algorithm": "HMAC-SHA256", "issued_at": AT, "user_id": null, "profile_id": "220011"})).unwrap();
    assert_eq!((notice.person, notice.account.unwrap().as_str()), (None, "220011"));
}

#[test]
fn an_id_may_be_a_number_and_a_test_letter_names_nobody() {
    let person = |id: Value| of(&with("user_id", id)).unwrap().person.map(|id| id.to_string());
    assert_eq!(person(json!(17_841_400_000_000_009_u64)).as_deref(), Some("17841400000000009"), "to its last digit");
    for nobody in [json!(null), json!("0"), json!(0), json!(""), json!({})] {
        assert_eq!(person(nobody.clone()), None, "{nobody}");
    }
    assert_eq!(of(&json!({"algorithm": "HMAC-SHA256", "issued_at": AT})).unwrap().person, None);
    assert_eq!(of(&with("profile_id", json!(220_011))).unwrap().account.unwrap().as_str(), "220011");
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down_or_gets_in(text in "[\\PC\n]{0,200}", before in "[A-Za-z0-9_=-]{0,60}", after in "[A-Za-z0-9_=-]{0,90}") {
        prop_assert!(read(&text).is_err());
        let two_parts = format!("{before}.{after}");
        prop_assert!(read(&two_parts).is_err());
    }

    #[test]
    fn a_genuine_letter_with_any_values_is_read_or_refused(at in prop_oneof![any::<i64>(), AT - 300_000..AT + 2_000], user in ".{0,90}", page in any::<Option<f64>>()) {
        let told = json!({"algorithm": "HMAC-SHA256", "issued_at": at, "user_id": user, "profile_id": page, "expires": "never"});
        if let Ok(notice) = of(&told) {
            prop_assert_eq!(notice.issued_at.timestamp(), at);
        }
    }
}
