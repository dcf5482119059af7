//! Reactions of ours, which nobody tells but the answer to them.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::error::Result;
use link_core::words::event::{Channel, Direction, Event, Reaction, Said};
use link_core::words::ids::{MessageId, MessageKey, ScopedId};
use link_core::words::moment::Moment;
use link_core::words::outgoing::Body;
use link_core::words::view::View;

use super::Dispatch;
use crate::apply::apply;
use crate::intent::{Intent, IntentState};
use crate::piece::Fact;

/// The last moment of a second, as far as times are told apart.
const END: TimeDelta = TimeDelta::milliseconds(999);

impl Dispatch {
    /// What has no echo is told by the answer alone: a reaction of ours, or its withdrawal. It is told first; if the intent cannot be written
    /// afterwards it is unknown, and the reaction stands.
    pub(super) async fn done(&self, intent: &Intent, at: DateTime<Utc>) -> Result<()> {
        if let Body::Reaction { message, emoji } = &intent.outgoing.body {
            let action = if emoji.is_some() { "react" } else { "unreact" };
            let reaction = Reaction { message: Some(message.clone()), action: Some(action.to_owned()), emoji: emoji.clone(), word: None };
            let (said, as_of) = (Said::Reacted(reaction), within(at, self.clock.now(), self.reacted_at(intent, message).await?));
            let mut event = Event::new(intent.account.account.clone(), intent.road.clone(), Channel::Answer, as_of, said);
            event.direction = Direction::Outbound;
            event.sender = ScopedId::new(intent.account.account.id.as_str()).ok();
            event.recipient = Some(intent.outgoing.to.line());
            event.at = Some(Moment::coarse(at));
            apply(&*self.messages, &[Fact::new(intent.account.owner.clone(), None, event)]).await?;
        }
        self.write(intent, |intent| intent.state = IntentState::Done { at }).await
    }

    /// As of when the account's reaction to a message stands that is there.
    async fn reacted_at(&self, intent: &Intent, message: &MessageId) -> Result<Option<DateTime<Utc>>> {
        let view = View::system(intent.account.owner.clone(), "tell the reactions of one second apart");
        let key = MessageKey { account: intent.account.clone(), road: intent.road.clone(), id: message.clone() };
        let row = self.messages.message(&view, &key).await?;
        Ok(row.and_then(|row| row.state.reactions.get(&Direction::Outbound).map(|told| told.as_of)))
    }
}

/// An answer tells its time to the second. Of one conversation one thing is sent after another, so within that second our own clock tells which
/// was the later, or, where that is off by more, that this one comes after the last.
fn within(second: DateTime<Utc>, now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let end = second + END;
    // A clock that is outside of the second tells nothing; taken for its end, it would leave no room for whatever comes after.
    let begun = if (second..=end).contains(&now) { now } else { second };
    last.map_or(begun, |last| begun.max(last + TimeDelta::milliseconds(1))).min(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn within_a_second_each_is_later_than_the_last_and_none_leaves_it() {
        let ms = |ms: i64| at(100) + TimeDelta::milliseconds(ms);
        let of = |now: i64, last: Option<i64>| (within(at(100), ms(now), last.map(ms)) - at(100)).num_milliseconds();
        assert_eq!([of(300, None), of(-4_000, None), of(4_000, None)], [300, 0, 0]);
        assert_eq!([of(300, Some(200)), of(300, Some(300)), of(-4_000, Some(0)), of(4_000, Some(1))], [300, 301, 1, 2]);
        assert_eq!([of(4_000, Some(999)), of(0, Some(5_000)), of(0, Some(-5_000))], [999, 999, 0]);
    }
}
