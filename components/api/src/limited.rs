//! Keys that may do less than their account: whether a request is within what its key is limited to.

use std::net::IpAddr;

use domain::{KeyRecord, Scope};

use crate::route::{Access, Route, Verb};
use crate::wire::Request;
use crate::{Code, Error};

/// What a key that is limited to characters is good for although no character is named: the lists tell of those only, and agents' messages
/// become requests of their own. So is what is about a task: whoever loads that looks whether it is about one of the characters
/// ([`Customer::owns`](crate::auth::Customer::owns)).
const ABOUT_SEVERAL: [(Verb, &str); 4] = [
    (Verb::Get, "/api/v1/characters"),
    (Verb::Get, "/api/v1/tasks"),
    (Verb::Get, "/api/v1/credits"),
    (Verb::Post, "/mcp"),
];

/// Makes sure that a key may be used for a request from this address.
///
/// # Errors
/// [`Code::KeyScope`], which tells what the key is limited to.
pub(crate) fn check<B>(key: &KeyRecord, request: &Request<B>, from: Option<IpAddr>) -> Result<(), Error> {
    if !key.limits.admits(from) {
        return Err(elsewhere(from));
    }
    // A request without a route is none of a handler's: no scope is enough for it.
    let enough = match request.route {
        Some(Route { access: Access::Customer(scopes), .. }) => scopes,
        _ => &[],
    };
    if !key.limits.allows(enough) {
        return Err(Error::new(Code::KeyScope, out_of_scope(key, enough)));
    }
    let about_several = request.route.is_some_and(|Route { verb, path, .. }| ABOUT_SEVERAL.contains(&(verb, path)));
    let about_task = !request.segment("task_id").is_empty();
    if about_several || about_task || key.limits.reaches(request.id("character_id").as_ref()) {
        return Ok(());
    }
    Err(other_character())
}

/// The request is about another character than those that the key is limited to, or about none.
pub(crate) fn other_character() -> Error {
    let message = "This API key is limited to certain characters, and the request is not about one of them; `GET /api/v1/characters` lists them";
    Error::new(Code::KeyScope, message)
}

/// The request comes from outside the networks that the key is limited to, or nobody knows from where. Which networks those are is not for
/// whoever found the key.
fn elsewhere(from: Option<IpAddr>) -> Error {
    let Some(from) = from else {
        let message = "This API key is limited to networks, and where the request came from cannot be read; tell the operator of this service";
        let cause = "the header that client_address_header names is not there, or does not end in an address";
        return Error::new(Code::KeyScope, message).because(cause);
    };
    let message = format!(
        "This API key is limited to networks, and the request came from {from}, which is in none of them; ask who made it"
    );
    Error::new(Code::KeyScope, message)
}

fn out_of_scope(key: &KeyRecord, enough: &[Scope]) -> String {
    let names =
        |scopes: &[Scope], between: &str| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(between);
    let limited = names(key.limits.scopes.as_deref().unwrap_or_default(), ", ");
    let needed = match enough {
        [] => "one without limits".to_owned(),
        enough => format!("one for `{}`", names(enough, " or ")),
    };
    format!("This API key is for {limited} only, and the request needs {needed}; ask who made it for another")
}
