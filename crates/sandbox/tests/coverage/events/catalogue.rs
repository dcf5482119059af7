//! Every event and every field, as the table, the sandbox's own catalogue and the wire name them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::causes::{self, CAUSED, Caused};
use super::{IG, ON_INSTAGRAM, ON_PAGE, login_subscribed};
use crate::stage::Who::{App, Login, Page};
use crate::stage::{APP, Arrived, PAGE, Stage};
use crate::table;

fn in_table() -> BTreeSet<String> {
    let rows = table::rows();
    rows.iter().filter(|row| row.is_there()).filter_map(|row| row.slug.strip_prefix("event:").map(str::to_owned)).collect()
}

async fn catalogue(stage: &Stage) -> Vec<Value> {
    stage.own("GET events", "").await["data"].as_array().unwrap().clone()
}

async fn stage() -> Stage {
    Stage::start(reqwest::Client::builder().no_proxy().build().unwrap()).await
}

#[tokio::test]
async fn the_table_and_the_catalogue_name_the_same_events() {
    let stage = stage().await;
    let known: BTreeSet<String> = catalogue(&stage).await.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(in_table(), known);
}

/// Whether one of the notifications is of this object and comes through this channel, with these words.
fn comes(arrived: &[Arrived], entry: &Value, telling: &str) -> bool {
    let channel = entry["channel"].as_str().unwrap();
    arrived.iter().map(Arrived::json).any(|it| {
        let first = &it["entry"][0];
        let through = if channel == "flat" { first["field"].is_string() } else { first[channel].is_array() };
        it["object"] == entry["object"] && through && it.to_string().contains(telling)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_causes_is_told_on_request() {
    let stage = stage().await;
    stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    stage.post(Login, "/me/subscribed_apps", &json!({"subscribed_fields": "messages"})).await;
    for entry in catalogue(&stage).await.iter().filter(|it| it["cause"] == "events") {
        let name = entry["name"].as_str().unwrap();
        let before = stage.arrived().len();
        let (to, field) = if entry["object"] == "page" { (PAGE, "calls") } else { (IG, "story_reactions") };
        let mut body = json!({"to": to, "event": name});
        if name.ends_with("other_field") {
            body["field"] = json!(field);
            body["value"] = json!({"told": "as it is"});
        }
        stage.own("events", &body.to_string()).await;
        let arrived = stage.wait_for(before + 1).await;
        assert!(comes(&arrived[before..], entry, ""), "{name}: {:?}", arrived[before..].iter().map(Arrived::json).collect::<Vec<_>>());
    }
}

/// Takes the steps to an event, and waits until it comes.
async fn caused((name, steps, telling): Caused, entry: Value) {
    let stage = stage().await;
    if name.contains("flat") {
        login_subscribed(&stage).await;
    } else {
        stage.subscribed(ON_PAGE, ON_INSTAGRAM).await;
    }
    causes::bring_about(&stage, steps).await;
    let told = async {
        let mut count = 1;
        while !comes(&stage.wait_for(count).await, &entry, telling) {
            count += 1;
        }
    };
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), told).await;
    let arrived: Vec<Value> = stage.arrived().iter().map(Arrived::json).collect();
    assert!(told.is_ok(), "{name} says {telling}: {arrived:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_is_told() {
    let known = catalogue(&stage().await).await;
    for some in CAUSED.chunks(8) {
        let running: Vec<_> = some
            .iter()
            .map(|it| {
                let entry = known.iter().find(|entry| entry["name"] == it.0).unwrap_or_else(|| panic!("{} is in the catalogue", it.0));
                tokio::spawn(caused(*it, entry.clone()))
            })
            .collect();
        for task in running {
            task.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_can_be_subscribed_to() {
    let stage = stage().await;
    let rows = table::rows();
    let fields = rows.iter().filter(|row| row.is_there()).filter_map(|row| row.slug.strip_prefix("field:")?.split_once(':'));
    for (object, field) in fields {
        let body = json!({"object": object, "callback_url": stage.hook, "verify_token": "v", "fields": field});
        let done = stage.post(App, &format!("/{APP}/subscriptions"), &body).await;
        assert_eq!(done, json!({"success": true}), "{object} {field}");
        if object == "page" {
            let done = stage.post(Page, &format!("/{PAGE}/subscribed_apps"), &json!({"subscribed_fields": field})).await;
            assert_eq!(done, json!({"success": true}), "{field}");
        }
    }
}
