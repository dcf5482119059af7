//! How fast webhooks go out.

use std::error::Error;
use std::time::{Duration, Instant};

use link_sandbox::Controls;
use serde_json::json;

use super::client::{Connection, Request, load};
use super::mirror::Mirror;
use super::{APP, APP_TOKEN, PAGE, Stage};

/// Deliveries a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivered {
    /// All were waiting, and became due at once.
    pub(super) due_at_once: f64,
    /// They became due one by one, as customers wrote.
    pub(super) as_written: f64,
    /// A bare client posts to the same endpoint, one after another.
    pub(super) ceiling: f64,
    /// What never arrived.
    pub(super) undelivered: u64,
}

/// Measures it.
pub(super) async fn measure(stage: &Stage, mirror: &Mirror, count: u64) -> Result<Delivered, Box<dyn Error>> {
    subscribe(stage, mirror).await?;
    let hold = json!({"webhook": {"account": PAGE, "field": "messages"}, "times": count, "delay_ms": 3_600_000});
    stage.controls.fault(hold).await?;
    write(stage, count).await?;
    stage.controls.clear_faults().await?;
    mirror.forget();
    stage.controls.advance("1h").await?;
    let due_at_once = rate(mirror, count).await?;

    mirror.forget();
    write(stage, count).await?;
    let as_written = rate(mirror, count).await?;
    let ceiling = ceiling(mirror, count.min(20_000)).await?;
    Ok(Delivered { due_at_once, as_written, ceiling, undelivered: undelivered(&stage.controls).await? })
}

async fn subscribe(stage: &Stage, mirror: &Mirror) -> Result<(), Box<dyn Error>> {
    let callback = format!("http://{}/hook", mirror.address);
    let app = json!({"object": "page", "callback_url": callback, "verify_token": "sandbox-verify", "fields": "messages"});
    let page = json!({"subscribed_fields": "messages"});
    let mut connection = Connection::open(&stage.address).await?;
    for (path, token, body) in
        [(format!("/{APP}/subscriptions"), APP_TOKEN, app), (format!("/{PAGE}/subscribed_apps"), &stage.page_token, page)]
    {
        connection.call(&Request::post(&stage.address, &path, token, &body.to_string())).await?;
    }
    Ok(())
}

/// Customers write.
async fn write(stage: &Stage, count: u64) -> Result<(), Box<dyn Error>> {
    let body = json!({"to": PAGE, "text": "Do you still have the blue notebook? I would come by at four."}).to_string();
    let requests = ["c1", "c2", "c3", "c4"].map(|customer| {
        let path = format!("/_sandbox/customers/{customer}/messages");
        Request::post(&stage.address, &path, "", &body)
    });
    load(&stage.address, &requests, stage.connections, count).await?;
    Ok(())
}

/// Waits until all have arrived; how many a second did, from the first to the last.
async fn rate(mirror: &Mirror, count: u64) -> Result<f64, Box<dyn Error>> {
    const PATIENCE: Duration = Duration::from_secs(300);
    let began = Instant::now();
    loop {
        let arrivals = mirror.arrivals();
        if let Some(all) = arrivals.filter(|it| it.count >= count) {
            return Ok(super::per_second(count.saturating_sub(1), all.last - all.first));
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("see {count} deliveries arrive: there were {}", arrivals.map_or(0, |it| it.count)).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn ceiling(mirror: &Mirror, count: u64) -> Result<f64, Box<dyn Error>> {
    let body = json!({"object": "page", "entry": [{"id": PAGE, "messaging": ["x".repeat(300)]}]}).to_string();
    let request = Request::post(&mirror.address, "/hook", "", &body);
    Ok(super::per_second(count, load(&mirror.address, &[request], 1, count).await?))
}

/// What is still on its way. The last answers are booked a moment after they were given.
async fn undelivered(controls: &Controls) -> Result<u64, Box<dyn Error>> {
    let mut left = 0;
    for _ in 0..50 {
        left = controls.undelivered().await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(left)
}
