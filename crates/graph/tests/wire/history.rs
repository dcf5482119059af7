use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::clock::Clock;
use link_core::words::content::{Attachment, ReplyTo};
use link_core::words::event::{Channel, Direction, Event, Said};
use link_core::words::page::Cursor;
use link_core::words::ports::{History, HistoryPage, HistoryQuery, ThreadPage};
use link_core::{ErrorKind, ExternalId, ScopedId};
use link_graph::{Dialect, Talk};
use serde_json::{Value, json};

use crate::{DATE, Meta, by_instagram_login, instagram, page, parameter};

const LIST: &str = "/v26.0/77/conversations";
const THREAD: &str = "/v26.0/t_1/messages";

fn next(after: &str) -> Value {
    json!({"cursors": {"before": "b", "after": after}, "next": format!("https://graph.facebook.com/x?access_token=leak&after={after}")})
}

fn conversation(messages: &Value, paging: &Value) -> Value {
    json!({"id": "t_1", "updated_time": "2026-10-30T08:00:09+0000",
        "participants": {"data": [
            {"name": "Lamp Shop", "email": "77@facebook.com", "id": "77"}, {"name": "Mara Quist", "email": "5001@facebook.com", "id": "5001"}
        ]},
        "messages": {"data": messages, "paging": paging}})
}

fn inbound(id: &str) -> Value {
    json!({"id": id, "created_time": "2026-10-30T08:00:09+0000", "from": {"name": "Mara Quist", "id": "5001"},
        "to": {"data": [{"name": "Lamp Shop", "id": "77"}]}, "message": "Is the green one left?"})
}

fn outbound(id: &str) -> Value {
    json!({"id": id, "created_time": "2026-10-30T08:05:00+0000", "from": {"name": "Lamp Shop", "id": "77"},
        "to": {"data": [{"name": "Mara Quist", "id": "5001"}]}, "message": "Yes, two of them."})
}

async fn listed(messages: Value) -> HistoryPage {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 200, &json!({"data": [conversation(&messages, &json!({}))]})).await;
    meta.messenger().conversations(&page(), &HistoryQuery::new(10, 25)).await.unwrap()
}

/// The messages of a page, without the thread's own event.
fn messages(page: &HistoryPage) -> Vec<&Event> {
    page.events.iter().filter(|event| !matches!(event.said, Said::Thread(_))).collect()
}

fn content(event: &Event) -> &link_core::words::content::Content {
    match &event.said {
        Said::Message(content) => content,
        other => panic!("{}", other.kind()),
    }
}

#[tokio::test]
async fn conversations_come_with_their_newest_messages_in_one_call() {
    let meta = Meta::start().await;
    let listed = conversation(&json!([outbound("m_2"), inbound("m_1")]), &next("older"));
    meta.answer("GET", LIST, 200, &json!({"data": [listed], "paging": next("more")})).await;
    let query = HistoryQuery::new(10, 25).of(ScopedId::new("5001").unwrap()).after(Some(Cursor::new("here")));
    let page = meta.messenger().conversations(&page(), &query).await.unwrap();

    let request = meta.last().await;
    assert_eq!(parameter(&request, "platform").as_deref(), Some("messenger"));
    assert_eq!(parameter(&request, "user_id").as_deref(), Some("5001"));
    assert_eq!(parameter(&request, "after").as_deref(), Some("here"));
    assert_eq!(parameter(&request, "limit").as_deref(), Some("10"));
    assert!(parameter(&request, "fields").unwrap().contains("messages.limit(25){id,created_time,from,to,message"));

    assert_eq!(page.next, Some(Cursor::new("more")));
    assert_eq!(page.as_of.to_rfc3339(), "2026-11-02T10:00:00+00:00");
    let [thread] = &page.threads[..] else { panic!("one thread") };
    assert_eq!((thread.id.as_str(), thread.peer.as_str(), thread.messages, thread.unreadable), ("t_1", "5001", 2, 0));
    assert_eq!(thread.older, Some(Cursor::new("older")));

    let Said::Thread(told) = &page.events[0].said else { panic!("the thread comes first") };
    assert_eq!((told.name.as_deref(), told.updated), (Some("Mara Quist"), thread.updated));
    assert_eq!(page.events[0].peer().unwrap().as_str(), "5001");

    let [ours, theirs] = messages(&page)[..] else { panic!("two messages") };
    assert_eq!((ours.direction, ours.peer().unwrap().as_str()), (Direction::Outbound, "5001"));
    assert!(content(ours).echo.is_some(), "what the business wrote is an echo, whichever way it comes");
    assert_eq!((theirs.direction, theirs.peer().unwrap().as_str()), (Direction::Inbound, "5001"));
    assert_eq!(content(theirs).echo, None);
    assert_eq!(content(theirs).text.as_deref(), Some("Is the green one left?"));
    let at = theirs.at.unwrap();
    assert_eq!((at.at.to_rfc3339().as_str(), at.exact), ("2026-10-30T08:00:09+00:00", false), "history knows whole seconds only");
    assert!(page.events.iter().all(|event| event.channel == Channel::History && event.as_of == page.as_of));
}

