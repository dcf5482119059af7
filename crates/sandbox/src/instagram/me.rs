//! `/me`: an Instagram account by both of its ids.

use serde_json::{Value, json};

use crate::graph::error::Refusal;
use crate::graph::nodes::{Scene, collect, unknown};
use crate::tokens::Token;
use crate::world::cast::AccountType;
use crate::world::ids::app_scoped;
use crate::world::settings::MeShape;

/// `id` is the app's own name for the account, `user_id` the professional account's id that webhooks carry.
pub(super) fn answer(scene: &Scene<'_>, token: &Token) -> Result<Value, Refusal> {
    let account = scene.world.account(&token.person).ok_or_else(|| Refusal::missing("get", "me"))?;
    if !scene.has("instagram_business_basic") {
        return Err(Refusal::needs_to_read("instagram_business_basic"));
    }
    let wanted = scene.fields(&["id"])?;
    let told = collect(&wanted, &app_scoped(&account.id), |field| {
        Ok(Some(match field.name.as_str() {
            "id" | "biography" | "website" => return Ok(None),
            "user_id" => json!(account.id),
            "username" => json!(account.username),
            "name" => json!(account.name),
            "account_type" => json!(match account.kind {
                AccountType::Business => "BUSINESS",
                AccountType::Creator => "MEDIA_CREATOR",
                AccountType::Personal => "PERSONAL",
            }),
            "profile_picture_url" => json!(format!("https://scontent.cdninstagram.com/{}.jpg", account.id)),
            "followers_count" => json!(120),
            "follows_count" => json!(40),
            "media_count" => json!(2),
            _ => return Err(unknown(field, "IGUser")),
        }))
    })?;
    Ok(match scene.world.quirks.ig_me {
        MeShape::Flat => told,
        MeShape::Data => json!({"data": [told]}),
    })
}
