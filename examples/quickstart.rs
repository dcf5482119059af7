//! The whole job against the sandbox: link a Page and its Instagram account, receive and answer on both, read what was before.
//!
//! `cargo run --example quickstart`, with `--sandbox FACEBOOK_URL INSTAGRAM_URL` against one that runs already, `--db FILE` to keep the
//! database, `--json` for one object per step. With `--live` against Meta: it says which variables it needs, prints where to sign in, links
//! what is suggested and prints messages as they come.

#[path = "quickstart/live.rs"]
mod live;
#[path = "quickstart/options.rs"]
mod options;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures::StreamExt;
use link_kit::{
    BackfillState, Hosts, IntentState, KeyRing, Link, LinkKit, Meta, PageQuery, Platform, Preferences, Road, Subscription, Synchronisation,
    Viewer,
};
use link_sandbox::{Controls, Decision, Sandbox};
use options::Options;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let ended = if options.live { live::run(&options).await } else { run(&options).await };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    if options.json {
        println!("{}", json!({"step": "done", "ok": false, "error": error.to_string()}));
    }
    eprintln!("quickstart failed: {error}");
    ExitCode::FAILURE
}

async fn run(options: &Options) -> Result<()> {
    // The other side: Meta's platform, played by the sandbox.
    let own = if options.sandbox.is_empty() { Some(Sandbox::start().await?) } else { None };
    let meta = own.as_ref().map_or_else(|| Controls::new(&options.sandbox[0], &options.sandbox[1]), Sandbox::controls);

    // Our side: a kit on SQLite, its handlers on a loopback port.
    let temporary = tempfile::tempdir()?;
    let database = options.db.clone().unwrap_or_else(|| temporary.path().join("inbox.db"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let kit = LinkKit::builder()
        .meta(Meta::new("1000000000000001", "sandbox-app-secret", "sandbox-verify")?.at(Hosts::two(meta.facebook(), meta.instagram())?))
        .public_url(format!("http://{}/meta", listener.local_addr()?))
        .keys(KeyRing::new("quickstart", [7; 32]))
        .sqlite(&database)
        .build()
        .await?;
    let app = axum::Router::new().nest("/meta", kit.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let running = kit.start();
    options.say("start", format_args!("the sandbox is at {}, the database at {}", meta.facebook(), database.display()), json!({}));

    let viewer = Viewer::owner("harbour".parse()?, "robin".parse()?);
    let link = link(options, &kit, &viewer, &meta).await?;
    let answered = talk(options, &kit, &viewer, &meta, &link).await?;
    let history = history(options, &kit, &viewer).await?;
    if !options.json {
        println!("\n{:<12} {:<18} {:<7} newest message", "platform", "person", "unread");
        for row in kit.inbox().conversations(&viewer, &PageQuery::default()).await?.items {
            let name = row.state.shown_name().unwrap_or(row.key.peer.as_str());
            println!("{:<12} {name:<18} {:<7} {}", row.key.account.account.platform.as_str(), row.unread, row.snippet.unwrap_or_default());
        }
        println!();
    }
    let sentence = format!("{answered} received, {answered} answered, their echoes matched, {history} older messages read");
    options.say("done", sentence, json!({"received": answered, "answered": answered, "echoes_matched": answered, "history": history}));
    running.stop().await;
    Ok(())
}

/// Signs in, walks the four stages and confirms.
async fn link(options: &Options, kit: &LinkKit, viewer: &Viewer, meta: &Controls) -> Result<Link> {
    let linking = kit.linking();
    let setup = linking.begin(viewer).await?.id;
    let dialog = linking.dialog(viewer, setup, &Road::FACEBOOK, None).await?;
    let came_back = meta.sign_in(&dialog, &Decision::allow()).await?;
    let found = linking.signed_in(viewer, &came_back).await?.setup.candidates;
    let page = found.iter().find(|found| found.account.platform == Platform::MESSENGER).ok_or("no Page was found")?;
    let instagram = found.iter().find(|found| found.via.as_ref() == Some(&page.account.id)).ok_or("the Page has no Instagram account")?;
    let facts = json!({"page": page.name, "instagram": instagram.username});
    options.say("sign-in", format_args!("found {} with {}", page.name, instagram.account), facts);

    linking.choose(viewer, setup, vec![page.account.clone(), instagram.account.clone()]).await?;
    linking.prefer(viewer, setup, Preferences::default()).await?;
    linking.synchronise(viewer, setup, Synchronisation::default()).await?;
    let review = linking.review(viewer, setup).await?;
    options.say("review", review.to_text().replace('\n', "\n            "), json!({"grants": review.grants}));
    let confirmed = linking.confirm(viewer, setup, &review.digest()).await?;
    for connection in &confirmed.connections {
        if let Subscription::Wanted { cause, .. } = &connection.subscription {
            return Err(format!("{} is not subscribed: {}", connection.account(), cause.as_deref().unwrap_or("not tried yet")).into());
        }
    }
    options.say("confirm", "linked both accounts and subscribed their webhooks", json!({"accounts": confirmed.link.accounts}));
    Ok(confirmed.link)
}

/// Customers write on both platforms; each is answered where they are, and the echo has to be the message that we sent.
async fn talk(options: &Options, kit: &LinkKit, viewer: &Viewer, meta: &Controls, link: &Link) -> Result<usize> {
    let mut alerts = kit.alerts(viewer);
    for account in &link.accounts {
        let customer = if account.platform == Platform::MESSENGER { "c1" } else { "c5" };
        meta.customer_writes(customer, account.id.as_str(), "Is the shop open on Sunday?").await?;
    }
    for _ in &link.accounts {
        let alert = tokio::time::timeout(PATIENCE, alerts.next()).await.map_err(|_| "no message arrived")?.ok_or("the alerts ended")??;
        let message = kit.inbox().message(viewer, &alert.key()).await?.ok_or("an alert without its message")?;
        let text = message.state.text().unwrap_or_default();
        let facts = json!({"account": alert.account, "text": text});
        options.say("receive", format_args!("from {} on {}: {text}", alert.peer, alert.account.platform), facts);

        let id = kit.inbox().answer(viewer, &alert.conversation(), "Yes, from ten to four.", alert.id.as_str()).await?.id;
        until(async || {
            let intent = kit.inbox().intent(viewer, id).await?.ok_or("the intent vanished")?;
            if let IntentState::Failed { failure } = &intent.state {
                return Err(failure.to_string().into());
            }
            let Some(sent) = intent.message() else { return Ok(None) };
            Ok(kit.inbox().message(viewer, &sent).await?.filter(|row| row.state.told.live && row.state.intent == Some(id)))
        })
        .await?;
        options.say("answer", format_args!("sent on {}, and its echo is the same message", alert.account.platform), json!({"intent": id}));
    }
    Ok(link.accounts.len())
}

/// Waits until everything from before is here, as far as the platform shows it.
async fn history(options: &Options, kit: &LinkKit, viewer: &Viewer) -> Result<u32> {
    let done = until(async || {
        let all = kit.inbox().backfills(viewer).await?;
        Ok(all.iter().all(|backfill| !matches!(backfill.state, BackfillState::Waiting { .. })).then_some(all))
    });
    let (read, hidden) = done.await?.iter().fold((0, 0), |sum, backfill| (sum.0 + backfill.messages, sum.1 + backfill.unreadable));
    options.say(
        "history",
        format_args!("{read} older messages read; {hidden} more are listed but not shown by Instagram"),
        json!({"read": read}),
    );
    Ok(read)
}

const PATIENCE: Duration = Duration::from_secs(30);

async fn until<T>(mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("it took too long".into())
}
