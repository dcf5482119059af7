//! Endpoints other than sending.

use serde_json::{Value, json};

use crate::check::{Check, Plain, plain, stories};
use crate::stage::Who::{App, Login, Page, User};
use crate::stage::{ADA, APP, PAGE, Stage};

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
        "graph:media-node" => media_node,
        "graph:comment" => comment,
        "graph:conversation" => conversation,
        "graph:conversation-messages" => conversation_messages,
        "graph:message" => message,
        "graph:message-attachments" => message_attachments,
        "graph:message-shares-story-reactions" => message_parts,
        "graph:cursors" => cursors,
        "graph:twenty-readable" => twenty,
        "graph:twenty-readable-messenger" => twenty_on_messenger,
        "graph:ids-of-each-road" => ids_of_each_road,
        "graph:subscriptions" => subscriptions,
        "graph:subscribed-apps-get" => subscribed_apps,
        "graph:subscribed-apps-delete" => subscribed_apps,
        "graph:subscribed-apps-login-get" => subscribed_login,
        "graph:batch" => batch,
        "graph:batch-results" => batch_results,
        "graph:profile-get" => profile,
        "graph:profile-delete" => profile,
        "graph:custom-user-settings" => custom_user_settings,
        "graph:personas" => personas,
        "graph:labels" => labels,
        "graph:label-people" => label_people,
        "graph:pass-control" => pass_control,
        "graph:release-control" => release_control,
        "graph:extend-control" => extend_control,
        "graph:thread-owner" => thread_owner,
        "graph:message-templates" => message_templates,
        "graph:attachment-multipart" => attachment_multipart,
        "graph:ways-of-writing" => ways_of_writing,
        "graph:method-override" => method_override,
    ];
    PLAIN.iter().copied().map(Check::Plain).chain(stories).collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

async fn first_thread(stage: &Stage) -> String {
    id(&stage.get(Page, &format!("/me/conversations?user_id={ADA}")).await["data"][0])
}

async fn media_node(stage: Stage) {
    let media = id(&stage.get(Page, "/17841400000000001/media").await["data"][0]);
    let node = stage.get(Page, &format!("/{media}?fields=caption,permalink")).await;
    assert_eq!(node["caption"], "New in the window");
}

async fn comment(stage: Stage) {
    let body = r#"{"to":"17841400000000001","action":"comment","text":"Nice"}"#;
    let comment = stage.own("customers/c1/actions", body).await["mid"].as_str().unwrap().to_owned();
    assert_eq!(stage.get(Page, &format!("/{comment}?fields=text,username")).await["text"], "Nice");
}

async fn conversation(stage: Stage) {
    let thread = first_thread(&stage).await;
    let told = stage.get(Page, &format!("/{thread}?fields=participants,updated_time")).await;
    assert_eq!(told["participants"]["data"][0]["name"], "Ada Marsh");
}

async fn conversation_messages(stage: Stage) {
    let thread = first_thread(&stage).await;
    let told = stage.get(Page, &format!("/{thread}/messages?limit=3&fields=message,from")).await;
    assert_eq!(told["data"].as_array().unwrap().len(), 3);
    assert!(told["paging"]["next"].is_string());
}

async fn written(stage: &Stage, body: &str) -> Value {
    let mid = stage.own("customers/c1/messages", body).await["mid"].as_str().unwrap().to_owned();
    let fields = "id,created_time,from,to,message,attachments,shares,story,reactions,reply_to,tags,is_unsupported";
    stage.get(Page, &format!("/{mid}?fields={fields}")).await
}

async fn message(stage: Stage) {
    let told = written(&stage, &json!({"to": PAGE, "text": "Hi"}).to_string()).await;
    assert_eq!((&told["message"], &told["created_time"]), (&json!("Hi"), &json!("2026-11-23T12:00:00+0000")));
    assert_eq!(told["from"]["email"], "4000000000000011@facebook.com");
}

