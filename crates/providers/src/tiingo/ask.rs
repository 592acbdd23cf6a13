//! One request to the service, with its token in a header and its answers classified.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use secrecy::ExposeSecret;

use super::{SPEC, errors};

/// What every stream asks with.
pub struct Ask<'a> {
    reach: &'a Reach,
    pub request: &'a FetchRequest<'a>,
    token: String,
}

impl<'a> Ask<'a> {
    pub fn of(reach: &'a Reach, request: &'a FetchRequest<'a>) -> Result<Ask<'a>, ProviderError> {
        // Accounts show the bare token.
        let token = format!("Token {}", request.credential("api_key")?.expose_secret());
        Ok(Ask { reach, request, token })
    }

    /// Asks for `path`, which begins with a slash.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<HttpAnswer, ProviderError> {
        let (budgets, manual) = (self.request.budgets, self.request.manual);
        let call = Call { budgets, weight: 1, manual, classify: &errors::classify };
        let url = format!("{}{path}", self.request.host(&SPEC, "default"));
        let build = |_| {
            let mut http = HttpRequest::get(url.as_str());
            http.query = query.iter().map(|(name, value)| (name.to_string(), Part::Plain(value.clone()))).collect();
            http.headers.push(("authorization".into(), Part::Secret(self.token.clone())));
            http
        };
        self.reach.http.send(&call, build).await
    }
}
