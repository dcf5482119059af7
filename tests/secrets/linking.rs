//! Signing in and confirming, with everything that can go wrong before it goes right.

use chrono::TimeDelta;
use link_kit::{Preferences, Setup, SetupId, Synchronisation};
use link_sandbox::Decision;
use serde_json::json;

use crate::stage::Agree as _;
use crate::stage::{self, Browser};
use crate::walk::Walk;

impl Walk {
    /// Everything that goes wrong with a sign-in before one goes right; the setup of that one.
    pub(crate) async fn sign_in(&mut self) -> Setup {
        // A dialog of somebody else, one that is answered twice, one that is declined, one that is answered too late.
        let (viewer, kit) = (self.stage.viewer.clone(), self.stage.kit.clone());
        let dialog = self.open_dialog().await;
        let came_back = self.consent(&dialog).await;
        let other = Browser::of(&stage::owner("bakery", "sam")).get(&came_back).await;
        other.assert_refused(403, "state_foreign");
        self.shown.value("the answer to a foreign session", &other);
        self.get("a used state", &came_back).await.assert_refused(400, "state_unknown");
        let dialog = self.open_dialog().await;
        let declined = self.stage.meta.sign_in(&dialog, &Decision::deny()).await.unwrap();
        self.get("a declined dialog", &declined).await.assert_refused(403, "consent_declined");
        let dialog = self.open_dialog().await;
        let came_back = self.consent(&dialog).await;
        self.stage.pass(TimeDelta::minutes(11)).await;
        self.get("a late answer", &came_back).await.assert_refused(400, "state_expired");

        // A code that ran out at Meta, and one that Meta never gave.
        let dialog = self.open_dialog().await;
        let came_back = self.consent(&dialog).await;
        self.stage.meta.advance("11m").await.unwrap();
        self.get("an expired code", &came_back).await.assert_refused(400, "failed");
        self.stage.clock.pass(TimeDelta::minutes(11));
        let dialog = self.open_dialog().await;
        let forged = self.consent(&dialog).await.replace("code=", "code=forged");
        let problem = kit.linking().signed_in(&viewer, &forged).await.unwrap_err();
        self.problem("a forged code", &problem);

        // The wire breaks at every call of a sign-in, in every way.
        for path in ["/oauth/access_token", "/debug_token", "/me/accounts"] {
            for fault in [
                json!({"drop": true}),
                json!({"cut_body": true}),
                json!({"answer": {"status": 500, "code": 2}}),
                json!({"answer": {"status": 400, "code": 190}}),
            ] {
                let mut fault = fault;
                fault["match"] = json!({"path": path});
                fault["times"] = json!(100);
                let dialog = self.open_dialog().await;
                let came_back = self.consent(&dialog).await;
                self.stage.meta.fault(fault.clone()).await.unwrap();
                let failed = kit.linking().signed_in(&viewer, &came_back).await;
                let name = format!("a sign-in with {fault}");
                self.problem(&name, &failed.expect_err(&name));
                let dialog = {
                    self.stage.meta.clear_faults().await.unwrap();
                    self.open_dialog().await
                };
                let came_back = self.consent(&dialog).await;
                self.stage.meta.fault(fault).await.unwrap();
                self.get(&name, &came_back).await;
                self.stage.meta.clear_faults().await.unwrap();
            }
        }

        // What was consented to for the sign-ins that failed was given up; a consent of the same instant would not count.
        self.stage.pass(TimeDelta::minutes(1)).await;
        let dialog = self.open_dialog().await;
        let came_back = self.consent(&dialog).await;
        let opened = self.get("a sign-in", &came_back).await;
        let id: SetupId = opened.body["setup"].as_str().unwrap().parse().unwrap();
        kit.linking().setup(&viewer, id).await.unwrap()
    }

    /// The other three stages, with a wire that breaks once at the confirmation.
    pub(crate) async fn confirm(&mut self, setup: &Setup) {
        let (viewer, linking) = (self.stage.viewer.clone(), self.stage.kit.linking());
        self.shown.value("a setup", setup);
        self.shown.value("a setup", &linking.choose(&viewer, setup.id, vec![stage::page(), stage::instagram()]).await.unwrap());
        self.shown.value("a setup", &linking.prefer(&viewer, setup.id, Preferences::default()).await.unwrap());
        self.shown.value("a setup", &linking.synchronise(&viewer, setup.id, Synchronisation::default()).await.unwrap());
        let review = linking.review(&viewer, setup.id).await.unwrap();
        self.shown.value("a review", &review);
        self.shown.text("a review", review.to_text());
        self.stage.meta.fault(json!({"match": {"path": "/me/accounts"}, "times": 100, "drop": true})).await.unwrap();
        let problem = linking.agree(&viewer, setup.id).await.unwrap_err();
        self.problem("a broken confirmation", &problem);
        self.stage.meta.clear_faults().await.unwrap();
        // The subscriptions fail at first, with the token in the call.
        self.stage.meta.fault(json!({"match": {"path": "/*/subscribed_apps"}, "times": 2, "drop": true})).await.unwrap();
        self.shown.value("a confirmation", &linking.agree(&viewer, setup.id).await.unwrap());
        self.stage.meta.clear_faults().await.unwrap();
        self.stage.pass(TimeDelta::minutes(30)).await;
        // The history fails at first, too.
        self.stage.meta.fault(json!({"match": {"path": "/*/conversations"}, "times": 2, "drop": true})).await.unwrap();
        self.stage.settle().await;
        self.stage.pass(TimeDelta::minutes(30)).await;
        self.stage.settle().await;
        self.stage.meta.clear_faults().await.unwrap();
    }
}
