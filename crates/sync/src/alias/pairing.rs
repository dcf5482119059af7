//! Which telling of one road is which message of another.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::content::Content;
use link_core::words::event::{Direction, Event, Said};
use link_core::words::ids::{AccountKey, ConversationKey, MessageKey};
use link_core::words::platform::Road;

use super::Alias;
use crate::message::{Message, MessageRow, Teller, Tellers};
use crate::piece::{Fact, OWN_POSTBACK, own_postback};

/// One road's telling of a message.
#[derive(Debug, Clone)]
pub(super) struct Telling<'a> {
    pub(super) key: MessageKey,
    pub(super) at: DateTime<Utc>,
    teller: Teller,
    direction: Direction,
    content: &'a Content,
    edited: bool,
    /// True if it stands here under its own id.
    stands: bool,
}

impl<'a> Telling<'a> {
    /// The message that an event tells; `None` if it tells none, or not when it was written.
    pub(super) fn of(account: &AccountKey, event: &'a Event) -> Option<Self> {
        let Said::Message(content) = &event.said else { return None };
        let key = MessageKey { account: account.clone(), road: event.road.clone(), id: content.id.clone()? };
        let (at, teller, direction) = (event.at?.at, Teller::from(event.channel), event.direction);
        Some(Self { key, at, teller, direction, content, edited: false, stands: false })
    }

    /// With what was said of it before, here or among the same events.
    pub(super) fn knowing(mut self, edited: bool) -> Self {
        self.edited |= edited;
        self
    }

    const fn standing(mut self, stands: bool) -> Self {
        self.stands = stands;
        self
    }

    fn text(&self) -> &str {
        self.content.text.as_deref().unwrap_or_default()
    }

    /// True if something was said of which nothing reads.
    fn cannot_be_shown(&self) -> bool {
        let is_bare = self.text().is_empty() && self.content.attachments.is_empty();
        is_bare && (self.content.unsupported || self.content.more.is_some())
    }

    /// True if the row is a button with this text that was pressed within a second, of which the same road told under no id of its own. What a
    /// delivery told was written by hand.
    fn is_title(&self, row: &MessageRow) -> bool {
        let is_remembered = self.teller == Teller::History && self.direction == Direction::Inbound && !self.text().is_empty();
        let is_ours = row.key.road == self.key.road && row.key.id.as_str().starts_with(OWN_POSTBACK);
        is_remembered && is_ours && is_near(row, self.at) && row.state.text() == Some(self.text())
    }

    /// True if the row is of the same person's same second, and this road told it under no id yet.
    fn is_beside(&self, here: &Here) -> bool {
        let state = &here.row.state;
        let same_second = state.at.is_some_and(|kept| whole_second(kept.at) == whole_second(self.at));
        !here.roads.contains(&self.key.road) && state.direction == Some(self.direction) && same_second
    }

    /// Webhooks and history describe the same picture differently, so of attachments only that there are any counts; and beside a text not
    /// even that, for history tells the link inside it once more as something shared.
    fn is(&self, here: &Here) -> bool {
        let (state, text) = (&here.row.state, here.row.state.text().unwrap_or_default());
        let with_attachments = state.attachments().is_empty() != self.content.attachments.is_empty();
        let hides_some = state.unsupported || self.content.unsupported || state.cannot_be_shown() || self.cannot_be_shown();
        let told_alike = !text.is_empty() || hides_some || !with_attachments;
        self.is_beside(here) && state.unsent.is_none() && text == self.text() && told_alike
    }

    /// True if it can be the row with another text, because somebody edited the one or the other.
    fn is_edited(&self, row: &MessageRow) -> bool {
        let both_with_text = !self.text().is_empty() && row.state.text().is_some_and(|text| !text.is_empty());
        let plain = row.state.unsent.is_none() && !row.state.unsupported && !self.content.unsupported;
        both_with_text && plain && (self.edited || is_edited(&row.state))
    }
}

/// True if a row is of about the same time, where one of both is known to the second only.
fn is_near(row: &MessageRow, at: DateTime<Utc>) -> bool {
    row.state.at.is_some_and(|kept| (whole_second(kept.at) - whole_second(at)).abs() <= TimeDelta::seconds(1))
}

