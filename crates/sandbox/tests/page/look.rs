//! Narrow screens, light and dark.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stage::Stage;

pub(crate) async fn a_narrow_screen_shows_one_thing_at_a_time(stage: Arc<Stage>) {
    let fits = async |what: &str| {
        let widths = stage.script("return [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]").await;
        assert_eq!(widths, json!([390, 390, 390]), "{what} is not wider than the screen");
        let beyond = stage
            .script("return [...document.querySelectorAll('main *, header *, .tabs *')].filter((it) => it.checkVisibility() && !it.closest('.template, pre, .hidden') && (it.getBoundingClientRect().right > 390.5 || it.getBoundingClientRect().left < -0.5)).map((it) => it.className || it.tagName)")
            .await;
        assert_eq!(beyond, json!([]), "{what} has nothing beyond the edge");
    };
    for view in ["chats", "customer", "business", "live"] {
        stage.click(&format!("[data-show={view}]")).await;
        stage.sees(&format!("[data-pane={view}]")).await;
        let panes = stage
            .script(
                "return [...document.querySelectorAll('[data-pane]')].filter((it) => it.checkVisibility()).map((it) => it.dataset.pane)",
            )
            .await;
        assert_eq!(panes, json!([view]));
        fits(view).await;
    }
    stage.click("[data-show=chats]").await;
    stage.click("#chat-list [role=option]:nth-child(3)").await;
    stage.sees("#customer-text").await;
    stage.write("#customer-text", "From a small screen").await;
    stage.click("#customer-send").await;
    stage.reads("#customer-messages .mine .bubble", "From a small screen").await;
    for drawer in ["people", "faults", "clock"] {
        stage.click(&format!("#{drawer}-open")).await;
        stage.sees(&format!("#{drawer}[open] [aria-label=Close]")).await;
        fits(drawer).await;
        stage.click(&format!("#{drawer} [aria-label=Close]")).await;
        stage.misses(&format!("#{drawer}")).await;
    }
}

/// How bright colours are, from 0 to 1: the ground, a phone, its text, the list's text.
async fn brightness(stage: &Stage) -> Vec<f64> {
    let told = stage
        .script("const of = (css, name) => { const [r, g, b] = getComputedStyle(document.querySelector(css))[name].match(/[\\d.]+/g).map(Number); return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255; }; return [of('body', 'backgroundColor'), of('#customer', 'backgroundColor'), of('#customer-title', 'color'), of('#chat-list b', 'color')]")
        .await;
    told.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

pub(crate) async fn light_is_light(stage: Arc<Stage>) {
    let [ground, phone, title, name] = brightness(&stage).await[..] else { panic!("four colours are told") };
    assert!(ground > 0.85 && phone > 0.85 && title < 0.2 && name < 0.2, "{ground} {phone} {title} {name}");
}

pub(crate) async fn dark_is_dark(stage: Arc<Stage>) {
    let [ground, phone, title, name] = brightness(&stage).await[..] else { panic!("four colours are told") };
    assert!(ground < 0.15 && phone < 0.15 && title > 0.8 && name > 0.8, "{ground} {phone} {title} {name}");
}
