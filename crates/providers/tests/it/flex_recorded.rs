//! Recorded elements of reports, one by one: which become rows, and why the others do not.

use foliosync_engine::model::accounts::{Balance, CashFlow, Fill, Position};
use foliosync_engine::model::sync::ItemStatus;

use crate::brokers::recordings;
use crate::flex::{Flex, report, section, statement};

/// Sections by the elements that they hold.
const SECTIONS: [(&str, &str); 12] = [
    ("Trade", "Trades"),
    ("Lot", "Trades"),
    ("Order", "Trades"),
    ("SymbolSummary", "Trades"),
    ("AssetSummary", "Trades"),
    ("OpenPosition", "OpenPositions"),
    ("CashTransaction", "CashTransactions"),
    ("CashReportCurrency", "CashReport"),
    ("OptionEAE", "OptionEAE"),
    ("TradeTransfer", "TradeTransfers"),
    ("ConversionRate", "ConversionRates"),
    ("Transfer", "Transfers"),
];

#[tokio::test(start_paused = true)]
async fn recorded_elements_are_read() {
    println!("{:<40} {:>6} {:>10} {:>6} {:>6}  told", "element", "fills", "positions", "flows", "cash");
    let mut sums = [0; 4];
    for (name, element) in recordings("ibkr_flex/ibflex_elements") {
        let tag = element.trim_start_matches('<').split([' ', '/', '>']).next().unwrap();
        let body = match tag {
            "FlexQueryResponse" | "FlexStatement" => continue,
            tag => {
                let found = SECTIONS.iter().find(|(element, _)| *element == tag);
                let inside = match found {
                    Some((_, name)) => section(name, std::slice::from_ref(&element)),
                    None => section("Something", std::slice::from_ref(&element)),
                };
                report(&[statement("U123456", &inside)])
            }
        };
        let flex = Flex::new(body).await;
        let synced = flex.sync().await;
        let counts = [
            flex.fills().await.len(),
            flex.house.rows::<Position>(flex.id).await.len(),
            flex.house.rows::<CashFlow>(flex.id).await.len(),
            flex.house.rows::<Balance>(flex.id).await.len(),
        ];
        let told: Vec<_> =
            synced.items.iter().filter(|item| item.status == ItemStatus::Rejected).map(|i| i.detail.as_str()).collect();
        println!(
            "{name:<40} {:>6} {:>10} {:>6} {:>6}  {}",
            counts[0],
            counts[1],
            counts[2],
            counts[3],
            told.join("; ")
        );
        let want = match name.as_str() {
            "Trade.xml" => [1, 0, 0, 0],
            "OpenPosition.xml" => [0, 1, 0, 0],
            "CashTransaction.xml" => [0, 0, 1, 0],
            "CashReportCurrency.xml" => [0, 0, 0, 1],
            _ => [0, 0, 0, 0],
        };
        assert_eq!(counts, want, "{name}");
        let is_refused = name == "TradeAutoFX.xml";
        assert_eq!(!told.is_empty(), is_refused, "{name}: {told:?}");
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        if name == "Trade.xml" {
            let fill: Fill = flex.fills().await.remove(0);
            let Fill { native_id, symbol, quantity, price, .. } = &fill;
            let got =
                format!("{native_id} {symbol} {} {quantity} @ {price} {} {:?}", fill.side.word(), fill.at, fill.effect);
            assert_eq!(got, "2381339439 VXX   110917C00005000 buy 3 @ 0 2011-08-11T20:20:00Z Some(\"close\")");
        }
    }
    println!("all {sums:?}");
}
