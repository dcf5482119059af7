use proptest::prelude::*;

use super::*;

fn story(id: Option<&str>, url: Option<&str>) -> ReplyTo {
    ReplyTo::Story { id: id.map(|id| ExternalId::new(id).unwrap()), url: url.map(str::to_owned) }
}

fn answering(replies: &[ReplyTo]) -> Message {
    let mut message = Message::default();
    for reply in replies {
        message.join(Message { reply_to: Some(reply.clone()), ..Message::default() });
    }
    message
}

/// Or nobody can tell any more which story a customer answered, once a day has passed and the history is read.
#[test]
fn a_story_is_not_forgotten_when_it_is_told_again_without_its_id_or_its_address() {
    let full = story(Some("180"), Some("https://cdn.example/s"));
    for poorer in [story(Some("180"), None), story(None, Some("https://cdn.example/s")), story(None, None)] {
        for told in [[full.clone(), poorer.clone()], [poorer.clone(), full.clone()]] {
            assert_eq!(answering(&told).reply_to, Some(full.clone()), "{poorer:?}");
        }
    }
    assert_eq!(answering(&[story(Some("180"), None), story(None, Some("https://cdn.example/s"))]).reply_to, Some(full));
}

fn any_reply() -> impl Strategy<Value = ReplyTo> {
    let id = prop::option::of(prop::sample::select(vec!["179", "180"]));
    let url = prop::option::of(prop::sample::select(vec!["https://cdn.example/a", "https://cdn.example/b"]));
    let message = prop::sample::select(vec!["m1", "m2"]).prop_map(|id| ReplyTo::Message(MessageId::new(id).unwrap()));
    prop_oneof![3 => (id, url).prop_map(|(id, url)| story(id, url)), 1 => message]
}

proptest! {
    #[test]
    fn what_a_message_answers_does_not_depend_on_the_order_of_its_tellings(
        (told, shuffled) in prop::collection::vec(any_reply(), 1..6).prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
    ) {
        prop_assert_eq!(answering(&told), answering(&shuffled));
        let twice: Vec<_> = told.iter().chain(&shuffled).cloned().collect();
        prop_assert_eq!(answering(&told), answering(&twice));
    }
}
