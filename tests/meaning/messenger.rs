//! A day on Messenger.

use chrono::TimeDelta;
use link_core::words::content::ReplyTo;
use link_core::words::event::Direction;
use link_kit::{AccountLink, Author, CodeDigest, Owner, Refusal};
use link_sandbox::PersonAction;
use serde_json::json;

use crate::day::Day;
use crate::stage::{APP, PAGE, whole};

const ROBIN: &str = "2000000000000001";
const INBOX: &str = "263902037430900";

/// What cannot happen on this day, and why.
const NOT_TODAY: &[(&str, &str)] = &[
    ("page_message_sticker_transition", "it ended in August 2026"),
    ("page_echo_template_standby", "no other app is linked to this Page"),
    ("page_pass_thread_control", "no other app is linked to this Page"),
    ("page_request_thread_control", "no other app is linked to this Page"),
    ("batch_two_entries", "a way of delivering, not something that happens"),
    ("page_changes_inbox_labels", "nobody subscribes to labels"),
    ("page_changes_ratings", "nobody subscribes to ratings"),
    ("page_other_field", "whatever nobody has heard of; tests/intake has it"),
    ("page_messaging_customer_information", "nobody subscribes to forms"),
    ("page_send_cart", "nobody subscribes to carts"),
    ("page_game_play", "nobody has subscribed to games for years"),
    ("page_payment", "nobody has subscribed to payments for years"),
    ("page_checkout_update", "nobody has subscribed to checkouts for years"),
    ("page_pre_checkout", "nobody has subscribed to checkouts for years"),
];

/// Or something that a customer did would be shown as something else, or not at all.
#[tokio::test]
async fn a_day_on_messenger_ends_as_everybody_meant_it() {
    let mut day = Day::at(PAGE).await;
    everything_is_written(&mut day).await;
    what_becomes_of_messages(&mut day).await;
    what_else_people_do(&mut day).await;
    the_shop_answers(&mut day).await;
    another_app_takes_over(&mut day).await;
    the_platform_speaks(&mut day).await;
    crate::comments::on_the_page(&mut day).await;
    assert_eq!(day.missed(NOT_TODAY).await, Vec::<String>::new(), "the catalogue knows more than happened today");
}

async fn everything_is_written(day: &mut Day) {
    let hello = day.writes("page_message_text", json!({"text": "Good morning"})).await;
    let pick = day.writes("page_message_quick_reply", json!({"text": "Green", "quick_reply": "PICK_GREEN"})).await;
    let quoting = day.writes("page_message_reply_to", json!({"text": "this one", "reply_to": hello})).await;
    let mut shared = Vec::new();
    for kind in ["image", "video", "audio", "file", "sticker", "ig_reel", "post", "fallback", "location", "appointment_booking", "template"]
    {
        let event = match kind {
            "ig_reel" => "page_message_reel".to_owned(),
            "template" => "page_message_product_template".to_owned(),
            kind => format!("page_message_{kind}"),
        };
        shared.push((kind, day.writes(&event, json!({"attachments": [{"type": kind}]})).await));
    }
    let by_ad = day.writes("page_message_ad_referral", json!({"text": "hi", "referral": {"ref": "spring", "source": "ADS"}})).await;
    let odd = day.writes("page_message_is_unsupported", json!({"unsupported": true})).await;
    let legacy = day.tells("page_message_fallback_legacy", json!({"text": "A page"})).await;
    let shop = day.tells("page_message_shop_referral", json!({})).await;
    let commands = day.tells("page_message_commands", json!({})).await;
    let prior = day.tells("page_message_prior_message", json!({})).await;
    let lead = day.tells("page_message_lead_summary", json!({})).await;
    day.settles().await;

    let messages = day.messages().await;
    assert_eq!(messages[&hello].1.text(), Some("Good morning"));
    assert_eq!((messages[&pick].1.text(), messages[&pick].1.payload.as_deref()), (Some("Green"), Some("PICK_GREEN")));
    assert_eq!(messages[&quoting].1.reply_to, Some(ReplyTo::Message(hello.parse().unwrap())));
    for (kind, mid) in shared {
        let (_, message) = &messages[&mid];
        let kinds: Vec<_> = message.attachments().iter().filter_map(|one| one.kind.clone()).collect();
        assert_eq!((kinds.as_slice(), message.direction), ([kind.to_owned()].as_slice(), Some(Direction::Inbound)));
    }
    assert!(messages[&by_ad].1.referral.as_ref().unwrap().as_str().contains("spring"));
    assert!(messages[&odd].1.unsupported);
    assert_eq!(messages[&legacy].1.attachments()[0].title.as_deref(), Some("A page"));
    assert!(messages[&shop].1.referral.is_some(), "nobody would know that they came from the shop");
    for (mid, word) in [(commands, "hours"), (prior, "checkbox_plugin"), (lead, "hop_context")] {
        assert!(messages[&mid].1.extras.iter().any(|extra| extra.contains(word)), "{word} is lost");
    }
    assert_eq!(day.stage.kit.inbox().author(&row(day, &hello).await), Some(Author::Person));
}

