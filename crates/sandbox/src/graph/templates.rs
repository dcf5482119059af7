//! Utility templates: texts that may be sent outside the messaging window once they are approved, which is at once here.

use serde_json::{Value, json};

use super::error::Refusal;
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::world::World;
use crate::world::belongings::Template;
use crate::world::talk::Platform;

/// `/{page}/message_templates`.
pub(super) fn answer(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    reach::account(world, sender, Platform::Messenger, Use::Write)?;
    match call.method.as_str() {
        "GET" => {
            let own = world.belongings.templates.iter().filter(|(_, it)| it.page == sender.node);
            Ok(json!({"data": own.map(|(id, it)| told(id, it)).collect::<Vec<_>>()}))
        }
        "POST" => {
            let name = call.required("name")?;
            let components = call.json("components").filter(Value::is_array);
            let components = components.ok_or_else(|| Refusal::parameter("The parameter components is required"))?;
            let told = json!({"language": call.text("language"), "category": "UTILITY", "components": components});
            let id = world.mint.digits("template", 16);
            world.belongings.templates.insert(id.clone(), Template { page: sender.node.clone(), name, told });
            Ok(json!({"id": id, "status": "APPROVED", "category": "UTILITY"}))
        }
        "DELETE" => {
            let name = call.required("name")?;
            world.belongings.templates.retain(|_, it| it.page != sender.node || it.name != name);
            Ok(json!({"success": true}))
        }
        method => Err(Refusal::missing(method, &sender.node)),
    }
}

/// `/message_template_library`: what the platform offers ready-made.
pub(super) fn library() -> Value {
    json!({"data": [{"name": "order_shipped", "language": "en_US", "category": "UTILITY", "body": "Your order {{1}} is on its way."}]})
}

fn told(id: &str, template: &Template) -> Value {
    let mut told = template.told.clone();
    told["id"] = json!(id);
    told["name"] = json!(template.name);
    told["status"] = json!("APPROVED");
    told
}
