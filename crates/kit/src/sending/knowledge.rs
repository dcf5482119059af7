//! What the stores know of a message's circumstances, and what a refusal teaches.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::{ConnectionKey, Part};
use link_core::linking::store::LinkStore;
use link_core::words::comment::CommentPlace;
use link_core::words::error::{ErrorKind, Result};
use link_core::words::event::Direction;
use link_core::words::ids::{AccountKey, CommentKey, ConversationKey, ExternalId, IntentId};
use link_core::words::outgoing::{Body, Media, Outgoing, Recipient, Source};
use link_core::words::page::PageQuery;
use link_core::words::platform::Road;
use link_core::words::view::View;
use link_sync::{
    CommentFacts, Facts, Instead, Intent, IntentQuery, IntentState, KeptUpload, Knowledge, MessageStore, Outbox, Reach, Refused,
    UploadQuery, UploadStore,
};

use super::files::SAME;
use crate::wiring::Wiring;

/// How long it is believed that an account may not use a form: after that it is tried again.
const BELIEVED: TimeDelta = TimeDelta::days(30);
/// Most messages in one line that are looked at for another reply to the same comment.
const REPLIES: u32 = 100;

/// Knows comments, accounts and files by the stores.
pub(crate) struct Known {
    pub(crate) wiring: Wiring,
    pub(crate) links: Arc<dyn LinkStore>,
    pub(crate) messages: Arc<dyn MessageStore>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) uploads: Arc<dyn UploadStore>,
}

impl Known {
    fn view(connection: &ConnectionKey) -> View {
        View::system(connection.account.owner.clone(), "see what rules go by before a send")
    }

    /// The comment or post that is answered in private.
    async fn comment(&self, connection: &ConnectionKey, outgoing: &Outgoing, own: Option<IntentId>) -> Result<Option<CommentFacts>> {
        let view = Self::view(connection);
        let Some(told) = self.told(&view, connection, outgoing).await? else { return Ok(None) };
        let answered = told.answered || self.on_its_way(&view, connection, outgoing, own).await?;
        Ok(Some(told.answered(answered)))
    }

    /// What the platform told of it.
    async fn told(&self, view: &View, connection: &ConnectionKey, outgoing: &Outgoing) -> Result<Option<CommentFacts>> {
        let id = match &outgoing.to {
            Recipient::Comment { comment, .. } => comment.clone(),
            Recipient::Post { post, .. } => post.clone(),
            _ => return Ok(None),
        };
        let key = CommentKey { account: connection.account.clone(), road: connection.road.clone(), id };
        let Some(row) = self.messages.comment(view, &key).await? else { return Ok(None) };
        let comment = row.state;
        // What the account wrote itself, or what stands somewhere else, is nobody's to be answered in private.
        let theirs = comment.direction == Some(Direction::Inbound) && comment.place != Some(CommentPlace::Mention);
        Ok(comment.at.filter(|_| theirs).map(|at| {
            let live = comment.place == Some(CommentPlace::Live);
            CommentFacts::new(at).by(comment.by).live(live).answered(comment.answered.is_some()).removed(comment.removed.is_some())
        }))
    }

