//! The listener, and connections that can be broken on purpose.

#[cfg(feature = "tls")]
pub(crate) mod encrypted;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u8 = 0;
const HALVED: u8 = 1;
const BROKEN: u8 = 2;

/// Lets a handler break the connection its request came through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fuse(Arc<AtomicU8>);

impl Fuse {
    /// No byte of the answer leaves.
    pub(crate) fn drop_answer(&self) {
        self.0.store(BROKEN, Ordering::SeqCst);
    }

    /// The answer's headers leave, and half of its body.
    pub(crate) fn cut_body(&self) {
        self.0.store(HALVED, Ordering::SeqCst);
    }
}

/// How a request came in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) fuse: Fuse,
    pub(crate) encrypted: bool,
}

/// A listening socket whose connections have a fuse.
#[derive(Debug)]
pub(crate) struct Door(pub(crate) TcpListener);

/// A connection with a fuse. Under TLS it wraps the plain side, where an answer's headers can be told from its body.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    arrival: Arrival,
}

impl<S> Wire<S> {
    fn new(stream: S, encrypted: bool) -> Self {
        Self { stream, arrival: Arrival { fuse: Fuse::default(), encrypted } }
    }

    fn state(&self) -> u8 {
        self.arrival.fuse.0.load(Ordering::SeqCst)
    }
}

impl Listener for Door {
    type Io = Wire<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        without_delay(&stream);
        (Wire::new(stream, false), from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Arrival {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().arrival.clone()
    }
}

fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection answers with small delays");
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.state() {
            WHOLE => Pin::new(&mut self.stream).poll_write(cx, bytes),
            HALVED => {
                let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
                let until = head + (bytes.len() - head) / 2;
                let written = Pin::new(&mut self.stream).poll_write(cx, &bytes[..until]);
                if written.is_ready() {
                    self.arrival.fuse.drop_answer();
                }
                written
            }
            _ => {
                // What was let through before may still wait under TLS.
                ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
