//! Open words: platforms, roads, scopes and features are names with known values, never closed enums.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A string that is no word: empty, longer than 64 bytes, or with other characters than letters, digits, `_`, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {kind} is 1 to 64 letters, digits, `_`, `-` or `.`")]
pub struct InvalidWord {
    kind: &'static str,
}

macro_rules! open_word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $konst:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $($(#[$vdoc])* pub const $konst: Self = Self::known($value);)*

            /// A word known when the program was written.
            pub const fn known(word: &'static str) -> Self {
                Self(Cow::Borrowed(word))
            }

            /// A word from elsewhere.
            pub fn new(word: impl Into<String>) -> Result<Self, InvalidWord> {
                let word: String = word.into();
                // What is known is not kept as a text of its own, so that copies cost nothing.
                $(if word == $value {
                    return Ok(Self::$konst);
                })*
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
                if word.is_empty() || word.len() > 64 || !word.chars().all(fits) {
                    return Err(InvalidWord { kind: stringify!($name) });
                }
                Ok(Self(Cow::Owned(word)))
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidWord;
            fn try_from(s: String) -> Result<Self, InvalidWord> {
                Self::new(s)
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.0.into_owned()
            }
        }
    };
}

open_word! {
    /// Where people write. Anybody may add one by implementing the platform ports.
    Platform {
        /// A Facebook Page's Messenger conversations.
        MESSENGER = "messenger",
        /// An Instagram professional account's direct messages.
        INSTAGRAM = "instagram",
    }
}

open_word! {
    /// The way by which an account is reached: which login gave the credential and which host answers.
    Road {
        /// Facebook Login: a Page token on `graph.facebook.com`, for the Page and for the Instagram account linked to it.
        FACEBOOK = "facebook",
        /// Instagram Login: an Instagram user token on `graph.instagram.com`, without a Page.
        INSTAGRAM = "instagram",
    }
}

open_word! {
    /// A permission as the platform spells it. Unknown ones are kept: retired names still come back in old tokens.
    Scope {}
}

open_word! {
    /// Something that can be on, degraded or off for an account, depending on what was granted.
    Feature {
        /// Signing in at all: the app learns who the person is.
        SIGN_IN = "sign_in",
        /// Finding the accounts that a person can reach.
        LIST_ACCOUNTS = "list_accounts",
        /// Receiving messages by webhook.
        RECEIVE = "receive",
        /// Sending messages.
        SEND = "send",
        /// Reading older conversations.
        HISTORY = "history",
        /// Names and pictures of the people who write.
        PROFILES = "profiles",
        /// The list of everybody who wrote, over all conversations.
        CONTACTS = "contacts",
        /// Comments below posts, and one private reply to each.
        COMMENTS = "comments",
        /// Answering as a human within seven days instead of one.
        HUMAN_AGENT = "human_agent",
        /// Sharing an own Instagram post or story into a Messenger conversation.
        SHARE_POST = "share_post",
        /// Changing what the platform keeps for the account: greeting, ice breakers, menu, routing.
        SETTINGS = "settings",
        /// Being told that somebody took the app out or wants to be forgotten.
        DELETION_NOTICES = "deletion_notices",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_nobody_has_heard_of_is_kept_as_it_is() {
        let scope: Scope = serde_json::from_str("\"manage_pages\"").unwrap();
        assert_eq!(scope.as_str(), "manage_pages");
        assert!(Scope::new("two words").is_err());
    }
}
