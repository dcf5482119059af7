//! What can be wrong as far as is known here, without asking a platform: the table.

use chrono::{DateTime, TimeDelta, Utc};

use crate::words::error::{Remedy, Who};
use crate::words::finding::{Cause, Check, Severity};
use crate::words::platform::Feature;

use Severity::{Blocks, Degrades, Warns};

const RECHECK: &str = "run the check again";
const RELOOK: &str = "have the account compared again once somebody wrote, or wait: it is done every few hours";

const fn owner(what: &'static str) -> Remedy {
    Remedy::new(Who::Owner, what).with_recheck(RECHECK)
}

const fn developer(what: &'static str) -> Remedy {
    Remedy::new(Who::Developer, what).with_recheck(RECHECK)
}

const fn platform(what: &'static str) -> Remedy {
    Remedy::new(Who::Platform, what).with_recheck(RECHECK)
}

/// A dialog was opened and did not come back within its life. Platforms send nobody back when they fail, so this running out is all that
/// tells; the remedies are in the order of what is likeliest.
pub static SIGN_IN_NOT_RETURNED: Cause = Cause::new(
    "sign_in_not_returned",
    Warns,
    "a sign-in was opened and did not come back",
    &[
        owner("recover the password on the platform's own page, then open the sign-in again")
            .with_url("https://www.facebook.com/login/identify"),
        owner("have the second factor at hand (phone, app or recovery codes), then open the sign-in again")
            .with_url("https://www.facebook.com/settings?tab=security"),
        developer("enter the redirect address of this program in the app's settings, byte for byte")
            .with_url("https://developers.facebook.com/apps"),
        developer("ask only for permissions that the app's use cases have: others end in an error page")
            .with_url("https://developers.facebook.com/apps"),
        developer("publish the app, or give the person a role on it: an app in development lets nobody else in")
            .with_url("https://developers.facebook.com/apps"),
    ],
)
.of(const { &[Feature::SIGN_IN] })
.weighing(28);

/// No token is kept.
pub static TOKEN_MISSING: Cause =
    Cause::new("token_missing", Blocks, "no token is kept", &[owner("sign in; the link and its history stay as they are")]).weighing(94);

/// A token is kept and does not open.
pub static TOKEN_UNREADABLE: Cause = Cause::new(
    "token_unreadable",
    Blocks,
    "the token that is kept opens with no key of this program",
    &[developer("put the key that sealed it back into the ring"), owner("sign in again, if that key is lost")],
)
.weighing(95);

/// A token ends within two weeks.
pub static TOKEN_EXPIRING: Cause =
    Cause::new("token_expiring", Warns, "the token runs out soon", &[owner("sign in again before that day; nothing is interrupted then")])
        .weighing(29);

/// The ninety days of data access end within two weeks.
pub static DATA_ACCESS_EXPIRING: Cause = Cause::new(
    "data_access_expiring",
    Warns,
    "the ninety days in which the person's data may be read end soon",
    &[owner("sign in again before that day, which begins another ninety")],
)
.of(const { &[Feature::LIST_ACCOUNTS, Feature::PROFILES] })
.weighing(27);

/// Nothing that a platform was asked was answered, so that nobody knows how the accounts are.
pub static PLATFORM_UNREACHABLE: Cause = Cause::new(
    "platform_unreachable",
    Degrades,
    "nothing could be checked: the platform does not answer, or puts every call off",
    &[
        platform("wait; what comes in is kept, nothing is sent twice, and it is looked at again every ten minutes")
            .with_url("https://metastatus.com"),
        developer("if the platform is well, see that this machine reaches it: name service, proxy, certificates, firewall"),
    ],
)
.of(const { &[Feature::SIGN_IN, Feature::LIST_ACCOUNTS, Feature::SEND, Feature::HISTORY, Feature::PROFILES] })
.weighing(70);

