//! Story: a shop and the agency that works for it have linked the same Page and the same Instagram account, each for itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests; the lint's own exemption ends at helpers")]

mod stage;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::{FutureExt as _, Stream, StreamExt as _};
use link_core::words::event::Direction;
use link_kit::{
    ConversationKey, Depth, Health, IntentQuery, IntentState, MessageRow, Outgoing, OwnerId, PageQuery, Position, Preferences, Problem,
    Refusal, Road, Role, SetupRefused, Synchronisation, Viewer, What,
};
use link_sandbox::{Action, Decision, PersonAction};
use stage::Agree as _;
use stage::{INSTAGRAM, PAGE, Stage, conversation, instagram, owner, page};

const ROBIN: &str = "2000000000000001";
const ADA: &str = "4000000000000011";
const EVE: &str = "5000000000000015";

/// Both have linked both accounts; Ada and Eve have written since, and Ada ticked an opt-in, which is no message.
async fn shared() -> (Stage, Viewer, Viewer) {
    let stage = Stage::linked().await;
    let (shop, agency) = (stage.viewer.clone(), owner("agency", "alex"));
    stage.link(&agency).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.meta.customer_writes("c1", PAGE, "Is the shop open?").await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    stage.meta.customer_acts("c1", PAGE, &Action::Optin { reference: "newsletter".to_owned() }).await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::seconds(1)).await;
    (stage, shop, agency)
}

fn some() -> PageQuery {
    PageQuery::first(100)
}

/// What a stream has without anybody waiting for more.
fn at_hand<T>(mut stream: impl Stream<Item = T> + Unpin) -> Vec<T> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten()).collect()
}

async fn talk(stage: &Stage, viewer: &Viewer, key: &ConversationKey) -> Vec<MessageRow> {
    let timeline = stage.kit.inbox().timeline(viewer, key, &some()).await.unwrap();
    timeline.messages.items.into_iter().rev().collect()
}

/// Which owners' things somebody sees over everything that can be read, and how many things; acts and news, which looking adds to, apart.
async fn seen(stage: &Stage, viewer: &Viewer) -> (BTreeSet<OwnerId>, usize) {
    let (inbox, linking) = (stage.kit.inbox(), stage.kit.linking());
    let mut owners: Vec<OwnerId> = Vec::new();
    let conversations = inbox.conversations(viewer, &some()).await.unwrap().items;
    for row in &conversations {
        let timeline = inbox.timeline(viewer, &row.key, &some()).await.unwrap();
        owners.extend(timeline.messages.items.into_iter().map(|row| row.key.account.owner));
        owners.extend(timeline.pending.into_iter().map(|pending| pending.intent.account.owner));
    }
    owners.extend(conversations.into_iter().map(|row| row.key.account.owner));
    owners.extend(inbox.people(viewer, &some()).await.unwrap().items.into_iter().map(|person| person.id.account.owner));
    owners.extend(inbox.notices(viewer, &some()).await.unwrap().items.into_iter().map(|notice| notice.account.owner));
    owners.extend(inbox.backfills(viewer).await.unwrap().into_iter().map(|backfill| backfill.connection.account.owner));
    let intents = inbox.intents(viewer, &IntentQuery::all(some())).await.unwrap().items;
    owners.extend(intents.into_iter().map(|intent| intent.account.owner));
    owners.extend(linking.setups(viewer).await.unwrap().into_iter().map(|setup| setup.owner));
    owners.extend(linking.links(viewer).await.unwrap().into_iter().map(|link| link.owner));
    owners.extend(linking.connections(viewer).await.unwrap().into_iter().map(|connection| connection.key.account.owner));
    let things = owners.len();
    owners.extend(stage.kit.activity(viewer, &some()).await.unwrap().items.into_iter().map(|act| act.owner));
    if viewer.role.is_some() {
        let news = stage::told(&stage.kit, viewer, Position::default()).await;
        owners.extend(news.into_iter().map(|happening| happening.owner));
    }
    (owners.into_iter().collect(), things)
}

