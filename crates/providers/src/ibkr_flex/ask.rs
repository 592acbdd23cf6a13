//! Requests to the service. The token is a part of each, so it goes to hosts of the service alone.

use foliosync_engine::http::{Call, HttpAnswer, HttpRequest, Part};
use foliosync_engine::provider::{FetchRequest, ProviderError, Reach};
use foliosync_engine::secrets::origin_of;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};

use super::{QUERY, SPEC, TOKEN, ZONE, ZONE_DEFAULT, errors};

const PATH: &str = "/AccountManagement/FlexWebService";
/// Whose hosts may be named by an answer.
const DOMAIN: &str = ".interactivebrokers.com";

pub struct Ask<'a> {
    pub request: &'a FetchRequest<'a>,
    pub query: &'a str,
    pub zone: TimeZone,
    reach: &'a Reach,
    token: &'a SecretString,
}

impl<'a> Ask<'a> {
    pub fn of(reach: &'a Reach, request: &'a FetchRequest<'a>) -> Result<Ask<'a>, ProviderError> {
        let token = request.credential(TOKEN)?;
        let query = request.setting(QUERY)?.trim();
        let refuse = |message: String| Err(ProviderError::NeedsUser { message });
        if query.is_empty() || !query.bytes().all(|byte| byte.is_ascii_digit()) {
            return refuse(format!(
                "the setting `{QUERY}` must be a number, which stands beside the query in Client Portal"
            ));
        }
        let name = request.settings.get(ZONE).map(|text| text.trim()).filter(|text| !text.is_empty());
        let name = name.unwrap_or(ZONE_DEFAULT);
        let Ok(zone) = TimeZone::get(name) else {
            return refuse(format!(
                "the setting `{ZONE}` names no time zone: write it like {ZONE_DEFAULT}, not `{name}`"
            ));
        };
        Ok(Ask { request, query, zone, reach, token })
    }

    /// Where requests usually go.
    fn site(&self) -> String {
        self.request.host(&SPEC, SPEC.hosts[0].key).to_string()
    }

    pub async fn order(&self) -> Result<HttpAnswer, ProviderError> {
        self.get(&self.site(), "SendRequest", self.query).await
    }

    /// `elsewhere`: in place of the usual host.
    pub async fn fetch(&self, reference: &str, elsewhere: Option<&str>) -> Result<HttpAnswer, ProviderError> {
        let site = self.site();
        self.get(elsewhere.unwrap_or(&site), "GetStatement", reference).await
    }

    async fn get(&self, site: &str, what: &str, of: &str) -> Result<HttpAnswer, ProviderError> {
        let FetchRequest { budgets, manual, .. } = *self.request;
        let call = Call { budgets, weight: 1, manual, classify: &errors::classify };
        let build = |_| {
            let mut http = HttpRequest::get(format!("{site}{PATH}/{what}"));
            let plain = |name: &str, value: &str| (name.to_string(), Part::Plain(value.into()));
            let token = ("t".to_string(), Part::Secret(self.token.expose_secret().into()));
            http.query = vec![token, plain("q", of), plain("v", "3")];
            http
        };
        self.reach.http.send(&call, build).await
    }

    /// The host that an answer names for the report, where it is another one than the usual and may have the token.
    pub fn elsewhere(&self, url: &str) -> Option<String> {
        let origin = origin_of(url.trim());
        let host = origin.strip_prefix("https://").filter(|host| {
            // No port, no user, nothing that another reader of URLs might take for the end of the host.
            let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
            is_plain && host.len() > DOMAIN.len() && host.ends_with(DOMAIN)
        });
        // Who set another base URL gave the token for that one alone.
        let may = self.request.base_url.is_none() && host.is_some();
        Some(origin).filter(|origin| may && *origin != origin_of(&self.site()))
    }
}
