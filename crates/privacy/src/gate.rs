//! The gate: nobody acts on what they may not see.

use async_trait::async_trait;
use link_core::words::gate::{Ask, By, Gate, Verdict};
use link_core::{Refusal, Result};

use crate::policy::Policy;

/// Refuses every feature of an account to a viewer whom the policy shows nothing of it: no sending, no reading, no history. An account of
/// another owner is refused to everybody.
///
/// Our own work is allowed: it acts for nobody's eyes, names its reason, and whoever asks records it.
#[derive(Debug, Clone, Default)]
pub struct PrivacyGate {
    policy: Policy,
}

impl PrivacyGate {
    /// A gate for a policy.
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

#[async_trait]
impl Gate for PrivacyGate {
    async fn ask(&self, ask: &Ask) -> Result<Verdict> {
        let viewer = match &ask.by {
            By::Viewer(viewer) => viewer,
            By::System(_) => return Ok(Verdict::Allowed),
        };
        let view = self.policy.compile(viewer);
        let visible = view.owner == ask.account.owner && view.shows(&ask.account.account);
        Ok(if visible { Verdict::Allowed } else { Verdict::Refused(Refusal::NotVisible) })
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use link_core::{AccountKey, ActorId, Feature, OwnerId, Road, Role, Viewer};

    use super::*;

    fn ask(by: By, feature: Feature) -> Verdict {
        let account = AccountKey::new(OwnerId::new("o").unwrap(), "messenger:1".parse().unwrap());
        block_on(PrivacyGate::default().ask(&Ask::new(by, account, Road::FACEBOOK, feature))).unwrap()
    }

    fn viewer(owner: &str) -> Viewer {
        Viewer::new(OwnerId::new(owner).unwrap(), ActorId::new("a").unwrap())
    }

    #[test]
    fn a_stranger_can_do_nothing_at_an_account() {
        for feature in [Feature::SEND, Feature::RECEIVE, Feature::HISTORY, Feature::PROFILES, Feature::known("call")] {
            assert_eq!(ask(By::Viewer(viewer("o")), feature), Verdict::Refused(Refusal::NotVisible));
        }
    }

    #[test]
    fn an_agent_answers_for_their_own_owner_only() {
        let agent = |owner| By::Viewer(viewer(owner).with_role(Role::AGENT));
        assert_eq!(ask(agent("o"), Feature::SEND), Verdict::Allowed);
        assert_eq!(ask(agent("x"), Feature::SEND), Verdict::Refused(Refusal::NotVisible));
        let owner_of_another = By::Viewer(viewer("x").with_role(Role::OWNER));
        assert_eq!(ask(owner_of_another, Feature::SEND), Verdict::Refused(Refusal::NotVisible));
    }

    #[test]
    fn our_own_work_goes_on_while_nobody_looks() {
        assert_eq!(ask(By::System("backfill"), Feature::HISTORY), Verdict::Allowed);
    }
}