async fn row(day: &Day, mid: &str) -> link_kit::MessageRow {
    let (key, _) = day.messages().await.remove(mid).unwrap();
    day.stage.kit.inbox().message(&day.stage.viewer, &key).await.unwrap().unwrap()
}

async fn what_becomes_of_messages(day: &mut Day) {
    let mid = day.writes("page_message_text", json!({"text": "Do you hvae it?"})).await;
    day.acts("page_message_edits", json!({"action": "edit", "mid": mid, "text": "Do you have it?"})).await;
    day.acts("page_message_reactions_react", json!({"action": "react", "mid": mid, "emoji": "❤"})).await;
    let regretted = day.writes("page_message_text", json!({"text": "my secret wish"})).await;
    day.acts("page_message_is_deleted", json!({"action": "unsend", "mid": regretted})).await;
    day.settles().await;
    let messages = day.messages().await;
    let asked = &messages[&mid].1;
    assert_eq!((asked.text(), asked.edits), (Some("Do you have it?"), Some(1)));
    assert_eq!(asked.reactions[&Direction::Inbound].value.as_deref(), Some("❤"));
    let gone = &messages[&regretted].1;
    assert!(gone.unsent.is_some() && gone.text().is_none(), "what was taken back is still here");

    day.acts("page_message_reactions_unreact", json!({"action": "unreact", "mid": mid})).await;
    day.settles().await;
    assert_eq!(day.messages().await[&mid].1.reactions[&Direction::Inbound].value, None);
}

async fn what_else_people_do(day: &mut Day) {
    let pressed = day.acts("page_postback", json!({"action": "postback", "title": "Opening hours", "payload": "HOURS"})).await;
    day.tells("page_postback_user_ref", json!({})).await;
    day.writes("page_referral_shortlink", json!({"referral": {"ref": "leaflet"}})).await;
    day.writes("page_referral_ads", json!({"referral": {"ref": "poster", "source": "ADS"}})).await;
    day.tells("page_referral_lead_complete", json!({})).await;
    day.acts("page_optin_plugin", json!({"action": "optin", "ref": "door"})).await;
    day.acts("page_optin_user_ref", json!({"action": "optin", "kind": "user_ref", "ref": "visitor-9"})).await;
    day.acts("page_optin_notification_messages", json!({"action": "optin", "kind": "notification_messages"})).await;
    day.acts("page_optin_one_time", json!({"action": "optin", "kind": "one_time_notif_req"})).await;
    day.settles().await;

    let button = &day.messages().await[&pressed].1;
    assert!(button.postback && !button.overheard);
    assert_eq!((button.text(), button.payload.as_deref()), (Some("Opening hours"), Some("HOURS")));
    let notices = day.notices().await;
    for (kind, count) in [("referral", 3), ("optin", 4), ("postback", 1)] {
        assert_eq!(notices.iter().filter(|notice| notice.kind == kind).count(), count, "{kind}");
    }
    assert!(notices.iter().all(|notice| !notice.raw.as_str().contains("_token\"")), "a right to write to somebody is kept in clear");

    // Ada connects the account that she has at the shop's own site, and takes it away again.
    let (code, conversation) = ("code-of-the-shop", day.conversation().await);
    day.acts("page_account_linking_linked", json!({"action": "link_account"})).await;
    day.acts("page_account_linking_linked", json!({"action": "link_account", "payload": code})).await;
    day.settles().await;
    let read = async |day: &Day| {
        let row = day.stage.kit.inbox().conversation(&day.stage.viewer, &conversation).await.unwrap().unwrap();
        row.state.linked.unwrap().value
    };
    assert_eq!(read(day).await, AccountLink::Linked { code: Some(CodeDigest::of(code)) });
    assert!(day.notices().await.iter().all(|notice| !notice.raw.as_str().contains(code)), "the shop's secret is kept in clear");
    day.acts("page_account_linking_unlinked", json!({"action": "unlink_account"})).await;
    day.settles().await;
    assert_eq!(read(day).await, AccountLink::Unlinked);
}

async fn the_shop_answers(day: &mut Day) {
    let conversation = day.conversation().await;
    let intent = day.stage.kit.inbox().answer(&day.stage.viewer, &conversation, "We do", "answer-1").await.unwrap();
    day.settles().await;
    let sent = day.stage.kit.inbox().intent(&day.stage.viewer, intent.id).await.unwrap().unwrap().message().unwrap();
    day.saw("page_echo_text");
    day.saw("page_message_deliveries");
    day.stage.pass(TimeDelta::seconds(2)).await;
    day.acts("page_message_reads", json!({"action": "read"})).await;
    day.settles().await;
    let row = row(day, sent.id.as_str()).await;
    assert_eq!(day.stage.kit.inbox().author(&row), Some(Author::Ours(intent.id)));
    assert_eq!(row.state.app_id.as_ref().map(link_kit::ExternalId::as_str), Some(APP));
    let state = day.stage.kit.inbox().conversation(&day.stage.viewer, &conversation).await.unwrap().unwrap().state;
    assert!(state.read_up_to >= row.state.at.map(|at| at.at) && state.delivered_up_to >= state.read_up_to);
    assert!(matches!(state.owner(day.now()), Owner::Ours { .. }));
}

