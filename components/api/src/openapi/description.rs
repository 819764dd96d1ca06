//! The description of an operation, as its route's module gives it, and what becomes of it in the document.

use std::collections::BTreeMap;

use domain::ProviderName;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::content::Content;
use super::schemas::Schemas;
use super::tags;
use crate::checks::NUMBER_MAX;
use crate::router::{Access, Route, Verb};
use crate::{Code, paging};

#[derive(Clone)]
struct Parameter {
    place: &'static str,
    pub(super) name: &'static str,
    says: &'static str,
    schema: Value,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    says: &'static str,
    content: Content,
    headers: Vec<&'static str>,
}

/// What one route does, takes and answers.
#[derive(Clone)]
pub(crate) struct Description {
    pub(super) route: Route,
    pub(super) name: &'static str,
    summary: &'static str,
    says: String,
    parameters: Vec<Parameter>,
    body: Option<(Content, bool)>,
    example: Option<Value>,
    answers: Vec<Answer>,
    pub(super) errors: Vec<Code>,
}

impl Description {
    /// The description of a route, by its own name and what it does in a few words.
    pub(crate) fn of(route: Route, name: &'static str, summary: &'static str) -> Self {
        let errors = match route.access {
            Access::Anyone | Access::Link => vec![Code::InternalError, Code::StoreUnavailable],
            Access::Customer(_) => vec![
                Code::MissingAuthHeader,
                Code::InvalidAuthFormat,
                Code::InvalidKeyFormat,
                Code::InvalidApiKey,
                Code::KeyScope,
                Code::InternalError,
                Code::StoreUnavailable,
            ],
            Access::Operator => vec![
                Code::MissingAuthHeader,
                Code::InvalidAuthFormat,
                Code::InvalidAdminToken,
                Code::InternalError,
                Code::StoreUnavailable,
            ],
        };
        let limited = (route.access.is_customers() && route.verb != Verb::Get).then_some(Code::RateLimited);
        Self {
            route,
            name,
            summary,
            says: String::new(),
            parameters: route.path.split('/').filter_map(named).collect(),
            body: None,
            example: None,
            answers: Vec::new(),
            errors: errors.into_iter().chain(limited).collect(),
        }
    }

    /// What there is to know about it.
    pub(crate) fn says(self, says: impl Into<String>) -> Self {
        Self { says: says.into(), ..self }
    }

