//! Who may come in: each route names what it needs, and nothing is reached past this.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::{ApiError, App};
use crate::access::{Attempts, Hash, Scope, same};

/// A caller's own wish to be let do no more than this, whatever it may do: a program that reads and is talked to by
/// strangers, such as a model, says so on every request.
pub const SCOPE_HEADER: &str = "foliosync-scope";

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub enum Peer {
    /// Our own user, over the Unix socket.
    Own,
    Tcp(SocketAddr),
}

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    Open,
    Needs(Scope),
    /// The secret that was given for schedulers; where none was, there is no such route.
    SchedulerSecret,
}

/// Who was let in.
#[derive(Debug, Clone)]
pub struct Caller {
    pub scope: Scope,
    pub via: Via,
}

#[derive(Debug, Clone)]
pub enum Via {
    Socket,
    Token { label: String },
    Session(Hash),
}

pub async fn admit(
    State((app, guard)): State<(Arc<App>, Guard)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    match guard {
        Guard::Open => {}
        Guard::Needs(scope) => {
            let mut caller = caller(&app, &request)?;
            caller.scope = narrowed(caller.scope, request.headers())?;
            if caller.scope < scope {
                return Err(ApiError::scope(scope.name(), caller.scope.name()));
            }
            request.extensions_mut().insert(caller);
        }
        Guard::SchedulerSecret => scheduler(&app, &request)?,
    }
    Ok(next.run(request).await)
}

/// The peer's address; a request whose origin nobody knows counts as a stranger's.
pub fn is_own(request: &Request) -> bool {
    matches!(request.extensions().get(), Some(ConnectInfo(Peer::Own)))
}

fn caller(app: &App, request: &Request) -> Result<Caller, ApiError> {
    if is_own(request) {
        return Ok(Caller { scope: Scope::Admin, via: Via::Socket });
    }
    if request.headers().contains_key(header::AUTHORIZATION) {
        let token = bearer(request.headers()).and_then(|secret| app.access.token(secret));
        return match token {
            Some(token) => Ok(Caller { scope: token.scope, via: Via::Token { label: token.label } }),
            None => Err(refused(&app.attempts, "the token is not known")),
        };
    }
    let Some(face) = &app.face else { return Err(ApiError::unauthorized("a token is needed")) };
    let name = face.cookie();
    let mut given = cookies(request.headers(), &name).peekable();
    if given.peek().is_none() {
        return Err(ApiError::unauthorized("a token is needed"));
    }
    let now = app.engine.now();
    let Some(session) = given.take(COOKIES_MAX).filter_map(|secret| app.access.session(secret, now)).last() else {
        return Err(refused(&app.attempts, "the session has ended"));
    };
    of_own_page(request)?;
    Ok(Caller { scope: Scope::Admin, via: Via::Session(session) })
}

/// What is left of a scope after what the caller itself asked to be kept to. It never grows, and what cannot be
/// understood is refused rather than left out.
fn narrowed(scope: Scope, headers: &HeaderMap) -> Result<Scope, ApiError> {
    headers.get_all(SCOPE_HEADER).iter().try_fold(scope, |left, wish| match wish.to_str().ok().and_then(Scope::named) {
        Some(wish) => Ok(left.min(wish)),
        None => Err(ApiError::input("the header Foliosync-Scope names no scope", "it is read, sync or admin")),
    })
}

/// Cookies of our name that are looked at: another server on this machine may have set some.
const COOKIES_MAX: usize = 4;

/// A browser sends its cookie along with whatever page made it ask. Its headers tell which page: a change must come from
/// one of ours by name, and nothing may come from a page that is known to be another's, the same machine's included.
fn of_own_page(request: &Request) -> Result<(), ApiError> {
    let changes = ![Method::GET, Method::HEAD].contains(request.method());
    // Which origin it is was checked for every request already.
    if changes && !request.headers().contains_key(header::ORIGIN) {
        return Err(ApiError::origin());
    }
    match request.headers().get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(ApiError::origin()),
    }
}

/// People choose this secret, so it could be guessed: past so many wrong ones, none is looked at for the minute.
fn scheduler(app: &App, request: &Request) -> Result<(), ApiError> {
    let Some(secret) = &app.scheduler_secret else {
        return Err(ApiError::not_found("this server has no scheduler route", "set FOLIOSYNC_SCHEDULER_SECRET"));
    };
    if is_own(request) {
        return match narrowed(Scope::Admin, request.headers())? {
            Scope::Read => Err(ApiError::scope(Scope::Sync.name(), Scope::Read.name())),
            Scope::Sync | Scope::Admin => Ok(()),
        };
    }
    app.scheduler_attempts.check(Instant::now()).map_err(ApiError::too_many_attempts)?;
    match bearer(request.headers()) {
        None => Err(ApiError::unauthorized("the scheduler's secret is needed")),
        Some(given) if same(given, secret) => Ok(()),
        Some(_) => Err(refused(&app.scheduler_attempts, "that is not the scheduler's secret")),
    }
}

/// Counts what was wrong. Nobody guesses 256 random bits, so this keeps the log short rather than guesses out, and a
/// right token opens even while wrong ones pour in.
pub fn refused(attempts: &Attempts, message: &'static str) -> ApiError {
    match attempts.fail(Instant::now()) {
        Ok(()) => {
            tracing::warn!("refused: {message}");
            ApiError::unauthorized(message)
        }
        Err(wait_secs) => ApiError::too_many_attempts(wait_secs),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (kind, secret) = given.next()?.to_str().ok()?.split_once(' ')?;
    (kind.eq_ignore_ascii_case("bearer") && given.next().is_none()).then(|| secret.trim())
}

fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_only_ever_narrows_what_one_may_do() {
        use Scope::{Admin, Read, Sync};
        let check = |has: Scope, wishes: &[&str], want: Option<Scope>| {
            let mut headers = HeaderMap::new();
            for wish in wishes {
                headers.append(SCOPE_HEADER, wish.parse().unwrap());
            }
            assert_eq!(narrowed(has, &headers).ok(), want, "{has:?} {wishes:?}");
        };
        for has in [Read, Sync, Admin] {
            check(has, &[], Some(has));
            check(has, &["read"], Some(Read));
            check(has, &["sync"], Some(has.min(Sync)));
            check(has, &["admin"], Some(has));
            check(has, &["admin", "read"], Some(Read));
            check(has, &["read", "admin"], Some(Read));
            for nonsense in ["", "Read", "read ", "write", "read,admin"] {
                check(has, &[nonsense], None);
                check(has, &["read", nonsense], None);
            }
        }
    }
}
