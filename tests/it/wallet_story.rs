//! What a user sees while a wallet cannot be read, an asset is sold out, a key is replaced and an exchange is down: values
//! that are kept and called old, and one word when it begins and one when it is over.
//!
//! The story is told with `-- --nocapture --test-threads 1 wallet_story`.

use std::fs;

use foliosync_engine::model::Decimal;
use foliosync_sim::{Action, Fault, Plan, Secret, Sim, SimClock, SimOptions, Wallet, When};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::accounts::{KEYS, door, hand, lead, number};
use crate::world::{Serving, World};

const FMP_KEY: &str = "of-this-story-alone";

struct Story {
    world: World,
    sim: Sim,
    account: &'static str,
    _serving: Serving,
}

/// How everything stands after a step.
struct Told {
    outcome: String,
    status: String,
    /// Whether the portfolio's total is called partial.
    is_partial: bool,
    /// Kinds of all notices so far, the first one first.
    notices: Vec<String>,
    rows: Vec<Row>,
}

/// Of `accounts.balances`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    wallet: String,
    asset: String,
    total: Decimal,
    as_of: Timestamp,
}

/// What is held, whenever it was so.
fn amounts(told: &Told) -> Vec<(&str, &str, Decimal)> {
    told.rows.iter().map(|row| (row.wallet.as_str(), row.asset.as_str(), row.total)).collect()
}

fn of<'a>(told: &'a Told, wallet: &str, asset: &str) -> Option<&'a Row> {
    told.rows.iter().find(|row| row.wallet == wallet && row.asset == asset)
}

impl Told {
    #[track_caller]
    fn is(&self, outcome: &str, status: &str, notices: &[&str]) {
        let told: Vec<&str> = self.notices.iter().map(String::as_str).collect();
        assert_eq!((&*self.outcome, &*self.status, &told[..]), (outcome, status, notices));
    }
}

impl Story {
    /// An account that is read and priced in full.
    fn begin(provider: &str, account: &'static str) -> Story {
        // Prices stand still, so that totals change with what is held alone.
        let options = SimOptions { clock: SimClock::At(Timestamp::now()), has_limits: false, ..SimOptions::default() };
        let (world, sim) = (World::new(), Sim::start(options).unwrap());
        sim.add_key("fmp", FMP_KEY, Plan::fmp_premium());
        sim.act(account, &Action::Pause);
        lead(&world, &sim, &[provider, "fmp", "ecb"]);
        // Nothing happens but what is asked for.
        let serving = world.serve(&[]);
        fs::write(world.root().join("fmp-key"), FMP_KEY).unwrap();
        let fmp = ["--credential", "api_key=@fmp-key", "--set", "plan=premium", "--set", "history=off"];
        world.ok(&[&["connect", "add", "fmp", "--label", "prices"], &fmp[..]].concat());
        world.ok(&["connect", "add", "ecb", "--label", "rates"]);
        hand(&world, &door(account, 0));
        let words: &[&str] = if provider == "okx" { &["--credential", "passphrase=@words"] } else { &[] };
        let add = ["connect", "add", provider, "--label", "main", "--set", "history=off"];
        world.ok(&[&add, &KEYS[..], words].concat());
        // First what is held, then what it is worth.
        world.ok(&["sync"]);
        world.ok(&["sync"]);
        println!("\n# {provider}");
        Story { world, sim, account, _serving: serving }
    }

    fn act(&self, action: &Action) {
        self.sim.act(self.account, action);
    }

    fn json(&self, method: &str, path: &str, body: &str) -> Json {
        serde_json::from_str(&self.world.http(method, path, body).1).unwrap()
    }

    fn query(&self, sql: &str) -> Vec<Vec<Json>> {
        let body = json!({ "sql": sql, "maxAgeMs": 0 }).to_string();
        serde_json::from_value(self.json("POST", "/api/query", &body)["rows"].clone()).unwrap()
    }

    fn text(value: &Json) -> String {
        value.as_str().unwrap_or_default().into()
    }