#[tokio::test]
async fn an_empty_page_with_a_next_one_is_not_the_end() {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 200, &json!({"data": [], "paging": next("on")})).await;
    let page = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 0)).await.unwrap();
    assert_eq!((page.threads.len(), page.next), (0, Some(Cursor::new("on"))));
    assert!(!parameter(&meta.last().await, "fields").unwrap().contains("messages"));
}

/// Or half a conversation is taken for the whole of it: only whoever asked for the page can tell that it leads nowhere.
#[tokio::test]
async fn a_page_that_leads_to_itself_is_not_the_end() {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 200, &json!({"data": [], "paging": next("same")})).await;
    let query = HistoryQuery::new(10, 0).after(Some(Cursor::new("same")));
    assert_eq!(meta.messenger().conversations(&page(), &query).await.unwrap().next, query.after);
    meta.answer("GET", THREAD, 200, &json!({"data": [inbound("m_1")], "paging": next("same")})).await;
    let read = meta.messenger().messages(&page(), &thread(), &query).await.unwrap();
    assert_eq!(read.threads[0].older, query.after);
}

#[tokio::test]
async fn messenger_tells_how_many_messages_a_conversation_has_and_instagram_is_not_asked() {
    let meta = Meta::start().await;
    let mut listed = conversation(&json!([]), &json!({}));
    listed["message_count"] = json!(7);
    meta.answer("GET", LIST, 200, &json!({"data": [listed]})).await;
    let told = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 25)).await.unwrap();
    assert_eq!(told.threads[0].total, Some(7));
    assert!(parameter(&meta.last().await, "fields").unwrap().contains("message_count"));
    meta.instagram().conversations(&instagram(), &HistoryQuery::new(10, 20)).await.unwrap();
    assert!(!parameter(&meta.last().await, "fields").unwrap().contains("message_count"), "Instagram refuses a call for it");
}

/// Or every sticker of a history vanishes from its conversation, once Meta tells them in another form.
#[tokio::test]
async fn a_message_of_which_one_part_has_another_form_stands_there_with_the_rest_of_it() {
    for (part, form) in [("sticker", json!({"id": 7})), ("story", json!("x")), ("reply_to", json!("m_0"))] {
        let mut worded = inbound("m_1");
        worded[part] = form.clone();
        let mut bare = worded.clone();
        (bare["id"], bare["message"]) = (json!("m_2"), json!(""));
        let page = listed(json!([bare, worded])).await;
        assert_eq!((page.threads[0].messages, page.threads[0].unknown), (2, 0), "{part}");
        let [bare, worded] = messages(&page)[..] else { panic!("two messages") };
        assert_eq!(content(worded).text.as_deref(), Some("Is the green one left?"), "{part}");
        assert!(
            !content(worded).unsupported && !content(bare).unsupported,
            "what does not read here is taken for what the platform keeps back: {part}"
        );
        let kept: Value = serde_json::from_str(content(bare).more.as_ref().unwrap().as_str()).unwrap();
        assert_eq!(kept, json!({ part: form }), "what it was is lost");
    }
}

/// A clock that is looked at every seven seconds.
#[derive(Default)]
struct Slow(std::sync::atomic::AtomicI64);

impl Clock for Slow {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed))
    }
}

