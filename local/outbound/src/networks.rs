//! Which addresses outbound requests may reach: those that mean the same machine everywhere.
//!
//! Checked on the address that is dialled, after the name was resolved, so that a name that points inwards, or that
//! changes its mind between two look-ups, gets nowhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// IPv4 that is not globally reachable, by IANA's registry of special-purpose addresses, and multicast.
const PRIVATE_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 31, 196, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The only IPv6 that is handed out for global use. Outside it lie loopback, link-local, unique-local, multicast,
/// and the forms that carry an IPv4 address: mapped (`::ffff:0:0/96`) and NAT64 (`64:ff9b::/96`).
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// What inside it is special all the same: protocol assignments with Teredo, documentation, and 6to4, which carries
/// an IPv4 address.
const PRIVATE_V6: [Ipv6Net; 4] =
    [v6([0x2001, 0, 0, 0], 23), v6([0x2001, 0x0db8, 0, 0], 32), v6([0x2002, 0, 0, 0], 16), v6([0x3fff, 0, 0, 0], 20)];

/// Whether outbound requests may reach this machine itself. Other private networks are never reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// It is reached.
    Allowed,
    /// It is not.
    Prohibited,
}

impl Loopback {
    /// Whether an outbound request may be sent to this address.
    pub fn permits(self, address: IpAddr) -> bool {
        (self == Self::Allowed && address.is_loopback()) || is_global(address)
    }
}

fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !PRIVATE_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !PRIVATE_V6.iter().any(|network| network.contains(&address))
        }
    }
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(loopback: Loopback, address: &str) -> bool {
        loopback.permits(address.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_permitted() {
        for address in
            ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.32.0.1", "223.255.255.254"]
        {
            assert!(permitted(Loopback::Prohibited, address), "{address}");
        }
        for address in ["2600:1f18::1", "2a00:1450:4001::200e", "2001:4860:4860::8888"] {
            assert!(permitted(Loopback::Prohibited, address), "{address}");
        }
    }

    #[test]
    fn private_ipv4_is_prohibited() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!permitted(Loopback::Prohibited, address), "{address}");
        }
    }

    #[test]
    fn private_ipv6_is_prohibited() {
        for address in
            ["::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "2001::1", "2001:db8::1", "3fff::1", "100::1"]
        {
            assert!(!permitted(Loopback::Prohibited, address), "{address}");
        }
    }

    #[test]
    fn ipv4_inside_ipv6_is_prohibited_in_every_form() {
        for address in [
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
        ] {
            assert!(!permitted(Loopback::Prohibited, address), "{address}");
            assert!(!permitted(Loopback::Allowed, address), "{address}");
        }
    }

    #[test]
    fn switch_opens_loopback_and_nothing_else() {
        for address in ["127.0.0.1", "127.8.9.10", "::1"] {
            assert!(permitted(Loopback::Allowed, address), "{address}");
        }
        for address in ["10.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0", "::"] {
            assert!(!permitted(Loopback::Allowed, address), "{address}");
        }
    }
}
