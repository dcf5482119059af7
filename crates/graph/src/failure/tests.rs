use super::*;
use link_core::ErrorKind as K;

fn kind(code: i64, subcode: Option<i64>) -> K {
    Failure::new(400).with_code(code, subcode).kind()
}

#[test]
fn each_pair_leads_to_the_act_that_helps() {
    let rows = [
        (190, None, K::SignInNeeded),
        (190, Some(463), K::SignInNeeded),
        (190, Some(999_999), K::SignInNeeded),
        (102, Some(467), K::SignInNeeded),
        (10, None, K::PermissionMissing),
        (10, Some(2_018_278), K::WindowClosed),
        (10, Some(2_534_022), K::WindowClosed),
        (10, Some(1_893_063), K::AccountRestricted),
        (10, Some(2_534_077), K::OwnerActionNeeded),
        (10, Some(2_018_300), K::ConversationOwnedElsewhere),
        (2_018_300, None, K::ConversationOwnedElsewhere),
        (100, None, K::Invalid),
        (100, Some(33), K::NotFound),
        (100, Some(2_534_037), K::ConversationOwnedElsewhere),
        (100, Some(2_018_001), K::RecipientUnavailable),
        (100, Some(2_534_013), K::OwnerActionNeeded),
        (100, Some(9_000_001), K::Unreadable),
        (9_000_001, None, K::Unreadable),
        (200, None, K::PermissionMissing),
        (278, None, K::PermissionMissing),
        (200, Some(2_534_041), K::OwnerActionNeeded),
        (200, Some(1_545_041), K::RecipientUnavailable),
        (551, Some(1_545_041), K::RecipientUnavailable),
        (230, None, K::NotFound),
        (25, Some(2_207_050), K::OwnerActionNeeded),
        (1, Some(1_357_046), K::Ambiguous),
        (2, None, K::Unavailable),
        (4, None, K::Throttled),
        (17, Some(2_446_079), K::Throttled),
        (613, Some(2_534_040), K::Throttled),
        (80_006, None, K::Throttled),
        (80_004, Some(2_446_079), K::Throttled),
        (368, None, K::AccountRestricted),
        (3, None, K::AppBlocked),
        (101, None, K::Configuration),
        (2200, None, K::Configuration),
        (2635, None, K::Configuration),
        (36_103, None, K::OwnerActionNeeded),
        (424_242, None, K::Unrecognised),
    ];
    for (code, subcode, expected) in rows {
        assert_eq!(kind(code, subcode), expected, "{code}/{subcode:?}");
    }
}

#[test]
fn every_row_is_reached_by_its_own_code() {
    for row in PLATFORM.iter().chain(MESSAGING).chain(LIMITS) {
        let found = match row.on {
            On::Pair(code, subcode) => row::find(code, Some(subcode)),
            On::Number(code) | On::Code(code) | On::Range(code, _) => row::find(code, None),
        };
        assert_eq!(found, Some(row), "{:?} is hidden by another row", row.on);
    }
}

