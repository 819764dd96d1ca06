//! Which addresses a stranger's URL may point to: public ones, over HTTP or HTTPS.
//!
//! This is the first of two fences. A guest sees names, not what they resolve to, so the host blocks private networks after DNS as well.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Reads a URL as a browser would, so that `http://2130706433/` is seen for the address it is. One that carries a user name or
/// a password is none: it would be repeated in messages.
pub fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_anonymous(&url)).then_some(url)
}

/// Whether a URL tells nobody a name or a password.
pub fn is_anonymous(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

/// Whether a URL may be fetched for a stranger.
pub fn is_allowed(url: &Url, allow_loopback: bool) -> bool {
    if !is_anonymous(url) {
        return false;
    }
    match url.host() {
        Some(Host::Ipv4(address)) => is_public_v4(address) || allow_loopback && address.is_loopback(),
        Some(Host::Ipv6(address)) => is_public_v6(address) || allow_loopback && address.is_loopback(),
        Some(Host::Domain(name)) => is_public_name(name) || allow_loopback && is_localhost(name),
        None => false,
    }
}

/// A name that the public DNS can know: it has a dot, and no ending kept for private use.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let private = [".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa", ".onion"];
    name.contains('.') && !private.iter().any(|ending| name.ends_with(ending)) && name.parse::<IpAddr>().is_err()
}

fn is_localhost(name: &str) -> bool {
    name == "localhost"
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol_assignments = a == 192 && b == 0 && c == 0;
    let benchmarking = a == 198 && (b == 18 || b == 19);
    let relay_anycast = a == 192 && b == 88 && c == 99;
    let reserved = a == 0 || a >= 224;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || shared
        || protocol_assignments
        || benchmarking
        || relay_anycast
        || reserved)
}

/// Only global unicast, less what carries an IPv4 address inside (6to4, Teredo) or is no network at all. Mapped addresses and NAT64
/// lie outside of it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global_unicast = first & 0xe000 == 0x2000;
    let special = first == 0x2001 && (second < 0x0200 || second == 0x0db8);
    let six_to_four = first == 0x2002;
    let documentation = first == 0x3fff && second < 0x1000;
    global_unicast && !special && !six_to_four && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str, allow_loopback: bool) -> bool {
        parse(text).is_some_and(|url| is_allowed(&url, allow_loopback))
    }

    #[test]
    fn public_addresses_are_allowed() {
        for url in [
            "https://example.com/a.jpg",
            "http://EXAMPLE.com:8080/a?b=c",
            "http://93.184.216.34/",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        ] {
            assert!(allowed(url, false), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused_however_it_is_written() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://192.0.0.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001::1]/",
            "http://[fc00::1]/",
            "http://[fe80::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://printer.local/",
            "http://metadata.google.internal/",
            "http://metadata/",
            "http://intranet/",
            "http://user@example.com/",
            "http://user:pw@example.com/",
            "http://:pw@example.com/",
        ] {
            assert!(!allowed(url, false), "{url}");
        }
    }

    #[test]
    fn only_http_and_https_urls_are_urls_here() {
        for text in [
            "",
            "example.com/a.jpg",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:image/png;base64,AA",
            "javascript:1",
            "http://",
            "https:///a",
            "//example.com",
        ] {
            assert!(parse(text).is_none_or(|url| url.host_str() == Some("a")), "{text}");
        }
    }

    #[test]
    fn the_local_switch_opens_loopback_and_nothing_more() {
        for url in ["http://127.0.0.1:3001/a.jpg", "http://localhost:3001/", "http://[::1]/"] {
            assert!(allowed(url, true), "{url}");
        }
        for url in
            ["http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/", "http://user@127.0.0.1/"]
        {
            assert!(!allowed(url, true), "{url}");
        }
    }
}