    /// Whether another reply to it was taken that did not fail.
    async fn on_its_way(&self, view: &View, connection: &ConnectionKey, outgoing: &Outgoing, own: Option<IntentId>) -> Result<bool> {
        let to = outgoing.to.nameless();
        let other = |intent: &Intent| {
            Some(intent.id) != own && intent.outgoing.to.nameless() == to && !matches!(intent.state, IntentState::Failed { .. })
        };
        // Where the author is known, a reply waits in line with what else is said to them.
        let lines: BTreeSet<_> = [to.line(), outgoing.to.line()].into();
        for peer in lines {
            let line = || {
                IntentQuery::all(PageQuery::first(REPLIES)).of(ConversationKey { account: connection.account.clone(), peer: peer.clone() })
            };
            for query in [line().open(), line().newest_first()] {
                if self.outbox.intents(view, &query).await?.items.iter().any(other) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// By which road the account is connected whose post is shared.
    async fn road_of_post(&self, connection: &ConnectionKey, outgoing: &Outgoing, now: DateTime<Utc>) -> Result<Option<Road>> {
        match &outgoing.body {
            Body::Post(post) if post.account != connection.account.account => {
                let account = AccountKey::new(connection.account.owner.clone(), post.account.clone());
                road(&*self.links, &account, now).await
            }
            _ => Ok(None),
        }
    }

    /// Has one file anew: the platform does not tell which it forgot, so that was uploaded longest ago of those which came from an address.
    /// One that cannot be had is put off, and given up the next time. What came as a file is forgotten here too, once nothing else can have been meant.
    async fn renewed(&self, refused: &Refused, media: &[Media]) -> Result<Option<Instead>> {
        let mut kept = Vec::new();
        for each in media {
            let Source::Uploaded(id) = &each.source else { continue };
            if !refused.renewed.contains(id) {
                kept.push((id, self.uploads.known(&Self::view(&refused.connection), &refused.connection.account, id).await?));
            }
        }
        let fetched = || kept.iter().filter_map(|(_, kept)| kept.as_ref()).filter(|kept| kept.url.is_some());
        let in_turn = || fetched().filter(|kept| !refused.put_off.contains(&kept.id));
        let Some(oldest) = in_turn().min_by_key(|kept| kept.until).or_else(|| fetched().min_by_key(|kept| kept.until)) else {
            for (id, _) in kept {
                self.uploads.forget(&refused.connection.account, id, refused.now).await?;
            }
            return Ok(None);
        };
        let new = match self.anew(refused, oldest).await {
            Ok(Some(new)) => new,
            Ok(None) => return Ok(None),
            Err(error) => {
                let (instead, was_put_off) = (Instead::new(refused.outgoing.clone()), refused.put_off.contains(&oldest.id));
                return match error.kind() {
                    // The platform waits for an address for ten seconds, and then says of a slow one what it says of a dead one. So nothing is given
                    // up by one answer.
                    ErrorKind::Invalid if !was_put_off => Ok(Some(instead.putting_off(oldest.id.clone()))),
                    // Nothing stands there any more. It is only a guess that it was the one.
                    ErrorKind::Invalid if fetched().any(|kept| kept.id != oldest.id) => Ok(Some(instead.giving_up(oldest.id.clone()))),
                    ErrorKind::Unavailable | ErrorKind::Ambiguous if in_turn().any(|kept| kept.id != oldest.id) => {
                        Ok(Some(instead.putting_off(oldest.id.clone())))
                    }
                    _ => Err(error),
                };
            }
        };
        let is_it = |media: &Media| matches!(&media.source, Source::Uploaded(id) if *id == oldest.id);
        let again = media.iter().map(|media| if is_it(media) { Media::uploaded(media.kind, new.clone()) } else { media.clone() });
        let mut outgoing = refused.outgoing.clone();
        outgoing.body = Body::Attachments(again.collect());
        Ok(Some(Instead::new(outgoing)))
    }

    /// The id under which the platform has a file anew. The old one stays known: other messages have it too, and find the new one by its address.
    async fn anew(&self, refused: &Refused, old: &KeptUpload) -> Result<Option<ExternalId>> {
        let platform = self.wiring.platform(&old.account.account.platform);
        let uploads = platform.and_then(|parts| Some((parts.uploads.as_ref()?, parts.carrier.capabilities.limits.upload_days)));
        let Some(((uploads, days), url)) = uploads.zip(old.url.as_ref()) else { return Ok(None) };
        let days = TimeDelta::days(i64::from(days));
        if let Some(newer) = self.newer(refused, old, days).await? {
            return Ok(Some(newer));
        }
        let new = uploads.fetch(&refused.access, old.kind, url).await?;
        let (road, until) = (refused.connection.road.clone(), new.at + days);
        self.uploads.keep(&KeptUpload::from_address(old.account.clone(), road, new.id.clone(), old.kind, url, until)).await?;
        Ok(Some(new.id))
    }

    /// What was fetched lately from the same address, for another message that was refused or for somebody who uploaded it.
    async fn newer(&self, refused: &Refused, old: &KeptUpload, days: TimeDelta) -> Result<Option<ExternalId>> {
        let later_than = old.until.max(refused.now + days - SAME);
        let query = UploadQuery::new(refused.connection.clone(), old.kind, old.digest, later_than);
        let newer = self.uploads.find(&Self::view(&refused.connection), &query).await?;
        Ok(newer.map(|newer| newer.id).filter(|id| !refused.renewed.contains(id)))
    }
}

#[async_trait]
impl Knowledge for Known {
    async fn facts(&self, connection: &ConnectionKey, outgoing: &Outgoing, own: Option<IntentId>, now: DateTime<Utc>) -> Result<Facts> {
        let mut facts = Facts::default();
        if !outgoing.to.is_person() {
            facts.comment = self.comment(connection, outgoing, own).await?;
        }
        facts.post_road = self.road_of_post(connection, outgoing, now).await?;
        let view = Self::view(connection);
        facts.lacking = self.uploads.lacking(&view, connection).await?;
        if let Body::Attachments(media) = &outgoing.body {
            for each in media {
                let Source::Uploaded(id) = &each.source else { continue };
                let kept = self.uploads.known(&view, &connection.account, id).await?;
                facts.uploads.extend(kept.map(|kept| (id.clone(), kept.until)));
            }
        }
        Ok(facts)
    }

    async fn reach(&self, connection: &ConnectionKey) -> Result<Reach> {
        let known = self.links.connection(&Self::view(connection), connection).await?;
        Ok(known.map_or_else(Reach::default, |known| Reach::new(known.via, Some(known.person))))
    }

    async fn refused(&self, refused: &Refused) -> Result<Option<Instead>> {
        let code = &refused.code;
        let Some(platform) = self.wiring.platform(&refused.connection.account.account.platform) else { return Ok(None) };
        let capabilities = platform.carrier.capabilities;
        if let Some(form) = capabilities.lesson(code.code, code.subcode) {
            self.uploads.learn(&refused.connection, form, refused.now + BELIEVED).await?;
        }
        match &refused.outgoing.body {
            Body::Attachments(media) if capabilities.forgot(code.code, code.subcode) => self.renewed(refused, media).await,
            _ => Ok(None),
        }
    }
}

/// The road by which an account is called now: one that may not receive any more may still be able to send; one that took its place is meant
/// before it.
pub(crate) async fn road(links: &dyn LinkStore, account: &AccountKey, now: DateTime<Utc>) -> Result<Option<Road>> {
    let system = View::system(account.owner.clone(), "find the road of an account");
    let connections = links.connections(&system).await?;
    let of_account = connections.into_iter().filter(|connection| connection.key.account == *account);
    let receiving = of_account.filter(|connection| connection.part_at(now) == Part::Receiving);
    Ok(receiving.min_by_key(|connection| connection.withheld_since.is_some()).map(|connection| connection.key.road))
}
