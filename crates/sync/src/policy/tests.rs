//! Rules by moment: each row is a message, a moment and what is said of it.

mod content;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::{Ability, Bounds, Capabilities, FileRule, Form, Formats, Limits, Tag, TextLimit};
use link_core::words::ids::{AccountId, ExternalId, ScopedId};
use link_core::words::outgoing::{
    AttachmentKind, Body, Button, Card, Media, Outgoing, Purpose, QuickReply, Recipient, SharedPost, Template, Writer,
};
use link_core::words::platform::{Platform, Road};
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::{Rule, Source, code};

use super::*;
use crate::owner::Ownership;
use crate::register::Register;

const PAGE: Source = Source::new("a page", "2026-06");
const LIMITS: Limits = Limits::NONE
    .with_metadata(5)
    .with_several(3, &[AttachmentKind::Image])
    .with_files(
        &[
            FileRule::new(AttachmentKind::Image, Formats::Fitting, 80).by_address(8),
            FileRule::new(AttachmentKind::File, Formats::Only(&["pdf"]), 250).with_ascii_name(),
        ],
        90,
    )
    .with_choices(Bounds::new(2, 4, 6))
    .with_buttons(Bounds::new(2, 4, 6), 8)
    .with_cards(Bounds::new(2, 5, 7), 2);
const TAKES: &[Ability] = &[
    Ability::new(Form::Several, PAGE),
    Ability::new(Form::Uploaded, PAGE),
    Ability::new(Form::QuickReplies, PAGE),
    Ability::new(Form::ContactReplies, PAGE).until(2026, 10, 5),
    Ability::new(Form::Cards, PAGE),
    Ability::new(Form::Buttons, PAGE),
    Ability::new(Form::Products, PAGE),
    Ability::new(Form::Sticker, PAGE).since(2026, 6, 1),
    Ability::new(Form::HeartReaction, PAGE),
    Ability::new(Form::Quotation, PAGE).by("facebook"),
    Ability::new(Form::Quotation, PAGE).by("instagram").doubtful("in the specification only"),
    Ability::new(Form::PrivateReply, PAGE),
    Ability::new(Form::PostLink, PAGE),
];
const TAGS: &[Tag] = &[
    Tag::new("ACCOUNT_UPDATE", Rule::new(code::TAG, "over", PAGE).until(2026, 4, 27)),
    Tag::new("CUSTOMER_FEEDBACK", Rule::new(code::TAG, "feedback", PAGE)).within(7),
];
static WIRE: Capabilities = Capabilities::new(Platform::MESSENGER, TextLimit::Bytes(4))
    .with_window(24, 7)
    .with_private_replies(7)
    .with_broadcasts(4)
    .with_attachments(&[AttachmentKind::Image, AttachmentKind::File])
    .with_abilities(TAKES, LIMITS)
    .with_rules(&[], &[], TAGS)
    .with_metadata_echo();

