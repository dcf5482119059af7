//! Calling Meta: one client for all roads' hosts, with what every call needs and what no log may see.

mod answer;
mod app;
mod builder;
mod call;
mod hosts;
mod usage;
mod version;

pub use answer::Answer;
pub(crate) use answer::succeeded;
pub use app::App;
pub use builder::ClientBuilder;
pub use call::Call;
pub use hosts::{Host, Hosts};
pub use usage::{BusinessUse, Load, Usage};
pub use version::{InvalidVersion, Version};

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::clock::Clock;
use link_core::{Error, ErrorKind, Result};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use tracing::{Instrument, Span, field::Empty};
use url::Url;

use crate::failure::Failure;
use call::Body;

/// Longest answer that is read, in bytes. A page of history with its attachments has some hundred kilobytes.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// How long an upload may take, whatever the HTTP client says of other calls.
const LONGEST_UPLOAD: Duration = Duration::from_secs(5 * 60);

/// How long a call may take in which the platform fetches a film from an address, whatever the HTTP client says of other calls: the platform gives
/// that up after 75 seconds, everything else after ten. Giving up before it would leave unknown what it did.
const FETCHING_FILM: Duration = Duration::from_secs(90);

/// Calls Meta in the name of one app. Cheap to clone.
///
/// A call is made once: nothing is repeated here, because only the caller knows what may be.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    hosts: Hosts,
    version: Version,
    app: App,
    clock: Arc<dyn Clock>,
    last: Mutex<LastSeen>,
}

/// What the answers so far said about us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastSeen {
    /// When the last answer came, by the platform's clock.
    pub at: Option<DateTime<Utc>>,
    /// How far the platform's clock was ahead of ours then.
    pub ahead: Option<TimeDelta>,
    /// Which version answered.
    pub served: Option<Version>,
    /// How much of the allowance is used up; of each business use case the last word.
    pub usage: Usage,
}

/// How a call went wrong, as far as it matters for what may be repeated.
pub(crate) enum Trouble {
    /// It never left: no connection could be opened, or there was nothing to send.
    Unsent(Error),
    /// The answer was lost, or it is none.
    Lost(Error),
    /// The platform said no.
    Refused(Failure),
}

impl Trouble {
    pub(crate) fn into_error(self, what: &'static str) -> Error {
        match self {
            Self::Unsent(error) | Self::Lost(error) => error,
            Self::Refused(failure) => failure.into_error(what),
        }
    }
}

