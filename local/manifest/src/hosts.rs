//! `allowed_outbound_hosts`: where a component may send requests, as Spin reads it.
//!
//! An item is `scheme://host[:port]`. The scheme may be `*`; the host `*`, `*.suffix`, a name, an address or a
//! network (`10.0.0.0/8`); the port `*`, a number or `low..high` without the upper end, and may be left out where the
//! scheme has one. Anything else is refused when the application loads.

use anyhow::{Context as _, Result, bail, ensure};
use http::Uri;
use ipnet::IpNet;
use url::Host;

use crate::template::Template;
use crate::variables::Variables;

/// The host names Spin gives to an application's own components: `tasks.spin.internal`.
const SERVICE_CHAINING_SUFFIX: &str = ".spin.internal";

/// The id of the component that a request is for, where it is for one of the application's own.
pub fn chained(uri: &Uri) -> Option<&str> {
    uri.host()?.strip_suffix(SERVICE_CHAINING_SUFFIX).filter(|_| uri.scheme_str() == Some("http"))
}

/// What a component's list allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHosts(Vec<AllowedHost>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct AllowedHost {
    /// `None`: any.
    scheme: Option<String>,
    host: HostRule,
    port: PortRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Any,
    /// With its leading dot.
    Suffix(String),
    Exact(Host),
    Network(IpNet),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PortRule {
    Any,
    /// The first one in, and the first one out again.
    Range(std::ops::Range<u32>),
}

impl AllowedHosts {
    /// Fills and reads a component's list. An item with variables that comes out empty is left out, as in Spin: an
    /// address that is not configured.
    ///
    /// # Errors
    /// What is wrong with an item, by what the manifest says there.
    pub fn resolve(templates: &[Template], variables: &Variables) -> Result<Self> {
        let mut allowed = Vec::new();
        for template in templates {
            let text = variables.fill(template)?;
            let templated = template.variables().next().is_some();
            if templated && matches!(text.as_str(), "" | "http://" | "https://") {
                continue;
            }
            // The filled text may hold a secret, so only what the manifest says is shown.
            allowed.push(AllowedHost::parse(&text).with_context(|| format!("`allowed_outbound_hosts` {template}"))?);
        }
        Ok(Self(allowed))
    }

    /// Whether a request may go there.
    pub fn allows(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
        let Ok(host) = Host::parse(host) else { return false };
        let Some(port) = uri.port_u16().or_else(|| well_known_port(scheme)) else { return false };
        self.0.iter().any(|allowed| allowed.allows(scheme, &host, port))
    }
}

impl AllowedHost {
    fn parse(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.trim().split_once("://") else {
            bail!("is not of the form scheme://host[:port], with `*` where anything is meant");
        };
        // An IPv6 address has colons of its own.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if HostRule::parse(rest).is_err() => (host, port.strip_suffix('/').unwrap_or(port)),
            _ => (rest, ""),
        };
        let host = HostRule::parse(host)?;
        let port = PortRule::parse(port, scheme)?;
        ensure!(scheme == "*" || scheme.bytes().all(|b| b.is_ascii_alphabetic()), "the scheme has letters only");
        Ok(Self { scheme: (scheme != "*").then(|| scheme.to_owned()), host, port })
    }

    fn allows(&self, scheme: &str, host: &Host, port: u16) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
            && self.host.allows(host)
            && match &self.port {
                PortRule::Any => true,
                PortRule::Range(range) => range.contains(&u32::from(port)),
            }
    }
}

impl HostRule {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        ensure!(
            !matches!(text, "self" | "self.alt"),
            "`{text}`: requests to the application itself can't be served here"
        );
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        ensure!(!text.contains('/'), "a path is not allowed");
        if let Some(suffix) = text.strip_prefix("*.") {
            ensure!(!suffix.contains('*'), "`*` stands only at the start");
            return match Host::parse(suffix).context("the host is not a host")? {
                Host::Domain(domain) => Ok(Self::Suffix(format!(".{domain}"))),
                Host::Ipv4(_) | Host::Ipv6(_) => bail!("`*.` stands before a name"),
            };
        }
        ensure!(!text.contains('*'), "`*` stands for a whole host or for its first labels");
        // An address without brackets is read as Spin reads it.
        match text.parse::<std::net::IpAddr>() {
            Ok(address) => Ok(Self::Network(address.into())),
            Err(_) => Ok(Self::Exact(Host::parse(text).context("the host is not a host")?)),
        }
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Suffix(suffix), Host::Domain(domain)) => domain.ends_with(suffix.as_str()),
            (Self::Exact(exact), host) => exact == host,
            (Self::Network(network), Host::Ipv4(address)) => network.contains(&std::net::IpAddr::V4(*address)),
            (Self::Network(network), Host::Ipv6(address)) => network.contains(&std::net::IpAddr::V6(*address)),
            (Self::Suffix(_), _) | (Self::Network(_), Host::Domain(_)) => false,
        }
    }
}

impl PortRule {
    fn parse(text: &str, scheme: &str) -> Result<Self> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.is_empty() {
            let port = well_known_port(scheme).context("needs a port: the scheme has none of its own")?;
            return Ok(Self::Range(u32::from(port)..u32::from(port) + 1));
        }
        let number = |text: &str| text.parse::<u16>().map(u32::from).context("the port is not a number");
        match text.split_once("..") {
            Some((low, high)) => Ok(Self::Range(number(low)?..number(high)?)),
            None => number(text).map(|port| Self::Range(port..port + 1)),
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "mqtt" => Some(1883),
        "mysql" => Some(3306),
        "postgres" => Some(5432),
        "redis" => Some(6379),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
