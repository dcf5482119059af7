//! The handlers as an axum router.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::StatusCode;

use crate::kit::LinkKit;
use crate::problem::Problem;
use crate::web::{Place, refused};

impl LinkKit {
    /// The handlers as a router to nest under the path of the public address.
    ///
    /// Requests of the sign-in need a [`Viewer`](link_core::Viewer) in their extensions: put your session middleware in front.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let mut router = Router::new();
        for place in self.places() {
            let path = place.path();
            let at = move |State(kit): State<LinkKit>, request: Request| {
                let place = place.clone();
                async move { handle(&kit, &place, request).await }
            };
            // Which method a place takes is the handlers' to say.
            router = router.route(&path, any(at));
        }
        router.with_state(self.clone())
    }
}

/// So that handlers of the embedder's own can end with a problem as ours do: status, and JSON with cause and remedy.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        refused(&self).map(Body::from)
    }
}

async fn handle(kit: &LinkKit, place: &Place, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match read(body, kit.body_limit()).await {
        Read::Whole(body) => kit.handle_at(place, Request::from_parts(head, body)).await.map(Body::from),
        Read::TooLarge => kit.too_large().map(Body::from),
        Read::Broken => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response
        }
    }
}

enum Read {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Reads a body up to a limit: one that says that it is longer is not read at all, and one that is longer not to its end.
async fn read(body: Body, limit: usize) -> Read {
    use axum::body::HttpBody as _;
    use futures::StreamExt as _;
    if body.size_hint().lower() > limit as u64 {
        return Read::TooLarge;
    }
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else { return Read::Broken };
        if whole.len() + chunk.len() > limit {
            return Read::TooLarge;
        }
        whole.extend_from_slice(&chunk);
    }
    Read::Whole(Bytes::from(whole))
}
