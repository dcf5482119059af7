//! What every message store must do.

use std::collections::BTreeSet;

use link_core::words::error::Result;
use link_core::words::event::Direction;
use link_core::words::ids::MessageKey;
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::Road;
use link_core::words::view::{Accounts, Fields, View};

use crate::alias::Alias;
use crate::apply::{Batch, apply};
use crate::message::{MessageRow, Tellers};
use crate::store::{Change, Keys, MessageQuery, MessageStore};
use crate::testing::{Scene, at};

/// Runs the suite on an empty store.
///
/// # Panics
///
/// When the store does not do what the port promises; the sentence says what would be wrong in the world.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
pub async fn message_store(store: &dyn MessageStore) -> Result<()> {
    let mine = Scene::new("mine", "messenger:1", "7");
    let theirs = Scene::new("theirs", "messenger:1", "7");
    let other = Scene::new("mine", "instagram:2", "8");

    let told: Vec<_> = (1..=9).map(|n| mine.writes(&format!("m{n}"), n, &format!("mine {n}"))).collect();
    apply(store, &told).await?;
    apply(store, &[theirs.writes("m1", 1, "theirs"), other.writes("m1", 50, "on instagram"), mine.reacts("ghost", 60, Some("!"))]).await?;

    // Two owners with equal platform ids: each sees only their own.
    let own = store.message(&theirs.view(), &theirs.key("m1")).await?.unwrap();
    assert_eq!(own.state.text(), Some("theirs"), "an owner reads another owner's message under the same id");
    assert!(store.message(&theirs.view(), &mine.key("m1")).await?.is_none(), "a view of one owner shows a message of another");
    assert_eq!(
        store.conversations(&theirs.view(), &PageQuery::default()).await?.items.len(),
        1,
        "a view of one owner counts conversations of another"
    );

    // Views are applied before paging: a page is full as long as there is more to show.
    let nothing = mine.view().with_accounts(Accounts::Only(BTreeSet::new()));
    assert!(store.conversations(&nothing, &PageQuery::default()).await?.items.is_empty(), "an empty view shows conversations");
    assert!(
        store.messages(&nothing, &MessageQuery::new(mine.conversation(), PageQuery::default())).await?.items.is_empty(),
        "an empty view shows messages"
    );
    assert!(store.people(&nothing, &PageQuery::default()).await?.items.is_empty(), "an empty view shows people");
    let only = mine.view().with_accounts(Accounts::Only([mine.account.account.clone()].into()));
    let page = store.conversations(&only, &PageQuery::first(1)).await?;
    assert_eq!(page.items[0].key, mine.conversation(), "an account outside the view takes the place of one inside it");
    assert!(page.next.is_none(), "a page promises more that the view does not show");

    // Newest first, page by page, each row once; a ghost is no message.
    let mut seen = Vec::new();
    let mut query = MessageQuery::new(mine.conversation(), PageQuery::first(4));
    loop {
        let page = store.messages(&mine.view(), &query).await?;
        seen.extend(page.items.iter().map(|row| row.id().as_str().to_owned()));
        let Some(next) = page.next else { break };
        query.page = PageQuery::first(4).after(next);
    }
    assert_eq!(seen, ["m9", "m8", "m7", "m6", "m5", "m4", "m3", "m2", "m1"], "pages lose, repeat or misplace messages");
    let late = store.messages(&mine.view(), &MessageQuery::new(mine.conversation(), PageQuery::default()).since(at(8))).await?;
    assert_eq!(late.items.len(), 2, "messages before the wanted time are shown");
    let between = MessageQuery::new(mine.conversation(), PageQuery::first(2)).since(at(5)).until(at(8));
    let first = store.messages(&mine.view(), &between).await?;
    let ids = |page: &Page<MessageRow>| page.items.iter().map(|row| row.id().as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ["m7", "m6"], "messages of the end of the wanted time are shown, or pages begin elsewhere");
    let rest = MessageQuery { page: PageQuery::first(2).after(first.next.unwrap()), ..between };
    assert_eq!(ids(&store.messages(&mine.view(), &rest).await?), ["m5"]);

    // Derived, not counted up: the newest text, and what the person wrote since the business last did.
    let row = store.conversation(&mine.view(), &mine.conversation()).await?.unwrap();
    assert_eq!((row.snippet.as_deref(), row.unread), (Some("mine 9"), 9), "snippet or unread do not follow from the messages");
    apply(store, &[mine.echo("e1", 5, "hello", None)]).await?;
    let row = store.conversation(&mine.view(), &mine.conversation()).await?.unwrap();
    assert_eq!(row.unread, 4, "what was written before the business answered still counts as unread");
    apply(store, &[mine.unsends("m9", 70)]).await?;
    let row = store.conversation(&mine.view(), &mine.conversation()).await?.unwrap();
    assert_eq!((row.snippet.as_deref(), row.unread), (None, 3), "a message that was taken back is still shown or counted");

    what_is_known(store, &mine, &theirs).await?;
    fields_are_masked(store, &mine).await?;
    a_change_is_whole(store, &mine).await
}

