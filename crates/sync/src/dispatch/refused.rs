//! What the platform refused: it surely was not sent, and may be sendable in another way.

use std::collections::BTreeSet;

use link_core::linking::connection::ConnectionKey;
use link_core::words::error::{Error, ErrorKind, Result};
use link_core::words::ids::ExternalId;
use link_core::words::outgoing::{Body, Source};
use link_core::words::ports::Access;
use link_core::words::rates::RateKind;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Dispatch, MAX_OUTAGE, MAX_TRIES, answered, back_off, failure};
use crate::apply::apply;
use crate::budget::Permit;
use crate::intent::{Intent, IntentState};
use crate::piece::Fact;
use crate::policy::{Instead, Refused};

/// How long at least a file is put off: as long as the platform waits for its address.
const SLOW: TimeDelta = TimeDelta::seconds(10);

/// What can be done about a refusal.
enum Otherwise {
    Not,
    /// It can be asked for then.
    Asked(DateTime<Utc>),
    /// The same, and every file may be tried again: none of them could be uploaded anew.
    Anew(DateTime<Utc>),
    So(Box<Instead>),
}

impl Dispatch {
    /// Somebody answered the comment in one of the platform's own apps: that right is used up, whoever used it.
    async fn learn_reply(&self, intent: &Intent, error: &Error) -> Result<()> {
        let Ok(carrier) = self.checkpoint.carriers().of(&intent.account.account.platform) else { return Ok(()) };
        let says_so = error.code().is_some_and(|code| carrier.capabilities.says_replied(code.code, code.subcode));
        match answered(intent, self.clock.now()).filter(|_| says_so) {
            Some(event) => apply(&*self.messages, &[Fact::new(intent.account.owner.clone(), None, event)]).await,
            None => Ok(()),
        }
    }

    /// What can be sent in another way waits for its turn once more: it passes everything again, and takes from the budget again.
    pub(super) async fn refused(&self, intent: &Intent, access: &Access, connection: &ConnectionKey, error: &Error) -> Result<()> {
        if error.kind() == ErrorKind::AccountRestricted {
            return self.restricted(intent, access, connection, error).await;
        }
        // What one file's address costs takes no try from the others.
        let put_off = u32::try_from(intent.put_off.len()).unwrap_or(u32::MAX);
        if intent.tries + 1 < MAX_TRIES.saturating_add(put_off) {
            match self.otherwise(intent, access, connection, error).await {
                Otherwise::Not => {}
                Otherwise::Asked(at) => return self.again(intent, at, intent.tries + 1).await,
                Otherwise::Anew(at) => return self.round_anew(intent, at).await,
                Otherwise::So(instead) => return self.anew(intent, &instead).await,
            }
        }
        // First what became of the message: it is known, and must not be lost to another store.
        self.fail(intent, failure(error)).await?;
        if let Err(failed) = self.learn_reply(intent, error).await {
            tracing::warn!(error = %failed, intent = %intent.id, "that a comment was answered elsewhere could not be kept");
        }
        self.note(connection, access, error).await;
        Ok(())
    }

    /// All of its files had their turn, and those that were put off have it once more.
    async fn round_anew(&self, intent: &Intent, at: DateTime<Utc>) -> Result<()> {
        self.write(intent, |intent| {
            intent.put_off.clear();
            (intent.state, intent.available_at, intent.tries) = (IntentState::Queued, at, intent.tries + 1);
        })
        .await
    }

