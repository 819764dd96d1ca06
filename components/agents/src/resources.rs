//! The resources: an account's characters and tasks, as `likeness://characters/char_..` and `likeness://tasks/task_..`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Fault, INTERNAL_ERROR, INVALID_PARAMS};
use crate::call::Call;
use crate::content::Answered;
use crate::tools;

const SCHEME: &str = "likeness://";
/// Characters of a page.
const PAGE: u64 = 100;
/// What can be read: how it begins, the tool that reads it, what that calls its id, and what it is.
const KINDS: [(&str, &str, &str, &str); 2] = [
    ("characters", "get_character", "character_id", "A character: its state, its trigger word"),
    ("tasks", "get_task", "task_id", "A task: its state, what it made"),
];

/// A page of characters, as the API lists them.
#[derive(Deserialize)]
struct Page {
    characters: Vec<Listed>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    character_id: String,
    name: String,
    status: String,
    trigger_word: String,
}

/// What can be read by its id.
pub(crate) fn templates() -> Map<String, Value> {
    let templates: Vec<Value> = KINDS
        .into_iter()
        .map(|(noun, _, id, says)| {
            let template = format!("{SCHEME}{noun}/{{{id}}}");
            json!({ "uriTemplate": template, "name": noun, "description": says, "mimeType": "application/json" })
        })
        .collect();
    Map::from_iter([("resourceTemplates".to_owned(), templates.into())])
}

/// The call that lists characters, from where a page before ended.
///
/// # Errors
/// The cursor is none.
pub(crate) fn list_call(params: &Map<String, Value>) -> Result<Call, Fault> {
    let cursor = params.get("cursor").map(|cursor| ("cursor".to_owned(), cursor.clone()));
    let arguments = std::iter::once(("limit".to_owned(), PAGE.into())).chain(cursor).collect();
    call("list_characters", arguments)
}

fn call(tool: &str, arguments: Map<String, Value>) -> Result<Call, Fault> {
    let tool = tools::named(tool).ok_or_else(|| Fault::new(INTERNAL_ERROR, format!("There is no tool {tool}")))?;
    Call::of(&tool.operation, arguments, "").map_err(|why| Fault::new(INVALID_PARAMS, why))
}

/// A page of characters.
///
/// # Errors
/// The API did not list them.
pub(crate) fn list(answered: Answered) -> Result<Map<String, Value>, Fault> {
    let page: Page = serde_json::from_value(data(answered, None)?)
        .map_err(|error| Fault::new(INTERNAL_ERROR, format!("The page cannot be read: {error}")))?;
    let shown = |Listed { character_id, name, status, trigger_word }| {
        let says = format!("{status}; its trigger word is {trigger_word}");
        let uri = format!("{SCHEME}characters/{character_id}");
        json!({ "uri": uri, "name": character_id, "title": name, "description": says, "mimeType": "application/json" })
    };
    let resources: Vec<Value> = page.characters.into_iter().map(shown).collect();
    let next = page.next_cursor.map(|cursor| ("nextCursor".to_owned(), cursor.into()));
    Ok(std::iter::once(("resources".to_owned(), resources.into())).chain(next).collect())
}

/// The call that reads a resource.
///
/// # Errors
/// It is none.
pub(crate) fn read_call(uri: &str) -> Result<Call, Fault> {
    let (noun, id) = uri.strip_prefix(SCHEME).and_then(|path| path.split_once('/')).ok_or_else(|| absent(uri))?;
    let (_, tool, name, _) = KINDS.into_iter().find(|(known, ..)| *known == noun).ok_or_else(|| absent(uri))?;
    call(tool, Map::from_iter([(name.to_owned(), id.into())])).map_err(|_| absent(uri))
}

/// A resource.
///
/// # Errors
/// There is none, or the API did not answer.
pub(crate) fn read(uri: &str, answered: Answered) -> Result<Map<String, Value>, Fault> {
    let text = data(answered, Some(uri))?.to_string();
    let contents = json!([{ "uri": uri, "mimeType": "application/json", "text": text }]);
    Ok(Map::from_iter([("contents".to_owned(), contents)]))
}

fn data(answered: Answered, uri: Option<&str>) -> Result<Value, Fault> {
    match (answered, uri) {
        (Answered::Data(data), _) => Ok(data),
        (Answered::Failed { code, .. }, Some(uri)) if code.ends_with("NOT_FOUND") => Err(absent(uri)),
        (Answered::Failed { code, text }, _) if code == "INVALID_REQUEST" => Err(Fault::new(INVALID_PARAMS, text)),
        (Answered::Failed { code, text }, _) => Err(Fault::new(INTERNAL_ERROR, format!("{code}: {text}"))),
    }
}

fn absent(uri: &str) -> Fault {
    let fault = Fault::new(INVALID_PARAMS, "There is no such resource");
    Fault { data: Some(json!({ "uri": uri })), ..fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_read_by_its_id_and_nothing_else_is() {
        assert_eq!(read_call("likeness://characters/char_1").unwrap().path, "/api/v1/characters/char_1");
        assert_eq!(read_call("likeness://tasks/a/b").unwrap().path, "/api/v1/tasks/a%2Fb");
        for absent in ["likeness://accounts/acct_1", "likeness://tasks/", "https://tasks/task_1", ""] {
            let fault = read_call(absent).unwrap_err();
            assert_eq!((fault.code, fault.data), (INVALID_PARAMS, Some(json!({ "uri": absent }))));
        }
        let failed = Answered::Failed { code: "TASK_NOT_FOUND".to_owned(), text: "No such task".to_owned() };
        assert_eq!(read("likeness://tasks/task_1", failed).unwrap_err().code, INVALID_PARAMS);
    }

    #[test]
    fn characters_are_listed_by_the_page() {
        let character =
            json!({ "character_id": "char_1", "name": "Sarah", "status": "ready", "trigger_word": "SARAH" });
        let page = list(Answered::Data(json!({ "characters": [character], "next_cursor": "7" }))).unwrap();
        assert_eq!(page["resources"][0]["uri"], "likeness://characters/char_1");
        assert_eq!(page["nextCursor"], "7");
        let params = Map::from_iter([("cursor".to_owned(), "7".into())]);
        assert_eq!(list_call(&params).unwrap().query, "limit=100&cursor=7");
        let last = list(Answered::Data(json!({ "characters": [], "next_cursor": null }))).unwrap();
        assert!(!last.contains_key("nextCursor"));
    }
}
