//! Looking at what is here of a page, and writing what is not. What does not read of one conversation keeps no other from being compared.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use link_core::words::content::ReplyTo;
use link_core::words::error::{Error, Result};
use link_core::words::event::{Event, Said};
use link_core::words::ids::{ConversationKey, MessageKey, ScopedId};
use link_core::words::ports::HistoryPage;
use link_core::words::view::View;

use super::Reconciles;
use crate::alias::{Alias, known_elsewhere, stored_where_kept};
use crate::apply::Batch;
use crate::message::Message;
use crate::piece::Fact;
use crate::reconcile::Reconcile;
use crate::reconcile::plan::{Compared, Here};

/// The ids under which messages are kept that another road tells under its own.
type Aliases = Vec<(MessageKey, Alias)>;

/// What is to be written of a page.
pub(super) struct Findings {
    pub(super) facts: Vec<Fact>,
    pub(super) compared: Vec<Compared>,
    pub(super) by_others: Aliases,
}

impl Findings {
    /// What of it is about one person, or about nobody.
    fn of(&self, peer: Option<&ScopedId>, reconcile: &Reconcile) -> Self {
        let facts: Vec<Fact> = self.facts.iter().filter(|fact| fact.event.peer() == peer).cloned().collect();
        let told: BTreeSet<MessageKey> = facts.iter().filter_map(|fact| reconcile.key(&fact.event)).collect();
        let by_others = self.by_others.iter().filter(|(key, _)| told.contains(key)).cloned().collect();
        Self { facts, compared: self.compared.iter().filter(|it| Some(&it.peer) == peer).cloned().collect(), by_others }
    }

    fn batch(&self, reconcile: &Reconcile, as_of: DateTime<Utc>) -> Batch {
        let elsewhere: BTreeSet<&MessageKey> = self.by_others.iter().map(|(key, _)| key).collect();
        let moves = |fact: &Fact| reconcile.key(&fact.event).is_some_and(|key| elsewhere.contains(&key));
        let facts: Vec<Fact> = self.facts.iter().map(|fact| if moves(fact) { quoting_nothing(fact) } else { fact.clone() }).collect();
        let mut batch = Batch::of(&facts).knowing(self.by_others.clone());
        for it in &self.compared {
            if let Some(coverage) = it.proves(as_of, reconcile.confirmed_at) {
                let conversation = ConversationKey { account: reconcile.connection.account.clone(), peer: it.peer.clone() };
                batch = batch.covering(conversation, coverage);
            }
        }
        batch
    }
}

/// What a message quotes is told by an id of the road that tells it, and where the message is kept that id means nothing.
fn quoting_nothing(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    if let Said::Message(content) = &mut fact.event.said {
        content.reply_to.take_if(|quoted| matches!(quoted, ReplyTo::Message(_)));
    }
    fact
}

impl Reconciles {
    /// What is here of a page's messages, and under which other ids. A conversation of which something does not read is taken off the page, and
    /// counts as not compared.
    pub(super) async fn look(&self, reconcile: &mut Reconcile, page: &mut HistoryPage) -> Result<(Here, Aliases)> {
        match self.look_at(reconcile, page).await {
            Err(error) if !error.is_retryable() => {}
            looked => return looked,
        }
        let (mut here, mut by_others) = (Here::default(), Aliases::new());
        let peers: BTreeSet<Option<ScopedId>> = page.events.iter().map(|event| event.peer().cloned()).collect();
        for peer in peers {
            let mut part = page.clone();
            part.events.retain(|event| event.peer() == peer.as_ref());
            match self.look_at(reconcile, &part).await {
                Err(error) if !error.is_retryable() => {
                    page.events.retain(|event| event.peer() != peer.as_ref());
                    leave_out(reconcile, peer.as_ref(), page.as_of, &error);
                }
                looked => {
                    let (found, aliases) = looked?;
                    here.join(found);
                    by_others.extend(aliases);
                }
            }
        }
        Ok((here, by_others))
    }

    async fn look_at(&self, reconcile: &Reconcile, page: &HistoryPage) -> Result<(Here, Aliases)> {
        let account = &reconcile.connection.account;
        let view = View::system(account.owner.clone(), "see what is here already");
        let asked = reconcile.asked_about(page);
        let known = self.messages.known(&view, &asked).await?;
        // What only the history told may have come another way while that was being written: then it stands twice until now.
        let may_be_anothers = |key: &MessageKey| known.get(key).is_none_or(|told| !told.live && !told.answer);
        let is_asked = |event: &Event, of: &BTreeSet<MessageKey>| reconcile.key(event).is_some_and(|key| of.contains(&key));
        let asked: BTreeSet<MessageKey> = asked.into_iter().collect();
        let open: BTreeSet<MessageKey> = asked.iter().filter(|key| may_be_anothers(key)).cloned().collect();
        let peers: BTreeSet<&ScopedId> = page.events.iter().filter(|event| is_asked(event, &open)).filter_map(Event::peer).collect();
        // What is another's already is told along: its place is taken.
        let beside = |event: &&Event| event.peer().is_some_and(|peer| peers.contains(peer)) && is_asked(event, &asked);
        let told: Vec<Event> = page.events.iter().filter(beside).cloned().collect();
        let mut by_others = known_elsewhere(&*self.messages, account, &told).await?;
        by_others.retain(|(key, _)| open.contains(key));
        let reacted_to = reconcile.reacted_to(page).into_iter().filter(|key| known.contains_key(key)).collect();
        let shown = |message: &Message| message.reacted().into_iter().map(|(side, shown)| (side, shown.to_owned())).collect();
        let reacted = stored_where_kept(&*self.messages, reacted_to).await?;
        let reacted = reacted.iter().map(|(key, message)| (key.clone(), shown(message))).collect();
        Ok((Here { known, elsewhere: by_others.iter().map(|(key, _)| key.clone()).collect(), reacted }, by_others))
    }

    /// Writes what was found, in one transaction; if something that is stored does not read, one conversation after the other.
    pub(super) async fn write(&self, reconcile: &mut Reconcile, as_of: DateTime<Utc>, found: &Findings) -> Result<()> {
        match found.batch(reconcile, as_of).write(&*self.messages).await {
            Err(error) if !error.is_retryable() => {}
            written => return written.map(drop),
        }
        let told = found.facts.iter().map(|fact| fact.event.peer().cloned());
        let peers: BTreeSet<Option<ScopedId>> = told.chain(found.compared.iter().map(|it| Some(it.peer.clone()))).collect();
        for peer in peers {
            let batch = found.of(peer.as_ref(), reconcile).batch(reconcile, as_of);
            match batch.write(&*self.messages).await {
                Err(error) if !error.is_retryable() => leave_out(reconcile, peer.as_ref(), as_of, &error),
                written => drop(written?),
            }
        }
        Ok(())
    }
}

fn leave_out(reconcile: &mut Reconcile, peer: Option<&ScopedId>, until: DateTime<Utc>, error: &Error) {
    tracing::error!(%error, account = %reconcile.connection.account.account, "a conversation does not read; it is not compared");
    if let Some(peer) = peer {
        reconcile.miss(peer, until);
    }
}
