//! `login`: a link that signs a browser in.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;

use super::{Context, Done};
use crate::client::Client;
use crate::failure::Failure;

#[derive(Deserialize)]
pub struct Link {
    pub url: String,
    pub until: Timestamp,
}

impl Link {
    /// What to do with it.
    pub fn advice(&self) -> String {
        let minutes = self.until.duration_since(Timestamp::now()).as_mins() + 1;
        format!("Open it in a browser: it works once, within {minutes} minutes.")
    }
}

pub async fn run(context: &Context) -> anyhow::Result<Done> {
    let mut client = context.client().await?;
    let link = link(&mut client).await?;
    say!("{}", link.url);
    eprintln!("{}", link.advice());
    Ok(Done::Well)
}

pub async fn link(client: &mut Client) -> Result<Link, Failure> {
    // One that nobody saw, because its answer was cut off, opens nothing to anybody.
    loop {
        if let Some(link) = client.change(Method::POST, "/api/login-links", None::<&()>).await? {
            return Ok(link);
        }
    }
}
