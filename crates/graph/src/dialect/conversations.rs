//! `GET /{page or account}/conversations`, `GET /{conversation}/messages` and `GET /{message}`.

use async_trait::async_trait;
use link_core::words::ports::{Access, History, HistoryPage, HistoryQuery, Looked, ThreadPage};
use link_core::{ErrorKind, MessageId, Result};
use serde_json::value::RawValue;

use super::message::{Scene, Told};
use super::{Talk, message, thread};
use crate::client::{Answer, Call};
use crate::paging::Paged;

/// What every version tells of a conversation.
const PLAIN: &str = "id,updated_time,participants";
/// Most items that are asked for at once.
const MOST: u32 = 100;

#[async_trait]
impl History for Talk {
    async fn conversations(&self, access: &Access, query: &HistoryQuery) -> Result<HistoryPage> {
        self.check(access)?;
        let takes_all = self.takes_all.get().copied();
        let fields = if takes_all == Some(false) { PLAIN } else { self.dialect.thread_fields };
        let answer = match self.ask_conversations(access, query, fields).await {
            // Some fields stand in no reference for every version, and an unknown one refuses the whole call. Behind a cursor it may be the cursor
            // that is refused, if the fields were taken before.
            Err(error) if error.kind() == ErrorKind::Invalid && fields != PLAIN && (takes_all.is_none() || query.after.is_none()) => {
                let answer = self.ask_conversations(access, query, PLAIN).await?;
                self.takes_all.get_or_init(|| false);
                answer
            }
            answer => {
                let answer = answer?;
                self.takes_all.get_or_init(|| true);
                answer
            }
        };
        let listed: Paged = answer.json()?;
        let scene = Scene::of(access, &answer);
        let mut page = HistoryPage::new(answer.at);
        page.next = listed.after();
        for item in &listed.data {
            thread::tell(&scene, item, query.messages > 0, &mut page);
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
        let scene = Scene::of(access, &answer);
        let mut page = HistoryPage::new(answer.at);
        page.next = listed.after();
        let mut told = ThreadPage::new(thread.id.clone(), thread.peer.clone());
        told.updated = thread.updated;
        told.older.clone_from(&page.next);
        if readable {
            thread::tell_messages(&scene, &listed.data, &mut told, &mut page.events);
        } else {
            // Something is there that is refused, also where not even its ids are told.
            told.unreadable = u32::try_from(listed.data.len()).unwrap_or(u32::MAX).max(1);
        }
        page.unreadable = told.unreadable;
        page.threads.push(told);
        Ok(page)
    }

    /// Behind what it shows Instagram says "deleted", and of what is none of the account's Meta says that there is no such thing.
    async fn message(&self, access: &Access, id: &MessageId) -> Result<Looked> {
        self.check(access)?;
        let call = self.address(Call::get("read the message", "{}"), access).id(id).query("fields", self.dialect.message_fields);
        let answer = match self.client.call(call).await {
            Err(error) if matches!(error.kind(), ErrorKind::Unreadable | ErrorKind::NotFound) => return Ok(Looked::NotShown),
            answer => answer?,
        };
        let item: Box<RawValue> = answer.json()?;
        Ok(match message::tell_alone(&Scene::of(access, &answer), &item) {
            Told::Readable(events) => Looked::Told(events),
            Told::Unreadable => Looked::NotShown,
            Told::Unknown(mut event) => {
                event.about = Some(id.clone());
                Looked::Told(vec![*event])
            }
        })
    }
}

impl Talk {
    async fn ask_conversations(&self, access: &Access, query: &HistoryQuery, fields: &'static str) -> Result<Answer> {
        let mut call = self
            .address(Call::get("read the conversations", "{}/conversations"), access)
            .id(access.asset())
            .query("platform", self.dialect.word)
            .query("fields", self.thread_fields(fields, query.messages))
            .query("limit", within(query.limit));
        if let Some(peer) = &query.peer {
            call = call.query("user_id", peer.as_str());
        }
        self.client.call(from(call, query)).await
    }

    fn thread_fields(&self, thread: &str, messages: u32) -> String {
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

fn within(limit: u32) -> String {
    limit.clamp(1, MOST).to_string()
}
