//! What is to be taken down: a case each, opened, listed, erased or lifted.

pub(crate) mod erase;
pub(crate) mod lift;
pub(crate) mod list;
pub(crate) mod open;

use domain::takedown::{Case, State, Target};
use domain::{AccountId, CharacterId, TaskId, Timestamp};
use lifecycle::{Ports, takedowns};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Code, Error};

/// A case.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Takedown")]
struct View {
    /// Its number.
    takedown_id: u64,
    /// `open`: to be decided. `erased`: all is gone that can be deleted from here. `lifted`: it was wrong.
    #[schemars(extend("enum" = ["open", "erased", "lifted"]))]
    state: &'static str,
    #[schemars(extend("format" = "date-time"))]
    opened_at: String,
    /// What is open then is erased by the sweep.
    #[schemars(extend("format" = "date-time"))]
    deadline: String,
    /// How many seconds are left until then; 0 where it is over, or past.
    seconds_left: u64,
    /// Whether erasing it has begun: then it cannot be lifted.
    erasing: bool,
    #[schemars(extend("format" = "date-time"))]
    ended_at: Option<String>,
    /// Whose it is.
    account_id: AccountId,
    /// The character that is suspended, with all of its pictures.
    character_id: Option<CharacterId>,
    /// The task whose files are withheld, where no character is shown.
    task_id: Option<TaskId>,
    /// Why, as it was said.
    reason: String,
    /// What you call it elsewhere.
    reference: Option<String>,
}

impl View {
    /// A case as it is now.
    fn of(case: Case, now: Timestamp) -> Self {
        let (state, ended_at) = match case.state {
            State::Open | State::Erasing => ("open", None),
            State::Erased(at) => ("erased", Some(at)),
            State::Lifted(at) => ("lifted", Some(at)),
        };
        let left = if case.is_over() { 0 } else { case.deadline().since(now).as_secs() };
        let (character_id, task_id) = match case.of.target.clone() {
            Target::Character(id) => (Some(id), None),
            Target::Task(id) => (None, Some(id)),
        };
        Self {
            takedown_id: case.number,
            state,
            opened_at: case.at.to_string(),
            deadline: case.deadline().to_string(),
            seconds_left: left,
            erasing: case.state == State::Erasing,
            ended_at: ended_at.map(|at| at.to_string()),
            account_id: case.of.account,
            character_id,
            task_id,
            reason: case.reason,
            reference: case.reference,
        }
    }
}

/// The case of this number.
///
/// # Errors
/// [`Code::NotFound`], and what the store answers.
async fn find<P: Ports>(ports: &P, number: Option<u64>) -> Result<Case, Error> {
    let case = match number {
        Some(number) => takedowns::find(ports, number).await?,
        None => None,
    };
    case.ok_or_else(|| Error::new(Code::NotFound, "No such takedown"))
}
