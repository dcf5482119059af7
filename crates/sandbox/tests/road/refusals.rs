use link_sandbox::{Action, PersonAction};
use serde_json::{Value, json};

use crate::stage::{ADA, ADA_IG, CAFE, INSTAGRAM, PAGE, ROBIN, Stage, refusal};

fn text() -> Value {
    json!({"text": "Hello"})
}

#[tokio::test]
async fn the_window_closes_after_a_day_and_for_people_after_a_week() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    stage.controls.advance("22h59m").await.unwrap();
    assert!(stage.send(&token, ADA, text()).await["message_id"].is_string(), "the customer wrote one hour before the start");
    stage.controls.advance("1m").await.unwrap();
    assert_eq!(refusal(&stage.send(&token, ADA, text()).await), (10, Some(2_018_278)));
    assert_eq!(refusal(&stage.send(&token, ADA_IG, text()).await), (10, Some(2_534_022)));
    for (to, open) in [(ADA, true), (ADA_IG, true)] {
        let body = json!({"recipient": {"id": to}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": text()});
        assert_eq!(stage.post("/me/messages", &token, &body).await["message_id"].is_string(), open);
    }
    stage.controls.advance("6d").await.unwrap();
    let body = json!({"recipient": {"id": ADA}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": text()});
    assert_eq!(refusal(&stage.post("/me/messages", &token, &body).await), (10, Some(2_018_278)));
    stage.controls.customer_writes("c1", PAGE, "Still there?").await.unwrap();
    assert!(stage.send(&token, ADA, text()).await["message_id"].is_string(), "a message opens the window again");
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_refused() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let to = |id: &str, rest: Value| {
        let mut body = rest;
        body["recipient"] = json!({"id": id});
        body
    };
    for (body, expected) in [
        (to(ADA, json!({"message": {"text": "é".repeat(2_001)}})), (100, None)),
        (to(ADA_IG, json!({"message": {"text": "é".repeat(501)}})), (100, None)),
        (to(ADA, json!({"message": {}})), (100, None)),
        (to(ADA, json!({})), (100, None)),
        (to(ADA, json!({"message": text(), "sender_action": "typing_on"})), (100, Some(2_018_014))),
        (to(ADA, json!({"message": text(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"})), (100, None)),
        (to(ADA, json!({"message": text(), "messaging_type": "SHOUT"})), (100, None)),
        (to(ADA, json!({"message": text(), "reply_to": {"mid": "m_none"}})), (100, None)),
        (to(ADA, json!({"sender_action": "dance"})), (100, None)),
        (to("4999", json!({"message": text()})), (100, Some(2_018_001))),
        (to("5000000000000015", json!({"message": text()})), (551, Some(1_545_041))),
        (to(ROBIN, json!({"message": text()})), (100, Some(2_018_001))),
        (json!({"message": text()}), (100, None)),
        (json!({"recipient": {"phone": "1"}, "message": text()}), (100, None)),
        (json!({"recipient": {"comment_id": "1"}, "message": text()}), (100, Some(2_534_025))),
    ] {
        if expected.0 == 551 {
            stage.controls.customer_acts("c5", INSTAGRAM, &Action::Block).await.unwrap();
        }
        assert_eq!(refusal(&stage.post("/me/messages", &token, &body).await), expected, "{body}");
    }
    let cafe = stage.page_token(CAFE).await;
    assert_eq!(refusal(&stage.send(&cafe, ADA, text()).await), (100, Some(2_018_001)), "another Page's id is nobody here");
    assert_eq!(refusal(&stage.send(&cafe, ADA_IG, text()).await), (100, Some(2_534_014)));
}

#[tokio::test]
async fn what_people_change_stops_messages_for_the_right_reason() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let (page, instagram) = (PAGE.to_owned(), INSTAGRAM.to_owned());
    for (action, to, expected) in [
        (PersonAction::Restrict { page: page.clone() }, ADA, (10, Some(1_893_063))),
        (PersonAction::MessageAccessOff { instagram: instagram.clone() }, ADA_IG, (200, Some(2_534_041))),
        (PersonAction::UnlinkInstagram { page: page.clone() }, ADA_IG, (100, Some(2_534_013))),
        (PersonAction::MakePersonal { instagram: instagram.clone() }, ADA_IG, (100, Some(2_534_013))),
        (PersonAction::RequireTwoFactor { page: page.clone() }, ADA_IG, (10, Some(2_534_077))),
        (PersonAction::Decline { permission: "pages_messaging".into() }, ADA, (200, None)),
        (PersonAction::Revoke { permission: "instagram_manage_messages".into() }, ADA_IG, (200, None)),
        (PersonAction::LoseTask { page: page.clone(), task: Some("MESSAGING".into()) }, ADA, (200, None)),
        (PersonAction::MoveInstagram { instagram, page: CAFE.to_owned() }, ADA_IG, (100, Some(2_534_013))),
    ] {
        stage.controls.person_acts(ROBIN, &action).await.unwrap();
        assert_eq!(refusal(&stage.send(&token, to, text()).await), expected, "{action:?}");
        stage.controls.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
        assert!(stage.send(&token, to, text()).await["message_id"].is_string(), "{action:?} was undone");
    }
}

#[tokio::test]
async fn only_the_page_itself_may_send() {
    let stage = Stage::frozen().await;
    let tokens = stage.controls.tokens(ROBIN, &crate::stage::scopes()).await.unwrap();
    let body = json!({"recipient": {"id": ADA}, "message": text()});
    let path = format!("/v26.0/{PAGE}/messages");
    assert_eq!(refusal(&stage.post(&path, &tokens.user_token, &body).await), (190, None));
    assert_eq!(refusal(&stage.post(&path, &tokens.page_tokens[CAFE], &body).await), (100, Some(33)));
    assert_eq!(refusal(&stage.post(&path, "EAAnonsense", &body).await), (190, None));
    assert_eq!(refusal(&stage.post("/me/messages", &Stage::app_token(), &body).await), (2500, None));
}

#[tokio::test]
async fn an_app_without_review_reaches_nobody() {
    let stage = Stage::frozen().await;
    let token = stage.page_token(PAGE).await;
    let change = json!({"apps": [{"id": crate::stage::APP, "access": "standard"}]});
    stage.controls.seed(&change).await.unwrap();
    assert_eq!(refusal(&stage.send(&token, ADA, text()).await), (200, Some(2_018_028)));
    assert_eq!(stage.get("/me/conversations", &token).await, json!({"data": []}));
}
