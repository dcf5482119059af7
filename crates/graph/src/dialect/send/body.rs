//! What a message looks like on the wire.

use link_core::words::outgoing::{
    Body, Button, Card, HEART, Media, Outgoing, Purpose, QuickReply, Recipient, SharedPost, Source, Template, is_heart,
};
use link_core::words::ports::Access;
use link_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use crate::dialect::Dialect;

/// The longest subtitle of a card.
const SUBTITLE: usize = 80;

/// The body of `POST /{page or account}/messages`.
pub(super) fn body(dialect: &Dialect, access: &Access, outgoing: &Outgoing) -> Result<Value> {
    let mut body = Map::from_iter([("recipient".to_owned(), recipient(&outgoing.to)?)]);
    if let Body::Reaction { message, emoji } = &outgoing.body {
        body.extend(reaction(dialect, message.as_str(), emoji.as_deref()));
        return Ok(Value::Object(body));
    }
    body.insert("message".to_owned(), Value::Object(message(dialect, access, outgoing)?));
    // A sticker is taken within the standard window only, under no tag.
    let under = if matches!(outgoing.body, Body::Sticker(_)) { &Purpose::Response } else { &outgoing.purpose };
    body.extend(purpose(dialect, under)?);
    if let Some(quoted) = &outgoing.reply_to {
        body.insert("reply_to".to_owned(), json!({"mid": quoted.as_str()}));
    }
    Ok(Value::Object(body))
}

/// To whom.
fn recipient(to: &Recipient) -> Result<Value> {
    Ok(match to {
        Recipient::Person(peer) => json!({"id": peer}),
        Recipient::Comment { comment, .. } => json!({"comment_id": comment}),
        Recipient::Post { post, .. } => json!({"post_id": post}),
        _ => return Err(unknown("put this kind of recipient on the wire")),
    })
}

/// Under which rule.
fn purpose(dialect: &Dialect, purpose: &Purpose) -> Result<Vec<(String, Value)>> {
    let tagged = |tag: &str| vec![("messaging_type".to_owned(), json!("MESSAGE_TAG")), ("tag".to_owned(), json!(tag))];
    Ok(match purpose {
        Purpose::Response if dialect.states_type => vec![("messaging_type".to_owned(), json!("RESPONSE"))],
        Purpose::Response => Vec::new(),
        Purpose::HumanAgent => tagged("HUMAN_AGENT"),
        Purpose::Tagged(tag) => tagged(tag),
        _ => return Err(unknown("put a message of this purpose on the wire")),
    })
}

/// A reaction is an action and no message: it takes neither a rule nor metadata. A heart is told by the platform's own word, which every page of
/// its documentation takes; any other emoji is told as it is, and never replaced by another.
fn reaction(dialect: &Dialect, message: &str, emoji: Option<&str>) -> [(String, Value); 2] {
    let heart = |emoji| dialect.heart.unwrap_or(if emoji == "love" { HEART } else { emoji });
    let told = emoji.map(|emoji| if is_heart(emoji) { heart(emoji) } else { emoji });
    let action = if told.is_some() { "react" } else { "unreact" };
    let payload = match told {
        Some(reaction) => json!({"message_id": message, "reaction": reaction}),
        None => json!({"message_id": message}),
    };
    [("sender_action".to_owned(), json!(action)), ("payload".to_owned(), payload)]
}

fn message(dialect: &Dialect, access: &Access, outgoing: &Outgoing) -> Result<Map<String, Value>> {
    let (name, value) = match &outgoing.body {
        Body::Text(text) => ("text", json!(text)),
        Body::Attachment { kind, url } => ("attachment", json!({"type": kind.as_str(), "payload": {"url": url}})),
        Body::Attachments(media) => attachments(media)?,
        Body::Template(template) => ("attachment", self::template(template)?),
        // The catalogue's ids are numbers, and the reference writes them so.
        Body::Sticker(id) => ("sticker_id", id.as_str().parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))),
        Body::Heart => ("attachment", json!({"type": "like_heart"})),
        Body::Post(post) if post.account == access.account => ("attachment", json!({"type": "MEDIA_SHARE", "payload": {"id": post.id}})),
        Body::Post(SharedPost { media: Some(media), .. }) => ("attachment", attachment(media)?),
        Body::Post(post) => ("attachment", template(&linked(post)?)?),
        _ => return Err(unknown("put this kind of message on the wire")),
    };
    let mut message = Map::from_iter([(name.to_owned(), value)]);
    if !outgoing.quick_replies.is_empty() {
        message.insert("quick_replies".to_owned(), outgoing.quick_replies.iter().map(quick_reply).collect::<Result<Vec<_>>>()?.into());
    }
    if let Some(metadata) = outgoing.metadata.as_ref().filter(|_| dialect.takes_metadata) {
        message.insert("metadata".to_owned(), json!(metadata));
    }
    Ok(message)
}

