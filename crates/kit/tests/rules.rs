//! Every rule of both platforms, refused once. If this failed, somebody would be told that they may not, and not by which rule, until when, or what
//! they may instead.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use chrono::{DateTime, TimeDelta, Utc};
use link_core::words::capabilities::{Capabilities, Form};
use link_core::words::ids::{AccountId, ExternalId, ScopedId};
use link_core::words::outgoing::{
    AttachmentKind, Body, Button, Card, Media, Outgoing, Purpose, QuickReply, Recipient, SharedPost, Template, Writer,
};
use link_core::words::platform::Road;
use link_core::words::refusal::{Allowed, Refusal};
use link_core::words::rules::code;
use link_sync::{AccountState, Case, CommentFacts, Conversation, Facts, FileFacts, Ownership, Register, Restriction, check, check_file};

const PLATFORMS: [&Capabilities; 2] = [&link_messenger::CAPABILITIES, &link_instagram::CAPABILITIES];
/// What no refusal names: its end is told by the refusal of the standard window, as what a person may still do.
const TOLD_OTHERWISE: &[&str] = &[code::HUMAN_AGENT];
/// Those that time ends.
const ENDING: &[&str] = &[code::OWNER, code::ACCOUNT, code::RESTRICTED];

fn now() -> DateTime<Utc> {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

/// A message that a person wrote an hour after the other one did.
struct Try {
    outgoing: Outgoing,
    writer: Writer,
    facts: Facts,
    conversation: Conversation,
}

impl Try {
    fn of(body: Body) -> Self {
        Self::saying(Outgoing::new("7".parse::<ScopedId>().unwrap(), body))
    }

    fn saying(outgoing: Outgoing) -> Self {
        let mut conversation = Conversation::default();
        conversation.last_inbound = Some(now() - TimeDelta::hours(1));
        Self { outgoing, writer: Writer::Person, facts: Facts::default(), conversation }
    }

    /// A private reply to a comment that was written then.
    fn replying(at: DateTime<Utc>, change: impl Fn(CommentFacts) -> CommentFacts) -> Self {
        let to = Recipient::Comment { comment: "9_1".parse().unwrap(), by: None };
        let facts = Facts::default().with_comment(change(CommentFacts::new(at)));
        Self { facts, ..Self::saying(Outgoing::text(to, "hello")) }
    }

    fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.outgoing = self.outgoing.for_purpose(purpose);
        self
    }

    fn hours_later(mut self, hours: i64) -> Self {
        self.conversation.last_inbound = Some(now() - TimeDelta::hours(hours));
        self
    }

    fn refused(&self, platform: &Capabilities) -> Option<Refusal> {
        let (account, road) = (AccountId::new(platform.platform.clone(), id("1")), Road::FACEBOOK);
        let case = Case::new(&self.outgoing, &account, &road, &self.facts, now());
        check(&case.by(self.writer).within(Some(&self.conversation)), platform).err()
    }
}

fn id(id: &str) -> ExternalId {
    id.parse().unwrap()
}

fn at(kind: AttachmentKind, url: &str) -> Media {
    Media::at(kind, url)
}

fn pictures(number: usize) -> Vec<Media> {
    vec![at(AttachmentKind::Image, "https://x.test/a.png"); number]
}

