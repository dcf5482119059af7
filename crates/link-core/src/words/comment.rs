//! What people publish below posts, or say of an account in public.

use serde::{Deserialize, Serialize};

use super::ids::ExternalId;

/// Something that happened to a comment, to a visitor's post, or to a mention of the account. Who wrote it is the event's sender; nobody is
/// named where the platform names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// Its id: the comment's, else that of the post which is meant.
    pub id: ExternalId,
    /// What happened.
    pub act: CommentAct,
    /// Where it stands.
    pub place: CommentPlace,
    /// The post or media below which it stands, or in which the account is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<ExternalId>,
    /// What it answers: another comment, or the post itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ExternalId>,
    /// What its author is called: a name on Facebook, a username on Instagram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it says, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Comment {
    /// Something of which only the place is known.
    pub const fn new(id: ExternalId, act: CommentAct, place: CommentPlace) -> Self {
        Self { id, act, place, post: None, parent: None, name: None, text: None }
    }

    /// Saying this.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommentAct {
    /// It was written.
    Added,
    /// Its text was changed.
    Edited,
    /// It is hidden from others.
    Hidden,
    /// It is shown again.
    Shown,
    /// It was taken away. Its content must go.
    Removed,
    /// The account answered it in private, which can be done once.
    Answered,
}

/// Where it stands. Of two tellings of one comment the later in this order says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommentPlace {
    /// Somewhere else, where it names the account.
    Mention,
    /// It is a post of its own, put on the account's page by a visitor.
    Visitor,
    /// Below a post of the account.
    Post,
    /// Below an advertisement of the account.
    Ad,
    /// Below a live broadcast of the account.
    Live,
}