/// A button that was pressed, as a delivery tells that names no message.
pub(super) struct Press<'a> {
    pub(super) conversation: ConversationKey,
    pub(super) at: DateTime<Utc>,
    /// Under which id of our own it is kept.
    pub(super) own: MessageKey,
    title: &'a str,
}

impl<'a> Press<'a> {
    pub(super) fn of(fact: &'a Fact) -> Option<Self> {
        let event = &fact.event;
        let Said::Postback(postback) = &event.said else { return None };
        let (title, at, peer) = (postback.title.as_deref()?, event.at?.at, event.peer()?);
        let id = own_postback(peer, at).filter(|_| postback.message.is_none())?;
        let account = AccountKey::new(fact.owner.clone(), event.account.clone());
        let own = MessageKey { account: account.clone(), road: event.road.clone(), id };
        Some(Self { conversation: ConversationKey { account, peer: peer.clone() }, at, own, title })
    }

    /// True if only the history told the row, as what stood on the button.
    pub(super) fn has_title(&self, row: &MessageRow) -> bool {
        let state = &row.state;
        let is_remembered = state.told.history && !state.told.live && !state.postback && state.direction == Some(Direction::Inbound);
        is_remembered && row.key.road == self.own.road && is_near(row, self.at) && state.text() == Some(self.title)
    }
}