#[tokio::test]
async fn each_has_an_inbox_of_its_own_of_the_same_page() {
    let (stage, shop, agency) = shared().await;
    let mut whole = Vec::new();
    for viewer in [&shop, &agency] {
        let ada = conversation(viewer, page(), ADA);
        let rows = talk(&stage, viewer, &ada).await;
        assert_eq!(rows.iter().map(|row| row.state.text()).collect::<Vec<_>>(), [Some("Is the shop open?")]);
        assert_eq!(stage.kit.inbox().conversations(viewer, &some()).await.unwrap().items.len(), 2);
        assert_eq!(stage.kit.inbox().people(viewer, &some()).await.unwrap().items.len(), 2);
        assert_eq!(stage.kit.inbox().notices(viewer, &some()).await.unwrap().items.len(), 1, "an opt-in went to somebody else only");
        assert_eq!(stage.kit.linking().links(viewer).await.unwrap().len(), 1);
        assert_eq!(stage.kit.linking().connections(viewer).await.unwrap().len(), 2);
        let (owners, things) = seen(&stage, viewer).await;
        assert_eq!(owners, BTreeSet::from([viewer.owner.clone()]), "somebody sees what is another owner's");
        whole.push(things);
    }
    assert_eq!(whole[0], whole[1], "one of them misses something");
}

#[tokio::test]
async fn what_one_of_them_answers_the_other_sees_as_said_by_somebody_else() {
    let (stage, shop, agency) = shared().await;
    for (account, peer) in [(page(), ADA), (instagram(), EVE)] {
        let ours = conversation(&shop, account.clone(), peer);
        let intent = stage.kit.inbox().answer(&shop, &ours, "Yes, we do.", peer).await.unwrap();
        stage.settle().await;
        let said = talk(&stage, &shop, &ours).await.pop().unwrap();
        assert_eq!(said.state.intent, Some(intent.id));

        let theirs = conversation(&agency, account, peer);
        let rows = talk(&stage, &agency, &theirs).await;
        assert_eq!(rows.len(), 2, "the agency does not see what the shop answered, or sees it twice: {rows:?}");
        let heard = &rows[1];
        assert_eq!((heard.state.text(), heard.state.direction), (Some("Yes, we do."), Some(Direction::Outbound)));
        assert_eq!((heard.state.intent, heard.id()), (None, said.id()), "the agency is told of a wish that is not its own");
        assert!(stage.kit.inbox().intent(&agency, intent.id).await.unwrap().is_none());
        assert!(stage.kit.inbox().intents(&agency, &IntentQuery::all(some())).await.unwrap().items.is_empty());
        assert_eq!(stage.kit.inbox().timeline(&agency, &theirs, &some()).await.unwrap().pending, []);
    }
}

#[tokio::test]
async fn the_same_key_of_two_owners_is_two_answers() {
    let (stage, shop, agency) = shared().await;
    let mut intents = Vec::new();
    for (viewer, text) in [(&shop, "From the shop"), (&agency, "From the agency")] {
        intents.push(stage.kit.inbox().answer(viewer, &conversation(viewer, page(), ADA), text, "one key").await.unwrap());
    }
    assert_ne!(intents[0].id, intents[1].id, "one owner was given the other's intent");
    stage.settle().await;
    assert_eq!(stage.calls("POST", "/messages").await.len(), 2);
    for viewer in [&shop, &agency] {
        let rows = talk(&stage, viewer, &conversation(viewer, page(), ADA)).await;
        assert_eq!((rows.len(), rows.iter().filter(|row| row.state.intent.is_some()).count()), (3, 1), "{rows:?}");
    }
}

#[tokio::test]
async fn each_hears_of_its_own() {
    let (stage, shop, agency) = shared().await;
    let guest = Viewer::new(shop.owner.clone(), "guest".parse().unwrap());
    let mut alerts = [stage.kit.alerts(&shop), stage.kit.alerts(&agency), stage.kit.alerts(&guest)];
    let mut nothing = Box::pin(stage.kit.news_after(&guest, Position::default()));
    assert!(nothing.next().now_or_never().is_none());
    stage.meta.customer_writes("c1", PAGE, "And on Sunday?").await.unwrap();
    stage.settle().await;
    stage.kit.inbox().answer(&shop, &conversation(&shop, page(), ADA), "From ten.", "k").await.unwrap();
    stage.settle().await;
    for (place, viewer) in [&shop, &agency].into_iter().enumerate() {
        let rung = at_hand(&mut alerts[place]);
        assert_eq!(rung.len(), 1, "{viewer:?}: {rung:?}");
        assert_eq!(rung[0].as_ref().unwrap().owner, viewer.owner);
        let told = stage::told(&stage.kit, viewer, Position::default()).await;
        assert!(told.iter().all(|happening| happening.owner == viewer.owner), "{told:?}");
        let of_intents = told.iter().filter(|happening| matches!(happening.what, What::IntentChanged { .. })).count();
        assert_eq!(of_intents > 0, *viewer == shop, "whoever did not send hears of the sending: {told:?}");
        assert!(told.iter().any(|happening| matches!(happening.what, What::MessageReceived { .. })), "{told:?}");
        assert!(told.iter().any(|happening| matches!(happening.what, What::MessageSent { .. })), "{told:?}");
    }
    assert!(at_hand(&mut alerts[2]).is_empty(), "somebody without a role is alerted");
    // By now the others have heard everything there is.
    let unheard = tokio::time::timeout(std::time::Duration::from_millis(200), nothing.next()).await;
    assert!(unheard.is_err(), "somebody without a role is told: {unheard:?}");
}

