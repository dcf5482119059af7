//! Who is meant.

use std::collections::BTreeSet;
use std::fmt;

use link_core::{Role, Viewer};
use serde::{Deserialize, Serialize};

/// Who is meant, by what they are to the owner. The owner in person always is: nobody can lock themselves out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audience {
    /// Everybody with a role, whichever it is.
    #[default]
    AnyRole,
    /// Everybody with one of these roles.
    Roles(BTreeSet<Role>),
}

impl Audience {
    /// Nobody but the owner in person.
    pub const OWNER: Self = Self::Roles(BTreeSet::new());

    /// Everybody with one of these roles.
    pub fn roles(roles: impl IntoIterator<Item = Role>) -> Self {
        Self::Roles(roles.into_iter().collect())
    }

    /// True if a viewer belongs to it. Somebody without a role never does.
    pub fn contains(&self, viewer: &Viewer) -> bool {
        let Some(role) = &viewer.role else {
            return false;
        };
        match self {
            Self::AnyRole => true,
            Self::Roles(roles) => *role == Role::OWNER || roles.contains(role),
        }
    }
}

impl fmt::Display for Audience {
    /// A fragment that fits after "seen by".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the owner")?;
        match self {
            Self::AnyRole => f.write_str(" and everybody with a role"),
            Self::Roles(roles) => {
                let others: Vec<_> = roles.iter().filter(|role| **role != Role::OWNER).map(Role::as_str).collect();
                if others.is_empty() { Ok(()) } else { write!(f, " and everybody with the role {}", others.join(" or ")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_told_in_plain_words() {
        assert_eq!(Audience::default().to_string(), "the owner and everybody with a role");
        assert_eq!(Audience::OWNER.to_string(), "the owner");
        let both = Audience::roles([Role::AGENT, Role::ADMIN, Role::OWNER]);
        assert_eq!(both.to_string(), "the owner and everybody with the role admin or agent");
    }
}
