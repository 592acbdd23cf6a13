//! `prices`: the last known prices, how old they are, and what lacks one.

use std::collections::BTreeMap;

use foliosync_engine::model::Decimal;
use foliosync_engine::nearest::nearest;
use foliosync_engine::spelling::parse_symbol;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::instruments::encoded;
use super::table::{align_right, plain_table, print};
use super::text::shown;
use super::time::ago;
use super::{Context, Done};
use crate::client::Client;
use crate::client::wire::{Price, PriceTotals, Prices};
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// Instruments, as people write them or as `instruments list` names them [default: all]
    #[arg(value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let (rows, totals) = all(&mut client).await?;
    let prices: Vec<Price> = rows.iter().map(|row| serde_json::from_value(row.clone())).collect::<Result<_, _>>()?;
    let picked = pick(&args.symbols, &prices)?;
    if args.json {
        let rows: Vec<&Json> = picked.iter().map(|nth| &rows[*nth]).collect();
        say!("{}", serde_json::to_string_pretty(&json!({ "prices": rows, "totals": totals }))?);
        return Ok(Done::Well);
    }
    let picked: Vec<&Price> = picked.into_iter().map(|nth| &prices[nth]).collect();
    if picked.is_empty() {
        say!("No prices yet; say what is to be priced: foliosync instruments add AAPL");
        return Ok(Done::Well);
    }
    show(&picked, Timestamp::now());
    if args.symbols.is_empty() {
        let PriceTotals { priced, stale, unpriced, .. } = totals;
        say!("\n{priced} priced, {stale} of them old, {unpriced} unpriced");
    }
    Ok(Done::Well)
}

/// The rows of every page as they came, and the totals.
async fn all(client: &mut Client) -> Result<(Vec<Json>, PriceTotals), Failure> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let Prices { prices, next_after, totals } = client.get(&format!("/api/prices{after}")).await?;
        rows.extend(prices);
        match next_after {
            Some(last) => after = format!("?after={}", encoded(&last)),
            None => return Ok((rows, totals)),
        }
    }
}

/// Which rows are meant; without symbols, all that somebody still asks for.
fn pick(symbols: &[String], prices: &[Price]) -> Result<Vec<usize>, Failure> {
    if symbols.is_empty() {
        return Ok((0..prices.len()).filter(|nth| prices[*nth].watched).collect());
    }
    let mut picked = Vec::new();
    for symbol in symbols {
        let spelled = parse_symbol(symbol, None).map(|parsed| parsed.id()).unwrap_or_default();
        let position = |is_it: &dyn Fn(&Price) -> bool| prices.iter().position(is_it);
        let found = position(&|price| price.instrument == *symbol || price.instrument == spelled);
        let found: Vec<usize> = match found {
            Some(nth) => vec![nth],
            None => (0..prices.len()).filter(|nth| prices[*nth].symbol.eq_ignore_ascii_case(symbol)).collect(),
        };
        if found.is_empty() {
            let near = nearest(symbol, prices.iter().flat_map(|p| [p.symbol.as_str(), p.instrument.as_str()]));
            let hint = format!("{near}add it: foliosync instruments add {}", shown(symbol));
            return Err(Failure::input(format!("`{}` is not among the prices", shown(symbol)), hint));
        }
        picked.extend(found);
    }
    Ok(picked)
}

fn show(prices: &[&Price], now: Timestamp) {
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for price in prices {
        *bearers.entry(short(price)).or_default() += 1;
    }
    // Where two would look the same, by their ids.
    let name = |price: &Price| match bearers[short(price)] {
        1 => shown(short(price)),
        _ => shown(&price.instrument),
    };
    let rows = prices.iter().map(|price| {
        vec![
            name(price),
            price.current_price.clone().unwrap_or_else(|| "unpriced".into()),
            shown(price.currency.as_deref().unwrap_or_default()),
            change(price),
            price.as_of.map(|at| ago(at, now)).unwrap_or_default(),
            price.freshness.clone(),
            shown(price.provider.as_deref().unwrap_or_default()),
        ]
    });
    let mut table = plain_table(&["symbol", "price", "currency", "change %", "as of", "freshness", "source"], rows);
    align_right(&mut table, 1);
    align_right(&mut table, 3);
    print(&table);
    for (nth, price) in prices.iter().filter(|price| price.remark.is_some()).enumerate() {
        let remark = shown(price.remark.as_deref().unwrap_or_default());
        let gap = if nth == 0 { "\n" } else { "" };
        say!("{gap}{}: {remark}", name(price));
    }
}

/// Its id without the kind.
fn short(price: &Price) -> &str {
    price.instrument.split_once(':').map_or(price.instrument.as_str(), |(_, symbol)| symbol)
}

/// To two decimals.
fn change(price: &Price) -> String {
    let percent = price.fields.get("change_pct").and_then(|field| Decimal::parse(field.value.as_bytes()).ok());
    percent.map(|percent| percent.round(2).to_string()).unwrap_or_default()
}
