//! A way to Meta's side on which nobody listens until it is plugged in.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpSocket, TcpStream};

/// A loopback port that is taken, so that no other program gets it, and refuses every connection.
pub(crate) struct Cable(TcpSocket, SocketAddr);

impl Cable {
    pub(crate) fn unplugged() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        Self(socket, address)
    }

    /// The address of this end.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.1)
    }

    /// From now on it leads to this origin.
    pub(crate) fn plug_into(self, origin: &str) {
        let there = origin.strip_prefix("http://").unwrap().to_owned();
        let listener = self.0.listen(16).unwrap();
        tokio::spawn(async move {
            loop {
                let (mut here, _) = listener.accept().await.unwrap();
                let there = there.clone();
                tokio::spawn(async move {
                    let mut there = TcpStream::connect(there).await.unwrap();
                    // Either side may hang up whenever it likes.
                    copy_bidirectional(&mut here, &mut there).await.ok();
                });
            }
        });
    }
}
