//! The requests that a browser and the platform make, on `http` types. Any server can hand them in.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use link_core::linking::setup::SetupRefused;
use link_core::linking::sign_in::StateRefused;
use link_core::words::error::{Error, ErrorKind};
use link_core::words::ids::SetupId;
use link_core::words::platform::Road;
use link_core::words::ports::{Delivery, Handshake};
use link_core::words::view::Viewer;
use serde_json::json;
use url::form_urlencoded;

use crate::figures::count;
use crate::kit::LinkKit;
use crate::linking::Opened;
use crate::problem::Problem;
use crate::webhook::Receipt;

/// Where a request goes, below the place that the handlers are mounted at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// `GET` and `POST` `/webhook`.
    Webhook,
    /// `GET /oauth/{road}/start`: opens the sign-in dialog of a road. Parameters: `setup` (else a new one is begun), `return_to` (a path of
    /// yours).
    SignInStart(Road),
    /// `GET /oauth/{road}/callback`: where the dialog of a road comes back to.
    SignInCallback(Road),
    /// `POST /deauthorize`: where a platform tells that somebody took the app out. One address for all roads.
    Deauthorize,
}

impl Place {
    /// Its path below the mount.
    pub fn path(&self) -> String {
        match self {
            Self::Webhook => "/webhook".to_owned(),
            Self::SignInStart(road) => format!("/oauth/{road}/start"),
            Self::SignInCallback(road) => format!("/oauth/{road}/callback"),
            Self::Deauthorize => "/deauthorize".to_owned(),
        }
    }
}

impl LinkKit {
    /// Every place: those of the webhook, and two for each road that somebody can sign in by.
    pub fn places(&self) -> Vec<Place> {
        let roads = self.inner.wiring.roads.iter().map(|parts| parts.grants.road());
        let sign_in = roads.flat_map(|road| [Place::SignInStart(road.clone()), Place::SignInCallback(road)]);
        [Place::Webhook, Place::Deauthorize].into_iter().chain(sign_in).collect()
    }

