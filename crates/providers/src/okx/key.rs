//! Whose key it is, and what it may do.

use foliosync_engine::provider::ProviderError;

use super::ask::{Object, Private, data};
use crate::exchange::{Rights, Seen, malformed};
use crate::prices::Row;

/// The endpoint allows a quarter of what the others do.
const WEIGHT: u32 = 4;

/// Looks at the key, unless that was done today.
pub async fn seen(private: &Private<'_>, before: Option<&Seen>) -> Result<Seen, ProviderError> {
    let (key, request) = (private.key, private.ask.request);
    if let Some(seen) = before.filter(|seen| seen.is_enough(key, request)) {
        return Ok(seen.clone());
    }
    let answer = match private.get("/api/v5/account/config", &[], WEIGHT).await {
        Ok(answer) => answer,
        Err(ProviderError::Backoff { message }) => match before.filter(|seen| seen.is_of(key)) {
            // It was found good before.
            Some(seen) => return Ok(seen.clone()),
            None => return Err(ProviderError::Backoff { message }),
        },
        Err(error) => return Err(error),
    };
    let rows: Vec<Object<'_>> = data(&answer)?;
    let unreadable = || malformed("OKX", "it does not say what the API key may do");
    let row = rows.first().and_then(|row| Row::of(row)).ok_or_else(unreadable)?;
    let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
    let account = row.text("uid").filter(is_number).ok_or_else(unreadable)?;
    let rights = row.text("perm").ok_or_else(unreadable)?;
    let beyond = rights.split(',').map(str::trim).filter(|right| !matches!(*right, "" | "read_only"));
    let rights = Rights { account: Some(account), beyond: beyond.map(String::from).collect() };
    Seen::admit(before, key, rights, "OKX", request)
}
