//! One request to the service, with its key in a header and its answers classified.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, Page, ProviderError, Reach};
use secrecy::ExposeSecret;

use super::errors::{self, Standing};
use super::{SPEC, is_free};
use crate::prices::Sweep;

/// What every stream asks with.
pub struct Ask<'a> {
    reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
    key: String,
    pub is_free: bool,
    pub is_legacy: bool,
}

impl<'a> Ask<'a> {
    pub fn of(reach: &'a Reach, request: &'a FetchRequest<'a>) -> Result<Ask<'a>, ProviderError> {
        Ok(Ask {
            reach,
            request,
            key: request.credential("api_key")?.expose_secret().to_string(),
            is_free: is_free(request.settings),
            is_legacy: request.settings.get("generation").is_some_and(|generation| generation == "legacy"),
        })
    }

    /// Asks for `path`, which begins with a slash, on behalf of a sweep.
    pub async fn get(&self, sweep: &Sweep, path: &str, query: &[(&str, String)]) -> Result<HttpAnswer, ProviderError> {
        let standing = Standing { is_free: self.is_free, was_limited: sweep.position.limited_at.is_some() };
        let classify = move |answer: &HttpAnswer, now| errors::classify(answer, now, standing);
        let call = Call { budgets: self.request.budgets, weight: 1, manual: self.request.manual, classify: &classify };
        let url = format!("{}{path}", self.request.host(&SPEC, "default"));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect();
            http.headers.push(("apikey".into(), Part::Secret(self.key.clone())));
            http
        };
        self.reach.http.send(&call, build).await
    }

    /// What the failure of the next `count` symbols comes to. Where the free plan says for the first time that it was asked
    /// too often, that is noted: the next time tells a crowded minute from a day that is used up.
    pub fn failed(&self, mut sweep: Sweep, count: usize, error: ProviderError) -> Result<Page, ProviderError> {
        if self.is_free && errors::is_limit(&error) && sweep.position.limited_at.is_none() {
            sweep.position.limited_at = Some(self.request.now);
            return Ok(sweep.noted());
        }
        sweep.failed(count, error)
    }
}
