//! How a client sees each quirk.

use link_sandbox::{Action, CustomerMessage, PersonAction, StaffAction};
use reqwest::Method;
use serde_json::{Value, json};

use crate::businesses;
use crate::instagram_graph::signed_by;
use crate::instagram_login::{PRODUCT_SECRET, form};
use crate::receiver::Receiver;
use crate::stage::{ADA, ADA_IG, CAFE, CAFE_INSTAGRAM, INSTAGRAM, PAGE, ROBIN, SECRET, Stage, refusal, scopes};

/// Code and subcode of an error, `null` when it is none.
fn error(answer: &Value) -> Value {
    if answer.get("error").is_none() { Value::Null } else { json!(refusal(answer)) }
}

fn code(answer: &Value) -> Value {
    answer["error"]["code"].clone()
}

impl Stage {
    async fn served(&self, path: &str) -> Value {
        let token = self.page_token(PAGE).await;
        let answer = self.raw(Method::GET, path, &token, None).await;
        let served = answer.headers()["facebook-api-version"].to_str().unwrap().to_owned();
        json!({"code": code(&answer.json().await.unwrap()), "served": served})
    }

    async fn writes(&self, to: &str, text: &str) {
        self.controls.customer_writes("c1", to, text).await.unwrap();
    }

    /// What of the quirk named `probe` can be seen.
    pub(super) async fn seen(&self, probe: &str) -> Value {
        match probe {
            "ig_login_webhook_secret" => self.secrets().await,
            "expired_version" => self.served("/v20.0/me").await,
            "unknown_version" => self.served("/v27.0/me").await,
            "messenger_readable" => self.readable().await,
            "webhook_regime" => self.regime().await,
            "ig_me" => shape(&self.ig_get("/me?fields=user_id", &self.ig_token(INSTAGRAM).await).await, "user_id"),
            "ig_token_shape" => shape(&self.redeem(&form(&self.ig_code().await)).await.1, "access_token"),
            "ig_echo_field" => self.echoes().await,
            "ig_comment_form" => self.comments().await,
            "early_refresh" => code(&self.refreshed(&self.ig_token(INSTAGRAM).await).await),
            "ig_consent_error" => self.consent().await,
            "ig_edit_zero" => self.edits().await,
            "ig_post_share" => self.shares().await,
            "ig_sticker" => self.stickers().await,
            "ig_linked_reactions" => self.reactions().await,
            "ig_login_reply_to" => self.quotes().await,
            "message_access_login" => self.access().await,
            "messenger_unsend" => self.unsent(false).await,
            "account_unsend" => self.unsent(true).await,
            "comment_opens_window" => self.window_after_comment().await,
            "blocked_error" => self.blocked().await,
            "not_owner_error" => {
                let (messenger, instagram) = self.both_sends(&self.page_token(PAGE).await).await;
                json!({"messenger": messenger, "instagram": instagram})
            }
            "standard_access" => self.unreviewed().await,
            "throttle_status" => {
                let user = self.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
                json!(self.raw(Method::GET, "/me", &user, None).await.status().as_u16())
            }
            "debug_token_ids" => self.debugged().await,
            "page_data_access" => self.after_ninety_days().await,
            "business_token_instagram" => self.business_sends().await,
            "default_platform" => {
                let told = self.get("/me/conversations", &self.page_token(PAGE).await).await;
                json!(told["data"].as_array().unwrap().len())
            }
            other => panic!("{other} has no check: say here how a client sees it"),
        }
    }

    async fn secrets(&self) -> Value {
        let (linked, login) = (self.subscribed().await, self.subscribed_by_login().await);
        self.writes(INSTAGRAM, "x").await;
        let (linked, login) = (linked.next().await, login.next().await);
        let named = |arrived| if signed_by(arrived, SECRET) { "meta" } else { "instagram" };
        assert_ne!(signed_by(&login, SECRET), signed_by(&login, PRODUCT_SECRET), "it is one of the two");
        json!({"login": named(&login), "linked": named(&linked)})
    }

    async fn readable(&self) -> Value {
        let token = self.page_token(PAGE).await;
        let listed = self.get(&format!("/me/conversations?user_id={ADA}&fields=messages.limit(21){{id}}"), &token).await;
        let read = async |place: usize| {
            let id = listed["data"][0]["messages"]["data"][place]["id"].as_str().unwrap().to_owned();
            code(&self.get(&format!("/{id}?fields=message"), &token).await)
        };
        json!([read(19).await, read(20).await])
    }

    async fn regime(&self) -> Value {
        let receiver = self.subscribed().await;
        receiver.answer(500);
        self.writes(PAGE, "lost").await;
        self.settled(3).await;
        self.controls.advance("61m").await.unwrap();
        self.settled(4).await;
        let told = self.get("/me/subscribed_apps", &self.page_token(PAGE).await).await;
        json!({"subscribed": told["data"] != json!([])})
    }

