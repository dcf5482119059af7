//! Files: judged, uploaded with progress, and sent by the ids under which the platform keeps them.

use chrono::{DateTime, TimeDelta, Utc};
use link_core::linking::connection::ConnectionKey;
use link_core::words::error::{Error, ErrorKind};
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountKey, ConversationKey, MessageId};
use link_core::words::outgoing::{AttachmentKind, Body, Media, Outgoing, Purpose};
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, File, UploadProgress, Uploaded, Uploads};
use link_core::words::rates::RateKind;
use link_core::words::refusal::Refusal;
use link_core::words::view::{View, Viewer};
use link_sync::{
    FileDigest, FileFacts, Intent, KeptUpload, Permit, Priority, UploadQuery, Wish, check_address, check_file, digest, digest_of_address,
};

use crate::inbox::Inbox;
use crate::problem::Problem;
use crate::wiring::PlatformParts;

/// A file that the platform forgets within this time is uploaded anew: a message may wait.
const SOON: TimeDelta = TimeDelta::days(1);

/// For so long what an address showed is taken to be what it shows: somebody may put another file there.
pub(super) const SAME: TimeDelta = TimeDelta::hours(1);

/// A file with which a conversation is answered. A `&File` is one that goes as an ordinary answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FileAnswer<'a> {
    /// The file.
    pub file: &'a File,
    /// Why it may be sent.
    pub purpose: Purpose,
    /// The message it answers, shown as a quotation.
    pub reply_to: Option<MessageId>,
}

impl<'a> FileAnswer<'a> {
    /// A file as an ordinary answer.
    pub const fn new(file: &'a File) -> Self {
        Self { file, purpose: Purpose::Response, reply_to: None }
    }

    /// For another purpose: as what a person sent by hand, after the standard window.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// As a quotation of a message.
    #[must_use]
    pub fn in_reply_to(mut self, message: MessageId) -> Self {
        self.reply_to = Some(message);
        self
    }
}

impl<'a> From<&'a File> for FileAnswer<'a> {
    fn from(file: &'a File) -> Self {
        Self::new(file)
    }
}

/// Where a file goes: the platform, and the right to call it.
struct Place<'a> {
    platform: &'a PlatformParts,
    uploads: &'a dyn Uploads,
    connection: ConnectionKey,
    access: Access,
}

impl Place<'_> {
    /// When the platform forgets what was uploaded.
    fn until(&self, uploaded: &Uploaded) -> DateTime<Utc> {
        uploaded.at + self.days()
    }

    /// For how long the platform keeps what was uploaded.
    fn days(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.platform.carrier.capabilities.limits.upload_days))
    }
}

impl Inbox {
    /// Uploads a file to the platform of an account, telling how far it is, and answers what a message carries for it. What was uploaded before and
    /// is still kept is not uploaded again; the platform keeps it for 90 days.
    ///
    /// The file is judged first: kind, format, size and name, as the platform takes them.
    pub async fn upload(&self, viewer: &Viewer, account: &AccountKey, file: &File, progress: &UploadProgress) -> Result<Media, Problem> {
        let place = self.place(viewer, account).await?;
        check_file(FileFacts::new(file.kind, &file.name, file.bytes()), place.platform.carrier.capabilities)?;
        if let Some(kept) = self.kept(&place, file.kind, digest(&file.content), self.0.their_clock.now() + SOON).await? {
            progress.tell(file.bytes(), file.bytes());
            return Ok(kept);
        }
        self.permitted(&place.access).await?;
        let uploaded = self.noted(&place.connection, &place.access, place.uploads.upload(&place.access, file, progress).await).await?;
        let (road, until) = (place.connection.road.clone(), place.until(&uploaded));
        let kept = KeptUpload::of_content(account.clone(), road, uploaded.id, file.kind, &file.content, until);
        self.0.stores.uploads.keep(&kept).await?;
        Ok(Media::uploaded(file.kind, kept.id))
    }

    /// The same for a file at an address that is open to everybody. Another file may stand there tomorrow, so it is fetched anew if that was not
    /// done within the last hour. If the platform forgets it early, it is fetched from there once more when it is sent.
    pub async fn upload_from(&self, viewer: &Viewer, account: &AccountKey, kind: AttachmentKind, url: &str) -> Result<Media, Problem> {
        let place = self.place(viewer, account).await?;
        check_address(kind, url, place.platform.carrier.capabilities)?;
        let fetched_lately = self.0.their_clock.now() + place.days() - SAME;
        if let Some(kept) = self.kept(&place, kind, digest_of_address(url), fetched_lately).await? {
            return Ok(kept);
        }
        self.permitted(&place.access).await?;
        let uploaded = self.noted(&place.connection, &place.access, place.uploads.fetch(&place.access, kind, url).await).await?;
        let (road, until) = (place.connection.road.clone(), place.until(&uploaded));
        let kept = KeptUpload::from_address(account.clone(), road, uploaded.id, kind, url, until);
        self.0.stores.uploads.keep(&kept).await?;
        Ok(Media::uploaded(kind, kept.id))
    }