    /// Has it sent in another way. That the platform forgot a file is no failed try as long as there is one that was not tried to be uploaded anew.
    /// That one had to be put off is: it is the same message that is sent again, and the platform is not asked for that without a pause.
    async fn anew(&self, intent: &Intent, instead: &Instead) -> Result<()> {
        let (now, before, after) = (self.clock.now(), files(&intent.outgoing.body), files(&instead.outgoing.body));
        // What was named before is nothing new: whoever names it again and again gets nowhere.
        let named = after.difference(&before).copied().chain(&instead.given_up);
        let renewed: BTreeSet<ExternalId> = named.filter(|id| !intent.renewed.contains(*id)).cloned().collect();
        let is_no_try = !renewed.is_empty() && intent.renewed.len() + renewed.len() <= after.len();
        let tries = intent.tries + u32::from(!is_no_try);
        let at = if instead.put_off.is_some() { now + back_off(intent.tries).max(SLOW) } else { now };
        self.write(intent, |intent| {
            intent.outgoing.body.clone_from(&instead.outgoing.body);
            intent.renewed.extend(renewed.iter().cloned());
            intent.put_off.extend(instead.put_off.clone());
            (intent.state, intent.available_at, intent.tries) = (IntentState::Queued, at, tries);
        })
        .await
    }

    /// The platform keeps the account from writing for a while. It has not looked at the message, so that is no failed try.
    async fn restricted(&self, intent: &Intent, access: &Access, connection: &ConnectionKey, error: &Error) -> Result<()> {
        let now = self.clock.now();
        let until = self.checkpoint.heed_restriction(access, error, now).await;
        if now < intent.created_at + MAX_OUTAGE {
            self.again(intent, until, intent.tries).await?;
        } else {
            self.fail(intent, failure(error)).await?;
        }
        self.note(connection, access, error).await;
        Ok(())
    }

    /// Whether what the platform refused can be sent in another way. What cannot be learnt from a refusal is learnt from the next.
    async fn otherwise(&self, intent: &Intent, access: &Access, connection: &ConnectionKey, error: &Error) -> Otherwise {
        let Some(code) = error.code().cloned() else { return Otherwise::Not };
        let now = self.clock.now();
        let Ok(carrier) = self.checkpoint.carriers().of(&intent.account.account.platform) else { return Otherwise::Not };
        let is_forgotten = carrier.capabilities.forgot(code.code, code.subcode);
        if is_forgotten {
            if self.is_over(intent, true) {
                return Otherwise::Asked(now);
            }
            // The file has to be fetched once more first, which is a call too.
            match self.checkpoint.take(access, RateKind::Other, intent.priority, now).await {
                Ok(Permit::Now) => {}
                Ok(Permit::At(at)) => return Otherwise::Asked(at),
                // It surely was not sent, and that must not be lost to a store that fails.
                Err(failed) => {
                    tracing::warn!(error = %failed, intent = %intent.id, "the budget could not be asked for a file that is forgotten");
                    return Otherwise::Asked(now + back_off(intent.tries));
                }
            }
        }
        let refused = Refused::new(connection.clone(), access.clone(), intent.outgoing.clone(), code, now);
        let refused = refused.after_renewing(intent.renewed.clone()).after_putting_off(intent.put_off.clone());
        match self.checkpoint.knowledge().refused(&refused).await {
            Ok(otherwise) => otherwise.map_or(Otherwise::Not, |instead| Otherwise::So(Box::new(instead))),
            Err(failed) => {
                tracing::warn!(error = %failed, intent = %intent.id, "what a refusal says could not be kept");
                match self.checkpoint.heed(access, RateKind::Other, &failed, now).await {
                    _ if !is_forgotten => Otherwise::Not,
                    Some(until) => Otherwise::Asked(until),
                    // What may have been uploaded can be uploaded once more.
                    None if failed.is_retryable() || failed.kind() == ErrorKind::Ambiguous => Otherwise::Anew(now + back_off(intent.tries)),
                    None => Otherwise::Not,
                }
            }
        }
    }
}

/// The files of a message that the platform has.
fn files(body: &Body) -> BTreeSet<&ExternalId> {
    let Body::Attachments(media) = body else { return BTreeSet::new() };
    let uploaded = media.iter().filter_map(|media| match &media.source {
        Source::Uploaded(id) => Some(id),
        _ => None,
    });
    uploaded.collect()
}