    async fn echoes(&self) -> Value {
        let own = self.ig_token(INSTAGRAM).await;
        let mut told = json!({});
        for field in ["messages", "message_echoes"] {
            // Postbacks come whatever the quirk says, and after the echo.
            let receiver = self.subscribed_by_login_to(&format!("{field},messaging_postbacks")).await;
            self.ig_post("/me/messages", &own, &json!({"recipient": {"id": ADA_IG}, "message": {"text": "x"}})).await;
            self.controls.customer_acts("c1", INSTAGRAM, &Action::Postback { title: "t".into(), payload: "p".into() }).await.unwrap();
            told[field] = json!(receiver.next().await.item()["message"]["is_echo"] == true);
        }
        told
    }

    async fn comments(&self) -> Value {
        let (linked, login) = (self.subscribed().await, self.subscribed_by_login().await);
        self.controls.customer_acts("c1", INSTAGRAM, &Action::Comment { text: "x".into() }).await.unwrap();
        let form = async |receiver: &Receiver| {
            let entry = receiver.next().await.json()["entry"][0].clone();
            let flat = entry["field"] == "comments" && entry["value"]["text"] == "x";
            let nested = entry["changes"][0]["field"] == "comments" && entry["changes"][0]["value"]["text"] == "x";
            assert_ne!(flat, nested, "{entry}");
            if flat { "flat" } else { "changes" }
        };
        json!({"login": form(&login).await, "linked": form(&linked).await})
    }

    async fn consent(&self) -> Value {
        self.controls.customer_acts("c1", CAFE_INSTAGRAM, &Action::Comment { text: "x".into() }).await.unwrap();
        code(&self.get("/5000000000000021", &self.page_token(CAFE).await).await)
    }

    async fn edits(&self) -> Value {
        let receiver = self.subscribed().await;
        self.writes(INSTAGRAM, "one").await;
        self.writes(INSTAGRAM, "two").await;
        let mut told = Vec::new();
        for _ in 0..2 {
            let item = receiver.next().await.item();
            told.push(if item["message_edit"]["num_edit"] == 0 && item.get("sender").is_none() { "message_edit" } else { "message" });
        }
        json!(told)
    }

    async fn shares(&self) -> Value {
        let receiver = self.subscribed().await;
        let post = CustomerMessage::wordless().attachment("ig_post", "https://www.instagram.com/p/1/");
        self.controls.customer_sends("c1", INSTAGRAM, &post).await.unwrap();
        let told = receiver.next().await.item()["message"]["attachments"].clone();
        told.as_array().unwrap().iter().map(|it| it["type"].clone()).collect()
    }

    async fn stickers(&self) -> Value {
        let receiver = self.subscribed().await;
        let sticker = CustomerMessage::wordless().attachment("sticker", "https://scontent.cdninstagram.com/s.png");
        self.controls.customer_sends("c1", INSTAGRAM, &sticker).await.unwrap();
        self.writes(INSTAGRAM, "after").await;
        loop {
            let told = receiver.next().await.item()["message"].clone();
            match told["attachments"][0]["type"].as_str() {
                Some(kind) => return json!({"type": kind}),
                None if told["text"].is_string() => return json!({"text": told["text"]}),
                None => {}
            }
        }
    }

    async fn reactions(&self) -> Value {
        let (page, own) = (self.page_token(PAGE).await, self.ig_token(INSTAGRAM).await);
        let newest = format!("/me/conversations?platform=instagram&user_id={ADA_IG}&fields=messages.limit(1){{id}}");
        let react = |listed: &Value, emoji: &str| {
            let mid = &listed["data"][0]["messages"]["data"][0]["id"];
            json!({"recipient": {"id": ADA_IG}, "sender_action": "react", "payload": {"message_id": mid, "reaction": emoji}})
        };
        let (linked, login) = (self.get(&newest, &page).await, self.ig_get(&newest, &own).await);
        let any = self.post("/me/messages", &page, &react(&linked, "🎉")).await;
        let love = self.post("/me/messages", &page, &react(&linked, "love")).await;
        let other = self.ig_post("/me/messages", &own, &react(&login, "🎉")).await;
        json!({"linked": [code(&any), code(&love)], "login": code(&other)})
    }

    async fn quotes(&self) -> Value {
        let (page, own) = (self.page_token(PAGE).await, self.ig_token(INSTAGRAM).await);
        let newest = format!("/me/conversations?platform=instagram&user_id={ADA_IG}&fields=messages.limit(1){{id}}");
        let quote = |listed: &Value| {
            let mid = &listed["data"][0]["messages"]["data"][0]["id"];
            json!({"recipient": {"id": ADA_IG}, "message": {"text": "that"}, "reply_to": {"mid": mid}})
        };
        let login = quote(&self.ig_get(&newest, &own).await);
        let linked = quote(&self.get(&newest, &page).await);
        let login = code(&self.ig_post("/me/messages", &own, &login).await);
        json!({"login": login, "linked": code(&self.post("/me/messages", &page, &linked).await)})
    }

