//! One webhook body in, one JSON line per event out: `cargo run --example decode < body.json`.
//!
//! The body goes the way it goes in production: verified if a signature was given, split, decoded. What is printed is the events in
//! words that scripts can rely on. Exit 0 for a delivery, 2 for what is none, 3 for a signature that does not match.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Parser;
use link_core::words::content::{Content, ReplyTo};
use link_core::words::envelope::Item;
use link_core::words::event::{Channel, Direction, Event, Receipt, Said};
use link_core::words::ids::{ExternalId, MessageId, ScopedId};
use link_core::words::ports::{Decoder, Delivery, Intake, Received};
use link_core::words::raw::Raw;
use link_core::{Road, Secret};
use link_graph::decode::Catalogue;
use link_graph::webhook::{Gatehouse, split};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::{RawValue, Value};

/// Reads one webhook body from standard input and prints one JSON object per event.
#[derive(Parser)]
struct Options {
    /// An app secret the signature may be made with; may be repeated.
    #[arg(long = "secret", value_name = "S", requires = "signature", allow_hyphen_values = true)]
    secrets: Vec<String>,
    /// The whole value of the X-Hub-Signature-256 header.
    #[arg(long, value_name = "HEADER", requires = "secrets", allow_hyphen_values = true)]
    signature: Option<String>,
    /// Prints each object over several lines.
    #[arg(long)]
    pretty: bool,
}

/// Why nothing was printed: the exit code and one line for standard error.
struct Failure(u8, String);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(1, error.to_string())
    }
}

fn main() -> ExitCode {
    match Options::try_parse().map_or_else(|error| usage(&error), |options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, why)) => {
            eprintln!("decode: {why}");
            ExitCode::from(code)
        }
    }
}

fn usage(error: &clap::Error) -> Result<(), Failure> {
    if error.use_stderr() {
        let text = error.to_string();
        return Err(Failure(2, text.lines().next().unwrap_or("wrong usage").to_owned()));
    }
    Ok(error.print()?)
}

fn run(options: &Options) -> Result<(), Failure> {
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body)?;
    let items = match receive(options, &body)? {
        Received::Items(items) => items,
        Received::Poisoned(poisoned) => return Err(Failure(2, poisoned.reason.to_owned())),
    };
    let mut lines = Vec::new();
    for item in &items {
        for event in Catalogue.decode(item).iter().filter(|event| !is_empty_entry(event)) {
            let line = Line::new(item, event);
            let written =
                if options.pretty { serde_json::to_writer_pretty(&mut lines, &line) } else { serde_json::to_writer(&mut lines, &line) };
            written.map_err(io::Error::from)?;
            lines.push(b'\n');
        }
    }
    Ok(io::stdout().write_all(&lines)?)
}

/// A body with a signature is verified as in production; one without goes straight to the splitter.
fn receive(options: &Options, body: &[u8]) -> Result<Received, Failure> {
    let Some(signature) = &options.signature else {
        return Ok(split(body, &Road::FACEBOOK, Utc::now()));
    };
    let secrets = options.secrets.iter().map(|secret| (Road::FACEBOOK, Secret::new(secret.as_str())));
    let gatehouse = Gatehouse::new(secrets).map_err(|_| Failure(2, "a secret must not be empty".to_owned()))?;
    gatehouse.receive(&Delivery::new(body, Utc::now()).signed(Some(signature), None)).map_err(|rejected| Failure(3, rejected.to_string()))
}

/// An entry without items tells nothing that could be printed.
fn is_empty_entry(event: &Event) -> bool {
    event.channel == Channel::Entry && matches!(event.said, Said::Notice(_))
}

/// What is printed of an event.
#[derive(Serialize)]
struct Line<'a> {
    platform: &'a str,
    channel: Option<&'static str>,
    kind: String,
    direction: &'static str,
    account: Option<&'a str>,
    sender: Option<&'a str>,
    recipient: Option<&'a str>,
    at: Option<String>,
    #[serde(flatten)]
    said: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Box<RawValue>>,
}

