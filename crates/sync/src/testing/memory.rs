//! Stores in memory, for tests only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::event::Direction;
use link_core::words::feed::Happening;
use link_core::words::ids::{AccountId, AccountKey, CommentKey, ConversationKey, IntentId, IntentKey, MessageKey};
use link_core::words::page::{Cursor, Page, PageQuery};
use link_core::words::rates::RateKind;
use link_core::words::view::View;

use crate::account::AccountState;
use crate::alias::way_to;
use crate::apply::told_of_intent;
use crate::budget::{Priority, Rest};
use crate::checkpoint::Cleared;
use crate::comment::{Comment, CommentRow};
use crate::conversation::{Conversation, ConversationRow, Person};
use crate::intent::{Intent, IntentState, Proof};
use crate::message::{Message, MessageRow, Tellers};
use crate::notice::Notice;
use crate::store::{Claim, IntentQuery, Keys, MessageQuery, MessageStore, Outbox, Snapshot, Step};
use crate::turn::{Waiting, in_turn};

/// Messages and intents in memory. What it holds can be compared as a whole.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    stored: Snapshot,
    notices: BTreeMap<(link_core::words::ids::AccountKey, [u8; 32]), Notice>,
    told: Vec<Happening>,
    /// Messages whose rows do not read.
    spoiled: BTreeSet<MessageKey>,
    /// When each owner's account was last served.
    served: BTreeMap<link_core::words::ids::AccountKey, DateTime<Utc>>,
}

impl Memory {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that is stored.
    pub fn stored(&self) -> Snapshot {
        self.held().stored.clone()
    }

    /// Everything that was told, in order.
    pub fn told(&self) -> Vec<Happening> {
        self.held().told.clone()
    }

    /// From now on what is stored of a message does not read.
    pub fn spoil(&self, key: MessageKey) {
        self.held().spoiled.insert(key);
    }

    /// The digests of the notices that are kept.
    pub fn kept(&self) -> BTreeSet<[u8; 32]> {
        self.held().notices.keys().map(|(_, digest)| *digest).collect()
    }
}

fn pick<K: Ord + Clone, V: Clone>(from: &BTreeMap<K, V>, keys: &BTreeSet<K>) -> BTreeMap<K, V> {
    keys.iter().filter_map(|key| Some((key.clone(), from.get(key)?.clone()))).collect()
}

/// Cuts a page out of sorted rows. The cursor is the number of the row before; enough where nobody writes between two pages.
fn page<T>(rows: Vec<T>, query: &PageQuery) -> Result<Page<T>> {
    let wrong = |_| Error::new(ErrorKind::Invalid, "read a cursor that this store did not give");
    let from: usize = query.after.as_ref().map_or(Ok(0), |cursor| cursor.as_str().parse()).map_err(wrong)?;
    let end = from + query.limit() as usize;
    let next = (rows.len() > end).then(|| Cursor::new(end.to_string()));
    Ok(Page::new(rows.into_iter().skip(from).take(query.limit() as usize).collect(), next))
}

impl Held {
    fn row(&self, key: &ConversationKey, state: &Conversation, view: &View) -> ConversationRow {
        let mut messages: Vec<_> = self.messages_of(key).collect();
        messages.sort_by_key(|(key, message)| (message.at.map(|at| at.at), (*key).clone()));
        let snippet = messages.last().and_then(|(_, message)| message.text().map(str::to_owned));
        let unread = |message: &&Message| {
            message.direction == Some(Direction::Inbound)
                && message.unsent.is_none()
                && message.at.is_some_and(|at| state.unread_since().is_none_or(|since| at.at > since))
        };
        let unread = messages.iter().map(|(_, message)| *message).filter(unread).count();
        ConversationRow::new(key.clone(), state.clone(), snippet, u32::try_from(unread).unwrap_or(u32::MAX), view)
    }

    /// Forgets what was kept of messages that are taken back, if these rows are theirs or say that they are.
    fn wipe_notices(&mut self, changed: &BTreeSet<MessageKey>) {
        let messages = &self.stored.messages;
        let is_back = |notice: &Notice| {
            let Some(key) = notice.message_key() else { return false };
            let way = way_to(messages, key);
            let is_unsent = way.last().and_then(|place| messages.get(place)).is_some_and(|message| message.unsent.is_some());
            is_unsent && way.iter().any(|key| changed.contains(key))
        };
        self.notices.retain(|_, notice| !is_back(notice));
    }