#[tokio::test]
async fn somebody_without_a_role_sees_nothing_anywhere() {
    let (stage, shop, _) = shared().await;
    let intent = stage.kit.inbox().answer(&shop, &conversation(&shop, page(), ADA), "Yes.", "k").await.unwrap();
    stage.settle().await;
    let setup = stage.kit.linking().begin(&shop).await.unwrap().id;
    let guest = Viewer::new(shop.owner.clone(), shop.actor.clone());
    assert_eq!(seen(&stage, &guest).await, (BTreeSet::new(), 0), "the same person without the role sees something");
    let ada = conversation(&shop, page(), ADA);
    let (inbox, linking) = (stage.kit.inbox(), stage.kit.linking());
    let message = talk(&stage, &shop, &ada).await.remove(0).key;
    assert_eq!(inbox.conversation(&guest, &ada).await.unwrap(), None);
    let timeline = inbox.timeline(&guest, &ada, &some()).await.unwrap();
    assert!(timeline.messages.items.is_empty() && timeline.pending.is_empty());
    assert_eq!(inbox.message(&guest, &message).await.unwrap(), None);
    assert_eq!(inbox.intent(&guest, intent.id).await.unwrap(), None);
    for connection in linking.connections(&shop).await.unwrap() {
        assert_eq!(linking.features(&guest, &connection.key).await.unwrap(), None);
    }
    assert!(matches!(linking.setup(&guest, setup).await, Err(Problem::Refused(Refusal::NotVisible))));
    // The key that somebody with a role used tells nothing either.
    let outcome = inbox.answer(&guest, &ada, "Yes.", "k").await;
    assert!(matches!(outcome, Err(Problem::Refused(Refusal::NotVisible))), "{outcome:?}");

    // An agent reads and answers, and neither links accounts nor consents for their owner.
    let agent = guest.clone().with_role(Role::AGENT);
    assert!(inbox.conversation(&agent, &ada).await.unwrap().is_some());
    assert!(matches!(linking.begin(&agent).await, Err(Problem::Refused(Refusal::NotVisible))));
    assert!(matches!(linking.cancel(&agent, setup).await, Err(Problem::Refused(Refusal::NotVisible))));

    let admin = guest.with_role(Role::ADMIN);
    let (owners, things) = seen(&stage, &admin).await;
    assert_eq!((owners, things), seen(&stage, &shop).await, "a role shows something else than the owner's inbox");
    assert!(things > 0);
}

#[tokio::test]
async fn with_the_keys_of_another_owner_nothing_opens() {
    let (stage, shop, agency) = shared().await;
    let (inbox, linking) = (stage.kit.inbox(), stage.kit.linking());
    let ada = conversation(&shop, page(), ADA);
    let message = talk(&stage, &shop, &ada).await.remove(0).key;
    let intent = inbox.answer(&shop, &ada, "Yes.", "k").await.unwrap();
    stage.settle().await;
    let sent = stage.calls("POST", "/messages").await.len();

    assert_eq!(inbox.conversation(&agency, &ada).await.unwrap(), None);
    let timeline = inbox.timeline(&agency, &ada, &some()).await.unwrap();
    assert!(timeline.messages.items.is_empty() && timeline.pending.is_empty(), "{timeline:?}");
    assert_eq!(inbox.message(&agency, &message).await.unwrap(), None);
    assert_eq!(inbox.intent(&agency, intent.id).await.unwrap(), None);
    assert!(inbox.intents(&agency, &IntentQuery::all(some()).of(ada.clone())).await.unwrap().items.is_empty());
    for connection in linking.connections(&shop).await.unwrap() {
        assert_eq!(linking.features(&agency, &connection.key).await.unwrap(), None);
    }
    let answered = inbox.answer(&agency, &ada, "We took over.", "a").await;
    assert!(matches!(answered, Err(Problem::Refused(Refusal::NotLinked))), "{answered:?}");
    let sending = inbox.send(&agency, &ada.account, Outgoing::text(ada.peer.clone(), "We took over."), "b").await;
    assert!(matches!(sending, Err(Problem::Refused(Refusal::NotLinked))), "{sending:?}");
    stage.settle().await;
    assert_eq!(stage.calls("POST", "/messages").await.len(), sent, "an answer went out in another owner's name");

    let setup = linking.begin(&shop).await.unwrap().id;
    let unknown = |outcome: Result<(), Problem>| matches!(outcome, Err(Problem::Setup(SetupRefused::Unknown)));
    assert!(unknown(linking.setup(&agency, setup).await.map(drop)));
    assert!(unknown(linking.dialog(&agency, setup, &Road::FACEBOOK, None).await.map(drop)));
    assert!(unknown(linking.choose(&agency, setup, vec![page()]).await.map(drop)));
    assert!(unknown(linking.prefer(&agency, setup, Preferences::default()).await.map(drop)));
    assert!(unknown(linking.synchronise(&agency, setup, Synchronisation::default()).await.map(drop)));
    assert!(unknown(linking.back(&agency, setup).await.map(drop)));
    assert!(unknown(linking.review(&agency, setup).await.map(drop)));
    assert!(unknown(linking.agree(&agency, setup).await.map(drop)));
    assert!(unknown(linking.cancel(&agency, setup).await.map(drop)));
    assert_eq!(linking.setups(&shop).await.unwrap().len(), 1, "another owner moved the setup");
}

