//! Where a request comes from. Forwarded headers count only from proxies which are configured as trusted.

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use std::net::{IpAddr, Ipv6Addr};

/// A network: address and prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u8,
}

/// IPv4 as the mapped IPv6, so that there is one kind of address.
fn widen(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    /// Parses `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (limit, offset) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(limit);
        (bits <= limit).then(|| Self { base: widen(address), bits: bits + offset })
    }
    fn contains(self, address: IpAddr) -> bool {
        let shift = 128 - u32::from(self.bits);
        shift == 128 || (widen(address) ^ self.base) >> shift == 0
    }
}

/// Proxies which may say for whom they speak.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
    /// The client behind trusted proxies: `X-Forwarded-For` is read from the right, each hop must be trusted;
    /// the first that is not is the client.
    #[must_use]
    pub fn client(&self, peer: IpAddr, forwarded_for: &[&str]) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let mut client = peer;
        for hop in forwarded_for.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            client = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        client
    }
}

/// What limits count by: one IPv4 address, or one IPv6 network of 64 bits, which one household has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin(u128);

/// The client of a request.
#[must_use]
pub fn client(request: &HttpRequest, proxies: &TrustedProxies) -> Origin {
    origin_of(client_ip(request.head(), proxies))
}

/// The key of an address.
#[must_use]
pub fn origin_of(address: IpAddr) -> Origin {
    let wide = widen(address);
    let mapped = Ipv6Addr::from_bits(wide).to_ipv4_mapped().is_some();
    Origin(if mapped { wide } else { wide >> 64 << 64 })
}

fn client_ip(head: &RequestHead, proxies: &TrustedProxies) -> IpAddr {
    let peer = head.peer_addr.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    let lines: Vec<&str> =
        head.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    proxies.client(peer, &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn forwarded_headers_count_only_from_trusted_proxies() {
        let proxies =
            TrustedProxies(vec![Network::parse("10.0.0.0/8").unwrap(), Network::parse("fd00::1").unwrap()]);
        for (peer, forwarded, client) in [
            ("203.0.113.5", &["198.51.100.1"][..], "203.0.113.5"),
            ("10.1.1.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.1.1.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.1.1.1", &["198.51.100.1, 10.2.2.2"], "198.51.100.1"),
            ("10.1.1.1", &["198.51.100.1", "10.2.2.2"], "198.51.100.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("10.1.1.1", &["nonsense"], "10.1.1.1"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
            ("fd00::2", &["2001:db8::7"], "fd00::2"),
        ] {
            assert_eq!(proxies.client(ip(peer), forwarded), ip(client), "{peer} {forwarded:?}");
        }
        assert_eq!(Network::parse("10.0.0.0/33"), None);
        assert_eq!(Network::parse("here"), None);
    }

    #[test]
    fn a_household_counts_as_one() {
        assert_eq!(origin_of(ip("2001:db8::1")), origin_of(ip("2001:db8::ffff:2")));
        assert_ne!(origin_of(ip("2001:db8::1")), origin_of(ip("2001:db8:0:1::1")));
        assert_ne!(origin_of(ip("198.51.100.1")), origin_of(ip("198.51.100.2")));
        assert_eq!(origin_of(ip("198.51.100.1")), origin_of(ip("::ffff:198.51.100.1")));
    }
}
