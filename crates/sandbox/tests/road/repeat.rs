use link_sandbox::{Action, Decision, PersonAction};
use serde_json::{Value, json};

use crate::instagram_login::form;
use crate::receiver::Receiver;
use crate::stage::{ADA, ADA_IG, CAFE_INSTAGRAM, INSTAGRAM, PAGE, ROBIN, SCOPES, Stage};

/// A walk through the world, and everything that was answered on the way.
async fn story() -> Vec<String> {
    let stage = Stage::frozen().await;
    let receiver = stage.subscribed().await;
    let back = stage.controls.sign_in(&stage.dialog(&format!("scope={SCOPES}")), &Decision::allow()).await.unwrap();
    let token = stage.page_token(PAGE).await;
    let written = stage.controls.customer_writes("c1", PAGE, "Hello").await.unwrap();
    let heard = receiver.next().await.body;
    let sent = stage.send(&token, ADA, serde_json::json!({"text": "Hi"})).await;
    let echo = receiver.next().await.body;
    let refused = stage.get("/123", &token).await;
    let list: Value = stage.get("/me/conversations?fields=messages.limit(3){id,message,created_time}", &token).await;
    let list = list.to_string().replace(&stage.sandbox.facebook(), "");
    let bytes = |body: bytes::Bytes| String::from_utf8_lossy(&body).into_owned();
    vec![back, token, format!("{written:?}"), bytes(heard), sent.to_string(), bytes(echo), refused.to_string(), list]
}

#[tokio::test]
async fn a_frozen_world_answers_the_same_story_with_the_same_words() {
    assert_eq!(story().await, story().await);
}

/// A day and more on both roads; what was told is written down.
struct Diary {
    stage: Stage,
    linked: Receiver,
    login: Receiver,
    pages: Vec<String>,
}

impl Diary {
    async fn begin() -> Self {
        let stage = Stage::frozen().await;
        let (linked, login) = (stage.subscribed().await, stage.subscribed_by_login().await);
        Self { stage, linked, login, pages: Vec::new() }
    }

    fn note(&mut self, told: &impl ToString) {
        // Ports are the one thing that differs from start to start.
        let (facebook, instagram) = (self.stage.sandbox.facebook(), self.stage.sandbox.instagram());
        let told = told.to_string().replace(&facebook, "facebook:").replace(&instagram, "instagram:");
        self.pages.push(told.replace(&self.linked.url, "linked:").replace(&self.login.url, "login:"));
    }

    /// What each endpoint hears next, to the byte.
    async fn hear(&mut self, linked: usize, login: usize) {
        for _ in 0..linked {
            let arrived = self.linked.next().await;
            self.note(&format!("{:?} {}", arrived.headers["x-hub-signature-256"], String::from_utf8_lossy(&arrived.body)));
        }
        for _ in 0..login {
            let arrived = self.login.next().await;
            self.note(&format!("{:?} {}", arrived.headers["x-hub-signature-256"], String::from_utf8_lossy(&arrived.body)));
        }
    }

    async fn sign_in(&mut self) -> (String, String) {
        let back = self.stage.controls.sign_in(&self.stage.dialog(&format!("scope={SCOPES}")), &Decision::allow()).await.unwrap();
        self.note(&back);
        let told = self.stage.redeem(&form(&self.stage.ig_code().await)).await.1;
        self.note(&told);
        let page = self.stage.page_token(PAGE).await;
        self.note(&page);
        (page, told["access_token"].as_str().unwrap().to_owned())
    }

    async fn talk(&mut self, page: &str, own: &str) {
        let mid = self.stage.controls.customer_writes("c1", INSTAGRAM, "Grüße").await.unwrap().mid;
        self.hear(1, 1).await;
        for action in [
            Action::React { mid: mid.clone(), emoji: "❤️".into() },
            Action::Edit { mid, text: "Grüße!".into() },
            Action::Comment { text: "Nice".into() },
        ] {
            let done = self.stage.controls.customer_acts("c1", INSTAGRAM, &action).await.unwrap();
            self.note(&format!("{done:?}"));
            self.hear(1, 1).await;
        }
        let sent = self.stage.send(page, ADA_IG, json!({"text": "Hello"})).await;
        self.note(&sent);
        self.hear(1, 1).await;
        let sent = self.stage.ig_post("/me/messages", own, &json!({"recipient": {"id": ADA_IG}, "message": {"text": "Hello"}})).await;
        self.note(&sent);
        self.hear(1, 1).await;
        self.stage.controls.customer_writes("c1", PAGE, "And here?").await.unwrap();
        self.hear(1, 0).await;
        let picture = json!({"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png", "is_reusable": true}}});
        let sent = self.stage.send(page, ADA, picture).await;
        self.note(&sent);
        self.hear(1, 0).await;
    }

    async fn keep(&mut self, page: &str) {
        for (path, body) in [
            ("/me/personas", json!({"name": "Joan", "profile_picture_url": "https://example.org/j.png"})),
            ("/me/custom_labels", json!({"page_label_name": "regulars"})),
            ("/me/messenger_profile", json!({"get_started": {"payload": "P"}})),
            ("/", json!({"batch": [{"relative_url": "me"}, {"relative_url": "123"}, {"relative_url": "me/personas"}]})),
        ] {
            let told = self.stage.post(path, page, &body).await;
            self.note(&told);
        }
    }

    async fn read(&mut self, page: &str, own: &str) {
        let list = "/me/conversations?platform=instagram&limit=2&fields=participants,messages.limit(3){message,reactions}";
        let (linked, login) = (self.stage.get(list, page).await, self.stage.ig_get(list, own).await);
        self.note(&linked);
        self.note(&login);
        self.stage.controls.advance("25h").await.unwrap();
        let late = self.stage.send(page, ADA, json!({"text": "late"})).await;
        self.note(&late);
        let dead = self.stage.ig_get("/me", own).await;
        self.note(&dead);
    }

    async fn end(mut self) -> Vec<String> {
        self.stage.ig_token(CAFE_INSTAGRAM).await;
        self.stage.controls.person_acts(ROBIN, &PersonAction::ChangePassword).await.unwrap();
        self.note(&self.stage.controls.state().await.unwrap());
        for call in self.stage.controls.calls(0).await.unwrap().data {
            self.note(&call);
        }
        let mut deliveries = self.stage.controls.deliveries(0).await.unwrap().data;
        for delivery in &mut deliveries {
            // How long it took, and which of two endpoints answered first, is the machine's affair.
            delivery.as_object_mut().unwrap().retain(|name, _| name != "seq" && !name.contains("duration"));
        }
        let start = self.pages.len();
        for delivery in deliveries {
            self.note(&delivery);
        }
        self.pages[start..].sort();
        self.pages
    }
}

async fn diary() -> Vec<String> {
    let mut diary = Diary::begin().await;
    let (page, own) = diary.sign_in().await;
    diary.talk(&page, &own).await;
    diary.keep(&page).await;
    diary.read(&page, &own).await;
    diary.end().await
}

#[tokio::test]
async fn a_day_on_both_roads_repeats_to_the_byte() {
    let (one, other) = (diary().await, diary().await);
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
    assert!(one.len() > 60, "a day has more than {} pages", one.len());
}

#[tokio::test]
async fn a_stopped_sandbox_answers_nobody() {
    let stage = Stage::frozen().await;
    let Stage { sandbox, controls, client: _ } = stage;
    assert!(controls.now().await.is_ok());
    sandbox.shutdown().await;
    assert!(controls.now().await.is_err());
}
