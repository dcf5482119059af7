//! What makes a row of the table true.

use std::pin::Pin;

use serde_json::Value;

use crate::stage::{Stage, Who};

type Told = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The check of one row, by the row's slug.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// One call, after some of the sandbox's own, and what its answer tells.
    Plain(Plain),
    /// Anything longer.
    Story(&'static str, fn(Stage) -> Told),
}

/// One call and what its answer tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    slug: &'static str,
    before: &'static [(&'static str, &'static str)],
    who: Who,
    call: &'static str,
    body: &'static str,
    tells: fn(&Value) -> bool,
}

/// A call without a body.
pub(crate) const fn plain(slug: &'static str, who: Who, call: &'static str, tells: fn(&Value) -> bool) -> Plain {
    Plain { slug, before: &[], who, call, body: "", tells }
}

/// A message to Ada on Messenger.
pub(crate) const fn sends(slug: &'static str, body: &'static str) -> Plain {
    plain(slug, Who::Page, "POST /v26.0/me/messages", |it| it["message_id"].is_string()).with(body)
}

impl Plain {
    pub(crate) const fn with(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    /// Calls of the sandbox's own that come first.
    pub(crate) const fn after(mut self, before: &'static [(&'static str, &'static str)]) -> Self {
        self.before = before;
        self
    }

    async fn run(self, stage: Stage) {
        for (call, body) in self.before {
            stage.own(call, body).await;
        }
        let answer = stage.call(self.who, self.call, self.body).await;
        assert!((self.tells)(&answer), "{} {} answered {answer}", self.call, self.body);
    }
}

impl Check {
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::Plain(plain) => plain.slug,
            Self::Story(slug, _) => slug,
        }
    }

    pub(crate) async fn run(self, stage: Stage) {
        match self {
            Self::Plain(plain) => plain.run(stage).await,
            Self::Story(_, story) => story(stage).await,
        }
    }
}

/// Names stories by the slugs of their rows.
macro_rules! stories {
    ($($slug:literal => $story:path),+ $(,)?) => {
        [$($crate::check::Check::Story($slug, |stage| Box::pin($story(stage)))),+]
    };
}
pub(crate) use stories;
