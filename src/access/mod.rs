//! Who may do what over TCP: tokens, log-in links that work once, and the sessions of browsers.
//!
//! Secrets are 256 random bits and leave here once, when they are made. What is kept is their SHA-256, so the file that
//! holds it lets nobody in.

mod attempts;
mod face;
mod file;
mod secret;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foliosync_engine::limits::LABEL_CHARS_MAX;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use attempts::Attempts;
pub use face::{Face, FaceConfig, PublicUrl, Stranger};
use file::{Kept, Session};
pub use secret::{Hash, same};

use crate::failure::Failure;

/// How long a log-in link may be used, once.
const LINK_FOR: SignedDuration = SignedDuration::from_mins(10);
const LINKS_MAX: usize = 20;
/// How long a browser stays signed in.
pub const SESSION_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Past it, the session that ends first makes room.
const SESSIONS_MAX: usize = 100;
const TOKENS_MAX: usize = 200;

/// What a caller may do; each includes those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read everything, SQL included
    Read,
    /// Start syncs too
    Sync,
    /// Change connections and access too
    Admin,
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Sync => "sync",
            Scope::Admin => "admin",
        }
    }

    pub fn named(name: &str) -> Option<Scope> {
        [Scope::Read, Scope::Sync, Scope::Admin].into_iter().find(|scope| scope.name() == name)
    }
}

