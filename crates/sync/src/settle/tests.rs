use link_core::words::content::Attachment;
use link_core::words::moment::Moment;
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outgoing, SharedPost};
use proptest::prelude::*;

use super::*;
use crate::intent::Proof;
use crate::message::{Attachments, Message, Teller, Tellers};
use crate::register::Register;
use crate::testing::{Scene, at};

fn scene() -> Scene {
    Scene::new("o", "instagram:1", "7")
}

/// Lost at a second: begun then, and given up five seconds later.
fn lost(number: u128, text: &str, seconds: i64) -> Intent {
    let mut intent = scene().intent(number, &format!("k{number}"), text, seconds - 3_600);
    intent.claim(at(seconds), at(seconds + 60));
    intent.lose(at(seconds + 5), "send the message");
    intent
}

fn said(id: &str, text: &str, seconds: i64) -> MessageRow {
    let state = Message {
        peer: Some(scene().peer),
        direction: Some(Direction::Outbound),
        at: Some(Moment::coarse(at(seconds))),
        text: Some(Register::new(at(seconds), Some(text.to_owned()))),
        told: Tellers::of(Teller::History),
        ..Message::default()
    };
    MessageRow { key: scene().key(id), state }
}

const ALL: Whole = Whole { from: DateTime::<Utc>::MIN_UTC, to: DateTime::<Utc>::MAX_UTC };

fn ids(settled: &Settled) -> (Vec<(u128, String)>, Vec<u128>) {
    let number = |id: &IntentId| id.as_uuid().as_u128();
    (settled.sent.iter().map(|(id, key)| (number(id), key.id.to_string())).collect(), settled.absent.iter().map(number).collect())
}

fn sent(intents: &[Intent], messages: &[MessageRow]) -> Vec<(u128, String)> {
    ids(&settle(intents, messages, ALL, false, &[])).0
}

fn pairs(pairs: &[(u128, &str)]) -> Vec<(u128, String)> {
    pairs.iter().map(|(number, id)| (*number, (*id).to_owned())).collect()
}

/// If this failed, a lost answer would stay unknown for ever where no echo proves anything, or be given to the wrong message.
#[test]
fn as_many_messages_as_wishes_are_those_wishes_and_the_oldest_is_the_oldest() {
    assert_eq!(sent(&[lost(1, "Yes.", 0)], &[said("m", "Yes.", 2)]), pairs(&[(1, "m")]));
    let two = [lost(2, "Yes.", 30), lost(1, "Yes.", 0)];
    assert_eq!(sent(&two, &[said("later", "Yes.", 31), said("earlier", " Yes.\n", 1)]), pairs(&[(1, "earlier"), (2, "later")]));
    let others = [said("m", "Yes.", 2), said("other", "No.", 3), said("asked", "Yes?", 3)];
    assert_eq!(sent(&[lost(1, "Yes.", 0), lost(2, "No.", 1)], &others), pairs(&[(1, "m"), (2, "other")]));
}

