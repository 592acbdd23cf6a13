//! One request to the exchange, with its answers classified.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};

use super::{SPEC, errors};

pub struct Ask<'a> {
    pub reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
}

impl Ask<'_> {
    /// The answer; `None` where the exchange does not know one of the symbols, which fails them all.
    pub async fn get(
        &self,
        path: &str,
        query: &[(&str, String)],
        weight: u32,
    ) -> Result<Option<HttpAnswer>, ProviderError> {
        let classify = |answer: &HttpAnswer, now| match errors::is_unknown_symbol(answer) {
            true => Ok(()),
            false => errors::classify(answer, now),
        };
        let FetchRequest { budgets, manual, .. } = *self.request;
        let call = Call { budgets, weight, manual, classify: &classify };
        let url = format!("{}{path}", self.request.host(&SPEC, "public"));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect();
            http
        };
        let answer = self.reach.http.send(&call, build).await?;
        Ok(Some(answer).filter(|answer| !errors::is_unknown_symbol(answer)))
    }

    /// A request that proves that the exchange is reached, for somebody who tries a connection out.
    pub async fn prove(&self) -> Result<(), ProviderError> {
        if self.request.manual {
            self.get("/api/v3/ping", &[], 1).await?;
        }
        Ok(())
    }
}
