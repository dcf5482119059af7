//! One account, reached by Facebook Login.

use link_core::words::finding::{AccountExamination, Cause, Check};
use link_core::words::ports::{Access, Subscriptions};
use link_core::{Platform, Result, Secret};
use serde::Deserialize;

use super::app::listed;
use super::causes;
use super::causes::{
    BUSINESS_NOT_VERIFIED, HUMAN_AGENT_UNAPPROVED, INSTAGRAM_LINKED_ELSEWHERE, INSTAGRAM_MESSAGING_BLOCKED, INSTAGRAM_NOT_ELIGIBLE,
    INSTAGRAM_NOT_LINKED, INSTAGRAM_PERSONAL, INSTAGRAM_RESTRICTED, LINK_OR_FACTOR_UNVERIFIED, MESSAGE_ACCESS_OFF, PAGE_NOT_VERIFIED,
    PAGE_RESTRICTED, PAGE_UNPUBLISHED, PROFILES_UNAPPROVED, ROLE_LOST, SECOND_FACTOR_DEMANDED, THREADS_OWNED_ELSEWHERE,
    WEBHOOK_FIELDS_MISSING, WEBHOOK_NOT_SUBSCRIBED,
};
use super::person::{self, Node, TOKEN};
use super::slate::Slate;
use crate::client::{Call, Client};
use crate::dialect::{Dialect, Talk};
use crate::paging::Paged;
use crate::wire::Lenient;

static EVERY: [&Cause; 2] = [&WEBHOOK_NOT_SUBSCRIBED, &WEBHOOK_FIELDS_MISSING];
static PAGE: [&Cause; 7] = [
    &PAGE_UNPUBLISHED,
    &PAGE_NOT_VERIFIED,
    &PAGE_RESTRICTED,
    &SECOND_FACTOR_DEMANDED,
    &BUSINESS_NOT_VERIFIED,
    &HUMAN_AGENT_UNAPPROVED,
    &PROFILES_UNAPPROVED,
];
static TIE: [&Cause; 3] = [&INSTAGRAM_PERSONAL, &INSTAGRAM_NOT_LINKED, &INSTAGRAM_LINKED_ELSEWHERE];
/// What a list of conversations rules out that was handed out.
pub(super) static READ: [&Cause; 4] = [&MESSAGE_ACCESS_OFF, &INSTAGRAM_NOT_ELIGIBLE, &INSTAGRAM_RESTRICTED, &INSTAGRAM_MESSAGING_BLOCKED];

/// How many conversations are asked who owns them.
const RECENT: &str = "10";

pub(super) async fn examine(client: &Client, asked: &AccountExamination) -> Vec<Check> {
    let account = &asked.access.account;
    let mut slate = Slate::new(&[&THREADS_OWNED_ELSEWHERE], Some(account.clone()));
    refusable(&mut slate);
    if asked.subscribed {
        unknown(&mut slate, &EVERY);
    }
    if account.platform == Platform::INSTAGRAM {
        unknown(&mut slate, &TIE);
        unknown(&mut slate, &READ);
        unknown(&mut slate, &[&LINK_OR_FACTOR_UNVERIFIED]);
        if !tie(client, asked, &mut slate).await {
            return slate.into_checks();
        }
    } else {
        unknown(&mut slate, &PAGE);
        if !page(client, asked, &mut slate).await {
            return slate.into_checks();
        }
    }
    if asked.subscribed {
        subscription(client, &asked.access, &mut slate).await;
    }
    conversations(client, asked, &mut slate).await;
    slate.into_checks()
}

/// What any refused call may name, whatever the account. Only what is on the slate is ever seen to be gone.
pub(super) fn refusable(slate: &mut Slate) {
    unknown(slate, &TOKEN);
    slate.unknown(&ROLE_LOST);
    for cause in causes::all().into_iter().filter(|cause| cause.only_refused) {
        slate.unknown(cause);
    }
}

/// A call succeeded: the account's token works, and with it the role that it stands on.
pub(super) fn works(slate: &mut Slate) {
    slate.ok(&TOKEN);
    slate.ok(&[&ROLE_LOST]);
}

