//! What people can be made to do.

use serde_json::{Value, json};

/// What a person does in the login dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    deny: bool,
    person: Option<String>,
    instagram: Option<String>,
    scopes: Option<Vec<String>>,
    pages: Option<Vec<String>>,
}

impl Decision {
    /// Allows everything that is asked, on every Page.
    pub fn allow() -> Self {
        Self::default()
    }

    /// Says no.
    pub fn deny() -> Self {
        Self { deny: true, ..Self::default() }
    }

    /// Signs in as this person instead of the world's first.
    pub fn person(mut self, person: &str) -> Self {
        self.person = Some(person.to_owned());
        self
    }

    /// Continues as this Instagram account, in Instagram's own dialog.
    pub fn instagram(mut self, account: &str) -> Self {
        self.instagram = Some(account.to_owned());
        self
    }

    /// Allows only these permissions.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.scopes = Some(scopes.iter().map(ToString::to_string).collect());
        self
    }

    /// Ticks only these Pages.
    pub fn pages(mut self, pages: &[&str]) -> Self {
        self.pages = Some(pages.iter().map(ToString::to_string).collect());
        self
    }

    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let decision = if self.deny { "deny" } else { "allow" };
        let list = |items: &Option<Vec<String>>| items.as_ref().map(|items| items.join(","));
        [
            ("sandbox_decision", Some(decision.to_owned())),
            ("sandbox_person", self.person.clone()),
            ("sandbox_instagram", self.instagram.clone()),
            ("sandbox_scopes", list(&self.scopes)),
            ("sandbox_pages", list(&self.pages)),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }
}

/// What a customer writes.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct CustomerMessage(Value);

impl CustomerMessage {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self(json!({"text": text}))
    }

    /// Attachments only; add them with [`attachment`](Self::attachment).
    pub fn wordless() -> Self {
        Self(json!({}))
    }

    /// Adds an attachment such as `image`, `video`, `audio`, `file`, `ig_post` or `sticker`.
    pub fn attachment(mut self, kind: &str, url: &str) -> Self {
        let one = json!({"type": kind, "url": url});
        match &mut self.0["attachments"] {
            Value::Array(all) => all.push(one),
            empty => *empty = json!([one]),
        }
        self
    }

    /// Quotes a message.
    pub fn reply_to(mut self, mid: &str) -> Self {
        self.0["reply_to"] = json!(mid);
        self
    }

    /// Replies to a story of the account (Instagram).
    pub fn story_reply(mut self, story: &str) -> Self {
        self.0["story"] = json!({"kind": "reply", "id": story});
        self
    }

    /// Tells of a story in which the customer mentioned the account (Instagram).
    pub fn story_mention(mut self, story: &str) -> Self {
        self.0["story"] = json!({"kind": "mention", "id": story});
        self
    }

    /// Taps a quick reply with this payload; the text is its title.
    pub fn quick_reply(mut self, payload: &str) -> Self {
        self.0["quick_reply"] = json!(payload);
        self
    }

    /// Came by a link or an ad: the `ref` it carried, and a source such as `SHORTLINK` or `ADS`.
    pub fn referral(mut self, reference: &str, source: &str) -> Self {
        self.0["referral"] = json!({"ref": reference, "source": source});
        self
    }

    pub(super) fn body(&self, to: &str) -> Value {
        let mut body = self.0.clone();
        body["to"] = json!(to);
        body
    }
}

/// What a customer does besides writing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Reacts to a message, or changes the reaction.
    React {
        /// The message.
        mid: String,
        /// The reaction.
        emoji: String,
    },
    /// Takes the reaction back.
    Unreact {
        /// The message.
        mid: String,
    },
    /// Changes an own message.
    Edit {
        /// The message.
        mid: String,
        /// What it says now.
        text: String,
    },
    /// Takes an own message back.
    Unsend {
        /// The message.
        mid: String,
    },
    /// Has read everything so far.
    Read,
    /// Taps a button.
    Postback {
        /// What the button says.
        title: String,
        /// What it carries.
        payload: String,
    },
    /// Ticks an opt-in (Messenger).
    Optin {
        /// What the plugin carries.
        reference: String,
    },
    /// Comments on a post.
    Comment {
        /// What the comment says.
        text: String,
    },
    /// Comes back from the app's own login with this authorization code (Messenger); see
    /// [`Controls::customer_opens_login`](crate::Controls::customer_opens_login).
    LinkAccount {
        /// The authorization code.
        code: String,
    },
    /// Signs out from the app's own login (Messenger).
    UnlinkAccount,
    /// Blocks the account.
    Block,
    /// Unblocks it.
    Unblock,
}

impl Action {
    pub(super) fn body(&self, to: &str) -> Value {
        let mut body = match self {
            Self::React { mid, emoji } => json!({"action": "react", "mid": mid, "emoji": emoji}),
            Self::Unreact { mid } => json!({"action": "unreact", "mid": mid}),
            Self::Edit { mid, text } => json!({"action": "edit", "mid": mid, "text": text}),
            Self::Unsend { mid } => json!({"action": "unsend", "mid": mid}),
            Self::Read => json!({"action": "read"}),
            Self::Postback { title, payload } => {
                json!({"action": "postback", "title": title, "payload": payload})
            }
            Self::Optin { reference } => json!({"action": "optin", "ref": reference}),
            Self::Comment { text } => json!({"action": "comment", "text": text}),
            Self::LinkAccount { code } => json!({"action": "link_account", "payload": code}),
            Self::UnlinkAccount => json!({"action": "unlink_account"}),
            Self::Block => json!({"action": "block"}),
            Self::Unblock => json!({"action": "unblock"}),
        };
        body["to"] = json!(to);
        body
    }
}