/// Something that breaks the rule of a code.
fn breaking(rule: &str) -> Try {
    let (text, files) = (|text: &str| Try::of(Body::Text(text.to_owned())), |media| Try::of(Body::Attachments(media)));
    let just_now = now() - TimeDelta::minutes(5);
    match rule {
        code::WINDOW => text("hello").hours_later(24),
        code::STANDARD_ONLY => Try::of(Body::Reaction { message: "m".parse().unwrap(), emoji: None }).hours_later(24),
        code::BY_HAND => Try { writer: Writer::Program, ..text("hello").for_purpose(Purpose::HumanAgent) },
        code::REPLY_ONCE => Try::replying(just_now, |comment| comment.answered(true)),
        code::REPLY_DAYS => Try::replying(now() - TimeDelta::days(7), |comment| comment),
        code::REPLY_LIVE => Try::replying(now() - TimeDelta::hours(4), |comment| comment.live(true)),
        code::REPLY_KNOWN => Try::replying(just_now, |comment| comment.removed(true)),
        code::REPLY_CONTENT => Try::replying(just_now, |comment| comment).for_purpose(Purpose::HumanAgent),
        code::EMPTY => text(" "),
        code::TEXT => text(&"a".repeat(2001)),
        code::METADATA => Try::saying(text("hello").outgoing.with_metadata("a".repeat(1001))),
        code::FORM => Try::of(Body::Heart),
        code::TOGETHER => files(pictures(31)),
        code::MIX => files([pictures(1), vec![at(AttachmentKind::Video, "https://x.test/a.mp4")]].concat()),
        code::ADDRESS => files(vec![at(AttachmentKind::Image, "http://x.test/a.png")]),
        code::FORMAT => files(vec![at(AttachmentKind::Image, "https://x.test/a.pdf")]),
        code::UPLOAD_DAYS => {
            let facts = Facts::default().with_upload(id("5"), just_now);
            Try { facts, ..files(vec![Media::uploaded(AttachmentKind::Image, id("5"))]) }
        }
        code::CHOICES => Try::saying(text("which?").outgoing.with_quick_replies(vec![QuickReply::text("a", "b"); 14])),
        code::TEMPLATE => Try::of(Body::Template(Template::Buttons { text: "which?".to_owned(), buttons: Vec::new() })),
        code::SHARED => Try::of(Body::Post(SharedPost::new("instagram:2".parse().unwrap(), id("3")))),
        code::REACTION => Try::of(Body::Reaction { message: "m".parse().unwrap(), emoji: Some("hello".to_owned()) }),
        code::OWNER => {
            let mut owned = text("hello");
            owned.conversation.ownership = Some(Register::new(just_now, Ownership::Other));
            owned
        }
        code::ACCOUNT => {
            let choices = text("which?").outgoing.with_quick_replies([QuickReply::text("a", "b")]);
            Try { facts: Facts::default().lacking(Form::QuickReplies, now() + TimeDelta::days(3)), ..Try::saying(choices) }
        }
        code::TAG => text("hello").for_purpose(Purpose::Tagged("ACCOUNT_UPDATE".to_owned())),
        other => panic!("nothing breaks {other}"),
    }
}

/// What is refused where the rule is broken, be it before there is a message.
fn refused(rule: &str, platform: &Capabilities) -> Option<Refusal> {
    let file = |name, bytes| check_file(FileFacts::new(AttachmentKind::Image, name, bytes), platform).err();
    match rule {
        code::SIZE => file("a.png", 26 * 1024 * 1024),
        code::NAME => file("\u{e9}.png", 9),
        code::RESTRICTED => {
            let mut state = AccountState::default();
            state.restriction = Some(Register::new(now() - TimeDelta::hours(1), Restriction { blocked: true, reason: None }));
            state.refusal(now())
        }
        // An Instagram account shares no post of another one as a link, and its own stories not at all.
        code::SHARED if platform.platform.as_str() == "instagram" => {
            let mut story = SharedPost::new("instagram:1".parse().unwrap(), id("3"));
            story.story = true;
            Try::of(Body::Post(story)).refused(platform)
        }
        code::FORM if platform.platform.as_str() == "instagram" => Try::of(Body::Sticker(id("3"))).refused(platform),
        _ => breaking(rule).refused(platform),
    }
}

fn like(what: &str) -> Allowed {
    Allowed::Like { what: what.to_owned() }
}

/// What is allowed instead of what breaks a rule above.
fn allowed(rule: &str, platform: &Capabilities) -> Vec<Allowed> {
    let on_instagram = platform.platform.as_str() == "instagram";
    let text = Allowed::Text { limit: platform.text.most(), unit: platform.text.unit().to_owned() };
    match rule {
        code::WINDOW | code::STANDARD_ONLY => {
            vec![Allowed::HumanAnswer { until: now() - TimeDelta::hours(24) + TimeDelta::days(7) }, Allowed::OncePersonWrites]
        }
        // Whoever wrote the comment has written in the conversation too.
        code::BY_HAND | code::TAG | code::REPLY_ONCE | code::REPLY_DAYS | code::REPLY_LIVE | code::REPLY_KNOWN | code::REPLY_CONTENT => {
            vec![Allowed::OrdinaryAnswer]
        }
        code::EMPTY => vec![like("a text, or an attachment that is not empty")],
        code::TEXT => vec![text, Allowed::Parts { parts: if on_instagram { 3 } else { 2 } }],
        code::METADATA => vec![like("metadata of 0 to 1000 characters")],
        code::FORM => vec![text],
        code::TOGETHER => vec![Allowed::AtMost { most: platform.limits.together }],
        code::MIX => vec![Allowed::OneByOne],
        code::ADDRESS => vec![like("an address that begins with https:// and is open to everybody")],
        code::FORMAT if on_instagram => vec![Allowed::Endings { endings: ["png", "jpg", "jpeg", "gif"].map(str::to_owned).into() }],
        code::FORMAT => vec![Allowed::Kinds { kinds: vec![AttachmentKind::File] }],
        code::UPLOAD_DAYS => vec![Allowed::UploadAgain],
        code::CHOICES => vec![Allowed::AtMost { most: 13 }],
        code::TEMPLATE => vec![like("1 to 3 buttons")],
        code::SHARED => vec![if on_instagram { Allowed::Link } else { like("a title of 1 to 80 characters") }],
        code::REACTION => vec![like("one emoji")],
        code::OWNER => vec![Allowed::InTheOwningApp],
        code::ACCOUNT => vec![Allowed::Without { what: Form::QuickReplies.as_words().to_owned() }],
        code::RESTRICTED => vec![Allowed::OnceRestored],
        code::SIZE => vec![Allowed::Bytes { most: platform.limits.file(AttachmentKind::Image).unwrap().uploaded }],
        code::NAME => vec![like("a name of letters and digits of ASCII")],
        other => panic!("nobody says what is allowed instead of {other}"),
    }
}

