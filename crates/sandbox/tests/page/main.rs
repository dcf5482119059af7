//! A person sits in front of the page: a real browser clicks and types, and looks at what there is to see.
//!
//! Where there is no Chromium with its driver, the tests are listed as ignored; `REQUIRE_BROWSER=1` makes that a failure.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod browser;
mod chat;
mod keyboard;
mod live;
mod look;
mod stage;
mod tools;

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use futures::FutureExt;
use libtest_mimic::{Arguments, Failed, Trial};

use browser::Driver;
use stage::{Screen, Stage};

/// A test that a browser is needed for.
struct Needs {
    driver: Arc<Result<Driver, String>>,
    trials: Vec<Trial>,
}

impl Needs {
    fn browser<F, R>(&mut self, name: &str, screen: Screen, walk: F)
    where
        F: FnOnce(Arc<Stage>) -> R + Send + 'static,
        R: Future<Output = ()>,
    {
        let driver = self.driver.clone();
        let missing = self.driver.as_ref().as_ref().err().cloned();
        let is_required = std::env::var("REQUIRE_BROWSER").is_ok_and(|value| value == "1");
        let trial = Trial::test(name, move || run(&driver, screen, walk));
        let trial = match &missing {
            Some(reason) => trial.with_kind(reason).with_ignored_flag(!is_required),
            None => trial,
        };
        self.trials.push(trial);
    }
}

fn run<F, R>(driver: &Result<Driver, String>, screen: Screen, walk: F) -> Result<(), Failed>
where
    F: FnOnce(Arc<Stage>) -> R,
    R: Future<Output = ()>,
{
    let driver = driver.as_ref().map_err(Failed::from)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let stage = Arc::new(Stage::open(driver, screen).await);
        let walked = AssertUnwindSafe(async {
            walk(stage.clone()).await;
            stage.is_clean().await;
        });
        let walked = walked.catch_unwind().await;
        // A browser that nobody closes stays.
        stage.close().await;
        walked.unwrap_or_else(|panic| resume_unwind(panic));
    });
    Ok(())
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Browsers are heavy; side by side they only wait for each other.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let driver = Arc::new(Driver::start());
    let mut needs = Needs { driver: driver.clone(), trials: Vec::new() };
    let (wide, narrow) = (Screen::wide(), Screen::narrow());
    needs.browser("a_customer_writes_and_staff_answers", wide, chat::a_customer_writes_and_staff_answers);
    needs.browser("a_customer_reacts_edits_replies_unsends_and_reads", wide, chat::a_customer_reacts_edits_replies_unsends_and_reads);
    needs.browser("a_customer_sends_pictures_and_mentions", wide, chat::a_customer_sends_pictures_and_mentions);
    needs.browser("a_customer_begins_a_conversation_and_blocks_it", wide, chat::a_customer_begins_a_conversation_and_blocks_it);
    needs.browser("what_people_write_is_text", wide, chat::what_people_write_is_text);
    needs.browser("answers_calls_and_deliveries_appear_by_themselves", wide, live::answers_calls_and_deliveries_appear_by_themselves);
    needs.browser("a_button_that_was_sent_can_be_pressed", wide, live::a_button_that_was_sent_can_be_pressed);
    needs.browser("a_world_that_begins_anew_is_shown_anew", wide, live::a_world_that_begins_anew_is_shown_anew);
    needs.browser("the_keyboard_is_enough", wide, keyboard::the_keyboard_is_enough);
    needs.browser("the_clock_closes_the_window", wide, tools::the_clock_closes_the_window);
    needs.browser("faults_are_planted_and_removed", wide, tools::faults_are_planted_and_removed);
    needs.browser("an_owner_acts_and_takes_it_back", wide, tools::an_owner_acts_and_takes_it_back);
    needs.browser("a_narrow_screen_shows_one_thing_at_a_time", narrow, look::a_narrow_screen_shows_one_thing_at_a_time);
    needs.browser("light_is_light", wide, look::light_is_light);
    needs.browser("dark_is_dark", Screen { dark: true, ..wide }, look::dark_is_dark);
    let conclusion = libtest_mimic::run(&arguments, needs.trials);
    if let Ok(driver) = driver.as_ref() {
        driver.stop();
    }
    conclusion.exit();
}
