//! Tasks: what is under way, and what became of it.

pub(crate) mod cancel;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod show;

use domain::{Task, TaskId};
use lifecycle::Ports;
use store::keys;

use crate::auth::Customer;
use crate::{Code, Error};

/// Finds a customer's task; another account's is not found.
///
/// # Errors
/// [`Code::TaskNotFound`], and [`Code::KeyScope`] where the key is not for it.
async fn owned<P: Ports>(ports: &P, customer: &Customer, id: Option<TaskId>) -> Result<Task, Error> {
    let not_found = || Error::new(Code::TaskNotFound, "Task not found");
    let id = id.ok_or_else(not_found)?;
    customer.owns(ports.store().load(&keys::task(&customer.account, &id)).await?.ok_or_else(not_found)?)
}
