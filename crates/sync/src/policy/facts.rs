//! What rules go by beside the message and its conversation.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::Form;
use link_core::words::error::{PlatformCode, Result};
use link_core::words::ids::{ExternalId, IntentId};
use link_core::words::outgoing::Outgoing;
use link_core::words::platform::Road;
use link_core::words::ports::Access;

use super::comment::CommentFacts;
use crate::budget::Reach;

/// What is known of one message's circumstances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The comment or post that it answers in private.
    pub comment: Option<CommentFacts>,
    /// Forms that the platform refused to this very account, with when they are tried again.
    pub lacking: BTreeMap<Form, DateTime<Utc>>,
    /// Files of the account that were uploaded, with when the platform forgets each.
    pub uploads: BTreeMap<ExternalId, DateTime<Utc>>,
    /// By which road the account is connected whose post is shared; `None` if it is not linked.
    pub post_road: Option<Road>,
}

impl Facts {
    /// True if a comment is answered that stands below a live broadcast.
    pub fn is_live(&self) -> bool {
        self.comment.as_ref().is_some_and(|comment| comment.live)
    }

    /// With the comment that is answered.
    #[must_use]
    pub fn with_comment(mut self, comment: CommentFacts) -> Self {
        self.comment = Some(comment);
        self
    }

    /// With a form that the platform refused to this account, until then.
    #[must_use]
    pub fn lacking(mut self, form: Form, until: DateTime<Utc>) -> Self {
        self.lacking.insert(form, until);
        self
    }

    /// With a file that the platform keeps until then.
    #[must_use]
    pub fn with_upload(mut self, id: ExternalId, until: DateTime<Utc>) -> Self {
        self.uploads.insert(id, until);
        self
    }

    /// With the road by which the account is connected whose post is shared.
    #[must_use]
    pub fn with_post_road(mut self, road: Option<Road>) -> Self {
        self.post_road = road;
        self
    }
}

/// Who knows the circumstances of a message, and learns from what becomes of it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Knowledge: Send + Sync {
    /// What is known for a message that is to be sent by a connection. Asked at every checkpoint; makes no call to a platform. `own` is the intent that it already is, which does not count as another
    /// reply to the same comment.
    async fn facts(&self, connection: &ConnectionKey, outgoing: &Outgoing, own: Option<IntentId>, now: DateTime<Utc>) -> Result<Facts>;
    /// Through what the account of a connection is called, for telling ahead when something will be sent; makes no call to a platform. Where nobody
    /// knows, the account stands for itself.
    #[expect(unused_variables, reason = "the name is for whoever implements it")]
    async fn reach(&self, connection: &ConnectionKey) -> Result<Reach> {
        Ok(Reach::default())
    }
    /// The platform refused a message, so it surely was not sent. Keeps what that says of its files or of the account. Where the same can be sent in
    /// another way, because a file that the platform forgot was uploaded anew, that way is answered; it is tried once. One file at a time: a claim
    /// lasts as long as one takes, and the next refusal asks for the next. Whoever else sends the same file may be refused meanwhile: what was
    /// uploaded for one message is there for the others.
    #[expect(unused_variables, reason = "the name is for whoever implements it")]
    async fn refused(&self, refused: &Refused) -> Result<Option<Instead>> {
        Ok(None)
    }
}

/// A message that the platform refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refused {
    /// By which connection it was to be sent.
    pub connection: ConnectionKey,
    /// The right to call the platform for it.
    pub access: Access,
    /// What was to be sent.
    pub outgoing: Outgoing,
    /// Those of its files that were uploaded anew for it before, or could not be.
    pub renewed: BTreeSet<ExternalId>,
    /// Those of its files that could not be uploaded anew for now: the others come first.
    pub put_off: BTreeSet<ExternalId>,
    /// The platform's code.
    pub code: PlatformCode,
    /// Now.
    pub now: DateTime<Utc>,
}

impl Refused {
    /// A message that the platform refused with this code.
    pub const fn new(connection: ConnectionKey, access: Access, outgoing: Outgoing, code: PlatformCode, now: DateTime<Utc>) -> Self {
        Self { connection, access, outgoing, renewed: BTreeSet::new(), put_off: BTreeSet::new(), code, now }
    }

    /// After these of its files were uploaded anew for it, or could not be.
    #[must_use]
    pub fn after_renewing(mut self, renewed: BTreeSet<ExternalId>) -> Self {
        self.renewed = renewed;
        self
    }

    /// After these of its files could not be uploaded anew for now.
    #[must_use]
    pub fn after_putting_off(mut self, put_off: BTreeSet<ExternalId>) -> Self {
        self.put_off = put_off;
        self
    }
}

/// How a message that the platform refused is sent after all.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Instead {
    /// What is sent.
    pub outgoing: Outgoing,
    /// A file of it that cannot be uploaded anew. Another one may be what the platform forgot: if it is refused again, that one is not tried again.
    pub given_up: Option<ExternalId>,
    /// A file of it that cannot be uploaded anew for now. The message is tried again in a while; if it is refused again, the files that were not put off
    /// come first, and one that was put off before and surely cannot be had is to be [given up](Self::given_up). Once one fails as an error, all of them
    /// may be tried again.
    pub put_off: Option<ExternalId>,
}

impl Instead {
    /// This is sent.
    pub const fn new(outgoing: Outgoing) -> Self {
        Self { outgoing, given_up: None, put_off: None }
    }

    /// While this file of it cannot be uploaded anew.
    #[must_use]
    pub fn giving_up(mut self, file: ExternalId) -> Self {
        self.given_up = Some(file);
        self
    }

    /// While this file of it cannot be uploaded anew for now.
    #[must_use]
    pub fn putting_off(mut self, file: ExternalId) -> Self {
        self.put_off = Some(file);
        self
    }
}

/// Knows nothing: comments are not answered, and of accounts and files nothing is held against a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingKnown;

#[async_trait]
impl Knowledge for NothingKnown {
    async fn facts(&self, _: &ConnectionKey, _: &Outgoing, _: Option<IntentId>, _: DateTime<Utc>) -> Result<Facts> {
        Ok(Facts::default())
    }
}