/// Confirmed, and not subscribed yet.
pub static SUBSCRIPTION_PENDING: Cause = Cause::new(
    "subscription_pending",
    Degrades,
    "the account is confirmed and could not be subscribed yet",
    &[developer("see that the program runs and is reached under its public address; it is tried again by itself")],
)
.of(const { &[Feature::RECEIVE] })
.weighing(56);

/// Deliveries come, and none of them is signed with a secret of ours.
pub static WEBHOOK_SECRET_WRONG: Cause = Cause::new(
    "webhook_secret_wrong",
    Blocks,
    "deliveries arrive that no secret of this program signed, and no others",
    &[developer("set the secret of the app that owns the webhook, Instagram's own for Instagram Login; then Meta brings them again")
        .with_url("https://developers.facebook.com/apps")],
)
.of(const { &[Feature::RECEIVE] })
.weighing(69);

/// Something came before, and for [`SILENCE`] nothing has. A quiet shop looks the same, so this only warns.
pub static WEBHOOK_SILENT: Cause = Cause::new(
    "webhook_silent",
    Warns,
    "nothing was told of the account for a long time, although it was before",
    &[
        owner("write to the account from a private account, and see whether that arrives"),
        developer("if it does not arrive, see in the app's dashboard under Webhooks whether deliveries fail")
            .with_url("https://developers.facebook.com/apps"),
    ],
)
.of(const { &[Feature::RECEIVE] })
.weighing(20);

/// In two looks in a row, what some people wrote was found in the platform's memory only, while others' messages were delivered.
pub static WEBHOOK_PARTIAL: Cause = Cause::new(
    "webhook_partial",
    Warns,
    "messages of some people are never delivered and come late, from the platform's memory",
    &[
        developer(
            "see that the app has advanced access to the messaging permissions: with less, only people with a role on it are delivered",
        )
        .with_url("https://developers.facebook.com/apps")
        .with_recheck(RELOOK),
        developer("publish the app, or give these people a role on it: an app in development hears of nobody else")
            .with_url("https://developers.facebook.com/apps")
            .with_recheck(RELOOK),
        owner("see that no other app is set to receive these conversations in the account's settings").with_recheck(RELOOK),
        platform("report it if all of that is so: deliveries are lost on the way").with_url("https://metastatus.com").with_recheck(RELOOK),
    ],
)
.of(const { &[Feature::RECEIVE] })
.weighing(31);

/// In two looks in a row, everything was found in the platform's memory only.
pub static WEBHOOK_LOST: Cause = Cause::new(
    "webhook_lost",
    Degrades,
    "nothing that people write is delivered; it comes late, from the platform's memory",
    &[
        developer("see in the app's dashboard under Webhooks whether deliveries fail, and whether they go to this program's address")
            .with_url("https://developers.facebook.com/apps")
            .with_recheck(RELOOK),
        owner("sign in again, which subscribes the account anew").with_recheck(RELOOK),
        platform("wait and report it if the account is subscribed and the address is right")
            .with_url("https://metastatus.com")
            .with_recheck(RELOOK),
    ],
)
.of(const { &[Feature::RECEIVE] })
.weighing(57);

/// A `policy_enforcement` that blocks, and none that ended it. It ends too when the platform took something after it: the end may have been told
/// while nobody listened.
pub static POLICY_ENFORCED: Cause = Cause::new(
    "policy_enforced",
    Degrades,
    "the platform keeps the account from writing, for its policies: for a day nothing is sent, afterwards the platform is left to refuse",
    &[
        owner("read the reason, settle what the platform objects to under the account's quality, and request a review there")
            .with_url("https://www.facebook.com/accountquality"),
        platform("wait: what comes in is kept, and this ends by itself once the platform tells so or takes an answer again"),
    ],
)
.of(const { &[Feature::SEND] })
.weighing(64);