    fn messages_of<'a>(&'a self, key: &'a ConversationKey) -> impl Iterator<Item = (&'a MessageKey, &'a Message)> {
        let of = move |(at, message): &(&MessageKey, &Message)| {
            at.account == key.account && message.is_known() && message.peer.as_ref() == Some(&key.peer)
        };
        self.stored.messages.iter().filter(of)
    }

    /// What could be taken of conversations of which none is being sent and does not rest: the first of each, or what passes a private reply that
    /// could not leave itself. Of what is available at a time, or else of everything, at its own time.
    fn waiting(&self, except: &[Rest], now: Option<DateTime<Utc>>) -> Vec<Waiting<Intent>> {
        let mut conversations: BTreeMap<ConversationKey, Vec<&Intent>> = BTreeMap::new();
        for intent in self.stored.intents.values().filter(|intent| intent.is_in_line()) {
            conversations.entry(intent.conversation()).or_default().push(intent);
        }
        let rests = |intent: &Intent| {
            let of = |rest: &&Rest| rest.account == intent.account.account && rest.kind == intent.rate();
            except.iter().filter(of).any(|rest| intent.priority >= rest.priority)
        };
        let mut waiting = Vec::new();
        for mut line in conversations.into_values() {
            if line.iter().any(|intent| !matches!(intent.state, IntentState::Queued)) {
                continue;
            }
            line.sort_by_key(|intent| (intent.created_at, intent.id));
            let line: Vec<Intent> = (0..line.len()).map(|place| hurried(&line[place..])).collect();
            for (place, head) in line.iter().enumerate() {
                let at = now.unwrap_or(head.available_at);
                let passed = |ahead: &Intent| ahead.lets_others_pass() && (ahead.available_at > at || rests(ahead));
                if line[..place].iter().all(passed) && head.available_at <= at && !rests(head) {
                    let served = self.served.get(&head.account).copied();
                    let (account, since) = (head.account.clone(), (head.created_at, head.id));
                    waiting.push(Waiting { account, priority: head.priority, since, served, of: head.clone() });
                }
            }
        }
        waiting
    }

    fn queue(&mut self, cleared: &Cleared) -> Result<Intent> {
        let intent = cleared.intent();
        let same = |known: &&Intent| known.account.owner == intent.account.owner && known.key == intent.key;
        if let Some(known) = self.stored.intents.values().find(same) {
            return cleared.repeats(known.clone());
        }
        let mut intent = intent.clone();
        let before = self.stored.intents.values().filter(|other| other.is_in_line() && other.conversation() == intent.conversation());
        intent.line_up(before.map(|other| other.created_at).max());
        let behind = |other: &&mut Intent| other.is_in_line() && other.conversation() == intent.conversation();
        for other in self.stored.intents.values_mut().filter(behind).filter(|other| other.priority > intent.priority) {
            other.priority = intent.priority;
            if !other.lets_others_pass() {
                other.available_at = other.available_at.min(intent.available_at);
            }
        }
        self.stored.intents.insert(intent.intent_key(), intent.clone());
        self.told.push(told_of_intent(&intent, intent.created_at));
        Ok(intent)
    }

    fn rows(&self, view: &View) -> Vec<ConversationRow> {
        let shown = |(key, state): &(&ConversationKey, &Conversation)| shows(view, &key.account) && state.is_known();
        let mut rows: Vec<_> = self.stored.conversations.iter().filter(shown).map(|(key, state)| self.row(key, state, view)).collect();
        rows.sort_by(|a, b| (b.state.last_activity, &b.key).cmp(&(a.state.last_activity, &a.key)));
        rows
    }
}

