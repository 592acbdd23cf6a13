//! Made-up market data: daily bars as charting programs export them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::random::{Random, hundredths};
use super::trades::trading_days;

pub fn write(folder: &Path, today: Date) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let zone = TimeZone::get("America/New_York").map_err(std::io::Error::other)?;
    for (name, seed, start_cents, volume) in
        [("spx_daily", 11, 598_000, false), ("qqq", 12, 52_000, true), ("iwm", 13, 23_000, true)]
    {
        fs::write(folder.join(format!("{name}.csv")), bars(today, &zone, seed, start_cents, volume)?)?;
    }
    Ok(())
}

fn bars(today: Date, zone: &TimeZone, seed: u64, start_cents: i64, volume: bool) -> std::io::Result<String> {
    let mut random = Random::new(seed);
    let mut price = start_cents;
    let mut csv = String::from(if volume { "time,open,high,low,close,Volume\n" } else { "time,open,high,low,close\n" });
    for day in trading_days(today) {
        let opened = day.at(9, 30, 0, 0).to_zoned(zone.clone()).map_err(std::io::Error::other)?;
        let (open, step) = (price, price / 100);
        price += random.between(-step, step);
        let high = open.max(price) + random.between(0, step / 2);
        let low = open.min(price) - random.between(0, step / 2);
        let shown = [open, high, low, price].map(hundredths).join(",");
        // Writing to a String cannot fail.
        let _ = write!(csv, "{},{shown}", opened.timestamp().as_second());
        let _ = match volume {
            true => writeln!(csv, ",{}", random.between(20_000_000, 60_000_000)),
            false => writeln!(csv),
        };
    }
    Ok(csv)
}
