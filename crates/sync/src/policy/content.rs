//! What is in a message: forms, lengths, numbers, addresses.

use chrono::{DateTime, NaiveTime, Utc};
use link_core::words::capabilities::{Can, Capabilities, Form};
use link_core::words::outgoing::{Body, Outgoing, QuickReply, SharedPost, is_heart};
use link_core::words::refusal::{Allowed, Objection, Refusal};
use link_core::words::rules::code;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Case, against, files, template};

/// Everything that is against the content; what is in doubt is answered.
pub(super) fn check(case: &Case<'_>, capabilities: &Capabilities) -> Result<Vec<&'static str>, Refusal> {
    let outgoing = case.outgoing;
    something(&outgoing.body)?;
    let doubts = forms(case, capabilities)?;
    match &outgoing.body {
        Body::Text(text) => self::text(text, outgoing, capabilities)?,
        Body::Reaction { emoji: Some(emoji), .. } => reaction(emoji)?,
        Body::Attachment { kind, url } => files::check_address(*kind, url, capabilities)?,
        Body::Attachments(media) => files::together(media, case, capabilities)?,
        Body::Template(asked) => template::check(asked, capabilities)?,
        Body::Post(post) => shared(post, case, capabilities)?,
        _ => {}
    }
    choices(outgoing, capabilities)?;
    metadata(outgoing, capabilities)?;
    Ok(doubts)
}

fn something(body: &Body) -> Result<(), Refusal> {
    let empty = match body {
        Body::Text(text) => text.trim().is_empty(),
        Body::Attachments(media) => media.is_empty(),
        Body::Gone => true,
        _ => false,
    };
    if empty { Err(Refusal::Empty) } else { Ok(()) }
}

fn text(text: &str, outgoing: &Outgoing, capabilities: &Capabilities) -> Result<(), Refusal> {
    let ((length, limit), unit) = (capabilities.text.measure(text), capabilities.text.unit().to_owned());
    if length <= limit {
        return Ok(());
    }
    if outgoing.to.is_person() {
        return Err(Refusal::TooLong { length, limit, unit });
    }
    // There is one private reply, so it cannot go in parts.
    let says = format!("the text has {length} {unit}, the platform takes {limit}");
    Err(against(code::TEXT, says).allowing([Allowed::Text { limit, unit }]).into())
}

/// One emoji, or a platform's word for the heart: the others' words are told nowhere.
pub(super) fn reaction(emoji: &str) -> Result<(), Refusal> {
    if is_heart(emoji) || is_emoji(emoji) {
        return Ok(());
    }
    let instead = Allowed::Like { what: "one emoji".to_owned() };
    Err(against(code::REACTION, "a reaction is one emoji, and this is something else").allowing([instead]).into())
}

/// True for what a reader sees as one sign, and no letter or digit of a script. Which signs are emojis changes from year to year.
fn is_emoji(text: &str) -> bool {
    let Some(first) = text.chars().next().filter(|_| text.graphemes(true).count() == 1) else { return false };
    let shown_as_emoji = text.contains(['\u{fe0f}', '\u{20e3}']);
    let enclosed = ('\u{1f170}'..='\u{1f189}').contains(&first);
    shown_as_emoji || enclosed || (first > '\u{a0}' && !first.is_alphabetic() && !first.is_numeric())
}

/// Every form that the message takes is one that the platform takes, by this road, on this day, and of this account.
fn forms(case: &Case<'_>, capabilities: &Capabilities) -> Result<Vec<&'static str>, Refusal> {
    let mut doubts = Vec::new();
    let several = matches!(&case.outgoing.body, Body::Attachments(media) if media.len() > 1);
    for form in case.outgoing.forms(case.account) {
        if let Some(until) = case.facts.lacking.get(&form).filter(|until| case.now < **until) {
            let says = format!("the platform refused {} to this account", form.as_words());
            return Err(against(code::ACCOUNT, says).until(*until).allowing(instead(form, several, capabilities)).into());
        }
        match capabilities.can(form, case.road, case.now) {
            Can::Yes => {}
            Can::Perhaps(why) => doubts.push(why),
            cannot => return Err(not_taken(form, cannot).allowing(instead(form, several, capabilities)).into()),
        }
    }
    Ok(doubts)
}

fn not_taken(form: Form, cannot: Can) -> Objection {
    let what = form.as_words();
    match cannot {
        Can::From(day) => {
            let opens: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
            against(code::FORM, format!("the platform does not take {what} yet")).until(opens)
        }
        Can::Ended(day) => against(code::FORM, format!("the platform does not take {what} any more since {day}")),
        _ => against(code::FORM, format!("the platform does not take {what} by this road")),
    }
}

/// What would be allowed instead of a form, be it by itself or with several attachments.
fn instead(form: Form, several: bool, capabilities: &Capabilities) -> Vec<Allowed> {
    match form {
        Form::Several => vec![Allowed::OneByOne],
        Form::QuickReplies | Form::ContactReplies | Form::Quotation | Form::PhoneButton => {
            vec![Allowed::Without { what: form.as_words().to_owned() }]
        }
        Form::Image | Form::Video | Form::Audio | Form::File => {
            vec![Allowed::Kinds { kinds: files::among(several, capabilities).to_vec() }]
        }
        Form::OwnPost | Form::PostLink => vec![Allowed::Link],
        Form::Reaction => vec![Allowed::Without { what: "another emoji than a heart".to_owned() }],
        Form::PrivateReply | Form::PrivateReplyToPost => vec![Allowed::OncePersonWrites],
        Form::Typing | Form::Seen => Vec::new(),
        _ => vec![a_text(capabilities)],
    }
}

/// A text is taken everywhere.
pub(super) fn a_text(capabilities: &Capabilities) -> Allowed {
    Allowed::Text { limit: capabilities.text.most(), unit: capabilities.text.unit().to_owned() }
}

/// The same with a part of so many characters.
pub(super) fn characters(what: &str, least: usize, most: usize) -> Allowed {
    Allowed::Like { what: format!("{what} of {least} to {most} characters") }
}

fn choices(outgoing: &Outgoing, capabilities: &Capabilities) -> Result<(), Refusal> {
    let bounds = capabilities.limits.choices;
    let replies = &outgoing.quick_replies;
    if replies.is_empty() {
        return Ok(());
    }
    let refuse = |says: String, instead| Err(against(code::CHOICES, says).allowing([instead]).into());
    if matches!(outgoing.body, Body::Reaction { .. } | Body::Sticker(_) | Body::Heart) {
        let without = Allowed::Without { what: Form::QuickReplies.as_words().to_owned() };
        return refuse("quick replies stand below a text or an attachment".into(), without);
    }
    if replies.len() > bounds.most {
        let says = format!("there are {} quick replies, the platform takes {}", replies.len(), bounds.most);
        return refuse(says, Allowed::AtMost { most: bounds.most });
    }
    for reply in replies {
        let QuickReply::Text { title, payload, image_url } = reply else { continue };
        let (written, carried) = (title.chars().count(), payload.chars().count());
        if title.trim().is_empty() || written > bounds.title {
            let says = format!("a quick reply's title has {written} characters, the platform takes 1 to {}", bounds.title);
            return refuse(says, characters("a quick reply's title", 1, bounds.title));
        }
        if carried > bounds.payload {
            let says = format!("a quick reply's payload has {carried} characters, the platform takes {}", bounds.payload);
            return refuse(says, characters("a quick reply's payload", 0, bounds.payload));
        }
        image_url.iter().try_for_each(|url| files::address(url))?;
    }
    Ok(())
}

fn metadata(outgoing: &Outgoing, capabilities: &Capabilities) -> Result<(), Refusal> {
    let told = outgoing.metadata.as_ref().filter(|_| capabilities.echoes_metadata && capabilities.limits.metadata > 0);
    let length = told.map_or(0, |metadata| metadata.chars().count());
    if length > capabilities.limits.metadata {
        let says = format!("the metadata has {length} characters, the platform takes {}", capabilities.limits.metadata);
        return Err(against(code::METADATA, says).allowing([characters("metadata", 0, capabilities.limits.metadata)]).into());
    }
    Ok(())
}

/// A post goes as a link with a title, or by its picture or film; a story as a link only.
fn shared(post: &SharedPost, case: &Case<'_>, capabilities: &Capabilities) -> Result<(), Refusal> {
    if post.account == *case.account {
        let story = post.story.then(|| against(code::SHARED, "a story cannot be shared as such").allowing([Allowed::Link]));
        return story.map_or(Ok(()), |objection| Err(objection.into()));
    }
    if let Some(media) = &post.media {
        if post.story {
            let says = "the picture or film of a story may be linked to, and not passed on";
            return Err(against(code::SHARED, says).allowing([Allowed::Link]).into());
        }
        return files::together(std::slice::from_ref(media), case, capabilities);
    }
    let title = post.title.as_deref().unwrap_or_default().trim();
    let most = capabilities.limits.cards.title;
    let long = title.chars().count();
    if title.is_empty() || long > most {
        let says = format!("the title of a shared post has {long} characters, the platform takes 1 to {most}");
        return Err(against(code::SHARED, says).allowing([characters("a title", 1, most)]).into());
    }
    let says = "a post is shared by its address, and this one has none";
    let missing = || against(code::SHARED, says).allowing([a_text(capabilities)]);
    files::address(post.permalink.as_deref().ok_or_else(missing)?)
}
