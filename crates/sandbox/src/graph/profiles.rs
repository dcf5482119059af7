//! What a Page may know of a customer.

use serde_json::{Value, json};

use super::error::Refusal;
use super::nodes::{Scene, collect, unknown};
use super::reach::{self, Use};
use crate::tokens::Bearer;
use crate::world::cast::Customer;
use crate::world::settings::ConsentError;
use crate::world::talk::Platform;

/// `/{psid}` and `/{igsid}`.
pub(crate) fn answer(scene: &Scene<'_>, id: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let sender = match scene.bearer {
        Bearer::Page(token) => reach::sender(scene.world, scene.bearer, token.page.as_deref().unwrap_or_default(), "get")?,
        Bearer::Instagram(token) => reach::sender(scene.world, scene.bearer, &token.person, "get")?,
        Bearer::App(_) | Bearer::User(_) => return Err(missing()),
    };
    let thread = sender.thread(scene.world, id).ok_or_else(missing)?;
    let customer = scene.world.customer(&thread.customer).ok_or_else(missing)?;
    reach::account(scene.world, &sender, thread.platform, Use::Profile)?;
    let known = thread.consented && !thread.blocked;
    match thread.platform {
        Platform::Messenger if customer.phone_only => {
            Err(Refusal::new(2_018_218, "(#2018218) The profile is not available for this user."))
        }
        Platform::Messenger if known => messenger(scene, customer, id),
        Platform::Messenger => Ok(json!({})),
        Platform::Instagram if known => instagram(scene, customer, id),
        Platform::Instagram if scene.world.quirks.ig_consent_error == ConsentError::NoUser => {
            Err(Refusal::coded(9_010, "No matching Instagram user"))
        }
        Platform::Instagram => Err(Refusal::coded(230, "User consent is required to access user profile")),
    }
}

fn messenger(scene: &Scene<'_>, customer: &Customer, id: &str) -> Result<Value, Refusal> {
    let wanted = scene.fields(&["first_name", "last_name", "profile_pic", "id"])?;
    collect(&wanted, id, |field| {
        Ok(Some(match field.name.as_str() {
            "id" => return Ok(None),
            "first_name" => json!(customer.first_name),
            "last_name" => json!(customer.last_name),
            "name" => json!(customer.name()),
            "profile_pic" => json!(format!("https://platform-lookaside.fbsbx.com/platform/profilepic/?psid={id}")),
            "locale" | "timezone" | "gender" => {
                let scope = format!("pages_user_{}", field.name);
                if scene.has(&scope) {
                    return Ok(None);
                }
                return Err(Refusal::needs_to_read(&scope).sub(2_018_247));
            }
            _ => return Err(unknown(field, "User")),
        }))
    })
}

fn instagram(scene: &Scene<'_>, customer: &Customer, id: &str) -> Result<Value, Refusal> {
    let wanted = scene.fields(&["name", "username", "profile_pic", "id"])?;
    collect(&wanted, id, |field| {
        Ok(Some(match field.name.as_str() {
            "id" => return Ok(None),
            "name" => json!(customer.name()),
            "username" => json!(customer.handle()),
            "profile_pic" => json!(format!("https://scontent.cdninstagram.com/{id}.jpg")),
            "follower_count" => json!(77),
            "is_user_follow_business" => json!(true),
            "is_business_follow_user" | "is_verified_user" => json!(false),
            _ => return Err(unknown(field, "IGBusinessScopedUser")),
        }))
    })
}
