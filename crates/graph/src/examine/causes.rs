//! What can be wrong at Meta: the table.
//!
//! From Meta's pages on error codes, access levels, permissions, versions and webhooks (2026), with what operators report where those are
//! silent. A check that rests on something undocumented says so.

use link_core::words::finding::{Cause, Severity};
use link_core::{Feature, Remedy, Who};

use Severity::{Blocks, Degrades, Warns};

const SETTINGS: &str = "https://www.facebook.com/settings";
const APPS: &str = "https://developers.facebook.com/apps";
const INSTAGRAM: &str = "https://www.instagram.com";
const PAGE_SETTINGS: &str = "https://business.facebook.com/latest/settings";
const RECHECK: &str = "run the check again; it reads the account anew";
const SIGN_IN_RECHECK: &str = "sign in again; the check runs by itself afterwards";

const fn by(who: Who, what: &'static str) -> Remedy {
    Remedy::new(who, what).with_recheck(RECHECK)
}

const fn sign_in(what: &'static str) -> Remedy {
    Remedy::new(Who::Owner, what).with_recheck(SIGN_IN_RECHECK)
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident $weight:literal $($refused:ident)? $(=> $lacks:literal)?, [$($feature:ident),*], $cause:literal, [$($remedy:expr),+ $(,)?];)*) => {
        $($(#[$doc])* pub static $name: Cause =
            Cause::new($code, $severity, $cause, &[$($remedy),+]).of(const { &[$(Feature::$feature),*] }).weighing($weight)$(.$refused())?$(.lacking(&[$lacks]))?;)*

        /// Every cause that an examination at Meta can find, the app's first, then the person's, then the account's.
        pub fn all() -> Vec<&'static Cause> {
            vec![$(&$name),*]
        }
    };
}

