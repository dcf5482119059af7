//! The clock, faults, and what the owner does elsewhere.

use std::sync::Arc;

use serde_json::json;

use crate::stage::Stage;

pub(crate) async fn the_clock_closes_the_window(stage: Arc<Stage>) {
    stage.reads("#clock-state", "frozen").await;
    stage.reads("#window", "Open 23 h").await;
    stage.click("[data-advance='25h']").await;
    stage.reads("#window", "Human agent 5 d 22 h").await;
    stage.click("#clock-open").await;
    stage.write("#clock [name=advance]", "6d").await;
    stage.click("#clock form.line button").await;
    stage.reads("#clock .told", "The clock has moved").await;
    stage.write("#clock [name=advance]", "soon").await;
    stage.click("#clock form.line button").await;
    assert!(stage.is_refused("#clock .told").await.contains("25h"), "the sentence says what was expected");
    stage.click("#clock [aria-label=Close]").await;
    stage.reads("#window", "Window closed").await;
    stage.write("#customer-text", "Still there?").await;
    stage.click("#customer-send").await;
    stage.reads("#window", "Open 24 h").await;
}

pub(crate) async fn faults_are_planted_and_removed(stage: Arc<Stage>) {
    let token = stage.page_token().await;
    stage.click("#faults-open").await;
    stage.reads("#faults-list .empty", "Nothing goes wrong at the moment.").await;
    stage.click("#faults-form [type=submit]").await;
    stage.reads("#faults-list .fault small", "waiting, matched 0, struck 0").await;
    let refused = stage.app_answers(&token, json!({"text": "Hello"})).await;
    assert_eq!(refused["error"]["code"], 613, "what was planted strikes");
    stage.reads("#faults-list .fault small", "spent, matched 1, struck 1").await;
    stage.click("#faults-list [aria-label='Remove fault 1']").await;
    stage.sees("#faults-list .empty").await;
    stage.write("#faults-form textarea", "{").await;
    stage.click("#faults-form [type=submit]").await;
    stage.sees("#faults .told.wrong").await;
}

pub(crate) async fn an_owner_acts_and_takes_it_back(stage: Arc<Stage>) {
    let token = stage.page_token().await;
    stage.click("#people-open").await;
    let all = stage.script("return [...document.querySelectorAll('#people [data-action]')].map((it) => it.dataset.action)").await;
    assert_eq!(all.as_array().map(Vec::len), Some(14), "every action of a person is offered: {all}");
    stage.click("[data-action=unpublish] button").await;
    stage.reads("#people .told", "Done: unpublish").await;
    stage.click("[data-action=change_password] button").await;
    stage.reads("#people .told", "Done: change the password").await;
    let refused = stage.app_answers(&token, json!({"text": "Hello"})).await;
    assert_eq!(refused["error"]["code"], 190, "the new password has ended the token");
    stage.click("#people-undo").await;
    stage.reads("#people .told", "Undone").await;
    stage.click("#people-undo").await;
    stage.click("#people-undo").await;
    stage.is_refused("#people .told").await;
    let world = stage.controls.state().await.unwrap();
    assert_eq!((&world["pages"][0]["published"], &world["people"][0]["passwords"]), (&json!(true), &json!(0)));
}
