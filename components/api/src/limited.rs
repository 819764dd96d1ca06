//! Keys that may do less than their account: whether a request is within what its key is limited to.

use domain::{CharacterId, KeyRecord, Scope, TaskId};
use lifecycle::Ports;
use store::keys;

use crate::route::{Access, Route, Verb};
use crate::wire::Request;
use crate::{Code, Error};

/// What a key that is limited to characters is good for although no character is named: the lists tell of those only, and agents' messages
/// become requests of their own.
const ABOUT_SEVERAL: [(Verb, &str); 4] = [
    (Verb::Get, "/api/v1/characters"),
    (Verb::Get, "/api/v1/tasks"),
    (Verb::Get, "/api/v1/credits"),
    (Verb::Post, "/mcp"),
];

/// Makes sure that a key may be used for a request.
///
/// # Errors
/// [`Code::KeyScope`], which tells what the key is limited to, and what the store answers.
pub(crate) async fn check<P: Ports, B>(ports: &P, key: &KeyRecord, request: &Request<B>) -> Result<(), Error> {
    // A request without a route is none of a handler's: no scope is enough for it.
    let enough = match request.route {
        Some(Route { access: Access::Customer(scopes), .. }) => scopes,
        _ => &[],
    };
    if !key.limits.allows(enough) {
        return Err(Error::new(Code::KeyScope, out_of_scope(key, enough)));
    }
    let about_several = request.route.is_some_and(|Route { verb, path, .. }| ABOUT_SEVERAL.contains(&(verb, path)));
    if key.limits.characters.is_none() || about_several {
        return Ok(());
    }
    if key.limits.reaches(character(ports, key, request).await?.as_ref()) {
        return Ok(());
    }
    let message = "This API key is limited to certain characters, and the request is not about one of them; `GET /api/v1/characters` lists them";
    Err(Error::new(Code::KeyScope, message))
}

fn out_of_scope(key: &KeyRecord, enough: &[Scope]) -> String {
    let names = |scopes: &[Scope]| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" or ");
    let limited = names(key.limits.scopes.as_deref().unwrap_or_default()).replace(" or ", ", ");
    let needed = match enough {
        [] => "one without limits".to_owned(),
        enough => format!("one for `{}`", names(enough)),
    };
    format!("This API key is for {limited} only, and the request needs {needed}; ask who made it for another")
}

/// The character that a request is about, by itself or by its task.
async fn character<P: Ports, B>(
    ports: &P,
    key: &KeyRecord,
    request: &Request<B>,
) -> Result<Option<CharacterId>, Error> {
    let Some(task) = request.id::<TaskId>("task_id") else { return Ok(request.id("character_id")) };
    let task = ports.store().load(&keys::task(&key.account, &task)).await?;
    Ok(task.and_then(|task| task.work.character().cloned()))
}
