//! What every provider says of itself.

use std::collections::BTreeSet;

#[test]
fn providers_are_found_by_an_id_that_people_can_type() {
    let ids: Vec<_> = foliosync_providers::all().iter().map(|provider| provider.spec().id).collect();
    assert_eq!(ids, ["tradelog", "market_csv", "fmp", "tiingo", "ecb", "binance", "okx", "alpaca", "ibkr_flex"]);
    for id in &ids {
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{id}");
        assert_eq!(foliosync_providers::find(id).unwrap().spec().id, *id);
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(foliosync_providers::find("nasdaq").is_none());
}

#[test]
fn specs_are_complete() {
    for provider in foliosync_providers::all() {
        let spec = provider.spec();
        let texts = [spec.name, spec.summary, spec.item_noun];
        let of_settings = spec.settings.iter().flat_map(|setting| [setting.key, setting.label, setting.help]);
        let of_streams = spec.streams.iter().flat_map(|stream| [stream.name, stream.summary]);
        for text in texts.into_iter().chain(of_settings).chain(of_streams) {
            assert!(!text.is_empty() && text.trim() == text && !text.contains("  "), "{}: {text:?}", spec.id);
        }
        let interval = spec.interval;
        assert!(interval.min_secs <= interval.default_secs && interval.default_secs <= interval.max_secs);
    }
}
