//! What is reached by Instagram Login: one account, whose token is the person's own.

use async_trait::async_trait;
use link_core::words::error::PlatformCode;
use link_core::words::finding::{AccountExamination, AppExamination, Cause, Check, Examine, PersonExamination};
use link_core::words::ports::Subscriptions;
use link_core::{ExternalId, Result, Road, Secret};
use serde::Deserialize;

use super::account::{self, READ, unknown};
use super::causes::{INSTAGRAM_PERSONAL, TOKEN_INVALID, WEBHOOK_FIELDS_MISSING, WEBHOOK_NOT_SUBSCRIBED};
use super::person::TOKEN;
use super::slate::Slate;
use crate::client::{Answer, Call, Client, Host};
use crate::dialect::{Dialect, Talk};

/// Examines what is reached by Instagram Login.
///
/// That road has no call that explains a token: whether it lives is found out by using it. What was granted, and what the app's review gave,
/// nobody tells there, so nothing is said of either.
#[derive(Debug, Clone)]
pub struct InstagramExaminer {
    client: Client,
    meta_app: Option<ExternalId>,
}

impl InstagramExaminer {
    /// Examines in the name of the client's app, which is the Instagram one.
    pub const fn new(client: Client) -> Self {
        Self { client, meta_app: None }
    }

    /// The client's app is the Instagram one of this Meta app, by whose id a subscription may be named as well.
    #[must_use]
    pub fn of_meta_app(mut self, id: ExternalId) -> Self {
        self.meta_app = Some(id);
        self
    }

    fn talk(&self) -> Talk {
        let talk = Talk::by_instagram_login(self.client.clone(), Dialect::INSTAGRAM);
        match &self.meta_app {
            Some(id) => talk.of_meta_app(id.clone()),
            None => talk,
        }
    }

    async fn me(&self, token: &Secret) -> Result<Me> {
        let call = Call::get("read the Instagram account", "me").on(Host::InstagramGraph);
        let answer = self.client.call(call.query("fields", "user_id,account_type").with_token(token)).await?;
        me(&answer)
    }
}

#[derive(Deserialize)]
struct Me {
    #[serde(default)]
    account_type: Option<String>,
}

/// Meta's pages show the answer wrapped in a list; most calls get it flat.
fn me(answer: &Answer) -> Result<Me> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Shape {
        Wrapped { data: Vec<Me> },
        Flat(Me),
    }
    Ok(match answer.json::<Shape>()? {
        Shape::Wrapped { data } => data.into_iter().next().unwrap_or(Me { account_type: None }),
        Shape::Flat(me) => me,
    })
}

#[async_trait]
impl Examine for InstagramExaminer {
    fn road(&self) -> Road {
        Road::INSTAGRAM
    }

    fn causes(&self) -> Vec<&'static Cause> {
        super::causes::all()
    }

    fn explain(&self, code: &PlatformCode) -> Option<&'static Cause> {
        super::causes::of_code(code.code, code.subcode)
    }

    async fn app(&self, _: &AppExamination) -> Vec<Check> {
        Vec::new()
    }

    async fn person(&self, person: &PersonExamination) -> Vec<Check> {
        let mut slate = Slate::new(&TOKEN, None);
        match self.me(&person.token).await {
            Ok(_) => slate.ok(&TOKEN),
            Err(error) if !slate.refused(&error) && error.kind() == link_core::ErrorKind::SignInNeeded => slate.found(&TOKEN_INVALID, None),
            Err(_) => {}
        }
        slate.into_checks()
    }

    async fn account(&self, asked: &AccountExamination) -> Vec<Check> {
        let access = &asked.access;
        let mut slate = Slate::new(&[&INSTAGRAM_PERSONAL], Some(access.account.clone()));
        account::refusable(&mut slate);
        unknown(&mut slate, &READ);
        if asked.subscribed {
            unknown(&mut slate, &[&WEBHOOK_NOT_SUBSCRIBED, &WEBHOOK_FIELDS_MISSING]);
        }
        let me = match self.me(&access.token).await {
            Ok(me) => me,
            Err(error) => {
                slate.refused(&error);
                return slate.into_checks();
            }
        };
        account::works(&mut slate);
        if let Some(kind) = me.account_type {
            let personal = kind.eq_ignore_ascii_case("personal");
            slate.tell(&INSTAGRAM_PERSONAL, personal, None);
            if personal {
                return slate.into_checks();
            }
        }
        if asked.subscribed {
            match self.talk().subscribed(access).await {
                Ok(fields) => account::subscribed(&mut slate, Dialect::INSTAGRAM.login_fields, &fields),
                Err(error) => {
                    slate.refused(&error);
                }
            }
        }
        let call = Call::get("read the newest conversations", "{}/conversations").id(&access.account.id).on(Host::InstagramGraph);
        account::read(&self.client, call.query("fields", "id").query("limit", "1").with_token(&access.token), &mut slate).await;
        slate.into_checks()
    }
}