async fn what_is_known(store: &dyn MessageStore, mine: &Scene, theirs: &Scene) -> Result<()> {
    let other_road = |id: &str| MessageKey { road: Road::INSTAGRAM, ..mine.key(id) };
    let alias = Alias { road: Road::FACEBOOK, id: mine.key("m2").id };
    Batch::default().knowing(vec![(other_road("x2"), alias)]).write(store).await?;
    apply(store, &[mine.remembers(Direction::Inbound, "h1", 80, "from history", 90)]).await?;
    let asked =
        [mine.key("m1"), mine.key("h1"), mine.key("ghost"), mine.key("nobody's"), other_road("m1"), other_road("x2"), theirs.key("m1")];
    let known = store.known(&mine.view(), &asked).await?;
    let live = Tellers { live: true, ..Tellers::default() };
    let expected = [(mine.key("h1"), Tellers { history: true, ..Tellers::default() }), (mine.key("m1"), live), (other_road("x2"), live)];
    assert_eq!(known, expected.into(), "what is known is not, what is not is, or it is told by somebody else");
    let nothing = mine.view().with_accounts(Accounts::Only(BTreeSet::new()));
    assert!(store.known(&nothing, &asked).await?.is_empty(), "an empty view shows what is known");
    assert!(store.known(&mine.view(), &[]).await?.is_empty());
    Ok(())
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn fields_are_masked(store: &dyn MessageStore, mine: &Scene) -> Result<()> {
    let blind: View = mine.view().with_fields(Fields::NONE);
    let row = store.message(&blind, &mine.key("m1")).await?.unwrap();
    assert_eq!(row.state.text(), None, "a view without texts shows a text");
    let row = store.conversation(&blind, &mine.conversation()).await?.unwrap();
    assert_eq!(row.snippet, None, "a view without texts shows a snippet");
    assert!(store.notices(&blind, &PageQuery::default()).await?.items.is_empty(), "a view without texts shows raw notices");
    Ok(())
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn a_change_is_whole(store: &dyn MessageStore, mine: &Scene) -> Result<()> {
    let keys =
        Keys { messages: [mine.key("m1"), mine.key("unheard")].into(), conversations: [mine.conversation()].into(), ..Keys::default() };
    let seen = std::sync::Mutex::new(None);
    store
        .update(&keys, &|snapshot| {
            *seen.lock().unwrap() = Some(snapshot);
            Change::default()
        })
        .await?;
    let seen = seen.into_inner().unwrap().unwrap();
    assert_eq!(seen.messages.keys().collect::<Vec<_>>(), [&mine.key("m1")], "a snapshot holds what was not asked for, or not what was");
    assert!(seen.conversations.contains_key(&mine.conversation()), "a snapshot lacks a conversation that is stored");
    Ok(())
}