/// A `policy_enforcement` that warns. Nobody tells its end, so it stands for [`WARNED`].
pub static POLICY_WARNED: Cause = Cause::new(
    "policy_warned",
    Warns,
    "the platform warned the account for its policies; the next step is that nothing may be sent from it",
    &[
        owner("see that nobody and no program writes what the warning names; this goes by itself a month after the last warning")
            .with_url("https://www.facebook.com/accountquality"),
        developer("see what programs send from the account: a warning is for what people complained about"),
    ],
)
.of(const { &[Feature::SEND] })
.weighing(32);

/// What was acknowledged is not applied.
pub static JOURNAL_LAGGING: Cause = Cause::new(
    "journal_lagging",
    Degrades,
    "what arrived waits for being applied",
    &[developer("see that the background work runs (`LinkKit::start`) and that the database can be written")],
)
.of(const { &[Feature::RECEIVE] })
.weighing(50);

/// The clocks disagree.
pub static CLOCK_SKEWED: Cause = Cause::new(
    "clock_skewed",
    Warns,
    "this machine's clock and the platform's disagree",
    &[developer("let the system keep its time by NTP")],
)
.weighing(18);

/// The platform announced the end of a permission that is asked for, or it has ended.
pub static PERMISSION_ENDING: Cause = Cause::new(
    "permission_ending",
    Warns,
    "the platform stops taking a permission that this program asks for",
    &[developer("update link-kit before that day, and let whoever signed in do so once more; what takes its place has to be granted anew")],
)
.weighing(25);

/// Every cause of this table.
pub fn all() -> Vec<&'static Cause> {
    vec![
        &SIGN_IN_NOT_RETURNED,
        &TOKEN_MISSING,
        &TOKEN_UNREADABLE,
        &TOKEN_EXPIRING,
        &DATA_ACCESS_EXPIRING,
        &PLATFORM_UNREACHABLE,
        &SUBSCRIPTION_PENDING,
        &WEBHOOK_SECRET_WRONG,
        &WEBHOOK_SILENT,
        &WEBHOOK_PARTIAL,
        &WEBHOOK_LOST,
        &POLICY_ENFORCED,
        &POLICY_WARNED,
        &JOURNAL_LAGGING,
        &CLOCK_SKEWED,
        &PERMISSION_ENDING,
    ]
}

/// How long before its end a token, or the access to data, is told of.
pub const AHEAD: TimeDelta = TimeDelta::days(14);

/// How long before its end a permission is told of: a review of what takes its place takes months.
pub const PERMISSION_AHEAD: TimeDelta = TimeDelta::days(180);

/// How long what arrived may wait before that is told.
pub const LAG: TimeDelta = TimeDelta::minutes(10);

/// How long an account of which something was told may be silent before that is told.
pub const SILENCE: TimeDelta = TimeDelta::days(14);

/// How long a warning of the platform's stands: a month without another is taken for its end.
pub const WARNED: TimeDelta = TimeDelta::days(30);

/// How far clocks may be apart. A minute is more than any round trip.
pub const SKEW: TimeDelta = TimeDelta::minutes(1);

/// So many deliveries have to be turned away before their secret is doubted: anybody may knock once or twice.
pub const KNOCKS: u64 = 3;

/// Whether something ends soon, by the day on which it does. What has ended is another cause.
pub fn ending(cause: &'static Cause, end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Check {
    match end {
        Some(end) if end > now && end - now <= AHEAD => cause.found().with(format!("on {}", end.format("%-d %B %Y"))),
        _ => cause.absent(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::finding::State;

    #[test]
    fn an_end_is_told_of_from_two_weeks_ahead_until_it_is_there() {
        let (now, day) = (DateTime::UNIX_EPOCH, TimeDelta::days(1));
        let state = |days: i32| ending(&TOKEN_EXPIRING, Some(now + day * days), now).state;
        assert_eq!([state(15), state(14), state(1), state(0)], [State::Ok, State::Failed, State::Failed, State::Ok]);
        assert_eq!(ending(&TOKEN_EXPIRING, None, now).state, State::Ok);
    }
}
