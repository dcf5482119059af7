//! The rules of who sees what.

use link_core::{Role, View, Viewer};
use serde::{Deserialize, Serialize};

use crate::audience::Audience;

/// Who sees the owner's accounts, and who may link them. By default the owner and everybody with a role see everything, the owner and admins
/// may link, and everybody else sees and does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// Who sees everything of the owner's; nobody else sees anything.
    pub audience: Audience,
    /// Who may set links up, consent to them and change them.
    pub managers: Audience,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Audience::AnyRole)
    }
}

impl Policy {
    /// This audience sees everything of its owner's, and nobody else anything; the owner and admins may link.
    pub fn new(audience: Audience) -> Self {
        Self { audience, managers: Audience::roles([Role::ADMIN]) }
    }

    /// With others who may link.
    #[must_use]
    pub fn managed_by(mut self, managers: Audience) -> Self {
        self.managers = managers;
        self
    }

    /// True if a viewer may set links up, consent to them and change them. Who sees nothing may change nothing.
    pub fn may_manage(&self, viewer: &Viewer) -> bool {
        self.audience.contains(viewer) && self.managers.contains(viewer)
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