    /// Syncs the account, prints how everything stands then, and tells it.
    fn sync(&self, step: &str) -> Told {
        self.world.run(&["sync", "main"]);
        let text = Story::text;
        let all = self.json("GET", "/api/connections", "");
        let main = all["connections"].as_array().unwrap().iter().find(|one| one["label"] == "main").unwrap();
        let rows = self.query("SELECT wallet, asset, total, epoch_us(as_of) FROM accounts.balances ORDER BY ALL");
        let row = |row: &Vec<Json>| Row {
            wallet: text(&row[0]),
            asset: text(&row[1]),
            total: number(&row[2]),
            as_of: Timestamp::from_microsecond(row[3].as_i64().unwrap()).unwrap(),
        };
        let mut notices = self.json("GET", "/api/notifications", "")["notifications"].as_array().unwrap().clone();
        notices.reverse();
        let total = self.json("GET", "/api/portfolio?currency=USD", "")["total"].clone();
        let run = &main["lastRun"];
        let told = Told {
            outcome: text(&run["outcome"]),
            status: text(&main["status"]),
            is_partial: total["partial"] == true,
            notices: notices.iter().map(|notice| text(&notice["kind"])).collect(),
            rows: rows.iter().map(row).collect(),
        };

        println!("\n{step}");
        let counts = ["updated", "unchanged", "missing", "rejected", "deferred"];
        let counts: Vec<String> = counts.iter().map(|name| format!("{} {name}", run[name])).collect();
        println!("  run        {}: {}", told.outcome, counts.join(", "));
        println!("  connection {} {}", told.status, text(&main["lastSyncError"]));
        for Row { wallet, asset, total, as_of } in told.rows.iter().filter(|row| ["USDT", "EUR"].contains(&&*row.asset))
        {
            println!("  balance    {wallet:<8} {asset:<5} {:>16}  as of {as_of:.3}", total.to_string());
        }
        let partial = if told.is_partial { ", PARTIAL" } else { "" };
        let (value, old) = (text(&total["value"]), &total["stale"]);
        println!(
            "  portfolio  {value} USD; {} priced, of which {old} old; {} unpriced{partial}",
            total["priced"], total["unpriced"]
        );
        for notice in &notices {
            let over = notice["overAt"].as_str().map_or("", |_| " (over)");
            println!("  notice     {} {}: {}{over}", notice["id"], text(&notice["kind"]), text(&notice["message"]));
        }
        told
    }
}

const DOWN: Fault = Fault::Status { code: 503, retry_after: None };

/// A wallet fails, an asset is sold out, and the key is replaced. `funding`: a part of the path by which its funding
/// wallet is asked for.
fn tell(provider: &str, account: &'static str, funding: &str) -> (Story, Told) {
    let story = Story::begin(provider, account);
    let first = story.sync("Everything is read.");
    first.is("ok", "CONNECTED", &[]);
    assert!(!first.is_partial);

    story.sim.fault(provider, DOWN, When::always().path_contains(funding));
    story.act(&Action::Withdraw { wallet: Wallet::Funding, asset: "USDT".into(), amount: 100.into() });
    for run in 1..=3 {
        let told = story.sync(&format!("The funding wallet cannot be read, run {run}."));
        told.is("partial", "CONNECTED", &[]);
        assert_eq!(amounts(&told), amounts(&first), "no value is lost");
        assert_eq!(of(&told, "funding", "USDT"), of(&first, "funding", "USDT"), "with its age");
        assert!(told.rows.iter().filter(|row| row.wallet != "funding").all(|row| row.as_of > first.rows[0].as_of));
        assert!(told.is_partial);
    }
    story.sim.clear_faults();
    let told = story.sync("The funding wallet answers again: 100 USDT had left it.");
    told.is("ok", "CONNECTED", &[]);
    let left = |told: &Told| of(told, "funding", "USDT").unwrap().total;
    assert_eq!((left(&told) + 100.into(), told.is_partial), (left(&first), false));

    story.act(&Action::SellOut { asset: "EUR".into() });
    let sold = story.sync("All EUR are gone.");
    sold.is("ok", "CONNECTED", &[]);
    assert!(told.rows.iter().any(|row| row.asset == "EUR") && sold.rows.iter().all(|row| row.asset != "EUR"));
    let history = "SELECT total FROM accounts.balance_history WHERE asset = 'EUR' ORDER BY as_of DESC LIMIT 1";
    assert_eq!(number(&story.query(history)[0][0]), Decimal::ZERO);

    let old = door(account, 0).credential.id;
    let new = format!("Replaced{}", &old[8..]);
    story.sim.replace_credential(&old, &new, Secret::Shared("replaced".into()));
    for step in ["The key is revoked.", "It still is."] {
        let told = story.sync(step);
        told.is("needsuser", "NEEDS_ATTENTION", &["needs_attention"]);
        assert_eq!(told.rows, sold.rows, "no value is lost");
    }
    fs::write(story.world.root().join("key"), &new).unwrap();
    fs::write(story.world.root().join("secret"), "replaced").unwrap();
    story.world.ok(&[&["connect", "edit", "main"], &KEYS[..]].concat());
    let told = story.sync("Another key is given.");
    told.is("ok", "CONNECTED", &["needs_attention", "recovered"]);
    (story, told)
}

#[test]
fn trouble_at_binance_is_told_once_and_costs_no_value() {
    let (story, before) = tell("binance", "binance-main", "get-funding");
    let earlier = ["needs_attention", "recovered"];
    story.sim.fault("binance", DOWN, When::always());
    for run in 1..=5 {
        let told = story.sync(&format!("The whole exchange is down, run {run}."));
        match run {
            1..=3 => told.is("failed", "CONNECTED", &earlier),
            _ => told.is("failed", "ERROR", &[&earlier[..], &["error"]].concat()),
        }
        assert_eq!((&told.rows, told.is_partial), (&before.rows, true), "no value is lost");
    }
    story.sim.clear_faults();
    let back = story.sync("The exchange is back.");
    back.is("ok", "CONNECTED", &[&earlier[..], &["error", "recovered"]].concat());
    assert_eq!((amounts(&back), back.is_partial), (amounts(&before), false));
}

#[test]
fn trouble_at_okx_is_told_once_and_costs_no_value() {
    tell("okx", "okx-main", "asset/balances");
}
