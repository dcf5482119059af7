//! The account is handed over from one road to the other.

use chrono::{DateTime, TimeDelta, Utc};
use link_kit::{Evidence, Part, Road, SwitchPlan, Synchronisation, What};
use serde_json::json;

use crate::stage::{INSTAGRAM, PAGE, Stage, instagram, told};
use crate::{Arrival, arrived, by_both_roads, connection, eve, heard, link_by_both, texts};

pub(crate) async fn plan(stage: &Stage, road: &Road, at: DateTime<Utc>) -> SwitchPlan {
    stage.kit.linking().plan_switch(&stage.viewer, &instagram(), road, at).await.unwrap()
}

/// The account is received by Instagram Login from this long ahead on.
pub(crate) async fn switched_in(stage: &Stage, ahead: TimeDelta) -> DateTime<Utc> {
    let at = stage.clock.time() + ahead;
    let plan = plan(stage, &Road::INSTAGRAM, at).await;
    stage.kit.linking().switch(&stage.viewer, &plan).await.unwrap();
    at
}

/// Eve writes when the clock shows this time, and what is on its way arrives.
async fn writes_at(stage: &Stage, at: DateTime<Utc>, arrival: Arrival, text: &str) {
    sends_off_at(stage, at, arrival, text).await;
    arrived(stage).await;
}

/// The same, and nothing is waited for.
async fn sends_off_at(stage: &Stage, at: DateTime<Utc>, arrival: Arrival, text: &str) {
    stage.pass(at - stage.clock.time()).await;
    arrival.next(stage).await;
    stage.meta.customer_writes("c5", INSTAGRAM, text).await.unwrap();
}

fn by(road: &Road, texts: &[&str]) -> Vec<(Road, String)> {
    texts.iter().map(|text| (road.clone(), (*text).to_owned())).collect()
}

#[tokio::test]
async fn a_plan_says_what_will_happen_and_changes_nothing() {
    let stage = by_both_roads(Stage::set()).await;
    let (before, calls) = (stage.kit.linking().connections(&stage.viewer).await.unwrap(), stage.meta.calls(0).await.unwrap().data.len());
    let at = stage.clock.time() + TimeDelta::hours(3);
    let plan = plan(&stage, &Road::INSTAGRAM, at).await;
    assert_eq!((&plan.from, &plan.to, plan.at), (&Road::FACEBOOK, &Road::INSTAGRAM, at));
    assert_eq!(plan.authorised_by.as_str(), INSTAGRAM, "another token will be used than the plan says");
    let text = plan.to_text();
    let from = at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    assert!(text.contains(&from) && text.contains("is received by the road instagram, and facebook stands by"), "{text}");
    assert_eq!(stage.kit.linking().connections(&stage.viewer).await.unwrap(), before);
    assert_eq!(stage.meta.calls(0).await.unwrap().data.len(), calls, "a plan calls Meta");
}

async fn nothing_is_lost_or_doubled(arrival: Arrival) {
    let stage = by_both_roads(Stage::set()).await;
    let (mut alerts, begin) = (stage.kit.alerts(&stage.viewer), stage.sqlite_end().await);
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    let parts = async || (connection(&stage, &Road::FACEBOOK).await, connection(&stage, &Road::INSTAGRAM).await);
    let (page, login) = parts().await;
    assert_eq!((page.part_at(stage.clock.time()), login.part_at(stage.clock.time())), (Part::Receiving, Part::Standby));

    writes_at(&stage, cut - TimeDelta::minutes(5), arrival, "long before").await;
    // This one is held up on the road of the Page, and comes when the other road receives already.
    stage.pass(cut - TimeDelta::seconds(10) - stage.clock.time()).await;
    stage.meta.clear_faults().await.unwrap();
    stage.meta.fault(json!({"webhook": {"account": INSTAGRAM}, "times": 1, "delay_ms": 60_000})).await.unwrap();
    stage.meta.customer_writes("c5", INSTAGRAM, "just before, and late").await.unwrap();
    sends_off_at(&stage, cut - TimeDelta::milliseconds(1), arrival, "just before").await;
    sends_off_at(&stage, cut + TimeDelta::seconds(3), arrival, "after").await;
    stage.pass(TimeDelta::seconds(50)).await;
    stage.settle().await;

    let expected =
        [by(&Road::FACEBOOK, &["long before", "just before, and late", "just before"]), by(&Road::INSTAGRAM, &["after"])].concat();
    assert_eq!(texts(&stage).await, expected);
    assert_eq!(heard(&mut alerts).len(), 4, "a message around the cut-over rings twice or never");
    let (page, login) = parts().await;
    assert_eq!((page.part_at(stage.clock.time()), login.part_at(stage.clock.time())), (Part::Standby, Part::Receiving));
    let row = stage.kit.inbox().conversation(&stage.viewer, &eve(&stage)).await.unwrap().unwrap();
    assert_eq!(row.unread, 4);

    let happenings = told(&stage.kit, &stage.viewer, begin).await;
    let changed = What::RoadChanged { from: Road::FACEBOOK, to: Road::INSTAGRAM, at: cut };
    assert_eq!(happenings.iter().filter(|happening| happening.what == changed).count(), 1, "nobody is told of the switch, or twice");
}

