use link_core::words::event::Profile;
use link_core::words::ports::Profiles;
use link_core::{ErrorKind, Result, ScopedId};
use serde_json::{Value, json};

use crate::{Meta, by_instagram_login, instagram, page, parameter};

async fn on_messenger(status: u16, body: Value) -> Result<Option<Profile>> {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/5001", status, &body).await;
    meta.messenger().profile(&page(), &ScopedId::new("5001").unwrap()).await
}

#[tokio::test]
async fn a_person_has_a_name_and_a_picture() {
    let told = json!({"id": "5001", "first_name": "Mara", "last_name": "Quist", "profile_pic": "https://cdn.example/p.jpg"});
    let profile = on_messenger(200, told).await.unwrap().unwrap();
    assert_eq!(profile.name.as_deref(), Some("Mara Quist"));
    assert_eq!(profile.picture.as_deref(), Some("https://cdn.example/p.jpg"));
}

#[tokio::test]
async fn on_instagram_a_person_has_a_username() {
    let meta = Meta::start().await;
    meta.answer("GET", "/v26.0/6001", 200, &json!({"id": "6001", "username": "mara.q", "name": null})).await;
    let profile = meta.instagram().profile(&instagram(), &ScopedId::new("6001").unwrap()).await.unwrap().unwrap();
    assert_eq!((profile.username.as_deref(), profile.name), (Some("mara.q"), None));
    assert_eq!(parameter(&meta.last().await, "fields").as_deref(), Some("name,username,profile_pic"));
}

#[tokio::test]
async fn what_is_withheld_is_nothing_and_no_error() {
    assert_eq!(on_messenger(200, json!({})).await.unwrap(), None);
    assert_eq!(on_messenger(200, json!({"id": "5001"})).await.unwrap(), None);
    for (code, subcode) in [(230, None), (9010, None), (100, Some(2_018_218)), (2_018_218, None)] {
        let told = on_messenger(400, json!({"error": {"code": code, "error_subcode": subcode}})).await;
        assert_eq!(told.unwrap(), None, "{code}/{subcode:?}");
    }
}

#[tokio::test]
async fn an_app_that_may_read_nobodys_name_is_told_so() {
    for (code, subcode) in [(10, Some(2_018_247)), (2_018_247, None)] {
        let refused = on_messenger(400, json!({"error": {"code": code, "error_subcode": subcode}})).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionMissing, "{code}/{subcode:?}");
    }
}

#[tokio::test]
async fn a_dead_token_is_not_taken_for_a_shy_person() {
    let error = on_messenger(400, json!({"error": {"code": 190}})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignInNeeded);
}

#[tokio::test]
async fn the_other_road_is_not_pretended() {
    let error = Meta::start().await.instagram().profile(&by_instagram_login(), &ScopedId::new("1").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