/// The first of a line as it counts: with the greatest hurry of those behind it, and no later than them unless they pass it.
fn hurried(line: &[&Intent]) -> Intent {
    let mut head = line[0].clone();
    let in_a_hurry = line.iter().filter(|intent| intent.priority < head.priority && !head.lets_others_pass());
    head.available_at = in_a_hurry.map(|intent| intent.available_at).chain([head.available_at]).min().unwrap_or(head.available_at);
    head.priority = line.iter().map(|intent| intent.priority).min().unwrap_or(head.priority);
    head
}

fn shows(view: &View, account: &link_core::words::ids::AccountKey) -> bool {
    view.owner == account.owner && view.shows(&account.account)
}

#[async_trait]
impl MessageStore for Memory {
    async fn update(&self, keys: &Keys, step: &Step<'_>) -> Result<()> {
        let mut held = self.held();
        if keys.messages.iter().any(|key| held.spoiled.contains(key)) {
            return Err(Error::new(ErrorKind::Corrupt, "read a message"));
        }
        let snapshot = Snapshot {
            messages: pick(&held.stored.messages, &keys.messages),
            conversations: pick(&held.stored.conversations, &keys.conversations),
            intents: pick(&held.stored.intents, &keys.intents),
            comments: pick(&held.stored.comments, &keys.comments),
            accounts: pick(&held.stored.accounts, &keys.accounts),
        };
        let change = step(snapshot);
        let changed: BTreeSet<MessageKey> = change.messages.keys().cloned().collect();
        held.stored.messages.extend(change.messages);
        held.wipe_notices(&changed);
        held.stored.conversations.extend(change.conversations);
        held.stored.intents.extend(change.intents);
        held.stored.comments.extend(change.comments);
        held.stored.accounts.extend(change.accounts);
        for notice in change.notices {
            held.notices.insert((notice.account.clone(), notice.digest()), notice);
        }
        held.told.extend(change.happenings);
        Ok(())
    }

    async fn conversations(&self, view: &View, query: &PageQuery) -> Result<Page<ConversationRow>> {
        page(self.held().rows(view), query)
    }

    async fn conversation(&self, view: &View, key: &ConversationKey) -> Result<Option<ConversationRow>> {
        let held = self.held();
        let state = held.stored.conversations.get(key).filter(|state| shows(view, &key.account) && state.is_known());
        Ok(state.map(|state| held.row(key, state, view)))
    }

    async fn messages(&self, view: &View, query: &MessageQuery) -> Result<Page<MessageRow>> {
        if !shows(view, &query.conversation.account) {
            return Ok(Page::empty());
        }
        let held = self.held();
        let late = |message: &Message| {
            let within = |at: chrono::DateTime<chrono::Utc>| {
                query.since.is_none_or(|since| at >= since) && query.until.is_none_or(|until| at < until)
            };
            query.since.is_none() && query.until.is_none() || message.at.is_some_and(|at| within(at.at))
        };
        let mut rows: Vec<_> = held.messages_of(&query.conversation).filter(|(_, message)| late(message)).collect();
        if rows.iter().any(|(key, _)| held.spoiled.contains(key)) {
            return Err(Error::new(ErrorKind::Corrupt, "read a message"));
        }
        rows.sort_by(|a, b| (b.1.at.map(|at| at.at), b.0).cmp(&(a.1.at.map(|at| at.at), a.0)));
        page(rows.into_iter().map(|(key, message)| MessageRow::new(key.clone(), message.clone(), view)).collect(), &query.page)
    }

    async fn message(&self, view: &View, key: &MessageKey) -> Result<Option<MessageRow>> {
        let held = self.held();
        let message = held.stored.messages.get(key).filter(|message| shows(view, &key.account) && message.is_known());
        Ok(message.map(|message| MessageRow::new(key.clone(), message.clone(), view)))
    }

