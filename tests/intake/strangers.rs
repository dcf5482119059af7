//! Who is not Meta.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::door::doors;
use crate::letters::{page, said};
use crate::stage::{APP_SECRET, Stage, VERIFY_TOKEN, overheard, sign};

const SHA_256: &str = "x-hub-signature-256";

fn sha1(body: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(APP_SECRET.as_bytes()).unwrap().chain_update(body);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Or anybody on the net could write into the inbox, or find out how by reading the answers.
#[tokio::test]
async fn whoever_did_not_sign_with_the_apps_secret_is_turned_away_without_a_word() {
    overheard::listen();
    let stage = Stage::linked().await;
    let body = page(&[said("m_forged", "Give me the keys")]);
    let right = sign(APP_SECRET, body.as_bytes());
    let digits = right.strip_prefix("sha256=").unwrap();
    let (sha1, foreign) = (sha1(&body), sign("another app's secret", body.as_bytes()));
    let (verify, other_body) = (sign(VERIFY_TOKEN, body.as_bytes()), sign(APP_SECRET, b"another body"));
    let (wrong_scheme, sha512) = (format!("sha1={digits}"), format!("sha512={digits}"));
    let (short, long) = (right[..right.len() - 2].to_owned(), format!("{right}00"));
    let (padded, no_hex) = (format!(" {right} x"), format!("sha256={}", "z".repeat(64)));

    let unsigned: [&[(&str, &str)]; 3] = [&[], &[("x-hub-signature", &sha1)], &[("x-hub-signature", &right), ("authorization", &right)]];
    let forged: [&[(&str, &str)]; 12] = [
        &[(SHA_256, "")],
        &[(SHA_256, "sha256=")],
        &[(SHA_256, digits)],
        &[(SHA_256, &sha1)],
        &[(SHA_256, &wrong_scheme)],
        &[(SHA_256, &sha512)],
        &[(SHA_256, &short)],
        &[(SHA_256, &long)],
        &[(SHA_256, &padded)],
        &[(SHA_256, &no_hex)],
        // A right SHA-1 signature does not make up for a wrong better one.
        &[(SHA_256, &foreign), ("x-hub-signature", &sha1)],
        &[(SHA_256, &verify)],
    ];
    for door in doors(&stage) {
        for headers in unsigned.iter().chain(&forged) {
            assert_eq!(door.post(headers, body.clone()).await, (401, String::new()), "{headers:?}");
        }
        assert_eq!(door.post(&[(SHA_256, &other_body)], body.clone()).await, (401, String::new()), "signed for another body");
    }
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.unsigned, figures.forged), (2 * 3, 2 * 13), "every refusal is counted, as what it was");
    assert_eq!((figures.deliveries, figures.kept, figures.poisoned, figures.journal.open), (0, 0, 0, 0));
    assert_eq!(figures.journal.poisoned, 0, "what strangers send takes no room");

    let heard = overheard::heard();
    assert!(heard.contains("a delivery was turned away"), "whoever runs the program hears of it");
    assert!(!heard.contains(digits), "a log tells the digest that would have let it in");
    assert!(!heard.contains("Give me the keys"), "a log tells what strangers send");
}

/// Or a mistake made in both the signing and the checking would turn Meta away, and no test would notice.
#[tokio::test]
async fn a_signature_made_by_another_program_is_accepted() {
    let stage = Stage::linked().await;
    let body = r#"{"object":"page","entry":[{"id":"3000000000000001","time":1795435200000,"messaging":[]}]}"#;
    // printf '%s' "$body" | openssl dgst -sha256 -hmac sandbox-app-secret
    let signature = "sha256=afee044be8a5e4d04cee1db994c96876d7c0c9490fb7a76d69569142be265208";
    for door in doors(&stage) {
        assert_eq!(door.post(&[("X-Hub-Signature-256", signature)], body).await, (200, String::new()));
    }
}

/// Or somebody could point Meta, or a search for open webhooks, at this address; or have a page of theirs echoed under its name.
#[tokio::test]
async fn only_metas_own_handshake_is_answered() {
    let stage = Stage::open().await;
    let right = BTreeMap::from([("hub.mode", "subscribe"), ("hub.challenge", "1158201444"), ("hub.verify_token", VERIFY_TOKEN)]);
    let with = |key: &'static str, value: Option<&'static str>| {
        let mut query = right.clone();
        query.remove(key);
        query.extend(value.map(|value| (key, value)));
        query.into_iter().collect::<Vec<_>>()
    };
    let wrong = [
        with("hub.verify_token", Some("guessed")),
        with("hub.verify_token", Some("")),
        with("hub.verify_token", None),
        with("hub.verify_token", Some(APP_SECRET)),
        with("hub.mode", Some("unsubscribe")),
        with("hub.mode", None),
        with("hub.challenge", None),
        with("hub.challenge", Some("")),
        with("hub.challenge", Some("<script>alert(1)</script>")),
        Vec::new(),
    ];
    for door in doors(&stage) {
        assert_eq!(door.ask(&with("nothing", None)).await, (200, "1158201444".to_owned()));
        for query in &wrong {
            assert_eq!(door.ask(query).await, (403, String::new()), "{query:?}");
        }
    }
    assert_eq!(stage.kit.figures().await.unwrap().handshakes_refused, 2 * wrong.len() as u64);
}

/// Or a mistyped address at Meta, or a scanner, would look like a webhook that works.
#[tokio::test]
async fn what_is_no_webhook_request_is_none() {
    let stage = Stage::open().await;
    let asked = async |method: &str, path: &str| {
        let request = http::Request::builder().method(method).uri(path).body(bytes::Bytes::new()).unwrap();
        let plain = stage.kit.handle(request).await.status().as_u16();
        let origin = stage.webhook().replace("/meta/webhook", "");
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let routed = client.request(method, format!("{origin}{path}")).send().await.unwrap().status().as_u16();
        (plain, routed)
    };
    assert_eq!(asked("PUT", "/meta/webhook").await, (405, 405));
    assert_eq!(asked("DELETE", "/meta/webhook").await, (405, 405));
    assert_eq!(asked("POST", "/meta/webhook/").await, (404, 404));
    assert_eq!(asked("POST", "/meta").await, (404, 404));
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.deliveries, figures.unsigned), (0, 0));
}
