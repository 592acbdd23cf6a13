//! Against bare sockets on loopback, which answer byte by byte as told.

use std::io::Write;

use foliosync_engine::http::HttpRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

const BODY_BYTES_MAX: usize = 100_000;
/// Longer than loopback ever takes, and short for a test that waits for it to pass.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);

fn transport(silence: Duration, total: Duration) -> ReqwestTransport {
    let bounds = Bounds { connect: LONG, silence, total, body_bytes_max: BODY_BYTES_MAX };
    ReqwestTransport::within(bounds).unwrap()
}

/// A host that answers each request with the next of `answers`, and in the end hands out the requests it read.
struct Host {
    url: String,
    requests: JoinHandle<Vec<String>>,
}

#[derive(Clone)]
enum Reply {
    Bytes(Vec<u8>),
    /// Sends this much, then nothing, until the client goes.
    Stall(Vec<u8>),
    /// Sends this much, then resets the connection.
    Reset(Vec<u8>),
}

impl Host {
    async fn answering(answers: impl IntoIterator<Item = Reply>) -> Host {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Vec<_> = answers.into_iter().collect();
        let requests = tokio::spawn(async move {
            let mut requests = Vec::new();
            let mut open: Option<TcpStream> = None;
            for answer in answers {
                let (stream, request) = next_request(open.take(), &listener).await;
                requests.push(request);
                open = reply(stream, answer).await;
            }
            requests
        });
        Host { url, requests }
    }
}

/// The next request, on the connection that is open or on a new one.
async fn next_request(open: Option<TcpStream>, listener: &TcpListener) -> (TcpStream, String) {
    if let Some(mut stream) = open
        && let Some(request) = read_request(&mut stream).await
    {
        return (stream, request);
    }
    let (mut stream, _) = listener.accept().await.unwrap();
    let request = read_request(&mut stream).await.expect("a request");
    (stream, format!("(new) {request}"))
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Some(head + std::str::from_utf8(&body).unwrap())
}

