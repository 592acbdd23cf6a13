//! Networks of addresses: whose word is believed, and where nothing is sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

/// Addresses and networks, as `127.0.0.1` or `10.0.0.0/8`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u32)>);

impl Networks {
    /// The text that is none, where one is not.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Networks, String> {
        let one = |text: &str| -> Option<(IpAddr, u32)> {
            let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.parse().ok()?;
            let bits_max = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(bits_max), |bits| bits.parse().ok())?;
            (bits <= bits_max).then_some((address, bits))
        };
        let texts = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
        texts.map(|text| one(text).ok_or_else(|| text.to_string())).collect::<Result<_, _>>().map(Networks)
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let covers = |(network, bits): &(IpAddr, u32)| match (network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        };
        self.0.iter().any(covers)
    }
}

/// What an address is for whoever sends something there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anybody's on the internet.
    Public,
    /// This machine's, or of a network that not everybody can reach.
    Private,
    /// Of the network's own machinery: clouds hand out credentials there.
    Never,
}

/// By the registries of special-purpose addresses (RFC 6890 and its updates).
pub fn reach(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    if address.is_link_local() || address.is_multicast() || address.is_broadcast() || a == 0 || a >= 240 {
        return Reach::Never;
    }
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_special = (a, b, c) == (192, 0, 0) || (a == 198 && (b & 0xfe) == 18) || address.is_documentation();
    match address.is_private() || address.is_loopback() || is_shared || is_special {
        true => Reach::Private,
        false => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let parts = address.segments();
    if address.is_unicast_link_local() || address.is_multicast() || address.is_unspecified() {
        return Reach::Never;
    }
    // An address of the older kind inside, which a gateway unpacks: by RFC 6052, 3056 and 4380.
    let inside = match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some((high, low)),
        [0x2001, 0, .., high, low] => Some((!high, !low)),
        _ => None,
    };
    if let Some((high, low)) = inside {
        return reach_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let is_documentation = parts[0] == 0x2001 && parts[1] == 0xdb8;
    // What is not of the internet's own range (2000::/3) is somebody's private network, or nothing yet.
    let is_global = parts[0] & 0xe000 == 0x2000;
    if is_global && !is_documentation { Reach::Public } else { Reach::Private }
}

/// Where the host is, if all of it may be sent to.
pub async fn addresses(url: &Url, private: &Networks) -> Result<Vec<SocketAddr>, String> {
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

    #[test]
    fn networks_cover_their_addresses() {
        let check = |networks: &[&str], address: &str, want: bool| {
            let networks = Networks::parse(networks.iter().copied()).unwrap();
            assert_eq!(networks.contains(address.parse().unwrap()), want, "{networks:?} {address}");
        };
        check(&["10.0.0.0/8"], "10.255.0.1", true);
        check(&["10.0.0.0/8"], "::ffff:10.0.0.1", true);
        check(&["10.0.0.0/8"], "11.0.0.1", false);
        check(&["10.0.0.1"], "10.0.0.2", false);
        check(&["0.0.0.0/0"], "1.2.3.4", true);
        check(&["fd00::/8", "::1"], "fd12::1", true);
        check(&["fd00::/8", "::1"], "::2", false);
        check(&[], "127.0.0.1", false);
        for wrong in ["nginx", "10.0.0.0/33", "10.0.0.0/", "::/129"] {
            assert_eq!(Networks::parse([wrong]), Err(wrong.to_string()));
        }
    }

    #[test]
    fn addresses_are_told_apart_by_who_can_reach_them() {
        let check = |want: Reach, addresses: &[&str]| {
            for address in addresses {
                assert_eq!(reach(address.parse().unwrap()), want, "{address}");
            }
        };
        check(Reach::Public, &["1.1.1.1", "192.0.1.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"]);
        let private = ["10.1.2.3", "172.31.0.1", "192.168.0.1", "127.0.0.1", "100.64.0.1", "198.19.0.1", "192.0.2.1"];
        check(Reach::Private, &private);
        check(Reach::Private, &["::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"]);
        let never = ["169.254.169.254", "0.0.0.0", "255.255.255.255", "224.0.0.1", "fe80::1", "ff02::1", "::"];
        check(Reach::Never, &never);
        check(Reach::Never, &["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2001:0:1:2:3:4:5601:5601"]);
    }
}