async fn message_attachments(stage: Stage) {
    let told = written(&stage, &json!({"to": PAGE, "attachments": [{"type": "image", "url": "https://e.org/i.png"}]}).to_string()).await;
    assert_eq!(told["attachments"]["data"][0]["image_data"]["url"], "https://e.org/i.png");
    let edge = stage.get(Page, &format!("/{}/attachments", id(&told))).await;
    assert_eq!(edge["data"][0]["mime_type"], "image/jpeg");
}

async fn message_parts(stage: Stage) {
    let shared = json!({"to": "17841400000000001", "attachments": [{"type": "ig_post"}]}).to_string();
    assert_eq!(written(&stage, &shared).await["shares"]["data"][0]["type"], "ig_post");
    let story = json!({"to": "17841400000000001", "text": "love it", "story": {"kind": "reply", "id": "18041"}}).to_string();
    let told = written(&stage, &story).await;
    assert_eq!(told["story"]["reply_to"]["id"], "18041");
    let mid = id(&told);
    stage.own("customers/c1/actions", &json!({"to": "17841400000000001", "action": "react", "mid": mid, "emoji": "❤"}).to_string()).await;
    let told = stage.get(Page, &format!("/{mid}?fields=reactions")).await;
    assert_eq!(told["reactions"]["data"][0]["reaction"], "❤");
}

async fn cursors(stage: Stage) {
    let first = stage.get(Page, "/me/conversations?limit=3").await;
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let second = stage.get(Page, &format!("/me/conversations?limit=3&after={after}")).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 1, "four conversations, three at a time");
    let before = second["paging"]["cursors"]["before"].as_str().unwrap();
    let back = stage.get(Page, &format!("/me/conversations?limit=3&before={before}")).await;
    assert_eq!(back["data"], first["data"]);
}

async fn deep(stage: &Stage, platform: &str) -> Value {
    let list = stage.get(Page, &format!("/me/conversations?platform={platform}&fields=messages.limit(30){{message}}")).await;
    let messages = list["data"][0]["messages"]["data"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 30, "every id is listed");
    stage.get(Page, &format!("/{}?fields=message", id(&messages[20]))).await
}

async fn twenty(stage: Stage) {
    assert_eq!(deep(&stage, "instagram").await["error"]["code"], 9_000_001);
}

async fn twenty_on_messenger(stage: Stage) {
    assert!(deep(&stage, "messenger").await["message"].is_string());
    stage.own("seed", r#"{"quirks":{"messenger_readable":"20"}}"#).await;
    assert_eq!(deep(&stage, "messenger").await["error"]["code"], 9_000_001);
}

async fn ids_of_each_road(stage: Stage) {
    let linked = stage.get(Page, "/me/conversations?platform=instagram&user_id=5000000000000011").await;
    let login = stage.get(Login, "/me/conversations?user_id=5000000000000011").await;
    assert_ne!(linked["data"][0]["id"], login["data"][0]["id"]);
    assert_eq!(stage.get(Login, &format!("/{}", id(&linked["data"][0]))).await["error"]["code"], 100);
}

async fn subscriptions(stage: Stage) {
    let path = format!("/{APP}/subscriptions");
    let body =
        json!({"object": "page", "callback_url": stage.hook, "verify_token": "v", "fields": ["messages", "feed"], "include_values": true});
    assert!(ok(&stage.post(App, &path, &body).await));
    let listed = stage.get(App, &path).await;
    assert_eq!((&listed["data"][0]["object"], &listed["data"][0]["fields"][1]["name"]), (&json!("page"), &json!("messages")));
    assert!(ok(&stage.call(App, &format!("DELETE {path}?object=page"), "").await));
    assert_eq!(stage.get(App, &path).await["data"], json!([]));
}

async fn subscribed_apps(stage: Stage) {
    let path = format!("/{PAGE}/subscribed_apps");
    stage.post(Page, &path, &json!({"subscribed_fields": ["messages"]})).await;
    let listed = stage.get(Page, &path).await;
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["subscribed_fields"]), (&json!(APP), &json!(["messages"])));
    assert!(ok(&stage.call(Page, &format!("DELETE {path}"), "").await));
    assert_eq!(stage.get(Page, &path).await["data"], json!([]));
}

