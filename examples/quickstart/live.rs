//! The same against Meta, with a person who signs in and customers who write.

use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use futures::StreamExt;
use link_core::words::clock::{Chance, SystemChance};
use link_kit::{Hosts, KeyRing, LinkKit, Meta, Place, Preferences, Road, Setup, SetupId, Stage, Subscription, Synchronisation, Viewer};
use serde_json::json;

use crate::{Options, Result};

/// What has to be set, and what it is.
const NEEDED: [(&str, &str); 4] = [
    ("META_APP_ID", "the id of your app at Meta: App settings, Basic"),
    ("META_APP_SECRET", "its secret, beside the id"),
    ("META_VERIFY_TOKEN", "any secret of your own; by it Meta recognises the webhook address"),
    ("PUBLIC_URL", "the https address that leads to this program from outside, such as a tunnel's"),
];

/// What has to be set together for Instagram Login, and what it is.
const INSTAGRAM: [(&str, &str); 2] = [
    ("INSTAGRAM_APP_ID", "the id of the app's Instagram product: Instagram, API setup with Instagram login"),
    ("INSTAGRAM_APP_SECRET", "its secret, beside the id"),
];

/// Somebody has this long for a dialog; then another address is printed.
const DIALOG: Duration = Duration::from_secs(9 * 60);
const PAUSE: Duration = Duration::from_millis(200);

struct Settings {
    needed: [String; 4],
    instagram: Option<[String; 2]>,
}

impl Settings {
    /// Reads the variables. An error names each that is missing, and what it is.
    fn read() -> Result<Self> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let mut wanted = NEEDED.to_vec();
        let with_instagram = INSTAGRAM.iter().any(|(name, _)| set(name).is_some());
        if with_instagram {
            wanted.extend(INSTAGRAM);
        }
        let missing: Vec<_> = wanted.iter().filter(|(name, _)| set(name).is_none()).collect();
        if !missing.is_empty() {
            let lines: Vec<_> = missing.iter().map(|(name, what)| format!("  {name}: {what}")).collect();
            return Err(format!("--live needs variables that are not set:\n{}", lines.join("\n")).into());
        }
        let value = |(name, _): (&str, &str)| set(name).unwrap_or_default();
        Ok(Self { needed: NEEDED.map(value), instagram: with_instagram.then(|| INSTAGRAM.map(value)) })
    }
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let Settings { needed: [id, secret, verify_token, public_url], instagram } = Settings::read()?;
    let mut meta = Meta::new(id, secret, verify_token)?;
    if let [facebook, instagram] = &options.sandbox[..] {
        meta = meta.at(Hosts::two(facebook, instagram)?);
    }
    if let Some([id, secret]) = &instagram {
        meta = meta.with_instagram(id.as_str(), secret.as_str())?;
    }
    let temporary = tempfile::tempdir()?;
    let database = options.db.clone().unwrap_or_else(|| temporary.path().join("inbox.db"));
    let mount = format!("{}/meta", public_url.trim_end_matches('/'));
    let kit = LinkKit::builder().meta(meta).public_url(&mount).keys(keys(options)?).sqlite(&database).build().await?;

    let viewer = Viewer::owner("live".parse()?, "you".parse()?);
    serve(options, &kit, &viewer).await?;
    for place in kit.places() {
        let (path, to) = (place.path(), json!({"address": format!("{mount}{}", place.path())}));
        match place {
            Place::SignInCallback(road) => options.say("register", format_args!("{mount}{path} as a redirect address of {road}"), to),
            Place::Deauthorize => options.say("register", format_args!("{mount}{path} as the deauthorise callback"), to),
            _ => {}
        }
    }
    let running = kit.start();
    let setup = signed_in(options, &kit, &viewer).await?;
    link(options, &kit, &viewer, &setup).await?;
    tokio::select! {
        ended = messages(options, &kit, &viewer) => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    running.stop().await;
    Ok(())
}

/// A database that is kept needs a key that is kept; another one is thrown away with its key.
fn keys(options: &Options) -> Result<KeyRing> {
    let key = match std::env::var("LINK_KEY") {
        Ok(key) => hex::FromHex::from_hex(key.trim()).map_err(|_| "LINK_KEY is 64 hex digits, such as `openssl rand -hex 32` prints")?,
        Err(_) if options.db.is_some() => return Err("--live with --db needs LINK_KEY: 64 hex digits under which tokens are sealed".into()),
        Err(_) => SystemChance.bytes(),
    };
    Ok(KeyRing::new("live", key))
}

