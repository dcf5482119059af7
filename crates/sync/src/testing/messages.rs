//! What every message store must do.

use std::collections::BTreeSet;

use link_core::words::comment::CommentAct;
use link_core::words::content::{Attachment, Content};
use link_core::words::error::Result;
use link_core::words::event::{Direction, EnforcementAct, Said};
use link_core::words::ids::MessageKey;
use link_core::words::page::{Page, PageQuery};
use link_core::words::platform::Road;
use link_core::words::raw::Raw;
use link_core::words::refusal::Refusal;
use link_core::words::view::{Accounts, Fields, View};

use crate::alias::Alias;
use crate::apply::{Batch, apply};
use crate::message::{MessageRow, Tellers};
use crate::piece::Fact;
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
    what_has_other_ids(store).await?;
    what_was_taken_back_is_in_no_notice(store).await?;
    what_was_taken_back_at_the_end_of_several_ids_is_in_no_notice(store).await?;
    what_was_taken_back_by_another_id_is_in_no_notice(store).await?;
    fields_are_masked(store, &mine).await?;
    comments_are_kept_apart(store, [&mine, &theirs, &other]).await?;
    an_account_has_a_state(store, &mine, &theirs).await?;
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

async fn what_has_other_ids(store: &dyn MessageStore) -> Result<()> {
    let [mine, theirs] = ["other ids", "other ids too"].map(|owner| Scene::new(owner, "instagram:1", "7"));
    let login = |of: &Scene, id: &str| MessageKey { road: Road::INSTAGRAM, ..of.key(id) };
    let kept = |key: MessageKey| Alias { road: key.road, id: key.id };
    let known = [
        (login(&mine, "x1"), kept(mine.key("m1"))),
        (login(&mine, "y1"), kept(login(&mine, "x1"))),
        (login(&mine, "x2"), kept(mine.key("m2"))),
        (login(&theirs, "z1"), kept(theirs.key("m1"))),
    ];
    Batch::default().knowing(known.to_vec()).write(store).await?;
    let asked = [mine.key("m1"), login(&mine, "x1"), login(&mine, "y1"), login(&mine, "m1"), mine.key("nobody's"), theirs.key("m1")];
    let expected = [
        (mine.key("m1"), BTreeSet::from([login(&mine, "x1"), login(&mine, "y1")])),
        (login(&mine, "x1"), BTreeSet::from([login(&mine, "y1")])),
    ];
    assert_eq!(store.aliases(&mine.view(), &asked).await?, expected.into(), "an id is missing, or is another message's or another owner's");
    let nothing = mine.view().with_accounts(Accounts::Only(BTreeSet::new()));
    assert!(store.aliases(&nothing, &asked).await?.is_empty(), "an empty view shows under which ids a message was told");
    assert!(store.aliases(&mine.view(), &[]).await?.is_empty());
    Ok(())
}

