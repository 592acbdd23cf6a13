//! A notification in the words of who takes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use foliosync_engine::model::notification::{Notification, NotificationKind};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Value as Json, json};
use sha2::Sha256;

/// Bytes of a webhook's secret, by the Standard Webhooks.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What there is to tell.
pub enum News<'a> {
    Notice(&'a Notification),
    /// That notifications come through.
    Test {
        at: Timestamp,
    },
}

/// One request.
pub struct Letter {
    pub url: Url,
    pub headers: Vec<(&'static str, SecretString)>,
    pub body: String,
}

/// Whoever takes JSON that is signed by the Standard Webhooks (version 1.0.0): `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`, which is base64 of HMAC-SHA256 over `id.timestamp.body`.
#[derive(Debug, Clone)]
pub struct Webhook {
    url: Url,
    key: SecretSlice<u8>,
}

/// A topic of ntfy, by its JSON interface: `https://ntfy.sh/my-topic`.
#[derive(Debug, Clone)]
pub struct Ntfy {
    /// Of the server, without the topic.
    url: Url,
    topic: String,
    token: Option<SecretString>,
}

impl Webhook {
    pub const NAME: &str = "webhook";

    /// Why it cannot be one, where it cannot. The secret is base64, behind `whsec_` or not.
    pub fn new(url: &str, secret: &SecretString) -> Result<Webhook, String> {
        let text = secret.expose_secret().trim();
        let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok();
        let key = key.filter(|key| SECRET_BYTES.contains(&key.len()));
        let key = key.ok_or("its secret is not base64 of 24 to 64 bytes")?;
        Ok(Webhook { url: address(url)?, key: key.into() })
    }

    pub fn host(&self) -> String {
        host(&self.url)
    }

    pub fn letter(&self, news: &News<'_>, now: Timestamp) -> Letter {
        let (kind, at, data) = match news {
            News::Notice(notice) => (notice.kind.word(), notice.at, json!(notice)),
            News::Test { at } => ("test", *at, json!({ "message": news.message() })),
        };
        let body = json!({ "type": format!("notification.{kind}"), "timestamp": at, "data": data }).to_string();
        let (id, time) = (news.id(), now.as_second());
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{time}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let headers = [("webhook-id", id), ("webhook-timestamp", time.to_string()), ("webhook-signature", signature)];
        let headers = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        Letter { url: self.url.clone(), headers, body }
    }
}

impl Ntfy {
    pub const NAME: &str = "ntfy";

    pub fn new(url: &str, token: Option<SecretString>) -> Result<Ntfy, String> {
        let mut url = address(url)?;
        let topic = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_string();
        if topic.is_empty() || url.query().is_some() {
            return Err("it must end with the topic: https://ntfy.sh/my-topic".into());
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().pop();
        }
        Ok(Ntfy { url, topic, token })
    }

    pub fn host(&self) -> String {
        host(&self.url)
    }

    pub fn letter(&self, news: &News<'_>) -> Letter {
        let (tag, priority) = match news.kind() {
            Some(NotificationKind::NeedsAttention) => ("rotating_light", 4),
            Some(NotificationKind::Error) => ("warning", 3),
            Some(NotificationKind::Recovered) => ("white_check_mark", 2),
            None => ("wave", 2),
        };
        let body: Json = json!({
            "topic": self.topic, "title": news.title(), "message": news.message(), "tags": [tag], "priority": priority,
        });
        let token = self.token.as_ref().map(|token| format!("Bearer {}", token.expose_secret()));
        let headers = token.map(|token| ("authorization", token.into())).into_iter().collect();
        Letter { url: self.url.clone(), headers, body: body.to_string() }
    }
}

impl News<'_> {
    /// The same each time that it is sent, and no other's: receivers know by it what they have had already.
    fn id(&self) -> String {
        match self {
            News::Notice(notice) => format!("notice_{}_{}", notice.at.as_millisecond(), notice.id),
            News::Test { at } => format!("test_{}", at.as_millisecond()),
        }
    }

    fn kind(&self) -> Option<NotificationKind> {
        match self {
            News::Notice(notice) => Some(notice.kind),
            News::Test { .. } => None,
        }
    }

