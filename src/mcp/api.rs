//! The tools' only way to the data: the HTTP API, over the server's socket or in the server's own process. What a caller
//! may do, what an error says and what an answer holds are the API's either way.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, Request, Response, StatusCode, header};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tokio::sync::{OnceCell, mpsc};
use tower_service::Service;

use super::standing::Recent;
use crate::access::Scope;
use crate::api::{MODEL_AGENT, Peer, SCOPE_HEADER};
use crate::client::{Behalf, Client, Launch, SyncAsk, refusal};
use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// Answers of our own server; each has a smaller bound of its own.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The code of an error that says which scope is missing.
const CODE_SCOPE: &str = "scope";
/// What says who asks, and is passed on as it came. The guard looks at it again, so a tool can do no more than its
/// caller.
const CREDENTIALS: [HeaderName; 6] = [
    header::HOST,
    header::AUTHORIZATION,
    header::COOKIE,
    header::ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static(SCOPE_HEADER),
];

/// The server of a data folder, looked for when something is first asked of it.
pub struct Remote {
    folder: DataFolder,
    launch: Launch,
    scope: Scope,
    client: OnceCell<Client>,
    recent: Recent,
}

#[derive(Clone)]
pub enum Api {
    Socket(Arc<Remote>),
    /// Our own routes, asked for who asked us.
    Own {
        routes: OwnRoutes,
        caller: Arc<Parts>,
    },
}

/// All of our own routes, for tools that are called in the server's own process.
#[derive(Clone)]
pub struct OwnRoutes {
    routes: Router,
    recent: Recent,
}

impl OwnRoutes {
    pub fn new(routes: Router) -> OwnRoutes {
        OwnRoutes { routes, recent: Recent::default() }
    }
}

impl Remote {
    pub fn new(folder: DataFolder, launch: Launch, scope: Scope) -> Remote {
        Remote { folder, launch, scope, client: OnceCell::new(), recent: Recent::default() }
    }

    /// One for each call, so that they do not wait for each other. They share the way to the server.
    pub async fn client(&self) -> Result<Client, Failure> {
        let connect = || Client::connect_for(Behalf::Model(self.scope), self.folder.clone(), self.launch.clone());
        self.client.get_or_try_init(connect).await.cloned()
    }
}

impl Api {
    pub fn recent(&self) -> &Recent {
        match self {
            Api::Socket(remote) => &remote.recent,
            Api::Own { routes, .. } => &routes.recent,
        }
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        match self {
            Api::Socket(remote) => remote.client().await?.get(path).await,
            Api::Own { routes, caller } => {
                let answer = ask(&routes.routes, caller, Method::GET, path, Bytes::new()).await?;
                read(path, &whole(answer).await?)
            }
        }
    }

    /// Asks for something that may happen twice without harm.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        match self {
            Api::Socket(remote) => remote.client().await?.post_again(path, body).await,
            Api::Own { routes, caller } => {
                let answer = ask(&routes.routes, caller, Method::POST, path, written(body)?).await?;
                read(path, &whole(answer).await?)
            }
        }
    }

    /// Syncs, and passes each line on as it comes. The last one says how it ended. Whoever stops listening stops nothing.
    pub async fn sync(&self, what: SyncAsk, lines_to: mpsc::Sender<Json>) -> Result<(), Failure> {
        let told = match self {
            Api::Socket(remote) => {
                let mut client = remote.client().await?;
                let mut lines = client.sync(what);
                loop {
                    match lines.next().await {
                        Ok(Some((line, _))) => pass_on(&lines_to, line.as_bytes()).await?,
                        Ok(None) => break Ok(()),
                        Err(failure) => break Err(failure),
                    }
                }
            }
            Api::Own { routes, caller } => {
                let body = written(&what)?;
                match ask(&routes.routes, caller, Method::POST, "/api/sync", body).await {
                    Ok(answer) => pass_on_lines(answer, &lines_to).await,
                    Err(failure) => Err(failure),
                }
            }
        };
        told.map_err(|failure| self.with_way_to_sync(failure))
    }

    /// Where syncing is not allowed, only the user can change that, and is told how.
    fn with_way_to_sync(&self, failure: Failure) -> Failure {
        if failure.code.as_deref() != Some(CODE_SCOPE) {
            return failure;
        }
        let (message, hint) = match self {
            Api::Socket(_) => (
                "this MCP server only reads, so it cannot start a sync",
                "ask the user: they can add `--allow-sync` to the arguments of `foliosync mcp` in this program's \
                 configuration and restart it, or run `foliosync sync` themselves",
            ),
            Api::Own { .. } => (
                "the token of this MCP client only reads, so it cannot start a sync",
                "ask the user: they can make one that may sync (foliosync token add --label NAME --scope sync) and give \
                 it to this program, or run `foliosync sync` themselves",
            ),
        };
        Failure { message: message.into(), hint: hint.into(), ..failure }
    }
}

async fn ask(
    routes: &Router,
    caller: &Parts,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Response<Body>, Failure> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() =
        path.parse().map_err(|error| Failure::failed(format!("{path} is no path of the API: {error}"), ""))?;
    if let Some(peer) = caller.extensions.get::<ConnectInfo<Peer>>() {
        request.extensions_mut().insert(*peer);
    }
    let headers = request.headers_mut();
    for name in CREDENTIALS {
        for value in caller.headers.get_all(&name) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers.insert(header::USER_AGENT, axum::http::HeaderValue::from_static(MODEL_AGENT));
    let Ok(answer) = routes.clone().call(request).await;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Err(refusal(status, &whole(answer).await?))
}

async fn whole(answer: Response<Body>) -> Result<Bytes, Failure> {
    to_bytes(answer.into_body(), ANSWER_BYTES_MAX)
        .await
        .map_err(|error| Failure::failed(format!("the server's answer broke off: {error}"), "ask again"))
}

async fn pass_on_lines(answer: Response<Body>, to: &mpsc::Sender<Json>) -> Result<(), Failure> {
    let mut chunks = answer.into_body().into_data_stream();
    let mut text: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Failure::failed(format!("the sync's lines broke off: {error}"), ""))?;
        text.extend_from_slice(&chunk);
        while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            pass_on(to, &line).await?;
        }
    }
    Ok(())
}

async fn pass_on(to: &mpsc::Sender<Json>, line: &[u8]) -> Result<(), Failure> {
    let gone = |_| Failure::failed("nobody listens any more; the sync goes on", "");
    to.send(read("/api/sync", line)?).await.map_err(gone)
}

fn written(body: &impl Serialize) -> Result<Bytes, Failure> {
    let text = serde_json::to_vec(body).map_err(|error| Failure::failed(error.to_string(), ""))?;
    Ok(Bytes::from(text))
}

fn read<T: DeserializeOwned>(path: &str, text: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(text).map_err(|error| {
        let message = format!("the server's answer to {path} cannot be read: {error}");
        Failure::failed(message, "is the server of another version? restart it")
    })
}
