//! The rules of who sees what.

use link_core::{View, Viewer};
use serde::{Deserialize, Serialize};

use crate::audience::Audience;

/// Who sees the owner's accounts. By default the owner and everybody with a role see everything, and everybody else nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Who sees everything of the owner's; nobody else sees anything.
    pub audience: Audience,
}

impl Policy {
    /// This audience sees everything of its owner's, and nobody else anything.
    pub const fn new(audience: Audience) -> Self {
        Self { audience }
    }

    /// A viewer's rights as data, for every read that is done for them. It shows things of the viewer's own owner only.
    pub fn compile(&self, viewer: &Viewer) -> View {
        let make = if self.audience.contains(viewer) { View::everything } else { View::nothing };
        make(viewer.owner.clone(), viewer.actor.clone())
    }

    /// Who sees what is linked, in plain words that fit after "seen by": what the review of a setup shows before anybody agrees.
    pub fn seen_by(&self) -> String {
        format!("{} and by nobody else", self.audience)
    }
}

#[cfg(test)]
mod tests;