/// Returns the connection where it is still good.
async fn reply(mut stream: TcpStream, reply: Reply) -> Option<TcpStream> {
    match reply {
        Reply::Bytes(bytes) => {
            // A client that has read enough hangs up.
            let sent = stream.write_all(&bytes).await;
            sent.is_ok().then_some(stream)
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            let _ = stream.read_u8().await;
            None
        }
        Reply::Reset(bytes) => {
            stream.write_all(&bytes).await.unwrap();
            stream.set_zero_linger().unwrap();
            None
        }
    }
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn redirect(status: u16, to: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {status} Elsewhere\r\ncontent-length: 0\r\nlocation: {to}\r\n\r\n").into_bytes())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn get(url: &str) -> HttpRequest {
    let mut request = HttpRequest::get(format!("{url}/prices"));
    request.query.push(("symbols".into(), Part::Plain("[\"A B\"]".into())));
    request.query.push(("key".into(), Part::Secret("s3cr3t+".into())));
    request.headers.push(("x-key".into(), Part::Secret("s3cr3t-header".into())));
    request
}

async fn one_answer(answer: Reply) -> Result<HttpAnswer, TransportError> {
    let silence = if matches!(answer, Reply::Stall(_)) { SHORT } else { LONG };
    let host = Host::answering([answer]).await;
    let done = transport(silence, LONG).send(get(&host.url)).await;
    host.requests.abort();
    done
}

#[tokio::test]
async fn a_request_arrives_as_it_was_built_and_its_connection_is_used_again() {
    let body = gzip(b"{\"price\":\"1.10\"}");
    let plain = ok("Content-Type: application/json\r\nX-Twice: 1\r\nx-twice: 2\r\n", b"[]");
    let zipped = Reply::Bytes(ok("content-encoding: gzip\r\n", &body));
    let host = Host::answering([Reply::Bytes(plain), zipped]).await;
    let transport = transport(LONG, LONG);

    let answer = transport.send(get(&host.url)).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (200, b"[]".as_ref()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let twice: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "x-twice").map(|(_, v)| v.as_str()).collect();
    assert_eq!(twice, ["1", "2"]);

    let body = Some(Part::Secret("a=b".into()));
    let answer = transport.send(HttpRequest { method: Method::Post, body, ..get(&host.url) }).await.unwrap();
    assert_eq!(answer.body.as_ref(), b"{\"price\":\"1.10\"}");

    let requests = host.requests.await.unwrap();
    let line = "/prices?symbols=%5B%22A%20B%22%5D&key=s3cr3t%2B HTTP/1.1\r\n";
    assert!(requests[0].starts_with(&format!("(new) GET {line}")), "{}", requests[0]);
    assert!(requests[1].starts_with(&format!("POST {line}")), "not on a new connection: {}", requests[1]);
    assert!(requests[1].ends_with("\r\n\r\na=b"));
    let agent = format!("user-agent: foliosync/{}\r\n", env!("CARGO_PKG_VERSION"));
    for part in ["x-key: s3cr3t-header\r\n", "accept-encoding: gzip\r\n", &agent] {
        assert!(requests.iter().all(|request| request.contains(part)), "{part} in {requests:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_held() {
    let too_large = Err(TransportError::TooLarge { max_bytes: BODY_BYTES_MAX });
    let told = async |answer: Vec<u8>| one_answer(Reply::Bytes(answer)).await.map(|answer| answer.body.len());

    assert_eq!(told(ok("", &vec![b'x'; BODY_BYTES_MAX])).await, Ok(BODY_BYTES_MAX));
    assert_eq!(told(ok("", &vec![b'x'; BODY_BYTES_MAX + 1])).await, too_large);
    let unsized_body = b"HTTP/1.1 200 OK\r\n\r\n".iter().copied().chain(vec![b'x'; 1 << 20]);
    assert_eq!(told(unsized_body.collect()).await, too_large);

    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < BODY_BYTES_MAX);
    assert_eq!(told(ok("content-encoding: gzip\r\n", &bomb)).await, too_large);
    let exact = gzip(&vec![0; BODY_BYTES_MAX]);
    assert_eq!(told(ok("content-encoding: gzip\r\n", &exact)).await, Ok(BODY_BYTES_MAX));
}

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let zipped = gzip(&[b'x'; 10_000]);
    let cut = &zipped[..zipped.len() - 12];
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
    let partial = [head.as_slice(), b"12345"].concat();
    for (what, answer) in [
        ("garbage for gzip", Reply::Bytes(ok("content-encoding: gzip\r\n", b"<html>no gzip at all</html>"))),
        ("gzip cut off", Reply::Bytes(ok("content-encoding: gzip\r\n", cut))),
        ("a chunk that is none", Reply::Bytes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".into())),
        ("a reset within the body", Reply::Reset(partial.clone())),
    ] {
        let done = one_answer(answer).await;
        assert!(matches!(done, Err(TransportError::Broken(_))), "{what}: {done:?}");
    }
    for (what, answer) in [
        ("a reset before the head", Reply::Reset(Vec::new())),
        ("no HTTP", Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".into())),
    ] {
        let done = one_answer(answer).await;
        assert!(matches!(done, Err(TransportError::Unreachable(_))), "{what}: {done:?}");
    }
    // The host closes without a word where more was announced.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let closing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await.unwrap();
        stream.write_all(&partial).await.unwrap();
    });
    let done = transport(LONG, LONG).send(get(&url)).await;
    assert!(matches!(done, Err(TransportError::Broken(_))), "{done:?}");
    closing.await.unwrap();
    let done = transport(LONG, LONG).send(get(&url)).await;
    assert!(matches!(&done, Err(TransportError::Unreachable(why)) if why.contains("refused")), "{done:?}");
}

#[tokio::test]
async fn a_slow_host_is_not_waited_for() {
    let part = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345".to_vec();
    for (silence, total) in [(SHORT, LONG), (LONG, SHORT)] {
        for bytes in [Vec::new(), part[..20].to_vec(), part.clone()] {
            let host = Host::answering([Reply::Stall(bytes)]).await;
            let done = transport(silence, total).send(get(&host.url)).await;
            assert_eq!(done.map(|_| ()), Err(TransportError::TimedOut));
            host.requests.await.unwrap();
        }
    }
}

#[tokio::test]
async fn redirects_stay_with_their_host() {
    let done = Reply::Bytes(ok("", b"there"));
    let host = Host::answering([redirect(302, "/new?page=1"), redirect(308, "again"), done.clone()]).await;
    let answer = transport(LONG, LONG).send(get(&host.url)).await.unwrap();
    assert_eq!(answer.body.as_ref(), b"there");
    let requests = host.requests.await.unwrap();
    let lines: Vec<_> = requests.iter().map(|request| request.lines().next().unwrap_or_default()).collect();
    assert_eq!(lines[1..], ["GET /new?page=1 HTTP/1.1", "GET /again HTTP/1.1"]);
    assert!(requests.iter().all(|request| !request.contains("referer")), "the key is not told: {requests:?}");
    assert!(requests.iter().all(|request| request.contains("x-key: s3cr3t-header")));

    let host = Host::answering(vec![redirect(302, "/round"); 4]).await;
    let error = transport(LONG, LONG).send(get(&host.url)).await.unwrap_err();
    assert_eq!(error.to_string(), "was redirected more than 3 times");
    assert_eq!(host.requests.await.unwrap().len(), 4);

    let other = Host::answering([done]).await;
    let same_port = other.url.replace("127.0.0.1", "localhost");
    for to in [other.url.as_str(), same_port.as_str(), "https://example.com/", "ftp://127.0.0.1/"] {
        let host = Host::answering([redirect(307, &format!("{to}/stolen?key=s3cr3t"))]).await;
        let error = transport(LONG, LONG).send(get(&host.url)).await.unwrap_err();
        let want = "was redirected to another host, which is not followed; check its base URL";
        assert_eq!(error, TransportError::Refused(want.into()), "{to}");
    }
    assert!(!other.requests.is_finished(), "nobody asked the other host");
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused() {
    let transport = transport(SHORT, LONG);
    for (url, why) in [
        ("http://example.com", "only hosts on loopback"),
        ("http://10.0.0.1", "only hosts on loopback"),
        ("http://localhost.example.com", "only hosts on loopback"),
        ("http://127.0.0.1.example.com", "only hosts on loopback"),
        ("ftp://127.0.0.1", "must begin with https"),
        ("file:///etc", "must begin with https"),
        ("no address", "is no URL"),
        ("https://me:s3cr3t@example.com", "must not hold a user name or password"),
        ("http://s3cr3t@127.0.0.1", "must not hold a user name or password"),
    ] {
        let error = transport.send(get(url)).await.unwrap_err();
        assert!(matches!(&error, TransportError::Refused(text) if text.contains(why)), "{url}: {error:?}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    let mut request = get("http://127.0.0.1:1");
    request.headers.push(("x-bad".into(), Part::Secret("s3cr3t\nx-other: 1".into())));
    let error = transport.send(request).await.unwrap_err();
    assert!(matches!(&error, TransportError::Refused(text) if text.contains("x-bad")), "{error:?}");
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
}

#[tokio::test]
async fn no_error_shows_the_request() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let told = |done: Result<HttpAnswer, TransportError>| format!("{:?}", done.unwrap_err());
    let texts = [
        told(transport(SHORT, LONG).send(get(&format!("http://{gone}"))).await),
        told(transport(SHORT, LONG).send(get("http://[::1]:1")).await),
        told(one_answer(Reply::Bytes(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n".into())).await),
        told(one_answer(Reply::Stall(Vec::new())).await),
        told(one_answer(redirect(302, "http://other:1/?s3cr3t+")).await),
        told(one_answer(Reply::Bytes(ok("content-encoding: gzip\r\n", b"GET /prices?key=s3cr3t"))).await),
    ];
    for text in texts {
        for hidden in ["s3cr3t", "prices", "symbols", "x-key"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}
