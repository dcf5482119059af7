//! A post or story of the shop's Instagram account, shared into a conversation of its Page.

use chrono::TimeDelta;
use link_kit::{
    Allowed, AttachmentKind, Body, Feature, File, FileAnswer, PostQuery, Problem, Published, Purpose, Refusal, Share, UploadProgress,
};
use link_sandbox::PersonAction;
use serde_json::json;

use crate::stage::{Stage, instagram};
use crate::{ada, asked, assert_refused, eve, is_window, now, sends, talk};

async fn one(stage: &Stage, query: PostQuery) -> Published {
    stage.kit.inbox().published(&stage.viewer, &instagram(), &query).await.unwrap().items.remove(0)
}

#[tokio::test]
async fn a_post_and_a_story_go_into_a_messenger_conversation_as_links_with_a_title() {
    let stage = asked().await;
    let (post, story) = (one(&stage, PostQuery::posts(5)).await, one(&stage, PostQuery::stories(5)).await);
    assert!(story.story && story.media.is_none());
    let inbox = stage.kit.inbox();
    let shared = [
        (Share::link(instagram(), post.id.clone()), "New in the window"),
        (Share::link(instagram(), story.id.clone()).with_title("Today in the shop"), "Today in the shop"),
    ];
    for ((share, title), published) in shared.into_iter().zip([&post, &story]) {
        let intent = inbox.share(&stage.viewer, &ada(&stage), &share, published.id.as_str()).await.unwrap();
        stage.settle().await;
        assert_eq!(now(&stage, &intent).await.state.as_str(), "sent");
        let card = sends(&stage).await.pop().unwrap()["parameters"]["message"]["attachment"]["payload"]["elements"][0].clone();
        assert_eq!((&card["title"], &card["default_action"]["url"]), (&json!(title), &json!(published.permalink)));
        assert!(card.get("image_url").is_none(), "media of a post goes along that nobody asked for");
    }
    assert_eq!(talk(&stage, &ada(&stage)).await.len(), 3);
}

#[tokio::test]
async fn the_picture_of_a_post_can_be_shared_and_that_of_a_story_cannot() {
    let stage = asked().await;
    let (post, story) = (one(&stage, PostQuery::posts(5)).await, one(&stage, PostQuery::stories(5)).await);
    let inbox = stage.kit.inbox();
    let intent = inbox.share(&stage.viewer, &ada(&stage), &Share::media(instagram(), post.id.clone()), "post").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "sent");
    assert_eq!(sends(&stage).await.pop().unwrap()["parameters"]["message"]["attachment"]["type"], "image");
    let outcome = inbox.share(&stage.viewer, &ada(&stage), &Share::media(instagram(), story.id), "story").await;
    assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("content.shared") && refusal.allowed() == [Allowed::Link]).await;
}

#[tokio::test]
async fn into_a_conversation_of_the_same_account_a_post_goes_as_such() {
    let stage = asked().await;
    let post = one(&stage, PostQuery::posts(5)).await;
    let intent = stage.kit.inbox().share(&stage.viewer, &eve(&stage), &Share::link(instagram(), post.id.clone()), "k").await.unwrap();
    stage.settle().await;
    assert_eq!(now(&stage, &intent).await.state.as_str(), "sent");
    let message = sends(&stage).await.pop().unwrap()["parameters"]["message"].clone();
    assert_eq!(message, json!({"attachment": {"type": "MEDIA_SHARE", "payload": {"id": post.id}}}));
}

