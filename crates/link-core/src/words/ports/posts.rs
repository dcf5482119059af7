//! What an account has published.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Access;
use crate::words::error::Result;
use crate::words::ids::ExternalId;
use crate::words::outgoing::Media;
use crate::words::page::{Cursor, Page};

/// Something that an account published. Its Debug is plain: what is published is public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Which.
    pub id: ExternalId,
    /// True for a story, which is gone after a day.
    pub story: bool,
    /// Where anybody can see it.
    pub permalink: Option<String>,
    /// The text below it.
    pub caption: Option<String>,
    /// Its picture or film; never a story's, which may be linked to and not passed on. Absent where the platform withholds it.
    pub media: Option<Media>,
    /// When it was published.
    pub at: Option<DateTime<Utc>>,
}

impl Published {
    /// A post, or a story, of which nothing else is known.
    pub const fn new(id: ExternalId, story: bool) -> Self {
        Self { id, story, permalink: None, caption: None, media: None, at: None }
    }
}

/// Which posts are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostQuery {
    /// The stories that are still there instead of posts.
    pub stories: bool,
    /// After this place of an earlier answer.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

impl PostQuery {
    /// The newest posts, reels among them.
    pub const fn posts(limit: u32) -> Self {
        Self { stories: false, after: None, limit }
    }

    /// The stories that are still there.
    pub const fn stories(limit: u32) -> Self {
        Self { stories: true, after: None, limit }
    }

    /// After a place.
    #[must_use]
    pub fn after(mut self, after: Option<Cursor>) -> Self {
        self.after = after;
        self
    }
}

/// Reads what an account published: the account's own, nobody else's.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Posts: Send + Sync {
    /// Posts or stories, newest first.
    async fn published(&self, access: &Access, query: &PostQuery) -> Result<Page<Published>>;
    /// One post or story; `None` if there is none that the account's token shows.
    async fn post(&self, access: &Access, id: &ExternalId) -> Result<Option<Published>>;
}