/// Takes requests on a loopback port. Whoever comes back from a dialog is taken for you: only you have its address. Nobody else is let in.
async fn serve(options: &Options, kit: &LinkKit, viewer: &Viewer) -> Result<()> {
    let from_variable = || std::env::var("PORT").ok().map(|port| port.parse::<u16>().map_err(|_| "PORT is a number up to 65535"));
    let port = match options.port {
        Some(port) => port,
        None => from_variable().transpose()?.unwrap_or(8080),
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("port {port}: {error}"))?;
    let at = listener.local_addr()?;
    let viewer = viewer.clone();
    let session = from_fn(move |mut request: Request, next: Next| {
        if request.uri().path().ends_with("/callback") {
            request.extensions_mut().insert(viewer.clone());
        }
        next.run(request)
    });
    let app: axum::Router = axum::Router::new().nest("/meta", kit.router()).layer(session);
    tokio::spawn(async move { axum::serve(listener, app).await });
    options.say("listen", format_args!("on {at}; PUBLIC_URL has to lead there"), json!({"at": at.to_string()}));
    Ok(())
}

/// Prints where to sign in, and waits until somebody did and there is something to link.
async fn signed_in(options: &Options, kit: &LinkKit, viewer: &Viewer) -> Result<Setup> {
    let id = kit.linking().begin(viewer).await?.id;
    let mut seen = None;
    loop {
        print_dialogs(options, kit, viewer, id).await?;
        let printed = Instant::now();
        while printed.elapsed() < DIALOG {
            tokio::time::sleep(PAUSE).await;
            let setup = kit.linking().setup(viewer, id).await?;
            if !setup.suggested().is_empty() {
                return Ok(setup);
            }
            if !setup.persons.is_empty() && seen != Some(setup.touched_at) {
                seen = Some(setup.touched_at);
                explain(options, &setup);
                break;
            }
        }
    }
}

async fn print_dialogs(options: &Options, kit: &LinkKit, viewer: &Viewer, setup: SetupId) -> Result<()> {
    let roads = kit.places().into_iter().filter_map(|place| match place {
        Place::SignInStart(road) => Some(road),
        _ => None,
    });
    for road in roads {
        let address = kit.linking().dialog(viewer, setup, &road, None).await?;
        let name = if road == Road::FACEBOOK { "Facebook, for a Page and its Instagram account" } else { road.as_str() };
        options.say("open", format_args!("{address}\n            to sign in with {name}"), json!({"address": address, "road": road}));
    }
    Ok(())
}

/// Why nothing that can be reached can be linked.
fn explain(options: &Options, setup: &Setup) {
    if setup.candidates.is_empty() {
        options.say("nothing", "you signed in and ticked no Page; sign in again", json!({}));
    }
    for candidate in &setup.candidates {
        if let Some(obstacle) = &candidate.obstacle {
            let what = format!("{} cannot be linked: {obstacle}; {}", candidate.name, obstacle.remedy().what);
            options.say("obstacle", &what, json!({"account": candidate.account}));
        }
    }
}

async fn link(options: &Options, kit: &LinkKit, viewer: &Viewer, setup: &Setup) -> Result<()> {
    let linking = kit.linking();
    linking.choose(viewer, setup.id, setup.suggested()).await?;
    linking.prefer(viewer, setup.id, Preferences::default()).await?;
    let setup = linking.synchronise(viewer, setup.id, Synchronisation::default()).await?;
    debug_assert_eq!(setup.stage, Stage::Review);
    let review = linking.review(viewer, setup.id).await?;
    options.say("review", review.to_text().replace('\n', "\n            "), json!({"grants": review.grants}));
    for connection in linking.confirm(viewer, setup.id, &review.digest()).await?.connections {
        let (account, name) = (connection.account(), &connection.name);
        let facts = json!({"account": account});
        match &connection.subscription {
            Subscription::Wanted { cause, .. } => {
                let cause = cause.as_deref().unwrap_or("not tried yet");
                options.say("linked", format_args!("{name} ({account}), not subscribed yet: {cause}"), facts);
            }
            Subscription::Active { .. } => options.say("linked", format_args!("{name} ({account})"), facts),
        }
    }
    Ok(())
}

/// Prints messages until somebody presses Ctrl-C.
async fn messages(options: &Options, kit: &LinkKit, viewer: &Viewer) -> Result<()> {
    let mut alerts = kit.alerts(viewer);
    options.say("wait", "for messages; Ctrl-C ends it", json!({}));
    while let Some(alert) = alerts.next().await {
        let alert = alert?;
        let message = kit.inbox().message(viewer, &alert.key()).await?;
        let text = message.as_ref().and_then(|row| row.state.text()).unwrap_or("(no text)");
        let facts = json!({"account": alert.account, "peer": alert.peer, "text": text});
        options.say("message", format_args!("{} at {}: {text}", alert.peer, alert.account), facts);
    }
    Ok(())
}
