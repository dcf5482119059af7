//! The order in which notifications go out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Pending;

/// Notifications that follow each other, by when they are due and which came first.
#[derive(Clone, Debug, Default)]
struct Lane {
    waiting: BTreeMap<(DateTime<Utc>, u64), Pending>,
    /// Somebody is delivering from it.
    busy: bool,
}

impl Lane {
    fn next_due(&self) -> Option<DateTime<Utc>> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }
}

/// Lanes side by side: within one, order holds; none waits for another.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    last: u64,
    lanes: BTreeMap<String, Lane>,
}

impl Lanes {
    /// Puts a notification at the end of its lane, as far as its time allows.
    pub(super) fn push(&mut self, lane: &str, pending: Pending) {
        self.last += 1;
        let key = (pending.due, self.last);
        match self.lanes.get_mut(lane) {
            Some(lane) => drop(lane.waiting.insert(key, pending)),
            None => drop(self.lanes.entry(lane.to_owned()).or_default().waiting.insert(key, pending)),
        }
    }

    /// Gives away a lane in which something is due and nobody is busy.
    pub(super) fn claim(&mut self, now: DateTime<Utc>) -> Option<String> {
        let (name, lane) = self.lanes.iter_mut().find(|(_, lane)| !lane.busy && lane.next_due().is_some_and(|due| due <= now))?;
        lane.busy = true;
        Some(name.clone())
    }

    /// Takes the next notification of a lane that is due. When there is none, the lane is given back.
    pub(super) fn take(&mut self, lane: &str, now: DateTime<Utc>) -> Option<Pending> {
        let lane = self.lanes.get_mut(lane)?;
        if lane.next_due().is_some_and(|due| due <= now) {
            return lane.waiting.pop_first().map(|(_, pending)| pending);
        }
        lane.busy = false;
        None
    }

    /// When something will be due next in a lane where nobody is busy.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.lanes.values().filter(|lane| !lane.busy).filter_map(Lane::next_due).min()
    }

    /// What `hurries` and is due later is due now, in the order it had; how many these are.
    pub(super) fn hasten(&mut self, now: DateTime<Utc>, hurries: impl Fn(&Pending) -> bool) -> usize {
        let mut hastened = 0;
        for lane in self.lanes.values_mut() {
            let all = std::mem::take(&mut lane.waiting);
            lane.waiting = all
                .into_iter()
                .map(|((due, number), pending)| {
                    if due <= now || !hurries(&pending) {
                        return ((due, number), pending);
                    }
                    hastened += 1;
                    ((now, number), Pending { due: now, ..pending })
                })
                .collect();
        }
        hastened
    }

    /// How many notifications wait.
    pub(super) fn len(&self) -> usize {
        self.lanes.values().map(|lane| lane.waiting.len()).sum()
    }

    /// Keeps only what `stays`.
    pub(super) fn retain(&mut self, stays: impl Fn(&Pending) -> bool) {
        for lane in self.lanes.values_mut() {
            lane.waiting.retain(|_, pending| stays(pending));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn pending(app: &str, field: &str, due: i64) -> Pending {
        Pending {
            app: app.to_owned(),
            object: "page".to_owned(),
            account: "1".to_owned(),
            field: field.to_owned(),
            entries: Vec::new(),
            attempt: 0,
            since: at(0),
            due: at(due),
        }
    }

    fn lanes(told: &[(&str, &str, i64)]) -> Lanes {
        let mut lanes = Lanes::default();
        for (app, field, due) in told {
            lanes.push(app, pending(app, field, *due));
        }
        lanes
    }

    fn fields(lanes: &mut Lanes, lane: &str, now: i64) -> String {
        std::iter::from_fn(|| lanes.take(lane, at(now))).map(|pending| pending.field).collect()
    }

    #[test]
    fn what_is_due_first_goes_first_and_what_came_first_among_equals() {
        let mut lanes = lanes(&[("a", "3", 2), ("a", "1", 1), ("a", "4", 2), ("a", "2", 1), ("a", "5", 9)]);
        assert_eq!(lanes.claim(at(0)), None);
        assert_eq!(lanes.claim(at(2)).as_deref(), Some("a"));
        assert_eq!(fields(&mut lanes, "a", 2), "1234");
        assert_eq!((lanes.len(), lanes.next_due()), (1, Some(at(9))));
        assert_eq!(fields(&mut lanes, "a", 9), "5");
    }

    #[test]
    fn a_lane_is_given_to_one_at_a_time_and_others_do_not_wait_for_it() {
        let mut lanes = lanes(&[("a", "1", 1), ("a", "2", 1), ("b", "1", 1)]);
        assert_eq!(lanes.claim(at(1)).as_deref(), Some("a"));
        assert!(lanes.take("a", at(1)).is_some());
        assert_eq!(lanes.claim(at(1)).as_deref(), Some("b"), "a has more that is due, and somebody who is at it");
        assert_eq!((lanes.claim(at(1)), lanes.next_due()), (None, None));
        assert_eq!(fields(&mut lanes, "a", 1), "2");
        lanes.push("a", pending("a", "3", 1));
        assert_eq!(lanes.claim(at(1)).as_deref(), Some("a"), "it was given back when nothing was left");
    }

    #[test]
    fn what_waits_for_another_attempt_can_be_hurried_and_the_rest_waits_on() {
        let mut lanes = lanes(&[("a", "1", 1), ("a", "2", 8), ("a", "held", 9), ("a", "3", 9)]);
        assert_eq!(lanes.hasten(at(2), |pending| pending.field != "held"), 2);
        assert_eq!(lanes.claim(at(2)).as_deref(), Some("a"));
        assert_eq!(fields(&mut lanes, "a", 2), "123");
        assert_eq!(lanes.next_due(), Some(at(9)));
    }

    #[test]
    fn what_must_not_go_out_any_more_is_gone_everywhere() {
        let mut lanes = lanes(&[("a", "1", 1), ("a", "2", 1), ("b", "1", 1)]);
        lanes.retain(|pending| pending.field != "1");
        assert_eq!((lanes.len(), lanes.claim(at(1)).as_deref()), (1, Some("a")));
        assert_eq!(fields(&mut lanes, "a", 1), "2");
    }
}
