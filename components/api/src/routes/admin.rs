//! The operator's: accounts, keys and grants, takedowns, the sweep, the doctor and the audit, behind the admin token.

pub(crate) mod accounts;
pub(crate) mod adjust;
pub(crate) mod audit;
pub(crate) mod doctor;
pub(crate) mod grant;
pub(crate) mod keys;
pub(crate) mod models;
pub(crate) mod reconcile;
pub(crate) mod rounds;
pub(crate) mod takedowns;
pub(crate) mod withheld;

use domain::{Digest, Operation};
use lifecycle::Ports;
use lifecycle::funds::Name;

use crate::{Error, checks};

/// The name of a grant or an adjustment, or one made for it: then a repetition is another one.
fn name_of<P: Ports>(ports: &P, field: &str, given: Option<String>) -> Result<(Name, String), Error> {
    Ok(match given {
        Some(name) => (Name::Given, checks::name(field, name)?),
        None => (Name::Drawn, domain::fresh_id(ports.random())),
    })
}

/// A grant or an adjustment as an operation that counts once.
fn operation(kind: &str, id: &str, asked: &str) -> Operation {
    Operation { id: Digest::of_lines([kind, id]), fingerprint: Digest::of_lines([kind, asked]) }
}
