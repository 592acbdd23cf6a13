//! The server's side of its sockets: on the Unix socket connections of our own user only, each counted while it lasts;
//! over TCP so many at once.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::presence::{Guest, Presence};
use crate::api::Peer;

/// Connections over TCP at once; others wait.
const TCP_CLIENTS_MAX: usize = 512;
/// A client that vanished without a word is noticed a while after this much silence.
const TCP_SILENCE_SECONDS: Duration = Duration::from_secs(60);

/// After an error of the system (too many open files), before the next try.
const ACCEPT_RETRY_MILLIS: Duration = Duration::from_millis(100);

pub struct OwnPeers {
    listener: UnixListener,
    own_uid: u32,
    presence: Presence,
}

impl OwnPeers {
    pub fn new(listener: UnixListener, presence: Presence) -> OwnPeers {
        OwnPeers { listener, own_uid: rustix::process::geteuid().as_raw(), presence }
    }

    fn is_own(&self, stream: &UnixStream) -> bool {
        match stream.peer_cred() {
            Ok(peer) if peer.uid() == self.own_uid => true,
            Ok(peer) => {
                tracing::warn!(uid = peer.uid(), "a connection of another user was refused");
                false
            }
            Err(error) => {
                tracing::warn!(%error, "a connection of nobody knows whom was refused");
                false
            }
        }
    }
}

impl Listener for OwnPeers {
    type Io = Counted<UnixStream, Guest>;
    type Addr = ();

    async fn accept(&mut self) -> (Self::Io, ()) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if self.is_own(&stream) => {
                    return (Counted { stream, _place: self.presence.enter() }, ());
                }
                Ok(_) => {}
                Err(error) => rest(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Connected<IncomingStream<'_, OwnPeers>> for Peer {
    fn connect_info(_: IncomingStream<'_, OwnPeers>) -> Peer {
        Peer::Own
    }
}

pub struct TcpPeers {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl TcpPeers {
    pub fn new(listener: TcpListener) -> TcpPeers {
        TcpPeers { listener, places: Arc::new(Semaphore::new(TCP_CLIENTS_MAX)) }
    }
}

impl Listener for TcpPeers {
    type Io = Counted<TcpStream, Option<OwnedSemaphorePermit>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            // Never closed, so there is always a place to wait for.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Lines of progress leave at once. Without these two it works too, only worse.
                    let _ = stream.set_nodelay(true);
                    let _ = keep_alive(&stream);
                    return (Counted { stream, _place: place }, address);
                }
                Err(error) => rest(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, TcpPeers>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpPeers>) -> Peer {
        Peer::Tcp(*stream.remote_addr())
    }
}

fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    rustix::net::sockopt::set_socket_keepalive(stream, true)?;
    rustix::net::sockopt::set_tcp_keepidle(stream, TCP_SILENCE_SECONDS)
}

async fn rest(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_RETRY_MILLIS).await;
}

/// A connection that takes a place until it is dropped.
pub struct Counted<S, P> {
    stream: S,
    _place: P,
}

impl<S: AsyncRead + Unpin, P: Unpin> AsyncRead for Counted<S, P> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin, P: Unpin> AsyncWrite for Counted<S, P> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