impl<'a> Line<'a> {
    fn new(item: &'a Item, event: &'a Event) -> Self {
        let (value, raw) = match &event.said {
            Said::Changed { value, .. } => (value.as_ref().and_then(compact), None),
            Said::Commented(_) => (change(item).and_then(|change| compact(&change.value)), None),
            Said::Unknown(raw) => (None, compact(raw)),
            _ => (None, None),
        };
        Self {
            platform: item.platform.as_str(),
            channel: channel(event.channel),
            kind: kind(item, &event.said),
            direction: if event.direction == Direction::Outbound { "outbound" } else { "inbound" },
            account: item.account.as_ref().map(ExternalId::as_str),
            // Who commented stands in the value.
            sender: event.sender.as_ref().filter(|_| !matches!(event.said, Said::Commented(_))).map(ScopedId::as_str),
            recipient: event.recipient.as_ref().map(ScopedId::as_str),
            at: event.at.map(|moment| time(moment.at)),
            said: fields(event),
            value,
            raw,
        }
    }
}

fn channel(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Messaging => Some("messaging"),
        Channel::Standby => Some("standby"),
        // Both came in `changes[]`.
        Channel::Changes | Channel::Grants => Some("changes"),
        _ => None,
    }
}

fn kind(item: &Item, said: &Said) -> String {
    match (said, change(item)) {
        (Said::Changed { field, .. }, _) => format!("change:{field}"),
        (Said::Commented(_), Some(change)) => format!("change:{}", change.field),
        _ => said.kind().to_owned(),
    }
}

/// A change as it came.
#[derive(Deserialize)]
struct Change {
    field: String,
    value: Raw,
}

fn change(item: &Item) -> Option<Change> {
    serde_json::from_str(item.body.as_str()).ok()
}

/// The fields of one kind of event; those without a value are left out.
fn fields(event: &Event) -> Value {
    let mut fields = match &event.said {
        Said::Message(message) => content(message),
        Said::Edited(edit) => json!({ "mid": mid(edit.message.as_ref()), "text": edit.text }),
        Said::Unsent(message) => json!({ "mid": mid(message.as_ref()) }),
        Said::Reacted(reaction) => json!({ "reaction": {
            "action": reaction.action,
            "emoji": reaction.emoji,
            "reaction": reaction.word,
            "mid": mid(reaction.message.as_ref()),
        } }),
        Said::Read(receipt) | Said::Delivered(receipt) => marks(receipt),
        Said::Postback(postback) => json!({ "mid": mid(postback.message.as_ref()), "payload": postback.payload }),
        Said::Notice(notice) => json!({ "mid": mid(notice.message.as_ref()) }),
        _ => json!({}),
    };
    fields["sender_ref"] = json!(event.sender_ref);
    if let Value::Object(fields) = &mut fields {
        fields.retain(|_, value| !value.is_null());
    }
    fields
}

fn content(message: &Content) -> Value {
    let attachments: Vec<_> = message.attachments.iter().map(|one| json!({ "kind": one.kind, "url": one.url })).collect();
    let reply_to = message.reply_to.as_ref().map(|target| match target {
        ReplyTo::Message(message) => json!({ "mid": message.as_str() }),
        ReplyTo::Story { id, url } => json!({ "story": { "id": id, "url": url } }),
        _ => Value::Null,
    });
    json!({
        "mid": mid(message.id.as_ref()),
        "text": message.text,
        "attachments": Some(attachments).filter(|attachments| !attachments.is_empty()),
        "reply_to": reply_to,
        "quick_reply": message.quick_reply,
        "app_id": message.echo.as_ref().and_then(|echo| echo.app_id.as_ref()),
    })
}

fn marks(receipt: &Receipt) -> Value {
    json!({ "watermark": receipt.watermark.map(time), "mids": receipt.messages })
}

fn mid(message: Option<&MessageId>) -> Option<&str> {
    message.map(MessageId::as_str)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The same JSON on one line: digits and escapes as they were sent, without the space between tokens.
fn compact(raw: &Raw) -> Option<Box<RawValue>> {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |c: &char| {
        let kept = quoted || !c.is_ascii_whitespace();
        quoted ^= *c == '"' && !escaped;
        escaped = quoted && *c == '\\' && !escaped;
        kept
    };
    RawValue::from_string(raw.as_str().chars().filter(keep).collect()).ok()
}
