//! What is said about the history is so.

use chrono::TimeDelta;
use link_kit::{BackfillState, Depth, Owner, Standing, Synchronisation};
use link_sandbox::PersonAction;

use crate::stage::{PAGE, Stage, conversation, instagram, page};
use crate::{everything, of_page, read, sign_in_again, talkative};

const ADA_ON_INSTAGRAM: &str = "5000000000000011";
const ADA: &str = "4000000000000011";
const BEN: &str = "4000000000000012";

async fn standings(stage: &Stage, account: link_kit::AccountId, peer: &str) -> Vec<Standing> {
    let talk = conversation(&stage.viewer, account, peer);
    let map = stage.kit.inbox().coverage(&stage.viewer, &talk).await.unwrap().unwrap();
    map.spans.into_iter().map(|span| span.standing).collect()
}

#[tokio::test]
async fn of_instagram_exactly_the_twenty_newest_are_here_and_the_rest_is_beyond_the_limit() {
    let stage = Stage::open().await;
    stage.link_reading(&stage.viewer, everything()).await;
    read(&stage).await;
    let of_ada = stage.messages(&stage.viewer).await.into_iter().filter(|(_, it)| it.peer.as_ref().unwrap().as_str() == ADA_ON_INSTAGRAM);
    assert_eq!(of_ada.filter(|(_, message)| message.unsent.is_none()).count(), 20);
    assert_eq!(standings(&stage, instagram(), ADA_ON_INSTAGRAM).await, [Standing::BeyondLimit, Standing::Complete]);
    let counted = stage.kit.inbox().coverage_of(&stage.viewer, &instagram()).await.unwrap();
    assert_eq!((counted.conversations, counted.standing["beyond_limit"]), (3, 3));
    assert_eq!(stage.calls("GET", "/messages").await.len(), 0, "Instagram is asked for what it does not show");
}

#[tokio::test]
async fn what_was_not_wanted_or_not_read_yet_is_a_gap_and_what_may_not_be_read_says_so() {
    let stage = talkative().await;
    stage.link_reading(&stage.viewer, Synchronisation::default().history(Depth::Newest(100))).await;
    read(&stage).await;
    assert_eq!(standings(&stage, page(), ADA).await, [Standing::Gap, Standing::Complete]);

    let stage = talkative().await;
    stage.link_reading(&stage.viewer, everything()).await;
    stage.kit.drain().await.unwrap();
    assert_eq!(standings(&stage, page(), ADA).await, [Standing::Gap, Standing::Complete], "what is still to come is called complete");
    let robin = "2000000000000001";
    stage.meta.person_acts(robin, &PersonAction::Revoke { permission: "pages_read_engagement".to_owned() }).await.unwrap();
    let progress = read(&stage).await;
    assert!(matches!(of_page(&progress).state, BackfillState::Stopped { .. }), "{progress:?}");
    let map = standings(&stage, page(), ADA).await;
    assert!(matches!(map[0], Standing::NotPermitted { .. }) && map[1] == Standing::Complete, "{map:?}");
    assert!(stage.messages(&stage.viewer).await.iter().all(|(_, message)| message.unsent.is_none()), "it is taken for deleted");
}

/// Or every sign-in makes a gap of the months in which everything came.
#[tokio::test]
async fn what_was_listened_to_stays_so_when_somebody_signs_in_again() {
    let stage = talkative().await;
    let link = stage.link_reading(&stage.viewer, everything()).await;
    read(&stage).await;
    stage.pass(TimeDelta::days(2)).await;
    stage.meta.customer_writes("c1", PAGE, "Good morning").await.unwrap();
    stage.settle().await;
    stage.pass(TimeDelta::days(1)).await;
    sign_in_again(&stage, link.id).await;
    read(&stage).await;
    stage.pass(TimeDelta::hours(1)).await;
    for peer in [ADA, BEN] {
        let standings = standings(&stage, page(), peer).await;
        assert!(standings.iter().all(|it| matches!(it, Standing::Complete | Standing::Heard)), "{peer}: {standings:?}");
        assert!(standings.contains(&Standing::Heard), "{peer}: {standings:?}");
    }
}

#[tokio::test]
async fn a_map_serialises_for_whoever_exports_it() {
    let stage = talkative().await;
    stage.link_reading(&stage.viewer, everything()).await;
    read(&stage).await;
    let talk = conversation(&stage.viewer, page(), ADA);
    let map = stage.kit.inbox().coverage(&stage.viewer, &talk).await.unwrap().unwrap();
    let exported = serde_json::to_value(&map).unwrap();
    assert_eq!(exported["spans"][0]["standing"], "complete");
    assert_eq!(serde_json::from_value::<link_kit::CoverageMap>(exported).unwrap(), map);
    let stranger = crate::stage::owner("elsewhere", "sam");
    assert_eq!(stage.kit.inbox().coverage(&stranger, &talk).await.unwrap(), None, "a stranger sees what is here");
}

/// Or somebody writes over another app's head in a conversation of which nothing was delivered yet.
#[tokio::test]
async fn whose_a_conversation_is_the_history_says_where_conversations_are_routed() {
    for routed in [true, false] {
        let stage = Stage::open().await;
        if routed {
            stage.meta.seed(&serde_json::json!({"pages": [{"id": PAGE, "default_app": "77"}]})).await.unwrap();
        }
        stage.meta.customer_writes("c1", PAGE, "Hello").await.unwrap();
        stage.link_reading(&stage.viewer, everything()).await;
        read(&stage).await;
        let talk = conversation(&stage.viewer, page(), ADA);
        let row = stage.kit.inbox().conversation(&stage.viewer, &talk).await.unwrap().unwrap();
        let owner = row.state.owner(stage.clock.time());
        assert_eq!(matches!(owner, Owner::Other { app: None, .. }), routed, "{owner:?}");
        assert_eq!(owner == Owner::Unknown, !routed, "{owner:?}");
    }
}
