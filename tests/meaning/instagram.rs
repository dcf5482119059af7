//! A day on Instagram, reached through the Page.

use link_core::words::content::ReplyTo;
use link_core::words::event::Direction;
use link_kit::{Author, Owner, Refusal};
use serde_json::json;

use crate::day::Day;
use crate::stage::{APP, INSTAGRAM};

/// What cannot happen on this day, and why.
const NOT_TODAY: &[(&str, &str)] = &[
    ("ig_message_share_legacy", "it ended in April 2026"),
    ("ig_pass_thread_control", "no other app is linked to this account"),
    ("ig_request_thread_control", "no other app is linked to this account"),
    ("ig_message_edit_num0", "a quirk that is off; crates/sync/tests/life has it"),
    ("ig_changes_story_insights", "nobody subscribes to them"),
    ("ig_dashboard_test_messages", "it is about no account of anybody's; tests/intake has it"),
    ("ig_other_field", "whatever nobody has heard of; tests/intake has it"),
];

/// Or something that a customer did would be shown as something else, or not at all.
#[tokio::test]
async fn a_day_on_instagram_ends_as_everybody_meant_it() {
    let mut day = Day::at(INSTAGRAM).await;
    everything_is_written(&mut day).await;
    what_becomes_of_messages(&mut day).await;
    the_shop_answers_and_another_app_takes_over(&mut day).await;
    crate::comments::on_instagram(&mut day).await;
    the_platform_speaks(&mut day).await;
    assert_eq!(day.missed(NOT_TODAY).await, Vec::<String>::new(), "the catalogue knows more than happened today");
}

async fn everything_is_written(day: &mut Day) {
    let hello = day.writes("ig_message_text", json!({"text": "Good morning"})).await;
    let mut shared = Vec::new();
    for kind in ["image", "video", "audio", "file", "ig_post", "ig_reel", "ig_story", "unsupported_type", "ephemeral"] {
        shared.push((kind, day.writes(&format!("ig_message_{kind}"), json!({"attachments": [{"type": kind}]})).await));
    }
    let mention = day.writes("ig_message_story_mention", json!({"story": {"kind": "mention", "id": "18030"}})).await;
    let to_story = day.writes("ig_message_story_reply", json!({"text": "love it", "story": {"kind": "reply", "id": "18031"}})).await;
    let quoting = day.writes("ig_message_reply_to", json!({"text": "this one", "reply_to": hello})).await;
    let pick = day.writes("ig_message_quick_reply", json!({"text": "Red", "quick_reply": "RED"})).await;
    let by_ad = day.writes("ig_message_referral_ad", json!({"text": "hi", "referral": {"ref": "spring", "source": "ADS"}})).await;
    let by_link = day.writes("ig_message_referral_igme", json!({"text": "hi", "referral": {"ref": "nonce-1"}})).await;
    let odd = day.writes("ig_message_unsupported_flag", json!({"unsupported": true})).await;
    day.writes("ig_messaging_referral", json!({"referral": {"ref": "leaflet"}})).await;
    let pressed = day.acts("ig_messaging_postbacks", json!({"action": "postback", "title": "Where are you?", "payload": "LOC"})).await;
    day.settles().await;

    let messages = day.messages().await;
    for (kind, mid) in shared {
        let kinds: Vec<_> = messages[&mid].1.attachments().iter().filter_map(|one| one.kind.clone()).collect();
        assert_eq!(kinds, [kind], "{mid}");
    }
    assert_eq!(messages[&mention].1.attachments()[0].kind.as_deref(), Some("story_mention"));
    let story = &messages[&to_story].1.reply_to;
    assert!(matches!(story, Some(ReplyTo::Story { id: Some(id), url: Some(_) }) if id.as_str() == "18031"), "{story:?}");
    assert_eq!(messages[&quoting].1.reply_to, Some(ReplyTo::Message(hello.parse().unwrap())));
    assert_eq!(messages[&pick].1.payload.as_deref(), Some("RED"));
    assert!(messages[&by_ad].1.referral.as_ref().unwrap().as_str().contains("ad_id"));
    assert!(messages[&by_link].1.referral.as_ref().unwrap().as_str().contains("nonce-1"));
    assert!(messages[&odd].1.unsupported);
    assert!(messages[&pressed].1.postback && messages[&pressed].1.payload.as_deref() == Some("LOC"));
    assert!(day.notices().await.iter().any(|notice| notice.kind == "referral"));
}

