//! `portfolio`: everything that is held, what it is worth, and what is not known about that.

use foliosync_engine::model::Decimal;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::instruments::encoded;
use super::table::{align_right, plain_table, print};
use super::text::shown;
use super::{Context, Done};
use crate::client::Client;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// Value everything in this currency [default: the base currency]
    #[arg(long, value_name = "CURRENCY")]
    currency: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    currency: String,
    total: Total,
    connections: Vec<Json>,
    lines: Vec<Json>,
    next_after: Option<String>,
}

#[derive(Deserialize, serde::Serialize, Clone)]
struct Total {
    value: Option<String>,
    priced: usize,
    stale: usize,
    unpriced: usize,
    partial: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    label: String,
    part: String,
    asset: String,
    quantity: String,
    price: Option<String>,
    price_currency: Option<String>,
    value: Option<String>,
    stale: bool,
    remark: Option<String>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    if args.json {
        let page = all(&mut client, args.currency.as_deref()).await?;
        let Page { currency, total, connections, lines, .. } = page;
        let whole = json!({ "currency": currency, "total": total, "connections": connections, "lines": lines });
        say!("{}", serde_json::to_string_pretty(&whole)?);
        return Ok(Done::Well);
    }
    show_all(&mut client, args.currency.as_deref()).await?;
    Ok(Done::Well)
}

/// Prints every line with its worth in this currency, or in the base currency.
pub async fn show_all(client: &mut Client, currency: Option<&str>) -> Result<(), Failure> {
    let page = all(client, currency).await?;
    let lines: Result<Vec<Line>, _> = page.lines.into_iter().map(serde_json::from_value).collect();
    let lines = lines.map_err(|error| Failure::failed(format!("the portfolio cannot be read: {error}"), ""))?;
    if lines.is_empty() {
        say!("Nothing is held yet; add an account: foliosync connect add");
        return Ok(());
    }
    show(&lines, &page.currency);
    let Total { value, priced, stale, unpriced, .. } = page.total;
    let value = value.map_or("unpriced".into(), |value| money(&value));
    say!("\ntotal {value} {}: {priced} priced, {stale} of them old, {unpriced} unpriced", shown(&page.currency));
    Ok(())
}

/// All lines, with the head of the last page.
async fn all(client: &mut Client, currency: Option<&str>) -> Result<Page, Failure> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    let currency = currency.map(|currency| format!("currency={}&", encoded(currency))).unwrap_or_default();
    loop {
        let mut page: Page = client.get(&format!("/api/portfolio?{currency}{after}")).await?;
        lines.append(&mut page.lines);
        match &page.next_after {
            Some(last) => after = format!("after={}", encoded(last)),
            None => return Ok(Page { lines, ..page }),
        }
    }
}

fn show(lines: &[Line], currency: &str) {
    let row = |line: &Line| {
        vec![
            shown(&line.label),
            shown(&line.part),
            shown(&line.asset),
            line.quantity.clone(),
            line.price.clone().unwrap_or_default(),
            shown(line.price_currency.as_deref().unwrap_or_default()),
            line.value.as_deref().map_or("unpriced".into(), money),
            if line.stale { "stale" } else { "" }.into(),
        ]
    };
    let value = format!("in {}", shown(currency));
    let headings = ["connection", "account", "asset", "quantity", "price", "of", &value, ""];
    let mut table = plain_table(&headings, lines.iter().map(row));
    for column in [3, 4, 6] {
        align_right(&mut table, column);
    }
    print(&table);
    for (nth, line) in lines.iter().filter(|line| line.remark.is_some()).enumerate() {
        let gap = if nth == 0 { "\n" } else { "" };
        let remark = shown(line.remark.as_deref().unwrap_or_default());
        say!("{gap}{} / {}: {remark}", shown(&line.label), shown(&line.asset));
    }
}

/// To two decimals.
fn money(text: &str) -> String {
    let Ok(amount) = Decimal::parse(text.as_bytes()) else { return shown(text) };
    let rounded = amount.round(2).to_string();
    match rounded.split_once('.') {
        None => format!("{rounded}.00"),
        Some((_, part)) if part.len() == 1 => format!("{rounded}0"),
        Some(_) => rounded,
    }
}