/// What the owner does in Meta's own app besides writing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StaffAction {
    /// Reacts to a message, or changes the reaction.
    React {
        /// The message.
        mid: String,
        /// The reaction.
        emoji: String,
    },
    /// Takes the reaction back.
    Unreact {
        /// The message.
        mid: String,
    },
    /// Takes a message of the account back.
    Unsend {
        /// The message.
        mid: String,
    },
}

impl StaffAction {
    pub(super) fn body(&self, to: &str) -> Value {
        match self {
            Self::React { mid, emoji } => json!({"to": to, "action": "react", "mid": mid, "emoji": emoji}),
            Self::Unreact { mid } => json!({"to": to, "action": "unreact", "mid": mid}),
            Self::Unsend { mid } => json!({"to": to, "action": "unsend", "mid": mid}),
        }
    }
}

/// What a person who runs Pages does outside the app. Pages, accounts and apps are named by id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PersonAction {
    /// Declines a permission.
    Decline {
        /// The permission.
        permission: String,
    },
    /// Withdraws a permission in the account's settings.
    Revoke {
        /// The permission.
        permission: String,
    },
    /// Changes the password.
    ChangePassword,
    /// Runs into a checkpoint.
    Checkpoint,
    /// Loses a task on a Page, or with none named the whole role.
    LoseTask {
        /// The Page.
        page: String,
        /// The task, such as `MESSAGING`.
        task: Option<String>,
    },
    /// Switches off "Allow access to messages" on an Instagram account.
    MessageAccessOff {
        /// The account.
        instagram: String,
    },
    /// Takes the Instagram account off a Page.
    UnlinkInstagram {
        /// The Page.
        page: String,
    },
    /// Links an Instagram account to another Page.
    MoveInstagram {
        /// The account.
        instagram: String,
        /// The Page it moves to.
        page: String,
    },
    /// Turns a professional Instagram account into a personal one.
    MakePersonal {
        /// The account.
        instagram: String,
    },
    /// Unpublishes a Page.
    Unpublish {
        /// The Page.
        page: String,
    },
    /// Meta restricts a Page.
    Restrict {
        /// The Page.
        page: String,
    },
    /// A Page begins to demand two-factor authentication.
    RequireTwoFactor {
        /// The Page.
        page: String,
    },
    /// Asks the app to delete the person's data.
    RequestDeletion {
        /// The app; the world's first when none is named.
        app: Option<String>,
    },
    /// Removes the app.
    Deauthorise {
        /// The app; the world's first when none is named.
        app: Option<String>,
    },
    /// Withdraws a permission that an Instagram account gave by its own login.
    RevokeInstagram {
        /// The account.
        instagram: String,
        /// The permission.
        permission: String,
    },
    /// Changes an Instagram account's password.
    ChangeInstagramPassword {
        /// The account.
        instagram: String,
    },
    /// Instagram restricts an account.
    RestrictInstagram {
        /// The account.
        instagram: String,
    },
    /// Removes the app from an Instagram account.
    DeauthoriseInstagram {
        /// The account.
        instagram: String,
    },
    /// Takes the person's last action back.
    Undo,
}

impl PersonAction {
    pub(super) fn body(&self) -> Value {
        match self {
            Self::Decline { permission } => json!({"action": "decline", "permission": permission}),
            Self::Revoke { permission } => json!({"action": "revoke", "permission": permission}),
            Self::ChangePassword => json!({"action": "change_password"}),
            Self::Checkpoint => json!({"action": "checkpoint"}),
            Self::LoseTask { page, task } => {
                json!({"action": "lose_task", "page": page, "permission": task})
            }
            Self::MessageAccessOff { instagram } => {
                json!({"action": "message_access_off", "instagram": instagram})
            }
            Self::UnlinkInstagram { page } => json!({"action": "unlink_instagram", "page": page}),
            Self::MoveInstagram { instagram, page } => {
                json!({"action": "move_instagram", "instagram": instagram, "page": page})
            }
            Self::MakePersonal { instagram } => {
                json!({"action": "make_personal", "instagram": instagram})
            }
            Self::Unpublish { page } => json!({"action": "unpublish", "page": page}),
            Self::Restrict { page } => json!({"action": "restrict", "page": page}),
            Self::RequireTwoFactor { page } => json!({"action": "require_two_factor", "page": page}),
            Self::RequestDeletion { app } => json!({"action": "request_deletion", "app": app}),
            Self::Deauthorise { app } => json!({"action": "deauthorise", "app": app}),
            Self::RevokeInstagram { instagram, permission } => {
                json!({"action": "revoke", "instagram": instagram, "permission": permission})
            }
            Self::ChangeInstagramPassword { instagram } => json!({"action": "change_password", "instagram": instagram}),
            Self::RestrictInstagram { instagram } => json!({"action": "restrict", "instagram": instagram}),
            Self::DeauthoriseInstagram { instagram } => json!({"action": "deauthorise", "instagram": instagram}),
            Self::Undo => json!({"action": "undo"}),
        }
    }
}
