//! Binance's exported files: every layout that is known, what is refused and why, and trades that both a file and the
//! exchange tell.

use std::fs;

use foliosync_engine::fills::paired;
use foliosync_engine::model::accounts::{Fill, RoundTrip, Source};
use foliosync_engine::model::sync::{ItemStatus, Outcome};

use crate::binance_account::{Exchange, KEYS};
use crate::coins_wire::recorded;
use crate::exchange_desk::{Account, NOW_MS, Shared};

/// A connection that reads exported files, with a key or without.
struct Desk {
    account: Account,
    folder: tempfile::TempDir,
    exchange: Shared<Exchange>,
}

impl Desk {
    async fn new(keys: &[(&str, &str)]) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let exchange = Shared::new(Exchange::default());
        let settings = [("csv_folder", folder.path().to_str().unwrap())];
        let account = Account::open("binance", &settings, keys, exchange.answers(Exchange::answer)).await;
        Desk { account, folder, exchange }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Each fill once: `2021-05-09T22:47:36Z VETUSDT buy 43.7 VET @ 0.22917 USDT fee 0.00001143 BNB`
    async fn fills(&self) -> Vec<String> {
        let rows: Vec<Fill> = self.account.desk.rows(self.account.id).await;
        let line = |row: Fill| {
            let (asset, currency) = (row.asset.unwrap_or("?".into()), row.currency.unwrap_or("?".into()));
            let fee = row.fee.map_or(String::new(), |fee| format!(" fee {fee} {}", row.fee_asset.unwrap_or_default()));
            let order =
                row.order_id.filter(|_| row.source == Source::Csv).map_or(String::new(), |id| format!(" of {id}"));
            let side = row.side.word();
            format!("{} {} {side} {} {asset} @ {} {currency}{fee}{order}", row.at, row.symbol, row.quantity, row.price)
        };
        paired(rows).into_iter().map(line).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn every_layout_is_read() {
    let desk = Desk::new(&[]).await;
    let files = [
        (
            "gen1.csv",
            "binance/synthetic_spot_trades_gen1.csv",
            "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n2020-04-09 05:49:10,ZENBTC,SELL,0.000806,5.28,0.00425568,0.00000426,BTC\n",
        ),
        (
            "gen2.csv",
            "binance/synthetic_spot_trades_gen2.csv",
            "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n2021-05-09 22:47:36,VETUSDT,BUY,0.2291700000,43.7000000000VET,10.01472900USDT,0.0000114300BNB\n2018-01-29 09:13:15,BTCUSDT,BUY,\"11,426.2000000000\",0.0528450000BTC,603.81753900USDT,0.0229201000BNB\n2021-06-01 10:00:00,1INCHUSDT,BUY,3.4000000000,51INCH,17.00000000USDT,0.0051INCH\n",
        ),
        (
            "Binance-Spot-Trade-History-202601(UTC+9).csv",
            "binance/synthetic_Binance-Spot-Trade-History-202601(UTC+9).csv",
            "\u{feff}Time,Pair,Side,Price,Executed,Amount,Fee\r\n2026-01-02 18:31:37,XAUTUSDT,BUY,4000.00,0.1234XAUT,493.60000000USDT,0.0006100BNB,,,\r\n26-01-03 11:00:00,BTCUSDT,SELL,90000,0.01BTC,900USDT,0.9USDT\r\n",
        ),
        (
            "gen4.csv",
            "binance/synthetic_spot_trades_gen4.csv",
            "Order No,Time,Pair,Side,Price,Executed,Amount,Fee,AOR Conversion Pair,AOR Conversion Rate\n650006707,2026-03-23 11:49:10,PAXGUSDT,BUY,4271.1,0.075PAXG,320.3325USDT,0.000075PAXG,,\n650006707,2026-03-23 11:49:10,PAXGUSDT,BUY,4271.1,0.025PAXG,106.7775USDT,0.000025PAXG,,\n",
        ),
    ];
    for (name, path, short) in files {
        desk.write(name, recorded(path).unwrap_or(short.into()));
    }
    let report = "Date(UTC),Pair,Base Asset,Quote Asset,Type,Price,Amount,Total,Fee,Fee Coin\n\
                  2026-04-01 00:00:00,BTC/USDT,BTC,USDT,BUY,100,0.5,50,0.0005,BTC\n";
    desk.write("report.csv", report);
    let synced = desk.account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!(synced.item("gen2.csv"), (ItemStatus::Updated, "3 trades up to 2021-06-01T10:00:00Z"));
    let want = [
        "2018-01-29T09:13:15Z BTCUSDT buy 0.052845 BTC @ 11426.2 USDT fee 0.0229201 BNB",
        "2020-04-09T05:49:10Z ZENBTC sell 5.28 ZEN @ 0.000806 BTC fee 0.00000426 BTC",
        "2021-05-09T22:47:36Z VETUSDT buy 43.7 VET @ 0.22917 USDT fee 0.00001143 BNB",
        "2021-06-01T10:00:00Z 1INCHUSDT buy 5 1INCH @ 3.4 USDT fee 0.005 1INCH",
        "2026-01-02T09:31:37Z XAUTUSDT buy 0.1234 XAUT @ 4000 USDT fee 0.00061 BNB",
        "2026-01-03T02:00:00Z BTCUSDT sell 0.01 BTC @ 90000 USDT fee 0.9 USDT",
        "2026-03-23T11:49:10Z PAXGUSDT buy 0.025 PAXG @ 4271.1 USDT fee 0.000025 PAXG of 650006707",
        "2026-03-23T11:49:10Z PAXGUSDT buy 0.075 PAXG @ 4271.1 USDT fee 0.000075 PAXG of 650006707",
        "2026-04-01T00:00:00Z BTCUSDT buy 0.5 BTC @ 100 USDT fee 0.0005 BTC",
    ];
    assert_eq!(desk.fills().await, want);
    let again = desk.account.sync().await;
    assert_eq!((again.counts(), again.run.rows_written), ([0, 5, 0, 0, 0], 0));
    assert_eq!(desk.account.rehashed().await.run.rows_written, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_trade_history_is_refused_by_name() {
    let desk = Desk::new(&[]).await;
    let header = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n";
    let row = "2026-01-02 18:31:37,BTCUSDT,BUY,100,0.5BTC,50USDT,0.1BNB\n";
    let shared = |path: &str, short: &str| recorded(path).unwrap_or(short.into());
    let orders = shared(
        "binance/synthetic_spot_orders_2026.csv",
        "Time,OrderNo,Pair,Type¹,Side,Order Price,Order Amount,Time,Executed²,Average Price,Trading total³,Status\n",
    );
    let ledger = shared(
        "binance/synthetic_Binance-Transaction-History-202603230400(UTC--6).csv",
        "User ID,Time,Account,Operation,Coin,Change,Remark\n",
    );
    let cases: Vec<(&str, String, &str)> = vec![
        (
            "orders.csv",
            orders,
            "is an order history, which has no fees and no single trades: export Trade History instead",
        ),
        (
            "ledger.csv",
            ledger,
            "is a transaction history, in which trades of one second cannot be told apart: export Trade History instead",
        ),
        (
            "convert.csv",
            "Date,Wallet,Pair,Type,Sell,Buy,Price,Inverse Price,Date Updated,Status\n".into(),
            "is a list of conversions",
        ),
        (
            "deposits.csv",
            "Date(UTC+0),Coin,Network,Amount,Address,TXID,Status\n".into(),
            "is a list of deposits or withdrawals",
        ),
        ("other.csv", "a,b\n1,2\n".into(), "is no Trade History of Binance as it is known; its columns are: a, b"),
        ("semicolons.csv", header.replace(',', ";"), "has no commas between its columns: save it with commas"),
        ("empty.csv", String::new(), "is empty (0 bytes)"),
        (
            "excel.csv",
            format!("{header}02/01/2026 18:31,BTCUSDT,BUY,100,0.5BTC,50USDT,0.1BNB\n{row}"),
            "line 2: the time \"02/01/2026 18:31\" is not as Binance writes it: a spreadsheet has changed the file",
        ),
        (
            "zone(UTC+x).csv",
            format!("{}{row}", header.replace("Date(UTC)", "Time")),
            "has a time zone in its name that cannot be read",
        ),
        ("packed.zip", "PK".into(), "is packed: unpack it into the folder, and save workbooks as CSV"),
        (
            "bad.csv",
            format!("{header}{}", row.replace("BUY", "GIFT")),
            "has no trade that can be read, the first on line 2: \"GIFT\" is neither BUY nor SELL",
        ),
        (
            "cut.csv",
            format!("{header}{row}2026-01-02 18:31:38,\"BTC"),
            "line 3: a quote is opened and never closed; the file may be cut off",
        ),
    ];
    for (name, text, _) in &cases {
        desk.write(name, text);
    }
    // Rows that are wrong are left out of a file that has others.
    let rows = [
        row.to_string(),
        row.replace("0.5BTC", "0.5ETH"),
        row.replace("50USDT", "51USDT"),
        row.replace("100,", "-100,"),
        row.replace("0.1BNB", "lots"),
        row.replace("18:31:37", "99:31:37"),
        row.replace("0.1BNB", "0.1BNB,7"),
    ];
    desk.write("mixed.csv", format!("{header}{}", rows.concat()));
    for run in 0..2 {
        let synced = desk.account.sync().await;
        assert_eq!(synced.run.outcome, Some(Outcome::Partial));
        for (name, _, want) in &cases {
            let (status, why) = synced.item(name);
            assert!(status == ItemStatus::Rejected && why.contains(want), "{name}: {why}");
        }
        if run == 0 {
            let want = "1 trade up to 2026-01-02T18:31:37Z, 6 rows left out, the first on line 3: its amounts \"0.5ETH\" \
                        and \"50USDT\" are not of its pair";
            assert_eq!(synced.item("mixed.csv"), (ItemStatus::Updated, want));
            println!("{:#?}", synced.items);
        }
    }
    assert_eq!(desk.account.rehashed().await.item("bad.csv").0, ItemStatus::Rejected);
    assert_eq!(desk.fills().await.len(), 1);
}

/// The history of the exchange as a file would have it, from one trade on to another.
fn exported(trades: &[(i64, bool, &str, &str)]) -> String {
    let row = |(id, is_buyer, quantity, price): &(i64, bool, &str, &str)| {
        let at = jiff::Timestamp::from_millisecond(NOW_MS - 86_400_000 + id * 10).unwrap();
        let time = at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let (side, total) = (if *is_buyer { "BUY" } else { "SELL" }, {
            let product = quantity.parse::<foliosync_engine::model::Decimal>().unwrap();
            product.checked_mul(price.parse().unwrap()).unwrap()
        });
        format!("{time},BTCUSDT,{side},{price},{quantity}BTC,{total}USDT,0.001BNB\n")
    };
    let rows: Vec<String> = trades.iter().rev().map(row).collect();
    format!("Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n{}", rows.concat())
}

#[tokio::test(start_paused = true)]
async fn a_history_by_file_and_by_the_exchange_is_one_history() {
    // Two trades of one second that are alike, and some that are not.
    let trades = vec![
        (0, true, "0.5", "100"),
        (1, true, "0.5", "100"),
        (2, true, "0.25", "100"),
        (200, false, "1.25", "110"),
        (400, true, "1", "90"),
    ];
    let whole = exported(&trades);
    let parts = [exported(&trades[..3]), exported(&trades[3..])];
    let orders: [&[&str]; 4] =
        [&["file", "api"], &["api", "file"], &["parts", "file", "api"], &["api", "parts", "api", "file"]];
    let mut all = Vec::new();
    for order in orders {
        let desk = Desk::new(&KEYS).await;
        desk.exchange.lock().instead.insert("myTrades", crate::binance_account::error(-1001));
        for step in order {
            match *step {
                "file" => desk.write("whole.csv", &whole),
                "parts" => {
                    parts.iter().enumerate().for_each(|(nth, part)| desk.write(&format!("part-{nth}.csv"), part))
                }
                _ => {
                    let mut exchange = desk.exchange.lock();
                    exchange.instead.clear();
                    exchange.trades.insert("BTCUSDT", trades.clone());
                }
            }
            desk.account.pass(16).await;
            desk.account.sync().await;
        }
        let fills = desk.fills().await;
        assert_eq!(fills.len(), 5, "{order:?}: {fills:#?}");
        let trips: Vec<RoundTrip> = desk.account.desk.rows(desk.account.id).await;
        let mut trips: Vec<_> = trips.iter().map(|trip| format!("{} {:?}", trip.quantity, trip.pnl)).collect();
        trips.sort();
        all.push((fills, trips));
    }
    assert_eq!(all[0].1.len(), 3, "three trades opened what one closed");
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
}

#[tokio::test(start_paused = true)]
async fn pairs_of_files_are_asked_for_at_the_exchange() {
    let mut desk = Desk::new(&KEYS).await;
    desk.exchange.lock().pairs.push(("ZEN", "BTC"));
    desk.exchange.lock().trades.insert("ZENBTC", vec![(3, true, "1", "2")]);
    desk.write(
        "gen1.csv",
        "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n2020-04-09 05:49:10,ZENBTC,SELL,0.000806,5.28,0.00425568,0.00000426,BTC\n",
    );
    let synced = desk.account.sync().await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert!(desk.account.asked().contains(&"api/v3/myTrades ZENBTC 0".to_string()));
    assert_eq!(synced.item("ZENBTC"), (ItemStatus::Updated, "1 trade"));
    assert_eq!(synced.run.expected, Some(synced.counts().iter().sum::<i64>()), "what is left is known from the start");
    // A folder that went away says so, takes nothing with it, and holds up nothing else.
    let before = desk.fills().await;
    fs::remove_dir_all(desk.folder.path()).unwrap();
    desk.account.pass(20).await;
    let synced = desk.account.sync().await;
    assert_eq!((synced.run.outcome, synced.item("csv_folder").0), (Some(Outcome::Partial), ItemStatus::Deferred));
    assert!(desk.account.asked().contains(&"api/v3/myTrades ZENBTC 4".to_string()));
    assert_eq!(desk.fills().await, before);
    let synced = desk.account.fills_synced().await;
    assert_eq!((synced.run.outcome, synced.counts()), (Some(Outcome::Partial), [0, 1, 0, 0, 1]));
    fs::create_dir(desk.folder.path()).unwrap();
    assert_eq!(desk.account.fills_synced().await.run.outcome, Some(Outcome::Ok));
}
