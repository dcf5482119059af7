//! Somebody who signed in: the token, what was granted, and what can be reached.

use std::collections::BTreeSet;

use chrono::Utc;
use link_core::words::finding::{Cause, Check, PersonExamination, State};
use link_core::{AccountId, ErrorKind, Platform, Result};
use serde::Deserialize;

use super::app::listed;
use super::causes::{
    APP_REMOVED, CHECKPOINT, DATA_ACCESS_OVER, FACEBOOK_ACCOUNT_NEEDED, PAGE_HELD_BY_BUSINESS, PAGE_NOT_TICKED, PASSWORD_CHANGED,
    PERMISSION_DECLINED, PERSON_UNCONFIRMED, ROLE_LOST, TASK_MISSING, TOKEN_EXPIRED, TOKEN_INVALID,
};
use super::slate::Slate;
use crate::client::{Call, Client};
use crate::directory::MESSAGING_TASKS;
use crate::login::inspect::{self, Facts};
use crate::paging;
use crate::wire::{Lenient, expiry};

/// What a living token rules out.
pub(super) static TOKEN: [&Cause; 6] = [&APP_REMOVED, &PASSWORD_CHANGED, &CHECKPOINT, &PERSON_UNCONFIRMED, &TOKEN_EXPIRED, &TOKEN_INVALID];
static PERSON: [&Cause; 3] = [&DATA_ACCESS_OVER, &PERMISSION_DECLINED, &FACEBOOK_ACCOUNT_NEEDED];
static PAGE: [&Cause; 4] = [&PAGE_NOT_TICKED, &PAGE_HELD_BY_BUSINESS, &TASK_MISSING, &ROLE_LOST];

pub(super) async fn examine(client: &Client, person: &PersonExamination) -> Vec<Check> {
    let mut slate = Slate::new(&TOKEN, None);
    let pages: Vec<&AccountId> = person.accounts.iter().filter(|account| account.platform == Platform::MESSENGER).collect();
    unknown(&mut slate, &pages);
    match inspect::facts(client, &person.token).await {
        Ok(facts) => {
            slate.ok(&TOKEN);
            let over = is_over(client, &facts);
            slate.tell(&DATA_ACCESS_OVER, over, None);
            permissions(client, person, &facts, over, &mut slate).await;
            reach(client, person, &facts, &pages, &mut slate).await;
        }
        // What a dead token is told with may be a code that nobody explained.
        Err(error) if !slate.refused(&error) && error.kind() == ErrorKind::SignInNeeded => slate.found(&TOKEN_INVALID, None),
        Err(_) => {}
    }
    slate.into_checks()
}

fn unknown(slate: &mut Slate, pages: &[&AccountId]) {
    for cause in PERSON {
        slate.set_at(None, cause, State::Unknown, None);
    }
    for page in pages {
        for cause in PAGE {
            slate.set_at(Some((*page).clone()), cause, State::Unknown, None);
        }
    }
}

fn is_over(client: &Client, facts: &Facts) -> bool {
    let now = client.last_seen().at.unwrap_or_else(Utc::now);
    expiry(&facts.data_access_expires_at).is_some_and(|end| end <= now)
}

async fn permissions(client: &Client, person: &PersonExamination, facts: &Facts, over: bool, slate: &mut Slate) {
    let mut held: BTreeSet<String> = facts.scopes.iter().cloned().collect();
    if facts.kind.as_deref() != Some("SYSTEM_USER") {
        let Ok(answers) = inspect::answers(client, &person.token).await else { return };
        for answer in answers {
            // When data access is over every permission is called expired: that is one finding, not a dozen.
            if answer.status == "granted" || over && answer.status == "expired" {
                held.insert(answer.permission);
            } else {
                held.remove(&answer.permission);
            }
        }
    }
    let missing: Vec<String> = person.scopes.iter().map(ToString::to_string).filter(|scope| !held.contains(scope)).collect();
    slate.tell(&PERMISSION_DECLINED, !missing.is_empty(), listed(&missing));
}

#[derive(Deserialize)]
pub(super) struct Listed {
    #[serde(default)]
    pub(super) id: Lenient<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    tasks: Option<Vec<String>>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    pub(super) instagram_business_account: Option<Node>,
}

#[derive(Deserialize)]
pub(super) struct Node {
    #[serde(default)]
    pub(super) id: Lenient<String>,
}

impl Listed {
    fn may_message(&self) -> bool {
        self.tasks.as_ref().is_none_or(|tasks| tasks.iter().any(|task| MESSAGING_TASKS.contains(&task.as_str())))
    }
}

