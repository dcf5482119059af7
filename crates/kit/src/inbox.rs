//! The inbox: conversations of every linked account as one, read under a view and answered where the person is.

use std::sync::Arc;

use link_core::words::activity::Activity;
use link_core::words::ids::{AccountId, AccountKey, CommentKey, ConversationKey, IntentId, MessageKey};
use link_core::words::outgoing::{Outgoing, Writer};
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::Road;
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_sync::timeline::{CLOCK_SKEW, Pending, pending};
use link_sync::{
    AccountState, Author, Backfill, CommentRow, ConversationRow, Intent, IntentQuery, MessageQuery, MessageRow, Notice, Person, Suggestion,
    Wish, suggest,
};

use crate::inner::Inner;
use crate::problem::Problem;
use crate::sending::road;

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
        let messages = self.0.stores.messages.messages(&view, &MessageQuery::new(conversation.clone(), page.clone())).await?;
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

    /// What was kept although it is no message and no comment: labels, opt-ins, notices, everything unknown. Newest first.
    pub async fn notices(&self, viewer: &Viewer, page: &PageQuery) -> Result<Page<Notice>, Problem> {
        self.note(viewer, None).await?;
        Ok(self.0.stores.messages.notices(&self.view(viewer), page).await?)
    }

    /// How far the reading of older history is.
    pub async fn backfills(&self, viewer: &Viewer) -> Result<Vec<Backfill>, Problem> {
        Ok(self.0.stores.backfills.backfills(&self.view(viewer)).await?)
    }

    /// What became of a wish to send.
    pub async fn intent(&self, viewer: &Viewer, id: IntentId) -> Result<Option<Intent>, Problem> {
        Ok(self.0.stores.outbox.intent(&self.view(viewer), id).await?)
    }

    /// Wishes to send, oldest first.
    pub async fn intents(&self, viewer: &Viewer, query: &IntentQuery) -> Result<Page<Intent>, Problem> {
        Ok(self.0.stores.outbox.intents(&self.view(viewer), query).await?)
    }

    /// Answers a conversation with a text that a person wrote, on the platform where the other one is. `key` is yours: the same key never sends
    /// twice. A program says so: [`Inbox::answer_by_program`].
    pub async fn answer(&self, viewer: &Viewer, conversation: &ConversationKey, text: &str, key: &str) -> Result<Intent, Problem> {
        let outgoing = Outgoing::text(conversation.peer.clone(), text);
        self.send(viewer, &conversation.account, outgoing, key).await
    }

    /// Sends anything that a person wrote from an account. What comes back is durable and on its way; [`Inbox::intent`] tells what became of it.
    pub async fn send(&self, viewer: &Viewer, account: &AccountKey, outgoing: Outgoing, key: &str) -> Result<Intent, Problem> {
        self.wish(viewer, account, outgoing, key, Writer::Person).await
    }

    pub(crate) async fn wish(
        &self,
        viewer: &Viewer,
        account: &AccountKey,
        outgoing: Outgoing,
        key: &str,
        writer: Writer,
    ) -> Result<Intent, Problem> {
        // An account of another owner is refused like one that does not exist.
        if account.owner != viewer.owner {
            return Err(Refusal::NotLinked.into());
        }
        let road = self.road(account).await?;
        let wish = Wish::new(viewer.clone(), account.clone(), road, outgoing, key).written_by(writer);
        let intent = match self.0.submissions.submit(wish).await? {
            Ok(intent) => intent,
            Err(refusal) => {
                let act = Activity::of(viewer, "message.refused", self.0.clock.now()).on(&account.account);
                self.0.stores.activity.record(&[act]).await?;
                return Err(refusal.into());
            }
        };
        self.0.bell.ring();
        Ok(intent)
    }

    pub(crate) async fn road(&self, account: &AccountKey) -> Result<Road, Problem> {
        Ok(road(&*self.0.stores.links, account, self.0.clock.now()).await?.ok_or(Refusal::NotLinked)?)
    }

    async fn pending(&self, view: &View, conversation: &ConversationKey) -> Result<Vec<Pending>, Problem> {
        let open = IntentQuery::all(PageQuery::first(OPEN)).of(conversation.clone()).open();
        // Content is compared on our own behalf; what is shown of it afterwards is the viewer's.
        let system = View::system(view.owner.clone(), "match echoes with what is on its way out");
        let mut shown = self.0.stores.outbox.intents(view, &open).await?.items;
        let Some(oldest) = shown.iter().map(|intent| intent.created_at).min() else { return Ok(Vec::new()) };
        let whole = self.0.stores.outbox.intents(&system, &open).await?.items;
        let query = MessageQuery::new(conversation.clone(), PageQuery::first(500)).since(oldest - CLOCK_SKEW);
        let echoes = self.0.stores.messages.messages(&system, &query).await?.items;
        let mut matched = pending(whole, &echoes);
        matched.retain_mut(|pending| match shown.iter().position(|intent| intent.id == pending.intent.id) {
            Some(index) => {
                pending.intent = shown.swap_remove(index);
                true
            }
            None => false,
        });
        Ok(matched)
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
