//! The doctor's verdicts on stores that are known.

use store::doctor::{Verdict, examine, is_safe};
use testkit::{Fault, Memory};

fn run<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::runtime::Builder::new_current_thread().build().ok().map(|runtime| runtime.block_on(future))
}

#[test]
fn a_store_that_does_what_it_says_is_safe_and_left_as_it_was() {
    let memory = Memory::default();
    let findings = run(examine(&&memory)).unwrap_or_default();
    assert_eq!(findings.len(), 9);
    // It compares values, as SQLite does.
    let notes = findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Tolerated(_))).count();
    assert!(is_safe(&findings) && notes == 1, "{findings:?}");
    assert!(memory.keys().is_empty());
}

#[test]
fn a_store_that_denies_its_swaps_is_refused_with_advice() {
    let memory = Memory::with_faults([Fault::AppliedButFailed; 2_000]);
    let findings = run(examine(&&memory)).unwrap_or_default();
    let advised = |verdict: &Verdict| matches!(verdict, Verdict::Failed(reason) if reason.contains("store_url"));
    assert!(!is_safe(&findings) && findings.iter().any(|finding| advised(&finding.verdict)), "{findings:?}");
}

#[test]
fn a_store_that_loses_swaps_or_is_down_is_refused() {
    let lossy = Memory::with_faults([Fault::Unavailable; 2_000]);
    assert!(!is_safe(&run(examine(&&lossy)).unwrap_or_default()));
    let down = Memory::default();
    down.set_down(true);
    let findings = run(examine(&&down)).unwrap_or_default();
    assert!(findings.iter().all(|finding| matches!(finding.verdict, Verdict::Failed(_))), "{findings:?}");
}
