//! One request to the exchange, with its answers classified and taken out of their envelope.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{SPEC, errors};

pub struct Ask<'a> {
    pub reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
}

impl Ask<'_> {
    /// The answer; `None` where the exchange does not know the instrument.
    pub async fn get(
        &self,
        path: &str,
        query: &[(&str, String)],
        weight: u32,
    ) -> Result<Option<HttpAnswer>, ProviderError> {
        let classify = |answer: &HttpAnswer, now| match errors::is_unknown_instrument(answer) {
            true => Ok(()),
            false => errors::classify(answer, now),
        };
        let FetchRequest { budgets, manual, settings, .. } = *self.request;
        let call = Call { budgets, weight, manual, classify: &classify };
        let region = settings.get("region").map_or("global", String::as_str);
        let url = format!("{}{path}", self.request.host(&SPEC, region));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect();
            http
        };
        let answer = self.reach.http.send(&call, build).await?;
        Ok(Some(answer).filter(|answer| !errors::is_unknown_instrument(answer)))
    }

    /// A request that proves that the exchange is reached, for somebody who tries a connection out.
    pub async fn prove(&self) -> Result<(), ProviderError> {
        if self.request.manual {
            self.get("/api/v5/public/time", &[], 1).await?;
        }
        Ok(())
    }
}

/// The rows of a good answer.
pub fn data<'a, T: Deserialize<'a>>(answer: &'a HttpAnswer) -> Result<Vec<T>, ProviderError> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: Deserialize<'de>"))]
    struct Envelope<T> {
        data: Vec<T>,
    }
    serde_json::from_slice::<Envelope<T>>(&answer.body).map(|envelope| envelope.data).map_err(|error| {
        let message = format!("its answer holds no rows (line {}, column {})", error.line(), error.column());
        ProviderError::Malformed { what: "OKX", message }
    })
}

/// A row that is an object.
pub type Object<'a> = &'a RawValue;
