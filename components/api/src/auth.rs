//! Who asks: a customer with an API key, or the operator with the admin token.

use std::net::IpAddr;

use domain::{AccountId, ApiKey, CharacterId, KeyLimits, Task};
use http::header::AUTHORIZATION;
use lifecycle::{Ports, callers};
use store::keys;

use crate::wire::Request;
use crate::{Code, Error, caller, limited};

/// Shortest admin token that is taken, in bytes: a shorter one could be guessed.
const ADMIN_TOKEN_BYTES_MIN: usize = 16;

/// A customer, by an API key.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// Whose key it is.
    pub(crate) account: AccountId,
    /// The key's id: not the key.
    pub(crate) key: String,
    /// What the key is limited to.
    limits: KeyLimits,
    /// Where it is used from, which is read where it is limited to networks.
    from: Option<IpAddr>,
}

impl Customer {
    /// The task, where the key may be used for it.
    ///
    /// # Errors
    /// [`Code::KeyScope`].
    pub(crate) fn owns(&self, task: Task) -> Result<Task, Error> {
        if self.reaches(task.work.character()) { Ok(task) } else { Err(limited::other_character()) }
    }

    /// Whether the key may be used for what is about this character, or about none.
    pub(crate) fn reaches(&self, character: Option<&CharacterId>) -> bool {
        self.limits.reaches(character)
    }

    /// What tells those who are asked in its name where it is used from; nothing where they do not look at that.
    ///
    /// # Errors
    /// The `signing_secret` cannot be used.
    pub(crate) fn told<P: Ports>(&self, ports: &P) -> Result<Option<String>, Error> {
        let told = self.from.map(|from| callers::tell(ports.config(), &self.key, from, ports.now()));
        Ok(told.transpose()?)
    }
}

/// Finds out whose key the request carries.
///
/// # Errors
/// In this order: [`Code::MissingAuthHeader`], [`Code::InvalidAuthFormat`], [`Code::InvalidKeyFormat`], [`Code::InvalidApiKey`], and those of
/// [`caller::address`] and [`limited::check`].
pub(crate) async fn customer<P: Ports, B>(ports: &P, request: &Request<B>) -> Result<Customer, Error> {
    let token = bearer_token(request)?;
    if !ApiKey::has_prefix(token) {
        return Err(Error::new(Code::InvalidKeyFormat, "Invalid API key format: keys begin with sk-"));
    }
    let unknown = || Error::new(Code::InvalidApiKey, "Invalid or inactive API key");
    // A key that was never issued is told by its checksum, without a look-up.
    let key = ApiKey::parse(token).ok_or_else(unknown)?;
    let digest = key.digest();
    let record = ports.store().load(&keys::api_key(&digest)).await?;
    let record = record.filter(|record| record.ended_at(ports.now()).is_none()).ok_or_else(unknown)?;
    let from = match record.limits.networks {
        Some(_) => caller::address(ports, &request.headers, &digest)?,
        None => None,
    };
    limited::check(&record, request, from)?;
    Ok(Customer { account: record.account, key: digest.key_id().to_owned(), limits: record.limits, from })
}

/// Makes sure that the request carries the admin token.
///
/// # Errors
/// [`Code::MissingAuthHeader`], [`Code::InvalidAuthFormat`], [`Code::InvalidAdminToken`].
pub(crate) fn operator<P: Ports, B>(ports: &P, request: &Request<B>) -> Result<(), Error> {
    let token = bearer_token(request)?;
    let expected = &ports.config().admin_token;
    if expected.expose().len() < ADMIN_TOKEN_BYTES_MIN {
        let message = "The admin API is off: set the variable admin_token to at least 16 characters";
        return Err(Error::new(Code::InvalidAdminToken, message));
    }
    if expected.is_known_by(token) { Ok(()) } else { Err(Error::new(Code::InvalidAdminToken, "Invalid admin token")) }
}

fn bearer_token<B>(request: &Request<B>) -> Result<&str, Error> {
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
