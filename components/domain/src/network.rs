//! Networks: addresses that begin with the same bits.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bits of an IPv6 address, and of what every address is compared by.
const BITS_MAX: u32 = u128::BITS;
/// Bits of an IPv4 address.
const BITS_V4: u32 = u32::BITS;

/// A network of IPv4 or of IPv6: `203.0.113.0/24`, `2001:db8::/32`. An address alone is a network of one.
///
/// An IPv4 address that is written as IPv6 (`::ffff:203.0.113.7`) is the IPv4 address, here and wherever it is looked for; so is such a network
/// from `/96` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, with = "String", extend("pattern" = "^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$", "examples" = ["203.0.113.0/24"]))]
pub struct Network {
    /// Its first address.
    first: IpAddr,
    /// How many bits its addresses have in common: up to 32, or 128.
    prefix: u32,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    /// It is not written as one.
    #[error(
        "is no network: an address, or an address with the number of bits that count, such as 203.0.113.0/24 or 2001:db8::/32"
    )]
    Malformed,
    /// Its address is not the first: it would be a guess which network is meant.
    #[error("has bits in its address that do not count: the network with that address in it is {0}")]
    NotItsFirst(Network),
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && value(address) & mask(self.prefix) == value(self.first)
    }

    /// The network of this many bits that an address is in; nothing where an address has fewer.
    fn around(address: IpAddr, prefix: u32) -> Option<Self> {
        if prefix > width(address) {
            return None;
        }
        let value = value(address) & mask(prefix);
        let first = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(value >> (BITS_MAX - BITS_V4)).ok()?.into()),
            IpAddr::V6(_) => IpAddr::V6(value.into()),
        };
        Some(Self { first, prefix })
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let written: IpAddr = address.parse().map_err(|_| InvalidNetwork::Malformed)?;
        let prefix = prefix.map_or(Some(width(written)), digits).ok_or(InvalidNetwork::Malformed)?;
        let (address, prefix) = match (written.to_canonical(), prefix.checked_sub(BITS_MAX - BITS_V4)) {
            (mapped @ IpAddr::V4(_), Some(prefix)) if written.is_ipv6() => (mapped, prefix),
            _ => (written, prefix),
        };
        let network = Self::around(address, prefix).ok_or(InvalidNetwork::Malformed)?;
        if network.first == address { Ok(network) } else { Err(InvalidNetwork::NotItsFirst(network)) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, InvalidNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// The bits of an address, from the first one on.
fn value(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << (BITS_MAX - BITS_V4),
        IpAddr::V6(address) => address.into(),
    }
}

const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => BITS_V4,
        IpAddr::V6(_) => BITS_MAX,
    }
}

/// The first bits, as many as there are told.
fn mask(prefix: u32) -> u128 {
    // None of them is a shift by all bits there are.
    BITS_MAX.checked_sub(prefix).and_then(|rest| u128::MAX.checked_shl(rest)).unwrap_or(0)
}

/// A number of digits alone: no sign, no space, no zero before it.
fn digits(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_as_it_does() {
        for (text, inside, outside) in [
            ("203.0.113.0/24", ["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0"]),
            ("127.0.0.0/8", ["127.0.0.1", "127.255.255.255"], ["126.255.255.255", "128.0.0.0"]),
            ("203.0.113.7", ["203.0.113.7", "::ffff:203.0.113.7"], ["203.0.113.6", "203.0.113.8"]),
            ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "2001:db8::1"]),
            ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7::", "32.1.13.184"]),
            ("2001:db8::1", ["2001:db8::1", "2001:db8:0::1"], ["2001:db8::", "2001:db8::2"]),
            ("::/0", ["::", "ffff::"], ["127.0.0.1", "::ffff:127.0.0.1"]),
            ("::ffff:203.0.113.0/120", ["203.0.113.9", "::ffff:203.0.113.9"], ["203.0.112.9", "::203.0.113.9"]),
        ] {
            let network = network(text);
            assert!(inside.iter().all(|address| network.contains(ip(address))), "{text}");
            assert!(!outside.iter().any(|address| network.contains(ip(address))), "{text}");
        }
    }

    #[test]
    fn a_network_is_written_in_one_way() {
        for (text, written) in [
            ("203.0.113.7", "203.0.113.7/32"),
            ("::ffff:203.0.113.7", "203.0.113.7/32"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
            ("2001:0DB8:0::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(network(text).to_string(), written);
            assert_eq!(network(written), network(text));
        }
        let json = serde_json::to_string(&network("10.0.0.0/8")).unwrap();
        assert_eq!((json.as_str(), serde_json::from_str(&json).ok()), ("\"10.0.0.0/8\"", Some(network("10.0.0.0/8"))));
    }

    #[test]
    fn what_is_no_network_is_refused_and_what_may_be_meant_is_told() {
        for text in [
            "",
            "/",
            "/24",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8/8",
            "10.0.0/8",
            "10.0.0.0/255.0.0.0",
            " 10.0.0.0/8",
            "2001:db8::/129",
            "[::1]",
            "example.com",
            "127.0.0.1:80",
            "fe80::1%1",
            "10.0.0.0/99999999999",
        ] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork::Malformed), "{text}");
        }
        let told = "203.0.113.7/24".parse::<Network>().unwrap_err().to_string();
        assert!(told.ends_with("is 203.0.113.0/24"), "{told}");
        assert!("2001:db8::1/32".parse::<Network>().is_err());
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
            any::<u128>().prop_map(|bits| IpAddr::V6(bits.into()))
        ]
    }

    proptest! {
        #[test]
        fn who_differs_in_a_bit_that_counts_is_outside_and_in_another_inside(at in address(), prefix in 0..=128_u32, bit in 0..128_u32) {
            let (prefix, bit) = (prefix.min(width(at)), bit % width(at));
            let network = Network::around(at, prefix).unwrap();
            let other = match at {
                IpAddr::V4(at) => IpAddr::V4((u32::from(at) ^ (1 << (31 - bit))).into()),
                IpAddr::V6(at) => IpAddr::V6((u128::from(at) ^ (1 << (127 - bit))).into()),
            };
            // An IPv6 address that is one of IPv4 is another matter.
            prop_assume!(at.to_canonical() == at && other.to_canonical() == other);
            prop_assert!(network.contains(at));
            prop_assert_eq!(network.contains(other), bit >= prefix);
            prop_assert_eq!(network.to_string().parse(), Ok(network));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,50}") {
            if let Ok(network) = text.parse::<Network>() {
                prop_assert!(network.contains(network.first));
            }
        }
    }
}