/// Or it goes out as a post, and is refused at the end.
#[tokio::test]
async fn a_story_is_not_shared_into_its_own_account_and_a_post_takes_no_title_there() {
    let stage = asked().await;
    let (post, story) = (one(&stage, PostQuery::posts(5)).await, one(&stage, PostQuery::stories(5)).await);
    let inbox = stage.kit.inbox();
    let outcome = inbox.share(&stage.viewer, &eve(&stage), &Share::link(instagram(), story.id), "story").await;
    assert_refused(&stage, outcome, |refusal| refusal.rule() == Some("content.shared") && refusal.allowed() == [Allowed::Link]).await;
    let titled = Share::link(instagram(), post.id).with_title("Look");
    let outcome = inbox.share(&stage.viewer, &eve(&stage), &titled, "titled").await.map(|_| ()).unwrap_err();
    assert!(matches!(&outcome, Problem::Refused(refusal) if refusal.rule() == Some("content.shared")), "{outcome:?}");
    stage.settle().await;
    assert!(sends(&stage).await.is_empty());
}

/// If this failed, the shop would look for what is wrong at its Page, while it is the Instagram account that lacks something.
#[tokio::test]
async fn without_the_permission_of_the_instagram_account_it_is_refused_and_the_permission_is_named() {
    let stage = asked().await;
    let post = one(&stage, PostQuery::posts(5)).await;
    let shared = stage.kit.inbox().share(&stage.viewer, &ada(&stage), &Share::link(instagram(), post.id.clone()), "before").await.unwrap();
    assert!(matches!(&shared.outgoing.body, Body::Post(told) if told.account == instagram()));
    let calls = stage.calls("GET", "/media").await.len();
    stage.settle().await;
    stage.pass(TimeDelta::minutes(1)).await;
    stage.meta.person_acts(crate::ROBIN, &PersonAction::Revoke { permission: "instagram_basic".to_owned() }).await.unwrap();
    stage.settle().await;
    let outcome = stage.kit.inbox().share(&stage.viewer, &ada(&stage), &Share::link(instagram(), post.id.clone()), "after").await;
    let named = |refusal: &Refusal| match refusal {
        Refusal::PermissionMissing { feature, missing, .. } => {
            *feature == Feature::SHARE_POST && missing.iter().any(|scope| scope.as_str() == "instagram_basic")
        }
        _ => false,
    };
    let Err(Problem::Refused(refusal)) = &outcome else { panic!("{outcome:?}") };
    assert!(named(refusal), "{refusal:?}");
    assert_eq!(stage.calls("GET", "/media").await.len(), calls);
}

/// Or whoever takes a day to make an offer can only write that there is one.
#[tokio::test]
async fn on_the_second_day_a_file_and_a_post_go_by_hand_and_as_a_quotation() {
    let stage = asked().await;
    let (inbox, to) = (stage.kit.inbox(), ada(&stage));
    let quoted = talk(&stage, &to).await[0].key.id.clone();
    stage.pass(TimeDelta::hours(30)).await;
    let post = one(&stage, PostQuery::posts(5)).await;
    let file = File::new(AttachmentKind::File, "offer.pdf", "application/pdf", vec![b'x'; 9]);
    let plain = inbox.send_file(&stage.viewer, &to, &file, &UploadProgress::nobody(), "plain").await;
    assert_refused(&stage, plain, is_window).await;
    assert_refused(&stage, inbox.share(&stage.viewer, &to, &Share::link(instagram(), post.id.clone()), "shared").await, is_window).await;
    let by_hand = FileAnswer::new(&file).for_purpose(Purpose::HumanAgent).in_reply_to(quoted.clone());
    let file = inbox.send_file(&stage.viewer, &to, by_hand, &UploadProgress::nobody(), "file").await.unwrap();
    let by_hand = Share::link(instagram(), post.id).for_purpose(Purpose::HumanAgent).in_reply_to(quoted.clone());
    let post = inbox.share(&stage.viewer, &to, &by_hand, "post").await.unwrap();
    stage.settle().await;
    for (intent, sent) in [file, post].iter().zip(sends(&stage).await.iter().rev().take(2).rev()) {
        assert_eq!(now(&stage, intent).await.state.as_str(), "sent");
        assert_eq!(sent["parameters"]["tag"], "HUMAN_AGENT");
        assert_eq!(sent["parameters"]["reply_to"]["mid"], json!(quoted));
    }
}
