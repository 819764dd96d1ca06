//! An account's credits, asked of the ledger and kept in the store.

use domain::{Account, AccountId, Credits, Funds};
use ledger::{Command, Rejection};
use store::{Decision, keys};

use crate::{Code, Error, Ports};

/// Carries out a command on an account's credits, and returns them as they are then. Safe to repeat, at any time, by anyone.
pub(crate) async fn carry_out<P: Ports>(ports: &P, account: &AccountId, command: &Command) -> Result<Funds, Error> {
    let now = ports.now();
    let outcome: Result<Funds, Rejection> = ports
        .store()
        .update(&keys::account(account), |document: &Account| match ledger::decide(&document.funds, command, now) {
            Ok(Some(funds)) => Decision::Write(Account { funds: funds.clone(), ..document.clone() }, Ok(funds)),
            Ok(None) => Decision::Keep(Ok(document.funds.clone())),
            Err(rejection) => Decision::Keep(Err(rejection)),
        })
        .await?;
    outcome.map_err(|rejection| match rejection {
        Rejection::InsufficientCredits { required, available } => insufficient(required, available),
        Rejection::TooLarge => Error::new(Code::InvalidRequest, "`credits`: more than an account can have"),
        Rejection::ExceedsHold { .. } => Error::internal(rejection),
    })
}

/// Refuses early what the hold would refuse later, so that no photo is fetched for nothing.
pub(crate) async fn check_available<P: Ports>(ports: &P, account: &AccountId, required: Credits) -> Result<(), Error> {
    let available = load(ports, account).await?.balance;
    if available < required { Err(insufficient(required, available)) } else { Ok(()) }
}

/// An account's credits as they are now.
pub(crate) async fn load<P: Ports>(ports: &P, account: &AccountId) -> Result<Funds, Error> {
    let document = ports.store().load(&keys::account(account)).await?;
    document
        .map(|document| document.funds)
        .ok_or_else(|| Error::internal(format!("{account} has a key and no document")))
}

fn insufficient(required: Credits, available: Credits) -> Error {
    Error::new(Code::InsufficientCredits, format!("Insufficient credits. Required: {required}, Available: {available}"))
}
