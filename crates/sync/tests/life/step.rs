//! What can happen next in the life of a conversation.

use link_core::words::comment::CommentAct;
use link_core::words::event::{Direction, EnforcementAct};
use proptest::prelude::*;

/// One thing that happens. Numbers of messages count round: with three messages, the fourth is the first again.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The person writes.
    Writes(&'static str),
    /// The person shares a picture, and says nothing.
    Shares,
    /// The person writes in answer to a message.
    Quotes(usize, &'static str),
    /// The person writes in answer to a story of the business.
    AnswersAStory(&'static str),
    /// Somebody writes, and the webhook that should tell it is lost: until the history is read, only what becomes of it is heard.
    IsLost(Direction, &'static str),
    /// The person presses a button.
    Presses(&'static str),
    /// The person presses a button, and the platform does not say which message that is.
    PressesWithoutId(&'static str),
    /// The person comes back through a link.
    Returns,
    /// Somebody writes in Meta's own app.
    StaffWrites(&'static str),
    /// Something is sent from here; the platform's answer may be lost.
    Sends { text: &'static str, answered: bool },
    /// Whoever wrote a message changes its text.
    Edits(usize, &'static str),
    /// Whoever wrote a message takes it back.
    Unsends(usize),
    /// The person reacts to a message, or takes the reaction back.
    Reacts(usize, Option<&'static str>),
    /// The person reads all there is.
    Reads,
    /// A message reaches the person's device.
    Receives(usize),
    /// Another app is given the conversation.
    Leaves,
    /// We are given the conversation.
    Comes,
    /// The person is called something else from now on.
    IsCalled(&'static str),
    /// The person comments below a post.
    Comments(&'static str),
    /// Something becomes of a comment.
    Becomes(usize, CommentAct, &'static str),
    /// The platform warns the account, keeps it from writing, or lets it write again.
    Enforces(EnforcementAct),
    /// The person connects an account of the shop's own, or disconnects it.
    Links(Option<&'static str>),
    /// The platform says something of a message that says nothing.
    Murmurs(usize),
    /// The platform says something that has no word here.
    Babbles(u8),
    /// Somebody reads so many of the newest messages of the history, which tells of what was told before less than the webhook did.
    Remembers(usize, Poorer),
    /// The history tells a message in a form that nobody knows.
    Riddle(usize),
}

/// What the history leaves out of a message that a webhook told.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is left out or not, whatever becomes of the others")]
pub(crate) struct Poorer {
    /// Its text; then the platform says that it cannot show the content.
    pub(crate) text: bool,
    /// What is attached to it, or else it is told by another address.
    pub(crate) attachments: bool,
    /// The id of the story that it answers.
    pub(crate) story_id: bool,
    /// The address of that story, which is gone after a day.
    pub(crate) story_url: bool,
}

fn any_poorer() -> impl Strategy<Value = Poorer> {
    (prop::bool::weighted(0.2), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(text, attachments, story_id, story_url)| Poorer {
        text,
        attachments,
        story_id,
        story_url,
    })
}

/// A life: what happens, and how many milliseconds after what happened before.
pub(crate) fn any_steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    prop::collection::vec((1..2_500i64, any_step()), 1..28)
}

fn any_step() -> impl Strategy<Value = Step> {
    let text = prop::sample::select(vec!["hi", "hello", "good day", "see you \u{1f600}"]);
    let emoji = prop::sample::select(vec!["❤", "👍"]);
    let which = 0..12usize;
    prop_oneof![
        5 => text.clone().prop_map(Step::Writes),
        1 => Just(Step::Shares),
        1 => (which.clone(), text.clone()).prop_map(|(which, text)| Step::Quotes(which, text)),
        1 => text.clone().prop_map(Step::AnswersAStory),
        2 => (prop::sample::select(vec![Direction::Inbound, Direction::Outbound]), text.clone())
            .prop_map(|(side, text)| Step::IsLost(side, text)),
        1 => text.clone().prop_map(Step::Presses),
        1 => text.clone().prop_map(Step::PressesWithoutId),
        1 => Just(Step::Returns),
        2 => text.clone().prop_map(Step::StaffWrites),
        2 => (text.clone(), any::<bool>()).prop_map(|(text, answered)| Step::Sends { text, answered }),
        3 => (which.clone(), text.clone()).prop_map(|(which, text)| Step::Edits(which, text)),
        1 => which.clone().prop_map(Step::Unsends),
        3 => (which.clone(), prop::option::of(emoji)).prop_map(|(which, emoji)| Step::Reacts(which, emoji)),
        1 => Just(Step::Reads),
        1 => which.clone().prop_map(Step::Receives),
        1 => Just(Step::Leaves),
        1 => Just(Step::Comes),
        2 => text.clone().prop_map(Step::Comments),
        3 => (which.clone(), any_act(), text.clone()).prop_map(|(which, act, text)| Step::Becomes(which, act, text)),
        1 => prop::sample::select(vec![EnforcementAct::Warned, EnforcementAct::Blocked, EnforcementAct::Unblocked]).prop_map(Step::Enforces),
        1 => prop::option::of(prop::sample::select(vec!["code-1", "code-2"])).prop_map(Step::Links),
        1 => text.prop_map(Step::IsCalled),
        1 => which.clone().prop_map(Step::Murmurs),
        1 => which.prop_map(Step::Riddle),
        1 => (0..3u8).prop_map(Step::Babbles),
        3 => (1..6usize, any_poorer()).prop_map(|(count, poorer)| Step::Remembers(count, poorer)),
    ]
}

fn any_act() -> impl Strategy<Value = CommentAct> {
    use CommentAct::{Answered, Edited, Hidden, Removed, Shown};
    prop::sample::select(vec![Edited, Edited, Hidden, Shown, Removed, Answered])
}
