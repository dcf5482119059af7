//! Codes of messaging.
//!
//! From Meta's page of Messenger error codes (June 2026), with what operators report where that page is silent.

use link_core::ErrorKind::{
    AccountRestricted, ConversationOwnedElsewhere, Invalid, NotFound, OwnerActionNeeded, PermissionMissing, RecipientUnavailable,
    Unreadable, WindowClosed,
};
use link_core::Who::{Customer, Developer, Owner, Platform};

use super::row::On::{Number, Pair};
use super::row::Row;

const WINDOW: &str = "wait until the person writes again, or answer as a human agent within its days";
const UNREACHABLE: &str = "do not write to this person again until they write";
const TAKE_OVER: &str = "take the conversation over in the Page's settings, or answer in the app that owns it";
const RESTRICTED: &str = "open the Page's quality settings and settle what Meta objects to";
const MEDIA: &str = "send a file that can be fetched openly, of an allowed kind and size";

/// Codes of sending, conversations and profiles.
pub const MESSAGING: &[Row] = &[
    Row::new(Number(2_018_278), WindowClosed, Customer, WINDOW),
    Row::new(Number(2_534_022), WindowClosed, Customer, WINDOW),
    Row::new(Pair(10, 2_018_065), WindowClosed, Customer, WINDOW),
    Row::new(Pair(10, 2_018_108), RecipientUnavailable, Customer, UNREACHABLE),
    Row::new(Number(551), RecipientUnavailable, Customer, UNREACHABLE),
    Row::new(Number(1_545_041), RecipientUnavailable, Customer, UNREACHABLE),
    Row::new(Number(2_018_001), RecipientUnavailable, Customer, "use the id under which this very account knows the person"),
    Row::new(Number(2_534_014), RecipientUnavailable, Customer, "use the id under which this very account knows the person"),
    Row::new(
        Number(2_534_001),
        RecipientUnavailable,
        Owner,
        "write only once the person writes again: the conversation was deleted or archived",
    ),
    Row::new(Number(1_893_063), AccountRestricted, Owner, RESTRICTED),
    Row::new(Number(1_404_170), AccountRestricted, Owner, RESTRICTED),
    Row::new(Number(2_534_029), AccountRestricted, Owner, RESTRICTED),
    Row::new(Number(2_534_122), AccountRestricted, Owner, RESTRICTED),
    Row::new(Number(2_534_037), ConversationOwnedElsewhere, Owner, TAKE_OVER),
    Row::new(Number(2_018_300), ConversationOwnedElsewhere, Owner, TAKE_OVER),
    Row::new(Number(2_018_321), ConversationOwnedElsewhere, Owner, "wait until the Page's automated questions are over"),
    Row::new(Number(2_534_013), OwnerActionNeeded, Owner, "link an Instagram professional account to the Page in the Page's settings"),
    Row::new(
        Number(2_534_077),
        OwnerActionNeeded,
        Owner,
        "unlink Instagram from the Page and link it again, with two-factor authentication on",
    ),
    Row::new(
        Number(2_534_041),
        OwnerActionNeeded,
        Owner,
        "switch on Allow access to messages in Instagram: Settings, Messages and story replies, Message controls, Connected tools",
    ),
    Row::new(
        Number(36_103),
        OwnerActionNeeded,
        Owner,
        "make the Instagram account a professional one; a new one has to wait until Meta lets it in",
    ),
    Row::new(Pair(2, 2_018_344), OwnerActionNeeded, Owner, "let an admin of the Page accept the contact terms"),
    Row::new(
        Pair(200, 2_018_028),
        PermissionMissing,
        Developer,
        "get advanced access for pages_messaging; until then only people with a role on the app can be written to",
    ),
    Row::new(
        Number(2_018_247),
        PermissionMissing,
        Developer,
        "get Business Asset User Profile Access for the app; until then names are withheld",
    ),
    Row::new(Number(2_018_218), NotFound, Customer, "go on without a name: this person has no profile"),
    Row::new(Number(9010), NotFound, Customer, "go on without a name: there is no such Instagram user for this account"),
    Row::new(
        Number(9_000_001),
        Unreadable,
        Platform,
        "keep what is known: Instagram shows the newest messages only, and calls older ones deleted",
    ),
    Row::new(Number(2_018_336), Invalid, Platform, "do without it: European privacy rules withhold this feature"),
    Row::new(Number(2_018_047), Invalid, Owner, MEDIA),
    Row::new(Number(2_018_008), Invalid, Owner, MEDIA),
    Row::new(Number(2_018_074), Invalid, Owner, MEDIA),
    Row::new(Number(2_018_109), Invalid, Owner, MEDIA),
    Row::new(Number(2_018_294), Invalid, Owner, MEDIA),
    Row::new(Number(2_534_015), Invalid, Developer, "send it in a form the platform takes; its capabilities list them"),
    Row::new(Number(2_534_025), Invalid, Owner, "leave it: a comment takes one private reply within seven days"),
    Row::new(Number(10_900), Invalid, Owner, "leave it: this was answered in private already"),
    Row::new(Number(10_903), Invalid, Owner, "leave it: this cannot be answered in private"),
    Row::new(Number(2_534_068), Invalid, Owner, "send the pictures one by one: several at once are not open to this account yet"),
    Row::new(Number(10_303), Invalid, Customer, "begin the linking of the customer's account again: its token ran out"),
];
