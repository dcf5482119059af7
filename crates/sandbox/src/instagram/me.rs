//! `/me`: an Instagram account by both of its ids.

use serde_json::{Value, json};

use crate::graph::accounts::account_field;
use crate::graph::error::Refusal;
use crate::graph::nodes::{Scene, collect};
use crate::tokens::Token;
use crate::world::ids::app_scoped;
use crate::world::settings::MeShape;

/// `id` is the app's own name for the account, `user_id` the professional account's id that webhooks carry.
pub(super) fn answer(scene: &Scene<'_>, token: &Token) -> Result<Value, Refusal> {
    let account = scene.world.account(&token.person).ok_or_else(|| Refusal::missing("get", "me"))?;
    let wanted = scene.fields(&["id"])?;
    let told = collect(&wanted, &app_scoped(&account.id), |field| match field.name.as_str() {
        "user_id" => Ok(Some(json!(account.id))),
        _ => account_field(account, field),
    })?;
    Ok(match scene.world.quirks.ig_me {
        MeShape::Flat => told,
        MeShape::Data => json!({"data": [told]}),
    })
}
