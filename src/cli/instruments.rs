//! `instruments`: what is to be priced, and under which name its prices are found.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ConnectionId;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::table::{plain_table, print};
use super::text::shown;
use super::{Context, Done, connect};
use crate::client::Client;
use crate::client::wire::{Instrument, Instruments, Listing, Unmapped};
use crate::failure::Failure;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add instruments whose prices are to be read
    Add(Add),
    /// List instruments, who reads their prices, and symbols that nobody knows the meaning of
    List(List),
    /// Stop reading the price of an instrument; its prices stay
    Remove(Remove),
    /// Say what a provider's symbol is
    Map(Map),
}

#[derive(clap::Args)]
pub struct Add {
    /// As people write them: AAPL, VOD.L, crypto:BTC, EUR/USD
    #[arg(required = true, value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// stock, etf, fund, crypto, option, future, fx or cash; where the symbol alone could mean two things
    #[arg(long)]
    kind: Option<String>,
    /// Its currency, such as GBP for what London quotes in pence
    #[arg(long)]
    currency: Option<String>,
    /// Its name on screen; for a single symbol
    #[arg(long)]
    name: Option<String>,
}

#[derive(clap::Args)]
pub struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub struct Remove {
    /// The instrument, as `instruments list` names it
    instrument: String,
}

#[derive(clap::Args)]
pub struct Map {
    /// The provider and its symbol, such as fmp:VOD.L
    #[arg(value_name = "PROVIDER:SYMBOL")]
    listing: String,
    /// What it is, as `instruments list` names it
    instrument: String,
    /// The unit of the provider's price, such as USD, or GBp for pence
    #[arg(long)]
    unit: Option<String>,
}

#[derive(Serialize)]
struct New<'a> {
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
}

pub async fn run(command: &Command, context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    match command {
        Command::Add(args) => add(&mut client, args).await?,
        Command::List(args) if args.json => {
            let all: Json = client.get("/api/instruments").await?;
            say!("{}", serde_json::to_string_pretty(&all["instruments"])?);
        }
        Command::List(_) => list(&mut client).await?,
        Command::Remove(args) => {
            let place = format!("/api/instruments/{}", encoded(&args.instrument));
            // Stopping twice is stopping.
            while client.change::<Json>(Method::DELETE, &place, None::<&()>).await?.is_none() {}
            say!("the price of `{}` is not read any more; what was read stays", shown(&args.instrument));
        }
        Command::Map(args) => map(&mut client, args).await?,
    }
    Ok(Done::Well)
}

async fn add(client: &mut Client, args: &Add) -> Result<(), Failure> {
    if args.name.is_some() && args.symbols.len() > 1 {
        return Err(Failure::input("--name was given for several symbols", "add that one alone"));
    }
    let (kind, name, currency) = (args.kind.as_deref(), args.name.as_deref(), args.currency.as_deref());
    let new: Vec<New> = args.symbols.iter().map(|symbol| New { symbol, kind, name, currency }).collect();
    let body = json!({ "instruments": new });
    // Adding what is there changes nothing, so an answer that was cut off is asked for again.
    let added: Vec<String> = loop {
        let answer: Option<Json> = client.change(Method::POST, "/api/instruments", Some(&body)).await?;
        if let Some(answer) = answer {
            let ids = answer["instruments"].as_array().into_iter().flatten();
            break ids.filter_map(|one| one["id"].as_str().map(String::from)).collect();
        }
    };
    let labels = labels(client).await?;
    let all = client.get::<Instruments>("/api/instruments").await?.instruments;
    let mut is_read = false;
    for instrument in all.iter().filter(|instrument| added.contains(&instrument.id)) {
        is_read |= instrument.priced_by.is_some();
        let who = match (&instrument.priced_by, &instrument.unpriced) {
            (Some(by), _) => format!("priced by {}", label(&labels, by.connection)),
            (None, Some(why)) => format!("unpriced: {}", shown(why)),
            (None, None) => String::new(),
        };
        say!("added {}: {who}", shown(&instrument.id));
    }
    if is_read && !client.server().schedules {
        say!("read their prices now: foliosync sync");
    }
    Ok(())
}

async fn list(client: &mut Client) -> Result<(), Failure> {
    let all = client.get::<Instruments>("/api/instruments").await?.instruments;
    let unmapped = client.get::<Unmapped>("/api/instruments/unmapped").await?.listings;
    if all.is_empty() {
        say!("No instruments yet; add one: foliosync instruments add AAPL");
    } else {
        let labels = labels(client).await?;
        let row = |instrument: &Instrument| {
            vec![
                shown(&instrument.id),
                shown(instrument.name.as_deref().unwrap_or_default()),
                shown(instrument.currency.as_deref().unwrap_or_default()),
                match &instrument.priced_by {
                    Some(by) => label(&labels, by.connection),
                    None if instrument.wanted => "nobody".into(),
                    None => "not any more".into(),
                },
            ]
        };
        print(&plain_table(&["instrument", "name", "currency", "priced by"], all.iter().map(row)));
    }
    for instrument in &all {
        if let Some(why) = &instrument.unpriced {
            say!("\n{} is unpriced: {}", shown(&instrument.id), shown(why));
        }
    }
    if !unmapped.is_empty() {
        say!("\nNobody has said yet what these are, so they are unpriced:");
        for Listing { provider, native_symbol, name, .. } in &unmapped {
            let name = name.as_deref().map(|name| format!(" ({})", shown(name))).unwrap_or_default();
            say!("  {}:{}{name}", shown(provider), shown(native_symbol));
        }
        say!("say it: foliosync instruments map PROVIDER:SYMBOL INSTRUMENT");
    }
    Ok(())
}

async fn map(client: &mut Client, args: &Map) -> Result<(), Failure> {
    let Some((provider, native_symbol)) = args.listing.split_once(':').filter(|(_, symbol)| !symbol.is_empty()) else {
        let message = format!("`{}` is not PROVIDER:SYMBOL", shown(&args.listing));
        return Err(Failure::input(message, "for example: foliosync instruments map fmp:VOD.L VOD.L --unit GBp"));
    };
    let body = json!({
        "provider": provider, "nativeSymbol": native_symbol, "instrument": args.instrument, "unit": args.unit,
    });
    // Saying it twice is saying it.
    let listing: Listing = loop {
        if let Some(listing) = client.change(Method::PUT, "/api/listings", Some(&body)).await? {
            break listing;
        }
    };
    let instrument = listing.instrument_id.unwrap_or_default();
    say!("{}:{} is {}", shown(&listing.provider), shown(&listing.native_symbol), shown(&instrument));
    Ok(())
}

async fn labels(client: &mut Client) -> Result<BTreeMap<ConnectionId, String>, Failure> {
    let all = connect::connections(client).await?.into_iter();
    Ok(all.map(|connection| (connection.id, connection.label)).collect())
}

fn label(labels: &BTreeMap<ConnectionId, String>, id: ConnectionId) -> String {
    labels.get(&id).map_or_else(|| format!("connection {id}"), |label| shown(label))
}

/// As one part of a URL's path.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_means_something_in_a_path_is_encoded() {
        assert_eq!(encoded("stock:VOD@XLON"), "stock%3AVOD%40XLON");
        assert_eq!(encoded("BRK.B"), "BRK.B");
        assert_eq!(encoded("a/b?c é"), "a%2Fb%3Fc%20%C3%A9");
    }
}