#[test]
fn every_rule_that_is_broken_names_itself_until_when_and_what_would_be_allowed() {
    for platform in PLATFORMS {
        let broken = code::ALL.iter().filter(|rule| platform.rule(rule, now()).is_some() && !TOLD_OTHERWISE.contains(rule));
        for rule in broken {
            let name = format!("{rule} of {}", platform.platform);
            let refusal = refused(rule, platform).unwrap_or_else(|| panic!("{name} is not refused"));
            assert_eq!(refusal.rule(), Some(*rule), "{name}: {refusal:?}");
            assert_eq!(refusal.until().is_some(), ENDING.contains(rule), "{name}: {refusal:?}");
            assert!(refusal.until().is_none_or(|until| until > now()), "{name}: {refusal:?}");
            assert_eq!(refusal.allowed(), allowed(rule, platform), "{name}");
            assert!(!refusal.remedy().what.is_empty() && !refusal.to_string().is_empty(), "{name}");
        }
    }
}

/// A program obeys what is allowed. If this failed, it would cut a text because of its metadata, or leave buttons out of a template that has none.
#[test]
fn a_part_that_is_too_long_is_not_told_as_the_text_and_too_few_not_as_too_many() {
    let long = || "a".repeat(1001);
    let template = |template| Try::of(Body::Template(template));
    let buttons = |text: &str, buttons| template(Template::Buttons { text: text.to_owned(), buttons });
    let choice = |title: &str, payload: &str| {
        Try::saying(Try::of(Body::Text("which?".into())).outgoing.with_quick_replies([QuickReply::text(title, payload)]))
    };
    let post = |title: String| {
        let mut post = SharedPost::new("instagram:2".parse().unwrap(), id("3"));
        post.title = Some(title);
        Try::of(Body::Post(post))
    };
    for (tried, instead) in [
        (template(Template::Generic(Vec::new())), "1 to 10 cards"),
        (template(Template::Products(Vec::new())), "1 to 10 products"),
        (template(Template::Generic(vec![Card::new(long())])), "a card's title of 1 to 80 characters"),
        (buttons(&long(), Vec::new()), "the text above buttons of 1 to 640 characters"),
        (buttons("a", vec![Button::Postback { title: "a".into(), payload: long() }]), "a button's payload of 1 to 1000 characters"),
        (choice(&long(), "a"), "a quick reply's title of 1 to 20 characters"),
        (choice("a", &long()), "a quick reply's payload of 0 to 1000 characters"),
        (post(long()), "a title of 1 to 80 characters"),
    ] {
        assert_eq!(tried.refused(&link_messenger::CAPABILITIES).unwrap().allowed(), [like(instead)]);
    }
    let many = buttons("a", vec![Button::Postback { title: "a".into(), payload: "b".into() }; 4]);
    assert_eq!(many.refused(&link_messenger::CAPABILITIES).unwrap().allowed(), [Allowed::AtMost { most: 3 }]);
    let blank = Try::of(Body::Reaction { message: "m".parse().unwrap(), emoji: Some(" ".to_owned()) });
    assert_eq!(blank.refused(&link_messenger::CAPABILITIES).unwrap().allowed(), [like("one emoji")]);
}

#[test]
fn how_long_a_person_may_still_answer_is_what_the_standard_window_allows() {
    for platform in PLATFORMS {
        let until = now() - TimeDelta::hours(24) + TimeDelta::days(7);
        let closed = refused(code::WINDOW, platform).unwrap();
        assert_eq!(closed.allowed(), [Allowed::HumanAnswer { until }, Allowed::OncePersonWrites]);
    }
}