pub(super) fn unknown(slate: &mut Slate, causes: &[&'static Cause]) {
    for cause in causes {
        slate.unknown(cause);
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    is_published: Lenient<bool>,
    #[serde(default)]
    verification_status: Option<String>,
    #[serde(default)]
    business: Option<Node>,
    #[serde(default)]
    two_factor_type: Option<String>,
}

async fn node(client: &Client, what: &'static str, id: &str, fields: &str, token: &Secret) -> Result<Page> {
    let call = Call::get(what, "{}").id(id).query("fields", fields).with_token(token);
    client.call(call).await?.json()
}

/// The Page and the portfolio that holds it. False if the Page itself could not be read.
async fn page(client: &Client, asked: &AccountExamination, slate: &mut Slate) -> bool {
    let access = &asked.access;
    let read = node(client, "read the Page", access.asset().as_str(), "is_published,verification_status,business", &access.token).await;
    let page = match read {
        Ok(page) => page,
        Err(error) => {
            slate.refused(&error);
            return false;
        }
    };
    works(slate);
    if let Some(published) = page.is_published.0 {
        slate.tell(&PAGE_UNPUBLISHED, !published, None);
    }
    verified(slate, &PAGE_NOT_VERIFIED, page.verification_status.as_deref());
    reviewed(client, access, slate).await;
    let Some(business) = page.business.and_then(|business| business.id.0) else {
        slate.ok(&[&SECOND_FACTOR_DEMANDED, &BUSINESS_NOT_VERIFIED]);
        return true;
    };
    // Portfolios are read with a person's token only.
    let Some(person) = &asked.person else { return true };
    if let Ok(business) = node(client, "read the portfolio", &business, "verification_status,two_factor_type", person).await {
        verified(slate, &BUSINESS_NOT_VERIFIED, business.verification_status.as_deref());
        if let Some(demand) = business.two_factor_type {
            slate.tell(&SECOND_FACTOR_DEMANDED, demand != "none", demand);
        }
    }
    true
}

#[derive(Deserialize)]
struct Reviewed {
    feature: String,
    status: String,
}

/// What the app's review came to for messaging. A feature that the list leaves out says nothing: only what was asked for stands there.
async fn reviewed(client: &Client, access: &Access, slate: &mut Slate) {
    let call = Call::get("read what the app's review gave for messaging", "{}/messaging_feature_review").id(access.asset());
    let page: Paged = match client.call(call.with_token(&access.token)).await.and_then(|answer| answer.json()) {
        Ok(page) => page,
        Err(_) => return,
    };
    let features: Vec<Reviewed> = page.data.iter().filter_map(|feature| serde_json::from_str(feature.get()).ok()).collect();
    if let Some(human_agent) = features.iter().find(|it| it.feature.eq_ignore_ascii_case("human_agent")) {
        let given = human_agent.status.eq_ignore_ascii_case("approved");
        slate.tell(&HUMAN_AGENT_UNAPPROVED, !given, human_agent.status.to_lowercase());
    }
}

/// By the words of Meta's own specification (April 2026). A word that is none of them says nothing.
fn verified(slate: &mut Slate, cause: &'static Cause, status: Option<&str>) {
    let Some(status) = status else { return };
    match status {
        "verified" | "blue_verified" | "gray_verified" => slate.ok(&[cause]),
        "expired" | "failed" | "ineligible" | "not_verified" | "rejected" | "revoked" => slate.found(cause, status.replace('_', " ")),
        pending if pending.starts_with("pending") => slate.found(cause, pending.replace('_', " ")),
        _ => {}
    }
}

#[derive(Deserialize)]
struct Tied {
    #[serde(default)]
    instagram_business_account: Option<Node>,
    #[serde(default)]
    connected_instagram_account: Option<Node>,
}

/// Whether the Page still has the account. False if it has not, or if that could not be read.
async fn tie(client: &Client, asked: &AccountExamination, slate: &mut Slate) -> bool {
    let access = &asked.access;
    let fields = "instagram_business_account{id},connected_instagram_account{id}";
    let call = Call::get("read the Page's Instagram account", "{}").id(access.asset()).query("fields", fields).with_token(&access.token);
    let tied: Tied = match client.call(call).await.and_then(|answer| answer.json()) {
        Ok(tied) => tied,
        Err(error) => {
            slate.refused(&error);
            return false;
        }
    };
    works(slate);
    let is_ours = |node: Option<&Node>| node.and_then(|node| node.id.0.as_deref()) == Some(access.account.id.as_str());
    if is_ours(tied.instagram_business_account.as_ref()) {
        slate.ok(&TIE);
        return true;
    }
    // Neither is told without `instagram_basic`; whether that is so the account's own node tells.
    if tied.instagram_business_account.is_none() && tied.connected_instagram_account.is_none() && hides(client, access).await {
        return false;
    }
    let cause = if is_ours(tied.connected_instagram_account.as_ref()) {
        &INSTAGRAM_PERSONAL
    } else {
        match elsewhere(client, asked).await {
            Some(page) => {
                slate.ok(&TIE);
                slate.found(&INSTAGRAM_LINKED_ELSEWHERE, page);
                return false;
            }
            None => &INSTAGRAM_NOT_LINKED,
        }
    };
    slate.ok(&TIE);
    slate.found(cause, None);
    false
}

/// True if Instagram is hidden from the token, rather than gone from the Page.
async fn hides(client: &Client, access: &Access) -> bool {
    let call = Call::get("read the Instagram account", "{}").id(&access.account.id).query("fields", "id").with_token(&access.token);
    match client.call(call).await {
        Ok(_) => true,
        Err(error) => error.kind() != link_core::ErrorKind::NotFound,
    }
}

/// The name of another Page of the person's that has the account.
async fn elsewhere(client: &Client, asked: &AccountExamination) -> Option<String> {
    let pages = person::pages(client, asked.person.as_ref()?).await.ok()?;
    let id = asked.access.account.id.as_str();
    let page = pages.into_iter().find(|page| page.instagram_business_account.as_ref().and_then(|node| node.id.0.as_deref()) == Some(id))?;
    page.name.or(page.id.0)
}

async fn subscription(client: &Client, access: &Access, slate: &mut Slate) {
    let dialect = if access.account.platform == Platform::INSTAGRAM { Dialect::INSTAGRAM } else { Dialect::MESSENGER };
    let wanted = dialect.page_fields;
    let fields = match Talk::new(client.clone(), dialect).subscribed(access).await {
        Ok(fields) => fields,
        Err(error) => {
            slate.refused(&error);
            return;
        }
    };
    subscribed(slate, wanted, &fields);
}

pub(super) fn subscribed(slate: &mut Slate, wanted: &[&str], fields: &[String]) {
    let missing: Vec<String> =
        wanted.iter().filter(|wanted| fields.iter().all(|field| field != *wanted)).map(|field| (*field).to_owned()).collect();
    // Without messages the account is as good as not subscribed.
    let silent = missing.len() == wanted.len() || missing.iter().any(|field| field == "messages");
    slate.tell(&WEBHOOK_NOT_SUBSCRIBED, silent, None);
    slate.tell(&WEBHOOK_FIELDS_MISSING, !silent && !missing.is_empty(), listed(&missing));
}

/// There is no field for the owner's switch or for most restrictions: they show when conversations are asked for.
async fn conversations(client: &Client, asked: &AccountExamination, slate: &mut Slate) {
    let access = &asked.access;
    // Before anybody agreed to anything nothing is asked but whether there may be asked.
    let (fields, limit) = if asked.subscribed { ("id,is_owner", RECENT) } else { ("id", "1") };
    let platform = if access.account.platform == Platform::INSTAGRAM { "instagram" } else { "messenger" };
    let call = Call::get("read the newest conversations", "{}/conversations").id(access.asset()).query("platform", platform);
    read(client, call.query("fields", fields).query("limit", limit).with_token(&access.token), slate).await;
}

#[derive(Deserialize)]
struct Thread {
    /// Told under Conversation Routing only.
    #[serde(default)]
    is_owner: Option<bool>,
}

pub(super) async fn read(client: &Client, call: Call, slate: &mut Slate) {
    let page: Paged = match client.call(call).await.and_then(|answer| answer.json()) {
        Ok(page) => page,
        Err(error) => {
            slate.refused(&error);
            return;
        }
    };
    slate.settle(&READ);
    slate.settle(&[&LINK_OR_FACTOR_UNVERIFIED]);
    let threads: Vec<Thread> = page.data.iter().filter_map(|thread| serde_json::from_str(thread.get()).ok()).collect();
    let elsewhere = !threads.is_empty() && threads.iter().all(|thread| thread.is_owner == Some(false));
    slate.tell(&THREADS_OWNED_ELSEWHERE, elsewhere, None);
}
