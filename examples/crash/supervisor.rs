//! The process that is killed, and whoever kills it and starts it again.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use link_sandbox::Controls;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Result;
use crate::chance::Chance;
use crate::embedder::{READY, Spot};

/// It lives at least so long, and up to so much longer.
const LIFE: (u64, u64) = (2_000, 3_000);
/// It is away for up to so long.
const AWAY: u64 = 400;

/// A process of the embedder that is linked and listens.
pub(crate) struct Embedder(Child);

impl Embedder {
    /// Starts it, and waits until it is ready.
    pub(crate) async fn start(spot: &Spot) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("embedder")
            .args(["--facebook", &spot.facebook, "--instagram", &spot.instagram])
            .args(["--port", &spot.port.to_string(), "--ahead", &spot.ahead.to_string()])
            .arg("--file")
            .arg(&spot.file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().ok_or("the embedder has no voice")?;
        let ready = tokio::task::spawn_blocking(move || BufReader::new(said).lines().any(|line| line.is_ok_and(|line| line == READY)));
        if ready.await? {
            return Ok(Self(process));
        }
        let ended = process.wait()?;
        Err(format!("the embedder ended before it was ready: {ended}").into())
    }

    /// SIGKILL, which nothing can catch; it is gone when this returns.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.0.kill()?;
        let ended = self.0.wait()?;
        match std::os::unix::process::ExitStatusExt::signal(&ended) {
            Some(9) => Ok(()),
            _ => Err(format!("the embedder ended by itself: {ended}").into()),
        }
    }
}

/// Starts and kills it until the end; answers how often it was killed.
pub(crate) async fn keep_killing(spot: &Spot, mut chance: Chance, meta: &Controls, end: Instant) -> Result<u32> {
    for kills in 1.. {
        let embedder = Embedder::start(spot).await?;
        // A platform tries again for hours what could not be delivered; here it does so at once, or not before the end.
        if chance.percent(70) {
            meta.redeliver().await?;
        }
        let life = Duration::from_millis(LIFE.0 + chance.below(LIFE.1));
        sleep_until(end.min(Instant::now() + life)).await;
        embedder.kill()?;
        if Instant::now() >= end {
            return Ok(kills);
        }
        sleep(Duration::from_millis(chance.below(AWAY))).await;
    }
    Err("nobody counts that far".into())
}