    /// What it is sent, and an example of it.
    pub(crate) fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_content(Content::of::<T>(), true, Some(example))
    }

    /// The same, where it may be left out.
    pub(crate) fn may_take<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_content(Content::of::<T>(), false, Some(example))
    }

    /// The same, as content of any kind.
    pub(crate) fn takes_content(self, content: Content, required: bool, example: Option<Value>) -> Self {
        let json = !matches!(content, Content::Bytes(_));
        let taken = Self { body: Some((content, required)), example, ..self };
        let errors: &[Code] =
            if json { &[Code::InvalidJson, Code::InvalidRequest, Code::PayloadTooLarge] } else { &[] };
        taken.fails(errors)
    }

    /// A parameter of its query, which may be left out.
    pub(crate) fn query(mut self, name: &'static str, says: &'static str, schema: Value) -> Self {
        self.parameters.push(Parameter { place: "query", name, says, schema });
        self.fails(&[Code::InvalidRequest])
    }

    /// A list, a page at a time.
    pub(crate) fn pages(self, cursor: &'static str) -> Self {
        let most = paging::LIMIT_MAX;
        self.query(
            "limit",
            "How many at most; 20 unless told.",
            json!({ "type": "integer", "minimum": 1, "maximum": most }),
        )
        .query(
            cursor,
            "Where to go on, as the answer before has it.",
            json!({ "type": "integer", "minimum": 1, "maximum": NUMBER_MAX }),
        )
    }

    /// A header that may be sent.
    pub(crate) fn header(mut self, name: &'static str, says: &'static str, schema: Value) -> Self {
        self.parameters.push(Parameter { place: "header", name, says, schema });
        self
    }

    /// It holds credits: once for each `Idempotency-Key`, and not from a store that loses them.
    pub(crate) fn costs(self) -> Self {
        let says = "A name of the caller's own for this request: sent again within 24 hours, it is answered again and not done again.";
        self.header("Idempotency-Key", says, json!({ "type": "string", "pattern": "^[!#-~]{1,255}$" })).fails(&[
            Code::InvalidIdempotencyKey,
            Code::AccountSuspended,
            Code::InsufficientCredits,
            Code::KeyBudgetExceeded,
            Code::IdempotencyInProgress,
            Code::IdempotencyMismatch,
            Code::TooManyActiveTasks,
            Code::StoreUnsafe,
        ])
    }

    /// It waits for the end, unless its caller would rather poll.
    pub(crate) fn waits(self) -> Self {
        let says = "`respond-async` answers at once, with a task to poll.";
        self.header("Prefer", says, json!({ "type": "string", "examples": ["respond-async"] }))
    }

    /// What it answers when all is well, as the `data` of a success.
    pub(crate) fn answers<T: JsonSchema>(self, status: u16, says: &'static str) -> Self {
        self.answers_with(status, says, Content::of::<T>(), &[])
    }

    /// The same, as content of any kind and with these headers.
    pub(crate) fn answers_with(
        mut self,
        status: u16,
        says: &'static str,
        content: Content,
        headers: &'static [&'static str],
    ) -> Self {
        self.answers.push(Answer { status, says, content, headers: headers.to_vec() });
        self
    }

    /// A header that every answer has which was described by now.
    pub(crate) fn always_with(mut self, header: &'static str) -> Self {
        for answer in &mut self.answers {
            answer.headers.push(header);
        }
        self
    }

    /// It is a file, of which a part can be asked for.
    pub(crate) fn sends_file(self, says: &'static str, media_type: &'static str) -> Self {
        let text = |example: &str| json!({ "type": "string", "examples": [example] });
        self.header(
            "Range",
            "The part that is wanted; several at once are answered with the whole.",
            text("bytes=0-1023"),
        )
        .header("If-Range", "The `ETag` of the file that the part is of; another one's whole is sent.", text("\"abc\""))
        .answers_with(200, says, Content::Bytes(media_type), &["Cache-Control", "Accept-Ranges", "ETag"])
        .answers_with(
            206,
            "The part of it that `Range` names.",
            Content::Bytes(media_type),
            &["Cache-Control", "Accept-Ranges", "ETag", "Content-Range"],
        )
        .fails(&[Code::RangeNotSatisfiable])
    }

    /// What it answers when something is wrong.
    pub(crate) fn fails(mut self, codes: &[Code]) -> Self {
        for code in codes {
            if !self.errors.contains(code) {
                self.errors.push(*code);
            }
        }
        self
    }

    /// What the document says of it.
    pub(super) fn describe(self, schemas: &mut Schemas) -> Value {
        let security = match self.route.access {
            Access::Anyone | Access::Link => json!([]),
            Access::Customer(_) => json!([{ "key": [] }]),
            Access::Operator => json!([{ "adminToken": [] }]),
        };
        let mut responses: Map<String, Value> = Map::new();
        for answer in &self.answers {
            let limited = self.route.access.is_customers();
            responses.insert(answer.status.to_string(), answer.describe(schemas, limited));
        }
        for (status, codes) in by_status(&self.errors) {
            responses.entry(status.to_string()).or_insert_with(|| failure(&codes));
        }
        let mut described = json!({
            "tags": [tags::of(self.route.path)],
            "operationId": self.name,
            "summary": self.summary,
            "security": security,
            "responses": responses,
        });
        if let Value::Object(described) = &mut described {
            if !self.says.is_empty() {
                described.insert("description".to_owned(), self.says.into());
            }
            if !self.parameters.is_empty() {
                described.insert("parameters".to_owned(), self.parameters.iter().map(Parameter::describe).collect());
            }
            if let Some((content, required)) = self.body {
                let content = content.describe(self.example, |content| content.sent(schemas));
                described.insert("requestBody".to_owned(), json!({ "required": required, "content": content }));
            }
        }
        described
    }
}

impl Parameter {
    fn describe(&self) -> Value {
        let Self { place, name, says, schema } = self;
        json!({ "in": place, "name": name, "required": *place == "path", "description": says, "schema": schema })
    }
}

