//! Checks that several routes make of what they are sent.

use domain::limits::{GRANT_CREDITS_MAX, NAME_CHARS_MAX, PHOTO_URL_BYTES_MAX};
use domain::{Account, AccountId, Credits};
use lifecycle::{Ports, funds, notify};
use store::keys;

use crate::wire::Request;
use crate::{Code, Error};

/// Largest number that every JSON library can tell from its neighbours.
pub(crate) const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Checks a name or label for people: 1 to 100 printable characters.
///
/// # Errors
/// [`Code::InvalidRequest`], which names the field.
pub(crate) fn name(field: &str, name: String) -> Result<String, Error> {
    printable(field, name, NAME_CHARS_MAX)
}

/// Checks a text of one line.
///
/// # Errors
/// [`Code::InvalidRequest`].
pub(crate) fn printable(field: &str, text: String, chars_max: usize) -> Result<String, Error> {
    if text.trim().is_empty() || text.chars().count() > chars_max || text.chars().any(char::is_control) {
        let message = format!("`{field}`: has to be 1 to {chars_max} printable characters");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(text)
}

/// Checks a number of credits.
///
/// # Errors
/// [`Code::InvalidRequest`].
pub(crate) fn credits(credits: u64, least: u64) -> Result<Credits, Error> {
    if (least..=GRANT_CREDITS_MAX).contains(&credits) {
        return Ok(Credits::new(credits));
    }
    let message = format!("`credits`: has to be from {least} to {GRANT_CREDITS_MAX}");
    Err(Error::new(Code::InvalidRequest, message))
}

/// Makes sure that an account may begin what costs, or keep files here.
///
/// # Errors
/// [`Code::AccountSuspended`].
pub(crate) async fn not_suspended<P: Ports>(ports: &P, id: &AccountId) -> Result<(), Error> {
    if funds::document(ports, id).await?.suspended_at.is_none() {
        return Ok(());
    }
    let message = "The operator suspended this account: what is there can be read, and nothing new is begun";
    Err(Error::new(Code::AccountSuspended, message))
}

/// A parameter of the query that is true or false, and false where it is left out.
///
/// # Errors
/// [`Code::InvalidRequest`], which names it.
pub(crate) fn switch<B>(request: &Request<B>, name: &str) -> Result<bool, Error> {
    match request.parameter(name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::new(Code::InvalidRequest, format!("`{name}`: has to be true or false"))),
    }
}

/// What [`switch`] takes.
pub(crate) fn switch_schema() -> serde_json::Value {
    serde_json::json!({ "type": "boolean" })
}

/// Checks where a caller wants to be told.
///
/// # Errors
/// [`Code::InvalidWebhookUrl`].
pub(crate) fn webhook_url<P: Ports>(ports: &P, url: Option<String>) -> Result<Option<String>, Error> {
    let Some(url) = url else { return Ok(None) };
    if let Some(url) = notify::address(ports, &url) {
        return Ok(Some(url));
    }
    let message = format!(
        "`webhook_url` has to be a public HTTP(S) URL of at most {PHOTO_URL_BYTES_MAX} bytes, without user name or password"
    );
    Err(Error::new(Code::InvalidWebhookUrl, message))
}

/// Finds an account by its id, for the operator.
///
/// # Errors
/// [`Code::NotFound`], also once its deletion has begun.
pub(crate) async fn account<P: Ports>(ports: &P, id: Option<AccountId>) -> Result<Account, Error> {
    let account = account_or_ledger(ports, id).await?;
    match account.deleted_at {
        None => Ok(account),
        Some(at) => Err(Error::new(Code::NotFound, format!("This account was deleted at {at}; only its ledger stays"))),
    }
}

/// Finds an account by its id, also one that is deleted.
///
/// # Errors
/// [`Code::NotFound`].
pub(crate) async fn account_or_ledger<P: Ports>(ports: &P, id: Option<AccountId>) -> Result<Account, Error> {
    let not_found = || Error::new(Code::NotFound, "Account not found");
    ports.store().load(&keys::account(&id.ok_or_else(not_found)?)).await?.ok_or_else(not_found)
}
