//! `GET /{page or account}/conversations` and `GET /{conversation}/messages`.

use async_trait::async_trait;
use link_core::words::page::Cursor;
use link_core::words::ports::{Access, History, HistoryPage, HistoryQuery, ThreadPage};
use link_core::{ErrorKind, Result};

use super::message::Scene;
use super::{Talk, thread};
use crate::client::{Answer, Call};
use crate::paging::Paged;

/// Most items that are asked for at once.
const MOST: u32 = 100;

#[async_trait]
impl History for Talk {
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        self.check(access)?;
        let mut call = self
            .address(Call::get("read the conversations", "{}/conversations"), access)
            .id(access.asset())
            .query("platform", self.dialect.word)
            .query("fields", self.thread_fields(query.messages))
            .query("limit", within(query.limit));
        if let Some(peer) = &query.peer {
            call = call.query("user_id", peer.as_str());
        }
        let answer = self.client.call(from(call, query)).await?;
        let listed: Paged = answer.json()?;
        let scene = Scene { access, as_of: answer.at };
        let mut page = HistoryPage::new(answer.at);
        page.next = onward(listed.after(), query);
        for item in &listed.data {
            thread::tell(&scene, item, &mut page);
        }
        Ok(page)
    }

    /// The page names the conversation once more, with what came of it and where its older messages begin.
    async fn messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery) -> Result<HistoryPage> {
        self.check(access)?;
        let (answer, readable) = match self.ask_messages(access, thread, query, self.dialect.message_fields).await {
            Ok(answer) => (answer, true),
            // Behind the newest twenty Instagram may refuse the whole page; its bare ids can still be counted.
            Err(error) if error.kind() == ErrorKind::Unreadable => (self.ask_messages(access, thread, query, "id").await?, false),
            Err(error) => return Err(error),
        };
        let listed: Paged = answer.json()?;
        let scene = Scene { access, as_of: answer.at };
        let mut page = HistoryPage::new(answer.at);
        page.next = onward(listed.after(), query);
        let mut told = ThreadPage::new(thread.id.clone(), thread.peer.clone());
        told.updated = thread.updated;
        told.older.clone_from(&page.next);
        if readable {
            thread::tell_messages(&scene, &listed.data, &mut told, &mut page.events);
        } else {
            told.unreadable = u32::try_from(listed.data.len()).unwrap_or(u32::MAX);
        }
        page.unreadable = told.unreadable;
        page.threads.push(told);
        Ok(page)
    }
}

impl Talk {
    fn thread_fields(&self, messages: u32) -> String {
        let thread = "id,updated_time,participants";
        match messages {
            0 => thread.to_owned(),
            some => format!("{thread},messages.limit({}){{{}}}", within(some), self.dialect.message_fields),
        }
    }

    async fn ask_messages(&self, access: &Access, thread: &ThreadPage, query: &HistoryQuery, fields: &'static str) -> Result<Answer> {
        let call = self
            .address(Call::get("read the conversation", "{}/messages"), access)
            .id(&thread.id)
            .query("fields", fields)
            .query("limit", within(query.limit));
        self.client.call(from(call, query)).await
    }
}

fn from(call: Call, query: &HistoryQuery) -> Call {
    match &query.after {
        Some(after) => call.query("after", after.as_str()),
        None => call,
    }
}

/// Where the next page begins. One that leads back to this very page is the end.
fn onward(next: Option<Cursor>, query: &HistoryQuery) -> Option<Cursor> {
    next.filter(|next| query.after.as_ref() != Some(next))
}

fn within(limit: u32) -> String {
    limit.clamp(1, MOST).to_string()
}