/// A bearer token, without what proves it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Never used twice.
    pub id: i64,
    pub label: String,
    pub scope: Scope,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("another token is labelled `{0}`")]
    LabelTaken(String),
    #[error("a token's label has 1 to {LABEL_CHARS_MAX} characters")]
    Label,
    #[error("there are {TOKENS_MAX} tokens already")]
    TooMany,
    #[error("access.json cannot be written: {0}")]
    Write(#[from] std::io::Error),
    #[error("this system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Something new, with the secret that proves it. It cannot be shown again.
pub struct Made<T> {
    pub what: T,
    pub secret: SecretString,
}

struct Link {
    hash: Hash,
    until: Timestamp,
}

pub struct Access {
    path: PathBuf,
    kept: Mutex<Kept>,
    /// They end with the process that made them.
    links: Mutex<Vec<Link>>,
}

impl Access {
    /// Reads who may come in; a file that is not there lets nobody in.
    pub fn open(path: PathBuf) -> Result<Access, Failure> {
        let kept = file::read(&path)?;
        Ok(Access { path, kept: Mutex::new(kept), links: Mutex::default() })
    }

    pub fn add_token(&self, label: &str, scope: Scope, now: Timestamp) -> Result<Made<Token>, AccessError> {
        let label = label.trim();
        if label.is_empty() || label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
            return Err(AccessError::Label);
        }
        let secret = secret::make("fs_")?;
        let what = self.change(|kept| {
            if kept.tokens.iter().any(|known| known.token.label == label) {
                return Err(AccessError::LabelTaken(label.into()));
            }
            if kept.tokens.len() >= TOKENS_MAX {
                return Err(AccessError::TooMany);
            }
            kept.last_id += 1;
            let token = Token { id: kept.last_id, label: label.into(), scope, created_at: now };
            kept.tokens.push(file::KeptToken { token: token.clone(), hash: Hash::of(&secret) });
            Ok(token)
        })?;
        Ok(Made { what, secret })
    }

    pub fn tokens(&self) -> Vec<Token> {
        self.kept().tokens.iter().map(|known| known.token.clone()).collect()
    }

    /// Whether there was one.
    pub fn remove_token(&self, id: i64) -> Result<bool, AccessError> {
        self.change(|kept| {
            let before = kept.tokens.len();
            kept.tokens.retain(|known| known.token.id != id);
            Ok(kept.tokens.len() < before)
        })
    }

    /// The secret of a new log-in link, and until when it works.
    pub fn make_link(&self, now: Timestamp) -> Result<Made<Timestamp>, AccessError> {
        let secret = secret::make("")?;
        let until = now + LINK_FOR;
        let mut links = self.links();
        links.retain(|link| link.until > now);
        if links.len() >= LINKS_MAX {
            links.remove(0);
        }
        links.push(Link { hash: Hash::of(&secret), until });
        Ok(Made { what: until, secret })
    }

    /// A session in exchange for a link's secret, which works no more; `None` for one that does not work.
    pub fn redeem(&self, secret: &str, now: Timestamp) -> Result<Option<Made<Timestamp>>, AccessError> {
        let hash = Hash::of_text(secret);
        let mut links = self.links();
        links.retain(|link| link.until > now);
        let before = links.len();
        links.retain(|link| !link.hash.is(&hash));
        if links.len() == before {
            return Ok(None);
        }
        drop(links);
        let secret = secret::make("")?;
        let until = now + SESSION_FOR;
        self.change(|kept| {
            kept.sessions.retain(|session| session.until > now);
            if kept.sessions.len() >= SESSIONS_MAX {
                kept.sessions.remove(0);
            }
            kept.sessions.push(Session { hash: Hash::of(&secret), until });
            Ok(())
        })?;
        Ok(Some(Made { what: until, secret }))
    }

    pub fn end_session(&self, hash: &Hash) -> Result<(), AccessError> {
        self.change(|kept| {
            kept.sessions.retain(|session| !session.hash.is(hash));
            Ok(())
        })
    }

    /// Whose token this is. Every one is compared, so that the time it takes tells nothing.
    pub fn token(&self, secret: &str) -> Option<Token> {
        let hash = Hash::of_text(secret);
        self.kept().tokens.iter().fold(None, |found, known| match known.hash.is(&hash) {
            true => Some(known.token.clone()),
            false => found,
        })
    }

    /// The session that a cookie names, if it still lasts.
    pub fn session(&self, secret: &str, now: Timestamp) -> Option<Hash> {
        let hash = Hash::of_text(secret);
        let kept = self.kept();
        let lasts =
            kept.sessions.iter().fold(false, |lasts, session| lasts | (session.hash.is(&hash) & (session.until > now)));
        lasts.then_some(hash)
    }

    /// Changes what is kept once the change is on the disk. The disk is waited for, which is rare: people do this.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> Result<T, AccessError>) -> Result<T, AccessError> {
        let mut kept = self.kept();
        let mut changed = kept.clone();
        let done = change(&mut changed)?;
        file::write(&self.path, &changed)?;
        *kept = changed;
        Ok(done)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, Vec<Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    fn opened() -> (tempfile::TempDir, Access) {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::open(folder.path().join("access.json")).unwrap();
        (folder, access)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_token_opens_until_it_is_removed_and_outlives_the_process() {
        let (folder, access) = opened();
        let made = access.add_token("shell", Scope::Sync, at(0)).unwrap();
        let secret = made.secret.expose_secret();
        assert!(secret.starts_with("fs_") && secret.len() == 3 + 43, "{}", secret.len());
        assert!(matches!(access.add_token(" shell ", Scope::Read, at(0)), Err(AccessError::LabelTaken(_))));
        assert!(matches!(access.add_token(" ", Scope::Read, at(0)), Err(AccessError::Label)));
        let path = folder.path().join("access.json");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&secret[3..]), "only the hash is kept");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Access::open(path).unwrap();
        assert_eq!(again.token(secret).unwrap().scope, Scope::Sync);
        for wrong in ["", "fs_", &secret[3..], &format!("{secret}x"), &secret.to_lowercase()] {
            assert!(again.token(wrong).is_none(), "{wrong}");
        }
        assert!(again.remove_token(made.what.id).unwrap());
        assert!(!again.remove_token(made.what.id).unwrap());
        assert!(again.token(secret).is_none());
        assert_eq!(again.add_token("shell", Scope::Read, at(1)).unwrap().what.id, made.what.id + 1);
    }

    #[test]
    fn a_link_works_once_and_for_ten_minutes_and_a_session_for_thirty_days() {
        let (_folder, access) = opened();
        let link = |minute| access.make_link(at(minute)).unwrap().secret;
        let redeem = |secret: &SecretString, minute| access.redeem(secret.expose_secret(), at(minute)).unwrap();
        let (first, late) = (link(0), link(0));
        let session = redeem(&first, 9).unwrap();
        assert!(redeem(&first, 9).is_none(), "a second time");
        assert!(redeem(&late, 10).is_none(), "too late");
        assert!(access.redeem("", at(0)).unwrap().is_none());
        let cookie = session.secret.expose_secret();
        assert_eq!(session.what, at(9 + 30 * 24 * 60));
        assert!(access.session(cookie, at(9 + 30 * 24 * 60 - 1)).is_some());
        assert!(access.session(cookie, session.what).is_none());
        assert!(access.token(cookie).is_none() && access.session(first.expose_secret(), at(9)).is_none());
        access.end_session(&access.session(cookie, at(10)).unwrap()).unwrap();
        assert!(access.session(cookie, at(10)).is_none());
        let many: Vec<_> = (0..=LINKS_MAX).map(|_| link(0)).collect();
        assert!(redeem(&many[0], 1).is_none() && redeem(&many[1], 1).is_some(), "the oldest makes room");
    }

    #[test]
    fn a_change_that_cannot_be_kept_is_not_made() {
        let (folder, access) = opened();
        std::fs::create_dir(folder.path().join("access.json")).unwrap();
        assert!(matches!(access.add_token("x", Scope::Read, at(0)), Err(AccessError::Write(_))));
        assert!(access.tokens().is_empty());
    }
}
