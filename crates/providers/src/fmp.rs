//! Stands in for the provider of this name: it needs its credential, and reads nothing.

use async_trait::async_trait;
use foliosync_engine::provider::{
    Cadence, FetchRequest, IntervalSpec, Page, Provider, ProviderError, ProviderSpec, Reach, SettingKind, SettingSpec,
    StreamSpec,
};
use serde_json::Value as Json;

pub struct Fmp;

static SPEC: ProviderSpec = ProviderSpec {
    id: "fmp",
    name: "FMP",
    summary: "Prices",
    experimental: true,
    hosts: &[],
    limits: |_| Vec::new(),
    weight: |_, _, _| 0,
    settings: &[SettingSpec {
        key: "api_key",
        label: "API key",
        help: "From the dashboard of your account",
        kind: SettingKind::Secret,
        required: true,
    }],
    streams: &[StreamSpec { name: "quotes", summary: "Quotes", cadence: Cadence::Interval, work: None }],
    interval: IntervalSpec { min_secs: 60, default_secs: 900, max_secs: 86_400 },
    item_noun: "symbol",
};

#[async_trait]
impl Provider for Fmp {
    fn spec(&self) -> &'static ProviderSpec {
        &SPEC
    }

    async fn fetch(&self, _: &Reach, request: &FetchRequest<'_>) -> Result<Page, ProviderError> {
        request.credential("api_key")?;
        let (changes, items, watermark) = (Vec::new(), Vec::new(), Json::Null);
        Ok(Page { changes, items, watermark, more: false, expected: None, as_of: None, settings: Vec::new() })
    }
}