fn t0() -> DateTime<Utc> {
    "2026-09-01T12:00:00Z".parse().unwrap()
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn person() -> ScopedId {
    "7".parse().unwrap()
}

fn say(body: Body) -> Outgoing {
    Outgoing::new(person(), body)
}

fn hi() -> Outgoing {
    Outgoing::text(person(), "hi")
}

fn opened(at: DateTime<Utc>) -> Conversation {
    Conversation { last_inbound: Some(at), last_activity: Some(at), ..Conversation::default() }
}

/// One message, by a person, in a conversation that was opened at noon.
struct Try {
    outgoing: Outgoing,
    writer: Writer,
    conversation: Option<Conversation>,
    facts: Facts,
    road: Road,
    now: DateTime<Utc>,
}

impl Try {
    fn of(outgoing: Outgoing) -> Self {
        let conversation = Some(opened(t0()));
        Self { outgoing, writer: Writer::Person, conversation, facts: Facts::default(), road: Road::FACEBOOK, now: t0() + seconds(1) }
    }

    fn after(mut self, span: TimeDelta) -> Self {
        self.now = t0() + span;
        self
    }

    fn knowing(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    fn check(&self) -> Result<Leave, Refusal> {
        let account: AccountId = "messenger:1".parse().unwrap();
        let case = Case::new(&self.outgoing, &account, &self.road, &self.facts, self.now);
        let checked = check(&case.by(self.writer).within(self.conversation.as_ref()), &WIRE);
        // Whatever is refused by a rule names it, and something that would be allowed.
        if let Err(refusal) = &checked {
            assert!(refusal.rule().is_some() && !refusal.allowed().is_empty(), "{refusal:?}");
        }
        checked
    }

    /// The rule that is against it.
    fn rule(&self) -> Option<String> {
        self.check().err().map(|refusal| refusal.rule().unwrap_or(refusal.code()).to_owned())
    }

    fn allowed(&self) -> Vec<Allowed> {
        self.check().unwrap_err().allowed()
    }
}

#[test]
fn the_window_closes_on_the_second() {
    let (day, week) = (TimeDelta::hours(24), TimeDelta::days(7));
    let human = |after| Try::of(hi().for_purpose(Purpose::HumanAgent)).after(after);
    let open = Try::of(hi()).after(day - seconds(1)).check().unwrap();
    assert_eq!(open.until, Some(t0() + day));
    let closed = Refusal::WindowClosed { since: Some(t0() + day), human_agent_until: Some(t0() + week) };
    assert_eq!(Try::of(hi()).after(day).check(), Err(closed));
    assert_eq!(Try::of(hi()).after(day).allowed(), [Allowed::HumanAnswer { until: t0() + week }, Allowed::OncePersonWrites]);
    assert_eq!(human(week - seconds(1)).check().unwrap().until, Some(t0() + week));
    let over = Refusal::WindowClosed { since: Some(t0() + day), human_agent_until: None };
    assert_eq!(human(week).check(), Err(over.clone()));
    assert_eq!(Try::of(hi()).after(week).check(), Err(over));

    let mut stranger = Try::of(hi());
    stranger.conversation = None;
    assert_eq!(stranger.check(), Err(Refusal::UnknownPerson));
    stranger.conversation = Some(Conversation::default());
    assert_eq!(stranger.check(), Err(Refusal::WindowClosed { since: None, human_agent_until: None }));
}

/// Or what a person sends on the second day is refused at the end, without a word beforehand.
#[test]
fn reactions_and_stickers_are_taken_within_the_standard_window_only_whatever_they_are_sent_for() {
    let (day, week) = (TimeDelta::hours(24), TimeDelta::days(7));
    for body in [Body::Reaction { message: "m_1".parse().unwrap(), emoji: None }, Body::Sticker("7".parse().unwrap())] {
        for purpose in [Purpose::Response, Purpose::HumanAgent] {
            let tried = |after| Try::of(say(body.clone()).for_purpose(purpose.clone())).after(after);
            assert_eq!(tried(day - seconds(1)).check().unwrap().until, Some(t0() + day));
            assert_eq!(tried(day).rule().as_deref(), Some(code::STANDARD_ONLY), "{purpose:?} {body:?}");
            assert_eq!(tried(day).allowed(), [Allowed::HumanAnswer { until: t0() + week }, Allowed::OncePersonWrites]);
            assert_eq!(tried(week).allowed(), [Allowed::OncePersonWrites]);
        }
    }
}

#[test]
fn a_program_never_passes_for_a_person() {
    for (after, instead) in [(seconds(1), Allowed::OrdinaryAnswer), (TimeDelta::days(2), Allowed::OncePersonWrites)] {
        let mut by_program = Try::of(hi().for_purpose(Purpose::HumanAgent)).after(after);
        by_program.writer = Writer::Program;
        assert_eq!((by_program.rule().as_deref(), by_program.allowed()), (Some(code::BY_HAND), vec![instead]));
        by_program.writer = Writer::Person;
        assert!(by_program.check().is_ok());
    }
    let mut ordinary = Try::of(hi());
    ordinary.writer = Writer::Program;
    assert!(ordinary.check().is_ok(), "a program may answer within the window");
}

#[test]
fn a_tag_is_over_on_its_day_and_one_that_lives_has_its_days() {
    let tagged = |name: &str| hi().for_purpose(Purpose::Tagged(name.into()));
    let mut update = Try::of(tagged("ACCOUNT_UPDATE"));
    for (now, rule) in [("2026-04-26T23:59:59Z", None), ("2026-04-27T00:00:00Z", Some(code::TAG))] {
        update.now = now.parse().unwrap();
        update.conversation = Some(opened("2020-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(update.rule().as_deref(), rule, "{now}");
    }
    assert!(update.check().unwrap_err().to_string().contains("2026-04-27"));
    let week = TimeDelta::days(7);
    assert_eq!(Try::of(tagged("CUSTOMER_FEEDBACK")).after(week - seconds(1)).check().unwrap().until, Some(t0() + week));
    assert_eq!(Try::of(tagged("CUSTOMER_FEEDBACK")).after(week).rule().as_deref(), Some(code::TAG));
    assert_eq!(Try::of(tagged("NEWS")).allowed(), [Allowed::OrdinaryAnswer]);
}

fn to_comment(body: Body) -> Outgoing {
    Outgoing::new(Recipient::Comment { comment: "9_1".parse().unwrap(), by: None }, body)
}

#[test]
fn a_comment_has_one_private_reply_within_its_week_and_that_opens_nothing() {
    let reply = || to_comment(Body::Text("hi".into()));
    let facts = |comment: CommentFacts| Facts::default().with_comment(comment);
    let comment = CommentFacts::new(t0());
    let week = TimeDelta::days(7);
    let cases: [(&str, Try, Option<&str>); 9] = [
        ("in time", Try::of(reply()).after(week - seconds(1)).knowing(facts(comment.clone())), None),
        ("too late", Try::of(reply()).after(week).knowing(facts(comment.clone())), Some(code::REPLY_DAYS)),
        ("twice", Try::of(reply()).knowing(facts(comment.clone().answered(true))), Some(code::REPLY_ONCE)),
        ("never told", Try::of(reply()), Some(code::REPLY_KNOWN)),
        ("taken away", Try::of(reply()).knowing(facts(comment.clone().removed(true))), Some(code::REPLY_KNOWN)),
        ("live", Try::of(reply()).after(TimeDelta::hours(4) - seconds(1)).knowing(facts(comment.clone().live(true))), None),
        ("live no more", Try::of(reply()).after(TimeDelta::hours(4)).knowing(facts(comment.clone().live(true))), Some(code::REPLY_LIVE)),
        ("quoting", Try::of(reply().in_reply_to("m_1".parse().unwrap())).knowing(facts(comment.clone())), Some(code::REPLY_CONTENT)),
        ("as a human agent", Try::of(reply().for_purpose(Purpose::HumanAgent)).knowing(facts(comment.clone())), Some(code::REPLY_CONTENT)),
    ];
    for (what, mut tried, rule) in cases {
        // Whether there is a conversation, open or not, changes nothing.
        for conversation in [None, Some(Conversation::default()), Some(opened(t0()))] {
            tried.conversation = conversation;
            assert_eq!(tried.rule().as_deref(), rule, "{what}");
        }
    }
    // An outbound reply is no inbound act: the conversation it made stays closed.
    let written = Conversation { last_outbound: Some(t0()), last_activity: Some(t0()), ..Conversation::default() };
    assert_eq!(Window::of(Some(&written), &WIRE, t0()), Window::Closed { since: None });
}

#[test]
fn nobody_speaks_where_another_app_does() {
    let mut tried = Try::of(hi());
    let mut conversation = opened(t0());
    conversation.ownership = Some(Register::new(t0(), Ownership::Other));
    tried.conversation = Some(conversation);
    let owned = |app: Option<&str>| {
        Err(Refusal::OwnedElsewhere { until: Some(t0() + TimeDelta::hours(24)), app: app.map(|app| app.parse().unwrap()) })
    };
    assert_eq!((tried.check(), tried.allowed()), (owned(None), vec![Allowed::InTheOwningApp]));
    let named = Register::new(t0(), Ownership::App("77".parse().unwrap()));
    tried.conversation.as_mut().unwrap().ownership = Some(named);
    assert_eq!(tried.check(), owned(Some("77")));
    // A day after the person last wrote the other app has it no more; then the window is closed too, save for a person.
    tried.now = t0() + TimeDelta::hours(24);
    assert!(matches!(tried.check(), Err(Refusal::WindowClosed { .. })));
}

#[test]
fn every_refusal_reads_back_as_it_was_stored() {
    let refused = Try::of(say(Body::Heart)).check().unwrap_err();
    let stored = serde_json::to_string(&BTreeMap::from([("refusal", &refused)])).unwrap();
    let read: BTreeMap<String, Refusal> = serde_json::from_str(&stored).unwrap();
    assert_eq!(read["refusal"], refused);
}

/// If this failed, whatever waited in the outbox of an older program would be stuck there.
#[test]
fn an_intent_of_an_older_program_was_written_by_a_person_for_a_person() {
    let intent = crate::testing::Scene::new("o", "messenger:1", "7").intent(1, "k", "hi", 5);
    let mut stored = serde_json::to_value(&intent).unwrap();
    stored.as_object_mut().unwrap().remove("writer");
    assert_eq!(stored["outgoing"]["to"], "7");
    assert_eq!(stored["outgoing"].get("quick_replies"), None);
    assert_eq!(serde_json::from_value::<crate::Intent>(stored).unwrap(), intent);
}

/// Or a word goes out as a reaction, and is refused at the end.
#[test]
fn a_reaction_is_one_emoji() {
    let react = |emoji: &str| super::content::reaction(emoji).err().and_then(|refusal| refusal.rule().map(str::to_owned));
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    for emoji in [
        "\u{1f44d}",
        "\u{1f44d}\u{1f3fd}",
        family,
        "\u{2764}",
        "\u{2764}\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "\u{1f1ec}\u{1f1e7}",
        "\u{1f170}",
        "love",
    ] {
        assert_eq!(react(emoji), None, "{emoji}");
    }
    for other in ["hello", "a", "7", "!", "\u{e9}", "\u{5728}", "\u{1f44d}\u{1f44d}", "smile"] {
        assert_eq!(react(other).as_deref(), Some(code::REACTION), "{other}");
    }
}

#[test]
fn what_is_refused_names_what_is_taken_instead() {
    assert!(matches!(Try::of(say(Body::Heart)).allowed()[..], [Allowed::Text { .. }]));
    let closed = Refusal::WindowClosed { since: None, human_agent_until: None };
    assert!(!closed.remedy().what.contains("human agent"), "after seven days nobody answers as one");
}
