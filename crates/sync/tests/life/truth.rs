//! How what is stored differs from what the two people did.

use std::fmt::Debug;

use link_core::words::capabilities::{Act, Capabilities, Opener, TextLimit};
use link_core::words::event::Direction;
use link_core::words::ids::{CommentKey, IntentKey, MessageKey};
use link_core::words::platform::Platform;
use link_core::words::rules::Source;
use link_sync::{AccountLink, CodeDigest, IntentState, Message, Ownership, Snapshot};

use crate::lived::{Life, Owned, Written};

const PAGE: Source = Source::new("a page", "2026-06");
/// A platform of which everything opens the window that the person does by themselves.
static PLATFORM: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Characters(9)).with_rules(
    &[],
    &[
        Opener::opens(Act::Message, "", PAGE),
        Opener::opens(Act::Postback, "", PAGE),
        Opener::opens(Act::Reaction, "", PAGE),
        Opener::opens(Act::Referral, "", PAGE),
    ],
    &[],
);

struct Wrong<'a> {
    of: String,
    found: &'a mut Vec<String>,
}

impl Wrong<'_> {
    fn unless<T: PartialEq + Debug>(&mut self, what: &str, stored: &T, lived: &T) {
        if stored != lived {
            self.found.push(format!("{}: {what} is {stored:?}, and was {lived:?}", self.of));
        }
    }
}

/// What is wrong, in sentences; empty if nothing is.
pub(crate) fn differences(life: &Life, stored: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for written in &life.written {
        let key = MessageKey { account: life.scene.account.clone(), road: life.road.clone(), id: written.id.clone() };
        match stored.messages.get(&key) {
            message if written.told.is_none() => {
                let shown = message.is_some_and(Message::is_known);
                found.extend(shown.then(|| format!("{key:?} is shown, and nobody told of it")));
            }
            Some(message) => of_message(life, written, message, &mut Wrong { of: format!("{key:?}"), found: &mut found }),
            None => found.push(format!("{key:?} was written and is not here")),
        }
    }
    let by_id = life.by_id();
    let here = stored.messages.iter().filter(|(key, message)| {
        key.account == life.scene.account && key.road == life.road && message.is_known() && !by_id.contains_key(&key.id)
    });
    found.extend(here.map(|(key, _)| format!("{key:?} is here and was never written")));
    of_intents(life, stored, &mut found);
    of_comments(life, stored, &mut found);
    of_conversation(life, stored, &mut found);
    found
}

fn of_message(life: &Life, written: &Written, message: &Message, wrong: &mut Wrong<'_>) {
    wrong.unless("who wrote it", &message.direction, &Some(written.direction));
    wrong.unless("when it was written", &message.at, &written.told);
    wrong.unless("whom it is to do with", &message.peer, &Some(life.scene.peer.clone()));
    wrong.unless("when it was taken back", &message.unsent, &written.unsent);
    wrong.unless("its intent", &message.intent, &written.intent);
    wrong.unless("when it was read", &message.read, &written.read);
    let stays = written.unsent.is_none();
    wrong.unless("its text", &message.text(), &written.text.as_deref().filter(|_| stays));
    wrong.unless("what it answers", &message.reply_to, &written.reply_to.clone().filter(|_| stays));
    let shown: Vec<_> = message.attachments().iter().map(|one| one.url.clone()).collect();
    let shared: Vec<_> = written.attachments.iter().filter(|_| stays).map(|one| one.url.clone()).collect();
    wrong.unless("what is attached", &shown, &shared);
    let reaction = message.reactions.get(&Direction::Inbound).and_then(|told| told.value.clone());
    wrong.unless("the person's reaction", &reaction, &written.reaction.clone().filter(|_| stays));
    wrong.unless("how often it was edited", &message.edits.unwrap_or_default(), &if stays { written.edits } else { 0 });
}

fn of_intents(life: &Life, stored: &Snapshot, found: &mut Vec<String>) {
    for intent in &life.intents {
        let key = IntentKey { owner: life.scene.account.owner.clone(), id: intent.id };
        let became = life.written.iter().find(|it| it.intent == Some(intent.id)).map(|it| it.id.clone());
        let mut wrong = Wrong { of: format!("intent {}", intent.id), found: &mut *found };
        let says = stored.intents.get(&key).and_then(|stored| match &stored.state {
            IntentState::Sent { message, .. } => Some(message.clone()),
            _ => None,
        });
        wrong.unless("what became of it", &says, &became);
    }
}

fn of_comments(life: &Life, stored: &Snapshot, found: &mut Vec<String>) {
    for remark in &life.remarks {
        let key = CommentKey { account: life.scene.account.clone(), road: life.road.clone(), id: remark.id.clone() };
        let comment = stored.comments.get(&key).cloned().unwrap_or_default();
        let (stays, mut wrong) = (remark.removed.is_none(), Wrong { of: format!("{key:?}"), found: &mut *found });
        wrong.unless("who wrote it", &comment.by, &Some(life.scene.peer.clone()));
        wrong.unless("when it was written", &comment.at, &Some(remark.at));
        wrong.unless("its text", &comment.text.map(|told| told.value), &Some(remark.text.clone()).filter(|_| stays));
        wrong.unless("whether it is hidden", &comment.hidden.map(|told| told.value), &remark.hidden.filter(|_| stays));
        wrong.unless("when it was taken away", &comment.removed, &remark.removed);
        wrong.unless("when it was answered", &comment.answered, &remark.answered);
    }
}

/// What is true of the account, as far as this life knows: another life at the same account may have it otherwise.
pub(crate) fn is_blocked(life: &Life, stored: &Snapshot) -> Option<bool> {
    let state = stored.accounts.get(&life.scene.account)?;
    state.restriction.as_ref().map(|told| told.value.blocked)
}

fn of_conversation(life: &Life, stored: &Snapshot, found: &mut Vec<String>) {
    let said = stored.conversations.get(&life.scene.conversation()).cloned().unwrap_or_default();
    let mut wrong = Wrong { of: format!("the conversation at {}", life.scene.account.account), found };
    let (inbound, outbound) = (life.last(Direction::Inbound), life.last(Direction::Outbound));
    wrong.unless("when anything was written", &said.last_activity, &inbound.max(outbound));
    wrong.unless("when the business wrote", &said.last_outbound, &outbound);
    wrong.unless("when the person acted", &said.opened(&PLATFORM), &life.last_inbound());
    wrong.unless("up to when all was read", &said.read_up_to, &life.read_up_to);
    wrong.unless("up to when all arrived", &said.delivered_up_to, &life.delivered_up_to);
    let linked = said.linked.as_ref().map(|told| &told.value);
    let code = |code: &Option<String>| code.as_deref().map(CodeDigest::of);
    let lived = life.linked.as_ref().map(|it| code(it).map_or(AccountLink::Unlinked, |code| AccountLink::Linked { code: Some(code) }));
    wrong.unless("the account that is connected", &linked, &lived.as_ref());
    wrong.unless("the name", &said.name.map(|told| told.value), &life.name);
    let owned = said.ownership.map(|told| if told.value == Ownership::Ours { Owned::Here } else { Owned::Elsewhere });
    wrong.unless("who may answer", &owned, &life.owned);
}