/// If this failed, a colleague's message would be shown as ours, and ours as sent though nobody got it.
#[test]
fn anything_else_proves_nothing() {
    let one = [lost(1, "Yes.", 0)];
    assert_eq!(sent(&one, &[said("a", "Yes.", 1), said("b", "Yes.", 2)]), []);
    assert_eq!(sent(&[lost(1, "Yes.", 0), lost(2, "Yes.", 1)], &[said("a", "Yes.", 1)]), []);
    let mut sending = lost(2, "Yes.", 1);
    sending.claim(at(1), at(61));
    assert_eq!(sent(&[lost(1, "Yes.", 0), sending], &[said("a", "Yes.", 1), said("b", "Yes.", 2)]), [], "one is still under way");
    let taken_back = MessageRow { state: Message { unsent: Some(at(9)), text: None, ..said("b", "", 2).state }, key: scene().key("b") };
    let stands = settle(&one, &[said("a", "Yes.", 1), taken_back.clone()], ALL, false, &[]);
    assert_eq!(stands.sent.len(), 1, "staff who take something of their own back leave an answer that stands unknown for ever");
    let two = [lost(1, "Yes.", 0), lost(2, "Yes.", 1)];
    assert_eq!(settle(&two, &[said("a", "Yes.", 1), taken_back.clone()], ALL, false, &[]), Settled::default(), "which of them it was");
    assert_eq!(settle(&one, &[taken_back], ALL, false, &[]), Settled::default(), "what was taken back may have been it");
    let (ours, theirs): (ExternalId, ExternalId) = ("1".parse().unwrap(), "77".parse().unwrap());
    let by = |app: &ExternalId| {
        let state = Message { app_id: Some(app.clone()), ..said("a", "Yes.", 1).state };
        [MessageRow { state, key: scene().key("a") }]
    };
    let own = [ours.clone()];
    assert_eq!(settle(&one, &by(&theirs), ALL, false, &own).sent, [], "a bot's equal text was taken for ours, and nobody got it");
    assert_eq!(settle(&one, &by(&ours), ALL, false, &own).sent.len(), 1);
    assert_eq!(settle(&one, &by(&theirs), ALL, false, &[]).sent.len(), 1, "a program that does not know its apps settles nothing");
    let inferred = |own: &[ExternalId]| crate::timeline::pending(one.to_vec(), &by(&theirs), own)[0].inferred.is_some();
    assert_eq!((inferred(&own), inferred(&[])), (false, true));
    let proved = MessageRow { state: Message { intent: Some(lost(9, "", 0).id), ..said("a", "Yes.", 1).state }, key: scene().key("a") };
    assert_eq!(sent(&one, &[proved]), [], "another wish's message");
    let mut settled_before = lost(2, "Yes.", 0);
    settled_before.prove("a".parse().unwrap(), Proof::History);
    assert_eq!(sent(&[lost(1, "Yes.", 0), settled_before], &[said("a", "Yes.", 1)]), [], "one message for two wishes");
}

/// If this failed, an unknown "Yes." of Monday would take a colleague's of Friday.
#[test]
fn a_message_counts_only_within_the_time_in_which_the_wish_can_have_left() {
    let one = [lost(1, "Yes.", 0)];
    for (seconds, counts) in [(-121, false), (-120, true), (5 + 120, true), (5 + 121, false), (4 * 86_400, false)] {
        assert_eq!(sent(&one, &[said("m", "Yes.", seconds)]).len(), usize::from(counts), "at {seconds}");
    }
}

#[test]
fn absence_is_told_only_of_a_whole_stretch_and_is_no_proof_that_it_was_not_sent() {
    let one = [lost(1, "Yes.", 0)];
    assert_eq!(ids(&settle(&one, &[], ALL, false, &[])), (vec![], vec![1]));
    let begins_later = Whole { from: at(-119), ..ALL };
    let ends_sooner = Whole { to: at(124), ..ALL };
    for part in [begins_later, ends_sooner] {
        assert_eq!(settle(&one, &[], part, false, &[]), Settled::default());
        assert_eq!(settle(&one, &[said("m", "Yes.", 1)], part, false, &[]), Settled::default(), "another one may stand outside");
    }
    assert_eq!(settle(&one, &[], Whole { from: at(-120), to: at(125) }, false, &[]).absent.len(), 1);
}

#[test]
fn where_echoes_carry_our_metadata_one_without_is_another_writers() {
    let one = [lost(1, "Yes.", 0)];
    let echoed = MessageRow { state: Message { told: Tellers::of(Teller::Live), ..said("m", "Yes.", 1).state }, key: scene().key("m") };
    assert_eq!(settle(&one, std::slice::from_ref(&echoed), ALL, true, &[]).sent, []);
    assert_eq!(settle(&one, &[echoed], ALL, false, &[]).sent.len(), 1);
    assert_eq!(settle(&one, &[said("m", "Yes.", 1)], ALL, true, &[]).sent.len(), 1, "its echo was lost");
}

fn wish(body: Body) -> [Intent; 1] {
    let mut wish = lost(1, "", 0);
    wish.outgoing = Outgoing::new(scene().peer, body);
    [wish]
}

/// A message with these attachments and no text.
fn shown(kinds: &[Option<&str>]) -> [MessageRow; 1] {
    let of = |kind: Option<&str>| {
        let mut attachment = Attachment::new("image");
        attachment.kind = kind.map(str::to_owned);
        attachment
    };
    let kinds = kinds.iter().copied().map(of).collect();
    let attachments = [(Teller::History, Register::new(at(1), Attachments(kinds)))].into();
    [MessageRow { state: Message { attachments, text: None, ..said("m", "", 1).state }, key: scene().key("m") }]
}

