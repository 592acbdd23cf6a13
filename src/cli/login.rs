//! `login`: a link that signs a browser in.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;

use super::{Context, Done};

#[derive(Deserialize)]
struct Link {
    url: String,
    until: Timestamp,
}

pub async fn run(context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    // One that nobody saw, because its answer was cut off, opens nothing to anybody.
    let link = loop {
        let made: Option<Link> = client.change(Method::POST, "/api/login-links", None::<&()>).await?;
        if let Some(link) = made {
            break link;
        }
    };
    say!("{}", link.url);
    let minutes = link.until.duration_since(Timestamp::now()).as_mins() + 1;
    eprintln!("Open it in a browser: it works once, within {minutes} minutes.");
    Ok(Done::Well)
}
