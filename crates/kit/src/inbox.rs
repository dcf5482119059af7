//! The inbox: conversations of every linked account as one, read under a view and answered where the person is.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::activity::Activity;
use link_core::words::event::Direction;
use link_core::words::ids::{AccountId, AccountKey, CommentKey, ConversationKey, IntentId, MessageKey};
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::Road;
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_sync::timeline::{Pending, pending, stretches};
use link_sync::{
    AccountState, Author, Backfill, CommentRow, ConversationRow, Intent, IntentQuery, MessageQuery, MessageRow, Notice, Person, Priority,
    PrivateReply, SendProgress, Suggestion, Wish, suggest,
};

use crate::inner::Inner;
use crate::problem::Problem;

/// Most open intents of one conversation that a reading looks at.
const OPEN: u32 = 100;
/// Conversations that are read at once.
const PAGE: u32 = 200;

/// Reading and answering.
#[derive(Clone)]
pub struct Inbox(pub(crate) Arc<Inner>);

/// A page of a conversation, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeline {
    /// Its messages.
    pub messages: Page<MessageRow>,
    /// With the newest page: what is still on its way out, oldest first.
    pub pending: Vec<Pending>,
}

impl Inbox {
    /// Conversations of all accounts, the one with the newest activity first.
    pub async fn conversations(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<ConversationRow>, Problem> {
        self.note(viewer, None).await?;
        Ok(self.0.stores.messages.conversations(&self.view(viewer), page).await?)
    }

    /// One conversation.
    pub async fn conversation(&self, viewer: &Viewer, key: &ConversationKey) -> Result<Option<ConversationRow>, Problem> {
        self.note(viewer, Some(&key.account)).await?;
        Ok(self.0.stores.messages.conversation(&self.view(viewer), key).await?)
    }

    /// A page of a conversation, and with the newest page what is still on its way out.
    pub async fn timeline(&self, viewer: &Viewer, conversation: &ConversationKey, page: &PageQuery) -> Result<Timeline, Problem> {
        self.note(viewer, Some(&conversation.account)).await?;
        let view = self.view(viewer);
        let mut messages = self.0.stores.messages.messages(&view, &MessageQuery::new(conversation.clone(), page.clone())).await?;
        self.tell_settled(conversation, &mut messages.items).await?;
        let pending = if page.after.is_none() { self.pending(&view, conversation).await? } else { Vec::new() };
        Ok(Timeline { messages, pending })
    }

    /// One message.
    pub async fn message(&self, viewer: &Viewer, key: &MessageKey) -> Result<Option<MessageRow>, Problem> {
        self.note(viewer, Some(&key.account)).await?;
        Ok(self.0.stores.messages.message(&self.view(viewer), key).await?)
    }

    /// People, who was heard of last first.
    pub async fn people(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Person>, Problem> {
        self.note(viewer, None).await?;
        Ok(self.0.stores.messages.people(&self.view(viewer), page).await?)
    }

    /// Pairs of identities of an account that may be one person, because two roads know them by different ids. Nobody is merged by that.
    ///
    /// It reads all of the account's conversations that have a username, and of each the newest messages: for a page that somebody opens, not
    /// for every request.
    pub async fn suggested_merges(&self, viewer: &Viewer, account: &AccountId) -> Result<Vec<Suggestion>, Problem> {
        let key = AccountKey::new(viewer.owner.clone(), account.clone());
        let (mut found, mut query) = (Vec::new(), PageQuery::first(PAGE));
        loop {
            let page = self.conversations(viewer, &query).await?;
            for row in page.items.into_iter().filter(|row| row.key.account == key && row.state.username.is_some()) {
                let newest = MessageQuery::new(row.key.clone(), PageQuery::first(OPEN));
                let messages = self.0.stores.messages.messages(&self.view(viewer), &newest).await?.items;
                let roads = messages.into_iter().map(|message| message.key.road).chain(row.state.threads.keys().cloned()).collect();
                found.push((row, roads));
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(suggest(&found)),
            }
        }
    }

    /// Comments, visitors' posts and mentions of all accounts, newest first. [`Comment::private_reply`](link_sync::Comment::private_reply) says
    /// whether one can still be answered in private.
    pub async fn comments(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<CommentRow>, Problem> {
        self.note(viewer, None).await?;
        Ok(self.0.stores.messages.comments(&self.view(viewer), page).await?)
    }

    /// One comment.
    pub async fn comment(&self, viewer: &Viewer, key: &CommentKey) -> Result<Option<CommentRow>, Problem> {
        self.note(viewer, Some(&key.account)).await?;
        Ok(self.0.stores.messages.comment(&self.view(viewer), key).await?)
    }

    /// What the platform lets an account do, if it ever said anything of that.
    pub async fn account(&self, viewer: &Viewer, account: &AccountKey) -> Result<Option<AccountState>, Problem> {
        self.note(viewer, Some(account)).await?;
        Ok(self.0.stores.messages.account(&self.view(viewer), account).await?)
    }

    /// Who wrote a message that was read; `None` as long as not even its side is known.
    pub fn author(&self, message: &MessageRow) -> Option<Author> {
        let platform = self.0.wiring.platform(&message.key.account.account.platform)?;
        Author::of(&message.state, &self.0.wiring.apps, platform.carrier.capabilities)
    }

    /// Whether a comment that was read can be answered in private now, and until when.
    pub fn private_reply(&self, comment: &CommentRow) -> Option<PrivateReply> {
        let platform = self.0.wiring.platform(&comment.key.account.account.platform)?;
        Some(comment.state.private_reply(self.0.their_clock.now(), platform.carrier.capabilities))
    }

    /// What was kept although it is no message and no comment: labels, opt-ins, notices, everything unknown. Newest first.
    pub async fn notices(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Notice>, Problem> {
        self.note(viewer, None).await?;
        Ok(self.0.stores.messages.notices(&self.view(viewer), page).await?)
    }

    /// How far the reading of older history is.
    pub async fn backfills(&self, viewer: &Viewer) -> Result<Vec<Backfill>, Problem> {
        Ok(self.0.stores.backfills.backfills(&self.view(viewer)).await?)
    }

    /// What became of a wish to send. One that waits says when it is sent at the earliest (`available_at`), as far as is known now.
    pub async fn intent(&self, viewer: &Viewer, id: IntentId) -> Result<Option<Intent>, Problem> {
        let mut intent = self.0.stores.outbox.intent(&self.view(viewer), id).await?;
        self.tell_waits(intent.iter_mut()).await?;
        Ok(intent)
    }

    /// How far a wish to send came: delivered and read as well, as far as the platform reports it and the viewer sees it.
    pub async fn send_progress(&self, viewer: &Viewer, id: IntentId) -> Result<Option<SendProgress>, Problem> {
        let view = self.view(viewer);
        let Some(intent) = self.0.stores.outbox.intent(&view, id).await? else { return Ok(None) };
        let message = match intent.message() {
            Some(key) => self.0.stores.messages.message(&view, &key).await?,
            None => None,
        };
        let conversation = match message.as_ref().and_then(|row| row.state.peer.clone()) {
            Some(peer) => {
                let key = ConversationKey { account: intent.account.clone(), peer };
                self.0.stores.messages.conversation(&view, &key).await?
            }
            None => None,
        };
        let progress = intent.progress(message.as_ref().map(|row| &row.state), conversation.as_ref().map(|row| &row.state));
        Ok(Some(match message.zip(conversation) {
            Some((message, conversation)) => self.beside_others(&view, progress, &message, &conversation).await?,
            None => progress,
        }))
    }

    /// Where nobody tells up to when a conversation was read, what was seen behind a message tells.
    async fn beside_others(
        &self,
        view: &View,
        progress: SendProgress,
        message: &MessageRow,
        conversation: &ConversationRow,
    ) -> Result<SendProgress, Problem> {
        let Some(at) = message.state.at.filter(|_| conversation.state.read_up_to.is_none()) else { return Ok(progress) };
        let query = MessageQuery::new(conversation.key.clone(), PageQuery::first(PAGE)).since(at.at);
        let behind = self.0.stores.messages.messages(view, &query).await?.items;
        Ok(progress.beside(&message.state, behind.iter().map(|row| &row.state)))
    }

    /// Wishes to send, oldest first.
    pub async fn intents(&self, viewer: &Viewer, query: &IntentQuery) -> Result<Page<Intent>, Problem> {
        let mut page = self.0.stores.outbox.intents(&self.view(viewer), query).await?;
        self.tell_waits(page.items.iter_mut()).await?;
        Ok(page)
    }

    /// Answers a conversation with a text that a person wrote, on the platform where the other one is. `key` is yours: the same key never sends
    /// twice. A program says so: [`Inbox::answer_by_program`].
    pub async fn answer(&self, viewer: &Viewer, conversation: &ConversationKey, text: &str, key: &str) -> Result<Intent, Problem> {
        let outgoing = Outgoing::text(conversation.peer.clone(), text);
        self.send(viewer, &conversation.account, outgoing, key).await
    }

    /// Sends anything that a person wrote from an account. What comes back is durable and on its way; [`Inbox::intent`] tells what became of it.
    pub async fn send(&self, viewer: &Viewer, account: &AccountKey, outgoing: Outgoing, key: &str) -> Result<Intent, Problem> {
        self.wish(viewer, account, outgoing, key, (Writer::Person, Priority::Person)).await
    }

    /// The same for what no person waits for: it goes behind people's answers, and lets them have what is left of an allowance. Who wrote it
    /// goes by that too: what no person waits for, a program wrote.
    pub async fn send_as(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        outgoing: Outgoing,
        key: &str,
        priority: Priority,
    ) -> Result<Intent, Problem> {
        let writer = if priority == Priority::Person { Writer::Person } else { Writer::Program };
        self.wish(viewer, account, outgoing, key, (writer, priority)).await
    }

    pub(crate) async fn wish(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        outgoing: Outgoing,
        key: &str,
        how: (Writer, Priority),
    ) -> Result<Intent, Problem> {
        let kept = self.wishes(viewer, account, vec![(outgoing, key.to_owned())], how).await?;
        Ok(kept.into_iter().next().ok_or(Refusal::Empty)?)
    }

    /// Keeps several messages from one account at once, each under its key: all of them, or none.
    pub(crate) async fn wishes(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        messages: Vec<(Outgoing, String)>,
        (writer, priority): (Writer, Priority),
    ) -> Result<Vec<Intent>, Problem> {
        // An account of another owner is refused like one that does not exist.
        if account.owner != viewer.owner {
            return Err(Refusal::NotLinked.into());
        }
        let road = self.road(account).await?;
        let wish =
            |(outgoing, key)| Wish::new(viewer.clone(), account.clone(), road.clone(), outgoing, key).written_by(writer).of(priority);
        let mut kept = match self.0.submissions.submit_all(messages.into_iter().map(wish).collect()).await? {
            Ok(kept) => kept,
            Err(refusal) => return Err(self.refused(viewer, account, refusal).await?),
        };
        self.0.bell.ring();
        // They are kept, whatever can be told of their time.
        if let Err(problem) = self.tell_waits(kept.iter_mut()).await {
            tracing::warn!(%problem, account = %account.account, "how long a message waits could not be told");
        }
        Ok(kept)
    }

    /// It is kept that somebody was refused.
    pub(crate) async fn refused(&self, viewer: &Viewer, account: &AccountKey, refusal: Refusal) -> Result<Problem, Problem> {
        let act = Activity::of(viewer, "message.refused", self.0.clock.now()).on(&account.account);
        self.0.stores.activity.record(&[act]).await?;
        Ok(refusal.into())
    }

    /// The road by which an account is served now. What is queued leaves by the one that serves it at that time.
    pub(crate) async fn road(&self, account: &AccountKey) -> Result<Road, Problem> {
        Ok(self.0.accesses.road(account, self.0.their_clock.now()).await?.ok_or(Refusal::NotLinked)?)
    }

    async fn pending(&self, view: &View, conversation: &ConversationKey) -> Result<Vec<Pending>, Problem> {
        let open = || IntentQuery::all(PageQuery::first(OPEN)).of(conversation.clone()).newest_first();
        let mut shown = self.0.stores.outbox.intents(view, &open().open()).await?.items;
        if shown.is_empty() {
            return Ok(Vec::new());
        }
        // Content is compared on our own behalf; what is shown of it afterwards is the viewer's.
        let system = View::system(view.owner.clone(), "match echoes with what is on its way out");
        let mut whole = self.0.stores.outbox.intents(&system, &open().open()).await?.items;
        let mut echoes = Vec::new();
        for (from, until) in stretches(&whole) {
            // `until` is the last moment that counts, and a query ends before its own.
            let until = until + TimeDelta::milliseconds(1);
            echoes.extend(self.between(&system, conversation, from, until).await?);
        }
        whole.extend(self.0.stores.outbox.intents(&system, &open().settled_by_history()).await?.items);
        let mut matched = pending(whole, &echoes, &self.0.wiring.apps);
        matched.retain_mut(|pending| match shown.iter().position(|intent| intent.id == pending.intent.id) {
            Some(index) => {
                pending.intent = shown.swap_remove(index);
                true
            }
            None => false,
        });
        self.tell_waits(matched.iter_mut().map(|pending| &mut pending.intent)).await?;
        Ok(matched)
    }

    /// The messages of a conversation between two times, as many as there are: an old doubt must not be matched with something else because
    /// much was said since.
    async fn between(
        &self,
        view: &View,
        conversation: &ConversationKey,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<MessageRow>, Problem> {
        let (mut found, mut page) = (Vec::new(), PageQuery::first(500));
        loop {
            let query = MessageQuery::new(conversation.clone(), page.clone()).since(from).until(until);
            let read = self.0.stores.messages.messages(view, &query).await?;
            found.extend(read.items);
            match read.next {
                Some(next) => page = page.after(next),
                None => return Ok(found),
            }
        }
    }

    /// What the history settled is written at the intent only, because the platform's answer may still say otherwise; readers see it at the
    /// message as well.
    async fn tell_settled(&self, conversation: &ConversationKey, rows: &mut [MessageRow]) -> Result<(), Problem> {
        let unproved = |row: &MessageRow| row.state.direction == Some(Direction::Outbound) && row.state.intent.is_none();
        if !rows.iter().any(unproved) {
            return Ok(());
        }
        let system = View::system(conversation.account.owner.clone(), "name the wishes that messages fulfil");
        let query = IntentQuery::all(PageQuery::first(500)).of(conversation.clone()).settled_by_history().newest_first();
        for intent in self.0.stores.outbox.intents(&system, &query).await?.items {
            let message = intent.message();
            for row in rows.iter_mut().filter(|row| Some(&row.key) == message.as_ref() && unproved(row)) {
                row.state.intent = Some(intent.id);
            }
        }
        Ok(())
    }

    /// Who reads is recorded once an hour. Who may see nothing is shown nothing, and an account of another owner's is nobody's to read here.
    pub(crate) async fn note(&self, viewer: &Viewer, account: Option<&AccountKey>) -> Result<(), Problem> {
        let foreign = account.is_some_and(|account| account.owner != viewer.owner);
        if foreign || self.view(viewer).is_empty() {
            return Ok(());
        }
        Ok(self.0.reads.note(viewer, account.map(|account| &account.account)).await?)
    }

    pub(crate) fn view(&self, viewer: &Viewer) -> View {
        self.0.policy.compile(viewer)
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inbox")
    }
}