    async fn access(&self) -> Value {
        let receiver = self.subscribed_by_login().await;
        let off = PersonAction::MessageAccessOff { instagram: INSTAGRAM.to_owned() };
        self.controls.person_acts(ROBIN, &off).await.unwrap();
        let login = self.ig_get("/me/conversations", &self.ig_token(INSTAGRAM).await).await;
        let linked = self.get("/me/conversations?platform=instagram", &self.page_token(PAGE).await).await;
        self.writes(INSTAGRAM, "unheard?").await;
        self.controls.person_acts(ROBIN, &PersonAction::Undo).await.unwrap();
        self.writes(INSTAGRAM, "heard").await;
        let first = receiver.next().await;
        json!({"login": error(&login), "linked": error(&linked), "heard": first.item()["message"]["text"] == "unheard?"})
    }

    /// On which platforms it is told that somebody took a message back.
    async fn unsent(&self, by_account: bool) -> Value {
        let receiver = self.subscribed().await;
        let mut told = json!({});
        for (name, account) in [("messenger", PAGE), ("instagram", INSTAGRAM)] {
            if by_account {
                let mid = self.controls.staff_writes(account, "c1", "x").await.unwrap();
                self.controls.staff_acts(account, "c1", &StaffAction::Unsend { mid }).await.unwrap();
            } else {
                let mid = self.controls.customer_writes("c1", account, "x").await.unwrap().mid;
                self.controls.customer_acts("c1", account, &Action::Unsend { mid }).await.unwrap();
            }
            self.writes(account, "after").await;
            let mut deleted = false;
            loop {
                let message = receiver.next().await.item()["message"].clone();
                deleted |= message["is_deleted"] == true;
                if message["text"] == "after" {
                    break;
                }
            }
            told[name] = json!(deleted);
        }
        told
    }

    async fn window_after_comment(&self) -> Value {
        self.controls.customer_acts("c1", CAFE, &Action::Comment { text: "x".into() }).await.unwrap();
        error(&self.send(&self.page_token(CAFE).await, "4000000000000021", json!({"text": "x"})).await)
    }

    async fn blocked(&self) -> Value {
        self.controls.customer_acts("c1", PAGE, &Action::Block).await.unwrap();
        error(&self.send(&self.page_token(PAGE).await, ADA, json!({"text": "x"})).await)
    }

    /// What becomes of a message to Ada on either network.
    async fn both_sends(&self, token: &str) -> (Value, Value) {
        let messenger = self.send(token, ADA, json!({"text": "x"})).await;
        (error(&messenger), error(&self.send(token, ADA_IG, json!({"text": "x"})).await))
    }

    async fn unreviewed(&self) -> Value {
        let token = self.page_token(PAGE).await;
        let listed = self.get("/me/conversations?platform=messenger", &token).await["data"].as_array().unwrap().len();
        json!({"write": self.both_sends(&token).await.0, "listed": listed})
    }

    async fn debugged(&self) -> Value {
        let token = self.page_token(PAGE).await;
        let told = self.get(&format!("/debug_token?input_token={token}"), &Self::app_token()).await["data"].clone();
        json!({"app_id": told["app_id"], "profile_id": told["profile_id"], "user_id": told["user_id"]})
    }

    async fn after_ninety_days(&self) -> Value {
        let back = self.sign_in(&format!("scope={}", crate::stage::SCOPES), &link_sandbox::Decision::allow()).await;
        assert!(crate::stage::named(&back, "code").is_some());
        let page = self.page_token(PAGE).await;
        self.controls.advance("45d").await.unwrap();
        // A token that is exchanged on the way, so that it lives longer than the data access.
        let user = self.controls.tokens(ROBIN, &scopes()).await.unwrap().user_token;
        self.controls.advance("59d").await.unwrap();
        let early = self.get("/me/conversations?platform=messenger", &page).await;
        assert_eq!(error(&early), Value::Null, "the last login is what counts");
        let path = format!(
            "/oauth/access_token?grant_type=fb_exchange_token&client_id=1000000000000001&client_secret={SECRET}&fb_exchange_token={user}"
        );
        let longer: Value = self.client.get(self.url(&path)).send().await.unwrap().json().await.unwrap();
        self.controls.advance("31d").await.unwrap();
        let user = self.get("/me/accounts", longer["access_token"].as_str().unwrap()).await;
        json!({"page": error(&self.get("/me/conversations?platform=messenger", &page).await), "user": error(&user)})
    }

    async fn business_sends(&self) -> Value {
        let user = self.configured(businesses::SYSTEM_USER).await["access_token"].as_str().unwrap().to_owned();
        let page = self.get(&format!("/{PAGE}?fields=access_token"), &user).await["access_token"].as_str().unwrap().to_owned();
        let (messenger, instagram) = self.both_sends(&page).await;
        json!({"messenger": messenger, "instagram": instagram})
    }
}

/// Whether an answer is itself, or the only one of a list.
fn shape(answer: &Value, name: &str) -> Value {
    json!({"flat": answer[name].is_string(), "data": answer["data"][0][name].is_string()})
}
