//! Sharing what an own account published: into its own conversations as such, into those of another account as a link with a title.

use link_core::linking::connection::ConnectionKey;
use link_core::words::capabilities::TextLimit;
use link_core::words::gate::{Ask, By};
use link_core::words::ids::{AccountId, AccountKey, ConversationKey, ExternalId, MessageId};
use link_core::words::outgoing::{Body, Outgoing, Purpose, SharedPost};
use link_core::words::page::Page;
use link_core::words::platform::Feature;
use link_core::words::ports::{Access, PostQuery, Posts, Published};
use link_core::words::refusal::{Allowed, Objection, Refusal};
use link_core::words::rules::code;
use link_core::words::view::Viewer;
use link_sync::{Intent, split};

use super::knowledge;
use crate::inbox::Inbox;
use crate::problem::Problem;

/// A post or story that is to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The own account that published it.
    pub of: AccountId,
    /// Which.
    pub post: ExternalId,
    /// True to share it by its picture or film instead of a link. A post only: a story's may be linked to and not passed on.
    pub by_media: bool,
    /// What stands above the link; without one the post's own text, or its address.
    pub title: Option<String>,
    /// Why it may be sent.
    pub purpose: Purpose,
    /// The message it answers, shown as a quotation.
    pub reply_to: Option<MessageId>,
}

impl Share {
    /// A link to what an account published, as an ordinary answer.
    pub const fn link(of: AccountId, post: ExternalId) -> Self {
        Self { of, post, by_media: false, title: None, purpose: Purpose::Response, reply_to: None }
    }

    /// The picture or film of a post.
    pub const fn media(of: AccountId, post: ExternalId) -> Self {
        Self { of, post, by_media: true, title: None, purpose: Purpose::Response, reply_to: None }
    }

    /// For another purpose: as what a person wrote, after the standard window.
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

    /// With a title.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

impl Inbox {
    /// What an own account published, newest first, or its stories that are still there. It needs the permission to see them; a refusal names it.
    pub async fn published(&self, viewer: &Viewer, account: &AccountId, query: &PostQuery) -> Result<Page<Published>, Problem> {
        let (posts, connection, access) = self.posts_of(viewer, account).await?;
        self.permitted(&access).await?;
        let read = posts.published(&access, query).await;
        self.noted(&connection, &access, read).await
    }

    /// Shares a post or story of an own account into a conversation of any own account. Into a conversation of the account that published it a post
    /// goes as such, and a story not at all; into any other one as a link with a title, or by its picture or film.
    ///
    /// The permission is asked at the account that published it, also when the message's turn comes; a refusal names what is missing there.
    pub async fn share(&self, viewer: &Viewer, conversation: &ConversationKey, share: &Share, key: &str) -> Result<Intent, Problem> {
        let published = self.one_post(viewer, share).await?;
        let body = if share.of == conversation.account.account {
            as_such(share, &published)?
        } else {
            self.linked(conversation, share, &published)?
        };
        let mut outgoing = Outgoing::new(conversation.peer.clone(), Body::Post(body)).for_purpose(share.purpose.clone());
        outgoing.reply_to.clone_from(&share.reply_to);
        self.send(viewer, &conversation.account, outgoing, key).await
    }

    fn linked(&self, conversation: &ConversationKey, share: &Share, published: &Published) -> Result<SharedPost, Problem> {
        let carriers = self.0.wiring.carriers();
        let most = carriers.of(&conversation.account.account.platform)?.capabilities.limits.cards.title;
        let mut post = SharedPost::new(share.of.clone(), published.id.clone());
        post.story = published.story;
        post.permalink.clone_from(&published.permalink);
        let own = published.caption.as_deref().or(published.permalink.as_deref()).unwrap_or_default();
        // A title that somebody chose is theirs to shorten; the post's own text is cut.
        post.title = Some(share.title.clone().unwrap_or_else(|| shortened(own, most)));
        if share.by_media {
            let missing = if published.story {
                "the picture or film of a story may be linked to, and not passed on"
            } else {
                "the platform shows no picture or film of this post"
            };
            let refusal = || Refusal::from(Objection::new(code::SHARED, missing.into()).allowing([Allowed::Link]));
            post.media = Some(published.media.clone().ok_or_else(refusal)?);
        }
        Ok(post)
    }

    async fn one_post(&self, viewer: &Viewer, share: &Share) -> Result<Published, Problem> {
        let (posts, connection, access) = self.posts_of(viewer, &share.of).await?;
        self.permitted(&access).await?;
        let read = posts.post(&access, &share.post).await;
        // Nothing is allowed instead: nobody can share what is not there.
        let gone = || Refusal::from(Objection::new(code::SHARED, "the account has no such post, or not any more".into()));
        Ok(self.noted(&connection, &access, read).await?.ok_or_else(gone)?)
    }

    /// The right to see what an account published.
    async fn posts_of(&self, viewer: &Viewer, account: &AccountId) -> Result<(&dyn Posts, ConnectionKey, Access), Problem> {
        let account = AccountKey::new(viewer.owner.clone(), account.clone());
        let road = knowledge::road(&*self.0.stores.links, &account, self.0.clock.now()).await?.ok_or(Refusal::NotLinked)?;
        let ask = Ask::new(By::Viewer(viewer.clone()), account.clone(), road.clone(), Feature::SHARE_POST);
        if let Some(refusal) = self.0.checkpoint.gates_refuse(&ask).await? {
            return Err(refusal.into());
        }
        let platform = self.0.wiring.platform(&account.account.platform);
        let unsupported = || Refusal::Unsupported { what: "posts of this platform in this program".to_owned() };
        let posts = platform.and_then(|parts| parts.posts.as_deref()).ok_or_else(unsupported)?;
        let connection = ConnectionKey { account, road };
        let access = self.0.accesses.access(&connection).await??;
        Ok((posts, connection, access))
    }
}

/// A post of the very account. The platform shows it whole, and takes no words with it.
fn as_such(share: &Share, published: &Published) -> Result<SharedPost, Problem> {
    if share.title.is_some() {
        let says = "a post of the account itself goes as such, without a title";
        let without = Allowed::Without { what: "the title".to_owned() };
        return Err(Refusal::from(Objection::new(code::SHARED, says.into()).allowing([without])).into());
    }
    let mut post = SharedPost::new(share.of.clone(), published.id.clone());
    post.story = published.story;
    Ok(post)
}

/// The first line of a text, as much of it as fits.
fn shortened(text: &str, most: usize) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    split(line, TextLimit::Characters(most)).first().map_or_else(String::new, |part| part.trim().to_owned())
}
