//! Sends a letter to the address that its host has now, if it may go there. Nothing is followed, and nothing of the
//! answer is shown but its status: who can set an address must not read another machine's pages through us.

use std::net::SocketAddr;

use foliosync_engine::limits::NOTICE_SECONDS_MAX;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url, retry};
use secrecy::ExposeSecret;

use super::letter::Letter;
use crate::networks::{Networks, Reach, reach};
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

/// Where the host is, if all of it may be sent to.
async fn addresses(url: &Url, private: &Networks) -> Result<Vec<SocketAddr>, String> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await.map_err(|_| format!("there is no host {host}"))?;
    let found: Vec<SocketAddr> = found.collect();
    for address in found.iter().map(SocketAddr::ip) {
        let refused = |why: &str| Err(format!("{host} is at {address}, {why}"));
        match reach(address) {
            Reach::Never => return refused("where nothing is sent"),
            Reach::Private if !private.contains(address) => {
                return refused("which is not on the internet; list its network under private_networks to allow it");
            }
            Reach::Public if url.scheme() != "https" => {
                return refused("which is on the internet: its address must begin with https");
            }
            Reach::Private | Reach::Public => {}
        }
    }
    if found.is_empty() { Err(format!("there is no host {host}")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_internet_and_what_was_listed_is_sent_to() {
        let check = async |url: &str, listed: &[&str], want: Result<usize, &str>| {
            let networks = Networks::parse(listed.iter().copied()).unwrap();
            let found = addresses(&Url::parse(url).unwrap(), &networks).await;
            assert_eq!(found.map(|found| found.len()), want.map_err(String::from), "{url}");
        };
        let private = "which is not on the internet; list its network under private_networks to allow it";
        check("https://1.1.1.1/x", &[], Ok(1)).await;
        check(
            "http://1.1.1.1/x",
            &[],
            Err("1.1.1.1 is at 1.1.1.1, which is on the internet: its address must begin with https"),
        )
        .await;
        check("https://10.0.0.1", &[], Err(&format!("10.0.0.1 is at 10.0.0.1, {private}"))).await;
        check("http://10.0.0.1", &["10.0.0.0/8"], Ok(1)).await;
        check("http://[::1]:8080", &[], Err(&format!("[::1] is at ::1, {private}"))).await;
        // As browsers read it, so does the URL: another spelling of 127.0.0.1.
        check("http://2130706433/", &[], Err(&format!("127.0.0.1 is at 127.0.0.1, {private}"))).await;
        let never = "169.254.169.254 is at 169.254.169.254, where nothing is sent";
        check("http://169.254.169.254/latest", &["169.254.0.0/16"], Err(never)).await;
    }
}
