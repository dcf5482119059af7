//! Whether a caller reaches the messages of an account: the road, the permissions, and what owner and platform say.

use super::error::Refusal;
use crate::messaging::write::Place;
use crate::tokens::{Bearer, Token};
use crate::world::World;
use crate::world::cast::{Access, Instagram};
use crate::world::settings::{AccessSwitch, BusinessInstagram, PageDataAccess, StandardAccess};
use crate::world::talk::{Platform, Road, Thread};

/// What a caller wants of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Write,
    /// Who the customers are.
    Profile,
}

/// A Page's or an Instagram account's token, and whose messages it opens.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) token: Token,
    pub(crate) road: Road,
    /// The Page, or on the road without one the Instagram account.
    pub(crate) node: String,
}

impl Sender {
    /// The accounts that can be meant: the Page and what is linked to it, or the account itself.
    pub(crate) fn accounts(&self, world: &World) -> Vec<String> {
        match self.road {
            Road::Instagram => vec![self.node.clone()],
            Road::Facebook => {
                let linked = world.page(&self.node).and_then(|page| page.instagram.clone());
                [Some(self.node.clone()), linked].into_iter().flatten().collect()
            }
        }
    }

    /// The conversation of one of these accounts with a customer.
    pub(super) fn thread<'w>(&self, world: &'w World, scoped: &str) -> Option<&'w Thread> {
        self.accounts(world).iter().find_map(|account| world.thread_with(account, scoped))
    }

    /// The same as a place, refused when there is none.
    pub(super) fn conversation(&self, world: &World, scoped: &str) -> Result<Place, Refusal> {
        self.thread(world, scoped).map(Place::of).ok_or_else(|| Refusal::parameter("No matching user found").sub(2_018_001))
    }

    /// The app, whichever of its ids the token carries.
    pub(crate) fn app(&self, world: &World) -> String {
        world.app_behind(&self.token.app).map_or_else(|| self.token.app.clone(), |app| app.id.clone())
    }
}

/// The caller as somebody who reads or writes messages of `node`.
pub(crate) fn sender(world: &World, bearer: &Bearer, node: &str, method: &str) -> Result<Sender, Refusal> {
    match bearer {
        Bearer::Instagram(token) if token.person == node => {
            Ok(Sender { token: token.clone(), road: Road::Instagram, node: node.to_owned() })
        }
        Bearer::Page(token) if token.page.as_deref() == Some(node) => {
            if !world.visible_pages(token).iter().any(|it| it.id == node) {
                return Err(Refusal::coded(200, "Permissions error"));
            }
            if world.is_stale(token) && world.quirks.page_data_access == PageDataAccess::Ends {
                return Err(Refusal::data_access_over());
            }
            Ok(Sender { token: token.clone(), road: Road::Facebook, node: node.to_owned() })
        }
        Bearer::Page(_) | Bearer::Instagram(_) => Err(Refusal::missing(method, node)),
        Bearer::User(_) | Bearer::App(_) => Err(Refusal::token(None, "(#190) This method must be called with a Page Access Token")),
    }
}

/// The account whose messages of a platform are meant, if they are open to the caller.
pub(crate) fn account(world: &World, sender: &Sender, platform: Platform, purpose: Use) -> Result<String, Refusal> {
    permitted(world, sender, platform, purpose)?;
    if sender.road == Road::Instagram {
        let own = world.account(&sender.node).ok_or_else(|| Refusal::missing("get", &sender.node))?;
        if !own.message_access && world.quirks.message_access_login == AccessSwitch::Applies {
            return Err(access_off());
        }
        return usable(own);
    }
    let page = world.page(&sender.node).ok_or_else(|| Refusal::missing("get", &sender.node))?;
    if platform == Platform::Messenger {
        return Ok(page.id.clone());
    }
    let account =
        world.linked_account(page).ok_or_else(|| Refusal::parameter("No Instagram account is linked to the Page.").sub(2_534_013))?;
    if sender.token.business.is_some() && world.quirks.business_token_instagram == BusinessInstagram::Refused {
        return Err(Refusal::coded(10, "This token cannot be used for Instagram messaging."));
    }
    let demands = page.business.as_deref().and_then(|id| world.business(id)).is_some_and(|it| it.two_factor_type == "all_required");
    if page.two_factor_required || demands {
        let sentence = "Cannot verify the connection between the Instagram account, the logged in user and the Page.";
        return Err(Refusal::coded(10, sentence).sub(2_534_077));
    }
    if !account.message_access {
        return Err(access_off());
    }
    usable(account)
}

