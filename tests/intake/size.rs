//! Bodies that are too large.

use std::time::Duration;

use link_kit::Figures;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::door::doors;
use crate::letters::{page, said};
use crate::stage::{self, Mail, Stage};

const DEFAULT: usize = 4 * 1024 * 1024;

/// A delivery of exactly so many bytes.
fn long(bytes: usize) -> String {
    let mut body = page(&[said("m_long", "A long letter")]);
    body.push_str(&" ".repeat(bytes - body.len()));
    body
}

async fn figures(stage: &Stage) -> Figures {
    stage.kit.figures().await.unwrap()
}

/// Or one request could take all memory; or, the other way round, a full batch of Meta's would be refused until it gives up.
#[tokio::test]
async fn the_default_limit_is_four_mebibytes_to_the_byte() {
    let stage = Stage::linked().await;
    let mut refused = 0;
    for door in doors(&stage) {
        assert_eq!(door.deliver(long(DEFAULT)).await, (200, String::new()));
        assert_eq!(door.deliver(long(DEFAULT + 1)).await, (413, String::new()));
        refused += 1;
        assert_eq!(figures(&stage).await.too_large, refused);
    }
    assert_eq!(stage.kit.figures().await.unwrap().kept, 2);
}

/// Or an embedder who sets a smaller limit would only believe to have one, wherever the sender does not tell the length.
#[tokio::test]
async fn a_smaller_limit_holds_with_and_without_a_told_length() {
    let stage = Stage::set().built(|builder| builder.body_limit(1_000)).linked().await;
    let mail = Mail::to(stage.webhook());
    let chunked = async |body: String| {
        let signature = stage::sign(stage::APP_SECRET, body.as_bytes());
        let chunks: Vec<Result<Vec<u8>, std::io::Error>> = body.as_bytes().chunks(100).map(|chunk| Ok(chunk.to_vec())).collect();
        let untold = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
        mail.answer(mail.letter(untold).header("x-hub-signature-256", signature)).await
    };
    assert_eq!(chunked(long(1_000)).await, (200, String::new()));
    assert_eq!(chunked(long(1_001)).await, (413, String::new()));
    for door in doors(&stage) {
        assert_eq!(door.deliver(long(1_000)).await, (200, String::new()));
        assert_eq!(door.deliver(long(1_001)).await, (413, String::new()));
        assert_eq!(door.post(&[], long(1_001)).await, (413, String::new()), "of what is too large no signature is looked at");
    }
    assert_eq!(figures(&stage).await.too_large, 5);
    assert_eq!((figures(&stage).await.unsigned, figures(&stage).await.kept), (0, 3));
}

/// Or whoever announces ten gigabytes is listened to until the limit is full, a connection and four mebibytes each.
#[tokio::test]
async fn a_told_length_over_the_limit_is_refused_before_anything_is_read() {
    let stage = Stage::open().await;
    let address = stage.webhook().replace("http://", "").replace("/meta/webhook", "");
    let mut wire = TcpStream::connect(&address).await.unwrap();
    let head = format!("POST /meta/webhook HTTP/1.1\r\nhost: {address}\r\ncontent-length: 10737418240\r\n\r\n");
    wire.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let answered = tokio::time::timeout(Duration::from_secs(10), wire.read_exact(&mut answer)).await;
    assert!(answered.is_ok(), "the kit waits for all of it");
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(figures(&stage).await.too_large, 1);
}
