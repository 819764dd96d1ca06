//! Who asks: a customer with an API key, or the administrator with the admin token.

use domain::{AccountId, ApiKey};
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use store::keys;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports, quota};

/// Shortest admin token that is taken, in bytes: a shorter one could be guessed.
const ADMIN_TOKEN_BYTES_MIN: usize = 16;

/// A customer, by an API key.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// Whose key it is.
    pub(crate) account: AccountId,
    /// The key's id: not the key.
    pub(crate) key: String,
}

/// Answers a customer's request with one of these methods, written as in an `Allow` header, as far as it may be asked now.
pub(crate) async fn serve<P: Ports>(
    ports: &P,
    request: &Request,
    methods: &'static str,
    run: impl AsyncFnOnce(Customer) -> Result<Response, Error>,
) -> Response {
    let customer = match request.allow(methods) {
        Ok(()) => customer(ports, request).await,
        Err(error) => Err(error),
    };
    let customer = match customer {
        Ok(customer) => customer,
        Err(error) => return error.into(),
    };
    let counted = quota::count(ports, request, &customer.account).await;
    let answered = match counted.check() {
        Ok(()) => run(customer).await,
        Err(refusal) => Err(refusal),
    };
    counted.on(answered.unwrap_or_else(Response::from))
}

/// Finds out whose key the request carries.
///
/// # Errors
/// In this order: [`Code::MissingAuthHeader`], [`Code::InvalidAuthFormat`], [`Code::InvalidKeyFormat`], [`Code::InvalidApiKey`].
async fn customer<P: Ports>(ports: &P, request: &Request) -> Result<Customer, Error> {
    let token = bearer_token(request)?;
    if !ApiKey::has_prefix(token) {
        return Err(Error::new(Code::InvalidKeyFormat, "Invalid API key format: keys begin with sk-"));
    }
    let unknown = || Error::new(Code::InvalidApiKey, "Invalid or inactive API key");
    // A key that was never issued is told by its checksum, without a look-up.
    let key = ApiKey::parse(token).ok_or_else(unknown)?;
    let digest = key.digest();
    let record = ports.store().load(&keys::api_key(&digest)).await?;
    let record = record.filter(|record| record.revoked_at.is_none()).ok_or_else(unknown)?;
    Ok(Customer { account: record.account, key: digest.key_id().to_owned() })
}

/// Makes sure that the request carries the admin token.
///
/// # Errors
/// [`Code::MissingAuthHeader`], [`Code::InvalidAuthFormat`], [`Code::InvalidAdminToken`].
pub(crate) fn administrator<P: Ports>(ports: &P, request: &Request) -> Result<(), Error> {
    let token = bearer_token(request)?;
    let expected = &ports.config().admin_token;
    if expected.expose().len() < ADMIN_TOKEN_BYTES_MIN {
        let message = "The admin API is off: set the variable admin_token to at least 16 characters";
        return Err(Error::new(Code::InvalidAdminToken, message));
    }
    // Digests are compared, so that the time it takes tells nothing about the token.
    if Sha256::digest(token) == Sha256::digest(expected.expose()) {
        Ok(())
    } else {
        Err(Error::new(Code::InvalidAdminToken, "Invalid admin token"))
    }
}

fn bearer_token(request: &Request) -> Result<&str, Error> {
    let malformed = || {
        Error::new(Code::InvalidAuthFormat, "Invalid Authorization format: send `Authorization: Bearer <key>`, once")
    };
    let mut values = request.headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| Error::new(Code::MissingAuthHeader, "Missing Authorization header"))?;
    if values.next().is_some() {
        return Err(malformed());
    }
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(malformed)?;
    let token = token.trim();
    let well_formed = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
    if well_formed { Ok(token) } else { Err(malformed()) }
}
