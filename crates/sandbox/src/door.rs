//! The listener, and connections that can be broken on purpose.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

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

/// A listening socket whose connections have a fuse.
#[derive(Debug)]
pub(crate) struct Door(pub(crate) TcpListener);

/// A connection with a fuse.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    fuse: Fuse,
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection answers with small delays");
        }
        let fuse = Fuse::default();
        (Wire { stream, fuse }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Fuse {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().fuse.clone()
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.fuse.0.load(Ordering::SeqCst) {
            WHOLE => Pin::new(&mut self.stream).poll_write(cx, bytes),
            HALVED => {
                let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
                let until = head + (bytes.len() - head) / 2;
                let written = Pin::new(&mut self.stream).poll_write(cx, &bytes[..until]);
                if written.is_ready() {
                    self.fuse.drop_answer();
                }
                written
            }
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
