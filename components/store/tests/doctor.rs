//! The doctor's verdicts on stores that are known: the models of all real ones, and some that are worse.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without may fail it")]

use store::doctor::{Effort, Finding, Verdict, examine, is_safe};
use testkit::{Fault, Memory, Model};

/// Examines a store from three sides.
fn examined(memory: &Memory) -> Vec<Finding> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(examine(&[memory; 3], Effort::Thorough))
}

fn tolerated(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Tolerated(_))).count()
}

fn failed(findings: &[Finding]) -> Vec<&str> {
    let failed = findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Failed(_)));
    failed.map(|finding| finding.check).collect()
}

#[test]
fn every_store_that_money_is_safe_on_is_called_safe_and_left_as_it_was() {
    // SQLite lets two create the same and compares values; DynamoDB reads stale values, and compares values after a plain write.
    for (model, notes) in Model::SAFE.into_iter().zip([0, 2, 2, 0]) {
        let memory = Memory::of(model);
        let findings = examined(&memory);
        assert_eq!(findings.len(), 10);
        assert!(is_safe(&findings), "{model:?}: {findings:?}");
        assert_eq!(tolerated(&findings), notes, "{model:?}: {findings:?}");
        assert!(memory.keys().is_empty(), "{model:?}: {:?}", memory.keys());
    }
}

#[test]
fn every_store_that_loses_money_is_refused_for_what_it_gets_wrong() {
    let wrong = [
        "A swap that is done is said to be done",
        "A swap of what is no more is refused",
        "A swap of what is no more is refused",
        "What is written is read at once",
        "Counters count",
    ];
    for (model, check) in Model::UNSAFE.into_iter().zip(wrong) {
        let findings = examined(&Memory::of(model));
        assert!(failed(&findings).contains(&check), "{model:?}: {findings:?}");
    }
}

#[test]
fn redis_as_spins_key_value_store_is_refused_with_advice() {
    let findings = examined(&Memory::of(Model::SpinRedis));
    let advised = |verdict: &Verdict| matches!(verdict, Verdict::Failed(reason) if reason.contains("store_url"));
    assert!(findings.iter().any(|finding| advised(&finding.verdict)), "{findings:?}");
}

#[test]
fn a_store_that_loses_swaps_or_is_down_is_refused() {
    let lossy = Memory::default().with_plan([Fault::Unavailable; 2_000]);
    assert!(!is_safe(&examined(&lossy)));
    let down = Memory::default();
    down.set_down(true);
    assert_eq!(failed(&examined(&down)).len(), 10);
}
