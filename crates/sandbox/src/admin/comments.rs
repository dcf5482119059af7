//! Customers comment on posts, and mention accounts in them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::actions::{Told, needs};
use super::told::Failed;
use crate::messaging::write::Place;
use crate::webhooks::events::{Audience, Kind};
use crate::world::World;
use crate::world::settings::CommentWindow;
use crate::world::talk::{Comment, Platform, Road};

/// What was written below or into a post.
struct Remark<'a> {
    place: &'a Place,
    kind: &'a str,
    id: String,
    /// The comment that it answers.
    parent: Option<&'a str>,
    text: &'a str,
    name: Option<String>,
    at: DateTime<Utc>,
}

/// A comment, a post, or a mention in one.
pub(super) fn write(world: &mut World, place: &Place, told: &Told) -> Result<String, Failed> {
    let text = needs("text", told.text.as_ref())?;
    let kind = told.kind.as_deref().unwrap_or("comment");
    let event = event(kind, place.platform)?;
    let number = world.mint.digits("comment", 17);
    let id = match (place.platform, kind) {
        (Platform::Messenger, "post" | "mention") => format!("{}_{number}", place.account),
        (Platform::Messenger, _) => format!("901_{number}"),
        (Platform::Instagram, _) => number,
    };
    let name = world.customer(&place.customer).map(|customer| match place.platform {
        Platform::Messenger => customer.name(),
        Platform::Instagram => customer.handle(),
    });
    let remark = Remark { place, kind, id, parent: told.mid.as_deref(), text, name, at: world.now() };
    keep(world, &remark);
    tell(world, event, &remark);
    Ok(remark.id)
}

fn event(kind: &str, platform: Platform) -> Result<Kind, Failed> {
    match (kind, platform) {
        ("comment", _) | ("post", Platform::Messenger) | ("ad", Platform::Instagram) => Ok(Kind::Comment),
        ("live", Platform::Instagram) => Ok(Kind::LiveComment),
        ("mention", _) | ("caption", Platform::Instagram) => Ok(Kind::Mention),
        _ => Err(Failed::wrong("a comment's kind is mention, on Messenger also post, on Instagram also ad, live and caption".to_owned())),
    }
}

fn keep(world: &mut World, remark: &Remark<'_>) {
    let place = remark.place;
    // Who comments is known by id, and by nothing else until a message is written.
    let thread = world.open_thread(place.platform, &place.account, &place.customer, &place.scoped);
    if world.quirks.comment_opens_window == CommentWindow::Yes {
        world.threads[thread].opened = Some(remark.at);
    }
    world.comments.push(Comment {
        id: remark.id.clone(),
        account: place.account.clone(),
        customer: place.customer.clone(),
        at: remark.at,
        text: remark.text.to_owned(),
        answered: false,
    });
}

fn tell(world: &mut World, event: Kind, remark: &Remark<'_>) {
    let Place { platform, account, .. } = remark.place;
    let on = |road| Audience { app: None, road };
    match (platform, event) {
        (Platform::Messenger, _) => world.tell_change(&on(None), event, *platform, account, &below_page(remark)),
        // The account's own login is told of a mention as of any other comment, and of none in a caption.
        (Platform::Instagram, Kind::Mention) => {
            world.tell_change(&on(Some(Road::Facebook)), event, *platform, account, &mention(remark));
            if remark.kind != "caption" {
                world.tell_change(&on(Some(Road::Instagram)), event, *platform, account, &below_media(remark));
            }
        }
        (Platform::Instagram, _) => world.tell_change(&on(None), event, *platform, account, &below_media(remark)),
    }
}

fn below_page(remark: &Remark<'_>) -> Value {
    let Remark { place, id, text, at, .. } = remark;
    let post = format!("{}_901", place.account);
    let from = json!({"id": place.scoped, "name": remark.name});
    let created = at.timestamp();
    match remark.kind {
        "post" => json!({"item": "status", "verb": "add", "post_id": id, "from": from, "created_time": created, "message": text}),
        "mention" => json!({"item": "post", "verb": "add", "post_id": id, "created_time": created, "message": text}),
        _ => json!({
            "item": "comment", "verb": "add", "comment_id": id, "post_id": post, "parent_id": remark.parent.unwrap_or(&post),
            "from": from, "created_time": created, "message": text,
        }),
    }
}

fn mention(remark: &Remark<'_>) -> Value {
    let mut told = json!({"media_id": "17918195224117851"});
    if remark.kind != "caption" {
        told["comment_id"] = json!(remark.id);
    }
    told
}

fn below_media(remark: &Remark<'_>) -> Value {
    let product = if remark.kind == "live" { "LIVE" } else { "FEED" };
    let mut told = json!({
        "id": remark.id,
        "text": remark.text,
        "from": {"id": remark.place.scoped, "username": remark.name},
        "media": {"id": "17910000000000001", "media_product_type": product},
    });
    if let Some(parent) = remark.parent {
        told["parent_id"] = json!(parent);
    }
    if remark.kind == "ad" {
        told["media"]["media_product_type"] = json!("AD");
        told["media"]["ad_id"] = json!("6302570000001");
        told["media"]["ad_title"] = json!("An ad");
        told["media"]["original_media_id"] = json!("17910000000000002");
    }
    told
}
