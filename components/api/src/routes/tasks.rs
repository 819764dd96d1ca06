//! Tasks: what is under way, and what became of it.

pub(crate) mod cancel;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;

use domain::{AccountId, Task, TaskId};
use lifecycle::Ports;
use store::keys;

use crate::{Code, Error};

/// Finds an account's task; another account's is not found.
async fn owned<P: Ports>(ports: &P, account: &AccountId, id: Option<TaskId>) -> Result<Task, Error> {
    let not_found = || Error::new(Code::TaskNotFound, "Task not found");
    let id = id.ok_or_else(not_found)?;
    ports.store().load(&keys::task(account, &id)).await?.ok_or_else(not_found)
}
