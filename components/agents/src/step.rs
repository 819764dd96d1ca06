//! From a message to its answer: what is known here is answered, what is not is a call of the API first.

use serde_json::{Map, Value, json};

use crate::answer::{Fault, INVALID_PARAMS, METHOD_NOT_FOUND, Reply};
use crate::call::Call;
use crate::content::{Answered, Picture};
use crate::message::{Headers, Request};
use crate::revision::{self, Kept, Revision};
use crate::{INSTRUCTIONS, WAIT_SECONDS_MAX, content, message, prompts, resources, tools};

/// The states of a task that goes on.
const OPEN: [&str; 2] = ["pending", "processing"];

/// What comes of a message.
#[derive(Debug)]
pub enum Step {
    /// Its answer.
    Reply(Reply),
    /// The API is to be asked first.
    Ask(Asked),
}

/// A message whose answer is the API's.
#[derive(Debug)]
pub struct Asked {
    id: Value,
    revision: Revision,
    purpose: Purpose,
    call: Call,
}

/// What a call is for.
#[derive(Debug)]
enum Purpose {
    /// A tool.
    Tool,
    /// A tool that costs credits: what it began is waited for.
    Work,
    /// The list of resources.
    Resources,
    /// A resource.
    Resource(String),
}

/// What is known of a message without the API.
enum Known {
    Result(Kept, Map<String, Value>),
    Ask(Purpose, Call),
}

/// Reads a message. `name` is the `Idempotency-Key` of what costs, where the agent gave none: a new one for each message.
pub fn step(headers: &Headers<'_>, message: Value, name: &str) -> Step {
    let request = match message::read(message) {
        Ok(Some(request)) => request,
        Ok(None) => return Step::Reply(Reply::accepted()),
        Err(fault) => return Step::Reply(refused(fault, None)),
    };
    let revision = match Revision::of(headers, &request) {
        Ok(revision) => revision,
        Err(fault) => return Step::Reply(refused(fault, Some(request.id))),
    };
    let Request { id, method, params } = request;
    match answer(revision, &method, params, name) {
        Ok(Known::Result(kept, result)) => Step::Reply(Reply::result(id, revision.result(kept, result))),
        Ok(Known::Ask(purpose, call)) => Step::Ask(Asked { id, revision, purpose, call }),
        Err(fault) => Step::Reply(fault_reply(revision, fault, id)),
    }
}

/// What is wrong with a message as such is 400, for clients of every revision.
fn refused(fault: Fault, id: Option<Value>) -> Reply {
    fault.reply(http::StatusCode::BAD_REQUEST, id)
}

fn fault_reply(revision: Revision, fault: Fault, id: Value) -> Reply {
    let status = revision.status(&fault);
    fault.reply(status, Some(id))
}

fn answer(revision: Revision, method: &str, params: Map<String, Value>, name: &str) -> Result<Known, Fault> {
    let text = |name: &str| params.get(name).and_then(Value::as_str);
    let for_all = |result| Ok(Known::Result(Kept::ForAll, result));
    match (revision, method) {
        (Revision::Stateless, "server/discover") => for_all(discovered()),
        (Revision::WithInitialize, "initialize") => for_all(initialized(text("protocolVersion"))),
        (Revision::WithInitialize, "ping") => for_all(Map::new()),
        (_, "tools/list") => {
            let shown: Vec<&Value> = tools::all().iter().map(|tool| &tool.shown).collect();
            for_all(Map::from_iter([("tools".to_owned(), json!(shown))]))
        }
        (_, "tools/call") => call(params, name),
        (_, "resources/list") => Ok(Known::Ask(Purpose::Resources, resources::list_call(&params)?)),
        (_, "resources/templates/list") => for_all(resources::templates()),
        (_, "resources/read") => {
            let uri = text("uri").ok_or_else(|| Fault::new(INVALID_PARAMS, "`uri` has to be a text"))?;
            Ok(Known::Ask(Purpose::Resource(uri.to_owned()), resources::read_call(uri)?))
        }
        (_, "prompts/list") => for_all(prompts::list()),
        (_, "prompts/get") => Ok(Known::Result(Kept::Outcome, prompts::get(&params)?)),
        _ => Err(Fault::new(METHOD_NOT_FOUND, format!("There is no method {method}"))),
    }
}

/// The call of a tool. What is wrong with its arguments is told as its own failure, for the agent to put right.
fn call(mut params: Map<String, Value>, name: &str) -> Result<Known, Fault> {
    let wanted = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let tool = tools::named(wanted).ok_or_else(|| Fault::new(INVALID_PARAMS, format!("There is no tool {wanted}")))?;
    let arguments = match params.remove("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(Fault::new(INVALID_PARAMS, "`arguments` has to be an object")),
    };
    let purpose = if tool.operation.costs { Purpose::Work } else { Purpose::Tool };
    Ok(match Call::of(&tool.operation, arguments, name) {
        Ok(call) => Known::Ask(purpose, call),
        Err(why) => Known::Result(Kept::Outcome, content::failure(&why)),
    })
}

/// What is offered, to either kind of client: nothing that needs a stream.
fn capabilities() -> Value {
    json!({ "tools": {}, "resources": {}, "prompts": {} })
}

fn discovered() -> Map<String, Value> {
    Map::from_iter([
        ("supportedVersions".to_owned(), json!(revision::stateless())),
        ("capabilities".to_owned(), capabilities()),
        ("instructions".to_owned(), INSTRUCTIONS.into()),
    ])
}

fn initialized(wanted: Option<&str>) -> Map<String, Value> {
    Map::from_iter([
        ("protocolVersion".to_owned(), revision::agreed(wanted).into()),
        ("capabilities".to_owned(), capabilities()),
        ("serverInfo".to_owned(), revision::server()),
        ("instructions".to_owned(), INSTRUCTIONS.into()),
    ])
}

impl Asked {
    /// The call.
    pub const fn call(&self) -> &Call {
        &self.call
    }

    /// The next call, where what was begun is still under way: the look at its task, which is held back until there is news.
    pub fn next(&self, answered: &Answered) -> Option<Call> {
        let (Purpose::Work, Answered::Data(data)) = (&self.purpose, answered) else { return None };
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let id = text("id").filter(|_| text("status").is_some_and(|status| OPEN.contains(&status)))?;
        let arguments = [("task_id".to_owned(), id.into()), ("wait".to_owned(), WAIT_SECONDS_MAX.into())];
        Call::of(&tools::named("get_task")?.operation, Map::from_iter(arguments), "").ok()
    }

    /// The URLs of what a tool made.
    pub fn files<'a>(&self, answered: &'a Answered) -> Vec<&'a str> {
        match (&self.purpose, answered) {
            (Purpose::Tool | Purpose::Work, Answered::Data(data)) => content::files(data),
            _ => Vec::new(),
        }
    }

    /// The answer, from the API's and the pictures that are sent along.
    pub fn reply(self, answered: Answered, pictures: Vec<Picture>) -> Reply {
        let (kept, result) = match self.purpose {
            Purpose::Tool | Purpose::Work => (Kept::Outcome, Ok(content::result(answered, pictures))),
            Purpose::Resources => (Kept::No, resources::list(answered)),
            Purpose::Resource(uri) => (Kept::No, resources::read(&uri, answered)),
        };
        match result {
            Ok(result) => Reply::result(self.id, self.revision.result(kept, result)),
            Err(fault) => fault_reply(self.revision, fault, self.id),
        }
    }
}

#[cfg(test)]
mod tests;
