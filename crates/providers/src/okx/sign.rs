//! Signatures of requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::Sha256;

/// A time as the exchange wants it: ISO 8601 in UTC, with milliseconds.
pub fn stamp(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `target` is the path with its query as they are sent, without the host.
pub fn sign(secret: &str, stamp: &str, target: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes every key");
    mac.update(format!("{stamp}GET{target}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        for (at, want) in [
            ("2020-12-08T09:08:57.715Z", "2020-12-08T09:08:57.715Z"),
            ("2020-12-08T09:08:57Z", "2020-12-08T09:08:57.000Z"),
            ("2020-12-08T09:08:57.715999Z", "2020-12-08T09:08:57.715Z"),
        ] {
            assert_eq!(stamp(at.parse().unwrap()), want);
        }
    }
}
