//! From where a key is used, as one part of this deployment tells it to another that it asks in its caller's name: signed, or everybody could
//! say so.

use std::net::IpAddr;
use std::time::Duration;

use domain::Timestamp;
use webhook::link::Purpose;

use crate::links::{is_ours, key};
use crate::{Config, Error};

/// How long it counts what was told: longer than such a call takes, where clocks are five minutes apart.
const COUNTS_FOR: Duration = Duration::from_mins(10);

/// Says that a key is used from an address: the address, until when that counts in seconds since 1970, and the code over both and the key.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn tell(config: &Config, key_id: &str, from: IpAddr, now: Timestamp) -> Result<String, Error> {
    let (from, expires) = (from.to_string(), now.plus(COUNTS_FOR).as_seconds().to_string());
    let mac = key(config)?.sign(Purpose::Caller, &[key_id, &from, &expires]);
    Ok(format!("{from} {expires} {mac}"))
}

/// The address in what [`tell`] said of this key; nothing where it was not said here, or is over.
///
/// # Errors
/// The `signing_secret` cannot be used.
pub fn believed(config: &Config, key_id: &str, told: &str, now: Timestamp) -> Result<Option<IpAddr>, Error> {
    let mut parts = told.split(' ');
    let (Some(from), Some(expires), Some(mac), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let counts = is_ours(config, Purpose::Caller, &[key_id, from, expires], mac)?
        && expires.parse::<i64>().is_ok_and(|expires| now.as_seconds() < expires);
    Ok(if counts { from.parse().ok() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn config(secret: &'static str) -> Config {
        Config::from_variables(move |name| (name == "signing_secret").then(|| secret.to_owned())).unwrap()
    }

    #[test]
    fn an_address_is_believed_for_its_key_and_its_time_where_it_was_told_here() {
        let (ours, other) = (config("the secret of the beginning"), config("another secret of many bytes"));
        for from in ["203.0.113.9", "2001:db8::1"] {
            let from = from.parse().unwrap();
            let told = tell(&ours, "0123456789abcdef", from, NOW).unwrap();
            let at = |config, key, told: &str, now| believed(config, key, told, now).unwrap();
            assert_eq!(at(&ours, "0123456789abcdef", &told, NOW), Some(from));
            assert_eq!(at(&ours, "0123456789abcdee", &told, NOW), None, "of another key");
            assert_eq!(at(&ours, "0123456789abcdef", &told, NOW.plus(COUNTS_FOR)), None, "too late");
            assert_eq!(at(&other, "0123456789abcdef", &told, NOW), None);
            let (_, rest) = told.split_once(' ').unwrap();
            let others = [format!("127.0.0.1 {rest}"), format!("{told} "), format!("{told} x"), rest.to_owned()];
            for other in others.iter().map(String::as_str).chain(["", " ", "  ", "203.0.113.9"]) {
                assert_eq!(at(&ours, "0123456789abcdef", other, NOW), None, "{other}");
            }
        }
    }
}
