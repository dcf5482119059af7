//! Changes that tell of comments, of visitors' posts, and of mentions.

use link_core::words::comment::{Comment, CommentAct, CommentPlace};
use link_core::words::event::Said;
use link_core::words::ids::ExternalId;

use super::object::{Leftovers, Object};
use super::scalar::{id, text};
use super::time::moment;
use super::told::{Party, Told};

/// What a visitor's post can be called (Meta's reference of the Page's webhooks, field `feed`).
const POSTS: [&str; 8] = ["status", "post", "photo", "video", "album", "share", "link", "note"];

/// The fields of either object that tell of comments, and of whatever else happens to posts.
pub const COMMENT_FIELDS: &[&str] = &["feed", "mention", "comments", "live_comments", "mentions"];

/// Reads the value of a field that tells of comments; `None` if it tells of something else, or in words that are not known here. What found no
/// field is left in the value.
pub(super) fn read(field: &str, value: &mut Object<'_>, account: Option<&ExternalId>) -> Option<Told> {
    match field {
        "feed" => on_page(value, account),
        "mention" => named_on_facebook(value),
        "comments" | "live_comments" => below_media(field, value),
        "mentions" => named_on_instagram(value),
        _ => None,
    }
}

/// A comment below a post of the Page, or a post that a visitor put there. What the Page posts itself is no comment.
fn on_page(value: &mut Object<'_>, account: Option<&ExternalId>) -> Option<Told> {
    let item = value.get("item").and_then(text)?;
    let act = value.get("verb").and_then(text).as_deref().and_then(act)?;
    if item == "comment" {
        let mut comment = Comment::new(value.take("comment_id", id)?, act, CommentPlace::Post);
        value.take("item", text);
        comment.post = value.take("post_id", id);
        return Some(finished(value, comment));
    }
    let author: Option<ExternalId> = value.get("from").and_then(Object::read).and_then(|from| from.get("id").and_then(id));
    // Of what is taken away Meta does not always say whose it was: then whatever is here under its id goes.
    let is_theirs = author.as_ref().map_or(act == CommentAct::Removed, |author| Some(author) != account);
    if !POSTS.contains(&item.as_str()) || !is_theirs {
        return None;
    }
    let comment = Comment::new(value.take("post_id", id)?, act, CommentPlace::Visitor);
    Some(finished(value, comment))
}

/// A post or comment somewhere on Facebook that names the Page.
fn named_on_facebook(value: &mut Object<'_>) -> Option<Told> {
    let act = value.get("verb").and_then(text).as_deref().and_then(act)?;
    let told = mention(value, "post_id", act)?;
    Some(finished(value, told))
}

/// A mention is known by the comment in which it stands, else by the post.
fn mention(value: &mut Object<'_>, post: &str, act: CommentAct) -> Option<Comment> {
    let comment: Option<ExternalId> = value.take("comment_id", id);
    let post: Option<ExternalId> = value.take(post, id);
    let mut told = Comment::new(comment.clone().or_else(|| post.clone())?, act, CommentPlace::Mention);
    told.post = post.filter(|_| comment.is_some());
    Some(told)
}

/// What both fields of a Page have in common.
fn finished(value: &mut Object<'_>, mut comment: Comment) -> Told {
    value.take("verb", text);
    // The time is read for the event as a whole.
    value.take("created_time", moment);
    comment.parent = value.take("parent_id", id);
    comment.text = value.take("message", text);
    author(value, "name", comment, Leftovers::default())
}

/// A comment below a post, an advertisement or a broadcast of an Instagram account.
fn below_media(field: &str, value: &mut Object<'_>) -> Option<Told> {
    let mut comment = Comment::new(value.take("id", id)?, CommentAct::Added, CommentPlace::Post);
    let mut leftovers = Leftovers::default();
    if let Some(mut media) = value.take("media", Object::read) {
        comment.post = media.take("id", id);
        if media.get("ad_id").is_some() || media.get("media_product_type").and_then(text).as_deref() == Some("AD") {
            comment.place = CommentPlace::Ad;
        }
        leftovers.add_rest("media", media.rest().as_ref());
    }
    if field == "live_comments" {
        comment.place = CommentPlace::Live;
    }
    value.take("timestamp", moment);
    comment.parent = value.take("parent_id", id);
    comment.text = value.take("text", text);
    Some(author(value, "username", comment, leftovers))
}

/// A caption or comment below somebody else's media that names the account. Only where it stands is told.
fn named_on_instagram(value: &mut Object<'_>) -> Option<Told> {
    let told = mention(value, "media_id", CommentAct::Added)?;
    Some(author(value, "username", told, Leftovers::default()))
}

/// With whoever wrote it, under the key that the platform names them by, and everything that is left.
fn author(value: &mut Object<'_>, name: &str, mut comment: Comment, mut leftovers: Leftovers) -> Told {
    let mut sender = Party::default();
    if let Some(mut from) = value.take("from", Object::read) {
        sender.id = from.take("id", id);
        comment.name = from.take(name, text);
        leftovers.add_rest("from", from.rest().as_ref());
    }
    value.leave(&mut leftovers);
    Told { sender, more: leftovers.into_raw(), ..Told::said(Said::Commented(comment)) }
}

fn act(verb: &str) -> Option<CommentAct> {
    Some(match verb {
        "add" => CommentAct::Added,
        "edited" | "edit" | "update" => CommentAct::Edited,
        "hide" => CommentAct::Hidden,
        "unhide" => CommentAct::Shown,
        "remove" | "delete" => CommentAct::Removed,
        _ => return None,
    })
}
