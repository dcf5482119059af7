//! What people say in public.

use chrono::TimeDelta;
use link_kit::{CommentKey, CommentPlace, CommentRow, PageQuery, PrivateReply, Road, What};
use serde_json::json;

use crate::day::Day;
use crate::stage::{INSTAGRAM, Mail, PAGE, Stage, told, whole};

impl Day {
    pub(crate) async fn comment(&self, id: &str) -> CommentRow {
        let key = CommentKey { account: self.key(), road: Road::FACEBOOK, id: id.parse().unwrap() };
        self.stage.kit.inbox().comment(&self.stage.viewer, &key).await.unwrap().unwrap_or_else(|| panic!("{id} is not here"))
    }
}

pub(crate) async fn on_the_page(day: &mut Day) {
    let before = day.stage.kit.inbox().conversations(&day.stage.viewer, &PageQuery::default()).await.unwrap();
    let start = day.stage.sqlite_end().await;
    let comment = day.acts("page_changes_feed_comment", json!({"action": "comment", "text": "Lovely window"})).await;
    let reply = day.acts("page_changes_feed_comment", json!({"action": "comment", "text": "So it is", "mid": comment})).await;
    let post = day.acts("page_changes_feed_post", json!({"action": "comment", "text": "I was there", "kind": "post"})).await;
    let mention = day.acts("page_changes_mention", json!({"action": "comment", "text": "Go there", "kind": "mention"})).await;
    day.tells("page_changes_feed_reaction", json!({})).await;
    day.settles().await;

    let row = day.comment(&comment).await.state;
    assert_eq!((row.text.as_ref().unwrap().value.as_str(), row.place), ("Lovely window", Some(CommentPlace::Post)));
    assert_eq!(row.name.as_ref().unwrap().value, "Ada Marsh");
    let until = row.at.unwrap() + TimeDelta::days(7);
    assert_eq!(row.private_reply(day.now(), &link_messenger::CAPABILITIES), PrivateReply::Open { until });
    assert_eq!(day.comment(&reply).await.state.parent.unwrap().as_str(), comment);
    assert_eq!(day.comment(&post).await.state.place, Some(CommentPlace::Visitor));
    let named = day.comment(&mention).await.state;
    assert!(named.mention && named.private_reply(day.now(), &link_messenger::CAPABILITIES) == PrivateReply::Never);
    assert!(day.notices().await.iter().any(|notice| notice.kind == "change:feed"), "a reaction to a post is kept nowhere");

    let happened = told(&day.stage.kit, &day.stage.viewer, start).await;
    let rung = happened.iter().filter(|told| matches!(told.what, What::CommentReceived { .. })).count();
    assert_eq!(rung, 4, "{happened:?}");
    let after = day.stage.kit.inbox().conversations(&day.stage.viewer, &PageQuery::default()).await.unwrap();
    assert_eq!(after, before, "a comment opens a window, or counts as unread");

    // Moderators change, hide and take away.
    let letter = |verb: &str, text: Option<&str>| {
        let now = day.now().timestamp();
        let value = json!({"item": "comment", "verb": verb, "comment_id": comment, "post_id": format!("{PAGE}_901"),
            "from": {"id": "99", "name": "Ada Marsh"}, "created_time": now - 60, "message": text});
        json!({"object": "page", "entry": [{"id": PAGE, "time": now, "changes": [{"field": "feed", "value": value}]}]}).to_string()
    };
    let mail = Mail::to(day.stage.webhook());
    for (verb, text) in [("edited", Some("Lovely windows")), ("hide", None)] {
        day.stage.pass(TimeDelta::minutes(1)).await;
        assert_eq!(mail.post(letter(verb, text)).await.0, 200);
        day.settles().await;
    }
    let row = day.comment(&comment).await.state;
    assert_eq!((row.text.unwrap().value.as_str(), row.hidden.unwrap().value), ("Lovely windows", true));
    day.stage.pass(TimeDelta::minutes(1)).await;
    assert_eq!(mail.post(letter("remove", None)).await.0, 200);
    day.settles().await;
    let row = day.comment(&comment).await.state;
    assert!(row.removed.is_some() && row.text.is_none() && row.name.is_none(), "what was taken away is still told");
    assert_eq!(row.private_reply(day.now(), &link_messenger::CAPABILITIES), PrivateReply::Never);
}