#[tokio::test]
async fn what_one_of_them_does_to_its_link_leaves_the_others_alone() {
    let (stage, shop, agency) = shared().await;
    let linking = stage.kit.linking();
    // The agency's worker begins once more, signs in as the same person, and thinks better of it.
    let setup = linking.begin(&agency).await.unwrap().id;
    let dialog = linking.dialog(&agency, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&agency, &came_back).await.unwrap();
    linking.cancel(&agency, setup).await.unwrap();
    // And a third owner, who never links anything.
    let passer_by = owner("passer-by", "pat");
    let setup = linking.begin(&passer_by).await.unwrap().id;
    let dialog = linking.dialog(&passer_by, setup, &Road::FACEBOOK, None).await.unwrap();
    let came_back = stage.meta.sign_in(&dialog, &Decision::allow()).await.unwrap();
    linking.signed_in(&passer_by, &came_back).await.unwrap();
    linking.cancel(&passer_by, setup).await.unwrap();
    for viewer in [&shop, &agency] {
        let intent = stage.kit.inbox().answer(viewer, &conversation(viewer, page(), ADA), "Still here.", "k").await.unwrap();
        stage.settle().await;
        let intent = stage.kit.inbox().intent(viewer, intent.id).await.unwrap().unwrap();
        assert!(matches!(intent.state, IntentState::Sent { .. }), "{viewer:?}: {:?}", intent.state);
    }

    // A token that dies is found dead by whoever uses it; the other owner's is not touched before it is used itself.
    stage.meta.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
    stage.kit.inbox().answer(&shop, &conversation(&shop, page(), ADA), "Anybody?", "dead").await.unwrap();
    stage.settle().await;
    let alive = async |viewer: &Viewer| {
        let connections = linking.connections(viewer).await.unwrap();
        connections.iter().filter(|connection| connection.health == Health::Alive).count()
    };
    assert_eq!((alive(&shop).await, alive(&agency).await), (1, 2));
    stage.link(&agency).await;
    assert_eq!((alive(&shop).await, alive(&agency).await), (1, 2), "the agency's sign-in brought the shop's token back");
}

#[tokio::test]
async fn whoever_links_later_reads_the_past_for_itself_only() {
    let (stage, shop, _) = shared().await;
    let before = stage.messages(&shop).await;
    let late = owner("late", "lee");
    stage.link_reading(&late, Synchronisation::default().history(Depth::Newest(5))).await;
    for _ in 0..10 {
        stage.pass(TimeDelta::seconds(1)).await;
        stage.settle().await;
    }
    let read = stage.messages(&late).await;
    assert!(read.len() >= 20, "only {} messages were read", read.len());
    assert!(read.iter().all(|(key, _)| key.account.owner == late.owner));
    assert_eq!(stage.messages(&shop).await, before, "one owner's history came into another's inbox");
    assert!(stage.kit.inbox().backfills(&shop).await.unwrap().is_empty(), "the shop agreed to no reading of the past");
    let acts = stage.kit.activity(&shop, &some()).await.unwrap().items;
    assert!(acts.iter().all(|act| act.owner == shop.owner));
}
