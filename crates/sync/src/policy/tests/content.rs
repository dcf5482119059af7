//! What a message may be made of.

use super::*;

#[test]
fn a_text_is_measured_in_the_platforms_own_unit() {
    let text = |text: &str| Try::of(say(Body::Text(text.into()))).check();
    assert!(text("four").is_ok() && text("\u{e9}\u{e9}").is_ok());
    assert_eq!(text("\u{e9}\u{e9}\u{e9}"), Err(Refusal::TooLong { length: 6, limit: 4, unit: "bytes".into() }));
    assert_eq!(text(" \n"), Err(Refusal::Empty));
    assert_eq!(Try::of(say(Body::Gone)).check(), Err(Refusal::Empty));
    assert_eq!(Try::of(hi().with_metadata("5 5 5 ")).rule().as_deref(), Some(code::METADATA));
}

fn picture(number: u8) -> Media {
    Media::at(AttachmentKind::Image, format!("https://x.test/{number}.png"))
}

#[test]
fn attachments_have_their_number_mix_address_and_format() {
    let several = |media: Vec<Media>| Try::of(say(Body::Attachments(media)));
    let document = |url: &str| Media::at(AttachmentKind::File, url);
    let sound = Media::at(AttachmentKind::Audio, "https://x.test/a.mp3");
    let like = |what: &str| vec![Allowed::Like { what: what.into() }];
    let open = "an address that begins with https:// and is open to everybody";
    let rows: Vec<(Vec<Media>, Option<&str>, Vec<Allowed>)> = vec![
        ((1..=3).map(picture).collect(), None, vec![]),
        ((1..=4).map(picture).collect(), Some(code::TOGETHER), vec![Allowed::AtMost { most: 3 }]),
        (vec![picture(1), document("https://x.test/a.pdf")], Some(code::MIX), vec![Allowed::OneByOne]),
        (vec![document("https://x.test/a.PDF?v=1.docx")], None, vec![]),
        (vec![document("https://x.test/a.docx#a.pdf")], Some(code::FORMAT), vec![Allowed::Endings { endings: vec!["pdf".into()] }]),
        (vec![document("https://x.test/download?id=7")], None, vec![]),
        (vec![Media::at(AttachmentKind::Image, "https://x.test/a.mp4")], Some(code::FORMAT), like("a file with the ending of pictures")),
        (vec![Media::at(AttachmentKind::Image, "http://x.test/a.png")], Some(code::ADDRESS), like(open)),
        (vec![Media::at(AttachmentKind::Image, "https:///a.png")], Some(code::ADDRESS), like(open)),
        (vec![sound], Some(code::FORM), vec![Allowed::Kinds { kinds: vec![AttachmentKind::Image, AttachmentKind::File] }]),
    ];
    for (media, rule, allowed) in rows {
        let tried = several(media);
        assert_eq!(tried.rule().as_deref(), rule);
        assert!(rule.is_none() || tried.allowed() == allowed, "{:?}", tried.check());
    }
    assert_eq!(several(vec![]).check(), Err(Refusal::Empty));
    let misnamed = Media::at(AttachmentKind::Image, "https://x.test/a.pdf");
    assert_eq!(several(vec![misnamed.clone()]).allowed(), [Allowed::Kinds { kinds: vec![AttachmentKind::File] }]);
    let among = several(vec![picture(1), misnamed]).allowed();
    assert_eq!(among, like("a file with the ending of pictures"), "a kind is named that stands together with nothing");
}

#[test]
fn an_uploaded_file_is_forgotten_on_the_second() {
    let id: ExternalId = "99".parse().unwrap();
    let days = TimeDelta::days(90);
    let send = |after| {
        let facts = Facts::default().with_upload(id.clone(), t0() + days);
        let mut tried =
            Try::of(say(Body::Attachments(vec![Media::uploaded(AttachmentKind::Image, id.clone())]))).after(after).knowing(facts);
        tried.conversation = Some(opened(t0() + after));
        tried
    };
    assert!(send(days - seconds(1)).check().is_ok());
    assert_eq!((send(days).rule().as_deref(), send(days).allowed()), (Some(code::UPLOAD_DAYS), vec![Allowed::UploadAgain]));
}

#[test]
fn a_file_is_judged_before_a_byte_of_it_leaves() {
    use AttachmentKind::{Audio, File, Image};

    let judged =
        |kind, name, bytes| check_file(FileFacts::new(kind, name, bytes), &WIRE).err().map(|refusal| refusal.rule().unwrap().to_owned());
    for (kind, name, bytes, rule) in [
        (Image, "a.png", 80, None),
        (Image, "a.png", 81, Some(code::SIZE)),
        (Image, "a.mp4", 8, Some(code::FORMAT)),
        (File, "offer.pdf", 250, None),
        (File, "off\u{e9}r.pdf", 250, Some(code::NAME)),
        (File, "offer.pdf", 0, Some(code::EMPTY)),
        (Audio, "a.mp3", 1, Some(code::FORM)),
    ] {
        assert_eq!(judged(kind, name, bytes).as_deref(), rule, "{name} of {bytes}");
    }
}

