//! Labels that a Page puts on the people it talks to on Messenger.

use serde_json::{Value, json};

use super::error::Refusal;
use super::nodes::{Scene, collect, unknown};
use super::paging::{Link, Window};
use super::reach::{self, Sender, Use};
use crate::call::Call;
use crate::webhooks::events::{Audience, Kind};
use crate::world::World;
use crate::world::belongings::Label;
use crate::world::talk::Platform;

/// `POST /{page}/custom_labels`.
pub(super) fn create(world: &mut World, call: &Call, sender: &Sender) -> Result<Value, Refusal> {
    let page = reach::account(world, sender, Platform::Messenger, Use::Write)?;
    if world.page(&page).is_some_and(|page| !page.label_terms) {
        return Err(Refusal::new(2, "The Page's admin must accept the contact terms first.").status(400).sub(2_018_344));
    }
    let name = call.text("page_label_name").or_else(|| call.text("name")).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::parameter("The parameter page_label_name is required"))?;
    if world.belongings.labels.values().any(|label| label.page == page && label.name == name) {
        return Err(Refusal::parameter("A label of this name exists already"));
    }
    let id = world.mint.digits("label", 16);
    world.belongings.labels.insert(id.clone(), Label { page, name, people: std::collections::BTreeSet::default() });
    Ok(json!({"id": id}))
}

/// `GET /{page}/custom_labels`, and of one customer `GET /{psid}/custom_labels`.
pub(super) fn list(scene: &Scene<'_>, sender: &Sender, customer: Option<&str>) -> Result<Value, Refusal> {
    let page = reach::account(scene.world, sender, Platform::Messenger, Use::Write)?;
    let own = scene.world.belongings.labels.iter().filter(|(_, label)| label.page == page);
    let keyed = own
        .filter(|(_, label)| customer.is_none_or(|customer| label.people.contains(customer)))
        .zip(1_i64..)
        .map(|((id, label), place)| ((-place, 0), (id, label)))
        .collect();
    let node = customer.unwrap_or(&page);
    let link = Link { call: scene.call, version: &scene.version, path: format!("/{node}/custom_labels"), fields: None };
    Window::of_call(scene.call)?.cut(keyed).told(&link, |(id, label)| value(scene, id, label))
}

/// `GET /{label}`.
pub(super) fn node(scene: &Scene<'_>, sender: &Sender, id: &str) -> Result<Value, Refusal> {
    let label = scene.world.belongings.labels.get(id).filter(|label| label.page == sender.node);
    value(scene, id, label.ok_or_else(|| Refusal::missing("get", id))?)
}

/// `DELETE /{label}`.
pub(super) fn delete(world: &mut World, sender: &Sender, id: &str) -> Result<Value, Refusal> {
    own(world, sender, "delete", id)?;
    world.belongings.labels.remove(id);
    Ok(json!({"success": true}))
}

/// `POST` and `DELETE /{label}/label`: puts it on somebody, or takes it off.
pub(super) fn stick(world: &mut World, call: &Call, sender: &Sender, id: &str) -> Result<Value, Refusal> {
    let user = call.required("user")?;
    let add = call.method == http::Method::POST;
    let label = own(world, sender, call.method.as_str(), id)?;
    let (page, name) = (label.page.clone(), label.name.clone());
    if world.thread_with(&page, &user).is_none() {
        return Err(Refusal::parameter("No matching user found").sub(2_018_001));
    }
    if let Some(label) = world.belongings.labels.get_mut(id) {
        if add {
            label.people.insert(user.clone())
        } else {
            label.people.remove(&user)
        };
    }
    let told = json!({
        "user": {"id": user},
        "action": if add { "add" } else { "remove" },
        "label": {"id": id, "page_label_name": name},
    });
    world.tell_change(&Audience::default(), Kind::Labels, Platform::Messenger, &page, &told);
    Ok(json!({"success": true}))
}

fn own<'w>(world: &'w World, sender: &Sender, method: &str, id: &str) -> Result<&'w Label, Refusal> {
    let label = world.belongings.labels.get(id).filter(|label| label.page == sender.node);
    label.ok_or_else(|| Refusal::missing(method, id))
}

fn value(scene: &Scene<'_>, id: &str, label: &Label) -> Result<Value, Refusal> {
    collect(&scene.fields(&["page_label_name", "id"])?, id, |field| match field.name.as_str() {
        "id" => Ok(None),
        // The newer name and the older one.
        "page_label_name" | "name" => Ok(Some(json!(label.name))),
        _ => Err(unknown(field, "PageLabel")),
    })
}
