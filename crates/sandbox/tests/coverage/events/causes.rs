//! What brings an event about.

use serde_json::Value;

use crate::stage::Stage;
use crate::stage::Who::Page;

/// An event, the steps to it, and what it must say. A step is one of the sandbox's own calls, or with `page` before it
/// one of the Page's; `{mid}` is the last message there was.
pub(super) type Caused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// An event of one message that a customer writes.
macro_rules! written {
    ($name:literal, $to:literal, $more:literal, $telling:literal) => {
        ($name, &[("customers/c1/messages", concat!(r#"{"to":""#, $to, r#"","#, $more, "}"))], $telling)
    };
}

/// An event of something that a customer does to a message of an own.
macro_rules! done {
    ($name:literal, $to:literal, $more:literal, $telling:literal) => {
        (
            $name,
            &[
                ("customers/c1/messages", concat!(r#"{"to":""#, $to, r#"","text":"first"}"#)),
                ("customers/c1/actions", concat!(r#"{"to":""#, $to, r#"","#, $more, "}")),
            ],
            $telling,
        )
    };
}

/// The same, while another app has the Page's conversation.
macro_rules! overheard {
    ($name:literal, $call:literal, $body:literal, $telling:literal) => {
        ($name, &[("seed", r#"{"pages":[{"id":"3000000000000001","default_app":"263902037430900"}]}"#), ($call, $body)], $telling)
    };
}

pub(super) const CAUSED: &[Caused] = &[
    written!("page_message_text", "3000000000000001", r#""text":"hello""#, r#""text":"hello""#),
    written!("page_message_quick_reply", "3000000000000001", r#""text":"Green","quick_reply":"G""#, r#""quick_reply":{"payload":"G"}"#),
    written!("page_message_image", "3000000000000001", r#""attachments":[{"type":"image"}]"#, r#""type":"image""#),
    written!("page_message_video", "3000000000000001", r#""attachments":[{"type":"video"}]"#, r#""type":"video""#),
    written!("page_message_audio", "3000000000000001", r#""attachments":[{"type":"audio"}]"#, r#""type":"audio""#),
    written!("page_message_file", "3000000000000001", r#""attachments":[{"type":"file"}]"#, r#""type":"file""#),
    written!("page_message_sticker", "3000000000000001", r#""attachments":[{"type":"sticker"}]"#, r#""type":"sticker""#),
    written!("page_message_reel", "3000000000000001", r#""attachments":[{"type":"ig_reel"}]"#, "reel_video_id"),
    written!("page_message_post", "3000000000000001", r#""attachments":[{"type":"post"}]"#, r#""type":"post""#),
    written!("page_message_fallback", "3000000000000001", r#""attachments":[{"type":"fallback"}]"#, r#""type":"fallback""#),
    written!("page_message_location", "3000000000000001", r#""attachments":[{"type":"location"}]"#, "coordinates"),
    written!("page_message_appointment_booking", "3000000000000001", r#""attachments":[{"type":"appointment_booking"}]"#, "booking_id"),
    written!("page_message_product_template", "3000000000000001", r#""attachments":[{"type":"template"}]"#, "retailer_id"),
    written!("page_message_ad_referral", "3000000000000001", r#""text":"hi","referral":{"ref":"r","source":"ADS"}"#, "ads_context_data"),
    written!("page_message_is_unsupported", "3000000000000001", r#""unsupported":true"#, r#""is_unsupported":true"#),
    written!("page_referral_shortlink", "3000000000000001", r#""referral":{"ref":"store12"}"#, r#""source":"SHORTLINK""#),
    written!("page_referral_ads", "3000000000000001", r#""referral":{"ref":"a1","source":"ADS"}"#, r#""source":"ADS""#),
    (
        "page_message_reply_to",
        &[
            ("customers/c1/messages", r#"{"to":"3000000000000001","text":"first"}"#),
            ("customers/c1/messages", r#"{"to":"3000000000000001","text":"that one","reply_to":"{mid}"}"#),
        ],
        r#""is_self_reply":true"#,
    ),
    (
        "ig_message_reply_to",
        &[
            ("customers/c1/messages", r#"{"to":"17841400000000001","text":"first"}"#),
            ("customers/c1/messages", r#"{"to":"17841400000000001","text":"yes","reply_to":"{mid}"}"#),
        ],
        r#""is_self_reply":true"#,
    ),
    done!("page_message_is_deleted", "3000000000000001", r#""action":"unsend","mid":"{mid}""#, r#""is_deleted":true"#),
    done!("page_message_edits", "3000000000000001", r#""action":"edit","mid":"{mid}","text":"fixed""#, r#""num_edit":1"#),
    done!("page_message_reactions_react", "3000000000000001", r#""action":"react","mid":"{mid}","emoji":"❤""#, r#""reaction":"love""#),
    done!("page_message_reactions_unreact", "3000000000000001", r#""action":"unreact","mid":"{mid}""#, r#""action":"unreact""#),
    done!("page_message_reads", "3000000000000001", r#""action":"read""#, r#""read":{"watermark""#),
    done!("page_postback", "3000000000000001", r#""action":"postback","title":"Go","payload":"GO""#, r#""payload":"GO""#),
    done!("page_optin_plugin", "3000000000000001", r#""action":"optin","ref":"PASS""#, r#""optin":{"ref":"PASS"}"#),
    done!("page_optin_user_ref", "3000000000000001", r#""action":"optin","kind":"user_ref","ref":"PASS""#, "user_ref"),
    done!(
        "page_optin_one_time",
        "3000000000000001",
        r#""action":"optin","kind":"one_time_notif_req","payload":"P""#,
        "one_time_notif_token"
    ),
    done!(
        "page_optin_notification_messages",
        "3000000000000001",
        r#""action":"optin","kind":"notification_messages","payload":"P""#,
        "notification_messages_token"
    ),
    done!("page_changes_feed_comment", "3000000000000001", r#""action":"comment","text":"Nice""#, r#""item":"comment""#),
    done!("page_changes_feed_post", "3000000000000001", r#""action":"comment","kind":"post","text":"Nice""#, r#""item":"status""#),
    done!("page_changes_mention", "3000000000000001", r#""action":"comment","kind":"mention","text":"Nice""#, r#""field":"mention""#),
    (
        "page_echo_text",
        &[("page POST /me/messages", r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"hello back"}}"#)],
        r#""is_echo":true"#,
    ),
    (
        "page_message_deliveries",
        &[("page POST /me/messages", r#"{"recipient":{"id":"4000000000000011"},"message":{"text":"hello back"}}"#)],
        r#""delivery":{"mids""#,
    ),
    ("page_echo_inbox_reply", &[("staff/3000000000000001/messages", r#"{"to":"c1","text":"from staff"}"#)], r#""app_id":263902037430900"#),
    (
        "page_policy_enforcement",
        &[("people/2000000000000001/actions", r#"{"action":"restrict","page":"3000000000000001"}"#)],
        r#""action":"block""#,
    ),
    (
        "page_policy_unblock",
        &[
            ("people/2000000000000001/actions", r#"{"action":"restrict","page":"3000000000000001"}"#),
            ("people/2000000000000001/actions", r#"{"action":"undo"}"#),
        ],
        r#""action":"unblock""#,
    ),
    overheard!("page_standby_message", "customers/c1/messages", r#"{"to":"3000000000000001","text":"hello"}"#, r#""text":"hello""#),
    overheard!(
        "page_postback_standby",
        "customers/c1/actions",
        r#"{"to":"3000000000000001","action":"postback","title":"Go","payload":"GO"}"#,
        r#""title":"Go""#
    ),
    written!("ig_message_text", "17841400000000001", r#""text":"hello""#, r#""text":"hello""#),
    written!("ig_message_image", "17841400000000001", r#""attachments":[{"type":"image"}]"#, r#""type":"image""#),
    written!("ig_message_video", "17841400000000001", r#""attachments":[{"type":"video"}]"#, r#""type":"video""#),
    written!("ig_message_audio", "17841400000000001", r#""attachments":[{"type":"audio"}]"#, r#""type":"audio""#),
    written!("ig_message_file", "17841400000000001", r#""attachments":[{"type":"file"}]"#, r#""type":"file""#),
    written!("ig_message_ig_post", "17841400000000001", r#""attachments":[{"type":"ig_post"}]"#, "ig_post_media_id"),
    written!("ig_message_ig_reel", "17841400000000001", r#""attachments":[{"type":"ig_reel"}]"#, "reel_video_id"),
    written!("ig_message_ig_story", "17841400000000001", r#""attachments":[{"type":"ig_story"}]"#, r#""type":"ig_story""#),
    written!("ig_message_story_mention", "17841400000000001", r#""story":{"kind":"mention","id":"1805"}"#, "story_mention"),
    written!("ig_message_story_reply", "17841400000000001", r#""text":"love it","story":{"kind":"reply","id":"1804"}"#, r#""id":"1804""#),
    written!("ig_message_quick_reply", "17841400000000001", r#""text":"Red","quick_reply":"RED""#, r#""payload":"RED""#),
    written!("ig_message_referral_ad", "17841400000000001", r#""text":"hi","referral":{"ref":"r","source":"ADS"}"#, "ads_context_data"),
    written!("ig_message_referral_igme", "17841400000000001", r#""text":"hi","referral":{"ref":"nonce"}"#, r#""source":"SHORTLINKS""#),
    written!("ig_message_unsupported_flag", "17841400000000001", r#""unsupported":true"#, r#""is_unsupported":true"#),
    written!("ig_message_unsupported_type", "17841400000000001", r#""attachments":[{"type":"unsupported_type"}]"#, "unsupported_type"),
    written!("ig_message_ephemeral", "17841400000000001", r#""attachments":[{"type":"ephemeral"}]"#, r#"{"type":"ephemeral"}"#),
    written!("ig_messaging_referral", "17841400000000001", r#""referral":{"ref":"nonce"}"#, r#""source":"SHORTLINKS""#),
    done!("ig_message_deleted", "17841400000000001", r#""action":"unsend","mid":"{mid}""#, r#""is_deleted":true"#),
    done!("ig_message_reactions_react", "17841400000000001", r#""action":"react","mid":"{mid}","emoji":"❤""#, r#""reaction":"love""#),
    done!("ig_message_reactions_unreact", "17841400000000001", r#""action":"unreact","mid":"{mid}""#, r#""action":"unreact""#),
    done!("ig_messaging_seen", "17841400000000001", r#""action":"read""#, r#""read":{"mid""#),
    done!("ig_message_edit", "17841400000000001", r#""action":"edit","mid":"{mid}","text":"fixed""#, r#""num_edit":1"#),
    done!("ig_messaging_postbacks", "17841400000000001", r#""action":"postback","title":"Go","payload":"GO""#, r#""payload":"GO""#),
    done!("ig_changes_comments", "17841400000000001", r#""action":"comment","text":"Nice""#, r#""field":"comments""#),
    done!("ig_changes_live_comments", "17841400000000001", r#""action":"comment","kind":"live","text":"Hi""#, r#""field":"live_comments""#),
    done!(
        "ig_changes_mentions_comment",
        "17841400000000001",
        r#""action":"comment","kind":"mention","text":"Hi""#,
        r#""field":"mentions""#
    ),
    (
        "ig_echo",
        &[("page POST /me/messages", r#"{"recipient":{"id":"5000000000000011"},"message":{"text":"reply"}}"#)],
        r#""is_echo":true"#,
    ),
    (
        "ig_message_edit_num0",
        &[("seed", r#"{"quirks":{"ig_edit_zero":"on"}}"#), ("customers/c1/messages", r#"{"to":"17841400000000001","text":"hi"}"#)],
        r#""num_edit":0"#,
    ),
    (
        "ig_message_share_legacy",
        &[
            ("seed", r#"{"quirks":{"ig_post_share":"share"}}"#),
            ("customers/c1/messages", r#"{"to":"17841400000000001","attachments":[{"type":"ig_post"}]}"#),
        ],
        r#""type":"share""#,
    ),
    (
        "ig_flat_comments",
        &[
            ("seed", r#"{"quirks":{"ig_comment_form":"flat"}}"#),
            ("customers/c1/actions", r#"{"to":"17841400000000001","action":"comment","text":"Nice"}"#),
        ],
        r#""field":"comments""#,
    ),
];

/// Takes the steps to an event.
pub(super) async fn bring_about(stage: &Stage, steps: &[(&str, &str)]) {
    let mut mid = String::new();
    for (call, body) in steps {
        let body = body.replace("{mid}", &mid);
        let answer: Value = match call.strip_prefix("page ") {
            Some(call) => stage.call(Page, call, &body).await,
            None => stage.own(call, &body).await,
        };
        assert!(answer.get("error").is_none(), "{call} {body}: {answer}");
        if let Some(told) = answer["mid"].as_str() {
            told.clone_into(&mut mid);
        }
    }
}