fn access_off() -> Refusal {
    Refusal::coded(200, "The Instagram account owner has disabled access to instagram direct messages.").sub(2_534_041)
}

/// What the platform itself has against an account.
fn usable(account: &Instagram) -> Result<String, Refusal> {
    if !account.eligible || !account.is_professional() {
        return Err(Refusal::new(36_103, "The Instagram account is not eligible to use the API."));
    }
    if account.restricted {
        return Err(Refusal::new(25, "The Instagram account is inactive, checkpointed or restricted.").sub(2_207_050));
    }
    if account.messaging_blocked {
        return Err(Refusal::parameter("The business is blocked from sending messages to Instagram users.").sub(2_534_029));
    }
    Ok(account.id.clone())
}

fn permitted(world: &World, sender: &Sender, platform: Platform, purpose: Use) -> Result<(), Refusal> {
    let scopes: &[&str] = match (sender.road, platform, purpose) {
        (Road::Instagram, ..) => &["instagram_business_basic", "instagram_business_manage_messages"],
        (_, Platform::Messenger, Use::Read) => &["pages_messaging", "pages_manage_metadata", "pages_read_engagement"],
        (_, Platform::Messenger, Use::Write | Use::Profile) => &["pages_messaging"],
        (_, Platform::Instagram, Use::Read) => &["instagram_basic", "instagram_manage_messages", "pages_manage_metadata"],
        (_, Platform::Instagram, Use::Write) => &["instagram_basic", "instagram_manage_messages"],
        (_, Platform::Instagram, Use::Profile) => &["instagram_manage_messages"],
    };
    let lacking = scopes.iter().find(|scope| !world.has(&sender.token, scope));
    match (lacking, purpose) {
        (Some(scope), Use::Read | Use::Profile) => return Err(Refusal::needs_to_read(scope)),
        (Some(scope), Use::Write) => return Err(Refusal::needs_to_write(scope)),
        (None, _) => {}
    }
    if sender.road == Road::Instagram || purpose == Use::Profile || sender.token.business.is_some() {
        return Ok(());
    }
    let tasks = world.page(&sender.node).and_then(|page| page.tasks_of(&sender.token.person)).unwrap_or_default();
    let may = tasks.iter().any(|task| match task.as_str() {
        "MESSAGING" | "PROFILE_PLUS_MESSAGING" | "PROFILE_PLUS_FULL_CONTROL" => true,
        "MODERATE" | "PROFILE_PLUS_MODERATE" => purpose == Use::Read,
        _ => false,
    });
    if may { Ok(()) } else { Err(Refusal::coded(200, "The person cannot perform the task MESSAGING on the Page")) }
}

/// What answering a comment in private needs beyond writing.
pub(super) fn private_reply(world: &World, sender: &Sender, platform: Platform) -> Result<(), Refusal> {
    let scopes: &[&str] = match (sender.road, platform) {
        (_, Platform::Messenger) => &[],
        (Road::Facebook, Platform::Instagram) => &["instagram_manage_comments", "pages_messaging"],
        (Road::Instagram, Platform::Instagram) => &["instagram_business_manage_comments"],
    };
    match scopes.iter().find(|scope| !world.has(&sender.token, scope)) {
        Some(scope) => Err(Refusal::needs_to_write(scope)),
        None => Ok(()),
    }
}

/// Before its review an app sees and reaches people with a role on it only, and customers have none.
pub(crate) fn is_reviewed(world: &World, app: &str) -> bool {
    let everybody = world.quirks.standard_access == StandardAccess::All;
    everybody || world.app_behind(app).is_some_and(|app| app.access == Access::Advanced)
}
