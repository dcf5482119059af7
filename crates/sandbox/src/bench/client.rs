//! A client that costs next to nothing: prepared bytes on connections that stay open.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request, as the bytes that go over the wire.
#[derive(Clone, Debug)]
pub(super) struct Request(Arc<[u8]>);

impl Request {
    /// Reads `path` of the server at `address`, with a bearer token if there is one.
    pub(super) fn get(address: &str, path: &str, token: &str) -> Self {
        Self::written("GET", address, path, token, "")
    }

    /// Posts JSON.
    pub(super) fn post(address: &str, path: &str, token: &str, body: &str) -> Self {
        Self::written("POST", address, path, token, body)
    }

    fn written(method: &str, address: &str, path: &str, token: &str, body: &str) -> Self {
        let authorization = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let length = body.len();
        let content = if length == 0 { String::new() } else { format!("content-type: application/json\r\ncontent-length: {length}\r\n") };
        let text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{authorization}{content}\r\n{body}");
        Self(text.into_bytes().into())
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to `address`, such as `127.0.0.1:8701`.
    pub(super) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Calls, and reads the answer to its end. An answer other than 200 is an error that shows it.
    pub(super) async fn call(&mut self, request: &Request) -> io::Result<()> {
        self.stream.write_all(&request.0).await?;
        self.buffer.clear();
        let whole = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(whole) = length(&self.buffer)? {
                break whole;
            }
        };
        while self.buffer.len() < whole {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if self.buffer.starts_with(b"HTTP/1.1 200 ") {
            return Ok(());
        }
        Err(io::Error::other(format!("a call was answered with {}", String::from_utf8_lossy(&self.buffer))))
    }
}

/// How long an answer is from its first byte to its last, once its head is there.
fn length(answer: &[u8]) -> io::Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let told = String::from_utf8_lossy(&answer[..head]);
    let body = told.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body = body.and_then(|(_, value)| value.trim().parse::<usize>().ok());
    let body = body.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "an answer does not tell its length"))?;
    Ok(Some(head + 4 + body))
}

/// Makes `calls` calls over so many connections at once, the requests in turn; returns how long they took.
pub(super) async fn load(address: &str, requests: &[Request], connections: usize, calls: u64) -> io::Result<Duration> {
    let made = Arc::new(AtomicU64::new(0));
    let mut open = Vec::new();
    for _ in 0..connections.max(1) {
        open.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let mut callers = Vec::new();
    for mut connection in open {
        let (made, requests) = (made.clone(), requests.to_vec());
        callers.push(tokio::spawn(async move {
            let mut turn = requests.iter().cycle();
            while made.fetch_add(1, Ordering::Relaxed) < calls
                && let Some(request) = turn.next()
            {
                connection.call(request).await?;
            }
            Ok::<(), io::Error>(())
        }));
    }
    for caller in callers {
        caller.await.map_err(io::Error::other)??;
    }
    Ok(began.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_its_head_says() {
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nContent-Le").unwrap(), None);
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap(), Some(40));
        assert!(length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