impl Answer {
    fn describe(&self, schemas: &mut Schemas, limited: bool) -> Value {
        let mut described = Map::new();
        described.insert("description".to_owned(), self.says.into());
        described.insert("headers".to_owned(), header_references(&self.headers, limited));
        let content = self.content.describe(None, |content| content.answered(schemas));
        described.extend(content.map(|content| ("content".to_owned(), content)));
        described.into()
    }
}

/// The parameter that a segment of a path is, if it is one.
fn named(segment: &'static str) -> Option<Parameter> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?.trim_start_matches('*');
    let id = |prefix| json!({ "type": "string", "pattern": format!("^{prefix}[0-9a-f]{{32}}$") });
    let (says, schema) = match name {
        "character_id" => ("The character.", id("char_")),
        "task_id" => ("The task.", id("task_")),
        "account_id" => ("The account.", id("acct_(test_)?")),
        "key_id" => ("The key's id.", json!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })),
        "takedown_id" => ("The takedown's number.", json!({ "type": "integer", "minimum": 1, "maximum": NUMBER_MAX })),
        "provider" => ("Who reports.", json!({ "type": "string", "enum": ProviderName::ALL })),
        _ => ("As the link has it.", json!({ "type": "string" })),
    };
    Some(Parameter { place: "path", name, says, schema })
}

fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut all: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        all.entry(code.status_and_name().0.as_u16()).or_default().push(*code);
    }
    all
}

fn failure(codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.status_and_name().1).collect();
    let says: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let retried = codes.iter().any(|code| code.is_over_soon());
    let headers: &[&str] = match codes {
        [Code::RangeNotSatisfiable] => &["Accept-Ranges", "ETag", "Content-Range"],
        _ if retried => &["Retry-After"],
        _ => &[],
    };
    let code = json!({ "error": { "properties": { "code": { "enum": names } } } });
    json!({
        "description": says.join(", "),
        "headers": header_references(headers, false),
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure", "properties": code } } },
    })
}

/// Headers of a customer's every answer.
const LIMITS: [&str; 5] =
    ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Policy", "RateLimit"];

fn header_references(names: &[&'static str], limited: bool) -> Value {
    let limits: &[&str] = if limited { &LIMITS } else { &[] };
    let names = ["X-Request-Id"].iter().chain(names).chain(limits);
    names
        .map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect::<Map<_, _>>()
        .into()
}

/// Every header that an answer can have.
pub(super) fn headers() -> Value {
    let text = json!({ "type": "string" });
    let header = |says: &str, required: bool, schema: &Value| json!({ "description": says, "required": required, "schema": schema });
    let number = json!({ "type": "integer", "minimum": 0 });
    json!({
        "X-Request-Id": header("The request's id, for reports.", true, &text),
        "Location": header("Where the task can be followed, or the file fetched.", false, &text),
        "Preference-Applied": header("`respond-async`, where it was.", false, &text),
        "Idempotent-Replayed": header("`true` on an answer that was given before.", false, &text),
        "Retry-After": header("When to send it again, in seconds.", false, &number),
        "Cache-Control": header("How long it may be kept.", false, &text),
        "X-Robots-Tag": header("What search engines and those who train models are asked: not to take it.", false, &text),
        "Accept-Ranges": header("`bytes`: parts of it can be asked for.", false, &text),
        "ETag": header("The file's own name: another file never has it.", false, &text),
        "Content-Range": header("Which bytes these are, and how many the file has.", false, &text),
        "X-Upload-Bytes-Limit": header("Most bytes of uploads that the account may have.", false, &number),
        "X-Upload-Bytes-Remaining": header("How many more it may have now.", false, &number),
        "X-Upload-Files-Limit": header("Most uploads that the account may have.", false, &number),
        "X-Upload-Files-Remaining": header("How many more it may have now.", false, &number),
        "X-RateLimit-Limit": header("Most requests of the account in a day; reads are not counted.", false, &number),
        "X-RateLimit-Remaining": header("What is left of them.", false, &number),
        "X-RateLimit-Reset": header("When the day ends.", false, &json!({ "type": "string", "format": "date-time" })),
        "RateLimit-Policy": header("The limits of a day and of a minute, as the IETF has them.", false, &text),
        "RateLimit": header("What is left of both.", false, &text),
    })
}
