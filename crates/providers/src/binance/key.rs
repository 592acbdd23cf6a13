//! Whose key it is, and what it may do.

use foliosync_engine::http::Method;
use foliosync_engine::provider::ProviderError;
use serde_json::value::RawValue;

use super::account;
use super::ask::Private;
use crate::exchange::{Rights, Seen, malformed};
use crate::prices::Row;

const RIGHTS: &str = "/sapi/v1/account/apiRestrictions";
/// What a key needs, and what does no harm.
const HARMLESS: [&str; 2] = ["enableReading", "enableFixReadOnly"];

/// Looks at the key, unless that was done today.
pub async fn seen(private: &Private<'_>, before: Option<&Seen>) -> Result<Seen, ProviderError> {
    let (key, request) = (private.key, private.ask.request);
    if let Some(seen) = before.filter(|seen| seen.is_enough(key, request)) {
        return Ok(seen.clone());
    }
    let is_known = before.is_some_and(|seen| seen.is_of(key));
    // A key that does not open the account is told by that, and not by what else it may not.
    let account = if is_known { None } else { Some(account::read(private).await?.number) };
    let beyond = match private.sapi(Method::Get, RIGHTS, 1).await {
        Ok(answer) => {
            let row: &RawValue = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
            beyond(&Row::of(row).ok_or_else(unreadable)?)?
        }
        // So are keys answered that may not ask this; the account they may read.
        Err(ProviderError::NeedsUser { .. }) => Vec::new(),
        // It was found good before.
        Err(ProviderError::Backoff { .. }) if is_known => return before.cloned().ok_or_else(unreadable),
        Err(error) => return Err(error),
    };
    Seen::admit(before, key, Rights { account: account.flatten(), beyond }, "Binance", request)
}

fn unreadable() -> ProviderError {
    malformed("Binance", "it does not say what the API key may do")
}

/// Every right that is granted and not harmless, those that came later included.
fn beyond(row: &Row<'_>) -> Result<Vec<String>, ProviderError> {
    match row.flag("enableReading") {
        Some(true) => {}
        Some(false) => {
            let message = "the API key may not read: switch \"Enable Reading\" on for it at Binance";
            return Err(ProviderError::NeedsUser { message: message.into() });
        }
        None => return Err(unreadable()),
    }
    let is_right = |name: &&str| name.starts_with("enable") || name.starts_with("permits");
    let granted = row.names().filter(is_right).filter(|name| !HARMLESS.contains(name) && row.flag(name) != Some(false));
    Ok(granted.map(String::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_beyond_reading_are_named_and_new_ones_too() {
        let check = |body: &str, want: &str| {
            let raw: &RawValue = serde_json::from_str(body).unwrap();
            let told = match beyond(&Row::of(raw).unwrap()) {
                Ok(rights) => rights.join(" "),
                Err(error) => error.to_string(),
            };
            assert_eq!(told, want, "{body}");
        };
        check(r#"{"enableReading":true,"ipRestrict":true,"enableFixReadOnly":true,"enableMargin":false}"#, "");
        check(r#"{"enableReading":true,"createTime":1623840271000,"tradingAuthorityExpirationTime":9}"#, "");
        let granted =
            r#"{"enableReading":true,"enableWithdrawals":true,"permitsUniversalTransfer":true,"enableFutures":false}"#;
        check(granted, "enableWithdrawals permitsUniversalTransfer");
        check(r#"{"enableReading":true,"enableSomethingNew":true}"#, "enableSomethingNew");
        // What cannot be read is not taken for harmless.
        check(r#"{"enableReading":true,"enableMargin":"yes"}"#, "enableMargin");
        let may_not = "the API key may not read: switch \"Enable Reading\" on for it at Binance";
        check(r#"{"enableReading":false}"#, may_not);
        check("{}", "Binance: it does not say what the API key may do");
    }
}
