//! The contract that every provider is held to, with more than one page where that is cheap to have.

use foliosync_engine::model::sync::SyncOptions;
use foliosync_engine::testkit::provider_contract::{
    Subject, a_second_run_changes_nothing, pages_are_well_formed, resume_gives_the_same_tail,
};

use crate::folder::{Connection, DAILY, REPORTED, many_trades, trades};

async fn holds(subject: Subject) {
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
    resume_gives_the_same_tail(&subject.with_options(SyncOptions { rehash: true, ..SyncOptions::default() })).await;
}

#[tokio::test]
async fn trade_logs_keep_the_contract() {
    let c = Connection::new("tradelog");
    for name in ["a", "c", "e's 😀"] {
        let twin = "2024-01-02,09:30:00,1 C,5,1,S";
        c.write(&format!("{name}/tradelog.csv"), trades(&[twin, twin, "2024-02-30,,,1,,", "2024-01-02,,,1,,"]));
        c.write(&format!("{name}/dailylog.csv"), DAILY);
        c.write(&format!("{name}/reportinglog.csv"), REPORTED);
    }
    for name in ["b", "d"] {
        c.write_filler(&format!("{name}/tradelog.csv"));
    }
    holds(c.subject()).await;
}

#[tokio::test]
async fn market_files_keep_the_contract() {
    let c = Connection::new("market_csv");
    c.write("spx_daily.csv", "time,close\n1704205800,1\n1704205800,2\n1704292200,3\n");
    for name in ["ES", "NQ", "ZB"] {
        c.write(&format!("{name}.csv"), "date,time,close,Plot\n2024-01-02,9:30,1,x\n2024-01-02,9:30,2,\n");
    }
    c.write_filler("NG.csv");
    holds(c.subject()).await;
}

#[tokio::test]
async fn a_folder_with_failures_keeps_the_contract() {
    let c = Connection::new("tradelog");
    c.write("bad/tradelog.csv", "");
    c.write("good/tradelog.csv", many_trades(2));
    c.write("strange/x.csv", "Name\nJohn\n");
    let subject = c.subject();
    pages_are_well_formed(&subject).await;
    resume_gives_the_same_tail(&subject).await;
    a_second_run_changes_nothing(&subject).await;
}