/// Or a reaction that somebody withdraws while a page is put together comes back for good.
#[tokio::test]
async fn reactions_are_told_as_of_when_the_call_was_begun() {
    let meta = Meta::start().await;
    let mut loved = inbound("m_1");
    loved["reactions"] = json!({"data": [{"reaction": "love", "users": [{"id": "5001"}]}]});
    meta.answer("GET", LIST, 200, &json!({"data": [conversation(&json!([loved]), &json!({}))]})).await;
    let talk = Talk::new(meta.client_by(Slow::default()), Dialect::MESSENGER);
    let page = talk.conversations(&page(), &HistoryQuery::new(10, 25)).await.unwrap();
    let [message, reaction] = messages(&page)[..] else { panic!("a message and a reaction") };
    assert_eq!((message.as_of, reaction.as_of), (page.as_of, page.as_of - TimeDelta::seconds(7)));
    assert_eq!(page.as_of, DateTime::parse_from_rfc2822(DATE).unwrap());
}

/// Or what nobody knows the time of counts as nothing, and the conversation as complete.
#[tokio::test]
async fn a_message_without_a_form_is_kept_with_its_conversation_and_counted() {
    let (mut timeless, mut nobodys) = (inbound("m_2"), inbound("m_3"));
    timeless["created_time"] = Value::Null;
    nobodys["from"] = Value::Null;
    let page = listed(json!([timeless, nobodys, inbound("m_1")])).await;
    assert_eq!((page.threads[0].messages, page.threads[0].unknown, page.threads[0].unreadable), (1, 2, 0));
    let riddles: Vec<_> = page.events.iter().filter(|event| matches!(event.said, Said::Unknown(_))).collect();
    assert_eq!(riddles.len(), 2);
    assert!(riddles.iter().all(|event| event.peer() == Some(&page.threads[0].peer)), "nobody knows whose it is");
}

/// Or a field that a version of the platform does not know ends all reading of history.
#[tokio::test]
async fn how_many_messages_there_are_is_not_asked_again_where_that_is_refused() {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 400, &json!({"error": {"code": 100, "message": "(#100) Tried accessing nonexisting field (message_count)"}}))
        .await;
    let plain = "id,updated_time,participants,messages.limit(25)";
    let fields = format!("{plain}{{{}}}", link_graph::Dialect::MESSENGER.message_fields);
    meta.answer_with(LIST, ("fields", &fields), &json!({"data": [conversation(&json!([inbound("m_1")]), &json!({}))]})).await;
    let messenger = meta.messenger();
    for calls in [2, 3] {
        let told = messenger.conversations(&page(), &HistoryQuery::new(10, 25)).await.unwrap();
        let asked = meta.requests().await.len();
        assert_eq!((told.threads.len(), told.threads[0].total, asked), (1, None, calls), "what is refused is asked again on every page");
    }
}

/// Or a program that starts in the middle of a list begins it anew where a field is refused, until it gives up.
#[tokio::test]
async fn a_field_that_is_refused_behind_a_cursor_does_not_refuse_the_cursor() {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 400, &json!({"error": {"code": 100, "message": "(#100) Tried accessing nonexisting field (is_owner)"}})).await;
    let fields = format!("id,updated_time,participants,messages.limit(25){{{}}}", link_graph::Dialect::MESSENGER.message_fields);
    meta.answer_with(LIST, ("fields", &fields), &json!({"data": [conversation(&json!([inbound("m_1")]), &json!({}))]})).await;
    let query = HistoryQuery::new(10, 25).after(Some(Cursor::new("middle")));
    let messenger = meta.messenger();
    for calls in [2, 3] {
        let told = messenger.conversations(&page(), &query).await.unwrap();
        assert_eq!((told.threads.len(), meta.requests().await.len()), (1, calls));
        assert_eq!(parameter(&meta.last().await, "after").as_deref(), Some("middle"));
    }
}

#[tokio::test]
async fn a_cursor_that_is_refused_is_not_asked_twice_where_the_fields_were_taken() {
    let meta = Meta::start().await;
    meta.answer_with(LIST, ("limit", "9"), &json!({"data": []})).await;
    meta.answer("GET", LIST, 400, &json!({"error": {"code": 100, "message": "(#100) Invalid cursor"}})).await;
    let query = HistoryQuery::new(10, 25).after(Some(Cursor::new("old")));
    let messenger = meta.messenger();
    let refused = messenger.conversations(&page(), &query).await.unwrap_err();
    assert_eq!((refused.kind(), meta.requests().await.len()), (ErrorKind::Invalid, 2), "it may have been the fields");
    messenger.conversations(&page(), &HistoryQuery::new(9, 25)).await.unwrap();
    let refused = messenger.conversations(&page(), &query).await.unwrap_err();
    assert_eq!((refused.kind(), meta.requests().await.len()), (ErrorKind::Invalid, 4));
}

