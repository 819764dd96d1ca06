//! The client of a program that somebody runs: it goes wherever they say.

use std::error::Error;
use std::io;
use std::sync::LazyLock;

use rustls::{ClientConfig, RootCertStore};

/// Whom such clients believe; read once, as a machine has hundreds of authorities.
static TLS: LazyLock<Result<ClientConfig, rustls::Error>> = LazyLock::new(|| {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // A machine without any has those of Mozilla, and what cannot be read is believed by nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
});

/// An HTTP client for addresses that the user of a program gave: any network, `http` and `https`. It believes the authorities that Mozilla
/// does, and those of the machine, or of the file that `SSL_CERT_FILE` names: a company may have its own.
pub fn https() -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder();
    match &*TLS {
        Ok(config) => client.tls_backend_preconfigured(config.clone()),
        // Where it cannot be set up, making the client says so.
        Err(_) => client,
    }
}

/// Whether a server was left because nobody that is believed vouches for its certificate.
pub fn is_distrusted(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        // The error of a socket does not name what it carries as its source.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = carried.map_or_else(|| error.downcast_ref(), |carried| carried.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        next = carried.map_or_else(|| error.source(), |carried| Some(carried));
    }
    false
}