    fn title(&self) -> String {
        let News::Notice(notice) = self else { return "foliosync".into() };
        let who = notice.label.as_deref().unwrap_or(&notice.provider);
        match notice.kind {
            NotificationKind::Error => format!("foliosync: {who} fails"),
            NotificationKind::NeedsAttention => format!("foliosync: {who} needs you"),
            NotificationKind::Recovered => format!("foliosync: {who} is well again"),
        }
    }

    fn message(&self) -> &str {
        match self {
            News::Notice(notice) => &notice.message,
            News::Test { .. } => "Notifications come through.",
        }
    }
}

/// Where something is sent may hold neither a user nor a password: those belong into headers.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !["https", "http"].contains(&url.scheme()) || url.host_str().is_none() {
        return Err("it must begin with https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not hold a user name or password".into());
    }
    Ok(url)
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn notice() -> Notification {
        Notification {
            id: 7,
            at: "2026-11-20T17:00:00Z".parse().unwrap(),
            kind: NotificationKind::NeedsAttention,
            provider: "binance".into(),
            connection_id: Some(3),
            label: Some("Ma\u{ee}n".into()),
            message: "`Ma\u{ee}n` cannot be read: the key was refused".into(),
            over_at: None,
        }
    }

    /// The example of the Standard Webhooks' own libraries.
    #[test]
    fn letters_are_signed_as_receivers_check_them() {
        let key = SecretString::from(SECRET);
        let webhook = Webhook::new("https://hooks.example.org/x?y=z", &key).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(webhook.key.expose_secret()).unwrap();
        mac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let Letter { url, headers, body } = webhook.letter(&News::Notice(&notice()), now);
        let header = |name: &str| headers.iter().find(|(key, _)| *key == name).unwrap().1.expose_secret().to_string();
        assert_eq!(url.as_str(), "https://hooks.example.org/x?y=z");
        assert_eq!(
            (header("webhook-id").as_str(), header("webhook-timestamp").as_str()),
            ("notice_1795194000000_7", "1800000000")
        );
        let body: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(body["type"], "notification.needs_attention");
        assert_eq!((&body["data"]["connectionId"], &body["data"]["id"]), (&json!(3), &json!(7)));
    }

    #[test]
    fn ntfy_gets_the_topic_apart() {
        for (url, server) in [
            ("https://ntfy.sh/topic", "https://ntfy.sh/"),
            ("https://example.org/ntfy/topic/", "https://example.org/ntfy"),
        ] {
            let ntfy = Ntfy::new(url, Some("tk_x".to_string().into())).unwrap();
            let Letter { url, headers, body } = ntfy.letter(&News::Notice(&notice()));
            assert_eq!((url.as_str(), headers[0].1.expose_secret()), (server, "Bearer tk_x"));
            let body: Json = serde_json::from_str(&body).unwrap();
            assert_eq!((&body["topic"], &body["priority"]), (&json!("topic"), &json!(4)));
            assert_eq!(body["title"], "foliosync: Ma\u{ee}n needs you");
        }
    }

    #[test]
    fn what_cannot_be_sent_to_is_refused() {
        let webhook = |url: &str, secret: &str| Webhook::new(url, &secret.to_string().into()).err();
        let short = Some("its secret is not base64 of 24 to 64 bytes".to_string());
        for secret in ["", "hunter2", "whsec_", "whsec_c2hvcnQ=", &STANDARD.encode([7; 65])] {
            assert_eq!(webhook("https://example.org", secret), short, "{secret}");
        }
        assert_eq!(webhook("https://example.org", &STANDARD.encode([7; 24])), None);
        for (url, why) in [
            ("ftp://example.org", "it must begin with https://"),
            ("example.org", "relative URL without a base"),
            ("https://user:word@example.org", "it must not hold a user name or password"),
        ] {
            assert_eq!(webhook(url, SECRET).as_deref(), Some(why));
            assert_eq!(Ntfy::new(url, None).err().as_deref(), Some(why));
        }
        for url in ["https://ntfy.sh", "https://ntfy.sh/", "https://ntfy.sh/x?y"] {
            assert!(Ntfy::new(url, None).err().unwrap().contains("end with the topic"));
        }
    }
}
