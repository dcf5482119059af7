//! What the history tells of a life, page after page: to the second, without what was taken back, and of what a webhook told it may tell less.

use chrono::{DateTime, SubsecRound as _, Utc};
use link_core::words::content::{Content, Echo, ReplyTo};
use link_core::words::event::{Channel, Direction, Reaction, Said, Thread};
use link_core::words::moment::Moment;
use link_core::words::raw::Raw;
use link_sync::Fact;

use crate::lived::{Life, Written};
use crate::step::Poorer;

impl Life {
    /// A page of history: what is there now, to the second, and nothing of what was taken back.
    pub(crate) fn remembers(&mut self, count: usize, poorer: Poorer) {
        let mut page = Vec::new();
        let mut thread = Thread::new("t_1".parse().unwrap());
        thread.name.clone_from(&self.name);
        page.push(self.remembered(Direction::Inbound, Said::Thread(thread), None));
        let mut shown: Vec<_> = self.written.iter_mut().rev().filter(|it| it.unsent.is_none() && !it.hidden).take(count).collect();
        for written in &mut shown {
            written.told.get_or_insert(Moment::coarse(written.at.trunc_subsecs(0)));
        }
        let shown: Vec<Written> = shown.into_iter().map(|it| it.clone()).collect();
        for written in &shown {
            let told = content(written, None);
            let said = Said::Message(Box::new(if written.heard { left_out(told, poorer) } else { told }));
            page.push(self.remembered(written.direction, said, Some(written.at)));
            if let Some(emoji) = &written.reaction {
                let (message, action) = (Some(written.id.clone()), Some("react".to_owned()));
                let reaction = Reaction { message, action, emoji: Some(emoji.clone()), word: None };
                page.push(self.remembered(Direction::Inbound, Said::Reacted(reaction), None));
            }
        }
        self.pages.push(page);
    }

    fn remembered(&self, direction: Direction, said: Said, at: Option<DateTime<Utc>>) -> Fact {
        let mut event = self.event(direction, said);
        event.channel = Channel::History;
        event.at = at.map(|at| Moment::coarse(at.trunc_subsecs(0)));
        event.as_of = self.now.trunc_subsecs(0);
        self.scene.fact(event)
    }

    /// What it is nobody knows; of which message it is told all the same.
    pub(crate) fn is_a_riddle(&mut self, which: usize) {
        let Some(index) = self.some(which, |it| !it.hidden) else { return };
        let id = self.written[index].id.clone();
        let mut fact = self.remembered(Direction::Inbound, Said::Unknown(Raw::parse(format!(r#"{{"id":"{id}"}}"#)).unwrap()), None);
        fact.event.about = Some(id);
        self.pages.push(vec![fact]);
    }
}

/// A content as the history tells it that tells less.
fn left_out(mut content: Content, poorer: Poorer) -> Content {
    if poorer.text {
        (content.text, content.unsupported) = (None, true);
    }
    for attachment in &mut content.attachments {
        attachment.url = attachment.url.take().map(|url| format!("{url}?signed"));
    }
    if poorer.attachments {
        content.attachments.clear();
    }
    if let Some(ReplyTo::Story { id, url }) = &mut content.reply_to {
        *id = id.take().filter(|_| !poorer.story_id);
        *url = url.take().filter(|_| !poorer.story_url);
    }
    content
}

/// A message as every teller tells it that leaves nothing out.
pub(crate) fn content(written: &Written, metadata: Option<String>) -> Content {
    let mut content = Content::new(written.id.clone()).with_attachments(written.attachments.clone());
    content.text.clone_from(&written.text);
    content.reply_to.clone_from(&written.reply_to);
    if written.direction == Direction::Outbound {
        content = content.with_echo(Echo::new(None, metadata));
    }
    content
}