impl Client {
    /// A client for an app, with Meta's addresses and the default version.
    pub fn builder(app: App) -> ClientBuilder {
        ClientBuilder::new(app)
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The version that is asked for.
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// What the answers so far said about us.
    pub fn last_seen(&self) -> LastSeen {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a call, once.
    ///
    /// Everything that is no success is an error: no connection, a timeout, a refusal (see [`Failure`]), an answer that is none.
    pub async fn call(&self, call: Call) -> Result<Answer> {
        let what = call.what;
        self.attempt(call).await.map_err(|trouble| trouble.into_error(what))
    }

    /// Makes a call, once, and tells trouble apart by whether it may have been carried out.
    pub(crate) async fn attempt(&self, call: Call) -> Result<Answer, Trouble> {
        let span = tracing::debug_span!(
            "graph.call",
            method = %call.method,
            host = %call.host,
            path = call.template,
            status = Empty,
            code = Empty,
            subcode = Empty,
            trace = Empty,
        );
        async {
            let result = self.exchange(call).await;
            match &result {
                Ok(_) => tracing::debug!("the platform answered"),
                Err(Trouble::Unsent(error)) => tracing::warn!(kind = ?error.kind(), "the call could not be sent"),
                Err(Trouble::Lost(error)) => tracing::warn!(kind = ?error.kind(), "the answer was lost"),
                Err(Trouble::Refused(failure)) => tracing::info!(kind = ?failure.kind(), "the platform refused"),
            }
            result
        }
        .instrument(span)
        .await
    }

    /// The address of a page that a person opens in a browser.
    pub(crate) fn page(&self, host: Host, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let mut url = self.address(host, true, path)?;
        url.query_pairs_mut().extend_pairs(query);
        Ok(url)
    }

    fn address(&self, host: Host, versioned: bool, path: &[&str]) -> Result<Url> {
        let version = (versioned && host.is_versioned()).then(|| self.0.version.to_string());
        self.0.hosts.address(host, version.as_deref().into_iter().chain(path.iter().copied()))
    }

    async fn exchange(&self, call: Call) -> Result<Answer, Trouble> {
        let what = call.what;
        let request = self.request(call).map_err(Trouble::Unsent)?;
        let asked = self.0.clock.now();
        let response = request.send().await.map_err(|error| unanswered(what, error))?;
        let took = (self.0.clock.now() - asked).max(TimeDelta::zero());
        let span = Span::current();
        let status = response.status().as_u16();
        span.record("status", status);
        let headers = response.headers().clone();
        let answer = self.read(what, &headers, took);
        let body = body(what, response).await?;
        match Failure::find(status, &body) {
            None => Ok(Answer { body, ..answer }),
            Some(mut failure) => {
                failure.retry_after =
                    retry_after(&headers).or_else(|| answer.usage.regain_after(failure.code).filter(|_| failure.is_throttling()));
                span.record("code", failure.code).record("subcode", failure.subcode).record("trace", failure.trace.as_deref());
                Err(Trouble::Refused(failure))
            }
        }
    }

    fn request(&self, call: Call) -> Result<RequestBuilder> {
        let invalid = || Error::new(ErrorKind::Invalid, call.what);
        let mut url = self.address(call.host, call.versioned, &call.segments()?)?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        for (name, secret) in &call.secrets {
            url.query_pairs_mut().append_pair(name, secret.expose());
        }
        let mut header = None;
        if let Some(token) = &call.token {
            let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| invalid())?;
            bearer.set_sensitive(true);
            header = Some(bearer);
            // Only the Graph API of Facebook knows the proof.
            if call.host == Host::FacebookGraph {
                let proof = self.0.app.proof(token).ok_or_else(invalid)?;
                url.query_pairs_mut().append_pair("appsecret_proof", &proof);
            }
        }
        let mut request = self.0.http.request(call.method, url);
        if call.fetches_film {
            request = request.timeout(FETCHING_FILM);
        }
        if let Some(bearer) = header {
            request = request.header(AUTHORIZATION, bearer);
        }
        Ok(match call.body {
            Body::None => request,
            Body::Json(bytes) => request.header(CONTENT_TYPE, "application/json").body(bytes),
            // A file takes its time on a slow line.
            Body::Multipart(fields, part) => request.timeout(LONGEST_UPLOAD).multipart(part.form(fields, call.what)?),
            Body::Form(fields) => request.form(&fields.iter().map(|(name, value)| (*name, value.expose())).collect::<Vec<_>>()),
        })
    }

    /// Everything of an answer but its body, kept as last seen too.
    fn read(&self, what: &'static str, headers: &HeaderMap, took: TimeDelta) -> Answer {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let date = text(DATE.as_str()).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let at = date.map_or_else(|| self.0.clock.now(), |date| date.to_utc());
        let answer = Answer {
            body: Bytes::new(),
            at,
            asked_at: at - took,
            served: text("facebook-api-version").and_then(|version| version.parse().ok()),
            usage: Usage::read(headers),
            what,
        };
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.at = last.at.max(Some(answer.at));
        last.ahead = date.map(|date| date.to_utc() - self.0.clock.now()).or(last.ahead);
        last.served = answer.served.or(last.served);
        last.usage.update(&answer.usage, answer.at);
        drop(last);
        answer
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("app", &self.0.app.id).field("version", &self.0.version).finish_non_exhaustive()
    }
}

fn unanswered(what: &'static str, error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    if error.is_builder() {
        return Trouble::Unsent(Error::new(ErrorKind::Configuration, what).with_source(error));
    }
    let unsent = error.is_connect();
    let error = Error::new(ErrorKind::Unavailable, what).with_source(error);
    if unsent { Trouble::Unsent(error) } else { Trouble::Lost(error) }
}

async fn body(what: &'static str, mut response: Response) -> Result<Bytes, Trouble> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unread(what, error))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Trouble::Lost(Error::new(ErrorKind::Unrecognised, what)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn unread(what: &'static str, error: reqwest::Error) -> Trouble {
    Trouble::Lost(Error::new(ErrorKind::Unavailable, what).with_source(error.without_url()))
}

/// `Retry-After` in seconds; its other form, a date, is not sent by Meta.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