#[tokio::test]
async fn from_the_cut_over_on_the_other_road_receives_and_nothing_is_lost_or_doubled() {
    nothing_is_lost_or_doubled(Arrival::PageFirst).await;
}

#[tokio::test]
async fn it_is_so_when_the_new_road_is_the_quicker_one() {
    nothing_is_lost_or_doubled(Arrival::LoginFirst).await;
}

#[tokio::test]
async fn what_happens_at_the_very_cut_over_belongs_to_the_new_road() {
    let stage = by_both_roads(Stage::set()).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    writes_at(&stage, cut, Arrival::PageFirst, "now").await;
    assert_eq!(texts(&stage).await, by(&Road::INSTAGRAM, &["now"]));
}

#[tokio::test]
async fn an_answer_leaves_by_the_road_that_receives_at_that_time() {
    let stage = by_both_roads(Stage::set()).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    arrived(&stage).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    let sends = async |node: &str| stage.calls("POST", &format!("/{node}/messages")).await.len();
    let answer = async |text: &str| {
        stage.kit.inbox().answer(&stage.viewer, &eve(&stage), text, text).await.unwrap();
        stage.kit.drain().await.unwrap();
        arrived(&stage).await;
    };
    answer("Yes.").await;
    assert_eq!((sends(PAGE).await, sends(INSTAGRAM).await), (1, 0), "the switch is in force before its time");
    stage.pass(cut - stage.clock.time()).await;
    answer("Worldwide.").await;
    assert_eq!((sends(PAGE).await, sends(INSTAGRAM).await), (1, 1), "the switch is not in force");
    let expected = [by(&Road::FACEBOOK, &["Do you ship?", "Yes."]), by(&Road::INSTAGRAM, &["Worldwide."])].concat();
    assert_eq!(texts(&stage).await, expected, "an echo stands beside its answer");
}

/// If this failed, what was queued before the switch would leave by a road that no longer serves the account, and stand there twice.
#[tokio::test]
async fn what_was_queued_before_leaves_by_the_road_that_serves_when_its_turn_comes() {
    let stage = by_both_roads(Stage::set()).await;
    stage.meta.customer_writes("c5", INSTAGRAM, "Do you ship?").await.unwrap();
    arrived(&stage).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    let intent = stage.kit.inbox().answer(&stage.viewer, &eve(&stage), "Yes.", "k").await.unwrap();
    assert_eq!(intent.road, Road::FACEBOOK);
    stage.pass(cut - stage.clock.time()).await;
    stage.kit.drain().await.unwrap();
    arrived(&stage).await;
    let sends = async |node: &str| stage.calls("POST", &format!("/{node}/messages")).await.len();
    assert_eq!((sends(PAGE).await, sends(INSTAGRAM).await), (0, 1));
    let sent = stage.kit.inbox().intent(&stage.viewer, intent.id).await.unwrap().unwrap();
    assert_eq!((sent.state.as_str(), &sent.road), ("sent", &Road::INSTAGRAM));
    let expected = [by(&Road::FACEBOOK, &["Do you ship?"]), by(&Road::INSTAGRAM, &["Yes."])].concat();
    assert_eq!(texts(&stage).await, expected, "an echo stands beside its answer");
}

