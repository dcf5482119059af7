//! The two ways into a kit: its axum router behind a socket, and [`LinkKit::handle`] on plain `http` types.

use bytes::Bytes;
use link_kit::LinkKit;

use crate::stage::{self, Mail, Stage};

/// A way in.
pub(crate) enum Door {
    Axum(Mail),
    Plain(LinkKit),
}

/// Both doors of a stage.
pub(crate) fn doors(stage: &Stage) -> [Door; 2] {
    [Door::Axum(Mail::to(stage.webhook())), Door::Plain(stage.kit.clone())]
}

impl Door {
    /// Posts a body with these headers; the status and the body of the answer.
    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> (u16, String) {
        match self {
            Self::Axum(mail) => {
                let letter = headers.iter().fold(mail.letter(body.into()), |letter, (name, value)| letter.header(*name, *value));
                mail.answer(letter).await
            }
            Self::Plain(kit) => {
                let request = http::Request::post("/meta/webhook");
                let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                handled(kit, request.body(body.into()).unwrap()).await
            }
        }
    }

    /// Posts a body with Meta's signature.
    pub(crate) async fn deliver(&self, body: impl Into<Bytes>) -> (u16, String) {
        let body = body.into();
        self.post(&[("x-hub-signature-256", &stage::sign(stage::APP_SECRET, &body))], body).await
    }

    /// Asks as a handshake does.
    pub(crate) async fn ask(&self, query: &[(&str, &str)]) -> (u16, String) {
        match self {
            Self::Axum(mail) => mail.ask(query).await,
            Self::Plain(kit) => {
                let address = url::Url::parse_with_params("http://kit/meta/webhook", query).unwrap();
                handled(kit, http::Request::get(address.as_str()).body(Bytes::new()).unwrap()).await
            }
        }
    }
}

async fn handled(kit: &LinkKit, request: http::Request<Bytes>) -> (u16, String) {
    let answer = kit.handle(request).await;
    (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
}