/// Something is told of a message that has no word.
#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
fn riddle(of: &Scene, id: &str) -> Fact {
    let mut fact = of.fact(of.event(Direction::Inbound, 70, Said::Unknown(Raw::parse(format!(r#"{{"id":"{id}"}}"#)).unwrap())));
    fact.event.about = Some(of.key(id).id);
    fact
}

/// The messages of which something without a word is kept.
async fn noticed(store: &dyn MessageStore, of: &Scene) -> Result<Vec<String>> {
    let notices = store.notices(&of.view(), &PageQuery::default()).await?.items;
    let mut kept: Vec<_> = notices.into_iter().filter_map(|notice| Some(notice.message?.to_string())).collect();
    kept.sort();
    Ok(kept)
}

/// By another road it has another id, and goes all the same, whenever that was known.
async fn what_was_taken_back_by_another_id_is_in_no_notice(store: &dyn MessageStore) -> Result<()> {
    let (mine, theirs) = (Scene::new("elsewhere", "instagram:1", "7"), Scene::new("elsewhere too", "instagram:1", "7"));
    let other_road = |of: &Scene, id: &str| MessageKey { road: Road::INSTAGRAM, ..of.key(id) };
    let by_login = |mut fact: Fact| {
        fact.event.road = Road::INSTAGRAM;
        fact
    };
    let is_known_as =
        |number: u8| (other_road(&mine, &format!("x{number}")), Alias { road: Road::FACEBOOK, id: mine.key(&format!("k{number}")).id });
    let known =
        async |numbers: &[u8]| Batch::default().knowing(numbers.iter().map(|number| is_known_as(*number)).collect()).write(store).await;
    let written: Vec<Fact> = (1..=4).map(|number| mine.writes(&format!("k{number}"), 1, "hello")).collect();
    apply(store, &written).await?;
    known(&[1, 2]).await?;
    let riddles = ["x1", "x2", "x3", "x4"].map(|id| by_login(riddle(&mine, id)));
    apply(store, &riddles).await?;
    apply(store, &[by_login(riddle(&theirs, "x1")), theirs.writes("k1", 1, "hello")]).await?;
    assert_eq!(noticed(store, &mine).await?, ["x1", "x2", "x3", "x4"]);
    apply(store, &[mine.unsends("k1", 80), by_login(mine.unsends("x2", 80)), mine.unsends("k3", 80)]).await?;
    assert_eq!(noticed(store, &mine).await?, ["x3", "x4"], "what was taken back by one id is still kept by the other");
    known(&[3, 4]).await?;
    assert_eq!(noticed(store, &mine).await?, ["x4"], "what turns out to have been taken back is still kept");
    apply(store, &riddles).await?;
    assert_eq!(noticed(store, &mine).await?, ["x4"], "what was taken back comes in again");
    assert_eq!(noticed(store, &theirs).await?, ["x1"], "another owner's went with it");
    Ok(())
}

/// Where a message is kept may itself turn out to be another id of one, in whatever order all that is told.
async fn what_was_taken_back_at_the_end_of_several_ids_is_in_no_notice(store: &dyn MessageStore) -> Result<()> {
    let steps = || 0..4_u8;
    let all = steps().flat_map(|a| steps().flat_map(move |b| steps().flat_map(move |c| steps().map(move |d| [a, b, c, d]))));
    let orders = all.filter(|order| steps().all(|step| order.contains(&step)));
    for order in orders {
        let name = format!("chain {}", order.map(|step| step.to_string()).concat());
        let of = Scene::new(&name, "instagram:1", "7");
        let login = |id: &str| MessageKey { road: Road::INSTAGRAM, ..of.key(id) };
        apply(store, &[of.writes("k", 1, "hello")]).await?;
        for step in order {
            let known = match step {
                0 => vec![(login("x"), Alias { road: Road::INSTAGRAM, id: login("y").id })],
                1 => vec![(login("y"), Alias { road: Road::FACEBOOK, id: of.key("k").id })],
                _ => Vec::new(),
            };
            let mut noticed = riddle(&of, "x");
            noticed.event.road = Road::INSTAGRAM;
            let facts = match step {
                2 => vec![noticed],
                3 => vec![of.unsends("k", 80)],
                _ => Vec::new(),
            };
            Batch::of(&facts).knowing(known).write(store).await?;
        }
        let left = noticed(store, &of).await?;
        assert!(left.is_empty(), "what was taken back is still kept by its third id: {order:?}");
    }
    Ok(())
}

/// What has no word may still be a message, and goes with it: before it was taken back and after, and nobody else's under the same id.
async fn what_was_taken_back_is_in_no_notice(store: &dyn MessageStore) -> Result<()> {
    let (mine, theirs) = (Scene::new("wordless", "messenger:1", "7"), Scene::new("wordless too", "messenger:1", "7"));
    let kept = async |of: &Scene| noticed(store, of).await;
    apply(store, &[riddle(&mine, "r1"), riddle(&mine, "r2"), riddle(&theirs, "r1")]).await?;
    apply(store, &[mine.unsends("r1", 80), mine.unsends("r3", 80)]).await?;
    assert_eq!(kept(&mine).await?, ["r2"], "what was taken back is still kept where it had no word, or something else went with it");
    apply(store, &[riddle(&mine, "r1"), riddle(&mine, "r3"), mine.unsends("r2", 80)]).await?;
    assert!(kept(&mine).await?.is_empty(), "what was taken back comes in again");
    assert_eq!(kept(&theirs).await?, ["r1"], "another owner's went with it");
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

    let shared = Raw::parse(r#"{"type":"fallback","payload":{"title":"a caption"}}"#).unwrap();
    let mut attachment = Attachment::new("fallback").with_url("https://x.test/a");
    (attachment.title, attachment.raw) = (Some("a caption".to_owned()), Some(shared));
    let mut content = Content::new(mine.key("shared").id);
    content.attachments = vec![attachment];
    let mut fact = mine.writes("shared", 70, "");
    fact.event.said = Said::Message(Box::new(content));
    apply(store, &[fact]).await?;
    let wordless = mine.view().with_fields(Fields::ALL.text(false));
    let row = store.message(&wordless, &mine.key("shared")).await?.unwrap();
    assert_eq!(row.state.attachments()[0].url.as_deref(), Some("https://x.test/a"), "a view without texts shows no attachments either");
    let shown = serde_json::to_string(&row.state).unwrap();
    assert!(!shown.contains("caption"), "a view without texts shows what is written on an attachment");
    Ok(())
}

#[expect(clippy::unwrap_used, reason = "this is a test that is run elsewhere")]
async fn comments_are_kept_apart(store: &dyn MessageStore, [mine, theirs, other]: [&Scene; 3]) -> Result<()> {
    let conversations = store.conversations(&mine.view(), &PageQuery::default()).await?;
    let mut told: Vec<_> = (1..=3).map(|n| mine.comments(&format!("c{n}"), n, CommentAct::Added, Some("lovely"))).collect();
    told.push(other.comments("c1", 2, CommentAct::Added, Some("on instagram")));
    told.push(mine.comments("gone before it came", 9, CommentAct::Removed, None));
    apply(store, &told).await?;
    apply(store, &[theirs.comments("c1", 1, CommentAct::Added, Some("theirs")), mine.comments("c2", 8, CommentAct::Removed, None)]).await?;

    let own = store.comment(&theirs.view(), &theirs.comment_key("c1")).await?.unwrap();
    assert_eq!(own.state.text.unwrap().value, "theirs", "an owner reads another owner's comment under the same id");
    assert!(store.comment(&theirs.view(), &mine.comment_key("c3")).await?.is_none(), "a view of one owner shows a comment of another");
    let (mut seen, mut query) = (Vec::new(), PageQuery::first(2));
    loop {
        let page = store.comments(&mine.view(), &query).await?;
        seen.extend(page.items.iter().map(|row| format!("{} {}", row.key.account.account.platform, row.key.id)));
        let Some(next) = page.next else { break };
        query = PageQuery::first(2).after(next);
    }
    let newest_first = ["messenger c3", "messenger c2", "instagram c1", "messenger c1"];
    assert_eq!(seen, newest_first, "pages lose, repeat or misplace comments, or show one that nobody told");
    let only = mine.view().with_accounts(Accounts::Only([other.account.account.clone()].into()));
    let page = store.comments(&only, &PageQuery::first(1)).await?;
    assert_eq!(page.items[0].key, other.comment_key("c1"), "an account outside the view takes the place of one inside it");
    assert!(page.next.is_none(), "a page promises more that the view does not show");
    assert!(store.comment(&only, &mine.comment_key("c1")).await?.is_none(), "a comment is shown at an account outside the view");

    let removed = store.comment(&mine.view(), &mine.comment_key("c2")).await?.unwrap().state;
    assert!(removed.removed.is_some() && removed.text.is_none() && removed.name.is_none(), "what was taken away is still told");
    let mut named = mine.comments("named", 3, CommentAct::Added, Some("lovely"));
    named.event.more = Some(Raw::parse(r#"{"from":{"self_ig_scoped_id":"ada"}}"#).unwrap());
    apply(store, &[named]).await?;
    let nameless = store.comment(&mine.view().with_fields(Fields::ALL.names(false)), &mine.comment_key("named")).await?.unwrap().state;
    assert!(nameless.text.is_some() && !serde_json::to_string(&nameless).unwrap().contains("ada"), "a view without names shows one");
    let blind = store.comment(&mine.view().with_fields(Fields::NONE), &mine.comment_key("c3")).await?.unwrap().state;
    assert!(blind.text.is_none() && blind.name.is_none(), "a view without texts and names shows a comment's");
    let after = store.conversations(&mine.view(), &PageQuery::default()).await?;
    assert_eq!(after, conversations, "a comment changes a conversation");
    Ok(())
}

async fn an_account_has_a_state(store: &dyn MessageStore, mine: &Scene, theirs: &Scene) -> Result<()> {
    assert!(store.account(&mine.view(), &mine.account).await?.is_none(), "an account has a state that nobody told");
    apply(store, &[mine.enforces(5, EnforcementAct::Blocked, Some("spam"))]).await?;
    apply(store, &[mine.enforces(6, EnforcementAct::Warned, None)]).await?;
    let refusal = store.account(&mine.view(), &mine.account).await?.and_then(|state| state.refusal(at(7)));
    let restricted = Refusal::Restricted { since: at(5), reason: Some("spam".to_owned()), until: Some(at(5 + 86_400)) };
    assert_eq!(refusal, Some(restricted), "a restriction is lost");
    assert!(store.account(&theirs.view(), &theirs.account).await?.is_none(), "an owner's account is restricted by what another one's did");
    assert!(store.account(&theirs.view(), &mine.account).await?.is_none(), "a view of one owner shows the account of another");
    let nothing = mine.view().with_accounts(Accounts::Only(BTreeSet::new()));
    assert!(store.account(&nothing, &mine.account).await?.is_none(), "an empty view shows an account");
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