causes! {
    /// Every call of the app is refused with code 200, whatever it asks.
    APP_BLOCKED = "app_blocked", Blocks 100, [], "Meta has blocked the whole app",
        [by(Who::Developer, "open the app's dashboard and settle what stands under Alerts: an overdue data use check-up or a policy matter").with_url(APPS)];
    /// The app's own token is refused.
    APP_SECRET_WRONG = "app_secret_wrong", Blocks 98, [], "Meta does not take the app's id and secret",
        [by(Who::Developer, "set the app's id and secret as the dashboard shows them under Settings, Basic").with_url(APPS)];
    /// A permission that is asked for has no advanced access, so that only people with a role on the app can be served.
    PERMISSION_UNAPPROVED = "permission_unapproved", Degrades 40, [RECEIVE, SEND, HISTORY], "the app has no advanced access for permissions that it asks for",
        [by(Who::Developer, "request advanced access in the app's review; until then link only accounts of people with a role on the app").with_url(APPS)];
    /// `messaging_feature_review` of a Page.
    HUMAN_AGENT_UNAPPROVED = "human_agent_unapproved", Warns 14 => "human_agent", [HUMAN_AGENT], "the app is not approved to let people answer later than a day after the question",
        [by(Who::Developer, "request the feature Human Agent in the app's review, for which the business has to be verified").with_url(APPS)];
    /// 2018247; only a refused call tells.
    PROFILES_UNAPPROVED = "profiles_unapproved", Degrades 18 only_refused => "business_asset_user_profile_access", [PROFILES], "the app may not read the names of people who write to the Page",
        [by(Who::Developer, "request the feature Business Asset User Profile Access in the app's review; until then people are shown without names").with_url(APPS)];
    /// The app is told nothing of an object.
    WEBHOOK_NOT_ANNOUNCED = "webhook_not_announced", Blocks 66, [RECEIVE], "the app has no webhook address for an object that it needs",
        [by(Who::Developer, "start the program where Meta can reach its public address, so that it announces itself; or enter the address in the dashboard under Webhooks").with_url(APPS)];
    /// Deliveries go to another address than this program's.
    WEBHOOK_ADDRESS_DIFFERS = "webhook_address_differs", Blocks 65, [RECEIVE], "Meta delivers to another address than this program's",
        [by(Who::Developer, "set public_url to where this program is reached and restart it, or stop the other program that announced itself").with_url(APPS)];
    /// The app is subscribed to fewer fields of an object than are wanted.
    WEBHOOK_APP_FIELDS_MISSING = "webhook_app_fields_missing", Degrades 52, [RECEIVE], "the app is not subscribed to some webhook fields of an object",
        [by(Who::Developer, "restart the program, which subscribes the app to them again; or tick them in the dashboard under Webhooks").with_url(APPS)];
    /// The version answers no more; Meta serves a newer one silently.
    VERSION_PAST_END = "version_past_end", Degrades 36, [], "the version of the Graph API that this program asks for has ended",
        [by(Who::Developer, "update link-kit, or set a newer version")];
    /// The version ends within ninety days.
    VERSION_NEAR_END = "version_near_end", Warns 26, [], "the version of the Graph API that this program asks for ends soon",
        [by(Who::Developer, "plan the update to a newer version before that day")];

    /// 190/458: the person took the app out.
    APP_REMOVED = "app_removed", Blocks 92, [], "the person removed the app from their account",
        [sign_in("sign in again; the link and its history stay as they are, and the app is let in anew")];
    /// 190/460.
    PASSWORD_CHANGED = "password_changed", Blocks 90, [], "the password was changed, which ended the token",
        [sign_in("sign in again with the new password; the link and its history stay as they are")];
    /// 190/459.
    CHECKPOINT = "checkpoint", Blocks 89, [], "Meta holds the person's account at a checkpoint",
        [sign_in("log in on facebook.com, do what it asks for, then sign in here again").with_url("https://www.facebook.com")];
    /// 190/464.
    PERSON_UNCONFIRMED = "person_unconfirmed", Blocks 88, [], "the person's account is not confirmed",
        [sign_in("confirm the e-mail address or phone number of the account, then sign in here again").with_url(SETTINGS)];
    /// 190/463.
    TOKEN_EXPIRED = "token_expired", Blocks 87, [], "the token has run out",
        [sign_in("sign in again; next time the reminder before the end saves the gap")];
    /// 190 and 102 with another subcode or none.
    TOKEN_INVALID = "token_invalid", Blocks 86, [], "Meta no longer takes the token",
        [sign_in("sign in again; the person was logged out everywhere or the token was made invalid")];
    /// 190/492, or a Page that the token names and that cannot be read any more.
    ROLE_LOST = "role_lost", Blocks 84, [], "the person no longer has a role on the Page",
        [by(Who::Owner, "let an admin of the Page give the role back, or sign in as somebody who has one").with_url(PAGE_SETTINGS)];
    /// Ninety days after the last sign-in, by a clock beside the token's.
    DATA_ACCESS_OVER = "data_access_over", Degrades 62, [LIST_ACCOUNTS, PROFILES], "the ninety days of data access are over",
        [sign_in("sign in again, which begins another ninety days; nothing else is needed")];
    /// Something that was asked for was declined, taken back or ran out.
    PERMISSION_DECLINED = "permission_declined", Degrades 60, [], "permissions that this program uses are not granted",
        [sign_in("sign in again and grant what is asked for; only what is missing is asked")];
    /// Nobody's Page is reachable.
    FACEBOOK_ACCOUNT_NEEDED = "facebook_account_needed", Blocks 74, [LIST_ACCOUNTS], "the Facebook account that signed in manages no Page",
        [by(Who::Owner, "sign in with the Facebook account that manages the Page, or make a Page and link Instagram to it").with_url("https://www.facebook.com/pages/create"),
         by(Who::Owner, "link the Instagram account by Instagram Login instead, which needs no Page")];
    /// The dialog lets a person tick Pages one by one.
    PAGE_NOT_TICKED = "page_not_ticked", Blocks 79, [], "the Page was left out in the sign-in dialog",
        [sign_in("sign in again, choose to edit the settings, and tick the Page")];
    /// Such a Page is not in the person's own list.
    PAGE_HELD_BY_BUSINESS = "page_held_by_business", Blocks 78, [], "the Page belongs to a business portfolio, which does not hand it out",
        [by(Who::Owner, "let the portfolio's admin assign the Page to the person, and grant business_management at the next sign-in").with_url(PAGE_SETTINGS)];
    /// Listed, without the task.
    TASK_MISSING = "task_missing", Blocks 83, [SEND, HISTORY, RECEIVE], "the person may not handle messages of the Page",
        [by(Who::Owner, "let an admin of the Page give the person the task Messages under Page access").with_url(PAGE_SETTINGS)];

    /// Its conversations go on, but nobody new finds it.
    PAGE_UNPUBLISHED = "page_unpublished", Degrades 46, [RECEIVE], "the Page is not published, so that nobody new finds it",
        [by(Who::Owner, "publish the Page in its settings under Page status").with_url(PAGE_SETTINGS)];
    /// 10/1893063; only a refused send tells.
    PAGE_RESTRICTED = "page_restricted", Degrades 66 only_refused, [SEND], "Meta stops the Page from sending for some time",
        [by(Who::Owner, "open the Page's quality settings, read what Meta objects to, and appeal or wait until it ends").with_url("https://www.facebook.com/accountquality")];
    /// 368; only a refused call tells.
    BLOCKED_FOR_POLICY = "blocked_for_policy", Degrades 65 only_refused, [SEND], "Meta blocks the person or the Page for some hours over its policies",
        [by(Who::Owner, "stop for some hours and read the notice under Support inbox; slow down afterwards").with_url("https://www.facebook.com/support")];
    /// 10/2534077.
    LINK_OR_FACTOR_UNVERIFIED = "link_or_factor_unverified", Blocks 70, [RECEIVE, SEND, HISTORY], "Meta cannot verify the tie between Instagram, the Page and the person, or demands a second factor",
        [by(Who::Owner, "switch on two-factor authentication for the person who signed in; if that does not help, unlink Instagram from the Page and link it again").with_url(SETTINGS)];
    /// `two_factor_type` of the portfolio.
    SECOND_FACTOR_DEMANDED = "second_factor_demanded", Warns 30, [], "the business portfolio demands a second factor of its people",
        [by(Who::Owner, "see that everybody who signs in here has two-factor authentication switched on").with_url(PAGE_SETTINGS)];
    /// `verification_status` of the portfolio.
    BUSINESS_NOT_VERIFIED = "business_not_verified", Warns 22, [HUMAN_AGENT], "the business portfolio that holds the Page is not verified",
        [by(Who::Owner, "start the verification in the portfolio's security centre").with_url("https://business.facebook.com/latest/settings/security_center")];
    /// `verification_status` of the Page; told where Meta tells it.
    PAGE_NOT_VERIFIED = "page_not_verified", Warns 12, [], "the Page is not verified",
        [by(Who::Owner, "ask for the verification of the Page in its settings; some features of reviews want it").with_url(PAGE_SETTINGS)];
    /// The Page has an account that is no professional one.
    INSTAGRAM_PERSONAL = "instagram_personal", Blocks 76, [RECEIVE, SEND, HISTORY], "the Instagram account is a personal one",
        [by(Who::Owner, "switch it to a professional account in Instagram under Account type and tools").with_url(INSTAGRAM)];
    /// The Page has no account.
    INSTAGRAM_NOT_LINKED = "instagram_not_linked", Blocks 77, [RECEIVE, SEND, HISTORY], "the Instagram account is no longer linked to its Page",
        [by(Who::Owner, "link it in the Page's settings under Linked accounts, then sign in here again").with_url(PAGE_SETTINGS)];
    /// Another Page of the person has it.
    INSTAGRAM_LINKED_ELSEWHERE = "instagram_linked_elsewhere", Blocks 82, [RECEIVE, SEND, HISTORY], "the Instagram account is linked to another Page now",
        [by(Who::Owner, "set it up again through that Page: its conversations and people stay; or link it back")];
    /// 36103.
    INSTAGRAM_NOT_ELIGIBLE = "instagram_not_eligible", Blocks 75, [RECEIVE, SEND, HISTORY], "the Instagram account may not use the API yet",
        [by(Who::Platform, "wait: Meta lets new professional accounts in after some time; see that it is a professional one")];
    /// 25/2207050.
    INSTAGRAM_RESTRICTED = "instagram_restricted", Blocks 73, [RECEIVE, SEND, HISTORY], "the Instagram account is inactive, restricted or held at a checkpoint",
        [by(Who::Owner, "open Instagram as this account and do what it asks for").with_url(INSTAGRAM)];
    /// 100/2534029 and 2534122.
    INSTAGRAM_MESSAGING_BLOCKED = "instagram_messaging_blocked", Blocks 72, [SEND, HISTORY, RECEIVE], "Meta keeps the business from messaging on Instagram",
        [by(Who::Owner, "open the account's status in Instagram, read which policy was broken, and appeal there").with_url(INSTAGRAM)];
    /// 200/2534041. There is no field for the switch, so the account's conversations are asked for.
    MESSAGE_ACCESS_OFF = "message_access_off", Blocks 71, [RECEIVE, SEND, HISTORY], "the owner's switch Allow access to messages is off",
        [by(Who::Owner, "switch it on in Instagram: Settings, Messages and story replies, Message controls, Connected tools").with_url(INSTAGRAM)];
    /// Nothing of the account is told.
    WEBHOOK_NOT_SUBSCRIBED = "webhook_not_subscribed", Blocks 68, [RECEIVE], "the account is not subscribed, so that nothing of it is told",
        [by(Who::Developer, "subscribe the account again: link-kit does when the link is resumed")];
    /// Some of it is not told.
    WEBHOOK_FIELDS_MISSING = "webhook_fields_missing", Degrades 54, [RECEIVE], "the account is not subscribed to some webhook fields",
        [by(Who::Developer, "let link-kit subscribe the account again; another program may have replaced the fields")];
    /// Every recent conversation has another owner under Conversation Routing.
    THREADS_OWNED_ELSEWHERE = "threads_owned_elsewhere", Degrades 44, [SEND], "another app owns every recent conversation",
        [by(Who::Owner, "make this app the default one in the Page's settings under Conversation routing, or answer in the other app").with_url(PAGE_SETTINGS)];
}

