//! Letters that tell of a consent taken back: whatever becomes of them, nobody who reads the log learns whose they are or what stands in them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::finds::{Hidden, Shown};
use crate::stage::{APP_SECRET, Stage, overheard};

/// Somebody of whom nothing but these letters tells.
const PAUL: &str = "2000000000000777";
/// What a broken row holds, which no error may quote.
const NOTE: &str = "call Paul at 555 0199";

fn letter(secret: &str, note: &str) -> String {
    let payload = json!({"algorithm": "HMAC-SHA256", "issued_at": 1_795_435_200, "user_id": PAUL, "note": note}).to_string();
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&payload);
    format!("{}.{payload}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

async fn post(stage: &Stage, letter: &str) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.post(format!("{}/deauthorize", stage.address())).form(&[("signed_request", letter)]).send().await.unwrap();
    answer.status().as_u16()
}

/// Or the log of whoever runs the program tells who took their consent back, and lets others write such letters.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_in_no_log_whether_it_is_kept_turned_away_or_cannot_be_kept() {
    overheard::listen();
    let stage = Stage::linked().await;
    let letters =
        [letter(APP_SECRET, "kept"), letter("another secret", "forged"), letter(APP_SECRET, "broken"), letter(APP_SECRET, "closed")];
    let [kept, forged, broken, closed] = &letters;
    assert_eq!(post(&stage, kept).await, 200);
    assert!(post(&stage, forged).await >= 400);
    assert!(post(&stage, PAUL).await >= 400, "a letter that is none");

    // Paul's connection does not read back.
    let rows = stage.sqlite.clone().into_pool();
    let broke = sqlx::query("UPDATE lk_connection SET body = json_set(body, '$.person', ?, '$.health', json_object('health', ?))");
    assert!(broke.bind(PAUL).bind(NOTE).execute(&rows).await.unwrap().rows_affected() > 0);
    assert_eq!(post(&stage, broken).await, 503);
    stage.sqlite.clone().close().await;
    assert_eq!(post(&stage, closed).await, 503);

    let mut hidden = vec![Hidden::new("the app secret", APP_SECRET), Hidden::new("whose letter it is", PAUL), Hidden::new("a row", NOTE)];
    for (number, letter) in letters.iter().enumerate() {
        let (signature, payload) = letter.split_once('.').unwrap();
        hidden.push(Hidden::new(format!("the signature of letter {number}"), signature));
        hidden.push(Hidden::new(format!("the payload of letter {number}"), payload));
    }
    let (mut shown, log) = (Shown::default(), overheard::heard());
    shown.text("the log", &log);
    let leaks = shown.leaks(&hidden);
    assert!(leaks.is_empty(), "{leaks:#?}");
    for said in ["a letter was turned away", "a letter could not be kept"] {
        assert!(log.contains(said), "nobody said that {said}");
    }
}
