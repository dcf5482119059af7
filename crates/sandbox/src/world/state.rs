//! The whole world, told in JSON.

use serde_json::{Value, json};

use super::World;
use super::talk::{Message, Road, Thread, Writer};
use crate::clock::rfc3339;
use crate::secret::mask;
use crate::tokens::Token;

/// What `GET state` answers.
pub(crate) fn told(world: &World) -> Value {
    json!({
        "clock": {"now": rfc3339(world.now()), "frozen": world.clock.is_frozen()},
        "quirks": world.quirks,
        "limits": world.limits,
        "apps": world.apps.iter().map(masked_app).collect::<Vec<_>>(),
        "people": world.people,
        "businesses": world.businesses,
        "pages": world.pages,
        "instagram": world.instagram,
        "customers": world.customers,
        "conversations": world.threads.iter().map(|it| thread(world, it)).collect::<Vec<_>>(),
        "grants": world.grants.iter().map(|grant| json!({
            "person": grant.person,
            "app": grant.app,
            "permissions": grant.permissions.iter()
                .map(|(name, granted)| (name.as_str(), if *granted { "granted" } else { "declined" }))
                .collect::<std::collections::BTreeMap<_, _>>(),
            "pages": grant.pages,
            "last_login": rfc3339(grant.last_login),
        })).collect::<Vec<_>>(),
        "tokens": world.tokens.values().map(|it| token(world, it)).collect::<Vec<_>>(),
        "subscriptions": {
            "apps": world.callbacks.iter().map(|it| json!({
                "app": it.app, "object": it.object, "callback_url": it.url, "fields": it.fields,
            })).collect::<Vec<_>>(),
            "pages": world.installed.iter().filter(|it| it.road == Road::Facebook).map(|it| json!({
                "app": it.app, "page": it.asset, "fields": it.fields,
            })).collect::<Vec<_>>(),
            "instagram": world.installed.iter().filter(|it| it.road == Road::Instagram).map(|it| json!({
                "app": it.app, "instagram": it.asset, "fields": it.fields,
            })).collect::<Vec<_>>(),
        },
        "undelivered": world.queue.len(),
    })
}

fn masked_app(app: &super::cast::App) -> Value {
    let mut told = json!(app);
    told["secret"] = json!("***");
    told["verify_token"] = json!("***");
    if told["instagram_app"].is_object() {
        told["instagram_app"]["secret"] = json!("***");
    }
    told
}

fn token(world: &World, token: &Token) -> Value {
    json!({
        "token": mask(&token.value),
        "app": token.app,
        "person": token.person,
        "road": token.road,
        "page": token.page,
        "issued": rfc3339(token.issued),
        "expires": token.expires.map(rfc3339),
        "valid": world.flaw(token).is_none(),
    })
}

fn thread(world: &World, thread: &Thread) -> Value {
    json!({
        "id": thread.id,
        "platform": thread.platform.name(),
        "account": thread.account,
        "customer": thread.customer,
        "scoped_id": thread.scoped,
        "window_opened": thread.opened.map(rfc3339),
        "blocked": thread.blocked,
        "archived": thread.archived,
        "read_until": thread.seen.map(rfc3339),
        "seen_by_account": thread.seen_by_account.map(rfc3339),
        "typing": thread.is_typing(world.now()),
        "owner": thread.owner.as_ref().map(|owner| json!({"app": owner.app, "until": rfc3339(owner.until)})),
        "messages": thread.messages.iter().map(message).collect::<Vec<_>>(),
    })
}

fn message(message: &Message) -> Value {
    json!({
        "mid": message.mid,
        "at": rfc3339(message.at),
        "from": if message.inbound { "customer" } else { "account" },
        "text": message.text,
        "attachments": message.attachments,
        "reply_to": message.reply_to,
        "author": match &message.writer {
            None => None,
            Some(Writer::Staff) => Some("staff"),
            Some(Writer::App(app)) => Some(app.as_str()),
        },
        "story": message.story.as_ref().map(|story| json!({"kind": if story.mention { "mention" } else { "reply" }, "id": story.id})),
        "quick_replies": message.quick_replies,
        "persona": message.persona,
        "unsupported": message.unsupported,
        "unsent": message.unsent,
        "edits": message.edits,
        "reactions": message.reactions.iter()
            .map(|it| json!({"from": if it.inbound { "customer" } else { "account" }, "emoji": it.emoji}))
            .collect::<Vec<_>>(),
    })
}