/// The cause that a refused call names by its code, if it names one. Code 10 and the 200s without a subcode say that a permission is missing
/// and not which, and code 200 is also that of a blocked app: those name none.
pub fn of_code(code: i64, subcode: Option<i64>) -> Option<&'static Cause> {
    Some(match (code, subcode.unwrap_or_default()) {
        (_, 2_534_041) => &MESSAGE_ACCESS_OFF,
        (_, 2_534_077) => &LINK_OR_FACTOR_UNVERIFIED,
        (_, 2_534_029 | 2_534_122) | (2_534_122, _) => &INSTAGRAM_MESSAGING_BLOCKED,
        (_, 2_534_013) => &INSTAGRAM_NOT_LINKED,
        (_, 2_018_247) | (2_018_247, _) => &PROFILES_UNAPPROVED,
        (_, 1_893_063) => &PAGE_RESTRICTED,
        (25, 2_207_050) => &INSTAGRAM_RESTRICTED,
        (36_103, _) | (_, 36_103) => &INSTAGRAM_NOT_ELIGIBLE,
        (368, _) => &BLOCKED_FOR_POLICY,
        (190 | 102, 458) => &APP_REMOVED,
        (190 | 102, 459) => &CHECKPOINT,
        (190 | 102, 460) => &PASSWORD_CHANGED,
        (190 | 102, 463) => &TOKEN_EXPIRED,
        (190 | 102, 464) => &PERSON_UNCONFIRMED,
        (190 | 102, 492) => &ROLE_LOST,
        (190 | 102, _) => &TOKEN_INVALID,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_a_code_and_a_remedy_of_its_own() {
        let all = all();
        let codes: BTreeSet<_> = all.iter().map(|cause| cause.code).collect();
        assert_eq!(codes.len(), all.len());
        let remedies: BTreeSet<_> = all.iter().flat_map(|cause| cause.remedies).map(|remedy| remedy.what).collect();
        assert_eq!(remedies.len(), all.iter().map(|cause| cause.remedies.len()).sum::<usize>());
        assert!(all.iter().all(|cause| !cause.remedies.is_empty() && !cause.cause.ends_with('.') && cause.weight > 0));
    }

    #[test]
    fn what_blocks_more_weighs_more() {
        let weights: BTreeSet<_> = all().iter().map(|cause| (cause.severity, cause.weight)).collect();
        assert_eq!(weights.len(), all().len(), "of any two it is settled which is mended first");
    }

    #[test]
    fn a_missing_permission_is_no_cause_by_its_code_alone() {
        assert_eq!((of_code(10, None), of_code(200, None)), (None, None));
        assert_eq!(of_code(190, Some(460)).map(|cause| cause.code), Some("password_changed"));
        assert_eq!(of_code(102, None).map(|cause| cause.code), Some("token_invalid"));
    }
}
