use chrono::DateTime;

use super::*;

const BODY: &[u8] = br#"{"object":"page","entry":[{"id":"220011","time":1801000000000,"messaging":[{"sender":{"id":"77001"},"recipient":{"id":"220011"},"timestamp":1801000000000,"message":{"mid":"m_sig","text":"caf\u00e9 \/ \ud83d\ude00"}}]}]}"#;

// Made with `openssl dgst -hmac`, so that a wrong scheme here and there cannot agree with itself.
const FACEBOOK: &str = "sha256=27f4a86d6310a6a7b6874c9d79f796cb56a372cdc633bff760cb5cdb5696eb1c";
const FACEBOOK_NEXT: &str = "sha256=397f36e599443963d73df6c52fa756c3f47ad24a6f5ec4233be1564a0d273232";
const INSTAGRAM: &str = "sha256=492507d66c4afa6cde5a68d12453bf368364ca443d4137741daf960758d1fbff";
const FACEBOOK_SHA1: &str = "sha1=17295a2ad4d1dbd77b3ff707ddbdfd8594055f1b";
/// SHA-256 of secret and body, without HMAC: what some receivers check by mistake.
const PLAIN_HASH: &str = "sha256=07d698ce0ea7665fd18c8d1a76730b1e2c67a49fe689154900a96448a4168181";
/// Over the same body with a byte-order mark before it.
const WITH_MARK: &str = "sha256=e39e0bf9862ec2f4c0987de7f0b9c3705543d3bdb29c7047a5b97adb8c597c8a";

fn gatehouse() -> Gatehouse {
    Gatehouse::new([
        (Road::FACEBOOK, Secret::new("facebook-secret")),
        (Road::FACEBOOK, Secret::new("facebook-secret-next")),
        (Road::INSTAGRAM, Secret::new("instagram-secret")),
    ])
    .unwrap()
    .with_verify_token(Secret::new("hand-shake-token"))
}

fn receive(gatehouse: &Gatehouse, body: &[u8], sha256: Option<&str>, sha1: Option<&str>) -> Result<Road, Rejected> {
    let delivery = Delivery::new(body, DateTime::UNIX_EPOCH).signed(sha256, sha1);
    gatehouse.receive(&delivery).map(|received| match received {
        Received::Items(items) => {
            assert_eq!(items.len(), 1, "the body has one item");
            items[0].road.clone()
        }
        Received::Poisoned(poisoned) => panic!("{poisoned:?}"),
    })
}

#[test]
fn the_secret_that_matches_names_the_road() {
    for (signature, road) in [(FACEBOOK, Road::FACEBOOK), (FACEBOOK_NEXT, Road::FACEBOOK), (INSTAGRAM, Road::INSTAGRAM)] {
        assert_eq!(receive(&gatehouse(), BODY, Some(signature), None), Ok(road.clone()), "{signature}");
        let shouted = format!("sha256={}", signature["sha256=".len()..].to_uppercase());
        assert_eq!(receive(&gatehouse(), BODY, Some(&shouted), None), Ok(road), "either case of the digits");
    }
}

#[test]
fn a_stranger_gets_nothing_in() {
    let gatehouse = gatehouse();
    assert_eq!(receive(&gatehouse, BODY, None, None), Err(Rejected::Unsigned));
    assert_eq!(receive(&gatehouse, BODY, Some(PLAIN_HASH), None), Err(Rejected::Forged), "a plain hash is no HMAC");
    let mut changed = BODY.to_vec();
    *changed.last_mut().unwrap() = b' ';
    assert_eq!(receive(&gatehouse, &changed, Some(FACEBOOK), None), Err(Rejected::Forged), "one byte differs");
    let other = Gatehouse::new([(Road::FACEBOOK, Secret::new("somebody else's"))]).unwrap();
    assert_eq!(receive(&other, BODY, Some(FACEBOOK), None), Err(Rejected::Forged));
}

#[test]
fn a_signature_in_a_wrong_form_is_told_apart_from_a_wrong_one() {
    let digits = &FACEBOOK["sha256=".len()..];
    let forms = [
        String::new(),
        "sha256=".to_owned(),
        digits.to_owned(),
        format!("sha1={digits}"),
        format!("sha512={digits}"),
        format!("sha256={}", &digits[..62]),
        format!("sha256={digits}00"),
        format!("sha256={}zz", &digits[..62]),
        format!("sha256={}\u{e9}", &digits[..62]),
        format!(" {FACEBOOK}"),
    ];
    for form in forms {
        assert_eq!(receive(&gatehouse(), BODY, Some(&form), None), Err(Rejected::Malformed), "{form:?}");
    }
}

