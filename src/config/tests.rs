//! Layers, values from files, and what is refused.

use super::*;

fn load(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, file).unwrap();
    let defaults = Config::at("/default".into());
    let environment = environment.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    Config::from_parts(&flags, &defaults, Some(&path), environment)
        .map_err(|failure| format!("{} | {}", failure.message, failure.hint).replace(path.to_str().unwrap(), "FILE"))
}

#[test]
fn a_later_layer_wins() {
    let file = "data_dir = '/file'\nruns_live_max = 2";
    let config = load(file, &[], Flags::default()).unwrap();
    assert_eq!((config.data_dir.to_str(), config.runs_live_max), (Some("/file"), 2));
    let config = load(file, &[("DATA_DIR", "/env"), ("RUNS_LIVE_MAX", "3")], Flags::default()).unwrap();
    assert_eq!((config.data_dir.to_str(), config.runs_live_max), (Some("/env"), 3));
    let flags = Flags { data_dir: Some("/flag".into()), ..Flags::default() };
    assert_eq!(load(file, &[("DATA_DIR", "/env")], flags).unwrap().data_dir.to_str(), Some("/flag"));
}

#[test]
fn a_value_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("value");
    std::fs::write(&path, "7\n").unwrap();
    let config = load("", &[("RUNS_LIVE_MAX_FILE", path.to_str().unwrap())], Flags::default()).unwrap();
    assert_eq!(config.runs_live_max, 7);
}

#[test]
fn a_server_that_others_can_reach_has_a_name() {
    let check = |file: &str, want: Result<&str, &str>| {
        let face = load(file, &[], Flags::default()).unwrap().face().unwrap().check();
        let face = face.map(|face| face.listen.to_string()).map_err(|failure| failure.message);
        assert_eq!(face, want.map(String::from).map_err(String::from));
    };
    check("", Ok("127.0.0.1:7878"));
    check("listen = 'localhost:80'", Ok("127.0.0.1:80"));
    check("listen = '[::1]:1'", Ok("[::1]:1"));
    check("listen = '0.0.0.0:1'\npublic_url = 'https://folio.example.org'", Ok("0.0.0.0:1"));
    for open in ["0.0.0.0:1", "[::]:1", "192.168.1.5:1"] {
        let want = format!("{open} can be reached from other machines, and there is no public_url");
        check(&format!("listen = '{open}'"), Err(&want));
    }
}