/// If this failed, somebody would share a post once more because the history seems not to hold it, though it does.
#[test]
fn an_own_post_is_found_by_whatever_word_it_is_shown_and_never_told_to_be_missing() {
    let post = || SharedPost::new(scene().account.account, "17".parse().unwrap());
    for word in ["share", "ig_post", "post", "media", "ig_reel", "reel"] {
        assert_eq!(sent(&wish(Body::Post(post())), &shown(&[Some(word)])).len(), 1, "{word}");
    }
    assert_eq!(sent(&wish(Body::Post(post())), &shown(&[Some("image")])), [], "a picture is taken for a post");
    let mut linked = post();
    linked.permalink = Some("https://x.test/p".to_owned());
    assert_eq!(sent(&wish(Body::Post(linked.clone())), &shown(&[Some("template")])).len(), 1);
    let absent = |body| settle(&wish(body), &[], ALL, false, &[]).absent.len();
    for body in [Body::Post(post()), Body::Heart, Body::Sticker("1".parse().unwrap())] {
        assert_eq!(absent(body.clone()), 0, "{body:?} is missing where it is shown without its attachment");
    }
    assert_eq!(absent(Body::Post(linked)), 1);
}

#[test]
fn pictures_are_told_by_what_they_are_and_how_many() {
    let image = || Media::at(AttachmentKind::Image, "https://x.test/1");
    let two = wish(Body::Attachments(vec![image(), Media::at(AttachmentKind::Video, "https://x.test/2")]));
    for (kinds, counts) in [
        (&[Some("image"), Some("video")][..], true),
        (&[Some("video"), Some("image")], true),
        (&[Some("video"), None], true),
        (&[Some("image"), Some("image")], false),
        (&[Some("image")], false),
        (&[], false),
    ] {
        assert_eq!(sent(&two, &shown(kinds)).len(), usize::from(counts), "{kinds:?}");
    }
    let template = wish(Body::Template(link_core::words::outgoing::Template::Products(vec![])));
    assert_eq!(sent(&template, &shown(&[Some("template")])).len(), 1);
    assert_eq!(sent(&wish(Body::Gone), &shown(&[])), []);
}

proptest! {
    /// If this failed, two wishes would be given one message, or the answer would depend on the order in which a store reads.
    #[test]
    fn no_message_is_given_twice_and_the_order_of_reading_does_not_matter(
        wishes in prop::collection::vec((0..3usize, 0..600i64), 0..6),
        messages in prop::collection::vec((0..3usize, -100..700i64), 0..6),
        turn in any::<prop::sample::Index>(),
    ) {
        let texts = ["Yes.", "No.", "Perhaps."];
        let mut intents: Vec<_> = (1..).zip(&wishes).map(|(number, (text, when))| lost(number, texts[*text], *when)).collect();
        let mut rows: Vec<_> =
            messages.iter().enumerate().map(|(place, (text, when))| said(&format!("m{place}"), texts[*text], *when)).collect();
        let mut settled = settle(&intents, &rows, ALL, false, &[]);
        let given: BTreeSet<_> = settled.sent.iter().map(|(_, key)| key.clone()).collect();
        prop_assert_eq!(given.len(), settled.sent.len());
        for (id, key) in &settled.sent {
            let (wish, row) = (intents.iter().find(|wish| wish.id == *id).unwrap(), rows.iter().find(|row| row.key == *key).unwrap());
            prop_assert_eq!(wish.outgoing.body.shape().unwrap().text, row.state.text().map(str::to_owned));
            prop_assert!(may_be(wish, row));
        }
        if !intents.is_empty() {
            let by = turn.index(intents.len());
            intents.rotate_left(by);
        }
        if !rows.is_empty() {
            let by = turn.index(rows.len());
            rows.rotate_left(by);
        }
        let mut again = settle(&intents, &rows, ALL, false, &[]);
        for each in [&mut settled, &mut again] {
            each.sent.sort();
            each.absent.sort();
        }
        prop_assert_eq!(again, settled);
    }
}