async fn subscribed_login(stage: Stage) {
    stage.post(Login, "/me/subscribed_apps", &json!({"subscribed_fields": "messages"})).await;
    let listed = stage.get(Login, "/me/subscribed_apps").await;
    assert_eq!(listed["data"][0]["app_id"], "1000000000000002");
    assert!(ok(&stage.call(Login, "DELETE /me/subscribed_apps", "").await));
    assert_eq!(stage.get(Login, "/me/subscribed_apps").await["data"], json!([]));
}

async fn batch(stage: Stage) {
    let calls = json!([{"method": "GET", "relative_url": "me?fields=name"}, {"method": "GET", "relative_url": "nobody"}]);
    let answers = stage.post(Page, "/v26.0/", &json!({"batch": calls.to_string()})).await;
    let body: Value = serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["name"], &answers[1]["code"]), (&json!("Harbour Books"), &json!(400)));
}

async fn batch_results(stage: Stage) {
    let calls = json!([
        {"method": "GET", "name": "list", "relative_url": "me/accounts?limit=1", "omit_response_on_success": true},
        {"method": "GET", "relative_url": "{result=list:$.data.0.id}?fields=name", "depends_on": "list"},
    ]);
    let answers = stage.post(User, "/", &json!({"batch": calls, "include_headers": false})).await;
    assert!(answers[0].is_null() && answers[1].get("headers").is_none());
    assert!(answers[1]["body"].as_str().unwrap().contains("Harbour"));
}

