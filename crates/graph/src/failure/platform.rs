//! Codes of the platform as a whole.
//!
//! From Meta's page on handling errors and its Instagram error codes (June 2026), with what operators report.

use link_core::ErrorKind::{
    AccountRestricted, Ambiguous, AppBlocked, Configuration, Invalid, NotFound, OwnerActionNeeded, PermissionMissing, SignInNeeded,
    Unavailable,
};
use link_core::Who::{Customer, Developer, Owner, Platform};

use super::row::On::{Code, Number, Pair, Range};
use super::row::Row;

const SIGN_IN: &str = "sign in again; the link and its history stay as they are";
const WAIT: &str = "wait and try again; Meta's status page tells of outages";
const STATUS_PAGE: &str = "https://metastatus.com";

/// Codes of the platform as a whole, throttling apart.
pub const PLATFORM: &[Row] = &[
    Row::new(Code(1), Unavailable, Platform, WAIT).url(STATUS_PAGE),
    Row::new(Pair(1, 99), Unavailable, Owner, "look whether a permission is missing; if none is, wait and try again"),
    Row::new(Pair(1, 1_357_046), Ambiguous, Platform, "do not repeat it; the echo or the history tells whether it happened"),
    Row::new(Code(2), Unavailable, Platform, WAIT).url(STATUS_PAGE),
    Row::new(Pair(2, 1_545_133), Unavailable, Platform, WAIT).url(STATUS_PAGE),
    Row::new(Code(3), AppBlocked, Developer, "give the app this capability in its dashboard"),
    Row::new(Code(10), PermissionMissing, Owner, "sign in again and grant the permission that was declined or taken back"),
    Row::new(
        Pair(25, 2_207_050),
        OwnerActionNeeded,
        Owner,
        "open Instagram as this account and do what it asks for; it is restricted until then",
    ),
    Row::new(Code(100), Invalid, Developer, "mend the request; a subcode, if there is one, says what is wrong with it"),
    Row::new(Pair(100, 33), NotFound, Owner, "look whether it still exists and was ticked in the dialog; sign in again if so"),
    Row::new(Pair(100, 36_007), Invalid, Owner, "begin the sign-in again; its code ran out"),
    Row::new(Pair(100, 36_008), Invalid, Developer, "use the same redirect address in the dialog and in the exchange"),
    Row::new(Pair(100, 36_009), Invalid, Owner, "begin the sign-in again; its code was used already"),
    Row::new(Code(101), Configuration, Developer, "set the app's id and secret as its dashboard shows them"),
    Row::new(Code(102), SignInNeeded, Owner, SIGN_IN),
    Row::new(Code(190), SignInNeeded, Owner, SIGN_IN),
    Row::new(Pair(190, 458), SignInNeeded, Owner, "sign in again: the app was removed from the account's settings"),
    Row::new(Pair(190, 459), SignInNeeded, Owner, "log in on facebook.com, do what it asks for, then sign in again")
        .url("https://www.facebook.com"),
    Row::new(Pair(190, 460), SignInNeeded, Owner, "sign in again: the password was changed"),
    Row::new(Pair(190, 463), SignInNeeded, Owner, "sign in again: the token ran out"),
    Row::new(Pair(190, 464), SignInNeeded, Owner, "confirm the account on facebook.com, then sign in again")
        .url("https://www.facebook.com"),
    Row::new(Pair(190, 467), SignInNeeded, Owner, "sign in again: the token was made invalid"),
    Row::new(Pair(190, 492), SignInNeeded, Owner, "let an admin of the Page give the role back, or sign in as another admin"),
    Row::new(Pair(102, 458), SignInNeeded, Owner, "sign in again: the app was removed from the account's settings"),
    Row::new(Pair(102, 459), SignInNeeded, Owner, "log in on facebook.com, do what it asks for, then sign in again")
        .url("https://www.facebook.com"),
    Row::new(Pair(102, 464), SignInNeeded, Owner, "confirm the account on facebook.com, then sign in again")
        .url("https://www.facebook.com"),
    Row::new(Pair(102, 492), SignInNeeded, Owner, "let an admin of the Page give the role back, or sign in as another admin"),
    Row::new(
        Range(200, 299),
        PermissionMissing,
        Owner,
        "sign in again and grant what is missing; if every call fails so, Meta blocked the app: see its dashboard",
    ),
    Row::new(Code(210), NotFound, Owner, "look whether the person who signed in may see it"),
    Row::new(Code(230), NotFound, Customer, "wait until the person writes: their profile is shown with their consent only"),
    Row::new(Code(368), AccountRestricted, Platform, "stop for some hours and read what the policy message in the account says"),
    Row::new(Number(1_390_008), AccountRestricted, Platform, "stop for some hours: it was done too often"),
    Row::new(Code(506), Invalid, Developer, "do not say the same again"),
    Row::new(Code(803), NotFound, Owner, "look whether the id is right and the person who signed in may see it"),
    Row::new(
        Code(2200),
        Configuration,
        Developer,
        "let the webhook address be reached from outside and answer Meta's question with the verify token",
    ),
    Row::new(Code(2500), Configuration, Developer, "mend the path of the call, or call with a token"),
    Row::new(Code(2635), Configuration, Developer, "set a newer version of the Graph API: this one is gone"),
    Row::new(Code(1_609_005), Invalid, Owner, "look whether the link opens for everybody"),
];
