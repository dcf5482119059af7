//! The customer and the staff write to each other.

use std::sync::Arc;

use serde_json::json;
use thirtyfour::Key;

use crate::stage::{CAFE, INSTAGRAM, PAGE, Stage};

pub(crate) async fn a_customer_writes_and_staff_answers(stage: Arc<Stage>) {
    stage.click(&format!("[data-key='c2/{PAGE}']")).await;
    stage.reads("#business-title", "Ben Quayle").await;
    stage.write("#customer-text", "Is the harbour open?").await;
    stage.click("#customer-send").await;
    stage.reads("#customer-messages .mine .bubble", "Is the harbour open?").await;
    stage.reads("#business-messages .theirs .bubble", "Is the harbour open?").await;
    stage.reads(&format!("[data-key='c2/{PAGE}'] .chat__said"), "Is the harbour open?").await;
    stage.write("#staff-text", "Until six.").await;
    stage.click("#staff-send").await;
    stage.reads("#business-messages .mine .bubble", "Until six.").await;
    stage.reads("#business-messages .mine .foot span", "Staff").await;
    stage.reads("#customer-messages .theirs .bubble", "Until six.").await;
    let field = stage.sees("#staff-text").await;
    assert_eq!(field.value().await.unwrap().as_deref(), Some(""), "what was sent is no longer in the field");
}

pub(crate) async fn a_customer_reacts_edits_replies_unsends_and_reads(stage: Arc<Stage>) {
    for text in ["First", "Second"] {
        stage.write("#customer-text", text).await;
        stage.sees("#customer-text").await.send_keys(Key::Enter).await.unwrap();
        stage.reads("#customer-messages .mine .bubble", text).await;
    }
    stage.on_message("See you soon! (29)", "❤️").await;
    stage.sees("#business-messages .mine .reactions").await;
    stage.on_message("See you soon! (29)", "Remove reaction").await;
    stage.misses(".reactions").await;

    stage.on_message("First", "Edit").await;
    stage.write("#customer-text", "First, corrected").await;
    stage.click("#customer-send").await;
    stage.reads("#business-messages .theirs .bubble", "First, corrected").await;
    stage.reads("#customer-messages .foot span", "edited").await;

    stage.on_message("See you soon! (29)", "Reply").await;
    stage.reads("#customer-note-text", "Replying to “See you soon! (29)”").await;
    stage.write("#customer-text", "Very soon").await;
    stage.click("#customer-send").await;
    stage.reads("#business-messages .theirs .quote", "See you soon! (29)").await;
    stage.misses("#customer-note").await;

    stage.on_message("Second", "Unsend").await;
    stage.reads("#customer-messages .gone", "You unsent a message").await;
    stage.reads("#business-messages .gone", "Unsent message").await;

    stage.write("#staff-text", "Noted").await;
    stage.click("#staff-send").await;
    stage.reads("#customer-messages .theirs .bubble", "Noted").await;
    stage.click("#customer-read").await;
    stage.reads("#toast", "Marked as read").await;
    stage.reads("#business-messages .seen", "Seen").await;
}

pub(crate) async fn a_customer_sends_pictures_and_mentions(stage: Arc<Stage>) {
    stage.click("[data-platform=instagram]").await;
    stage.misses("#chat-list [data-network=messenger]").await;
    stage.click(&format!("[data-key='c1/{INSTAGRAM}']")).await;
    stage.reads("#customer-title", "@harbourbooks").await;
    stage.click("#customer-attach").await;
    stage.reads("[role=menuitem]", "Sample picture").await.click().await.unwrap();
    stage.sees("#business-messages .theirs .picture img").await;

    stage.click("#customer-attach").await;
    stage.reads("[role=menuitem]", "Attachment…").await.click().await.unwrap();
    stage.write("#ask [name=url]", "https://lookaside.fbsbx.com/picture").await;
    stage.click("#ask [type=submit]").await;
    stage.reads("#business-messages .picture__none b", "Picture").await;
    stage.misses("#ask").await;

    stage.click("#customer-attach").await;
    stage.reads("[role=menuitem]", "Mention in a story…").await.click().await.unwrap();
    stage.write("#ask [name=text]", "Look who is here").await;
    stage.click("#ask [type=submit]").await;
    stage.reads("#business-messages .theirs .bubble", "Look who is here").await;
    stage.sees("#business-messages .theirs .story").await;
}

pub(crate) async fn a_customer_begins_a_conversation_and_blocks_it(stage: Arc<Stage>) {
    stage.click("#chat-new").await;
    stage.choose("#ask [name=customer]", "c3").await;
    stage.choose("#ask [name=account]", CAFE).await;
    stage.write("#ask [name=text]", "A table for two?").await;
    stage.click("#ask [type=submit]").await;
    stage.reads("#customer-title", "Harbour Cafe").await;
    stage.reads("#business-messages .theirs .bubble", "A table for two?").await;
    stage.click("#customer-more").await;
    stage.reads("[role=menuitem]", "Block Harbour Cafe").await.click().await.unwrap();
    stage.reads("#window", "Blocked").await;
    stage.write("#customer-text", "Never mind").await;
    stage.click("#customer-send").await;
    assert_eq!(stage.is_refused("#toast").await, format!("customer c3 has blocked {CAFE}"));
    let field = stage.sees("#customer-text").await;
    assert_eq!(field.value().await.unwrap().as_deref(), Some("Never mind"), "what was refused is not lost");
}

pub(crate) async fn what_people_write_is_text(stage: Arc<Stage>) {
    let text = "<img src=x onerror=alert(1)><b>bold</b> &amp; ${1}";
    stage.controls.customer_writes("c1", PAGE, text).await.unwrap();
    stage.reads("#customer-messages .bubble", text).await;
    stage.reads("#business-messages .bubble", text).await;
    stage.reads("#chat-list .chat__said", text).await;
    assert_eq!(stage.script("return document.querySelectorAll('.bubble *, .chat__said *').length").await, json!(0));
}