async fn profile(stage: Stage) {
    let path = "/me/messenger_profile";
    stage.post(Page, path, &json!({"get_started": {"payload": "START"}})).await;
    let told = stage.get(Page, &format!("{path}?fields=get_started")).await;
    assert_eq!(told["data"][0]["get_started"]["payload"], "START");
    assert!(set(&stage.call(Page, &format!("DELETE {path}"), r#"{"fields":["get_started"]}"#).await));
    assert_eq!(stage.get(Page, &format!("{path}?fields=get_started")).await["data"], json!([]));
}

async fn custom_user_settings(stage: Stage) {
    let menu = json!([{"locale": "default", "call_to_actions": [{"type": "postback", "title": "Mine", "payload": "M"}]}]);
    assert!(set(&stage.post(Page, "/me/custom_user_settings", &json!({"psid": ADA, "persistent_menu": menu})).await));
    let told = stage.get(Page, &format!("/me/custom_user_settings?psid={ADA}")).await;
    assert_eq!(told["data"][0]["user_level_persistent_menu"], menu);
    assert!(set(&stage.call(Page, &format!("DELETE /me/custom_user_settings?psid={ADA}"), "").await));
}

async fn personas(stage: Stage) {
    let path = format!("/{PAGE}/personas");
    let made = id(&stage.post(Page, &path, &json!({"name": "Sam", "profile_picture_url": "https://example.org/s.png"})).await);
    assert_eq!(stage.get(Page, &path).await["data"][0]["name"], "Sam");
    assert_eq!(stage.get(Page, &format!("/{made}")).await["id"], json!(made));
    assert!(ok(&stage.call(Page, &format!("DELETE /{made}"), "").await));
}

async fn labelled(stage: &Stage) -> String {
    id(&stage.post(Page, &format!("/{PAGE}/custom_labels"), &json!({"page_label_name": "VIP"})).await)
}

async fn labels(stage: Stage) {
    let label = labelled(&stage).await;
    assert_eq!(stage.get(Page, &format!("/{PAGE}/custom_labels?fields=page_label_name")).await["data"][0]["page_label_name"], "VIP");
    assert_eq!(stage.get(Page, &format!("/{label}?fields=page_label_name")).await["page_label_name"], "VIP");
    assert!(ok(&stage.call(Page, &format!("DELETE /{label}"), "").await));
}

async fn label_people(stage: Stage) {
    let label = labelled(&stage).await;
    assert!(ok(&stage.call(Page, &format!("POST /{label}/label?user={ADA}"), "").await));
    assert_eq!(stage.get(Page, &format!("/{ADA}/custom_labels")).await["data"][0]["id"], json!(label));
    assert!(ok(&stage.call(Page, &format!("DELETE /{label}/label?user={ADA}"), "").await));
    assert_eq!(stage.get(Page, &format!("/{ADA}/custom_labels")).await["data"], json!([]));
}

async fn routed(stage: &Stage) -> Value {
    stage.own("seed", ROUTED[0].1).await;
    json!({"recipient": {"id": ADA}})
}

async fn owner(stage: &Stage) -> Value {
    stage.get(Page, &format!("/{PAGE}/thread_owner?recipient={ADA}")).await["data"][0]["thread_owner"].clone()
}

async fn pass_control(stage: Stage) {
    let mut body = routed(&stage).await;
    body["target_app_id"] = json!("263902037430900");
    assert!(ok(&stage.post(Page, &format!("/{PAGE}/pass_thread_control"), &body).await));
    assert_eq!(owner(&stage).await["app_id"], "263902037430900");
}

async fn release_control(stage: Stage) {
    let body = routed(&stage).await;
    stage.post(Page, "/me/take_thread_control", &body).await;
    assert!(owner(&stage).await["expiration"].is_number());
    assert!(ok(&stage.post(Page, "/me/release_thread_control", &body).await));
    assert!(owner(&stage).await.get("expiration").is_none());
}

async fn extend_control(stage: Stage) {
    let mut body = routed(&stage).await;
    stage.post(Page, "/me/take_thread_control", &body).await;
    let before = owner(&stage).await["expiration"].as_i64().unwrap();
    body["duration"] = json!(604_800);
    assert!(ok(&stage.post(Page, "/me/extend_thread_control", &body).await));
    assert!(owner(&stage).await["expiration"].as_i64().unwrap() > before);
}

async fn thread_owner(stage: Stage) {
    assert!(owner(&stage).await.is_null(), "nobody owns a thread while routing is off");
    routed(&stage).await;
    assert_eq!(owner(&stage).await["app_id"], APP);
}

async fn message_templates(stage: Stage) {
    let path = format!("/{PAGE}/message_templates");
    let body = json!({"name": "shipped", "language": "en_US", "components": [{"type": "BODY", "text": "On its way"}]});
    assert_eq!(stage.post(Page, &path, &body).await["status"], "APPROVED");
    assert_eq!(stage.get(Page, &path).await["data"][0]["name"], "shipped");
    assert!(ok(&stage.call(Page, &format!("DELETE {path}?name=shipped"), "").await));
}

async fn attachment_multipart(stage: Stage) {
    let file = reqwest::multipart::Part::bytes(vec![0; 64]).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new()
        .text("message", r#"{"attachment":{"type":"image","payload":{"is_reusable":true}}}"#)
        .part("filedata", file);
    let url = format!("{}/me/message_attachments", stage.sandbox.facebook());
    let answer = stage.client.post(url).bearer_auth(stage.token(Page)).multipart(form).send().await.unwrap();
    assert!(answer.json::<Value>().await.unwrap()["attachment_id"].is_string());
}

async fn ways_of_writing(stage: Stage) {
    let url = |path: &str| format!("{}{path}", stage.sandbox.facebook());
    let token = stage.token(Page);
    let recipient = format!(r#"{{"id":"{ADA}"}}"#);
    let form = [("recipient", recipient.as_str()), ("message", r#"{"text":"x"}"#), ("access_token", &token)];
    let brackets = format!("recipient[id]={ADA}&message[text]=x&access_token={token}");
    for request in [
        stage.client.post(url("/v26.0/me/messages/")).form(&form),
        stage.client.post(url("/me/messages")).query(&form),
        stage.client.post(url("/v99.0/me/messages")).body(brackets),
    ] {
        let sent: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(sent["message_id"].is_string(), "{sent}");
    }
}

async fn method_override(stage: Stage) {
    let path = format!("/{PAGE}/subscribed_apps");
    stage.post(Page, &path, &json!({"subscribed_fields": ["messages"]})).await;
    assert!(ok(&stage.call(Page, &format!("POST {path}?method=delete"), "").await));
    assert_eq!(stage.get(Page, &path).await["data"], json!([]));
}