#[tokio::test]
async fn an_account_can_be_switched_back() {
    let stage = by_both_roads(Stage::set()).await;
    let there = switched_in(&stage, TimeDelta::minutes(10)).await;
    stage.pass(there + TimeDelta::minutes(1) - stage.clock.time()).await;
    let back = plan(&stage, &Road::FACEBOOK, there + TimeDelta::minutes(10)).await;
    stage.kit.linking().switch(&stage.viewer, &back).await.unwrap();
    writes_at(&stage, there + TimeDelta::minutes(2), Arrival::PageFirst, "between").await;
    writes_at(&stage, back.at + TimeDelta::minutes(2), Arrival::PageFirst, "after").await;
    assert_eq!(texts(&stage).await, [by(&Road::INSTAGRAM, &["between"]), by(&Road::FACEBOOK, &["after"])].concat());
}

/// Both roads know Eve by the same id: nobody has to merge anything.
#[tokio::test]
async fn whom_both_roads_know_by_the_same_id_is_one_person_in_one_conversation() {
    let stage = Stage::set().instagram_login().open().await;
    link_by_both(&stage, Synchronisation::default().history(link_kit::Depth::Nothing)).await;
    stage.pass(TimeDelta::hours(1)).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    writes_at(&stage, cut - TimeDelta::minutes(5), Arrival::PageFirst, "before").await;
    writes_at(&stage, cut + TimeDelta::minutes(5), Arrival::PageFirst, "after").await;
    let conversations = stage.kit.inbox().conversations(&stage.viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    let people = stage.kit.inbox().people(&stage.viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    assert_eq!((conversations.len(), people.len()), (1, 1));
    assert_eq!(stage.kit.inbox().suggested_merges(&stage.viewer, &instagram()).await.unwrap(), []);
}

/// Where the new road knows somebody by another id, the same name at Instagram is evidence, and somebody decides.
#[tokio::test]
async fn whom_the_new_road_knows_by_another_id_is_suggested_to_be_the_same_person() {
    let stage = Stage::set().instagram_login().open().await;
    link_by_both(&stage, Synchronisation::default().history(link_kit::Depth::Nothing)).await;
    stage.pass(TimeDelta::hours(1)).await;
    let cut = switched_in(&stage, TimeDelta::minutes(10)).await;
    writes_at(&stage, cut - TimeDelta::minutes(5), Arrival::PageFirst, "before").await;
    let known = stage.kit.inbox().conversation(&stage.viewer, &eve(&stage)).await.unwrap().unwrap();
    let username = known.state.username.expect("the story needs Eve's name at Instagram").value;
    // The sandbox gives everybody one id for each account; a customer of the same name stands for Eve under another.
    stage
        .meta
        .seed(&json!({"customers": [{"id": "c9", "first_name": "Eve", "last_name": "Again", "username": username, "instagram": true}]}))
        .await
        .unwrap();
    // The new road's history would tell of Eve under her own id as well.
    stage.pass(cut + TimeDelta::minutes(1) - stage.clock.time()).await;
    stage.meta.customer_writes("c9", INSTAGRAM, "after").await.unwrap();
    arrived(&stage).await;

    let suggested = stage.kit.inbox().suggested_merges(&stage.viewer, &instagram()).await.unwrap();
    let [suggestion] = &suggested[..] else { panic!("{suggested:?}") };
    assert!(suggestion.identities.contains(&eve(&stage)), "{suggestion:?}");
    let Evidence::SameUsername { username: by, roads } = &suggestion.evidence else { panic!("{suggestion:?}") };
    assert_eq!((by, roads.iter().collect::<std::collections::BTreeSet<_>>().len()), (&username, 2));
    let people = stage.kit.inbox().people(&stage.viewer, &link_kit::PageQuery::default()).await.unwrap().items;
    assert_eq!(people.len(), 2, "somebody was merged whom nobody merged");
}
