//! A tap on the wire to Meta's side, to know the secrets that went over it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A loopback port that leads to another one and notes down every byte of both directions.
pub(crate) struct Tap {
    listener: Option<TcpListener>,
    origin: String,
    noted: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// A port at which nobody is served until it is plugged in.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        Self { listener: Some(listener), origin, noted: Arc::default() }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on it leads to this origin.
    pub(crate) fn plug_into(&mut self, origin: &str) {
        let there = origin.strip_prefix("http://").unwrap().to_owned();
        let (listener, noted) = (self.listener.take().unwrap(), self.noted.clone());
        tokio::spawn(async move {
            loop {
                let (here, _) = listener.accept().await.unwrap();
                let (asked, answer) = here.into_split();
                let (answered, question) = TcpStream::connect(&there).await.unwrap().into_split();
                tokio::spawn(note(asked, question, noted.clone()));
                tokio::spawn(note(answered, answer, noted.clone()));
            }
        });
    }

    /// Everything that went over the wire so far.
    pub(crate) fn noted(&self) -> String {
        String::from_utf8_lossy(&self.noted.lock().unwrap()).into_owned()
    }
}

/// Passes bytes on until either side hangs up, as it may at any time; then the other one is hung up on too.
async fn note(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, noted: Arc<Mutex<Vec<u8>>>) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        noted.lock().unwrap().extend_from_slice(&bytes[..read]);
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    to.shutdown().await.ok();
}
