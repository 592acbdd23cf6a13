//! What the server is called from outside: the hosts that a request may name, and the origins that a browser may.
//!
//! A page of somebody else's can make a browser send requests here under a name of its own that it points at this
//! machine. So a request that names another host than ours is refused, whatever else it brings.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};

use crate::failure::Failure;
use crate::networks::Networks;

/// What the configuration says about it.
#[derive(Debug, Clone)]
pub struct FaceConfig {
    pub listen: SocketAddr,
    pub public: Option<PublicUrl>,
    pub proxies: Networks,
}

/// `http(s)://host[:port]`, as browsers write an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
}

#[derive(Debug, Clone)]
pub struct Face {
    pub address: SocketAddr,
    /// The port's names on this machine, as `Host` has them.
    local: Vec<String>,
    public: Option<PublicUrl>,
    proxies: Networks,
}

impl FaceConfig {
    /// Whoever listens to other machines must say under which name, or names could not be checked.
    pub fn check(self) -> Result<FaceConfig, Failure> {
        if self.listen.ip().is_loopback() || self.public.is_some() {
            return Ok(self);
        }
        let message = format!("{} can be reached from other machines, and there is no public_url", self.listen);
        let hint = "set public_url to the address that browsers use, such as https://folio.example.org \
                    (or FOLIOSYNC_PUBLIC_URL), or listen on 127.0.0.1 only";
        Err(Failure::input(message, hint))
    }
}

impl PublicUrl {
    pub fn parse(text: &str) -> Result<PublicUrl, String> {
        let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err("it must begin with https:// or http://".into());
        }
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err("only scheme, host and port may be given".into());
        }
        Ok(PublicUrl { origin: url.origin().ascii_serialization() })
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, host)| host)
    }

    fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// Why a request is not for us, or not from us.
#[derive(Debug, PartialEq, Eq)]
pub enum Stranger {
    Host,
    Origin,
}

impl Face {
    /// `address` is what is really listened on: its port is never 0.
    pub fn new(config: FaceConfig, address: SocketAddr) -> Face {
        let port = address.port();
        let mut local: Vec<String> =
            ["127.0.0.1", "localhost", "[::1]"].iter().map(|name| format!("{name}:{port}")).collect();
        if port == 80 {
            local.extend(["127.0.0.1", "localhost", "[::1]"].map(String::from));
        }
        Face { address, local, public: config.public, proxies: config.proxies }
    }

