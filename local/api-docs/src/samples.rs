//! An operation asked for in three languages, and what may come back.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::document::{Operation, entries, items, text};
use crate::example;
use crate::schema;

/// What one request needs, whatever the language.
struct Call<'a> {
    method: String,
    path: &'a str,
    /// The name of the secret that it is sent with, where it takes one.
    token: Option<&'static str>,
    /// Whether it may have a name of the caller's own.
    is_named: bool,
    body: Option<&'a Value>,
}

/// The request in three languages; nothing for what no program of a caller's asks for.
pub(crate) fn requests((method, path, operation): Operation<'_>) -> Markup {
    let Some(call) = Call::of(method, path, operation) else { return html! {} };
    let id = text(operation, "/operationId");
    let sample = |language: &str, open: bool, code: &str| {
        html! { details name={ "ask-" (id) } open[open] { summary { (language) } pre { code { (code) } } } }
    };
    html! {
        h4 { "Example" }
        (sample("curl", true, &call.curl()))
        (sample("JavaScript", false, &call.javascript()))
        (sample("Python", false, &call.python()))
    }
}

/// What may come back.
pub(crate) fn answers(document: &Value, operation: &Value) -> Markup {
    html! {
        @for (title, answer) in [("A right answer", right(document, operation)), ("A wrong one", wrong(document, operation))] {
            @if let Some(answer) = answer { details { summary { (title) } pre { code { (format!("{answer:#}")) } } } }
        }
    }
}

/// What stands in front of an operation of the API that programs ask for.
const API: &str = "/api/v1/";

impl<'a> Call<'a> {
    fn of(method: &str, path: &'a str, operation: &'a Value) -> Option<Self> {
        let security = items(operation, "/security").first();
        let token = security.map(|first| if first.get("adminToken").is_some() { "ADMIN_TOKEN" } else { "KEY" });
        let is_named = items(operation, "/parameters").iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        let body = operation.pointer("/requestBody/content/application~1json/example");
        let is_of_the_api = path.starts_with(API) && (token.is_some() || method == "get");
        let is_for_programs = is_of_the_api || (path.starts_with('/') && body.is_some());
        is_for_programs.then(|| Self { method: method.to_uppercase(), path, token, is_named, body })
    }

    /// The path, with each `{name}` in it written as a language has variables in texts.
    fn path(&self, variable: impl Fn(&str) -> String) -> String {
        let segments = self.path.split('/').map(|segment| {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            name.map_or_else(|| segment.to_owned(), &variable)
        });
        segments.collect::<Vec<_>>().join("/")
    }

    fn curl(&self) -> String {
        let implied = self.method == if self.body.is_some() { "POST" } else { "GET" };
        let method = if implied { String::new() } else { format!("-X {} ", self.method) };
        let path = self.path(|name| format!("${}", name.to_uppercase()));
        let token = self.token.map(|token| format!(" \\\n  -H \"Authorization: Bearer ${token}\""));
        let name = self.is_named.then(|| " \\\n  -H \"Idempotency-Key: $(uuidgen)\"".to_owned());
        let body = self.body.map(|body| format!(" \\\n  --json '{}'", format!("{body:#}").replace('\'', r"'\''")));
        [Some(format!("curl {method}\"$API{path}\"")), token, name, body].into_iter().flatten().collect()
    }

    fn javascript(&self) -> String {
        let path = self.path(|name| format!("${{{name}}}"));
        let token = self.token.map(|token| format!("    Authorization: `Bearer ${{{token}}}`,\n"));
        let name = self.is_named.then(|| "    \"Idempotency-Key\": crypto.randomUUID(),\n".to_owned());
        let json = self.body.map(|_| "    \"Content-Type\": \"application/json\",\n".to_owned());
        let headers: String = [token, name, json].into_iter().flatten().collect();
        let method = if self.method == "GET" { String::new() } else { format!("  method: \"{}\",\n", self.method) };
        let headers = if headers.is_empty() { headers } else { format!("  headers: {{\n{headers}  }},\n") };
        let body = self.body.map(|body| format!("  body: JSON.stringify({}),\n", indented(&format!("{body:#}"), 1)));
        let options = [method, headers, body.unwrap_or_default()].concat();
        let options = if options.is_empty() { options } else { format!(", {{\n{options}}}") };
        format!(
            "const answer = await fetch(`${{API}}{path}`{options});\nconst {{ success, data, error }} = await answer.json();"
        )
    }

    fn python(&self) -> String {
        let path = self.path(|name| format!("{{{name}}}"));
        let token = self.token.map(|token| format!("\"Authorization\": f\"Bearer {{{token}}}\""));
        let name = self.is_named.then(|| "\"Idempotency-Key\": str(uuid.uuid4())".to_owned());
        let headers: Vec<String> = [token, name].into_iter().flatten().collect();
        let headers =
            if headers.is_empty() { String::new() } else { format!("    headers={{{}}},\n", headers.join(", ")) };
        let body = self.body.map(|body| format!("    json={},\n", indented(&literal(&format!("{body:#}")), 2)));
        let imports = if self.is_named { "import uuid\n\nimport requests" } else { "import requests" };
        let method = self.method.to_lowercase();
        let arguments = [format!("    f\"{{API}}{path}\",\n"), headers, body.unwrap_or_default()].concat();
        format!(
            "{imports}\n\nanswer = requests.{method}(\n{arguments})\nanswer.raise_for_status()\ndata = answer.json()[\"data\"]"
        )
    }
}

/// JSON as the value of an argument, where each step to the right is so many times two spaces.
fn indented(json: &str, times: usize) -> String {
    let step = "  ".repeat(times);
    let line = |line: &str| {
        let text = line.trim_start();
        let steps = line.len().saturating_sub(text.len()).div_euclid(2);
        format!("{}{text}", step.repeat(steps.saturating_add(1)))
    };
    json.lines().map(line).collect::<Vec<_>>().join("\n").trim_start().to_owned()
}

/// JSON as Python has it. The examples of the document have none of these words in a text.
fn literal(json: &str) -> String {
    json.replace(": true", ": True").replace(": false", ": False").replace(": null", ": None")
}

/// A success, as it may look.
fn right(document: &Value, operation: &Value) -> Option<Value> {
    let (_, answer) = entries(operation, "/responses").find(|(status, _)| status.starts_with('2'))?;
    let data = answer.pointer("/content/application~1json/schema/properties/data")?;
    Some(json!({ "success": true, "data": example::of(document, data) }))
}

/// The statuses of what goes wrong most often, the first of them first.
const USUAL: [&str; 6] = ["402", "409", "422", "404", "400", "401"];

/// A failure, as it may look.
fn wrong(document: &Value, operation: &Value) -> Option<Value> {
    let answer = USUAL.iter().find_map(|status| operation.pointer(&format!("/responses/{status}")))?;
    let codes = items(answer, "/content/application~1json/schema/properties/error/properties/code/enum");
    let code = codes.first()?.as_str()?;
    Some(json!({ "success": false, "error": { "code": code, "message": schema::code(document, code)? } }))
}
