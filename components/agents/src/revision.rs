//! The revision of the protocol that a message is of, and what it asks of headers and results.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::{BAD_REQUEST, Fault, HEADER_MISMATCH, INVALID_PARAMS, UNSUPPORTED_VERSION};
use crate::message::{Headers, Request};

/// The revision that has no sessions.
const STATELESS: &str = "2026-07-28";
/// Those before it, the newest first.
const WITH_INITIALIZE: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// The names in `_meta`.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// How long clients may keep what is the same for everybody, in milliseconds.
const KEPT_MILLISECONDS: u64 = 300_000;

/// How a message is read and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revision {
    /// 2026-07-28.
    Stateless,
    /// Those before it.
    WithInitialize,
}

/// For how long a result counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is the same for everybody, for a while.
    ForAll,
    /// It is this account's, and may be another the next time.
    No,
    /// It is what a call came to.
    Outcome,
}

/// Who answers.
pub(crate) fn server() -> Value {
    json!({ "name": "likeness", "version": env!("CARGO_PKG_VERSION") })
}

impl Revision {
    /// That of a message, whose headers say the same as it does.
    ///
    /// # Errors
    /// The headers say something else, or the revision is none of those spoken here.
    pub(crate) fn of(headers: &Headers<'_>, request: &Request) -> Result<Self, Fault> {
        let meta = request.params.get("_meta");
        let stated = meta.and_then(|meta| meta.get(VERSION)).and_then(Value::as_str);
        // Revisions are dates.
        let is_new = headers.version.is_some_and(|version| version >= STATELESS);
        if stated.is_none() && !is_new && request.method != "server/discover" {
            return Self::with_initialize(headers);
        }
        let missing = |name: &str| Fault::new(INVALID_PARAMS, format!("`_meta` has to have `{name}`"));
        let stated = stated.ok_or_else(|| missing(VERSION))?;
        same("MCP-Protocol-Version", headers.version, stated)?;
        same("Mcp-Method", headers.method, &request.method)?;
        if stated != STATELESS {
            let supported: Vec<&str> = std::iter::once(STATELESS).chain(WITH_INITIALIZE).collect();
            let data = json!({ "supported": supported, "requested": stated });
            let fault = Fault::new(UNSUPPORTED_VERSION, "Unsupported protocol version");
            return Err(Fault { data: Some(data), ..fault });
        }
        if !meta.and_then(|meta| meta.get(CAPABILITIES)).is_some_and(Value::is_object) {
            return Err(missing(CAPABILITIES));
        }
        if let Some(subject) = subject(request) {
            let name = headers.name.map(decoded).transpose()?;
            same("Mcp-Name", name.as_deref(), subject)?;
        }
        Ok(Self::Stateless)
    }

    fn with_initialize(headers: &Headers<'_>) -> Result<Self, Fault> {
        match headers.version {
            Some(version) if !WITH_INITIALIZE.contains(&version) => {
                let known = WITH_INITIALIZE.join(", ");
                Err(Fault::new(BAD_REQUEST, format!("Unsupported protocol version {version} (supported: {known})")))
            }
            _ => Ok(Self::WithInitialize),
        }
    }

    /// The HTTP status of a fault. Older clients read a fault only where it is 200.
    pub(crate) const fn status(self, fault: &Fault) -> StatusCode {
        match self {
            Self::Stateless => fault.status(),
            Self::WithInitialize => StatusCode::OK,
        }
    }

    /// A result with what the revision wants in it.
    pub(crate) fn result(self, kept: Kept, mut result: Map<String, Value>) -> Value {
        if self == Self::Stateless {
            result.insert("resultType".to_owned(), "complete".into());
            result.insert("_meta".to_owned(), json!({ SERVER: server() }));
            let (milliseconds, scope) = match kept {
                Kept::ForAll => (KEPT_MILLISECONDS, "public"),
                Kept::No => (0, "private"),
                Kept::Outcome => return Value::Object(result),
            };
            result.insert("ttlMs".to_owned(), milliseconds.into());
            result.insert("cacheScope".to_owned(), scope.into());
        }
        Value::Object(result)
    }
}

/// The revisions of those that need no `initialize`.
pub(crate) const fn stateless() -> [&'static str; 1] {
    [STATELESS]
}