pub(crate) async fn on_instagram(day: &mut Day) {
    let below = day.acts("ig_changes_comments", json!({"action": "comment", "text": "How much?"})).await;
    let ad = day.acts("ig_changes_comments_ad", json!({"action": "comment", "text": "In blue?", "kind": "ad", "mid": below})).await;
    let live = day.acts("ig_changes_live_comments", json!({"action": "comment", "text": "Hello!", "kind": "live"})).await;
    let mention = day.acts("ig_changes_mentions_comment", json!({"action": "comment", "text": "See them", "kind": "mention"})).await;
    day.acts("ig_changes_mentions_media", json!({"action": "comment", "text": "caption", "kind": "caption"})).await;
    day.settles().await;
    for (id, place) in
        [(&below, CommentPlace::Post), (&ad, CommentPlace::Ad), (&live, CommentPlace::Live), (&mention, CommentPlace::Mention)]
    {
        assert_eq!(day.comment(id).await.state.place, Some(place), "{id}");
    }
    assert_eq!(day.comment(&below).await.state.name.unwrap().value, "ada.marsh");
    assert!(day.comment(&ad).await.state.extras.iter().any(|extra| extra.contains("ad_id")), "nobody knows which advertisement");
    let shown = day.stage.kit.inbox().private_reply(&day.comment(&live).await);
    assert!(matches!(shown, Some(PrivateReply::WhileLive { .. })), "{shown:?}");
    let all = whole(async |page| day.stage.kit.inbox().comments(&day.stage.viewer, &page).await.unwrap()).await;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|newer, older| newer.state.at >= older.state.at));
}

/// Or comments would be kept of somebody who was never asked for them: Instagram tells the comments of all accounts once the app wants any.
#[tokio::test]
async fn without_a_grant_nobodys_comments_are_kept() {
    let stage = Stage::linked().await;
    stage.pass(TimeDelta::minutes(1)).await;
    let now = stage.clock.time().timestamp();
    let comment =
        json!({"field": "comments", "value": {"id": "1790", "text": "my address is ...", "from": {"id": "5", "username": "ada"}}});
    let post = |verb: &str, item: &str| {
        let from = json!({"id": "5", "name": "Ada"});
        json!({"field": "feed", "value": {"item": item, "verb": verb, "comment_id": "901_1", "post_id": "901", "from": from,
            "created_time": now, "message": "my address is ..."}})
    };
    // What a field brings besides, or in words that nobody knows, is told under the same permission.
    let feed = [post("add", "comment"), post("add", "reaction"), post("shout", "comment")];
    let letters = [("instagram", INSTAGRAM, json!([comment])), ("page", PAGE, json!(feed))];
    for (object, id, changes) in letters {
        let body = json!({"object": object, "entry": [{"id": id, "time": now, "changes": changes}]}).to_string();
        assert_eq!(Mail::to(stage.webhook()).post(body).await.0, 200);
    }
    stage.settle().await;
    let comments = stage.kit.inbox().comments(&stage.viewer, &PageQuery::default()).await.unwrap();
    assert!(comments.items.is_empty());
    let notices = stage.kit.inbox().notices(&stage.viewer, &PageQuery::default()).await.unwrap();
    assert!(notices.items.is_empty(), "it is kept as a notice: {:?}", notices.items);
    let journal = stage.column("SELECT CAST(item AS TEXT) FROM lk_journal").await;
    assert!(journal.len() == 4 && !journal.iter().any(|item| item.contains("address")), "the journal keeps it: {journal:?}");
    let fields = stage.call("GET", &format!("/v26.0/{PAGE}/subscribed_apps"), &stage.page_token().await, &serde_json::Value::Null).await;
    assert!(!fields.to_string().contains("feed\""), "comments are subscribed to unasked: {fields}");
}
