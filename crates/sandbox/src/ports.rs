//! Which ports are listened on.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::sandbox::StartError;

/// A socket that listens on loopback, and where.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// The listeners of one protocol, one for each origin.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) facebook: Open,
    pub(crate) instagram: Open,
}

/// Listens on `first` and the ports after it, two for each pair, or on free ones when it is 0.
pub(crate) async fn open(first: u16, tls: bool) -> Result<(Pair, Option<Pair>), StartError> {
    let further = if tls { 3 } else { 1 };
    if first.checked_add(further).is_none() {
        return Err(StartError::PastTheLast { port: first, further });
    }
    let pair = async |offset: u16| {
        let port = |further: u16| if first == 0 { 0 } else { first + offset + further };
        Ok::<_, StartError>(Pair { facebook: listen(port(0)).await?, instagram: listen(port(1)).await? })
    };
    let plain = pair(0).await?;
    let encrypted = if tls { Some(pair(2).await?) } else { None };
    Ok((plain, encrypted))
}

async fn listen(port: u16) -> Result<Open, StartError> {
    let refused = |source| StartError::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok(Open { listener, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_without_enough_neighbours_is_refused_and_not_replaced() {
        for (first, tls) in [(65_535, false), (65_535, true), (65_533, true)] {
            let refused = open(first, tls).await.unwrap_err();
            assert!(matches!(refused, StartError::PastTheLast { port, .. } if port == first), "{refused:?}");
        }
    }
}