/// The Pages that the person's own list tells of.
pub(super) async fn pages(client: &Client, token: &link_core::Secret) -> Result<Vec<Listed>> {
    let call = || {
        let call = Call::get("list the Pages", "me/accounts").query("fields", "id,name,tasks,instagram_business_account{id}");
        call.query("limit", "100").with_token(token)
    };
    let items = paging::all(client, call).await?;
    Ok(items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect())
}

async fn reach(client: &Client, person: &PersonExamination, facts: &Facts, wanted: &[&AccountId], slate: &mut Slate) {
    let Ok(listed) = pages(client, &person.token).await else { return };
    // Whoever reaches an account does so through a Page, though a business may hold it and the list leave it out.
    let nothing = listed.is_empty() && person.accounts.is_empty() && ticked(facts).is_none();
    slate.tell(&FACEBOOK_ACCOUNT_NEEDED, nothing, None);
    for page in wanted {
        let known = listed.iter().find(|it| it.id.0.as_deref() == Some(page.id.as_str()));
        let found = match known {
            Some(known) if known.may_message() => None,
            Some(_) => Some((&TASK_MISSING, None)),
            None => match unlisted(client, person, facts, page).await {
                Ok(found) => found,
                Err(_) => continue,
            },
        };
        for cause in PAGE {
            let detail = found.as_ref().filter(|(it, _)| it.code == cause.code).map(|(_, detail)| detail.clone());
            let came_out = if detail.is_some() { State::Failed } else { State::Ok };
            slate.set_at(Some((*page).clone()), cause, came_out, detail.flatten());
        }
    }
}

/// The Pages that were ticked in the dialog; `None` for all that there are.
fn ticked(facts: &Facts) -> Option<BTreeSet<&str>> {
    let named: Vec<_> = facts.granular_scopes.iter().filter(|granular| granular.scope.starts_with("pages_")).collect();
    let narrow: Vec<_> = named.iter().filter_map(|granular| granular.target_ids.as_ref()).collect();
    (!narrow.is_empty()).then(|| narrow.into_iter().flatten().filter_map(|id| id.0.as_deref()).collect())
}

/// A cause, and what more there is to say of it.
type Told = (&'static Cause, Option<String>);

/// Why a Page is not in the person's list; `None` if it is reached nevertheless.
async fn unlisted(client: &Client, person: &PersonExamination, facts: &Facts, page: &AccountId) -> Result<Option<Told>> {
    if ticked(facts).is_some_and(|ticked| !ticked.contains(page.id.as_str())) {
        return Ok(Some((&PAGE_NOT_TICKED, None)));
    }
    let call = Call::get("read a Page", "{}").id(&page.id).query("fields", "id,tasks,access_token").with_token(&person.token);
    match client.call(call).await {
        Ok(answer) => {
            let node: Listed = answer.json()?;
            Ok(match node.access_token {
                Some(_) if node.may_message() => None,
                Some(_) => Some((&TASK_MISSING, None)),
                None => Some((&PAGE_HELD_BY_BUSINESS, holder(client, person, page).await.and_then(|holder| holder.name))),
            })
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionMissing) => {
            let holder = holder(client, person, page).await;
            Ok(Some(holder.map_or((&ROLE_LOST, None), |holder| (&PAGE_HELD_BY_BUSINESS, holder.name))))
        }
        Err(error) => Err(error),
    }
}

/// How many portfolios are looked into.
const PORTFOLIOS: usize = 5;

/// A portfolio, or a Page of one.
struct Named {
    id: String,
    name: Option<String>,
}

/// The portfolio of the person's that holds the Page. Without `business_management` nobody tells.
async fn holder(client: &Client, person: &PersonExamination, page: &AccountId) -> Option<Named> {
    let call = || Call::get("read the portfolios", "me/businesses").query("fields", "id,name").with_token(&person.token);
    let portfolios = nodes(client, call).await;
    for portfolio in portfolios.into_iter().take(PORTFOLIOS) {
        for edge in ["{}/owned_pages", "{}/client_pages"] {
            let call = || Call::get("read a portfolio's Pages", edge).id(&portfolio.id).query("fields", "id").with_token(&person.token);
            if nodes(client, call).await.iter().any(|held| held.id == page.id.as_str()) {
                return Some(portfolio);
            }
        }
    }
    None
}

/// What a list names; nothing of one that is refused.
async fn nodes(client: &Client, call: impl Fn() -> Call + Sync) -> Vec<Named> {
    #[derive(Deserialize)]
    struct Item {
        #[serde(default)]
        id: Lenient<String>,
        #[serde(default)]
        name: Option<String>,
    }
    let items = paging::all(client, call).await.unwrap_or_default();
    let told = items.iter().filter_map(|item| serde_json::from_str::<Item>(item.get()).ok());
    told.filter_map(|told| Some(Named { id: told.id.0?, name: told.name })).collect()
}
