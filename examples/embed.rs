//! An axum program that mounts link-kit, prints each new message and answers it.

use futures::StreamExt;
use link_kit::{KeyRing, LinkKit, Meta, Viewer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let set = |name: &str| std::env::var(name).map_err(|_| format!("set {name}"));
    let kit = LinkKit::builder()
        .meta(Meta::new(set("META_APP_ID")?, set("META_APP_SECRET")?, set("META_VERIFY_TOKEN")?)?)
        .public_url(set("PUBLIC_URL")? + "/meta")
        .keys(KeyRing::new("2026", hex::FromHex::from_hex(set("LINK_KEY")?)?))
        .sqlite("inbox.db")
        .build()
        .await?;

    // In your program the viewer is whoever your session middleware says it is.
    let viewer = Viewer::owner("bakery".parse()?, "robin".parse()?);
    let app = axum::Router::new().nest("/meta", kit.router()).layer(axum::Extension(viewer.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("open {}/meta/oauth/facebook/start to link your accounts", set("PUBLIC_URL")?);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut alerts = kit.alerts(&viewer);
    let _running = kit.start();
    while let Some(alert) = alerts.next().await {
        let alert = alert?;
        let Some(message) = kit.inbox().message(&viewer, &alert.key()).await? else { continue };
        println!("{} at {}: {}", alert.peer, alert.account, message.state.text().unwrap_or("(no text)"));
        // The alert's id is the same however often it is told, so nobody is answered twice.
        let (inbox, conversation) = (kit.inbox(), alert.conversation());
        let thanks = "Thank you, we will be with you soon.";
        if let Err(problem) = inbox.answer_by_program(&viewer, &conversation, thanks, alert.id.as_str()).await {
            println!("not answered: {problem}");
        }
    }
    Ok(())
}
