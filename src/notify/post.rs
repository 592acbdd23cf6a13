//! Sends a letter to the address that its host has now, if it may go there. Nothing is followed, and nothing of the
//! answer is shown but its status: who can set an address must not read another machine's pages through us.

use foliosync_engine::limits::NOTICE_SECONDS_MAX;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, retry};
use secrecy::ExposeSecret;

use super::letter::Letter;
use crate::networks::{Networks, addresses};
use crate::transport::{USER_AGENT, innermost};

/// Errors are for people, and name no address but the host's own.
pub async fn send(letter: Letter, private: &Networks) -> Result<(), String> {
    match tokio::time::timeout(NOTICE_SECONDS_MAX, deliver(letter, private)).await {
        Ok(sent) => sent,
        Err(_) => Err(format!("it did not answer within {} s", NOTICE_SECONDS_MAX.as_secs())),
    }
}

async fn deliver(letter: Letter, private: &Networks) -> Result<(), String> {
    let Letter { url, headers, body } = letter;
    let addresses = addresses(&url, private).await?;
    let host = url.host_str().unwrap_or_default().to_string();
    // The addresses that were looked at are those that are connected to: a name that changes its mind in between changes
    // nothing.
    let client = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .retry(retry::never())
        .no_proxy()
        .referer(false)
        .resolve_to_addrs(&host, &addresses)
        .build()
        .map_err(|error| innermost(&error))?;
    let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
    for (name, value) in headers {
        request = request.header(name, value.expose_secret());
    }
    let answer = request.send().await.map_err(|error| format!("it could not be reached: {}", innermost(&error)))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status if status.is_redirection() => Err(format!(
            "it answered with status {}: redirects are not followed, so give the address itself",
            status.as_u16()
        )),
        status => Err(format!("it answered with status {}", status.as_u16())),
    }
}
