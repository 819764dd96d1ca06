//! Credits: what can be spent, and what became of the rest.

pub(crate) mod ledger;
pub(crate) mod show;
pub(crate) mod verify;
