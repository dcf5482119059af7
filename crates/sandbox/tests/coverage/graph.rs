//! Endpoints other than sending.

mod apps;
mod kept;
mod talk;

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, stories};
use crate::stage::Who::{App, Login, Page, User};

const PORTFOLIO: &[(&str, &str)] = &[(
    "seed",
    r#"{"businesses":[{"id":"7000000000000001","name":"Harbour Group","people":["2000000000000001"]}],
    "pages":[{"id":"3000000000000001","business":"7000000000000001"},{"id":"3000000000000002","business":"7000000000000001","client":true}]}"#,
)];
/// Routing is on, and another app gets new conversations.
const ROUTED: &[(&str, &str)] = &[("seed", r#"{"pages":[{"id":"3000000000000001","default_app":"1000000000000001"}]}"#)];

fn ok(answer: &Value) -> bool {
    answer["success"] == true
}

fn set(answer: &Value) -> bool {
    answer["result"] == "success"
}

fn filled(answer: &Value) -> bool {
    answer["data"].as_array().is_some_and(|data| !data.is_empty())
}

const PLAIN: &[Plain] = &[
    plain("graph:me", User, "GET /v26.0/me?fields=id,name,first_name,last_name,email,picture", |it| it["first_name"] == "Robin"),
    plain("graph:me-nested", User, "GET /me?fields=accounts.limit(1){name,instagram_business_account{username}}", |it| {
        it["accounts"]["data"][0]["instagram_business_account"]["username"] == "harbourbooks"
    }),
    plain("graph:accounts", User, "GET /me/accounts?fields=id,name,access_token,tasks,category&limit=1", |it| {
        it["data"][0]["access_token"].is_string() && it["paging"]["next"].is_string()
    }),
    plain("graph:accounts-of-a-business", User, "GET /me/accounts", |it| it["data"] == json!([])).after(PORTFOLIO),
    plain("graph:businesses", User, "GET /me/businesses", |it| it["data"][0]["name"] == "Harbour Group").after(PORTFOLIO),
    plain("graph:business", User, "GET /7000000000000001?fields=verification_status,two_factor_type", |it| {
        it["verification_status"] == "verified"
    })
    .after(PORTFOLIO),
    plain("graph:owned-pages", User, "GET /7000000000000001/owned_pages?fields=access_token", |it| {
        it["data"][0]["access_token"].is_string()
    })
    .after(PORTFOLIO),
    plain("graph:client-pages", User, "GET /7000000000000001/client_pages", |it| it["data"][0]["id"] == "3000000000000002")
        .after(PORTFOLIO),
    plain("graph:business-instagram", User, "GET /7000000000000001/instagram_business_accounts?fields=username", filled).after(PORTFOLIO),
    plain("graph:page", User, "GET /3000000000000001?fields=access_token,name,is_published,tasks,is_webhooks_subscribed", |it| {
        it["access_token"].is_string() && it["is_published"] == true && it["is_webhooks_subscribed"] == false
    }),
    plain("graph:page-instagram", Page, "GET /me?fields=instagram_business_account{id},connected_instagram_account", |it| {
        it["instagram_business_account"]["id"] == "17841400000000001" && it["connected_instagram_account"].is_object()
    }),
    plain("graph:page-preflight", Page, "GET /me?fields=verification_status,has_added_app,has_transitioned_to_new_page_experience,does_viewer_have_page_permission_link_ig", |it| {
        it["verification_status"] == "verified" && it["does_viewer_have_page_permission_link_ig"] == true
    }),
    plain("graph:feature-status", Page, "GET /me?fields=messaging_feature_status", |it| {
        it["messaging_feature_status"]["hop_v2"] == true && it["messaging_feature_status"]["ig_multi_app"] == false
    })
    .after(ROUTED),
    plain("graph:feature-review", Page, "GET /3000000000000001/messaging_feature_review", |it| it["data"][0]["feature"] == "human_agent"),
    plain("graph:instagram", Page, "GET /17841400000000001?fields=id,username,name,profile_picture_url,followers_count", |it| {
        it["username"] == "harbourbooks" && it["followers_count"].is_number()
    }),
    plain("graph:media", Page, "GET /17841400000000001/media?fields=id,caption,media_type,permalink", |it| {
        it["data"][0]["media_type"] == "IMAGE"
    }),
    plain("graph:stories", Login, "GET /me/stories?fields=media_product_type", |it| it["data"][0]["media_product_type"] == "STORY"),
    plain("graph:conversations", Page, "GET /3000000000000001/conversations?platform=messenger&limit=2", |it| {
        it["data"][0]["id"].as_str().is_some_and(|id| id.starts_with("t_")) && it["paging"]["cursors"]["after"].is_string()
    }),
    plain("graph:conversations-instagram", Page, "GET /me/conversations?platform=instagram&fields=participants", |it| {
        it["data"][0]["participants"]["data"][1]["username"].is_string()
    }),
    plain("graph:conversations-login", Login, "GET /v26.0/17841400000000001/conversations?platform=instagram", filled),
    plain("graph:conversations-of-one", Page, "GET /me/conversations?user_id=4000000000000011", |it| {
        it["data"].as_array().is_some_and(|data| data.len() == 1)
    }),
    plain("graph:conversations-default", Page, "GET /me/conversations?limit=50", |it| {
        it["data"].as_array().is_some_and(|data| data.len() == 7)
    })
    .after(&[("seed", r#"{"quirks":{"default_platform":"all"}}"#)]),
    plain("graph:conversations-nested", Page, "GET /me/conversations?fields=participants,updated_time,messages.limit(20){id,message,created_time,from,to}", |it| {
        it["data"][0]["messages"]["data"].as_array().is_some_and(|data| data.len() == 20 && data[0]["from"]["email"].is_string())
    }),
    plain("graph:conversation-fields", Page, "GET /me/conversations?fields=snippet,unread_count,message_count,can_reply,link,senders", |it| {
        it["data"][0]["message_count"] == 30 && it["data"][0]["can_reply"] == true
    }),
    plain("graph:is-owner", Page, "GET /me/conversations?fields=is_owner", |it| it["data"][0]["is_owner"] == true).after(ROUTED),
    plain("graph:old-requests", Page, "GET /me/conversations?platform=instagram&user_id=5000000000000025", |it| it["data"] == json!([]))
        .after(&[
            ("seed", r#"{"pages":[{"id":"3000000000000001","instagram":"17841400000000002"},{"id":"3000000000000002","instagram":null}]}"#),
            ("customers/c5/messages", r#"{"to":"17841400000000002","text":"Hello?"}"#),
            ("clock", r#"{"advance":"31d"}"#),
        ]),
    plain("graph:profile-messenger", Page, "GET /4000000000000011?fields=first_name,last_name,profile_pic,name", |it| {
        it["first_name"] == "Ada" && it["profile_pic"].is_string()
    }),
    plain("graph:profile-unknown", Page, "GET /4000000000000015", |it| *it == json!({})).after(&[
        ("seed", r#"{"customers":[{"id":"c5","messenger":true}]}"#),
        ("customers/c5/actions", r#"{"to":"3000000000000001","action":"comment","text":"Hi"}"#),
    ]),
    plain("graph:profile-instagram", Login, "GET /5000000000000011?fields=name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user", |it| {
        it["username"] == "ada.marsh" && it["is_user_follow_business"] == true
    }),
    plain("graph:consent", Page, "GET /5000000000000013", |it| it["error"]["code"] == 9010).after(&[
        ("seed", r#"{"quirks":{"ig_consent_error":"9010"},"customers":[{"id":"c3","instagram":true}]}"#),
        ("customers/c3/actions", r#"{"to":"17841400000000001","action":"comment","text":"Hi"}"#),
    ]),
    plain("graph:subscribed-apps-set", Page, "POST /3000000000000001/subscribed_apps?subscribed_fields=messages,message_echoes", ok),
    plain("graph:subscribed-apps-wrong-field", Page, "POST /me/subscribed_apps?subscribed_fields=messaging_seen", |it| it["error"]["code"] == 100),
    plain("graph:subscribed-apps-login", Login, "POST /v26.0/me/subscribed_apps?subscribed_fields=messages", ok),
    plain("graph:attachment-upload", Page, "POST /3000000000000001/message_attachments", |it| it["attachment_id"].is_string())
        .with(r#"{"message":{"attachment":{"type":"image","payload":{"url":"https://example.org/a.png","is_reusable":true}}}}"#),
    plain("graph:attachment-upload-instagram", Page, "POST /me/message_attachments", |it| it["attachment_id"].is_string())
        .with(r#"{"platform":"instagram","message":{"attachment":{"type":"image","payload":{"url":"https://example.org/a.png"}}}}"#),
    plain("graph:attachment-upload-login", Login, "POST /17841400000000001/message_attachments", |it| it["attachment_id"].is_string())
        .with(r#"{"message":{"attachment":{"type":"video","payload":{"url":"https://example.org/a.mp4"}}}}"#),
    plain("graph:sticker-packs", App, "GET /sticker_packs", filled),
    plain("graph:stickers", App, "GET /sticker_packs/227877430692340/stickers", filled),
    plain("graph:sticker-search", App, "GET /sticker_search?q=thumbs&locale=en_US", filled),
    plain("graph:get-started", Page, "POST /me/messenger_profile", set).with(r#"{"get_started":{"payload":"START"}}"#),
    plain("graph:greeting", Page, "POST /me/messenger_profile", set).with(r#"{"greeting":[{"locale":"default","text":"Hello"}]}"#),
    plain("graph:ice-breakers", Page, "POST /me/messenger_profile?platform=instagram", set)
        .with(r#"{"ice_breakers":[{"locale":"default","call_to_actions":[{"question":"Where?","payload":"W"}]}]}"#),
    plain("graph:ice-breakers-login", Login, "POST /17841400000000001/messenger_profile", set)
        .with(r#"{"ice_breakers":[{"question":"Where?","payload":"W"}]}"#),
    plain("graph:persistent-menu", Page, "POST /me/messenger_profile", set).with(
        r#"{"get_started":{"payload":"START"},"persistent_menu":[{"locale":"default","composer_input_disabled":false,"call_to_actions":[{"type":"postback","title":"Help","payload":"HELP"}]}]}"#,
    ),
    plain("graph:whitelisted-domains", Page, "POST /me/messenger_profile", set).with(r#"{"whitelisted_domains":["https://example.org"]}"#),
    plain("graph:account-linking-url", Page, "POST /me/messenger_profile", set).with(r#"{"account_linking_url":"https://example.org/login"}"#),
    plain("graph:commands", Page, "POST /me/messenger_profile", set)
        .with(r#"{"commands":[{"locale":"default","commands":[{"name":"flights","description":"Find flights"}]}]}"#),
    plain("graph:moderate", Page, "POST /3000000000000001/moderate_conversations", |it| it["result"][0]["result"] == "success")
        .with(r#"{"user_ids":[{"id":"4000000000000011"}],"actions":["block_user","move_to_spam"]}"#),
    plain("graph:take-control", Page, "POST /3000000000000001/take_thread_control", ok).with(r#"{"recipient":{"id":"4000000000000011"}}"#).after(ROUTED),
    plain("graph:request-control", Page, "POST /me/request_thread_control", ok).with(r#"{"recipient":{"id":"4000000000000011"}}"#),
    plain("graph:unlink-accounts", Page, "POST /me/unlink_accounts", |it| it["result"] == "unlink account success").with(r#"{"psid":"4000000000000011"}"#),
    plain("graph:template-library", Page, "GET /message_template_library", filled),
    plain("graph:several-ids", User, "GET /?ids=3000000000000001,3000000000000002&fields=name", |it| it["3000000000000002"]["name"] == "Harbour Cafe"),
];

pub(crate) fn checks() -> Vec<Check> {
    let stories = stories![
        "graph:media-node" => talk::media_node,
        "graph:comment" => talk::comment,
        "graph:conversation" => talk::conversation,
        "graph:conversation-messages" => talk::conversation_messages,
        "graph:message" => talk::message,
        "graph:message-attachments" => talk::message_attachments,
        "graph:message-shares-story-reactions" => talk::message_parts,
        "graph:cursors" => talk::cursors,
        "graph:twenty-readable" => talk::twenty,
        "graph:twenty-readable-messenger" => talk::twenty_on_messenger,
        "graph:ids-of-each-road" => talk::ids_of_each_road,
        "graph:subscriptions" => apps::subscriptions,
        "graph:subscribed-apps-get" => apps::subscribed_apps,
        "graph:subscribed-apps-delete" => apps::subscribed_apps,
        "graph:subscribed-apps-login-get" => apps::subscribed_login,
        "graph:batch" => apps::batch,
        "graph:batch-results" => apps::batch_results,
        "graph:profile-get" => kept::profile,
        "graph:profile-delete" => kept::profile,
        "graph:custom-user-settings" => kept::custom_user_settings,
        "graph:personas" => kept::personas,
        "graph:labels" => kept::labels,
        "graph:label-people" => kept::label_people,
        "graph:pass-control" => kept::pass_control,
        "graph:release-control" => kept::release_control,
        "graph:extend-control" => kept::extend_control,
        "graph:thread-owner" => kept::thread_owner,
        "graph:account-linking-token" => kept::account_linking_token,
        "graph:message-templates" => kept::message_templates,
        "graph:attachment-multipart" => kept::attachment_multipart,
        "graph:ways-of-writing" => kept::ways_of_writing,
        "graph:method-override" => kept::method_override,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}
