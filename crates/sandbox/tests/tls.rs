//! The origins over TLS, told from the side of a client that believes to speak with the real hosts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;

use link_sandbox::Sandbox;
use reqwest::{Certificate, Client, ClientBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FACEBOOK: [&str; 6] =
    ["www.facebook.com", "m.facebook.com", "facebook.com", "graph.facebook.com", "graph-video.facebook.com", "rupload.facebook.com"];
const INSTAGRAM: [&str; 4] = ["www.instagram.com", "instagram.com", "api.instagram.com", "graph.instagram.com"];
const SCOPES: [&str; 4] = ["pages_show_list", "pages_read_engagement", "pages_manage_metadata", "pages_messaging"];

struct Stage {
    sandbox: Sandbox,
    facebook: SocketAddr,
    instagram: SocketAddr,
}

impl Stage {
    async fn start() -> Self {
        let sandbox = Sandbox::builder().tls().start().await.unwrap();
        let address = |origin: Option<String>| origin.unwrap().strip_prefix("https://").unwrap().parse().unwrap();
        let (facebook, instagram) = (address(sandbox.facebook_tls()), address(sandbox.instagram_tls()));
        Self { sandbox, facebook, instagram }
    }

    /// A client whose resolver takes the real names for this machine.
    fn resolving(&self) -> ClientBuilder {
        let client = Client::builder().no_proxy();
        let client = FACEBOOK.iter().fold(client, |client, host| client.resolve(host, self.facebook));
        INSTAGRAM.iter().fold(client, |client, host| client.resolve(host, self.instagram))
    }

    /// The same, and it trusts the sandbox alone.
    fn client(&self) -> Client {
        let ca = Certificate::from_pem(self.sandbox.ca_pem().unwrap().as_bytes()).unwrap();
        self.resolving().tls_certs_only([ca]).build().unwrap()
    }

    fn graph(&self, path: &str) -> String {
        format!("https://graph.facebook.com:{}{path}", self.facebook.port())
    }

    async fn page_token(&self) -> String {
        let tokens = self.sandbox.controls().tokens("2000000000000001", &SCOPES).await.unwrap();
        tokens.page_tokens["3000000000000001"].clone()
    }

    async fn get(&self, path: &str, token: &str) -> reqwest::Result<reqwest::Response> {
        self.client().get(self.graph(path)).bearer_auth(token).send().await
    }
}

#[tokio::test]
async fn a_client_that_trusts_the_ca_is_answered_under_every_real_name() {
    let stage = Stage::start().await;
    let client = stage.client();
    let names = FACEBOOK.iter().map(|host| (*host, stage.facebook)).chain(INSTAGRAM.iter().map(|host| (*host, stage.instagram)));
    let here = ["localhost", "127.0.0.1"].into_iter().flat_map(|host| [(host, stage.facebook), (host, stage.instagram)]);
    for (host, address) in names.chain(here) {
        let url = format!("https://{host}:{}/_sandbox/clock", address.port());
        let answer = client.get(&url).send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
        assert_eq!(answer.json::<Value>().await.unwrap()["frozen"], json!(false), "{url}");
    }
}

#[tokio::test]
async fn links_in_answers_lead_back_over_tls_to_the_name_that_was_used() {
    let stage = Stage::start().await;
    let token = stage.page_token().await;
    let list: Value = stage.get("/v26.0/me/conversations?limit=1", &token).await.unwrap().json().await.unwrap();
    let next = list["paging"]["next"].as_str().unwrap();
    assert!(next.starts_with(&stage.graph("/v26.0/3000000000000001/conversations")), "{next}");
    let list: Value = stage.client().get(next).send().await.unwrap().json().await.unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "and they work");
}

#[tokio::test]
async fn a_client_without_the_ca_refuses_and_the_next_one_is_served() {
    let stage = Stage::start().await;
    let stranger = Sandbox::builder().tls().start().await.unwrap();
    let other = Certificate::from_pem(stranger.ca_pem().unwrap().as_bytes()).unwrap();
    for client in [stage.resolving(), stage.resolving().tls_certs_only([other])] {
        let refused = client.build().unwrap().get(stage.graph("/_sandbox/clock")).send().await.unwrap_err();
        assert!(refused.is_connect(), "{refused:?}");
    }
    assert_eq!(stage.get("/_sandbox/clock", "").await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_origin_does_not_pass_for_the_other_ones_hosts() {
    let stage = Stage::start().await;
    let ca = Certificate::from_pem(stage.sandbox.ca_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([ca]).resolve("graph.instagram.com", stage.facebook).build().unwrap();
    let url = format!("https://graph.instagram.com:{}/_sandbox/clock", stage.facebook.port());
    assert!(client.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_dropped_call_gets_no_byte_of_an_answer() {
    let stage = Stage::start().await;
    let token = stage.page_token().await;
    stage.sandbox.controls().fault(json!({"match": {"path": "/me"}, "drop": true})).await.unwrap();
    let lost = stage.get("/me", &token).await.unwrap_err();
    assert!(lost.is_request() && !lost.is_connect(), "{lost:?}");
    assert_eq!(stage.get("/me", &token).await.unwrap().status(), 200, "the door is still open");
}

#[tokio::test]
async fn a_cut_body_has_a_status_and_half_its_text() {
    let stage = Stage::start().await;
    let token = stage.page_token().await;
    let path = "/me/conversations?fields=messages{message}";
    let whole = stage.get(path, &token).await.unwrap().text().await.unwrap();
    stage.sandbox.controls().fault(json!({"match": {"path": "/me/conversations"}, "cut_body": true})).await.unwrap();
    let mut answer = stage.get(path, &token).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut half = Vec::new();
    let error = loop {
        match answer.chunk().await {
            Ok(chunk) => half.extend(chunk.expect("the body does not end as if it were whole")),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert!(!half.is_empty() && half.len() < whole.len(), "{} of {} bytes", half.len(), whole.len());
}

#[tokio::test]
async fn clients_that_do_not_speak_tls_keep_nobody_waiting() {
    let stage = Stage::start().await;
    let silent = TcpStream::connect(stage.facebook).await.unwrap();
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 600], &[0x16, 3, 1, 0xff, 0xff]] {
        let mut stream = TcpStream::connect(stage.facebook).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        // An alert, an end or a reset: all that counts is that the connection is over.
        stream.read_to_end(&mut Vec::new()).await.ok();
        assert_eq!(stage.get("/_sandbox/clock", "").await.unwrap().status(), 200, "after {garbage:?}");
    }
    let still_open = silent.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(still_open.kind(), std::io::ErrorKind::WouldBlock, "the others were served while the silent one was waited for");
}

#[tokio::test]
async fn the_certificate_that_is_given_out_is_no_key() {
    let stage = Stage::start().await;
    let pem = stage.sandbox.ca_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && pem.matches("BEGIN").count() == 1, "{pem}");
}
