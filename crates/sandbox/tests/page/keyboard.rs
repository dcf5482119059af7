//! Whoever has no mouse can do the same.

use std::sync::Arc;

use serde_json::json;
use thirtyfour::Key;

use crate::stage::Stage;

/// Presses Tab until the focus is there.
async fn tab_to(stage: &Stage, id: &str) {
    for _ in 0..60 {
        if stage.focus().await == id {
            return;
        }
        stage.press(Key::Tab).await;
    }
    panic!("no number of tabs leads to {id}");
}

pub(crate) async fn the_keyboard_is_enough(stage: Arc<Stage>) {
    let first = stage.sees("#chat-list [aria-selected=true]").await.id().await.unwrap().unwrap();
    tab_to(&stage, &first).await;
    let ring = stage.script("return getComputedStyle(document.activeElement).outlineStyle").await;
    assert_eq!(ring, json!("solid"), "the focus can be seen");
    stage.press(Key::Down).await;
    stage.reads("#business-title", "Ben Quayle").await;
    stage.press(Key::Enter).await;
    assert_eq!(stage.focus().await, "customer-text", "Enter leads to where one writes");
    stage.types("Only keys").await;
    stage.press(Key::Enter).await;
    stage.reads("#business-messages .theirs .bubble", "Only keys").await;

    tab_to(&stage, "staff-text").await;
    stage.types("Understood").await;
    stage.press(Key::Enter).await;
    stage.reads("#customer-messages .theirs .bubble", "Understood").await;

    // The menu opens on its first entry, and Escape leads back to its button.
    stage.script("document.querySelector('#customer-messages .message:last-child .more').focus()").await;
    stage.press(Key::Enter).await;
    assert_eq!(stage.script("return document.activeElement.getAttribute('role')").await, json!("menuitem"));
    stage.press(Key::Escape).await;
    stage.misses("[role=menu]").await;
    assert!(stage.focus().await.contains("more"), "the focus is back");
    stage.press(Key::Enter).await;
    stage.press(Key::Enter).await;
    stage.sees("#business-messages .mine .reactions").await;

    // A drawer keeps the focus, and Escape closes it.
    tab_to(&stage, "faults-open").await;
    stage.press(Key::Enter).await;
    stage.sees("#faults[open]").await;
    stage.press(Key::Tab).await;
    assert_eq!(stage.script("return document.activeElement.closest('dialog')?.id").await, json!("faults"));
    stage.press(Key::Escape).await;
    stage.misses("#faults").await;
    assert_eq!(stage.focus().await, "faults-open", "the focus is back at the button");
}