async fn what_becomes_of_messages(day: &mut Day) {
    let mid = day.writes("ig_message_text", json!({"text": "Do you hvae it?"})).await;
    day.acts("ig_message_edit", json!({"action": "edit", "mid": mid, "text": "Do you have it?"})).await;
    day.acts("ig_message_reactions_react", json!({"action": "react", "mid": mid, "emoji": "❤"})).await;
    let regretted = day.writes("ig_message_text", json!({"text": "my secret wish"})).await;
    day.acts("ig_message_deleted", json!({"action": "unsend", "mid": regretted})).await;
    day.settles().await;
    let messages = day.messages().await;
    let asked = &messages[&mid].1;
    assert_eq!((asked.text(), asked.edits), (Some("Do you have it?"), Some(1)));
    assert_eq!(asked.reactions[&Direction::Inbound].value.as_deref(), Some("❤"));
    let gone = &messages[&regretted].1;
    assert!(gone.unsent.is_some() && gone.text().is_none(), "what was taken back is still here");
    day.acts("ig_message_reactions_unreact", json!({"action": "unreact", "mid": mid})).await;
    day.settles().await;
    assert_eq!(day.messages().await[&mid].1.reactions[&Direction::Inbound].value, None);
}

async fn the_shop_answers_and_another_app_takes_over(day: &mut Day) {
    let (inbox, conversation) = (day.stage.kit.inbox(), day.conversation().await);
    let intent = inbox.answer(&day.stage.viewer, &conversation, "We do", "answer-1").await.unwrap();
    day.settles().await;
    day.saw("ig_echo");
    day.acts("ig_messaging_seen", json!({"action": "read"})).await;
    day.settles().await;
    let sent = inbox.intent(&day.stage.viewer, intent.id).await.unwrap().unwrap().message().unwrap();
    let row = inbox.message(&day.stage.viewer, &sent).await.unwrap().unwrap();
    assert!(row.state.read.is_some(), "nobody knows that it was read");
    assert_eq!(inbox.author(&row), Some(Author::Ours(intent.id)));

    let typed = day.staff("ig_take_thread_control", json!({"text": "A human!"})).await;
    let overheard = day.writes("ig_standby_message", json!({"text": "Thank you"})).await;
    let pressed = day.acts("ig_postback_standby", json!({"action": "postback", "title": "More", "payload": "MORE"})).await;
    day.settles().await;
    let messages = day.messages().await;
    let row = inbox.message(&day.stage.viewer, &messages[&typed].0).await.unwrap().unwrap();
    let author = inbox.author(&row).unwrap();
    assert!(author == Author::Unnamed || matches!(author, Author::Staff { .. }), "{author:?} wrote what staff typed, says {APP}");
    assert!(messages[&overheard].1.overheard && messages[&pressed].1.payload_is_withheld());
    let state = inbox.conversation(&day.stage.viewer, &conversation).await.unwrap().unwrap().state;
    assert!(matches!(state.owner(day.now()), Owner::Other { .. }), "{:?}", state.owner(day.now()));
    let refused = inbox.answer(&day.stage.viewer, &conversation, "Me too", "answer-2").await.unwrap_err();
    assert!(matches!(refused, link_kit::Problem::Refused(Refusal::OwnedElsewhere { .. })), "{refused:?}");
}

async fn the_platform_speaks(day: &mut Day) {
    day.tells("ig_policy_enforcement", json!({"action": "block", "text": "spam"})).await;
    day.tells("ig_response_feedback", json!({})).await;
    day.settles().await;
    let state = day.stage.kit.inbox().account(&day.stage.viewer, &day.key()).await.unwrap().unwrap();
    assert!(matches!(state.refusal(day.now()), Some(Refusal::Restricted { reason: Some(reason), .. }) if reason == "spam"));
    assert!(day.notices().await.iter().any(|notice| notice.kind == "response_feedback"));
}