#[test]
fn sha1_counts_only_where_it_was_asked_for_and_nothing_better_came() {
    assert_eq!(receive(&gatehouse(), BODY, None, Some(FACEBOOK_SHA1)), Err(Rejected::Unsigned), "not by default");
    let lenient = gatehouse().accept_sha1(true);
    assert_eq!(receive(&lenient, BODY, None, Some(FACEBOOK_SHA1)), Ok(Road::FACEBOOK));
    assert_eq!(receive(&lenient, BODY, Some(PLAIN_HASH), Some(FACEBOOK_SHA1)), Err(Rejected::Forged), "no way round the better one");
    assert_eq!(receive(&lenient, BODY, Some(""), Some(FACEBOOK_SHA1)), Err(Rejected::Malformed));
    assert_eq!(receive(&lenient, BODY, None, Some(FACEBOOK)), Err(Rejected::Malformed));
    assert_eq!(receive(&lenient, BODY, None, Some("sha1=17295a2ad4d1dbd77b3ff707ddbdfd8594055f1c")), Err(Rejected::Forged));
}

#[test]
fn the_byte_order_mark_is_signed_and_skipped() {
    let marked = [b"\xEF\xBB\xBF", BODY].concat();
    assert_eq!(receive(&gatehouse(), &marked, Some(WITH_MARK), None), Ok(Road::FACEBOOK));
    assert_eq!(receive(&gatehouse(), &marked, Some(FACEBOOK), None), Err(Rejected::Forged), "signed are the raw bytes");
}

#[test]
fn a_house_without_a_lock_is_not_built() {
    for secrets in [vec![], vec![(Road::FACEBOOK, Secret::new(""))]] {
        assert_eq!(Gatehouse::new(secrets).unwrap_err().kind(), ErrorKind::Configuration);
    }
}

fn handshake(mode: &str, challenge: &str, token: &str) -> Handshake {
    let given = |text: &str| Some(text.to_owned());
    Handshake { mode: given(mode), challenge: given(challenge), verify_token: given(token) }
}

#[test]
fn a_handshake_is_answered_with_its_challenge() {
    assert_eq!(gatehouse().handshake(&handshake("subscribe", "1158201444", "hand-shake-token")).unwrap(), "1158201444");
    assert_eq!(gatehouse().handshake(&handshake("subscribe", "a-B_9", "hand-shake-token")).unwrap(), "a-B_9");
}

#[test]
fn a_handshake_that_is_not_for_us_is_turned_away() {
    let good = handshake("subscribe", "1158201444", "hand-shake-token");
    let long = "1".repeat(MAX_CHALLENGE + 1);
    let bad = [
        handshake("unsubscribe", "1", "hand-shake-token"),
        handshake("subscribe", "1", "hand-shake-tokem"),
        handshake("subscribe", "1", "hand-shake-token2"),
        handshake("subscribe", "1", ""),
        handshake("subscribe", "", "hand-shake-token"),
        handshake("subscribe", "<script>", "hand-shake-token"),
        handshake("subscribe", "1 2", "hand-shake-token"),
        handshake("subscribe", &long, "hand-shake-token"),
        Handshake { mode: None, ..good.clone() },
        Handshake { challenge: None, ..good.clone() },
        Handshake { verify_token: None, ..good.clone() },
        Handshake::default(),
    ];
    for bad in bad {
        assert_eq!(gatehouse().handshake(&bad), Err(Rejected::Handshake), "{bad:?}");
    }
    let mute = Gatehouse::new([(Road::FACEBOOK, Secret::new("s"))]).unwrap();
    assert_eq!(mute.handshake(&good), Err(Rejected::Handshake), "without a token nobody is answered");
    let empty = mute.with_verify_token(Secret::new(""));
    assert_eq!(empty.handshake(&handshake("subscribe", "1", "")), Err(Rejected::Handshake), "an empty token is none");
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?} {:#?}", gatehouse(), gatehouse());
    assert!(!shown.contains("secret") && !shown.contains("hand-shake"), "{shown}");
    assert!(shown.contains("instagram"), "{shown}");
}
