//! An operator who is asked to take pictures of somebody down: at any time, and again until that is answered. From then on nothing of the
//! character is handed out, whoever asks and whatever is under way.

use std::collections::BTreeSet;
use std::rc::Rc;

use domain::takedown::{Case, Target};
use domain::{Character, Task, TaskState};
use http::Method;
use serde_json::{Value, json};

use crate::clients::{ADMIN_TOKEN, Exchange, spawn};
use crate::watch::body;
use crate::world::World;

/// Where takedowns are.
const TAKEDOWNS: &str = "/api/v1/admin/takedowns";

/// What becomes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The operator erases it.
    Erase,
    /// The operator lifts it.
    Lift,
    /// Nobody decides, so the sweep erases it.
    None,
}

/// Takes a character down after a while, looks that nothing of it is handed out, and decides.
pub async fn take_down(world: &Rc<World>, account: &str, character: &str, after_ms: i64, decision: Decision) {
    let operator = Exchange::new(world, ADMIN_TOKEN);
    world.until(world.time.get() + after_ms).await;
    let body = json!({ "account_id": account, "character_id": character, "reason": "asked for" });
    let Some(case) = until_answered(world, &operator, "/api/v1/admin/takedown", &body).await else { return };
    look(world, character, 3).await;
    let how = match decision {
        Decision::Erase => "erase",
        Decision::Lift => "lift",
        Decision::None => return,
    };
    let path = format!("{TAKEDOWNS}/{}/{how}", case.pointer("/data/takedown_id").unwrap_or(&Value::Null));
    for _ in 0..6 {
        let ended = until_answered(world, &operator, &path, &json!({})).await;
        let is_over = ended.is_none_or(|ended| ended.pointer("/data/deleted") != Some(&Value::Bool(false)));
        if is_over {
            break;
        }
        world.until(world.time.get() + 60_000).await;
    }
    if decision == Decision::Erase {
        look(world, character, 1).await;
    }
}

/// The answer to a request that is sent until it is answered with success; nothing where it never is.
async fn until_answered(world: &World, who: &Exchange, path: &str, body: &Value) -> Option<Value> {
    for _ in 0..6 {
        let answer = who.send(Method::POST, path, Some(body), &[]).await;
        if let Some(answer) = answer.filter(|answer| answer.status == 200) {
            return Some(answer.json);
        }
        world.until(world.time.get() + 60_000).await;
    }
    None
}

/// Asks for every file that the character's tasks made by now, so often: none may be handed out. Only as long as the case is not lifted.
async fn look(world: &Rc<World>, character: &str, times: u32) {
    let anybody = Exchange::new(world, "");
    for _ in 0..times {
        for name in results_of(world, character) {
            let answer = anybody.send(Method::GET, &format!("/results/{name}"), None, &[]).await;
            if answer.is_some_and(|answer| answer.status == 200) {
                world.accuse(format!("{name} is handed out although it was taken down"));
            }
        }
        world.until(world.time.get() + 20_000).await;
    }
}

/// The names of all files that the tasks of a character made.
fn results_of(world: &World, character: &str) -> Vec<String> {
    let kv = world.kv.borrow();
    let tasks = kv.with_prefix("task:").filter_map(|(_, value)| body::<Task>(value));
    let tasks = tasks.filter(|task| task.work.character().is_some_and(|id| id.as_str() == character));
    let names = |task: Task| {
        let TaskState::Delivered { files, .. } = &task.state else { return Vec::new() };
        let name = |(n, file)| lifecycle::links::result_name(&task, n, file);
        files.iter().enumerate().map(name).collect()
    };
    tasks.flat_map(names).collect()
}

/// Lets an operator take one of these characters down, at some time.
pub fn takes_down(world: &Rc<World>, characters: Vec<(String, String)>, busy_ms: i64) {
    let own = world.clone();
    spawn(world, async move {
        let Some((account, character)) = own.one_of(&characters) else { return };
        let decision = match own.below(3) {
            0 => Decision::Erase,
            1 => Decision::Lift,
            _ => Decision::None,
        };
        let after_ms = own.millis(0, busy_ms);
        take_down(&own, account, character, after_ms, decision).await;
    });
}

/// What is left of cases that nobody lifted, when their time is long over and all was swept. One whose job may go on at a provider that does not
/// know of it stays open, and tells so.
pub fn left_open(world: &World) -> Vec<String> {
    let kv = world.kv.borrow();
    let tasks = kv.with_prefix("task:").filter_map(|(_, value)| body::<Task>(value));
    let running: BTreeSet<_> =
        tasks.filter(Task::may_go_on).filter_map(|task| task.work.character().cloned()).collect();
    let cases = kv.with_prefix("takedown:").filter_map(|(_, value)| body::<Case>(value));
    let may_stay = |case: &Case| matches!(&case.of.target, Target::Character(id) if running.contains(id));
    let open = cases
        .filter(|case| !case.is_over() && !may_stay(case))
        .map(|case| format!("takedown {} is open for ever", case.number));
    let suspended = kv.with_prefix("character:").filter_map(|(_, value)| body::<Character>(value));
    let suspended = suspended.filter(|character| character.suspended.is_some() && !character.is_deleted());
    open.chain(suspended.map(|character| format!("{} is suspended for ever", character.id))).collect()
}