#[test]
fn a_refusal_is_found_in_every_shape_it_comes_in() {
    let find = |status, body: &str| Failure::find(status, body.as_bytes());
    let pair = |failure: Option<Failure>| failure.map(|failure| (failure.code, failure.subcode));
    let object = r#"{"error":{"message":"m","type":"T","code":10,"error_subcode":2018278,"error_data":{"a":1},"fbtrace_id":"AbC_1"}}"#;
    assert_eq!(find(400, object).and_then(|f| f.trace), Some("AbC_1".to_owned()));
    assert_eq!(pair(find(400, object)), Some((Some(10), Some(2_018_278))));
    assert_eq!(pair(find(400, r#"{"error":{"code":"190","error_data":"text"}}"#)), Some((Some(190), None)));
    assert_eq!(pair(find(200, r#"{"error":{"code":190,"subcode":463}}"#)), Some((Some(190), Some(463))), "a 200 with an error");
    assert_eq!(pair(find(400, r#"{"error":{"message":"nothing else"}}"#)), Some((None, None)));
    assert_eq!(pair(find(400, r#"{"error":"invalid_grant"}"#)), Some((None, None)));
    assert_eq!(pair(find(400, r#"{"error_type":"OAuthException","code":400,"error_message":"m"}"#)), Some((None, None)));
    assert_eq!(find(502, "<html>Bad gateway</html>").map(|f| f.kind()), Some(K::Unavailable));
    assert_eq!(find(429, "").map(|f| f.kind()), Some(K::Throttled));
    assert_eq!(find(404, "<html></html>").map(|f| f.kind()), Some(K::Unrecognised));
    assert_eq!(find(200, r#"{"data":[{"error":{"code":1}}]}"#), None, "an error inside an item is that item's");
    assert_eq!(find(200, "true"), None);
}

#[test]
fn a_trace_that_is_no_trace_does_not_get_into_the_log() {
    let found = Failure::find(400, br#"{"error":{"code":1,"fbtrace_id":"a\nforged log line"}}"#).unwrap();
    assert_eq!(found.trace, None);
}

#[test]
fn only_a_clear_refusal_counts_as_surely_not_done() {
    let at = |status, code, subcode| Failure::new(status).with_code(code, subcode);
    assert!(!at(400, 10, Some(2_018_278)).is_ambiguous());
    assert!(!at(400, 424_242, None).is_ambiguous(), "an error we do not know is still an error");
    assert!(!at(400, 613, None).is_ambiguous());
    assert!(!Failure::new(403).is_ambiguous());
    assert!(!Failure::new(429).is_ambiguous());
    assert!(!at(200, 2, Some(2_018_344)).is_ambiguous());
    for doubtful in [at(400, 1, None), at(200, 2, None), at(500, 10, None), at(400, 1, Some(1_357_046))] {
        assert!(doubtful.is_ambiguous(), "{doubtful}");
    }
    assert!(Failure::new(502).is_ambiguous());
    assert!(Failure::new(408).is_ambiguous());
    assert!(Failure::new(302).is_ambiguous());
    assert!(Failure { transient: true, ..at(400, 424_242, None) }.is_ambiguous());
}

/// If this failed, one busy Page would silence every account of the app, or a busy app would be called on by all of them.
#[test]
fn too_much_of_one_thing_stops_that_thing() {
    let rows = [
        (4, None, Some(Stops::App)),
        (17, Some(2_446_079), Some(Stops::Person)),
        (32, None, Some(Stops::Asset)),
        (341, None, Some(Stops::App)),
        (613, None, Some(Stops::Kind)),
        (613, Some(2_534_040), Some(Stops::Kind)),
        (613, Some(2_018_338), Some(Stops::Message)),
        (613, Some(2_018_354), Some(Stops::Message)),
        (80_001, None, Some(Stops::Asset)),
        (80_002, None, Some(Stops::Account)),
        (80_006, None, Some(Stops::Account)),
        (80_004, Some(2_446_079), Some(Stops::Account)),
        (190, None, None),
        (424_242, None, None),
    ];
    for (code, subcode, expected) in rows {
        let failure = Failure::new(400).with_code(code, subcode);
        assert_eq!(failure.stops(), expected, "{code}/{subcode:?}");
        assert_eq!(failure.into_error("send").stops(), expected, "{code}/{subcode:?}");
    }
    assert_eq!(Failure::new(429).into_error("send").stops(), Some(Stops::Account));
    let doubtful = Failure::new(503).with_code(4, None);
    assert!(doubtful.is_ambiguous());
    assert_eq!(doubtful.into_error_of(K::Ambiguous, "send").stops(), Some(Stops::App), "whoever calls on prolongs it");
    for row in LIMITS {
        assert!(row.stops.is_some(), "{:?} stops nothing", row.on);
    }
}