#[test]
fn quick_replies_and_templates_have_their_numbers_and_lengths() {
    let asking = |replies: Vec<QuickReply>| Try::of(hi().with_quick_replies(replies)).rule();
    let reply = |title: &str, payload: &str| QuickReply::text(title, payload);
    assert_eq!(asking(vec![reply("four", "6 6 6 "), reply("a", "")]), None);
    for wrong in [vec![reply("fives", "")], vec![reply(" ", "")], vec![reply("a", "7 7 7 7")], vec![reply("a", ""); 3]] {
        assert_eq!(asking(wrong).as_deref(), Some(code::CHOICES));
    }
    let link = |title: &str, url: &str| Button::Link { title: title.into(), url: url.into() };
    let text = |text: &str, buttons: Vec<Button>| Try::of(say(Body::Template(Template::Buttons { text: text.into(), buttons }))).rule();
    assert_eq!(text("8 8 8 8 ", vec![link("four", "https://x.test")]), None);
    assert_eq!(text("9 9 9 9 9", vec![link("four", "https://x.test")]).as_deref(), Some(code::TEMPLATE));
    assert_eq!(text("a", vec![]).as_deref(), Some(code::TEMPLATE));
    assert_eq!(text("a", vec![link("four", "http://x.test")]).as_deref(), Some(code::ADDRESS));
    assert_eq!(text("a", vec![link("a", "https://x.test"); 3]).as_deref(), Some(code::TEMPLATE));
    let card = |title: &str| {
        let mut card = Card::new(title);
        card.subtitle = Some("b".into());
        card
    };
    let cards = |titles: &[&str]| Try::of(say(Body::Template(Template::Generic(titles.iter().map(|title| card(title)).collect())))).rule();
    assert_eq!(cards(&["fives", "a"]), None);
    for wrong in [&["sixsix"][..], &[], &["a", "b", "c"]] {
        assert_eq!(cards(wrong).as_deref(), Some(code::TEMPLATE));
    }
    let bare = Try::of(say(Body::Template(Template::Generic(vec![Card::new("a")]))));
    assert_eq!(bare.rule().as_deref(), Some(code::TEMPLATE), "a card with nothing but a title is refused at the end");
    let mut led = Card::new("a");
    led.url = Some("https://x.test".into());
    assert_eq!(Try::of(say(Body::Template(Template::Generic(vec![led])))).rule(), None);
}

#[test]
fn what_the_platform_or_the_account_lacks_is_known_beforehand() {
    let sticker = || Try::of(say(Body::Sticker("369".parse().unwrap())));
    let mut early = sticker();
    early.now = "2026-05-31T23:59:59Z".parse().unwrap();
    let refused = early.check().unwrap_err();
    assert_eq!((refused.rule(), refused.until()), (Some(code::FORM), Some("2026-06-01T00:00:00Z".parse().unwrap())));
    assert!(sticker().check().is_ok());
    assert_eq!(Try::of(say(Body::Heart)).rule().as_deref(), Some(code::FORM));

    let contact = |now: &str| {
        let mut tried = Try::of(hi().with_quick_replies([QuickReply::Phone]));
        tried.now = now.parse().unwrap();
        tried.conversation = Some(opened(tried.now));
        tried
    };
    assert!(contact("2026-10-04T23:59:59Z").check().is_ok());
    assert_eq!(contact("2026-10-05T00:00:00Z").rule().as_deref(), Some(code::FORM));
    assert!(matches!(contact("2026-10-05T00:00:00Z").allowed()[..], [Allowed::Without { .. }]));

    let two = || Try::of(say(Body::Attachments(vec![picture(1), picture(2)])));
    let learnt = Facts::default().lacking(Form::Several, t0() + seconds(10));
    let refused = two().after(seconds(9)).knowing(learnt.clone()).check().unwrap_err();
    assert_eq!(
        (refused.rule(), refused.until(), refused.allowed()),
        (Some(code::ACCOUNT), Some(t0() + seconds(10)), vec![Allowed::OneByOne])
    );
    assert!(two().after(seconds(10)).knowing(learnt).check().is_ok(), "what was refused once is tried again some day");

    let mut quoting = Try::of(hi().in_reply_to("m_1".parse().unwrap()));
    assert_eq!(quoting.check().unwrap().doubts, Vec::<&str>::new());
    quoting.road = Road::INSTAGRAM;
    assert_eq!(quoting.check().unwrap().doubts, ["in the specification only"]);
}

#[test]
fn a_story_goes_as_a_link_and_a_post_also_by_its_picture() {
    let post = || {
        let mut post = SharedPost::new("instagram:5".parse().unwrap(), "17".parse().unwrap());
        post.title = Some("New".into());
        post.permalink = Some("https://www.instagram.com/p/x/".into());
        post
    };
    let shared = |change: &dyn Fn(&mut SharedPost)| {
        let mut post = post();
        change(&mut post);
        Try::of(say(Body::Post(post)))
    };
    assert!(shared(&|_| {}).check().is_ok());
    assert!(shared(&|post| post.media = Some(picture(1))).check().is_ok());
    assert!(shared(&|post| post.story = true).check().is_ok());
    let story = shared(&|post| (post.story, post.media) = (true, Some(picture(1))));
    assert_eq!((story.rule().as_deref(), story.allowed()), (Some(code::SHARED), vec![Allowed::Link]));
    for wrong in [&(|post: &mut SharedPost| post.title = None) as &dyn Fn(&mut SharedPost), &|post| post.permalink = None] {
        assert_eq!(shared(wrong).rule().as_deref(), Some(code::SHARED));
    }
    let own = SharedPost::new("messenger:1".parse().unwrap(), "17".parse().unwrap());
    assert_eq!(Try::of(say(Body::Post(own))).rule().as_deref(), Some(code::FORM));
}