/// True if one of these is the title of one of these buttons: then it has to be known which are told apart already.
pub(super) fn may_be_presses(rows: &[MessageRow], told: &[Telling<'_>]) -> bool {
    told.iter().any(|telling| rows.iter().any(|row| telling.is_title(row)))
}

/// Pairs what the history tells of one conversation with the buttons that were pressed in it, each once, the nearest in time first. A button whose
/// title was told already has none to get, and what is known to be one has its place: `stored` is what is here under the tellings' ids.
pub(super) fn presses(rows: &[MessageRow], told: &[Telling<'_>], stored: &BTreeMap<MessageKey, Message>) -> Vec<(MessageKey, Alias)> {
    let is_open = |telling: &&Telling<'_>| stored.get(&telling.key).is_none_or(|own| own.same_as.is_none() && !own.told.live);
    let waiting = || rows.iter().filter(|row| !row.state.told.history);
    let of = |telling: &Telling<'_>| {
        let fitting = waiting().filter(|row| telling.is_title(row));
        let pair = |row: &MessageRow| Some((distance(telling.at, row.state.at?.at), telling.key.clone(), row.key.clone()));
        fitting.filter_map(pair).collect::<Vec<_>>()
    };
    nearest(told.iter().filter(is_open).flat_map(of).collect())
}

/// Each title with the button that it is nearest to, each once.
pub(super) fn nearest(mut fitting: Vec<(TimeDelta, MessageKey, MessageKey)>) -> Vec<(MessageKey, Alias)> {
    fitting.sort();
    // By their whole keys: several owners may have linked the same Page.
    let mut found: Vec<(&MessageKey, &MessageKey)> = Vec::new();
    for (_, title, press) in &fitting {
        if found.iter().all(|(key, kept)| *key != title && *kept != press) {
            found.push((title, press));
        }
    }
    found.into_iter().map(|(title, press)| (title.clone(), Alias { road: press.road.clone(), id: press.id.clone() })).collect()
}

/// How far a time is from a whole second.
pub(super) fn distance(second: DateTime<Utc>, at: DateTime<Utc>) -> TimeDelta {
    let first = whole_second(second);
    let last = first + TimeDelta::nanoseconds(999_999_999);
    (first - at).max(at - last).max(TimeDelta::zero())
}

/// A row, and the roads that told it: each of them has one id for it, so what else a road tells is another message.
struct Here {
    row: MessageRow,
    roads: BTreeSet<Road>,
}

impl Here {
    fn of(row: MessageRow, aliases: &BTreeMap<MessageKey, BTreeSet<MessageKey>>) -> Self {
        let others = aliases.get(&row.key).into_iter().flatten().map(|alias| alias.road.clone());
        let roads = others.chain([row.key.road.clone()]).collect();
        Self { row, roads }
    }
}

/// Pairs tellings of one conversation with its rows, each row once. History is told newest first and news oldest first, so they are
/// paired from that end on: between wordless messages of one second nothing else decides. Rows that history did not tell yet come first,
/// since the second may have been cut in two by the end of a page; to what a webhook told, no other webhook's telling is added.
///
/// What is left is compared without its text: where of one side's second one row and one telling are left, and one of them is known to
/// be edited, they are one. What was edited without anybody telling stays two. Rows of one second that only history told stand in the
/// order of their ids, so what comes late by webhook may find the wrong one of two pictures.
///
/// `stored` is what is here under the tellings' own ids, `aliases` under which other ids the rows were told. What their own road told as news, or is
/// known to be another road's, is not paired again, nor is what stands here already and was sent: a wish may have been settled by that id. What
/// somebody wrote and stands here is only paired with what no history told yet, for there it may have come at the same moment; anything else was
/// there to be found.
pub(super) fn pairs(
    rows: Vec<MessageRow>,
    told: Vec<Telling<'_>>,
    stored: &BTreeMap<MessageKey, Message>,
    aliases: &BTreeMap<MessageKey, BTreeSet<MessageKey>>,
) -> Vec<(MessageKey, Alias)> {
    let mut rows: Vec<Here> = rows.into_iter().map(|row| Here::of(row, aliases)).collect();
    let (mut found, mut left): (Vec<(MessageKey, Alias)>, Vec<Telling<'_>>) = (Vec::new(), Vec::new());
    for telling in unsettled(&mut rows, told, stored) {
        if found.iter().any(|(_, kept)| (&kept.road, &kept.id) == (&telling.key.road, &telling.key.id)) {
            continue;
        }
        match place(&rows, &telling) {
            Some(place) => found.push(pair(telling.key, rows.remove(place))),
            None => left.push(telling),
        }
    }
    let second = |telling: &Telling<'_>| (telling.direction, whole_second(telling.at));
    for telling in left.iter().filter(|telling| !telling.stands) {
        let alone = left.iter().filter(|other| second(other) == second(telling)).count() == 1;
        let mut beside = (0..rows.len()).filter(|place| telling.is_beside(&rows[*place]));
        if let (true, Some(only), None) = (alone, beside.next(), beside.next())
            && telling.is_edited(&rows[only].row)
            // What a history told in other words is another message.
            && !rows[only].row.state.told.history
        {
            found.push(pair(telling.key.clone(), rows.remove(only)));
        }
    }
    found
}

/// The tellings that may be another road's, each once and in the order in which they are paired. The rows of the others are taken.
fn unsettled<'a>(rows: &mut Vec<Here>, told: Vec<Telling<'a>>, stored: &BTreeMap<MessageKey, Message>) -> Vec<Telling<'a>> {
    let mut open: Vec<Telling<'a>> = Vec::new();
    for telling in told {
        let own = stored.get(&telling.key);
        if let Some(kept) = own.and_then(|own| own.same_as.as_ref()) {
            let kept = kept.key(&telling.key.account);
            rows.retain(|here| here.row.key != kept);
        } else if !own.is_some_and(is_settled) && open.iter().all(|other| other.key != telling.key) {
            open.push(telling.knowing(own.is_some_and(is_edited)).standing(own.is_some_and(Message::is_known)));
        }
    }
    // The sort is stable: history stays as it was told.
    open.sort_by_key(|telling| (telling.teller != Teller::History).then_some(telling.at));
    open
}

fn pair(key: MessageKey, here: Here) -> (MessageKey, Alias) {
    (key, Alias { road: here.row.key.road, id: here.row.key.id })
}

fn place(rows: &[Here], telling: &Telling<'_>) -> Option<usize> {
    let mut fitting = (0..rows.len()).filter(|place| telling.is(&rows[*place]));
    if telling.teller != Teller::History {
        let is_taken = |told: Tellers| told.live || telling.stands && told.history;
        return fitting.find(|place| !is_taken(rows[*place].row.state.told));
    }
    let newest_first: Vec<usize> = fitting.rev().collect();
    let other = newest_first.first().filter(|_| !telling.stands);
    newest_first.iter().find(|place| !rows[**place].row.state.told.history).or(other).copied()
}

/// True of a message that its own road brought as news: it is no other road's. And of one that was sent, once it stands here.
fn is_settled(own: &Message) -> bool {
    own.is_known() && (own.told.live || own.told.answer || own.direction == Some(Direction::Outbound))
}

fn is_edited(message: &Message) -> bool {
    message.edits.is_some_and(|edits| edits > 0)
}

/// History tells whole seconds.
pub(super) fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}
