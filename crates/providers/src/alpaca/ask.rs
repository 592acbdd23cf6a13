//! One request to the broker with the account's key, its answer classified.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use secrecy::{ExposeSecret, SecretString};

use super::{ENVIRONMENT, ENVIRONMENTS, KEY, NAME, SECRET, SPEC, errors};
use crate::prices::Row;

pub struct Ask<'a> {
    pub request: &'a FetchRequest<'a>,
    /// `paper` or `live`; also what the account is called in rows, because a connection has no other.
    pub environment: &'static str,
    reach: &'a Reach,
    key: &'a SecretString,
    secret: &'a SecretString,
}

impl<'a> Ask<'a> {
    pub fn of(reach: &'a Reach, request: &'a FetchRequest<'a>) -> Result<Ask<'a>, ProviderError> {
        let named = request.setting(ENVIRONMENT)?;
        let Some(environment) = ENVIRONMENTS.into_iter().find(|environment| *environment == named) else {
            let message = format!("the setting `{ENVIRONMENT}` must be one of {}", ENVIRONMENTS.join(", "));
            return Err(ProviderError::NeedsUser { message });
        };
        let (key, secret) = (request.credential(KEY)?, request.credential(SECRET)?);
        Ok(Ask { request, environment, reach, key, secret })
    }

    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<HttpAnswer, ProviderError> {
        let FetchRequest { budgets, manual, .. } = *self.request;
        let environment = self.environment;
        let classify = move |answer: &HttpAnswer, now| errors::classify(answer, environment, now);
        let call = Call { budgets, weight: 1, manual, classify: &classify };
        let url = format!("{}{path}", self.request.host(&SPEC, self.environment));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect();
            let secret = |name: &str, value: &SecretString| (name.into(), Part::Secret(value.expose_secret().into()));
            http.headers = vec![secret("apca-api-key-id", self.key), secret("apca-api-secret-key", self.secret)];
            http
        };
        self.reach.http.send(&call, build).await
    }
}

/// The objects of an answer that is an array, each as it is or with the reason why it is none.
pub fn rows(answer: &HttpAnswer) -> Result<Vec<Result<Row<'_>, String>>, ProviderError> {
    let values: Vec<&serde_json::value::RawValue> = serde_json::from_slice(&answer.body).map_err(|error| {
        malformed(format!("its answer is no JSON array (line {}, column {})", error.line(), error.column()))
    })?;
    Ok(values.into_iter().map(|value| Row::of(value).ok_or_else(|| "it is no JSON object".into())).collect())
}

/// An answer that is one object.
pub fn row(answer: &HttpAnswer) -> Result<Row<'_>, ProviderError> {
    let value: Option<&serde_json::value::RawValue> = serde_json::from_slice(&answer.body).ok();
    value.and_then(Row::of).ok_or_else(|| malformed("its answer is no JSON object".into()))
}

pub fn malformed(message: String) -> ProviderError {
    ProviderError::Malformed { what: NAME, message }
}
