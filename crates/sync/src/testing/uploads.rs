//! What every store of uploads must do.

use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::Form;
use link_core::words::error::Result;
use link_core::words::ids::ExternalId;
use link_core::words::outgoing::AttachmentKind;
use link_core::words::platform::Road;
use link_core::words::view::View;

use crate::testing::{Scene, at};
use crate::uploads::{KeptUpload, UploadQuery, UploadStore, digest};

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub async fn upload_store(store: &dyn UploadStore) -> Result<()> {
    let (mine, theirs) = (Scene::new("mine", "messenger:1", "7"), Scene::new("theirs", "messenger:1", "7"));
    let id = |id: &str| ExternalId::new(id).unwrap();
    let kept = |of: &Scene, name: &str, road: Road, until: i64| {
        KeptUpload::of_content(of.account.clone(), road, id(name), AttachmentKind::Image, b"a picture", at(until))
    };
    let query = |of: &Scene, kind, later: i64| {
        let connection = ConnectionKey { account: of.account.clone(), road: Road::FACEBOOK };
        UploadQuery::new(connection, kind, digest(b"a picture"), at(later))
    };
    store.keep(&kept(&mine, "1", Road::FACEBOOK, 90)).await?;
    store.keep(&kept(&mine, "2", Road::FACEBOOK, 95)).await?;
    store.keep(&kept(&mine, "3", Road::INSTAGRAM, 99)).await?;
    let found = store.find(&mine.view(), &query(&mine, AttachmentKind::Image, 50)).await?;
    assert_eq!(found, Some(kept(&mine, "2", Road::FACEBOOK, 95)), "the file that is kept longest is not found, or one of another road is");
    assert_eq!(store.find(&mine.view(), &query(&mine, AttachmentKind::Image, 95)).await?, None, "a file is sent that the platform forgot");
    assert_eq!(store.find(&mine.view(), &query(&mine, AttachmentKind::File, 50)).await?, None, "a picture is sent as a file");
    assert_eq!(store.find(&theirs.view(), &query(&theirs, AttachmentKind::Image, 50)).await?, None, "one owner sends another owner's file");
    let nothing = View::nothing(mine.account.owner.clone(), "nobody".parse().unwrap());
    assert_eq!(store.find(&nothing, &query(&mine, AttachmentKind::Image, 50)).await?, None, "somebody without rights finds a file");

    let fetched =
        KeptUpload::from_address(mine.account.clone(), Road::FACEBOOK, id("4"), AttachmentKind::Video, "https://x.test/a", at(90));
    store.keep(&fetched).await?;
    assert_eq!(store.known(&mine.view(), &mine.account, &id("4")).await?, Some(fetched), "where a file came from is lost");
    assert_eq!(store.known(&theirs.view(), &theirs.account, &id("4")).await?, None, "one owner knows another owner's file");
    store.forget(&mine.account, &id("4"), at(91)).await?;
    assert_eq!(store.known(&mine.view(), &mine.account, &id("4")).await?, None, "what the platform forgot is sent again and again");
    assert_eq!(store.known(&mine.view(), &mine.account, &id("1")).await?, None, "files that are over are kept for ever");
    assert!(store.known(&mine.view(), &mine.account, &id("2")).await?.is_some(), "a file that lives is forgotten with another");

    let connection = |of: &Scene| ConnectionKey { account: of.account.clone(), road: Road::FACEBOOK };
    store.learn(&connection(&mine), Form::Several, at(10)).await?;
    store.learn(&connection(&mine), Form::Several, at(30)).await?;
    store.learn(&connection(&mine), Form::Sticker, at(20)).await?;
    let learnt = store.lacking(&mine.view(), &connection(&mine)).await?;
    assert_eq!(learnt, [(Form::Several, at(30)), (Form::Sticker, at(20))].into(), "what was learnt of an account is lost");
    assert!(store.lacking(&theirs.view(), &connection(&theirs)).await?.is_empty(), "one owner learns from another owner's account");
    assert!(store.lacking(&nothing, &connection(&mine)).await?.is_empty(), "somebody without rights sees what an account lacks");
    Ok(())
}
