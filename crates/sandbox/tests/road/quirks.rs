mod seen;

use link_sandbox::QUIRKS;
use serde_json::{Value, json};

use crate::businesses;
use crate::stage::{PAGE, ROBIN, Stage};

const PAGE_INBOX: &str = "263902037430900";

/// What a client sees of a quirk when it has this value. A quirk or a value without an entry here fails the tests.
fn expected(quirk: &str, word: &str) -> Value {
    match (quirk, word) {
        ("ig_login_webhook_secret", "instagram") => json!({"login": "instagram", "linked": "meta"}),
        ("ig_login_webhook_secret", "meta") => json!({"login": "meta", "linked": "meta"}),
        ("expired_version", "next") => json!({"code": null, "served": "v21.0"}),
        ("expired_version", "2635") => json!({"code": 2635, "served": "v21.0"}),
        ("unknown_version", "newest") => json!({"code": null, "served": "v26.0"}),
        ("unknown_version", "2500") => json!({"code": 2500, "served": "v26.0"}),
        ("messenger_readable", "all") => json!([null, null]),
        ("messenger_readable", "20") => json!([null, 9_000_001]),
        ("webhook_regime", "1h") => json!({"subscribed": false}),
        ("webhook_regime", "36h") => json!({"subscribed": true}),
        ("ig_me" | "ig_token_shape", "flat") => json!({"flat": true, "data": false}),
        ("ig_me" | "ig_token_shape", "data") => json!({"flat": false, "data": true}),
        ("ig_echo_field", "messages") => json!({"messages": true, "message_echoes": false}),
        ("ig_echo_field", "message_echoes") => json!({"messages": false, "message_echoes": true}),
        ("ig_comment_form", "changes") => json!({"login": "changes", "linked": "changes"}),
        ("ig_comment_form", "flat") => json!({"login": "flat", "linked": "changes"}),
        ("early_refresh", "400") => json!(100),
        ("ig_consent_error", "230") => json!(230),
        ("ig_consent_error", "9010") => json!(9010),
        ("ig_edit_zero", "off") => json!(["message", "message"]),
        ("ig_edit_zero", "on") => json!(["message", "message_edit"]),
        ("ig_post_share", "ig_post") => json!(["ig_post"]),
        ("ig_post_share", "both") => json!(["ig_post", "share"]),
        ("ig_post_share", "share") => json!(["share"]),
        ("ig_sticker", "silent") => json!({"text": "after"}),
        ("ig_sticker", "image") => json!({"type": "image"}),
        ("ig_linked_reactions", "any") => json!({"linked": [null, null], "login": null}),
        ("ig_linked_reactions", "love") => json!({"linked": [100, null], "login": null}),
        ("ig_login_reply_to", "accepted") => json!({"login": null, "linked": null}),
        ("ig_login_reply_to", "refused") => json!({"login": 100, "linked": null}),
        ("message_access_login", "applies") => json!({"login": [200, 2_534_041], "linked": [200, 2_534_041], "heard": false}),
        ("message_access_login", "ignored") => json!({"login": null, "linked": [200, 2_534_041], "heard": true}),
        ("messenger_unsend" | "account_unsend", "told") => json!({"messenger": true, "instagram": true}),
        ("messenger_unsend", "silent") => json!({"messenger": false, "instagram": true}),
        ("account_unsend", "silent") => json!({"messenger": false, "instagram": false}),
        ("comment_opens_window", "no") => json!([10, 2_018_278]),
        ("blocked_error", "551") => json!([551, 1_545_041]),
        ("blocked_error", "200") => json!([200, 1_545_041]),
        ("not_owner_error", "10/2018300") => json!({"messenger": [10, 2_018_300], "instagram": [100, 2_534_037]}),
        ("not_owner_error", "2018300") => json!({"messenger": [2_018_300, null], "instagram": [100, 2_534_037]}),
        ("standard_access", "roles") => json!({"write": [200, 2_018_028], "listed": 0}),
        ("standard_access", "all") => json!({"write": null, "listed": 4}),
        ("throttle_status", "400") => json!(400),
        ("throttle_status", "429") => json!(429),
        ("debug_token_ids", "string") => json!({"app_id": PAGE.replace('3', "1"), "profile_id": PAGE, "user_id": ROBIN}),
        ("debug_token_ids", "number") => {
            json!({"app_id": 1_000_000_000_000_001_u64, "profile_id": 3_000_000_000_000_001_u64, "user_id": 2_000_000_000_000_001_u64})
        }
        ("page_data_access", "ends") => json!({"page": [10, null], "user": [10, null]}),
        ("page_data_access", "continues") => json!({"page": null, "user": [10, null]}),
        ("business_token_instagram", "refused") => json!({"messenger": null, "instagram": [10, null]}),
        ("business_token_instagram", "accepted") => json!({"messenger": null, "instagram": null}),
        ("default_platform", "messenger") => json!(4),
        ("default_platform", "all") => json!(7),
        ("early_refresh", "extend") | ("comment_opens_window", "yes") => Value::Null,
        other => panic!("{other:?} has no check: say here what a client sees of it"),
    }
}

/// A world with these quirks, and with what it takes to see `probe`'s.
async fn world(quirks: &serde_json::Map<String, Value>, probe: &str) -> Stage {
    Stage::with(|seed| {
        seed["quirks"].as_object_mut().unwrap().extend(quirks.clone());
        match probe {
            "not_owner_error" => {
                seed["pages"][0]["default_app"] = json!(PAGE_INBOX);
                seed["instagram"][0]["default_app"] = json!(PAGE_INBOX);
            }
            "standard_access" => seed["apps"][0]["access"] = json!("standard"),
            "throttle_status" => seed["limits"]["user_calls_per_hour"] = json!(0),
            "business_token_instagram" => businesses::own(seed),
            _ => {}
        }
    })
    .await
}

#[tokio::test]
async fn every_value_of_every_quirk_does_what_its_documentation_says() {
    for (quirk, words) in QUIRKS {
        for word in *words {
            let one = [((*quirk).to_owned(), json!(word))].into_iter().collect();
            let seen = world(&one, quirk).await.seen(quirk).await;
            assert_eq!(seen, expected(quirk, word), "{quirk} = {word}");
        }
    }
}

#[tokio::test]
async fn no_quirk_changes_what_another_one_is_about() {
    for (probe, words) in QUIRKS {
        let others = QUIRKS.iter().filter(|(other, _)| other != probe);
        let quirks: serde_json::Map<String, Value> =
            others.map(|(other, words)| ((*other).to_owned(), json!(words[words.len() - 1]))).collect();
        let stage = world(&quirks, probe).await;
        assert_eq!(stage.seen(probe).await, expected(probe, words[0]), "{probe} while all the others have another value");
    }
}

#[tokio::test]
async fn a_world_knows_no_other_quirk_and_no_other_value() {
    let stage = Stage::frozen().await;
    for wrong in [json!({"ig_mee": "flat"}), json!({"ig_me": "round"}), json!({"ig_me": 1}), json!("flat"), json!([])] {
        assert!(stage.controls.seed(&json!({"quirks": wrong})).await.is_err(), "{wrong}");
    }
    let told = stage.controls.state().await.unwrap()["quirks"].clone();
    let defaults: serde_json::Map<String, Value> = QUIRKS.iter().map(|(name, words)| ((*name).to_owned(), json!(words[0]))).collect();
    assert_eq!(told, Value::Object(defaults), "the first value is the default");
}