    async fn known(&self, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, Tellers>> {
        let held = self.held();
        let kept = |key: &MessageKey| {
            let alias = held.stored.messages.get(key)?.same_as.as_ref().map(|alias| alias.key(&key.account));
            held.stored.messages.get(&alias.unwrap_or_else(|| key.clone())).filter(|message| message.is_known())
        };
        let shown = keys.iter().filter(|key| shows(view, &key.account));
        Ok(shown.filter_map(|key| Some((key.clone(), kept(key)?.told))).collect())
    }

    async fn aliases(&self, view: &View, keys: &[MessageKey]) -> Result<BTreeMap<MessageKey, BTreeSet<MessageKey>>> {
        let held = self.held();
        let asked: BTreeSet<&MessageKey> = keys.iter().filter(|key| shows(view, &key.account)).collect();
        let mut aliases = BTreeMap::<_, BTreeSet<_>>::new();
        for (key, _) in held.stored.messages.iter().filter(|(_, message)| message.same_as.is_some()) {
            for kept in way_to(&held.stored.messages, key.clone()).split_off(1).into_iter().filter(|kept| asked.contains(kept)) {
                aliases.entry(kept).or_default().insert(key.clone());
            }
        }
        Ok(aliases)
    }

    async fn settled_as(&self, view: &View, messages: &[MessageKey]) -> Result<Vec<IntentKey>> {
        let held = self.held();
        let is_one = |intent: &&Intent| {
            let by_history = matches!(intent.state, IntentState::Sent { by: Proof::History, .. });
            by_history && shows(view, &intent.account) && intent.message().is_some_and(|message| messages.contains(&message))
        };
        Ok(held.stored.intents.values().filter(is_one).map(Intent::intent_key).collect())
    }

    async fn people(&self, view: &View, query: &PageQuery) -> Result<Page<Person>> {
        page(self.held().rows(view).iter().filter_map(Person::single).collect(), query)
    }

    async fn notices(&self, view: &View, query: &PageQuery) -> Result<Page<Notice>> {
        let held = self.held();
        let all = view.fields == link_core::words::view::Fields::ALL;
        let mut rows: Vec<_> = held.notices.values().filter(|notice| all && shows(view, &notice.account)).cloned().collect();
        rows.sort_by_key(|notice| std::cmp::Reverse((notice.at, notice.digest())));
        page(rows, query)
    }

    async fn comments(&self, view: &View, query: &PageQuery) -> Result<Page<CommentRow>> {
        let held = self.held();
        let shown = |(key, comment): &(&CommentKey, &Comment)| shows(view, &key.account) && comment.is_known();
        let mut rows: Vec<_> = held.stored.comments.iter().filter(shown).collect();
        rows.sort_by(|a, b| (b.1.at, b.0).cmp(&(a.1.at, a.0)));
        page(rows.into_iter().map(|(key, comment)| CommentRow::new(key.clone(), comment.clone(), view)).collect(), query)
    }

    async fn comment(&self, view: &View, key: &CommentKey) -> Result<Option<CommentRow>> {
        let held = self.held();
        let comment = held.stored.comments.get(key).filter(|comment| shows(view, &key.account) && comment.is_known());
        Ok(comment.map(|comment| CommentRow::new(key.clone(), comment.clone(), view)))
    }

    async fn account(&self, view: &View, key: &AccountKey) -> Result<Option<AccountState>> {
        Ok(self.held().stored.accounts.get(key).filter(|_| shows(view, key)).cloned())
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn queue_all(&self, cleared: &[Cleared]) -> Result<Vec<Intent>> {
        let mut held = self.held();
        let (stored, told) = (held.stored.clone(), held.told.len());
        let queued: Result<Vec<_>> = cleared.iter().map(|cleared| held.queue(cleared)).collect();
        if queued.is_err() {
            held.stored = stored;
            held.told.truncate(told);
        }
        queued
    }

    async fn claim(&self, claim: &Claim) -> Result<Vec<Intent>> {
        let mut held = self.held();
        let mut open = held.waiting(&claim.except, Some(claim.now));
        open.retain(|waiting| waiting.priority <= claim.lowest);
        let mut claimed = Vec::new();
        for waiting in in_turn(open, claim.limit as usize) {
            let mut intent = waiting.of;
            intent.priority = waiting.priority;
            intent.claim(claim.now, claim.now + TimeDelta::from_std(claim.lease).unwrap_or_default());
            held.served.insert(waiting.account, claim.now);
            held.stored.intents.insert(intent.intent_key(), intent.clone());
            claimed.push(intent);
        }
        Ok(claimed)
    }

    async fn ahead(&self, account: &AccountId, kind: RateKind, priority: Priority) -> Result<u64> {
        let held = self.held();
        let counts = |intent: &&Intent| {
            matches!(intent.state, IntentState::Queued)
                && intent.account.account == *account
                && intent.priority <= priority
                && intent.rate().counts_as().contains(&kind)
        };
        Ok(held.stored.intents.values().filter(counts).count() as u64)
    }

    async fn claim_unknown(&self, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Intent>> {
        let mut held = self.held();
        let due = held.stored.intents.values().filter(|intent| intent.look_at().is_some_and(|at| at <= now));
        let Some(first) = due.min_by_key(|intent| (intent.look_at(), intent.id)).cloned() else { return Ok(Vec::new()) };
        let of_it = |intent: &&Intent| matches!(intent.state, IntentState::Unknown { .. }) && intent.conversation() == first.conversation();
        let mut taken: Vec<Intent> = held.stored.intents.values().filter(of_it).cloned().collect();
        taken.sort_by_key(|intent| (intent.created_at, intent.id));
        for intent in taken.iter_mut().filter(|intent| intent.look_at().is_some()) {
            intent.available_at = now + TimeDelta::from_std(lease).unwrap_or_default();
            held.stored.intents.insert(intent.intent_key(), intent.clone());
        }
        Ok(taken)
    }

    async fn next_unknown(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.held().stored.intents.values().filter_map(Intent::look_at).min())
    }

    async fn lapse(&self, now: DateTime<Utc>) -> Result<u64> {
        let mut held = self.held();
        let lapsed: Vec<Intent> = held
            .stored
            .intents
            .values()
            .filter(|intent| matches!(intent.state, IntentState::Sending { until } if until <= now))
            .cloned()
            .collect();
        for mut intent in lapsed.iter().cloned() {
            intent.lapse();
            held.told.push(told_of_intent(&intent, now));
            held.stored.intents.insert(intent.intent_key(), intent);
        }
        Ok(lapsed.len() as u64)
    }

    async fn wake(&self, now: DateTime<Utc>) -> Result<u64> {
        let mut held = self.held();
        let asleep = held.stored.intents.values_mut().filter(|intent| intent.waits_by_a_wrong_clock(now));
        Ok(asleep.map(|intent| intent.available_at = now).count() as u64)
    }

    async fn next_available(&self, except: &[Rest]) -> Result<Option<DateTime<Utc>>> {
        let held = self.held();
        let waiting = held.waiting(except, None).into_iter().map(|waiting| waiting.of.available_at);
        let leases = held.stored.intents.values().filter_map(|intent| match &intent.state {
            IntentState::Sending { until } => Some(*until),
            _ => None,
        });
        Ok(waiting.chain(leases).min())
    }

    async fn intents(&self, view: &View, query: &IntentQuery) -> Result<Page<Intent>> {
        let held = self.held();
        let wanted = |intent: &&Intent| {
            shows(view, &intent.account)
                && query.conversation.as_ref().is_none_or(|conversation| intent.conversation() == *conversation)
                && (!query.open_only
                    || matches!(intent.state, IntentState::Queued | IntentState::Sending { .. } | IntentState::Unknown { .. }))
                && (!query.settled_by_history || matches!(intent.state, IntentState::Sent { by: Proof::History, .. }))
        };
        let mut rows: Vec<_> = held.stored.intents.values().filter(wanted).map(|intent| intent.clone().through(view.fields)).collect();
        rows.sort_by_key(|intent| (intent.created_at, intent.id));
        if query.newest_first {
            rows.reverse();
        }
        page(rows, &query.page)
    }

    async fn intent(&self, view: &View, id: IntentId) -> Result<Option<Intent>> {
        let held = self.held();
        let intent = held.stored.intents.get(&IntentKey { owner: view.owner.clone(), id });
        Ok(intent.filter(|intent| shows(view, &intent.account)).map(|intent| intent.clone().through(view.fields)))
    }

    async fn keyed(&self, view: &View, key: &str) -> Result<Option<Intent>> {
        let held = self.held();
        let intent = held.stored.intents.values().find(|intent| intent.key == key && shows(view, &intent.account));
        Ok(intent.map(|intent| intent.clone().through(view.fields)))
    }
}
