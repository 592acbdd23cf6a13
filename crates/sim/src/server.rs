//! The listener: HTTP in, [`Request`] out, and back. It runs on a thread of its own, so that it answers whatever the
//! runtime or the paused clock of its owner does. Who has no use for sockets hands requests over.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderValue, Response, header};
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::control;
use crate::exchange::{Carriage, Reply, Request};
use crate::world::{PROVIDERS, World};

/// Largest body of a request, in bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;

pub async fn serve(listener: std::net::TcpListener, world: Arc<World>) -> io::Result<()> {
    let listener = CutListener(TcpListener::from_std(listener)?);
    let app = Router::new().fallback(handle).with_state(world);
    axum::serve(listener, app.into_make_service_with_connect_info::<Peer>()).await
}

async fn handle(
    State(world): State<Arc<World>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    http: HttpRequest,
) -> Response<Body> {
    let (parts, body) = http.into_parts();
    let body = to_bytes(body, REQUEST_BYTES_MAX).await.unwrap_or_default();
    let reply = answer(&world, HttpRequest::from_parts(parts, body), peer.ip);
    send(reply, &peer).await
}

/// What a request is answered with, before anything carries it.
fn answer(world: &World, http: HttpRequest<Bytes>, ip: IpAddr) -> Reply {
    let (parts, body) = http.into_parts();
    let path = parts.uri.path();
    let (prefix, rest) = path.strip_prefix('/').unwrap_or(path).split_once('/').unwrap_or((path, ""));
    let raw_query = parts.uri.query();
    let request = Request {
        method: parts.method.to_string(),
        path: format!("/{}", decode(rest, false)),
        target: raw_query.map_or_else(|| format!("/{rest}"), |query| format!("/{rest}?{query}")),
        query: query(raw_query.unwrap_or_default()),
        headers: parts.headers,
        body,
        ip,
        now: world.time.now(),
    };
    match PROVIDERS.iter().find(|(name, _)| *name == prefix) {
        Some((name, answer)) => world.answer(name, *answer, &request),
        None if prefix == "sim" => control::answer(world, &request),
        None => Reply::new(404, crate::exchange::TEXT, "no provider has this prefix\n"),
    }
}

/// The answer to a request that came by no socket, without pauses; `None` where it would be cut off.
pub fn hand(world: &World, http: HttpRequest<Bytes>) -> Option<Response<Bytes>> {
    let reply = answer(world, http, Ipv4Addr::LOCALHOST.into());
    let response = response(reply, |carriage, body| match carriage {
        Carriage::Whole | Carriage::Drip { .. } => Some(body),
        Carriage::Stream(chunks) => Some(chunks.flatten().collect()),
        Carriage::Short { .. } | Carriage::Reset | Carriage::Close => None,
    });
    let (parts, body) = response.into_parts();
    body.map(|body| Response::from_parts(parts, body))
}

async fn send(reply: Reply, peer: &Peer) -> Response<Body> {
    if reply.delay_millis > 0 {
        tokio::time::sleep(Duration::from_millis(reply.delay_millis.into())).await;
    }
    let length = match reply.carriage {
        Carriage::Short { missing } => Some(reply.body.len() + missing),
        Carriage::Drip { .. } => Some(reply.body.len()),
        _ => None,
    };
    let mut response = response(reply, |carriage, body| match carriage {
        Carriage::Whole => Body::from(body),
        Carriage::Short { .. } => pieces(body, 1, Duration::ZERO),
        Carriage::Drip { pieces: count, pause } => pieces(body, count, pause),
        Carriage::Stream(chunks) => Body::from_stream(stream::iter(chunks.map(Ok::<_, io::Error>))),
        Carriage::Reset => peer.line.cut(RESET),
        Carriage::Close => peer.line.cut(CLOSE),
    });
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response
}

/// Status and headers of a reply over what `body` makes of the rest.
fn response<B>(reply: Reply, body: impl FnOnce(Carriage, Bytes) -> B) -> Response<B> {
    let mut response = Response::new(body(reply.carriage, reply.body));
    if let Ok(status) = reply.status.try_into() {
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    if !reply.content_type.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    for (name, value) in &reply.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

/// A body of unknown length to the server, so that it trusts the `Content-Length` it is given.
fn pieces(body: Bytes, count: usize, pause: Duration) -> Body {
    let size = body.len().div_ceil(count).max(1);
    Body::from_stream(stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, io::Error>(piece), rest))
    }))
}

/// The pairs of a query, or of a form's body.
pub fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Percent signs, and in queries plus signs, though not the plus between currencies of a path.
fn decode(text: &str, is_query: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = || u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok();
        match bytes[at] {
            b'%' if let Some(byte) = hex() => {
                out.push(byte);
                at += 2;
            }
            b'+' if is_query => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

const RESET: u8 = 1;
const CLOSE: u8 = 2;

/// Lets a handler cut the connection that its request came by.
#[derive(Debug, Default)]
struct Line(AtomicU8);

impl Line {
    fn cut(&self, how: u8) -> Body {
        self.0.store(how, Ordering::Relaxed);
        Body::empty()
    }
}

#[derive(Debug, Clone)]
struct Peer {
    ip: IpAddr,
    line: Arc<Line>,
}

impl Connected<IncomingStream<'_, CutListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Peer {
        stream.remote_addr().clone()
    }
}

struct CutListener(TcpListener);

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (CutStream, Peer) {
        let (stream, address): (TcpStream, SocketAddr) = Listener::accept(&mut self.0).await;
        // An answer in two writes must not wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let line = Arc::<Line>::default();
        (CutStream { stream, line: line.clone() }, Peer { ip: address.ip(), line })
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { ip: self.0.local_addr()?.ip(), line: Arc::default() })
    }
}

/// A connection that fails to write once it is cut, upon which the server drops it.
struct CutStream {
    stream: TcpStream,
    line: Arc<Line>,
}

impl CutStream {
    fn check(&self) -> io::Result<()> {
        match self.line.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            RESET => {
                self.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
