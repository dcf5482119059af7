//! Everything is told twice, and stands once.

use link_core::words::event::Direction;
use link_kit::{Message, Road, Subscription, What};
use link_sandbox::Action;

use crate::stage::{INSTAGRAM, Stage, told};
use crate::{Arrival, arrived, by_both_roads, connection, eve, heard, texts, told_ids};

/// Eve asks, is answered from here and from Meta's own app, corrects herself, reacts, reads, and takes a second message back.
async fn a_conversation(stage: &Stage, arrival: Arrival) {
    let act = async |action: Action| {
        arrival.next(stage).await;
        stage.meta.customer_acts("c5", INSTAGRAM, &action).await.unwrap();
        arrived(stage).await;
    };
    let writes = async |text: &str| {
        arrival.next(stage).await;
        let mid = stage.meta.customer_writes("c5", INSTAGRAM, text).await.unwrap().mid;
        arrived(stage).await;
        mid
    };
    let question = writes("Do you shop?").await;
    act(Action::Edit { mid: question.clone(), text: "Do you ship?".to_owned() }).await;
    arrival.next(stage).await;
    stage.kit.inbox().answer(&stage.viewer, &eve(stage), "Worldwide.", "worldwide").await.unwrap();
    stage.kit.drain().await.unwrap();
    arrived(stage).await;
    arrival.next(stage).await;
    let by_staff = stage.meta.staff_writes(INSTAGRAM, "c5", "And on Sundays.").await.unwrap();
    arrived(stage).await;
    act(Action::React { mid: by_staff, emoji: "😮".to_owned() }).await;
    act(Action::Read).await;
    let second = writes("Never mind").await;
    act(Action::Unsend { mid: second }).await;
}

async fn everything_stands_once(arrival: Arrival) {
    let stage = by_both_roads(Stage::set()).await;
    for road in [Road::FACEBOOK, Road::INSTAGRAM] {
        let subscription = connection(&stage, &road).await.subscription;
        assert!(matches!(subscription, Subscription::Active { .. }), "{road}: {subscription:?}");
    }
    let mut alerts = stage.kit.alerts(&stage.viewer);
    let (before, begin) = (stage.kit.figures().await.unwrap(), stage.sqlite_end().await);
    a_conversation(&stage, arrival).await;

    let (by_page, by_login) = told_ids(&stage).await;
    assert_eq!((by_page.len(), by_login.len()), (4, 4), "the story needs every message told by both roads");
    assert!(by_page.is_disjoint(&by_login), "the story needs other ids by each road");
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.kept - before.kept, figures.standby - before.standby), (8, 8), "{figures:?}");
    assert_eq!(figures.unclaimed, before.unclaimed);

    let shown = ["Do you ship?", "Worldwide.", "And on Sundays.", "(taken back)"].map(|text| (Road::FACEBOOK, text.to_owned()));
    assert_eq!(texts(&stage).await, shown);
    let messages: Vec<Message> = stage.messages(&stage.viewer).await.into_iter().map(|(_, message)| message).collect();
    let [question, ours, by_staff, _] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(question.edits, Some(1));
    assert!(ours.intent.is_some() && ours.told.live && ours.told.answer, "the echo is not that of the answer: {ours:?}");
    assert_eq!(by_staff.reactions[&Direction::Inbound].value.as_deref(), Some("😮"));
    assert!(by_staff.read.is_some());

    assert_eq!(heard(&mut alerts).len(), 2, "one of Eve's two messages rings twice or never");
    let happenings = told(&stage.kit, &stage.viewer, begin).await;
    let count = |is: fn(&What) -> bool| happenings.iter().filter(|happening| is(&happening.what)).count();
    assert_eq!(count(|what| matches!(what, What::MessageReceived { .. })), 2);
    assert_eq!(count(|what| matches!(what, What::MessageSent { .. })), 2);
    assert_eq!(count(|what| matches!(what, What::MessageUnsent { .. })), 1);
    let row = stage.kit.inbox().conversation(&stage.viewer, &eve(&stage)).await.unwrap().unwrap();
    assert_eq!(row.unread, 0, "what was answered or taken back is unread");
}

#[tokio::test]
async fn an_account_that_two_roads_tell_of_has_each_message_once_with_whatever_became_of_it() {
    everything_stands_once(Arrival::PageFirst).await;
}

#[tokio::test]
async fn it_is_so_when_the_road_that_stands_by_is_the_quicker_one() {
    everything_stands_once(Arrival::LoginFirst).await;
}

#[tokio::test]
async fn nothing_is_missed_where_only_the_receiving_road_tells() {
    let stage = by_both_roads(Stage::set()).await;
    Arrival::PageAlone.next(&stage).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    arrived(&stage).await;
    assert_eq!(texts(&stage).await, [(Road::FACEBOOK, "Do you ship?".to_owned())]);
    assert_eq!(stage.kit.figures().await.unwrap().standby, 0);
}

/// Or a message would stand under the id of a road whose ids nothing else of it will ever bear.
#[tokio::test]
async fn what_only_the_road_that_stands_by_tells_is_acknowledged_and_counted_and_leaves_nothing_half() {
    let stage = by_both_roads(Stage::set()).await;
    let mut alerts = stage.kit.alerts(&stage.viewer);
    Arrival::LoginAlone.next(&stage).await;
    let mid = stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap().mid;
    arrived(&stage).await;
    Arrival::LoginAlone.next(&stage).await;
    stage.meta.customer_acts("c5", INSTAGRAM, &Action::Edit { mid, text: "Do you ship now?".to_owned() }).await.unwrap();
    arrived(&stage).await;
    assert_eq!(texts(&stage).await, []);
    assert_eq!(heard(&mut alerts), []);
    let figures = stage.kit.figures().await.unwrap();
    assert_eq!((figures.kept, figures.standby, figures.journal.open), (0, 2, 0));
    let undelivered = stage.meta.deliveries(0).await.unwrap().data.into_iter().filter(|delivery| delivery["status"] != 200).count();
    assert_eq!(undelivered, 0, "Meta would end the subscription of a road that is not acknowledged");
}
