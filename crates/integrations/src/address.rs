//! Which addresses an outbound request may reach.
//!
//! A message must not be turned into a probe of the network that the server stands in, nor fetch the secrets of a
//! cloud's metadata service. Everything that is not plainly public is refused, unless the plan allows its range.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Address ranges that the plan opens although they are not public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow(Vec<Range>);

/// An address range in CIDR form; a single address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    base: IpAddr,
    bits: u8,
}

/// An address that must not be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The address, with a hidden IPv4 address brought to light.
    pub address: IpAddr,
    /// What it is: `private`, `loopback`, …
    pub what: &'static str,
}

impl Allow {
    /// Reads the ranges of a plan; the error names the first that is none.
    pub fn new(ranges: &[String]) -> Result<Self, String> {
        ranges.iter().map(|range| range.parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Returns `ip` if it is public or allowed.
    pub fn check(&self, ip: IpAddr) -> Result<(), Blocked> {
        let address = ip.to_canonical();
        let Some(what) = forbidden(address) else { return Ok(()) };
        if self.0.iter().any(|range| range.contains(address)) {
            return Ok(());
        }
        Err(Blocked { address, what })
    }
}

/// Returns why a request to `ip` is refused by default: what kind of address it is. `None` = it is public.
///
/// IPv6 forms that carry an IPv4 address through a translator or a tunnel are refused whole, as are addresses
/// that are reserved for documentation and benchmarks. Source: the IANA special-purpose address registries.
pub fn forbidden(ip: IpAddr) -> Option<&'static str> {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let number = u32::from(v4);
            let inside = |base: Ipv4Addr, bits: u8| prefix4(number, bits) == u32::from(base);
            NOT_PUBLIC_V4.iter().find(|(base, bits, _)| inside(*base, *bits)).map(|row| row.2)
        }
        IpAddr::V6(v6) => {
            let number = u128::from(v6);
            let inside = |base: Ipv6Addr, bits: u8| prefix6(number, bits) == u128::from(base);
            NOT_PUBLIC_V6.iter().find(|(base, bits, _)| inside(*base, *bits)).map(|row| row.2)
        }
    }
}

const NOT_PUBLIC_V4: &[(Ipv4Addr, u8, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "unspecified"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared (CGNAT)"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's metadata service"),
    (Ipv4Addr::new(169, 254, 169, 254), 32, "a cloud's metadata service"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "reserved for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "reserved for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "reserved for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "reserved for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

const NOT_PUBLIC_V6: &[(Ipv6Addr, u8, &str)] = &[
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::UNSPECIFIED, 96, "unspecified"),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, "a NAT64 form of an IPv4 address"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "a NAT64 form of an IPv4 address"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "reserved"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "reserved"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "reserved for documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 form of an IPv4 address"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "reserved for documentation"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "reserved"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "private"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
];

/// One sentence with the mend.
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, what } = self;
        let range = match address {
            IpAddr::V4(_) if address.is_loopback() => "127.0.0.0/8".to_owned(),
            IpAddr::V4(_) => format!("{address}/32"),
            IpAddr::V6(_) => format!("{address}/128"),
        };
        write!(
            f,
            "outbound address {address} is {what}; \
             allow it with `outbound: {{allow: [\"{range}\"]}}` in stentor.yml"
        )
    }
}

impl std::error::Error for Blocked {}

impl Range {
    /// Tells whether `ip`, in its canonical form, lies inside.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                prefix4(u32::from(ip), self.bits) == u32::from(base)
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                prefix6(u128::from(ip), self.bits) == u128::from(base)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Range {
    type Err = String;

    /// Refuses what is no address or has more bits than one; bits behind the prefix are dropped.
    fn from_str(text: &str) -> Result<Self, String> {
        let bad =
            || format!("`{text}` is not an address range; write it as 10.0.0.0/8 or fd00::/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let base: IpAddr = address.trim().parse().map_err(|_| bad())?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= most).ok_or_else(bad)?,
        };
        let base = match base {
            IpAddr::V4(v4) => IpAddr::V4(prefix4(u32::from(v4), bits).into()),
            IpAddr::V6(v6) => IpAddr::V6(prefix6(u128::from(v6), bits).into()),
        };
        Ok(Self { base, bits })
    }
}

fn prefix4(number: u32, bits: u8) -> u32 {
    number & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

fn prefix6(number: u128, bits: u8) -> u128 {
    number & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(ranges: &[&str]) -> Allow {
        Allow::new(&ranges.iter().map(|range| (*range).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn only_public_addresses_are_free() {
        let blocked = [
            ("0.0.0.0", "unspecified"),
            ("10.1.2.3", "private"),
            ("100.64.0.1", "shared (CGNAT)"),
            ("100.100.100.200", "shared (CGNAT)"),
            ("127.8.8.8", "loopback"),
            ("168.63.129.16", "a cloud's metadata service"),
            ("169.254.169.254", "a cloud's metadata service"),
            ("169.254.1.1", "link-local"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.0.1", "private"),
            ("198.19.255.255", "reserved for benchmarks"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "unspecified"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:a9fe:a9fe", "a cloud's metadata service"),
            ("64:ff9b::7f00:1", "a NAT64 form of an IPv4 address"),
            ("64:ff9b:1::a00:1", "a NAT64 form of an IPv4 address"),
            ("2002:7f00:1::", "a 6to4 form of an IPv4 address"),
            ("2001:0:4136:e378::1", "reserved"),
            ("fd00:ec2::254", "private"),
            ("fe80::1", "link-local"),
            ("ff02::1", "multicast"),
        ];
        for (text, what) in blocked {
            assert_eq!(forbidden(text.parse().unwrap()), Some(what), "{text}");
        }
        let free = ["1.1.1.1", "100.128.0.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111"];
        for text in free {
            assert_eq!(forbidden(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn an_allowed_range_opens_what_lies_inside_it_and_no_more() {
        let allow = allow(&["127.0.0.0/8", "10.1.2.3", "fd12::/16", "192.168.7.9/24"]);
        for text in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd12::1", "192.168.7.1"] {
            assert_eq!(allow.check(text.parse().unwrap()), Ok(()), "{text}");
        }
        for text in ["10.1.2.4", "::1", "fd13::1", "169.254.169.254", "64:ff9b::7f00:1"] {
            assert!(allow.check(text.parse().unwrap()).is_err(), "{text}");
        }
        assert_eq!(Allow::default().check("8.8.8.8".parse().unwrap()), Ok(()));
    }

    #[test]
    fn a_refusal_says_how_to_allow_it() {
        let refused = Allow::default().check("127.0.0.1".parse().unwrap()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "outbound address 127.0.0.1 is loopback; \
             allow it with `outbound: {allow: [\"127.0.0.0/8\"]}` in stentor.yml"
        );
    }

    #[test]
    fn what_is_no_range_is_refused_by_name() {
        for bad in ["localhost", "10.0.0.0/33", "10.0.0/8", "::/129", "1.2.3.4/-1", "", "/8"] {
            let refused = Allow::new(&[bad.to_owned()]).unwrap_err();
            assert!(refused.contains(&format!("`{bad}`")), "{refused}");
        }
        assert!(Allow::new(&["0.0.0.0/0".to_owned(), "::/0".to_owned()]).is_ok());
    }
}
