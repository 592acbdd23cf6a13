//! The two layouts of reporting logs, and columns that no layout knows.

use foliosync_engine::model::sync::ItemStatus;
use foliosync_engine::model::trades::{DAILY_LOG, REPORTING_DATA, TRADE_DATA};

use crate::folder::Connection;

#[test]
fn a_tat_row_is_told_in_the_words_of_the_other_layout() {
    let mut c = Connection::tradelog();
    let header = "TradeID,OpenDate,OpenTime,CloseDate,CloseTime,PriceOpen,PriceClose,TotalPremium,Qty,ContractCount,\
                  Commission,Status,ShortPut,LongPut,ShortCall,LongCall,UnderlyingSymbol,TradeType,Template,Strategy,\
                  ProfitLoss,BuyingPower";
    let rows = [
        "77,1/2/2024,9:45 AM,1/2/2024,3:05:10 PM,-2.5,0.1,1000,4,16,8.4,Expired,4700,4650,4800.5,4850,$spx,IronCondor,\
         IC 0DTE,Fallback,951.6,20000",
        "78,2024-01-03,09:45:00,,,-1,,100,3,3,0,Open,4700,,0,0.0,,PutSpread,,Fallback,0,5000",
        "79,2024-01-04,,,,,,5,0,0,,,0,0,0,0,0,,,,-1.5,",
    ];
    c.write("b/tat.csv", format!("{header}\r\n{}\r\n", rows.join("\r\n")));
    assert_eq!(c.sync().only(ItemStatus::Updated), "3 reported");
    let stored = c.store.rows(&REPORTING_DATA);
    for (row, column, want) in [
        (0, "layout", "tat"),
        (0, "date_opened", "2024-01-02"),
        (0, "time_opened", "09:45:00"),
        (0, "time_closed", "15:05:10"),
        (0, "num_contracts", "4"),
        (0, "initial_premium", "250"),
        (0, "strategy", "IC 0DTE"),
        (0, "legs", "4700 P STO | 4650 P BTO | 4800.5 C STO | 4850 C BTO"),
        (0, "pl", "951.6"),
        (0, "commission", "8.4"),
        (0, "reason_for_close", "Expired"),
        (0, "opening_price", "-2.5"),
        (0, "closing_price", "0.1"),
        (0, "ticker", "SPX"),
        (1, "strategy", "Fallback"),
        (1, "legs", "4700 P STO"),
        (1, "initial_premium", "33.333333333333333333"),
        (1, "date_closed", "null"),
        (1, "ticker", "SPX"),
        (2, "strategy", "b"),
        (2, "legs", "null"),
        (2, "initial_premium", "null"),
    ] {
        assert_eq!(stored[row][column], want, "row {row} {column}");
    }
    for kept in ["\"TradeID\":\"77\"", "\"TotalPremium\":\"1000\"", "\"ContractCount\":\"16\"", "\"LongCall\":\"4850\""]
    {
        assert!(stored[0]["extra"].contains(kept), "{}", stored[0]["extra"]);
    }
}

#[test]
fn an_automation_row_parts_its_date_from_its_time() {
    let mut c = Connection::tradelog();
    let text = "Strategy,Date Opened,Initial Premium ($),Contracts Traded,PL,Date Closed,Account,Days in Trade\n\
                IC,2025-05-30T10:15:40.546199,2.63,2,-504.25115999999997,2025-05-30T15:26:20.4094922,U1,0\n";
    c.write("b/reportinglog.csv", text);
    c.sync();
    let row = &c.store.rows(&REPORTING_DATA)[0];
    for (column, want) in [
        ("layout", "option_omega"),
        ("date_opened", "2025-05-30"),
        ("time_opened", "10:15:40.546199"),
        ("time_closed", "15:26:20.4094922"),
        ("initial_premium", "2.63"),
        ("num_contracts", "2"),
        ("pl", "-504.25115999999997"),
        ("account", "U1"),
        ("extra", "{\"Days in Trade\":\"0\"}"),
    ] {
        assert_eq!(row[column], want, "{column}");
    }
}

#[test]
fn a_date_and_a_time_that_disagree_reject_the_row() {
    let mut c = Connection::tradelog();
    let text = "Date Opened,Time Opened,P/L\n\
                2024-01-02T00:00:00,9:30,1\n2024-01-02T09:30:00,9:30,1\n2024-01-02T09:30:00,9:31,1\n2024-01-02T09:30:00,,1\n";
    c.write("b/tradelog.csv", text);
    assert_eq!(
        c.sync().only(ItemStatus::Updated),
        r#"3 trades, 1 row rejected in `tradelog.csv` line 4: Time Opened "9:31" is another time than the one behind the date"#
    );
    assert_eq!(c.store.column(&TRADE_DATA, "time_opened"), ["09:30:00"; 3]);
    assert_eq!(c.store.column(&TRADE_DATA, "source_line"), ["2", "3", "5"]);
}

#[test]
fn unknown_columns_are_kept_as_they_are_written() {
    let mut c = Connection::tradelog();
    let text = "Zone,P/L,Date Opened,My \"\"Note\"\",\u{e9}\n".replace("My \"\"Note\"\"", "\"My \"\"Note\"\"\"");
    let rows = "NY,1,2024-01-02,\"a \"\"b\"\"\n1,000\",x\n,1,2024-01-03,,\n";
    c.write("b/tradelog.csv", text + rows);
    c.sync();
    let extra = c.store.column(&TRADE_DATA, "extra");
    assert_eq!(extra, ["{\"My \\\"Note\\\"\":\"a \\\"b\\\"\\n1,000\",\"Zone\":\"NY\",\"é\":\"x\"}", "null"]);
}

#[test]
fn tickers_come_from_the_file_where_it_has_them() {
    let mut c = Connection::tradelog();
    c.write("b/tradelog.csv", "Date Opened,P/L,Symbol\n2024-01-02,1,^ndx\n2024-01-02,2,\n2024-01-02,3,123\n");
    c.sync();
    assert_eq!(c.store.column(&TRADE_DATA, "ticker"), ["NDX", "SPX", "SPX"]);
    assert_eq!(c.store.column(&TRADE_DATA, "extra")[0], "{\"Symbol\":\"^ndx\"}");
}

#[test]
fn daily_values_go_by_any_of_their_names() {
    for name in ["Net Liquidity", "NetLiquidity", "Portfolio Value", "EQUITY", "value"] {
        let mut c = Connection::tradelog();
        c.write(
            "b/dailylog.csv",
            format!("Date,{name},P/L %,Drawdown %\n2024-01-02T00:00:00,\"$100,756\",0.76%,-1.4%\n"),
        );
        c.sync();
        let row = &c.store.rows(&DAILY_LOG)[0];
        assert_eq!(
            [&row["date"], &row["net_liquidity"], &row["pl_pct"], &row["drawdown_pct"]],
            ["2024-01-02", "100756", "0.76", "-1.4"]
        );
    }
}
