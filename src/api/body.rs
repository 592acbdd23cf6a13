//! What a request carries, read strictly: a name that is not known is refused with the nearest that is.

use std::str::FromStr;
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use foliosync_engine::limits::API_BODY_BYTES_MAX;
use foliosync_engine::nearest::nearest;
use serde::de::DeserializeOwned;

use super::ApiError;

/// How long a client may take to send its body.
const BODY_SECONDS_MAX: Duration = Duration::from_secs(30);

/// A JSON body. None at all counts as `{}`.
pub struct Body<T>(pub T);

/// What stands behind the question mark.
pub struct Params<T>(pub T);

/// The number in the path.
pub struct Id(pub i64);

/// The name in the path, percent-decoded.
pub struct Name(pub String);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, ApiError> {
        let too_large = || ApiError::too_large(API_BODY_BYTES_MAX);
        // Refused by what it announces, before the client has sent it all.
        if request.body().size_hint().lower() > API_BODY_BYTES_MAX as u64 {
            return Err(too_large());
        }
        let reading = axum::body::to_bytes(request.into_body(), API_BODY_BYTES_MAX);
        let bytes = match tokio::time::timeout(BODY_SECONDS_MAX, reading).await {
            Ok(bytes) => bytes.map_err(|_| too_large())?,
            Err(_) => return Err(ApiError::too_slow(BODY_SECONDS_MAX.as_secs())),
        };
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Body).map_err(|error| refused("the body", &error.to_string()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Params<T>, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Params(params)).map_err(|error| {
            let why = error.body_text();
            refused("the query string", why.strip_prefix("Failed to deserialize query string: ").unwrap_or(&why))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Name, ApiError> {
        let found = Path::<String>::from_request_parts(parts, state).await;
        found.map(|Path(text)| Name(text)).map_err(|_| {
            ApiError::input("the name in the path cannot be read", "percent-encode it: crypto%3ABTC for crypto:BTC")
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, ApiError> {
        let found = Path::<String>::from_request_parts(parts, state).await;
        let text = found.map(|Path(text)| text).unwrap_or_default();
        i64::from_str(&text)
            .map(Id)
            .map_err(|_| ApiError::not_found(format!("`{text}` is not an id"), "ids are numbers"))
    }
}

fn refused(what: &str, why: &str) -> ApiError {
    ApiError::input(format!("{what} cannot be read: {}", without_values(why)), hint(why))
}

/// From serde's "invalid type: string "…", expected a map" without what was given, which may be a secret in a wrong
/// place.
fn without_values(why: &str) -> String {
    for mark in ["invalid type: ", "invalid value: "] {
        let Some((before, rest)) = why.split_once(mark) else { continue };
        let Some((given, expected)) = rest.rsplit_once(", expected ") else { continue };
        let kind = given.split([' ', '`', '"']).next().unwrap_or_default();
        return format!("{before}{mark}{kind}, expected {expected}");
    }
    why.to_string()
}

/// From serde's "unknown field `conections`, expected one of `connections`, `streams`" the field that was meant.
fn hint(why: &str) -> String {
    let Some((_, tail)) = why.split_once("unknown field `") else { return String::new() };
    let mut quoted = tail.split('`');
    let given = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    nearest(given, known.into_iter()).trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::{hint, without_values};
    use foliosync_engine::model::sync::SyncOptions;

    #[test]
    fn a_field_that_is_not_known_is_answered_with_the_nearest() {
        let check = |body: &str, want: &str| {
            assert_eq!(hint(&serde_json::from_str::<SyncOptions>(body).unwrap_err().to_string()), want);
        };
        check(r#"{"acceptRemoval":true}"#, "did you mean `acceptRemovals`?");
        check(r#"{"colour":true}"#, "");
        check(r#"{"rehash":1}"#, "");
    }

    #[test]
    fn what_was_given_is_not_said_back() {
        let check = |body: &str, want: &str| {
            let error = serde_json::from_str::<SyncOptions>(body).unwrap_err().to_string();
            assert_eq!(without_values(&error).split(" at line").next(), Some(want));
        };
        check(r#"{"rehash":"s3cret"}"#, "invalid type: string, expected a boolean");
        check(r#"{"rehash":"s3cret, expected `x`"}"#, "invalid type: string, expected a boolean");
        check(r#"{"rehash":12345}"#, "invalid type: integer, expected a boolean");
        check(r#"{"items":{"s3cret":1}}"#, "invalid type: map, expected a sequence");
    }
}