/// Where conversations are routed between apps the list says which of them is this app's, at no call more.
#[tokio::test]
async fn whose_a_conversation_is_comes_with_the_list() {
    let meta = Meta::start().await;
    let of = |owner: Value| {
        let mut told = conversation(&json!([]), &json!({}));
        told["is_owner"] = owner;
        told
    };
    let all = json!([of(json!(true)), of(json!(false)), of(json!(null)), of(json!({"odd": 1})), conversation(&json!([]), &json!({}))]);
    meta.answer("GET", LIST, 200, &json!({"data": all})).await;
    for told in [
        meta.messenger().conversations(&page(), &HistoryQuery::new(10, 5)).await.unwrap(),
        meta.instagram().conversations(&instagram(), &HistoryQuery::new(10, 5)).await.unwrap(),
    ] {
        let owned = told.events.iter().filter_map(|event| if let Said::Thread(thread) = &event.said { Some(thread.owned) } else { None });
        assert_eq!(owned.collect::<Vec<_>>(), [Some(true), Some(false), None, None, None]);
        assert!(parameter(&meta.last().await, "fields").unwrap().contains("is_owner"));
    }
    assert_eq!(meta.requests().await.len(), 2);
}

#[tokio::test]
async fn an_answer_in_html_or_cut_off_is_an_error_that_says_so() {
    for body in ["<!DOCTYPE html><title>Sorry</title>", "{\"data\": [{\"id\": \"t_1\", \"mess"] {
        let meta = Meta::start().await;
        meta.respond("GET", LIST, wiremock::ResponseTemplate::new(200).set_body_string(body)).await;
        let error = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 25)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unrecognised);
        assert!(!format!("{error:?} {error}").contains("Sorry"), "an error carries a body");
    }
}

#[tokio::test]
async fn attachments_have_the_kinds_that_webhooks_give_them() {
    let mut message = inbound("m_1");
    message["message"] = json!("");
    message["attachments"] = json!({"data": [
        {"id": "1", "mime_type": "image/jpeg", "name": "a.jpg", "image_data": {"url": "https://cdn.example/a", "width": 5}},
        {"id": "2", "mime_type": "image/png", "image_data": {"url": "https://cdn.example/b", "render_as_sticker": true}},
        {"id": "3", "mime_type": "video/mp4", "video_data": {"url": "https://cdn.example/c"}},
        {"id": "4", "mime_type": "audio/mpeg", "file_url": "https://cdn.example/d"},
        {"id": "5", "mime_type": "application/pdf", "name": "list.pdf", "file_url": "https://cdn.example/e"},
        {"id": "6", "something": "nobody has seen yet"}
    ]});
    message["sticker"] = json!("https://cdn.example/b");
    message["shares"] = json!({"data": [{"link": "https://shop.example/x", "type": "post", "title": "Lamps"}]});
    let page = listed(json!([message])).await;
    let content = content(messages(&page)[0]);
    let told = |attachment: &Attachment| (attachment.kind.clone().unwrap_or_default(), attachment.url.clone().unwrap_or_default());
    let told: Vec<_> = content.attachments.iter().map(told).collect();
    let expected = [("image", "a"), ("sticker", "b"), ("video", "c"), ("audio", "d"), ("file", "e")];
    let expected: Vec<_> = expected.iter().map(|(kind, end)| ((*kind).to_owned(), format!("https://cdn.example/{end}"))).collect();
    assert_eq!(&told[..5], expected);
    assert_eq!(told[5], (String::new(), String::new()), "an attachment of no known kind is still one");
    assert_eq!(told[6], ("post".to_owned(), "https://shop.example/x".to_owned()));
    assert_eq!(told.len(), 7, "the sticker is told twice and kept once");
    assert_eq!(content.text, None);
    assert!(content.attachments.iter().all(|attachment| attachment.raw.is_some()));
}