    /// Uploads a file and answers a conversation with it. What would be refused as things stand is refused before a byte leaves. After the standard
    /// window it goes [by hand](Purpose::HumanAgent), if a person sends it and the app is approved for that:
    ///
    /// ```no_run
    /// # use link_kit::{ConversationKey, File, FileAnswer, Inbox, Problem, Purpose, UploadProgress, Viewer};
    /// # async fn offer(inbox: &Inbox, viewer: &Viewer, conversation: &ConversationKey, file: &File) -> Result<(), Problem> {
    /// let late = FileAnswer::new(file).for_purpose(Purpose::HumanAgent);
    /// inbox.send_file(viewer, conversation, late, &UploadProgress::nobody(), "offer 7").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_file<'a>(
        &self,
        viewer: &Viewer,
        conversation: &ConversationKey,
        file: impl Into<FileAnswer<'a>> + Send,
        progress: &UploadProgress,
        key: &str,
    ) -> Result<Intent, Problem> {
        let FileAnswer { file, purpose, reply_to } = file.into();
        let with = |media| {
            let mut outgoing = Outgoing::new(conversation.peer.clone(), Body::Attachments(vec![media])).for_purpose(purpose.clone());
            outgoing.reply_to.clone_from(&reply_to);
            outgoing
        };
        // The id that the platform will give stands open; any other is judged alike.
        let stand_in = Media::uploaded(file.kind, conversation.account.account.id.clone());
        self.foresee(viewer, &conversation.account, with(stand_in), key).await?;
        let media = self.upload(viewer, &conversation.account, file, progress).await?;
        self.send(viewer, &conversation.account, with(media), key).await
    }

    /// Refuses what would be refused as things stand, before it costs anything.
    async fn foresee(&self, viewer: &Viewer, account: &AccountKey, outgoing: Outgoing, key: &str) -> Result<(), Problem> {
        if account.owner != viewer.owner {
            return Err(Refusal::NotLinked.into());
        }
        let wish = Wish::new(viewer.clone(), account.clone(), self.road(account).await?, outgoing, key);
        match self.0.submissions.foresee(wish).await? {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.refused(viewer, account, refusal).await?),
        }
    }

    /// Who may send may upload; who may not learns it before a byte leaves.
    async fn place(&self, viewer: &Viewer, account: &AccountKey) -> Result<Place<'_>, Problem> {
        if account.owner != viewer.owner {
            return Err(Refusal::NotLinked.into());
        }
        let road = self.road(account).await?;
        let ask = Ask::new(By::Viewer(viewer.clone()), account.clone(), road.clone(), Feature::SEND);
        if let Some(refusal) = self.0.checkpoint.gates_refuse(&ask).await? {
            return Err(refusal.into());
        }
        let unsupported = || Refusal::Unsupported { what: "uploads in this program".to_owned() };
        let platform = self.0.wiring.platform(&account.account.platform).ok_or_else(unsupported)?;
        let uploads = platform.uploads.as_deref().ok_or_else(unsupported)?;
        let connection = ConnectionKey { account: account.clone(), road };
        let access = self.0.accesses.access(&connection).await??;
        Ok(Place { platform, uploads, connection, access })
    }

    /// What is kept already under the same digest, and later than until then.
    async fn kept(
        &self,
        place: &Place<'_>,
        kind: AttachmentKind,
        known_by: FileDigest,
        later_than: DateTime<Utc>,
    ) -> Result<Option<Media>, Problem> {
        let view = View::system(place.connection.account.owner.clone(), "send a file that is uploaded already");
        let query = UploadQuery::new(place.connection.clone(), kind, known_by, later_than);
        let kept = self.0.stores.uploads.find(&view, &query).await?;
        Ok(kept.map(|kept| Media::uploaded(kind, kept.id)))
    }

    /// Takes the right to one call that somebody waits for. If the platform has to be waited for, that is an error that says for how long.
    pub(super) async fn permitted(&self, access: &Access) -> Result<(), Problem> {
        let now = self.0.their_clock.now();
        match self.0.checkpoint.take(access, RateKind::Other, Priority::Person, now).await? {
            Permit::Now => Ok(()),
            Permit::At(at) => {
                let wait = (at - now).to_std().unwrap_or_default();
                Err(Error::new(ErrorKind::Throttled, "call the platform before its time").with_retry_after(wait).into())
            }
        }
    }

    /// What a failed call says of the connection and of the budget is taken note of.
    pub(super) async fn noted<T>(&self, connection: &ConnectionKey, access: &Access, answered: link_core::Result<T>) -> Result<T, Problem> {
        if let Err(error) = &answered {
            self.0.checkpoint.heed(access, RateKind::Other, error, self.0.their_clock.now()).await;
            self.0.accesses.failed(connection, access.generation, error).await?;
        }
        Ok(answered?)
    }
}
