//! The rules, applied.

use link_core::words::activity::Activity;
use link_core::words::view::Behalf;
use serde::{Deserialize, Serialize};

use super::habits::place;
use super::{Code, Habits, Rules};

/// The act with which our own work records that a token was seen after its end.
const USED: &str = "token.used";

/// An access that a rule found unusual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flag {
    /// Which rule.
    pub code: Code,
    /// What it means. It names neither who, nor where.
    pub sentence: String,
    /// The threshold that was crossed, as a fragment: "5 times the median of 3 acts an hour, and at least 20".
    pub threshold: String,
}

impl Flag {
    fn new(code: Code, threshold: String) -> Self {
        Self { code, sentence: code.sentence().to_owned(), threshold }
    }
}

/// What is unusual about an act, given what is known of its actor before it. Fold the act in afterwards.
pub fn judge(rules: &Rules, habits: &Habits, act: &Activity) -> Vec<Flag> {
    match &act.by {
        Behalf::Actor(_) if habits.known(act.at - rules.remembered) => {
            [new_place(rules, habits, act), new_device(rules, habits, act), hour(rules, habits, act), volume(rules, habits, act)]
                .into_iter()
                .flatten()
                .collect()
        }
        Behalf::System(_) if act.act == USED => token(rules, habits, act).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn new_place(rules: &Rules, habits: &Habits, act: &Activity) -> Option<Flag> {
    let place = place(&act.origin)?;
    let new = habits.is_new_place(&place, act.at - rules.remembered);
    new.then(|| Flag::new(Code::NewPlace, format!("not seen there in the last {} days", rules.remembered.num_days())))
}

fn new_device(rules: &Rules, habits: &Habits, act: &Activity) -> Option<Flag> {
    let new = habits.is_new_device(act.origin.device.as_deref()?, act.at - rules.remembered);
    new.then(|| Flag::new(Code::NewDevice, format!("not seen with it in the last {} days", rules.remembered.num_days())))
}

fn hour(rules: &Rules, habits: &Habits, act: &Activity) -> Option<Flag> {
    let learned = habits.first.is_some_and(|first| act.at - first >= rules.learning);
    let unusual = learned && !habits.acts_at_hour_of(act.at, act.at - rules.remembered);
    unusual.then(|| Flag::new(Code::UnusualHour, format!("nothing at this hour in the last {} days", rules.remembered.num_days())))
}

fn volume(rules: &Rules, habits: &Habits, act: &Activity) -> Option<Flag> {
    let (before, twice_median) = habits.volume(act.at, act.at - rules.remembered);
    let twice_median = twice_median?;
    let threshold = rules.at_least.max(rules.times.saturating_mul(twice_median).div_ceil(2));
    let crossed = before.saturating_add(1) == threshold;
    let median = f64::from(twice_median) / 2.0;
    crossed.then(|| {
        Flag::new(Code::TooMany, format!("{} times the median of {median} acts an hour, and at least {}", rules.times, rules.at_least))
    })
}

fn token(rules: &Rules, habits: &Habits, act: &Activity) -> Option<Flag> {
    let ended = habits.ended(act.target.as_deref()?)?;
    let late = act.at - ended > rules.under_way;
    late.then(|| Flag::new(Code::TokenAfterEnd, format!("more than {} minutes after its end", rules.under_way.num_minutes())))
}
