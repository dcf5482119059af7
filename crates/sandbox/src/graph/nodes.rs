//! What every node needs to be told, and the smallest of the nodes.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::fields::{self, Field};
use super::version;
use crate::call::Call;
use crate::clock::stamp;
use crate::tokens::Bearer;
use crate::world::World;
use crate::world::talk::Platform;

/// The world as one call sees it.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) call: &'a Call,
    pub(crate) bearer: &'a Bearer,
    pub(crate) version: String,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(world: &'a World, call: &'a Call, bearer: &'a Bearer) -> Self {
        Self { world, call, bearer, version: version::served(world, call) }
    }

    /// The `fields` parameter, or defaults.
    pub(crate) fn fields(&self, defaults: &[&str]) -> Result<Vec<Field>, Refusal> {
        fields::wanted(self.call.fields().as_deref(), defaults)
    }

    /// Whether the caller's person granted a permission.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.bearer.token().is_some_and(|token| self.world.has(token, scope))
    }
}

/// Collects the fields of a node. `of` gives a field's value, `Ok(None)` when it has none, and refuses unknown names.
pub(crate) fn collect(wanted: &[Field], id: &str, mut of: impl FnMut(&Field) -> Result<Option<Value>, Refusal>) -> Result<Value, Refusal> {
    let mut node = Map::new();
    for field in wanted {
        if let Some(value) = of(field)? {
            node.insert(field.name.clone(), value);
        }
    }
    node.insert("id".to_owned(), json!(id));
    Ok(Value::Object(node))
}

/// A field that this kind of node does not have.
pub(crate) fn unknown(field: &Field, kind: &str) -> Refusal {
    Refusal::parameter(&format!("Tried accessing nonexistent field ({}) on node type ({kind})", field.name))
}

/// `/{app-id}`.
pub(crate) fn app(world: &World, call: &Call, bearer: &Bearer, id: &str) -> Result<Value, Refusal> {
    let app = world.app(id).filter(|_| bearer.app() == id).ok_or_else(|| Refusal::missing(call.method.as_str(), id))?;
    let wanted = fields::wanted(call.fields().as_deref(), &["name", "id"])?;
    collect(&wanted, id, |field| match field.name.as_str() {
        "id" => Ok(None),
        "name" => Ok(Some(json!(app.name))),
        "link" => Ok(Some(json!(format!("https://www.facebook.com/games/?app_id={id}")))),
        _ => Err(unknown(field, "Application")),
    })
}

/// `/{comment-id}`, for whoever reaches the account it was written to.
pub(crate) fn comment(scene: &Scene<'_>, id: &str) -> Result<Value, Refusal> {
    let missing = || Refusal::missing("get", id);
    let comment = scene.world.comments.iter().find(|comment| comment.id == id).ok_or_else(missing)?;
    let own = match scene.bearer {
        Bearer::Instagram(token) => token.person == comment.account,
        Bearer::App(_) => false,
        Bearer::User(token) | Bearer::Page(token) => {
            let page = scene.world.page_of(&comment.account).map(|page| page.id.as_str());
            scene.world.visible_pages(token).iter().any(|it| Some(it.id.as_str()) == page)
        }
    };
    if !own {
        return Err(missing());
    }
    let needed = match (scene.bearer, scene.world.platform_of(&comment.account)) {
        (Bearer::Instagram(_), _) => "instagram_business_manage_comments",
        (_, Some(Platform::Instagram)) => "instagram_manage_comments",
        _ => "pages_read_engagement",
    };
    if !scene.has(needed) {
        return Err(Refusal::needs_to_read(needed));
    }
    let customer = scene.world.customer(&comment.customer);
    let scoped = scene.world.scoped_id(&comment.account, &comment.customer);
    collect(&scene.fields(&["id", "text", "timestamp"])?, id, |field| match field.name.as_str() {
        "id" => Ok(None),
        "text" | "message" => Ok(Some(json!(comment.text))),
        "timestamp" | "created_time" => Ok(Some(json!(stamp(comment.at)))),
        "username" => Ok(customer.map(|customer| json!(customer.handle()))),
        "from" => Ok(Some(json!({"id": scoped, "username": customer.map(crate::world::cast::Customer::handle)}))),
        _ => Err(unknown(field, "Comment")),
    })
}
