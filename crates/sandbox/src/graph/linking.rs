//! Messenger account linking: a customer's account at the app's own site.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::webhooks::events::{Between, Kind};
use crate::world::World;
use crate::world::talk::Platform;

/// `/me?fields=recipient&account_linking_token=...`: who is about to be linked.
pub(super) fn recipient(world: &World, call: &Call, page: &str) -> Result<Option<Value>, Refusal> {
    let Some(token) = call.text("account_linking_token") else { return Ok(None) };
    let now = world.now();
    let known = world.belongings.linking.get(&token).filter(|it| it.page == page && it.expires > now);
    let known = known.ok_or_else(|| Refusal::new(10_303, "(#10303) Invalid account_linking_token"))?;
    Ok(Some(json!(known.scoped)))
}

/// `POST /me/unlink_accounts`.
pub(super) fn unlink(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    reach::account(world, sender, Platform::Messenger, Use::Write)?;
    let scoped = call.required("psid")?;
    if world.thread_with(&sender.node, &scoped).is_none() {
        return Err(Refusal::parameter("No matching user found").sub(2_018_001));
    }
    let between = Between { platform: Platform::Messenger, account: sender.node.clone(), scoped };
    world.tell(Kind::AccountLinking, &between, "account_linking", &json!({"status": "unlinked"}));
    Ok(json!({"result": "unlink account success"}))
}
