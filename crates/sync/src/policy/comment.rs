//! Private replies: one to each comment or post, within its days. They open no window.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::Capabilities;
use link_core::words::ids::ScopedId;
use link_core::words::outgoing::{Body, Purpose};
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::code;

use super::{Case, against};

/// What is known of a comment, or of somebody's post on the Page, that may be answered in private.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommentFacts {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Who wrote it, under the id that conversations use.
    pub by: Option<ScopedId>,
    /// True below a live broadcast: it can be answered while that runs.
    pub live: bool,
    /// True if it was answered in private, from here or elsewhere, or an answer is on its way.
    pub answered: bool,
    /// True if it was taken away.
    pub removed: bool,
}

impl CommentFacts {
    /// A comment that was written then and not answered yet.
    pub const fn new(at: DateTime<Utc>) -> Self {
        Self { at, by: None, live: false, answered: false, removed: false }
    }

    /// By this person.
    #[must_use]
    pub fn by(mut self, person: Option<ScopedId>) -> Self {
        self.by = person;
        self
    }

    /// Below a live broadcast, or not.
    #[must_use]
    pub const fn live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// Answered in private, or not.
    #[must_use]
    pub const fn answered(mut self, answered: bool) -> Self {
        self.answered = answered;
        self
    }

    /// Taken away, or not.
    #[must_use]
    pub const fn removed(mut self, removed: bool) -> Self {
        self.removed = removed;
        self
    }
}

/// Of several messages to one comment only the first could ever leave.
pub(crate) fn several() -> Refusal {
    let says = "a comment takes one private reply, and this would be several";
    against(code::REPLY_ONCE, says).allowing([Allowed::OncePersonWrites]).into()
}

/// Until when the comment may be answered.
pub(super) fn check(case: &Case<'_>, capabilities: &Capabilities) -> Result<Option<DateTime<Utc>>, Refusal> {
    // A conversation that is open needs no right of the comment's.
    let open = case.conversation.is_some_and(|it| super::Window::of(Some(it), capabilities, case.now).ordinary().is_ok());
    let instead = if open { Allowed::OrdinaryAnswer } else { Allowed::OncePersonWrites };
    let refuse = |rule, says: String| Err(against(rule, says).allowing([instead.clone()]).into());
    if case.outgoing.purpose != Purpose::Response {
        return refuse(code::REPLY_CONTENT, "a private reply goes under no tag".into());
    }
    if matches!(case.outgoing.body, Body::Reaction { .. }) || case.outgoing.reply_to.is_some() {
        return refuse(code::REPLY_CONTENT, "a private reply is a message of its own: it neither reacts to one nor quotes one".into());
    }
    let Some(comment) = &case.facts.comment else {
        return refuse(
            code::REPLY_KNOWN,
            "the comment was not told here, so nobody knows when it was written and whether it was answered".into(),
        );
    };
    if comment.removed {
        return refuse(code::REPLY_KNOWN, "the comment was taken away".into());
    }
    if comment.answered {
        return refuse(code::REPLY_ONCE, "the comment has its one private reply already".into());
    }
    let days = capabilities.private_reply_days;
    let ends = comment.at + TimeDelta::days(i64::from(days));
    if case.now >= ends {
        return refuse(
            code::REPLY_DAYS,
            format!("the comment could be answered in private for {days} days, which ended at {}", ends.to_rfc3339()),
        );
    }
    let over = capabilities.live_hours.filter(|_| comment.live).map(|hours| comment.at + TimeDelta::hours(i64::from(hours)));
    match over {
        Some(over) if case.now >= over => refuse(code::REPLY_LIVE, "the live broadcast below which it was written is over".into()),
        over => Ok(Some(over.unwrap_or(ends).min(ends))),
    }
}
