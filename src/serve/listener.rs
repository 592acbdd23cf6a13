//! The server's side of the socket: connections of our own user only, each counted while it lasts.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};

use super::presence::{Guest, Presence};

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
    type Io = Counted;
    type Addr = ();

    async fn accept(&mut self) -> (Counted, ()) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if self.is_own(&stream) => {
                    return (Counted { stream, _guest: self.presence.enter() }, ());
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY_MILLIS).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection that counts as a client until it is dropped.
pub struct Counted {
    stream: UnixStream,
    _guest: Guest,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
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
