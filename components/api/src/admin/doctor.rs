//! The doctor: examines the store the application is deployed on, and closes it for money where it cannot be trusted.

use domain::Timestamp;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::doctor::{Effort, Verdict, is_safe};
use store::keys;

use crate::wire::{Request, Response};
use crate::{Code, Error, Ports};

/// What the doctor says.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorReport")]
pub(crate) struct Report {
    /// Whether money may touch the store.
    safe: bool,
    /// How long it took, in milliseconds.
    took_ms: u128,
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DoctorCheck")]
struct Check {
    check: &'static str,
    #[schemars(extend("enum" = ["passed", "tolerated", "failed"]))]
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

pub(super) async fn examine<P: Ports>(ports: &P, request: &Request) -> Result<Response, Error> {
    let effort = match request.parameter("effort").as_deref() {
        None | Some("quick") => Effort::Quick,
        Some("thorough") => Effort::Thorough,
        Some(_) => return Err(Error::new(Code::InvalidRequest, "`effort` has to be quick or thorough")),
    };
    let began: Timestamp = ports.now();
    let findings = ports.store().examine(effort).await;
    let safe = is_safe(&findings);
    ports.store().write(&keys::safe(), &safe).await?;
    let check = |finding: &store::doctor::Finding| {
        let (verdict, note) = match &finding.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Tolerated(note) => ("tolerated", Some((*note).to_owned())),
            Verdict::Failed(reason) => ("failed", Some(reason.clone())),
        };
        Check { check: finding.check, verdict, note }
    };
    let report =
        Report { safe, took_ms: ports.now().since(began).as_millis(), checks: findings.iter().map(check).collect() };
    Ok(Response::success(StatusCode::OK, report))
}
