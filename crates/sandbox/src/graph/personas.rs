//! Personas: other names and pictures under which a Page may write on Messenger.

use serde_json::{Value, json};

use super::error::Refusal;
use super::nodes::{Scene, collect, unknown};
use super::paging::{Link, Window};
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::world::World;
use crate::world::belongings::Persona;
use crate::world::talk::Platform;

const NAME: usize = 50;

/// `POST /{page}/personas`.
pub(super) fn create(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let page = reach::account(world, sender, Platform::Messenger, Use::Write)?;
    let name = call.required("name")?;
    if name.chars().count() > NAME {
        return Err(Refusal::parameter("Length of param name must be less than or equal to 50"));
    }
    let picture = call.required("profile_picture_url")?;
    if url::Url::parse(&picture).is_err() {
        return Err(Refusal::parameter("Param profile_picture_url must be a valid URL"));
    }
    let id = world.mint.digits("persona", 16);
    world.belongings.personas.insert(id.clone(), Persona { page, name, picture });
    Ok(json!({"id": id}))
}

/// `GET /{page}/personas`.
pub(super) fn list(scene: &Scene<'_>, sender: &Sender) -> Result<Value, Refusal> {
    let page = reach::account(scene.world, sender, Platform::Messenger, Use::Write)?;
    let own = scene.world.belongings.personas.iter().filter(|(_, persona)| persona.page == page);
    let keyed = own.zip(1_i64..).map(|((id, persona), place)| ((-place, 0), (id, persona))).collect();
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{page}/personas"), fields: None };
    Window::of_call(scene.call)?.cut(keyed).told(&link, |(id, persona)| value(scene, id, persona))
}

/// `GET /{persona}`.
pub(super) fn node(scene: &Scene<'_>, sender: &Sender, id: &str) -> Result<Value, Refusal> {
    let persona = scene.world.belongings.personas.get(id).filter(|persona| persona.page == sender.node);
    value(scene, id, persona.ok_or_else(|| Refusal::missing("get", id))?)
}

/// `DELETE /{persona}`: messages that were sent as this persona keep its name.
pub(super) fn delete(world: &mut World, sender: &Sender, id: &str) -> Result<Value, Refusal> {
    let own = world.belongings.personas.get(id).is_some_and(|persona| persona.page == sender.node);
    if !own {
        return Err(Refusal::missing("delete", id));
    }
    world.belongings.personas.remove(id);
    Ok(json!({"success": true}))
}

fn value(scene: &Scene<'_>, id: &str, persona: &Persona) -> Result<Value, Refusal> {
    collect(&scene.fields(&["name", "profile_picture_url", "id"])?, id, |field| match field.name.as_str() {
        "id" => Ok(None),
        "name" => Ok(Some(json!(persona.name))),
        "profile_picture_url" => Ok(Some(json!(persona.picture))),
        _ => Err(unknown(field, "Persona")),
    })
}
