//! The European Central Bank's rates: every form in which they come, gaps, traps, and what is said of them.

use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::prices::FxRate;
use foliosync_engine::model::sync::{ItemStatus, SyncOptions};
use foliosync_engine::provider::{Named, Page, ProviderError, Reach};
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::provider_contract::{
    Subject, a_second_run_changes_nothing, pages_are_well_formed, resume_gives_the_same_tail,
};
use foliosync_engine::testkit::replay::{Replay, answer};

use crate::coins_wire::{Wire, recorded, rows, told};

const DAY: &str = "2026-04-13T15:00:00Z";
const NEXT: &str = "2026-04-14T15:00:00Z";
/// The first run's window begins 90 days before.
pub const FIRST: &str = "GET https://data-api.ecb.europa.eu/service/data/EXR/D..EUR.SP00.A?startPeriod=2026-01-13&format=csvdata&detail=dataonly";
const AGAIN: &str = "GET https://data-api.ecb.europa.eu/service/data/EXR/D..EUR.SP00.A?startPeriod=2026-04-08&format=csvdata&detail=dataonly";
pub const HISTORY: &str = "GET https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml";
pub const DAILY: &str = "GET https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml";

/// The data service's answer, from lines such as `USD 2026-04-13 1.1684`.
fn data(lines: &[&str]) -> String {
    let mut text = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n".to_string();
    for line in lines {
        let [code, date, rate] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        text += &format!("EXR.D.{code}.EUR.SP00.A,D,{code},EUR,SP00,A,{date},{rate}\n");
    }
    text
}

pub fn april() -> String {
    data(&["USD 2026-04-10 1.1711", "USD 2026-04-13 1.1684", "GBP 2026-04-10 0.87105", "GBP 2026-04-13 0.87058"])
}

