//! What events say that is no part of a conversation's messages: of comments, of the account, and what is kept as it came.

use link_core::words::comment::{Comment as Told, CommentAct, CommentPlace};
use link_core::words::event::{Channel, Enforcement, Event, Said};
use link_core::words::ids::{CommentKey, MessageId};
use link_core::words::raw::Raw;

use super::Telling;
use crate::account::AccountState;
use crate::comment::Comment;
use crate::conversation::{AccountLink, CodeDigest};
use crate::notice::{Notice, without_tokens};
use crate::register::Register;

impl Telling<'_> {
    pub(super) fn commented(&mut self, told: &Told) {
        let key = CommentKey { account: self.account.clone(), road: self.event.road.clone(), id: told.id.clone() };
        let (as_of, at) = (self.event.as_of, self.at().at);
        let mut row = Comment { caught_up: self.fact.caught_up, ..Comment::default() };
        match told.act {
            CommentAct::Removed => row.removed = Some(as_of),
            CommentAct::Answered => row.answered = Some(as_of),
            act => {
                row.by.clone_from(&self.peer);
                row.direction = Some(self.event.direction);
                row.at = Some(at);
                (row.place, row.mention) = (Some(told.place), told.place == CommentPlace::Mention);
                (row.post, row.parent) = (told.post.clone(), told.parent.clone());
                row.name = told.name.clone().map(|name| Register::new(as_of, name));
                // Of the same second the change is the later.
                let revision = u32::from(act == CommentAct::Edited);
                row.text = told.text.clone().map(|text| Register::new(as_of, text).revision(revision));
                row.hidden = match act {
                    CommentAct::Hidden => Some(Register::new(as_of, true).revision(1)),
                    CommentAct::Shown => Some(Register::new(as_of, false).revision(1)),
                    _ => None,
                };
                row.extras.extend(self.event.more.iter().map(|more| more.as_str().to_owned()));
            }
        }
        self.beside.comments.insert(key, row);
    }

    pub(super) fn enforced(&mut self, enforcement: &Enforcement) {
        let state = AccountState::said(enforcement, self.event.as_of);
        self.beside.accounts.insert(self.account.clone(), state);
        self.whole(self.event.said.kind());
    }

    /// The code is the embedder's secret: what is kept shows only whether a code is the one.
    pub(super) fn linked(&mut self, status: Option<&str>, code: Option<&str>) {
        let as_of = self.event.as_of;
        let link = match status {
            Some("linked") => Some(AccountLink::Linked { code: code.map(CodeDigest::of) }),
            Some("unlinked") => Some(AccountLink::Unlinked),
            _ => None,
        };
        match (link, self.peer.is_some()) {
            (Some(link), true) => {
                if let Some(conversation) = self.conversation() {
                    conversation.linked = Some(Register::new(as_of, link));
                }
            }
            _ => self.keep(self.event.said.kind(), &Said::AccountLinking { status: status.map(str::to_owned), code: None }),
        }
    }

    /// A token that comes with an opt-in is a right to write to somebody: nobody here uses it, so nobody keeps it.
    pub(super) fn opted_in(&mut self, raw: &Raw) {
        self.notice("optin", &without_tokens(raw));
    }

    pub(super) fn changed(&mut self, field: &str, value: Option<&Raw>) {
        match value {
            Some(value) => self.notice(&format!("change:{field}"), value),
            None => self.whole(&format!("change:{field}")),
        }
    }

    /// What stood beside the item and has no word: with its message or comment, where it is one, else on its own.
    pub(super) fn extras(&mut self) {
        let Some(more) = &self.event.more else { return };
        if !self.beside.comments.is_empty() {
            return;
        }
        // What stands beside an edit is of its message, and goes with it.
        let is_edit = matches!(self.event.said, Said::Edited(_));
        match self.messages.iter_mut().find(|(_, row)| row.direction.is_some() || is_edit) {
            Some((_, row)) => {
                row.extras.insert(more.as_str().to_owned());
            }
            None => self.notice(&format!("beside:{}", self.event.said.kind()), more),
        }
    }

    /// Keeps the event itself as a notice, where it has no raw form of its own or cannot become what it says it is.
    pub(super) fn whole(&mut self, kind: &str) {
        self.keep(kind, &self.event.said);
    }

    fn keep(&mut self, kind: &str, said: &Said) {
        if let Ok(raw) = serde_json::to_string(said).and_then(Raw::parse) {
            self.notice(kind, &raw);
        }
    }

    pub(super) fn notice(&mut self, kind: &str, raw: &Raw) {
        let at = self.at().at;
        let notice = Notice::new(self.account.clone(), self.event.road.clone(), self.peer.clone(), kind.to_owned(), at, raw.clone());
        let is_timeless = self.event.channel == Channel::History && self.event.at.is_none();
        self.beside.notices.push(notice.timeless(is_timeless).about(named(self.event)));
    }
}

/// The message that an event is about.
fn named(event: &Event) -> Option<MessageId> {
    let named = match &event.said {
        Said::Message(content) | Said::Accepted { content, .. } => content.id.as_ref(),
        Said::Edited(edit) => edit.message.as_ref(),
        Said::Unsent(message) => message.as_ref(),
        Said::Reacted(reaction) => reaction.message.as_ref(),
        Said::Postback(postback) => postback.message.as_ref(),
        Said::Notice(notice) => notice.message.as_ref(),
        _ => event.about.as_ref(),
    };
    named.cloned()
}