#[tokio::test]
async fn a_quotation_and_a_reaction_are_told() {
    let mut message = outbound("m_2");
    message["reply_to"] = json!({"mid": "m_1", "is_self_reply": false});
    message["reactions"] =
        json!({"data": [{"reaction": "\u{2764}", "users": [{"id": "5001"}, {"id": "77"}]}, {"reaction": "love", "users": []}]});
    let page = listed(json!([message])).await;
    let [message, hers, ours] = messages(&page)[..] else { panic!("a message and two reactions") };
    assert_eq!(content(message).reply_to, Some(ReplyTo::Message("m_1".parse().unwrap())));
    let Said::Reacted(reaction) = &hers.said else { panic!("a reaction") };
    assert_eq!(reaction.message.as_ref().unwrap().as_str(), "m_2");
    assert_eq!((reaction.emoji.as_deref(), reaction.is_withdrawn()), (Some("\u{2764}"), false));
    assert_eq!((hers.direction, ours.direction), (Direction::Inbound, Direction::Outbound));
    assert_eq!((hers.at, ours.peer().unwrap().as_str()), (None, "5001"));
    assert_eq!(page.threads[0].messages, 1, "reactions are no messages");
}

#[tokio::test]
async fn one_message_that_does_not_read_spoils_no_other() {
    let strange = json!({"id": "m_2", "from": {"id": "5001"}, "message": {"rich": true}});
    let page = listed(json!([strange, inbound("m_1"), "not even an object"])).await;
    let kinds: Vec<_> = messages(&page).iter().map(|event| event.said.kind()).collect();
    assert_eq!(kinds, ["unknown", "message", "unknown"]);
    assert_eq!((page.threads[0].messages, page.unreadable), (1, 0));
}

/// Or what was said years ago rings as if it came this moment.
#[tokio::test]
async fn a_message_of_which_nobody_knows_when_it_was_written_is_kept_and_is_no_news() {
    for time in [json!(null), json!("soon"), json!("")] {
        let mut timeless = inbound("m_2");
        timeless["created_time"] = time;
        let page = listed(json!([timeless, inbound("m_1")])).await;
        let kinds: Vec<_> = messages(&page).iter().map(|event| event.said.kind()).collect();
        assert_eq!((kinds, page.threads[0].messages), (vec!["unknown", "message"], 1));
    }
}

/// Or an account whose list came as half an answer is said to have no conversations at all.
#[tokio::test]
async fn an_answer_without_a_list_is_none() {
    let meta = Meta::start().await;
    meta.answer("GET", LIST, 200, &json!({})).await;
    meta.answer("GET", THREAD, 200, &json!({"paging": next("older")})).await;
    let query = HistoryQuery::new(10, 20);
    let error = meta.messenger().conversations(&page(), &query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrecognised);
    let error = meta.messenger().messages(&page(), &thread(), &query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unrecognised);
}

/// Or three hundred messages that are not here are called complete.
#[tokio::test]
async fn a_conversation_of_whose_messages_nothing_is_said_is_told_as_such() {
    let meta = Meta::start().await;
    let conversation = |count: Value, messages: Value| {
        let mut told = conversation(&json!([]), &json!({}));
        (told["message_count"], told["messages"]) = (count, messages);
        told
    };
    let (nothing, empty) = (json!({}), json!({"data": []}));
    let all = json!([
        conversation(json!(300), nothing.clone()),
        conversation(json!(null), nothing.clone()),
        conversation(json!(300), empty.clone()),
        conversation(json!(0), nothing),
        conversation(json!(null), empty)
    ]);
    meta.answer("GET", LIST, 200, &json!({"data": all})).await;
    let told = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 20)).await.unwrap();
    let untold: Vec<_> = told.threads.iter().map(|thread| thread.untold).collect();
    assert_eq!(untold, [true, true, true, false, false]);
    let unasked = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 0)).await.unwrap();
    assert!(unasked.threads.iter().all(|thread| !thread.untold), "what was not asked for is missing");
}

#[tokio::test]
async fn a_conversation_with_nobody_at_the_other_side_is_kept_untouched() {
    let meta = Meta::start().await;
    let alone = json!({"id": "t_9", "participants": {"data": [{"id": "77"}]}});
    meta.answer("GET", LIST, 200, &json!({"data": [alone]})).await;
    let page = meta.messenger().conversations(&page(), &HistoryQuery::new(10, 0)).await.unwrap();
    assert_eq!((page.events[0].said.kind(), page.threads.len(), page.untold), ("unknown", 0, 1));
}