fn stored(page: &Page) -> Vec<String> {
    let line = |rate: &FxRate| {
        assert_eq!((rate.base.as_str(), rate.provider.as_str(), rate.bid, rate.ask), ("EUR", "ecb", None, None));
        format!("{} {} {}", rate.quote, rate.date, rate.rate.unwrap())
    };
    rows::<FxRate>(page).iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_run_reads_a_window_and_tells_each_currency() {
    let replay = Replay::default().on(FIRST, answer(200, &april()));
    let mut bank = Wire::new("ecb", DAY, replay);
    let page = bank.page("fx").await;
    let want = ["GBP 2026-04-10 0.87105", "GBP 2026-04-13 0.87058", "USD 2026-04-10 1.1711", "USD 2026-04-13 1.1684"];
    assert_eq!(stored(&page), want);
    assert_eq!(told(&page), ["GBP Updated: 0.87058 on 2026-04-13", "USD Updated: 1.1684 on 2026-04-13"]);
    // 0.87058 / 1.1684, of one date and divided once.
    let as_of = "2026-04-13T00:00:00Z".parse().unwrap();
    assert_eq!(page.settings, [Named { name: "usd_gbp_rate", value: "0.745104416295789113".into(), as_of }]);
    // As its calendar says: 16:00 in Frankfurt, in summer.
    assert_eq!(page.as_of.unwrap().to_string(), "2026-04-13T14:00:00Z");
    assert_eq!((page.more, page.expected), (false, Some(2)));
}

#[tokio::test(start_paused = true)]
async fn later_runs_write_only_what_is_new_or_corrected() {
    let modified = "Mon, 13 Apr 2026 13:57:01 GMT";
    let first = answer(200, &april()).with_header("last-modified", modified).with_header("etag", "\"a1\"");
    let mut bank = Wire::new("ecb", DAY, Replay::default().on(FIRST, first));
    let page = bank.page("fx").await;
    assert_eq!(page.as_of.unwrap().to_string(), "2026-04-13T13:57:01Z", "as the bank says");

    let unchanged = Replay::default().on(AGAIN, answer(304, ""));
    let mut bank = bank.later(NEXT, unchanged);
    let page = bank.page("fx").await;
    assert!(page.changes.is_empty() && page.settings.is_empty());
    assert_eq!(told(&page), ["GBP Unchanged: 0.87058 on 2026-04-13", "USD Unchanged: 1.1684 on 2026-04-13"]);
    assert_eq!(page.as_of.unwrap().to_string(), "2026-04-13T13:57:01Z");
    let headers = &bank.replay.sent()[0].headers;
    let told_them: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {}", value.expose())).collect();
    assert_eq!(told_them, [format!("if-modified-since: {modified}"), "if-none-match: \"a1\"".into()]);

    let corrected = data(&[
        "GBP 2026-04-10 0.87105",
        "GBP 2026-04-13 0.87059",
        "GBP 2026-04-14 0.87",
        "USD 2026-04-10 1.1711",
        "USD 2026-04-13 1.1684",
    ]);
    let mut bank = bank.later(NEXT, Replay::default().on(AGAIN, answer(200, &corrected)));
    let page = bank.page("fx").await;
    assert_eq!(stored(&page), ["GBP 2026-04-13 0.87059", "GBP 2026-04-14 0.87"]);
    assert_eq!(
        told(&page),
        [
            "GBP Updated: 0.87 on 2026-04-14, corrected for 2026-04-13",
            "USD Missing: there is no rate of 2026-04-14; the last one is 1.1684 on 2026-04-13",
        ]
    );
    assert_eq!(page.settings[0].as_of, "2026-04-13T00:00:00Z".parse().unwrap(), "both rates are of one date");
}

#[tokio::test(start_paused = true)]
async fn an_empty_window_is_nothing_new_but_no_proof_that_there_is_nothing() {
    let Some(headers) = recorded("ecb/fact_sdmx_empty_window.headers.txt") else { return };
    assert!(headers.contains("Content-Length: 0") && headers.contains("+json"), "the answer that this is about");
    let empty = || answer(200, "").with_header("content-type", "application/vnd.sdmx.data+json;version=1.0.0-wd");
    let mut bank = Wire::new("ecb", DAY, Replay::default().on(FIRST, answer(200, &april())));
    bank.page("fx").await;
    let mut bank = bank.later(NEXT, Replay::default().on(AGAIN, empty()));
    let page = bank.page("fx").await;
    assert!(page.changes.is_empty());
    assert!(page.items.iter().all(|item| item.status == ItemStatus::Unchanged) && page.items.len() == 2);

    let replay = Replay::default().on(FIRST, empty()).on(HISTORY, answer(404, "")).on(DAILY, answer(404, ""));
    let error = Wire::new("ecb", DAY, replay).fetch("fx").await.unwrap_err();
    assert!(error.to_string().contains("the data service has no rates"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn every_recorded_form_is_read() {
    for (file, now, window, count, some) in [
        ("ecb/sdmx_csv_trimmed_2026-02_03.csv", "2026-03-18T16:00:00Z", "2025-12-18", 88, "GBP 2026-03-18 0.86393"),
        ("ecb/fact_sdmx_dataonly_lastN.csv", "2026-08-10T10:00:00Z", "2026-05-12", 1, "PLN 2026-08-07 4.2983"),
        // A column for each currency: trailing commas, `13 April 2026`, trailing zeros.
        ("ecb/eurofxref_daily_2026-04-13.csv", DAY, "2026-01-13", 29, "HUF 2026-04-13 366.9"),
        // `N/A` in the columns of those that ended.
        ("ecb/eurofxref-hist_excerpt.csv", DAY, "2026-01-13", 0, "HUF 2026-04-13 366.9"),
    ] {
        let Some(body) = recorded(file) else { return };
        let ask = FIRST.replace("2026-01-13", window);
        let page = Wire::new("ecb", now, Replay::default().on(&ask, answer(200, &body))).page("fx").await;
        let stored = stored(&page);
        assert!(stored.contains(&some.to_string()), "{file}: {stored:?}");
        assert!(count == 0 || stored.len() == count, "{file}: {}", stored.len());
        let ended = ["RUB", "BGN", "HRK", "EEK"];
        assert!(!stored.iter().any(|line| ended.contains(&&line[..3])), "{file}: {stored:?}");
        assert!(!page.items.iter().any(|item| ended.contains(&item.name.as_str())), "{:?}", told(&page));
    }
}

/// The history from 2000 on, with currencies that came, went, paused and came again.
#[tokio::test(start_paused = true)]
async fn history_keeps_the_gaps_that_it_has() {
    let Some(body) = recorded("ecb/eurofxref-hist_excerpt.csv") else { return };
    let rates_on = |now: &'static str, window: &'static str, date: &'static str| {
        let ask = FIRST.replace("2026-01-13", window);
        let bank = Wire::new("ecb", now, Replay::default().on(&ask, answer(200, &body)));
        async move {
            let page = bank.fetch("fx").await.unwrap();
            let on_date = stored(&page).into_iter().filter(move |line| line[4..14] == *date);
            (on_date.map(|line| line[..3].to_string()).collect::<Vec<_>>(), told(&page))
        }
    };
    for (now, window, date, there, not_there) in [
        ("1999-01-05T16:00:00Z", "1998-10-07", "1999-01-04", "USD", "CNY"),
        // Iceland paused for nine years.
        ("2009-01-02T16:00:00Z", "2008-10-04", "2009-01-02", "INR", "ISK"),
        ("2018-02-02T16:00:00Z", "2017-11-04", "2018-02-01", "ISK", "EEK"),
        ("2022-03-02T16:00:00Z", "2021-12-02", "2022-03-01", "RUB", "SKK"),
        ("2022-03-02T16:00:00Z", "2021-12-02", "2022-03-02", "HRK", "RUB"),
        ("2026-01-02T16:00:00Z", "2025-10-04", "2025-12-31", "BGN", "RUB"),
        ("2026-01-02T16:00:00Z", "2025-10-04", "2026-01-02", "USD", "BGN"),
    ] {
        let (on_date, told) = rates_on(now, window, date).await;
        let has = |code: &str| on_date.iter().any(|on| on == code);
        assert!(has(there) && !has(not_there), "{date}: {on_date:?} {told:?}");
    }
}

/// Asked for the ruble, the data service names its last rate, of 2022, as if it were of today.
#[tokio::test(start_paused = true)]
async fn a_currency_that_ended_is_missing_and_never_carried_on() {
    let body = data(&["USD 2026-04-13 1.1684", "RUB 2022-03-01 117.201"]);
    let named = FIRST.replace("D..EUR", "D.RUB+USD.EUR");
    let mut bank =
        Wire::new("ecb", DAY, Replay::default().on(&named, answer(200, &body))).with("currencies", "usd, rub,EUR");
    let page = bank.page("fx").await;
    assert_eq!(stored(&page), ["USD 2026-04-13 1.1684"]);
    let missing = "RUB Missing: the bank has no rate of it since 2026-01-13; take it out of the setting `currencies`";
    assert_eq!(told(&page), [missing, "USD Updated: 1.1684 on 2026-04-13"]);

    // Of all currencies, one that ends is missed for a week and then no more.
    let mut bank = Wire::new("ecb", "2026-01-05T16:00:00Z", Replay::default());
    for (now, window, date, want) in [
        ("2025-12-31T16:00:00Z", "2025-10-02", "2025-12-31", "Updated: 1.95583 on 2025-12-31"),
        (
            "2026-01-05T16:00:00Z",
            "2025-12-26",
            "2026-01-05",
            "Missing: there is no rate of 2026-01-05; the last one is 1.95583 on 2025-12-31",
        ),
        ("2026-01-09T16:00:00Z", "2025-12-31", "2026-01-09", ""),
    ] {
        let mut body = data(&[&format!("USD {date} 1.1")]);
        if window <= "2025-12-31" && date < "2026-01-09" {
            body += "EXR.D.BGN.EUR.SP00.A,D,BGN,EUR,SP00,A,2025-12-31,1.95583\n";
        }
        bank = bank.later(now, Replay::default().on(&FIRST.replace("2026-01-13", window), answer(200, &body)));
        let page = bank.page("fx").await;
        let told: Vec<_> =
            told(&page).into_iter().filter_map(|line| line.strip_prefix("BGN ").map(String::from)).collect();
        assert_eq!(told.first().map_or("", |line| line), want, "{now}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_files_serve_where_the_data_service_does_not() {
    let (Some(missing), Some(xml)) =
        (recorded("ecb/fact_404.json"), recorded("ecb/eurofxref-daily_2022-07-08.excerpt.xml"))
    else {
        return;
    };
    let now = "2022-07-08T15:00:00Z";
    let ask = FIRST.replace("2026-01-13", "2022-04-09");
    for failing in
        [answer(404, &missing), answer(503, ""), answer(200, "<!DOCTYPE html><html>wait</html>"), answer(200, "[]")]
    {
        let replay = Replay::default().on(&ask, failing).on(HISTORY, answer(404, "")).on(DAILY, answer(200, &xml));
        let mut bank = Wire::new("ecb", now, replay);
        let page = bank.page("fx").await;
        assert_eq!(stored(&page).len(), 6);
        assert!(told(&page).contains(&"USD Updated: 1.0163 on 2022-07-08, from eurofxref-daily.xml".to_string()));
        assert_eq!(page.settings[0].as_of, "2022-07-08T00:00:00Z".parse().unwrap());

        // The days that the file did not have are read when the data service is back.
        let body = data(&["USD 2022-04-11 1.09", "USD 2022-07-08 1.0163", "GBP 2022-07-08 0.84585"]);
        let mut bank = bank.later(now, Replay::default().on(&ask, answer(200, &body)));
        assert!(stored(&bank.page("fx").await).contains(&"USD 2022-04-11 1.09".to_string()));
        assert!(bank.replay.sent()[0].headers.is_empty(), "what files are dated is not what the service is dated");
        let next = ask.replace("2022-04-09", "2022-07-03");
        assert_eq!(bank.later(now, Replay::default().on(&next, answer(304, ""))).page("fx").await.items.len(), 6);
    }
}

#[tokio::test(start_paused = true)]
async fn xml_that_could_harm_or_cannot_be_read_is_refused_in_words() {
    let long = format!("<Envelope a='{}'/>", "x".repeat(20_000));
    let deep = "<Envelope>".repeat(50);
    for (xml, want) in [
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><Envelope/>", "it holds a document type (DOCTYPE), which is refused"),
        ("<Envelope><Cube>", "it ends too early"),
        ("", "it ends too early"),
        ("<rss/>", "it does not begin with an envelope"),
        ("<Envelope></Cube>", "it is no XML at byte"),
        ("<Envelope><Cube currency='USD' rate='1'/></Envelope>", "it has a rate without a date"),
        (
            "<Envelope><Cube><Cube time='2022-07-08'/><Cube currency='USD' rate='1'/></Cube></Envelope>",
            "it has a rate without a date",
        ),
        ("<Envelope><Cube time='someday'/></Envelope>", "\"someday\" is no date"),
        ("<Envelope><Cube time='2022-07-08'><Cube currency='U$' rate='1'/></Cube></Envelope>", "\"U$\" is no code"),
        ("<Envelope/>", "has no rates since 2026-01-13"),
        (
            "<Envelope><Cube time='2025-01-02'><Cube currency='USD' rate='1'/></Cube></Envelope>",
            "has no rates since 2026-01-13",
        ),
        (&long, "it has an element of more than 16384 bytes"),
        (&deep, "it has more than 32 elements within each other"),
    ] {
        let replay =
            Replay::default().on(FIRST, answer(404, "")).on(HISTORY, answer(200, xml)).on(DAILY, answer(404, ""));
        let error = Wire::new("ecb", DAY, replay).fetch("fx").await.unwrap_err();
        assert!(matches!(error, ProviderError::Backoff { .. }), "{xml:.60}");
        let words = error.to_string();
        assert!(words.contains(want), "{xml:.60}: {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_is_none_is_told_and_the_others_stay() {
    let body = data(&[
        "USD 2026-04-10 1.1711",
        "USD 2026-04-13 0",
        "GBP 2026-04-13 0.87058",
        "CHF 2026-04-13 abc",
        "ISK 2026-04-13 ",
    ]);
    let page = Wire::new("ecb", DAY, Replay::default().on(FIRST, answer(200, &body))).page("fx").await;
    assert_eq!(stored(&page), ["GBP 2026-04-13 0.87058", "USD 2026-04-10 1.1711"]);
    assert_eq!(
        told(&page),
        [
            "CHF Rejected: its rate of 2026-04-13 is \"abc\", which is none",
            "GBP Updated: 0.87058 on 2026-04-13",
            "USD Rejected: its rate of 2026-04-13 is \"0\", which is none; the last one is 1.1711 on 2026-04-10",
        ]
    );
    assert!(page.settings.is_empty(), "there is no date that has both");
}

#[tokio::test(start_paused = true)]
async fn other_settings_and_a_rehash_read_everything_anew() {
    let mut bank = Wire::new("ecb", DAY, Replay::default().on(FIRST, answer(200, &april())));
    bank.page("fx").await;
    let mut bank = bank.later(DAY, Replay::default().on(FIRST, answer(200, &april())));
    bank.options = SyncOptions { rehash: true, ..SyncOptions::default() };
    assert_eq!(stored(&bank.page("fx").await).len(), 4);
    bank.options = SyncOptions::default();
    let ten = FIRST.replace("2026-01-13", "2026-04-03").replace("D..EUR", "D.USD.EUR");
    let bank = bank.later(DAY, Replay::default().on(&ten, answer(200, &april())));
    let mut bank = bank.with("history_days", "10").with("currencies", "USD");
    assert_eq!(stored(&bank.page("fx").await), ["USD 2026-04-10 1.1711", "USD 2026-04-13 1.1684"]);
    for (key, value, want) in [
        ("history_days", "0", "the setting `history_days` must be a number from 1 to 3653"),
        ("history_days", "many", "the setting `history_days` must be a number from 1 to 3653"),
        ("currencies", "USD, dollars", "the setting `currencies` holds `DOLLARS`: write codes such as USD, GBP"),
    ] {
        let error = Wire::new("ecb", DAY, Replay::default()).with(key, value).fetch("fx").await.unwrap_err();
        assert_eq!(error, ProviderError::NeedsUser { message: want.into() });
    }
}

#[tokio::test(start_paused = true)]
async fn one_base_address_serves_both_hosts() {
    let base = "http://127.0.0.1:9/ecb";
    let ask = FIRST.replace("https://data-api.ecb.europa.eu", base);
    let replay = Replay::default().on(&ask, answer(404, ""));
    let mut bank = Wire::new("ecb", DAY, replay);
    bank.base_url = Some(base.into());
    bank.fetch("fx").await.unwrap_err();
    let sent = bank.sent();
    assert!(sent.iter().all(|shown| shown.starts_with(&format!("GET {base}/"))), "{sent:?}");
    assert!(sent.iter().any(|shown| *shown == format!("GET {base}/stats/eurofxref/eurofxref-hist-90d.xml")));
}

#[tokio::test]
async fn the_bank_keeps_the_contract() {
    let replay = Replay::default().on(FIRST, answer(200, &april())).on(AGAIN, answer(200, &april()));
    let now = DAY.parse().unwrap();
    let http = Http::new(Arc::new(replay), Arc::new(MemStore::empty()), Clock::System);
    let reach = Reach { http, files: Files::default() };
    let subject = Subject::new(foliosync_providers::find("ecb").unwrap(), reach, &[], now);
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
}
