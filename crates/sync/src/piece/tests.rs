use link_core::words::raw::Raw;

use super::*;
use crate::testing::{Scene, at};

fn scene() -> Scene {
    Scene::new("o", "messenger:1", "7")
}

fn piece(fact: &Fact) -> Piece {
    let mut piece = Piece::default();
    piece.tell(fact);
    piece
}

/// When the window was opened by what is told, if it was.
fn opened(said: Said) -> Option<DateTime<Utc>> {
    let fact = scene().fact(scene().event(Direction::Inbound, 5, said));
    piece(&fact).conversations.into_values().find_map(|conversation| conversation.last_inbound)
}

fn referral(source: &str, kind: &str) -> Said {
    let mut referral = Referral::new(Raw::parse("{}".to_owned()).unwrap());
    (referral.source, referral.kind) = (Some(source.to_owned()), Some(kind.to_owned()));
    Said::Referred(referral)
}

/// Or bots would write to whoever clicked an ad, and the Page would be restricted for it.
#[test]
fn a_link_into_a_conversation_opens_the_window_and_an_ad_does_not() {
    assert_eq!(opened(referral("SHORTLINK", "OPEN_THREAD")), Some(at(5)));
    assert_eq!(opened(referral("ADS", "OPEN_THREAD")), None, "somebody only clicked an ad");
    assert_eq!(opened(referral("ADS", "LEAD_COMPLETE")), None);
    assert_eq!(opened(referral("CUSTOMER_CHAT_PLUGIN", "LEAD_COMPLETE")), None);
}

/// Or a reaction that was taken back at once would be shown for ever.
#[test]
fn of_one_instant_the_withdrawal_of_a_reaction_is_the_later() {
    let (set, withdrawn) = (scene().reacts("m", 5, Some("\u{1f44d}")), scene().reacts("m", 5, None));
    for order in [[&set, &withdrawn], [&withdrawn, &set]] {
        let mut message = Message::default();
        for fact in order {
            message.join(piece(fact).messages.remove(&scene().key("m")).unwrap().said);
        }
        assert_eq!(message.reactions[&Direction::Inbound].value, None);
    }
}

/// Or the history's word for a heart changes the message each time it is read.
#[test]
fn a_heart_is_one_heart_however_it_is_written() {
    for heart in ["love", "\u{2764}", "\u{2764}\u{fe0f}"] {
        let told = piece(&scene().reacts("m", 5, Some(heart))).messages.remove(&scene().key("m")).unwrap().said;
        assert_eq!(told.reactions[&Direction::Inbound].value.as_deref(), Some(HEART));
    }
}

/// Kept apart, it would stay when the message is taken back.
#[test]
fn what_stands_beside_an_edit_is_kept_with_its_message() {
    let mut edit = scene().edits("m", 6, "better", 1);
    edit.event.more = Some(Raw::parse(r#"{"old_text":"worse"}"#).unwrap());
    let told = piece(&edit);
    assert!(told.notices.is_empty() && !told.messages[&scene().key("m")].said.extras.is_empty());
}

/// What the events leave behind in the conversation, in either order.
fn owned(facts: [&Fact; 2]) -> [Option<Ownership>; 2] {
    let joined = |facts: [&Fact; 2]| {
        let mut conversation = Conversation::default();
        for fact in facts {
            piece(fact).conversations.into_values().for_each(|said| conversation.join(said));
        }
        conversation.ownership.map(|told| told.value)
    };
    [joined(facts), joined([facts[1], facts[0]])]
}

/// Or what the history says of a conversation undoes that it was handed over since.
#[test]
fn whose_a_conversation_is_goes_by_what_was_said_last_by_routing_or_by_history() {
    let listed = |as_of, owned| {
        let mut thread = Thread::new("t_1".parse().unwrap());
        (thread.owned, thread.updated) = (owned, Some(at(4)));
        scene().fact(scene().event(Direction::Inbound, as_of, Said::Thread(thread)))
    };
    let routed = |at, act| {
        let said = Said::Routed(Routing { act, previous: None, next: None, metadata: None });
        scene().fact(scene().event(Direction::Inbound, at, said))
    };
    let (passed, taken) = (routed(10, RoutingAct::Passed), routed(10, RoutingAct::Taken));
    for as_of in [5, 10] {
        assert_eq!(owned([&listed(as_of, Some(false)), &passed]), [Some(Ownership::Ours), Some(Ownership::Ours)], "{as_of}");
        assert_eq!(owned([&listed(as_of, Some(true)), &taken]), [Some(Ownership::Other), Some(Ownership::Other)], "{as_of}");
    }
    assert_eq!(owned([&listed(15, Some(false)), &passed]), [Some(Ownership::Other), Some(Ownership::Other)]);
    assert_eq!(owned([&listed(15, Some(true)), &taken]), [Some(Ownership::Ours), Some(Ownership::Ours)]);
    assert_eq!(
        owned([&listed(15, None), &taken]),
        [Some(Ownership::Other), Some(Ownership::Other)],
        "where nothing is routed nothing is said"
    );
    assert_eq!(owned([&listed(15, None), &listed(16, None)]), [None, None]);
    let rests = listed(86_405, Some(false));
    assert_eq!(owned([&rests, &passed]), [Some(Ownership::Ours), Some(Ownership::Ours)], "nobody may answer where nobody has it any more");
}
