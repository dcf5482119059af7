//! The whole catalogue, road by road.

use std::collections::BTreeSet;

use crate::desk::{Desk, Road};
use crate::row::Row;
use crate::{direct, page, people, shape};

#[tokio::test]
async fn everything_about_a_page_arrives_in_its_shape() {
    walk(Road::Page, page::rows()).await;
}

#[tokio::test]
async fn everything_about_a_linked_instagram_account_arrives_in_its_shape() {
    walk(Road::Linked, direct::rows(Road::Linked)).await;
}

#[tokio::test]
async fn everything_about_an_instagram_account_with_a_login_of_its_own_arrives_in_its_shape() {
    walk(Road::Login, direct::rows(Road::Login)).await;
}

#[tokio::test]
async fn nothing_in_the_catalogue_is_about_anything_else() {
    let desk = Desk::on(Road::Page).await;
    let others = desk.catalogue().await.into_iter().filter(|it| it["object"] != "page" && it["object"] != "instagram");
    let others: BTreeSet<String> = others.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(others, people::NAMES.iter().map(ToString::to_string).collect());
}

async fn walk(road: Road, rows: Vec<Row>) {
    let catalogue = Desk::on(road).await.catalogue().await;
    let on_road = |it: &&serde_json::Value| it["object"] == road.object() && it["roads"].as_array().unwrap().contains(&road.name().into());
    let listed: BTreeSet<&str> = catalogue.iter().filter(on_road).map(|it| it["name"].as_str().unwrap()).collect();
    let known: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(listed, known, "what the catalogue lists has a golden shape, and the other way round");
    assert_eq!(known.len(), rows.len(), "and only one");
    let mut wrong = Vec::new();
    for row in rows {
        let entry = catalogue.iter().find(|it| it["name"] == row.name).unwrap();
        assert_eq!(entry["channel"], row.golden.channel(), "the channel of {}", row.name);
        if row.golden.field(road.object()) != entry["fields"][road.name()] && !row.name.ends_with("_other_field") {
            wrong.push(format!("{} is listed under the field {}", row.name, entry["fields"][road.name()]));
        }
        wrong.extend(fault(road, &row).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Causes the event in a world of its own, and says what is wrong with it.
async fn fault(road: Road, row: &Row) -> Option<String> {
    let mut desk = Desk::of(road, &row.quirks, row.at).await;
    desk.begin().await;
    let golden = row.golden.body(road.object());
    let all = desk.play(row).await;
    let shapes: Vec<_> = all.iter().map(|it| shape::of(&it.json(), road.account(), road.customer())).collect();
    let hits: Vec<usize> = (0..all.len()).filter(|place| shapes[*place] == golden).collect();
    let [hit] = hits.as_slice() else {
        let shapes: Vec<String> = shapes.iter().map(ToString::to_string).collect();
        return Some(format!("{} has to arrive once as\n  {golden}\nand there arrived\n  {}", row.name, shapes.join("\n  ")));
    };
    let told = desk.field_of(&all[*hit]).await;
    (told != row.golden.field(road.object())).then(|| format!("{} went out under the field {told}", row.name))
}
