//! From where a request comes, as far as that can be believed.

use std::net::{IpAddr, SocketAddr};

use domain::KeyDigest;
use http::{HeaderMap, HeaderName};
use lifecycle::{Ports, callers};

use crate::Error;

/// Takes the address that an agent's message came from along with the calls that come of it, as [`callers::tell`] writes it.
pub(crate) const CALLER: HeaderName = HeaderName::from_static("likeness-caller");

/// The address that a key is used from: of an agent's call, where its message came from. Nothing where it cannot be read.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub(crate) fn address<P: Ports>(ports: &P, headers: &HeaderMap, key: &KeyDigest) -> Result<Option<IpAddr>, Error> {
    let told = headers.get(CALLER).and_then(|told| told.to_str().ok()).unwrap_or_default();
    let believed = callers::believed(ports.config(), key.key_id(), told, ports.now())?;
    Ok(believed.or_else(|| last(headers, &ports.config().client_address_header)))
}

/// The last address in a header, with its port or without. Whoever handed the request to us wrote that one; what callers send under the same
/// name may stand before it, as it does under Spin.
fn last(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let text = value.rsplit(',').next()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|at: SocketAddr| at.ip())).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-forwarded-for");

    fn read(values: &[&'static str]) -> Option<String> {
        let headers: HeaderMap = values.iter().map(|value| (NAME, HeaderValue::from_static(value))).collect();
        last(&headers, &NAME).map(|address| address.to_string())
    }

    #[test]
    fn the_last_address_counts_however_it_is_written() {
        for (values, address) in [
            (&["203.0.113.9"][..], "203.0.113.9"),
            (&["203.0.113.9:4711"], "203.0.113.9"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:DB8::1"], "2001:db8::1"),
            (&["[::ffff:203.0.113.9]:80"], "203.0.113.9"),
            (&["127.0.0.1, 203.0.113.9 "], "203.0.113.9"),
            (&["127.0.0.1", "203.0.113.9"], "203.0.113.9"),
            (&["127.0.0.1, 10.0.0.1", "198.51.100.7,203.0.113.9"], "203.0.113.9"),
        ] {
            assert_eq!(read(values).as_deref(), Some(address), "{values:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_none_also_after_one() {
        for values in [
            &[][..],
            &[""],
            &["unknown"],
            &["203.0.113.9, unknown"],
            &["203.0.113.9,"],
            &["203.0.113.9", ""],
            &["203.0.113.9:"],
            &["for=203.0.113.9"],
            &["203.0.113"],
            &["[203.0.113.9"],
        ] {
            assert_eq!(read(values), None, "{values:?}");
        }
    }
}