/// The revision that is spoken with a client that begins with this one.
pub(crate) fn agreed(wanted: Option<&str>) -> &'static str {
    let [newest, ..] = WITH_INITIALIZE;
    WITH_INITIALIZE.into_iter().find(|known| wanted == Some(known)).unwrap_or(newest)
}

/// What a message is about, where its method has a subject.
fn subject(request: &Request) -> Option<&str> {
    let name = match request.method.as_str() {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => return None,
    };
    request.params.get(name).and_then(Value::as_str)
}

fn same(header: &str, said: Option<&str>, meant: &str) -> Result<(), Fault> {
    let wrong = |what: String| Err(Fault::new(HEADER_MISMATCH, format!("Header mismatch: {what}")));
    match said {
        Some(said) if said == meant => Ok(()),
        Some(_) => wrong(format!("`{header}` is not what the message says")),
        None => wrong(format!("`{header}` is missing")),
    }
}

/// What a header says: as it is, or `=?base64?...?=` where it could not be sent so.
fn decoded(text: &str) -> Result<String, Fault> {
    let Some(encoded) = text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(text.to_owned());
    };
    let bytes = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.ok_or_else(|| Fault::new(HEADER_MISMATCH, "Header mismatch: `Mcp-Name` is no base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: Headers<'static> =
        Headers { version: Some(STATELESS), method: Some("tools/call"), name: Some("get_credits") };

    fn request(method: &str, params: Value) -> Request {
        let Value::Object(params) = params else { panic!("an object") };
        Request { id: 1.into(), method: method.to_owned(), params }
    }

    fn of(headers: Headers<'_>, version: &str) -> Result<Revision, i32> {
        let meta = json!({ VERSION: version, CAPABILITIES: {} });
        let call = request("tools/call", json!({ "name": "get_credits", "_meta": meta }));
        Revision::of(&headers, &call).map_err(|fault| fault.code)
    }

    #[test]
    fn the_headers_of_a_message_without_a_session_say_what_it_says() {
        assert_eq!(of(HEADERS, STATELESS), Ok(Revision::Stateless));
        let encoded = format!("=?base64?{}?=", STANDARD.encode("get_credits"));
        assert_eq!(of(Headers { name: Some(&encoded), ..HEADERS }, STATELESS), Ok(Revision::Stateless));
        for wrong in [
            Headers { version: None, ..HEADERS },
            Headers { version: Some("2025-11-25"), ..HEADERS },
            Headers { method: Some("tools/list"), ..HEADERS },
            Headers { method: None, ..HEADERS },
            Headers { name: Some("cancel_task"), ..HEADERS },
            Headers { name: Some("=?base64?!?="), ..HEADERS },
            Headers { name: None, ..HEADERS },
        ] {
            assert_eq!(of(wrong, STATELESS), Err(HEADER_MISMATCH), "{wrong:?}");
        }
        let later = Headers { version: Some("2099-01-01"), ..HEADERS };
        assert_eq!(of(later, "2099-01-01"), Err(UNSUPPORTED_VERSION));
    }

    #[test]
    fn what_a_message_without_a_session_has_to_have_is_missed() {
        for meta in [json!({}), json!({ VERSION: STATELESS })] {
            let call = request("tools/call", json!({ "name": "get_credits", "_meta": meta }));
            assert_eq!(Revision::of(&HEADERS, &call).unwrap_err().code, INVALID_PARAMS, "{meta}");
        }
        let discover = request("server/discover", json!({}));
        assert_eq!(Revision::of(&Headers::default(), &discover).unwrap_err().code, INVALID_PARAMS);
    }

    #[test]
    fn a_message_of_an_older_client_needs_no_headers() {
        let list = request("tools/list", json!({}));
        for version in [None, Some("2025-11-25"), Some("2024-11-05")] {
            let headers = Headers { version, ..Headers::default() };
            assert_eq!(Revision::of(&headers, &list), Ok(Revision::WithInitialize));
        }
        let unknown = Headers { version: Some("1.0"), ..Headers::default() };
        assert_eq!(Revision::of(&unknown, &list).unwrap_err().code, BAD_REQUEST);
    }

    #[test]
    fn an_older_client_is_answered_in_its_own_revision_or_the_newest_of_them() {
        assert_eq!(agreed(Some("2025-03-26")), "2025-03-26");
        assert_eq!(agreed(Some(STATELESS)), "2025-11-25");
        assert_eq!(agreed(None), "2025-11-25");
    }
}