    /// Where people find it.
    pub fn url(&self) -> String {
        let port = self.address.port();
        match &self.public {
            Some(public) => public.origin.clone(),
            None if self.address.is_ipv6() => format!("http://[::1]:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        }
    }

    pub fn is_https(&self) -> bool {
        self.public.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// Cookies know no ports, so two servers on one machine need two names.
    pub fn cookie(&self) -> String {
        if self.is_https() { "__Host-foliosync".into() } else { format!("foliosync-{}", self.address.port()) }
    }

    /// Refuses a request that names another host, or that another origin's page sent.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Stranger> {
        let host = self.host(uri, headers).ok_or(Stranger::Host)?;
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let is_own = |origin: &str| {
            let is_public = self.public.as_ref().is_some_and(|public| public.origin == origin);
            let is_local = self.local.contains(&host) && origin.strip_prefix("http://") == Some(&host);
            is_public || is_local
        };
        match origins.all(|origin| origin.to_str().is_ok_and(is_own)) {
            true => Ok(()),
            false => Err(Stranger::Origin),
        }
    }

    /// The one host that the request names, if it is ours.
    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next()?.to_str().ok()?.to_ascii_lowercase();
        let is_ours = self.local.contains(&host) || self.public.as_ref().is_some_and(|public| public.host() == host);
        // `GET http://other/ HTTP/1.1` names it once more.
        let agrees = uri.authority().is_none_or(|named| named.as_str().eq_ignore_ascii_case(&host));
        (is_ours && agrees && hosts.next().is_none()).then_some(host)
    }

    /// Who asks, for the log: behind a proxy that is trusted, whom it names.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let mut hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        while self.proxies.contains(client)
            && let Some(Ok(before)) = hops.pop().map(str::parse)
        {
            client = before;
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(public: Option<&str>, proxies: &[&str]) -> Face {
        let public = public.map(|url| PublicUrl::parse(url).unwrap());
        let listen = "127.0.0.1:7878".parse().unwrap();
        let proxies = Networks::parse(proxies.iter().copied()).unwrap();
        Face::new(FaceConfig { listen, public, proxies }, listen)
    }

    fn headers(given: &[(&str, &str)]) -> HeaderMap {
        let mut request = axum::http::Request::get("/");
        for (name, value) in given {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().headers().clone()
    }

    #[test]
    fn only_our_own_names_and_origins_pass() {
        use Stranger::{Host, Origin};
        let check = |public: Option<&str>, given: &[(&str, &str)], want: Result<(), Stranger>| {
            assert_eq!(face(public, &[]).check(&Uri::from_static("/api"), &headers(given)), want, "{given:?}");
        };
        let public = Some("https://folio.example.org");
        for host in ["127.0.0.1:7878", "localhost:7878", "[::1]:7878", "LocalHost:7878"] {
            check(None, &[("host", host)], Ok(()));
        }
        for host in ["127.0.0.1", "127.0.0.1:7879", "evil.example:7878", "", "localhost:7878.evil", "127.1:7878"] {
            check(None, &[("host", host)], Err(Host));
        }
        check(None, &[], Err(Host));
        check(None, &[("host", "localhost:7878"), ("host", "evil")], Err(Host));
        check(public, &[("host", "folio.example.org")], Ok(()));
        check(public, &[("host", "127.0.0.1:7878")], Ok(()));
        check(public, &[("host", "folio.example.org:8443")], Err(Host));
        let local = ("host", "127.0.0.1:7878");
        check(None, &[local, ("origin", "http://127.0.0.1:7878")], Ok(()));
        for origin in
            ["http://127.0.0.1:7879", "http://127.0.0.1", "https://127.0.0.1:7878", "http://localhost:7878", "null", ""]
        {
            check(None, &[local, ("origin", origin)], Err(Origin));
        }
        check(None, &[local, ("origin", "http://127.0.0.1:7878"), ("origin", "http://evil")], Err(Origin));
        // Behind a proxy that names us as it reaches us.
        check(public, &[local, ("origin", "https://folio.example.org")], Ok(()));
        check(public, &[("host", "folio.example.org"), ("origin", "http://folio.example.org")], Err(Origin));
    }

    #[test]
    fn a_host_in_the_request_line_counts_too() {
        let host = headers(&[("host", "127.0.0.1:7878")]);
        let check = |uri| face(None, &[]).check(&Uri::from_static(uri), &host);
        assert_eq!(check("http://127.0.0.1:7878/api"), Ok(()));
        assert_eq!(check("http://evil.example/api"), Err(Stranger::Host));
    }

    #[test]
    fn a_public_url_is_an_origin_and_nothing_more() {
        let check = |text: &str, want: Result<&str, &str>| {
            let parsed = PublicUrl::parse(text);
            assert_eq!(parsed.as_ref().map(|url| url.origin.as_str()).map_err(String::as_str), want);
        };
        check("https://Folio.example.org:443/", Ok("https://folio.example.org"));
        check("http://10.0.0.5:7878", Ok("http://10.0.0.5:7878"));
        check("https://folio.example.org/sync", Err("only scheme, host and port may be given"));
        check("https://me@folio.example.org", Err("only scheme, host and port may be given"));
        check("ftp://folio.example.org", Err("it must begin with https:// or http://"));
        check("folio.example.org", Err("relative URL without a base"));
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        let face = face(None, &["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);
        let check = |peer: &str, forwarded: &str, want: &str| {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            assert_eq!(face.client(peer.parse().unwrap(), &headers), want.parse::<IpAddr>().unwrap());
        };
        check("127.0.0.1", "1.2.3.4", "1.2.3.4");
        check("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.2.3", "1.2.3.4");
        check("11.0.0.1", "1.2.3.4", "11.0.0.1");
        check("fd00::7", "1.2.3.4", "1.2.3.4");
        check("127.0.0.1", "nonsense", "127.0.0.1");
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0.0/x", "::/129"] {
            assert_eq!(Networks::parse([wrong]), Err(wrong.to_string()));
        }
        let all = Networks::parse(["0.0.0.0/0"]).unwrap();
        assert!(all.contains("1.2.3.4".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
    }
}
