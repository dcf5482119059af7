//! The app as a whole.

use chrono::Utc;
use link_core::words::finding::{AppExamination, Cause, Check};
use link_core::{Error, Result};
use serde::Deserialize;

use super::causes::{
    APP_BLOCKED, APP_SECRET_WRONG, PERMISSION_UNAPPROVED, VERSION_NEAR_END, VERSION_PAST_END, WEBHOOK_ADDRESS_DIFFERS,
    WEBHOOK_APP_FIELDS_MISSING, WEBHOOK_NOT_ANNOUNCED,
};
use super::slate::Slate;
use super::version;
use crate::client::{Call, Client, Trouble};
use crate::dialect::OBJECTS;
use crate::paging;

static TOLD: [&Cause; 8] = [
    &APP_BLOCKED,
    &APP_SECRET_WRONG,
    &PERMISSION_UNAPPROVED,
    &WEBHOOK_NOT_ANNOUNCED,
    &WEBHOOK_ADDRESS_DIFFERS,
    &WEBHOOK_APP_FIELDS_MISSING,
    &VERSION_PAST_END,
    &VERSION_NEAR_END,
];

pub(super) async fn examine(client: &Client, app: &AppExamination) -> Vec<Check> {
    let mut slate = Slate::new(&TOLD, None);
    // A call that needs no permission: refused with the code of a missing one, it is the app that is refused.
    let call = Call::get("read the app", "{}").id(&client.app().id).query("fields", "id").with_token(&client.app().token());
    match client.attempt(call).await {
        Ok(_) => slate.ok(&[&APP_BLOCKED, &APP_SECRET_WRONG]),
        Err(trouble) => {
            refused(&trouble, &mut slate);
            return slate.into_checks();
        }
    }
    ends(client, &mut slate);
    if let Ok(unapproved) = unapproved(client, app).await {
        slate.tell(&PERMISSION_UNAPPROVED, !unapproved.is_empty(), listed(&unapproved));
        slate.lacking(&PERMISSION_UNAPPROVED, unapproved);
    }
    if let Ok(objects) = announced(client).await {
        compare(&mut slate, &objects, app.callback_url.as_deref());
    }
    slate.into_checks()
}

/// Code 1 is also that of an outage, which has another status or says that it will pass.
fn refused(trouble: &Trouble, slate: &mut Slate) {
    let Trouble::Refused(failure) = trouble else { return };
    match failure.code {
        Some(200) => {
            slate.ok(&[&APP_SECRET_WRONG]);
            slate.found(&APP_BLOCKED, None);
        }
        Some(1) if failure.transient || failure.status != 400 => {}
        Some(1 | 100..=104 | 190) => slate.found(&APP_SECRET_WRONG, None),
        _ => {}
    }
}

/// Whether the version has ended, and whether another one answered: Meta serves the next one silently.
fn ends(client: &Client, slate: &mut Slate) {
    let seen = client.last_seen();
    let (asked, now) = (client.version(), seen.at.unwrap_or_else(Utc::now));
    let end = version::end(asked);
    let over = end.is_some_and(|end| end <= now) || seen.served.is_some_and(|served| served > asked);
    slate.tell(&VERSION_PAST_END, over, seen.served.map(|served| format!("{asked} is asked for, {served} answers")));
    let near = !over && end.is_some_and(|end| end - now <= version::AHEAD);
    slate.tell(&VERSION_NEAR_END, near, end.map(|end| format!("{asked} on {}", end.format("%-d %B %Y"))));
}

#[derive(Deserialize)]
struct Reviewed {
    permission: String,
    status: String,
}

async fn unapproved(client: &Client, app: &AppExamination) -> Result<Vec<String>> {
    let own = client.app();
    let call = || Call::get("read what the app's review gave", "{}/permissions").id(&own.id).with_token(&own.token());
    let items = paging::all(client, call).await?;
    let reviewed: Vec<Reviewed> = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect();
    // A permission that the list leaves out says nothing: lists of older apps are incomplete.
    let refused = |scope: &str| reviewed.iter().any(|it| it.permission == scope && it.status != "live");
    Ok(app.scopes.iter().filter(|scope| refused(scope.as_str())).map(ToString::to_string).collect())
}

#[derive(Deserialize)]
struct Announced {
    object: String,
    #[serde(default)]
    callback_url: String,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    fields: Vec<Field>,
}

const fn yes() -> bool {
    true
}

/// Older apps list plain names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Named { name: String },
    Plain(String),
}

impl Field {
    fn name(&self) -> &str {
        match self {
            Self::Named { name } | Self::Plain(name) => name,
        }
    }
}

async fn announced(client: &Client) -> Result<Vec<Announced>, Error> {
    let own = client.app();
    let call = || Call::get("read the app's webhooks", "{}/subscriptions").id(&own.id).with_token(&own.token());
    let items = paging::all(client, call).await?;
    Ok(items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect())
}

fn compare(slate: &mut Slate, objects: &[Announced], callback_url: Option<&str>) {
    let (mut absent, mut elsewhere, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    for (object, wanted) in OBJECTS {
        let Some(told) = objects.iter().find(|told| told.object == *object && told.active) else {
            absent.push((*object).to_owned());
            continue;
        };
        if callback_url.is_some_and(|ours| ours != told.callback_url) {
            elsewhere.push((*object).to_owned());
        }
        let missing = wanted.iter().filter(|wanted| told.fields.iter().all(|field| field.name() != **wanted));
        lacking.extend(missing.map(|field| format!("{object}.{field}")));
    }
    slate.tell(&WEBHOOK_NOT_ANNOUNCED, !absent.is_empty(), listed(&absent));
    if callback_url.is_some() {
        slate.tell(&WEBHOOK_ADDRESS_DIFFERS, !elsewhere.is_empty(), listed(&elsewhere));
    }
    slate.tell(&WEBHOOK_APP_FIELDS_MISSING, !lacking.is_empty(), listed(&lacking));
}

pub(super) fn listed(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(", "))
}
