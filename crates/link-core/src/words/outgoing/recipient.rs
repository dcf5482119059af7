//! To whom something is said.

use serde::{Deserialize, Serialize};

use crate::words::ids::{ExternalId, ScopedId};

/// Whom a message is for. What was stored when only people were known reads as a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Recipient {
    /// A person with whom the account has a conversation.
    Person(ScopedId),
    /// Whoever wrote this comment: one private reply, which opens no window.
    Comment {
        /// The comment.
        comment: ExternalId,
        /// Who wrote it, where the platform told it under the id that conversations use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ScopedId>,
    },
    /// Whoever wrote this post on the Page: one private reply, which opens no window.
    Post {
        /// The post.
        post: ExternalId,
        /// Who wrote it, where the platform told it under the id that conversations use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ScopedId>,
    },
}

impl Recipient {
    /// The person, if they are known.
    pub const fn person(&self) -> Option<&ScopedId> {
        match self {
            Self::Person(peer) => Some(peer),
            Self::Comment { by, .. } | Self::Post { by, .. } => by.as_ref(),
        }
    }

    /// The conversation this belongs to: the person's, or a line of its own until the platform tells who the person is.
    pub fn line(&self) -> ScopedId {
        match self {
            Self::Person(peer) | Self::Comment { by: Some(peer), .. } | Self::Post { by: Some(peer), .. } => peer.clone(),
            Self::Comment { comment, .. } => ScopedId::of_author("comment", comment),
            Self::Post { post, .. } => ScopedId::of_author("post", post),
        }
    }

    /// The same without who wrote the comment or post: what is known of that grows, and whom it is for does not change with it.
    #[must_use]
    pub fn nameless(&self) -> Self {
        match self {
            Self::Person(_) => self.clone(),
            Self::Comment { comment, .. } => Self::Comment { comment: comment.clone(), by: None },
            Self::Post { post, .. } => Self::Post { post: post.clone(), by: None },
        }
    }

    /// With who wrote the comment or post, if that was not known.
    #[must_use]
    pub fn written_by(mut self, author: Option<ScopedId>) -> Self {
        if let Self::Comment { by, .. } | Self::Post { by, .. } = &mut self {
            *by = by.take().or(author);
        }
        self
    }

    /// True for a person that the account may have a conversation with already.
    pub const fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }
}

impl From<ScopedId> for Recipient {
    fn from(peer: ScopedId) -> Self {
        Self::Person(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_stored_as_a_bare_id_is_a_person() {
        let person: Recipient = serde_json::from_str("\"42\"").unwrap();
        assert_eq!(person, Recipient::Person("42".parse().unwrap()));
        assert_eq!(serde_json::to_string(&person).unwrap(), "\"42\"");
        let comment = Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
        assert_eq!(serde_json::from_str::<Recipient>(&serde_json::to_string(&comment).unwrap()).unwrap(), comment);
        assert_eq!(comment.line().as_str(), "comment:9_1");
        let post = Recipient::Post { post: "9_1".parse().unwrap(), by: Some("42".parse().unwrap()) };
        assert_eq!(serde_json::from_str::<Recipient>(&serde_json::to_string(&post).unwrap()).unwrap(), post);
        assert_eq!(post.line(), person.line());
        assert_eq!(comment.clone().written_by(Some("42".parse().unwrap())).line(), person.line());
        assert_eq!(post.clone().written_by(Some("43".parse().unwrap())), post, "who is known is taken for somebody else");
        assert_eq!((post.nameless().line().as_str(), person.nameless()), ("post:9_1", person));
    }
}
