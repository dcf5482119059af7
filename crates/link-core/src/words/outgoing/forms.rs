//! Which forms a message takes: what a platform has to be able to do for it.

use std::collections::BTreeSet;

use super::{Body, Button, Outgoing, QuickReply, Recipient, Signal, Source, Template};
use crate::words::capabilities::Form;
use crate::words::ids::AccountId;

/// A heart, as platforms tell it.
pub const HEART: &str = "\u{2764}";

/// The words for a heart: the emoji with and without its sign of colour, and the platform's own.
const HEARTS: &[&str] = &["\u{2764}", "\u{2764}\u{fe0f}", "love"];

impl Outgoing {
    /// Every form that it takes when this account sends it.
    pub fn forms(&self, account: &AccountId) -> BTreeSet<Form> {
        let mut forms = self.body.forms(account);
        match &self.to {
            Recipient::Person(_) => {}
            Recipient::Comment { .. } => {
                forms.insert(Form::PrivateReply);
            }
            Recipient::Post { .. } => {
                forms.insert(Form::PrivateReplyToPost);
            }
        }
        if self.reply_to.is_some() {
            forms.insert(Form::Quotation);
        }
        forms.extend(self.quick_replies.iter().map(|reply| match reply {
            QuickReply::Text { .. } => Form::QuickReplies,
            QuickReply::Phone | QuickReply::Email => Form::ContactReplies,
        }));
        forms
    }
}

impl Body {
    /// Every form that it takes when this account sends it.
    pub fn forms(&self, account: &AccountId) -> BTreeSet<Form> {
        match self {
            Self::Text(_) => [Form::Text].into(),
            Self::Attachment { kind, .. } => [Form::of(*kind)].into(),
            Self::Attachments(media) => {
                let mut forms: BTreeSet<_> = media.iter().map(|media| Form::of(media.kind)).collect();
                forms.extend((media.len() > 1).then_some(Form::Several));
                forms.extend(media.iter().any(|media| matches!(media.source, Source::Uploaded(_))).then_some(Form::Uploaded));
                forms
            }
            Self::Template(template) => template.forms(),
            Self::Sticker(_) => [Form::Sticker].into(),
            Self::Heart => [Form::Heart].into(),
            Self::Reaction { emoji: Some(emoji), .. } if !is_heart(emoji) => [Form::Reaction].into(),
            Self::Reaction { .. } => [Form::HeartReaction].into(),
            Self::Post(post) if post.account == *account => [Form::OwnPost].into(),
            Self::Post(_) => [Form::PostLink].into(),
            Self::Gone => BTreeSet::new(),
        }
    }
}

impl Template {
    fn forms(&self) -> BTreeSet<Form> {
        let (form, buttons): (_, Vec<&Button>) = match self {
            Self::Generic(cards) => (Form::Cards, cards.iter().flat_map(|card| &card.buttons).collect()),
            Self::Buttons { buttons, .. } => (Form::Buttons, buttons.iter().collect()),
            Self::Products(_) => (Form::Products, Vec::new()),
        };
        let phone = buttons.iter().any(|button| matches!(button, Button::Phone { .. }));
        [form].into_iter().chain(phone.then_some(Form::PhoneButton)).collect()
    }
}

impl Signal {
    /// The form it takes.
    pub const fn form(self) -> Form {
        match self {
            Self::TypingOn | Self::TypingOff => Form::Typing,
            Self::Seen => Form::Seen,
        }
    }
}

/// True for a heart, in whatever way it is written: every platform and every page of its documentation takes that one.
pub fn is_heart(emoji: &str) -> bool {
    HEARTS.contains(&emoji)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::outgoing::{AttachmentKind, Media, SharedPost};

    #[test]
    fn a_message_asks_for_everything_that_is_in_it() {
        let account: AccountId = "messenger:1".parse().unwrap();
        let forms = |body: Body| body.forms(&account).into_iter().collect::<Vec<_>>();
        let picture = Media::at(AttachmentKind::Image, "https://x.test/a.png");
        let kept = Media::uploaded(AttachmentKind::Video, "9".parse().unwrap());
        assert_eq!(forms(Body::Attachments(vec![picture.clone()])), [Form::Image]);
        assert_eq!(forms(Body::Attachments(vec![picture, kept])), [Form::Image, Form::Video, Form::Several, Form::Uploaded]);
        let reaction = |emoji: Option<&str>| Body::Reaction { message: "m_1".parse().unwrap(), emoji: emoji.map(str::to_owned) };
        assert_eq!(forms(reaction(Some("\u{2764}\u{fe0f}"))), [Form::HeartReaction]);
        assert_eq!(forms(reaction(None)), [Form::HeartReaction], "whatever was given can be taken away");
        assert_eq!(forms(reaction(Some("\u{1f44e}"))), [Form::Reaction]);
        let post = |of: &str| Body::Post(SharedPost::new(of.parse().unwrap(), "2".parse().unwrap()));
        assert_eq!((forms(post("messenger:1")), forms(post("instagram:1"))), (vec![Form::OwnPost], vec![Form::PostLink]));

        let call = Button::Phone { title: "Call".into(), number: "+441".into() };
        let comment = Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
        let asking = Outgoing::new(comment, Body::Template(Template::Buttons { text: "Hello".into(), buttons: vec![call] }))
            .with_quick_replies([QuickReply::Phone])
            .in_reply_to("m_1".parse().unwrap());
        let all = [Form::ContactReplies, Form::Buttons, Form::PhoneButton, Form::Quotation, Form::PrivateReply];
        assert_eq!(asking.forms(&account), all.into());
    }
}