#[test]
fn providers_are_reached_where_the_file_says() {
    for (given, want) in [
        ("https://proxy.example.org/fmp/", "https://proxy.example.org/fmp"),
        ("http://127.0.0.1:1/fmp", "http://127.0.0.1:1/fmp"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
    ] {
        let file = format!("[providers.fmp]\nbase_url = '{given}'");
        assert_eq!(load(&file, &[], Flags::default()).unwrap().base_urls().unwrap()["fmp"], want);
    }
    assert!(load("", &[], Flags::default()).unwrap().base_urls().unwrap().is_empty());
}

#[test]
fn notifications_are_signed_or_not_sent() {
    let check = |file: &str, environment: &[(&str, &str)], want: Result<usize, &str>| {
        let notifiers = load(file, environment, Flags::default()).map(|config| config.notifiers().unwrap());
        let failed = |failure: String| failure.split(" | ").next().unwrap().to_string();
        assert_eq!(notifiers.map(|all| all.hosts().len()).map_err(failed), want.map_err(String::from), "{file}");
    };
    let secret = ("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    check("", &[secret], Ok(0));
    check("webhook_url = 'https://example.org'\nntfy_url = 'https://ntfy.sh/x'", &[secret], Ok(2));
    let unsigned = "webhook_url is set, and there is no secret to sign with";
    check("webhook_url = 'https://example.org'", &[], Err(unsigned));
    let wrong = "webhook_url cannot be used: its secret is not base64 of 24 to 64 bytes";
    check("webhook_url = 'https://example.org'", &[("WEBHOOK_SECRET", "hunter2")], Err(wrong));
    check("private_networks = ['lan']", &[], Err("private_networks cannot hold `lan`"));
}

#[test]
fn an_empty_secret_is_none() {
    let load = |value| load("", &[("SCHEDULER_SECRET", value)], Flags::default()).unwrap().scheduler_secret;
    assert!(load("").is_none() && load("x").is_some());
}

#[test]
fn what_is_wrong_is_refused_with_what_would_be_right() {
    let check = |file: &str, environment: &[(&str, &str)], want: &str| {
        assert_eq!(load(file, environment, Flags::default()).unwrap_err(), want);
    };
    check(
        "run_live_max = 1",
        &[],
        "there is no setting `run_live_max` in FILE | did you mean `runs_live_max`? there are: data_dir, runs_live_max, runs_kept_days, schedules, log, log_format, listen, public_url, trusted_proxies, metrics_open, base_currency, webhook_url, ntfy_url, private_networks, egress, providers",
    );
    check(
        "",
        &[("DATADIR", "/x")],
        "there is no setting FOLIOSYNC_DATADIR (in the environment) | did you mean `FOLIOSYNC_DATA_DIR`? there are: FOLIOSYNC_DATA_DIR, FOLIOSYNC_RUNS_LIVE_MAX, FOLIOSYNC_RUNS_KEPT_DAYS, FOLIOSYNC_SCHEDULES, FOLIOSYNC_LOG, FOLIOSYNC_LOG_FORMAT, FOLIOSYNC_LISTEN, FOLIOSYNC_PUBLIC_URL, FOLIOSYNC_TRUSTED_PROXIES, FOLIOSYNC_METRICS_OPEN, FOLIOSYNC_BASE_CURRENCY, FOLIOSYNC_WEBHOOK_URL, FOLIOSYNC_NTFY_URL, FOLIOSYNC_PRIVATE_NETWORKS, FOLIOSYNC_EGRESS, FOLIOSYNC_SCHEDULER_SECRET, FOLIOSYNC_WEBHOOK_SECRET, FOLIOSYNC_NTFY_TOKEN, FOLIOSYNC_STORE, FOLIOSYNC_STORE_READER",
    );
    check(
        "egress = 'a b'",
        &[],
        "egress cannot be `a b` | give the address a name of letters, digits, - _ . such as home or vps-1",
    );
    check("[providers.fmp]\nruns_live_max = 0", &[], "[providers.fmp] runs_live_max cannot be 0 | use 1 to 1000");
    check("runs_kept_days = 0", &[], "runs_kept_days cannot be 0 | use 1 to 36500");
    check("", &[("RUNS_KEPT_DAYS", "-1")], "FOLIOSYNC_RUNS_KEPT_DAYS is `-1`, not a number of days | ");
    check("runs_live_max = 0", &[], "runs_live_max cannot be 0 | use 1 to 1000");
    check("", &[("RUNS_LIVE_MAX", "many")], "FOLIOSYNC_RUNS_LIVE_MAX is `many`, not a number | ");
    check("", &[("METRICS_OPEN", "yes")], "FOLIOSYNC_METRICS_OPEN is `yes`, not true or false | ");
    check("listen = '7878'", &[], "listen cannot be `7878` | give an address and a port: 127.0.0.1:7878");
    check(
        "public_url = 'folio.example.org'",
        &[],
        "public_url cannot be `folio.example.org`: relative URL without a base | for example: https://folio.example.org",
    );
    check(
        "trusted_proxies = ['nginx']",
        &[],
        "trusted_proxies cannot hold `nginx` | give addresses or networks: 127.0.0.1, 10.0.0.0/8",
    );
    check(
        "[providers.fpm]\nbase_url = 'https://x'",
        &[],
        "[providers.fpm]: there is no such provider with an address | did you mean `fmp`? there are: fmp, tiingo, ecb, binance, okx, alpaca, ibkr_flex",
    );
    check(
        "[providers.fmp]\nurl = 'https://x'",
        &[],
        "there is no setting `url` under [providers.fmp] in FILE | there are: base_url, runs_live_max",
    );
    let example = "for example: https://proxy.example.org/api, or http://127.0.0.1:8080";
    for (url, why) in [
        ("http://example.org", "it must begin with https, as it is not on this machine"),
        ("ftp://127.0.0.1", "it must begin with https"),
        ("https://u:p@example.org", "it may hold neither a user, nor a query, nor a fragment"),
        ("https://example.org/?key=x", "it may hold neither a user, nor a query, nor a fragment"),
        ("example.org", "relative URL without a base"),
    ] {
        let file = format!("[providers.fmp]\nbase_url = '{url}'");
        check(&file, &[], &format!("[providers.fmp] base_url cannot be used: {why} | {example}"));
    }
    assert!(load("scheduler_secret = 'x'", &[], Flags::default()).unwrap_err().contains("no setting"));
    assert!(load("data_dir = 5", &[], Flags::default()).unwrap_err().starts_with("the configuration in FILE"));
}
