use jiff::civil::date;

use crate::support::{Answer, World, at, decimal, field, number};

const HEAD: &str = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE";

fn path(currencies: &str, query: &str) -> String {
    format!("ecb/service/data/EXR/D.{currencies}.EUR.SP00.A?format=csvdata&detail=dataonly&{query}")
}

fn dates(csv: &str) -> Vec<String> {
    csv.lines().skip(1).map(|line| line.split(',').nth(6).unwrap().to_string()).collect()
}

#[tokio::test]
async fn rates_are_one_line_a_day_and_currency() {
    let world = World::start("2026-11-20T18:00:00Z");
    let answer = world.get(&path("USD+GBP", "startPeriod=2026-11-13&endPeriod=2026-11-17")).await;
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines[0], HEAD);
    assert!(lines[1].starts_with("EXR.D.GBP.EUR.SP00.A,D,GBP,EUR,SP00,A,2026-11-13,0."), "{}", lines[1]);
    assert!(lines[4].starts_with("EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-11-13,1."), "{}", lines[4]);
    assert_eq!(dates(&answer.text)[..3], ["2026-11-13", "2026-11-16", "2026-11-17"]);
    assert_eq!(lines.len(), 7);
    let full = world.get("ecb/service/data/EXR/D.USD.EUR.SP00.A?lastNObservations=1&format=csvdata").await.text;
    let commas = |line: &str| line.split('"').step_by(2).collect::<String>().matches(',').count();
    let counts: Vec<usize> = full.lines().map(commas).collect();
    assert_eq!(counts, [23, 23], "as many columns as titles, commas in quotes aside: {full}");
    let all = world.get(&path("", "lastNObservations=1")).await.text;
    assert!(all.lines().count() > 29);
}

#[tokio::test]
async fn today_is_out_at_sixteen_in_frankfurt_and_never_on_closed_days() {
    let world = World::start("2026-11-20T14:59:59Z");
    let last = async |query: &str| dates(&world.get(&path("USD", query)).await.text);
    assert_eq!(last("lastNObservations=1").await, ["2026-11-19"]);
    world.now("2026-11-20T15:00:00Z");
    assert_eq!(last("lastNObservations=1").await, ["2026-11-20"]);
    assert_eq!(last("endPeriod=2026-11-15&lastNObservations=2").await, ["2026-11-12", "2026-11-13"]);
    world.now("2026-04-07T08:00:00Z");
    assert_eq!(last("lastNObservations=1").await, ["2026-04-02"], "Easter");
    assert_eq!(dates(&world.get(&path("RUB", "lastNObservations=1")).await.text), ["2022-03-01"]);
    assert_eq!(dates(&world.get(&path("BGN", "lastNObservations=1")).await.text), ["2025-12-31"]);
}

#[tokio::test]
async fn an_empty_window_is_an_empty_body_and_a_wrong_path_says_so() {
    let world = World::start("2026-11-20T18:00:00Z");
    let answer = world.get(&path("USD", "startPeriod=2026-11-14&endPeriod=2026-11-15")).await;
    assert_eq!((answer.status, answer.text.as_str(), answer.header("content-length")), (200, "", Some("0")));
    assert_eq!(answer.header("last-modified"), Some("Fri, 20 Nov 2026 15:00:00 GMT"));
    for path in ["service/data/EXR/D.USD.EUR.SP00.A/?format=csvdata", "service/data/EXR/D.XXX.EUR.SP00.A", "service"] {
        let answer = world.get(&format!("ecb/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text.contains(r#""status":404,"error":"Not Found","path":"/service"#), "{}", answer.text);
    }
}

#[tokio::test]
async fn files_tell_the_same_rates() {
    let world = World::start("2026-11-20T18:00:00Z");
    let daily = world.get("ecb/stats/eurofxref/eurofxref-daily.xml").await.text;
    let csv = world.get(&path("GBP", "lastNObservations=1")).await.text;
    let rate = csv.trim().rsplit(',').next().unwrap();
    assert!(daily.contains("<Cube time='2026-11-20'>"));
    assert!(daily.contains(&format!("<Cube currency='GBP' rate='{rate:0<7}'/>")), "{rate} in {daily}");
    assert!(!daily.contains("RUB") && !daily.contains("BGN"), "currencies without a rate are absent");
    let quarter = world.get("ecb/stats/eurofxref/eurofxref-hist-90d.xml").await.text;
    assert!((60..=65).contains(&quarter.matches("<Cube time=").count()));
    assert!(quarter.find("2026-11-20") < quarter.find("2026-11-19"), "newest first");

    world.sim.correct_rate("GBP", date(2026, 11, 20), decimal("0.9"));
    assert!(world.get("ecb/stats/eurofxref/eurofxref-daily.xml").await.text.contains("currency='GBP' rate='0.90000'"));
    assert!(world.get(&path("GBP", "lastNObservations=1")).await.text.trim().ends_with(",0.9"));
}

#[tokio::test]
async fn nothing_new_is_told_in_a_header() {
    let world = World::start("2026-11-20T18:00:00Z");
    let ask = async |since: &str| {
        let request = world.request(&path("USD", "lastNObservations=1")).header("if-modified-since", since);
        Answer::of(request.send().await.unwrap()).await.status
    };
    assert_eq!(ask("Fri, 20 Nov 2026 15:00:00 GMT").await, 304);
    assert_eq!(ask("Thu, 19 Nov 2026 15:00:00 GMT").await, 200);
}

#[tokio::test]
async fn currencies_agree_with_the_price_sources() {
    let world = World::start("2026-11-20T13:15:00Z");
    let quote = &world.rows("fmp/stable/quote?symbol=EURUSD").await[0];
    assert_eq!(field(quote, "timestamp"), at("2026-11-20T13:15:00Z").as_second().to_string());
    let csv = world.now("2026-11-20T18:00:00Z").get(&path("USD", "lastNObservations=1")).await.text;
    let rate = decimal(csv.trim().rsplit(',').next().unwrap());
    assert_eq!(number(quote, "price").round(4), rate);
}
