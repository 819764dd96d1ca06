//! The providers' accounts: each is asked something cheap that only a good key opens.

use domain::ProviderName;
use futures_util::future::join_all;
use lifecycle::fetch::fetch;
use lifecycle::{Ports, links, trainers};
use provider::account::{Health, Probe};
use provider::registry;
use store::doctor::Verdict;

use crate::finding::{About, CHECK_TIME_MAX, Finding, in_time};

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

pub(crate) async fn examine<P: Ports>(ports: &P) -> Vec<Finding> {
    let findings = join_all(ports.config().providers.iter().map(|name| of_one(ports, *name))).await;
    findings.into_iter().flatten().collect()
}

async fn of_one<P: Ports>(ports: &P, name: ProviderName) -> Vec<Finding> {
    let config = ports.config();
    let files_url = || links::provider_files(config).ok();
    let wrong = match config.provider_configs.open(name, &files_url, ports.now()) {
        Err(wrong) => Some(wrong.to_string()),
        // A store that fails is told by other checks.
        Ok(_) => trainers::all(ports).await.ok().and_then(|all| trainers::misnamed(&all, config, name)),
    };
    if let Some(wrong) = wrong {
        let advice = format!("{wrong}: docs/operations/configuration.md tells of it");
        return vec![Finding {
            about: About::Provider,
            check: registry::configured(name),
            verdict: Verdict::Failed(advice),
        }];
    }
    let probes = config.provider_configs.probes(name);
    let asked = probes.iter().map(|probe| in_time(ports, About::Provider, probe.check, ask(ports, probe)));
    join_all(asked).await
}

async fn ask<P: Ports>(ports: &P, probe: &Probe) -> Verdict {
    match fetch(ports, probe.request.clone(), ANSWER_BYTES_MAX, CHECK_TIME_MAX).await {
        Ok(answer) => match probe.judge(&answer) {
            Health::Good => Verdict::Passed,
            Health::NotYet(note) => Verdict::Tolerated(note),
            Health::Bad(advice) => Verdict::Failed(advice),
        },
        Err(error) => Verdict::Failed(format!(
            "its address {}: is it right, and may this application reach it? docs/operations/providers.md",
            error.reason()
        )),
    }
}
