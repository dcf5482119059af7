//! The listener behind which TLS is spoken.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Arrival, Wire, without_delay};

const PATIENCE: Duration = Duration::from_secs(10);
/// Past so many open handshakes, new connections wait in the system's queue.
const HANDSHAKES: usize = 1_024;

type Shaken = Option<(TlsStream<TcpStream>, SocketAddr)>;

/// A listening socket that shakes hands with many at once: a client that fails, or never speaks, keeps nobody waiting.
pub(crate) struct EncryptedDoor {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Shaken>,
}

impl EncryptedDoor {
    pub(crate) fn new(listener: TcpListener, acceptor: TlsAcceptor) -> Self {
        Self { listener, acceptor, handshakes: JoinSet::new() }
    }
}

impl Listener for EncryptedDoor {
    type Io = Wire<TlsStream<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let room = self.handshakes.len() < HANDSHAKES;
            tokio::select! {
                (stream, from) = Listener::accept(&mut self.listener), if room => {
                    self.handshakes.spawn(shake(self.acceptor.clone(), stream, from));
                }
                Some(shaken) = self.handshakes.join_next() => {
                    if let Ok(Some((stream, from))) = shaken {
                        return (Wire::new(stream, true), from);
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, EncryptedDoor>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, EncryptedDoor>) -> Self {
        stream.io().arrival.clone()
    }
}

async fn shake(acceptor: TlsAcceptor, stream: TcpStream, from: SocketAddr) -> Shaken {
    without_delay(&stream);
    match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some((stream, from)),
        // Most often a client that does not know the CA, which is worth a line: it says nothing on its side at times.
        Ok(Err(error)) => tracing::info!(%error, "a TLS handshake failed"),
        Err(_) => tracing::info!("a TLS handshake took too long"),
    }
    None
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::tls::{Authority, FACEBOOK};

    /// The clock is tokio's own and jumps when all wait, so nobody waits for real.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_speaks_is_sent_away() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = Authority::new().unwrap().acceptor(&FACEBOOK).unwrap();
        let mut door = EncryptedDoor::new(listener, acceptor);
        let open = tokio::spawn(async move { door.accept().await.1 });
        let mut silent = TcpStream::connect(address).await.unwrap();
        let began = tokio::time::Instant::now();
        let read = tokio::time::timeout(2 * PATIENCE, silent.read(&mut [0; 16])).await;
        assert_eq!(read.expect("it is not waited for any longer").unwrap(), 0, "the connection is closed");
        assert!(began.elapsed() >= PATIENCE, "and not before its time");
        assert!(!open.is_finished(), "while the door stays open");
        open.abort();
    }
}
