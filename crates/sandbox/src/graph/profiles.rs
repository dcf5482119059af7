//! What a Page may know of a customer.

use serde_json::{Value, json};

use super::error::Refusal;
use super::nodes::{Scene, collect, unknown};
use crate::tokens::Bearer;
use crate::world::cast::Customer;
use crate::world::talk::Platform;

/// `/{psid}` and `/{igsid}`.
pub(crate) fn answer(scene: &Scene<'_>, id: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let Bearer::Page(token) = scene.bearer else { return Err(missing()) };
    let page = token.page.as_deref().and_then(|page| scene.world.page(page)).ok_or_else(missing)?;
    let thread = [Some(page.id.as_str()), page.instagram.as_deref()]
        .into_iter()
        .flatten()
        .find_map(|account| scene.world.thread_with(account, id))
        .ok_or_else(missing)?;
    let customer = scene.world.customer(&thread.customer).ok_or_else(missing)?;
    let scope = match thread.platform {
        Platform::Messenger => "pages_messaging",
        Platform::Instagram => "instagram_manage_messages",
    };
    if !scene.has(scope) {
        return Err(Refusal::needs_to_read(scope));
    }
    super::route::messaging_open(scene.world, &page.id, thread.platform)?;
    let known = thread.consented && !thread.blocked;
    match thread.platform {
        Platform::Messenger if known => messenger(scene, customer, id),
        Platform::Messenger => Ok(json!({})),
        Platform::Instagram if known => instagram(scene, customer, id),
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