/// One attachment stands alone, several in a list.
fn attachments(media: &[Media]) -> Result<(&'static str, Value)> {
    match media {
        [] => Err(unknown("put a message without attachments on the wire")),
        [one] => Ok(("attachment", attachment(one)?)),
        several => Ok(("attachments", several.iter().map(attachment).collect::<Result<Vec<_>>>()?.into())),
    }
}

fn attachment(media: &Media) -> Result<Value> {
    let payload = match &media.source {
        Source::Url(url) => json!({"url": url}),
        Source::Uploaded(id) => json!({"attachment_id": id}),
        _ => return Err(unknown("put an attachment from there on the wire")),
    };
    Ok(json!({"type": media.kind.as_str(), "payload": payload}))
}

fn quick_reply(reply: &QuickReply) -> Result<Value> {
    Ok(match reply {
        QuickReply::Text { title, payload, image_url: None } => json!({"content_type": "text", "title": title, "payload": payload}),
        QuickReply::Text { title, payload, image_url: Some(url) } => {
            json!({"content_type": "text", "title": title, "payload": payload, "image_url": url})
        }
        QuickReply::Phone => json!({"content_type": "user_phone_number"}),
        QuickReply::Email => json!({"content_type": "user_email"}),
        _ => return Err(unknown("put this kind of quick reply on the wire")),
    })
}

fn template(template: &Template) -> Result<Value> {
    let payload = match template {
        Template::Generic(cards) => {
            json!({"template_type": "generic", "elements": cards.iter().map(card).collect::<Result<Vec<_>>>()?})
        }
        Template::Buttons { text, buttons } => {
            json!({"template_type": "button", "text": text, "buttons": buttons.iter().map(button).collect::<Result<Vec<_>>>()?})
        }
        Template::Products(products) => {
            let elements: Vec<_> = products.iter().map(|id| json!({"id": id})).collect();
            json!({"template_type": "product", "elements": elements})
        }
        _ => return Err(unknown("put this kind of template on the wire")),
    };
    Ok(json!({"type": "template", "payload": payload}))
}

fn card(card: &Card) -> Result<Value> {
    let mut told = Map::from_iter([("title".to_owned(), json!(card.title))]);
    for (name, value) in [("subtitle", &card.subtitle), ("image_url", &card.image_url)] {
        told.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
    }
    if let Some(url) = &card.url {
        told.insert("default_action".to_owned(), json!({"type": "web_url", "url": url}));
    }
    if !card.buttons.is_empty() {
        told.insert("buttons".to_owned(), card.buttons.iter().map(button).collect::<Result<Vec<_>>>()?.into());
    }
    Ok(Value::Object(told))
}

fn button(button: &Button) -> Result<Value> {
    Ok(match button {
        Button::Link { title, url } => json!({"type": "web_url", "title": title, "url": url}),
        Button::Postback { title, payload } => json!({"type": "postback", "title": title, "payload": payload}),
        Button::Phone { title, number } => json!({"type": "phone_number", "title": title, "payload": number}),
        _ => return Err(unknown("put this kind of button on the wire")),
    })
}

/// A post as a card that leads to it. Its address stands below the title, or as much of it as there is room for: a card needs something there.
fn linked(post: &SharedPost) -> Result<Template> {
    let (Some(title), Some(link)) = (&post.title, &post.permalink) else {
        return Err(unknown("share a post without a title and an address"));
    };
    let mut card = Card::new(title);
    card.url = Some(link.clone());
    card.subtitle = Some(link.chars().take(SUBTITLE).collect());
    Ok(Template::Generic(vec![card]))
}

fn unknown(what: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, what)
}