/// Staff answers in the inbox, which takes the conversation; then we only listen, until nobody has it any more.
async fn another_app_takes_over(day: &mut Day) {
    let quoted = day.writes("page_message_text", json!({"text": "Anybody there?"})).await;
    let typed = day.staff("page_echo_inbox_reply", json!({"text": "A human!", "reply_to": quoted, "app_id": INBOX})).await;
    let on_a_phone = day.staff("page_echo_inbox_reply", json!({"text": "On my phone"})).await;
    day.saw("page_take_thread_control");
    let overheard = day.writes("page_standby_message", json!({"text": "Thank you"})).await;
    let pressed = day.acts("page_postback_standby", json!({"action": "postback", "title": "More", "payload": "MORE"})).await;
    day.acts("page_message_reactions_react", json!({"action": "react", "mid": typed, "emoji": "👍"})).await;
    day.settles().await;

    let inbox = day.stage.kit.inbox();
    let staff = Author::Staff { app: Some(INBOX.parse().unwrap()) };
    let by = inbox.author(&row(day, &typed).await);
    assert_eq!(by, Some(staff));
    assert!(matches!(inbox.author(&row(day, &on_a_phone).await), Some(Author::Staff { .. })));
    let (heard, button) = (row(day, &overheard).await.state, row(day, &pressed).await.state);
    assert!(heard.overheard && heard.text() == Some("Thank you"));
    assert!(button.overheard && button.payload_is_withheld(), "a button without a payload would be taken for one that has none");

    let conversation = day.conversation().await;
    let owner = async |day: &Day| inbox.conversation(&day.stage.viewer, &conversation).await.unwrap().unwrap().state.owner(day.now());
    assert!(matches!(owner(day).await, Owner::Other { .. }), "a thumb made another app's conversation ours: {:?}", owner(day).await);
    let refused = inbox.answer(&day.stage.viewer, &conversation, "Me too", "answer-2").await.unwrap_err();
    assert!(matches!(refused, link_kit::Problem::Refused(Refusal::OwnedElsewhere { .. })), "{refused:?}");
    day.stage.pass(TimeDelta::hours(25)).await;
    assert!(matches!(owner(day).await, Owner::Idle { .. }));
    day.writes("page_message_text", json!({"text": "A new day"})).await;
    day.settles().await;
    assert!(matches!(owner(day).await, Owner::Ours { .. }), "{:?}", owner(day).await);
}

async fn the_platform_speaks(day: &mut Day) {
    let (inbox, key) = (day.stage.kit.inbox(), day.key());
    day.tells("page_policy_warning", json!({"text": "too many complaints"})).await;
    day.settles().await;
    let state = inbox.account(&day.stage.viewer, &key).await.unwrap().unwrap();
    assert_eq!(state.warning.unwrap().value.as_deref(), Some("too many complaints"));
    assert!(state.restriction.is_none());

    day.stage.meta.person_acts(ROBIN, &PersonAction::Restrict { page: PAGE.to_owned() }).await.unwrap();
    day.saw("page_policy_enforcement");
    day.settles().await;
    let conversation = day.conversation().await;
    let refused = inbox.answer(&day.stage.viewer, &conversation, "We are open", "answer-3").await.unwrap_err();
    assert!(matches!(refused, link_kit::Problem::Refused(Refusal::Restricted { .. })), "{refused:?}");
    day.stage.pass(TimeDelta::minutes(1)).await;
    day.stage.meta.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
    day.saw("page_policy_unblock");
    day.settles().await;
    inbox.answer(&day.stage.viewer, &conversation, "We are open", "answer-4").await.unwrap();

    for event in ["page_app_roles", "page_response_feedback", "page_messaging_feedback"] {
        day.tells(event, json!({})).await;
    }
    day.settles().await;
    let kinds: Vec<_> = day.notices().await.into_iter().map(|notice| notice.kind).collect();
    for kind in ["app_roles", "response_feedback", "feedback", "policy_enforcement"] {
        assert!(kinds.iter().any(|kept| kept == kind), "{kind} is kept nowhere: {kinds:?}");
    }
    let unknown = whole(async |page| inbox.notices(&day.stage.viewer, &page).await.unwrap()).await;
    assert!(unknown.iter().all(|notice| notice.kind != "unknown"), "something of the catalogue has no word");
}