fn on_instagram(id: &str, from: &str, to: &str) -> Value {
    json!({"id": id, "created_time": "2026-10-30T08:00:09+0000", "from": {"username": "x", "id": from}, "to": {"data": [{"id": to}]}, "message": "hi"})
}

#[tokio::test]
async fn what_instagram_does_not_show_is_counted_and_not_taken_for_deleted() {
    let meta = Meta::start().await;
    let us = "17841400000000009";
    let mut mention = on_instagram("i_2", "6001", us);
    mention["story"] = json!({"mention": {"link": "https://cdn.example/story", "id": "900"}});
    let mut reply = on_instagram("i_1", "6001", us);
    reply["story"] = json!({"reply_to": {"link": "https://cdn.example/mine", "id": 901}});
    let items = json!([
        on_instagram("i_3", us, "6001"), mention, reply,
        {"id": "i_0", "created_time": "2026-01-01T00:00:00+0000"}, {"id": "i_x"}, {"id": "i_y", "error": {"code": 9_000_001}}
    ]);
    let thread = json!({"id": "t_1", "participants": {"data": [{"id": us, "username": "lampshop"}, {"id": "6001", "username": "mara.q"}]},
        "messages": {"data": items}});
    meta.answer("GET", LIST, 200, &json!({"data": [thread]})).await;
    let page = meta.instagram().conversations(&instagram(), &HistoryQuery::new(10, 20)).await.unwrap();
    assert_eq!(parameter(&meta.last().await, "platform").as_deref(), Some("instagram"));
    let thread = &page.threads[0];
    assert_eq!((thread.messages, thread.unreadable, page.unreadable), (3, 3, 3));
    assert!(page.events.iter().all(|event| !matches!(event.said, Said::Unsent(_) | Said::Unknown(_))));
    let [ours, mention, reply] = messages(&page)[..] else { panic!("three messages") };
    assert_eq!(ours.direction, Direction::Outbound);
    assert_eq!(content(mention).attachments[0].kind.as_deref(), Some("story_mention"));
    let story = ReplyTo::Story { id: Some(ExternalId::new("901").unwrap()), url: Some("https://cdn.example/mine".into()) };
    assert_eq!(content(reply).reply_to, Some(story));
    let Said::Thread(told) = &page.events[0].said else { panic!("the thread comes first") };
    assert_eq!(told.username.as_deref(), Some("mara.q"));
}

fn thread() -> ThreadPage {
    ThreadPage::new(ExternalId::new("t_1").unwrap(), ScopedId::new("5001").unwrap())
}

#[tokio::test]
async fn older_messages_are_read_from_where_the_last_page_ended() {
    let meta = Meta::start().await;
    meta.answer("GET", THREAD, 200, &json!({"data": [inbound("m_1")], "paging": next("older still")})).await;
    let query = HistoryQuery::new(50, 0).after(Some(Cursor::new("older")));
    let page = meta.messenger().messages(&page(), &thread(), &query).await.unwrap();
    let request = meta.last().await;
    assert_eq!((parameter(&request, "after").as_deref(), parameter(&request, "limit").as_deref()), (Some("older"), Some("50")));
    assert_eq!(page.events.len(), 1);
    assert_eq!((page.threads[0].messages, page.threads[0].older.clone()), (1, Some(Cursor::new("older still"))));
    assert_eq!(page.next, page.threads[0].older);
}

#[tokio::test]
async fn a_page_that_instagram_refuses_as_deleted_is_counted_by_its_bare_ids() {
    let meta = Meta::start().await;
    meta.answer("GET", THREAD, 400, &json!({"error": {"code": 9_000_001, "message": "deleted"}})).await;
    meta.answer_with(THREAD, ("fields", "id"), &json!({"data": [{"id": "i_1"}, {"id": "i_2"}]})).await;
    let page = meta.instagram().messages(&instagram(), &thread(), &HistoryQuery::new(50, 0)).await.unwrap();
    assert_eq!((page.events.len(), page.unreadable, page.threads[0].unreadable), (0, 2, 2));
}

#[tokio::test]
async fn the_other_road_is_not_pretended() {
    let talk = Meta::start().await.instagram();
    let error = talk.conversations(&by_instagram_login(), &HistoryQuery::new(1, 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