    /// Answers a request whose path is one of [`Place::path`], with or without the path of the public address in front.
    ///
    /// Requests of the sign-in carry who makes them: your middleware puts a [`Viewer`] into the request's extensions.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let below = path.strip_prefix(self.inner.mount.as_str()).unwrap_or(path);
        let Some(place) = self.places().into_iter().find(|place| place.path() == below) else { return empty(StatusCode::NOT_FOUND) };
        self.handle_at(&place, request).await
    }

    /// Answers a request that your router already matched.
    pub async fn handle_at(&self, place: &Place, request: Request<Bytes>) -> Response<Bytes> {
        match (place, request.method()) {
            (Place::Webhook, &Method::POST) => self.delivery(&request).await,
            (Place::Webhook, &Method::GET) => self.handshake(&request),
            (Place::Deauthorize, &Method::POST) => self.deauthorized(&request).await,
            (Place::SignInStart(road), &Method::GET) => self.open_dialog(road, &request).await.unwrap_or_else(|problem| refused(&problem)),
            (Place::SignInCallback(road), &Method::GET) => self.callback(road, &request).await.unwrap_or_else(|problem| refused(&problem)),
            _ => empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// The largest delivery that is taken, in bytes. A router may refuse larger ones before it has read them.
    pub fn body_limit(&self) -> usize {
        self.inner.body_limit
    }

    /// The answer to a delivery over the limit, counted.
    pub fn too_large(&self) -> Response<Bytes> {
        count(&self.inner.counters.too_large, 1);
        empty(StatusCode::PAYLOAD_TOO_LARGE)
    }

    async fn delivery(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.body().len() > self.body_limit() {
            return self.too_large();
        }
        let headers = request.headers();
        let delivery = Delivery::new(request.body(), self.inner.their_clock.now())
            .signed(header(headers, "x-hub-signature-256"), header(headers, "x-hub-signature"));
        match self.inner.receive(&delivery).await {
            Receipt::Acknowledged => empty(StatusCode::OK),
            Receipt::Rejected => empty(StatusCode::UNAUTHORIZED),
            Receipt::NotKept => empty(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// A letter that tells that somebody took the app out. It is verified before anything is looked up, and whether anybody is meant by it is
    /// not said.
    async fn deauthorized(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.body().len() > self.body_limit() {
            return self.too_large();
        }
        let signed = form_urlencoded::parse(request.body()).find(|(key, _)| key == "signed_request").map(|(_, value)| value);
        match self.inner.deauthorized(signed.as_deref()).await {
            Receipt::Acknowledged => empty(StatusCode::OK),
            Receipt::Rejected => empty(StatusCode::FORBIDDEN),
            Receipt::NotKept => empty(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    fn handshake(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let handshake = Handshake {
            mode: parameter(query, "hub.mode"),
            challenge: parameter(query, "hub.challenge"),
            verify_token: parameter(query, "hub.verify_token"),
        };
        match self.inner.handshake(&handshake) {
            Ok(challenge) => answer(StatusCode::OK, "text/plain; charset=utf-8", challenge),
            Err(_) => empty(StatusCode::FORBIDDEN),
        }
    }

    async fn open_dialog(&self, road: &Road, request: &Request<Bytes>) -> Result<Response<Bytes>, Problem> {
        let viewer = viewer(request)?;
        let query = request.uri().query().unwrap_or_default();
        let return_to = parameter(query, "return_to").map(own_path).transpose()?;
        let setup = match parameter(query, "setup") {
            Some(id) => id.parse::<SetupId>().map_err(|invalid| {
                Error::new(ErrorKind::Invalid, "read the parameter setup, which is a setup's id").with_source(invalid)
            })?,
            None => self.linking().begin(viewer).await?.id,
        };
        let address = self.linking().dialog(viewer, setup, road, return_to).await?;
        Ok(redirect(&address))
    }

    async fn callback(&self, road: &Road, request: &Request<Bytes>) -> Result<Response<Bytes>, Problem> {
        let viewer = viewer(request)?;
        let Opened { setup, return_to } = self.linking().signed_in_by(viewer, road, request.uri().query().unwrap_or_default()).await?;
        if let Some(path) = return_to {
            let joint = if path.contains('?') { '&' } else { '?' };
            return Ok(redirect(&format!("{path}{joint}setup={}", setup.id)));
        }
        let accounts: Vec<_> =
            setup.candidates.iter().map(|candidate| json!({"account": candidate.account.to_string(), "name": candidate.name})).collect();
        let body = json!({"setup": setup.id, "stage": setup.stage, "accounts": accounts});
        Ok(answer(StatusCode::OK, "application/json", body.to_string()))
    }
}

fn viewer(request: &Request<Bytes>) -> Result<&Viewer, Problem> {
    request.extensions().get::<Viewer>().ok_or(Problem::Nobody)
}

/// A path of the embedder's own: never an address that leads elsewhere.
fn own_path(path: String) -> Result<String, Problem> {
    let elsewhere = !path.starts_with('/') || path.starts_with("//") || path.contains('\\') || path.chars().any(char::is_control);
    if elsewhere {
        return Err(Error::new(ErrorKind::Invalid, "read the parameter return_to, which is a path that begins with one slash").into());
    }
    Ok(path)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A problem as an answer: its word, its cause, and who can do what about it.
pub(crate) fn refused(problem: &Problem) -> Response<Bytes> {
    let status = match problem {
        Problem::Nobody => StatusCode::UNAUTHORIZED,
        Problem::Refused(_) | Problem::Declined | Problem::SignIn(StateRefused::Foreign) => StatusCode::FORBIDDEN,
        Problem::Setup(SetupRefused::Unknown | SetupRefused::UnknownLink) => StatusCode::NOT_FOUND,
        Problem::Setup(_) | Problem::Switch(_) => StatusCode::CONFLICT,
        Problem::SignIn(_) | Problem::NoAnswer => StatusCode::BAD_REQUEST,
        Problem::Failed(error) => by_kind(error),
    };
    if let Problem::Failed(error) = problem {
        tracing::warn!(%error, kind = ?error.kind(), code = ?error.code(), "a request failed");
    }
    let body = json!({"error": problem.code(), "cause": problem.to_string(), "remedy": problem.advised()});
    answer(status, "application/json", body.to_string())
}

fn by_kind(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::Invalid | ErrorKind::NotFound => StatusCode::BAD_REQUEST,
        // Somebody has to do something: that is no outage.
        ErrorKind::SignInNeeded | ErrorKind::PermissionMissing | ErrorKind::OwnerActionNeeded => StatusCode::FORBIDDEN,
        ErrorKind::Store | ErrorKind::Unavailable | ErrorKind::Throttled => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Configuration | ErrorKind::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_GATEWAY,
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn redirect(address: &str) -> Response<Bytes> {
    let Ok(location) = HeaderValue::from_str(address) else { return empty(StatusCode::BAD_GATEWAY) };
    let mut response = empty(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, location);
    response
}
